# Predictors: what the user has -> one matrix that the bridge reads. read_*() do it for
# training and find out how; predictors_for() does the same again for new data.
#
# Each gives list(x = matrix (double, integer, logical, raw or dgCMatrix), inputs = what the
# model keeps about them, blueprint = hardhat's, where there is a table).

read_matrix <- function(x, arg, call) {
  x <- check_predictor_matrix(x, arg, min_rows = 1L, call)
  check_names(names_of_columns(x), arg, call = call)
  list(x = x, inputs = new_inputs("matrix", names_of_columns(x)))
}

# Images, line by line, on a scale of about 0..1.
read_images <- function(x, call, case_weights = NULL) {
  check_image_array(x, "x", min_rows = 1L, call = call)
  refuse_non_finite(x, "x", list(), call = call)
  x <- without_weightless_images(x, case_weights)
  image <- dim(x)[-1L]
  # Bytes are divided where they are read.
  if (is.raw(x)) {
    return(list(x = flatten_images(x), inputs = new_inputs("array", image = image, divisor = 255)))
  }
  values <- describe_values(x)
  divisor <- image_divisor(values, x)
  tell_image_divisor(divisor, values)
  inputs <- new_inputs("array", image = image, divisor = divisor)
  list(x = divide_images(x, divisor, values), inputs = inputs)
}

read_frame <- function(x, call) {
  x <- check_frame(x, "x", call = call)
  check_columns(x, "x", call)
  x <- plain_columns(x)
  # The outcome goes its own way: hardhat has no place for all its kinds.
  blueprint <- hardhat::default_xy_blueprint()
  molded <- with_hardhat(hardhat::mold(x, NULL, blueprint = blueprint), "x", call)
  read_molded(molded, "data", "x", x, call)
}

read_recipe <- function(recipe, data, call) {
  if (!is.list(recipe)) stop_input("x", "a recipe", describe(recipe), call = call)
  rlang::check_installed("recipes", "to use a recipe.")
  # Factors and text are the recipe's to deal with.
  data <- plain_columns(check_frame(data, "data", call = call), NULL)
  # Newer versions of recipes want the types that the recipe was made with.
  if (is.data.frame(recipe$ptype)) recipe$ptype <- plain_columns(bare_frame(recipe$ptype), NULL)
  # What becomes of new levels, the recipe decides, too.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  molded <- with_hardhat(hardhat::mold(recipe, data, blueprint = blueprint), "data", call)
  result <- read_molded(molded, "recipe", "data", data, call)
  weights <- molded$extras$roles$case_weights
  if (length(weights)) result$case_weights <- weights[[1L]]
  result
}

# What hardhat::mold() gave, as numbers; `data` is what it was given.
read_molded <- function(molded, kind, arg, data, call) {
  if (nrow(molded$predictors) == 0L) {
    stop_input(arg, "a table of which the recipe keeps some rows", "one of which it keeps none",
      call = call
    )
  }
  if (!is.matrix(molded$predictors)) {
    check_columns(molded$predictors, arg, call)
    check_dense_size(molded$predictors, arg, call)
  }
  x <- with_core(as_number_matrix(molded$predictors), call)
  if (ncol_of(x) == 0L) stop_input(arg, "a table with predictors", "none", call = call)
  known <- names(molded$blueprint$ptypes$predictors)
  refuse_non_finite(x, arg, list(), data[names(data) %in% known], call = call)
  outcomes <- check_complete_outcomes(molded$outcomes, arg, nrow(data), call)
  list(
    x = x, inputs = new_inputs(kind, given_names(x)), blueprint = molded$blueprint,
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
  refuse_table_elsewhere(new_data, arg, call)
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
  names <- given_names(x)
  if (!is.null(known) && any(names != "") && !identical(names, known)) {
    absent <- setdiff(known, names)
    if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
    return(columns_named(x, known))
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
    check_names(names(data), arg, call = call)
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
  if (is.matrix(x) && all(dim(x) == image)) {
    x <- array(x, c(1L, image))
  } else if (is.matrix(x)) {
    x <- new_matrix(model, x, arg, call)
  }
  if (!is.matrix(x)) check_image_array(x, arg, min_rows = 0L, image, call)
  scale_images(x, model, arg, call)
}

# Images on the scale of the network.
scale_images <- function(x, model, arg, call) {
  divisor <- model$inputs$divisor
  if (is.raw(x)) check_raw_images(divisor, arg, call)
  if (is.raw(x) || length(x) == 0L) {
    return(if (is.matrix(x)) x else flatten_images(x))
  }
  refuse_non_finite(x, arg, model$inputs, call = call)
  values <- describe_values(x)
  check_image_scale(values, divisor, arg, call)
  divide_images(x, divisor, values)
}

new_table <- function(model, data, arg, call) {
  if (is_number_matrix(data)) {
    data <- needed_columns(data, model$blueprint$ptypes, arg, call)
    if (takes_columns_as_they_are(model)) {
      return(model_columns(data, model$inputs$names, arg, call))
    }
    data <- as.data.frame(as.matrix(data))
  }
  read_new_table(model, data, arg, call)$x
}

# list(x, outcomes): the predictors of new data, and with `with_outcome` the outcome among them.
# hardhat makes both at once, so that each function of a formula runs once.
read_new_table <- function(model, data, arg, call, with_outcome = FALSE) {
  blueprint <- model$blueprint
  known <- blueprint$ptypes$predictors
  novel <- model$inputs$kind == "recipe"
  if (is.data.frame(data)) data <- unordered_columns(data, known)
  data <- check_new_frame(data, known, arg, novel, call)
  forged <- forge_table(data, blueprint, with_outcome, arg, call)
  x <- with_core(as_number_matrix(forged$predictors), call)
  check_same_rows(x, data, arg, call)
  check_same_columns(x, model, arg, call)
  hint <- if (novel) "The recipe left it so. recipes::step_novel() takes care of new levels."
  refuse_non_finite(x, arg, list(), data[names(known)], hint, call)
  list(x = x, outcomes = forged$outcomes)
}

# What the blueprint makes of new data: list(predictors, outcomes). The outcome comes along where it
# is asked for, or where a step of a recipe takes it.
forge_table <- function(data, blueprint, with_outcome, arg, call) {
  if (is.null(blueprint$recipe)) {
    return(with_hardhat(list(
      predictors = forge_columns(data, blueprint),
      outcomes = if (with_outcome) outcomes_by_formula(blueprint, data)
    ), arg, call))
  }
  present <- all(names(blueprint$ptypes$outcomes) %in% names(data))
  taken <- present && length(steps_on_outcome(blueprint, skipped = FALSE)) > 0L
  outcomes <- with_outcome || taken
  tryCatch(hardhat::forge(data, blueprint, outcomes = outcomes), error = function(cnd) {
    if (!present) refuse_steps_on_outcome(blueprint, arg, call)
    stop_unfit(cnd, arg, call)
  })
}

# The predictors of a data frame or formula.
forge_columns <- function(data, blueprint) {
  predictors <- with_usual_contrasts(hardhat::forge(data, blueprint)$predictors)
  if (is_of_columns(blueprint)) named_as_terms(predictors) else predictors
}

# A data frame, or a matrix made of one, as numbers: a factor gives a column per level.
as_number_matrix <- function(data) {
  if (is.matrix(data)) {
    return(data)
  }
  if (has_only_sparse_columns(data)) {
    return(sparse_columns_as_matrix(data))
  }
  if (length(data) && all(vapply(data, is_numbers, TRUE))) {
    x <- as.double(unlist(data, use.names = FALSE))
    # matrix() would copy them once more.
    dim(x) <- c(nrow(data), length(data))
    colnames(x) <- names(data)
    return(x)
  }
  columns <- Map(function(column, name) {
    if (is.factor(column) || is.character(column)) {
      return(indicators(column, name))
    }
    matrix(column, dimnames = list(NULL, name))
  }, as.list(data), names(data))
  # Without names: cbind() would take a column `deparse.level` for its own argument.
  do.call(cbind, c(list(matrix(0, nrow(data), 0L)), unname(columns)))
}

# 0/1 columns, one per level, named as model.matrix() would.
indicators <- function(x, name) {
  x <- as.factor(x)
  columns <- outer(as.integer(x), seq_len(nlevels(x)), `==`) + 0
  colnames(columns) <- paste0(name, levels(x))
  columns
}

# Columns as hardhat is to remember them. Text among `columns` becomes factors, so that the levels
# are those of training, and ordered factors become plain ones, which have a 0/1 column for each
# level in formulas, too. Whole numbers become double everywhere: new ones may have fractions.
plain_columns <- function(data, columns = names(data)) {
  chosen <- names(data) %in% columns
  is_text <- chosen & vapply(data, is.character, TRUE)
  data[is_text] <- lapply(data[is_text], factor)
  is_ordered <- chosen & vapply(data, is.ordered, TRUE)
  data[is_ordered] <- lapply(data[is_ordered], factor, ordered = FALSE)
  is_whole <- vapply(data, function(x) is.integer(x) && !is.object(x), TRUE)
  data[is_whole] <- lapply(data[is_whole], as_double_column)
  data
}

# New ordered factors where `known` are plain ones.
unordered_columns <- function(data, known) {
  ordered <- names(data)[vapply(as.list(data), is.ordered, TRUE)]
  for (name in intersect(names(known), ordered)) {
    if (is.factor(known[[name]]) && !is.ordered(known[[name]])) {
      class(data[[name]]) <- "factor"
    }
  }
  data
}

# Names for all columns, or NULL: cbind() names columns "" where only others have names.
names_of_columns <- function(x) {
  names <- given_names(x)
  if (all(nzchar(names))) names
}

given_names <- function(x) {
  names <- if (is_plain_sparse(x)) x@Dimnames[[2L]] else colnames(x)
  if (!is.null(names)) names[is.na(names)] <- ""
  names
}

names_of_rows <- function(x) if (is_plain_sparse(x)) x@Dimnames[[1L]] else rownames(x)
