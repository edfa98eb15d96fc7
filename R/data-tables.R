# Tables: reads data frames for training, and new data for models that were trained on tables.

read_frame <- function(x, allow_missing = FALSE) {
  x <- check_frame(x, "x")
  refuse_offset_column(names(x), "x")
  check_columns(x, "x")
  x <- plain_columns(x)
  # The outcome is read elsewhere: hardhat does not support all types of outcomes.
  blueprint <- hardhat::default_xy_blueprint()
  molded <- with_hardhat(hardhat::mold(x, NULL, blueprint = blueprint), "x")
  read_molded(molded, "data", "x", x, allow_missing)
}

# Converts the result of hardhat::mold(data) to numbers.
read_molded <- function(molded, kind, arg, data, allow_missing = FALSE) {
  if (nrow(molded$predictors) == 0L) {
    stop_feedforward("The recipe keeps no rows of {.arg {arg}}.",
      i = "Check the steps that remove rows."
    )
  }
  # The other columns were checked before hardhat read them.
  if (!is.matrix(molded$predictors) && kind == "recipe") check_columns(molded$predictors, arg)
  x <- with_core(as_predictors(molded$predictors))
  if (ncol_of(x) == 0L) {
    stop_feedforward("{.arg {arg}} has no predictors.",
      i = "Use at least one column as a predictor."
    )
  }
  known <- names(molded$blueprint$ptypes$predictors)
  if (!allow_missing) {
    refuse_non_finite(x, arg, list(), data[intersect(known, names(data))], remove_or_indicate)
  }
  outcomes <- check_complete_outcomes(molded$outcomes, arg, nrow(data))
  list(
    x = x, inputs = new_inputs(kind, given_names(x)), blueprint = molded$blueprint,
    of_levels = if (is.null(molded$of_levels)) levels_among_inputs(x) else molded$of_levels,
    outcomes = if (length(outcomes) == 1L) outcomes[[1L]] else outcomes
  )
}

new_table <- function(model, data, arg) {
  if (is_number_matrix(data)) {
    data <- needed_columns(data, model$blueprint$ptypes, arg)
    if (takes_columns_as_they_are(model)) {
      x <- refuse_values_for(model, columns_named(data, plain_names(model)), arg)
      return(attach_encoding(x, model$inputs$encoding))
    }
    data <- as.data.frame(as.matrix(data))
  }
  read_new_table(model, data, arg)$x
}

# Returns list(x, outcomes), the predictors of new data and, if `with_outcome`, the outcomes. Both
# are computed at once, so each function of a formula runs once.
read_new_table <- function(model, data, arg, with_outcome = FALSE) {
  blueprint <- model$blueprint
  known <- blueprint$ptypes$predictors
  novel <- model$inputs$kind == "recipe"
  if (is.data.frame(data)) data <- unordered_columns(data, known)
  new <- list()
  if (isTRUE(model$inputs$new_levels == "zero") && is.data.frame(data)) {
    hidden <- hide_new_levels(data, blueprint, model$inputs$factors)
    data <- hidden$data
    new <- hidden$new
  }
  data <- check_new_frame(data, known, arg, novel)
  forged <- forge_table(data, blueprint, with_outcome, arg)
  x <- with_core(as_predictors(forged$predictors))
  if (length(new)) {
    x <- show_new_levels(x, new, model$inputs$factors)
    warn_new_levels(new, arg)
  }
  x <- with_missing_levels(x, model$inputs$has_missing)
  check_same_rows(x, data, arg)
  check_same_columns(x, model, arg)
  hint <- if (novel) "Use `recipes::step_novel()` for new levels, or a step that fills in values."
  refuse_values_for(model, x, arg, data[names(known)], hint)
  list(x = attach_encoding(x, model$inputs$encoding), outcomes = forged$outcomes)
}

# Applies a blueprint to new data and returns list(predictors, outcomes). The outcomes are included
# if `with_outcome`, or if a step of the recipe uses them.
forge_table <- function(data, blueprint, with_outcome, arg) {
  if (is.null(blueprint$recipe)) {
    return(with_hardhat(list(
      predictors = forge_columns(data, blueprint),
      outcomes = if (with_outcome) outcomes_by_formula(blueprint, data)
    ), arg))
  }
  present <- all(names(blueprint$ptypes$outcomes) %in% names(data))
  taken <- present && length(steps_on_outcome(blueprint, skipped = FALSE)) > 0L
  outcomes <- with_outcome || taken
  tryCatch(hardhat::forge(data, blueprint, outcomes = outcomes), error = function(cnd) {
    if (!present) refuse_steps_on_outcome(blueprint, arg)
    stop_unfit(cnd, arg)
  })
}

# The predictors of a data frame or formula.
forge_columns <- function(data, blueprint) {
  if (inherits(blueprint, "default_formula_blueprint")) {
    return(predictors_by_formula(blueprint, data))
  }
  predictors <- columns_as_known(data, blueprint$ptypes$predictors)
  if (is_of_columns(blueprint)) named_as_terms(predictors) else predictors
}

# Returns the columns of new data that the training data had, with the same types. hardhat takes
# much longer, so it only converts what as_in_training() does not.
columns_as_known <- function(data, known) {
  columns <- unclass(data)[names(known)]
  types <- as.list(known)
  other <- which(!(are_plain_doubles(columns) & are_plain_doubles(types)))
  columns[other] <- Map(as_in_training, columns[other], types[other])
  if (all(unlist(Map(same_type, columns[other], types[other])))) {
    return(frame_of(columns, data))
  }
  hardhat::scream(hardhat::shrink(data, known), known)
}

# Converts whole numbers to double, and text and factors to a factor with all training levels.
# Returns the column as it is if it has another type or new levels.
as_in_training <- function(column, known) {
  if (is.double(known) && is_number_vector(known) && is_number_vector(column)) {
    return(as.double(column))
  }
  if (!is_unordered(known) || !(is.character(column) || is_unordered(column))) {
    return(column)
  }
  values <- if (is.factor(column)) levels(column) else column
  codes <- match(values, levels(known))
  if (anyNA(codes[!is.na(values)])) {
    return(column)
  }
  if (is.factor(column)) codes <- codes[column]
  structure(codes, levels = levels(known), class = "factor")
}

same_type <- function(x, like) {
  typeof(x) == typeof(like) && identical(attributes(x), attributes(like))
}

# Converts the predictors that hardhat returns to what C++ reads: the columns of a table where that
# saves a copy, else a matrix.
as_predictors <- function(data) {
  if (is.matrix(data) || is_columns(data)) {
    return(data)
  }
  is_text <- vapply(data, is.character, TRUE)
  if (any(is_text)) data[is_text] <- lapply(data[is_text], factor)
  stays <- !has_only_sparse_columns(data) && can_stay_columns(data)
  if (stays) new_columns(data) else as_number_matrix(data)
}

# Converts a data frame of numeric and logical columns to a matrix.
as_number_matrix <- function(data) {
  if (has_only_sparse_columns(data)) {
    return(sparse_columns_as_matrix(data))
  }
  if (length(data) && all(vapply(data, is_numbers, TRUE))) {
    x <- as.double(unlist(data, use.names = FALSE))
    # matrix() would make another copy.
    dim(x) <- c(nrow(data), length(data))
    colnames(x) <- names(data)
    return(x)
  }
  columns <- Map(function(column, name) matrix(column, dimnames = list(NULL, name)),
    as.list(data), names(data))
  # Without names, because cbind() has an argument `deparse.level`.
  do.call(cbind, c(list(matrix(0, nrow(data), 0L)), unname(columns)))
}

# Converts columns to the types that hardhat stores. Text among `columns` becomes factors, so that
# the model knows the training levels. Ordered factors become unordered, so that formulas also
# make a 0/1 column for each level. Whole numbers become double: new data may have fractions.
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

# Makes new ordered factors unordered if those of training are.
unordered_columns <- function(data, known) {
  for (name in names(known)[!are_plain_doubles(known)]) {
    if (is_unordered(known[[name]]) && is.ordered(data[[name]])) class(data[[name]]) <- "factor"
  }
  data
}

# ---- A matrix in place of a table ------------------------------------------------

# Its columns are found by name.

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
    all(are_plain_doubles(known))
}

# ---- Attributes, and errors of hardhat -------------------------------------------

# Drops the attributes that other functions add to a data frame or its columns, such as the rows
# that na.omit() removed, an index or labels. The model would keep them, with all the data and
# environments in them.
bare_frame <- function(data) {
  columns <- unclass(data)
  other <- !are_plain_doubles(columns)
  columns[other] <- lapply(columns[other], bare_column)
  frame_of(columns, data)
}

# Returns a list of columns as a data frame with the rows of `data` and no other attributes.
frame_of <- function(columns, data) {
  attributes(columns) <- list(
    names = names(columns), row.names = attr(data, "row.names"), class = "data.frame"
  )
  columns
}

# Unknown classes may need their attributes.
bare_column <- function(column) {
  given <- attributes(column)
  known <- inherits(column, c("factor", "Date", "POSIXct", "difftime"))
  if (is.null(given) || (is.object(column) && !known)) {
    return(column)
  }
  kept <- given[names(given) %in% c("levels", "class", "dim", "dimnames", "tzone", "units")]
  if (length(kept) < length(given)) attributes(column) <- kept
  column
}

# Evaluates `code` and turns errors of hardhat into ours.
with_hardhat <- function(code, arg) {
  tryCatch(code, error = function(cnd) stop_unfit(cnd, arg))
}

stop_unfit <- function(cnd, arg) {
  hint <- cnd_text(cnd)
  stop_feedforward("{.arg {arg}} does not fit the model.", i = "{hint}")
}

cnd_text <- function(cnd) {
  text <- cli::ansi_strip(conditionMessage(cnd))
  if (inherits(cnd, "rlang_error")) text <- cli::ansi_strip(rlang::cnd_message(cnd))
  gsub("[[:space:]]+", " ", text)
}
