# The only place that refuses what a user passed: one function per kind of
# argument. Each either returns its value, cleaned, or raises one
# `feedforward_error` that says which argument, what was wanted, what was got.

# The one way to refuse an argument. `wanted` completes "must be ...", `got`
# completes "Got ..."; `class` adds a more specific class before
# "feedforward_error".
stop_input <- function(arg, wanted, got, class = NULL, call = rlang::caller_env()) {
  stop_feedforward(
    "{.arg {arg}} must be {wanted}.",
    x = "Got {got}.",
    class = class, call = call
  )
}

# Every other error of the package (files, downloads): a message and its details,
# in the mark-up of cli; values are interpolated in the caller's frame.
stop_feedforward <- function(message, ..., class = NULL, call = rlang::caller_env(),
                             envir = parent.frame()) {
  cli::cli_abort(
    c(message, ...),
    class = c(class, "feedforward_error"), call = call, .envir = envir
  )
}

# What a value is, in words: "a 5 x 3 character matrix", "NULL", "the number 0.5".
describe <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (is.data.frame(x)) {
    return(sprintf("a data frame of %d rows and %d columns", nrow(x), ncol(x)))
  }
  if (is.function(x)) {
    return("a function")
  }
  if (is.atomic(x) && length(x) == 1L && is.null(dim(x)) && !is.object(x)) {
    return(describe_scalar(x))
  }
  describe_container(x)
}

describe_scalar <- function(x) {
  if (is.character(x) && !is.na(x)) {
    return(sprintf("the string \"%s\"", x))
  }
  if (is.numeric(x) && !is.na(x)) {
    return(paste("the number", format(x)))
  }
  format(x)
}

describe_container <- function(x) {
  kind <- if (is.object(x)) class(x)[1L] else typeof(x)
  shape <- dim(x)
  if (is.null(shape)) {
    return(sprintf("%s %s of length %d", article(kind), kind, length(x)))
  }
  form <- if (length(shape) == 2L) "matrix" else "array"
  kind <- setdiff(kind, form)
  paste(c("a", paste(shape, collapse = " x "), kind, form), collapse = " ")
}

article <- function(word) if (grepl("^[aeiou]", word)) "an" else "a"

# TRUE or FALSE.
check_flag <- function(x, arg, call = rlang::caller_env()) {
  if (!is.logical(x) || length(x) != 1L || is.na(x)) {
    stop_input(arg, "TRUE or FALSE", describe(x), call = call)
  }
  x
}

# One string; `NA` and the empty string are none.
check_string <- function(x, arg, call = rlang::caller_env()) {
  if (!is.character(x) || length(x) != 1L || is.na(x) || !nzchar(x)) {
    stop_input(arg, "one non-empty string", describe(x), call = call)
  }
  x
}

# One whole number of at least `min`, returned as an integer.
check_count <- function(x, arg, min = 1L, call = rlang::caller_env()) {
  whole <- is.numeric(x) && length(x) == 1L && is.finite(x) && x == round(x)
  if (!whole || x < min || x > .Machine$integer.max) {
    stop_input(arg, sprintf("one whole number of at least %d", min), describe(x), call = call)
  }
  as.integer(x)
}

# One finite number within [min, max], or above `min` when `open`.
check_number <- function(x, arg, min = -Inf, max = Inf, open = FALSE,
                         call = rlang::caller_env()) {
  inside <- is.numeric(x) && length(x) == 1L && is.finite(x) && x <= max &&
    (if (open) x > min else x >= min)
  if (!inside) {
    wanted <- paste("one finite number", describe_range(min, max, open))
    stop_input(arg, trimws(wanted), describe(x), call = call)
  }
  as.double(x)
}

describe_range <- function(min, max, open) {
  if (is.finite(max)) {
    return(sprintf("from %s to %s", format(min), format(max)))
  }
  if (is.finite(min)) paste(if (open) "above" else "of at least", format(min)) else ""
}

# One of a few strings; the first of `choices` stands for a value left at its default.
check_choice <- function(x, arg, choices, call = rlang::caller_env()) {
  if (identical(x, choices)) {
    return(choices[1L])
  }
  if (!is.character(x) || length(x) != 1L || !x %in% choices) {
    wanted <- paste("one of", paste(encodeString(choices, quote = "\""), collapse = ", "))
    stop_input(arg, wanted, describe(x), call = call)
  }
  x
}

# Numbers of any shape; NA, NaN and Inf may be among them.
check_numeric <- function(x, arg, call = rlang::caller_env()) {
  if (!is_numbers(x)) {
    stop_input(arg, "a numeric vector, matrix or array", describe(x), call = call)
  }
  x
}

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.object(x)

# A numeric matrix. `rows` and `cols`, where given, must match; unless `finite` is
# FALSE, NA, NaN and Inf are refused.
check_matrix <- function(x, arg, rows = NULL, cols = NULL, min_rows = 0L, finite = TRUE,
                         call = rlang::caller_env()) {
  fits <- is.matrix(x) && is_numbers(x) && nrow(x) >= min_rows &&
    (is.null(rows) || nrow(x) == rows) && (is.null(cols) || ncol(x) == cols)
  if (!fits) {
    stop_input(arg, describe_wanted_matrix(rows, cols, min_rows), describe(x), call = call)
  }
  if (finite) check_finite(x, arg, call = call) else x
}

describe_wanted_matrix <- function(rows, cols, min_rows) {
  if (!is.null(rows) && !is.null(cols)) {
    return(sprintf("a %d x %d numeric matrix", rows, cols))
  }
  parts <- c(
    if (!is.null(rows)) sprintf("%d row%s", rows, plural(rows)),
    if (is.null(rows) && min_rows > 0L) sprintf("at least %d row%s", min_rows, plural(min_rows)),
    if (!is.null(cols)) sprintf("%d column%s", cols, plural(cols))
  )
  paste(c("a numeric matrix", if (length(parts)) paste("with", paste(parts, collapse = " and "))),
    collapse = " "
  )
}

plural <- function(n) if (n == 1L) "" else "s"

# No NA, NaN, Inf anywhere; the error names the first place.
check_finite <- function(x, arg, call = rlang::caller_env()) {
  values <- if (isS4(x)) x@x else x
  bad <- first_non_finite(values)
  if (bad > 0) {
    got <- sprintf("%s in %s[%s]", format(values[[bad]]), arg, toString(place_of(x, bad)))
    stop_input(arg, "finite (no NA, NaN or Inf)", got, call = call)
  }
  x
}

# Row and column of the k-th value of a matrix (the k-th non-zero of a dgCMatrix); k itself
# for a vector.
place_of <- function(x, k) {
  if (isS4(x)) {
    return(c(x@i[k] + 1L, findInterval(k - 1L, x@p)))
  }
  if (is.null(dim(x))) k else arrayInd(k, dim(x))
}

# The layers of a two-layer network, from four arguments or from one list in place of
# `W1`, as list(W1, b1, W2, b2) of shapes that fit together.
check_layers <- function(W1, b1, W2, b2, call = rlang::caller_env()) {
  if (is.list(W1) && missing(b1) && missing(W2) && missing(b2)) {
    layers <- check_layer_list(W1, call = call)
    return(check_layers(layers$W1, layers$b1, layers$W2, layers$b2, call = call))
  }
  left_out <- c("b1", "W2", "b2")[c(missing(b1), missing(W2), missing(b2))]
  if (length(left_out)) {
    stop_input(left_out[1L], "given, unless a list with all layers is given as `W1`", "nothing",
      call = call
    )
  }
  check_matrix(W1, "W1", call = call)
  check_matrix(W2, "W2", cols = nrow(W1), call = call)
  layers <- list(
    W1 = W1, b1 = check_bias(b1, "b1", nrow(W1), call = call),
    W2 = W2, b2 = check_bias(b2, "b2", nrow(W2), call = call)
  )
  lapply(layers, as_double)
}

# The same array of type double, which is all the C++ side reads.
as_double <- function(x) {
  if (!is.double(x)) storage.mode(x) <- "double"
  x
}

check_layer_list <- function(x, call) {
  wanted <- c("W1", "b1", "W2", "b2")
  if (!all(wanted %in% names(x))) {
    stop_input("W1", "a numeric matrix, or a list with elements W1, b1, W2 and b2",
      paste0(
        describe(x), ", without ",
        cli::format_inline("{.val {setdiff(wanted, names(x))}}")
      ),
      call = call
    )
  }
  x[wanted]
}

# One bias per unit: a vector or a one-column matrix.
check_bias <- function(x, arg, units, call = rlang::caller_env()) {
  shape_fits <- is.null(dim(x)) || (is.matrix(x) && ncol(x) == 1L)
  if (!is_numbers(x) || !shape_fits || length(x) != units) {
    wanted <- sprintf("a numeric %d x 1 matrix or vector of length %d", units, units)
    stop_input(arg, wanted, describe(x), call = call)
  }
  check_finite(x, arg, call = call)
}

# Observations for a network, one per row, one column per input: numbers, bytes (raw) or
# a sparse matrix. Whether all are finite shows when they are read, see check_read().
check_inputs <- function(X, layers, arg = "X", min_rows = 0L, call = rlang::caller_env()) {
  X <- as_plain_sparse(X)
  inputs <- ncol(layers$W1)
  shape <- if (isS4(X)) X@Dim else dim(X)
  fits <- length(shape) == 2L && (is_numbers(X) || is.raw(X) || inherits(X, "dgCMatrix")) &&
    shape[1L] >= min_rows && shape[2L] == inputs
  if (!fits) {
    stop_input(arg, describe_wanted_matrix(NULL, inputs, min_rows), describe(X), call = call)
  }
  X
}

nrow_of <- function(X) if (isS4(X)) X@Dim[1L] else nrow(X)

# Targets for a network: a finite numeric matrix, one row per row of X, one column per output.
check_targets <- function(Y, X, layers, call = rlang::caller_env()) {
  as_double(check_matrix(Y, "Y", rows = nrow_of(X), cols = nrow(layers$W2), call = call))
}

# Any matrix class of the Matrix package as its column-compressed double form.
as_plain_sparse <- function(X) {
  if (!inherits(X, "Matrix") || inherits(X, "dgCMatrix")) {
    return(X)
  }
  rlang::check_installed("Matrix", "to read this class of matrix.")
  methods::as(methods::as(methods::as(X, "dMatrix"), "generalMatrix"), "CsparseMatrix")
}

# `result` of C++ code that has read the observations X: NULL tells that one was not finite.
check_read <- function(result, X, arg = "X", call = rlang::caller_env()) {
  if (is.null(result)) check_finite(X, arg, call = call)
  result
}

# A vector or factor of classes without NA; `n` elements, one per `each`.
check_labels <- function(x, arg, n = NULL, each = NULL, call = rlang::caller_env()) {
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
  shape <- dim(x)
  side <- if (length(shape) == 2L) sqrt(shape[2L]) else 1
  fits <- is.numeric(x) && length(shape) %in% 2:3 && all(shape > 0L) && side == round(side)
  if (!fits) {
    wanted <- "a numeric n x height x width array, or n x pixels matrix of square images, n > 0"
    stop_input(arg, wanted, describe(x), call = call)
  }
  drawn <- seq_len(min(first, shape[1L]))
  if (length(shape) == 3L) {
    images <- x[drawn, , , drop = FALSE]
  } else {
    # Pixel (r, c) is in column (r - 1) * side + c: c runs fastest.
    images <- aperm(array(x[drawn, ], c(length(drawn), side, side)), c(1L, 3L, 2L))
  }
  check_finite(images, arg, call = call)
  if (min(images) < 0) {
    stop_input(arg, "0 or more everywhere", paste("a value of", format(min(images))), call = call)
  }
  images
}
