# A matrix as new data for a model that was trained on a data frame, by formula or recipe. Its
# columns are found by name.

is_number_matrix <- function(x) {
  (is.matrix(x) && is_numbers(x)) || (isS4(x) && inherits(x, "Matrix"))
}

# The columns of a matrix that the training data had, outcomes included: a recipe may use them.
needed_columns <- function(x, ptypes, arg) {
  x <- check_predictor_matrix(x, arg, min_rows = 0L)
  names <- given_names(x)
  check_that(!is.null(names), x, arg, "a data frame or a matrix with column names")
  check_names(names, arg)
  check_present(names(ptypes$predictors), names, arg)
  columns_named(x, intersect(names, c(names(ptypes$predictors), names(ptypes$outcomes))))
}

# Whether the inputs of a model are the numeric columns of its table, unchanged.
takes_columns_as_they_are <- function(model) {
  known <- model$blueprint$ptypes$predictors
  model$inputs$kind != "recipe" && setequal(names(known), plain_names(model)) &&
    all(vapply(as.list(known), is_plain_double, TRUE))
}

# Returns some columns of a matrix. A sparse matrix stays sparse.
columns_named <- function(x, names) {
  # The methods that index sparse matrices are in Matrix.
  if (is_plain_sparse(x)) rlang::check_installed("Matrix", "to read sparse matrices.")
  if (identical(given_names(x), names)) x else x[, names, drop = FALSE]
}

# ---- Sparse matrices ---------------------------------------------------------------

# The only sparse class that the C++ code reads.
is_plain_sparse <- function(X) isS4(X) && inherits(X, "dgCMatrix")

nrow_of <- function(X) if (is_plain_sparse(X)) X@Dim[1L] else nrow(X)

ncol_of <- function(X) if (is_plain_sparse(X)) X@Dim[2L] else ncol(X)

# Whether the slots of a sparse matrix are consistent. Users can change them.
is_sound_sparse <- function(X) {
  names <- X@Dimnames
  length(names) == 2L && all(lengths(names) == 0L | lengths(names) == X@Dim) &&
    is_valid_sparse(X@p, X@i, X@x, X@Dim)
}

# Converts sparse classes of the Matrix package to dgCMatrix, and dense classes to a matrix of R.
as_plain_sparse <- function(X) {
  if (!isS4(X) || !inherits(X, "Matrix") || is_plain_sparse(X)) {
    return(X)
  }
  rlang::check_installed("Matrix", "to read this class of matrix.")
  if (inherits(X, "denseMatrix")) {
    return(as.matrix(X))
  }
  methods::as(methods::as(methods::as(X, "dMatrix"), "generalMatrix"), "CsparseMatrix")
}

# ---- Sparse columns of tables ------------------------------------------------------

# Sparse vectors of the sparsevctrs package, which steps of recipes such as
# step_dummy(sparse = "yes") make, too. A data frame with only such columns is read as a sparse
# matrix.

# Such vectors exist only if sparsevctrs is loaded.
has_only_sparse_columns <- function(data) {
  isNamespaceLoaded("sparsevctrs") && length(data) > 0L && all(vapply(data, is_sparse_column, TRUE))
}

# Sparse numbers or logical values. Vectors whose default value is not 0 are not sparse here.
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

# Converts whole numbers to double. A sparse column stays sparse.
as_double_column <- function(x) {
  if (has_only_sparse_columns(list(x))) of_sparsevctrs("as_sparse_double")(x) else as_double(x)
}

of_sparsevctrs <- function(name) getExportedValue("sparsevctrs", name)
