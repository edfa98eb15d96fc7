# Calls every function that enters C++ while R collects its garbage after every 100th allocation
# (every 10th for the functions of the script, which allocate little). R then removes objects that
# C++ uses without protection. The results must be the same as without torture.
library(feedforward)
source("tools/trust/record.R")

# The errors of these calls. Any other error means that a call tests nothing.
meant_to_fail <- c(refused = "has a missing value", diverged = "Training diverged")

main <- function() {
  started <- proc.time()[["elapsed"]]
  same <- c(
    are_unmoved(script_calls(), step = 10L),
    are_unmoved(c(calls_for_all_inputs(), fitting_calls(), file_calls()), step = 100L)
  )
  seconds <- proc.time()[["elapsed"]] - started
  cat(sprintf("%d calls, %d not as without torture, %.0f s\n", length(same), sum(!same), seconds))
  record_figures("torture", c(calls = length(same), different = sum(!same), s = round(seconds)))
  quit(status = as.integer(!all(same)))
}

are_unmoved <- function(calls, step) {
  vapply(names(calls), function(name) is_unmoved(name, calls[[name]], step), TRUE)
}

# Whether call() gives the same under torture; twice before, so that what is done once in a
# session is done.
is_unmoved <- function(name, call, step) {
  started <- proc.time()[["elapsed"]]
  expected <- value_of(call)
  if (!is_as_meant(name, expected)) {
    stop(name, if (expected$failed) paste(" fails:", expected$value) else " should fail")
  }
  if (!identical(value_of(call), expected)) stop(name, " gives another result each time")
  gctorture2(step = step)
  on.exit(gctorture2(step = 0L))
  result <- value_of(call)
  gctorture2(step = 0L)
  same <- identical(result, expected)
  seconds <- proc.time()[["elapsed"]] - started
  cat(sprintf("%-28s %s, %.1f s\n", name, if (same) "identical" else "DIFFERENT", seconds))
  same
}

is_as_meant <- function(name, result) {
  if (!name %in% names(meant_to_fail)) {
    return(!result$failed)
  }
  result$failed && grepl(meant_to_fail[[name]], result$value)
}

# Errors and warnings count as results too; the time that training took does not.
value_of <- function(call) {
  set.seed(7)
  warnings <- NULL
  failed <- FALSE
  value <- withCallingHandlers(
    tryCatch(call(), error = function(e) {
      failed <<- TRUE
      conditionMessage(e)
    }),
    warning = function(w) {
      warnings <<- c(warnings, conditionMessage(w))
      invokeRestart("muffleWarning")
    }
  )
  list(value = without_seconds(value), warnings = warnings, failed = failed)
}

without_seconds <- function(x) {
  if (is.list(x) && is.data.frame(x$history)) x$history$seconds <- NULL
  x
}

# As every kind of matrix that C++ reads; values of 0 .. 255 so that all may hold the same.
inputs_of_all_kinds <- function() {
  set.seed(3)
  whole <- matrix(sample(0:255, 40 * 6, replace = TRUE) * stats::rbinom(40 * 6, 1, 0.5), 40)
  storage.mode(whole) <- "integer"
  bytes <- whole
  mode(bytes) <- "raw"
  list(
    double = whole / 255, integer = whole, logical = whole > 0, raw = bytes,
    sparse = Matrix::Matrix(whole / 255, sparse = TRUE), data_frame = as.data.frame(whole / 255)
  )
}

classes <- factor(rep(c("a", "b", "c", "b"), 10))

script_calls <- function() {
  set.seed(4)
  start <- init_nn(6, 5, 3)
  Y <- to_categorical(classes)
  each <- lapply(inputs_of_all_kinds()[c("double", "integer", "raw", "sparse")], function(x) {
    x <- x
    list(
      forward = function() forward(x, start),
      backward = function() backward(x, Y, start),
      predict_nn = function() predict_nn(x, start),
      train_nn = function() {
        train_nn(x, Y, start, epochs = 2, batch_size = 16, verbose = FALSE, threads = 2)
      },
      train_nn_single = function() {
        train_nn(x, Y, start, epochs = 2, batch_size = 16, verbose = FALSE, precision = "single")
      }
    )
  })
  c(
    unlist(each, recursive = FALSE),
    list(
      sigmoid = function() sigmoid(c(a = -1, b = 0, c = 2)),
      softmax = function() softmax(matrix(1:6 / 3, 2)),
      cross_entropy = function() cross_entropy(Y, softmax(Y)),
      verbose = function() utils::capture.output(train_nn(Y, Y, init_nn(3, 2, 3), epochs = 3))
    )
  )
}

few <- function(x, y, ...) feedforward(x, y, ..., hidden_units = 3, epochs = 2)

calls_for_all_inputs <- function() {
  kinds <- lapply(inputs_of_all_kinds(), function(x) {
    function() {
      fit <- few(x, classes)
      list(fit = without_seconds(fit), new = predict(fit, x, type = "prob"))
    }
  })
  names(kinds) <- paste0("feedforward.", names(kinds))
  kinds
}

fitting_calls <- function() {
  x <- inputs_of_all_kinds()$double
  list(
    refused = function() forward(matrix(c(1, NA), 1, 6), init_nn(6, 5, 3)),
    optimizers = function() {
      lapply(c("sgd", "rmsprop", "adam", "adamw", "lbfgs"), function(optimizer) {
        few(x, x[, 1], optimizer = optimizer)$parameters
      })
    },
    labels_dropout_penalty = function() {
      few(x, x[, 1:2] > 0.3, dropout = 0.4, penalty = 0.01, mixture = 0.5, clip_norm = 1)
    },
    validation_weights = function() {
      few(x, classes, validation = 0.25, class_weights = c(a = 2, b = 1, c = 1), stop_iter = 1)
    },
    validation_set = function() {
      few(x, classes, validation = list(x = x[1:9, ], y = classes[1:9]))
    },
    formula_predict = function() {
      fit <- feedforward(Species ~ ., iris[c(1:9, 51:59, 101:109), ], hidden_units = 2, epochs = 1)
      list(predict(fit, iris[1:3, ]), predict(fit, iris[1:3, ], type = "hidden"))
    },
    link = function() predict(few(x, classes), x, type = "link"),
    diverged = function() few(x, x[, 1], optimizer = "sgd", learn_rate = 1e300),
    images = function() few(array(x, c(40, 2, 3)), classes)
  )
}

file_calls <- function() {
  x <- inputs_of_all_kinds()$double
  list(
    continue = function() {
      fit <- feedforward(x, classes, hidden_units = 3, epochs = 1)
      continue_training(fit, x, classes, epochs = 1)
    },
    resume = function() {
      folder <- tempfile()
      on.exit(unlink(folder, recursive = TRUE))
      feedforward(x, classes, hidden_units = 3, epochs = 2, checkpoint = folder)
      resume_training(folder, x, classes)[c("parameters", "best_epoch")]
    }
  )
}

main()
