#' Draw images with their labels
#'
#' One page of small images, dark ink on white, each above its label: to look at the
#' data, or at what a network made of it. They stand in the grid that makes them
#' largest, so they fill square and wide pages.
#'
#' Where both `actual` and `predicted` are given, an image that was classified
#' rightly is labelled "pred 4". One that was not is labelled "pred 4 (is 9)", in
#' bold and vermilion, and has a thick frame: it stands out in greyscale and to
#' the colour-blind, too.
#'
#' The page is a single plot without margins, so it fits small devices and can be
#' one panel of `par(mfrow)` or [graphics::layout()]. Labels shrink to the width
#' of their image.
#'
#' @param x Images: a numeric or raw n x height x width array (`x[i, 1, 1]` is the upper
#'   left pixel of image i), or an n x p matrix with one image per row, row of
#'   pixels after row of pixels, `p` a square number, 784 for 28 x 28 pixels.
#'   One image may be a height x width matrix, such as `x[1, , ]` of an array. The number of
#'   columns tells them apart: a matrix of 784 columns, or of any other square number, has an image
#'   in each row; one of 28 columns is one image. So give an image whose width is a square
#'   number (16, 25, 36, 49, 64 ...) as an array, `x[1, , , drop = FALSE]`.
#'   Values from 0 (paper) upwards, such as 0..255 or 0..1; the largest value
#'   drawn is black.
#' @param actual,predicted Labels, one per image of `x`, of any type that
#'   `as.character()` turns into text, without `NA`; `NULL` for none.
#' @param n How many images to draw, the first ones of `x`; at least 1. The
#'   default of 25 is readable in a small window. More make every image smaller;
#'   more than `x` has draws all.
#' @param main A title, one string; `NULL` for none.
#' @param ... Graphical parameters for [graphics::par()], such as `family` or
#'   `bg`, in force while drawing. `mar` is ignored.
#' @return The indices of the images drawn, an integer vector, invisibly.
#'   Parameters set by `par()` are as before.
#' @section Errors:
#' A `feedforward_error` when `x` is neither kind of array, has no image,
#' has negative or non-finite values among the images to draw, when labels are
#' `NA` or not one per image, and when `n` or `main` is not of its kind.
#' @seealso [synthetic_digits()], [confusion_table()]
#' @examples
#' set.seed(1)
#' digits <- synthetic_digits(n_train = 25, n_test = 0)
#' plot_digits(digits$train$x, actual = digits$train$y)
#'
#' guess <- digits$train$y
#' guess[3] <- 8L
#' plot_digits(digits$train$x, digits$train$y, guess, n = 9, main = "One error")
#' @export
plot_digits <- function(x, actual = NULL, predicted = NULL, n = 25, main = NULL, ...) {
  n <- check_count(n, "n")
  check_given(missing(x), "x")
  if (is_one_image(x)) dim(x) <- c(1L, dim(x))
  images <- check_images(x, "x", first = n)
  if (!is.null(actual)) check_labels(actual, "actual", nrow(x), "image of `x`")
  if (!is.null(predicted)) check_labels(predicted, "predicted", nrow(x), "image of `x`")
  main <- check_title(main, "main")
  drawn <- seq_len(nrow(images))
  captions <- digit_captions(actual[drawn], predicted[drawn], length(drawn))
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  draw_images(images, captions, page)
  invisible(drawn)
}

# Whether a matrix is an image itself: its rows are none, since no square has so many pixels.
is_one_image <- function(x) {
  is.matrix(x) && (is.numeric(x) || is.raw(x)) && all(dim(x) > 0L) && sqrt(ncol(x)) %% 1 != 0
}

# `text` under each of n images, and which of them are `wrong`.
digit_captions <- function(actual, predicted, n) {
  actual <- if (!is.null(actual)) as.character(actual)
  predicted <- if (!is.null(predicted)) as.character(predicted)
  if (is.null(predicted)) {
    return(list(text = if (is.null(actual)) character(n) else actual, wrong = logical(n)))
  }
  wrong <- if (is.null(actual)) logical(n) else predicted != actual
  text <- paste("pred", predicted)
  text[wrong] <- sprintf("%s (is %s)", text[wrong], actual[wrong])
  list(text = text, wrong = wrong)
}

# Images (k x h x w) in a grid on a page of page[1] x page[2] inches.
draw_images <- function(images, captions, page) {
  k <- nrow(images)
  # In units of a cell's width: the image, a gap around it, its caption below.
  side <- 0.92
  tall <- side * dim(images)[2L] / dim(images)[3L]
  caption <- if (any(nzchar(captions$text))) 0.24 else 0
  cell <- c(1, tall + 1 - side + caption)
  counts <- best_grid(k, cell, page)
  columns <- counts[1L]
  rows <- counts[2L]
  unit <- min(page / (cell * counts))
  corner <- c((page[1L] - columns * unit) / 2, (page[2L] + rows * cell[2L] * unit) / 2)
  left <- corner[1L] + unit * ((seq_len(k) - 1L) %% columns + (1 - side) / 2)
  top <- corner[2L] - unit * (cell[2L] * ((seq_len(k) - 1L) %/% columns) + (1 - side) / 2)
  right <- left + side * unit
  bottom <- top - tall * unit
  shades <- 1 - images / max(images, .Machine$double.xmin)
  for (i in seq_len(k)) {
    picture <- grDevices::as.raster(matrix(shades[i, , ], dim(images)[2L]))
    graphics::rasterImage(picture, left[i], bottom[i], right[i], top[i], interpolate = FALSE)
  }
  wrong <- captions$wrong
  color <- ifelse(wrong, "#D55E00", "black")
  frame <- ifelse(wrong, color, "grey80")
  graphics::rect(left, bottom, right, top, border = frame, lwd = 1 + 2 * wrong)
  cex <- fit_text(captions$text, side * unit, 0.6 * caption * unit, font = 2L)
  graphics::text((left + right) / 2, bottom - caption * unit / 2, captions$text,
    cex = cex, col = color, font = 1L + wrong
  )
}

# Sets the user's graphical parameters and no margins; returns the old ones.
page_par <- function(...) {
  settings <- list(...)
  settings$mar <- c(0, 0, 0, 0)
  before <- graphics::par(no.readonly = TRUE)
  before <- before[intersect(names(settings), names(before))]
  tryCatch(with_dots_of("graphics::par()", ...length(), graphics::par(settings)),
    # Those before the one that is refused are set already.
    error = function(cnd) {
      graphics::par(before)
      rlang::cnd_signal(cnd)
    }
  )
}

# Opens a page whose coordinates are inches, with its title; returns the width
# and height that the title leaves. To be called without margins.
blank_page <- function(main = NULL) {
  page <- open_page()
  draw_title(main, page[1L] / 2, page)
  page - c(0, title_height(main, page))
}

# Opens a page whose coordinates are inches; returns its width and height.
open_page <- function() {
  graphics::plot.new()
  page <- graphics::par("pin")
  graphics::plot.window(c(0, page[1L]), c(0, page[2L]), xaxs = "i", yaxs = "i")
  page
}

title_height <- function(main, page) if (is.null(main)) 0 else min(0.35, 0.12 * page[2L])

# A title on top of the page, centred at `x` inches.
draw_title <- function(main, x, page) {
  if (is.null(main)) {
    return(invisible())
  }
  height <- title_height(main, page)
  cex <- fit_text(main, 1.92 * min(x, page[1L] - x), 0.5 * height, font = 2L)
  graphics::text(x, page[2L] - height / 2, main, cex = cex, font = 2L)
}

# The `cex` at which every label fits a box of width x height (user coordinates),
# at most `largest`.
fit_text <- function(labels, width, height, largest = 1.3, font = 1L) {
  wide <- max(graphics::strwidth(labels, font = font), 0)
  high <- max(graphics::strheight(labels, font = font), 0)
  min(largest, if (wide > 0) width / wide, if (high > 0) height / high)
}
