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

# A numeric matrix without NA, NaN or Inf. `rows` and `cols`, where given, must
# match; `why` says where they come from ("one column per column of `W1`").
check_matrix <- function(x, arg, rows = NULL, cols = NULL, call = rlang::caller_env()) {
  fits <- is.matrix(x) && (is.numeric(x) || is.logical(x)) && !is.object(x) &&
    (is.null(rows) || nrow(x) == rows) && (is.null(cols) || ncol(x) == cols)
  if (!fits) {
    stop_input(arg, describe_wanted_matrix(rows, cols), describe(x), call = call)
  }
  check_finite(x, arg, call = call)
}

describe_wanted_matrix <- function(rows, cols) {
  if (!is.null(rows) && !is.null(cols)) {
    return(sprintf("a %d x %d numeric matrix", rows, cols))
  }
  wanted <- "a numeric matrix"
  if (!is.null(rows)) wanted <- sprintf("%s with %d row%s", wanted, rows, plural(rows))
  if (!is.null(cols)) wanted <- sprintf("%s with %d column%s", wanted, cols, plural(cols))
  wanted
}

plural <- function(n) if (n == 1L) "" else "s"

# No NA, NaN, Inf anywhere; the error names the first place.
check_finite <- function(x, arg, call = rlang::caller_env()) {
  bad <- first_non_finite(x)
  if (bad > 0) {
    value <- format(x[[bad]])
    place <- if (is.matrix(x)) paste0("[", toString(arrayInd(bad, dim(x))), "]") else sprintf("[%.0f]", bad)
    stop_input(arg, "finite everywhere (no NA, NaN or Inf)",
      sprintf("%s at %s%s", value, arg, place),
      call = call
    )
  }
  x
}
