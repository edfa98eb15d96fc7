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
#'
#' @returns A list of class `confusion_matrix`:
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
#' `new_data` holds the outcome, also for a class that it does not know.
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
#' @export
confusion_matrix <- function(fit, new_data, truth = NULL) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit")
  check_given(missing(new_data), "new_data")
  if (fit$outcome$kind != "classes") {
    stop_input("fit", "a model of classes", paste("one of", fit$outcome$kind),
      hint = if (fit$outcome$kind == "labels") "confusion_table() takes one label at a time."
    )
  }
  x <- predictors_for(fit, new_data)
  truth <- truth_for(fit, new_data, truth, "truth")
  # A data frame of one column, as outcomes of a table come.
  if (is.data.frame(truth) && length(truth) == 1L) truth <- truth[[1L]]
  check_labels(truth, "truth", nrow_of(x), "row of `new_data`")
  levels <- fit$outcome$levels
  codes <- max.col(predict_plain(fit, x, "prob"), ties.method = "first")
  check_some_known(truth, levels)
  table <- count_pairs(factor(levels[codes], levels), class_names(truth))
  structure(list(
    table = table, accuracy = sum(diag(table)) / sum(table), classes = summary(table)
  ), class = "confusion_matrix")
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

#' @describeIn confusion_matrix Prints the table, the accuracy, and the shares of each class with
#'   `digits` digits after the point.
#' @param x A `confusion_matrix`.
#' @param digits A whole number from 1 to 15.
#' @export
print.confusion_matrix <- function(x, digits = 3, ...) {
  digits <- check_count(digits, "digits", max = 15L)
  check_confusion(x)
  print(x$table)
  shares <- x$classes
  numbers <- c("precision", "recall", "f1")
  shares[numbers] <- lapply(shares[numbers], formatC, digits = digits, format = "f")
  cat("\n")
  print(shares, row.names = FALSE)
  invisible(x)
}

#' @describeIn confusion_matrix Draws the table as a heat map, see [plot.confusion_table()].
#' @param ... For `plot()`, arguments of [plot.confusion_table()]; else ignored.
#' @export
plot.confusion_matrix <- function(x, ...) {
  check_confusion(x)
  plot(x$table, ...)
  invisible(x)
}

# What confusion_matrix() returns.
check_confusion <- function(x, call = rlang::caller_env()) {
  columns <- c("class", "n", "precision", "recall", "f1")
  known <- is.list(x) && inherits(x$table, "confusion_table") && is.data.frame(x$classes) &&
    identical(names(x$classes), columns) && all(vapply(x$classes[-1L], is.numeric, TRUE))
  if (!known) stop_input("x", "what confusion_matrix() returns", describe(x), call = call)
  check_counts(x$table, "x$table", call = call)
}
