# The scale of outcomes for losses that resist outliers, and how well they resist them.

test_that("center and scale are the median and the median absolute deviation", {
  y <- c(3, 1, 4, 1, 5, 9, 2, 6, 1e6)
  for (loss in c("absolute_error", "huber", "quantile")) {
    outcome <- quick_fit(cbind(1:9), y, loss = loss)$outcome
    expect_identical(outcome$center, stats::median(y))
    expect_equal(outcome$scale, stats::mad(y), tolerance = 1e-15)
  }
  squared <- quick_fit(cbind(1:9), y, loss = "squared_error")$outcome
  expect_equal(squared$center, mean(y))
  both <- quick_fit(cbind(1:9), cbind(y, y^2), loss = "huber")$outcome
  expect_identical(both$center, c(stats::median(y), stats::median(y^2)))
  expect_equal(both$scale, c(stats::mad(y), stats::mad(y^2)), tolerance = 1e-15)
})

test_that("only training rows count, and a frequency weight of k counts as k rows", {
  set.seed(1)
  x <- cbind(rnorm(40))
  y <- exp(rnorm(40))
  validated <- list(x[31:40, , drop = FALSE], y[31:40])
  outcome <- function(x, y, ...) quick_fit(x, y, loss = "huber", ...)$outcome
  expect_identical(outcome(cbind(x[1:30, ]), y[1:30], validation = validated)$center,
    stats::median(y[1:30]))
  k <- rep(c(1, 2, 5, 0), 10)
  rows <- rep(1:40, k)
  weights <- hardhat::frequency_weights(as.integer(k))
  for (y in list(y, round(y), rep(c(0, 0, 0, 1.5, 7), 8))) {
    copies <- outcome(x[rows, , drop = FALSE], y[rows])
    expect_identical(outcome(x, y, case_weights = weights)[c("center", "scale")],
      copies[c("center", "scale")])
  }
  # Importance weights move neither medians nor means.
  expect_identical(outcome(x, y, case_weights = k + 1)$scale, outcome(x, y)$scale)
})

test_that("medians of copies agree with median()", {
  withr::with_seed(1, for (i in 1:50) {
    y <- round(rnorm(sample(30, 1)), 1)
    k <- sample(5, length(y), TRUE)
    expect_identical(median_of_copies(y, k), stats::median(rep(y, k)))
  })
})

test_that("if more than half of the outcomes are equal, the others give the scale", {
  scale <- function(...) robust_scale(cbind(c(...)), NULL)$scale
  # A quarter is 4 away: the root mean square deviation is 4 * sqrt(1 / 4).
  expect_equal(scale(rep(0, 6), 4, 4), 2)
  # One wrong number changes next to nothing.
  counts <- c(rep(0, 700), rep(8:12, 60))
  expect_equal(scale(counts), 10 * sqrt(0.3))
  expect_lt(abs(scale(counts, rep(1e9, 9)) / scale(counts) - 1), 0.2)
  expect_identical(scale(rep(0.1, 7)), 1)
  # Equal but for rounding.
  expect_identical(scale(0.3, 0.1 + 0.2, 0.3), 1)
  expect_identical(scale(5), 1)
  expect_identical(scale(-.Machine$double.xmax, 0, 1, 2, .Machine$double.xmax), 1.4826)
})

# A plane with noise of 0.1; the first `share` of the outcomes are wrong by `size`.
contaminated <- function(share, size) {
  withr::with_seed(1, {
    x <- matrix(runif(1500, -2, 2), 500)
    new <- matrix(runif(1500, -2, 2), 500)
    noise <- 0.1 * rnorm(500)
  })
  truth <- function(x) 1.5 * x[, 1] + x[, 2]
  wrong <- seq_len(500) <= share * 500
  list(x = x, y = truth(x) + noise + wrong * size, new = new, truth = truth(new))
}

test_error <- function(data, loss, ...) {
  fit <- same_seed(feedforward(data$x, data$y, loss = loss, ...))
  sqrt(mean((predict(fit, data$new) - data$truth)^2))
}

test_that("outliers of any size move absolute error and Huber's loss as little as small ones", {
  for (loss in c("absolute_error", "huber")) {
    clean <- test_error(contaminated(0, 0), loss)
    expect_lt(clean, 0.1)
    errors <- vapply(c(1e3, 1e5, 1e8, -1e12), function(size) {
      test_error(contaminated(0.01, size), loss)
    }, 0)
    expect_lt(max(errors), 0.15)
    expect_lt(test_error(contaminated(0.01, 1e5), loss, precision = "single"), 0.15)
  }
  expect_lt(test_error(contaminated(0.05, 1e5), "absolute_error"), 0.1)
  # The mean cannot resist them.
  expect_gt(test_error(contaminated(0.01, 1e5), "squared_error"), 100)
})

test_that("outliers do not end L-BFGS too early", {
  linear <- function(loss, size) {
    test_error(contaminated(0.01, size), loss,
      hidden_units = 0, optimizer = "lbfgs", epochs = 500
    )
  }
  for (size in c(1e3, 1e5, 1e8, 1e12)) {
    expect_lt(linear("absolute_error", size), 0.02)
    # Each wrong outcome pulls with the force of one scale of y, 2.4: 1 % of them by about 0.024.
    expect_lt(linear("huber", size), 0.04)
  }
  # Without outliers the tolerance stays the same.
  optimizer <- optimizer_lbfgs()
  expect_identical(with_tolerance_for(optimizer, "huber", cbind(c(-1, 1, 0.5))), optimizer)
  expect_identical(with_tolerance_for(optimizer, "squared_error", cbind(1e6)), optimizer)
})

test_that("each of several outcomes has its own scale", {
  data <- contaminated(0.01, 1e5)
  y <- cbind(good = data$x[, 1], bad = 1e-3 * data$y)
  for (loss in c("absolute_error", "huber")) {
    fit <- same_seed(feedforward(data$x, y, loss = loss))
    errors <- predict(fit, data$new) - cbind(data$new[, 1], 1e-3 * data$truth)
    expect_lt(max(sqrt(colMeans(errors^2)) / c(1, 1e-3)), 0.15)
  }
})

test_that("the metric is in units of y, and the loss in units of its scale", {
  data <- contaminated(0.01, 50)
  for (loss in c("absolute_error", "huber")) {
    # The weights after the epoch give the validation loss.
    fit <- same_seed(feedforward(data$x, data$y,
      loss = loss, epochs = 2, validation = list(data$x, data$y)
    ))
    error <- predict(fit, data$x) - data$y
    size <- abs(error) / fit$outcome$scale
    losses <- if (loss == "huber") ifelse(size <= 1, size^2 / 2, size - 1 / 2) else size
    expect_equal(fit$history$valid_loss[fit$best_epoch], mean(losses))
    expect_equal(fit$history$valid_metric[fit$best_epoch], sqrt(mean(error^2)))
  }
})

test_that("outcomes that are almost equal have the same scale as equal ones", {
  y <- rep(c(0, 1000), c(55, 45))
  noise <- rep(c(-1, 1, -2, 2), 25) * 1e-4
  equal <- robust_scale(matrix(y), NULL)$scale
  # 45 % lie 1000 apart.
  expect_equal(equal, sqrt(0.45) * 1000)
  expect_equal(robust_scale(matrix(y + noise), NULL)$scale, equal, tolerance = 1e-3)
  # A tenth of wrong numbers decides nothing.
  few <- c(noise[1:90], rep(1e6, 10))
  expect_lt(robust_scale(matrix(few), NULL)$scale, 1e-3)
})

test_that("outliers do not move a quantile, whatever their size", {
  quantile <- function(level, share, size) {
    data <- contaminated(share, size)
    fit <- same_seed(feedforward(data$x, data$y, loss = "quantile", quantile = level))
    predict(fit, data$new) - data$truth
  }
  for (level in c(0.1, 0.9)) {
    errors <- lapply(c(1e3, 1e8, 1e12), function(size) quantile(level, 0.01, size))
    # The loss has the same gradient for all of them: only the sign of an error counts.
    for (error in errors[-1]) expect_identical(error, errors[[1]])
    # Normal noise of 0.1 has its quantiles at qnorm(level) / 10. With 1 in 100 outcomes far above,
    # the quantiles of the others are at most at level / 0.99.
    expect_lt(abs(mean(errors[[1]]) - 0.1 * stats::qnorm(level)), 0.06)
    expect_lt(abs(mean(errors[[1]]) - mean(quantile(level, 0, 0))), 0.05)
  }
})

test_that("numbers are standardized for training and predicted on their own scale", {
  y <- c(1010, 1020, 1060, 1030)
  encoded <- standardize_outcome(encode(y), NULL, NULL)
  expect_equal(encoded$outcome$center, mean(y))
  expect_equal(encoded$outcome$scale, sqrt(mean((y - mean(y))^2)))
  expect_equal(colMeans(encoded$targets), 0)
  expect_equal(unscale_targets(encoded$targets, encoded$outcome), matrix(y))
  # A copy is as good as a weight of 2; rows outside do not count.
  by_weight <- standardize_outcome(encode(y), 1:3, c(1, 2, 1, 9))$outcome
  by_copies <- standardize_outcome(encode(c(1010, 1020, 1020, 1060)), NULL, NULL)$outcome
  expect_equal(by_weight, by_copies)
  expect_identical(standardize_outcome(encode(rep(0.1, 7)), NULL, NULL)$outcome$scale, 1)
  expect_null(standardize_outcome(encode(y, "poisson"), NULL, NULL)$outcome$scale)
})

test_that("very large and very small outcomes are predicted on their own scale", {
  x <- matrix(1:60 / 10)
  y <- sin(x[, 1]) + 3
  predicted <- function(unit) {
    set.seed(1)
    predict(quick_fit(x, y * unit, epochs = 30), x)
  }
  ordinary <- predicted(1)
  moments <- target_moments(matrix(c(0, .Machine$double.xmax)), NULL)
  expect_true(all(is.finite(unlist(moments))))
  for (unit in 2^c(-700, 700, 1000)) expect_identical(predicted(unit) / unit, ordinary)
})

test_that("robust losses stay finite with an outlier of any size", {
  x <- matrix(seq(-1, 1, length.out = 100))
  y <- 1e-8 * x[, 1]
  fit <- function(outlier, loss) {
    same_seed(feedforward(x, replace(y, 50, outlier), loss = loss, hidden_units = 8, epochs = 20))
  }
  for (loss in c("absolute_error", "huber", "quantile")) {
    # Beyond 1 scale of y their gradients depend on the sign of an error only.
    far <- fit(1e305, loss)
    expect_identical(far$parameters, fit(1, loss)$parameters)
    expect_true(all(is.finite(far$history$loss)))
    expect_lt(max(abs(predict(far, x) - y)), 1e-8)
  }
  expect_identical(
    scale_targets(matrix(c(-1e305, 3, 1e305)), list(center = 1, scale = 1e-8)),
    matrix(c(-1e100, 2 / 1e-8, 1e100))
  )
})
