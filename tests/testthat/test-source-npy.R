# Sources in .npy files, written byte by byte.

local_npy <- function(..., env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  files <- list(...)
  paths <- file.path(folder, paste0(names(files), ".npy"))
  for (k in seq_along(files)) writeBin(files[[k]], paths[k])
  paths
}

# Values that each type can store, as doubles and as bytes.
stored <- list(
  `<f8` = function(x) raw_of(as.double(x), endian = "little"),
  `<f4` = function(x) raw_of(as.double(x), size = 4, endian = "little"),
  `>f8` = function(x) raw_of(as.double(x), endian = "big"),
  `|u1` = function(x) as.raw(x %% 256), `|i1` = function(x) raw_of(as.integer(x), size = 1),
  `<i2` = function(x) raw_of(as.integer(x), size = 2, endian = "little"),
  `<u2` = function(x) raw_of(as.integer(x), size = 2, endian = "little"),
  `<i4` = function(x) raw_of(as.integer(x), endian = "little"),
  `<u4` = function(x) raw_of(as.integer(x), endian = "little"),
  `<i8` = function(x) {
    raw_of(as.integer(rbind(x, -(x < 0))), endian = "little")
  },
  `<u8` = function(x) raw_of(as.integer(rbind(x, 0)), endian = "little")
)
numbers <- c(0, 1, 100, 3, 4, 50, 6, 7, 8, 9, 10, 110)
# By row, as NumPy stores them.
table_of <- function(values, inputs) {
  values <- matrix(values, ncol = inputs, byrow = TRUE)
  data <- as.data.frame(values)
  names(data) <- paste0("x", seq_len(inputs))
  data
}

test_that("each type is read in both orders, and any range of rows", {
  for (type in names(stored)) {
    signed <- !type %in% c("|u1", "<u2", "<u4", "<u8")
    values <- if (signed) numbers * c(1, -1, 1) else numbers
    expected <- table_of(values, 3)
    by_row <- npy_bytes(type, c(4, 3), stored[[type]](values))
    by_column <- npy_bytes(type, c(4, 3), stored[[type]](unlist(expected)), fortran = TRUE)
    for (bytes in list(by_row, by_column)) {
      source <- data_source(local_npy(x = bytes), chunk_rows = 3)
      expect_identical(read_all(source), expected, info = type)
      for (rows in list(1:1, 2:3, 4:4, 1:4)) {
        expect_equal(read_rows(source, rows[1L], rows[length(rows)]), expected[rows, ],
          ignore_attr = "row.names", info = type)
      }
    }
  }
})

test_that("logical values, NaN, and infinite values are kept", {
  files <- local_npy(
    b = npy_bytes("|b1", 3, as.raw(c(1, 0, 1))),
    x = npy_bytes("<f4", c(3, 1), raw_of(c(NaN, Inf, -Inf), size = 4, endian = "little"))
  )
  expect_identical(read_all(data_source(files)),
    data.frame(b = c(TRUE, FALSE, TRUE), x = c(NaN, Inf, -Inf)))
})

test_that("files stand side by side, and are described for C++", {
  files <- local_npy(
    x = npy_bytes("<f8", c(4, 3), stored[["<f8"]](numbers)),
    y = npy_bytes("|u1", 4, as.raw(c(9, 0, 9, 1)), version = 2),
    z = npy_bytes("<i2", c(4, 2), stored[["<i2"]](1:8), fortran = TRUE),
    w = npy_bytes(">f8", 4, stored[[">f8"]](1:4))
  )
  source <- data_source(files, chunk_rows = 3, levels = list(y = c(0, 1, 9)))
  expect_identical(source$label, "4 .npy files")
  expect_identical(source$n, 4)
  expect_identical(source$starts, c(1, 4))
  expect_false(source$in_order)
  expected <- cbind(table_of(numbers, 3), y = factor(c(9, 0, 9, 1)), z1 = as.double(1:4),
    z2 = as.double(5:8), w = as.double(1:4))
  expect_identical(read_all(source), expected)
  # C++ reads rows of the most usual types.
  parts <- source$files
  expect_identical(lapply(parts, function(part) part$path), as.list(normalizePath(files[1:2])))
  for (part in parts) {
    left <- file.size(part$path) - part$offset
    expect_identical(left, source$n * part$inputs * type_size(part$type))
  }
  expect_identical(lapply(parts, function(part) part$names), list(c("x1", "x2", "x3"), "y"))
  expect_identical(vapply(parts, function(part) part$type, ""), c("f8", "u1"))
  others <- parts[[1L]]$read_others(2, 4)
  expect_equal(others, data.frame(y = c(0, 9, 1), z1 = 2:4, z2 = 6:8, w = 2:4))
})

test_that("a file of one row, and chunks larger than the file, work", {
  source <- data_source(local_npy(x = npy_bytes("<f8", c(1, 3), stored[["<f8"]](1:3))))
  expect_identical(read_all(source), table_of(as.double(1:3), 3))
  expect_identical(source$starts, 1)
})

test_that("files that change between reads are noticed", {
  file <- local_npy(x = npy_bytes("<f8", c(4, 3), stored[["<f8"]](numbers)))
  source <- data_source(file, chunk_rows = 2)
  failed <- function(text) {
    expect_error(read_rows(source, 3, 4), text, class = "feedforward_source_error")
  }
  bytes <- readBin(file, "raw", 1e4)
  writeBin(bytes[-1L], file)
  failed("Chunk 2 \\(rows 3 to 4\\) of the file `x.npy` cannot be read.*bytes instead of")
  unlink(file)
  failed("cannot be read")
  writeBin(bytes, file)
  expect_identical(read_rows(source, 3, 4)$x1, c(6, 9))
})

test_that("whole numbers that doubles cannot hold are refused", {
  bytes <- c(little(2^53, 8), as.raw(c(1, 0, 0, 0, 0, 0, 32, 0)))
  source <- data_source(local_npy(x = npy_bytes("<i8", 2, bytes)), chunk_rows = 1)
  expect_identical(read_rows(source, 1, 1)$x, 2^53)
  expect_error(read_rows(source, 2, 2), "cannot be read.*holds a number near",
    class = "feedforward_source_error")
})

test_that("other files and arguments are refused", {
  good <- npy_bytes("|u1", c(2, 2), as.raw(1:4))
  refused <- function(text, ..., columns = NULL) {
    error <- tryCatch(data_source(local_npy(...), columns = columns), error = identity)
    expect_s3_class(error, "feedforward_error")
    expect_match(gsub("\\s+", " ", conditionMessage(error)), text)
  }
  refused("'y.npy' has 3 rows, but 'x.npy' has 2", x = good,
    y = npy_bytes("|u1", 3, as.raw(1:3)))
  refused("More than one column of 2 .npy files has the name `x1`", x = good,
    x1 = npy_bytes("|u1", 2, as.raw(1:2)))
  refused("has 3 dimensions.*one or two dimensions can be read", x = npy_bytes("|u1", c(1, 2, 2),
    as.raw(1:4)))
  refused("has 0 dimensions", x = npy_bytes("|u1", numeric(), as.raw(1)))
  refused("There are no rows in the file `x.npy`", x = npy_bytes("|u1", c(0, 2), raw()))
  refused("There are no columns in the file `x.npy`", x = npy_bytes("|u1", c(2, 0), raw()))
  refused("is not a valid NPY file", x = good[-1L])
  refused("has 77 bytes instead of 78", x = good[-length(good)])
  refused("has 79 bytes instead of 78", x = c(good, as.raw(1)))
  refused("type '<c16'", x = npy_bytes("<c16", 1, raw(16)))
  refused("`columns` must be NULL for .npy files", x = good, columns = "x1")
})
