test_that("predicted and true classes are counted, all classes of the model among them", {
  fit <- example_model(inputs = "formula")
  data <- example_data()
  confusion <- confusion_matrix(fit, data)
  expect_s3_class(confusion, "feedforward_confusion", exact = TRUE)
  expected <- confusion_table(predict(fit, data, format = "matrix"), data$y)
  expect_identical(confusion$table, expected)
  expect_identical(confusion$classes, summary(expected))
  expect_identical(confusion$accuracy, sum(diag(expected)) / 4)
  expect_identical(confusion_matrix(fit, data, data$y), confusion)
  expect_identical(confusion_matrix(fit, data, as.character(data$y)), confusion)
})

test_that("levels are in the order of the model", {
  fit <- example_model()
  x <- matrix(0, 3, 3)
  truth <- factor(c("virginica", "setosa", "setosa"), c("virginica", "setosa"))
  expect_identical(colnames(confusion_matrix(fit, x, truth)$table), fit$outcome$levels)
  # A class that the model does not know counts as an error.
  unknown <- confusion_matrix(fit, x, c("setosa", "other", "setosa"))
  expect_identical(colnames(unknown$table), c(fit$outcome$levels, "other"))
  expect_identical(sum(unknown$table), 3L)
})

test_that("print shows table, accuracy and classes", {
  confusion <- confusion_matrix(example_model(inputs = "formula"), example_data())
  expect_snapshot(print(confusion))
  capture.output(value <- withVisible(print(confusion)))
  expect_identical(value, list(value = confusion, visible = FALSE))
})

test_that("plot draws the heat map of the table", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  confusion <- confusion_matrix(example_model(inputs = "formula"), example_data())
  expect_identical(
    withVisible(plot(confusion, main = "Flowers")), list(value = confusion, visible = FALSE)
  )
})

test_that("models and truth without classes are errors", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  x <- matrix(0, 2, 3)
  refused(confusion_matrix(example_model("numbers"), x, 1:2),
    c("a classification model", "a regression model"))
  refused(confusion_matrix(example_model("labels"), x, 1:2),
    c("a multi-label model", "confusion_table()"))
  refused(confusion_matrix(example_model(), x), "`truth` is missing")
  refused(confusion_matrix(example_model(), x, "setosa"),
    "`truth` must have 2 elements, one per row of `new_data`")
  refused(confusion_matrix(example_model(), x, c("setosa", NA)), "has a missing value")
  refused(confusion_matrix(example_model()), "`new_data` is missing")
  refused(confusion_matrix(1, x), "`fit` must be a model")
})

test_that("true classes that the model does not know are an error with both sets of classes", {
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species))
  x <- as.matrix(iris[c(1, 51), 1:4])
  expect_says(confusion_matrix(fit, x, 0:1), "`truth`", "\"setosa\"", "\"0\" and \"1\"")
  expect_silent(confusion_matrix(fit, x, c("setosa", "tulip")))
})

test_that("methods of other packages for similar class names are never called", {
  # What mlr3measures registers for its own class, `confusion_matrix`.
  foreign <- function(x, ...) stop("a method of another package")
  # Registered methods stay: so they are kept where nobody else finds them.
  scope <- new.env(parent = globalenv())
  for (class in c("confusion_matrix", "confusion_table", "confusion")) {
    for (generic in c("print", "plot", "summary", "format", "as.data.frame")) {
      assign(paste(generic, class, sep = "."), foreign, scope)
    }
  }
  confusion <- confusion_matrix(example_model(inputs = "formula"), example_data())
  before <- capture.output(print(confusion))
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  # Methods are looked for where a generic is called, before those that are registered.
  calls <- quote({
    summary(confusion$table)
    as.data.frame(confusion$table)
    plot(confusion)
    plot(confusion$table)
    utils::capture.output(print(confusion$table))
    utils::capture.output(print(confusion))
  })
  scope$confusion <- confusion
  expect_identical(eval(calls, scope), before)
})

test_that("a registered print method for `confusion_matrix` changes nothing", {
  confusion <- confusion_matrix(example_model(inputs = "formula"), example_data())
  before <- capture.output(print(confusion))
  registerS3method("print", "confusion_matrix", function(x, ...) print(NULL),
    envir = asNamespace("base")
  )
  registered <- get(".__S3MethodsTable__.", envir = baseenv())
  withr::defer(rm("print.confusion_matrix", envir = registered))
  expect_identical(capture.output(print(structure(list(), class = "confusion_matrix"))), "NULL")
  expect_identical(capture.output(print(confusion)), before)
})

# How often a function of hardhat converted new data while `code` ran: scream() converts the columns
# of tables, and forge() runs recipes.
times_forged <- function(code, by = "scream") {
  times <- 0L
  original <- getExportedValue("hardhat", by)
  counting <- function(...) {
    times <<- times + 1L
    original(...)
  }
  with_exports("hardhat", stats::setNames(list(counting), by), code)
  times
}

test_that("predictors and outcome of new data are read once", {
  # Logical values that are given as numbers need hardhat to convert them.
  fit <- quick_fit(Species ~ ., data = transform(iris, long = Petal.Length > 4))
  flowers <- transform(iris, long = as.double(Petal.Length > 4))
  expect_identical(times_forged(confusion_matrix(fit, flowers)), 1L)
  expect_identical(times_forged(confusion_matrix(fit, flowers, flowers$Species)), 1L)
  expect_identical(times_forged(residuals(fit, flowers)), 1L)
  skip_without_recipes()
  recipe <- recipes::step_log(recipes::recipe(Species ~ ., iris), Petal.Length)
  fit <- quick_fit(recipe, data = iris)
  expect_identical(times_forged(confusion_matrix(fit, iris), by = "forge"), 1L)
})

test_that("outcomes read from the data and given outcomes have the same result", {
  fit <- quick_fit(Species ~ log(Petal.Length) + Sepal.Width, data = iris)
  known <- confusion_matrix(fit, iris, iris$Species)
  expect_identical(confusion_matrix(fit, iris), known)
  expect_identical(residuals(fit, iris), residuals(fit, iris, iris$Species))
  without <- iris[names(iris) != "Species"]
  expect_refusal(confusion_matrix(fit, without), "`Species`", "feedforward_error")
  expect_identical(confusion_matrix(fit, without, iris$Species), known)
})

two_classes <- function() {
  cars <- transform(mtcars, fast = factor(ifelse(qsec < 17, "yes", "no")))
  list(fit = same_seed(quick_fit(fast ~ wt + hp, data = cars)), cars = cars)
}

test_that("a threshold decides between two classes", {
  given <- two_classes()
  yes <- predict(given$fit, given$cars, type = "prob")$.pred_yes
  expected <- function(is_yes) {
    table(Predicted = factor(ifelse(is_yes, "yes", "no"), c("no", "yes")), Actual = given$cars$fast)
  }
  plain <- function(...) {
    structure(confusion_matrix(given$fit, given$cars, ...)$table, class = "table")
  }
  # A value that occurs is reached.
  least <- sort(yes)[10]
  expect_identical(plain(threshold = least), expected(yes >= least))
  expect_identical(plain(threshold = c(yes = least)), expected(yes >= least))
  expect_identical(sum(plain(threshold = least)["yes", ]), 23L)
  expect_identical(plain(threshold = c(no = 0.7)), expected(!(1 - yes >= 0.7)))
  expect_identical(plain(threshold = 0), expected(yes >= 0))
  expect_identical(plain(), expected(yes > 0.5))
})

test_that("invalid thresholds are errors", {
  given <- two_classes()
  refused <- function(threshold, text) {
    expect_refusal(confusion_matrix(given$fit, given$cars, threshold = threshold), text,
      "feedforward_error")
  }
  refused(1.5, "from 0 to 1")
  refused(c(yes = 0.2, no = 0.8), "`threshold`")
  refused(c(maybe = 0.2), c("\"no\" and \"yes\"", "\"maybe\""))
  refused("0.3", "`threshold`")
  refused(globalenv(), "`threshold`")
  expect_refusal(
    confusion_matrix(example_model(), matrix(0, 1, 3), "setosa", threshold = 0.3),
    c("two classes", "has 3", "type = \"prob\""), "feedforward_error"
  )
})

test_that("rows without a prediction are an error", {
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species))
  x <- as.matrix(iris[1:4])
  x[3, ] <- -1.7e308
  suppressWarnings(
    expect_says(confusion_matrix(fit, x, iris$Species), "no prediction for 1 row of `new_data`")
  )
})
