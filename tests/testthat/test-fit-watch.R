# The user's function `on_epoch`.

few <- list(x = as.matrix(iris[1:4]), y = iris$Species, hidden_units = 4, epochs = 6)

# Trains on `few`, with changes.
train <- function(...) {
  withr::local_seed(1)
  do.call(feedforward, utils::modifyList(few, list(...)))
}

# With these arguments, the second epoch is the best.
jumpy <- list(validation = 0.3, learn_rate = 1, rate_schedule = "none")

# Everything that must not depend on `on_epoch` or on the time.
lasting <- function(fit) {
  fit$history$seconds <- NULL
  fit
}

# Returns list(fit, records) of training with `f`, which gets list(...) of the records so far.
watch <- function(..., train_with = train, returns = function(record) NULL) {
  records <- list()
  fit <- train_with(..., on_epoch = function(record) {
    records[[length(records) + 1L]] <<- record
    returns(record)
  })
  list(fit = fit, records = records)
}

test_that("a record has the columns of the history, and what is planned", {
  for (args in list(
    list(validation = 0.2), list(optimizer = "lbfgs"), list(y = iris[[1]] * iris[[4]], precision = "single")
  )) {
    seen <- do.call(watch, args)
    columns <- lapply(seen$records, function(record) record[c("epoch", history_columns)])
    expect_equal(do.call(rbind, lapply(columns, as.data.frame)), seen$fit$history)
    others <- setdiff(names(seen$records[[1]]), names(seen$fit$history))
    expect_identical(others, c("elapsed", "epochs", "model"))
    expect_identical(seen$records[[1]]$epochs, 6L)
    expect_false(is.unsorted(vapply(seen$records, `[[`, 1, "elapsed")))
  }
})

test_that("model() is the model that training would return after this epoch", {
  model_at <- function(epoch, ...) {
    model <- NULL
    train(..., on_epoch = function(record) if (record$epoch == epoch) model <<- record$model())
    model
  }
  for (args in list(
    list(), jumpy, list(optimizer = "lbfgs"),
    list(precision = "single", threads = 2)
  )) {
    fit <- do.call(train, args)
    expect_identical(lasting(do.call(model_at, c(6, args))), lasting(fit))
    stopped <- do.call(watch, c(args, returns = function(record) record$epoch < 3))$fit
    stopped["stopped"] <- list(NULL)
    expect_identical(lasting(do.call(model_at, c(3, args))), lasting(stopped))
  }
  late <- watch()$records[[2]]$model
  expect_refusal(late(), "only works while `on_epoch` runs", "feedforward_error")
})

test_that("on_epoch never changes the network or the random numbers", {
  # Draws, trains another network, and changes the kind of the generator.
  busy <- function(record) {
    runif(3)
    RNGkind("Wichmann-Hill")
    feedforward(matrix(rnorm(20), 10), 1:10, epochs = 2, hidden_units = 2)
    model <- record$model()
    model$parameters$W1[1] <- 9
    TRUE
  }
  with_draws <- function(...) {
    set.seed(1)
    fit <- do.call(feedforward, utils::modifyList(few, list(...)))
    list(lasting(fit), runif(2))
  }
  withr::local_preserve_seed()
  for (args in list(list(dropout = 0.2, validation = 0.2), list(optimizer = "lbfgs"))) {
    expect_identical(
      do.call(with_draws, c(args, on_epoch = busy)), do.call(with_draws, args)
    )
  }
  expect_false("on_epoch" %in% names(train(on_epoch = busy)$options))
})

test_that("FALSE, and only FALSE, stops training after this epoch", {
  fit <- expect_silent(watch(returns = function(record) record$epoch < 4)$fit)
  expect_identical(fit$stopped, list(epoch = 4, batch = 10, reason = "on_epoch returned FALSE"))
  expect_identical(fit$best_epoch, 4)
  expect_output(print(fit), "Stopped at epoch 4: on_epoch returned FALSE", fixed = TRUE)
  named <- train(on_epoch = function(record) c(stop = FALSE))
  expect_identical(named$stopped$epoch, 1)
  whole <- train(on_epoch = function(record) if (record$epoch > 1) NA else list(FALSE))
  expect_null(whole$stopped)
  # The weights of the best epoch, as with early stopping.
  fit <- do.call(watch, c(jumpy, returns = function(record) record$epoch < 5))$fit
  expect_identical(fit$best_epoch, 2)
  expect_identical(nrow(fit$history), 5L)
  fit <- watch(optimizer = "lbfgs", returns = function(record) record$epoch < 2)$fit
  expect_identical(fit$stopped$epoch, 2)
  expect_identical(nrow(fit$history), 2L)
  file <- withr::local_tempfile()
  write_model(fit, file)
  expect_identical(read_model(file)$stopped, fit$stopped)
})

test_that("an error in on_epoch keeps the model, and says what happened", {
  fails <- function(at) function(record) if (record$epoch == at) stop("no more ink")
  for (at in c(2, 6)) {
    cnd <- expect_warning(fit <- train(on_epoch = fails(at)),
      class = "feedforward_on_epoch_failed")
    expect_s3_class(cnd, "feedforward_interrupted")
    expect_match(conditionMessage(cnd), sprintf("`on_epoch` failed after epoch %d", at))
    expect_identical(conditionMessage(cnd$parent), "no more ink")
    expect_identical(fit$stopped$reason, "on_epoch failed: no more ink")
    expect_identical(nrow(fit$history), as.integer(at))
    same <- watch(returns = function(record) record$epoch < at)$fit
    expect_identical(fit$parameters, same$parameters)
  }
  expect_warning(fit <- train(optimizer = "lbfgs", on_epoch = fails(3)), "after epoch 3")
  expect_identical(nrow(fit$history), 3L)
  # An error of this package, too, which elsewhere puts the generator back.
  expect_warning(train(on_epoch = function(record) predict(1, 2, 3)), "failed after epoch 1")
  expect_warning(fit <- train(on_epoch = function(record) {
    rlang::interrupt()
  }), "interrupted at epoch 1")
  expect_identical(fit$stopped$reason, "interrupted")
})

test_that("an interrupt at any moment around on_epoch keeps the model", {
  # On Windows, the signal ends the process.
  skip_on_os("windows")
  moments <- c("seconds_now", "epoch_row", "set_seed_state")
  for (moment in moments) {
    original <- get(moment, asNamespace("feedforward"))
    due <- FALSE
    interrupts <- function(...) {
      value <- original(...)
      if (due) {
        due <<- FALSE
        tools::pskill(Sys.getpid(), tools::SIGINT)
        # R looks for the signal in between.
        for (k in 1:5000) identity(k)
      }
      value
    }
    f <- function(record) {
      due <<- record$epoch == 2
      NULL
    }
    expect_warning(
      kept <- tryCatch(with_replaced(moment, interrupts, train(on_epoch = f)),
        interrupt = function(cnd) moment
      ), "interrupted at epoch [234]",
      class = "feedforward_interrupted"
    )
    expect_s3_class(kept, "feedforward")
  }
})

test_that("L-BFGS inside L-BFGS is refused, also after a jump out of it", {
  inside <- function(code) function(record) if (record$epoch == 2) code()
  again <- function() feedforward(few$x, few$y, optimizer = "lbfgs", epochs = 2)
  average <- function() {
    feedforward_cv(few$x, few$y, candidates = list(list(optimizer = "lbfgs")), folds = 2)
  }
  plain <- train(optimizer = "lbfgs")
  for (code in list(again, average)) {
    cnd <- expect_warning(fit <- train(optimizer = "lbfgs", on_epoch = inside(code)), "epoch 2")
    expect_s3_class(cnd$parent, "feedforward_error")
    expect_match(conditionMessage(cnd$parent), "cannot run inside another.*such as .*adam")
    expect_identical(nrow(fit$history), 2L)
    # The search that was refused has not freed the way for a third.
    tried <- function(record) try(again(), silent = TRUE)
    fit <- train(optimizer = "lbfgs", on_epoch = tried)
    expect_identical(lasting(fit), lasting(plain))
  }
  tryCatch(train(optimizer = "lbfgs", on_epoch = function(r) warning("out")), warning = identity)
  expect_identical(lasting(train(optimizer = "lbfgs")), lasting(plain))
  expect_silent(train(on_epoch = inside(again)))
})

test_that("messages, warnings and jumps of on_epoch reach the user's handlers", {
  expect_identical(length(capture_messages(train(on_epoch = function(r) message(r$epoch)))), 6L)
  expect_warning(train(epochs = 1, on_epoch = function(record) warning("hm")), "hm")
  before <- count_threads()
  for (optimizer in c("adam", "lbfgs")) {
    got <- tryCatch(
      train(optimizer = optimizer, threads = 2, on_epoch = function(record) warning("out")),
      warning = function(cnd) "out of training"
    )
    expect_identical(got, "out of training")
  }
  pointer <- NULL
  tryCatch(train(on_epoch = function(record) {
    pointer <<- environment(record$model)$values$so_far
    warning("out")
  }), warning = identity)
  expect_identical(pointer, methods::new("externalptr"))
  expect_true(threads_are_back(before))
})

test_that("training that goes on is watched, too", {
  fit <- train()
  again <- function(...) {
    withr::local_seed(2)
    continue_training(fit, few$x, few$y, epochs = 3, ...)
  }
  seen <- watch(train_with = again, returns = function(record) {
    if (record$epoch == 2) expect_identical(record$model()$history$epoch, 1:8)
  })
  expect_identical(lasting(seen$fit), lasting(again()))
  expect_identical(vapply(seen$records, `[[`, 1L, "epoch"), 1:3)
  expect_identical(again(on_epoch = function(record) FALSE)$stopped$epoch, 7)

  folder <- withr::local_tempdir()
  stopped <- train(checkpoint = folder, on_epoch = function(record) record$epoch < 3)
  expect_identical(nrow(stopped$history), 3L)
  resume <- function(...) resume_training(folder, few$x, few$y, ...)
  seen <- watch(train_with = resume)
  expect_identical(vapply(seen$records, `[[`, 1L, "epoch"), 4:6)
  expect_identical(seen$fit$parameters, fit$parameters)
})

test_that("the last word of a function comes before the warning, and an interrupt keeps the model", {
  said <- character()
  ends <- structure(function(record) stop("ink"), at_end = function(model) {
    said <<- c(said, "last word")
    rlang::interrupt()
  })
  Y <- to_categorical(iris$Species)
  for (code in list(
    function() train(on_epoch = ends),
    function() train_nn(few$x, Y, init_nn(4, 3, 3), verbose = FALSE, on_epoch = ends)
  )) {
    said <- character()
    fit <- withCallingHandlers(tryCatch(code(), interrupt = function(cnd) "lost"),
      feedforward_interrupted = function(cnd) {
        said <<- c(said, conditionMessage(cnd))
        tryInvokeRestart("muffleWarning")
      }
    )
    expect_identical(said[1], "last word")
    expect_match(said[2], "`on_epoch` was interrupted after training.*not affected")
    expect_match(said[3], "`on_epoch` failed after epoch 1")
    expect_length(said, 3L)
    expect_s3_class(fit, c("feedforward", "two_layer_nn")[1 + !is.null(fit$loss_history)])
  }
})

test_that("train_nn() is watched, and stops", {
  Y <- to_categorical(iris$Species)
  script <- function(...) {
    withr::local_seed(1)
    train_nn(few$x, Y, init_nn(4, 3, 3), epochs = 4, verbose = FALSE, ...)
  }
  models <- list()
  seen <- watch(train_with = script, returns = function(record) {
    models[[record$epoch]] <<- record$model()
  })
  expect_identical(models[[4]], script())
  expect_identical(seen$fit, script())
  expect_identical(vapply(seen$records, `[[`, 1, "loss"), seen$fit$loss_history)
  fit <- expect_silent(script(on_epoch = function(record) record$epoch < 2))
  expect_identical(fit[-6], models[[2]][1:5], ignore_attr = TRUE)
  expect_output(print(fit), "Stopped at epoch 2: on_epoch returned FALSE$")
  expect_warning(fit <- script(on_epoch = function(record) stop("ink")), "failed after epoch 1")
  expect_length(fit$loss_history, 1L)
  expect_output(print(fit), "Stopped at epoch 1, batch 2: on_epoch failed: ink$")
})

test_that("on_epoch must be a function of one argument", {
  x <- few$x
  y <- few$y
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(feedforward(x, y, on_epoch = "print"), "`on_epoch` must be a function of one argument")
  refused(feedforward(x, y, on_epoch = function() 1), "not a function without arguments")
  # Before training, and without another warning.
  expect_silent(refused(feedforward(x, y, on_epoch = `if`), "a function without arguments"))
  refused(feedforward(x, y, on_epoch = function(record, plot) 1), "one that also needs `plot`")
  refused(feedforward(x, y, on_epoch = function(..., model) 1), "one that also needs `model`")
  refused(feedforward(x, y, on_epoch = live_plot), "parentheses? Use `live_plot()`")
  for (f in list(invisible, function(record, ...) NULL, function(...) NULL, function(r, k = 1) NULL)) {
    expect_silent(feedforward(x, y, epochs = 1, on_epoch = f))
  }
  refused(feedforward(x, y, callbacks = 1), "Did you mean `on_epoch`")
  refused(feedforward_cv(x, y, on_epoch = identity), "a single network")
  candidates <- list(list(on_epoch = identity))
  refused(feedforward_cv(x, y, candidates = candidates), "cannot set `on_epoch`")
})
