# The scale of outcomes for losses that resist outliers, and what it is for.

test_that("center and scale are median and median absolute deviation", {
  y <- c(3, 1, 4, 1, 5, 9, 2, 6, 1e6)
  for (loss in c("absolute_error", "huber")) {
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

test_that("only rows trained on count, k copies as k rows", {
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
  # Weights of importance do not move them, as they do not move means.
  expect_identical(outcome(x, y, case_weights = k + 1)$scale, outcome(x, y)$scale)
})

test_that("medians of copies are those of median()", {
  withr::with_seed(1, for (i in 1:50) {
    y <- round(rnorm(sample(30, 1)), 1)
    k <- sample(5, length(y), TRUE)
    expect_identical(median_of_copies(y, k), stats::median(rep(y, k)))
  })
})

test_that("more than half of equal outcomes have the scale of the others", {
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
  # What cannot be resisted: the mean.
  expect_gt(test_error(contaminated(0.01, 1e5), "squared_error"), 100)
})

test_that("nor do they end L-BFGS too early", {
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
  # Without outliers the tolerance is what it was.
  optimizer <- optimizer_lbfgs()
  expect_identical(with_tolerance_for(optimizer, "huber", cbind(c(-1, 1, 0.5))), optimizer)
  expect_identical(with_tolerance_for(optimizer, "squared_error", cbind(1e6)), optimizer)
})

test_that("several outcomes have scales of their own", {
  data <- contaminated(0.01, 1e5)
  y <- cbind(good = data$x[, 1], bad = 1e-3 * data$y)
  for (loss in c("absolute_error", "huber")) {
    fit <- same_seed(feedforward(data$x, y, loss = loss))
    errors <- predict(fit, data$new) - cbind(data$new[, 1], 1e-3 * data$truth)
    expect_lt(max(sqrt(colMeans(errors^2)) / c(1, 1e-3)), 0.15)
  }
})

test_that("the metric is in the units of y, the loss in those of its scale", {
  data <- contaminated(0.01, 50)
  for (loss in c("absolute_error", "huber")) {
    # The validation loss is that of the weights after the epoch.
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

test_that("outcomes that are almost equal keep the scale that equal ones have", {
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
