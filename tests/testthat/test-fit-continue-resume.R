# Resuming from the checkpoint of each epoch must give the same model, and the same state of the
# generator, as uninterrupted training.
expect_resumable <- function(...) {
  case <- training_case()
  folder <- withr::local_tempdir()
  set.seed(5)
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(case$x, case$y, ..., checkpoint = folder)
  })
  after <- runif(1)
  expect_gt(length(checkpoints), 1)
  for (checkpoint in checkpoints) {
    set.seed(99)
    resumed <- resume_training(checkpoint, case$x, case$y)
    expect_identical(runif(1), after)
    expect_identical(timeless(resumed), timeless(fit))
  }
  invisible(fit)
}

test_that("resumed training equals uninterrupted training", {
  for (precision in c("double", "single")) {
    expect_resumable(hidden_units = 6, epochs = 5, precision = precision)
    expect_resumable(
      hidden_units = c(6, 4), epochs = 6, precision = precision, dropout = c(0.3, 0.1),
      optimizer = optimizer_sgd(0.1, momentum = 0.9, nesterov = TRUE), validation = 0.2,
      rate_schedule = schedule_cosine(warm_up = 1.5), batch_size = 16
    )
  }
})

test_that("every optimizer and schedule can be resumed", {
  for (optimizer in setdiff(optimizer_names, "lbfgs")) {
    expect_resumable(hidden_units = 3, epochs = 3, optimizer = optimizer, clip_norm = 1)
  }
  for (schedule in schedule_names) {
    expect_resumable(hidden_units = 3, epochs = 3, rate_schedule = schedule)
  }
})

test_that("early stopping can be resumed, also after the last epoch", {
  fit <- expect_resumable(
    hidden_units = 8, epochs = 60, learn_rate = 0.1, validation = 0.3, stop_iter = 3
  )
  expect_identical(fit$stopped$reason, "no improvement")
  expect_lt(nrow(fit$history), 60)
})

test_that("checkpoints contain class weights and case weights", {
  weights <- hardhat::importance_weights(seq(0.1, 2, length.out = 120))
  expect_resumable(
    hidden_units = 3, epochs = 3, class_weights = "balanced", case_weights = weights,
    validation = 0.2, penalty = 0.01, mixture = 0.5
  )
})

test_that("checkpoints are written after every k-th epoch and the last epoch", {
  case <- training_case()
  folder <- withr::local_tempdir()
  set.seed(1)
  checkpoints <- checkpoints_of(folder = folder, {
    feedforward(case$x, case$y, epochs = 8, checkpoint = folder, checkpoint_every = 3)
  })
  expect_identical(basename(checkpoints), sprintf("epoch-%02d", c(3, 6, 8)))
  expect_identical(list_all(folder), "checkpoint.safetensors")
})

test_that("training on all kinds of data can be resumed", {
  skip_if_not_installed("Matrix")
  case <- training_case()
  images <- array(round(abs(case$x[, rep(1:5, 4)]) * 60), c(120, 4, 5))
  sparse <- Matrix::Matrix(case$x * (case$x > 1), sparse = TRUE)
  number <- case$x[, 1]^2
  both <- cbind(first = number, second = case$x[, 2])
  inputs <- list(
    list(case$x, number), list(case$x, both), list(case$x, both > 0.5), list(sparse, case$y),
    list(images, case$y), list(case$data[1:5], case$y), list(case$x, as.character(case$y))
  )
  for (input in inputs) {
    folder <- withr::local_tempdir()
    loss <- if (is.logical(input[[2]])) "binary_cross_entropy"
    set.seed(5)
    checkpoints <- checkpoints_of(folder = folder, {
      fit <- feedforward(input[[1]], input[[2]],
        epochs = 3, hidden_units = 3, checkpoint = folder, validation = 0.1, loss = loss
      )
    })
    resumed <- resume_training(checkpoints[1], input[[1]], input[[2]])
    expect_identical(timeless(resumed), timeless(fit))
  }
})

test_that("models made with a formula need only the data frame", {
  case <- training_case()
  folder <- withr::local_tempdir()
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(y ~ a + log(b^2) + c,
      data = case$data, epochs = 3, hidden_units = 3, checkpoint = folder
    )
  })
  resumed <- resume_training(checkpoints[1], data = case$data)
  expect_identical(resumed$parameters, fit$parameters)
  expect_identical(predict(resumed, case$data), predict(fit, case$data))
  expect_identical(resume_training(checkpoints[1], case$data)$parameters, fit$parameters)
  resumed <- resume_training(checkpoints[1], y ~ a + log(b^2) + c, data = case$data)
  expect_identical(resumed$parameters, fit$parameters)
  expect_refusal(resume_training(checkpoints[1], y ~ a + c, data = case$data),
    c("left out or be the model's own formula (`y ~ a + log(b^2) + c`)", "not `y ~ a + c`"),
    "feedforward_error")
})

test_that("a formula that the file cannot contain must be given again", {
  case <- training_case()
  folder <- withr::local_tempdir()
  formula <- y ~ pmax(a, 0) + b
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(formula, data = case$data, epochs = 3, hidden_units = 3, checkpoint = folder)
  })
  resumed <- resume_training(checkpoints[1], formula, data = case$data)
  expect_identical(resumed$parameters, fit$parameters)
  expect_identical(resumed$inputs, fit$inputs)
  expect_identical(predict(resumed, case$data), predict(fit, case$data))
  expect_refusal(resume_training(checkpoints[1], data = case$data),
    c("`x` must be the formula of the interrupted training", "resume_training(folder, formula"),
    "feedforward_error")
  expect_refusal(resume_training(checkpoints[1], formula, case$data),
    c("`data` must be given by name", "`data = `"), "feedforward_error")
})

test_that("a recipe must be given again", {
  skip_without_recipes()
  case <- training_case()
  recipe <- recipes::step_log(recipes::recipe(y ~ ., data = case$data), a, signed = TRUE)
  folder <- withr::local_tempdir()
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(recipe, data = case$data, epochs = 3, hidden_units = 3, checkpoint = folder)
  })
  resumed <- resume_training(checkpoints[1], recipe, data = case$data)
  expect_identical(resumed$parameters, fit$parameters)
  expect_identical(predict(resumed, case$data), predict(fit, case$data))
})

test_that("a validation set must be given again", {
  case <- training_case()
  folder <- withr::local_tempdir()
  apart <- list(case$x[1:30, ] + 0.1, case$y[1:30])
  names(apart) <- c("x", "y")
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(case$x, case$y,
      epochs = 4, validation = apart, stop_iter = 3, class_weights = "balanced",
      checkpoint = folder, learn_rate = 0.1
    )
  })
  resumed <- resume_training(checkpoints[2], case$x, case$y, validation = apart)
  expect_identical(timeless(resumed), timeless(fit))
  resume <- function(...) resume_training(checkpoints[2], case$x, case$y, ...)
  expect_refusal(resume(), "`validation` is missing", "feedforward_error")
  apart$x[7, 2] <- 0
  expect_refusal(resume(validation = apart), "`validation$x`", "feedforward_data_error")
})

test_that("a validation set can contain a class with weight 0", {
  case <- training_case()
  folder <- withr::local_tempdir()
  apart <- list(case$x[1:30, ], case$y[1:30])
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(case$x, case$y,
      epochs = 3, validation = apart, class_weights = c(low = 0), checkpoint = folder
    )
  })
  expect_identical(fit$n[["validation"]], sum(apart[[2]] != "low"))
  resumed <- resume_training(checkpoints[1], case$x, case$y, validation = apart)
  expect_identical(timeless(resumed), timeless(fit))
})

test_that("a new R process resumes with another generator and other threads", {
  case <- training_case()
  folder <- withr::local_tempdir()
  kind <- RNGkind()
  withr::defer(do.call(RNGkind, as.list(kind)))
  RNGkind("L'Ecuyer-CMRG", "Box-Muller", "Rounding") |> suppressWarnings()
  set.seed(3)
  checkpoints <- checkpoints_of(folder = folder, {
    fit <- feedforward(case$x, case$y,
      epochs = 4, dropout = 0.5, validation = 0.2, precision = "single", threads = 1,
      checkpoint = folder
    )
  })
  saveRDS(list(case = case, fit = fit), file.path(folder, "expected.rds"))
  lines <- run_in_fresh_r(args = character(), code = c(
    sprintf("folder <- %s", deparse(folder)),
    sprintf("checkpoint <- %s", deparse(checkpoints[2])),
    "expected <- readRDS(file.path(folder, \"expected.rds\"))",
    "case <- expected$case",
    "fit <- feedforward::resume_training(checkpoint, case$x, case$y, threads = 2)",
    "cat(identical(fit$parameters, expected$fit$parameters), RNGkind(), fit$best_epoch)"
  ))
  expect_identical(
    utils::tail(lines, 1), paste("TRUE L'Ecuyer-CMRG Box-Muller Rounding", fit$best_epoch)
  )
})

test_that("other data are an error", {
  case <- training_case()
  folder <- withr::local_tempdir()
  fit <- feedforward(case$x, case$y, epochs = 2, hidden_units = 3, checkpoint = folder)
  resume <- function(x = case$x, y = case$y, ...) resume_training(folder, x, y, ...)
  changed <- case$x
  changed[100, 3] <- changed[100, 3] + 1e-12
  swapped <- case$y
  swapped[1] <- setdiff(levels(swapped), swapped[1])[1]
  renamed <- factor(as.character(case$y), labels = c("a", "b", "c"))
  refused <- "feedforward_data_error"
  expect_refusal(resume(changed), "`x` has different values than when training began", refused)
  expect_refusal(resume(y = swapped), "`y` has different values than when training began", refused)
  expect_refusal(resume(case$x[-1, ], case$y[-1]), c("120 x 5", "119 x 5"), refused)
  expect_refusal(resume(case$x[120:1, ], case$y), "`x`", refused)
  expect_refusal(resume(y = renamed), "`y`", "feedforward_error")
  expect_refusal(resume(case$x[, 1:4]), "`x`", "feedforward_error")
  expect_refusal(resume(case$x, case$y[-1]), "`y`", "feedforward_error")
  expect_refusal(resume(validation = list(x = case$x, y = case$y)), "left out", "feedforward_error")
  expect_refusal(resume_training(folder, data = case$data), "`data`", "feedforward_error")
  expect_refusal(resume_training(folder, case$x), "`y` is missing", "feedforward_error")
  expect_refusal(resume(epochs = 10), c("`epochs`", "continue_training"),
    "feedforward_error")
  # Columns go by name, and numbers are numbers in any type.
  expect_identical(resume(case$x[, 5:1])$parameters, fit$parameters)
})

test_that("damaged and missing checkpoints are errors, and no code is run", {
  case <- training_case()
  folder <- withr::local_tempdir()
  feedforward(case$x, case$y, epochs = 2, hidden_units = 3, checkpoint = folder)
  path <- checkpoint_path(folder)
  bytes <- readBin(path, "raw", file.size(path))
  withr::local_seed(8)
  for (k in 1:40) {
    writeBin(mutate_bytes(bytes), path)
    expect_identical(outcome(resume_training(folder, case$x, case$y)), "refused")
  }
  expect_refusal(resume_training(withr::local_tempdir(), case$x, case$y),
    "There is no checkpoint in `folder`", "feedforward_error")
  expect_refusal(resume_training(NULL, case$x, case$y), "`folder`", "feedforward_error")
})

test_that("read_model() reads checkpoints, but a model is not a checkpoint", {
  case <- training_case()
  folder <- withr::local_tempdir()
  fit <- feedforward(case$x, case$y, epochs = 2, hidden_units = 3, checkpoint = folder)
  expect_identical(read_model(checkpoint_path(folder)), fit)
  write_model(fit, checkpoint_path(folder))
  expect_refusal(
    resume_training(folder, case$x, case$y), "no training state", "feedforward_file_error"
  )
})

test_that("checkpoints of newer versions are an error that says so", {
  case <- training_case()
  folder <- withr::local_tempdir()
  feedforward(case$x, case$y, epochs = 1, hidden_units = 3, checkpoint = folder)
  parts <- read_tensors(checkpoint_path(folder))
  parts$metadata$checkpoint$version <- checkpoint_version + 1L
  write_tensors(checkpoint_path(folder), parts$tensors, parts$metadata)
  expect_refusal(resume_training(folder, case$x, case$y), "newer", "feedforward_version_error")
})

test_that("a manipulated checkpoint is an error before C++ reads it", {
  case <- training_case()
  folder <- withr::local_tempdir()
  fit <- feedforward(case$x, case$y,
    epochs = 2, hidden_units = 3, validation = 0.2, checkpoint = folder,
    case_weights = hardhat::importance_weights(rep(1:2, 60))
  )
  path <- checkpoint_path(folder)
  truth <- read_tensors(path)
  lies <- list(
    state.epoch = 3, state.epoch = 0.5, state.epoch = c(1, 2), state.steps = -1,
    state.parameters = 1:3 + 0.5, state.optimizer.1 = 0.5, state.optimizer.3 = 1,
    state.order = 1:96 + 1000L, state.order = 1:3, state.best.epoch = 9,
    state.best.parameters = 0.5, state.best.loss = numeric(), state.history.loss = 1,
    data.rows = c(0L, 1L), data.rows = integer(), data.validation = 1000L,
    data.validation = integer(), data.validation = 1:24, data.weights = 1,
    data.weights = rep(-1, 120), data.weights = rep(NaN, 120), random_seed = c(99L, 1L),
    random_seed = c(10403L, 1L), random_seed = c(10303L, 1:626), random_seed = c(10405L, 1:626),
    random_seed = c(20403L, 1:626), random_seed = numeric()
  )
  set.seed(1)
  for (k in seq_along(lies)) {
    parts <- truth
    parts$tensors[names(lies)[k]] <- lies[k]
    write_tensors(path, parts$tensors, parts$metadata)
    expect_identical(outcome(resume_training(folder, case$x, case$y)), "refused")
    # R itself would look for a user-supplied generator and crash.
    expect_true(is.finite(rnorm(1)))
  }
  parts <- truth
  parts$tensors["state.steps"] <- -1
  write_tensors(path, parts$tensors, parts$metadata)
  expect_refusal(resume_training(folder, case$x, case$y),
    "has a training state whose element `steps` does not fit its model")
  parts <- truth
  parts$tensors[c("state.order", "data.rows")] <- list(integer())
  write_tensors(path, parts$tensors, parts$metadata)
  expect_identical(outcome(resume_training(folder, case$x, case$y)), "refused")
  for (name in c("state.order", "state.best.loss", "state.history.loss", "random_seed")) {
    write_tensors(path, truth$tensors[names(truth$tensors) != name], truth$metadata)
    expect_identical(outcome(resume_training(folder, case$x, case$y)), "refused")
  }
  for (batch_size in list(0L, "all", NULL)) {
    parts <- truth
    parts$metadata$model$options["batch_size"] <- list(batch_size)
    write_tensors(path, parts$tensors, parts$metadata)
    expect_identical(outcome(resume_training(folder, case$x, case$y)), "refused")
  }
  write_tensors(path, truth$tensors, truth$metadata)
  expect_identical(resume_training(folder, case$x, case$y)$parameters, fit$parameters)
})

test_that("manipulated weights of a validation set are an error before C++ reads them", {
  case <- training_case()
  folder <- withr::local_tempdir()
  set <- list(case$x[1:50, ], case$y[1:50])
  fit <- feedforward(case$x, case$y,
    epochs = 2, hidden_units = 3, validation = set, checkpoint = folder, class_weights = "balanced"
  )
  path <- checkpoint_path(folder)
  truth <- read_tensors(path)
  resume <- function() resume_training(folder, case$x, case$y, validation = set)
  expect_identical(resume()$parameters, fit$parameters)
  for (lie in list(1, rep(-1, 50), rep(NaN, 50), matrix(1, 50, 1), rep(1L, 50))) {
    parts <- truth
    parts$tensors$data.set_weights <- lie
    write_tensors(path, parts$tensors, parts$metadata)
    expect_identical(outcome(resume()), "refused")
  }
})
