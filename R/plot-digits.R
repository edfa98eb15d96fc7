#' Draw images with their labels
#'
#' Draws a page of small images, dark on white, each above its label. Use it to look at your data,
#' or at the predictions of a network. The images are as large as the page allows.
#'
#' If you supply both `actual` and `predicted`, a correctly classified image has a label such as
#' "pred 4". A misclassified image has a label such as "pred 4 (is 9)", in bold and vermilion, and a
#' thick frame. It is easy to see in grayscale and with color blindness, too.
#'
#' The page is a single plot without margins. So it fits small devices, and it can be one panel of
#' `par(mfrow)` or [graphics::layout()]. Labels are made smaller to fit the width of their image.
#'
#' @param x Images: a numeric or raw n x height x width array, where `x[i, 1, 1]` is the upper left
#'   pixel of image i, or a matrix with one square image in each row. The pixels in a row of the
#'   matrix are ordered row by row. Values must be at least 0, which is drawn as white. The largest
#'   value drawn is black.
#'
#'   You can also pass one image as a height x width matrix, such as `x[1, , ]`. The number of
#'   columns decides: if it is a square number, such as 784, each row is an image. Otherwise, the
#'   matrix is one image. So if the width of your image is a square number (16, 25, 36, 49, 64 ...),
#'   pass it as an array: `x[1, , , drop = FALSE]`.
#' @param actual,predicted Labels, one for each image of `x`, without missing values. They can have
#'   any type that `as.character()` turns into text. `NULL` (the default) for no labels.
#' @param n The maximum number of images to draw, a whole number of at least 1. The first images of
#'   `x` are drawn. The default of 25 is readable in a small window.
#' @param main The title, a single string, or `NULL` for no title.
#' @param ... Graphical parameters of [graphics::par()], such as `family` or `bg`, which apply to
#'   this plot only. `mar` is ignored.
#' @return The indices of the images drawn, an integer vector, invisibly. Graphical parameters are
#'   unchanged.
#' @section Errors: An error of class `feedforward_error` if `x` does not contain images or has
#' negative or non-finite values among the images to draw, if labels contain missing values, if
#' their number differs from the number of images, and for an invalid `n` or `main`.
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
  images <- check_images(x, first = n)
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

# Whether a matrix is one image: its rows do not have the number of pixels of a square image.
is_one_image <- function(x) {
  is.matrix(x) && (is.numeric(x) || is.raw(x)) && all(dim(x) > 0L) && sqrt(ncol(x)) %% 1 != 0
}

# Returns list(text, wrong): the label of each of n images, and whether it is misclassified.
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

# Draws images (k x h x w) in a grid on a page of page[1] x page[2] inches.
draw_images <- function(images, captions, page) {
  k <- nrow(images)
  # In units of the width of a cell: the image, a gap around it, and its caption below.
  side <- 0.92
  tall <- side * dim(images)[2L] / dim(images)[3L]
  caption <- if (any(nzchar(captions$text))) 0.24 else 0
  cell <- c(1, tall + 1 - side + caption)
  places <- picture_places(k, cell, c(side, tall), rep((1 - side) / 2, 2L), page)
  unit <- places$unit
  shades <- 1 - images / max(images, .Machine$double.xmin)
  draw_pictures(places, function(i) matrix(shades[i, , ], dim(images)[2L]))
  wrong <- captions$wrong
  color <- ifelse(wrong, "#D55E00", "black")
  frame <- ifelse(wrong, color, "gray80")
  frame_pictures(places, border = frame, lwd = 1 + 2 * wrong)
  cex <- fit_text(captions$text, side * unit, 0.6 * caption * unit, font = 2L)
  graphics::text(places$middle, places$bottom - caption * unit / 2, captions$text,
    cex = cex, col = color, font = 1L + wrong
  )
}

# Sets the graphical parameters of the user, without margins. Returns the old parameters.
page_par <- function(...) {
  settings <- list(...)
  settings$mar <- c(0, 0, 0, 0)
  before <- graphics::par(no.readonly = TRUE)
  before <- before[intersect(names(settings), names(before))]
  tryCatch(with_dots_of("graphics::par()", ...length(), graphics::par(settings)),
    # Parameters before the invalid one have already been set.
    error = function(cnd) {
      graphics::par(before)
      rlang::cnd_signal(cnd)
    }
  )
}

# Opens a page whose coordinates are inches and draws its title. Returns the width and height below
# the title. Call it without margins.
blank_page <- function(main = NULL) {
  page <- open_page()
  draw_title(main, page[1L] / 2, page)
  page - c(0, title_height(main, page))
}

# Opens a page whose coordinates are inches. Returns its width and height.
open_page <- function() {
  graphics::plot.new()
  page <- graphics::par("pin")
  graphics::plot.window(c(0, page[1L]), c(0, page[2L]), xaxs = "i", yaxs = "i")
  page
}

title_height <- function(main, page) if (is.null(main)) 0 else min(0.35, 0.12 * page[2L])

# Draws a title at the top of the page, centered at `x` inches.
draw_title <- function(main, x, page) {
  if (is.null(main)) {
    return(invisible())
  }
  height <- title_height(main, page)
  cex <- fit_text(main, 1.92 * min(x, page[1L] - x), 0.5 * height, font = 2L)
  graphics::text(x, page[2L] - height / 2, main, cex = cex, font = 2L)
}

# Returns the `cex` at which every label fits a box of width x height (user coordinates), at most
# `largest`.
fit_text <- function(labels, width, height, largest = 1.3, font = 1L) {
  wide <- max(graphics::strwidth(labels, font = font), 0)
  high <- max(graphics::strheight(labels, font = font), 0)
  min(largest, if (wide > 0) width / wide, if (high > 0) height / high)
}

# Returns the `first` images of x as an array k x height x width.
check_images <- function(x, first) {
  check_given(missing(x), "x")
  shape <- dim(x)
  side <- if (length(shape) == 2L) sqrt(shape[2L]) else 1
  fits <- (is.numeric(x) || is.raw(x)) && length(shape) %in% 2:3 && all(shape > 0L) &&
    side == round(side)
  wanted <- "n x height x width array, n x pixels matrix, or height x width matrix, with n > 0"
  check_that(fits, x, "x", paste("a numeric or raw", wanted))
  drawn <- seq_len(min(first, shape[1L]))
  if (length(shape) == 3L) {
    images <- x[drawn, , , drop = FALSE]
  } else {
    # Pixel (r, c) is in column (r - 1) * side + c.
    images <- aperm(array(x[drawn, ], c(length(drawn), side, side)), c(1L, 3L, 2L))
  }
  if (is.raw(images)) storage.mode(images) <- "integer"
  check_finite(images, "x")
  if (min(images) < 0) {
    stop_feedforward("{.arg x} has a negative value, {number_text(min(images))}.",
      i = "Use pixel values of at least 0."
    )
  }
  images
}
