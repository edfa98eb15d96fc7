# The outcome of a formula: how it is read, and predictors that use it or are the same.

# On the left `+` separates outcomes. Other operators compute, as in lm(), and are put inside I(),
# because terms of R would read `y^2` and `y + 1` as y.
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

# Makes a column of each outcome. A function may return a matrix with several.
outcome_columns <- function(data) {
  is_table <- vapply(data, function(column) length(dim(column)) > 1L, TRUE)
  if (!any(is_table)) {
    return(data)
  }
  columns <- c(as.list(data), list(check.names = FALSE, stringsAsFactors = FALSE))
  tibble::as_tibble(do.call(data.frame, columns), .name_repair = "minimal")
}

# Computes the outcomes of a model from new data.
outcomes_by_formula <- function(blueprint, data) {
  outcome_columns(tibble::as_tibble(frame_of_new_data(blueprint, data, "outcomes")$data))
}

# ---- The outcome among the predictors -----------------------------------------------

# Removes the terms that use a column of the outcome from a formula, with a warning that names them.
without_outcome <- function(formula, data) {
  outcomes <- all.vars(rlang::f_lhs(formula))
  if (!any(outcomes %in% all.vars(rlang::f_rhs(formula)))) {
    return(formula)
  }
  found <- terms_of_outcome(formula, outcomes, data)
  right <- prune(rlang::f_rhs(formula), outcomes, data[other_columns(formula, data)])
  check_some_predictors(right, formula)
  formula[[3L]] <- right
  if (length(found)) warn_of_outcome(found)
  formula
}

# The labels of the terms that use the outcome.
terms_of_outcome <- function(formula, outcomes, data) {
  columns <- plain_predictors(formula, data)
  if (!is.null(columns)) {
    return(intersect(columns, outcomes))
  }
  terms <- with_formula(suppressWarnings(formula_terms(formula, data)), formula, data)
  labels_using(terms, outcomes)
}

labels_using <- function(terms, columns) {
  labels <- attr(terms, "term.labels")
  labels[vapply(variables_of_terms(terms), function(used) {
    any(unlist(lapply(used, all.vars)) %in% columns)
  }, TRUE)]
}

# Returns for each term the list of its variables, which are names or calls.
variables_of_terms <- function(terms) {
  variables <- as.list(attr(terms, "variables"))[-1L]
  factors <- attr(terms, "factors")
  lapply(seq_along(attr(terms, "term.labels")), function(k) variables[factors[, k] > 0L])
}

# Removes the terms that use some columns from a right side. Returns NULL if nothing is left.
# `others` are the columns that a dot stands for.
prune <- function(part, columns, others) {
  if (!any(columns %in% all.vars(part))) {
    return(part)
  }
  if (is_sum(part)) {
    return(prune_sum(operands_of(part), columns, others))
  }
  operator <- if (is.call(part)) operator_of(part) else ""
  if (operator == "(") {
    part <- prune(part[[2L]], columns, others)
    return(if (is.call(part)) call("(", part) else part)
  }
  if (operator %in% setdiff(term_operators, c("(", "-"))) prune_product(part, columns, others)
}

prune_sum <- function(operands, columns, others) {
  parts <- lapply(operands$parts, prune, columns, others)
  left <- parts[[1L]]
  for (k in seq_along(parts)[-1L]) {
    if (is.null(parts[[k]])) next
    if (operands$signs[k] < 0) {
      if (!is.null(left)) left <- call("-", left, parts[[k]])
    } else {
      left <- if (is.null(left)) parts[[k]] else call("+", left, parts[[k]])
    }
  }
  left
}

# Expands products first: a * y is a + y + a:y.
prune_product <- function(part, columns, others) {
  part <- rlang::new_formula(NULL, part, env = baseenv())
  # R warns when it expands a dot next to another column.
  terms <- suppressWarnings(stats::terms(part, data = others))
  kept <- !attr(terms, "term.labels") %in% labels_using(terms, columns)
  products <- lapply(variables_of_terms(terms)[kept], function(used) {
    Reduce(function(a, b) call(":", a, b), used)
  })
  if (length(products)) Reduce(function(a, b) call("+", a, b), products)
}

# Returns the names or numbers of the columns of `x` with the same values as `y`. Tables with few
# rows are not checked: their values may be the same by chance.
columns_like_outcome <- function(x, y, fewest = 10L) {
  if (length(dim(y)) == 2L && ncol(y) == 1L) y <- if (is.data.frame(y)) y[[1L]] else y[, 1L]
  if (!is.atomic(y) || length(y) != nrow(x) || nrow(x) < fewest || all(y %in% y[1L])) {
    return(character())
  }
  # The first rows exclude most columns.
  first <- seq_len(fewest)
  alike <- which(same_as(x[first, , drop = FALSE], y[first]))
  alike <- alike[same_as(x[, alike, drop = FALSE], y)]
  names <- names_of_columns(x)[alike]
  if (is.null(names)) alike else names
}

warn_of_outcome_column <- function(columns) {
  if (length(columns)) {
    shown <- few_shown(columns)
    warn_feedforward(
      "{cli::qty(columns)}Column{?s} {shown} of {.arg x} {?is/are} the same as {.arg y}.",
      i = "Leave out columns that are not known before the outcome.",
      class = "feedforward_outcome_as_predictor"
    )
  }
}

# Whether each column of x, a matrix or a data frame, has the values of y.
same_as <- function(x, y) {
  columns <- if (is.data.frame(x)) x else lapply(seq_len(ncol(x)), function(k) x[, k])
  y <- plain_values(y)
  vapply(columns, function(column) isTRUE(all(plain_values(column) == y)), TRUE)
}

plain_values <- function(x) if (is.factor(x)) as.character(x) else as.vector(x)

warn_of_outcome <- function(labels) {
  warn_feedforward(
    "{.code {labels}} on the right of {.arg formula} use{?s/} the outcome and {?was/were} dropped.",
    i = "The outcome is not known when the model predicts.",
    class = "feedforward_outcome_as_predictor"
  )
}
