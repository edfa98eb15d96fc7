# Randomly distorted copies of images, to train on.

#' Distort images at random
#'
#' Rotates, shifts, and scales images by small random amounts, and makes their strokes thicker or
#' thinner. A network that is trained on such copies learns that these changes do not matter. It
#' becomes more accurate, above all for new images that are placed or drawn differently.
#'
#' Each image gets five numbers that are uniform between -1 and 1, drawn by R's random number
#' generator. They are multiplied by `rotation`, `shift` (down and to the right), the logarithm of
#' `1 + scale`, and `thickness`. So [set.seed()] determines the result. New pixels are means of the
#' four nearest old ones, weighted by their nearness (bilinear interpolation). Beyond its edges, an
#' image continues with the pixels at the edge. Digits with some margin, as in MNIST, stay complete.
#'
#' To make strokes thicker, each pixel is replaced by a weighted mean of itself and the highest of
#' its four neighbors. To make them thinner, the lowest neighbor is used. Strokes can be bright or
#' dark.
#'
#' Augment only training images. Test and validation images should stay as they are. With a
#' proportion such as `validation = 0.1`, [feedforward()] would hold out copies of images that it
#' also trains on. So hold out images first, augment the others, and supply
#' `validation = list(x, y)`, as in the example. Images are never mirrored, since a mirrored digit
#' is no longer that digit.
#'
#' @param x The images: a numeric or raw n x height x width array, or a matrix with one square image
#'   in each row, line by line, such as 784 columns for 28 x 28 pixels, without column names.
#'   Missing values are an error.
#' @param copies The number of distorted copies of each image, a whole number of at least 1. More
#'   copies help more, up to a point, and take proportionally more memory.
#' @param rotation The largest rotation, in degrees, from 0 to 180. The default keeps a 6 from
#'   becoming a 9 or a 1 from becoming a 7. Larger values suit objects without an upright position.
#' @param shift The largest shift in each direction, in pixels, at least 0. The default suits images
#'   of 28 x 28 pixels with a margin. Shifts much larger than the image leave only its edges.
#' @param scale The largest enlargement, from 0 to 1: with 0.1, the sizes of objects change by
#'   factors from 1 / 1.1 to 1.1.
#' @param thickness The largest change in the thickness of strokes, from 0 to 1. With 1, they become
#'   up to one pixel thicker or thinner on each side, so that thin strokes can vanish.
#' @param ... Must be empty.
#'
#' @returns Images of the same type and scale as `x`, whole numbers if `x` has type integer or raw.
#'   There are n * `copies`: all images once, then all images again, and so on, so their labels are
#'   `rep(y, copies)`. The original images are not among them. 60,000 images of 28 x 28 pixels take
#'   a few seconds.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `x` is not made of images, if a value is missing or
#' infinite, if a number is out of range, or for unknown arguments, such as labels.
#'
#' @references
#' Simard, P. Y., Steinkraus, D. and Platt, J. C. (2003). Best practices for convolutional neural
#' networks applied to visual document analysis. *ICDAR 2003*, 958-963.
#' \doi{10.1109/ICDAR.2003.1227801}
#'
#' @seealso [plot_digits()] to look at them; `vignette("mnist", "feedforward")` for their effect.
#'
#' @examples
#' set.seed(1)
#' digits <- synthetic_digits(n_train = 8, n_test = 0)$train
#' more <- augment_images(digits$x, copies = 3)
#' plot_digits(more, rep(digits$y, 3), n = 24)
#'
#' # Images are held out before the others are augmented.
#' digits <- synthetic_digits(n_train = 200, n_test = 50)
#' training <- digits$train
#' fit <- feedforward(augment_images(training$x, copies = 3), factor(rep(training$y, 3)),
#'   hidden_units = 16, epochs = 5,
#'   validation = list(digits$test$x, factor(digits$test$y))
#' )
#' @export
augment_images <- function(x, copies = 1, rotation = 10, shift = 2, scale = 0.1,
                           thickness = 0.3, ...) {
  check_given(missing(x), "x")
  check_no_labels(...)
  size <- size_to_augment(x)
  n <- dim(x)[1L]
  copies <- check_copies(copies, n)
  largest <- c(
    check_number(rotation, "rotation", min = 0, max = 180) * pi / 180,
    rep(check_number(shift, "shift", min = 0), 2L),
    log1p(check_number(scale, "scale", min = 0, max = 1)),
    check_number(thickness, "thickness", min = 0, max = 1)
  )
  refuse_non_finite(x, "x", list())
  by <- matrix(stats::runif(5 * n * copies, -1, 1), 5L) * largest
  by[4L, ] <- exp(by[4L, ])
  distort_images(x, size, by)
}

# Distorts images by the columns of `by`, one for each image of the result.
distort_images <- function(x, size, by) {
  result <- distort_images_cpp(x, size, by, c(ncol(by), dim(x)[-1L]))
  names <- dimnames(x)
  if (!is.null(names)) {
    names[1L] <- list(NULL)
    dimnames(result) <- names
  }
  result
}

# Returns the height and width of the images in an array, or of the square images in the rows of a
# matrix.
size_to_augment <- function(x) {
  if (is.matrix(x)) check_no_column_names(x)
  shape <- dim(x)
  size <- if (length(shape) == 2L) rep(sqrt(shape[2L]), 2L) else shape[-1L]
  plain <- (is.numeric(x) || is.raw(x)) && !is.object(x)
  fits <- plain && length(shape) %in% 2:3 && all(size > 0L & size == round(size))
  check_that(fits, x, "x",
    "a numeric or raw n x height x width array, or a matrix with one square image in each row",
    hint = if (is.logical(x) && !is.null(shape)) {
      "Use `x + 0` to turn `TRUE` into 1 and `FALSE` into 0."
    } else {
      hint_for_images(x, "x")
    }
  )
  as.integer(size)
}

# As for draw_digits(), columns with names are those of a table, not pixels.
check_no_column_names <- function(x) {
  if (!is.null(names_of_columns(x))) {
    stop_feedforward("{.arg x} must be images, not a matrix with column names.",
      i = "If the columns are pixels, use `unname(x)`."
    )
  }
}

check_copies <- function(copies, n) {
  if (is.factor(copies) || (is.atomic(copies) && length(copies) == n && n > 1L)) {
    stop_input("copies", "a whole number of at least 1", describe(copies), hint_for_labels)
  }
  check_count(copies, "copies", max = most_numbers %/% max(n, 1L))
}

check_no_labels <- function(...) {
  given <- intersect(names(list(...)), c("y", "label", "labels"))
  if (length(given)) {
    name <- given[1L]
    stop_feedforward("Unknown argument {.arg {name}}.", i = hint_for_labels)
  }
  check_empty_dots(..., known = c("copies", "rotation", "shift", "scale", "thickness"))
}

hint_for_labels <- "Labels stay as they are: use `rep(y, copies)` for the copies."
