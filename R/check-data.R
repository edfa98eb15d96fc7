# What is refused of labels, images and arrays.

# A vector or factor of classes without NA; `n` elements, one per `each`.
check_labels <- function(x, arg, n = NULL, each = NULL, call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  if (!is.atomic(x) || is.null(x) || length(dim(x)) > 1L || length(x) == 0L) {
    stop_input(arg, "a vector or factor of classes, of at least one", describe(x), call = call)
  }
  if (!is.null(n) && length(x) != n) {
    stop_input(arg, sprintf("of length %d, one per %s", n, each), describe(x), call = call)
  }
  if (anyNA(x)) {
    stop_input(arg, "without NA", sprintf("NA at %s[%d]", arg, which(is.na(x))[1L]), call = call)
  }
  x
}

# The `first` images of x as an array k x h x w.
check_images <- function(x, arg, first, call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  shape <- dim(x)
  side <- if (length(shape) == 2L) sqrt(shape[2L]) else 1
  fits <- (is.numeric(x) || is.raw(x)) && length(shape) %in% 2:3 && all(shape > 0L) &&
    side == round(side)
  if (!fits) {
    wanted <- "an n x height x width array, n x pixels matrix, or height x width matrix, n > 0"
    stop_input(arg, paste(wanted, "(numeric or raw)"), describe(x), call = call)
  }
  drawn <- seq_len(min(first, shape[1L]))
  if (length(shape) == 3L) {
    images <- x[drawn, , , drop = FALSE]
  } else {
    # Pixel (r, c) is in column (r - 1) * side + c: c runs fastest.
    images <- aperm(array(x[drawn, ], c(length(drawn), side, side)), c(1L, 3L, 2L))
  }
  if (is.raw(images)) storage.mode(images) <- "integer"
  check_finite(images, arg, call = call)
  if (min(images) < 0) {
    stop_input(arg, "0 or more everywhere", paste("a value of", number_text(min(images))),
      call = call
    )
  }
  images
}

check_plain_array <- function(x, call = rlang::caller_env()) {
  check_given(missing(x), "x", call = call)
  if (!is.atomic(x) || is.null(x) || is.object(x)) {
    stop_input("x", "a plain vector, matrix or array (not a list, data frame or factor)",
      describe(x),
      call = call
    )
  }
}

# The wanted shape as integers, with its one `-1`, if any, filled in.
check_new_shape <- function(dim, size, call = rlang::caller_env()) {
  check_given(missing(dim), "dim", call = call)
  if (!is_whole_shape(dim)) {
    got <- if (is.numeric(dim) && !is.object(dim)) describe_shape(dim, ", ") else describe(dim)
    stop_input("dim", "whole numbers of at least 0, at most one of them -1", got, call = call)
  }
  open <- dim == -1
  known <- prod(dim[!open])
  if (any(open) && (known == 0 || size %% known != 0)) {
    wanted <- sprintf("a shape that divides the %.0f elements of `x` without remainder", size)
    got <- sprintf("%s, that is blocks of %.0f", describe_shape(dim), known)
    stop_input("dim", wanted, got, call = call)
  }
  dim[open] <- size / known
  if (prod(dim) != size) {
    wanted <- sprintf("a shape of %.0f elements, as many as `x` has", size)
    got <- sprintf("%s = %.0f elements", describe_shape(dim), prod(dim))
    stop_input("dim", wanted, got, call = call)
  }
  as.integer(dim)
}

is_whole_shape <- function(dim) {
  is.numeric(dim) && !is.object(dim) && length(dim) > 0L && all(is.finite(dim)) &&
    all(dim == round(dim) & dim >= -1 & dim <= .Machine$integer.max) && sum(dim == -1) <= 1L
}

describe_shape <- function(dim, between = " x ") {
  if (length(dim) > 8L) {
    return(sprintf("%d numbers", length(dim)))
  }
  if (length(dim)) paste(sprintf("%.15g", dim), collapse = between) else "no number"
}
