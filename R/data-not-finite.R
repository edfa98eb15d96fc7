# Missing and infinite values of predictors are refused, with their row and column.

# Refuses NA, NaN, and infinite values and names the row and column of the first. `original` is the
# table of the user, if `x` was made from one.
refuse_non_finite <- function(x, arg, inputs, original = NULL, hint = NULL) {
  if (is_columns(x)) {
    bad <- first_unusable(x)
    if (is.null(bad)) {
      return(invisible(x))
    }
    value <- bad$value
    same_rows <- has_same_rows(x, original)
    column <- column_in_words(x$names, c(bad$row, bad$column), if (same_rows) original)
    place <- paste0(row_in_words(bad$row, same_rows), ", ", column)
  } else {
    values <- if (isS4(x)) x@x else x
    bad <- first_non_finite(values)
    if (bad == 0) {
      return(invisible(x))
    }
    value <- values[[bad]]
    same_rows <- has_same_rows(x, original)
    place <- value_in_words(x, bad, inputs, if (same_rows) original, same_rows)
  }
  # Infinite values have no indicator.
  infinite <- !is.na(value) && identical(hint, remove_or_indicate)
  hint <- if (is.null(hint) || infinite) remove_or_fill_in else hint
  found <- describe_non_finite(value)
  stop_feedforward("{.arg {arg}} has {found} in {place}.", i = "{hint}")
}

has_same_rows <- function(x, original) is.null(original) || nrow(original) == nrow(x)

# The same for predictors that nobody has looked at: tables and images were checked when they were
# read, and matrices are checked by C++ when it reads them.
refuse_unread_values <- function(x, arg, inputs) {
  # With indicators, the reader has looked at the values already.
  unread <- inputs$kind == "matrix" && !any(inputs$has_missing)
  if (unread) refuse_non_finite(x, arg, inputs, hint = hint_in_training(x))
}

# Missing values of sparse matrices have no indicator.
hint_in_training <- function(x) if (is_plain_sparse(x)) remove_or_fill_in else remove_or_indicate

remove_or_fill_in <- "Remove or replace missing and infinite values."

remove_or_indicate <- "Remove or replace missing values, or use `missing = \"indicator\"`."

# Returns where the k-th value of x is, in words.
value_in_words <- function(x, k, inputs, original, same_rows) {
  place <- place_of(x, k)
  if (length(place) == 3L) {
    return(pixel_in_words(place))
  }
  column <- place[2L]
  if (!is.null(inputs$image)) {
    # Images are flattened row by row.
    width <- inputs$image[2L]
    return(pixel_in_words(c(place[1L], (column - 1L) %/% width + 1L, (column - 1L) %% width + 1L)))
  }
  column <- column_in_words(colnames(x), place, original)
  paste0(row_in_words(place[1L], same_rows), ", ", column)
}

column_or_number <- function(names, j) {
  if (is.null(names)) sprintf("column %d", j) else sprintf("column `%s`", names[j])
}

pixel_in_words <- function(place) {
  sprintf("image %.0f, pixel (%.0f, %.0f)", place[1L], place[2L], place[3L])
}

# If a recipe removed rows, its rows are not the rows of the user's data.
row_in_words <- function(row, same_rows) {
  sprintf(if (same_rows) "row %d" else "row %d of the rows that the recipe keeps", row)
}

# Names the column of the user's table that is to blame for the row and column `place`. If there is
# none, the value was computed, and the place is that among `names`.
column_in_words <- function(names, place, original) {
  to_blame <- vapply(as.list(original), function(column) {
    value <- column[place[1L]]
    is.na(value) || (is.numeric(value) && is.infinite(value))
  }, TRUE)
  if (any(to_blame)) {
    return(sprintf("column `%s`", names(original)[to_blame][1L]))
  }
  column_or_number(names, place[2L])
}
