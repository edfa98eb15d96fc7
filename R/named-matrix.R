# A matrix as new data for a model that was made of a data frame, formula or recipe: its columns
# go by their names.

is_number_matrix <- function(x) {
  (is.matrix(x) && is_numbers(x)) || (isS4(x) && inherits(x, "Matrix"))
}

# Of a matrix with names, the columns that a model of a table was made of. Outcomes are kept where
# they are there: a recipe may take them.
needed_columns <- function(x, ptypes, arg, call) {
  x <- check_predictor_matrix(x, arg, min_rows = 0L, call)
  names <- given_names(x)
  if (is.null(names)) {
    stop_input(arg, "a data frame, or a matrix whose columns have names", describe(x), call = call)
  }
  check_names(names, arg, call = call)
  absent <- setdiff(names(ptypes$predictors), names)
  if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
  columns_named(x, intersect(names, c(names(ptypes$predictors), names(ptypes$outcomes))))
}

# Whether the inputs of a model of a table are columns of numbers, and nothing is computed of them.
takes_columns_as_they_are <- function(model) {
  known <- model$blueprint$ptypes$predictors
  model$inputs$kind != "recipe" && setequal(names(known), model$inputs$names) &&
    all(vapply(as.list(known), is_plain_double, TRUE))
}

# The inputs of a model among the columns of a matrix; a sparse one stays sparse.
model_columns <- function(x, names, arg, call) {
  x <- columns_named(x, names)
  refuse_non_finite(x, arg, list(), call = call)
  x
}

columns_named <- function(x, names) {
  # Only the package itself can index its matrices.
  if (is_plain_sparse(x)) rlang::check_installed("Matrix", "to read sparse matrices.")
  if (identical(given_names(x), names)) x else x[, names, drop = FALSE]
}
