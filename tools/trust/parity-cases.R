# The cases of parity.R. Each case is a call of feedforward() on small data. Optimizers,
# activations, losses and schedules come from the package's own lists, so that a new one is among
# them by itself; the run fails until parity.py, and the lists here, know it too.

ours <- asNamespace("feedforward")
rows <- 40L

all_cases <- function() {
  c(
    combinations(), penalties(), schedules(), clipping(), weights(), batches(), dropouts(),
    inputs(), shapes(), validations(), all_numbers(), single_precision(), minima()
  )
}

# `group` is a line of the table; `...` are arguments of feedforward() that are not as below.
# `copies` says how often the twin sees each row, `start_at_end` that it starts from the weights
# that the package ended with, `wrong_twins` that some are to be made of it.
case <- function(group, ..., loss = "squared_error", data = data_for(loss), copies = NULL,
                 start_at_end = FALSE, wrong_twins = FALSE) {
  arguments <- list(
    loss = loss, hidden_units = c(7, 5), activation = "tanh", optimizer = optimizer_adam(),
    rate_schedule = schedule_none(), epochs = 40, batch_size = rows, penalty = 0, mixture = 0,
    dropout = 0, clip_norm = Inf, standardize = is.double(data$x), precision = "double",
    validation = 0, threads = 1
  )
  if (loss == "quantile") arguments$quantile <- 0.8
  changed <- list(...)
  arguments[names(changed)] <- changed
  list(
    group = group, label = label_of(c(changed, loss = loss)), arguments = arguments, data = data,
    copies = copies, start_at_end = start_at_end, wrong_twins = wrong_twins
  )
}

label_of <- function(changed) {
  words <- vapply(changed, function(x) {
    if (is.list(x) && !is.null(x$name)) {
      return(ours$describe_setting(x))
    }
    if (length(x) > 5L || is.list(x)) "given" else paste(x, collapse = " ")
  }, "")
  paste(names(changed), words, collapse = ", ")
}

# Predictors, outcome and new predictors. The errors of the numbers have long tails, so that the
# losses that resist outliers see some.
data_for <- function(loss, inputs = 4L, n = rows) {
  set.seed(1)
  x <- matrix(rnorm(n * inputs, mean = 0.5), n)
  signal <- cbind(sin(x[, 1]), cos(x[, inputs]), 0.5)
  noise <- matrix(rt(n * 3, df = 3), n) / 3
  numbers <- signal[, 1:2] + noise[, 1:2]
  y <- switch(loss,
    cross_entropy = factor(max.col(signal + noise), labels = c("a", "b", "c")),
    binary_cross_entropy = numbers > 0,
    squared_error = ,
    absolute_error = ,
    quantile = ,
    huber = 20 + 5 * numbers,
    poisson = rpois(n, exp(1 + signal[, 1])),
    stop("no outcome for the loss ", loss, " in tools/trust/parity-cases.R", call. = FALSE)
  )
  list(x = x, y = y, new_x = matrix(rnorm(9 * inputs, mean = 0.5), 9))
}

# With the numbers that they have by themselves. What L-BFGS finds is compared in minima().
optimizers <- function() {
  names <- setdiff(ours$optimizer_names, "lbfgs")
  c(
    sapply(names, function(name) do.call(paste0("optimizer_", name), list()), simplify = FALSE),
    list(
      momentum = optimizer_sgd(momentum = 0.9),
      nesterov = optimizer_sgd(momentum = 0.9, nesterov = TRUE)
    )
  )
}

# The same with all numbers unlike the usual ones, and large enough to be felt.
tuned_optimizers <- function() {
  tuned <- list(
    sgd = optimizer_sgd(0.1),
    momentum = optimizer_sgd(0.05, momentum = 0.8),
    nesterov = optimizer_sgd(0.05, momentum = 0.8, nesterov = TRUE),
    rmsprop = optimizer_rmsprop(0.003, decay = 0.7, epsilon = 0.01),
    adam = optimizer_adam(0.02, beta1 = 0.8, beta2 = 0.95, epsilon = 0.01),
    adamw = optimizer_adamw(0.02, beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, weight_decay = 0.1)
  )
  complete(tuned, names(optimizers()), "tuned_optimizers")
}

tuned_schedules <- function() {
  tuned <- list(
    none = schedule_none(warm_up = 5.5),
    step = schedule_step(factor = 0.7, every = 3, warm_up = 2),
    exponential = schedule_exponential(decay = 0.1, warm_up = 3),
    inverse_time = schedule_inverse_time(decay = 0.3, warm_up = 4),
    cosine = schedule_cosine(final = 0.2, warm_up = 5)
  )
  complete(tuned, ours$schedule_names, "tuned_schedules")
}

complete <- function(tuned, wanted, where) {
  missing <- setdiff(wanted, names(tuned))
  if (length(missing)) {
    stop(toString(missing), " is not in ", where, "() of tools/trust/parity-cases.R", call. = FALSE)
  }
  tuned
}

# The cases that f(optimizer, second) makes of all pairs.
crossed <- function(f, first, second) {
  pairs <- expand.grid(i = seq_along(first), j = seq_along(second))
  Map(function(i, j) f(first[[i]], second[[j]]), pairs$i, pairs$j)
}

# Of inputs that are not centered: with those that are, some gradients of the linear network are
# exactly 0 but for rounding, which Adam and its kin, dividing by their size, make something of.
combinations <- function() {
  all <- optimizers()
  unlist(recursive = FALSE, lapply(names(all), function(name) {
    names <- list(activations = names(ours$activations), losses = names(ours$losses))
    crossed(first = names$activations, second = names$losses, function(activation, loss) {
      case(paste(name, "x activations x losses"),
        optimizer = all[[name]], activation = activation, loss = loss, standardize = FALSE
      )
    })
  }))
}

penalties <- function() {
  crossed(first = optimizers(), second = c(0, 0.3, 1), function(optimizer, mixture) {
    case("penalties", optimizer = optimizer, penalty = 0.02, mixture = mixture)
  })
}

schedules <- function() {
  usual <- lapply(ours$schedule_names, function(name) do.call(paste0("schedule_", name), list()))
  all <- c(usual, unname(tuned_schedules()))
  crossed(first = all, second = c(rows, 12L), function(schedule, batch_size) {
    case("schedules", rate_schedule = schedule, batch_size = batch_size)
  })
}

# Of always and of sometimes; with a penalty, which is part of what is clipped.
clipping <- function() {
  crossed(first = optimizers(), second = c(0.05, 1), function(optimizer, longest) {
    case("clip_norm", optimizer = optimizer, clip_norm = longest, penalty = 0.02)
  })
}

weights <- function() {
  set.seed(2)
  given <- rexp(rows)
  copies <- rep(c(1L, 3L, 0L, 2L), length.out = rows)
  for_class <- function(...) case("weights", loss = "cross_entropy", ...)
  frequency <- hardhat::frequency_weights(copies)
  of_classes <- c(a = 0.5, b = 2, c = 1)
  c(
    lapply(names(ours$losses), function(loss) case("weights", loss = loss, case_weights = given)),
    lapply(names(ours$losses), function(loss) {
      case("weights", loss = loss, case_weights = frequency, copies = copies)
    }),
    list(
      for_class(class_weights = of_classes),
      for_class(class_weights = "balanced"),
      for_class(class_weights = of_classes, case_weights = given),
      for_class(class_weights = of_classes, case_weights = given, batch_size = 12)
    )
  )
}

# The last batch of 12 has 4 rows; 39 leaves a last batch of 1.
batches <- function() {
  crossed(first = optimizers(), second = c(1, 12, 39), function(optimizer, size) {
    case("mini-batches", optimizer = optimizer, batch_size = size, epochs = 10)
  })
}

# Shares that are whole in binary, as the package keeps shares in steps of 1 / 65536.
dropouts <- function() {
  crossed(first = optimizers(), second = c(12, rows), function(optimizer, size) {
    case("dropout", optimizer = optimizer, dropout = c(0.25, 0.5), batch_size = size)
  })
}

inputs <- function() {
  data <- data_for("squared_error")
  as_kind <- function(f) utils::modifyList(data, list(x = f(data$x), new_x = f(data$new_x)))
  sparse <- function(x) Matrix::Matrix(x * (x > 1), sparse = TRUE)
  bytes <- function(x) array(as.raw(pmin(pmax(60 * x + 60, 0), 255)), dim(x))
  kinds <- lapply(list(sparse, bytes, function(x) x > 0.5), as_kind)
  c(
    crossed(first = kinds, second = optimizers(), function(data, optimizer) {
      case("sparse, raw, logical inputs", data = data, optimizer = optimizer, batch_size = 12)
    }),
    # Rows that are all 0 reach an activation as exactly 0, until biases move.
    lapply(names(ours$activations), function(activation) {
      case("rows of zeros", data = kinds[[1L]], activation = activation)
    })
  )
}

# More units and rows than the tiles and vectors of the kernels take at once, and fewer.
shapes <- function() {
  large <- data_for("cross_entropy", inputs = 37L, n = 301L)
  list(
    case("shapes", hidden_units = 0, standardize = FALSE),
    case("shapes", hidden_units = 1),
    case("shapes", hidden_units = c(6, 5, 4), activation = c("relu", "silu", "elu")),
    case("shapes", hidden_units = c(2, 9, 1, 3, 8), data = data_for("huber", inputs = 1L)),
    case("shapes",
      hidden_units = c(67, 33, 130), loss = "cross_entropy", data = large, batch_size = 128,
      epochs = 10, activation = c("relu", "tanh", "gelu"), threads = 2
    )
  )
}

# The weights are those of the best epoch, which need not be the last.
validations <- function() {
  crossed(first = optimizers(), second = names(ours$losses), function(optimizer, loss) {
    optimizer$learn_rate <- 3 * optimizer$learn_rate
    held_out <- data_for(loss, n = 60L)
    case("validation",
      loss = loss, optimizer = optimizer, batch_size = 12, validation = held_out[c("x", "y")]
    )
  })
}

# All that has numbers, at once. These cases also get twins that are wrong on purpose.
all_numbers <- function() {
  Map(function(optimizer, schedule) {
    case("everything at once",
      optimizer = optimizer, rate_schedule = schedule, penalty = 0.02, mixture = 0.3,
      clip_norm = 0.5, batch_size = 12, dropout = 0.25, loss = "cross_entropy",
      class_weights = c(a = 0.5, b = 2, c = 1), wrong_twins = TRUE
    )
  }, unname(tuned_optimizers()), unname(rep_len(tuned_schedules(), length(tuned_optimizers()))))
}

single_precision <- function() {
  crossed(first = tuned_optimizers(), second = names(ours$losses), function(optimizer, loss) {
    case("single precision", optimizer = optimizer, loss = loss, precision = "single")
  })
}

# Without hidden layers and with a penalty there is one minimum, which both find from the same
# start; with hidden layers the twin starts where L-BFGS of the package ended, and should stay.
minima <- function() {
  crossed(first = list(0, c(7, 5)), second = smooth_losses(), function(hidden_units, loss) {
    hidden <- length(hidden_units) > 1L
    case(if (hidden) "lbfgs, two hidden layers" else "lbfgs, no hidden layer",
      optimizer = optimizer_lbfgs(tolerance = 0), epochs = 20000, penalty = 0.02, loss = loss,
      hidden_units = hidden_units, start_at_end = hidden
    )
  })
}

# The absolute error has no gradient at its minimum.
smooth_losses <- function() setdiff(names(ours$losses), c("absolute_error", "quantile"))
