trained <- function(epochs = 3) {
  set.seed(1)
  case <- random_case(40, 4, 3, 2)
  c(case, list(fit = train_nn(case$X, case$Y, case$nn, epochs = epochs, verbose = FALSE)))
}

test_that("print shows size, training and loss in a few lines", {
  expect_snapshot(print(trained()$fit))
  expect_snapshot(print(trained(1)$fit))
  expect_snapshot(print(trained(0)$fit))
  expect_true(all(nchar(capture.output(print(trained()$fit))) <= 80))
})

test_that("one input, unit, or output is singular", {
  fit <- init_nn(1, 1, 1)
  fit <- train_nn(matrix(0, 2, 1), matrix(1, 2, 1), fit, epochs = 1, verbose = FALSE)
  expect_output(print(fit), "1 input, 1 hidden unit (sigmoid), 1 output (softmax)", fixed = TRUE)
  expect_says(forward(matrix(0, 5, 3), fit), "with 1 column, not", "The network has 1 input.")
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
  expect_error(plot(trained(0)$fit), "at least one whole epoch", class = "feedforward_error")
})

test_that("an invalid network is an error", {
  case <- trained()
  broken <- list(
    b1 = 0, b2 = NULL, W2 = matrix(0, 2, 30), W1 = replace(case$fit$W1, 1, NA), W2 = "none"
  )
  for (i in seq_along(broken)) {
    fit <- case$fit
    fit[[names(broken)[i]]] <- broken[[i]]
    expect_error(predict(fit, case$X), class = "feedforward_error")
  }
  whole <- case$fit
  whole$W1[] <- 1L
  storage.mode(whole$W1) <- "integer"
  expect_identical(dim(predict(whole, case$X, type = "prob")), c(40L, 2L))
})

test_that("probabilities draw no random numbers, classes only for ties", {
  X <- matrix(1, 5, 2)
  fit <- train_nn(X, matrix(0.25, 5, 4), init_nn(2, 3, 4, sd = 0), epochs = 1, verbose = FALSE)
  set.seed(1)
  before <- .Random.seed
  predict(fit, X, type = "prob")
  expect_identical(.Random.seed, before)
})
