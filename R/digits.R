#' Simulate handwritten digits
#'
#' Draws images of the digits 0 to 9 in the shape of the MNIST data, so that you can try, teach, and
#' test networks without a download. They are **not** MNIST images. Accuracy on them says nothing
#' about MNIST.
#'
#' Each image starts from one of five or six ways to write its digit, such as a 7 with or without a
#' bar. The usual ways are more frequent. Each way is a set of strokes through a few points. The
#' points are jittered, and the smooth curves through them are distorted by changes of proportion,
#' waves, slant, and rotation. As in MNIST, the digit is scaled to a box of about 20 x 20 pixels,
#' and its center of mass is near the middle of the 28 x 28 image. A pen of varying width, pressure,
#' and ink darkens each pixel according to its distance from the curve. The pen skips at times, and
#' inked pixels are grainy.
#'
#' About 82% of the pixels are exactly 0 (MNIST: 81%). Some images are ambiguous (4 and 9, 3 and
#' 5, 1 and 7). With the defaults, 128 sigmoid hidden units, learning rate 0.1, and batches of 128,
#' the test accuracy is about 0.75 after 6 epochs and about 0.92 after 20 epochs.
#'
#' The images depend only on R's random numbers, so [set.seed()] makes them reproducible. The
#' training images are drawn first and do not depend on `n_test`.
#'
#' @param n_train,n_test The number of training images (at least 1) and test images (at least 0).
#'   The defaults, a tenth of MNIST, take about two seconds. Time and memory (3 kB per image) grow
#'   in proportion.
#' @return A list of two lists, `train` and `test`, of class `c("feedforward_digits", "list")`. The
#'   class only makes it print in a few lines. `unclass()` gives the plain list. Both lists have
#'   - `x`: an integer array of shape n x 28 x 28 with values from 0 (paper) to 255 (ink).
#'     `x[i, row, col]` is a pixel of image i, with row 1 at the top.
#'   - `y`: the digits, an integer 1-d array of n values from 0 to 9, drawn uniformly.
#' @section Errors:
#' A `feedforward_error` if `n_train` or `n_test` is not a whole number in range.
#' @seealso [plot_digits()] to look at them.
#' @references LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998).
#'   Gradient-based learning applied to document recognition. *Proceedings of the
#'   IEEE*, 86(11), 2278-2324. \doi{10.1109/5.726791} (MNIST and the position
#'   of its digits).
#'
#'   Catmull, E. and Rom, R. (1974). A class of local interpolating splines. In
#'   *Computer Aided Geometric Design*, 317-326. \doi{10.1016/B978-0-12-079050-0.50020-5}
#'   (the curves).
#' @examples
#' set.seed(1)
#' digits <- synthetic_digits(n_train = 100, n_test = 20)
#' digits
#' str(digits)
#' plot_digits(digits$train$x, digits$train$y)
#' @export
synthetic_digits <- function(n_train = 6000, n_test = 1000) {
  most <- most_numbers %/% 28L^2L
  n_train <- check_count(n_train, "n_train", max = most)
  n_test <- check_count(n_test, "n_test", min = 0L, max = most)
  digits <- list(train = simulate_digits(n_train), test = simulate_digits(n_test))
  structure(digits, class = c("feedforward_digits", "list"))
}

#' @rdname synthetic_digits
#' @param x A list made by `synthetic_digits()`.
#' @param ... Ignored.
#' @export
print.feedforward_digits <- function(x, ...) {
  cat("A list of synthetic handwritten digits:\n")
  cat(unlist(Map(describe_part, names(x), unclass(x))), sep = "\n")
  invisible(x)
}

# The lines printed for one part, which the user can have changed to anything.
describe_part <- function(name, part) {
  x <- if (is.list(part)) part$x
  if (length(dim(x)) != 3L) {
    return(sprintf("  $%s  %s", name, describe(part)))
  }
  size <- dim(x)
  head <- sprintf("  $%s", name)
  shown <- utils::head(as.vector(part$y), 10L)
  more <- if (length(part$y) > length(shown)) "..."
  c(
    sprintf("%s$x  %d image%s of %d x %d pixels, 0 (paper) to 255 (ink)", head, size[1L],
      plural(size[1L]), size[2L], size[3L]),
    sprintf("%s$y  %s", head, if (length(shown)) paste(c(shown, more), collapse = " ") else "none")
  )
}

# zeallot destructures only lists without a class: `c(train, test) %<-% synthetic_digits()`.
#' @exportS3Method zeallot::destructure
destructure.feedforward_digits <- function(x) unclass(x) # nolint: object_name_linter.

# Draws n random digits. Drawing in chunks bounds the memory.
simulate_digits <- function(n, chunk = 500L) {
  y <- sample.int(10L, n, replace = TRUE) - 1L
  x <- array(0L, c(n, 28L, 28L))
  templates <- lapply(digit_writings(), function(writings) lapply(writings, writing_template))
  for (start in seq(1L, by = chunk, length.out = ceiling(n / chunk))) {
    rows <- seq(start, min(start + chunk - 1L, n))
    x[rows, , ] <- draw_chunk(y[rows], templates)
  }
  list(x = x, y = array(y, n))
}

# Images (m x 28 x 28) of the digits `y`. Pen paths are bent, placed on the page and inked.
draw_chunk <- function(y, templates) {
  path <- write_paths(y, templates)
  path <- bend(path)
  pen <- draw_pen(nrow(path$x), length(y))
  path <- place_on_page(path, pen$radius)
  ink_pixels(path, pen)
}

# A writing as a linear map: `basis` (n_points x points) turns its distinct
# control points into n_points pen positions, evenly spaced along the strokes.
writing_template <- function(strokes, n_points = 64L) {
  all_points <- do.call(rbind, strokes)
  key <- paste(all_points[, 1L], all_points[, 2L])
  points <- all_points[!duplicated(key), , drop = FALSE]
  index <- match(key, unique(key))
  # A new curve begins with a new stroke, and at a corner: a point given twice.
  stroke_of <- rep(seq_along(strokes), vapply(strokes, nrow, 1L))
  curve_of <- cumsum(c(TRUE, diff(index) == 0 | diff(stroke_of) > 0))
  fine <- lapply(split(index, curve_of), curve_basis, n_control = nrow(points))
  steps <- lapply(fine, function(basis) c(0, sqrt(rowSums(diff(basis %*% points)^2))))
  traveled <- cumsum(unlist(steps))
  stops <- seq(0, traveled[length(traveled)], length.out = n_points)
  basis <- do.call(rbind, fine)[findInterval(stops, traveled), , drop = FALSE]
  list(points = points, basis = basis)
}

# The Catmull-Rom curve through the control points `index`, as weights on all
# `n_control` points, `steps` positions for each span.
curve_basis <- function(index, n_control, steps = 40L) {
  spans <- length(index) - 1L
  t <- rep(seq(0, 1, length.out = steps), spans)
  weight <- cbind(
    -t + 2 * t^2 - t^3, 2 - 5 * t^2 + 3 * t^3, t + 4 * t^2 - 3 * t^3, t^3 - t^2
  ) / 2
  span <- rep(seq_len(spans), each = steps)
  basis <- matrix(0, length(t), n_control)
  for (k in 1:4) {
    # At its ends the curve uses the first or the last point again.
    control <- index[pmin(pmax(span + k - 2L, 1L), length(index))]
    at <- cbind(seq_along(t), control)
    basis[at] <- basis[at] + weight[, k]
  }
  basis
}

# Pen positions x and y (n_points x m). Each image is a random writing of its digit, where the first
# writings are the most likely. Every control point is a little off.
write_paths <- function(y, templates, wobble = 0.015) {
  n_points <- nrow(templates[[1L]][[1L]]$basis)
  x_path <- y_path <- matrix(0, n_points, length(y))
  writings <- lengths(templates)
  choice <- floor(stats::runif(length(y))^1.8 * writings[y + 1L]) + 1L
  for (digit in 0:9) {
    for (k in seq_len(writings[digit + 1L])) {
      images <- which(y == digit & choice == k)
      template <- templates[[digit + 1L]][[k]]
      n_control <- nrow(template$points)
      off <- function() matrix(stats::rnorm(n_control * length(images), sd = wobble), n_control)
      x_path[, images] <- template$basis %*% (template$points[, 1L] + off())
      y_path[, images] <- template$basis %*% (template$points[, 2L] + off())
    }
  }
  list(x = x_path, y = y_path)
}

# Bends each path as a writer's hand would: proportions, smooth waves, slant, and rotation.
bend <- function(path) {
  m <- ncol(path$x)
  per_point <- function(value) rep(value, each = nrow(path$x))
  normal <- function(mean, sd) per_point(stats::rnorm(m, mean, sd))
  x <- path$x - 0.3
  y <- path$y - 0.5
  # The middle moves up or down, and one half grows wider.
  y <- y + normal(0, 0.16) * (0.25 - y^2)
  x <- x * (1 + normal(0, 0.18) * y)
  wave <- function() {
    toward <- normal(0, 4) * x + normal(0, 4) * y
    normal(0, 0.035) * sin(toward + per_point(stats::runif(m, 0, 2 * pi)))
  }
  waved_x <- x + wave() + wave()
  y <- y + wave() + wave()
  x <- waved_x * exp(normal(0, 0.15)) - normal(0.15, 0.17) * y
  angle <- normal(0, 0.08)
  list(x = cos(angle) * x - sin(angle) * y, y = sin(angle) * x + cos(angle) * y)
}

# The pen: `radius` (in pixels) and `ink` (1 is saturated) along each path,
# `softness` the width of the stroke's edge.
draw_pen <- function(n_points, m) {
  along <- seq(0, 1, length.out = n_points)
  per_point <- function(value) rep(value, each = n_points)
  drift <- function(sd, turns) {
    phase <- along %o% stats::runif(m, 0, turns) + per_point(stats::runif(m))
    per_point(stats::rnorm(m, sd = sd)) * sin(2 * pi * phase)
  }
  radius <- per_point(0.75 + stats::rgamma(m, shape = 4, scale = 0.15))
  # Pressure changes slowly, and the edge is a little rough.
  pressure <- 1 + drift(0.12, 2) + drift(0.06, 6) + stats::rnorm(n_points * m, sd = 0.05)
  # In one of eight images, the pen skips a short stretch.
  skip <- per_point(stats::rbinom(m, 1L, 1 / 8) * stats::runif(m, 0.3, 0.9))
  where <- along - per_point(stats::runif(m))
  skip <- skip * exp(-(where / per_point(stats::runif(m, 0.02, 0.08)))^2)
  ink <- per_point(stats::runif(m, 0.98, 1.3)) * (1 + drift(0.10, 3)) * (1 - skip)
  list(
    radius = matrix(pmin(pmax(radius * pressure * (1 - 0.5 * skip), 0.35), 2.2), n_points),
    ink = matrix(ink, n_points),
    softness = stats::runif(m, 0.8, 1.4)
  )
}

# Paths in pixels, placed as in MNIST: the ink fills a 20 x 20 box, and its center of mass is the
# center of the 28 x 28 image.
place_on_page <- function(path, radius) {
  m <- ncol(path$x)
  per_point <- function(value) rep(value, each = nrow(path$x))
  width <- function(value) apply(value, 2L, max) - apply(value, 2L, min)
  size <- (20 - 2 * colMeans(radius)) / pmax(width(path$x), width(path$y))
  size <- size * stats::runif(m, 0.88, 1.04)
  mass <- radius / per_point(colSums(radius))
  place <- function(value) {
    value <- value * per_point(size)
    value <- value + per_point(14.5 + stats::rnorm(m, sd = 0.2) - colSums(value * mass))
    # Points outside the image move to its edge.
    pmin(pmax(value, 1), 28)
  }
  list(x = place(path$x), y = place(path$y))
}

# Every pen position darkens the pixels around it by their distance, and a pixel keeps its darkest
# value. Each step along the paths draws all images at once. Each image is a column of `page`, with
# a border wide enough for the pen.
ink_pixels <- function(path, pen) {
  m <- ncol(path$x)
  reach <- ceiling(max(pen$radius) + max(pen$softness) / 2 - 0.5)
  side <- 28L + 2L * reach
  square <- seq(-reach, reach)
  down <- rep(square, length(square))
  right <- rep(square, each = length(square))
  around <- down + right * side
  page <- matrix(0, side^2, m)
  first <- (seq_len(m) - 1) * side^2 + reach + reach * side
  for (step in seq_len(nrow(path$x))) {
    x <- path$x[step, ]
    y <- path$y[step, ]
    row <- round(y)
    col <- round(x)
    # Squared distances of the pixels around, (2 * reach + 1)^2 x m.
    distance2 <- outer(down, row - y, "+")^2 + outer(right, col - x, "+")^2
    per_pixel <- function(value) rep(value, each = length(around))
    shade <- per_pixel(pen$radius[step, ] / pen$softness + 0.5) -
      sqrt(distance2) * per_pixel(1 / pen$softness)
    shade[shade > 1] <- 1
    shade <- shade * per_pixel(pen$ink[step, ])
    pixel <- outer(around, first + row + (col - 1) * side, "+")
    darker <- shade > page[pixel]
    page[pixel[darker]] <- shade[darker]
  }
  to_bytes(array(page, c(side, side, m))[reach + 1:28, reach + 1:28, , drop = FALSE])
}

# Ink (28 x 28 x m) as m images of 0 to 255. Only inked pixels have a grain. The background is
# exactly 0.
to_bytes <- function(ink) {
  inked <- which(ink > 0)
  grain <- stats::rnorm(length(inked), mean = 1, sd = 0.06)
  bytes <- array(0L, dim(ink))
  bytes[inked] <- as.integer(pmin(pmax(255 * ink[inked] * grain, 0), 255))
  aperm(bytes, c(3L, 1L, 2L))
}
