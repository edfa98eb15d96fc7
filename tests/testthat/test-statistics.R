# Known properties of training hold: estimates agree with other software and with true parameters.
# More data, more epochs, noise and other rates have their known effects.

# The linear network of `y`, to convergence: layer of coef().
linear_network <- function(x, y, ...) {
  coef(feedforward(x, y,
    hidden_units = 0, optimizer = optimizer_lbfgs(tolerance = 1e-12), epochs = 500, ...
  ))$output
}

simulated <- function(n, seed) {
  withr::with_seed(seed, {
    x <- matrix(rnorm(3 * n), n, dimnames = list(NULL, c("a", "b", "c")))
    list(x = x, link = 0.5 + drop(x %*% c(1, -0.5, 0)), noise = rnorm(n), draw = runif(n))
  })
}

test_that("networks without hidden layers are the models of lm() and glm()", {
  data <- simulated(300, 1)
  estimates <- function(layer) cbind(layer$bias, layer$weights)
  for (seed in 1:3) withr::with_seed(seed, {
    expect_equal(
      drop(estimates(linear_network(data$x, data$link + data$noise))),
      stats::coef(stats::lm(data$link + data$noise ~ data$x)),
      tolerance = 1e-4, ignore_attr = TRUE
    )
    counts <- stats::qpois(data$draw, exp(data$link))
    expect_equal(
      drop(estimates(linear_network(data$x, counts, loss = "poisson"))),
      stats::coef(stats::glm(counts ~ data$x, family = stats::poisson)),
      tolerance = 1e-4, ignore_attr = TRUE
    )
    yes <- data$draw < stats::plogis(data$link)
    logistic <- stats::coef(stats::glm(yes ~ data$x, family = stats::binomial))
    of_classes <- estimates(linear_network(data$x, yes))
    expect_equal(of_classes[2, ] - of_classes[1, ], logistic, tolerance = 1e-3, ignore_attr = TRUE)
    of_labels <- estimates(linear_network(data$x, cbind(yes = yes, other = data$noise > 0)))
    expect_equal(of_labels[1, ], logistic, tolerance = 1e-3, ignore_attr = TRUE)
  })
})

test_that("rates with the exposure as case weights are the model of glm() with an offset", {
  data <- simulated(300, 1)
  exposure <- 0.1 + stats::qexp(rev(data$draw))
  counts <- stats::qpois(data$draw, exposure * exp(data$link))
  layer <- linear_network(data$x, counts / exposure, loss = "poisson", case_weights = exposure)
  with_offset <- stats::glm(counts ~ data$x + offset(log(exposure)), family = stats::poisson)
  expect_equal(drop(cbind(layer$bias, layer$weights)), stats::coef(with_offset),
    tolerance = 1e-4, ignore_attr = TRUE
  )
})

test_that("true weights are recovered, more closely with more data", {
  error <- function(n) {
    mean(vapply(1:10, function(seed) {
      data <- simulated(n, seed)
      layer <- same_seed(linear_network(data$x, data$link + data$noise))
      max(abs(c(layer$bias, layer$weights) - c(0.5, 1, -0.5, 0)))
    }, 0))
  }
  errors <- vapply(c(30, 300, 3000), error, 0)
  # Ten times the data, a third of the error.
  expect_lt(errors[2], 0.6 * errors[1])
  expect_lt(errors[3], 0.6 * errors[2])
  expect_lt(errors[3], 0.05)
})

test_that("noise of the size of rounding errors changes almost nothing", {
  data <- simulated(200, 2)
  noise <- .Machine$double.eps * matrix(withr::with_seed(3, rnorm(600)), 200)
  y <- sin(data$link)
  fit <- same_seed(quick_fit(data$x, y, epochs = 20))
  noisy <- same_seed(quick_fit(data$x + noise, y, epochs = 20))
  expect_equal(predict(noisy, data$x), predict(fit, data$x), tolerance = 1e-8)
})

test_that("other seeds give equally good models", {
  rows <- withr::with_seed(4, sample(150, 100))
  accuracies <- vapply(1:8, function(seed) withr::with_seed(seed, {
    fit <- quick_fit(Species ~ ., iris[rows, ], epochs = 60, hidden_units = 16)
    mean(predict(fit, iris[-rows, ])$.pred_class == iris$Species[-rows])
  }), 0)
  expect_gt(min(accuracies), 0.87)
  # Four of the 50 flowers.
  expect_lt(diff(range(accuracies)), 0.09)
})

test_that("the units of predictors matter only without standardizing", {
  data <- simulated(200, 5)
  y <- data$link^2
  other_units <- sweep(sweep(data$x, 2, c(1e3, 1, 1e-3), "*"), 2, c(1e4, 0, 1), "+")
  loss <- function(x, standardize) {
    utils::tail(same_seed(quick_fit(x, y,
      optimizer = "adam", epochs = 20, standardize = standardize
    ))$history$loss, 1)
  }
  expect_equal(loss(other_units, TRUE), loss(data$x, TRUE), tolerance = 1e-6)
  expect_warning(unscaled <- loss(other_units, FALSE), class = "feedforward_worse_than_constant")
  expect_gt(unscaled, 2 * loss(data$x, FALSE))
})

test_that("a low rate learns slowly, and a high rate diverges", {
  data <- simulated(200, 6)
  loss <- function(rate) {
    fit <- same_seed(quick_fit(data$x, data$link,
      activation = "tanh", optimizer = optimizer_sgd(rate), epochs = 20
    ))
    utils::tail(fit$history$loss, 1)
  }
  losses <- vapply(c(1e-5, 1e-3, 0.1), loss, 0)
  expect_gt(losses[1], 1.5 * losses[2])
  expect_gt(losses[2], 10 * losses[3])
  expect_error(loss(1e3), class = "feedforward_diverged")
})

test_that("more epochs fit the training data better, in the end at the cost of new data", {
  data <- simulated(150, 7)
  y <- data$link + data$noise
  fit <- same_seed(quick_fit(data$x[1:50, ], y[1:50],
    epochs = 400, hidden_units = 50, learn_rate = 0.02,
    validation = list(data$x[51:150, ], y[51:150])
  ))
  losses <- fit$history$loss[c(1, 20, 400)]
  expect_true(all(diff(losses) < 0))
  expect_lt(fit$best_epoch, 100)
  expect_gt(fit$history$valid_loss[400], 1.2 * min(fit$history$valid_loss))
})

test_that("every architecture learns with every loss and every optimizer", {
  skip_on_cran() # many fits
  data <- simulated(60, 8)
  yes <- data$draw < stats::plogis(2 * data$link)
  outcomes <- list(
    cross_entropy = yes, binary_cross_entropy = cbind(yes = yes, big = data$link > 0.5),
    squared_error = data$link, absolute_error = data$link, huber = data$link, quantile = data$link,
    poisson = stats::qpois(data$draw, exp(data$link))
  )
  # A new loss needs an outcome here.
  expect_setequal(names(outcomes), names(losses))
  layers <- list(none = 0, one = 6, two = c(6, 4))
  cases <- expand.grid(
    layers = names(layers), loss = names(outcomes), optimizer = optimizer_names,
    precision = c("double", "single"), stringsAsFactors = FALSE
  )
  cases <- cases[cases$optimizer != "lbfgs" | cases$precision == "double", ]
  share_left <- vapply(seq_len(nrow(cases)), function(i) {
    case <- cases[i, ]
    losses <- same_seed(feedforward(data$x, outcomes[[case$loss]],
      loss = case$loss, hidden_units = layers[[case$layers]], activation = "tanh",
      optimizer = case$optimizer, precision = case$precision, epochs = 20,
      learn_rate = if (case$optimizer == "lbfgs") NULL else 0.02
    ))$history$loss
    min(losses) / losses[1]
  }, 0)
  unmoved <- cases[!(share_left < 0.98), ]
  expect_identical(unmoved, cases[0, ])
})

test_that("every activation learns", {
  data <- simulated(60, 8)
  for (activation in names(activations)) {
    losses <- same_seed(quick_fit(data$x, data$link,
      activation = activation, epochs = 20, learn_rate = 0.02
    ))$history$loss
    expect_lt(min(losses), 0.5 * losses[1])
  }
})

test_that("metrics agree on which model is better, but accuracy hides a rare class", {
  data <- simulated(400, 9)
  common <- data$link + data$noise < 1.8
  metrics <- function(...) {
    fit <- same_seed(quick_fit(data$x, common, learn_rate = 0.02, ...))
    confusion <- confusion_matrix(fit, data$x, common)
    probability <- predict(fit, data$x, type = "prob")[cbind(1:400, common + 1)]
    list(
      accuracy = confusion$accuracy, recall = confusion$classes$recall[1],
      loss = -mean(log(probability)), kept = fit$history
    )
  }
  few <- metrics(epochs = 1, optimizer = "sgd")
  many <- metrics(epochs = 60)
  even <- metrics(epochs = 60, class_weights = "balanced")
  expect_lt(many$loss, few$loss)
  expect_gte(many$accuracy, few$accuracy)
  expect_gt(few$accuracy, 0.75)
  expect_lt(few$recall, 0.5)
  expect_gt(even$recall, many$recall)
  expect_lt(even$accuracy, many$accuracy)
  expect_equal(utils::tail(many$kept$metric, 1), many$accuracy, tolerance = 0.02)
  expect_equal(utils::tail(many$kept$loss, 1), many$loss, tolerance = 0.05)
})
