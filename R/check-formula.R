# What is refused of a formula before its terms are computed. What they give: check-formula-rows.R.

# A formula with an outcome, of columns that are there.
check_formula <- function(formula, data, call) {
  left <- if (length(formula) == 3L) all.vars(formula[[2L]]) else character()
  if (length(formula) != 3L || length(left) == 0L) {
    stop_input("formula", "an outcome and predictors, such as `y ~ .`", formula_in_code(formula),
      call = call
    )
  }
  if ("." %in% left) {
    stop_input("formula", "a formula that names its outcome on the left hand side",
      formula_in_code(formula),
      hint = "A dot stands for all other columns, so only the right side may have one.",
      call = call
    )
  }
  check_functions_named(formula, call)
  absent <- setdiff(all.vars(formula), c(names(data), "."))
  if (length(absent)) refuse_absent_variables(absent, formula, data, call)
}

formula_in_code <- function(formula) {
  sprintf("`%s`", readable(deparse(formula, nlines = 1L)[1L]))
}

# Functions that say something about a formula which is not so here.
check_functions_named <- function(formula, call) {
  used <- all.names(formula)
  outside <- intersect(used, functions_outside)
  if (length(outside) && is_called(formula, outside[1L])) {
    stop_input("formula", "a formula that reads the columns of `data` and nothing else",
      sprintf("one that calls %s()", outside[1L]),
      hint = "Name columns as they are, and write values as numbers.", call = call
    )
  }
  if (any(c("$", "@") %in% used)) {
    stop_input("formula", "a formula of columns by their names alone", formula_in_code(formula),
      hint = "Write `y ~ a`, not `d$y ~ d$a`. What a function returns, compute as a column first.",
      call = call
    )
  }
  if ("C" %in% used && is_called(formula, "C")) {
    stop_input("formula", "a formula without C()", formula_in_code(formula),
      hint = "Name the factor alone: each of its levels gets a 0/1 column, without contrasts.",
      call = call
    )
  }
  if ("offset" %in% used && is_called(formula, "offset")) {
    stop_feedforward("{.fn offset} is not supported in {.arg formula}.",
      i = "Subtract the known part from the outcome, or add it as a predictor.", call = call
    )
  }
  if ("Surv" %in% all.names(formula[[2L]])) {
    stop_input("formula", "a formula of an outcome without censoring", formula_in_code(formula),
      hint = hint_for_survival, call = call
    )
  }
}

# What these functions return depends on the session, not on the data.
functions_outside <- c(
  "get", "get0", "mget", "dynGet", "exists", "eval", "evalq", "eval.parent", "globalenv",
  "parent.frame", "sys.function", "getOption", "Sys.getenv", "Sys.time", "Sys.Date", "date",
  "proc.time"
)

hint_for_survival <- paste(
  "Survival times with censoring are not among the outcomes. Predict the time, or whether the",
  "event happens, as an outcome of its own."
)

is_called <- function(part, name) {
  while (is_sum(part)) {
    if (is_called(part[[3L]], name)) {
      return(TRUE)
    }
    part <- part[[2L]]
  }
  if (!is.call(part)) {
    return(FALSE)
  }
  calls <- Filter(is.call, as.list(part))
  identical(part[[1L]], as.name(name)) || any(vapply(calls, is_called, TRUE, name))
}

refuse_absent_variables <- function(absent, formula, data, call) {
  refuse_absent(absent, "data", "the formula", call, hint = hint_for_absent(absent, formula, data))
}

hint_for_absent <- function(absent, formula, data) {
  used <- all.names(formula)
  if (any(c("[[", "[") %in% used)) {
    return("Name columns without their table: `y ~ a`, not `d[[\"y\"]] ~ d[[\"a\"]]`.")
  }
  name <- absent[1L]
  if (name %in% c("T", "F")) {
    return(sprintf("Write `%s` in place of `%s`.", if (name == "T") "TRUE" else "FALSE", name))
  }
  environment <- rlang::f_env(formula)
  value <- if (is.environment(environment)) get0(name, environment)
  if (is_one_number(value)) {
    value <- number_text(value, digits = 15L)
    return(sprintf("A formula reads columns only: write %s in place of `%s`.", value, name))
  }
  if (is.atomic(value) && length(value) == nrow(data)) {
    return(sprintf("A formula reads columns only: make `%s` one of them.", name))
  }
  if (is.function(get0(name, baseenv()))) {
    return("A formula reads columns only: compute such a term as a column of `data` first.")
  }
  # Names of one letter are all near to each other.
  telling <- nchar(name) > 1L || tolower(name) %in% tolower(names(data))
  near <- if (telling) nearest_name(name, names(data))
  if (length(near)) sprintf("Did you mean `%s`?", near[1L])
}

# Terms of predictors, before they are computed: there are some, and columns named alone are usable.
check_terms <- function(terms, formula, data, call) {
  check_some_predictors(attr(terms, "term.labels"), formula, call)
  # What is taken away by a minus is among the variables, but in no term.
  named <- Filter(is.name, unlist(variables_of_terms(terms)))
  columns <- data[intersect(names(data), vapply(named, as.character, ""))]
  check_columns(columns, "data", call)
  check_dense_size(columns, "data", call)
}

check_uses_column <- function(variable, data, call) {
  if (!any(all.vars(variable) %in% names(data))) {
    label <- shorten(variable)
    stop_feedforward("The term {.code {label}} of {.arg formula} uses no column of {.arg data}.",
      i = "Name the columns to predict from.", call = call
    )
  }
}

check_some_predictors <- function(predictors, formula, call) {
  if (length(predictors) == 0L) stop_no_predictors(formula, call)
}

stop_no_predictors <- function(formula, call) {
  stop_feedforward("{.arg formula} has no predictors: {formula_in_code(formula)}.",
    i = "Name at least one column on the right. An intercept is not a predictor.", call = call
  )
}

# Predictors with one level say nothing.
check_factor_levels <- function(predictors, data, call) {
  single <- vapply(data, function(column) is.factor(column) && nlevels(column) < 2L, TRUE)
  name <- intersect(names(data)[single], predictors)
  if (length(name)) {
    stop_input("data", "without factors of one level", sprintf("such a factor in `%s`", name[1L]),
      hint = "It says nothing about the outcome: leave it out.", call = call
    )
  }
}

# Evaluates `code`, which reads a formula and data that have all its columns.
with_formula <- function(code, formula, data, call) {
  tryCatch(code, error = function(cnd) {
    text <- cnd_text(cnd)
    refuse_other_shapes(formula, data, call)
    if (grepl("ExtractVars|invalid power", text)) {
      text <- "Arithmetic of columns goes into I(), such as `I(2 * a)`."
    }
    if (grepl("character (vector|argument|object)|non-character", text)) {
      text <- paste(
        "Text in the data is a factor here: write `nchar(as.character(a))` in place of",
        "`nchar(a)`."
      )
    }
    # All columns are there, so that what is missing is a function.
    if (grepl("could not find function|object '.*' not found", text)) {
      text <- "Functions of R itself are found, no others: compute such a column in the data first."
    }
    stop_input("formula", "one that `data` can be read by", formula_in_code(formula),
      hint = readable(text), call = call
    )
  })
}

# A function that gives a list, or more or fewer values than there are rows, as mean() does.
refuse_other_shapes <- function(formula, data, call) {
  terms <- tryCatch(formula_terms(formula, data), error = function(cnd) NULL)
  for (variable in as.list(attr(terms, "variables"))[-1L]) {
    value <- if (is.call(variable)) value_of_rows(variable, data, seq_len(nrow(data)))
    made <- list(label = shorten(variable))
    if (is.list(value) && !is.data.frame(value)) stop_list_column(made, call)
    if (!is.null(value) && NROW(value) != nrow(data)) stop_other_rows(made, call)
  }
}
