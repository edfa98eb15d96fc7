# Predictors of formulas that compute terms, such as `y ~ log(a) + f`. A factor that is a term by
# itself stays one column, as in other tables. All other terms become numbers.

mold_terms <- function(formula, data, left = outcome_frame(formula, data),
                       right = predictor_frame(formula, data)) {
  # The same blueprint as from hardhat::mold(), which supports fewer formulas.
  blueprint <- hardhat::default_formula_blueprint(
    intercept = FALSE, indicators = "one_hot", composition = "matrix"
  )
  # Newer versions store the levels of text columns. Here text columns are factors already.
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
  inputs <- inputs_of_terms(right)
  list(
    predictors = inputs$x, outcomes = outcome_columns(left$data), blueprint = blueprint,
    of_levels = inputs$of_levels
  )
}

# Computes the predictors of a model from new data.
predictors_by_formula <- function(blueprint, data) {
  inputs_of_terms(frame_of_new_data(blueprint, data, "predictors"))$x
}

formula_terms <- function(formula, data) stats::terms(without_intercept(formula), data = data)

# Removes the intercept from a formula, since each layer has its own.
without_intercept <- function(formula) {
  formula[[3L]] <- call("+", formula[[3L]], 0)
  formula
}

# Computes the variables on the right side of a formula and returns list(data, terms).
predictor_frame <- function(formula, data) {
  right <- rlang::f_rhs(formula_terms(formula, data))
  side_frame(right, data)
}

# The same for the left side.
outcome_frame <- function(formula, data) {
  side_frame(call("+", rlang::f_lhs(formula), 0), data)
}

# Uses only functions that any session finds, and only the named columns, so that new data give the
# same result.
side_frame <- function(side, data) {
  side <- rlang::new_formula(NULL, side, env = rlang::env_parent(globalenv()))
  hardhat::model_frame(side, data[intersect(all.vars(side), names(data))])
}

# ---- From terms to inputs -----------------------------------------------------------

# Returns list(x, of_levels): the inputs that terms make, as a matrix or, if there are factors that
# stay columns, as the columns of a table; and whether each input is the 0/1 input of a level, or of
# levels of several factors.
inputs_of_terms <- function(frame) {
  # Columns of a tibble take longer to replace.
  frame$data <- as.data.frame(frame$data)
  whole <- whole_factors(frame)
  factors <- as.list(frame$data)[whole > 0L]
  # The matrix has two columns for each of these factors, however many levels it has.
  frame$data[whole > 0L] <- list(factor(rep(1L, nrow(frame$data)), 1:2))
  x <- one_hot_matrix(frame)
  term <- attr(x, "assign")
  of_levels <- terms_of_levels(frame, colnames(x))[term]
  attr(x, "assign") <- NULL
  if (length(factors) == 0L) {
    return(list(x = x, of_levels = of_levels))
  }
  names(factors) <- variables_in(frame)[whole > 0L]
  parts <- lapply(seq_len(max(term)), function(k) {
    j <- which(term == k)
    if (k %in% whole) {
      return(list(columns = factors[whole[whole > 0L] == k], of_levels = TRUE))
    }
    columns <- lapply(j, function(j) unname(x[, j]))
    list(columns = stats::setNames(columns, colnames(x)[j]), of_levels = of_levels[j])
  })
  x <- new_columns(unlist(lapply(parts, `[[`, "columns"), recursive = FALSE))
  of_levels <- unlist(lapply(parts, `[[`, "of_levels"))
  list(x = x, of_levels = of_levels[column_of_inputs(x)])
}

# Returns for each variable the number of its term if it is a factor that is a term by itself and
# occurs in no other term, else 0.
whole_factors <- function(frame) {
  uses <- attr(frame$terms, "factors") > 0L
  alone <- which(colSums(uses) == 1L)
  vapply(seq_along(frame$data), function(k) {
    of <- which(uses[k, ])
    whole <- is_unordered(frame$data[[k]]) && length(of) == 1L && of %in% alone
    if (whole) of[[1L]] else 0L
  }, 1L)
}

is_unordered <- function(x) is.factor(x) && !is.ordered(x)

# The variables of a frame as they occur in names of inputs.
variables_in <- function(frame) rownames(attr(frame$terms, "factors"))

# Converts terms to a numeric matrix, with a 0/1 column for each level of a factor. Its attribute
# `assign` is the number of the term of each column.
one_hot_matrix <- function(frame) {
  is_plain <- vapply(frame$data, is_unordered, TRUE)
  frame$data[is_plain] <- lapply(frame$data[is_plain], function(x) {
    attr(x, "contrasts") <- diag(nlevels(x))
    dimnames(attr(x, "contrasts")) <- list(levels(x), levels(x))
    x
  })
  # With this attribute, model.matrix() does not compute the variables again.
  attr(frame$data, "terms") <- frame$terms
  x <- with_usual_contrasts(stats::model.matrix(frame$terms, frame$data))
  structure(x, contrasts = NULL, dimnames = list(NULL, colnames(x)))
}

# Whether each term makes 0/1 columns of levels, or of levels of several factors. `columns` are the
# names of all columns. A logical variable has one column, or two like a factor if it comes first.
terms_of_levels <- function(frame, columns) {
  two_columns <- paste0(variables_in(frame), "FALSE") %in% columns
  has_levels <- vapply(frame$data, is_unordered, TRUE) |
    (vapply(frame$data, is.logical, TRUE) & two_columns)
  unname(apply(attr(frame$terms, "factors") > 0L, 2L, function(used) all(has_levels[used])))
}

# Evaluates `code` with the default contrasts. Other options of a session would give other columns.
with_usual_contrasts <- function(code) {
  old <- options(contrasts = c(unordered = "contr.treatment", ordered = "contr.poly"))
  on.exit(options(old))
  code
}
