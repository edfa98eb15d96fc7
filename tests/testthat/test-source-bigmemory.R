# Sources that are a big.matrix.

skip_if_not_installed("bigmemory")

test_that("each type of a big.matrix is read, with missing values", {
  withr::local_options(bigmemory.typecast.warning = FALSE)
  for (type in c("double", "float", "integer", "short", "char")) {
    values <- matrix(c(1:9, NA, -3, 100), 4, dimnames = list(NULL, c("a", "b", "c")))
    x <- bigmemory::as.big.matrix(values, type = type)
    source <- data_source(x, chunk_rows = 3)
    expect_identical(source$starts, c(1, 4))
    expect_false(source$in_order)
    expect_equal(read_all(source), as.data.frame(values), info = type)
    expect_equal(read_rows(source, 2, 3), as.data.frame(values[2:3, ]), info = type)
  }
})

test_that("columns without names are numbered, and levels make factors", {
  x <- bigmemory::as.big.matrix(matrix(c(0.5, 2, 1, 2), 2), type = "double")
  source <- data_source(x, levels = list(V2 = 1:3))
  expect_identical(read_all(source), data.frame(V1 = c(0.5, 2), V2 = factor(1:2, 1:3)))
  expect_identical(read_all(data_source(x[1L, , drop = FALSE] |> bigmemory::as.big.matrix())),
    data.frame(V1 = 0.5, V2 = 1))
})

test_that("other objects and arguments are refused", {
  x <- bigmemory::as.big.matrix(matrix(1:4, 2), type = "integer")
  expect_error(data_source(x, n = 2), "Unknown argument `n`", class = "feedforward_error")
  expect_error(data_source(structure(1, class = "big.matrix")), "`x` must be a `big.matrix`",
    class = "feedforward_error")
  gone <- unserialize(serialize(x, NULL))
  expect_error(data_source(gone), "of another session", class = "feedforward_error")
  stored <- unserialize(serialize(data_source(x), NULL))
  error <- tryCatch(head(stored), feedforward_source_error = identity)
  expect_match(conditionMessage(error$parent), "is of another session")
  colnames <- matrix(1:4, 2, dimnames = list(NULL, c("a", "a")))
  twice <- bigmemory::as.big.matrix(colnames, type = "integer")
  expect_error(data_source(twice), "More than one column of the big.matrix",
    class = "feedforward_error")
})
