# What other functions of R ask of a model.

#' Coefficients, fitted values and refits of a model
#'
#' A model keeps no data: what needs them asks for them.
#'
#' @param object,x,formula A model made by [feedforward()].
#' @param standardized `FALSE` (the default) gives weights for inputs in their own units (bytes of
#'   images as 0..1) and, for numbers, outputs in those of `y`: for a model without hidden layers,
#'   `x %*% t(weights) + bias` is the prediction (or its link, see [predict.feedforward()]).
#'   `TRUE` gives them as they were trained, for standardised inputs and outcomes: so those of
#'   different inputs compare. Where the model does not standardise, both are the same. A predictor
#'   whose mean is more than 1e8 times its standard deviation, such as a time in seconds since 1970
#'   within a minute, loses digits in its own units; predictions do not, and neither do these.
#' @param new_data Predictors as for [predict.feedforward()].
#' @param newdata The same as `new_data`, for code that calls it so.
#' @param y The true outcomes of `new_data`, as for [feedforward()]; may be left out where the model
#'   was made with a formula or recipe and `new_data` holds them.
#' @param ... Ignored by `model.frame()` and `model.matrix()`. For `update()`, what [feedforward()]
#'   takes: first the data (`x` and `y`, or a formula and `data`; for a model that was made with a
#'   formula, `data` alone will do, and in a formula such as `. ~ . - age` the dots stand for what
#'   the model has), then the arguments that are to differ, by name. Else it must be empty.
#'
#' @returns
#' - `coef()`: a list with an element for each layer, `hidden_1`, ..., `output`: each a list of
#'   `weights` (a double matrix, units x inputs of the layer, both named) and `bias` (a double
#'   vector, one per unit).
#' - `fitted()`: predictions as plain values: a vector or matrix of numbers, or a matrix of
#'   probabilities, n x classes or labels.
#' - `residuals()`: what was observed minus what was fitted, in the same shape; for classes and
#'   labels, 0 or 1 minus the probability.
#' - `update()`: a new model, trained from its start with the options of `object` but for those
#'   given. A validation set and case weights that were given to `object` are not kept: give them
#'   again, or `stop_iter = Inf` and `case_weights = NULL` to train without.
#' - `formula()`: the formula that the model was made with; an error for other models.
#' - `model.frame()` and `model.matrix()`: always an error, since a model keeps no data.
#' - `nobs()`: the number of observations trained on, those for validation not among them.
#'
#' @section Errors:
#' A `feedforward_error` where the data are left out or do not fit the model, and for arguments
#' that do not exist.
#'
#' @seealso [predict.feedforward()]; [continue_training()] to train a model further.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(mpg ~ wt + hp, data = mtcars, hidden_units = 0, epochs = 50)
#' coef(fit)
#' head(residuals(fit, mtcars))
#' nobs(fit)
#' update(fit, data = mtcars, hidden_units = 4)
#' @name feedforward_methods
NULL

#' @rdname feedforward_methods
#' @importFrom stats coef
#' @export
coef.feedforward <- function(object, standardized = FALSE, ...) {
  check_model(object)
  check_empty_dots(..., known = "standardized")
  parameters <- object$parameters
  if (!check_flag(standardized, "standardized")) {
    parameters <- unscale_outputs(fold_scaling(parameters, object$inputs), object$outcome)
  }
  layers <- length(parameters) / 2
  names <- c(if (layers > 1) paste0("hidden_", seq_len(layers - 1)), "output")
  units <- c(list(input_names(object)), lapply(seq_len(layers), function(k) {
    if (k == layers) {
      return(output_labels(object))
    }
    paste0(names[k], ".", seq_len(object$architecture$sizes[k + 1L]))
  }))
  rlang::set_names(lapply(seq_len(layers), function(k) {
    list(
      weights = structure(parameters[[2L * k - 1L]], dimnames = units[k + 1:0]),
      bias = rlang::set_names(as.vector(parameters[[2L * k]]), units[[k + 1L]])
    )
  }), names)
}

# The last layer for outcomes in their own units.
unscale_outputs <- function(parameters, outcome) {
  if (is.null(outcome$scale)) {
    return(parameters)
  }
  last <- length(parameters) - 1L
  # Rows are outputs, so the scale runs down the columns.
  parameters[[last]] <- parameters[[last]] * outcome$scale
  parameters[[last + 1L]] <- parameters[[last + 1L]] * outcome$scale + outcome$center
  parameters
}

#' @rdname feedforward_methods
#' @importFrom stats fitted
#' @export
fitted.feedforward <- function(object, new_data, ..., newdata) {
  check_model(object)
  check_empty_dots(..., known = "new_data")
  new_data <- either_name(new_data, newdata, hint = hint_no_data("fitted"))
  fitted_values(object, predictors_for(object, new_data))
}

# For x as predictors_for() gives it.
fitted_values <- function(model, x) {
  type <- if (model$outcome$kind == "numbers") "numeric" else "prob"
  predict_plain(model, x, type)
}

#' @rdname feedforward_methods
#' @importFrom stats residuals
#' @export
residuals.feedforward <- function(object, new_data, y, ..., newdata) {
  check_model(object)
  check_empty_dots(..., known = c("new_data", "y"))
  new_data <- either_name(new_data, newdata, hint = hint_no_data("residuals"))
  read <- read_with_truth(object, new_data, if (!missing(y)) y, "y")
  fitted <- fitted_values(object, read$x)
  targets <- encode_like(read$outcomes, object$outcome, object$architecture$loss, NROW(fitted), "y")
  if (object$outcome$kind == "classes") targets <- outer(targets, seq_len(ncol(fitted)), `==`) + 0
  # Shape and names of the fitted values.
  fitted[] <- as.vector(targets) - as.vector(fitted)
  fitted
}

hint_no_data <- function(name) {
  sprintf("A model keeps no data: %s(fit, new_data) computes them.", name)
}

# New data and their true outcomes, those given or those among the data: list(x, outcomes).
read_with_truth <- function(model, new_data, truth, arg) {
  if (!is.null(truth)) {
    return(list(x = predictors_for(model, new_data, "new_data"), outcomes = truth))
  }
  if (!model$inputs$kind %in% c("formula", "recipe")) {
    check_given(TRUE, arg, hint = "Give the true outcomes of `new_data`.")
  }
  observations_for(model, new_data, "new_data")
}

#' @rdname feedforward_methods
#' @importFrom stats update
#' @export
update.feedforward <- function(object, ...) {
  check_model(object)
  given <- list(...)
  names <- rlang::names2(given)
  if (object$inputs$kind == "formula") {
    # A table by position is the data, as in continue_training().
    if (is.data.frame(given[[match("", names)]])) names[match("", names)] <- "data"
    names(given) <- names
    given <- lapply(given, complete_formula, object$blueprint)
  }
  is_data <- names %in% c("", "x", "y", "formula", "data")
  data <- given[is_data]
  if (identical(names[is_data], "data") && object$inputs$kind == "formula") {
    data <- c(list(formula_of(object$blueprint)), data)
  }
  check_update(object, names)
  options <- options_for_update(object$options, given[!is_data])
  # A recipe's own weights, if they were left out before.
  if (!isTRUE(object$weighted) && weights_in_recipe(object$blueprint)) {
    options <- c(options, list(case_weights = NULL)[!"case_weights" %in% names(options)])
  }
  do.call(feedforward, c(data, options), quote = TRUE)
}

# A dot on the left of a formula can only stand for what the model has there: then so does one on
# the right, as in update() of other models.
complete_formula <- function(x, blueprint) {
  if (!rlang::is_formula(x) || !(length(x) == 2L || identical(x[[2L]], quote(.)))) {
    return(x)
  }
  # The model's own dot, if any, stands for its predictors.
  columns <- cbind(blueprint$ptypes$predictors, blueprint$ptypes$outcomes)
  stats::update(stats::formula(stats::terms(formula_of(blueprint), data = columns)), x)
}

# The options of a model as arguments of feedforward(), but for those given.
options_for_update <- function(options, given) {
  known <- intersect(names(options), names(formals(feedforward)))
  # A checkpoint belongs to the run that wrote it.
  kept <- options[setdiff(known, c(not_inherited(names(given)), "checkpoint", "progress"))]
  # What has an element per layer fits another number of layers only if all are alike.
  for (name in intersect(c("activation", "dropout"), names(kept))) {
    if ("hidden_units" %in% names(given) && length(kept[[name]])) {
      if (length(unique(kept[[name]])) == 1L) kept[[name]] <- kept[[name]][1L]
    }
  }
  # Without hidden layers there is nothing to keep.
  kept <- kept[lengths(kept) > 0L | names(kept) == "hidden_units"]
  c(kept, given)
}

#' @rdname feedforward_methods
#' @importFrom stats formula
#' @export
formula.feedforward <- function(x, ...) {
  check_model(x, "x")
  check_empty_dots(...)
  if (x$inputs$kind != "formula") {
    stop_input("x", "a model made with a formula",
      sprintf("one made with %s", if (x$inputs$kind == "recipe") "a recipe" else "`x` and `y`")
    )
  }
  # That of the model has none, so that no data come along. `environment<-`() as a function would
  # give one to the formula in the user's model, too.
  formula <- formula_of(x$blueprint)
  environment(formula) <- globalenv()
  formula
}

#' @rdname feedforward_methods
#' @importFrom stats model.frame
#' @export
model.frame.feedforward <- function(formula, ...) {
  check_model(formula, "formula")
  stop_no_data("model.frame", formula)
}

#' @rdname feedforward_methods
#' @importFrom stats model.matrix
#' @export
model.matrix.feedforward <- function(object, ...) {
  check_model(object)
  stop_no_data("model.matrix", object)
}

stop_no_data <- function(name, model) {
  by_formula <- if (model$inputs$kind == "formula") {
    sprintf("With the data at hand, {.code %s(formula(fit), data)} makes it.", name)
  }
  stop_feedforward("A model does not keep the data it was trained on.", i = by_formula)
}

#' @rdname feedforward_methods
#' @importFrom stats nobs
#' @export
nobs.feedforward <- function(object, ...) {
  check_model(object)
  check_empty_dots(...)
  object$n[["training"]]
}

# ---- What is refused of updates ----------------------------------------------------

# What is refused of update() and continue_training(): what a model does not keep has to be given
# again.

# `given` are the names of what was given, "" for none.
check_update <- function(object, given) {
  first <- given %in% c("", "x", "formula")
  if (!any(first) && !"data" %in% given) {
    stop_input("...", "made of the data, and of arguments that are to differ", "no data",
      hint = "A model keeps no data: update(fit, x, y, ...), or update(fit, data = , ...)."
    )
  }
  if (!any(first) && object$inputs$kind != "formula") {
    what <- if (object$inputs$kind == "recipe") "the recipe" else "`x` and `y`"
    stop_input("...", sprintf("made of %s, and of arguments that are to differ", what),
      "`data` alone",
      hint = "Only a formula is kept in a model."
    )
  }
  own <- object$inputs$kind == "recipe" && weights_in_recipe(object$blueprint)
  if (!own) check_weights_again(object, given)
  alone <- identical(object$options$validation, 0) && !any(c("validation", "stop_iter") %in% given)
  if (alone && isTRUE(is.finite(object$options$stop_iter))) {
    stop_input("validation", "given again: a model keeps no validation set", "nothing",
      hint = "Or give `stop_iter = Inf`, to train without."
    )
  }
}

# Without its weights, a model would be trained for something else, and nobody would notice.
check_weights_again <- function(model, given) {
  if (isTRUE(model$weighted) && !"case_weights" %in% given) {
    stop_input("case_weights", "given again: a model keeps no weights of observations", "nothing",
      hint = "Or give `case_weights = NULL`, to train without."
    )
  }
}
