# Predictors: what the user has -> one matrix that the bridge reads. read_*() do it for
# training and find out how; predictors_for() does the same again for new data.
#
# Each gives list(x = matrix (double, integer, logical, raw or dgCMatrix), inputs = what the
# model keeps about them, blueprint = hardhat's, where there is a table).

read_matrix <- function(x, arg, call) {
  x <- check_predictor_matrix(x, arg, min_rows = 1L, call)
  check_distinct(names_of_columns(x), arg, call = call)
  list(x = x, inputs = new_inputs("matrix", names_of_columns(x)))
}

# Images, line by line. Whole numbers that fill more than 0..1 are bytes.
read_images <- function(x, call) {
  check_image_array(x, "x", min_rows = 1L, call = call)
  refuse_non_finite(x, "x", list(), call = call)
  image <- dim(x)[-1L]
  divisor <- NULL
  if (is.raw(x) || are_bytes(x)) {
    x <- as_bytes(x)
    divisor <- 255
  }
  list(x = flatten_images(x), inputs = new_inputs("array", image = image, divisor = divisor))
}

read_frame <- function(x, call) {
  x <- check_frame(x, "x", call = call)
  check_columns(x, "x", call)
  x <- text_as_factors(x)
  # The outcome goes its own way: hardhat has no place for all its kinds.
  blueprint <- hardhat::default_xy_blueprint()
  molded <- with_hardhat(hardhat::mold(x, NULL, blueprint = blueprint), "x", call)
  read_molded(molded, "data", "x", x, call)
}

read_formula <- function(formula, data, call) {
  data <- check_frame(data, "data", call = call)
  check_formula_data(formula, data, call)
  data <- text_as_factors(data, predictors_of(formula, data))
  blueprint <- hardhat::default_formula_blueprint(
    intercept = FALSE, indicators = "one_hot", composition = "matrix"
  )
  molded <- with_hardhat(hardhat::mold(formula, data, blueprint = blueprint), "data", call)
  if (!is.null(molded$extras$offset)) {
    stop_input("formula", "without offset()", "one with it", call = call)
  }
  read_molded(molded, "formula", "data", data, call)
}

read_recipe <- function(recipe, data, call) {
  rlang::check_installed("recipes", "to use a recipe.")
  data <- check_frame(data, "data", call = call)
  # What becomes of new levels, the recipe decides.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  molded <- with_hardhat(hardhat::mold(recipe, data, blueprint = blueprint), "data", call)
  result <- read_molded(molded, "recipe", "data", data, call)
  weights <- molded$extras$roles$case_weights
  if (length(weights)) result$case_weights <- weights[[1L]]
  result
}

# What hardhat::mold() gave, as numbers; `data` is what it was given.
read_molded <- function(molded, kind, arg, data, call) {
  if (!is.matrix(molded$predictors)) check_columns(molded$predictors, arg, call)
  x <- as_number_matrix(molded$predictors)
  if (ncol(x) == 0L) stop_input(arg, "a table with predictors", "none", call = call)
  known <- names(molded$blueprint$ptypes$predictors)
  refuse_non_finite(x, arg, list(), data[names(data) %in% known], call = call)
  outcomes <- check_complete_outcomes(molded$outcomes, arg, call)
  list(
    x = x, inputs = new_inputs(kind, colnames(x)), blueprint = molded$blueprint,
    outcomes = if (length(outcomes) == 1L) outcomes[[1L]] else outcomes
  )
}

new_inputs <- function(kind, names = NULL, image = NULL, divisor = NULL) {
  list(
    kind = kind, names = names, center = NULL, scale = NULL, image = image, divisor = divisor
  )
}

# New data for a model as the matrix that its network reads.
predictors_for <- function(model, new_data, arg = "new_data", call = rlang::caller_env()) {
  switch(model$inputs$kind,
    matrix = new_matrix(model, new_data, arg, call),
    array = new_images(model, new_data, arg, call),
    new_table(model, new_data, arg, call)
  )
}

# Columns go by name where both sides have names, else by position.
new_matrix <- function(model, x, arg, call) {
  known <- model$inputs$names
  if (is.data.frame(x)) x <- plain_matrix(as.data.frame(x), known, arg, call)
  check_not_one_row(x, model, arg, call)
  x <- check_predictor_matrix(x, arg, min_rows = 0L, call)
  names <- names_of_columns(x)
  if (!is.null(known) && !is.null(names) && !identical(names, known)) {
    absent <- setdiff(known, names)
    if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
    return(x[, known, drop = FALSE])
  }
  inputs <- model$architecture$sizes[1L]
  if (ncol(x) != inputs) {
    hint <- if (nrow(x) == inputs) sprintf("Observations go in rows: did you mean t(%s)?", arg)
    stop_input(arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"), describe(x),
      hint = hint, call = call
    )
  }
  x
}

# A data frame for a model that was made of a matrix: its numbers, by name.
plain_matrix <- function(data, known, arg, call) {
  if (!is.null(known)) {
    absent <- setdiff(known, names(data))
    if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
    data <- data[known]
  }
  usable <- vapply(data, function(column) is_numbers(column) && is.null(dim(column)), TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    stop_input(arg, "made of numeric columns, as in training",
      sprintf("%s in column `%s`", describe(data[[name]]), name),
      call = call
    )
  }
  as_number_matrix(data)
}

new_images <- function(model, x, arg, call) {
  image <- model$inputs$image
  # One image, or images that were made rows before.
  if (is.matrix(x) && !all(dim(x) == image)) {
    return(scale_images(new_matrix(model, x, arg, call), model))
  }
  if (is.matrix(x)) x <- array(x, c(1L, image))
  check_image_array(x, arg, min_rows = 0L, image, call)
  scale_images(flatten_images(x), model)
}

# Raw values are divided by 255 in C++.
scale_images <- function(x, model) {
  if (is.raw(x) || is.null(model$inputs$divisor)) x else x / model$inputs$divisor
}

new_table <- function(model, data, arg, call) {
  if (is.matrix(data) && is_numbers(data) && !is.null(colnames(data))) data <- as.data.frame(data)
  blueprint <- model$blueprint
  novel <- model$inputs$kind == "recipe"
  data <- check_new_frame(data, blueprint$ptypes$predictors, arg, novel, call)
  x <- as_number_matrix(with_hardhat(hardhat::forge(data, blueprint), arg, call)$predictors)
  check_same_columns(x, model$inputs$names, arg, call)
  hint <- if (novel) "The recipe left it so. recipes::step_novel() takes care of new levels."
  known <- names(blueprint$ptypes$predictors)
  refuse_non_finite(x, arg, list(), data[known], hint, call)
  x
}

# A data frame, or a matrix made of one, as numbers: a factor gives a column per level.
as_number_matrix <- function(data) {
  if (is.matrix(data)) {
    return(data)
  }
  discrete <- vapply(data, function(column) is.factor(column) || is.character(column), TRUE)
  columns <- as.list(data)
  columns[discrete] <- Map(indicators, columns[discrete], names(columns)[discrete])
  do.call(cbind, columns)
}

# 0/1 columns, one per level, named as model.matrix() would.
indicators <- function(x, name) {
  x <- as.factor(x)
  columns <- outer(as.integer(x), seq_len(nlevels(x)), `==`) + 0
  colnames(columns) <- paste0(name, levels(x))
  columns
}

# Text becomes factors before hardhat sees it, so that the levels are those of training.
text_as_factors <- function(data, columns = names(data)) {
  is_text <- names(data) %in% columns & vapply(data, is.character, TRUE)
  data[is_text] <- lapply(data[is_text], factor)
  data
}

# The variables on the right of a formula, a dot being all others.
predictors_of <- function(formula, data) {
  right <- all.vars(rlang::f_rhs(formula))
  others <- setdiff(names(data), all.vars(rlang::f_lhs(formula)))
  if ("." %in% right) union(right, others) else right
}

names_of_columns <- function(x) {
  names <- if (is_plain_sparse(x)) x@Dimnames[[2L]] else colnames(x)
  # cbind() names columns "" where only others have names: no name to go by.
  if (is.null(names) || anyNA(names) || any(names == "")) NULL else names
}

names_of_rows <- function(x) if (is_plain_sparse(x)) x@Dimnames[[1L]] else rownames(x)

are_bytes <- function(x) {
  range <- range(x)
  range[1L] >= 0 && range[2L] <= 255 && range[2L] > 1 && (!is.double(x) || all(x == trunc(x)))
}

as_bytes <- function(x) {
  if (!is.raw(x)) storage.mode(x) <- "raw"
  x
}

# Row i is image i, line by line.
flatten_images <- function(x) array_reshape(x, c(dim(x)[1L], prod(dim(x)[-1L])))
