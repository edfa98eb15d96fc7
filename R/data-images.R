# The scale of images: what their values are divided by, so that networks see 0..1, and whether new
# images are on the scale of those trained on. Models made before keep no divisor where there was
# none; new ones keep 1.

# What cameras and scanners of 8, 10, 12, 14 and 16 bits give at the most.
full_scales <- 2^c(8, 10, 12, 14, 16) - 1

# Lowest and highest value, and whether all are whole numbers.
describe_values <- function(x) {
  summary <- summarize_values_cpp(x)
  low <- summary[1L]
  high <- summary[2L]
  list(low = low, high = high, most = max(-low, high), whole = summary[3L] == 1)
}

# The divisor for images of these values. What is on a common scale already stays: 0..1 and -1..1,
# with what resampling adds to them, and what was standardised.
image_divisor <- function(values, x) {
  most <- values$most
  if (most <= 1 || (!values$whole && (most <= 1.5 || is_standardized(values, x)))) {
    return(1)
  }
  full <- full_scales[full_scales >= most][1L]
  if (values$low >= 0 && !is.na(full) && most > full / 2) {
    return(full)
  }
  # A full scale always means that no value is below 0: see check_image_scale().
  if (most %in% full_scales) most + 1 else most
}

# Fractions below and above 0 of a mean square of about 1 or less.
is_standardized <- function(values, x) values$low < 0 && mean(x * x) <= 1.5

# Plain bytes are what everyone has, and need no words.
inform_image_divisor <- function(divisor, values) {
  if (divisor == 1 || (divisor == 255 && values$whole)) {
    return(invisible())
  }
  shown <- in_digits(divisor)
  bits <- if (divisor %in% full_scales) {
    sprintf(", the largest number of %.0f bits", log2(divisor + 1))
  }
  rlang::inform(
    c(
      sprintf("Images are divided by %s%s. Their values go from %s to %s.", shown,
        if (is.null(bits)) "" else bits, in_digits(values$low), in_digits(values$high)),
      i = sprintf("For another scale, divide them yourself, and new images too: `x / %s`.", shown)
    ),
    class = "feedforward_message"
  )
}

# New images for a model: on the scale of training, as far as their values tell.
check_image_scale <- function(values, divisor, arg) {
  if (is.null(divisor) || divisor == 1) {
    return(check_undivided(values, divisor, arg))
  }
  scale <- sprintf("on the scale of training, where images were divided by %s", in_digits(divisor))
  refuse <- function(hint) {
    got <- sprintf("values from %s to %s", in_digits(values$low), in_digits(values$high))
    stop_input(arg, scale, got, hint = hint)
  }
  if (divisor >= 8 && values$most <= 1 && !values$whole) {
    refuse(sprintf("Are they divided by %s already? Give them as they were.", in_digits(divisor)))
  }
  # What resampling adds is less.
  lowest <- if (!divisor %in% full_scales) -2 * divisor else if (values$whole) 0 else -divisor / 8
  if (values$most > 2 * divisor || values$low < lowest) {
    refuse("Bring them to the range of the images trained on.")
  }
  if (values$most > 0 && values$most <= divisor / 16) inform_dark_images(values, divisor, arg)
}

# Bytes stand for byte / 255, as the network reads them.
check_raw_images <- function(divisor, arg) {
  if (is.null(divisor) || divisor %in% c(1, 255)) {
    return(invisible())
  }
  stop_input(arg, sprintf("numbers, as images were in training, divided by %s", in_digits(divisor)),
    "raw values, which stand for byte / 255",
    hint = sprintf("storage.mode(%s) <- \"integer\" makes them numbers.", arg)
  )
}

# Images that were not divided are within 0..1, or around it. Of older models it is not known.
check_undivided <- function(values, divisor, arg) {
  other <- if (is.null(divisor)) {
    values$whole && values$low >= 0 && values$high > 127 && values$high <= 255
  } else {
    (values$whole && values$most > 1) || (values$low >= 0 && values$high > 16)
  }
  if (other) {
    stop_input(arg, "on the scale of training, where images were not divided",
      sprintf("values from %s to %s", in_digits(values$low), in_digits(values$high)),
      hint = sprintf("Divide them as in training, perhaps %s / %s.", arg,
        in_digits(image_divisor(values)))
    )
  }
}

inform_dark_images <- function(values, divisor, arg) {
  rlang::inform(
    c(
      sprintf("The highest value of `%s` is %s, where images are divided by %s.", arg,
        in_digits(values$most), in_digits(divisor)),
      i = "Is it on the scale of the images trained on?"
    ),
    class = "feedforward_message"
  )
}

in_digits <- function(x) format(x, digits = 6, scientific = FALSE, decimal.mark = ".")

# Images as a matrix, line by line, divided. Whole numbers that 255 divides become bytes, which take
# an eighth of the memory and are divided where they are read. A matrix has such rows already.
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

# Row i is image i, line by line.
flatten_images <- function(x, as = "same", divisor = 1) {
  shape <- dim(x)
  rows <- c(shape[1L], as.integer(prod(shape[-1L])))
  rearrange_cpp(x, shape[3:2], shape[1L], rows, as, divisor)
}

# ---- Images as a user has them -----------------------------------------------------

# The `first` images of x as an array k x h x w.
check_images <- function(x, arg, first) {
  check_given(missing(x), arg)
  shape <- dim(x)
  side <- if (length(shape) == 2L) sqrt(shape[2L]) else 1
  fits <- (is.numeric(x) || is.raw(x)) && length(shape) %in% 2:3 && all(shape > 0L) &&
    side == round(side)
  if (!fits) {
    wanted <- "an n x height x width array, n x pixels matrix, or height x width matrix, n > 0"
    stop_input(arg, paste(wanted, "(numeric or raw)"), describe(x))
  }
  drawn <- seq_len(min(first, shape[1L]))
  if (length(shape) == 3L) {
    images <- x[drawn, , , drop = FALSE]
  } else {
    # Pixel (r, c) is in column (r - 1) * side + c: c runs fastest.
    images <- aperm(array(x[drawn, ], c(length(drawn), side, side)), c(1L, 3L, 2L))
  }
  if (is.raw(images)) storage.mode(images) <- "integer"
  check_finite(images, arg)
  if (min(images) < 0) {
    stop_input(arg, "0 or more everywhere", paste("a value of", number_text(min(images))))
  }
  images
}
