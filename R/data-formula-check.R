# What is refused of a formula before its terms are computed. What they give is checked
# below, row by row.

# A formula with an outcome, of columns that are there.
check_formula <- function(formula, data) {
  left <- if (length(formula) == 3L) all.vars(formula[[2L]]) else character()
  if (length(formula) != 3L || length(left) == 0L) {
    stop_input("formula", "an outcome and predictors, such as `y ~ .`", formula_in_code(formula))
  }
  if ("." %in% left) {
    stop_input("formula", "a formula that names its outcome on the left hand side",
      formula_in_code(formula),
      hint = "A dot stands for all other columns, so only the right side may have one."
    )
  }
  check_functions_named(formula)
  absent <- setdiff(all.vars(formula), c(names(data), "."))
  if (length(absent)) refuse_absent_variables(absent, formula, data)
}

formula_in_code <- function(formula) {
  sprintf("`%s`", readable(deparse(formula, nlines = 1L)[1L]))
}

# Functions that say something about a formula which is not so here.
check_functions_named <- function(formula) {
  used <- all.names(formula)
  outside <- intersect(used, functions_outside)
  if (length(outside) && is_called(formula, outside[1L])) {
    stop_input("formula", "a formula that reads the columns of `data` and nothing else",
      sprintf("one that calls %s()", outside[1L]),
      hint = "Name columns as they are, and write values as numbers."
    )
  }
  if (any(c("$", "@") %in% used)) {
    stop_input("formula", "a formula of columns by their names alone", formula_in_code(formula),
      hint = "Write `y ~ a`, not `d$y ~ d$a`. What a function returns, compute as a column first."
    )
  }
  if ("C" %in% used && is_called(formula, "C")) {
    stop_input("formula", "a formula without C()", formula_in_code(formula),
      hint = "Name the factor alone: each of its levels gets a 0/1 column, without contrasts."
    )
  }
  if ("offset" %in% used && is_called(formula, "offset")) {
    stop_feedforward("{.fn offset} is not supported in {.arg formula}.",
      i = "Subtract the known part from the outcome, or add it as a predictor."
    )
  }
  if ("Surv" %in% all.names(formula[[2L]])) {
    stop_input("formula", "a formula of an outcome without censoring", formula_in_code(formula),
      hint = hint_for_survival
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

refuse_absent_variables <- function(absent, formula, data) {
  refuse_absent(absent, "data", "the formula", hint = hint_for_absent(absent, formula, data))
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
check_terms <- function(terms, formula, data) {
  check_some_predictors(attr(terms, "term.labels"), formula)
  # What is taken away by a minus is among the variables, but in no term.
  named <- Filter(is.name, unlist(variables_of_terms(terms)))
  columns <- data[intersect(names(data), vapply(named, as.character, ""))]
  check_columns(columns, "data")
  check_dense_size(columns, "data")
}

check_uses_column <- function(variable, data) {
  if (!any(all.vars(variable) %in% names(data))) {
    label <- shorten(variable)
    stop_feedforward("The term {.code {label}} of {.arg formula} uses no column of {.arg data}.",
      i = "Name the columns to predict from."
    )
  }
}

check_some_predictors <- function(predictors, formula) {
  if (length(predictors) == 0L) stop_no_predictors(formula)
}

stop_no_predictors <- function(formula) {
  stop_feedforward("{.arg formula} has no predictors: {formula_in_code(formula)}.",
    i = "Name at least one column on the right. An intercept is not a predictor."
  )
}

# Predictors with one level say nothing.
check_factor_levels <- function(predictors, data) {
  single <- vapply(data, function(column) is.factor(column) && nlevels(column) < 2L, TRUE)
  name <- intersect(names(data)[single], predictors)
  if (length(name)) {
    stop_input("data", "without factors of one level", sprintf("such a factor in `%s`", name[1L]),
      hint = "It says nothing about the outcome: leave it out."
    )
  }
}

# Evaluates `code`, which reads a formula and data that have all its columns.
with_formula <- function(code, formula, data) {
  tryCatch(code, error = function(cnd) {
    text <- cnd_text(cnd)
    refuse_other_shapes(formula, data)
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
      hint = readable(text)
    )
  })
}

# A function that gives a list, or more or fewer values than there are rows, as mean() does.
refuse_other_shapes <- function(formula, data) {
  terms <- tryCatch(formula_terms(formula, data), error = function(cnd) NULL)
  for (variable in as.list(attr(terms, "variables"))[-1L]) {
    value <- if (is.call(variable)) value_of_rows(variable, data, seq_len(nrow(data)))
    made <- list(label = shorten(variable))
    if (is.list(value) && !is.data.frame(value)) stop_list_column(made)
    if (!is.null(value) && NROW(value) != nrow(data)) stop_other_rows(made)
  }
}

# ---- Rows read alone ---------------------------------------------------------------

# Each row has to be predicted as it is, whatever rows come with it. So what a function in a formula
# makes of a row must not depend on the others, as that of rank(a) or a - mean(a) does. Nobody can
# tell that from a function's code: some rows are read alone, some of them together in another
# order, and compared with what they are among all.

# `frame` is what outcome_frame() or predictor_frame() gives.
check_outcome_frame <- function(frame, data) {
  survival <- vapply(frame$data, inherits, TRUE, "Surv")
  if (any(survival)) {
    stop_input("formula", "a formula of an outcome without censoring", names(frame$data)[survival],
      hint = hint_for_survival
    )
  }
  check_frame_by_rows(frame, data, as.character)
}

check_predictor_frame <- function(frame, data) {
  check_made_factors(frame, data)
  check_frame_by_rows(frame, data, as.integer)
}

# Functions that find their parameters in training (poly(), scale()) are called with them, as for
# new data. `codes` makes of a factor what the network gets.
check_frame_by_rows <- function(frame, data, codes) {
  computing <- as.list(attr(frame$terms, "predvars"))[-1L]
  for (k in which(!vapply(computing, is.name, TRUE))) {
    variable <- list(
      code = computing[[k]], label = names(frame$data)[k], values = frame$data[[k]], codes = codes
    )
    check_uses_column(attr(frame$terms, "variables")[[k + 1L]], data)
    columns <- data[intersect(all.vars(variable$code), names(data))]
    if (nrow(data) > 1L) check_by_rows(variable, columns)
  }
}

check_by_rows <- function(variable, columns) {
  tolerance <- tolerance_for(variable$values)
  before <- globalenv()[[".Random.seed"]]
  for (rows in rows_to_read(variable$values, columns)) {
    value <- value_of_rows(variable$code, columns, rows)
    if (!identical(globalenv()[[".Random.seed"]], before)) stop_random(variable)
    if (is.null(value)) stop_fails_alone(variable)
    if (!is_same_value(value, variable, rows, tolerance)) stop_other_rows(variable)
  }
  if (differs_with_unseen_values(variable, columns)) stop_other_rows(variable)
}

# New data may hold what training does not: missing values, and numbers far outside its range. So
# the first row is given such a value. That must not change what the function makes of other rows,
# and the first row must get the same value alone as among them: ifelse(is.na(a), mean(a), a) and
# a / max(1, a) fail here, whatever the training data.
differs_with_unseen_values <- function(variable, columns) {
  rows <- seq_len(min(nrow(columns), 20L))
  few <- lapply(columns, rows_of_column, rows)
  for (name in names(columns)) {
    for (value in unseen_values(columns[[name]])) {
      changed <- replace(few, name, list(with_first(few[[name]], value)))
      if (differs_with(changed, variable, rows)) {
        return(TRUE)
      }
    }
  }
  FALSE
}

differs_with <- function(columns, variable, rows) {
  among <- value_of_rows(variable$code, columns, rows)
  # Where the function fails, so will predictions.
  if (NROW(among) != length(rows) || NCOL(among) != NCOL(variable$values)) {
    return(FALSE)
  }
  others <- rows[-1L]
  if (!is_same_value(rows_of_column(among, others), variable, others,
    tolerance_for(variable$values))) {
    return(TRUE)
  }
  alone <- value_of_rows(variable$code, columns, 1L)
  known <- !is.null(alone) && !anyNA(rows_of_column(among, 1L))
  as_among <- list(values = among, codes = variable$codes)
  known && !is_same_value(alone, as_among, 1L, tolerance_for(among))
}

# A missing value, which bytes do not have, and numbers below and above those of training.
unseen_values <- function(x) {
  if (is.raw(x)) {
    return(list())
  }
  if (!is.numeric(x) || !any(is.finite(x))) {
    return(list(NA))
  }
  range <- range(x[is.finite(x)])
  width <- max(diff(range), abs(range), 1)
  c(list(NA), as.list(range[1L] - width * c(100, 1e9)), as.list(range[2L] + width * c(100, 1e9)))
}

with_first <- function(x, value) {
  if (length(dim(x)) == 2L) x[1L, ] <- value else x[1L] <- value
  x
}

rows_of_column <- function(x, rows) {
  if (length(dim(x)) == 2L) x[rows, , drop = FALSE] else x[rows]
}

# A function of the user's formula, of some rows; NULL where it fails.
value_of_rows <- function(code, columns, rows) {
  part <- lapply(columns, rows_of_column, rows)
  tryCatch(
    suppressWarnings(eval(code, part, rlang::env_parent(globalenv()))),
    error = function(cnd) NULL
  )
}

# A list of sets of rows. Alone: some spread over the data, and those where columns or values
# are smallest, largest, missing or one of few, since a row like all others may look right by
# chance. Together: at most half of the rows, backwards.
rows_to_read <- function(values, columns, most_alone = 40L, most_together = 1000L) {
  n <- nrow(columns)
  spread <- function(count) unique(round(seq(1, n, length.out = min(n, count))))
  together <- rev(spread(min(most_together, ceiling(n / 2))))
  telling <- lapply(c(columns_of(values), unlist(lapply(columns, columns_of), recursive = FALSE)),
    extreme_rows, spread(1e4)
  )
  alone <- unique(c(spread(20L), unlist(telling)))
  c(list(together), as.list(utils::head(alone, most_alone)))
}

# Vectors, from a vector or matrix.
columns_of <- function(x) {
  if (length(dim(x)) < 2L) {
    return(list(as_plain_vector(x)))
  }
  lapply(seq_len(ncol(x)), function(k) as_plain_vector(x[, k]))
}

as_plain_vector <- function(x) if (is.factor(x)) as.integer(x) else as.vector(unclass(x))

extreme_rows <- function(x, among, most = 10L) {
  if (!is.numeric(x) && !is.logical(x)) {
    return(integer())
  }
  first <- among[!duplicated(x[among])]
  c(which.min(x), which.max(x), utils::head(which(is.na(x)), 2L), if (length(first) <= most) first)
}

# What rounding may differ by: functions with parameters of training compute in another way.
tolerance_for <- function(values) {
  vapply(columns_of(values), function(x) {
    x <- if (is.numeric(x) || is.logical(x)) x[is.finite(x)]
    if (length(x)) 1e-8 * diff(range(x)) + 1e-14 * max(abs(x)) else 0
  }, 1)
}

is_same_value <- function(value, variable, rows, tolerance) {
  expected <- variable$values
  if (is.null(value) || NROW(value) != length(rows) || NCOL(value) != NCOL(expected)) {
    return(FALSE)
  }
  if (is.factor(expected)) {
    return(is.factor(value) && identical(variable$codes(value), variable$codes(expected[rows])))
  }
  expected <- rows_of_column(expected, rows)
  if (is.character(expected) || is.character(value)) {
    return(identical(as.vector(value), as.vector(expected)))
  }
  is_same_number(as.double(value), as.double(expected), rep(tolerance, each = length(rows)))
}

is_same_number <- function(x, y, tolerance) {
  same <- (is.na(x) & is.na(y)) | x == y | abs(x - y) <= tolerance
  all(same %in% TRUE)
}

stop_other_rows <- function(variable) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} depends on other rows.",
    x = "For a row alone it gives another value than among all rows.",
    i = compute_first
  )
}

# Some functions need more rows than one: polynomials of several columns, for example.
stop_fails_alone <- function(variable) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} cannot be computed for a row alone.",
    x = "So it could not be computed for a single new row.",
    i = compute_first
  )
}

stop_list_column <- function(variable) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} gives a list.",
    i = "Each row needs a number, TRUE or FALSE, or the level of a factor."
  )
}

compute_first <- "Compute it as a column of {.arg data} first, and give new data this column, too."

stop_random <- function(variable) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} draws random numbers.",
    x = "The same row would get another value in each prediction.",
    i = "Compute it as a column of {.arg data} first."
  )
}

# A function of a formula may make a factor, if one row has the levels that all have: those of
# factor(a) would be other ones in each new table.
check_made_factors <- function(frame, data) {
  variables <- as.list(attr(frame$terms, "variables"))[-1L]
  for (k in which(!vapply(variables, is.name, TRUE))) {
    values <- frame$data[[k]]
    columns <- data[intersect(all.vars(variables[[k]]), names(data))]
    fixed <- !is.character(values) && (!is.factor(values) || identical(
      levels(value_of_rows(variables[[k]], columns, 1L)), levels(values)
    ))
    if (!fixed) {
      label <- readable(names(frame$data)[k])
      stop_input("formula", "one whose factors have the same levels in any data",
        sprintf("`%s`, whose levels are those of the data", label),
        hint = sprintf(
          "Make it a column first, whose levels are kept: `data$new <- with(data, %s)`.", label
        )
      )
    }
  }
}
