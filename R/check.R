# Checks of types: a flag, a string, a count, a matrix. Each returns its value, cleaned, or raises
# an error that names the argument. What only one subject needs is checked where that subject lives.

# An argument without default was left out.
check_given <- function(missing, arg, hint = NULL) {
  if (missing) stop_feedforward("{.arg {arg}} is missing.", i = if (!is.null(hint)) "{hint}")
}

# TRUE or FALSE.
check_flag <- function(x, arg) {
  if (!is.logical(x) || length(x) != 1L || is.object(x) || is.na(x)) {
    stop_input(arg, "TRUE or FALSE", describe(x))
  }
  isTRUE(x)
}

# One string, returned as a plain one: packages have classes for paths and text. `NA` and the
# empty string are none. No system takes paths of more bytes.
check_string <- function(x, arg) {
  check_given(missing(x), arg)
  plain <- if (is.character(x)) as.vector(unclass(x))
  if (length(plain) != 1L || is.na(plain) || !nzchar(plain, keepNA = TRUE)) {
    stop_input(arg, "one non-empty string", describe(x))
  }
  if (!is_text(plain) || nchar(plain, "bytes") > most_bytes) {
    wanted <- sprintf("one non-empty string of at most %d bytes, all of them text", most_bytes)
    stop_input(arg, wanted, describe(plain))
  }
  plain
}

most_bytes <- 4095L

# A title: NULL for none, else a string; devices cannot draw control characters but line ends.
check_title <- function(x, arg) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- check_string(x, arg)
  if (grepl("[\001-\011\013-\037]", x)) {
    stop_input(arg, "a string without control characters", describe(x))
  }
  x
}

# One number as R itself has them: those of classes may mean anything.
is_one_number <- function(x) {
  is.numeric(x) && !is.object(x) && length(x) == 1L && !is.na(x)
}

# One whole number from `min` to `max`, returned as an integer.
check_count <- function(x, arg, min = 1L, max = .Machine$integer.max) {
  check_given(missing(x), arg)
  whole <- is_one_number(x) && is.finite(x) && x == round(x)
  if (!whole || x < min || x > max) {
    too_large <- whole && x > max
    range <- if (too_large) sprintf("at most %d", max) else sprintf("at least %d", min)
    stop_input(arg, paste("one whole number of", range), describe(x), hint = hint_for_class(x, arg))
  }
  as.integer(x)
}

# One finite number within [min, max], or above `min` when `open`.
check_number <- function(x, arg, min = -Inf, max = Inf, open = FALSE) {
  inside <- is_one_number(x) && is.finite(x) && x <= max &&
    (if (open) x > min else x >= min)
  if (!inside) {
    wanted <- paste("one finite number", describe_range(min, max, open))
    stop_input(arg, trimws(wanted), describe(x), hint = hint_for_class(x, arg))
  }
  as.double(x)
}

describe_range <- function(min, max, open) {
  if (is.finite(max)) {
    form <- if (open) "above %s, at most %s" else "from %s to %s"
    return(sprintf(form, number_text(min), number_text(max)))
  }
  if (is.finite(min)) paste(if (open) "above" else "of at least", number_text(min)) else ""
}

# One of a few strings; the first of `choices` stands for a value left at its default.
check_choice <- function(x, arg, choices) {
  if (identical(x, choices)) {
    return(choices[1L])
  }
  if (!is.character(x) || length(x) != 1L || !x %in% choices) {
    wanted <- paste("one of", paste(encodeString(choices, quote = "\""), collapse = ", "))
    stop_input(arg, wanted, describe(x))
  }
  x
}

# Numbers of any shape; NA, NaN and Inf may be among them.
check_numeric <- function(x, arg) {
  check_given(missing(x), arg)
  if (!is_numbers(x)) {
    stop_input(arg, "a numeric vector, matrix or array", describe(x))
  }
  x
}

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.object(x)

# A numeric matrix. `rows` and `cols`, where given, must match; unless `finite` is
# FALSE, NA, NaN and Inf are refused; `hint` is evaluated only for an error.
check_matrix <- function(x, arg, rows = NULL, cols = NULL, min_rows = 0L, finite = TRUE,
                         hint = NULL) {
  check_given(missing(x), arg)
  fits <- is.matrix(x) && is_numbers(x) && nrow(x) >= min_rows &&
    (is.null(rows) || nrow(x) == rows) && (is.null(cols) || ncol(x) == cols)
  if (!fits) {
    wanted <- describe_wanted_matrix(rows, cols, min_rows)
    stop_input(arg, wanted, describe(x), hint = hint)
  }
  if (finite) check_finite(x, arg) else x
}

describe_wanted_matrix <- function(rows, cols, min_rows, kind = "a numeric matrix") {
  if (!is.null(rows) && !is.null(cols)) {
    return(sprintf("a %d x %d numeric matrix", rows, cols))
  }
  parts <- c(
    if (!is.null(rows)) sprintf("%d row%s", rows, plural(rows)),
    if (is.null(rows) && min_rows > 0L) sprintf("at least %d row%s", min_rows, plural(min_rows)),
    if (!is.null(cols)) sprintf("%d column%s", cols, plural(cols))
  )
  paste(c(kind, if (length(parts)) paste("with", paste(parts, collapse = " and "))),
    collapse = " "
  )
}

# No NA, NaN, Inf anywhere; the error names the first place.
check_finite <- function(x, arg) {
  values <- if (isS4(x)) x@x else x
  bad <- first_non_finite(values)
  if (bad > 0) {
    place <- toString(whole_text(place_of(x, bad)))
    got <- sprintf("%s in %s[%s]", number_text(values[[bad]]), arg, place)
    stop_input(arg, "finite (no NA, NaN or Inf)", got)
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

# No matrix or network has more numbers than R counts in an integer: 16 GiB of them.
most_numbers <- .Machine$integer.max

# The same array of type double, which is all the C++ side reads.
as_double <- function(x) {
  if (!is.double(x)) storage.mode(x) <- "double"
  x
}

# The new data, under the name of the tidymodels or that of stats::predict().
either_name <- function(new_data, newdata, arg = "new_data", hint = NULL) {
  if (!missing(new_data) && !missing(newdata)) {
    stop_feedforward("Give the new data once: `new_data` and `newdata` are the same argument.")
  }
  check_given(missing(new_data) && missing(newdata), arg, hint = hint)
  if (missing(new_data)) newdata else new_data
}

# What a method of ours does not take; `known` are its arguments.
check_empty_dots <- function(..., known = character()) {
  if (...length() == 0L) {
    return()
  }
  name <- names(list(...))[1L]
  if (is.null(name) || name == "") {
    stop_input("...", "empty", "an argument without a name")
  }
  near <- if (length(known)) nearest_name(name, known)
  hint <- if (length(near)) sprintf("Did you mean `%s`?", near)
  stop_input("...", "empty", sprintf("`%s`", name), hint = hint)
}

# A vector or factor of classes without NA; `n` elements, one per `each`.
check_labels <- function(x, arg, n = NULL, each = NULL) {
  check_given(missing(x), arg)
  if (!is.atomic(x) || is.null(x) || length(dim(x)) > 1L || length(x) == 0L) {
    stop_input(arg, "a vector or factor of classes, of at least one", describe(x))
  }
  if (!is.null(n) && length(x) != n) {
    stop_input(arg, sprintf("of length %d, one per %s", n, each), describe(x))
  }
  if (anyNA(x)) {
    stop_input(arg, "without NA", sprintf("NA at %s[%d]", arg, which(is.na(x))[1L]))
  }
  x
}

check_plain_array <- function(x) {
  check_given(missing(x), "x")
  if (!is.atomic(x) || is.null(x) || is.object(x)) {
    stop_input("x", "a plain vector, matrix or array (not a list, data frame or factor)",
      describe(x)
    )
  }
}

# Names, if any, that can be shown, each once.
check_names <- function(names, arg, what = "column") {
  names <- as.character(names)
  if (!all(is_text(names))) {
    stop_input(arg, sprintf("given %s names that are text", what),
      sprintf("`%s`, which is none, or in another encoding", names[!is_text(names)][1L])
    )
  }
  twice <- names[duplicated(names)]
  if (length(twice)) {
    stop_input(arg, sprintf("without duplicated %s names", what),
      sprintf("`%s` more than once", twice[1L])
    )
  }
}

# A few strings in quotes; of many, the first.
listed <- function(x, most = 10L, quote = "\"") {
  shown <- toString(encodeString(utils::head(x, most), quote = quote))
  if (length(x) > most) sprintf("%s and %d more", shown, length(x) - most) else shown
}
