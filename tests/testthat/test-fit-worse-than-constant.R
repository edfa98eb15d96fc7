# A warning if training ends far worse than a constant. Short training, and training with nothing to
# learn, gives no warning.

worse <- "feedforward_worse_than_constant"

two_predictors <- function(unit = 1) {
  withr::with_seed(1, {
    x <- unit * cbind(a = rnorm(200, 5, 2), b = runif(200, 1, 5))
  })
  list(x = x, y = rowSums(x) / unit)
}

# `code` warns with these pieces of text.
expect_worse <- function(code, ..., without = NULL) {
  cnd <- expect_warning(fit <- code, class = worse)
  message <- gsub("\\s+", " ", conditionMessage(cnd))
  for (piece in c(...)) expect_match(message, piece, fixed = TRUE)
  for (piece in without) expect_no_match(message, piece, fixed = TRUE)
  invisible(fit)
}

loss_shown <- function(loss) sprintf("has a loss of %.3g.", loss)

rate_hint_text <- c("Try a lower `learn_rate`, or `clip_norm = 1`.")
standardize_text <- "Use `standardize = TRUE` to scale the inputs."

test_that("a network that goes astray gives a warning with its loss and what to try", {
  data <- two_predictors(unit = 100)
  astray <- function(...) {
    same_seed(feedforward(data$x, data$y,
      optimizer = "sgd", standardize = FALSE, ...
    ))
  }
  fit <- expect_worse(astray(), "The network predicts worse than a constant would.",
    "Predicting the mean for every row", loss_shown(1), rate_hint_text, standardize_text)
  expect_gt(abs(predict(fit, data$x)[1]), 1e6)
  # The warning shows the loss of the predictions.
  error <- (predict(fit, data$x) - data$y) / fit$outcome$scale
  expect_worse(astray(), sprintf("is %.3g.", mean(error^2)))
  expect_worse(astray(validation = 0.2, stop_iter = 10), rate_hint_text)
  expect_worse(astray(dropout = 0.2), standardize_text)
})

test_that("a network that goes astray and then settles there gives a warning", {
  data <- two_predictors()
  fit <- function() {
    same_seed(feedforward(data$x, data$y, optimizer = "adam", learn_rate = 100))
  }
  expect_worse(fit(), loss_shown(1),
    rate_hint_text, without = "standardize")
  # `clip_norm` is not suggested if it was given.
  expect_worse(
    same_seed(feedforward(data$x, data$y, optimizer = "sgd", learn_rate = 100, clip_norm = 1)),
    "Try a lower `learn_rate`.", without = "clip_norm"
  )
})

test_that("a network that starts far away and stays there should be standardized", {
  data <- two_predictors(unit = 1e4)
  by_adam <- function(y, optimizer = "adam", ...) {
    same_seed(feedforward(data$x, y, standardize = FALSE, optimizer = optimizer, ...))
  }
  # Standardizing is what helps, so it comes first.
  expect_worse(by_adam(data$y), paste("i", standardize_text, "i Try more `epochs`."),
    without = "learn_rate")
  data <- two_predictors(unit = 100)
  expect_worse(by_adam(data$y), standardize_text)
  expect_worse(by_adam(data$y, optimizer = "lbfgs", epochs = 1), standardize_text,
    without = "learn_rate")
})

test_that("each loss is compared with its own constant", {
  data <- two_predictors()
  fit <- function(y, ...) same_seed(feedforward(data$x, y, optimizer = "sgd", ...))
  for (loss in c("absolute_error", "huber")) {
    size <- abs(data$y - stats::median(data$y)) / stats::mad(data$y)
    losses <- if (loss == "huber") ifelse(size <= 1, size^2 / 2, size - 1 / 2) else size
    expect_worse(fit(data$y, loss = loss, learn_rate = 30),
      "Predicting the median", loss_shown(mean(losses)))
  }
  entropy <- function(p) -sum(p * log(p))
  classes <- cut(data$y, c(-Inf, 7, 10, Inf), labels = c("low", "mid", "high"))
  expect_worse(fit(classes, learn_rate = 100), "the class proportions",
    loss_shown(entropy(table(classes) / 200)))
  labels <- cbind(p = data$y > 8, q = data$x[, 1] > 5)
  each <- apply(labels, 2, function(yes) entropy(c(mean(yes), mean(!yes))))
  expect_worse(fit(labels, learn_rate = 100), "the label proportions", loss_shown(sum(each)))
  counts <- withr::with_seed(1, rpois(20, 100))
  mean <- mean(counts)
  x <- data$x[1:20, ]
  expect_worse(
    same_seed(feedforward(x, counts, optimizer = "sgd", loss = "poisson", hidden_units = 16,
      activation = "tanh", batch_size = 20, epochs = 4)),
    "Predicting the mean", loss_shown(mean(counts * log(counts / mean) - counts + mean))
  )
})

test_that("classes that end worse than a constant give a warning although their loss is capped", {
  # Each loss is more than 1.5 times the constant's, log(3), and rose above twice the first one.
  astray <- function(seed, rate) {
    withr::with_seed(seed, feedforward(iris[1:4], iris$Species,
      optimizer = "adam", epochs = 10, learn_rate = rate
    ))
  }
  shown <- loss_shown(log(3))
  for (rate in c(1e3, 1e5)) expect_worse(astray(1, rate), shown, "Try a lower `learn_rate`")
  for (rate in c(100, 300, 1e5)) {
    fit <- expect_worse(astray(3, rate), shown)
    right <- predict(fit, iris, type = "prob")
    right <- as.matrix(right)[cbind(1:150, as.integer(iris$Species))]
    expect_gt(mean(-log(pmax(right, 1e-8))), 1.5 * log(3))
  }
  # Such a rate that still led to a network better than the constant.
  expect_no_warning(astray(1, 100), class = worse)
})

test_that("the losses of the model and of the constant are weighted", {
  data <- two_predictors()
  y <- factor(data$y > 12)
  w <- ifelse(y == "TRUE", 7, 1)
  p <- sum(w[y == "TRUE"]) / sum(w)
  weighted <- suppressWarnings(same_seed(feedforward(data$x, y, epochs = 1, case_weights = w)))
  bridge <- list(x = data$x, y = as.integer(y), weights = w / mean(w))
  losses <- function(model) {
    model$history$loss <- 1e3
    losses_beside_constant(model, model, bridge, 1L)
  }
  found <- losses(weighted)
  expect_equal(found$constant, -p * log(p) - (1 - p) * log(1 - p))
  right <- predict(weighted, data$x, type = "prob")[cbind(1:200, as.integer(y))]
  expect_equal(found$model, sum(-log(right) * w) / sum(w))
  # Balanced classes are as likely as each other.
  bridge$weights <- unname(balanced_weights(bridge$y, NULL, levels(y))[y])
  expect_equal(losses(weighted)$constant, log(2))
  expect_equal(found$zero, log(2))
})

test_that("continued and resumed training gives the warning, too", {
  data <- two_predictors()
  fit <- expect_no_warning(same_seed(feedforward(data$x, data$y, epochs = 20)))
  far <- function(...) {
    same_seed(continue_training(fit, data$x, data$y, learn_rate = 30, epochs = 20, ...))
  }
  folder <- withr::local_tempdir()
  expect_worse(far(checkpoint = folder, checkpoint_every = 15), rate_hint_text)
  # Resumed halfway.
  checkpoints <- checkpoints_of(folder = folder, suppressWarnings(
    far(checkpoint = folder, checkpoint_every = 10)
  ))
  expect_worse(resume_training(checkpoints[1], data$x, data$y), rate_hint_text)
  expect_no_warning(continue_training(fit, data$x, data$y, epochs = 2))
})

test_that("noise, rare classes, dropout and few steps give no warning", {
  silent <- function(x, y, ...) {
    for (seed in 1:3) {
      withr::with_seed(seed, expect_no_warning(feedforward(x, y, ...), class = worse))
    }
  }
  x <- withr::with_seed(2, matrix(rnorm(600), 200))
  noise <- withr::with_seed(3, rnorm(200))
  rare <- factor(c("yes", "yes", rep("no", 198)))
  outcomes <- list(
    noise, factor(noise > 0), rare, cbind(noise, noise^2), cbind(noise > 0, rare == "yes")
  )
  for (y in outcomes) {
    silent(x, y, epochs = 1)
    silent(x, y, epochs = 1, batch_size = 200, hidden_units = c(64, 64), optimizer = "adam")
    silent(x, y, epochs = 3, optimizer = "sgd", learn_rate = 1e-5)
    silent(x, y, epochs = 10, dropout = 0.5, validation = 0.3, penalty = 1)
    silent(x, y, epochs = 0)
  }
  silent(x, rare, class_weights = "balanced", epochs = 5)
  for (loss in c("absolute_error", "huber")) silent(x, noise, loss = loss, epochs = 2)
  counts <- withr::with_seed(4, rpois(200, 100))
  silent(x, counts, loss = "poisson", epochs = 2)
  # One row, whose constant is perfect.
  withr::with_seed(1, expect_no_warning(
    feedforward(matrix(2), 5, standardize = FALSE, epochs = 2), class = worse
  ))
})

test_that("diverged training gives an error and no warning", {
  data <- two_predictors(unit = 1e4)
  warnings <- character()
  cnd <- withCallingHandlers(
    expect_error(
      same_seed(feedforward(data$x, data$y, optimizer = "sgd", learn_rate = 1e3,
        standardize = FALSE)),
      class = "feedforward_diverged"
    ),
    warning = function(cnd) warnings <<- c(warnings, class(cnd)[1])
  )
  expect_identical(warnings, character())
  # train_nn() never warns.
  expect_no_warning(train_nn(data$x, to_categorical(rep(0:1, 100)), init_nn(2, 4, 2),
    epochs = 2, batch_size = 20, verbose = FALSE))
})

test_that("the sampled rows need no random numbers and avoid any period", {
  y <- rep(1:4, 5e4)
  data <- list(x = matrix(0, 2e5, 1), y = y)
  before <- random_seed()
  some <- sample_of_training(data, 4L)
  expect_identical(random_seed(), before)
  expect_identical(sample_of_training(data, 4L), some)
  expect_lte(length(some$rows), 1000)
  expect_gt(length(some$rows), 900)
  expect_false(is.unsorted(some$rows, strictly = TRUE))
  expect_lt(max(abs(colMeans(some$Y) - 1 / 4)), 0.03)
  expect_identical(some$Y, to_categorical(y[some$rows] - 1, 4), ignore_attr = TRUE)
  # Only training rows, and fewer if there are many outputs.
  data$rows <- seq(2L, 2e5L, 2L)
  expect_true(all(sample_of_training(data, 4L)$rows %in% data$rows))
  expect_lte(length(sample_of_training(data, 1e5)$rows), 30)
})

test_that("an error in the comparison does not lose the model", {
  data <- two_predictors()
  fit <- same_seed(quick_fit(data$x, data$y))
  fit$history$loss <- 1e3
  bridge <- list(x = data$x[, 1, drop = FALSE], y = matrix(data$y))
  expect_error(losses_beside_constant(fit, fit, bridge, 1L), "does not fit its predictors")
  expect_silent(warn_if_worse(fit, fit, bridge, fit$options, resumed = FALSE))
})
