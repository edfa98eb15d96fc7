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
    class = "feedforward_warning", call = rlang::caller_env()
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
check_counts <- function(x, arg = "x", call = rlang::caller_env()) {
  counts <- unclass(x)
  # Shares of a class that never occurs are NaN.
  known <- is.numeric(counts) && is_square(counts) && length(counts) > 0L &&
    all(is.finite(counts) & counts >= 0 | is.nan(counts)) && !is.null(colnames(counts)) &&
    identical(rownames(counts), colnames(counts))
  if (!known) stop_input(arg, "what confusion_table() returns", describe(x), call = call)
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
