# Sources in Parquet files.

skip_if_not_installed("nanoparquet")

houses <- data.frame(
  x = c(0.1, NA, 1e300, -5, 1:6), k = c(NA, 1:9), yes = c(TRUE, NA, FALSE)[c(1:3, 1:3, 1:3, 1)],
  text = c("it's", "a \"b\"", "two\nlines", "\u00e9\u4e2d", NA, "", "{x}", "NA", "z", "-"),
  f = factor(c("u", "v"))[c(1, 1, 1, 2, 2, 2, 1, 2, NA, 1)]
)
# Factors arrive as text, and whole numbers as double.
plain_houses <- transform(houses, k = as.double(k), f = as.character(f))

# Writes the rows of `houses` that `parts` lists into a folder of files.
local_parquet <- function(parts, data = houses, env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  for (k in seq_along(parts)) {
    nanoparquet::write_parquet(data[parts[[k]], ], file.path(folder, sprintf("part-%d.parquet", k)))
  }
  folder
}

test_that("a folder is read file by file", {
  folder <- local_parquet(list(1:3, 4:6, integer(), 7:10))
  source <- data_source(folder)
  expect_identical(source$starts, c(1, 4, 7))
  expect_false(source$in_order)
  expect_identical(source$label, sprintf("4 Parquet files in `%s`", basename(folder)))
  expect_identical(read_all(source), plain_houses)
  expect_equal(read_rows(source, 4, 6), plain_houses[4:6, ], ignore_attr = "row.names")
  # Within a file, and across files.
  for (rows in list(1:10, 2:3, 3:7, 9:9, 1:6)) {
    expect_equal(read_rows(source, rows[1L], rows[length(rows)]), plain_houses[rows, ],
      ignore_attr = "row.names")
  }
})

test_that("files in subfolders are not left out silently", {
  folder <- local_parquet(list(1:3))
  inner <- file.path(folder, "year=2024")
  dir.create(inner)
  nanoparquet::write_parquet(houses[4:10, ], file.path(inner, "part-2.parquet"))
  text <- "has files in subfolders, such as 'year=2024/part-2.parquet'"
  expect_error(data_source(folder), text, class = "feedforward_error")
  files <- list.files(folder, "[.]parquet$", recursive = TRUE, full.names = TRUE)
  expect_identical(read_all(data_source(files)), plain_houses)
  unlink(file.path(folder, "part-1.parquet"))
  expect_error(data_source(folder), text, class = "feedforward_error")
})

test_that("`chunk_rows` has no effect", {
  folder <- local_parquet(list(1:3, 4:10))
  expect_identical(data_source(folder, chunk_rows = 100, buffer_rows = 8)$starts, c(1, 4))
})

test_that("a file can be named like a pattern", {
  skip_on_os("windows")
  folder <- local_parquet(list(1:3))
  file <- file.path(folder, "part*[1]?.parquet")
  file.rename(file.path(folder, "part-1.parquet"), file)
  expect_identical(data_source(file)$n, 3)
})

test_that("files are read in the order they are given, also a single one", {
  folder <- local_parquet(list(1:3, 4:10))
  files <- list.files(folder, full.names = TRUE)
  expect_identical(data_source(files[2:1])$starts, c(1, 8))
  expect_identical(read_all(data_source(files[2:1]))$x, houses$x[c(4:10, 1:3)])
  expect_identical(data_source(files)$label, "2 Parquet files")
  one <- data_source(files[1L])
  expect_identical(one$label, "the file `part-1.parquet`")
  expect_identical(read_all(one), plain_houses[1:3, ])
})

test_that("columns are chosen by name, and levels make factors", {
  data <- houses
  data$day <- as.Date("2020-02-29")
  folder <- local_parquet(list(1:5, 6:10), data)
  expect_error(data_source(folder), "Column `day` of 2 Parquet files in .* must be numeric",
    class = "feedforward_error")
  source <- data_source(folder, columns = c("f", "k"), levels = list(f = c("u", "v"), k = 1:9))
  expect_identical(read_all(source), data.frame(f = houses$f, k = factor(houses$k)))
})

test_that("numbers of any type are one column", {
  folder <- local_parquet(list())
  types <- c("INT32", "INT64", "FLOAT", "DOUBLE")
  for (type in types) {
    file <- file.path(folder, paste0(type, ".parquet"))
    nanoparquet::write_parquet(data.frame(a = c(1, -3)), file,
      schema = nanoparquet::parquet_schema(a = type))
  }
  expect_identical(read_all(data_source(folder))$a, rep(c(1, -3), 4))
})

test_that("files with other columns are refused by name", {
  folder <- local_parquet(list(1:3, 4:6))
  file <- file.path(folder, "part-3.parquet")
  refused <- function(data, text, ...) {
    nanoparquet::write_parquet(data, file)
    error <- tryCatch(data_source(folder, ...), error = identity)
    expect_s3_class(error, "feedforward_error")
    expect_match(gsub("\\s+", " ", conditionMessage(error)), text)
  }
  refused(houses[-2], "The file 'part-3.parquet' lacks the column `k`, which 'part-1.parquet' has")
  refused(transform(houses, x = "a"), "`x` has another type in the file 'part-3.parquet' than in")
  nanoparquet::write_parquet(cbind(more = 1, houses[5:1]), file)
  expect_named(data_source(folder)$columns, names(houses))
  nanoparquet::write_parquet(transform(houses[1:2], x = "a"), file)
  expect_named(data_source(folder, columns = "k")$columns, "k")
})

test_that("files that change between reads are noticed", {
  folder <- local_parquet(list(1:3, 4:6, 7:10))
  source <- data_source(folder)
  files <- list.files(folder, full.names = TRUE)
  failed <- function(text) {
    expect_error(read_rows(source, 4, 6), text, class = "feedforward_source_error")
  }
  nanoparquet::write_parquet(houses[4:5, ], files[2L])
  failed("Chunk 2 \\(rows 4 to 6\\) of 3 Parquet files in .* should have 3 rows, but 2")
  nanoparquet::write_parquet(transform(houses[4:6, ], x = "a"), files[2L])
  failed("has text in the column `x`")
  nanoparquet::write_parquet(houses[4:6, -1], files[2L])
  failed("cannot be read")
  writeBin(readBin(files[1L], "raw", 200), files[2L])
  failed("cannot be read")
  unlink(files[2L])
  failed("cannot be read")
  expect_identical(nrow(read_rows(source, 1, 3)), 3L)
})

test_that("wrong arguments are refused", {
  folder <- local_parquet(list(1:3, 4:10))
  files <- list.files(folder, full.names = TRUE)
  refused <- function(text, ...) {
    error <- tryCatch(data_source(...), error = identity)
    expect_s3_class(error, "feedforward_error")
    expect_match(gsub("\\s+", " ", conditionMessage(error)), text)
  }
  refused("`x` must be the path of a folder or of files", character())
  refused("`x` must be the path of a folder or of files", NA_character_)
  refused("no-such.parquet' does not exist", c(files, "no-such.parquet"))
  refused("There are no .parquet files in the folder", withr::local_tempdir())
  refused("`columns` must be NULL or the names", files, columns = 1)
  refused("`columns` must be NULL or the names", files, columns = houses)
  refused("`columns` has more than one element", files, columns = c("x", "x"))
  refused("`columns` names the column `X`, which .* Did you mean `x`", folder, columns = "X")
  refused("'part-2.parquet' has 7 rows, more than `buffer_rows`, which is 6", folder,
    chunk_rows = 2, buffer_rows = 6)
  refused("Unknown argument `colunms`. i Did you mean `columns`", folder, colunms = "x")
  other <- withr::local_tempfile(fileext = ".txt", lines = "a")
  refused("The name of the file .* must end with '.parquet'", other)
  refused("`x` has files of different kinds.*'part-1.parquet' and '.*npy'", c(files,
    withr::local_tempfile(fileext = ".npy", lines = "a")))
  refused("not the string \"https://a.b/c.csv\".*download.file", "https://a.b/c.csv")
  refused("not the string .*part-[*].parquet.*Sys.glob", file.path(folder, "part-*.parquet"))
  refused("DBI::dbConnect", "flights.sqlite")
  refused("DBI::dbConnect", "flights.duckdb")
  broken <- withr::local_tempfile(fileext = ".parquet", lines = "a")
  refused("cannot be read", broken)
  nanoparquet::write_parquet(houses[0L, ], broken)
  refused("There are no rows in the file", broken)
})
