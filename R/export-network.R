# What write_onnx() and write_json() have in common.

# Checks the arguments that all of them have, and returns the path. `fn` is the name of the function
# that the user called. `path` is NULL if it is missing.
check_export <- function(fit, path, fn, hint = NULL) {
  check_model_to_export(fit, path, fn, hint)
  check_given(is.null(path), "path")
  check_string(path, "path")
}

check_model_to_export <- function(fit, path, fn, hint = NULL) {
  check_not_swapped(fit, path, fn)
  is_model <- is.list(fit) && inherits(fit, "feedforward")
  check_that(is_model, fit, "fit", "a model made by `feedforward()`",
    hint = or_default(hint_for_other_model(fit), hint)
  )
}

# Returns export_parts(), simplified for readers: pixels are not divided before they are scaled, and
# logical columns are the numbers 0 and 1. The inputs also have the column `replacement`, the value
# that stands for a missing number, or NaN where missing values are not allowed.
network_parts <- function(fit, fn) {
  parts <- export_parts(fit, fn)
  of_number <- parts$inputs$is %in% c("number", "interval")
  parts$inputs$replacement <- NaN
  parts$inputs$replacement[of_number] <- replacements(parts$columns)[parts$inputs$column[of_number]]
  logical_as_numbers(without_divisor(parts))
}

replacements <- function(columns) {
  vapply(columns, function(column) {
    if (column$missing && is.null(column$levels)) as.double(column$replacement) else NaN
  }, 1)
}

# (x / divisor - center) / scale is (x - center * divisor) / (scale * divisor).
without_divisor <- function(parts) {
  if (parts$divisor != 1) {
    parts$inputs$center <- parts$inputs$center * parts$divisor
    parts$inputs$scale <- parts$inputs$scale * parts$divisor
  }
  parts$divisor <- NULL
  parts
}

# A logical column has an input for FALSE and one for TRUE if it is read as a factor. With a number
# x of 0 or 1, these are 1 - x and x. Both are 0 for a missing value.
logical_as_numbers <- function(parts) {
  inputs <- parts$inputs
  for (j in which(vapply(parts$columns, is_logical_levels, TRUE))) {
    column <- parts$columns[[j]]
    rows <- which(inputs$column == j & inputs$is == "level")
    is_false <- column$levels[inputs$level[rows]] == "FALSE"
    inputs$is[rows] <- "number"
    inputs$center[rows] <- ifelse(is_false, 1 - inputs$center[rows], inputs$center[rows])
    inputs$scale[rows] <- ifelse(is_false, -inputs$scale[rows], inputs$scale[rows])
    if (column$missing) inputs$replacement[rows] <- as.double(is_false)
    column["levels"] <- list(NULL)
    column$type <- "logical"
    parts$columns[[j]] <- column
  }
  parts$inputs <- inputs
  parts
}

is_logical_levels <- function(column) column$is_logical && !is.null(column$levels)

# The largest number in single precision.
most_single <- (2 - 2^-23) * 2^127

# Refuses numbers that single precision cannot hold.
check_single <- function(values, fn, hint) {
  if (any(abs(values) > most_single, na.rm = TRUE)) {
    stop_feedforward(
      "{.fn {fn}} cannot write numbers above 3.4e38, too large for single precision.",
      i = "{hint}"
    )
  }
  values
}

# A file is made in memory.
check_export_size <- function(bytes, fn) {
  if (bytes > .Machine$integer.max) {
    stop_feedforward("{.fn {fn}} cannot write a file of 2 GiB or more.",
      i = "Use fewer hidden units or inputs."
    )
  }
}
