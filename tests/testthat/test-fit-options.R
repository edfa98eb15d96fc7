# The options of feedforward() with their defaults, except for the given values.
options_with <- function(...) {
  options <- list(
    hidden_units = 64L, activation = "relu", loss = NULL, quantile = NULL,
    optimizer = "adam", learn_rate = NULL,
    epochs = 100, batch_size = 32, rate_schedule = "none", penalty = 0, mixture = 0, dropout = 0,
    clip_norm = Inf, validation = 0, stop_iter = Inf, standardize = NULL, threads = 1,
    precision = "double", checkpoint = NULL, checkpoint_every = 1L, verbose = FALSE,
    progress = FALSE, on_epoch = NULL, cluster = NULL, encoding = NULL, missing = "error",
    new_levels = "error"
  )
  given <- list(...)
  options[names(given)] <- given
  options
}

# Checks these options like feedforward() does.
try_options <- function(...) check_options(options_with(...))

test_that("options are converted to a uniform list", {
  checked <- try_options(
    hidden_units = c(8, 4), activation = "tanh", dropout = 0.5, optimizer = "sgd",
    learn_rate = 0.3, rate_schedule = "cosine"
  )
  expect_identical(checked$hidden_units, c(8L, 4L))
  expect_identical(checked$activation, c("tanh", "tanh"))
  expect_identical(checked$dropout, c(0.5, 0.5))
  expect_identical(checked$optimizer, optimizer_sgd(0.3))
  expect_null(checked$learn_rate)
  expect_identical(checked$rate_schedule, schedule_cosine())
  expect_identical(checked$epochs, 100L)
  expect_setequal(names(checked), names(options_with()))
})

test_that("one value per layer is kept", {
  checked <- try_options(
    hidden_units = c(8, 4), activation = c("tanh", "linear"), dropout = c(0.1, 0)
  )
  expect_identical(checked$activation, c("tanh", "linear"))
  expect_identical(checked$dropout, c(0.1, 0))
})

test_that("a network can have no hidden layers", {
  for (none in list(0, 0L, numeric(), NULL)) {
    checked <- try_options(hidden_units = none)
    expect_identical(checked$hidden_units, integer())
    expect_identical(checked$activation, character())
    expect_identical(checked$dropout, numeric())
  }
})

test_that("every documented choice is accepted", {
  for (name in names(activations)) expect_identical(try_options(activation = name)$activation, name)
  for (name in names(losses)) expect_identical(try_options(loss = name)$loss, name)
  for (name in optimizer_names) {
    expect_identical(try_options(optimizer = name)$optimizer$name, name)
  }
  for (name in schedule_names) {
    expect_identical(try_options(rate_schedule = name)$rate_schedule$name, name)
  }
})

test_that("checked options pass the check again unchanged", {
  for (layers in list(0, 5, c(8, 4, 2))) {
    checked <- try_options(
      hidden_units = layers, optimizer = optimizer_adamw(), learn_rate = 0.1,
      rate_schedule = schedule_step(), validation = 0.2, stop_iter = 3, standardize = FALSE,
      checkpoint = "here", init = "kept"
    )
    expect_identical(check_options(checked), checked)
    expect_identical(checked$init, "kept")
  }
})

test_that("given validation data are kept as they are until the data are checked", {
  expect_identical(try_options(validation = list(1, 2), stop_iter = 2)$validation, list(1, 2))
  expect_identical(try_options(validation = iris, stop_iter = 2)$validation, iris)
})

test_that("C++ receives all numbers by name", {
  training <- training_options(try_options(
    optimizer = optimizer_sgd(0.2, momentum = 0.9, nesterov = TRUE), rate_schedule = "step"
  ))
  expect_identical(
    training$optimizer,
    list(name = "sgd", learn_rate = 0.2, momentum = 0.9, nesterov = 1)
  )
  expect_identical(training$schedule, list(name = "step", factor = 0.5, every = 10, warm_up = 0))
  expect_identical(training$learn_rate, 0.2)
  expect_true(all(lengths(training[c("epochs", "batch_size", "threads", "penalty")]) == 1L))
})

test_that("invalid options are refused by name", {
  withr::local_options(width = 80)
  changed <- optimizer_adam()
  changed$beta3 <- 1
  refusals <- list(
    quote(try_options(hidden_units = 0.5)),
    quote(try_options(hidden_units = c(16, -1))),
    quote(try_options(hidden_units = c(16, 0))),
    quote(try_options(hidden_units = NA)),
    quote(try_options(hidden_units = "many")),
    quote(try_options(hidden_units = list(16, 8))),
    quote(try_options(activation = "rleu")),
    quote(try_options(activation = "swish2")),
    quote(try_options(activation = c("relu", "tanh"))),
    quote(try_options(hidden_units = c(8, 4), activation = c("relu", "tanh", "elu"))),
    quote(try_options(activation = tanh)),
    quote(try_options(loss = "mse")),
    quote(try_options(loss = "Huber")),
    quote(try_options(optimizer = "adm")),
    quote(try_options(optimizer = NULL)),
    quote(try_options(optimizer = optimizer_adam)),
    quote(try_options(optimizer = schedule_none())),
    quote(try_options(optimizer = changed)),
    quote(try_options(learn_rate = 0)),
    quote(try_options(learn_rate = c(0.1, 0.01))),
    quote(try_options(learn_rate = NaN)),
    quote(try_options(epochs = -1)),
    quote(try_options(epochs = 1.5)),
    quote(try_options(epochs = "10")),
    quote(try_options(batch_size = 0)),
    quote(try_options(batch_size = Inf)),
    quote(try_options(rate_schedule = "cosin")),
    quote(try_options(rate_schedule = 0.9)),
    quote(try_options(penalty = -0.1)),
    quote(try_options(penalty = Inf)),
    quote(try_options(mixture = 2)),
    quote(try_options(dropout = 1)),
    quote(try_options(dropout = -0.5)),
    quote(try_options(dropout = NA)),
    quote(try_options(dropout = c(0.5, 0.5))),
    quote(try_options(hidden_units = c(8, 4), dropout = c(0.5, 1.5))),
    quote(try_options(hidden_units = 0, dropout = 0.5)),
    quote(try_options(clip_norm = 0)),
    quote(try_options(clip_norm = NA)),
    quote(try_options(clip_norm = "1")),
    quote(try_options(validation = 2)),
    quote(try_options(validation = 1)),
    quote(try_options(validation = -0.1)),
    quote(try_options(validation = TRUE)),
    quote(try_options(validation = NULL)),
    quote(try_options(stop_iter = 0, validation = 0.1)),
    quote(try_options(stop_iter = 2.5, validation = 0.1)),
    quote(try_options(stop_iter = 5)),
    quote(try_options(standardize = "yes")),
    quote(try_options(standardize = NA)),
    quote(try_options(threads = 0)),
    quote(try_options(precision = "float")),
    quote(try_options(checkpoint = TRUE)),
    quote(try_options(checkpoint = "")),
    quote(try_options(checkpoint = "here", checkpoint_every = 0)),
    quote(try_options(verbose = "a lot")),
    quote(try_options(progress = NULL)),
    quote(try_options(optimizer = "lbfgs", learn_rate = 0.1)),
    quote(try_options(optimizer = "lbfgs", dropout = 0.5)),
    quote(try_options(optimizer = "lbfgs", rate_schedule = "cosine")),
    quote(try_options(optimizer = "lbfgs", clip_norm = 1)),
    quote(try_options(optimizer = "lbfgs", penalty = 0.1, mixture = 0.5)),
    quote(try_options(optimizer = "lbfgs", precision = "single")),
    quote(try_options(optimizer = "lbfgs", checkpoint = "here"))
  )
  expect_snapshot(show_refusals(refusals))
})
