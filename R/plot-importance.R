# The plot of permutation importance: a dot with its interval for each column.

#' @describeIn permutation_importance Draws a dot for the importance of each column, with its
#'   confidence interval, the most important column on top. A dotted line marks 0. Columns whose
#'   interval reaches 0 or below are gray. If there is too little room, only the most important
#'   columns are drawn.
#' @param main The title, a single string, or `NULL` for no title.
#' @export
plot.feedforward_importance <- function(x, n = 20L, main = NULL, ...) {
  check_importance(x)
  n <- check_count(n, "n")
  main <- check_title(main, "main")
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  draw_importance(x, n, page)
  invisible(x)
}

draw_importance <- function(x, n, page) {
  line <- text_line(page)
  room <- max(1L, floor((page[2L] - 4.4 * line) / (1.1 * line)))
  shown <- utils::head(as.data.frame(x), min(n, room))
  some <- nrow(shown) < nrow(x)
  high <- page[2L] - (if (some) 4.4 else 3.5) * line
  each <- high / nrow(shown)
  names <- fit_row_names(visible(shown$column), page, each, line)
  left <- max(graphics::strwidth(names$labels, cex = names$cex)) + line
  box <- list(x = c(left, page[1L] - 0.7 * line), y = 2.9 * line + c(0, high))
  if (some) write_heading(sprintf("the first %d of %d", nrow(shown), nrow(x)), box, line)
  ends <- range_of(c(0, shown$importance, shown$lower, shown$upper))
  axes <- panel_axes(box, ends, NULL, paste(importance_label(x), "if permuted"), NULL, line)
  y <- box$y[2L] - each * (seq_len(nrow(shown)) - 0.5)
  graphics::segments(box$x[1L], y, box$x[2L], y, col = "grey92")
  graphics::segments(axes$x(0), box$y[1L], axes$x(0), box$y[2L], col = "grey50", lty = 3L)
  graphics::text(left - 0.5 * line, y, names$labels, adj = c(1, 0.5), cex = names$cex)
  draw_intervals(shown, axes$x, y, line)
}

draw_intervals <- function(shown, at, y, line) {
  lower <- ifelse(is.na(shown$lower), shown$importance, shown$lower)
  color <- ifelse(lower > 0, used_color, unused_color)
  bar <- which(is.finite(shown$lower) & is.finite(shown$upper))
  graphics::segments(at(shown$lower)[bar], y[bar], at(shown$upper)[bar], y[bar],
    col = color[bar], lwd = 2
  )
  graphics::points(at(shown$importance), y, pch = 19L, col = color, cex = line / 0.16)
}
