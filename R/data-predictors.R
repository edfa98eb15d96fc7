# Predictors: which kind of data they are, and how each kind is read, for training and as new data.
# A new kind needs a method of feedforward() and feedforward_cv(), and its name in `input_kinds`,
# read_predictors() and predictors_for().
#
# Each reader for training returns list(x = what C++ reads: a matrix of doubles, integers, logical
# values or bytes, a dgCMatrix or columns, inputs = what the model stores about the predictors).
# Those of tables add the blueprint of hardhat, which inputs are `of_levels`, and, where the data
# have them, `outcomes` and `case_weights`.

# The kinds of predictors, as a model keeps them in `inputs$kind`.
input_kinds <- c("matrix", "array", "data", "formula", "recipe")

# Returns the predictors for training with their outcomes, and the columns of tables and dense
# matrices that are like the outcome. `y` is the outcome, or the formula or recipe that describes
# `x`.
read_predictors <- function(kind, x, y, arguments) {
  predictors <- switch(kind,
    matrix = read_matrix(x),
    array = read_images(x, y, arguments$case_weights, arguments$class_weights),
    data = read_frame(x, allows_missing(arguments)),
    formula = read_formula(y, x, allows_missing(arguments)),
    recipe = read_recipe(y, x, allows_missing(arguments))
  )
  if (!includes_outcome(kind)) predictors["outcomes"] <- list(y)
  if (kind == "data" || (kind == "matrix" && is.matrix(x))) {
    predictors$like_outcome <- columns_like_outcome(x, y)
  }
  predictors
}

# Converts new data to the matrix that the network of a model reads. Images that are not `counted`
# may be on any scale.
predictors_for <- function(model, new_data, arg = "new_data", counted = NULL) {
  refuse_table_elsewhere(new_data, arg)
  switch(model$inputs$kind,
    matrix = encoded_matrix(model, new_data, arg),
    array = new_images(model, new_data, arg, counted),
    new_table(model, new_data, arg)
  )
}

# Returns list(x, outcomes): new data of a model with their outcomes. `given` is list(x, y, arg).
# Without `y`, the outcomes are columns of `x`, which the formula or recipe names.
observations_for <- function(model, given, counted = NULL) {
  if (!is.null(given$y) || !includes_outcome(model$inputs$kind)) {
    return(list(x = predictors_for(model, given$x, given$arg, counted), outcomes = given$y))
  }
  data <- check_outcome_columns(model$blueprint, given$x, given$arg)
  read <- read_new_table(model, data, given$arg, with_outcome = TRUE)
  check_complete_outcomes(read$outcomes, given$arg, nrow(data))
  read
}

# Returns how the predictors in a data frame are read. With a pipe, a formula or recipe comes
# second, in place of the outcome.
kind_of_table <- function(y) {
  if (rlang::is_formula(y)) "formula" else if (inherits(y, "recipe")) "recipe" else "data"
}

# Whether data of this kind include the outcome, which a formula or recipe names.
includes_outcome <- function(kind) kind %in% c("formula", "recipe")

new_inputs <- function(kind, names = NULL, image = NULL, divisor = NULL) {
  list(
    kind = kind, names = names, center = NULL, scale = NULL, image = image, divisor = divisor
  )
}

# Refuses objects that feedforward() has no method for.
refuse_predictors <- function(x) {
  refuse_table_elsewhere(x, "x")
  wanted <- "a data frame, a matrix (numeric, raw, or sparse), an array of images, or a formula"
  hint <- NULL
  if (is.null(dim(x)) && is.numeric(x)) {
    hint <- "Use `matrix(x, ncol = 1)` for one predictor."
  }
  if (rlang::is_string(x) && is_text(x) && grepl("~", x, fixed = TRUE)) {
    hint <- "Write the formula without quotes, or use `as.formula()`."
  }
  stop_input("x", wanted, describe(x), hint = hint)
}
