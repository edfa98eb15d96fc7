# Tables as the columns that C++ reads, without a copy of them. A factor stays one column of codes,
# however many levels it has: C++ makes the 0/1 inputs of its levels batch by batch. In R, the
# columns behave like the matrix of all inputs: they have its dim(), its colnames() and rows that
# can be selected.

# Returns the columns of a data frame of numeric and logical columns and factors. attach_encoding()
# adds the encoding of a model.
new_columns <- function(columns) {
  columns <- as.list(columns)
  structure(
    list(
      columns = unname(columns), names = names(columns),
      levels = lengths(levels_of(columns)), encoding = NULL
    ),
    class = "feedforward_columns"
  )
}

# Returns a list of the levels of columns, which are NULL for numbers.
levels_of <- function(columns) {
  levels <- vector("list", length(columns))
  other <- !are_plain_doubles(columns)
  levels[other] <- lapply(columns[other], attr, "levels", exact = TRUE)
  levels
}

is_columns <- function(x) inherits(x, "feedforward_columns")

# Whether a table has factors and otherwise only numbers, or only columns of double.
can_stay_columns <- function(data) {
  other <- as.list(data)[!are_plain_doubles(data)]
  is_level <- vapply(other, is.factor, TRUE)
  is_plain <- vapply(other, is_number_vector, TRUE)
  has_one_type <- any(is_level) || all(vapply(other, is.double, TRUE))
  length(data) > 0L && has_one_type && all(is_level | is_plain)
}

#' @noRd
#' @export
dim.feedforward_columns <- function(x) {
  c(length(x$columns[[1L]]), sum(input_counts(x$levels, x$encoding)))
}

# Names the inputs as model.matrix() does.
#' @noRd
#' @export
dimnames.feedforward_columns <- function(x) {
  list(NULL, encoded_names(x$names, levels_of(x$columns), x$encoding))
}

# Selects rows.
#' @noRd
#' @export
`[.feedforward_columns` <- function(x, i, j, drop = FALSE) {
  x$columns <- lapply(x$columns, `[`, i)
  x
}

# Returns the same inputs as a matrix.
#' @noRd
#' @export
as.matrix.feedforward_columns <- function(x, ...) {
  inputs <- Map(function(column) {
    if (is.factor(column)) one_hot(column, nlevels(column)) else as.double(column)
  }, x$columns)
  matrix(unlist(inputs, use.names = FALSE), nrow(x), dimnames = dimnames(x))
}

# Returns the number of the column to which each input belongs.
column_of_inputs <- function(x) rep(seq_along(x$columns), pmax(x$levels, 1L))

# Returns the values of input j, which is a number, in the rows `i`.
input_values <- function(x, j, i = TRUE) {
  if (is_columns(x)) as.double(x$columns[[column_of_inputs(x)[j]]][i]) else as.double(x[i, j])
}

# Replaces the values of input j, which is a number.
with_input <- function(x, j, values) {
  if (is_columns(x)) x$columns[[column_of_inputs(x)[j]]] <- values else x[, j] <- values
  x
}

# Whether each input of a table is the 0/1 input of a level, or NULL for a matrix.
levels_among_inputs <- function(x) if (is_columns(x)) rep(x$levels > 0L, pmax(x$levels, 1L))

# Whether the scaling of a model changes the 0/1 inputs of levels. Then they are no longer 0 or 1,
# and C++ needs the matrix.
scales_levels <- function(x, inputs) {
  of_levels <- levels_among_inputs(x)
  any(inputs$center[of_levels] != 0) || any(inputs$scale[of_levels] != 1)
}

# Returns list(row, column, value) of the first missing or infinite value, or NULL.
first_unusable <- function(x) {
  columns <- x$columns
  for (j in seq_along(columns)) {
    row <- first_non_finite(columns[[j]])
    if (row > 0) {
      return(list(row = row, column = j, value = unclass(columns[[j]])[[row]]))
    }
  }
}
