# Checks the options of training. Whatever depends on the data (outcome, weights, a given
# validation set) is checked where the data are read.

# Checks `options`, a list of the arguments of feedforward(), and makes them uniform: one activation
# and dropout per hidden layer, optimizer, and schedule as objects. A given `learn_rate` becomes the
# optimizer's. The result passes the checks again.
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
  checked["encoding"] <- list(check_encoding(options[["encoding"]], checked$standardize))
  checked$missing <- check_name(
    or_default(options[["missing"]], "error"), "missing", missing_choices
  )
  checked$new_levels <- check_name(
    or_default(options[["new_levels"]], "error"), "new_levels", new_level_choices
  )
  checked <- c(checked, check_running(options))
  if (optimizer$name == "lbfgs") check_lbfgs(checked)
  # The options that are checked with the data come last, unchanged.
  others <- options[setdiff(names(options), names(checked))]
  c(checked, others)
}

# The options that decide how training runs and reports, but not what it learns.
check_running <- function(options) {
  list(
    threads = thread_count(options[["threads"]], options[["cluster"]]),
    precision = check_name(options[["precision"]], "precision", precision_names,
      elsewhere = precisions_elsewhere
    ),
    checkpoint = check_optional(options[["checkpoint"]], check_string, "checkpoint"),
    checkpoint_every = check_count(options[["checkpoint_every"]], "checkpoint_every"),
    verbose = check_flag(options[["verbose"]], "verbose"),
    progress = check_flag(options[["progress"]], "progress"),
    on_epoch = check_optional(options[["on_epoch"]], check_on_epoch),
    cluster = check_cluster(options[["cluster"]])
  )
}

or_default <- function(x, default) if (is.null(x)) default else x

check_optional <- function(x, check, ...) {
  if (!is.null(x)) check(x, ...)
}

# Returns one whole number per hidden layer. NULL, nothing, or 0 mean no hidden layers.
check_hidden_units <- function(x) {
  if (is.null(x)) {
    return(integer())
  }
  wanted <- paste("whole numbers of at least 1, one for each hidden layer,",
    "or a single 0 for no hidden layers")
  check_that(is.numeric(x) && !is.object(x) && is.null(dim(x)), x, "hidden_units", wanted)
  if (length(x) == 0L || identical(as.double(x), 0)) {
    return(integer())
  }
  check_all(is.finite(x) & x == round(x) & x >= 1, x, "hidden_units", wanted)
  most <- .Machine$integer.max
  wanted <- sprintf("whole numbers of at most %d", most)
  check_all(x <= most, x, "hidden_units", wanted)
  as.integer(x)
}

# Returns one activation for each hidden layer.
check_activation <- function(x, layers, arg = "activation") {
  wanted <- "the name of an activation"
  if (layers > 1L) wanted <- sprintf("%s, or %d names, one for each hidden layer", wanted, layers)
  check_that(is.character(x) && length(x) %in% c(1L, layers), x, arg, wanted)
  for (name in unique(x)) {
    check_name(name, arg, names(activations), elsewhere = activations_elsewhere)
  }
  if (length(x) == layers) as.vector(x) else rep(as.vector(x), layers)
}

# Returns the quantile for the quantile loss, and NULL for other losses.
check_quantile <- function(x, loss) {
  if (!identical(loss, "quantile")) {
    if (!is.null(x)) {
      stop_feedforward("{.arg quantile} is only used with {.code loss = \"quantile\"}.",
        i = "Add {.code loss = \"quantile\"}, or leave {.arg quantile} out."
      )
    }
    return(NULL)
  }
  if (is.null(x)) x <- 0.5
  if (!is_quantile(x)) {
    stop_feedforward("{.arg quantile} must be a number between 0 and 1, not {describe(x)}.",
      i = "Fit one model for each quantile."
    )
  }
  as.double(x)
}

is_quantile <- function(x) is_one_number(x) && x > 0 && x < 1

check_dropout <- function(x, layers) {
  wanted <- "at least 0 and less than 1"
  count <- "a number"
  if (layers > 1L) count <- sprintf("a number, or %d numbers, one for each layer,", layers)
  fits <- is.numeric(x) && !is.object(x) && length(x) %in% c(1L, layers)
  check_that(fits, x, "dropout", paste(count, "of", wanted))
  check_all(!is.na(x) & x >= 0 & x < 1, x, "dropout", wanted)
  check_that(layers > 0L || all(x == 0), x, "dropout", "0 for a network without hidden layers",
    hint = "Dropout leaves out hidden units, never inputs."
  )
  if (length(x) == layers) as.double(x) else rep(as.double(x), layers)
}

# A number above 0, or Inf for no limit.
check_limit <- function(x, arg) {
  limit <- is_one_number(x) && x > 0
  as.double(check_that(limit, x, arg, "a number above 0, or Inf for no limit"))
}

# Returns a share. A given validation set is checked later, with the data.
check_validation_share <- function(x) {
  if (is_source(x)) {
    return(x)
  }
  refuse_table_elsewhere(x, "validation")
  if (is.list(x)) {
    return(x)
  }
  as.double(check_that(is_share(x), x, "validation",
    "a proportion of at least 0 and less than 1, `list(x, y)`, or a data frame",
    hint = "Use 0.1 to hold out a tenth of the rows."
  ))
}

check_stop_iter <- function(x, validation) {
  whole <- is_one_number(x) && x >= 1 && x == round(x)
  check_that(whole, x, "stop_iter", "a whole number of at least 1, or Inf to never stop early")
  if (is.finite(x) && identical(validation, 0)) {
    stop_feedforward("{.arg stop_iter} needs validation data.",
      i = "Use {.code validation = 0.1} to hold out a tenth of the rows."
    )
  }
  as.double(x)
}

# Returns an optimizer from its name or an object, with the given learning rate. An object is
# constructed anew, since its numbers might have been changed.
check_optimizer <- function(x, learn_rate) {
  x <- check_setting(x, "optimizer", "optimizer", optimizer_names, optimizers_elsewhere)
  if (is.null(learn_rate)) {
    return(x)
  }
  if (x$name == "lbfgs") {
    stop_feedforward("L-BFGS has no {.arg learn_rate}.",
      i = "Leave it out. A line search finds the size of each step."
    )
  }
  x$learn_rate <- check_rate(learn_rate)
  x
}

# Optimizers that divide by the size of the gradient do not slow down by themselves, so their
# default is a schedule that does.
check_schedule <- function(x, optimizer) {
  if (is.null(x)) x <- if (optimizer$name %in% c("sgd", "lbfgs")) "none" else "cosine"
  check_setting(x, "rate_schedule", "schedule", schedule_names)
}

# Returns the object of a function <kind>_<name>(), from its name or the object itself.
check_setting <- function(x, arg, kind, choices, elsewhere = NULL) {
  if (is.character(x)) {
    return(do.call(paste0(kind, "_", check_name(x, arg, choices, elsewhere)), list()))
  }
  known <- is.list(x) && inherits(x, paste0("feedforward_", kind)) && rlang::is_string(x$name) &&
    x$name %in% choices
  form <- paste("a name or the result of", with_article(sprintf("`%s_*()` function", kind)))
  check_that(known, x, arg, form,
    hint = hint_for_maker(x)
  )
  constructor <- paste0(kind, "_", x$name)
  numbers <- unclass(x)[names(x) != "name"]
  wanted <- as.character(names(formals(constructor)))
  if (!identical(sort(names(numbers)), sort(wanted))) {
    stop_feedforward(
      "{.arg {arg}} is no longer a valid result of {.fn {constructor}}: its elements were changed.",
      i = "Call {.fn {constructor}} again."
    )
  }
  do.call(constructor, numbers)
}

# Refuses options that a smooth full-batch method cannot use.
check_lbfgs <- function(options) {
  refuse <- function(arg, wanted, got, hint = NULL) {
    stop_input(arg, paste(wanted, "for the L-BFGS optimizer"), got, hint = hint)
  }
  if (any(options$dropout > 0)) refuse("dropout", "0", toString(number_text(options$dropout)))
  if (!identical(options$rate_schedule, schedule_none())) {
    refuse("rate_schedule", "\"none\"", describe_setting(options$rate_schedule))
  }
  if (is.finite(options$clip_norm)) refuse("clip_norm", "Inf", describe(options$clip_norm))
  if (options$penalty > 0 && options$mixture > 0) {
    refuse("mixture", "0", describe(options$mixture),
      hint = "L-BFGS needs a smooth loss, and the lasso penalty is not smooth at 0."
    )
  }
  if (options$precision == "single") refuse("precision", "\"double\"", "the string \"single\"")
  if (!is.null(options$checkpoint)) refuse("checkpoint", "NULL", describe(options$checkpoint))
}

# R's lbfgsb() counts its numbers in 32 bits, without a check for overflow.
check_lbfgs_memory <- function(optimizer, parameters) {
  n <- sum(lengths(parameters))
  m <- as.double(optimizer$memory)
  if (optimizer$name == "lbfgs" && 2 * m * n + 4 * n + 11 * m^2 + 8 * m > most_numbers) {
    n <- thousands(n)
    stop_feedforward(
      "{.code optimizer_lbfgs(memory = {m})} needs too much memory for {n} parameters.",
      i = "Use a smaller {.arg memory} or another optimizer."
    )
  }
}

# NULL is the same as "standard".
check_encoding <- function(x, standardize) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- check_name(x, "encoding", names(encodings))
  if (x == "standard") {
    return(NULL)
  }
  if (isFALSE(standardize)) {
    stop_feedforward(
      "{.code encoding = \"{x}\"} scales the predictors and cannot be used with \
       {.code standardize = FALSE}.",
      i = "Leave out one of them."
    )
  }
  x
}

check_rate <- function(x, arg = "learn_rate") check_number(x, arg, min = 0, open = TRUE)

check_share <- function(x, arg) {
  as.double(check_that(is_share(x), x, arg, "a number of at least 0 and less than 1"))
}

is_share <- function(x) is_one_number(x) && x >= 0 && x < 1

# Returns one of a few names. The hint corrects typing errors and names of other packages:
# `elsewhere` maps those to ours.
check_name <- function(x, arg, choices, elsewhere = NULL) {
  if (rlang::is_string(x) && x %in% choices) {
    return(as.vector(x))
  }
  near <- if (rlang::is_string(x)) similar_name(x, choices, elsewhere)
  hint <- if (length(near)) sprintf("Did you mean \"%s\"?", near)
  stop_input(arg, one_of(choices), describe(x), hint)
}

# Lists two or more choices: one of "a", "b", or "c".
one_of <- function(choices) paste("one of", joined(encodeString(choices, quote = "\""), "or"))

similar_name <- function(name, choices, elsewhere) {
  if (!is_text(name)) {
    return(NULL)
  }
  letters_of <- function(x) gsub("[^a-z0-9]", "", tolower(x))
  known <- match(letters_of(name), letters_of(names(elsewhere)))
  if (is.na(known)) nearest_name(name, choices) else elsewhere[[known]]
}

# Returns the choice that is most similar to `name`, if at most a third of its letters differ.
nearest_name <- function(name, choices) {
  if (!is_text(name) || nchar(name) > 100L) {
    return(NULL)
  }
  distance <- drop(utils::adist(name, choices, ignore.case = TRUE))
  near <- which.min(distance)
  if (distance[near] <= max(1, nchar(name) / 3)) choices[near]
}

# Refuses x if an element is not `ok`, and names the first one.
check_all <- function(ok, x, arg, wanted) {
  bad <- which(!ok)
  if (length(bad) == 0L) {
    return(x)
  }
  place <- if (length(x) > 1L) sprintf(" at %s[%d]", arg, bad[1L]) else ""
  stop_input(arg, wanted, paste0(describe(x[[bad[1L]]]), place))
}
