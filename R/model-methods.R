# Methods of generic functions of R for models.

#' Coefficients, fitted values, and refits of a model
#'
#' A model does not contain the data that it was trained on. Methods that need data have an argument
#' for them.
#'
#' @param object,x,formula A model made by [feedforward()] or [feedforward_cv()].
#' @param standardized `FALSE` (the default) gives weights for predictors and numeric outcomes in
#'   their own units. For images, these are the pixel values after division, usually 0 to 1. So for
#'   a model without hidden layers, `x %*% t(weights) + bias` equals the result of
#'   [predict()][predict.feedforward()] with `type = "link"`. `TRUE` gives weights for standardized
#'   predictors and outcomes, as they were trained, so you can compare the weights of different
#'   predictors. Without standardization, both are the same. If the mean of a predictor is more than
#'   1e8 times its standard deviation, weights in its own units lose precision. An example is a time
#'   in seconds since 1970 that varies by a minute. Predictions and `standardized = TRUE` do not
#'   lose precision. With an `encoding` other than `"standard"` or with `missing = "indicator"`,
#'   weights are always for the encoded inputs.
#' @param new_data Predictors, as for [predict.feedforward()]. For a model made by
#'   [feedforward_cv()], you can leave them out.
#' @param newdata The same as `new_data`.
#' @param y The true outcomes of `new_data`, as for [feedforward()]. You can leave them out if the
#'   model was made with a formula or recipe and `new_data` contains the outcome.
#' @param ... For `update()`, arguments of [feedforward()]: first the data, then arguments to
#'   change, by name. The data are `x` and `y`, or a formula and `data`. For a model made with a
#'   formula, `data` is enough. In a formula such as `. ~ . - age`, dots stand for the terms of the
#'   model. Ignored by `model.frame()` and `model.matrix()`. Otherwise must be empty.
#'
#' @returns
#' - `coef()`: a list with an element for each layer, `hidden_1`, ..., `output`. Each element is a
#'   list of `weights` (a double matrix, units x inputs of the layer, with names) and `bias` (a
#'   double vector with one value for each unit). For a model made by [feedforward_cv()], a list
#'   with such a list for each of its networks, named by candidate and fold.
#' - `fitted()`: predictions as a vector or matrix of numbers, or as a matrix of probabilities with
#'   a column for each class or label.
#' - `residuals()`: observed minus fitted values, in the same shape. For classes and labels, the
#'   observed values are 0 and 1.
#'
#'   For a model made by [feedforward_cv()] and without `new_data`, `fitted()` and `residuals()` are
#'   out of fold: the prediction for each row comes from networks that did not learn from it. The
#'   rows are those of `object$out_of_fold$row`, in the order of the data. These are all rows,
#'   unless only a share of them was held out or rows have zero weight.
#' - `update()`: a new model, trained from new starting values with the options of `object` and your
#'   changes. A validation set and case weights are not part of the model. Supply them again, or use
#'   `stop_iter = Inf` and `case_weights = NULL` to train without them. Models made by
#'   [feedforward_cv()] cannot be updated.
#' - `formula()`: the formula of the model. It is an error if the model was not made with a formula.
#' - `model.frame()` and `model.matrix()`: always an error, since a model does not contain data.
#' - `nobs()`: the number of observations used for training, without validation.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the data are not supplied or do not fit the model, and
#' for unknown arguments.
#'
#' @seealso [predict.feedforward()]; [continue_training()] to train a model for more epochs.
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
    scaling <- linear_scaling(object)
    parameters <- unscale_outputs(fold_scaling(parameters, scaling), object$outcome)
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

# Returns list(center, scale) of the inputs. An encoding that only standardizes has both for each
# column, and a column of levels becomes several inputs. Other encodings have no scale for an input.
linear_scaling <- function(model) {
  encoding <- model$inputs$encoding
  if (is.null(encoding)) {
    return(model$inputs)
  }
  if (encoding$clips || any(lengths(encoding$knots) > 0L) || any(encoding$missing)) {
    return(list())
  }
  inputs <- rep(1L, length(encoding$center))
  if (length(inputs) < model$architecture$sizes[1L]) {
    columns <- predictors_for(model, model$blueprint$ptypes$predictors)
    inputs <- input_counts(levels_of_columns(columns), encoding)
  }
  lapply(encoding[c("center", "scale")], rep, inputs)
}

# Returns parameters whose last layer gives outcomes in their own units.
unscale_outputs <- function(parameters, outcome) {
  if (is.null(outcome$scale)) {
    return(parameters)
  }
  last <- length(parameters) - 1L
  # Each row is an output, with its own scale.
  parameters[[last]] <- parameters[[last]] * outcome$scale
  parameters[[last + 1L]] <- parameters[[last + 1L]] * outcome$scale + outcome$center
  parameters
}

#' @rdname feedforward_methods
#' @importFrom stats fitted
#' @export
fitted.feedforward <- function(object, new_data, ..., newdata) {
  check_model(object, average = TRUE)
  check_empty_dots(..., known = "new_data")
  if (is_average(object) && missing(new_data) && missing(newdata)) {
    return(out_of_fold_values(object)$fitted)
  }
  new_data <- either_name(new_data, newdata, hint = hint_no_data("fitted"))
  fitted_values(object, predictors_for(object, new_data))
}

# `x` is the result of predictors_for().
fitted_values <- function(model, x) {
  type <- if (model$outcome$kind == "numbers") "numeric" else "prob"
  predict_plain(model, x, type)
}

#' @rdname feedforward_methods
#' @importFrom stats residuals
#' @export
residuals.feedforward <- function(object, new_data, y, ..., newdata) {
  check_model(object, average = TRUE)
  check_empty_dots(..., known = c("new_data", "y"))
  if (is_average(object) && missing(new_data) && missing(newdata) && missing(y)) {
    values <- out_of_fold_values(object)
    return(values$truth - values$fitted)
  }
  new_data <- either_name(new_data, newdata, hint = hint_no_data("residuals"))
  read <- read_with_truth(object, new_data, if (!missing(y)) y, "y")
  fitted <- fitted_values(object, read$x)
  targets <- encode_like(read$outcomes, object$outcome, object$architecture$loss, NROW(fitted), "y")
  if (object$outcome$kind == "classes") targets <- one_hot(targets, ncol(fitted))
  # Keep the shape and names of the fitted values.
  fitted[] <- as.vector(targets) - as.vector(fitted)
  fitted
}

hint_no_data <- function(name) {
  sprintf("A model does not keep its training data. Use %s(fit, new_data).", name)
}

# Returns list(x, outcomes) for new data. Without `truth`, the outcomes are columns of the data.
read_with_truth <- function(model, new_data, truth, arg) {
  absent <- is.null(truth) && !includes_outcome(model$inputs$kind)
  check_given(absent, arg, hint = "Supply the true outcomes of `new_data`.")
  observations_for(model, list(x = new_data, y = truth, arg = "new_data"))
}

#' @rdname feedforward_methods
#' @importFrom stats update
#' @export
update.feedforward <- function(object, ...) {
  check_model(object, average = TRUE)
  if (is_average(object)) {
    stop_feedforward("{.arg object} is an average of networks and cannot be updated.",
      i = "Call {.fn feedforward_cv} again, with your changes."
    )
  }
  given <- list(...)
  names <- rlang::names2(given)
  if (object$inputs$kind == "formula") {
    # A data frame without a name is `data`, as in continue_training().
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
  # Keep ignoring case weights of the recipe if the model was trained without them.
  if (!isTRUE(object$weighted) && weights_in_recipe(object$blueprint)) {
    options <- c(options, list(case_weights = NULL)[!"case_weights" %in% names(options)])
  }
  do.call(feedforward, c(data, options), quote = TRUE)
}

# Returns a formula whose dots are replaced by the terms of the model, as in update() of other
# models, if it has a dot on its left side or no left side. Other values are returned unchanged.
complete_formula <- function(x, blueprint) {
  if (!rlang::is_formula(x) || !(length(x) == 2L || identical(x[[2L]], quote(.)))) {
    return(x)
  }
  # A dot in the formula of the model stands for its predictors.
  columns <- cbind(blueprint$ptypes$predictors, blueprint$ptypes$outcomes)
  stats::update(stats::formula(stats::terms(formula_of(blueprint), data = columns)), x)
}

# Returns the options of a model as arguments of feedforward(), with the given ones replaced.
options_for_update <- function(options, given) {
  known <- intersect(names(options), names(formals(feedforward)))
  # A checkpoint belongs to one training.
  kept <- options[setdiff(known, c(not_inherited(names(given)), "checkpoint", "progress"))]
  # Options with a value for each layer fit another number of layers only if all values are equal.
  for (name in intersect(c("activation", "dropout"), names(kept))) {
    if ("hidden_units" %in% names(given) && length(kept[[name]])) {
      if (length(unique(kept[[name]])) == 1L) kept[[name]] <- kept[[name]][1L]
    }
  }
  # Without hidden layers, these options are empty.
  kept <- kept[lengths(kept) > 0L | names(kept) == "hidden_units"]
  c(kept, given)
}

#' @rdname feedforward_methods
#' @importFrom stats formula
#' @export
formula.feedforward <- function(x, ...) {
  check_model(x, "x", average = TRUE)
  check_empty_dots(...)
  if (x$inputs$kind != "formula") {
    stop_input("x", "a model made with a formula",
      sprintf("a model made with %s", if (x$inputs$kind == "recipe") "a recipe" else "`x` and `y`")
    )
  }
  # The formula in the model has no environment, so that it does not keep data. Change a copy.
  formula <- formula_of(x$blueprint)
  environment(formula) <- globalenv()
  formula
}

#' @rdname feedforward_methods
#' @importFrom stats model.frame
#' @export
model.frame.feedforward <- function(formula, ...) {
  check_model(formula, "formula", average = TRUE)
  stop_no_data("model.frame", formula)
}

#' @rdname feedforward_methods
#' @importFrom stats model.matrix
#' @export
model.matrix.feedforward <- function(object, ...) {
  check_model(object, average = TRUE)
  stop_no_data("model.matrix", object)
}

stop_no_data <- function(name, model) {
  by_formula <- if (model$inputs$kind == "formula") {
    sprintf("Use {.code %s(formula(fit), data)} with the data.", name)
  }
  stop_feedforward("A model does not keep its training data.", i = by_formula)
}

#' @rdname feedforward_methods
#' @importFrom stats nobs
#' @export
nobs.feedforward <- function(object, ...) {
  check_model(object, average = TRUE)
  check_empty_dots(...)
  object$n[["training"]]
}

# ---- Checks of updates -------------------------------------------------------------

# A model does not contain data, a validation set or case weights, so the user gives them again.
# `given` are the names of the arguments, "" for arguments without a name.
check_update <- function(object, given) {
  first <- given %in% c("", "x", "formula")
  if (!any(first) && !"data" %in% given) {
    stop_feedforward(
      "{.arg ...} must contain the data, since a model does not keep its training data.",
      i = "Use `update(fit, x, y, ...)` or `update(fit, data = data, ...)`."
    )
  }
  if (!any(first) && object$inputs$kind != "formula") {
    call <- if (object$inputs$kind == "recipe") "recipe, data = data" else "x, y"
    stop_feedforward("`data` alone is not enough, since the model was not made with a formula.",
      i = "Use `update(fit, {call}, ...)`."
    )
  }
  own <- object$inputs$kind == "recipe" && weights_in_recipe(object$blueprint)
  if (!own) check_weights_again(object, given)
  alone <- identical(object$options$validation, 0) && !any(c("validation", "stop_iter") %in% given)
  if (alone && isTRUE(is.finite(object$options$stop_iter))) {
    stop_feedforward(
      "{.arg validation} must be given again, since a model does not keep its validation set.",
      i = "Or use `stop_iter = Inf` to train without validation."
    )
  }
}

# Training without the earlier case weights would be a different training, and easy to overlook.
check_weights_again <- function(model, given) {
  if (isTRUE(model$weighted) && !"case_weights" %in% given) {
    stop_feedforward(
      "{.arg case_weights} must be given again, since a model does not keep its case weights.",
      i = "Or use `case_weights = NULL` to train without case weights."
    )
  }
}
