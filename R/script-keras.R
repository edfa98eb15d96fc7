#' Reshape an array in row-major order
#'
#' Gives the elements of `x` a new shape. By default the last index varies fastest (row-major
#' order), as in NumPy and Keras. In base R's `dim<-` the first index varies fastest (column-major
#' order). An n x 28 x 28 array of images becomes an n x 784 matrix whose row i holds image i, line
#' by line: element (i, (r - 1) * 28 + c) is `x[i, r, c]`.
#'
#' @param x A vector, matrix, or array of type logical, integer, double, complex, character, or raw,
#'   without a class. A vector is treated as a 1-d array.
#' @param dim The new shape: whole numbers of at least 0, whose product is the number of elements of
#'   `x`. One of them can be `-1`, which is replaced by the number that makes the product right.
#' @param order `"C"` (the default) is row-major order: the last index varies fastest, both when
#'   reading `x` and when filling the result. `"F"` is column-major order, as in base R.
#'
#' @return An array of shape `dim` with the type of `x`, without dimnames. If `dim` has one number,
#'   the result is a 1-d array, not a plain vector.
#'
#' @section Errors:
#' A `feedforward_error` if `x` is not such an array, or if `dim` is not a vector of whole numbers,
#' has more than one `-1`, or does not fit the number of elements of `x`.
#'
#' @references The two orders are defined in the NumPy documentation of `numpy.reshape`.
#'
#' @examples
#' x <- array(1:12, c(2, 3, 2))
#' array_reshape(x, c(2, 6)) # row i: x[i, 1, ], x[i, 2, ], x[i, 3, ]
#' array_reshape(1:6, c(-1, 2))
#' array_reshape(1:6, c(-1, 2), order = "F")
#' @export
array_reshape <- function(x, dim, order = c("C", "F")) {
  check_plain_array(x)
  order <- check_choice(order, "order", c("C", "F"))
  to <- check_new_shape(dim, length(x))
  if (order == "C") {
    return(permute_row_major(x, to))
  }
  attributes(x) <- list(dim = to)
  x
}

# Reshapes in row-major order. Leading dimensions that both shapes share stay where they are, and
# only the rest is permuted. For n x 28 x 28 to n x 784, that is one permutation of whole columns
# instead of two across all of memory.
permute_row_major <- function(x, to) {
  from <- if (is.null(dim(x))) length(x) else dim(x)
  shared <- match(FALSE, from == to[seq_along(from)], nomatch = length(from) + 1L) - 1L
  block <- prod(to[seq_len(shared)])
  from <- from[seq_along(from) > shared]
  behind <- to[seq_along(to) > shared]
  if (length(from) < 2L && length(behind) < 2L) {
    attributes(x) <- list(dim = to)
    return(x)
  }
  if (length(from) > 1L) x <- reverse_dims(x, from, block, to)
  if (length(behind) > 1L) x <- reverse_dims(x, rev(behind), block, to)
  x
}

# The values of `x`, an array c(block, shape), in the order of c(block, rev(shape)), as an array of
# dimensions `dim`. Setting the dimensions afterwards would copy all values once more.
reverse_dims <- function(x, shape, block, dim) {
  if (is.character(x) || is.complex(x)) {
    x <- aperm(array(x, c(block, shape)), c(1L, 1L + rev(seq_along(shape))))
    return(array(x, dim))
  }
  rearrange_cpp(x, rev(shape), block, dim)
}

# A row-major vector as the R array whose element [i, j, k] is element (i, j, k). Without dimensions
# it is a vector of length 1.
from_row_major <- function(x, shape) {
  if (length(shape) > 1L) {
    return(reverse_dims(x, rev(shape), 1, shape))
  }
  if (length(shape)) dim(x) <- shape
  x
}

#' One-hot encode class labels
#'
#' Returns a matrix with one row per label and one column per class. Row i has a 1 in the column of
#' the class of `y[i]` and 0 elsewhere. With softmax and cross-entropy, the predicted probabilities
#' are compared with this target.
#'
#' @param y The labels: a vector, a 1-d array, or an n x 1 matrix. The labels are one of:
#'   - whole numbers from 0 to `num_classes - 1`, as in MNIST and Keras. Label k is column k + 1.
#'   - a factor. Level k is column k. The level *codes* matter, not their text:
#'     `factor(c("3", "7"))` gives two columns.
#'   - logical values. `FALSE` is column 1, `TRUE` is column 2.
#'
#'   Missing values are errors. Labels that start at 1 get an empty first column. To avoid it,
#'   subtract 1 or convert them to a factor.
#' @param num_classes The number of columns, a whole number of at least 1. The default, `NULL`, uses
#'   the largest label plus one, or the number of levels of a factor. Set it if `y` is only a part
#'   of the data, which might lack the last class.
#'
#' @return A double matrix of `length(y)` rows and `num_classes` columns, without dimnames. Every
#'   row has exactly one 1.
#'
#' @section Errors:
#' A `feedforward_error` that names the value and its position if a label is missing, negative, not
#' whole, or not below `num_classes`. Also if `y` is text, or if `y` is empty and `num_classes` is
#' `NULL`.
#'
#' @examples
#' to_categorical(c(0, 2, 1, 2))
#' to_categorical(c(0, 2), num_classes = 4)
#' to_categorical(factor(c("cat", "dog", "cat")))
#' @export
to_categorical <- function(y, num_classes = NULL) {
  index <- class_index(y)
  columns <- class_count(y, index, num_classes)
  n <- length(index)
  check_onehot_size(n, columns, if (is.null(num_classes)) "y" else "num_classes")
  onehot <- matrix(0, n, columns)
  onehot[seq_len(n) + n * index] <- 1
  onehot
}

# The labels as class numbers that start at 0.
class_index <- function(y) {
  check_given(missing(y), "y")
  wanted <- "a vector, 1-d array, or one-column matrix of class labels"
  if (is.character(y)) {
    stop_input("y", wanted, "text", hint = "Use `factor(y)` to turn it into a factor.")
  }
  labels <- is.factor(y) || (!is.object(y) && (is.numeric(y) || is.logical(y)))
  check_that(labels && length(dim(y)) <= 2L && NCOL(y) == 1L, y, "y", wanted)
  index <- as.double(as.vector(unclass(y))) - is.factor(y)
  refuse_label(index, is.na(index), y, "class labels without missing values")
  refuse_label(index, index != round(index) | index < 0, y, "whole numbers of at least 0")
  index
}

class_count <- function(y, index, num_classes) {
  if (is.null(num_classes) && is.factor(y) && nlevels(y)) {
    return(nlevels(y))
  }
  if (is.null(num_classes) && !length(index)) {
    stop_feedforward("{.arg y} is empty.", i = "Set {.arg num_classes} to the number of classes.")
  }
  most <- .Machine$integer.max
  if (is.null(num_classes)) {
    refuse_label(index, index >= most, y, sprintf("below %d", most))
    return(max(index) + 1)
  }
  columns <- check_count(num_classes, "num_classes")
  wanted <- sprintf("below `num_classes` = %d (the first class is 0)", columns)
  if (is.factor(y)) wanted <- sprintf("among the first `num_classes` = %d levels", columns)
  refuse_label(index, index >= columns, y, wanted)
  columns
}

check_onehot_size <- function(n, columns, arg) {
  if (as.double(n) * columns > most_numbers) {
    size <- sprintf("%.0f labels of %.0f classes", n, columns)
    most <- sprintf("A matrix has at most %d numbers.", most_numbers)
    stop_feedforward("{.arg {arg}} is too large: it needs a matrix for {size}.", i = "{most}")
  }
}

# Refuses the first label that is `bad`. The error shows the value that the user gave.
refuse_label <- function(index, bad, y, wanted) {
  first <- match(TRUE, bad)
  if (!is.na(first)) {
    value <- if (is.factor(y)) as.character(y)[first] else sprintf("%.15g", as.double(y)[first])
    stop_input("y", wanted, sprintf("%s at y[%d]", value, first))
  }
}

# The new shape as integers, with `-1` replaced.
check_new_shape <- function(dim, size) {
  check_given(missing(dim), "dim")
  if (!is_whole_shape(dim)) {
    got <- if (is.numeric(dim) && !is.object(dim)) describe_shape(dim, ", ") else describe(dim)
    stop_input("dim", "whole numbers of at least 0, except that one of them can be -1", got)
  }
  open <- dim == -1
  known <- prod(dim[!open])
  if (any(open) && (known == 0 || size %% known != 0)) {
    shape <- describe_shape(dim)
    elements <- counted(size, "element")
    stop_feedforward("{.arg dim} is {shape}, but {.arg x} has {elements}.",
      i = if (known == 0) "Replace -1. Its value is undefined if another dimension is 0.",
      i = if (known > 0) sprintf("The number of elements must be a multiple of %.0f.", known)
    )
  }
  dim[open] <- size / known
  if (prod(dim) != size) {
    shape <- describe_shape(dim)
    if (length(dim) > 1L) shape <- paste(shape, "=", counted(prod(dim), "element"))
    elements <- counted(size, "element")
    stop_feedforward("{.arg dim} is {shape}, but {.arg x} has {elements}.")
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
