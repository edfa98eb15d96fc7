test_that("R and the core know the same names", {
  core <- core_names_cpp()
  expect_setequal(core$losses, names(losses))
  expect_setequal(core$activations, names(activations))
  expect_setequal(core$optimizers, optimizer_names)
  expect_setequal(core$schedules, schedule_names)
})

test_that("each name of another package leads to a name in this package", {
  expect_true(all(losses_elsewhere %in% names(losses)))
  expect_true(all(activations_elsewhere %in% names(activations)))
  expect_true(all(activations %in% initializer_names))
  expect_false(anyDuplicated(names(losses_elsewhere)) > 0L)
})

test_that("mish and selu follow their papers", {
  x <- matrix(c(-30, -5, -1, -1e-3, 0, 1e-3, 1, 5, 30))
  hidden_unit <- function(activation) {
    fit <- quick_fit(x, rep(0:1, length.out = 9) + 0.5, activation = activation, hidden_units = 1,
      standardize = FALSE, epochs = 0)
    fit$parameters[] <- list(matrix(1), 0, matrix(1), 0)
    fit$outcome[c("center", "scale")] <- c(0, 1)
    predict(fit, x)
  }
  expect_equal(hidden_unit("mish"), drop(x * tanh(log1p(exp(x)))), tolerance = 1e-14)
  alpha <- 1.6732632423543772
  selu <- 1.0507009873554805 * ifelse(x > 0, x, alpha * expm1(x))
  expect_equal(hidden_unit("selu"), drop(selu), tolerance = 1e-14)
})

test_that("the quantile loss predicts quantiles", {
  set.seed(3)
  x <- matrix(runif(4000))
  y <- 10 + 3 * x[, 1] + rexp(4000)
  share_below <- function(level) {
    fit <- same_seed(feedforward(x, y, loss = "quantile", quantile = level, hidden_units = 8,
      epochs = 30, batch_size = 100))
    mean(y < predict(fit, x))
  }
  for (level in c(0.1, 0.5, 0.9)) expect_equal(share_below(level), level, tolerance = 0.05)
  # Without predictors that help, the best constant is the sample's quantile.
  flat <- same_seed(feedforward(x, y, loss = "quantile", quantile = 0.9, hidden_units = 0,
    epochs = 200, learn_rate = 0.05))
  line <- predict(flat, matrix(c(0, 1)))
  expect_equal(diff(line), 3, tolerance = 0.1)
})

test_that("the quantile loss is the mean pinball loss, half the absolute error at the median", {
  set.seed(3)
  x <- matrix(rnorm(60), 20)
  y <- rnorm(20)
  with_loss <- function(...) {
    fit <- same_seed(quick_fit(x, y, ..., validation = list(x, y)))
    list(fit = fit, loss = fit$history$valid_loss[fit$best_epoch])
  }
  high <- with_loss(loss = "quantile", quantile = 0.9)
  error <- (y - predict(high$fit, x)) / high$fit$outcome$scale
  expect_equal(high$loss, mean(pmax(0.9 * error, -0.1 * error)))
  half <- with_loss(loss = "quantile")
  expect_identical(half$fit$options$quantile, 0.5)
  error <- (y - predict(half$fit, x)) / half$fit$outcome$scale
  expect_equal(half$loss, mean(abs(error)) / 2)
})

test_that("a model keeps its quantile", {
  fit <- quick_fit(dist ~ speed, cars, loss = "quantile", quantile = 0.9)
  expect_identical(fit$architecture$quantile, 0.9)
  file <- withr::local_tempfile(fileext = ".safetensors")
  write_model(fit, file)
  expect_identical(read_model(file)$architecture$quantile, 0.9)
  more <- continue_training(fit, data = cars, epochs = 2)
  expect_identical(more$architecture$quantile, 0.9)
  expect_identical(summary(fit)$settings[["Loss"]], "quantile 0.9")
  broken <- fit
  broken$architecture$quantile <- 2
  expect_says(predict(broken, cars), "quantile")
})

test_that("`quantile` must be a number between 0 and 1, and needs the quantile loss", {
  refused <- function(...) expect_says(quick_fit(dist ~ speed, cars, ...), "`quantile`")
  for (bad in list(0, 1, -1, c(0.1, 0.9), "0.5", NA)) refused(loss = "quantile", quantile = bad)
  refused(quantile = 0.9)
  refused(loss = "huber", quantile = 0.9)
  expect_says(quick_fit(dist ~ speed, cars, loss = "pinball"), "Did you mean \"quantile\"?")
})
