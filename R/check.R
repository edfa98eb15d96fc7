# Checks of types: a flag, a string, a count, a matrix. Each returns its value, cleaned, or raises
# an error that names the argument. What only one subject needs is checked where that subject lives.

# Refuses a missing argument that has no default.
check_given <- function(missing, arg, hint = NULL) {
  if (missing) stop_feedforward("{.arg {arg}} is missing.", i = "{hint}")
}

# Returns x if it is what `wanted` says. `hint` says what to do if it is not.
check_that <- function(ok, x, arg, wanted, hint = NULL) {
  if (!ok) stop_input(arg, wanted, describe(x), hint)
  x
}

check_flag <- function(x, arg) {
  flag <- is.logical(x) && length(x) == 1L && !is.object(x) && !is.na(x)
  isTRUE(check_that(flag, x, arg, "TRUE or FALSE"))
}

# Returns one non-empty string without the classes that packages give to paths and text.
check_string <- function(x, arg) {
  check_given(missing(x), arg)
  plain <- if (is.character(x)) as.vector(unclass(x))
  given <- length(plain) == 1L && !is.na(plain) && nzchar(plain)
  check_that(given, x, arg, "a non-empty string")
  if (!is_text(plain)) {
    shown <- readable(plain)
    stop_feedforward("{.arg {arg}} has an invalid encoding: {shown}.",
      i = "Use {.fn iconv} to convert it to UTF-8."
    )
  }
  if (nchar(plain, "bytes") > most_bytes) {
    shown <- readable(plain, 60L)
    stop_feedforward("{.arg {arg}} is longer than {most_bytes} bytes: {shown}.",
      i = "Use a shorter string."
    )
  }
  plain
}

# No system accepts longer paths.
most_bytes <- 4095L

# A title is NULL or a string. Devices can draw no control characters except line ends.
check_title <- function(x, arg) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- check_string(x, arg)
  plain <- !grepl("[\001-\011\013-\037]", x)
  check_that(plain, x, arg, "a string without control characters")
}

# Whether x is one plain number. Numbers with a class may mean anything.
is_one_number <- function(x) {
  is.numeric(x) && !is.object(x) && length(x) == 1L && !is.na(x)
}

# Returns one whole number from `min` to `max` as an integer.
check_count <- function(x, arg, min = 1L, max = .Machine$integer.max) {
  check_given(missing(x), arg)
  whole <- is_one_number(x) && is.finite(x) && x == round(x)
  if (!whole || x < min || x > max) {
    too_large <- whole && x > max
    range <- if (too_large) sprintf("at most %d", max) else sprintf("at least %d", min)
    stop_input(arg, paste("a whole number of", range), describe(x), hint = hint_for_class(x, arg))
  }
  as.integer(x)
}

# Returns one finite number from `min` to `max`, or above `min` if `open`.
check_number <- function(x, arg, min = -Inf, max = Inf, open = FALSE) {
  inside <- is_one_number(x) && is.finite(x) && x <= max &&
    (if (open) x > min else x >= min)
  as.double(check_that(inside, x, arg, describe_range(min, max, open), hint_for_class(x, arg)))
}

describe_range <- function(min, max, open) {
  range <- if (is.finite(max)) {
    form <- if (open) "above %s and at most %s" else "from %s to %s"
    sprintf(form, number_text(min), number_text(max))
  } else if (is.finite(min)) {
    paste(if (open) "above" else "of at least", number_text(min))
  }
  paste(c("a finite number", range), collapse = " ")
}

# Returns one of a few strings. An argument left at its default is all `choices`: the first counts.
check_choice <- function(x, arg, choices) {
  if (identical(x, choices)) choices[1L] else check_name(x, arg, choices)
}

is_one_of <- function(x, choices) is.character(x) && length(x) == 1L && x %in% choices

# Numbers of any shape, NA, NaN, and Inf included.
check_numeric <- function(x, arg) {
  check_given(missing(x), arg)
  check_that(is_numbers(x), x, arg, "a numeric vector, matrix, or array")
}

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.object(x)

is_number_vector <- function(x) is_numbers(x) && is.null(dim(x))

# A numeric matrix with the given numbers of rows and columns, and only finite numbers unless
# `finite` is FALSE. `hint` is evaluated only for an error.
check_matrix <- function(x, arg, rows = NULL, cols = NULL, min_rows = 0L, finite = TRUE,
                         hint = NULL) {
  check_given(missing(x), arg)
  fits <- is.matrix(x) && is_numbers(x) && nrow(x) >= min_rows &&
    (is.null(rows) || nrow(x) == rows) && (is.null(cols) || ncol(x) == cols)
  check_that(fits, x, arg, describe_wanted_matrix(rows, cols, min_rows), hint)
  if (finite) check_finite(x, arg) else x
}

describe_wanted_matrix <- function(rows, cols, min_rows, kind = "a numeric matrix") {
  if (!is.null(rows) && !is.null(cols)) {
    return(with_article(sprintf("%d x %d numeric matrix", rows, cols)))
  }
  parts <- c(
    if (!is.null(rows)) counted(rows, "row"),
    if (!is.null(cols)) counted(cols, "column"),
    if (is.null(rows) && min_rows > 0L) paste("at least", counted(min_rows, "row"))
  )
  paste(c(kind, if (length(parts)) paste("with", paste(parts, collapse = " and "))),
    collapse = " "
  )
}

# Refuses NA, NaN, and Inf, and names the first place.
check_finite <- function(x, arg, hint = "Remove or replace missing and infinite values.") {
  values <- if (isS4(x)) x@x else x
  bad <- first_non_finite(values)
  if (bad > 0) {
    place <- toString(whole_text(place_of(x, bad)))
    problem <- describe_non_finite(values[[bad]])
    stop_feedforward("{.arg {arg}} has {problem} at {.code {arg}[{place}]}.",
      i = "{hint}"
    )
  }
  x
}

describe_non_finite <- function(value) {
  paste(if (is.na(value)) "a missing value" else "an infinite value",
    sprintf("(%s)", number_text(value)))
}

# Returns row and column of the k-th value of a matrix (of the k-th non-zero of a dgCMatrix), or k
# for a vector.
place_of <- function(x, k) {
  if (isS4(x)) {
    return(c(x@i[k] + 1L, findInterval(k - 1L, x@p)))
  }
  if (is.null(dim(x))) k else arrayInd(k, dim(x))
}

# The most numbers that a matrix or network may have, which is 16 GiB of them.
most_numbers <- .Machine$integer.max

# Converts an array to type double, the only type that C++ reads.
as_double <- function(x) {
  if (!is.double(x)) storage.mode(x) <- "double"
  x
}

# Returns the new data, which tidymodels call `new_data` and stats::predict() calls `newdata`.
either_name <- function(new_data, newdata, arg = "new_data", hint = NULL) {
  if (!missing(new_data) && !missing(newdata)) {
    stop_feedforward("{.arg new_data} and {.arg newdata} are the same argument.",
      i = "Use only one of them."
    )
  }
  check_given(missing(new_data) && missing(newdata), arg, hint = hint)
  if (missing(new_data)) newdata else new_data
}

# Refuses arguments that a method does not have. `known` are the arguments it has.
check_empty_dots <- function(..., known = character()) {
  if (...length() == 0L) {
    return()
  }
  name <- names(list(...))[1L]
  if (is.null(name) || name == "") {
    stop_feedforward("Unexpected unnamed argument.", i = "Remove it or name it.")
  }
  near <- if (length(known)) nearest_name(name, known)
  stop_feedforward("Unknown argument {.arg {name}}.",
    i = if (length(near)) "Did you mean {.arg {near}}?"
  )
}

# A vector or factor of classes without NA, with `n` elements, one per `each`.
check_labels <- function(x, arg, n = NULL, each = NULL) {
  check_given(missing(x), arg)
  labels <- is.atomic(x) && length(dim(x)) < 2L && length(x) > 0L
  check_that(labels, x, arg, "a vector or factor with at least one class label")
  if (!is.null(n) && length(x) != n) {
    stop_feedforward("{.arg {arg}} must have {n} element{?s}, one per {each}, not {length(x)}.")
  }
  if (anyNA(x)) {
    place <- which(is.na(x))[1L]
    stop_feedforward("{.arg {arg}} has a missing value at {.code {arg}[{place}]}.",
      i = "Remove or replace missing values."
    )
  }
  x
}

check_plain_array <- function(x) {
  check_given(missing(x), "x")
  plain <- is.atomic(x) && !is.null(x) && !is.object(x)
  check_that(plain, x, "x", "a plain vector, matrix, or array")
}

# Refuses names that are duplicated or have an invalid encoding.
check_names <- function(names, arg, what = "column") {
  names <- as.character(names)
  if (!all(is_text(names))) {
    name <- names[!is_text(names)][1L]
    stop_feedforward("A {what} name in {.arg {arg}} has an invalid encoding: {name}.",
      i = "Use {.fn iconv} to convert it to UTF-8."
    )
  }
  twice <- names[duplicated(names)]
  if (length(twice)) {
    name <- twice[1L]
    stop_feedforward("{.arg {arg}} has more than one {what} with the name {.code {name}}.",
      i = "Give each {what} its own name."
    )
  }
}

# Lists strings in quotes, as in `"a", "b", and "c"`. Of many, only the first are shown.
listed <- function(x, most = 10L, quote = "\"") {
  shown <- encodeString(utils::head(x, most), quote = quote)
  joined(c(shown, if (length(x) > most) paste(length(x) - most, "more")), "and")
}
