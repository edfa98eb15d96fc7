full_batch <- list(
  hidden_units = 5, activation = "tanh", optimizer = optimizer_sgd(0.1), batch_size = 1000,
  epochs = 20
)

fit_full_batch <- function(x, y, ...) {
  same_seed(do.call(feedforward, c(list(x, y, ...), full_batch)))
}

test_that("a row with the frequency weight k counts as k rows", {
  set.seed(1)
  x <- matrix(rnorm(60, 3), 20)
  k <- rep(c(0, 1, 2, 5), 5)
  rows <- rep(1:20, k)
  outcomes <- list(
    numbers = exp(x[, 1]), classes = rep(c("a", "b", "c", "b", "c"), 4),
    several = cbind(x[, 1]^2, x[, 2]), labels = cbind(x[, 1] > 3, x[, 2] > 3)
  )
  for (y in outcomes) {
    y_copies <- if (is.matrix(y)) y[rows, ] else y[rows]
    weighted <- fit_full_batch(x, y, case_weights = hardhat::frequency_weights(as.integer(k)))
    copies <- fit_full_batch(x[rows, ], y_copies)
    expect_equal(weighted$parameters, copies$parameters, tolerance = 1e-9)
    expect_equal(weighted$history$loss, copies$history$loss, tolerance = 1e-9)
    expect_equal(weighted$history$metric, copies$history$metric, tolerance = 1e-9)
    expect_equal(weighted$inputs$scale, copies$inputs$scale, tolerance = 1e-12)
    expect_equal(predict(weighted, x), predict(copies, x), tolerance = 1e-9)
  }
})

test_that("frequency weights count as copies with class weights, too", {
  x <- matrix(seq(-1, 1, length.out = 24), 12)
  y <- rep(c("a", "b", "b", "b"), 3)
  k <- rep(1:3, 4)
  rows <- rep(1:12, k)
  weighted <- fit_full_batch(x, y, case_weights = hardhat::frequency_weights(k),
    class_weights = "balanced")
  copies <- fit_full_batch(x[rows, ], y[rows], class_weights = "balanced")
  expect_equal(weighted$parameters, copies$parameters, tolerance = 1e-9)
})

test_that("importance weights change the loss and nothing else", {
  x <- matrix(c(1:10, 10:1) + 0, 10)
  y <- sqrt(1:10)
  w <- rep(c(0.1, 0.3), 5)
  weighted <- fit_full_batch(x, y, case_weights = hardhat::importance_weights(w))
  plain <- fit_full_batch(x, y)
  expect_identical(weighted$inputs, plain$inputs)
  expect_identical(weighted$outcome, plain$outcome)
  expect_false(identical(weighted$parameters, plain$parameters))
  # Only their proportions count, and a plain vector is the same.
  expect_equal(fit_full_batch(x, y, case_weights = 50 * w)$parameters, weighted$parameters)
  expect_equal(fit_full_batch(x, y, case_weights = rep(3, 10))$parameters, plain$parameters)
})

test_that("class weights equal case weights of their rows", {
  x <- matrix(seq(-1, 1, length.out = 24), 12)
  y <- rep(c("a", "b", "b", "b"), 3)
  by_class <- fit_full_batch(x, y, class_weights = c(a = 3))
  by_case <- fit_full_batch(x, y, case_weights = ifelse(y == "a", 3, 1))
  balanced <- fit_full_batch(x, y, class_weights = "balanced")
  expect_equal(by_class$parameters, by_case$parameters)
  expect_equal(balanced$parameters, by_class$parameters)
})

test_that("the seed determines the model, the number of threads does not", {
  data <- cbind(small_table(300), y = rep(c("a", "b", "c"), 100))
  fit_with <- function(threads) {
    same_seed(feedforward(y ~ ., data,
      hidden_units = c(40, 20), epochs = 4, dropout = 0.2, validation = 0.2, threads = threads
    ))
  }
  once <- fit_with(1)
  expect_identical(learned(fit_with(1)), learned(once))
  expect_identical(learned(fit_with(2)), learned(once))
  expect_identical(learned(fit_with(7)), learned(once))
  expect_false(identical(fit_with(1)$history$seconds, numeric()))
})

test_that("feedforward() gives the losses and weights of train_nn() to the last bit", {
  digits <- synthetic_digits(n_train = 300, n_test = 30)
  X <- array_reshape(digits$train$x, c(300, 784)) / 255
  script <- same_seed({
    fit <- train_nn(X, to_categorical(digits$train$y, 10), init_nn(784, 32, 10),
      epochs = 3, batch_size = 64, verbose = FALSE
    )
    c(fit, list(seed = .Random.seed))
  })
  model <- same_seed({
    fit <- feedforward(X, factor(digits$train$y),
      hidden_units = 32, activation = "sigmoid", optimizer = optimizer_sgd(0.1),
      init = init_normal(0.01), standardize = FALSE, epochs = 3, batch_size = 64
    )
    c(fit, list(seed = .Random.seed))
  })
  expect_identical(model$history$loss, script$loss_history)
  expect_identical(unname(model$parameters$W1), script$W1)
  expect_identical(unname(model$parameters$W2), script$W2)
  expect_identical(model$parameters$b1, as.vector(script$b1))
  expect_identical(model$seed, script$seed)
})

test_that("the metric in the history is in the units of y", {
  set.seed(2)
  x <- matrix(rnorm(200), 100)
  y <- 1000 + 50 * x[, 1] + rnorm(100)
  fit <- feedforward(x, y, hidden_units = 0, optimizer = "lbfgs", epochs = 50)
  rmse <- sqrt(mean((predict(fit, x) - y)^2))
  last <- utils::tail(fit$history, 1)
  expect_equal(last$metric, rmse, tolerance = 0.01)
  expect_equal(last$loss, (last$metric / fit$outcome$scale)^2)
  expect_true(all(is.na(fit$history$valid_loss)) && !any(is.nan(fit$history$valid_loss)))
  expect_equal(unname(stats::coef(stats::lm(y ~ x))[2]),
    (fit$parameters$W1 * fit$outcome$scale / fit$inputs$scale)[1], tolerance = 1e-3)
  expect_identical(names(fit$history), c(
    "epoch", "loss", "metric", "valid_loss", "valid_metric", "learn_rate", "seconds"
  ))
})

test_that("one row, constant columns, no hidden layer and any batch size work", {
  expect_warning(
    one <- quick_fit(matrix(c(2, 3), 1), 5),
    "Columns 1 and 2 are constant",
    class = "feedforward_constant_predictor"
  )
  expect_identical(predict(one, matrix(c(2, 3), 1)) > 0, TRUE)
  expect_true(all(is.finite(unlist(one$parameters))))
  x <- cbind(a = c(0.1, 0.1, 0.1, 0.1, 0.1), b = 1:5, c = 0)
  expect_warning(
    constant <- quick_fit(x, c(1, 3, 2, 5, 4)), "Columns `a` and `c` are constant",
    class = "feedforward_constant_predictor"
  )
  expect_identical(constant$inputs$scale[c(1, 3)], c(1, 1))
  expect_true(all(is.finite(predict(constant, matrix(0, 2, 3)))))
  expect_equal(predict(quick_fit(cbind(1:5), rep(7, 5)), cbind(2)), 7, tolerance = 0.5)
  none <- quick_fit(as.matrix(iris[1:4]), iris$Species, hidden_units = 0)
  expect_identical(none$architecture$sizes, c(4L, 3L))
  expect_identical(dim(none$parameters$W1), c(3L, 4L))
  expect_length(none$parameters, 2)
  for (batch_size in c(1, 4, 5, 1e6)) {
    fit <- quick_fit(cbind(1:9), sqrt(1:9), batch_size = batch_size)
    expect_true(all(is.finite(predict(fit, cbind(1:9)))))
  }
  none <- quick_fit(cbind(1:9), sqrt(1:9), epochs = 0)
  expect_identical(nrow(none$history), 0L)
  expect_length(predict(none, cbind(1:9)), 9)
  wide <- quick_fit(matrix(rnorm(300), 3), c("a", "b", "a"))
  expect_identical(dim(wide$parameters$W1), c(4L, 100L))
})

test_that("diverging training is an error that has the last finite model", {
  set.seed(3)
  x <- matrix(rnorm(400), 100)
  cnd <- expect_says(
    same_seed(quick_fit(x, exp(x[, 1]),
      activation = "linear", optimizer = optimizer_sgd(1e150), epochs = 50, standardize = FALSE
    )),
    "diverged at epoch", "batch", "learn_rate", "clip_norm", "standardize = TRUE"
  )
  expect_s3_class(cnd, "feedforward_diverged")
  expect_s3_class(cnd$fit, "feedforward")
  expect_identical(cnd$fit$stopped$reason, "diverged")
  expect_true(all(is.finite(unlist(cnd$fit$parameters))))
})

test_that("running out of memory is a feedforward_error, other errors are kept", {
  lacking <- structure(list(message = "std::bad_alloc", call = NULL),
    class = c("std::bad_alloc", "C++Error", "error", "condition")
  )
  expect_says(with_core(stop(lacking)), "not enough memory", "fewer hidden units")
  expect_says(with_core(stop("cannot allocate vector of size 3 Gb")), "not enough memory")
  expect_error(with_core(stop("something else")), "something else", class = "simpleError")
})

test_that("values that the core refuses become a condition that names the data", {
  network <- list(
    architecture = list(sizes = c(2, 3), activations = character(), loss = "cross_entropy"),
    parameters = list(W1 = matrix(0, 3, 2), b1 = numeric(3))
  )
  x <- matrix(c(1, 2, NA, 4), 2)
  not_finite <- "feedforward_core_not_finite"
  expect_error(predict_layers_cpp(x, network, 2L, 1L, "response"), class = not_finite)
  expect_error(forward_cpp(x, network, 2L, 1L), class = not_finite)
  expect_error(backward_cpp(x, matrix(0, 2, 3), network), class = not_finite)
  options <- training_options(options_of_script(3, precision = "single", epochs = 1))
  train <- function(x, validation = NULL) {
    train_cpp(list(x = x, y = 1:2, validation = validation), network, options)
  }
  small <- matrix(c(1, 2, 3, 4), 2)
  part_of <- function(code) tryCatch(code, feedforward_core_too_large = function(cnd) cnd$part)
  expect_error(train(x), class = not_finite)
  expect_identical(part_of(train(small * 1e39)), "x")
  expect_identical(part_of(train(small, list(x = small * 1e39, y = 1:2))), "validation")
  # Where R finds nothing to say, the condition stays.
  expect_error(with_core(train(x), refuse_value = function() NULL), class = not_finite)
})

test_that("L-BFGS with too large a memory is refused", {
  x <- matrix(rnorm(40), 20)
  fit <- function(units, memory) {
    feedforward(x, x[, 1] + 1,
      hidden_units = units, optimizer = optimizer_lbfgs(memory), epochs = 1
    )
  }
  expect_says(fit(4e5, 1000), "`optimizer_lbfgs(memory = 1000)`", "smaller `memory`")
  expect_s3_class(fit(4, 1000), "feedforward")
})

test_that("an interrupt keeps the learned model", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    lines_defining("interrupt_once_there"),
    "set.seed(1)",
    "x <- matrix(runif(2e6), 10000)",
    "y <- rep(c('a', 'b'), 5000)",
    "kept <- tempfile('checkpoint')",
    "interrupt_once_there(file.path(kept, 'checkpoint.safetensors'))",
    "warned <- NULL",
    "withCallingHandlers(",
    "  fit <- feedforward(x, y, epochs = 1e6, validation = 0.1, checkpoint = kept),",
    "  feedforward_interrupted = function(w) {",
    "    warned <<- conditionMessage(w); invokeRestart('muffleWarning')",
    "  }",
    ")",
    "cat('warned:', gsub('\\n', ' ', warned), '\\n')",
    "cat('usable:', length(predict(fit, x[1:3, ])), fit$stopped$reason, '\\n')"
  ))
  expect_match(out, "^warned: Training was interrupted at epoch [0-9]+, batch [0-9]+", all = FALSE)
  expect_match(out, "usable: 3 interrupted", all = FALSE)
})

test_that("validation keeps the best epoch and stops early", {
  set.seed(4)
  x <- matrix(rnorm(600), 100)
  y <- x[, 1] + rnorm(100)
  fit <- feedforward(x, y, hidden_units = 100, learn_rate = 0.01, epochs = 200, validation = 0.3,
    stop_iter = 5)
  expect_identical(fit$stopped$reason, "no improvement")
  expect_identical(fit$best_epoch, as.double(which.min(fit$history$valid_loss)))
  expect_identical(nrow(fit$history), as.integer(fit$best_epoch) + 5L)
  expect_identical(fit$n, c(training = 70L, validation = 30L))
  # A given set gives the loss that its rows have.
  set <- list(x = x[71:100, ], y = y[71:100])
  given <- same_seed(feedforward(x[1:70, ], y[1:70], epochs = 5, validation = set))
  best <- given$history$valid_metric[given$best_epoch]
  expect_equal(best, sqrt(mean((predict(given, x[71:100, ]) - y[71:100])^2)), tolerance = 1e-9)
})

test_that("a validation set does not change the training loss", {
  data <- cbind(small_table(), y = rep(c("a", "b"), 20))
  alone <- same_seed(quick_fit(y ~ ., data))
  with_set <- same_seed(quick_fit(y ~ ., data, validation = data[1:7, ]))
  expect_identical(with_set$history$loss, alone$history$loss)
  expect_false(anyNA(with_set$history$valid_loss))
  by_frame <- quick_fit(data[1:5], data$y, validation = list(x = data[1:7, 1:5], y = data$y[1:7]))
  expect_identical(by_frame$n[["validation"]], 7L)
})

test_that("verbose = TRUE prints one line per epoch, and the default prints nothing", {
  x <- as.matrix(iris[1:4])
  lines <- capture.output(
    fit <- quick_fit(x, iris$Species, verbose = TRUE, validation = 0.1, epochs = 2)
  )
  expect_length(lines, 2)
  expect_match(lines[1], "^Epoch 1: loss [0-9.]+, accuracy [0-9.]+, validation loss [0-9.]+, ")
  expect_output(quick_fit(x[, 1:3], x[, 4], verbose = TRUE), "rmse")
  expect_length(fit$history$loss, 2)
  expect_silent(quick_fit(x, iris$Species))
})

test_that("a model is a small plain list without data", {
  data <- cbind(small_table(2000), y = rnorm(2000))
  fit <- quick_fit(y ~ ., data, validation = data[1:100, ], case_weights = rep(1, 2000))
  expect_lt(length(serialize(unclass(fit), NULL)), 20000)
  expect_null(fit$options$case_weights)
  file <- withr::local_tempfile()
  saveRDS(fit, file)
  expect_identical(predict(readRDS(file), data), predict(fit, data))
  expect_identical(check_model(fit), fit)
})

test_that("sparse new data are centered like dense new data", {
  skip_if_not_installed("Matrix")
  set.seed(4)
  x <- matrix(rnorm(400, mean = 5), 100)
  y <- x[, 1] + 1
  sparse <- Matrix::Matrix(x[81:100, ], sparse = TRUE)
  losses <- function(new) {
    fit <- same_seed(quick_fit(x[1:80, ], y[1:80], validation = list(new, y[81:100])))
    fit$history$valid_loss
  }
  expect_equal(losses(sparse), losses(x[81:100, ]), tolerance = 1e-10)
})

test_that("numbers beyond single precision are an error", {
  x <- cbind(c(1, 1e39, 3), 1:3)
  y <- c(1, 2, 4)
  expect_says(
    quick_fit(x, y, standardize = FALSE, precision = "single"), "`x`", "3.4e38", "double"
  )
  expect_true(is.finite(predict(quick_fit(x, y, precision = "single"), x)[2]))
  nn <- init_nn(2, 3, 2)
  Y <- to_categorical(c(0, 1, 0))
  expect_says(train_nn(x, Y, nn, precision = "single", verbose = FALSE), "`X`", "3.4e38")
})

test_that("diverging L-BFGS training names the first evaluation", {
  x <- matrix(1e200, 4, 1) * 1:4
  set.seed(1)
  expect_error(
    quick_fit(x, x[, 1], standardize = FALSE, loss = "poisson", optimizer = "lbfgs"),
    "epoch 1, batch 1",
    class = "feedforward_diverged"
  )
})
