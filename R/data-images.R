# Images. Their values are divided by one number, the divisor, so that the network reads values from
# 0 to 1. New images must be on the scale of the training images. A model keeps its divisor, and 1
# if the images were on a common scale already. Models of older versions keep `NULL` in place of 1.

# Flattens images row by row and scales them to about 0..1. Only images that count decide the
# scale.
read_images <- function(x, y, case_weights, class_weights) {
  check_image_array(x, "x", min_rows = 1L)
  check_images_first(x, y)
  refuse_non_finite(x, "x", list())
  image <- dim(x)[-1L]
  # C++ divides bytes when it reads them.
  if (is.raw(x)) {
    return(list(x = flatten_images(x), inputs = new_inputs("array", image = image, divisor = 255)))
  }
  x <- without_uncounted_images(x, rows_likely_counted(y, case_weights, class_weights))
  values <- describe_values(x)
  divisor <- image_divisor(values, x)
  inform_image_divisor(divisor, values)
  inputs <- new_inputs("array", image = image, divisor = divisor)
  list(x = divide_images(x, divisor, values), inputs = inputs)
}

new_images <- function(model, x, arg, counted) {
  image <- model$inputs$image
  # One image, or images as rows.
  if (is.matrix(x) && all(dim(x) == image)) {
    x <- array(x, c(1L, image))
  } else if (is.matrix(x)) {
    x <- new_matrix(model, x, arg)
  }
  if (!is.matrix(x)) check_image_array(x, arg, min_rows = 0L, image)
  scale_images(x, model, arg, counted)
}

# Scales new images as in training.
scale_images <- function(x, model, arg, counted) {
  divisor <- model$inputs$divisor
  if (is.raw(x)) x <- numbers_of_raw_images(x, divisor, arg)
  if (is.raw(x) || length(x) == 0L) {
    return(if (is.matrix(x)) x else flatten_images(x))
  }
  refuse_non_finite(x, arg, model$inputs)
  x <- without_uncounted_images(x, counted)
  values <- describe_values(x)
  check_image_scale(values, divisor, arg)
  divide_images(x, divisor, values)
}

# Returns images as a matrix, divided, with the pixels of each image in a row, line by line. Whole
# numbers from 0 to 255 on a scale of 255 become bytes, which take an eighth of the memory. They are
# divided when they are read. A matrix has one image per row already.
divide_images <- function(x, divisor, values) {
  bytes <- identical(divisor, 255) && values$whole && values$low >= 0 && values$high <= 255
  if (is.null(divisor)) divisor <- 1
  as <- if (bytes) "bytes" else if (divisor == 1) "same" else "quotients"
  if (length(dim(x)) == 3L) {
    return(flatten_images(x, as, divisor))
  }
  names <- dimnames(x)
  if (as != "same") x <- rearrange_cpp(x, 1L, length(x), dim(x), as, divisor)
  if (!is.null(names)) dimnames(x) <- names
  x
}

# Returns a matrix whose row i is image i, line by line.
flatten_images <- function(x, as = "same", divisor = 1) {
  shape <- dim(x)
  rows <- c(shape[1L], as.integer(prod(shape[-1L])))
  rearrange_cpp(x, shape[3:2], shape[1L], rows, as, divisor)
}

# Replaces each image that does not count by one that does, so that it has no say in the scale and
# is not refused for its own. `counted` has one value per image, or is `NULL`.
without_uncounted_images <- function(x, counted) {
  left_out <- which(!as.logical(counted))
  if (length(counted) != dim(x)[1L] || length(left_out) %in% c(0L, length(counted))) {
    return(x)
  }
  stand_in <- rep(which(as.logical(counted))[1L], length(left_out))
  if (length(dim(x)) == 3L) {
    x[left_out, , ] <- x[stand_in, , , drop = FALSE]
  } else {
    x[left_out, ] <- x[stand_in, , drop = FALSE]
  }
  x
}

# ---- The scale -------------------------------------------------------------------

# The largest values of images with 8, 10, 12, 14, and 16 bits.
full_scales <- 2^c(8, 10, 12, 14, 16) - 1

# Returns the lowest and the highest value, and whether all values are whole numbers.
describe_values <- function(x) {
  summary <- summarize_values_cpp(x)
  low <- summary[1L]
  high <- summary[2L]
  list(low = low, high = high, most = max(-low, high), whole = summary[3L] == 1)
}

# Returns the divisor for training images. It is 1 for images on a common scale: from 0 to 1 or from
# -1 to 1, a little wider after resampling, or standardized.
image_divisor <- function(values, x) {
  most <- values$most
  if (most <= 1 || (!values$whole && (most <= 1.5 || is_standardized(values, x)))) {
    return(1)
  }
  full <- full_scales[full_scales >= most][1L]
  if (values$low >= 0 && !is.na(full) && most > full / 2) {
    return(full)
  }
  # check_image_scale() takes a full scale to mean that no training value was negative.
  if (most %in% full_scales) most + 1 else most
}

# Standardized values are fractions on both sides of 0 with a mean square of about 1.
is_standardized <- function(values, x) values$low < 0 && mean(x * x) <= 1.5

# Says what the images are divided by. Plain bytes are so common that they need no message.
inform_image_divisor <- function(divisor, values) {
  if (divisor == 1 && values$most > 0 && values$most < 1e-3) {
    inform_feedforward(
      sprintf("All values of `x` are near 0, from %s to %s, so the network may learn little.",
        in_digits(values$low), in_digits(values$high)),
      i = sprintf("Scale training and new images to about 0 to 1: `x / %s`.",
        number_text(values$most, digits = 6))
    )
  }
  if (divisor == 1 || (divisor == 255 && values$whole)) {
    return(invisible())
  }
  shown <- in_digits(divisor)
  bits <- if (divisor %in% full_scales) {
    sprintf(", the largest %.0f-bit number", log2(divisor + 1))
  }
  inform_feedforward(
    sprintf("Images are divided by %s%s. Their values range from %s to %s.", shown,
      if (is.null(bits)) "" else bits, in_digits(values$low), in_digits(values$high)),
    i = "To use another divisor, divide training and new images by it yourself."
  )
}

# Returns raw images as integers if the training images were integers of 8 bits. Otherwise raw
# images stay raw and stand for byte / 255, as in all raw predictors.
numbers_of_raw_images <- function(x, divisor, arg) {
  if (is.null(divisor) || divisor %in% c(1, 255)) {
    return(x)
  }
  if (divisor > 256) refuse_raw_images(divisor, arg)
  storage.mode(x) <- "integer"
  x
}

in_digits <- function(x) format(x, digits = 6, scientific = FALSE, decimal.mark = ".")

# ---- What is refused -------------------------------------------------------------

# Checks an array of images. `image` is their c(height, width), if known.
check_image_array <- function(x, arg, min_rows, image = NULL) {
  shape <- dim(x)
  fits <- (is_numbers(x) || is.raw(x)) && length(shape) == 3L && shape[1L] >= min_rows &&
    all(shape[-1L] > 0L) && (is.null(image) || all(shape[-1L] == image))
  wanted <- "a numeric or raw n x height x width array"
  if (!is.null(image)) wanted <- sprintf("%s of %d x %d images", wanted, image[1L], image[2L])
  check_that(fits, x, arg, wanted, hint = hint_for_images(x, arg))
}

# Returns what to do about `x` in place of images, or `NULL`.
hint_for_images <- function(x, arg) {
  shape <- dim(x)
  if (length(shape) > 3L) {
    sprintf("Use `array_reshape(%s, c(%d, -1))` to turn each image into a row.", arg, shape[1L])
  } else if (is.list(x) && !is.data.frame(x) && "x" %in% names(x)) {
    "Use the images in it, such as `mnist$train$x` instead of `mnist$train`."
  } else if (is_one_image(x)) {
    sprintf("Use `array(%s, c(1, dim(%s)))` for one image, or `x[1, , , drop = FALSE]`.", arg, arg)
  }
}

# Images stacked along the third dimension would be read as images of the wrong size.
check_images_first <- function(x, y) {
  shape <- dim(x)
  n <- NROW(y)
  if (isTRUE(n != shape[1L] && n == shape[3L])) {
    stop_row_count(y, "y", shape[1L], "`x`",
      hint = "The first dimension of `x` must index the images: use `aperm(x, c(3, 1, 2))`."
    )
  }
}

# Refuses new images that are clearly on another scale than the training images.
check_image_scale <- function(values, divisor, arg) {
  if (is.null(divisor) || divisor == 1) {
    return(check_undivided(values, divisor, arg))
  }
  if (divisor >= 8 && values$most <= 1 && !values$whole) {
    refuse_scale(values, arg, sprintf(
      "Were they already divided by %s? Use the original values.", in_digits(divisor)
    ))
  }
  full <- divisor %in% full_scales
  # Resampling also makes negative fractions, but together with values far above 16.
  if (full && !values$whole && values$low < -0.01 && values$most <= 16) {
    refuse_scale(values, arg, "Were they already standardized? Use the original values.")
  }
  # Resampling overshoots by less than an eighth.
  lowest <- if (!full) -2 * divisor else if (values$whole) 0 else -divisor / 8
  too_high <- values$most > 2 * divisor
  if (values$low < lowest || (too_high && !may_be_brighter(values, divisor))) {
    refuse_scale(values, arg, sprintf(
      "Were they scaled like the training images, which were divided by %s?", in_digits(divisor)
    ))
  }
  dark <- values$most > 0 && values$most <= divisor / 16
  if (too_high || dark) {
    inform_feedforward(
      sprintf("The highest value of `%s` is %s, but the training images were divided by %s.", arg,
        in_digits(values$most), in_digits(divisor)),
      i = "Are these images on the scale of the training images?"
    )
  }
}

# Whether bytes may be as high as these values if the training images were dark. Up to 16, the scale
# is rather one of 4 bits.
may_be_brighter <- function(values, divisor) {
  divisor > 16 && divisor == round(divisor) && values$whole && values$low >= 0 && values$high <= 255
}

# Images that were not divided in training are within about 0 to 1. An older model may also have
# been trained on larger values, because it did not keep whether they were divided.
check_undivided <- function(values, divisor, arg) {
  other <- if (is.null(divisor)) {
    values$whole && values$low >= 0 && values$high > 127 && values$high <= 255
  } else {
    (values$whole && values$most > 1) || (values$low >= 0 && values$high > 16)
  }
  if (other) {
    stop_feedforward(
      paste("{.arg {arg}} has {range_in_words(values)}, but the training images were not divided",
        "when the model was trained."),
      i = paste("Put the new images on the scale of the training images, for example with",
        "{.code {arg} / {in_digits(image_divisor(values))}}.")
    )
  }
}

refuse_scale <- function(values, arg, hint) {
  stop_feedforward(
    "{.arg {arg}} has {range_in_words(values)}, which is not the scale of the training images.",
    i = "{hint}"
  )
}

range_in_words <- function(values) {
  sprintf("values from %s to %s", in_digits(values$low), in_digits(values$high))
}

refuse_raw_images <- function(divisor, arg) {
  hint <- if (divisor == 65535) {
    sprintf("Use `array(as.integer(%s) * 257, dim(%s))`.", arg, arg)
  } else {
    "Raw values range from 0 to 255. Supply the images as numbers on the training scale."
  }
  stop_feedforward(
    "{.arg {arg}} has raw values, but the training images were divided by {in_digits(divisor)}.",
    i = "{hint}"
  )
}
