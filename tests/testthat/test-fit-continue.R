trained_case <- function(...) {
  case <- training_case()
  set.seed(2)
  case$fit <- feedforward(case$x, case$y, hidden_units = 4, epochs = 3, ...)
  case
}

test_that("training with plain steps continues exactly", {
  # Without momentum, schedule and standardized inputs that differ, two trainings are one: only
  # the order of the observations starts anew.
  case <- training_case()
  train <- function(epochs) {
    set.seed(2)
    feedforward(case$x, case$y,
      hidden_units = 4, epochs = epochs, optimizer = optimizer_sgd(0.1), batch_size = 200
    )
  }
  once <- train(6)
  twice <- continue_training(train(2), case$x, case$y, epochs = 4)
  expect_equal(twice$parameters, once$parameters, tolerance = 1e-12)
  expect_equal(twice$history[1:6], once$history[1:6], tolerance = 1e-12)
  expect_identical(twice$best_epoch, 6)
})

test_that("continued training keeps numbering epochs, and the network keeps its layers", {
  case <- trained_case()
  fit <- continue_training(case$fit, case$x, case$y, epochs = 2)
  expect_identical(fit$history$epoch, 1:5)
  expect_identical(timeless(fit)$history[1:3, ], timeless(case$fit)$history)
  expect_identical(fit$best_epoch, 5)
  for (part in c("outcome", "inputs", "architecture", "blueprint")) {
    expect_identical(fit[[part]], case$fit[[part]])
  }
  expect_false(identical(fit$parameters, case$fit$parameters))
  again <- continue_training(fit, case$x, case$y)
  expect_identical(nrow(again$history), 7L)
})

test_that("options of the model are kept unless others are given", {
  case <- trained_case(
    optimizer = optimizer_sgd(0.5, momentum = 0.5), penalty = 0.01, batch_size = 16, dropout = 0.1,
    precision = "single"
  )
  fit <- continue_training(case$fit, case$x, case$y)
  for (name in c("optimizer", "penalty", "batch_size", "dropout", "epochs", "precision")) {
    expect_identical(fit$options[[name]], case$fit$options[[name]])
  }
  fit <- continue_training(fit, case$x, case$y,
    learn_rate = 0.01, dropout = 0.5, rate_schedule = "step", batch_size = 7
  )
  expect_identical(fit$options$optimizer, optimizer_sgd(0.01, momentum = 0.5))
  expect_identical(fit$architecture$dropout, 0.5)
  expect_identical(fit$history$learn_rate[7:9], rep(0.01, 3))
  fit <- continue_training(fit, case$x, case$y, optimizer = "adam", epochs = 1)
  expect_identical(fit$options$optimizer, optimizer_adam())
})

test_that("0 epochs change only the options", {
  case <- trained_case()
  fit <- continue_training(case$fit, case$x, case$y, epochs = 0)
  expect_identical(fit$parameters, case$fit$parameters)
  expect_identical(fit$history, case$fit$history)
  expect_identical(fit$best_epoch, case$fit$best_epoch)
})

test_that("validation must be given again", {
  case <- trained_case(validation = 0.2, stop_iter = 2)
  expect_identical(case$fit$n[["validation"]], 24L)
  fit <- continue_training(case$fit, case$x, case$y)
  expect_identical(fit$n, c(training = 120L, validation = 0L))
  expect_true(all(is.na(fit$history$valid_loss[4:6])))
  apart <- list(x = case$x[1:20, ], y = case$y[1:20])
  fit <- continue_training(case$fit, case$x, case$y, validation = apart)
  expect_identical(fit$n, c(training = 120L, validation = 20L))
  expect_identical(fit$options$stop_iter, 2)
  fit <- continue_training(case$fit, case$x, case$y, validation = 0.1, epochs = 30,
    learn_rate = 0.3)
  expect_identical(fit$stopped$epoch, nrow(fit$history) + 0)
  expect_identical(fit$best_epoch, nrow(fit$history) - 2)
})

test_that("all kinds of models can be trained further", {
  case <- training_case()
  numbers <- transform(case$data, y = a^2)
  fits <- list(
    feedforward(y ~ ., data = case$data, epochs = 1),
    feedforward(y ~ a + I(b^2), data = numbers, epochs = 1)
  )
  data <- list(case$data, numbers)
  for (k in 1:2) {
    set.seed(1)
    fit <- continue_training(fits[[k]], data = data[[k]], epochs = 2)
    expect_identical(fit$history$epoch, 1:3)
    set.seed(1)
    expect_identical(timeless(continue_training(fits[[k]], data[[k]], epochs = 2)), timeless(fit))
    expect_identical(fit$blueprint, fits[[k]]$blueprint)
  }
  fit <- feedforward(case$data[1:5], case$y, epochs = 1)
  expect_identical(nrow(continue_training(fit, case$data[1:5], case$y)$history), 2L)
  skip_if_not_installed("Matrix")
  fit <- feedforward(Matrix::Matrix(case$x, sparse = TRUE), case$y, epochs = 1, hidden_units = 0)
  fit <- continue_training(fit, Matrix::Matrix(case$x, sparse = TRUE), case$y)
  expect_identical(nrow(fit$history), 2L)
})

test_that("data can have fewer classes and rows", {
  case <- trained_case()
  few <- which(case$y != "mid")[1:10]
  fit <- continue_training(case$fit, case$x[few, ], droplevels(case$y[few]), epochs = 1)
  expect_identical(fit$outcome, case$fit$outcome)
  expect_identical(fit$n[["training"]], 10L)
})

test_that("checkpoints of continued training keep the earlier history", {
  case <- trained_case()
  folder <- withr::local_tempdir()
  set.seed(3)
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- continue_training(case$fit, case$x, case$y, epochs = 4, checkpoint = folder)
  })
  expect_identical(read_model(checkpoint_path(checkpoints[2]))$history$epoch, 1:5)
  resumed <- resume_training(checkpoints[2], case$x, case$y)
  expect_identical(timeless(resumed), timeless(fit))
})

test_that("a model from a file continues like the original model", {
  case <- trained_case()
  path <- withr::local_tempfile()
  write_model(case$fit, path)
  fits <- lapply(list(case$fit, read_model(path)), function(fit) {
    set.seed(3)
    timeless(continue_training(fit, case$x, case$y))
  })
  expect_identical(fits[[1]], fits[[2]])
})

test_that("data and options that do not fit are errors", {
  withr::local_options(width = 80)
  case <- trained_case()
  fit <- case$fit
  x <- case$x
  y <- case$y
  other <- factor(rep(c("low", "other"), 60))
  by_formula <- feedforward(y ~ a + b, data = case$data, epochs = 1)
  broken <- fit
  broken$parameters$W1[2, 3] <- NaN
  refusals <- list(
    quote(continue_training(1, x, y)),
    quote(continue_training(broken, x, y)),
    quote(continue_training(fit)),
    quote(continue_training(fit, x)),
    quote(continue_training(fit, x[, 1:3], y)),
    quote(continue_training(fit, x, y[1:5])),
    quote(continue_training(fit, x, other)),
    quote(continue_training(fit, x[0, ], y[0])),
    quote(continue_training(fit, x, y, epochs = -1)),
    quote(continue_training(fit, x, y, hidden_units = 8)),
    quote(continue_training(fit, x, y, loss = "huber")),
    quote(continue_training(fit, x, y, learnrate = 1)),
    quote(continue_training(fit, x, y, stop_iter = 3)),
    quote(continue_training(fit, x, y, validation = 1)),
    quote(continue_training(fit, data = iris)),
    quote(continue_training(by_formula, x, y)),
    quote(continue_training(by_formula, y ~ a, data = case$data)),
    quote(continue_training(by_formula, case$data, data = case$data)),
    quote(continue_training(by_formula)),
    quote(continue_training(by_formula, data = iris))
  )
  expect_snapshot(show_refusals(refusals))
})

test_that("continued training of byte images can be resumed", {
  set.seed(4)
  images <- array(sample(0:255, 640, replace = TRUE), c(40, 4, 4))
  y <- rep(c("a", "b"), 20)
  fit <- feedforward(images, y, hidden_units = 3, epochs = 1)
  folder <- withr::local_tempdir()
  checkpoints <- checkpoints_of(folder = folder, {
    on <- continue_training(fit, images, y, epochs = 3, checkpoint = folder)
  })
  resumed <- resume_training(checkpoints[2], images, y)
  expect_identical(timeless(resumed), timeless(on))
})

test_that("checkpoints that could not be resumed are an error before training", {
  case <- training_case()
  folder <- file.path(withr::local_tempdir(), "never")
  by_formula <- feedforward(y ~ pmax(a, 0) + b, data = case$data, epochs = 1)
  refused <- function(fit) {
    expect_refusal(continue_training(fit, data = case$data, checkpoint = folder),
      c("`checkpoint` must be left out", "cannot write a model made with"), "feedforward_error")
    expect_false(dir.exists(folder))
  }
  refused(by_formula)
  expect_identical(nrow(continue_training(by_formula, data = case$data)$history), 2L)
  skip_without_recipes()
  refused(feedforward(recipes::recipe(y ~ ., data = case$data), data = case$data, epochs = 1))
})

test_that("another optimizer has its own rate and schedule", {
  fit <- same_seed(quick_fit(Species ~ ., data = iris))
  expect_identical(fit$options$rate_schedule$name, "cosine")
  further <- continue_training(fit, data = iris, epochs = 2, optimizer = "lbfgs")
  expect_identical(further$options$rate_schedule$name, "none")
  plain <- update(fit, data = iris, optimizer = "sgd")
  expect_identical(plain$options$rate_schedule$name, "none")
  expect_identical(plain$options$optimizer$learn_rate, 0.01)
  expect_identical(update(fit, data = iris, epochs = 1)$options$rate_schedule$name, "cosine")
})

test_that("several epochs are an error that names `epochs`", {
  x <- as.matrix(iris[1:4])
  fit <- same_seed(quick_fit(x, iris$Species))
  expect_says(continue_training(fit, x, iris$Species, epochs = c(1, 2)), "`epochs`")
  expect_says(continue_training(fit, x, iris$Species, epochs = Sys.Date()), "`epochs`")
})

test_that("`batch_size = NULL` is the default, as in feedforward()", {
  fit <- quick_fit(Species ~ ., iris, batch_size = 5)
  expect_identical(continue_training(fit, data = iris, batch_size = NULL)$options$batch_size, 15L)
})
