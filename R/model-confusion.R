#' How well a model tells classes apart
#'
#' Predicts the classes of new data and compares them with the true ones.
#'
#' @param fit A classification model made by [feedforward()] or [feedforward_cv()].
#' @param new_data Predictors, as for [predict.feedforward()]. Use observations that the model was
#'   not trained on. For a model made by [feedforward_cv()], you can leave out `new_data` and
#'   `truth`. The predictions are then out of fold: each comes from the networks that did not learn
#'   from the row. Unlike the accuracy that `print(fit)` shows, the counts are not corrected for the
#'   choice of epochs, so they look slightly too good: see [feedforward_cv()].
#' @param truth The true classes, one for each row of `new_data`: a factor, or a character, logical,
#'   or numeric vector, without missing values. Classes that the model does not know count as
#'   misclassified. You can leave `truth` out if the model was made with a formula or recipe and
#'   `new_data` contains the outcome. In that case, a class that the model does not know is an
#'   error.
#' @param newdata The same as `new_data`.
#'
#' @param threshold The probability at which a model with two classes predicts one of them, a number
#'   from 0 to 1. The default, `NULL`, predicts the more probable class. `threshold = 0.3` predicts
#'   the second level where its probability is at least 0.3, and the first level elsewhere.
#'   `threshold = c(yes = 0.3)` names the class that the probability belongs to. A lower threshold
#'   finds more observations of that class, and raises more false alarms. For more than two classes,
#'   choose classes from `predict(type = "prob")` and count them with [confusion_table()].
#'
#' @returns A list of class `feedforward_confusion`:
#'   - `table`: a [confusion_table()], with predicted classes in rows and actual classes in columns.
#'   - `accuracy`: the share of observations on its diagonal.
#'   - `classes`: a data frame with one row for each class, and the columns `class`, `n`,
#'     `precision`, `recall`, and `f1`. They are explained in [confusion_table()].
#'
#' @section Errors:
#' An error of class `feedforward_error` if `fit` is not a classification model, if `new_data` does
#' not fit the model, if `truth` is not a vector with one class for each row, or if the model knows
#' none of the true classes. A `threshold` that is not a number from 0 to 1, that names an unknown
#' class, or that is used for more than two classes is an error, too.
#'
#' @seealso [confusion_table()] for classes that were predicted in another way.
#'
#' @examples
#' set.seed(1)
#' rows <- sample(nrow(iris), 100)
#' fit <- feedforward(Species ~ ., data = iris[rows, ], hidden_units = 8, epochs = 50)
#' confusion <- confusion_matrix(fit, iris[-rows, ])
#' confusion
#' plot(confusion)
#'
#' # Cross-validation needs no other data
#' fit <- feedforward_cv(Species ~ ., data = iris, candidates = list(list(epochs = 10)))
#' confusion_matrix(fit)
#'
#' # Two classes: find more of the fast cars, at the cost of false alarms
#' cars <- transform(mtcars, fast = factor(ifelse(qsec < 17, "yes", "no")))
#' fit <- feedforward(fast ~ wt + hp, data = cars, hidden_units = 4, epochs = 50)
#' confusion_matrix(fit, cars, threshold = c(yes = 0.3))
#' @export
confusion_matrix <- function(fit, new_data, truth = NULL, threshold = NULL, newdata) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit", average = TRUE)
  own <- is_average(fit) && missing(new_data) && missing(newdata) && is.null(truth)
  if (!own) new_data <- either_name(new_data, newdata)
  if (fit$outcome$kind != "classes") {
    stop_input("fit", "a classification model",
      if (fit$outcome$kind == "labels") "a multi-label model" else "a regression model",
      hint = if (fit$outcome$kind == "labels") "Use `confusion_table()` for one label at a time."
    )
  }
  levels <- fit$outcome$levels
  threshold <- check_threshold(threshold, levels)
  if (own) {
    values <- out_of_fold_values(fit)
    return(new_confusion(classes_at(threshold, values$fitted), fit$out_of_fold$truth, levels))
  }
  read <- read_with_truth(fit, new_data, truth, "truth")
  truth <- read$outcomes
  # Outcomes that were read from a table are a data frame of one column.
  if (is.data.frame(truth) && length(truth) == 1L) truth <- truth[[1L]]
  check_labels(truth, "truth", nrow_of(read$x), "row of `new_data`")
  check_some_known(truth, levels)
  codes <- classes_at(threshold, predict_plain(fit, read$x, "prob"))
  check_all_predicted(codes)
  new_confusion(codes, truth, levels)
}

new_confusion <- function(codes, truth, levels) {
  # confusion_table() warns if no class was both predicted and true. Here, that may be a bad model.
  table <- withCallingHandlers(
    confusion_table(factor(levels[codes], levels), class_names(truth)),
    feedforward_warning = rlang::cnd_muffle
  )
  structure(list(
    table = table, accuracy = sum(diag(table)) / sum(table), classes = summary(table)
  ), class = "feedforward_confusion")
}

# predict() only warns about rows whose numbers are too large. Here, they have no class to count.
check_all_predicted <- function(codes) {
  bad <- sum(is.na(codes))
  if (bad > 0L) {
    stop_feedforward("The model has no prediction for {bad} row{?s} of {.arg new_data}.",
      i = "Leave out rows whose numbers are too large to compute with."
    )
  }
}

# No hit at all may be a bad model; true classes that the model does not know at all are the
# caller's mistake.
check_some_known <- function(truth, levels) {
  found <- unique(class_names(truth))
  if (!any(found %in% levels)) {
    known <- listed(levels)
    found <- listed(found)
    stop_feedforward("The model knows none of the classes in {.arg truth}.",
      x = "{.arg truth} has {found}, and the model has {known}."
    )
  }
}

# Refuses anything but the result of confusion_matrix().
check_confusion <- function(x, arg = "x") {
  columns <- c("class", "n", "precision", "recall", "f1")
  known <- is.list(x) && inherits(x$table, confusion_table_class[1L]) && is.data.frame(x$classes) &&
    identical(names(x$classes), columns) && all(vapply(x$classes[-1L], is.numeric, TRUE))
  check_that(known, x, arg, "a result of `confusion_matrix()`")
  check_counts(x$table, paste0(arg, "$table"))
}

# ---- Tables of counts --------------------------------------------------------------

#' Count predicted and actual classes
#'
#' Counts how often each class was predicted for each actual class. The table is square: each class
#' in `predicted` or `actual` has a row and a column. So the diagonal always contains the hits.
#'
#' @param predicted,actual Classes, one for each observation: a factor, or a numeric, character, or
#'   logical vector, without missing values. Both must have the same length, at least 1. Their types
#'   can differ: `"7"`, `7L`, and the factor level "7" are the same class. Levels of factors keep
#'   their order. Otherwise, numbers are in numeric order and text is in alphabetical order.
#' @return An integer matrix of counts, of class `c("feedforward_confusion_table", "table")`, with a
#'   row for each predicted class and a column for each actual class. Apart from its class, it
#'   equals `table(Predicted = predicted, Actual = actual)` if the same classes occur in both.
#'   `as.data.frame()` turns it into a data frame with one row for each pair of classes, and the
#'   counts in `Freq`.
#' @section Errors:
#' An error of class `feedforward_error` if an argument is not a vector of classes, is empty, or has
#' missing values, or if the lengths differ. A warning of class `feedforward_warning` if no class
#' occurs in both.
#' @seealso [plot_digits()] to look at the misclassified images.
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

# Not just "confusion_table": then R might call methods that another package has for such a class.
confusion_table_class <- c("feedforward_confusion_table", "table")

# The usual reason: predictions that count classes from 0, and a factor of actual classes.
warn_of_no_common_class <- function(actual) {
  warn_feedforward("{.arg predicted} and {.arg actual} have no class in common.",
    i = if (is.factor(actual)) {
      "Use {.code levels(actual)[predicted + 1]} to turn predicted numbers into classes."
    },
    class = "feedforward_warning"
  )
}

# Returns classes as text, numbers with all their digits: as.character() gives "1e+05" for 1e5, but
# "100000" for 100000L.
class_names <- function(labels) {
  if (is.numeric(labels)) sprintf("%.15g", labels) else as.character(labels)
}

# Returns the classes of all arguments: levels in their order, then other classes, sorted.
all_classes <- function(...) {
  labels <- list(...)
  is_factor <- vapply(labels, is.factor, TRUE)
  given <- unlist(lapply(labels[is_factor], levels))
  loose <- unique(unlist(lapply(labels[!is_factor], class_names)))
  number <- suppressWarnings(as.numeric(loose))
  union(given, if (anyNA(number)) sort(loose) else loose[order(number)])
}

is_square <- function(x) length(dim(x)) == 2L && nrow(x) == ncol(x)

# Whether a table has the same classes in its rows (predicted) and columns (actual). t(x) and
# x[1:3, 4:6] do not.
has_classes_as_made <- function(x) {
  is_square(x) && identical(rownames(x), colnames(x)) &&
    identical(names(dimnames(x)), c("Predicted", "Actual"))
}

# Whether a table holds counts that confusion_table() made, so that it has an accuracy. Shares and
# parts of a table do not.
is_count_table <- function(x) is.integer(x) && has_classes_as_made(x)

# Refuses anything but counts or shares of the same classes in rows and columns.
check_counts <- function(x, arg = "x") {
  counts <- unclass(x)
  # prop.table() gives NaN for a class that never occurs.
  known <- is.numeric(counts) && is_square(counts) && length(counts) > 0L &&
    all(is.finite(counts) & counts >= 0 | is.nan(counts)) && !is.null(colnames(counts)) &&
    identical(rownames(counts), colnames(counts))
  check_that(known, x, arg, "a result of `confusion_table()`")
  if (!has_classes_as_made(x)) {
    stop_feedforward("{.arg {arg}} must have predicted classes in its rows.",
      i = "Use `t({arg})` if the table was transposed."
    )
  }
}

# Returns counts or shares as a plain matrix, with 0 for NaN.
plain_counts <- function(x) {
  counts <- matrix(x, nrow(x))
  counts[is.nan(counts)] <- 0
  counts
}

#' @describeIn confusion_table A data frame with one row for each class:
#'   - `class`: the name of the class.
#'   - `n`: the number of observations in the class.
#'   - `precision`: of the observations predicted to be in the class, the share that is.
#'   - `recall`: of the observations in the class, the share predicted to be in it.
#'   - `f1`: the harmonic mean of precision and recall, 0 if both are 0.
#'
#'   `precision` and `recall` are `NA` if their denominator is 0. `f1` is `NA` if either of them is.
#'   For shares, such as `prop.table(x)`, `n` is the share of the class.
#' @param object A result of `confusion_table()`.
#' @export
summary.feedforward_confusion_table <- function(object, ...) {
  check_empty_dots(...)
  check_counts(object, "object")
  counts <- plain_counts(object)
  hits <- diag(counts)
  as_predicted <- rowSums(counts)
  n <- colSums(counts)
  share <- function(part, whole) ifelse(whole > 0, part / whole, NA_real_)
  precision <- share(hits, as_predicted)
  recall <- share(hits, n)
  f1 <- ifelse(is.na(precision + recall), NA_real_, share(2 * hits, as_predicted + n))
  if (is.integer(object)) n <- as.integer(n)
  data.frame(class = colnames(object), n = n, precision, recall, f1)
}
