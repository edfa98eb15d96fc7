#' Draw a network
#'
#' Draws a column of circles for each layer and a line for each weight. Lines are blue for positive
#' weights, and dashed and vermilion for negative weights. The thickness of a line shows the size of
#' its weight, compared with the largest weight of its layer. The drawing is readable for up to
#' about 20 units in a layer. In a layer with more than `n` units, only the strongest are drawn.
#'
#' The strength of a unit measures how much it affects the outputs. It is a sum over all paths from
#' the unit to an output. For each path, the absolute weights along it are multiplied. Outputs are
#' ranked by the sum of their absolute weights. Units are drawn in their order in the layer.
#'
#' If the model standardizes its predictors, the weights are for standardized predictors. So you can
#' compare the lines of different predictors. Biases are not drawn.
#'
#' @param fit A model made by [feedforward()].
#' @param n The maximum number of units to draw for each layer, a whole number of at least 1. If a
#'   layer has more, the number of its units is written below it. The default of 16 keeps the lines
#'   apart.
#' @param main The title, a single string, or `NULL` for no title.
#' @param ... Graphical parameters of [graphics::par()], such as `bg` or `family`, which apply to
#'   this plot only. `mar` is ignored.
#'
#' @returns `fit`, invisibly. Graphical parameters are unchanged.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `fit` is not a model or has weights that are not finite,
#' and for an invalid `n`.
#'
#' @seealso [plot_weights()] for networks trained on images.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 5, epochs = 20)
#' plot_network(fit)
#' @export
plot_network <- function(fit, n = 16, main = NULL, ...) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit", finite = TRUE)
  n <- check_count(n, "n")
  main <- check_title(main, "main")
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  weights <- fit$parameters[paste0("W", seq_len(length(fit$architecture$sizes) - 1L))]
  below <- space_below(fit, n, page)
  nodes <- place_nodes(fit, strongest_units(weights, n), page, below)
  for (k in rev(seq_along(nodes)[-1L])) {
    shown <- weights[[k - 1L]][nodes[[k]]$units, nodes[[k - 1L]]$units, drop = FALSE]
    draw_edges(shown, nodes[[k - 1L]], nodes[[k]])
  }
  draw_nodes(nodes)
  name_layers(fit, nodes, page, below)
  invisible(fit)
}

# Returns the numbers of the `n` strongest units of each layer, in their order. `weights` are the
# matrices of each layer after the first, units x inputs.
strongest_units <- function(weights, n) {
  weights <- lapply(weights, abs)
  last <- weights[[length(weights)]]
  # The strength of the outputs, then of each layer before.
  strength <- list(rowSums(last))
  passed <- rep(1, nrow(last))
  for (W in rev(weights)) {
    passed <- drop(passed %*% W)
    # Only ratios matter. Without this, products of many layers could overflow.
    passed <- passed / max(passed, .Machine$double.xmin)
    strength <- c(list(passed), strength)
  }
  lapply(strength, function(s) sort(utils::head(order(-s), n)))
}

# Returns list(x, y, units, names, radius, room, gap) for each layer: the centers of its circles in
# inches, their `units`, and the names of inputs and outputs. `below` is the space below the
# circles.
place_nodes <- function(fit, units, page, below) {
  layers <- length(units)
  shown <- lengths(units)
  names <- vector("list", layers)
  names[[1L]] <- input_names(fit)[units[[1L]]]
  names[[layers]] <- output_labels(fit)[units[[layers]]]
  # Names are beside the first and last layer. The description of each layer is below it.
  room <- vapply(names[c(1L, layers)], function(text) {
    min(0.25 * page[1L], 0.25 + max(graphics::strwidth(text)))
  }, 0)
  x <- seq(room[1L] + 0.02 * page[1L], page[1L] - room[2L] - 0.02 * page[1L], length.out = layers)
  high <- c(below, 0.99 * page[2L])
  gap <- diff(high) / max(shown)
  radius <- min(0.3 * gap, 0.09 * diff(x)[1L], 0.2)
  lapply(seq_len(layers), function(k) {
    y <- mean(high) + gap * ((shown[k] + 1) / 2 - seq_len(shown[k]))
    list(x = x[k], y = y, units = units[[k]], names = names[[k]], radius = radius,
      room = if (k == 1L) room[1L] else room[2L], gap = gap)
  })
}

# Returns the height, in inches, of the descriptions below the layers and of the key.
space_below <- function(fit, n, page) {
  lines <- if (any(fit$architecture$sizes > n)) 3L else 2L
  min((lines + 2.1) * 1.3 * graphics::strheight("M"), 0.22 * page[2L])
}

# For positive and negative weights. Most people with color blindness can distinguish them.
weight_colors <- c("#0072B2", "#D55E00")

# Draws a line from each circle of a layer to each circle of the next layer. Strong lines are drawn
# last, so that they are on top.
draw_edges <- function(weights, from, to) {
  share <- abs(weights) / max(abs(weights), .Machine$double.xmin)
  order <- order(share)
  size <- share[order]
  negative <- weights[order] < 0
  color <- weight_colors[1L + negative]
  opaque <- grDevices::rgb(t(grDevices::col2rgb(color)),
    alpha = 255 * (0.12 + 0.88 * size), maxColorValue = 255
  )
  graphics::segments(
    from$x, from$y[col(weights)[order]], to$x, to$y[row(weights)[order]],
    col = opaque, lwd = 0.4 + 4 * size, lty = ifelse(negative, 2L, 1L)
  )
}

draw_nodes <- function(nodes) {
  for (k in seq_along(nodes)) {
    node <- nodes[[k]]
    graphics::symbols(rep(node$x, length(node$y)), node$y, rep(node$radius, length(node$y)),
      inches = FALSE, add = TRUE, bg = if (k %in% c(1L, length(nodes))) "gray90" else "white",
      fg = "gray30"
    )
    if (length(node$names)) name_nodes(node, left = k == 1L)
  }
}

# Writes names of inputs to the left of their circles, and names of outputs to the right.
name_nodes <- function(node, left) {
  away <- node$radius + 0.06
  cex <- fit_text(node$names, node$room - away, 0.7 * node$gap, largest = 1)
  x <- node$x + if (left) -away else away
  graphics::text(x, node$y, node$names, adj = c(left, 0.5), cex = cex)
}

# Writes a description below each layer, with the number of units drawn, and the key below them all.
name_layers <- function(fit, nodes, page, below) {
  layers <- layer_table(fit)
  shown <- vapply(nodes, function(node) length(node$units), 0L)
  share <- sprintf("%d strongest of %d", shown, layers$units)
  text <- paste0(
    layers$layer, ifelse(nzchar(layers$activation), "\n", ""), layers$activation,
    ifelse(shown < layers$units, paste0("\n", share), "")
  )
  x <- vapply(nodes, `[[`, 0, "x")
  cex <- fit_text(text, 0.95 * diff(x)[1L], 0.7 * below, largest = 0.9)
  # Keep the text within the page.
  half <- graphics::strwidth(text, cex = cex) / 2
  x <- pmin(pmax(x, half), page[1L] - half)
  graphics::text(x, 0.97 * below, text, adj = c(0.5, 1), cex = cex, col = "gray30")
  graphics::legend(page[1L] / 2, 0, c("positive weight", "negative weight"),
    col = weight_colors, lty = 1:2, lwd = 2, horiz = TRUE, bty = "n", xjust = 0.5, yjust = 0,
    y.intersp = 0.6, cex = cex, text.col = "gray30"
  )
}

# Return the names of inputs and outputs, or names such as x1 and y1 if the model has no names.
input_names <- function(fit) {
  names <- fit$inputs$names
  if (is.null(names)) paste0("x", seq_len(fit$architecture$sizes[1L])) else names
}

output_labels <- function(fit) {
  names <- output_names(fit$outcome)
  if (is.null(names) && fit$inputs$kind == "formula") names <- names(fit$blueprint$ptypes$outcomes)
  outputs <- fit$architecture$sizes[length(fit$architecture$sizes)]
  if (length(names) != outputs) paste0("y", if (outputs > 1L) seq_len(outputs)) else names
}

# ---- Weights as images -------------------------------------------------------------

#' Draw the weights of the first layer as images
#'
#' Each unit of the first hidden layer has one weight for each pixel. These weights form an image
#' that shows what the unit reacts to. Dark pixels of a picture increase its activation where the
#' image is blue, and decrease it where the image is vermilion. Where the image is white, they have
#' no effect. A key below the images explains the colors. It also says how many of the units are
#' drawn.
#'
#' If the model standardizes its predictors, the weights are for standardized pixels. If the images
#' look like noise, try a `penalty`, more data, or fewer units.
#'
#' @param fit A model made by [feedforward()]. Without hidden layers, its outputs are drawn.
#' @param units The units to draw, whole numbers. The default, `NULL`, draws the first 25, which are
#'   readable in a small window. Use `seq_len(fit$architecture$sizes[2])` for all units.
#' @param image The height and width of the images, two whole numbers whose product is the number of
#'   predictors. The default, `NULL`, uses the size of the images that the model was trained on. If
#'   the model was trained on a matrix without column names, the images are assumed to be square,
#'   with their pixels ordered row by row.
#' @param common `TRUE` draws all units on a common scale, so you can compare them. With `FALSE`
#'   (the default), the largest weight of each unit has the full color.
#' @param main The title, a single string, or `NULL` for no title.
#' @param ... Graphical parameters of [graphics::par()], such as `bg`, which apply to this plot
#'   only. `mar` is ignored.
#'
#' @returns The numbers of the units drawn, an integer vector, invisibly. Graphical parameters are
#'   unchanged.
#'
#' @section Errors: An error of class `feedforward_error` if `fit` is not a model, if the predictors
#' are not images of this size, or if there are no such units.
#'
#' @seealso [plot_network()] for networks with few predictors.
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

# Draws the key below the images: the text `drawn`, and the colors from the most negative to the
# most positive weight, with numbers if all units share the scale `largest`.
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
  graphics::rect(left - half, 0.3 * high, left + half, 0.75 * high, border = "gray80")
  texts <- c(ends, drawn)
  cex <- fit_text(texts, 0.2 * wide, 0.5 * high, largest = 0.9)
  x <- c(left - half - 0.05, left + half + 0.05, 0.01 * wide)
  for (i in seq_along(texts)) {
    graphics::text(x[i], 0.52 * high, texts[i], adj = c(i == 1L, 0.5), cex = cex, col = "gray30")
  }
}

# Returns c(height, width). By default, inputs without names are square images.
check_image_size <- function(image, inputs, names) {
  if (is.null(image)) {
    if (!is.null(names)) {
      stop_feedforward("{.arg image} is missing, and the predictors of this model have names.",
        i = "If they are pixels, use `image = c(height, width)`.",
        i = "Otherwise, use `plot_network()` to draw the network, or `coef()` for its weights."
      )
    }
    side <- sqrt(inputs)
    if (side != round(side)) {
      stop_feedforward("{.arg image} is missing, and {inputs} inputs do not form a square image.",
        i = "Use `image = c(height, width)`."
      )
    }
    return(c(side, side))
  }
  fits <- is.numeric(image) && !is.object(image) && length(image) == 2L && all(is.finite(image)) &&
    all(image >= 1 & image == round(image)) && prod(image) == inputs
  if (!fits) {
    wanted <- sprintf("c(height, width), two whole numbers whose product is %d", inputs)
    stop_input("image", wanted, describe_numbers(image))
  }
  image
}

check_units <- function(units, most) {
  if (is.null(units)) {
    return(seq_len(min(25L, most)))
  }
  fits <- is.numeric(units) && !is.object(units) && length(units) > 0L && all(is.finite(units)) &&
    all(units == round(units) & units >= 1 & units <= most)
  if (!fits) {
    wanted <- sprintf("whole numbers from 1 to %d, the units of the first layer", most)
    stop_input("units", wanted, describe_numbers(units))
  }
  as.integer(units)
}

describe_numbers <- function(x) {
  if (is.numeric(x) && length(x) %in% 2:9) toString(x) else describe(x)
}

# Draws rows of `shares` (-1 to 1) as images in a grid, each below its name. The grid has page[1] x
# page[2] inches, and begins `below` inches above the bottom of the page.
draw_tiles <- function(shares, image, names, page, below) {
  k <- nrow(shares)
  # In units of the width of an image: a tile is an image, a line of text above it, and a gap.
  tile <- c(1.08, image[1L] / image[2L] + 0.22)
  places <- picture_places(k, tile, c(1, image[1L] / image[2L]), c(0.04, 0.18), page, below)
  unit <- places$unit
  draw_pictures(places, function(i) matrix(diverging(shares[i, ]), image[1L], byrow = TRUE))
  frame_pictures(places, border = "gray80")
  cex <- fit_text(names, 0.9 * unit, 0.11 * unit, largest = 1)
  graphics::text(places$middle, places$top + 0.08 * unit, names, cex = cex, col = "gray30")
}

# Returns the places of k pictures in the grid that makes them largest, on page[1] x page[2] inches
# above `below`. In parts of the `unit` of the grid, each picture has the size `size` in a cell of
# the size `cell`, at `inset` from its upper left corner.
picture_places <- function(k, cell, size, inset, page, below = 0) {
  counts <- best_grid(k, cell, page)
  unit <- min(page / (cell * counts))
  column <- (seq_len(k) - 1L) %% counts[1L]
  row <- (seq_len(k) - 1L) %/% counts[1L]
  left <- (page[1L] - unit * cell[1L] * counts[1L]) / 2 + unit * (cell[1L] * column + inset[1L])
  highest <- below + (page[2L] + unit * cell[2L] * counts[2L]) / 2
  top <- highest - unit * (cell[2L] * row + inset[2L])
  list(
    left = left, bottom = top - unit * size[2L], right = left + unit * size[1L], top = top,
    middle = left + unit * size[1L] / 2, unit = unit
  )
}

# `picture` returns the colors of a picture, or its grays.
draw_pictures <- function(places, picture) {
  for (i in seq_along(places$left)) {
    graphics::rasterImage(grDevices::as.raster(picture(i)), places$left[i], places$bottom[i],
      places$right[i], places$top[i],
      interpolate = FALSE
    )
  }
}

frame_pictures <- function(places, ...) {
  graphics::rect(places$left, places$bottom, places$right, places$top, ...)
}

# Returns the numbers of columns and rows of the grid that makes k tiles largest.
best_grid <- function(k, tile, page) {
  columns <- seq_len(k)
  rows <- ceiling(k / columns)
  sizes <- pmin(page[1L] / (tile[1L] * columns), page[2L] / (tile[2L] * rows))
  best <- which.max(sizes)
  c(columns[best], rows[best])
}

# Returns colors for numbers from -1 (vermilion) over 0 (white) to 1 (blue).
diverging <- function(share) {
  colors <- shade(abs(share), "#FFFFFF", weight_colors[1L])
  negative <- share < 0
  colors[negative] <- shade(-share[negative], "#FFFFFF", weight_colors[2L])
  colors
}
