#' Draw the first layer's weights as images
#'
#' Each unit of the first hidden layer has one weight per pixel. Drawn as an image, they show what
#' the unit looks for: it grows more active where the picture is dark on blue, and less
#' where it is dark on vermilion. White pixels do not matter to it. A key below the images shows
#' the colours, and how many of the units are drawn where not all are.
#'
#' Weights are shown as they were trained, for standardised pixels where the model standardises.
#' Filters that look like noise ask for `penalty`, more data, or fewer units.
#'
#' @param fit A model made by [feedforward()]; without hidden layers, its outputs are drawn.
#' @param units The units to draw, whole numbers; `NULL` (the default) for the first 25, a page that
#'   is readable in a small window. `seq_len(fit$architecture$sizes[2])` are all.
#' @param image Height and width of the images, two whole numbers whose product is the number of
#'   inputs. `NULL` for those of the model: it knows them where it was made of an array of
#'   images; others take inputs without names as square images, row of pixels after row.
#' @param common `TRUE` draws all units on one scale, so that strong ones stand out. With
#'   the default of `FALSE`, the largest weight of each unit has the full colour.
#' @param main A title, one string; `NULL` for none.
#' @param ... Graphical parameters for [graphics::par()], such as `bg`, in force while drawing.
#'   `mar` is ignored.
#'
#' @returns The units drawn, an integer vector, invisibly. Parameters set by `par()` are as
#'   before.
#'
#' @section Errors:
#' A `feedforward_error` where `fit` is no model, the inputs are no images of that size, or there
#' are no such units.
#'
#' @seealso [plot_network()] for small networks of few inputs.
#'
#' @examples
#' set.seed(1)
#' digits <- synthetic_digits(n_train = 300, n_test = 0)$train
#' fit <- feedforward(digits$x, factor(digits$y), hidden_units = 9, epochs = 10)
#' plot_weights(fit)
#' @export
plot_weights <- function(fit, units = NULL, image = NULL, common = FALSE, main = NULL, ...) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit", finite = TRUE)
  weights <- fit$parameters$W1
  if (is.null(image)) image <- fit$inputs$image
  image <- check_image_size(image, ncol(weights), names = fit$inputs$names)
  units <- check_units(units, nrow(weights))
  check_flag(common, "common")
  main <- check_title(main, "main")
  weights <- weights[units, , drop = FALSE]
  largest <- if (common) max(abs(weights)) else apply(abs(weights), 1L, max)
  shares <- weights / pmax(largest, .Machine$double.xmin)
  names <- if (is.null(rownames(weights))) units else rownames(weights)
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  below <- min(0.3, 0.09 * page[2L])
  draw_tiles(shares, image, as.character(names), page - c(0, below), below)
  all <- nrow(fit$parameters$W1)
  drawn <- if (length(units) < all) sprintf("%d of %d units", length(units), all)
  draw_weight_key(drawn, if (common) max(largest), page[1L], below)
  invisible(units)
}

# Below the images: what is `drawn`, and the colours from the most negative weight to the most
# positive one, with numbers where all units share `largest`.
draw_weight_key <- function(drawn, largest, wide, high) {
  if (is.null(largest)) {
    ends <- c("negative", "positive weight")
  } else {
    largest <- format(signif(largest, 2))
    ends <- c(paste0("-", largest), paste("weight", largest))
  }
  left <- wide / 2
  half <- min(0.12 * wide, 0.8)
  bar <- grDevices::as.raster(matrix(diverging(seq(-1, 1, length.out = 101)), 1L))
  graphics::rasterImage(bar, left - half, 0.3 * high, left + half, 0.75 * high)
  graphics::rect(left - half, 0.3 * high, left + half, 0.75 * high, border = "grey80")
  texts <- c(ends, drawn)
  cex <- fit_text(texts, 0.2 * wide, 0.5 * high, largest = 0.9)
  x <- c(left - half - 0.05, left + half + 0.05, 0.01 * wide)
  for (i in seq_along(texts)) {
    graphics::text(x[i], 0.52 * high, texts[i], adj = c(i == 1L, 0.5), cex = cex, col = "grey30")
  }
}

# Height and width; without any, inputs that have no names of their own are a square image.
check_image_size <- function(image, inputs, names, call = rlang::caller_env()) {
  if (is.null(image)) {
    if (!is.null(names)) {
      wanted <- "given for inputs that have names: the c(height, width) of images"
      stop_input("image", wanted, "NULL",
        hint = "plot_network() draws networks of other inputs, coef() gives their weights.",
        call = call
      )
    }
    side <- sqrt(inputs)
    if (side != round(side)) {
      stop_input("image", "c(height, width), since the inputs are no square", "NULL",
        hint = sprintf("The network has %d inputs.", inputs), call = call
      )
    }
    return(c(side, side))
  }
  fits <- is.numeric(image) && !is.object(image) && length(image) == 2L && all(is.finite(image)) &&
    all(image >= 1 & image == round(image)) && prod(image) == inputs
  if (!fits) {
    wanted <- sprintf("c(height, width), two whole numbers whose product is %d", inputs)
    stop_input("image", wanted, describe_numbers(image), call = call)
  }
  image
}

check_units <- function(units, most, call = rlang::caller_env()) {
  if (is.null(units)) {
    return(seq_len(min(25L, most)))
  }
  fits <- is.numeric(units) && !is.object(units) && length(units) > 0L && all(is.finite(units)) &&
    all(units == round(units) & units >= 1 & units <= most)
  if (!fits) {
    wanted <- sprintf("whole numbers from 1 to %d, the units of the first layer", most)
    stop_input("units", wanted, describe_numbers(units), call = call)
  }
  as.integer(units)
}

describe_numbers <- function(x) {
  if (is.numeric(x) && length(x) %in% 2:9) toString(x) else describe(x)
}

# Rows of `shares` (-1..1) as images in a grid, each below its name, on a page of page[1] x page[2]
# inches that begins `below` inches above the end.
draw_tiles <- function(shares, image, names, page, below) {
  k <- nrow(shares)
  # In units of an image's width: a tile is an image, a line of text above it, a gap around.
  tile <- c(1.08, image[1L] / image[2L] + 0.22)
  counts <- best_grid(k, tile, page)
  unit <- min(page / (tile * counts))
  column <- (seq_len(k) - 1L) %% counts[1L]
  row <- (seq_len(k) - 1L) %/% counts[1L]
  left <- (page[1L] - unit * tile[1L] * counts[1L]) / 2 + unit * (tile[1L] * column + 0.04)
  highest <- below + (page[2L] + unit * tile[2L] * counts[2L]) / 2
  top <- highest - unit * (tile[2L] * row + 0.18)
  right <- left + unit
  bottom <- top - unit * image[1L] / image[2L]
  for (i in seq_len(k)) {
    colors <- matrix(diverging(shares[i, ]), image[1L], byrow = TRUE)
    graphics::rasterImage(grDevices::as.raster(colors), left[i], bottom[i], right[i], top[i],
      interpolate = FALSE
    )
  }
  graphics::rect(left, bottom, right, top, border = "grey80")
  cex <- fit_text(names, 0.9 * unit, 0.11 * unit, largest = 1)
  graphics::text((left + right) / 2, top + 0.08 * unit, names, cex = cex, col = "grey30")
}

# Columns and rows of a grid of k tiles that makes them largest.
best_grid <- function(k, tile, page) {
  columns <- seq_len(k)
  rows <- ceiling(k / columns)
  sizes <- pmin(page[1L] / (tile[1L] * columns), page[2L] / (tile[2L] * rows))
  best <- which.max(sizes)
  c(columns[best], rows[best])
}

# Colours of numbers from -1 (vermilion) over 0 (white) to 1 (blue).
diverging <- function(share) {
  colors <- shade(abs(share), "#FFFFFF", weight_colors[1L])
  negative <- share < 0
  colors[negative] <- shade(-share[negative], "#FFFFFF", weight_colors[2L])
  colors
}
