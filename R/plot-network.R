#' Draw a network
#'
#' A column of circles for each layer, a line for each weight: blue where it is positive, dashed
#' vermilion where it is negative, the thicker the larger its size is beside the largest one of
#' its layer. For networks of up to about 20 units per layer; of larger layers, the strongest units
#' are drawn.
#'
#' The strength of a unit is what passes through it on the way to the outputs: the sum, over all
#' paths from the unit to an output, of the products of the sizes of the weights along the path.
#' Outputs are ranked by the sum of the sizes of their weights. Units that are drawn keep their
#' order.
#'
#' Weights are those of standardised inputs, where the model standardises: so the lines of all
#' inputs compare. Biases are not drawn.
#'
#' @param fit A model made by [feedforward()].
#' @param n The most units to draw of a layer, the strongest ones, at least 1; how many there are
#'   is written below them. The default of 16 keeps lines apart; more make them a mesh.
#' @param main A title, one string; `NULL` for none.
#' @param ... Graphical parameters for [graphics::par()], such as `bg` or `family`, in force while
#'   drawing. `mar` is ignored.
#'
#' @returns `fit`, invisibly. Parameters set by `par()` are as before.
#'
#' @section Errors:
#' A `feedforward_error` where `fit` is no model, has weights that are not finite, or `n` is no
#' whole number of at least 1.
#'
#' @seealso [plot_weights()] for networks that read images.
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

# For each layer the numbers of its `n` strongest units, in their order. `weights` are those of each
# layer after the first, units x inputs.
strongest_units <- function(weights, n) {
  weights <- lapply(weights, abs)
  last <- weights[[length(weights)]]
  # Of the outputs, then of each layer before: what its paths to the outputs weigh.
  strength <- list(rowSums(last))
  passed <- rep(1, nrow(last))
  for (W in rev(weights)) {
    passed <- drop(passed %*% W)
    # Only ratios matter: products of many layers could overflow.
    passed <- passed / max(passed, .Machine$double.xmin)
    strength <- c(list(passed), strength)
  }
  lapply(strength, function(s) sort(utils::head(order(-s), n)))
}

# For each layer list(x, y, units, names, radius, room, gap): centres of its circles in inches, the
# `units` that they stand for, names of inputs and outputs. `below` is the space left below.
place_nodes <- function(fit, units, page, below) {
  layers <- length(units)
  shown <- lengths(units)
  names <- vector("list", layers)
  names[[1L]] <- input_names(fit)[units[[1L]]]
  names[[layers]] <- output_labels(fit)[units[[layers]]]
  # Names stand beside the first and last layer, the words for each layer below it.
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

# Inches for the words below the layers and for the key: three lines or fewer, and one.
space_below <- function(fit, n, page) {
  lines <- if (any(fit$architecture$sizes > n)) 3L else 2L
  min((lines + 2.1) * 1.3 * graphics::strheight("M"), 0.22 * page[2L])
}

# Of positive and negative weights: told apart by the colour-blind, too.
weight_colors <- c("#0072B2", "#D55E00")

# Lines from each circle of one layer to each of the next, the weakest first, so that strong
# ones lie on top.
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
      inches = FALSE, add = TRUE, bg = if (k %in% c(1L, length(nodes))) "grey90" else "white",
      fg = "grey30"
    )
    if (length(node$names)) name_nodes(node, left = k == 1L)
  }
}

# Names of inputs end left of their circles, those of outputs start right of theirs.
name_nodes <- function(node, left) {
  away <- node$radius + 0.06
  cex <- fit_text(node$names, node$room - away, 0.7 * node$gap, largest = 1)
  x <- node$x + if (left) -away else away
  graphics::text(x, node$y, node$names, adj = c(left, 0.5), cex = cex)
}

# Below each layer what it is, and how much of it is drawn; below all the key.
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
  # Words do not leave the page.
  half <- graphics::strwidth(text, cex = cex) / 2
  x <- pmin(pmax(x, half), page[1L] - half)
  graphics::text(x, 0.97 * below, text, adj = c(0.5, 1), cex = cex, col = "grey30")
  graphics::legend(page[1L] / 2, 0, c("positive weight", "negative weight"),
    col = weight_colors, lty = 1:2, lwd = 2, horiz = TRUE, bty = "n", xjust = 0.5, yjust = 0,
    y.intersp = 0.6, cex = cex, text.col = "grey30"
  )
}

# Names of inputs and outputs, made up where the model has none.
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
check_image_size <- function(image, inputs, names) {
  if (is.null(image)) {
    if (!is.null(names)) {
      wanted <- "given for inputs that have names: the c(height, width) of images"
      stop_input("image", wanted, "NULL",
        hint = "plot_network() draws networks of other inputs, coef() gives their weights."
      )
    }
    side <- sqrt(inputs)
    if (side != round(side)) {
      stop_input("image", "c(height, width), since the inputs are no square", "NULL",
        hint = sprintf("The network has %d inputs.", inputs)
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
