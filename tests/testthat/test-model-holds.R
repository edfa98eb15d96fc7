# A model contains no rows of the data and none of their attributes.

holds <- function(fit, text) length(grepRaw(text, serialize(fit, NULL), fixed = TRUE)) > 0L

# Data on which other functions have left things; `secret` is in each of them.
marked_data <- function(secret = "secret of a row") {
  data <- iris
  data[3, 1] <- NA
  rownames(data) <- paste(secret, seq_len(nrow(data)))
  data <- na.omit(data)
  rownames(data) <- NULL
  attr(data, "index") <- secret
  attr(data$Sepal.Width, "label") <- secret
  names(data$Petal.Width) <- rep(secret, nrow(data))
  attr(data$Species, "contrasts") <- secret
  data
}

fit_marked <- function(...) feedforward(..., hidden_units = 2, epochs = 1)

test_that("no model contains attributes of data frames and columns", {
  data <- marked_data()
  expect_true(holds(data, "secret of a row"))
  expect_false(holds(fit_marked(Species ~ ., data), "secret"))
  expect_false(holds(fit_marked(data[-5], data$Species), "secret"))
  expect_false(holds(fit_marked(data["Sepal.Width"], data$Petal.Width), "secret"))
  expect_false(holds(fit_marked(Sepal.Width ~ Species, data, validation = data), "secret"))
  fit <- fit_marked(Species ~ ., iris)
  expect_false(holds(continue_training(fit, data = data, epochs = 1), "secret"))
  expect_true(holds(fit, "setosa"))
})

test_that("no model contains attributes of dates", {
  data <- marked_data()
  data$day <- structure(as.Date("2026-01-01") + seq_len(149), label = "secret")
  expect_false(holds(fit_marked(Species ~ as.numeric(day), data), "secret"))
})

test_that("no model contains attributes of the data of a recipe", {
  skip_without_recipes()
  data <- marked_data()
  # A string brings no environment along, as all_numeric_predictors() would.
  recipe <- recipes::step_normalize(recipes::recipe(Species ~ ., data), "Sepal.Width")
  expect_false(holds(fit_marked(recipe, data), "secret"))
})

test_that("no model contains the environment of a formula or model frame", {
  made_within <- function() {
    secret <- "secret of a function"
    frame <- model.frame(mpg ~ wt + hp, mtcars)
    list(fit_marked(mpg ~ wt + hp, frame), fit_marked(mpg ~ wt, mtcars))
  }
  for (fit in made_within()) expect_false(holds(fit, "secret"))
})

test_that("no model contains names and attributes of options and weights", {
  marked <- function(x) structure(x, note = "secret")
  weights <- marked(stats::setNames(rep(1:2, 75), rep("secret", 150)))
  fit <- fit_marked(Species ~ ., iris,
    activation = marked("tanh"), loss = marked("cross_entropy"), standardize = marked(TRUE),
    class_weights = marked(c(setosa = 2)), case_weights = weights, verbose = marked(FALSE),
    precision = marked("single"), learn_rate = marked(0.01), init = marked("he")
  )
  expect_false(holds(fit, "secret"))
  expect_identical(fit$options$class_weights, c(setosa = 2))
})

test_that("models of data with attributes can be written, resumed and used for new data", {
  data <- marked_data()
  folder <- withr::local_tempdir()
  set.seed(1)
  fit <- fit_marked(Species ~ ., data, checkpoint = folder)
  path <- withr::local_tempfile()
  expect_identical(read_model(write_model(fit, path)), fit)
  expect_identical(resume_training(folder, data = data)$parameters, fit$parameters)
  expect_identical(predict(fit, data), predict(fit, as.data.frame(lapply(data, as.vector),
    stringsAsFactors = TRUE
  )))
})
