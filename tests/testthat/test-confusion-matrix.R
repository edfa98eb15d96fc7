test_that("predicted and true classes are counted, all classes of the model among them", {
  fit <- example_model(inputs = "formula")
  data <- example_data()
  confusion <- confusion_matrix(fit, data)
  expect_s3_class(confusion, "confusion_matrix")
  expected <- confusion_table(predict(fit, data, format = "matrix"), data$y)
  expect_identical(confusion$table, expected)
  expect_identical(confusion$classes, summary(expected))
  expect_identical(confusion$accuracy, sum(diag(expected)) / 4)
  expect_identical(confusion_matrix(fit, data, data$y), confusion)
  expect_identical(confusion_matrix(fit, data, as.character(data$y)), confusion)
})

test_that("the order of the levels is that of the model", {
  fit <- example_model()
  x <- matrix(0, 3, 3)
  truth <- factor(c("virginica", "setosa", "setosa"), c("virginica", "setosa"))
  expect_identical(colnames(confusion_matrix(fit, x, truth)$table), fit$outcome$levels)
  # What the model does not know is an error that counts.
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

test_that("what has no classes is refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  x <- matrix(0, 2, 3)
  refused(
    confusion_matrix(example_model("numbers"), x, 1:2), c("a model of classes", "one of numbers")
  )
  refused(confusion_matrix(example_model("labels"), x, 1:2), "confusion_table()")
  refused(confusion_matrix(example_model(), x), "`truth` must be given")
  refused(confusion_matrix(example_model(), x, "setosa"), "of length 2, one per row of `new_data`")
  refused(confusion_matrix(example_model(), x, c("setosa", NA)), "without NA")
  refused(confusion_matrix(example_model()), "`new_data` must be given")
  refused(confusion_matrix(1, x), "`fit` must be a model")
})

test_that("classes of which the model knows none are an error that shows both", {
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species))
  x <- as.matrix(iris[c(1, 51), 1:4])
  expect_told(confusion_matrix(fit, x, 0:1), "`truth`", "\"setosa\"", "\"0\", \"1\"")
  expect_silent(confusion_matrix(fit, x, c("setosa", "tulip")))
})
