test_that("folding the scaling into the first layer changes no prediction", {
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

test_that("tables and matrices are scaled by default, bytes, images and sparse matrices are not", {
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

test_that("only training rows decide the scaling", {
  x <- matrix(rnorm(40), 20)
  fit <- same_seed(quick_fit(x, rnorm(20), validation = 0.25))
  rows <- same_seed({
    rnorm(20)
    setdiff(1:20, draw_validation_rows(20, 0.25))
  })
  expect_equal(fit$inputs$center, colMeans(x[rows, ]))
})

test_that("numbers too large to be scaled are refused", {
  fit <- function(column) quick_fit(cbind(1:3, column, deparse.level = 0), c(1, 2.5, 3))
  expect_says(fit(c(1, 1e200, 1)), "Column 2 of `x`", "squares are too large to sum")
  expect_says(fit(c(1, NA, 1)), "a missing value (NA) in row 2, column 2")
})

test_that("predictors that were constant in training have no effect later", {
  x <- cbind(a = rnorm(30), constant = 0.1, zero = 0)
  y <- x[, "a"]^2
  expect_warning(
    fit <- same_seed(quick_fit(x, y, epochs = 20)),
    class = "feedforward_constant_predictor"
  )
  expect_lt(max(abs(fit$parameters$W1[, 2:3])), 1e-5)
  new <- x
  new[, 2:3] <- 5
  expect_equal(predict(fit, new), predict(fit, x), tolerance = 1e-5)
  # The random weights of the other predictors stay the same.
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

test_that("a column that varies little beside its mean is used, not called constant", {
  set.seed(1)
  time <- 1.6e9 + runif(60) * 1e-3
  y <- (time - 1.6e9) * 1e3
  fit <- expect_no_warning(
    feedforward(cbind(time = time), y, hidden_units = 0, optimizer = "lbfgs", epochs = 100)
  )
  # The outcome is a line in the column, which a network without hidden layers fits exactly.
  expect_equal(predict(fit, cbind(time = time)), y, tolerance = 1e-9)
  # What is subtracted is exact, so this is the deviation of the small differences.
  small <- time - 1.6e9
  expect_equal(fit$inputs$scale, sqrt(mean((small - mean(small))^2)), tolerance = 1e-6)
  expect_equal(predict(fit, data.frame(time = time))$.pred, y, tolerance = 1e-9)
  kept <- withr::local_tempfile(fileext = ".safetensors")
  write_model(fit, kept)
  expect_identical(predict(read_model(kept), cbind(time = time)), predict(fit, cbind(time = time)))
  # Rows that count more than once, and some that do not count.
  copies <- hardhat::frequency_weights(rep(0:2, 20))
  weighted <- feedforward(cbind(time = time), y, case_weights = copies, epochs = 1)
  repeated <- rep(small, rep(0:2, 20))
  expect_equal(weighted$inputs$scale, sqrt(mean((repeated - mean(repeated))^2)), tolerance = 1e-6)
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(cbind(time = time), sparse = TRUE)
  expect_equal(predict(fit, sparse), y, tolerance = 1e-9)
})

test_that("rounding in sums does not decide whether a column is constant", {
  constant <- function(column) {
    warned <- FALSE
    withCallingHandlers(quick_fit(cbind(seq_along(column), column), sin(seq_along(column))),
      feedforward_constant_predictor = function(cnd) {
        warned <<- TRUE
        rlang::cnd_muffle(cnd)
      }
    )
    warned
  }
  expect_true(constant(rep(0.1, 40)))
  # 0.1 added up 20000 times is rounded by more than 1e-12 of it.
  expect_true(constant(rep(0.1, 20000)))
  # The same number, computed in two ways.
  expect_true(constant(rep(c(0.3, 0.1 + 0.2), 20)))
  expect_false(constant(1e15 + 1:40))
  expect_false(constant(1.6e18 + 256 * 1:40))
  expect_false(constant(-1e9 + 1:40 * 1e-6))
  expect_false(constant(1e-200 * 1:40))
})

test_that("an outcome that varies little beside its mean is learned on its scale", {
  x <- cbind(a = seq(-1, 1, length.out = 60))
  y <- 1.6e9 + x[, "a"] * 1e-3
  fit <- feedforward(x, y, hidden_units = 0, optimizer = "lbfgs", epochs = 100)
  # Numbers near 1.6e9 are 2.4e-7 apart.
  expect_lt(max(abs(predict(fit, x) - y)), 1e-6)
  # The deviation and the median deviation of the differences, which are exact.
  small <- y - 1.6e9
  expect_equal(fit$outcome$scale, sqrt(mean((small - mean(small))^2)), tolerance = 1e-6)
  robust <- feedforward(x, y, loss = "huber", epochs = 1)
  expect_equal(robust$outcome$scale, stats::mad(small), tolerance = 1e-3)
})
