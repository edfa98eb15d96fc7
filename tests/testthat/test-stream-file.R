write_npy_rows <- function(values, path, type = "f8") {
  descr <- c(f8 = "<f8", f4 = "<f4", u1 = "|u1")[[type]]
  shape <- if (is.matrix(values)) dim(values) else length(values)
  size <- c(f8 = 8L, f4 = 4L)
  rows <- as.double(if (is.matrix(values)) t(values) else values)
  bytes <- if (type == "u1") as.raw(rows) else raw_of(rows, size = size[[type]], endian = "little")
  writeBin(npy_bytes(descr, shape, bytes), path)
}

# Predictors of a type in x.npy, and an outcome in y.npy.
npy_files <- function(type, n = 400, folder = withr::local_tempdir(.local_envir = parent.frame())) {
  withr::local_seed(6)
  x <- matrix(sample(0:250, n * 5, TRUE), n)
  write_npy_rows(x, file.path(folder, "x.npy"), type)
  write_npy_rows((x[, 1] > x[, 2]) + (x[, 3] > 200), file.path(folder, "y.npy"))
  file.path(folder, c("x.npy", "y.npy"))
}

train_on <- function(source, ..., learn_rate = 0.001) {
  fit <- withr::with_seed(2, feedforward(source, "y",
    epochs = 3, hidden_units = 4, learn_rate = learn_rate, ...
  ))
  fit$history$seconds <- NULL
  fit
}

read_by_r <- function(source) {
  source["files"] <- list(NULL)
  source
}

test_that("files that C++ reads give the bits of files that R reads", {
  for (type in c("f8", "f4", "u1")) {
    source <- data_source(npy_files(type), chunk_rows = 50, buffer_rows = 150)
    expect_length(source$files, 2L)
    classes <- data_source(npy_files(type),
      chunk_rows = 50, buffer_rows = 150, levels = list(y = 0:2)
    )
    for (settings in list(
      list(source), list(source, precision = "single"),
      list(source, optimizer = "lbfgs", learn_rate = NULL),
      list(classes, validation = 0.2, class_weights = "balanced"),
      list(classes, class_weights = c("1" = 0)),
      list(source, validation = data_source(npy_files(type, n = 300), chunk_rows = 100))
    )) {
      by_r <- replace(settings, 1L, list(read_by_r(settings[[1L]])))
      if (is_source(by_r$validation)) by_r$validation <- read_by_r(by_r$validation)
      expect_identical(do.call(train_on, settings), do.call(train_on, by_r))
    }
  }
})

test_that("only files with all predictors as they are are read by C++", {
  source <- data_source(npy_files("u1"), levels = list(x1 = 0:250))
  roles <- source_roles(source, "y", NULL)
  expect_null(file_of_predictors(source, roles))
  source <- data_source(npy_files("u1"))
  expect_equal(file_of_predictors(source, source_roles(source, "y", NULL))$names, paste0("x", 1:5))
  expect_null(file_of_predictors(source, source_roles(source, "x1", NULL)))
})

test_that("values that are not finite are found in the first pass", {
  files <- npy_files("f8")
  bytes <- readBin(files[1L], raw(), 1e6)
  # Row 301, input 2.
  at <- length(bytes) - (400 - 300) * 5 * 8 + 8
  writeBin(replace(bytes, at + 1:8, raw_of(NaN, size = 8, endian = "little")), files[1L])
  expect_error(train_on(data_source(files, chunk_rows = 50, buffer_rows = 150)),
    "row 301, column `x2`", class = "feedforward_source_error")
})

test_that("a file that becomes shorter during training is an error", {
  files <- npy_files("f8")
  source <- data_source(files, chunk_rows = 50, buffer_rows = 150)
  shorten <- function(record) {
    bytes <- readBin(files[1L], raw(), 1e6)
    writeBin(utils::head(bytes, -8), files[1L])
    TRUE
  }
  failure <- rlang::catch_cnd(train_on(source, on_epoch = shorten), "feedforward_source_error")
  expect_match(conditionMessage(failure), "gone, or its size has changed")
  expect_equal(nrow(failure$fit$history), 1L)
})

test_that("values of a validation source that are not finite are errors", {
  files <- npy_files("f8")
  source <- data_source(files, chunk_rows = 50, buffer_rows = 150)
  bad <- npy_files("f8")
  bytes <- readBin(bad[1L], raw(), 1e6)
  at <- length(bytes) - 8
  writeBin(replace(bytes, at + 1:8, raw_of(NaN, size = 8, endian = "little")), bad[1L])
  expect_error(train_on(source, validation = data_source(bad)), "row 400, column `x5`",
    class = "feedforward_source_error")
})

test_that("weights beside a file that C++ reads are checked in every block", {
  folder <- withr::local_tempdir()
  files <- npy_files("f8", folder = folder)
  weights <- file.path(folder, "w.npy")
  write_npy_rows(rep(1, 400), weights)
  source <- data_source(c(files, weights), chunk_rows = 50, buffer_rows = 150)
  spoil <- function(record) {
    write_npy_rows(rep(-1, 400), weights)
    TRUE
  }
  error <- expect_error(train_on(source, case_weights = "w", on_epoch = spoil),
    "negative weight in row", class = "feedforward_source_error")
  expect_equal(nrow(error$fit$history), 1L)
})
