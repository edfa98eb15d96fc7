# What is refused of the options of training. What has to do with the data (outcome, weights,
# a given validation set) is checked where the data are.

# `options`, a list with the arguments of feedforward() by name, checked and made uniform: one
# activation and dropout per hidden layer, optimizer and schedule as objects, whose rate is
# the argument `learn_rate` where one was given. What comes out can go in again.
check_options <- function(options) {
  layers <- check_hidden_units(options[["hidden_units"]])
  optimizer <- check_optimizer(options[["optimizer"]], options[["learn_rate"]])
  validation <- check_validation_share(options[["validation"]])
  checked <- list(
    hidden_units = layers,
    activation = check_activation(options[["activation"]], length(layers)),
    loss = check_optional(options[["loss"]], check_name, "loss", names(losses),
      elsewhere = losses_elsewhere
    ),
    quantile = check_quantile(options[["quantile"]], options[["loss"]]),
    optimizer = optimizer,
    learn_rate = NULL,
    epochs = check_count(options[["epochs"]], "epochs", min = 0L),
    batch_size = check_optional(options[["batch_size"]], check_count, "batch_size"),
    rate_schedule = check_schedule(options[["rate_schedule"]], optimizer),
    penalty = check_number(options[["penalty"]], "penalty", min = 0),
    mixture = check_number(options[["mixture"]], "mixture", min = 0, max = 1),
    dropout = check_dropout(options[["dropout"]], length(layers)),
    clip_norm = check_limit(options[["clip_norm"]], "clip_norm"),
    validation = validation,
    stop_iter = check_stop_iter(options[["stop_iter"]], validation),
    standardize = check_optional(options[["standardize"]], check_flag, "standardize")
  )
  checked <- c(checked, check_running(options))
  if (optimizer$name == "lbfgs") check_lbfgs(checked)
  # Those that are checked beside the data come last, as they are.
  others <- options[setdiff(names(options), names(checked))]
  c(checked, others)
}

# How training runs and what it tells, not what it learns.
check_running <- function(options) {
  list(
    threads = thread_count(options[["threads"]]),
    precision = check_name(options[["precision"]], "precision", precision_names,
      elsewhere = precisions_elsewhere
    ),
    checkpoint = check_optional(options[["checkpoint"]], check_string, "checkpoint"),
    checkpoint_every = check_count(options[["checkpoint_every"]], "checkpoint_every"),
    verbose = check_flag(options[["verbose"]], "verbose"),
    progress = check_flag(options[["progress"]], "progress")
  )
}

# What C++ reads of checked options.
training_options <- function(options) {
  c(
    options[c(
      "epochs", "batch_size", "threads", "precision", "penalty", "mixture", "clip_norm", "stop_iter"
    )],
    list(
      # L-BFGS finds its own.
      learn_rate = if (is.null(options$optimizer$learn_rate)) 1 else options$optimizer$learn_rate,
      optimizer = plain_setting(options$optimizer),
      schedule = plain_setting(options$rate_schedule)
    )
  )
}

# An optimizer or schedule as its name and numbers of type double.
plain_setting <- function(x) c(list(name = x$name), lapply(unclass(x)[-1L], as.double))

check_optional <- function(x, check, ...) {
  if (!is.null(x)) check(x, ...)
}

# Whole numbers, one per layer; none, or 0, for a network without hidden layers.
check_hidden_units <- function(x) {
  if (is.null(x)) {
    return(integer())
  }
  wanted <- "whole numbers of at least 1, one per hidden layer, or 0 for no hidden layer"
  if (!is.numeric(x) || is.object(x) || !is.null(dim(x))) {
    stop_input("hidden_units", wanted, describe(x))
  }
  if (length(x) == 0L || identical(as.double(x), 0)) {
    return(integer())
  }
  check_all(is.finite(x) & x == round(x) & x >= 1, x, "hidden_units", wanted)
  most <- .Machine$integer.max
  wanted <- sprintf("whole numbers of at most %d", most)
  check_all(x <= most, x, "hidden_units", wanted)
  as.integer(x)
}

# One activation for all hidden layers, or one for each.
check_activation <- function(x, layers) {
  if (!is.character(x) || !(length(x) %in% c(1L, layers))) {
    wanted <- "one name"
    if (layers > 1L) wanted <- sprintf("%s, or %d, one per hidden layer", wanted, layers)
    stop_input("activation", wanted, describe(x))
  }
  for (name in unique(x)) {
    check_name(name, "activation", names(activations), elsewhere = activations_elsewhere)
  }
  if (length(x) == layers) as.vector(x) else rep(as.vector(x), layers)
}

# The quantile that the loss of this name aims at, NULL for other losses.
check_quantile <- function(x, loss) {
  if (!identical(loss, "quantile")) {
    if (!is.null(x)) {
      stop_feedforward("{.arg quantile} is only used with {.code loss = \"quantile\"}.",
        i = "Add {.code loss = \"quantile\"}, or leave {.arg quantile} out."
      )
    }
    return(NULL)
  }
  if (is.null(x)) {
    return(0.5)
  }
  if (!is_quantile(x)) {
    stop_feedforward("{.arg quantile} must be a number between 0 and 1, not {describe(x)}.",
      i = "Fit one model for each quantile."
    )
  }
  as.double(x)
}

is_quantile <- function(x) is_one_number(x) && x > 0 && x < 1

check_dropout <- function(x, layers) {
  wanted <- "from 0 to less than 1: the share of units left out"
  if (!is.numeric(x) || is.object(x) || !(length(x) %in% c(1L, layers))) {
    count <- if (layers > 1L) sprintf("one number or %d, one per layer,", layers) else "one number"
    stop_input("dropout", paste(count, wanted), describe(x))
  }
  check_all(!is.na(x) & x >= 0 & x < 1, x, "dropout", wanted)
  if (layers == 0L && any(x > 0)) {
    stop_input("dropout", "0 for a network without hidden layers", describe(x),
      hint = "Units of hidden layers are left out, never inputs."
    )
  }
  if (length(x) == layers) as.double(x) else rep(as.double(x), layers)
}

# A number above 0, or Inf for no limit.
check_limit <- function(x, arg) {
  if (!is_one_number(x) || x <= 0) {
    stop_input(arg, "one number above 0, or Inf for no limit", describe(x))
  }
  as.double(x)
}

# A share; a given validation set is checked against the data.
check_validation_share <- function(x) {
  refuse_table_elsewhere(x, "validation")
  if (is.list(x)) {
    return(x)
  }
  if (!is_share(x)) {
    stop_input("validation", "a share from 0 to less than 1, or data: list(x, y) or a data frame",
      describe(x),
      hint = "0.1 keeps a tenth of the rows for validation."
    )
  }
  as.double(x)
}

check_stop_iter <- function(x, validation) {
  whole <- is_one_number(x) && x >= 1 && x == round(x)
  if (!whole) {
    stop_input("stop_iter", "one whole number of at least 1, or Inf for never", describe(x))
  }
  if (is.finite(x) && identical(validation, 0)) {
    stop_input("stop_iter", "Inf where there are no validation data", describe(x),
      hint = "With `validation = 0.1`, a tenth of the rows decides when to stop."
    )
  }
  as.double(x)
}

# An optimizer, from its name or an object, with the rate given beside it. The object is made
# anew from its numbers: someone may have changed them.
check_optimizer <- function(x, learn_rate) {
  x <- check_setting(x, "optimizer", "optimizer", optimizer_names, optimizers_elsewhere)
  if (is.null(learn_rate)) {
    return(x)
  }
  if (x$name == "lbfgs") {
    stop_input("learn_rate", "left out with `optimizer_lbfgs()`", describe(learn_rate),
      hint = "A line search finds how far each step goes."
    )
  }
  x$learn_rate <- check_rate(learn_rate)
  x
}

# The rules that divide by the size of the gradient do not slow down by themselves.
check_schedule <- function(x, optimizer) {
  if (is.null(x)) x <- if (optimizer$name %in% c("sgd", "lbfgs")) "none" else "cosine"
  check_setting(x, "rate_schedule", "schedule", schedule_names)
}

# An object of one of the functions <kind>_<name>(), from its name or itself.
check_setting <- function(x, arg, kind, choices, elsewhere = NULL) {
  if (is.character(x)) {
    return(do.call(paste0(kind, "_", check_name(x, arg, choices, elsewhere)), list()))
  }
  known <- is.list(x) && inherits(x, paste0("feedforward_", kind)) && rlang::is_string(x$name) &&
    x$name %in% choices
  if (!known) {
    stop_input(arg, sprintf("a name, or what a function %s_*() returns", kind), describe(x),
      hint = if (is.function(x)) "Call the function: with brackets."
    )
  }
  constructor <- paste0(kind, "_", x$name)
  numbers <- unclass(x)[names(x) != "name"]
  wanted <- names(formals(constructor))
  if (!identical(sort(names(numbers)), sort(wanted))) {
    stop_input(arg, sprintf("as %s() returns it: with %s", constructor, toString(wanted)),
      toString(names(numbers))
    )
  }
  do.call(constructor, numbers)
}

# What a smooth full-batch method cannot do.
check_lbfgs <- function(options) {
  refuse <- function(arg, wanted, got, hint = NULL) {
    stop_input(arg, paste(wanted, "with `optimizer_lbfgs()`"), got, hint = hint)
  }
  if (any(options$dropout > 0)) refuse("dropout", "0", toString(number_text(options$dropout)))
  if (!identical(options$rate_schedule, schedule_none())) {
    refuse("rate_schedule", "\"none\"", describe_setting(options$rate_schedule))
  }
  if (is.finite(options$clip_norm)) refuse("clip_norm", "Inf", describe(options$clip_norm))
  if (options$penalty > 0 && options$mixture > 0) {
    refuse("mixture", "0", describe(options$mixture),
      hint = "The L1 penalty has a kink at 0, where no curvature can be estimated."
    )
  }
  if (options$precision == "single") refuse("precision", "\"double\"", "the string \"single\"")
  if (!is.null(options$checkpoint)) refuse("checkpoint", "NULL", describe(options$checkpoint))
}

# R's lbfgsb() counts the numbers that it keeps in 32 bits, and does not notice where they overflow.
check_lbfgs_memory <- function(optimizer, parameters) {
  n <- sum(lengths(parameters))
  m <- as.double(optimizer$memory)
  if (optimizer$name == "lbfgs" && 2 * m * n + 4 * n + 11 * m^2 + 8 * m > most_numbers) {
    stop_input("optimizer", sprintf("one that can train %.0f parameters", n),
      sprintf("optimizer_lbfgs(memory = %.0f), which would keep more than 2^31 numbers", m),
      hint = "A smaller `memory` keeps less."
    )
  }
}

check_rate <- function(x) {
  check_number(x, "learn_rate", min = 0, open = TRUE)
}

# One number from 0 to less than 1.
check_share <- function(x, arg) {
  if (!is_share(x)) {
    stop_input(arg, "one number from 0 to less than 1", describe(x))
  }
  as.double(x)
}

is_share <- function(x) is_one_number(x) && x >= 0 && x < 1

# One of a few names; a hint for what looks like a slip of the keyboard, or is one of the names
# of `elsewhere`, whose values are ours.
check_name <- function(x, arg, choices, elsewhere = NULL) {
  if (rlang::is_string(x) && x %in% choices) {
    return(as.vector(x))
  }
  wanted <- paste("one of", paste(encodeString(choices, quote = "\""), collapse = ", "))
  near <- if (rlang::is_string(x)) similar_name(x, choices, elsewhere)
  hint <- if (length(near)) sprintf("Did you mean \"%s\"?", near)
  stop_input(arg, wanted, describe(x), hint = hint)
}

similar_name <- function(name, choices, elsewhere) {
  if (!is_text(name)) {
    return(NULL)
  }
  letters_of <- function(x) gsub("[^a-z0-9]", "", tolower(x))
  known <- match(letters_of(name), letters_of(names(elsewhere)))
  if (is.na(known)) nearest_name(name, choices) else elsewhere[[known]]
}

# The one of `choices` that differs from `name` in no more than a third of its letters;
# nothing where none does.
nearest_name <- function(name, choices) {
  if (!is_text(name) || nchar(name) > 100L) {
    return(NULL)
  }
  distance <- drop(utils::adist(name, choices, ignore.case = TRUE))
  near <- which.min(distance)
  if (distance[near] <= max(1, nchar(name) / 3)) choices[near]
}

# The first element of x that is not `ok` is named.
check_all <- function(ok, x, arg, wanted) {
  bad <- which(!ok)
  if (length(bad) == 0L) {
    return(x)
  }
  place <- if (length(x) > 1L) sprintf(" in %s[%d]", arg, bad[1L]) else ""
  stop_input(arg, wanted, paste0(describe(x[[bad[1L]]]), place))
}
