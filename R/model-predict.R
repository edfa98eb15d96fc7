# Predictions of a network, as tibbles or as plain vectors and matrices.

#' Predictions of a network
#'
#' @param object A model, for example made by [feedforward()] or [as_feedforward()].
#' @param new_data Predictors of the kind that the model was trained on:
#'   - For a model made with a data frame, formula, or recipe: a data frame with the same columns
#'     and types. Other columns are ignored. A numeric or sparse matrix with column names works,
#'     too. It stays sparse if all predictors of the model are numeric.
#'   - For a model made with a matrix: a matrix, or a data frame of numbers. Columns are matched by
#'     name if both have names, and by position otherwise.
#'   - For a model made with a table: a [data_source()]. See the section on data sources.
#'   - For a model made with images: an array of images, a matrix with an image in each row, or one
#'     image as a height x width matrix. Supply images on the training scale, such as 0 to 255. They
#'     are divided as in training: see the section "Images" in [feedforward()].
#'
#'   Missing values and factor levels that were not in the training data are errors, unless the
#'   model accepts them: see `missing` and `new_levels` in [feedforward()].
#' @param type What to predict. `NULL` (the default) is the first type that fits the outcome:
#'   - `"class"`: the most probable class, or the first of equally probable ones. For labels,
#'     whether the probability of each label is at least 0.5.
#'   - `"prob"`: the probabilities of all classes or labels.
#'   - `"numeric"`: for numeric outcomes, the prediction on the scale of `y`.
#'   - `"link"`: the output of the last layer before softmax, the sigmoid, or (for the Poisson loss)
#'     the exponential function. For other numeric outcomes, the same as `"numeric"`.
#'   - `"hidden"`: the activations of the last hidden layer.
#'   - `"quantile"`: for models with `loss = "quantile"`, the predicted quantile. The numbers are
#'     the same as for `"numeric"`, but the column name shows that they are a quantile.
#'   - `"pred_int"`: for numeric outcomes and models made by [feedforward_cv()], a prediction
#'     interval. See the section below.
#' @param format `"tibble"`, or `"matrix"` for plain vectors and matrices, which are faster. The
#'   default, `"auto"`, gives a tibble for a data frame, and a plain result otherwise.
#' @param ... Must be empty.
#' @param level For `type = "pred_int"`, the share of new outcomes that should lie in their
#'   interval, a number above 0 and below 1. Larger values give wider intervals. It is an error to
#'   supply it for other types.
#' @param threshold For `type = "class"`, the probability at which a label, or one of two classes,
#'   is predicted: a number from 0 to 1. The default, `NULL`, predicts the more probable class, and
#'   each label whose probability is at least 0.5. `threshold = 0.3` predicts the second level where
#'   its probability is at least 0.3, and `threshold = c(yes = 0.3)` names the class. A lower
#'   threshold finds more cases of the class, and raises more false alarms. It is an error to supply
#'   it for other types, or for more than two classes.
#' @param newdata The same as `new_data`, as in [stats::predict()].
#'
#' @returns One row or element for each row of `new_data`, in the same order.
#'
#'   | `type` | tibble columns | plain |
#'   |---|---|---|
#'   | `"class"` | `.pred_class` | a vector |
#'   | `"class"`, labels | `.pred_class_<label>` | a matrix, n x labels |
#'   | `"prob"` | `.pred_<level>` or `.pred_<label>` | a double matrix, n x classes or labels |
#'   | `"numeric"` | `.pred`, or `.pred_<outcome>` | a double vector, or a matrix, n x outcomes |
#'   | `"link"` | `.link`, or `.link_<name>` | a double vector, or a matrix, n x outputs |
#'   | `"hidden"` | `.hidden_1`, `.hidden_2`, ... | a double matrix, n x units |
#'   | `"quantile"` | `.pred_quantile`, or `.pred_quantile_<outcome>` | as `"numeric"` |
#'   | `"pred_int"` | `.pred_lower`, `.pred_upper` | a double matrix, n x 2 |
#'
#'   Intervals of several outcomes have the columns `.pred_lower_<outcome>` of all outcomes, then
#'   `.pred_upper_<outcome>`. The columns of the plain matrix are `lower` and `upper`.
#'
#'   Models made by [feedforward_cv()] average the probabilities or numbers of their networks. The
#'   types `"link"` and `"hidden"` are not available for them.
#'
#'   Classes have the type of `y`: a factor with all its levels, text, or logical. Labels are
#'   logical or 0/1, as in `y`. Matrix results have the row names of `new_data` if that is a matrix.
#'
#' @section Prediction intervals:
#' Models made by [feedforward_cv()] give intervals for new outcomes by CV+ (Barber et al. 2021).
#' For each row of the training data, the networks that did not learn from it give a prediction for
#' the new row. Subtracting and adding the out-of-fold error of the training row, times `inflation`
#' (see [feedforward_cv()]), gives a lower and an upper bound. The interval goes from a quantile of
#' all lower bounds to a quantile of all upper bounds: with n rows, from the
#' `floor((1 - level) * (n + 1))`-th smallest lower bound to the `ceiling(level * (n + 1))`-th
#' smallest upper bound. With too few rows for the level, an interval is infinite. With the Poisson
#' loss, intervals do not go below 0.
#'
#' No distribution is assumed, only that the new rows come from the same source as the training
#' rows. With `level = 0.9`, the intervals contain about 90% of new outcomes. Coverage is slightly
#' lower for small data sets. In a simulation with the default candidates, 90% intervals covered 87%
#' of new outcomes with 150 rows, and 89% with 600 rows. Intervals are about equally wide for all
#' rows. If the spread depends on the predictors, train two models with `loss = "quantile"` instead.
#' Case weights are not used. With `groups`, intervals are for rows of new groups.
#'
#' @section Data sources:
#' For a [data_source()], `predict()` returns a function. Each call gives a tibble with the
#' predictions for the next chunk, and `NULL` after the last one:
#' ```r
#' next_chunk <- predict(fit, source)
#' while (!is.null(predicted <- next_chunk())) print(predicted)
#' ```
#' `format` has no effect. [write_predictions()] writes all predictions to a database or to Parquet
#' files.
#'
#' @section Errors: An error of class `feedforward_error` names a missing column, a new level, a
#' column of another type, the row and column of a missing value, or a `type` that does not fit the
#' outcome. An invalid model is an error, too. If the numbers in a row are too large for the
#' network, its prediction is `NA` (classes), `NaN`, or infinite. A warning of class
#' `feedforward_not_finite` names such rows.
#'
#' @section Other processes:
#' A model is a plain list that you can send to other R processes. Call `library(feedforward)` on
#' each worker, so that R finds this method there. For example, use
#' `parallel::clusterEvalQ(cluster, library(feedforward))`.
#'
#' @references
#' Barber, R. F., Candes, E. J., Ramdas, A. and Tibshirani, R. J. (2021). Predictive inference with
#' the jackknife+. *Annals of Statistics* 49, 486-507. \doi{10.1214/20-AOS1965}
#' @seealso [feedforward()], [feedforward_cv()].
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 20)
#' new_flowers <- iris[c(1, 51, 101), ]
#' predict(fit, new_flowers)
#' predict(fit, new_flowers, type = "prob")
#' predict(fit, new_flowers, type = "hidden", format = "matrix")
#'
#' # Prediction intervals
#' fit <- feedforward_cv(dist ~ speed, data = cars, candidates = list(list(epochs = 30)))
#' predict(fit, cars[1:3, ], type = "pred_int", level = 0.9)
#' @export
predict.feedforward <- function(object, new_data, type = NULL,
                                format = c("auto", "tibble", "matrix"), ..., level = 0.95,
                                threshold = NULL, newdata) {
  check_no_intervals(...names(), object)
  check_empty_dots(..., known = c("new_data", "type", "format", "level", "threshold"))
  # Only what predictions need: some code predicts single rows.
  check_model(object, checks = checks_to_predict(), average = TRUE)
  new_data <- either_name(new_data, newdata, hint = "A model does not keep its training data.")
  if (is_source(new_data)) {
    interval <- if (!missing(level)) list(level = level)
    return(do.call(predict_source,
      c(list(object, check_source(new_data, "new_data"), type = type, threshold = threshold),
        interval),
      quote = TRUE
    ))
  }
  type <- check_prediction_type(type, object)
  if (!missing(level)) check_level_is_used(type, object)
  threshold <- check_prediction_threshold(threshold, object$outcome, type)
  format <- check_choice(format, "format", c("auto", "tibble", "matrix"))
  if (format == "auto") format <- if (is.data.frame(new_data)) "tibble" else "matrix"
  if (type == "pred_int") level <- check_level(level)
  x <- predictors_for(object, new_data)
  predicted <- if (type == "pred_int") {
    predict_interval(object, x, level)
  } else {
    predict_plain(object, x, type, threshold)
  }
  if (format == "tibble") spruce(predicted, type, object$outcome) else predicted
}

# Returns predictions as plain vectors and matrices. `x` is the result of predictors_for().
predict_plain <- function(model, x, type, threshold = NULL) {
  what <- if (type %in% c("link", "hidden")) type else "response"
  values <- if (what == "response") response_of(model, x) else network_output(model, x, what)
  outcome <- model$outcome
  if (outcome$kind == "numbers" && type != "hidden") values <- unscale_targets(values, outcome)
  if (first_non_finite(values) > 0) warn_not_finite(values, model)
  if (type == "hidden") {
    return(name_rows(values, x, NULL))
  }
  if (type == "class" && outcome$kind == "classes") {
    return(decode_classes(classes_at(threshold, values), outcome))
  }
  if (type == "class") values <- decode_labels(values, outcome, threshold)
  if (outcome$kind == "numbers" && is.null(outcome$names)) {
    return(as.vector(values))
  }
  name_rows(values, x, output_names(outcome))
}

# Returns the predictions of a network or an average on the scale of the targets, a double matrix
# with a row for each row of x.
response_of <- function(model, x) {
  if (is_average(model)) {
    average_output(model, x, thread_count_for(nrow_of(x)))
  } else {
    network_output(model, x, "response")
  }
}

# Returns the output of the network, a double matrix with a row for each row of x.
network_output <- function(model, x, what, threads = thread_count_for(nrow_of(x))) {
  rows <- nrow_of(x)
  with_core(
    {
      network <- network_for_core(model, x)
      predict_layers_cpp(network$x, network, rows, threads, what)
    },
    refuse_value = function() refuse_non_finite(x, "new_data", model$inputs)
  )
}

# Returns list(x, architecture, parameters): predictors that C++ reads, and the network for them.
network_for_core <- function(model, x) {
  if (ncol_of(x) != model$architecture$sizes[1L]) stop_unfit_part("inputs$encoding")
  read <- scale_drowned(x, model$inputs)
  parameters <- fold_scaling(lapply(model$parameters, as_double), read$inputs)
  list(x = read$x, architecture = model$architecture, parameters = parameters)
}

name_rows <- function(values, x, columns) {
  rows <- names_of_rows(x)
  if (!is.null(rows) || !is.null(columns)) dimnames(values) <- list(rows, columns)
  values
}

# Turns plain predictions into a tibble with the column names of the tidymodels.
spruce <- function(predicted, type, outcome) {
  if (!is.matrix(predicted)) {
    column <- switch(type,
      class = ".pred_class", link = ".link", quantile = ".pred_quantile", ".pred"
    )
    return(tibble::new_tibble(stats::setNames(list(predicted), column), nrow = length(predicted)))
  }
  prefix <- switch(type,
    class = ".pred_class_", link = ".link_", hidden = ".hidden_", quantile = ".pred_quantile_",
    ".pred_"
  )
  names <- switch(type,
    hidden = seq_len(ncol(predicted)), pred_int = colnames(predicted), output_names(outcome)
  )
  columns <- lapply(seq_len(ncol(predicted)), function(k) as.vector(predicted[, k]))
  tibble::new_tibble(stats::setNames(columns, paste0(prefix, names)), nrow = nrow(predicted))
}

# ---- Checks -------------------------------------------------------------------------

# The types of predictions for each kind of outcome. The first one is the default.
prediction_types <- list(
  classes = c("class", "prob", "link", "hidden"),
  labels = c("class", "prob", "link", "hidden"),
  numbers = c("numeric", "link", "hidden")
)

check_prediction_type <- function(type, model) {
  fitting <- types_for(model)
  if (is.null(type)) {
    return(fitting[1L])
  }
  if (rlang::is_string(type) && !type %in% fitting) {
    check_no_intervals(type, model)
    if (is_average(model)) check_average_type(type)
  }
  check_that(is.character(type) && length(type) == 1L && type %in% fitting, type, "type",
    paste(one_of(fitting), "for", problems[[model$outcome$kind]]), hint_for_type(type, fitting)
  )
  if (type == "hidden" && length(model$architecture$sizes) == 2L) {
    stop_feedforward("`type = \"hidden\"` needs a network with hidden layers.",
      i = "Use `type = \"link\"` for the output of its only layer."
    )
  }
  type
}

# Returns the types that a model can predict.
types_for <- function(model) {
  numbers <- model$outcome$kind == "numbers"
  types <- prediction_types[[model$outcome$kind]]
  if (is_average(model)) {
    types <- c(setdiff(types, c("link", "hidden")), if (numbers) "pred_int")
  }
  c(types, if (numbers && model$architecture$loss == "quantile") "quantile")
}

# Arguments and types with which predict() gives intervals of other models.
interval_names <- c("interval", "se.fit", "std_error", "conf_int", "pred_int", "quantile")

check_no_intervals <- function(given, model) {
  if (any(given %in% interval_names)) {
    average <- is.list(model) && is_average(model)
    networks <- if (average) "An average of networks" else "A network"
    numbers <- is.list(model) && identical(model$outcome$kind, "numbers")
    if (average && !numbers) {
      stop_feedforward("Only averages of networks for regression have prediction intervals.",
        i = "Use `type = \"prob\"` for probabilities."
      )
    }
    intervals <- if (average) {
      "For prediction intervals, use {.code type = \"pred_int\"}."
    } else {
      "For prediction intervals in regression, train a model with {.fn feedforward_cv}."
    }
    without <- if (average) "confidence intervals" else "intervals"
    stop_feedforward("{networks} has no {without} or standard errors for its predictions.",
      i = intervals, i = "To predict a quantile, train a model with `loss = \"quantile\"`."
    )
  }
}

check_level_is_used <- function(type, model) {
  if (type == "pred_int") {
    return()
  }
  if (!is_average(model)) check_no_intervals("interval", model)
  stop_feedforward("{.arg type} must be \"pred_int\" if {.arg level} is given.",
    i = "Leave {.arg level} out for other types."
  )
}

check_level <- function(level) {
  inside <- is_one_number(level) && isTRUE(level > 0 && level < 1)
  wanted <- "a number above 0 and below 1"
  as.double(check_that(inside, level, "level", wanted, hint_for_class(level, "level")))
}

# Names of the types in other packages.
types_elsewhere <- list(
  response = c("prob", "numeric"), probability = "prob", probabilities = "prob", posterior = "prob",
  raw = c("prob", "numeric"), label = "class", regression = "numeric", logit = "link",
  logits = "link"
)

hint_for_type <- function(type, fitting) {
  if (!rlang::is_string(type) || !is_text(type)) {
    return(NULL)
  }
  near <- c(intersect(types_elsewhere[[tolower(type)]], fitting), nearest_name(type, fitting))
  if (length(near)) sprintf("Did you mean \"%s\"?", near[1L])
}

# Some numbers are too large for a network.
warn_not_finite <- function(values, model) {
  check_model(model, finite = TRUE, average = TRUE)
  rows <- which(rowSums(!is.finite(values)) > 0)
  shown <- few_shown(rows)
  warn_feedforward("{length(rows)} prediction{?s} {?is/are} not finite: row{?s} {shown}.",
    i = "The numbers in these rows are too large for this network.",
    class = "feedforward_not_finite"
  )
}
