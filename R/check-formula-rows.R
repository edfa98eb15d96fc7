# Each row has to be predicted as it is, whatever rows come with it. So what a function in a formula
# makes of a row must not depend on the others, as that of rank(a) or a - mean(a) does. Nobody can
# tell that from a function's code: some rows are read alone, some of them together in another
# order, and compared with what they are among all.

# `frame` is what outcome_frame() or predictor_frame() gives.
check_outcome_frame <- function(frame, data, call) {
  survival <- vapply(frame$data, inherits, TRUE, "Surv")
  if (any(survival)) {
    stop_input("formula", "a formula of an outcome without censoring", names(frame$data)[survival],
      hint = hint_for_survival, call = call
    )
  }
  check_frame_by_rows(frame, data, as.character, call)
}

check_predictor_frame <- function(frame, data, call) {
  check_made_factors(frame, data, call)
  check_frame_by_rows(frame, data, as.integer, call)
}

# Functions that find their parameters in training (poly(), scale()) are called with them, as for
# new data. `codes` makes of a factor what the network gets.
check_frame_by_rows <- function(frame, data, codes, call) {
  computing <- as.list(attr(frame$terms, "predvars"))[-1L]
  for (k in which(!vapply(computing, is.name, TRUE))) {
    variable <- list(
      code = computing[[k]], label = names(frame$data)[k], values = frame$data[[k]], codes = codes
    )
    check_uses_column(attr(frame$terms, "variables")[[k + 1L]], data, call)
    columns <- data[intersect(all.vars(variable$code), names(data))]
    if (nrow(data) > 1L) check_by_rows(variable, columns, call)
  }
}

check_by_rows <- function(variable, columns, call) {
  tolerance <- tolerance_for(variable$values)
  before <- globalenv()[[".Random.seed"]]
  for (rows in rows_to_read(variable$values, columns)) {
    value <- value_of_rows(variable$code, columns, rows)
    if (!identical(globalenv()[[".Random.seed"]], before)) stop_random(variable, call)
    if (is.null(value)) stop_fails_alone(variable, call)
    if (!is_same_value(value, variable, rows, tolerance)) stop_other_rows(variable, call)
  }
  if (differs_with_unseen_values(variable, columns)) stop_other_rows(variable, call)
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
    telling_rows, spread(1e4)
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

telling_rows <- function(x, among, most = 10L) {
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

stop_other_rows <- function(variable, call) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} depends on other rows.",
    x = "For a row alone it gives another value than among all rows.",
    i = compute_first, call = call
  )
}

# Some functions need more rows than one: polynomials of several columns, for example.
stop_fails_alone <- function(variable, call) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} cannot be computed for a row alone.",
    x = "So it could not be computed for a single new row.",
    i = compute_first, call = call
  )
}

stop_list_column <- function(variable, call) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} gives a list.",
    i = "Each row needs a number, TRUE or FALSE, or the level of a factor.", call = call
  )
}

compute_first <- "Compute it as a column of {.arg data} first, and give new data this column, too."

stop_random <- function(variable, call) {
  label <- readable(variable$label)
  stop_feedforward("The term {.code {label}} of {.arg formula} draws random numbers.",
    x = "The same row would get another value in each prediction.",
    i = "Compute it as a column of {.arg data} first.", call = call
  )
}

# A function of a formula may make a factor, if one row has the levels that all have: those of
# factor(a) would be other ones in each new table.
check_made_factors <- function(frame, data, call) {
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
        ),
        call = call
      )
    }
  }
}
