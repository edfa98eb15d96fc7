# The right side of a formula as columns: which ones it names where it names columns only, and what
# of it uses the outcome.

# The columns that a right side of names, dots, `+` and `-` stands for, in the order of R's terms;
# NULL where it is anything else.
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
  # Neighbours of the same sign at once: there may be thousands.
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
  # The intercept: each layer has its own, whatever the formula says.
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
  # A minus in front, as in `-a`, takes a column away before there is any.
  if (operator == "-" && !is.null(sum_of_columns(part[[2L]], others))) character()
}

operator_of <- function(part) if (is.name(part[[1L]])) as.character(part[[1L]]) else ""

is_sum <- function(part) is.call(part) && length(part) == 3L && operator_of(part) %in% c("+", "-")

# The operands of a sum, from left to right, with their signs. A loop, since sums are nested as deep
# as they are long.
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

# ---- The outcome among the predictors -----------------------------------------------

# A formula of which no term uses a column of the outcome, with a warning that names those that did.
without_outcome <- function(formula, data, call) {
  outcomes <- all.vars(rlang::f_lhs(formula))
  if (!any(outcomes %in% all.vars(rlang::f_rhs(formula)))) {
    return(formula)
  }
  found <- terms_of_outcome(formula, outcomes, data, call)
  right <- prune(rlang::f_rhs(formula), outcomes, data[other_columns(formula, data)])
  if (is.null(right)) stop_no_predictors(formula, call)
  formula[[3L]] <- right
  if (length(found)) warn_of_outcome(found)
  formula
}

# The labels of the terms that use the outcome.
terms_of_outcome <- function(formula, outcomes, data, call) {
  columns <- plain_predictors(formula, data)
  if (!is.null(columns)) {
    return(intersect(columns, outcomes))
  }
  terms <- with_formula(suppressWarnings(formula_terms(formula, data)), formula, data, call)
  labels_using(terms, outcomes)
}

labels_using <- function(terms, columns) {
  labels <- attr(terms, "term.labels")
  labels[vapply(variables_of_terms(terms), function(used) {
    any(unlist(lapply(used, all.vars)) %in% columns)
  }, TRUE)]
}

# For each term the variables (names or calls) that it is made of.
variables_of_terms <- function(terms) {
  variables <- as.list(attr(terms, "variables"))[-1L]
  factors <- attr(terms, "factors")
  lapply(seq_along(attr(terms, "term.labels")), function(k) variables[factors[, k] > 0L])
}

# A right side without the terms that use some columns; NULL where nothing is left. `others` are
# the columns of a dot.
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

# a * y is a + y + a:y.
prune_product <- function(part, columns, others) {
  part <- rlang::new_formula(NULL, part, env = baseenv())
  # R warns of its own doing where a dot meets another column.
  terms <- suppressWarnings(stats::terms(part, data = others))
  kept <- !attr(terms, "term.labels") %in% labels_using(terms, columns)
  products <- lapply(variables_of_terms(terms)[kept], function(used) {
    Reduce(function(a, b) call(":", a, b), used)
  })
  if (length(products)) Reduce(function(a, b) call("+", a, b), products)
}

# Columns of `x` with the values of `y` are kept, with a warning: their names. Few rows may be the
# same by chance.
columns_like_outcome <- function(x, y, fewest = 10L) {
  if (length(dim(y)) == 2L && ncol(y) == 1L) y <- if (is.data.frame(y)) y[[1L]] else y[, 1L]
  if (!is.atomic(y) || length(y) != nrow(x) || nrow(x) < fewest || all(y %in% y[1L])) {
    return(character())
  }
  # Most columns differ in the first rows already.
  first <- seq_len(fewest)
  alike <- which(same_as(x[first, , drop = FALSE], y[first]))
  alike <- alike[same_as(x[, alike, drop = FALSE], y)]
  names <- names_of_columns(x)[alike]
  if (is.null(names)) sprintf("[, %d]", alike) else names
}

warn_of_outcome_column <- function(names) {
  if (length(names)) {
    cli::cli_warn(
      c("{cli::qty(names)}Column{?s} {.code {names}} of {.arg x} {?is/are} the same as {.arg y}.",
        i = "Leave out what is not known before the outcome is."
      ),
      class = "feedforward_outcome_as_predictor", call = NULL
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
  cli::cli_warn(
    c("{.code {labels}} on the right of {.arg formula} use{?s/} the outcome and {?was/were}
       dropped.",
      i = "A model cannot learn from what it is to predict."
    ),
    class = "feedforward_outcome_as_predictor", call = NULL
  )
}
