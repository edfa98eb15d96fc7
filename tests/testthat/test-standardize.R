test_that("scaling is folded into the first layer exactly", {
  set.seed(1)
  x <- matrix(rnorm(60, 5, 3), 20)
  fit <- quick_fit(x, x[, 1] > 5)
  inputs <- fit$inputs
  expect_equal(inputs$center, colMeans(x))
  expect_equal(inputs$scale, sqrt(colMeans(x^2) - colMeans(x)^2))
  z <- scale(x, inputs$center, inputs$scale)
  plain <- fit
  plain$inputs[c("center", "scale")] <- list(NULL)
  expect_equal(predict(fit, x, type = "link"), predict(plain, z, type = "link"), ignore_attr = TRUE)
  expect_identical(fold_scaling(fit$parameters, plain$inputs), fit$parameters)
})

test_that("what is scaled by default", {
  scaled <- function(x, ...) !is.null(quick_fit(x, rep(c("a", "b"), 4), ...)$inputs$scale)
  x <- matrix(1:16 + 0.5, 8)
  expect_true(scaled(x))
  expect_true(scaled(as.data.frame(x)))
  expect_false(scaled(matrix(as.raw(1:16), 8)))
  expect_false(scaled(array(runif(64), c(8, 2, 4))))
  expect_false(scaled(x, standardize = FALSE))
  expect_true(scaled(array(runif(64), c(8, 2, 4)), standardize = TRUE))
  expect_true(scaled(matrix(as.raw(1:16), 8), standardize = TRUE))
  skip_if_not_installed("Matrix")
  expect_false(scaled(as(x, "CsparseMatrix")))
})

test_that("only rows trained on are measured", {
  x <- matrix(rnorm(40), 20)
  fit <- same_seed(quick_fit(x, rnorm(20), validation = 0.25))
  rows <- same_seed({
    rnorm(20)
    setdiff(1:20, draw_validation_rows(20, 0.25))
  })
  expect_equal(fit$inputs$center, colMeans(x[rows, ]))
})

test_that("numbers too large to be measured are refused", {
  fit <- function(column) quick_fit(cbind(1:3, column, deparse.level = 0), c(1, 2.5, 3))
  expect_told(fit(c(1, 1e200, 1)), "squares can be summed", "column 2")
  expect_told(fit(c(1, NA, 1)), "NA in row 2, column 2")
})

test_that("predictors that were constant in training have no effect later", {
  x <- cbind(a = rnorm(30), constant = 0.1, zero = 0)
  y <- x[, "a"]^2
  expect_warning(
    fit <- same_seed(quick_fit(x, y, epochs = 20)),
    class = "feedforward_constant_predictor"
  )
  expect_lt(max(abs(fit$parameters$W1[, 2:3])), 1e-6)
  new <- x
  new[, 2:3] <- 5
  expect_equal(predict(fit, new), predict(fit, x), tolerance = 1e-5)
  # What is drawn for the others does not depend on it.
  start <- suppressWarnings(same_seed(quick_fit(x, y, epochs = 0)))$parameters$W1
  others <- cbind(x[, 1], rnorm(30), rnorm(30))
  varied <- same_seed(quick_fit(others, y, epochs = 0))$parameters$W1
  expect_identical(unname(start[, 1]), varied[, 1])
  skip_if_not_installed("Matrix")
  # Sparse columns that are constant, but not 0, work as a bias does.
  sparse <- as(cbind(x[, c(1, 3)], one = 1), "CsparseMatrix")
  fit <- expect_no_warning(same_seed(quick_fit(sparse, y, standardize = TRUE)))
  expect_identical(unname(fit$parameters$W1[, 2]), numeric(4))
  expect_true(all(fit$parameters$W1[, 3] != 0))
})
