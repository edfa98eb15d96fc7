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
    if (!is_same_value(value, variable, rows, tolerance)) stop_other_rows(variable, call)
  }
  if (fills_from_other_rows(variable, columns, tolerance)) stop_other_rows(variable, call)
}

# Training data may lack nothing, and new data something. Is a row without values filled in, as
# ifelse(is.na(a), mean(a, na.rm = TRUE), a) does, then from itself? Where one of both fails, so
# will predictions.
fills_from_other_rows <- function(variable, columns, tolerance) {
  columns <- columns[seq_len(min(nrow(columns), 20L)), , drop = FALSE]
  # Bytes are never missing.
  can_lack <- !vapply(columns, is.raw, TRUE)
  columns[1L, can_lack] <- NA
  among <- value_of_rows(variable$code, columns, seq_len(nrow(columns)))
  alone <- value_of_rows(variable$code, columns, 1L)
  if (is.null(among) || is.null(alone) || NROW(among) != nrow(columns)) {
    return(FALSE)
  }
  filled <- !anyNA(if (is.matrix(among)) among[1L, ] else among[1L])
  filled && !is_same_value(alone, list(values = among, codes = variable$codes), 1L, tolerance)
}

# A function of the user's formula, of some rows; NULL where it fails.
value_of_rows <- function(code, columns, rows) {
  part <- lapply(columns, function(x) {
    if (length(dim(x)) == 2L) x[rows, , drop = FALSE] else x[rows]
  })
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
  expected <- if (is.matrix(expected)) expected[rows, , drop = FALSE] else expected[rows]
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
    x = "For a row alone it gives another value, or none, than among all rows.",
    i = "Compute it as a column of {.arg data} first, and give new data this column, too.",
    call = call
  )
}

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
