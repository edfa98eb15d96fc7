test_that("init_nn() draws like the script", {
  set.seed(123)
  W1 <- matrix(rnorm(5 * 7, mean = 0, sd = 0.01), nrow = 5, ncol = 7)
  W2 <- matrix(rnorm(3 * 5, mean = 0, sd = 0.01), nrow = 3, ncol = 5)
  after <- .Random.seed
  set.seed(123)
  expect_identical(
    init_nn(7, 5, 3), list(W1 = W1, b1 = matrix(0, 5, 1), W2 = W2, b2 = matrix(0, 3, 1))
  )
  expect_identical(.Random.seed, after)
})

test_that("train_nn() follows the loop of the script, random numbers included", {
  set.seed(1)
  for (case in edge_cases()) {
    for (batch_size in c(1, 32, 1000)) {
      set.seed(11)
      fit <- train_nn(case$X, case$Y, case$nn, learning_rate = 0.05, epochs = 3,
        batch_size = batch_size, verbose = FALSE
      )
      after <- .Random.seed
      set.seed(11)
      expected <- reference_train(case$X, case$Y, case$nn, 0.05, 3, batch_size)
      expect_close(unclass(fit), expected, tolerance = 1e-11)
      expect_identical(.Random.seed, after)
    }
  }
})

test_that("train_nn() uses the random number generator of the session", {
  case <- random_case(20, 4, 3, 2)
  withr::local_preserve_seed()
  suppressWarnings(withr::local_rng_version("3.5.0"))
  set.seed(1)
  fit <- train_nn(case$X, case$Y, case$nn, epochs = 2, verbose = FALSE)
  set.seed(1)
  expect_close(unclass(fit), reference_train(case$X, case$Y, case$nn, 0.1, 2, 128))
})

test_that("the loss decreases and the data of the caller stay unchanged", {
  set.seed(2)
  X <- as.matrix(iris[1:4])
  Y <- to_categorical(iris$Species)
  kept <- list(X + 0, Y + 0)
  nn <- init_nn(4, 8, 3, sd = 0.1)
  nn_kept <- lapply(nn, `+`, 0)
  fit <- train_nn(X, Y, nn$W1, nn$b1, nn$W2, nn$b2, epochs = 100, batch_size = 16, verbose = FALSE)
  expect_lt(fit$loss_history[100], fit$loss_history[1] / 2)
  expect_gt(mean(predict(fit, X) == as.integer(iris$Species) - 1), 0.9)
  expect_identical(list(X + 0, Y), kept)
  expect_identical(nn, nn_kept)
})

test_that("verbose prints the line of the script", {
  set.seed(3)
  case <- random_case(20, 4, 3, 2)
  lines <- capture.output(fit <- train_nn(case$X, case$Y, case$nn, epochs = 2))
  script_lines <- capture.output(for (epoch in 1:2) {
    cat("Epoch:", epoch, " Loss:", round(fit$loss_history[epoch], 5), "\n")
  })
  expect_identical(lines, script_lines)
  expect_silent(train_nn(case$X, case$Y, case$nn, epochs = 1, verbose = FALSE))
})

test_that("training for 0 epochs returns the starting values and draws nothing", {
  set.seed(4)
  case <- random_case(6, 4, 3, 2)
  before <- .Random.seed
  fit <- train_nn(case$X, case$Y, case$nn, epochs = 0)
  expect_identical(.Random.seed, before)
  expect_identical(unclass(fit)[1:4], case$nn)
  expect_identical(fit$loss_history, numeric())
})

test_that("a trained network can be trained further and saved", {
  set.seed(5)
  case <- random_case(30, 4, 3, 2)
  fit <- train_nn(case$X, case$Y, case$nn, epochs = 2, verbose = FALSE)
  again <- train_nn(case$X, case$Y, fit, epochs = 1, verbose = FALSE)
  expect_length(again$loss_history, 1)
  file <- withr::local_tempfile()
  saveRDS(fit, file)
  expect_identical(readRDS(file), fit)
})

test_that("an interrupt keeps the learned model", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    lines_defining("interrupt_once_there"),
    "set.seed(1)",
    "X <- matrix(runif(1e5), 2000)",
    "Y <- to_categorical(rep(0:9, 200))",
    "nn <- init_nn(50, 16, 10)",
    "printed <- tempfile()",
    "interrupt_once_there(printed)",
    "warned <- NULL",
    "sink(printed)",
    "withCallingHandlers(",
    "  fit <- train_nn(X, Y, nn, epochs = 1e6, verbose = TRUE),",
    "  feedforward_interrupted = function(w) {",
    "    warned <<- conditionMessage(w); invokeRestart('muffleWarning')",
    "  }",
    ")",
    "sink()",
    "cat('warned:', gsub('\\n', ' ', warned), '\\n')",
    "cat('class:', class(fit), '\\n')",
    "cat('moved:', !identical(fit$W1, nn$W1), '\\n')",
    "cat('usable:', length(predict(fit, X[1:3, ])), '\\n')"
  ))
  expect_match(out, "^warned: Training was interrupted at epoch [0-9]+, batch [0-9]+", all = FALSE)
  expect_match(out, "class: two_layer_nn", all = FALSE)
  expect_match(out, "moved: TRUE", all = FALSE)
  expect_match(out, "usable: 3", all = FALSE)
})

test_that("frequent mistakes get a hint", {
  X <- as.matrix(iris[1:4])
  Y <- to_categorical(iris$Species)
  nn <- init_nn(4, 8, 3)
  expect_error(train_nn(iris[1:4], Y, nn), "as.matrix(X)", fixed = TRUE)
  expect_error(train_nn(t(X), Y, nn), "did you mean t(X)", fixed = TRUE)
  expect_error(predict_nn(X[1, ], nn), "matrix(X, nrow = 1)", fixed = TRUE)
  expect_error(predict_nn(array(0, c(5, 2, 2)), nn), "array_reshape(X, c(5, 4))", fixed = TRUE)
  expect_error(train_nn(X, Y, init_nn(5, 8, 3)), "The network has 5 inputs", fixed = TRUE)
  expect_error(train_nn(X, Y, init_nn(4, 8, 2)), "The network has 2 outputs", fixed = TRUE)
  expect_error(train_nn(X, iris$Species, nn), "to_categorical(Y, num_classes = 3)", fixed = TRUE)
  from_one <- to_categorical(as.integer(iris$Species))
  expect_error(train_nn(X, from_one, nn), "do the labels start at 1", fixed = TRUE)
  expect_error(train_nn(X, Y), "init_nn(", fixed = TRUE, class = "feedforward_error")
  expect_error(train_nn(X, , nn), "`Y` is missing", class = "feedforward_error")
  expect_error(predict(nn_fit <- structure(nn, class = "two_layer_nn")), "`newdata` is missing",
    class = "feedforward_error")
  expect_error(init_nn(4, 8), "`output_dim` is missing", class = "feedforward_error")
})

test_that("long numbers at the axis of the loss do not reach its label", {
  fit <- structure(init_nn(4, 2, 3), class = "two_layer_nn")
  las_for <- function(losses) {
    fit$loss_history <- losses
    calls <- Filter(function(call) call$args[[1]] == 1L, drawn_calls(plot(fit), "axis"))
    calls[[1]]$args$las
  }
  expect_identical(las_for(c(1.105, 1.096)), 0L)
  expect_identical(las_for(c(1.1, 0.2)), 1L)
})

test_that("stopped training says where and why", {
  set.seed(8)
  case <- random_case(30, 4, 3, 2)
  # A report that fails in epoch 3, where the script's line would be printed.
  failing <- function(epoch, ...) if (epoch == 3) stop("disk full")
  expect_warning(
    fit <- with_replaced("print_epoch", failing, train_nn(case$X, case$Y, case$nn, batch_size = 10)),
    "epoch 4, batch 1.*disk full",
    class = "feedforward_interrupted"
  )
  expect_length(fit$loss_history, 3)
  expect_identical(fit$stopped$epoch, 4)
  expect_output(print(fit), "Stopped at epoch 4, batch 1: progress could.*disk full")
})

test_that("invalid arguments of training are errors", {
  set.seed(6)
  case <- random_case(6, 4, 3, 2)
  refuse <- function(..., parts) {
    arguments <- utils::modifyList(
      list(X = case$X, Y = case$Y, W1 = case$nn, verbose = FALSE), list(...)
    )
    error <- expect_error(do.call(train_nn, arguments), class = "feedforward_error")
    for (part in parts) expect_match(conditionMessage(error), part, fixed = TRUE)
  }
  refuse(learning_rate = 0, parts = c("`learning_rate`", "above 0", "the number 0"))
  refuse(learning_rate = NA_real_, parts = c("`learning_rate`", "NA"))
  refuse(learning_rate = "fast", parts = c("`learning_rate`", "the string \"fast\""))
  refuse(epochs = -1, parts = c("`epochs`", "at least 0", "the number -1"))
  refuse(epochs = 1.5, parts = c("`epochs`", "whole number", "the number 1.5"))
  refuse(epochs = 1e10, parts = c("`epochs`", "at most 2147483647", "the number 1e+10"))
  refuse(threads = 1e5, parts = c("`threads`", "at most 256", "the number 1e+05"))
  refuse(batch_size = 0, parts = c("`batch_size`", "at least 1", "the number 0"))
  refuse(batch_size = 1:2, parts = c("`batch_size`", "an integer vector of length 2"))
  refuse(verbose = NA, parts = c("`verbose`", "TRUE or FALSE", "NA"))
  refuse(X = case$X[0, ], parts = c("`X`", "at least 1 row"))
  refuse(X = replace(case$X, 3, NA), parts = c("`X`", "missing value (NA) at `X[3, 1]`"))
  refuse(Y = case$Y[, c(1, 2, 2)], parts = c("`Y`", "a 6 x 2 numeric matrix", "a 6 x 3"))
  refuse(Y = factor(c(1, 2)), parts = c("`Y`", "a factor of length 2"))
  refuse(Y = 2 * case$Y - 1, parts = c("`Y`", "probabilities", "in row 1", "to_categorical"))
  refuse(Y = 0 * case$Y, parts = c("`Y`", "probabilities", "0, 0 in row 1"))
  refuse(Y = replace(case$Y, 2, NaN), parts = c("`Y`", "missing value (NaN) at `Y[2, 1]`"))
  for (bad in list(0, -1, 2.5, NA, "3", c(1, 2), NULL)) {
    expect_error(init_nn(bad, 3, 2), "input_dim", class = "feedforward_error")
    expect_error(init_nn(3, bad, 2), "hidden_dim", class = "feedforward_error")
    expect_error(init_nn(3, 2, bad), "output_dim", class = "feedforward_error")
  }
  expect_error(init_nn(3, 2, 2, sd = -1), "sd", class = "feedforward_error")
})
