# A prediction for a row must not depend on the rows that come with it. So the value of a term in a
# row must not depend on other rows, as it does for rank(a) and a - mean(a). The code of a function
# does not show that. Therefore terms are computed for some rows alone and for some subsets of the
# rows, also with changed values, and the results are compared.

# `frame` is the result of outcome_frame() or predictor_frame().
check_outcome_frame <- function(frame, data) {
  survival <- vapply(frame$data, inherits, TRUE, "Surv")
  if (any(survival)) stop_survival(names(frame$data)[survival][1L])
  check_frame_by_rows(frame, data, as.character)
}

check_predictor_frame <- function(frame, data) {
  check_term_size(frame)
  check_made_factors(frame, data)
  check_frame_by_rows(frame, data, as.integer)
}

# `predvars` calls functions that learn parameters in training, such as poly() and scale(), with
# these parameters, as predictions do. `codes` converts a factor to what the network reads.
check_frame_by_rows <- function(frame, data, codes) {
  computing <- as.list(attr(frame$terms, "predvars"))[-1L]
  for (k in which(!vapply(computing, is.name, TRUE))) {
    variable <- list(
      code = computing[[k]], label = names(frame$data)[k], values = frame$data[[k]], codes = codes
    )
    check_uses_column(attr(frame$terms, "variables")[[k + 1L]], data)
    if (is.complex(variable$values)) {
      stop_term(variable$label, "returns complex numbers.",
        i = "Use {.fn Re}, {.fn Im}, or {.fn Mod} to turn them into real numbers."
      )
    }
    columns <- data[intersect(all.vars(variable$code), names(data))]
    if (nrow(data) > 1L) check_by_rows(variable, columns)
  }
}

check_by_rows <- function(variable, columns) {
  tolerance <- tolerance_for(variable$values)
  before <- globalenv()[[".Random.seed"]]
  for (rows in rows_to_read(variable$values, columns)) {
    value <- value_of_rows(variable$code, columns, rows)
    if (!identical(globalenv()[[".Random.seed"]], before)) {
      stop_term(variable$label, "draws random numbers.",
        x = "The same row would have a different value in each prediction.",
        i = "Compute it as a column of {.arg data} first."
      )
    }
    # Some functions need more than one row, such as polynomials of several columns.
    if (is.null(value)) {
      stop_term(variable$label, "cannot be computed for a single row.",
        x = "The model could not make a prediction for one new row.", i = compute_first
      )
    }
    if (!is_same_value(value, variable, rows, tolerance)) stop_other_rows(variable$label)
  }
  if (differs_with_new_values(variable, columns)) stop_other_rows(variable$label)
}

# ---- Rows with changed values ------------------------------------------------------

# New data may have values that the training data do not have: missing values, numbers far outside
# the range, levels without rows, and repeated values. So some of the first rows get such values.
# The other rows must keep their value of the term, and each changed row must have the same value
# alone. For example, ifelse(is.na(a), mean(a), a), a / max(1, a) and ave(a, id) fail here, whatever
# the training data.
differs_with_new_values <- function(variable, columns) {
  rows <- seq_len(min(nrow(columns), 20L))
  few <- lapply(columns, rows_of_column, rows)
  places <- places_to_change(length(rows))
  for (name in names(columns)) {
    for (value in unseen_values(columns[[name]])) {
      for (place in places) {
        changed <- replace(few, name, list(with_value(few[[name]], place, value)))
        if (differs_with(changed, variable, rows, place)) {
          return(TRUE)
        }
      }
    }
  }
  differs_with_repeated_values(variable, few, rows)
}

# A row in the middle, whose neighbors may fill it in, and two rows at once: the ends.
places_to_change <- function(n) unique(list(ceiling(n / 2), c(1L, n)))

# The first row gets the values of the second: of each column alone, of all columns but one, and
# of all columns.
differs_with_repeated_values <- function(variable, few, rows) {
  names <- names(few)
  sets <- c(as.list(names), lapply(names, function(name) setdiff(names, name)), list(names))
  for (set in unique(sets[lengths(sets) > 0L])) {
    changed <- few
    changed[set] <- lapply(few[set], rows_of_column, c(2L, rows[-1L]))
    if (differs_with(changed, variable, rows, 1L)) {
      return(TRUE)
    }
  }
  FALSE
}

# Whether the rows at `changed` change the value of others, or have another value alone.
differs_with <- function(columns, variable, rows, changed) {
  among <- value_of_rows(variable$code, columns, rows)
  # Where the function fails, predictions fail too.
  if (NROW(among) != length(rows) || NCOL(among) != NCOL(variable$values)) {
    return(FALSE)
  }
  others <- rows[-changed]
  tolerance <- tolerance_for(variable$values)
  if (!is_same_value(rows_of_column(among, others), variable, others, tolerance)) {
    return(TRUE)
  }
  as_among <- list(values = among, codes = variable$codes)
  tolerance <- tolerance_for(among)
  for (row in changed) {
    alone <- value_of_rows(variable$code, columns, row)
    # Predictions refuse missing values.
    known <- !is.null(alone) && !anyNA(rows_of_column(among, row))
    if (known && !is_same_value(alone, as_among, row, tolerance)) {
      return(TRUE)
    }
  }
  FALSE
}

# A list of values to try in a column: missing values, levels, and numbers outside its range.
unseen_values <- function(x) {
  # Bytes cannot be missing.
  if (is.raw(x)) {
    return(list())
  }
  if (is.logical(x)) {
    return(list(NA, TRUE, FALSE))
  }
  if (is.factor(x)) {
    return(c(list(NA), as.list(levels_to_try(x))))
  }
  if (!is.numeric(x) || !any(is.finite(x))) {
    return(list(NA))
  }
  range <- range(x[is.finite(x)])
  width <- max(diff(range), abs(range), 1)
  c(list(NA), as.list(range[1L] - width * c(100, 1e9)), as.list(range[2L] + width * c(100, 1e9)))
}

# Up to `most` levels of a factor, first those without rows.
levels_to_try <- function(x, most = 20L) {
  seen <- levels(x) %in% as.character(unique(x))
  utils::head(c(levels(x)[!seen], levels(x)[seen]), most)
}

with_value <- function(x, rows, value) {
  if (length(dim(x)) == 2L) x[rows, ] <- value else x[rows] <- value
  x
}

rows_of_column <- function(x, rows) {
  if (length(dim(x)) == 2L) x[rows, , drop = FALSE] else x[rows]
}

# The value of a term for some rows, or NULL if it cannot be computed.
value_of_rows <- function(code, columns, rows) {
  part <- lapply(columns, rows_of_column, rows)
  tryCatch(
    suppressWarnings(eval(code, part, rlang::env_parent(globalenv()))),
    error = function(cnd) NULL
  )
}

# ---- Rows to read ------------------------------------------------------------------

# A list of sets of rows: halves of up to `most_in_halves` rows, then single rows. The single rows
# are spread over the data, or have a value or column that is smallest, largest, missing or one of
# few. An ordinary row may have the right value by chance.
rows_to_read <- function(values, columns, most_alone = 40L, most_in_halves = 2000L) {
  n <- nrow(columns)
  spread <- function(count) unique(round(seq(1, n, length.out = min(n, count))))
  telling <- lapply(c(columns_of(values), unlist(lapply(columns, columns_of), recursive = FALSE)),
    extreme_rows, spread(1e4)
  )
  alone <- unique(c(spread(20L), unlist(telling)))
  c(halves_of(spread(most_in_halves)), as.list(utils::head(alone, most_alone)))
}

# Splits rows into two halves, once for each binary digit of their positions. So for any two rows
# there is a half with only one of them. One half of each pair is in reverse order.
halves_of <- function(rows) {
  position <- seq_along(rows) - 1L
  bits <- 2L^seq.int(0L, floor(log2(max(position))))
  unlist(lapply(bits, function(bit) {
    odd <- bitwAnd(position, as.integer(bit)) > 0L
    list(rev(rows[!odd]), rows[odd])
  }), recursive = FALSE)
}

# The columns of a matrix, or a vector, as a list of plain vectors.
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

# Allows for rounding: functions with parameters from training compute in another way.
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

# ---- Errors of terms ---------------------------------------------------------------

stop_term <- function(label, problem, ...) {
  label <- readable(label)
  stop_feedforward(paste("The term {.code {label}} in {.arg formula}", problem), ...)
}

stop_other_rows <- function(label) {
  stop_term(label, "depends on other rows.",
    x = "Its value for a single row changes when other rows are present.", i = compute_first
  )
}

compute_first <- "Compute it as a column of {.arg data} first. Add this column to new data, too."

# Refuses factors made by a term, unless one row alone gives all the levels. The levels of
# factor(a) would be others in new data.
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
      stop_feedforward(
        "The levels of the term {.code {label}} in {.arg formula} depend on the data.",
        i = "Add it to the data as a column first: {.code data$new <- with(data, {label})}."
      )
    }
  }
}
