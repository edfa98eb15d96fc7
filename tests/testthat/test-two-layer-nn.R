trained <- function(epochs = 3) {
  set.seed(1)
  case <- random_case(40, 4, 3, 2)
  c(case, list(fit = train_nn(case$X, case$Y, case$nn, epochs = epochs, verbose = FALSE)))
}

test_that("print tells size, training and loss in a few lines", {
  expect_snapshot(print(trained()$fit))
  expect_snapshot(print(trained(1)$fit))
  expect_snapshot(print(trained(0)$fit))
  expect_true(all(nchar(capture.output(print(trained()$fit))) <= 80))
})

test_that("predict gives classes or probabilities", {
  case <- trained()
  expect_identical(predict(case$fit, case$X, type = "prob"),
    predict_nn(case$X, case$fit)$probabilities)
  expect_identical(predict(case$fit, case$X), predict_nn(case$X, case$fit)$predictions)
  expect_error(predict(case$fit, case$X, type = "odds"), "type", class = "feedforward_error")
  expect_error(predict(case$fit, case$X[, 1:2]), "newdata", class = "feedforward_error")
})

test_that("plot draws the loss curve", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  fit <- trained()$fit
  expect_identical(plot(fit, col = "blue"), fit)
  expect_no_error(plot(trained(1)$fit))
  expect_error(plot(trained(0)$fit), "at least one epoch", class = "feedforward_error")
})
