# Formulas: an outcome and predictors in a data frame, read as R/predictors.R reads other data.
#
# A right side that only names columns is read as a data frame is (mold_columns()): R's terms take
# a time that is quadratic in the number of columns. What computes goes through terms
# (mold_terms()). Either way the blueprint holds the formula and the terms of the outcome.

read_formula <- function(formula, data, call) {
  data <- check_frame(data, "data", call = call)
  check_formula(formula, data, call)
  formula <- without_outcome(arithmetic_outcome(formula), data, call)
  data <- plain_columns(data, predictors_of(formula, data))
  check_factor_levels(predictors_of(formula, data), data, call)
  left <- with_formula(outcome_frame(formula, data), formula, data, call)
  check_outcome_frame(left, data, call)
  columns <- plain_predictors(formula, data)
  if (is.null(columns)) {
    terms <- with_formula(formula_terms(formula, data), formula, data, call)
    check_terms(terms, formula, data, call)
    right <- with_formula(predictor_frame(formula, data), formula, data, call)
    check_predictor_frame(right, data, call)
    molded <- with_formula(mold_terms(formula, data, left, right), formula, data, call)
  } else {
    check_some_predictors(columns, formula, call)
    check_columns(data[columns], "data", call)
    molded <- with_hardhat(mold_columns(formula, data, left, columns), "data", call)
  }
  read_molded(molded, "formula", "data", data, call)
}

# The variables on the right of a formula, a dot being all others.
predictors_of <- function(formula, data) {
  right <- all.vars(rlang::f_rhs(formula))
  if ("." %in% right) union(right, other_columns(formula, data)) else right
}

# What a dot stands for.
other_columns <- function(formula, data) {
  setdiff(names(data), all.vars(rlang::f_lhs(formula)))
}

# ---- Columns as they are ------------------------------------------------------------

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

# Columns named, and logical ones coded, as model.matrix() would without an intercept.
named_as_terms <- function(columns) {
  is_logical <- vapply(columns, is.logical, TRUE)
  first <- match(TRUE, is_logical | vapply(columns, is.factor, TRUE))
  odd <- make.names(names(columns)) != names(columns)
  names(columns)[odd] <- vapply(names(columns)[odd], function(name) {
    deparse(as.name(name), backtick = TRUE)
  }, "")
  # The first column that is no number has a 0/1 column for each of its values.
  if (!is.na(first) && is_logical[first]) {
    columns[[first]] <- factor(columns[[first]], c(FALSE, TRUE))
    is_logical[first] <- FALSE
  }
  names(columns)[is_logical] <- paste0(names(columns)[is_logical], "TRUE")
  columns
}

# ---- Terms --------------------------------------------------------------------------

mold_terms <- function(formula, data, left = outcome_frame(formula, data),
                       right = predictor_frame(formula, data)) {
  # The blueprint that hardhat::mold() would make, which takes fewer formulas.
  blueprint <- hardhat::default_formula_blueprint(
    intercept = FALSE, indicators = "one_hot", composition = "matrix"
  )
  # Newer versions note the levels of text, of which there is none: it became factors.
  if ("levels" %in% names(blueprint)) {
    blueprint["levels"] <- list(stats::setNames(list(), character()))
  }
  blueprint$ptypes <- list(
    predictors = prototype_of(data, all.vars(right$terms)),
    outcomes = prototype_of(data, all.vars(rlang::f_lhs(formula)))
  )
  blueprint$formula <- without_environment(without_intercept(formula))
  blueprint$terms <- list(
    predictors = without_environment(right$terms), outcomes = without_environment(left$terms)
  )
  list(
    predictors = one_hot_matrix(right), outcomes = outcome_columns(left$data),
    blueprint = blueprint
  )
}

formula_terms <- function(formula, data) stats::terms(without_intercept(formula), data = data)

# A formula without an intercept, whatever it says of one: each layer has its own.
without_intercept <- function(formula) {
  formula[[3L]] <- call("+", formula[[3L]], 0)
  formula
}

# What the right side of a formula makes of data: list(data, terms).
predictor_frame <- function(formula, data) {
  right <- rlang::f_rhs(formula_terms(formula, data))
  side_frame(right, data)
}

# The same for the left side.
outcome_frame <- function(formula, data) {
  side_frame(call("+", rlang::f_lhs(formula), 0), data)
}

# Only functions that any session finds, and only the columns named: so new data give the same.
side_frame <- function(side, data) {
  side <- rlang::new_formula(NULL, side, env = rlang::env_parent(globalenv()))
  hardhat::model_frame(side, data[intersect(all.vars(side), names(data))])
}

# Numbers, with a 0/1 column for each level of a factor.
one_hot_matrix <- function(frame) {
  is_plain <- vapply(frame$data, function(x) is.factor(x) && !is.ordered(x), TRUE)
  frame$data[is_plain] <- lapply(frame$data[is_plain], function(x) {
    attr(x, "contrasts") <- diag(nlevels(x))
    dimnames(attr(x, "contrasts")) <- list(levels(x), levels(x))
    x
  })
  with_usual_contrasts(as.matrix(hardhat::model_matrix(frame$terms, frame$data)))
}

# What options() of a session say about contrasts would be other columns in another one.
with_usual_contrasts <- function(code) {
  old <- options(contrasts = c(unordered = "contr.treatment", ordered = "contr.poly"))
  on.exit(options(old))
  code
}

# ---- Outcomes -----------------------------------------------------------------------

# On the left `+` separates outcomes; other operators compute, as they do for lm(). R's terms would
# read `y^2` and `y + 1` as y.
arithmetic_outcome <- function(formula) {
  wrapped <- function(part) {
    if (!is.call(part)) {
      return(part)
    }
    operator <- operator_of(part)
    separates <- operator == "+" && length(part) == 3L && !any(vapply(part, is.numeric, TRUE))
    if (operator == "(" || separates) {
      part[-1L] <- lapply(part[-1L], wrapped)
      return(part)
    }
    if (operator %in% setdiff(term_operators, "(")) call("I", part) else part
  }
  formula[[2L]] <- wrapped(formula[[2L]])
  formula
}

# A column for each outcome: a function may make a matrix of several.
outcome_columns <- function(data) {
  is_table <- vapply(data, function(column) length(dim(column)) > 1L, TRUE)
  if (!any(is_table)) {
    return(data)
  }
  columns <- c(as.list(data), list(check.names = FALSE, stringsAsFactors = FALSE))
  tibble::as_tibble(do.call(data.frame, columns), .name_repair = "minimal")
}

# The outcomes of a model in new data that have its columns.
outcomes_by_formula <- function(blueprint, data) {
  known <- blueprint$ptypes$outcomes
  columns <- hardhat::scream(hardhat::shrink(data, known), known)
  terms <- blueprint$terms$outcomes
  environment(terms) <- rlang::env_parent(globalenv())
  outcome_columns(hardhat::model_frame(terms, columns)$data)
}

prototype_of <- function(data, names) tibble::as_tibble(data[0L, names, drop = FALSE])

# No environment goes into a model: it may hold data.
without_environment <- function(x) {
  if (inherits(x, "terms")) {
    environment(x) <- NULL
    return(x)
  }
  rlang::new_formula(rlang::f_lhs(x), rlang::f_rhs(x), env = rlang::empty_env())
}
