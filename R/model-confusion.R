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
check_threshold <- function(threshold, levels) {
  if (is.null(threshold)) {
    return(NULL)
  }
  if (length(levels) != 2L) {
    stop_feedforward("`threshold` is for models of two classes; this one has {length(levels)}.",
      i = "Choose classes from `predict(fit, new_data, type = \"prob\")`, then count them with
        `confusion_table()`."
    )
  }
  number <- if (is.numeric(threshold)) unname(threshold) else threshold
  least <- check_number(number, "threshold", min = 0, max = 1)
  name <- names(threshold)
  class <- if (is.null(name)) 2L else match(name, levels)
  if (is.na(class)) {
    stop_input("threshold", sprintf("named by a class of the model: %s", listed(levels)),
      sprintf("the name %s", listed(name))
    )
  }
  list(class = class, least = least)
}

# predict() warns of rows that are too large to compute with; here they would count as no class.
check_all_predicted <- function(codes) {
  bad <- sum(is.na(codes))
  if (bad > 0L) {
    stop_feedforward("The model has no prediction for {bad} row{?s} of {.arg new_data}.",
      i = "Their numbers are too large to compute with: leave such rows out."
    )
  }
}

# A model may be so bad that no class was both predicted and true; that it knows none of the true
# classes is a mistake.
check_some_known <- function(truth, levels) {
  found <- unique(class_names(truth))
  if (!any(found %in% levels)) {
    stop_input("truth", sprintf("of classes that the model knows: %s", listed(levels)),
      sprintf("only %s", listed(found))
    )
  }
}

# confusion_table() warns where no class was both predicted and true.
count_pairs <- function(predicted, truth) {
  withCallingHandlers(confusion_table(predicted, truth), feedforward_warning = rlang::cnd_muffle)
}

# What confusion_matrix() returns.
check_confusion <- function(x) {
  columns <- c("class", "n", "precision", "recall", "f1")
  known <- is.list(x) && inherits(x$table, confusion_table_class[1L]) && is.data.frame(x$classes) &&
    identical(names(x$classes), columns) && all(vapply(x$classes[-1L], is.numeric, TRUE))
  if (!known) stop_input("x", "what confusion_matrix() returns", describe(x))
  check_counts(x$table, "x$table")
}

# ---- Tables of counts --------------------------------------------------------------

#' How often each class was taken for which
#'
#' Counts the pairs of predicted and actual class. The table is square: every
#' class that occurs on either side has a row and a column, also one that was
#' never predicted, so the diagonal always holds the hits.
#'
#' @param predicted,actual Classes, one per observation: a factor, or a numeric,
#'   character or logical vector, without `NA`, both of the same length (at least
#'   1). The types may differ; `"7"`, `7L` and the factor level "7" are the same
#'   class. Classes are in the order of the levels for factors; else numbers in
#'   numeric order, anything else in alphabetical order.
#' @return An integer matrix of counts, classes x classes, of class
#'   `c("feedforward_confusion_table", "table")`: rows are `Predicted`, columns `Actual`. Where
#'   the same classes occur on both sides it equals
#'   `table(Predicted = predicted, Actual = actual)` but for its class.
#'   `as.data.frame()` gives all pairs of classes, one in each row, with their counts in `Freq`.
#' @section Errors:
#' A `feedforward_error` when an argument is not a vector of classes, is
#' empty, has `NA`, or when the lengths differ.
#' Where no class occurs on both sides, a warning of class `feedforward_warning`.
#' @seealso [plot_digits()] to look at the errors themselves.
#' @examples
#' actual <- c(0, 0, 1, 1, 2, 2)
#' predicted <- c(0, 1, 1, 1, 2, 0)
#' confusion <- confusion_table(predicted, actual)
#' confusion
#' summary(confusion)
#' plot(confusion)
#' @export
confusion_table <- function(predicted, actual) {
  check_labels(predicted, "predicted")
  check_labels(actual, "actual", length(predicted), "element of `predicted`")
  if (!any(class_names(predicted) %in% class_names(actual))) warn_of_no_common_class(actual)
  classes <- all_classes(predicted, actual)
  counts <- table(
    Predicted = factor(class_names(predicted), classes),
    Actual = factor(class_names(actual), classes)
  )
  structure(counts, class = confusion_table_class)
}

# Not plainly "confusion_table": methods of other packages for a class of that name would be
# taken for ours.
confusion_table_class <- c("feedforward_confusion_table", "table")

# Predictions count classes from 0, a factor has names for them.
warn_of_no_common_class <- function(actual) {
  cli::cli_warn(
    c("{.arg predicted} and {.arg actual} have no class in common.",
      i = if (is.factor(actual)) "Name predicted classes by {.code levels(actual)[predicted + 1]}."
    ),
    class = "feedforward_warning"
  )
}

# Numbers by all their digits: as.character() would make 1e5 and 100000L differ.
class_names <- function(labels) {
  if (is.numeric(labels)) sprintf("%.15g", labels) else as.character(labels)
}

# The classes of all arguments: levels first, in their order, then the others sorted.
all_classes <- function(...) {
  labels <- list(...)
  is_factor <- vapply(labels, is.factor, TRUE)
  given <- unlist(lapply(labels[is_factor], levels))
  loose <- unique(unlist(lapply(labels[!is_factor], class_names)))
  number <- suppressWarnings(as.numeric(loose))
  union(given, if (anyNA(number)) sort(loose) else loose[order(number)])
}

is_square <- function(x) length(dim(x)) == 2L && nrow(x) == ncol(x)

# The same classes on both sides, predicted ones in rows: t() and x[1:3, 4:6] leave other tables.
has_classes_as_made <- function(x) {
  is_square(x) && identical(rownames(x), colnames(x)) &&
    identical(names(dimnames(x)), c("Predicted", "Actual"))
}

# Counts or shares of the same classes in rows and columns.
check_counts <- function(x, arg = "x") {
  counts <- unclass(x)
  # Shares of a class that never occurs are NaN.
  known <- is.numeric(counts) && is_square(counts) && length(counts) > 0L &&
    all(is.finite(counts) & counts >= 0 | is.nan(counts)) && !is.null(colnames(counts)) &&
    identical(rownames(counts), colnames(counts))
  if (!known) stop_input(arg, "what confusion_table() returns", describe(x))
}

#' @describeIn confusion_table A data frame with one row per class: `class`; `n`,
#'   the observations that are of it; `precision`, the share of those predicted as
#'   the class that are of it; `recall`, the share of those of the class that were
#'   predicted as it; `f1`, the harmonic mean of the two, 0 where both are. `NA`
#'   where a share would divide by 0, and for an `f1` of such a share.
#' @param object A table that `confusion_table()` returned.
#' @export
summary.feedforward_confusion_table <- function(object, ...) {
  check_empty_dots(...)
  check_counts(object, "object")
  hits <- unname(diag(object))
  as_predicted <- unname(rowSums(object))
  n <- unname(colSums(object))
  share <- function(part, whole) ifelse(whole > 0, part / whole, NA_real_)
  precision <- share(hits, as_predicted)
  recall <- share(hits, n)
  f1 <- ifelse(is.na(precision + recall), NA_real_, share(2 * hits, as_predicted + n))
  data.frame(class = colnames(object), n = as.integer(n), precision, recall, f1)
}
