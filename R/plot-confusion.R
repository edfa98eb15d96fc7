# The heat map of a confusion table, from 2 classes to thousands.

#' @describeIn confusion_table Draws a heat map with a row for each predicted class and a column for
#'   each actual class. The color of a cell shows its share of the actual class, blue for hits and
#'   orange for errors. A key below the map explains it. The scale is the same in every plot, so you
#'   can compare plots, and it makes errors of 1 percent visible. Counts are written in the cells
#'   if there is room, and zeros only for up to 5 classes. For many classes, only every second,
#'   fifth, or tenth name (and so on) is written. If cells would be too small to see, a cell stands
#'   for several neighboring classes. It shows the largest share of their errors, or the smallest
#'   share of their hits. Returns `x` invisibly.
#' @param main The title of the heat map, one string. The default, `NULL`, shows the accuracy. A
#'   table of shares has no title by default.
#' @export
plot.feedforward_confusion_table <- function(x, main = NULL, ...) {
  check_counts(x)
  if (is.null(main) && is_count_table(x)) {
    main <- sprintf("Accuracy %.4f", sum(diag(x)) / sum(x))
  }
  main <- check_title(main, "main")
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- open_page()
  edges <- matrix_edges(colnames(x), page - c(0, title_height(main, page)))
  draw_title(main, mean(edges$x), page)
  draw_class_names(edges)
  draw_cells(x, edges)
  draw_share_key(edges)
  invisible(x)
}

#' @describeIn confusion_matrix Draws the table as a heat map. See [confusion_table()].
#' @param ... For `plot()`, a title `main` and graphical parameters, as for [confusion_table()].
#'   Otherwise ignored.
#' @export
plot.feedforward_confusion <- function(x, ...) {
  check_confusion(x)
  plot(x$table, ...)
  invisible(x)
}

# Returns the layout of a page of page[1] x page[2] inches: the outer edges `x` and `y` (downwards)
# of the matrix, the classes that are named (`at`), how their names are drawn (`labels`, `cex`,
# `upright`), and the heights of a `line` of headings and of the `key`.
matrix_edges <- function(classes, page) {
  k <- length(classes)
  line <- min(0.25, 0.06 * page[2L])
  key <- if (min(page) >= 2) 1.3 * line else 0
  # Small pages have small letters.
  least <- 0.65 * min(1, page / 3)
  side <- (page - c(2, 2.4) * line - c(0, key)) * 0.85
  height <- graphics::strheight("Mg")
  cex <- max(least, min(1, 0.6 * side[2L] / k / height))
  step <- label_step(k, min(side) / (1.6 * height * cex))
  at <- seq(1L, k, by = step)
  # The matrix may be smaller than `side`, if the names take much room.
  high <- 0.6 * min(side) * step / k
  names <- fit_names(classes[at], 0.25 * min(page), high, cex, least)
  wide <- max(graphics::strwidth(names$labels, cex = names$cex))
  tall <- max(graphics::strheight(names$labels, cex = names$cex))
  # Names too wide for their columns stand upright.
  x <- c(1.6 * line + wide, page[1L] - 0.4 * line)
  upright <- wide > 0.9 * step * diff(x) / k
  top <- page[2L] - 1.1 * line - (if (upright) wide else tall) - 0.4 * line
  list(
    x = x, y = c(top, 0.4 * line + key), k = k, at = at, labels = names$labels, cex = names$cex,
    upright = upright, line = line, key = key, top = page[2L]
  )
}

# Returns 1, 2, 5, 10, 20 ...: k classes with room for `most` names have every such class named.
label_step <- function(k, most) {
  steps <- outer(c(1, 2, 5), 10^(0:9))
  min(steps[steps >= k / max(most, 1)])
}

# Returns list(labels, cex): names no wider than `room` inches. Long names are broken into lines if
# `high` inches have room for them, then made smaller (down to `least`), and only then cut.
fit_names <- function(names, room, high, cex, least) {
  for (size in unique(pmax(least, cex * c(1, 0.8, 0.65)))) {
    line <- size * (graphics::strheight("M\nM") - graphics::strheight("M"))
    for (lines in seq_len(max(1, min(high / line, 4)))) {
      labels <- break_lines(names, lines)
      if (max(graphics::strwidth(labels, cex = size)) <= room) {
        return(list(labels = labels, cex = size))
      }
    }
  }
  list(labels = shorten_to(names, room, cex), cex = cex)
}

# Breaks names into at most so many lines, as short as possible.
break_lines <- function(names, lines) {
  if (lines == 1L) {
    return(names)
  }
  vapply(names, function(name) {
    least <- ceiling(nchar(name, "width") / lines)
    for (width in least + 0:least) {
      parts <- strwrap(name, width + 1L)
      if (length(parts) <= lines) {
        return(paste(parts, collapse = "\n"))
      }
    }
    name
  }, "", USE.NAMES = FALSE)
}

# Cuts names to `room` inches.
shorten_to <- function(names, room, cex) {
  width <- max(nchar(names, "width"))
  while (width > 4L && max(graphics::strwidth(names, cex = cex)) > room) {
    width <- width - 1L
    names <- cut_middle(names, width)
  }
  names
}

# Writes names on the left of the rows and above the columns, with headings.
draw_class_names <- function(edges) {
  line <- edges$line
  center <- function(ends) ends[1L] + diff(ends) * (edges$at - 0.5) / edges$k
  heading <- fit_text(c("Predicted", "Actual"), abs(diff(edges$y)), 0.6 * line)
  graphics::text(mean(edges$x), edges$top - line / 2, "Actual", cex = heading, font = 2L)
  graphics::text(line / 2, mean(edges$y), "Predicted", cex = heading, font = 2L, srt = 90)
  above <- edges$y[1L] + 0.3 * line
  turned <- if (edges$upright) list(srt = 90, adj = c(0, 0.5)) else list(adj = c(0.5, 0))
  do.call(graphics::text, c(
    list(center(edges$x), above, edges$labels, cex = edges$cex), turned
  ))
  graphics::text(edges$x[1L] - 0.3 * line, center(edges$y), edges$labels,
    cex = edges$cex, adj = c(1, 0.5)
  )
}

# Draws the cells. They are one image, since thousands of rectangles would be nothing but borders.
draw_cells <- function(counts, edges) {
  k <- nrow(counts)
  share <- share_of_actual(counts)
  size <- c(diff(edges$x), -diff(edges$y)) / k
  # Cells smaller than 2 pixels of a screen cannot be seen.
  shown <- merge_cells(share, max(1L, min(k, ceiling(k * min(size) * 36))))
  colors <- matrix(cell_colors(shown, row(shown) == col(shown)), nrow(shown))
  graphics::rasterImage(grDevices::as.raster(colors), edges$x[1L], edges$y[2L], edges$x[2L],
    edges$y[1L],
    interpolate = FALSE
  )
  graphics::rect(edges$x[1L], edges$y[2L], edges$x[2L], edges$y[1L], border = "gray60")
  if (min(size) >= 0.1) draw_grid(k, edges)
  draw_counts(matrix(counts, k), share, edges, size)
}

# Returns the share of each cell in its column, 0 for a class that never occurs.
share_of_actual <- function(counts) {
  counts <- plain_counts(counts)
  sums <- colSums(counts)
  counts / rep(ifelse(sums > 0, sums, 1), each = nrow(counts))
}

# Returns a matrix of shares for `blocks` groups of neighboring classes: the largest share of
# errors and the smallest share of hits.
merge_cells <- function(share, blocks) {
  k <- nrow(share)
  if (blocks >= k) {
    return(share)
  }
  block <- ceiling(seq_len(k) * blocks / k)
  errors <- share
  diag(errors) <- 0
  # Returns the largest value of each block of rows.
  largest <- function(x) {
    x <- x[order(col(x), block[row(x)], -x)]
    matrix(x, k)[!duplicated(block), , drop = FALSE]
  }
  merged <- t(largest(t(largest(errors))))
  diag(merged) <- vapply(split(diag(share), block), min, 0)
  merged
}

draw_grid <- function(k, edges) {
  x <- seq(edges$x[1L], edges$x[2L], length.out = k + 1L)
  y <- seq(edges$y[1L], edges$y[2L], length.out = k + 1L)
  graphics::segments(x, edges$y[1L], x, edges$y[2L], col = "gray80")
  graphics::segments(edges$x[1L], y, edges$x[2L], y, col = "gray80")
  one <- seq_len(k)
  graphics::rect(x[one], y[one + 1L], x[one + 1L], y[one], border = "black", lwd = 2)
}

# Writes counts in cells of size[1] x size[2] inches, if they can be read.
draw_counts <- function(counts, share, edges, size) {
  text <- format_counts(counts)
  shown <- which(nzchar(text))
  widest <- text[shown][which.max(nchar(text[shown]))]
  cex <- fit_text(widest, 0.8 * size[1L], 0.5 * size[2L], font = 2L)
  if (length(shown) == 0L || cex < 0.5) {
    return(invisible())
  }
  hit <- (row(counts) == col(counts))[shown]
  graphics::text(
    edges$x[1L] + size[1L] * (col(counts)[shown] - 0.5),
    edges$y[1L] - size[2L] * (row(counts)[shown] - 0.5), text[shown],
    cex = cex, font = 1L + hit, col = ifelse(hit & share[shown] > 0.45, "white", "black")
  )
}

# Explains the colors, in a line of boxes below the matrix.
draw_share_key <- function(edges) {
  if (edges$key == 0) {
    return(invisible())
  }
  share <- c(0.01, 0.05, 0.2, 0.5, 1, 0.2, 0.5, 1)
  hit <- rep(c(FALSE, TRUE), c(5L, 3L))
  text <- c("share of class:", "errors", paste0(100 * share[!hit], "%"), "hits",
    paste0(100 * share[hit], "%"))
  is_box <- grepl("%", text)
  wide <- ifelse(is_box, 1, c(2.6, 1.2, 0.9)[cumsum(!is_box)])
  # As wide as the page, or up to 6 inches below a wide matrix.
  ends <- c(min(edges$x[1L], 0.4 * edges$line), edges$x[2L])
  if (diff(edges$x) > 6) ends[1L] <- edges$x[1L]
  at <- ends[1L] + min(diff(ends), 6) * c(0, cumsum(wide)) / sum(wide)
  y <- 0.3 * edges$line + c(0, 0.75 * edges$line)
  fill <- cell_colors(share, hit)
  graphics::rect(at[-length(at)][is_box], y[1L], at[-1L][is_box], y[2L], col = fill,
    border = "gray80"
  )
  dark <- is_box & c(FALSE, FALSE, hit[!hit], FALSE, share[hit] > 0.45)
  cex <- fit_text(text[-1L], 0.85 * (at[4L] - at[3L]), 0.6 * diff(y), largest = 0.9)
  graphics::text(middles(at), mean(y), text, cex = cex,
    col = ifelse(dark, "white", ifelse(is_box, "black", "gray30"))
  )
}

middles <- function(edges) (edges[-1L] + edges[-length(edges)]) / 2

# Returns the colors of cells: orange for errors, blue for hits, white for 0. Square roots spread
# the small shares of errors, which matter most: 1 percent is a tenth of the way to full orange.
cell_colors <- function(share, hit) {
  fill <- shade(sqrt(share), "#FFFFFF", "#E66100")
  met <- which(hit & share > 0)
  fill[met] <- shade(share[met], "#DCE9F5", "#08306B")
  fill
}

# Returns the text of the cells: counts, or shares with two digits. Large tables are easier to read
# without their many zeros.
format_counts <- function(counts, small = 5L) {
  shown <- !is.na(counts) & (counts > 0 | nrow(counts) <= small)
  whole <- all(counts == round(counts), na.rm = TRUE)
  ifelse(shown, if (whole) counts else sprintf("%.2f", counts), "")
}

# Returns colors between `from` (share 0) and `to` (share 1).
shade <- function(share, from, to) {
  rgb <- grDevices::colorRamp(c(from, to))(pmin(pmax(share, 0), 1))
  grDevices::rgb(rgb, maxColorValue = 255)
}
