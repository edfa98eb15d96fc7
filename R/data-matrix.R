# Matrices of predictors, dense or sparse, and the names of their rows and columns.

read_matrix <- function(x) {
  x <- check_predictor_matrix(x, "x", min_rows = 1L)
  check_names(names_of_columns(x), "x")
  list(x = x, inputs = new_inputs("matrix", names_of_columns(x)))
}

encoded_matrix <- function(model, new_data, arg) {
  x <- new_matrix(model, new_data, arg)
  if (any(model$inputs$has_missing)) refuse_unknown_missing(x, model$inputs$has_missing, arg)
  attach_encoding(x, model$inputs$encoding)
}

# Matches columns by name if both sides have names, else by position.
new_matrix <- function(model, x, arg) {
  known <- plain_names(model)
  if (is.data.frame(x)) x <- plain_matrix(as.data.frame(x), known, arg)
  check_not_one_row(x, model, arg)
  x <- check_predictor_matrix(x, arg, min_rows = 0L)
  names <- given_names(x)
  if (!is.null(known) && any(names != "") && !identical(names, known)) {
    check_present(known, names, arg)
    return(columns_named(x, known))
  }
  inputs <- plain_count(model)
  check_that(ncol(x) == inputs, x, arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"),
    hint = if (nrow(x) == inputs) {
      sprintf("Did you mean `t(%s)`? Each observation must be a row.", arg)
    }
  )
}

# A data frame as new data for a model that was trained on a matrix.
plain_matrix <- function(data, known, arg) {
  if (!is.null(known)) {
    check_names(names(data), arg)
    check_present(known, names(data), arg)
    data <- data[known]
  }
  usable <- vapply(data, is_number_vector, TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    stop_column_type(arg, name, "numeric, as in training", data[[name]], hint = NULL)
  }
  as_number_matrix(data)
}

# Returns some columns of a matrix. A sparse matrix stays sparse.
columns_named <- function(x, names) {
  # The methods that index sparse matrices are in Matrix.
  if (is_plain_sparse(x)) rlang::check_installed("Matrix", "to read sparse matrices.")
  if (identical(given_names(x), names)) x else x[, names, drop = FALSE]
}

# The column names, or NULL unless all columns have one. cbind() gives some columns the name "".
names_of_columns <- function(x) {
  names <- given_names(x)
  if (all(nzchar(names))) names
}

given_names <- function(x) {
  names <- if (is_plain_sparse(x)) x@Dimnames[[2L]] else dimnames(x)[[2L]]
  if (anyNA(names)) names[is.na(names)] <- ""
  names
}

names_of_rows <- function(x) {
  if (is_plain_sparse(x)) x@Dimnames[[1L]] else if (!is_columns(x)) dimnames(x)[[1L]]
}

nrow_of <- function(X) if (is_plain_sparse(X)) X@Dim[1L] else nrow(X)

ncol_of <- function(X) if (is_plain_sparse(X)) X@Dim[2L] else ncol(X)

# ---- What is refused -------------------------------------------------------------

# Returns a matrix with at least `min_rows` rows that C++ can read, sparse matrices as dgCMatrix.
check_predictor_matrix <- function(x, arg, min_rows) {
  x <- as_plain_sparse(x)
  sparse <- is_plain_sparse(x)
  shape <- if (sparse) x@Dim else if (is_numbers(x) || is.raw(x)) dim(x)
  wanted <- "a numeric, raw, or sparse matrix"
  if (min_rows > 0L) wanted <- paste(wanted, "with at least 1 row and 1 column")
  fits <- length(shape) == 2L && shape[1L] >= min_rows && shape[2L] >= 1L
  hint <- if (is.character(x)) "Use a data frame for text and factors."
  check_that(fits, x, arg, wanted, hint)
  if (sparse && !is_sound_sparse(x)) {
    stop_feedforward("{.arg {arg}} is an invalid sparse matrix: its slots contradict each other.",
      i = "Use {.code methods::validObject({arg})} to see the problem."
    )
  }
  x
}

# x[1, ] turns a matrix into a vector.
check_not_one_row <- function(x, model, arg) {
  one_row <- is_number_vector(x) && length(x) == plain_count(model)
  check_that(!one_row, x, arg, describe_wanted_matrix(NULL, length(x), 0L, "a matrix"),
    hint = sprintf("Use `matrix(%s, nrow = 1)` for one observation.", arg)
  )
}
