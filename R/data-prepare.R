# Prepares predictors that were read for training, before they are scaled or encoded: rows without a
# weight are left out, missing values get their level, and options that do not fit are refused.

# Returns the predictors of the rows that count, in the form that `options` ask for, and marks in
# their inputs what the model must know: which columns have missing values, and whether new levels
# are allowed.
prepare_inputs <- function(predictors, options, counted) {
  check_table_options(predictors, options)
  x <- predictors$x
  inputs <- predictors$inputs
  if (options[["missing"]] == "indicator") {
    # Infinite values are refused while the row numbers are still the user's.
    arg <- if (includes_outcome(inputs$kind)) "data" else "x"
    refuse_unknown_missing(x, rep(TRUE, number_of_columns(x)), arg)
    x <- with_core(rows_of(x, counted))
    has_missing <- columns_with_missing(x)
    refuse_empty_columns(x, has_missing, arg)
    x <- with_missing_levels(x, has_missing)
    if (any(has_missing)) inputs$has_missing <- has_missing
    # The inputs of missing levels have names, too.
    inputs["names"] <- list(names_of_columns(x))
  } else {
    x <- counted_predictors(x, inputs, counted, options$checkpoint)
  }
  if (options$new_levels == "zero") {
    inputs$new_levels <- "zero"
    inputs$factors <- factor_columns(predictors)
  }
  # Scaled levels are no longer 0 or 1.
  encodes <- !is.null(options$encoding) || any(inputs$has_missing)
  has_levels <- any(levels_of_columns(x) > 0L)
  if (has_levels && isTRUE(options$standardize) && !encodes) x <- dense_columns(x)
  predictors[c("x", "inputs")] <- list(x, inputs)
  predictors
}

# Returns the names in the data of the columns that stay factors, in their order. A factor that a
# recipe or formula makes is no column of the data. Its name is NA, or a name that is not in the
# data.
factor_columns <- function(predictors) {
  x <- predictors$x
  if (!is_columns(x)) {
    return(character())
  }
  known <- names(predictors$blueprint$ptypes$predictors)
  names <- switch(predictors$inputs$kind,
    recipe = x$names,
    formula = known[match(x$names, as_in_terms(known))],
    known
  )
  names[x$levels > 0L]
}

# Refuses options for tables if `x` is another kind of data, and new levels where the factors are no
# longer columns.
check_table_options <- function(predictors, options) {
  zero <- options$new_levels == "zero"
  needed <- c("encoding", "missing", "new_levels")[
    c(!is.null(options$encoding), options[["missing"]] == "indicator", zero)
  ]
  if (length(needed) && !is_table(predictors)) {
    option <- needed[1L]
    stop_feedforward("{.arg {option}} is for tables and numeric matrices, not for this {.arg x}.",
      i = "Leave out {.arg {option}}."
    )
  }
  if (zero && turns_factors_into_numbers(predictors)) {
    stop_feedforward(
      "{.code new_levels = \"zero\"} works only if factors stay columns of the data.",
      i = "Here, the formula or recipe turns them into numbers. Leave out {.arg new_levels}, or
           the terms or steps that do this."
    )
  }
}

# A recipe can also remove factors, so it must keep at least one.
turns_factors_into_numbers <- function(predictors) {
  known <- predictors$blueprint$ptypes$predictors
  factors <- names(known)[vapply(as.list(known), is.factor, TRUE)]
  kept <- factor_columns(predictors)
  if (predictors$inputs$kind == "recipe") {
    return(length(factors) > 0L && length(kept) == 0L)
  }
  # New levels would be missing values to functions in a formula.
  variables <- as.list(attr(predictors$blueprint$terms$predictors, "variables"))[-1L]
  computed <- unlist(lapply(Filter(is.call, variables), all.vars))
  !all(factors %in% kept) || any(factors %in% computed)
}
