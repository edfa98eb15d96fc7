# Plots by ggplot2, with the content and colors of those of plot(). ggplot2 loads these methods.

#' Plots with ggplot2
#'
#' `autoplot()` draws the plots of [plot()] with ggplot2, so that you can change their theme, add
#' layers, or combine them with other plots. Load ggplot2 first.
#'
#' @param object One of these:
#'   - a model made by [feedforward()], which gives the loss and the metric over the epochs;
#'   - a confusion table made by [confusion_matrix()] or [confusion_table()], which gives a heat map
#'     with the actual classes on the x-axis;
#'   - the result of [permutation_importance()], which gives a dot with its confidence interval for
#'     each column.
#' @param what For a model, `"loss"`, `"metric"` (the accuracy, or the root mean squared error for
#'   regression), or both, each in its own panel. `NULL` (the default) draws what the model has.
#' @param n The largest number of columns to draw, a whole number of at least 1. The most important
#'   ones are drawn.
#' @param ... Must be empty.
#'
#' @returns A ggplot object.
#'
#' @section Errors: An error of class `feedforward_error` if the object is invalid, or if the model
#' has no complete epoch. Models made by [feedforward_cv()] are not supported: use
#' [plot.feedforward_cv()] for them.
#'
#' @seealso [plot.feedforward()], and [confusion_table()] for what the colors mean.
#'
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' library(ggplot2)
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 40, validation = 0.2)
#' autoplot(fit)
#' autoplot(confusion_matrix(fit, iris)) + theme_minimal()
#' @name autoplot.feedforward
NULL

#' @rdname autoplot.feedforward
#' @importFrom rlang .data
#' @exportS3Method ggplot2::autoplot
autoplot.feedforward <- function(object, what = NULL, ...) {
  check_model(object)
  check_empty_dots(..., known = "what")
  what <- panels_of(object, what)
  check_panels(what, log = "", main = NULL)
  check_some_epoch(object, "object")
  curves <- Reduce(rbind, lapply(what, curve_table, fit = object))
  plot <- ggplot2::ggplot(curves, ggplot2::aes(
    x = .data$epoch, y = .data$value, color = .data$data, linetype = .data$data
  )) +
    ggplot2::facet_wrap("panel", scales = "free_y", strip.position = "left") +
    ggplot2::scale_color_manual(values = curve_looks("col")) +
    ggplot2::scale_linetype_manual(values = curve_looks("lty")) +
    ggplot2::labs(x = "Epoch", y = NULL, color = NULL, linetype = NULL) +
    ggplot2::theme(strip.placement = "outside", strip.background = ggplot2::element_blank(),
      legend.position = if (any(curves$data == "validation")) "top" else "none")
  plot + best_epoch_line(object) + curve_layer(object)
}

# A single epoch is a dot.
curve_layer <- function(fit) {
  if (nrow(fit$history) == 1L) ggplot2::geom_point() else ggplot2::geom_line(linewidth = 0.8)
}

best_epoch_line <- function(fit) {
  if (!is.na(best_row(fit))) {
    ggplot2::geom_vline(xintercept = fit$best_epoch, color = best_look$col, linetype = "dotted")
  }
}

# Returns the values of one panel, a row for each epoch of training and validation.
curve_table <- function(what, fit) {
  panel <- history_panel(what, fit, log = "")
  values <- list(training = panel$training, validation = panel$validation)
  values <- values[lengths(values) > 0L]
  table <- data.frame(
    panel = panel$label, epoch = fit$history$epoch,
    data = rep(names(values), each = nrow(fit$history)), value = unlist(values, use.names = FALSE)
  )
  table$panel <- factor(table$panel, unique(table$panel))
  table
}

curve_looks <- function(name) {
  looks <- list(training = training_look, validation = validation_look)
  vapply(looks, `[[`, looks[[1L]][[name]], name)
}

#' @exportS3Method ggplot2::autoplot
autoplot.feedforward_cv <- function(object, ...) {
  stop_feedforward("{.fn autoplot} cannot draw an average of networks.",
    i = "Use {.code plot(fit)}, or {.code autoplot(network_of(fit, 1))} for one of its networks."
  )
}

#' @rdname autoplot.feedforward
#' @exportS3Method ggplot2::autoplot
autoplot.feedforward_confusion <- function(object, ...) {
  check_confusion(object, "object")
  autoplot.feedforward_confusion_table(object$table, ...)
}

#' @rdname autoplot.feedforward
#' @exportS3Method ggplot2::autoplot
autoplot.feedforward_confusion_table <- function(object, ...) {
  check_counts(object, "object")
  check_empty_dots(...)
  classes <- colnames(object)
  share <- share_of_actual(object)
  hit <- as.vector(row(share) == col(share))
  cells <- data.frame(
    predicted = factor(rep(classes, length(classes)), rev(classes)),
    actual = factor(rep(classes, each = length(classes)), classes),
    fill = cell_colors(as.vector(share), hit),
    ink = ifelse(hit & as.vector(share) > 0.45, "white", "black"),
    count = as.vector(format_counts(matrix(object, nrow(object))))
  )
  title <- if (is_count_table(object)) sprintf("Accuracy %.4f", sum(diag(object)) / sum(object))
  ggplot2::ggplot(cells, ggplot2::aes(x = .data$actual, y = .data$predicted)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$fill), color = "gray80") +
    ggplot2::geom_text(ggplot2::aes(label = .data$count, color = .data$ink)) +
    ggplot2::scale_fill_identity() +
    ggplot2::scale_color_identity() +
    ggplot2::coord_equal() +
    ggplot2::labs(x = "Actual", y = "Predicted", title = title)
}

#' @rdname autoplot.feedforward
#' @exportS3Method ggplot2::autoplot
autoplot.feedforward_importance <- function(object, n = 20L, ...) {
  check_importance(object, "object")
  n <- check_count(n, "n")
  check_empty_dots(..., known = "n")
  shown <- utils::head(as.data.frame(object), n)
  shown$column <- factor(shown$column, rev(shown$column))
  # Without an interval, with one repeat, there is only a dot.
  shown$known <- is.finite(shown$lower)
  shown$color <- ifelse(shown$known & shown$lower <= 0, unused_color, used_color)
  ggplot2::ggplot(shown, ggplot2::aes(
    x = .data$importance, y = .data$column, color = .data$color
  )) +
    ggplot2::geom_vline(xintercept = 0, color = "gray50", linetype = "dotted") +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$lower, xmax = .data$upper),
      data = shown[shown$known, ], linewidth = 0.8) +
    ggplot2::geom_point() +
    ggplot2::scale_color_identity() +
    ggplot2::labs(x = paste(importance_label(object), "if permuted"), y = NULL)
}
