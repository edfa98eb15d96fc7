flowers <- function(n = 7) {
  withr::local_seed(3)
  matrix(rnorm(3 * n), n, dimnames = list(NULL, c("Sepal.Length", "Sepal.Width", "Petal.Length")))
}

test_that("coef() gives weights in units of the data, or as they were trained", {
  fit <- example_model("numbers", hidden = integer())
  x <- flowers()
  output <- coef(fit)$output
  expect_equal(as.vector(x %*% t(output$weights) + output$bias), predict(fit, x))
  trained <- coef(fit, standardized = TRUE)$output
  expect_identical(unname(trained$weights), unname(fit$parameters$W1))
  expect_identical(unname(trained$bias), fit$parameters$b1)
  expect_error(coef(fit, standardized = 1), class = "feedforward_error")
})

test_that("the weights of coef() compute the link of a deep network", {
  fit <- example_model()
  x <- flowers()
  layers <- coef(fit)
  expect_named(layers, c("hidden_1", "hidden_2", "output"))
  a <- x
  for (k in 1:3) {
    z <- a %*% t(layers[[k]]$weights) + rep(layers[[k]]$bias, each = nrow(x))
    a <- pmax(z, 0)
  }
  expect_equal(z, predict(fit, x, type = "link"), ignore_attr = TRUE)
  expect_identical(dimnames(layers$hidden_2$weights), list(
    paste0("hidden_2.", 1:3), paste0("hidden_1.", 1:4)
  ))
  expect_identical(colnames(layers$hidden_1$weights), fit$inputs$names)
  expect_named(layers$output$bias, fit$outcome$levels)
  expect_identical(
    colnames(coef(example_model(inputs = "array"))$hidden_1$weights), paste0("x", 1:6)
  )
})

test_that("fitted values and residuals have the shape of the outcome", {
  x <- flowers()
  fit <- example_model("numbers")
  expect_identical(fitted(fit, x), predict(fit, x))
  expect_equal(residuals(fit, x, 1:7), 1:7 - predict(fit, x))
  fit <- example_model("classes")
  truth <- rep(c("setosa", "virginica"), length.out = 7)
  probabilities <- predict(fit, x, type = "prob")
  expect_identical(fitted(fit, x), probabilities)
  observed <- cbind(setosa = truth == "setosa", versicolor = 0, virginica = truth == "virginica")
  expect_equal(residuals(fit, x, truth), observed - probabilities)
  fit <- example_model("labels")
  y <- cbind(warm = rep(0:1, length.out = 7), wet = 1)
  expect_equal(residuals(fit, x, y), y - predict(fit, x, type = "prob"))
})

test_that("a formula finds the outcome in the data", {
  fit <- example_model(inputs = "formula")
  data <- example_data()
  expect_identical(residuals(fit, data), residuals(fit, data, data$y))
  expect_identical(dim(fitted(fit, data)), c(4L, 3L))
})

test_that("without data, the error says that a model keeps no data", {
  fit <- example_model()
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(fitted(fit), c("`new_data` is missing", "does not keep its training data"))
  refused(residuals(fit), c("`new_data` is missing", "does not keep its training data"))
  refused(residuals(fit, flowers()), "`y` is missing")
  refused(residuals(fit, flowers(), 1:3), "one for each row of `new_data`, not 3")
  refused(update(fit), "does not keep its training data")
  refused(update(fit, epochs = 3), "does not keep its training data")
})

test_that("nobs() counts the observations used for training", {
  expect_identical(nobs(example_model()), 90L)
})

test_that("update() trains a new model with the old options and the given ones", {
  x <- as.matrix(iris[1:4])
  first <- list(
    hidden_units = c(5, 4), activation = "tanh", epochs = 3, penalty = 0.01, validation = 0.2,
    rate_schedule = "none"
  )
  refit <- function(...) {
    set.seed(1)
    do.call(feedforward, c(list(x, iris$Species), utils::modifyList(first, list(...))))
  }
  fit <- refit()
  again <- function(...) {
    set.seed(1)
    update(fit, x, iris$Species, ...)
  }
  expect_identical(again()$parameters, fit$parameters)
  expect_identical(again(epochs = 2)$parameters, refit(epochs = 2)$parameters)
  expect_identical(again(hidden_units = 3)$parameters, refit(hidden_units = 3)$parameters)
  expect_identical(again(hidden_units = 0)$parameters, refit(hidden_units = 0)$parameters)
  expect_identical(
    again(optimizer = "sgd", learn_rate = 0.2)$parameters,
    refit(optimizer = "sgd", learn_rate = 0.2)$parameters
  )
  expect_error(again(epoch = 2), class = "feedforward_error")
})

test_that("update() keeps a formula", {
  set.seed(1)
  fit <- feedforward(Species ~ log(Sepal.Length) + Sepal.Width, iris, hidden_units = 3, epochs = 2)
  set.seed(1)
  again <- update(fit, data = iris)
  expect_identical(again$parameters, fit$parameters)
  expect_identical(again$inputs$names, c("log(Sepal.Length)", "Sepal.Width"))
  set.seed(1)
  expect_identical(update(fit, iris)$parameters, fit$parameters)
  expect_identical(update(fit, . ~ . - Sepal.Width, iris)$inputs$names, "log(Sepal.Length)")
  expect_identical(update(fit, ~ Petal.Width, data = iris)$inputs$names, "Petal.Width")
  all <- feedforward(Species ~ ., iris, hidden_units = 3, epochs = 1)
  without <- update(all, . ~ . - Sepal.Width, data = iris)
  expect_identical(without$inputs$names, names(iris)[c(1, 3:4)])
  other <- update(fit, Species ~ Petal.Width, data = iris, epochs = 1)
  expect_identical(other$inputs$names, "Petal.Width")
  expect_identical(nrow(other$history), 1L)
})

test_that("unknown arguments of methods are an error", {
  fit <- example_model()
  refused <- function(code, text) {
    expect_refusal(code, text, "feedforward_error")
  }
  refused(coef(fit, standardised = TRUE), "Did you mean `standardized`?")
  refused(fitted(fit, newdat = flowers()), "Did you mean `new_data`?")
  refused(residuals(fit, flowers(), truth = 1), "Unknown argument `truth`")
  refused(nobs(fit, 1), "Unexpected unnamed argument")
  refused(summary(fit, digits = 3), "Unknown argument `digits`")
})

test_that("case weights must be given again", {
  weights <- rep(1:2, 75)
  fit <- quick_fit(Species ~ ., iris, case_weights = weights)
  expect_true(fit$weighted)
  expect_output(print(fit), "150 weighted observations")
  pieces <- c("`case_weights` must be given again", "`case_weights = NULL`")
  refused <- function(code) expect_refusal(code, pieces, "feedforward_error")
  refused(update(fit, data = iris))
  refused(continue_training(fit, data = iris))
  expect_false(continue_training(fit, data = iris, case_weights = NULL)$weighted)
  expect_true(continue_training(fit, data = iris, case_weights = weights)$weighted)
  without <- update(fit, data = iris, case_weights = NULL)
  expect_false(without$weighted)
  expect_output(print(without), "150 observations")
  skip_without_recipes()
  data <- transform(iris, weight = hardhat::importance_weights(weights))
  recipe <- recipes::recipe(Species ~ ., data)
  fit <- quick_fit(recipe, data)
  expect_true(fit$weighted)
  expect_true(update(fit, recipe, data = data)$weighted)
  without <- update(fit, recipe, data = data, case_weights = NULL)
  expect_false(without$weighted)
  expect_false(update(without, recipe, data = data)$weighted)
  expect_refusal(quick_fit(recipe, data, case_weights = weights),
    c("`case_weights` is given", "the recipe has its own"), "feedforward_error")
  refused(continue_training(fit, data = data))
})

test_that("formula() gives the formula that a model was made with", {
  fit <- quick_fit(mpg ~ wt, mtcars)
  kept <- serialize(fit, NULL)
  formula(fit)
  expect_identical(serialize(fit, NULL), kept)
  expect_identical(formula(quick_fit(mpg ~ wt + log(hp), mtcars)), mpg ~ wt + log(hp),
    ignore_formula_env = TRUE
  )
  expect_s3_class(lm(formula(quick_fit(mpg ~ wt, mtcars)), mtcars), "lm")
  fit <- quick_fit(mpg ~ wt, mtcars)
  formula(fit)
  expect_identical(environment(fit$blueprint$formula), emptyenv())
  pieces <- c("made with a formula", "`x` and `y`")
  expect_refusal(formula(example_model()), pieces, "feedforward_error")
})

test_that("update() says which arguments must be given again", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(update(example_model(), data = iris),
    c("`data` alone is not enough", "update(fit, x, y, ...)"))
  apart <- list(x = as.matrix(iris[1:4]), y = iris$Species)
  fit <- quick_fit(apart$x, apart$y, validation = apart, stop_iter = 2)
  refused(update(fit, apart$x, apart$y), "`validation` must be given again")
  again <- update(fit, apart$x, apart$y, validation = apart)
  expect_identical(again$options$stop_iter, 2)
  expect_identical(update(fit, apart$x, apart$y, stop_iter = Inf)$n[["validation"]], 0L)
  skip_without_recipes()
  fit <- quick_fit(recipes::recipe(Species ~ ., iris), iris)
  refused(update(fit, data = iris),
    c("`data` alone is not enough", "update(fit, recipe, data = data, ...)"))
  recipe <- recipes::recipe(Species ~ Sepal.Width, iris)
  expect_identical(update(fit, recipe, data = iris)$inputs$names, "Sepal.Width")
})

test_that("model.frame() and model.matrix() say that a model keeps no data", {
  fit <- quick_fit(Species ~ ., iris)
  expect_says(model.frame(fit), "does not keep its training data",
    "model.frame(formula(fit), data)")
  expect_says(model.matrix(fit), "does not keep its training data",
    "model.matrix(formula(fit), data)")
  expect_says(model.frame(example_model()), "does not keep its training data")
})

test_that("format() gives a model in one line", {
  fit <- quick_fit(Species ~ ., iris)
  line <- "A feed-forward network (4-4-3) for 3 classes: setosa, versicolor, virginica"
  expect_identical(format(fit), line)
  expect_identical(toString(fit), line)
  expect_identical(format(quick_fit(mpg ~ wt, mtcars, hidden_units = c(3, 2))),
    "A feed-forward network (1-3-2-1) for a numeric outcome")
  expect_identical(format(structure(init_nn(4, 2, 3), class = "two_layer_nn")),
    "A feed-forward network (4-2-3) for 3 classes: 0, 1, 2")
})
