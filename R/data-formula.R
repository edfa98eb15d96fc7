# Reads an outcome and predictors from a data frame by formula.
#
# If the right side only names columns, mold_columns() reads them like a data frame, because the
# time for terms of R grows with the square of the number of columns. Otherwise mold_terms() in
# R/data-formula-terms.R computes the terms. Both blueprints have the formula and the terms of the
# outcome.

read_formula <- function(formula, data, allow_missing = FALSE) {
  data <- check_frame(data, "data")
  check_formula(formula, data)
  formula <- without_outcome(arithmetic_outcome(formula), data)
  data <- plain_columns(data, predictors_of(formula, data))
  check_factor_levels(predictors_of(formula, data), data)
  left <- with_formula(outcome_frame(formula, data), formula, data)
  check_outcome_frame(left, data)
  columns <- plain_predictors(formula, data)
  if (is.null(columns)) {
    terms <- with_formula(formula_terms(formula, data), formula, data)
    check_terms(terms, formula, data)
    right <- with_formula(predictor_frame(formula, data), formula, data)
    check_predictor_frame(right, data)
    molded <- with_formula(mold_terms(formula, data, left, right), formula, data)
  } else {
    check_some_predictors(columns, formula)
    check_columns(data[columns], "data")
    molded <- with_hardhat(mold_columns(formula, data, left, columns), "data")
  }
  read_molded(molded, "formula", "data", data, allow_missing)
}

# The variables on the right of a formula. A dot stands for all other columns.
predictors_of <- function(formula, data) {
  right <- all.vars(rlang::f_rhs(formula))
  if ("." %in% right) union(right, other_columns(formula, data)) else right
}

# The columns that a dot stands for.
other_columns <- function(formula, data) {
  setdiff(names(data), all.vars(rlang::f_lhs(formula)))
}

# ---- Columns ------------------------------------------------------------------------

mold_columns <- function(formula, data, left = outcome_frame(formula, data),
                         columns = plain_predictors(formula, data)) {
  if (is.null(columns)) stop("the formula computes")
  blueprint <- hardhat::default_xy_blueprint()
  molded <- hardhat::mold(data[columns], NULL, blueprint = blueprint)
  blueprint <- molded$blueprint
  blueprint$ptypes$outcomes <- prototype_of(data, all.vars(rlang::f_lhs(formula)))
  blueprint$formula <- without_environment(formula)
  blueprint$terms <- list(outcomes = without_environment(left$terms))
  list(
    predictors = named_as_terms(molded$predictors), outcomes = outcome_columns(left$data),
    blueprint = blueprint
  )
}

# Whether this is the blueprint of a formula whose right side only names columns.
is_of_columns <- function(blueprint) {
  inherits(blueprint, "default_xy_blueprint") && !is.null(blueprint$formula)
}

# Names columns and codes logical columns like model.matrix() without an intercept.
named_as_terms <- function(columns) {
  is_logical <- vapply(columns, is.logical, TRUE)
  first <- match(TRUE, is_logical | vapply(columns, is.factor, TRUE))
  names(columns) <- as_in_terms(names(columns))
  # Of the factors and logical columns, the first has a 0/1 column for each of its values.
  if (!is.na(first) && is_logical[first]) {
    columns[[first]] <- factor(columns[[first]], c(FALSE, TRUE))
    is_logical[first] <- FALSE
  }
  names(columns)[is_logical] <- paste0(names(columns)[is_logical], "TRUE")
  columns
}

# Returns names as they occur in terms, such as `odd name` in backticks.
as_in_terms <- function(names) {
  odd <- make.names(names) != names
  names[odd] <- vapply(names[odd], function(name) deparse(as.name(name), backtick = TRUE), "")
  names
}

# ---- What a model keeps -------------------------------------------------------------

# Computes one side of a model's formula, "predictors" or "outcomes", from new data, and returns
# list(data, terms) like hardhat::model_frame(), which takes longer to make tibbles of the data.
frame_of_new_data <- function(blueprint, data, side) {
  known <- blueprint$ptypes[[side]]
  terms <- blueprint$terms[[side]]
  environment(terms) <- rlang::env_parent(globalenv())
  frame <- stats::model.frame(terms, columns_as_known(data, known), na.action = stats::na.pass)
  terms <- attr(frame, "terms")
  attr(frame, "terms") <- NULL
  list(data = with_empty_numbers(frame, blueprint$terms[[side]]), terms = terms)
}

# Without a value, a term such as ifelse(a > 0, a, 0) is logical, whatever it was in training.
# `terms` are those of training.
with_empty_numbers <- function(frame, terms) {
  empty <- vapply(frame, function(column) is.logical(column) && all(is.na(column)), TRUE)
  numeric <- attr(terms, "dataClasses")[names(frame)] %in% "numeric"
  frame[empty & numeric] <- lapply(frame[empty & numeric], as.double)
  frame
}

prototype_of <- function(data, names) tibble::as_tibble(data[0L, names, drop = FALSE])

# Removes the environment, which may contain data, from a formula or its terms.
without_environment <- function(x) {
  if (inherits(x, "terms")) {
    environment(x) <- NULL
    return(x)
  }
  rlang::new_formula(rlang::f_lhs(x), rlang::f_rhs(x), env = rlang::empty_env())
}

# ---- Columns that a right side names -----------------------------------------------

# The columns that a right side of names, dots, `+` and `-` stands for, in the order of terms of R.
# Returns NULL for any other right side.
plain_predictors <- function(formula, data) {
  sum_of_columns(rlang::f_rhs(formula), other_columns(formula, data))
}

sum_of_columns <- function(part, others) {
  if (!is_sum(part)) {
    return(plain_operand(part, others))
  }
  operands <- operands_of(part)
  sets <- lapply(operands$parts, plain_operand, others)
  if (any(vapply(sets, is.null, TRUE))) {
    return(NULL)
  }
  # Neighbors of the same sign are handled at once, since there may be thousands.
  runs <- cumsum(c(1L, diff(operands$signs) != 0))
  Reduce(function(columns, run) {
    named <- unlist(sets[runs == run])
    if (operands$signs[match(run, runs)] > 0) union(columns, named) else setdiff(columns, named)
  }, unique(runs), character())
}

plain_operand <- function(part, others) {
  if (is.name(part)) {
    return(if (identical(part, quote(.))) others else as.character(part))
  }
  # An intercept changes nothing, since each layer has its own.
  if (is.numeric(part) && length(part) == 1L && part %in% 0:1) {
    return(character())
  }
  operator <- if (is.call(part)) operator_of(part) else ""
  if (operator == "(" || (operator == "+" && length(part) == 2L)) {
    return(sum_of_columns(part[[2L]], others))
  }
  if (is_sum(part)) {
    return(sum_of_columns(part, others))
  }
  # A minus in front, as in `-a`, has nothing to remove a column from.
  if (operator == "-" && !is.null(sum_of_columns(part[[2L]], others))) character()
}

operator_of <- function(part) if (is.name(part[[1L]])) as.character(part[[1L]]) else ""

is_sum <- function(part) is.call(part) && length(part) == 3L && operator_of(part) %in% c("+", "-")

# The operands of a sum, from left to right, with their signs. A loop, because long sums are deeply
# nested.
operands_of <- function(part) {
  parts <- list()
  signs <- integer()
  while (is_sum(part)) {
    signs <- c(signs, if (operator_of(part) == "+") 1L else -1L)
    parts[[length(parts) + 1L]] <- part[[3L]]
    part <- part[[2L]]
  }
  list(parts = c(list(part), rev(parts)), signs = c(1L, rev(signs)))
}
