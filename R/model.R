# Checks of models. A model might be another object, have a newer layout, or be invalid after a
# change by hand or a damaged file.

# The version of the layout of models.
model_version <- 1L

# Returns `object` if its parts fit together. With `finite`, also checks that all weights are
# finite, which takes time for large models. `average` is whether an average of networks will do.
check_model <- function(object, arg = "object", finite = FALSE, checks = all_checks(),
                        average = FALSE) {
  known <- is.list(object) && inherits(object, "feedforward")
  check_that(known, object, arg, "a model made by `feedforward()`", hint_for_other_model(object))
  check_model_version(object$version)
  if (is_average(object)) {
    if (!average) refuse_average(arg)
    checks <- checks_of_average()
  }
  problem <- model_problem(object, checks)
  if (!is.null(problem)) {
    stop_feedforward("{.arg {arg}} is not a valid model: it has {problem}.",
      i = "Use a model exactly as `feedforward()` or `read_model()` returned it."
    )
  }
  if (finite) {
    check_finite_weights(object$parameters, arg)
    for (k in seq_along(object$members)) {
      check_finite_weights(object$members[[k]]$parameters, sprintf("%s$members[[%d]]", arg, k))
    }
  }
  object
}

# How to get a model from an object that has one in it, or can become one.
hint_for_other_model <- function(object) {
  if (inherits(object, c("model_fit", "workflow"))) {
    "Use `extract_fit_engine()` to get the model."
  } else if (inherits(object, "two_layer_nn")) {
    "Use `as_feedforward()` first."
  }
}

check_finite_weights <- function(parameters, place) {
  for (name in names(parameters)) {
    check_finite(parameters[[name]], sprintf("%s$parameters$%s", place, name),
      "Use a model exactly as `feedforward()` or `read_model()` returned it.")
  }
}

# A part of a model may fit the network, but not the columns of the data.
stop_unfit_part <- function(part) {
  stop_feedforward("The model is not valid: its {.code {part}} does not fit its predictors.",
    i = "Use a model exactly as `feedforward()` or `read_model()` returned it."
  )
}

refuse_average <- function(arg) {
  stop_feedforward("{.arg {arg}} is an average of networks, made by {.fn feedforward_cv}.",
    i = "Use a single network, such as {.code network_of({arg}, 1)}."
  )
}

# Older layouts are known.
check_model_version <- function(version) {
  known <- is_whole(version) && version >= 1
  if (known && version > model_version) {
    stop_feedforward("This model was made by a newer version of feedforward.",
      x = "Its layout has version {version}, and this package knows version {model_version}.",
      i = "Update feedforward to use it.", class = "feedforward_version_error"
    )
  }
  if (!known) {
    stop_feedforward("This model has no valid version.",
      x = "Its `version` is {describe(version)}.",
      i = "Use a model exactly as `feedforward()` or `read_model()` returned it."
    )
  }
}

# Returns the first problem of a model in words, or NULL. The order of the checks matters, since
# each check relies on the checks before it.
model_problem <- function(object, checks = all_checks()) {
  # Elements of an object without a class are found faster.
  object <- unclass(object)
  for (check in checks) {
    problem <- check(object)
    if (!is.null(problem)) {
      return(problem)
    }
  }
}

checks_to_predict <- function() {
  list(
    architecture_problem, parameters_problem, outcome_problem, inputs_problem, blueprint_problem
  )
}

all_checks <- function() c(checks_to_predict(), history_problem, options_problem)

checks_of_average <- function() {
  list(
    average_problem, outcome_problem, inputs_problem, blueprint_problem, options_problem,
    encodings_problem, members_problem
  )
}

# An average has no layers of its own, only numbers of inputs and outputs.
average_problem <- function(object) {
  architecture <- object$architecture
  if (!is.list(architecture) || length(architecture$sizes) != 2L) {
    return("an `architecture` without the numbers of inputs and outputs")
  }
  architecture$quantile <- 0.5
  architecture_problem(list(architecture = architecture))
}

encodings_problem <- function(object) {
  encodings <- object$encodings
  if (!is.list(encodings) || is.null(names(encodings))) {
    return("no `encodings`")
  }
  for (encoding in encodings[!vapply(encodings, is.null, TRUE)]) {
    size <- if (is.list(encoding)) length(encoding$inputs)
    problem <- encoding_problem(list(encoding = encoding), size)
    if (!is.null(problem)) {
      return("invalid `encodings`")
    }
  }
}

# Each network of an average must be valid, and its encoding one of those stored.
members_problem <- function(object) {
  members <- object$members
  if (!is.list(members) || length(members) == 0L) {
    return("no `members`")
  }
  for (k in seq_along(members)) {
    member <- members[[k]]
    if (!is.list(member) || !is_single(member$weight)) {
      return(sprintf("a `members[[%d]]` without a weight", k))
    }
    if (!is_one_of(member$encoding, names(object$encodings))) {
      return(sprintf("a `members[[%d]]` with an unknown encoding", k))
    }
    problem <- model_problem(member_parts(object, member), checks_to_predict())
    outputs <- if (is.null(problem)) member$architecture$sizes[length(member$architecture$sizes)]
    same <- identical(as.double(outputs), as.double(object$architecture$sizes[2L])) &&
      identical(member$architecture$loss, object$architecture$loss)
    if (is.null(problem) && !same) problem <- "other outputs or another loss than the average"
    if (!is.null(problem)) {
      return(sprintf("%s in `members[[%d]]`", problem, k))
    }
  }
}

architecture_problem <- function(object) {
  architecture <- object$architecture
  if (!is.list(architecture)) {
    return("no `architecture`")
  }
  sizes <- architecture$sizes
  whole <- is_numbers(sizes) && all(is.finite(sizes) & sizes >= 1 & sizes == round(sizes)) &&
    all(sizes <= .Machine$integer.max)
  if (!whole || length(sizes) < 2L) {
    return("an `architecture` without sizes of at least 1")
  }
  hidden <- length(sizes) - 2L
  used <- architecture$activations
  if (!is.character(used) || length(used) != hidden || !all(used %in% names(activations))) {
    return(sprintf("`architecture$activations` other than %d known activation%s", hidden,
      plural(hidden)))
  }
  if (!is_one_of(architecture$loss, names(losses))) {
    return("an unknown loss")
  }
  if (architecture$loss == "quantile" && !is_quantile(architecture$quantile)) {
    return("no `architecture$quantile` between 0 and 1")
  }
  dropout <- architecture$dropout
  share <- is.numeric(dropout) && isTRUE(all(dropout >= 0 & dropout < 1))
  if (length(dropout) && (!share || length(dropout) != hidden)) {
    return("a dropout that does not fit its hidden layers")
  }
}

parameters_problem <- function(object) {
  sizes <- object$architecture$sizes
  layers <- length(sizes) - 1L
  parameters <- object$parameters
  if (!is.list(parameters) || !identical(names(parameters), parameter_names(layers))) {
    return(sprintf("no `parameters` list with exactly the elements %s",
      joined(parameter_names(layers), "and")))
  }
  for (k in seq_len(layers)) {
    weights <- parameters[[2L * k - 1L]]
    bias <- parameters[[2L * k]]
    wanted <- sizes[k + 1:0]
    if (!is.matrix(weights) || !is_numbers(weights) || any(dim(weights) != wanted)) {
      return(sprintf("%s as `parameters$W%d`, not %d x %d numbers", describe(weights), k,
        wanted[1L], wanted[2L]))
    }
    if (!is_numbers(bias) || length(bias) != wanted[1L]) {
      return(sprintf("%s as `parameters$b%d`, not %s", describe(bias), k,
        counted(wanted[1L], "number")))
    }
  }
}

parameter_names <- function(layers) paste0(c("W", "b"), rep(seq_len(layers), each = 2L))

outcome_problem <- function(object) {
  outcome <- object$outcome
  outputs <- object$architecture$sizes[length(object$architecture$sizes)]
  if (!is.list(outcome) || !is_one_of(outcome$kind, outcome_kinds)) {
    return(paste("an `outcome$kind` other than", joined(outcome_kinds, "or")))
  }
  levels <- outcome$levels
  distinct <- is.character(levels) && !anyDuplicated(levels) && !anyNA(levels)
  if (outcome$kind == "classes" && (!distinct || length(levels) != outputs)) {
    return(sprintf("%s as `outcome$levels`, not %s", describe(levels),
      counted(outputs, "distinct name")))
  }
  # Predictions of one number are a vector, and those of several are columns with names.
  unnamed <- outcome$kind == "numbers" && outputs > 1 && is.null(outcome$names)
  if (!is_names_or_null(outcome$names, outputs) || unnamed) {
    return(sprintf("`outcome$names` that are not %s", counted(outputs, "name")))
  }
  if (!is_one_of(outcome$type, outcome_types[[outcome$kind]])) {
    return(paste("an `outcome$type` other than", joined(outcome_types[[outcome$kind]], "or")))
  }
  if (losses[[object$architecture$loss]]$outcome != outcome$kind) {
    return(sprintf("the loss %s, which does not fit %s", object$architecture$loss, outcome$kind))
  }
  scaling_problem(outcome, outputs, "outcome")
}

outcome_types <- list(
  classes = c("factor", "ordered", "character", "logical"), numbers = "numeric",
  labels = c("logical", "numeric")
)
outcome_kinds <- names(outcome_types)

inputs_problem <- function(object) {
  inputs <- object$inputs
  size <- object$architecture$sizes[1L]
  if (!is.list(inputs) || !is_one_of(inputs$kind, input_kinds)) {
    return(paste("an `inputs$kind` other than", joined(input_kinds, "or")))
  }
  if (!is_names_or_null(inputs$names, size)) {
    return(sprintf("`inputs$names` that are not %s", counted(size, "name")))
  }
  has_missing <- inputs$has_missing
  if (!is.null(has_missing) && !(is.logical(has_missing) && !anyNA(has_missing))) {
    return("an `inputs$has_missing` that is not TRUE or FALSE for each column")
  }
  problem <- if (!is.null(inputs$encoding)) encoding_problem(inputs, size)
  if (!is.null(problem)) {
    return(problem)
  }
  image <- inputs$image
  if (inputs$kind == "array" && is.null(image)) {
    return("no `inputs$image`")
  }
  fits <- is.numeric(image) && length(image) == 2L && isTRUE(prod(image) == size)
  if (!is.null(image) && !fits) {
    return(sprintf("an `inputs$image` that does not have %s", counted(size, "pixel")))
  }
  divisor <- inputs$divisor
  if (!is.null(divisor) && !(is_numbers(divisor) && length(divisor) == 1L && isTRUE(divisor > 0))) {
    return("an `inputs$divisor` that is not a number above 0")
  }
  scaling_problem(inputs, size, "inputs")
}

blueprint_problem <- function(object) {
  inputs <- object$inputs
  plain <- inputs$kind %in% c("matrix", "array")
  if (plain != is.null(object$blueprint)) {
    return("a `blueprint` that does not fit `inputs$kind`")
  }
  if (!plain && !inherits(object$blueprint, "hardhat_blueprint")) {
    return("a `blueprint` that hardhat did not make")
  }
  ptypes <- object$blueprint$ptypes
  if (!plain && (!is.list(ptypes) || !is.data.frame(ptypes$predictors))) {
    return("a `blueprint` without its predictors")
  }
  if (inputs$kind == "formula" && !rlang::is_formula(object$blueprint$formula, lhs = TRUE)) {
    return("a `blueprint` without its formula")
  }
}

encoding_problem <- function(inputs, size) {
  encoding <- inputs$encoding
  alone <- is.null(inputs$center) && is.null(inputs$scale)
  if (!is.list(encoding) || !is_numbers(encoding$center) || !alone) {
    return("an invalid `inputs$encoding`")
  }
  n <- length(encoding$center)
  knots <- encoding$knots
  rising <- function(x) is.double(x) && !is.unsorted(x, strictly = TRUE) && all(is.finite(x))
  fits <- is_numbers(encoding$scale) && length(encoding$scale) == n &&
    isTRUE(all(is.finite(encoding$center) & is.finite(encoding$scale) & encoding$scale > 0)) &&
    is_names_or_null(encoding$inputs, size) &&
    rlang::is_bool(encoding$clips) && is.logical(encoding$missing) &&
    length(encoding$missing) == n && !anyNA(encoding$missing) &&
    is.list(knots) && length(knots) == n && all(vapply(knots, rising, TRUE))
  if (!fits) "an invalid `inputs$encoding`"
}

scaling_problem <- function(part, size, name) {
  center <- part$center
  scale <- part$scale
  fits <- function(x) is_number_vector(x) && length(x) == size
  if (!is.null(center) && !fits(center)) {
    return(sprintf("a `%s$center` that is not %s", name, counted(size, "number")))
  }
  # Sparse inputs have a scale only.
  alone <- is.null(center) != is.null(scale) && (name == "outcome" || is.null(scale))
  if (alone) {
    return(sprintf("only one of `%s$center` and `%s$scale`", name, name))
  }
  if (!is.null(scale) && !(fits(scale) && isTRUE(all(scale > 0)))) {
    return(sprintf("a `%s$scale` that is not %s above 0", name, counted(size, "number")))
  }
}

history_problem <- function(object) {
  history <- object$history
  if (!is.data.frame(history) || !identical(names(history), c("epoch", history_columns))) {
    return(paste("a `history` that is not a data frame with exactly the columns",
      joined(c("epoch", history_columns), "and")))
  }
  plain <- vapply(history, is_number_vector, TRUE)
  if (!all(plain) || any(lengths(history) != nrow(history))) {
    return("a `history` with columns that are not numeric")
  }
  if (!is_whole(object$best_epoch)) {
    return("a `best_epoch` that is not a whole number")
  }
  n <- object$n
  if (!is.numeric(n) || !all(c("training", "validation") %in% names(n))) {
    return("an `n` without the numbers of rows for training and validation")
  }
  stopped <- object$stopped
  fits <- is.list(stopped) && is_whole(stopped$epoch) && is_whole(stopped$batch) &&
    rlang::is_string(stopped$reason)
  if (!is.null(stopped) && !fits) "a `stopped` without an epoch, batch, and reason"
}

# Checks the options that are printed. All options are checked before they are used to train again.
options_problem <- function(object) {
  options <- object$options
  if (!is.list(options)) {
    return("`options` that are not a list")
  }
  for (name in c("optimizer", "rate_schedule")) {
    if (!is.null(options[[name]]) && !is_setting(options[[name]])) {
      return(sprintf("an invalid `options$%s`", name))
    }
  }
  class_weights <- options$class_weights
  named <- is.numeric(class_weights) && !is.null(names(class_weights))
  if (!is.null(class_weights) && !identical(class_weights, "balanced") && !named) {
    return("invalid `options$class_weights`")
  }
  if (!is.null(options$precision) && !rlang::is_string(options$precision)) {
    return("an `options$precision` that is not a string")
  }
  for (name in c("penalty", "mixture", "clip_norm", "stop_iter", "batch_size")) {
    if (!is.null(options[[name]]) && !is_single(options[[name]])) {
      return(sprintf("an `options$%s` that is not a number", name))
    }
  }
}

is_setting <- function(x) {
  rlang::is_string(x) || (is.list(x) && rlang::is_string(x$name) &&
    all(vapply(unclass(x)[names(x) != "name"], is_single, TRUE)))
}

is_single <- function(x) is_numbers(x) && is.null(dim(x)) && length(x) == 1L && !is.na(x)

is_names_or_null <- function(x, n) is.null(x) || (is.character(x) && length(x) == n)

is_whole <- function(x) {
  is.numeric(x) && length(x) == 1L && is.finite(x) && x == round(x)
}
