# Sparse matrices, and tables of sparse columns.

# The only sparse class that the C++ code reads.
is_plain_sparse <- function(X) isS4(X) && inherits(X, "dgCMatrix")

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

# Works on the slots, so that the Matrix package is not needed.
sparse_rows_of <- function(x, counted) {
  kept <- counted[x@i + 1L]
  slots <- list(
    p = c(0L, cumsum(kept))[x@p + 1L], i = cumsum(counted)[x@i[kept] + 1L] - 1L, x = x@x[kept],
    Dim = c(sum(counted), x@Dim[2L]),
    Dimnames = list(x@Dimnames[[1L]][counted], x@Dimnames[[2L]]), factors = list()
  )
  for (name in names(slots)) methods::slot(x, name, check = FALSE) <- slots[[name]]
  x
}

# ---- Sparse columns of tables ----------------------------------------------------

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
