# Columns of data frames that hold only what is not 0: the sparse vectors of the sparsevctrs
# package, which step_dummy(sparse = "yes") and other steps of recipes make, too. Where all columns
# are such, the data frame is read as a sparse matrix.

# No such vector exists while that package is not loaded, so that this one need not ask for it.
has_only_sparse_columns <- function(data) {
  isNamespaceLoaded("sparsevctrs") && length(data) > 0L && all(vapply(data, is_sparse_column, TRUE))
}

# Numbers or logical values, of which most are 0: the value that is not stored may be another.
is_sparse_column <- function(x) {
  is_numbers(x) && of_sparsevctrs("is_sparse_vector")(x) &&
    of_sparsevctrs("sparse_default")(x) %in% 0
}

# A dgCMatrix.
sparse_columns_as_matrix <- function(data) {
  rlang::check_installed("Matrix", "to read sparse columns.")
  rows <- unname(lapply(data, of_sparsevctrs("sparse_positions")))
  values <- unname(lapply(data, of_sparsevctrs("sparse_values")))
  Matrix::sparseMatrix(
    i = as.integer(unlist(rows)), p = c(0L, cumsum(lengths(rows))),
    x = as.double(unlist(values)), dims = dim(data),
    dimnames = list(NULL, names(data))
  )
}

# Whole numbers as double; a sparse column stays one.
as_double_column <- function(x) {
  if (has_only_sparse_columns(list(x))) of_sparsevctrs("as_sparse_double")(x) else as_double(x)
}

of_sparsevctrs <- function(name) getExportedValue("sparsevctrs", name)
