# Plots of averages of networks: how candidates compare, and how good predictions are out of fold.

#' Plot the results of cross-validation
#'
#' `what = "candidates"` compares the candidates of [feedforward_cv()]. A dot shows the out-of-fold
#' loss of a candidate. Its bar extends one standard error (computed over the folds) to each side.
#' The best candidate is on top. Candidates that are part of the averaged model are blue, with their
#' weight on the right. Other candidates are gray. If there is too little room, only the best are
#' drawn.
#'
#' `what = "calibration"` shows how far you can trust predictions. It uses only out-of-fold
#' predictions. They look slightly too good, since each network keeps the epoch that is best for the
#' rows it is judged on. They are not corrected for this, unlike the errors that `print()` shows.
#' - For classes and labels, predicted probabilities are put into 10 bins of equal width. A dot
#'   compares their mean with the share of observations that belonged to the class. Its bar is a 95%
#'   confidence interval of this share (Wilson's). On the dashed line, the predicted probabilities
#'   are correct. Below it, they are too high. For two classes these are the probabilities of the
#'   second class. For more than two classes, and for labels, the probabilities of all classes or
#'   labels are pooled. The bars at the bottom show the number of probabilities in each bin.
#' - For numeric outcomes, observed values are plotted against predicted values. On the dashed line,
#'   both are equal. With several outcomes, each one has its own panel, for up to nine outcomes. If
#'   there are more than 5,000 rows, only 5,000 of them are drawn.
#'
#' @param x A model made by [feedforward_cv()].
#' @param what `"candidates"` (the default) or `"calibration"`.
#' @param main The title, a single string, or `NULL` for no title.
#' @param ... Graphical parameters of [graphics::par()], such as `bg` or `family`, which apply to
#'   this plot only. `mar` is ignored.
#'
#' @returns `x`, invisibly. Graphical parameters are unchanged.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the model is invalid, and for invalid arguments.
#'
#' @references
#' Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
#' *Journal of the American Statistical Association* 22, 209-212. \doi{10.2307/2276774}
#'
#' @examples
#' set.seed(1)
#' candidates <- list(small = list(hidden_units = 4), linear = list(hidden_units = 0))
#' fit <- feedforward_cv(Species ~ ., data = iris, candidates = candidates)
#' plot(fit)
#' plot(fit, what = "calibration")
#' @export
plot.feedforward_cv <- function(x, what = c("candidates", "calibration"), main = NULL, ...) {
  check_average(x, "x")
  what <- check_choice(what, "what", c("candidates", "calibration"))
  main <- check_title(main, "main")
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  if (what == "candidates") {
    draw_candidates(x, page)
  } else if (x$outcome$kind == "numbers") {
    draw_observed(x, page)
  } else {
    draw_calibration(x, page)
  }
  invisible(x)
}

# Blue for what the average uses, grey for the rest.
used_color <- "#0072B2"
unused_color <- "grey55"

# ---- Candidates --------------------------------------------------------------------------

draw_candidates <- function(fit, page) {
  line <- text_line(page)
  all <- candidate_table(fit)
  all$candidate <- visible(all$candidate)
  room <- max(1L, floor((page[2L] - 4.4 * line) / (0.9 * line)))
  shown <- utils::head(all, room)
  high <- (page[2L] - 4.4 * line) / nrow(shown)
  names <- fit_row_names(shown$candidate, page, high, line)
  left <- max(graphics::strwidth(names$labels, cex = names$cex)) + line
  right <- graphics::strwidth("weight", cex = line / 0.2) + 0.8 * line
  box <- list(x = c(left, page[1L] - right), y = c(2.9, 0) * line + c(0, page[2L] - 1.5 * line))
  ends <- range_of(c(shown$loss, shown$loss - shown$loss_se, shown$loss + shown$loss_se))
  label <- capitalize(paste(loss_name(fit), "out of fold"))
  if (nrow(shown) < nrow(all)) {
    write_heading(sprintf("the best %d of %d", nrow(shown), nrow(all)), box, line)
  }
  axes <- panel_axes(box, ends, NULL, label, NULL, line)
  y <- box$y[2L] - high * (seq_len(nrow(shown)) - 0.5)
  graphics::segments(box$x[1L], y, box$x[2L], y, col = "grey92")
  graphics::text(left - 0.5 * line, y, names$labels, adj = c(1, 0.5), cex = names$cex)
  draw_losses(shown, axes$x, y, line)
  write_weights(shown$weight, page[1L] - 0.4 * line, y, box, line)
}

draw_losses <- function(candidates, at, y, line) {
  used <- candidates$weight > 0
  color <- ifelse(used, used_color, unused_color)
  known <- is.finite(candidates$loss)
  bar <- which(known & is.finite(candidates$loss_se))
  graphics::segments(
    at(candidates$loss - candidates$loss_se)[bar], y[bar],
    at(candidates$loss + candidates$loss_se)[bar], y[bar],
    col = color[bar], lwd = 2
  )
  graphics::points(at(candidates$loss)[known], y[known],
    pch = ifelse(used, 19L, 21L)[known], col = color[known], bg = "white", cex = line / 0.16
  )
  if (!all(known)) {
    ends <- at(range(candidates$loss[known]))
    graphics::text(mean(ends), y[!known], "no loss", col = unused_color, cex = line / 0.2)
  }
}

# Writes the weights in a column that ends at `right`.
write_weights <- function(weight, right, y, box, line) {
  graphics::text(right, box$y[2L] + 0.7 * line, "weight", adj = c(1, 0.5), cex = line / 0.2)
  used <- which(weight > 0)
  graphics::text(right, y[used], formatC(weight[used], digits = 2L, format = "f"),
    adj = c(1, 0.5), cex = line / 0.2, col = used_color, font = 2L
  )
}

# ---- Calibration -------------------------------------------------------------------------

# Returns a data frame with a row for each of 10 bins of probabilities: the `n` in it, their mean
# `predicted`, the `observed` share, and Wilson's confidence interval (`low`, `high`).
calibration_bins <- function(predicted, truth) {
  bin <- factor(pmin(floor(predicted * 10), 9), 0:9)
  n <- tabulate(bin, 10L)
  mean_of <- function(x) as.vector(tapply(x, bin, mean))
  share <- mean_of(truth)
  z <- stats::qnorm(0.975)
  middle <- (share + z^2 / (2 * n)) / (1 + z^2 / n)
  half <- z * sqrt(share * (1 - share) / n + z^2 / (4 * n^2)) / (1 + z^2 / n)
  data.frame(n, predicted = mean_of(predicted), observed = share, low = middle - half,
    high = middle + half)
}

draw_calibration <- function(fit, page) {
  values <- out_of_fold_values(fit)
  two <- fit$outcome$kind == "classes" && ncol(values$fitted) == 2L
  columns <- if (two) 2L else seq_len(ncol(values$fitted))
  bins <- calibration_bins(as.vector(values$fitted[, columns]), as.vector(values$truth[, columns]))
  of <- paste("all", fit$outcome$kind)
  if (two) of <- cut_middle(visible(fit$outcome$levels[2L]), 30L)
  line <- text_line(page)
  counts <- min(3.4 * line, 0.2 * page[2L])
  y <- c(2.9 * line, page[2L] - 0.6 * line)
  left <- 2.2 * line + graphics::strwidth("0.0", cex = line / 0.2)
  box <- list(x = c(left, page[1L] - line), y = y + c(counts, 0))
  axes <- panel_axes(list(x = box$x, y = y), c(0, 1), NULL,
    paste("Predicted probability of", of), NULL, line)
  panel_axes(box, NULL, c(0, 1), NULL, "Observed share", line)
  at_y <- scale_to(c(0, 1), box$y)
  graphics::segments(box$x[1L], box$y[1L], box$x[2L], box$y[2L], lty = 2L, col = "grey50")
  bins <- cbind(bins, bin = seq_len(10L))
  draw_bin_counts(bins, axes$x, c(y[1L], box$y[1L] - 0.2 * line), line)
  bins <- bins[bins$n > 0L, ]
  at <- axes$x(bins$predicted)
  graphics::segments(at, at_y(bins$low), at, at_y(bins$high), col = used_color, lwd = 2)
  graphics::points(at, at_y(bins$observed), pch = 19L, col = used_color, cex = line / 0.16)
}

# Draws a bar with its count for each bin.
draw_bin_counts <- function(bins, at, ends, line) {
  edges <- at(seq(0, 1, 0.1))
  text <- thousands(bins$n)
  text[bins$n == 0L] <- ""
  cex <- fit_text(thousands(bins$n), 0.92 * diff(edges)[1L], 0.9 * line, line / 0.2)
  upright <- cex < 0.5
  if (upright) {
    cex <- fit_text(thousands(bins$n), 0.55 * diff(ends), 0.7 * diff(edges)[1L], line / 0.2)
  }
  above <- if (upright) 0.6 * diff(ends) else line
  top <- ends[1L] + (diff(ends) - above) * bins$n / max(bins$n)
  graphics::rect(edges[-11L], ends[1L], edges[-1L], top, col = "grey85", border = "white")
  graphics::text(middles(edges), top + 0.25 * line, text,
    cex = cex, srt = if (upright) 90 else 0, adj = if (upright) c(0, 0.5) else c(0.5, 0),
    col = "grey30"
  )
}

# ---- Numbers ------------------------------------------------------------------------------

draw_observed <- function(fit, page) {
  values <- out_of_fold_values(fit)
  fitted <- as.matrix(values$fitted)
  truth <- as.matrix(values$truth)
  rows <- unique(round(seq(1, nrow(truth), length.out = min(nrow(truth), 5000L))))
  panels <- min(ncol(truth), 9L)
  grid <- grid_of(panels, page)
  size <- page / rev(grid)
  line <- text_line(size)
  for (k in seq_len(panels)) {
    at <- c((k - 1L) %% grid[2L], grid[1L] - 1L - (k - 1L) %/% grid[2L])
    cell <- list(x = (at[1L] + 0:1) * size[1L], y = (at[2L] + 0:1) * size[2L])
    draw_observed_panel(fitted[rows, k], truth[rows, k], cell, line, fit$outcome$names[k])
  }
}

# Returns the numbers of rows and columns of panels that are about square.
grid_of <- function(panels, page) {
  columns <- seq_len(panels)
  rows <- ceiling(panels / columns)
  best <- which.max(pmin(page[1L] / columns, page[2L] / rows))
  c(rows[best], columns[best])
}

draw_observed_panel <- function(fitted, truth, cell, line, name) {
  ends <- range_of(c(fitted, truth))
  ticks <- format(axis_ticks(ends, diff(cell$y), height_of(line)))
  left <- 2.4 * line + max(graphics::strwidth(ticks, cex = line / 0.2))
  top <- if (is.null(name)) 0.6 else 1.5
  box <- list(
    x = cell$x + c(left, -0.7 * line), y = cell$y + c(2.9, -top) * line
  )
  if (!is.null(name)) {
    name <- cut_middle(visible(name), 30L)
    cex <- fit_text(name, diff(box$x), 0.8 * line, line / 0.2, font = 2L)
    graphics::text(mean(box$x), box$y[2L] + 0.7 * line, name, font = 2L, cex = cex)
  }
  axes <- panel_axes(box, ends, ends, "Predicted", "Observed", line)
  graphics::segments(box$x[1L], box$y[1L], box$x[2L], box$y[2L], lty = 2L, col = "grey50")
  # Many points are faint, so that their density shows.
  strength <- min(0.8, max(0.2, 200 / length(truth)))
  graphics::points(axes$x(fitted), axes$y(truth),
    pch = 16L, cex = line / 0.25, col = grDevices::adjustcolor(used_color, strength)
  )
}

# ---- Panels -------------------------------------------------------------------------------

# Returns the height of a line of text on a page, in inches. Text of cex = 1 has lines of 0.2.
text_line <- function(page) min(0.2, 0.055 * min(page))

# Returns the ends of an axis with a margin, even for equal values.
range_of <- function(values) {
  ends <- limits_around(values[is.finite(values)])
  ends + c(-0.04, 0.04) * diff(ends)
}

# Returns a function that maps values between from[1] and from[2] to inches.
scale_to <- function(from, to) function(x) to[1L] + (x - from[1L]) * diff(to) / diff(from)

# Returns as many ticks, up to about six, as an axis of `size` inches has room for. `extent` gives
# the size of labels in its direction.
axis_ticks <- function(ends, size, extent) {
  for (n in 6:1) {
    ticks <- pretty(ends, n)
    ticks <- ticks[ticks >= ends[1L] & ticks <= ends[2L]]
    if (length(ticks) * max(extent(format(ticks)), 0) <= 0.8 * size) break
  }
  ticks
}

# Return functions for axis_ticks().
width_of <- function(line) function(labels) graphics::strwidth(labels, cex = line / 0.2)
height_of <- function(line) function(labels) 1.3 * line

# Draws the frame of a panel with the axes that have ends. `box` is list(x, y) in inches. Returns
# list(x, y) of functions that map values to inches.
panel_axes <- function(box, xlim, ylim, xlab, ylab, line) {
  cex <- line / 0.2
  graphics::rect(box$x[1L], box$y[1L], box$x[2L], box$y[2L], border = "grey60")
  at <- list(x = if (!is.null(xlim)) scale_to(xlim, box$x), y = if (!is.null(ylim)) {
    scale_to(ylim, box$y)
  })
  if (!is.null(xlim)) {
    ticks <- axis_ticks(xlim, diff(box$x), width_of(line))
    graphics::segments(at$x(ticks), box$y[1L], at$x(ticks), box$y[1L] - 0.25 * line, col = "grey60")
    graphics::text(at$x(ticks), box$y[1L] - 0.85 * line, format(ticks), cex = cex)
    draw_axis_label(xlab, c(mean(box$x), box$y[1L] - 2 * line), diff(box$x), line)
  }
  if (!is.null(ylim)) {
    ticks <- axis_ticks(ylim, diff(box$y), height_of(line))
    graphics::segments(box$x[1L] - 0.25 * line, at$y(ticks), box$x[1L], at$y(ticks), col = "grey60")
    graphics::text(box$x[1L] - 0.5 * line, at$y(ticks), format(ticks), cex = cex, adj = c(1, 0.5))
    wide <- max(graphics::strwidth(format(ticks), cex = cex))
    draw_axis_label(ylab, c(box$x[1L] - 1.3 * line - wide, mean(box$y)), diff(box$y), line, 90)
  }
  at
}

# Returns list(labels, cex): names for rows of `high` inches, to the left of a panel. A name that
# fits without line breaks keeps its line.
fit_row_names <- function(names, page, high, line) {
  cex <- min(line / 0.2, 0.9 * high / graphics::strheight("Mg"))
  fitted <- fit_names(names, 0.38 * page[1L], min(high, 3 * line), cex, 0.65 * cex)
  whole <- graphics::strwidth(names, cex = fitted$cex) <=
    max(graphics::strwidth(fitted$labels, cex = fitted$cex))
  fitted$labels[whole] <- names[whole]
  fitted
}

# Writes a line above a panel.
write_heading <- function(heading, box, line) {
  cex <- fit_text(heading, diff(box$x), 0.8 * line, line / 0.2)
  graphics::text(box$x[1L], box$y[2L] + 0.7 * line, heading, adj = c(0, 0.5), cex = cex)
}

# Draws the label of an axis, smaller if it is longer than the axis and a bit.
draw_axis_label <- function(label, at, room, line, srt = 0) {
  cex <- fit_text(label, 1.15 * room, line, line / 0.2)
  graphics::text(at[1L], at[2L], label, cex = cex, srt = srt)
}
