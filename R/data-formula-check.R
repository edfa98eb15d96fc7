# Checks of a formula before its terms are computed. R/data-formula-rows.R checks their values.

# The formula has an outcome, and `data` has its columns.
check_formula <- function(formula, data) {
  left <- if (length(formula) == 3L) all.vars(formula[[2L]]) else character()
  if (length(formula) != 3L || length(left) == 0L) {
    stop_feedforward("{.arg formula} has no outcome: {formula_in_code(formula)}.",
      i = "Write the outcome on the left, as in {.code y ~ .}."
    )
  }
  if ("." %in% left) {
    stop_feedforward("{.arg formula} has a dot on the left: {formula_in_code(formula)}.",
      i = "Name the outcome. A dot stands for all other columns and belongs on the right."
    )
  }
  check_functions_named(formula)
  check_nesting(formula, data)
  absent <- setdiff(all.vars(formula), c(names(data), "."))
  if (length(absent)) refuse_absent_variables(absent, formula, data)
}

formula_in_code <- function(formula) {
  sprintf("`%s`", readable(deparse(formula, nlines = 1L)[1L]))
}

# Refuses functions that other packages give a special meaning in a formula.
check_functions_named <- function(formula) {
  called <- functions_in(formula)
  outside <- intersect(called, functions_outside)
  if (length(outside)) {
    stop_feedforward("{.fn {outside[1L]}} is not supported in {.arg formula}.",
      x = "A formula uses only the columns of {.arg data}.",
      i = "Name the columns, and write other values as numbers."
    )
  }
  if (any(c("$", "@") %in% called)) {
    stop_feedforward("{.arg formula} must use bare column names: \
                      {formula_in_code(formula)}.",
      i = "Write {.code y ~ a}, not {.code d$y ~ d$a}.",
      i = "Add parts of other objects to {.arg data} as columns first."
    )
  }
  special <- intersect(names(functions_of_lm), called)
  if (length(special)) {
    stop_feedforward("{.fn {special[1L]}} is not supported in {.arg formula}.",
      i = functions_of_lm[[special[1L]]]
    )
  }
  if ("Surv" %in% all.names(formula[[2L]])) stop_survival(formula_in_code(formula))
}

# Up to a constant, this is the loss of the counts with the offset.
hint_for_offset <- paste(
  "For counts with an exposure, use the rate `count / exposure` as the outcome, `case_weights =",
  "exposure`, and `loss = \"poisson\"`. For other numeric outcomes, subtract the",
  "offset from the outcome. For classes, use it as a predictor."
)

# Functions with a meaning in formulas of lm(), and what to do instead.
functions_of_lm <- c(
  C = "Use the factor by itself. Each of its levels becomes a 0/1 column.",
  offset = hint_for_offset
)

# The results of these functions depend on the session, not on the data.
functions_outside <- c(
  "get", "get0", "mget", "dynGet", "exists", "eval", "evalq", "eval.parent", "globalenv",
  "parent.frame", "sys.function", "getOption", "Sys.getenv", "Sys.time", "Sys.Date", "date",
  "proc.time"
)

stop_survival <- function(found) {
  stop_feedforward("{.arg formula} has a survival outcome: {found}.", i = hint_for_survival)
}

hint_for_survival <- paste(
  "Censored survival times are not supported.",
  "Predict the time, or whether the event happens."
)

# R reads `a %in% b` as "a nested in b". Whoever writes a vector on the right means membership.
check_nesting <- function(formula, data) {
  for (part in nesting_terms(formula[[3L]])) {
    if (!any(all.vars(part[[3L]]) %in% c(names(data), "."))) {
      label <- shorten(part)
      stop_feedforward("In {.arg formula}, {.code %in%} nests terms: {.code {label}}.",
        i = "For membership, write {.code I({label})}."
      )
    }
  }
}

# The calls of `%in%` that are operators of the formula, not inside functions.
nesting_terms <- function(part) {
  operands <- if (is_sum(part)) operands_of(part)$parts else list(part)
  unlist(lapply(operands, function(part) {
    operator <- if (is.call(part)) operator_of(part) else ""
    if (!operator %in% term_operators) {
      return(list())
    }
    nested <- unlist(lapply(as.list(part)[-1L], nesting_terms), recursive = FALSE)
    c(if (operator == "%in%") list(part), nested)
  }), recursive = FALSE)
}

# Returns the names that occur as functions, perhaps as variables, too.
functions_in <- function(formula) {
  names <- unique(all.names(formula))
  count <- function(...) tabulate(match(all.names(formula, ...), names), length(names))
  names[count() > count(functions = FALSE)]
}

refuse_absent_variables <- function(absent, formula, data) {
  written <- intersect(c("function", "<-", "<<-", "="), functions_in(formula))
  if (length(written)) {
    what <- if (written[1L] == "function") "A function definition" else "An assignment"
    stop_feedforward("{what} inside {.arg formula} is not supported.",
      i = "Compute the term as a column of {.arg data} first."
    )
  }
  name <- absent[1L]
  if (is_function_argument(name, formula, data)) {
    stop_feedforward("{.code {name}} in {.arg formula} is a function, not a column of {.arg data}.",
      i = "Compute the term as a column of {.arg data} first."
    )
  }
  check_present(absent, names(data), "data", ", which the formula uses",
    hint = hint_for_absent(absent, formula, data)
  )
}

# Whether a name that is no column is a function that another function gets, as in apply(m, 1, max).
is_function_argument <- function(name, formula, data) {
  if (!is.function(get0(name, rlang::env_parent(globalenv())))) {
    return(FALSE)
  }
  terms <- tryCatch(formula_terms(formula, data), error = function(cnd) NULL)
  variables <- as.list(attr(terms, "variables"))[-1L]
  length(variables) > 0L && !any(vapply(variables, identical, TRUE, as.name(name)))
}

hint_for_absent <- function(absent, formula, data) {
  used <- all.names(formula)
  if (any(c("[[", "[") %in% used)) {
    return("Use bare column names: `y ~ a`, not `d[[\"y\"]] ~ d[[\"a\"]]`.")
  }
  name <- absent[1L]
  if (name %in% c("T", "F")) {
    return(sprintf("Write `%s` instead of `%s`.", if (name == "T") "TRUE" else "FALSE", name))
  }
  environment <- rlang::f_env(formula)
  value <- if (is.environment(environment)) get0(name, environment)
  if (is_one_number(value)) {
    value <- number_text(value, digits = 15L)
    return(sprintf("A formula uses only columns: write %s instead of `%s`.", value, name))
  }
  if (is.atomic(value) && !is.null(value) && length(value) == nrow(data)) {
    return(sprintf("A formula uses only columns: add `%s` to `data`.", name))
  }
}

# Predictors before their terms are computed.
check_terms <- function(terms, formula, data) {
  check_some_predictors(attr(terms, "term.labels"), formula)
  # A column that a minus removes is among the variables, but in no term.
  named <- Filter(is.name, unlist(variables_of_terms(terms)))
  check_columns(data[intersect(names(data), vapply(named, as.character, ""))], "data")
}

check_uses_column <- function(variable, data) {
  if (!any(all.vars(variable) %in% names(data))) {
    label <- shorten(variable)
    stop_feedforward("The term {.code {label}} in {.arg formula} uses no column of {.arg data}.",
      i = "Name the columns to predict from."
    )
  }
}

check_some_predictors <- function(predictors, formula) {
  if (length(predictors) == 0L) {
    stop_feedforward("{.arg formula} has no predictors: {formula_in_code(formula)}.",
      i = "Name at least one column on the right. An intercept is not a predictor."
    )
  }
}

# A factor with one level has the same value in all rows.
check_factor_levels <- function(predictors, data) {
  single <- vapply(data, function(column) is.factor(column) && nlevels(column) < 2L, TRUE)
  name <- intersect(names(data)[single], predictors)
  if (length(name)) {
    name <- name[1L]
    stop_feedforward("{.arg data} has a factor with fewer than two levels, {.code {name}}.",
      i = "Leave it out of the formula. It cannot improve predictions."
    )
  }
}

# Checks how many columns the terms become, as check_dense_size() does for the columns of a table.
check_term_size <- function(frame) {
  is_coded <- vapply(frame$data, is.factor, TRUE)
  widths <- vapply(frame$data, function(x) if (is.factor(x)) nlevels(x) else NCOL(x), 1)
  used <- attr(frame$terms, "factors") > 0L
  columns <- apply(used, 2L, function(used) prod(widths[used]))
  coded <- apply(used, 2L, function(used) any(is_coded[used]))
  # Some factors stay one column.
  coded[whole_factors(frame)] <- FALSE
  columns[whole_factors(frame)] <- 1
  check_dense_columns(columns, coded, nrow(frame$data), "formula", function(term) {
    names <- names(frame$data)[used[, term]]
    if (length(names) > 1L && all(is_coded[used[, term]])) {
      sprintf("Add `interaction(%s, drop = TRUE)` to `data` as a column: it drops unused levels.",
        toString(names))
    }
  })
}

# Evaluates `code`, which computes the terms of a formula, and turns its errors into ours.
with_formula <- function(code, formula, data) {
  tryCatch(code, error = function(cnd) {
    if (inherits(cnd, "feedforward_error")) rlang::cnd_signal(cnd)
    text <- cnd_text(cnd)
    refuse_other_shapes(formula, data)
    hint <- readable(text)
    if (grepl("ExtractVars|invalid power", text)) {
      hint <- "Wrap arithmetic on columns in `I()`, as in `I(2 * a)`."
    }
    if (grepl("character (vector|argument|object)|non-character", text)) {
      hint <- "Use `nchar(as.character(a))`, not `nchar(a)`: text in the data becomes a factor."
    }
    # `data` has all the columns, so a function is missing.
    if (grepl("could not find function|object '.*' not found", text)) {
      hint <- paste(
        "Compute the term as a column of `data` first.",
        "A formula can only use functions from base R and attached packages."
      )
    }
    stop_feedforward("{.arg formula} cannot be evaluated: {formula_in_code(formula)}.",
      i = "{hint}"
    )
  })
}

# Refuses terms that are lists, or that have more or fewer values than rows, as mean(a) has.
refuse_other_shapes <- function(formula, data) {
  terms <- tryCatch(formula_terms(formula, data), error = function(cnd) NULL)
  for (variable in as.list(attr(terms, "variables"))[-1L]) {
    value <- if (is.call(variable)) value_of_rows(variable, data, seq_len(nrow(data)))
    if (is.list(value) && !is.data.frame(value)) {
      stop_term(shorten(variable), "returns a list.",
        i = "Use a function that returns one number, logical value, or factor level per row."
      )
    }
    if (!is.null(value) && NROW(value) != nrow(data)) stop_other_rows(shorten(variable))
  }
}
