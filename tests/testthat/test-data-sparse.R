# Sparse matrices for models of tables, and tables of sparse columns. Sparse and dense data with the
# same values must give the same predictions.

sparse_numbers <- function(n = 30, p = 6) {
  withr::local_seed(5)
  x <- matrix(rbinom(n * p, 3, 0.2), n, dimnames = list(NULL, letters[seq_len(p)]))
  x + 0
}

test_that("a model of numeric columns accepts a sparse matrix with their names", {
  skip_if_not_installed("Matrix")
  x <- sparse_numbers()
  data <- data.frame(x, y = x[, "a"] - x[, "b"])
  sparse <- methods::as(x, "CsparseMatrix")
  fits <- list(
    quick_fit(data[1:4], data$y), quick_fit(y ~ a + b + c + d, data), quick_fit(y ~ b + a, data)
  )
  for (fit in fits) {
    expected <- predict(fit, data, format = "matrix")
    expect_equal(predict(fit, sparse), expected, tolerance = 1e-12)
    expect_identical(predict(fit, sparse[, 6:1]), predict(fit, sparse))
    expect_identical(predict(fit, methods::as(sparse, "TsparseMatrix")), predict(fit, sparse))
    expect_identical(predict(fit, methods::as(sparse, "RsparseMatrix")), predict(fit, sparse))
    expect_equal(predict(fit, sparse[4, , drop = FALSE]), expected[4], tolerance = 1e-12)
    expect_length(predict(fit, sparse[0, ]), 0L)
    expect_equal(residuals(fit, sparse, data$y), data$y - expected, tolerance = 1e-12)
    expect_says(predict(fit, sparse[, -2]), "`new_data`", "no column `b`")
    nameless <- sparse
    nameless@Dimnames <- list(NULL, NULL)
    expect_says(predict(fit, nameless), "a data frame or a matrix with column names")
    expect_says(predict(fit, cbind(sparse, b = 1)), "more than one column with the name `b`")
    expect_says(predict(fit, replace(sparse, 33, NA)), "a missing value (NA) in row 3, column `b`")
    expect_s4_class(predictors_for(fit, sparse), "dgCMatrix")
    expect_identical(predict(fit, x), expected)
  }
})

test_that("training continues with sparse data as with the same dense data", {
  skip_if_not_installed("Matrix")
  x <- sparse_numbers()
  fit <- quick_fit(as.data.frame(x), x[, 1] - x[, 2])
  go_on <- function(x) same_seed(continue_training(fit, x, rep(c(1, 2, 4), 10), epochs = 3))
  expect_equal(go_on(methods::as(x, "CsparseMatrix"))$parameters, go_on(x)$parameters)
})

test_that("models with computed terms accept a sparse matrix", {
  skip_if_not_installed("Matrix")
  x <- sparse_numbers()
  data <- data.frame(x, y = x[, "a"] - x[, "b"])
  sparse <- methods::as(x, "CsparseMatrix")
  fit <- quick_fit(y ~ log1p(a) + b:c, data)
  expect_identical(predict(fit, sparse), predict(fit, data, format = "matrix"))
  fit <- quick_fit(y ~ a + g, transform(data, g = gl(2, 15)))
  expect_says(predict(fit, sparse), "no column `g`")
  skip_without_recipes()
  fit <- quick_fit(recipes::step_sqrt(recipes::recipe(y ~ a + b, data), a), data)
  expect_identical(predict(fit, sparse), predict(fit, data, format = "matrix"))
})

# Not by `::`, since no package that is asked for brings sparsevctrs along everywhere.
sparse_tibble <- function(x) {
  skip_if_not_installed("Matrix")
  skip_if_not_installed("sparsevctrs")
  getExportedValue("sparsevctrs", "coerce_to_sparse_tibble")(methods::as(x, "CsparseMatrix"))
}

test_that("a table of sparse columns trains like a sparse matrix", {
  x <- sparse_numbers()
  y <- x[, 1] - x[, 2]
  table <- sparse_tibble(x)
  matrix_fit <- same_seed(quick_fit(methods::as(x, "CsparseMatrix"), y))
  fit <- same_seed(quick_fit(table, y))
  expect_identical(unname(fit$parameters), unname(matrix_fit$parameters))
  # Not standardized, as sparse matrices are not.
  expect_null(fit$inputs$scale)
  expect_identical(fit$inputs$names, colnames(x))
  expected <- predict(fit, table)
  expect_identical(predict(fit, table[6:1]), expected)
  expect_identical(predict(fit, table[7:9, ])$.pred, expected$.pred[7:9])
  expect_equal(predict(fit, as.data.frame(x)), expected, tolerance = 1e-12)
  expect_identical(predict(fit, methods::as(x, "CsparseMatrix")), expected$.pred)
  expect_says(predict(fit, table[-1]), "no column `a`")
  scaled <- same_seed(quick_fit(table, y, standardize = TRUE))
  expect_null(scaled$inputs$center)
  expect_length(scaled$inputs$scale, 6L)
  read <- same_seed(quick_fit(table, y, validation = list(as.data.frame(x), y)))
  expect_identical(read$n[["validation"]], 30L)
})

test_that("sparse whole numbers stay sparse, and mixed tables give the right numbers", {
  x <- sparse_numbers()
  y <- x[, 1] - x[, 2]
  table <- sparse_tibble(x)
  whole <- table
  as_sparse_integer <- getExportedValue("sparsevctrs", "as_sparse_integer")
  whole$a <- as_sparse_integer(as.integer(x[, 1]))
  fit <- same_seed(quick_fit(whole, y))
  expect_identical(fit$parameters, same_seed(quick_fit(table, y))$parameters)
  expect_length(predict(fit, transform(as.data.frame(x), a = 0.5))$.pred, 30L)
  # What is not stored is not 0: no sparse matrix could hold it.
  ones <- table
  ones$b <- getExportedValue("sparsevctrs", "sparse_double")(5, 3, 30, default = 1)
  dense <- as.data.frame(x)
  dense$b <- replace(rep(1, 30), 3, 5)
  expect_identical(
    same_seed(quick_fit(ones, y))$parameters, same_seed(quick_fit(dense, y))$parameters
  )
  mixed <- table
  mixed$g <- gl(3, 10)
  expect_identical(
    same_seed(quick_fit(mixed, y))$parameters,
    same_seed(quick_fit(data.frame(x, g = gl(3, 10)), y))$parameters
  )
  missing <- table
  missing$c <- getExportedValue("sparsevctrs", "sparse_double")(c(NA, 2), c(4, 9), 30)
  expect_says(quick_fit(missing, y), "a missing value (NA) in row 4, column `c`")
})
