#' Plot the training history
#'
#' Plots the loss and the metric over the epochs. Training is a blue line, validation a dashed
#' vermilion line. With validation, a dotted line marks the best epoch, whose weights the model has.
#' The legend is above the panels.
#'
#' If the validation loss rises while the training loss still falls, the network overfits. If both
#' still fall, try more epochs. If the lines jump up and down, try a lower learning rate.
#'
#' @param x A model made by [feedforward()], trained for at least one complete epoch.
#' @param what `"loss"`, `"metric"` (the accuracy, or the root mean squared error for regression),
#'   or both. Each has its own panel. A single panel can be part of a page laid out with
#'   `par(mfrow)`. The default, `NULL`, plots both, or only the loss if the model has no metric.
#' @param log `"y"` for a logarithmic axis of the loss, which shows late epochs in detail. `""` (the
#'   default) for a linear axis. The axis of the metric is always linear.
#' @param main The titles of the panels, as many strings as `what` has, or `NULL` for no titles.
#' @param ... Graphical parameters of [plot.default()], such as `ylim` or `cex`.
#'
#' @returns `x`, invisibly. Graphical parameters set by [graphics::par()] are unchanged.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the model is invalid or has no complete epoch, and for
#' invalid arguments.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 40, validation = 0.2)
#' plot(fit)
#' plot(fit, what = "loss", log = "y")
#' @export
plot.feedforward <- function(x, what = NULL, log = "", main = NULL, ...) {
  check_model(x, "x")
  what <- panels_of(x, what)
  check_panels(what, log, main)
  check_some_epoch(x, "x")
  several <- length(what) > 1L
  old <- graphics::par(c(if (several) c("mfrow", "oma"), "mar", "mgp", "las"))
  on.exit(graphics::par(old))
  panels <- lapply(what, history_panel, fit = x, log = log)
  legend <- legend_items(x)
  set_page(panels, titled = !is.null(main), legend = !is.null(legend), list(...)$cex.axis)
  for (i in seq_along(panels)) {
    draw_history(x, panels[[i]], main[i], ...)
    if (i == 1L && !is.null(legend)) draw_legend(legend, above_figure = several)
  }
  invisible(x)
}

# Returns `what`, or by default all panels that the history of a model fills.
panels_of <- function(fit, what) {
  if (is.null(what)) c("loss", if (any(is.finite(fit$history$metric))) "metric") else what
}

check_some_epoch <- function(fit, arg) {
  if (nrow(fit$history) == 0L) {
    got <- if (is.null(fit$stopped)) "trained for 0 epochs" else "stopped in its first epoch"
    stop_input(arg, "a model trained for at least one whole epoch", paste("a model", got))
  }
}

check_panels <- function(what, log, main) {
  panels <- c("loss", "metric")
  known <- is.character(what) && length(what) %in% 1:2 && all(what %in% panels)
  check_that(known, what, "what", "\"loss\", \"metric\", or both")
  check_choice(log, "log", c("", "y"))
  titles <- is.character(main) && length(main) == length(what) && !anyNA(main)
  wanted <- sprintf("%d string%s or NULL", length(what), plural(length(what)))
  check_that(is.null(main) || titles, main, "main", wanted)
  for (title in main[nzchar(main)]) check_title(title, "main")
}

# Blue and vermilion of the Okabe-Ito palette, which most people with color blindness can
# distinguish. Lines also differ in their dashes, for print in gray.
training_look <- list(col = "#0072B2", lty = 1L)
validation_look <- list(col = "#D55E00", lty = 2L)
best_look <- list(col = "gray50", lty = 3L)

# Returns what one panel shows: its lines, the limits of its axis, whether the axis is logarithmic,
# and its label.
history_panel <- function(what, fit, log) {
  training <- fit$history[[what]]
  validation <- fit$history[[paste0("valid_", what)]]
  log <- if (what == "loss") log else ""
  values <- c(training, validation)
  # A logarithmic axis cannot show a loss of 0.
  values <- values[is.finite(values) & (values > 0 | log != "y")]
  label <- if (what == "loss") loss_name(fit) else metric_name(fit)
  list(
    training = training, validation = if (any(is.finite(validation))) validation,
    ylim = limits_around(values), log = log, label = capitalize(label)
  )
}

# Returns the limits of an axis, even for one value or no value.
limits_around <- function(values) {
  if (length(values) == 0L) {
    return(1:2)
  }
  ends <- range(values)
  if (diff(ends) > 0) ends else ends + c(-0.4, 0.4) * (if (ends[1L] == 0) 1 else abs(ends[1L]))
}

# Sets the same margins for all panels, so that their axes are aligned, and a strip for the legend
# on top. `size` is the size of the numbers at the axis. On small pages, nearly half of a panel
# remains for the lines.
set_page <- function(panels, titled, legend, size) {
  several <- length(panels) > 1L
  if (several) {
    wide <- diff(graphics::par("fin")) < 0
    graphics::par(mfrow = if (wide) c(1L, 2L) else c(2L, 1L), omi = numeric(4L))
  }
  line <- line_height()
  numbers <- max(vapply(panels, tick_width, 1, size = size))
  margins <- line * c(3.4, 2.4 + numbers, if (titled) 2.6 else 0.7, 0.8)
  strip <- if (legend) min(1.3 * line, 0.12 * graphics::par("din")[2L]) else 0
  if (several) {
    graphics::par(omi = c(0, 0, strip, 0))
  } else {
    margins[3L] <- margins[3L] + strip
  }
  taken <- c(sum(margins[c(1L, 3L)]), sum(margins[c(2L, 4L)])) / (0.55 * rev(graphics::par("fin")))
  margins <- margins / pmax(1, rep(taken, 2L))
  label <- max(margins[1L] / line - 1.1, 0)
  graphics::par(mai = margins, mgp = c(label, min(0.5, label), 0), las = 1L)
}

# Returns the height of a line in the margins, in inches.
line_height <- function() {
  lines <- graphics::par("mar")
  if (all(lines == 0)) graphics::par("csi") else max(graphics::par("mai")) / max(lines)
}

# Returns the width of the labels on the left axis of a panel, in lines.
tick_width <- function(panel, size) {
  0.55 * max(nchar(tick_labels(panel))) * (if (is_one_number(size)) size else 1)
}

# Returns the labels on the left axis of a panel.
tick_labels <- function(panel) {
  if (panel$log == "y") {
    return("1e-00")
  }
  ends <- panel$ylim + c(-0.04, 0.04) * diff(panel$ylim)
  format(grDevices::axisTicks(ends, log = FALSE))
}

# Draws one panel: the lines over the epochs.
draw_history <- function(fit, panel, main, ...) {
  epochs <- fit$history$epoch
  look <- list(
    type = "n", main = main, xlab = "Epoch", ylab = panel$label, log = panel$log,
    ylim = panel$ylim, xlim = range(epochs)
  )
  with_dots_of("plot.default()", ...length(), {
    open_panel(epochs, panel$ylim, utils::modifyList(look, list(...)))
  })
  if (!is.null(panel$validation)) mark_best(fit, panel$validation)
  draw_line(epochs, panel$training, training_look)
  if (!is.null(panel$validation)) draw_line(epochs, panel$validation, validation_look)
}

# Draws an empty plot, whose axis begins at the first epoch. The label of the left axis is near the
# edge of the page.
open_panel <- function(epochs, values, look) {
  label <- look$ylab
  look$ylab <- ""
  plot_over_epochs(range(epochs), values, look)
  # Make the label smaller if it is longer than the height of its panel.
  cex <- if (is.null(look$cex.lab)) graphics::par("cex.lab") else look$cex.lab
  high <- graphics::par("fin")[2L]
  cex <- min(cex, 0.96 * high / graphics::strwidth(label, units = "inches"))
  graphics::title(ylab = label, line = max(graphics::par("mar")[2L] - 1.1, 0), cex.lab = cex)
}

# Calls plot() with an axis of whole epochs, unless `look` has settings for this axis.
plot_over_epochs <- function(epochs, values, look) {
  own <- is.null(look$xaxt) && !identical(look$axes, FALSE)
  if (own) look$xaxt <- "n"
  do.call(plot, c(list(epochs, values), look), quote = TRUE)
  if (!own) {
    return(invisible())
  }
  style <- look[intersect(names(look), c("cex.axis", "col.axis", "font.axis", "las", "tck", "tcl"))]
  ends <- if (is.null(look$xlim)) range(epochs) else look$xlim
  do.call(graphics::axis, c(list(1L, at = epoch_ticks(ends)), style), quote = TRUE)
}

# Returns whole epochs for an axis, starting with the first epoch.
epoch_ticks <- function(ends) {
  first <- ceiling(min(ends))
  ticks <- pretty(c(first, max(ends)))
  step <- max(ticks[2L] - ticks[1L], 1)
  ticks <- ticks[ticks == round(ticks) & ticks <= max(ends) & ticks - first >= step / 2]
  c(first, ticks)
}

# Returns the legend, or NULL if there is only the line of training.
legend_items <- function(fit) {
  if (!any(is.finite(fit$history$valid_loss))) {
    return(NULL)
  }
  looks <- list(training_look, validation_look)
  text <- c("training", "validation")
  if (!is.na(best_row(fit))) {
    looks <- c(looks, list(best_look))
    text <- c(text, paste("best epoch:", whole_text(fit$best_epoch)))
  }
  # draw_line() draws a dot for a single epoch.
  dot <- nrow(fit$history) == 1L & seq_along(text) < 3L
  list(
    legend = text, col = vapply(looks, `[[`, "", "col"),
    lty = ifelse(dot, 0L, vapply(looks, `[[`, 1L, "lty")), pch = ifelse(dot, 19L, NA)
  )
}

# Draws the legend in one line above the last panel, or above its whole figure. It is made smaller
# if it is too long for the page.
draw_legend <- function(items, above_figure) {
  line <- line_height()
  base <- if (above_figure) {
    graphics::grconvertY(1, "nfc", "inches")
  } else {
    graphics::grconvertY(1, "npc", "inches") + 0.15 * line
  }
  look <- c(items, list(
    x = graphics::par("usr")[1L], y = graphics::grconvertY(base, "inches", "user"), yjust = 0,
    horiz = TRUE, bty = "n", lwd = 2, seg.len = 1.5, x.intersp = 0.7, y.intersp = 0.6, xpd = NA
  ))
  wide <- do.call(graphics::legend, c(look, list(plot = FALSE)))$rect$w
  room <- graphics::grconvertX(0.99, "ndc", "user") - look$x
  do.call(graphics::legend, c(look, list(cex = min(1, room / wide))))
}

# Draws a line, or a dot for a single epoch.
draw_line <- function(x, y, look) {
  if (length(x) == 1L) {
    graphics::points(x, y, col = look$col, pch = 19L)
  } else {
    graphics::lines(x, y, col = look$col, lty = look$lty, lwd = 2)
  }
}

# Marks the epoch whose weights the model has.
mark_best <- function(fit, values) {
  best <- best_row(fit)
  if (is.na(best)) {
    return()
  }
  graphics::abline(v = fit$best_epoch, col = best_look$col, lty = best_look$lty)
  graphics::points(fit$best_epoch, values[best], pch = 19L, col = validation_look$col)
}

loss_name <- function(fit) paste0("loss (", gsub("_", " ", fit$architecture$loss), ")")

capitalize <- function(text) {
  if (text == "rmse") {
    return("RMSE")
  }
  paste0(toupper(substr(text, 1L, 1L)), substring(text, 2L))
}
