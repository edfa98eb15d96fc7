#' How well a model tells classes apart
#'
#' Predicts the classes of new data and compares them with the true ones.
#'
#' @param fit A model of classes, made by [feedforward()].
#' @param new_data Predictors as for [predict.feedforward()]: best of observations that the model
#'   was not trained on.
#' @param truth The true classes, one per row of `new_data`: a factor, or a character, logical or
#'   numeric vector, without `NA`; classes that the model does not know count as errors. May be
#'   left out where the model was made with a formula or recipe and `new_data` holds them; then
#'   classes that the model does not know are refused: to count them, give `truth`.
#' @param newdata The same as `new_data`, for code that calls it so.
#'
#' @param threshold Which class of two to predict: `NULL` (the default) for the more probable one.
#'   `threshold = 0.3` predicts the second level where its probability is at least 0.3, and the
#'   first level elsewhere; `threshold = c(yes = 0.3)` names the class that the probability
#'   belongs to. A number from 0 to 1: lower values find more of that class, and are more often
#'   wrong about it. For more classes, choose among the columns of `predict(type = "prob")` and
#'   count with [confusion_table()].
#'
#' @returns A list of class `feedforward_confusion`:
#'   - `table`: a [confusion_table()], rows predicted, columns actual;
#'   - `accuracy`: the share of the observations on its diagonal;
#'   - `classes`: a data frame with a row per class: `class`, `n`, `precision` (the share
#'     of those predicted as the class that are of it), `recall` (the share of those of the class
#'     that were predicted as it), `f1` (the harmonic mean of the two, 0 where both are); `NA`
#'     where a share would divide by 0, and for an `f1` of such a share.
#'
#' @section Errors:
#' A `feedforward_error` where `fit` is no model of classes, `new_data` does not fit it, or
#' `truth` is no vector of classes, one per row, or has no class that the model knows; where
#' `new_data` holds the outcome, also for a class that it does not know. Where `threshold` is no
#' number from 0 to 1, names no class of the model, or the model has more than two classes.
#'
#' @seealso [confusion_table()] for classes predicted by other means.
#'
#' @examples
#' set.seed(1)
#' rows <- sample(nrow(iris), 100)
#' fit <- feedforward(Species ~ ., data = iris[rows, ], hidden_units = 8, epochs = 50)
#' confusion <- confusion_matrix(fit, iris[-rows, ])
#' confusion
#' plot(confusion)
#'
#' # Two classes: find more of the sedans that are fast, at the price of false alarms
#' cars <- transform(mtcars, fast = factor(ifelse(qsec < 17, "yes", "no")))
#' fit <- feedforward(fast ~ wt + hp, data = cars, hidden_units = 4, epochs = 50)
#' confusion_matrix(fit, cars, threshold = c(yes = 0.3))
#' @export
confusion_matrix <- function(fit, new_data, truth = NULL, threshold = NULL, newdata) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit")
  new_data <- either_name(new_data, newdata)
  if (fit$outcome$kind != "classes") {
    stop_input("fit", "a model of classes", paste("one of", fit$outcome$kind),
      hint = if (fit$outcome$kind == "labels") "confusion_table() takes one label at a time."
    )
  }
  levels <- fit$outcome$levels
  threshold <- check_threshold(threshold, levels)
  read <- read_with_truth(fit, new_data, truth, "truth")
  truth <- read$outcomes
  # A data frame of one column, as outcomes of a table come.
  if (is.data.frame(truth) && length(truth) == 1L) truth <- truth[[1L]]
  check_labels(truth, "truth", nrow_of(read$x), "row of `new_data`")
  check_some_known(truth, levels)
  codes <- classes_at(threshold, predict_plain(fit, read$x, "prob"))
  check_all_predicted(codes)
  table <- count_pairs(factor(levels[codes], levels), class_names(truth))
  structure(list(
    table = table, accuracy = sum(diag(table)) / sum(table), classes = summary(table)
  ), class = "feedforward_confusion")
}

# Which class each row of probabilities stands for; `threshold` is what check_threshold() gives.
classes_at <- function(threshold, probabilities) {
  if (is.null(threshold)) {
    return(max.col(probabilities, ties.method = "first"))
  }
  ifelse(probabilities[, threshold$class] >= threshold$least, threshold$class, 3L - threshold$class)
}

# list(class, least): the number of the class, and the least probability at which it is predicted.
check_threshold <- function(threshold, levels, call = rlang::caller_env()) {
  if (is.null(threshold)) {
    return(NULL)
  }
  if (length(levels) != 2L) {
    stop_feedforward("`threshold` is for models of two classes; this one has {length(levels)}.",
      i = "Choose classes from `predict(fit, new_data, type = \"prob\")`, then count them with
        `confusion_table()`.",
      call = call
    )
  }
  number <- if (is.numeric(threshold)) unname(threshold) else threshold
  least <- check_number(number, "threshold", min = 0, max = 1, call = call)
  name <- names(threshold)
  class <- if (is.null(name)) 2L else match(name, levels)
  if (is.na(class)) {
    stop_input("threshold", sprintf("named by a class of the model: %s", listed(levels)),
      sprintf("the name %s", listed(name)),
      call = call
    )
  }
  list(class = class, least = least)
}

# predict() warns of rows that are too large to compute with; here they would count as no class.
check_all_predicted <- function(codes, call = rlang::caller_env()) {
  bad <- sum(is.na(codes))
  if (bad > 0L) {
    stop_feedforward("The model has no prediction for {bad} row{?s} of {.arg new_data}.",
      i = "Their numbers are too large to compute with: leave such rows out.", call = call
    )
  }
}

# A model may be so bad that no class was both predicted and true; that it knows none of the true
# classes is a mistake.
check_some_known <- function(truth, levels, call = rlang::caller_env()) {
  found <- unique(class_names(truth))
  if (!any(found %in% levels)) {
    stop_input("truth", sprintf("of classes that the model knows: %s", listed(levels)),
      sprintf("only %s", listed(found)),
      call = call
    )
  }
}

# confusion_table() warns where no class was both predicted and true.
count_pairs <- function(predicted, truth) {
  withCallingHandlers(confusion_table(predicted, truth), feedforward_warning = rlang::cnd_muffle)
}

# What confusion_matrix() returns.
check_confusion <- function(x, call = rlang::caller_env()) {
  columns <- c("class", "n", "precision", "recall", "f1")
  known <- is.list(x) && inherits(x$table, confusion_table_class[1L]) && is.data.frame(x$classes) &&
    identical(names(x$classes), columns) && all(vapply(x$classes[-1L], is.numeric, TRUE))
  if (!known) stop_input("x", "what confusion_matrix() returns", describe(x), call = call)
  check_counts(x$table, "x$table", call = call)
}
