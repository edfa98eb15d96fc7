# tidy(), glance(), augment(), required_pkgs(), and logLik().

small_iris <- function(...) {
  withr::local_seed(1)
  feedforward(Species ~ ., data = iris, hidden_units = c(5, 3), epochs = 6, validation = 0.2, ...)
}

test_that("tidy() lists each weight and bias once", {
  fit <- small_iris()
  tidied <- tidy(fit)
  expect_named(tidied, c("layer", "unit", "term", "estimate"))
  expect_equal(nrow(tidied), 5 * 5 + 6 * 3 + 4 * 3)
  layers <- coef(fit)
  for (name in names(layers)) {
    rows <- tidied[tidied$layer == name, ]
    bias <- rows[rows$term == "(Intercept)", ]
    expect_identical(setNames(bias$estimate, bias$unit), layers[[name]]$bias)
    weights <- layers[[name]]$weights
    for (unit in rownames(weights)) {
      own <- rows[rows$unit == unit & rows$term != "(Intercept)", ]
      expect_identical(setNames(own$estimate, own$term), weights[unit, ])
    }
  }
  expect_identical(tidy(fit, standardized = TRUE)$estimate[2], fit$parameters$W1[[1, 1]])
})

test_that("tidy() names what has no name, and gives the networks of an average", {
  withr::local_seed(1)
  fit <- feedforward(matrix(rnorm(40), 20), rnorm(20), hidden_units = 0, epochs = 2)
  expect_identical(tidy(fit)$term, c("(Intercept)", "x1", "x2"))
  expect_identical(tidy(fit)$unit, rep("y", 3))
  average <- feedforward_cv(dist ~ speed, data = cars, folds = 3,
    candidates = list(small = list(hidden_units = 2, epochs = 3)))
  tidied <- tidy(average)
  expect_identical(unique(tidied$network), names(coef(average)))
  expect_equal(nrow(tidied), 3 * (2 * 2 + 3))
})

test_that("glance() is one row about the best epoch", {
  fit <- small_iris()
  glanced <- glance(fit)
  expect_equal(nrow(glanced), 1L)
  best <- fit$history[fit$best_epoch, ]
  expect_identical(glanced$valid_loss, best$valid_loss)
  expect_identical(glanced$metric, best$metric)
  expect_equal(c(glanced$nobs, glanced$nobs_valid), unname(fit$n))
  expect_equal(glanced$parameters, nrow(tidy(fit)))
  untrained <- feedforward(iris[1:4], iris$Species, epochs = 0)
  expect_true(is.na(glance(untrained)$loss))
  average <- feedforward_cv(dist ~ speed, data = cars, candidates = list(list(epochs = 3)))
  expect_equal(glance(average)$valid_loss, summary(average)$error["loss", "estimate"])
})

test_that("augment() adds predictions and residuals", {
  fit <- small_iris()
  new <- iris[c(1, 60, 120), ]
  augmented <- augment(fit, new)
  expect_named(augmented, c(names(predict(fit, new)), names(predict(fit, new, "prob")), names(new)))
  expect_identical(augmented$.pred_class, predict(fit, new)$.pred_class)
  expect_identical(augment(fit, augmented), augmented)
  cars_fit <- feedforward(dist ~ speed, data = cars, hidden_units = 2, epochs = 5)
  expect_identical(augment(cars_fit, cars)$.resid, residuals(cars_fit, cars))
  # The outcome is not needed, and may be missing in some rows.
  expect_named(augment(cars_fit, cars["speed"]), c(".pred", "speed"))
  gaps <- replace(cars, 2, replace(cars$dist, 2:50, NA))
  expect_identical(is.na(augment(cars_fit, gaps)$.resid), is.na(gaps$dist))
  expect_true(all(is.na(augment(cars_fit, transform(cars, dist = NA_real_))$.resid)))
})

test_that("augment() finds the outcome in a matrix, and refuses outcomes that do not fit", {
  withr::local_seed(5)
  fit <- feedforward(dist ~ speed, data = cars, hidden_units = 2, epochs = 5)
  expect_identical(augment(fit, as.matrix(cars))$.resid, residuals(fit, cars))
  for (y in list(1:25, 1:51, mean, letters)) {
    expect_error(augment(fit, cars, y), "`y`", class = "feedforward_error")
  }
})

test_that("augment() adds labels", {
  withr::local_seed(6)
  labels <- data.frame(a = cars$dist > 40, b = cars$speed > 15)
  fit <- feedforward(cars, labels, hidden_units = 2, epochs = 5)
  augmented <- augment(fit, cars)
  expect_identical(augmented[1:2], predict(fit, cars))
  expect_identical(augmented[3:4], predict(fit, cars, type = "prob"))
})

test_that("augment() predicts classes and labels at a threshold", {
  fit <- feedforward(cars["speed"], cars$dist > 40, hidden_units = 2, epochs = 5)
  for (threshold in list(0.2, c("FALSE" = 0.9))) {
    augmented <- augment(fit, cars["speed"], threshold = threshold)
    expected <- predict(fit, cars["speed"], threshold = threshold)
    expect_identical(augmented$.pred_class, expected$.pred_class)
    expect_false(identical(augment(fit, cars["speed"])$.pred_class, augmented$.pred_class))
  }
  labels <- as.matrix(data.frame(a = cars$dist > 40, b = cars$speed > 15))
  fit <- feedforward(cars, labels, hidden_units = 2, epochs = 5)
  expect_identical(augment(fit, cars, threshold = 0.2)[1:2], predict(fit, cars, threshold = 0.2))
  expect_error(augment(fit, cars, threshold = 2), "`threshold`", class = "feedforward_error")
  for (other in list(small_iris(), feedforward(dist ~ speed, cars, hidden_units = 2, epochs = 1))) {
    data <- if (other$outcome$kind == "numbers") cars else iris
    expect_error(augment(other, data, threshold = 0.2), "`threshold`", class = "feedforward_error")
  }
})

test_that("augment() takes matrices, and several outcomes", {
  withr::local_seed(2)
  x <- as.matrix(mtcars[c("wt", "hp")])
  y <- as.matrix(mtcars[c("mpg", "qsec")])
  fit <- feedforward(x, y, hidden_units = 2, epochs = 3)
  expect_named(augment(fit, x), c(".pred_mpg", ".pred_qsec", "wt", "hp"))
  augmented <- augment(fit, x, y)
  expect_identical(augmented$.resid_qsec, unname(residuals(fit, x, y)[, "qsec"]))
  expect_error(augment(fit, unname(x)), "column names", class = "feedforward_error")
  expect_error(augment(fit), "does not keep", class = "feedforward_error")
})

test_that("predictions need this package alone", {
  expect_identical(required_pkgs(small_iris()), "feedforward")
})

test_that("the log-likelihood is that of glm() and lm()", {
  flat <- function(...) {
    withr::local_seed(3)
    feedforward(..., hidden_units = 0, epochs = 300, optimizer = "lbfgs", penalty = 0)
  }
  linear <- lm(dist ~ speed, cars)
  likelihood <- logLik(flat(dist ~ speed, data = cars), cars)
  expect_equal(likelihood, logLik(linear), tolerance = 1e-6, ignore_attr = TRUE)
  expect_equal(attributes(likelihood)[c("df", "nobs")], attributes(logLik(linear))[c("df", "nobs")])
  counts <- flat(count ~ spray, data = InsectSprays, loss = "poisson")
  poisson <- glm(count ~ spray, stats::poisson(), InsectSprays)
  expect_equal(as.numeric(logLik(counts, InsectSprays)), as.numeric(logLik(poisson)), tolerance = 1e-6)
  manual <- factor(mtcars$am)
  logistic <- glm(manual ~ wt, stats::binomial(), mtcars)
  fit <- flat(mtcars["wt"], manual)
  likelihood <- logLik(fit, mtcars["wt"], manual)
  expect_equal(as.numeric(likelihood), as.numeric(logLik(logistic)), tolerance = 1e-6)
  expect_equal(attr(likelihood, "df"), attr(logLik(logistic), "df"))
})

test_that("a probability that rounds to 0 or 1 has a finite log-likelihood", {
  withr::local_seed(5)
  x <- cbind(c(-1, 1))
  certain <- function(y) {
    fit <- feedforward(x, y, hidden_units = 0, epochs = 1, standardize = FALSE)
    fit$parameters[[1L]][] <- if (is.matrix(y)) 800 else c(-400, 400)
    fit$parameters[[2L]][] <- 0
    fit
  }
  wrong <- factor(c("b", "a"))
  expect_equal(as.numeric(logLik(certain(wrong), x, wrong)), -1600)
  expect_equal(as.numeric(logLik(certain(wrong), x, rev(wrong))), 0)
  wrong <- cbind(a = c(TRUE, FALSE), b = c(TRUE, FALSE))
  expect_equal(as.numeric(logLik(certain(wrong), x, wrong)), -3200)
})

test_that("the log-likelihood of an average uses its mean probabilities", {
  withr::local_seed(6)
  few <- list(list(epochs = 2, hidden_units = 2), list(epochs = 3, hidden_units = 2))
  fit <- feedforward_cv(Species ~ ., data = iris, candidates = few, folds = 2)
  p <- predict(fit, iris, type = "prob", format = "matrix")
  of_truth <- p[cbind(1:150, as.integer(iris$Species))]
  expect_equal(as.numeric(logLik(fit, iris)), sum(log(of_truth)))
  labels <- as.matrix(data.frame(a = cars$dist > 40, b = cars$speed > 15))
  fit <- feedforward_cv(cars, labels, candidates = few, folds = 2)
  p <- predict(fit, cars, type = "prob", format = "matrix")
  expect_equal(as.numeric(logLik(fit, cars, labels)), sum(dbinom(labels, 1, p, log = TRUE)))
})

test_that("the log-likelihoods of labels and of the absolute error are sums of log densities", {
  withr::local_seed(4)
  labels <- as.matrix(data.frame(a = cars$dist > 40, b = cars$speed > 15))
  fit <- feedforward(cars, labels, hidden_units = 2, epochs = 5)
  p <- predict(fit, cars, type = "prob", format = "matrix")
  expect_equal(as.numeric(logLik(fit, cars, labels)), sum(dbinom(labels, 1, p, log = TRUE)))
  fit <- feedforward(dist ~ speed, data = cars, loss = "absolute_error", hidden_units = 2, epochs = 5)
  errors <- abs(residuals(fit, cars))
  expect_equal(as.numeric(logLik(fit, cars)), sum(log(exp(-errors / mean(errors)) / (2 * mean(errors)))))
  huber <- feedforward(dist ~ speed, data = cars, loss = "huber", hidden_units = 2, epochs = 5)
  expect_error(logLik(huber, cars), "no likelihood", class = "feedforward_error")
})
