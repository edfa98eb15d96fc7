use_harness("long-inputs")

tensors <- list(
  W1 = matrix(c(pi, -0, 1e-310, Inf, NaN, NA), 2), b1 = c(0.1, 1 / 3), one = 5,
  codes = matrix(c(1L, NA, -3L, .Machine$integer.max, 0L, 2L), 3),
  "a \"name\"" = 1:3, none = double()
)
metadata <- list(version = 1L, learn_rate = 1 / 3, names = c("a", "\u00fc"))

written <- function(..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".safetensors", .local_envir = env)
  write_tensors(path, ...)
  path
}
bytes_of <- function(path) readBin(path, "raw", file.size(path))

# A file with this header (text) and data whose digest is right.
sealed <- function(header, data = raw(), size = nchar(header, "bytes"), env = parent.frame()) {
  zeros <- strrep("0", 64)
  head <- c(little(size, 8), charToRaw(header))
  digest <- digest::digest(c(head, data), "sha256", serialize = FALSE)
  head <- c(little(size, 8), charToRaw(sub(zeros, digest, header, fixed = TRUE)))
  temp_file(c(head, data), ".safetensors", env)
}
with_entries <- function(entries, json = "{}") {
  metadata <- "{\"__metadata__\":{\"sha256\":\"%s\",\"feedforward\":\"%s\"}"
  start <- sprintf(metadata, strrep("0", 64), json)
  paste0(paste(c(start, entries), collapse = ","), "}")
}
entry <- function(name, dtype, shape, from, to) {
  sprintf(
    "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%s,%s]}",
    name, dtype, shape, from, to
  )
}

test_that("tensors and metadata are restored exactly", {
  expect_identical(
    read_tensors(written(tensors, metadata)), list(tensors = tensors, metadata = metadata)
  )
  back <- read_tensors(written(list(), list()))
  expect_length(back$tensors, 0)
  expect_identical(back$metadata, list())
  set.seed(1)
  large <- list(W = matrix(rnorm(1e5), 100))
  expect_identical(read_tensors(written(large))$tensors, large)
})

test_that("files have the safetensors format, with each number in its place", {
  bytes <- bytes_of(written(list(W = matrix(c(1, 2, 3, 4, 5, 6), 2), k = 7L), metadata))
  size <- little_endian(bytes[1:8])
  expect_identical(size %% 8, 0)
  header <- jsonlite::fromJSON(rawToChar(bytes[8 + seq_len(size)]))
  expect_identical(header$W, list(dtype = "F64", shape = 2:3, data_offsets = c(0L, 48L)))
  expect_identical(header$k, list(dtype = "I32", shape = 1L, data_offsets = c(48L, 52L)))
  # Row after row.
  data <- utils::tail(bytes, 52)
  expect_identical(readBin(data, "double", 6, endian = "little"), c(1, 3, 5, 2, 4, 6))
  expect_identical(readBin(utils::tail(data, 4), "integer", 1, endian = "little"), 7L)
  # Strings are all that the format allows as metadata.
  expect_true(all(vapply(header[["__metadata__"]], is.character, TRUE)))
})

test_that("a flipped bit or a cut at any place is refused", {
  bytes <- bytes_of(written(tensors, metadata))
  set.seed(4)
  results <- vapply(1:400, function(i) outcome(read_tensors(temp_file(mutate_bytes(bytes)))), "")
  expect_identical(unique(results), "refused")
  expect_refusal(read_tensors(temp_file(c(bytes, as.raw(0)))), "SHA-256")
  flipped <- replace(bytes, length(bytes) - 3, xor(bytes[length(bytes) - 3], as.raw(4)))
  expect_refusal(read_tensors(temp_file(flipped)), "SHA-256")
})

test_that("inconsistent headers are refused even if their digest is right", {
  data <- raw_of(c(1, 2, 3, 4))
  entries <- c(entry("a", "F64", "2", 0, 16), entry("b", "F64", "1,2", 16, 32))
  fine <- sealed(with_entries(entries), data)
  expect_identical(read_tensors(fine)$tensors, list(a = c(1, 2), b = matrix(c(3, 4), 1)))
  refused <- function(text, ..., size = NULL) {
    header <- with_entries(c(...))
    file <- sealed(header, data, if (is.null(size)) nchar(header, "bytes") else size)
    expect_refusal(read_tensors(file), text)
  }
  gap <- c("wrong place or size for the tensor", "without gaps or overlaps")
  refused(gap, entry("a", "F64", "2", 0, 16), entry("b", "F64", "1", 24, 32))
  refused(gap, entry("a", "F64", "2", 0, 16), entry("b", "F64", "3", 8, 32))
  refused(gap, entry("a", "F64", "5", 0, 40))
  refused(gap, entry("a", "F64", "3", 0, 32))
  refused(gap, entry("a", "I32", "4", 0, 32))
  refused(gap, entry("a", "F64", "100000,100000", 0, 32))
  refused("describes 16 of its 32 bytes of numbers", entry("a", "F64", "2", 0, 16))
  kind <- "does not give the type (F64 or I32), shape, and offsets of the tensor \"a\""
  refused(kind, entry("a", "F32", "8", 0, 32))
  refused(kind, entry("a", "F64", "-4", 0, 32))
  refused(kind, entry("a", "F64", "4.5", 0, 32))
  refused(kind, entry("a", "F64", "", 0, 32))
  refused(kind, entry("a", "F64", "\"4\"", 0, 32))
  refused(kind, entry("a", "F64", "4", -1, 32))
  refused(kind, entry("a", "F64", "4", 0, 1e300))
  refused(kind, entry("a", "F64", "1,1,1,1,1,1,1,1,4", 0, 32))
  refused(kind, "\"a\":{\"dtype\":\"F64\",\"shape\":[4]}")
  refused(kind, "\"a\":5")
  twice <- "a name that is empty or used twice"
  refused(twice, entry("a", "F64", "2", 0, 16), entry("a", "F64", "2", 16, 32))
  refused("does not start with a valid header", entry("a", "F64", "4", 0, 32), size = 1e9)
  refused("does not start with a valid header", entry("a", "F64", "4", 0, 32), size = 0)
  refused("does not start with a valid header", entry("a", "F64", "4", 0, 32), size = 2^63)
  refused("invalid syntax", entry("a", "F64", "4", 0, 32), size = 40)
})

test_that("files of other types are refused", {
  expect_refusal(read_tensors(temp_file(raw())), "is empty")
  expect_refusal(read_tensors(temp_file(charToRaw("abc"))),
    c("has 3 bytes, but does not start with a valid header", "Use a file written by `write_model()`"))
  expect_refusal(read_tensors(sealed("{}")), "another program")
  expect_refusal(read_tensors(sealed("[1, 2]")), "another program")
  expect_refusal(
    read_tensors(sealed("{\"__metadata__\":{\"sha256\":\"\",\"feedforward\":\"{}\"}}")), "SHA-256"
  )
  expect_refusal(read_tensors(sealed(with_entries(NULL, json = "[5]"))), "has JSON metadata with")
  expect_refusal(read_tensors(sealed("{\"a\":\"\001\"}")), "JSON")
  file <- withr::local_tempfile()
  for (compress in list(TRUE, FALSE, "bzip2", "xz")) {
    saveRDS(1, file, compress = compress)
    expect_refusal(read_tensors(file), "is a file from `saveRDS()` or `save()`")
  }
  x <- 1
  save(x, file = file, ascii = TRUE)
  expect_refusal(read_tensors(file), "is a file from `saveRDS()` or `save()`")
  expect_refusal(read_tensors(tempdir()), "is a folder")
  expect_refusal(read_tensors(file.path(tempdir(), "nothing-here")), "does not exist")
  expect_refusal(read_tensors(3), "`path` must be a non-empty string", "feedforward_error")
})

test_that("a failed write keeps the older file and leaves no other file", {
  folder <- temp_folder()
  path <- file.path(folder, "model.safetensors")
  write_tensors(path, list(a = 1))
  expect_error(write_tensors(path, list(a = 2), list(f = mean)), class = "feedforward_error")
  expect_error(write_tensors(path, list(a = "text")), class = "feedforward_error")
  expect_error(write_tensors(path, list(a = 1, a = 2)), class = "feedforward_error")
  expect_identical(read_tensors(path)$tensors$a, 1)
  expect_identical(list_all(folder), "model.safetensors")
  write_tensors(path, list(a = 3))
  expect_identical(read_tensors(path)$tensors$a, 3)
  expect_identical(list_all(folder), "model.safetensors")
})

test_that("paths that cannot be written to are refused without leaving a file", {
  folder <- temp_folder()
  expect_refusal(
    write_tensors(file.path(folder, "no", "model"), list(a = 1)), "cannot be written"
  )
  dir.create(file.path(folder, "taken"))
  expect_refusal(write_tensors(file.path(folder, "taken"), list(a = 1)), "cannot be written")
  expect_identical(list_all(folder), "taken")
})

test_that("a value that cannot be read again is not written", {
  path <- withr::local_tempfile()
  expect_error(write_tensors(path, list(a = 1), list(levels = strrep("x", 1e7))),
    "10 MB", class = "feedforward_error"
  )
  expect_false(file.exists(path))
})

test_that("a directory of many tensors is read", {
  expect_no_error(read_many_tensors())
})
