# Encodings of numeric predictors beyond plain scaling. An encoding is measured on the training
# rows, kept in the model and applied in C++, batch by batch, so no wider copy of the data exists.

# What an encoding is made of: whether large values are clipped smoothly, and the number of
# intervals between quantiles that become inputs of their own.
encodings <- list(
  standard = list(robust = FALSE, clips = FALSE, intervals = 0L),
  robust = list(robust = TRUE, clips = TRUE, intervals = 0L),
  piecewise = list(robust = FALSE, clips = TRUE, intervals = 8L)
)

# Returns the encoding of the columns of `x`, measured on the rows with `copies` above 0. `center`,
# `scale`, `knots`, and `missing` have an element per column, which is not used for factors. `names`
# are the names of the inputs before and `inputs` those after encoding. `name` is a name of
# `encodings`, or NULL for numbers as they are.
encoding_for <- function(x, name, copies = NULL, has_missing = NULL) {
  columns <- number_of_columns(x)
  if (is.null(has_missing)) has_missing <- logical(columns)
  measured <- lapply(seq_len(columns), function(j) {
    if (is.null(name) || is_factor_column(x, j)) {
      return(list(center = 0, scale = 1, knots = double()))
    }
    measure_column(column_values(x, j), encodings[[name]], copies)
  })
  encoding <- list(
    name = name, center = vapply(measured, `[[`, 1, "center"),
    scale = vapply(measured, `[[`, 1, "scale"), clips = !is.null(name) && encodings[[name]]$clips,
    knots = lapply(measured, `[[`, "knots"), missing = has_missing & levels_of_columns(x) == 0L
  )
  encoding["names"] <- list(names_of_columns(x))
  encoding["inputs"] <- list(names_of_columns(attach_encoding(x[0L, , drop = FALSE], encoding)))
  encoding
}

# Returns list(center, scale, knots) of one column of numbers.
measure_column <- function(values, encoding, copies) {
  if (is.null(copies)) copies <- rep(1, length(values))
  counted <- copies > 0 & !is.na(values)
  values <- values[counted]
  copies <- copies[counted]
  if (length(values) == 0L) {
    return(list(center = 0, scale = 1, knots = double()))
  }
  if (is_constant(values)) {
    return(list(center = values[1L], scale = 1, knots = double()))
  }
  moments <- target_moments(matrix(values), copies)
  if (encoding$robust) moments <- robust_moments(values, copies)
  knots <- if (encoding$intervals > 0L) quantile_knots(values, copies, encoding$intervals)
  list(center = moments$center, scale = moments$scale, knots = as.double(knots))
}

# The median, and the distance between the quartiles. If that is 0, half the range.
robust_moments <- function(values, copies) {
  quartiles <- quantiles_of(values, copies, c(0.25, 0.5, 0.75))
  spread <- quartiles[3L] - quartiles[1L]
  if (spread <= last_digits(quartiles[2L])) spread <- max(values) / 2 - min(values) / 2
  # Beyond the largest number, any number this large will do.
  list(center = quartiles[2L], scale = min(spread, .Machine$double.xmax))
}

# Distinct quantiles that divide the values into intervals of about equal counts. Columns of two
# values need none.
quantile_knots <- function(values, copies, intervals) {
  # More values would take time and hardly move a quantile.
  n <- length(values)
  most <- 20000
  some <- if (n > most) golden_steps(n, most) else seq_len(n)
  if (length(unique(values[some])) < 3L) {
    return(double())
  }
  shares <- seq(0, 1, length.out = intervals + 1L)
  unique(quantiles_of(values[some], copies[some], shares))
}

# Quantiles of numbers, each repeated `copies` times, as stats::quantile() interpolates them.
quantiles_of <- function(values, copies, shares) {
  if (all(copies == copies[1L])) {
    return(stats::quantile(values, shares, names = FALSE))
  }
  order <- order(values)
  last <- cumsum(copies[order])
  position <- 1 + (last[length(last)] - 1) * shares
  at <- function(position) values[order][findInterval(position - 0.5, last) + 1L]
  below <- at(floor(position))
  below + (at(ceiling(position)) - below) * (position - floor(position))
}

# Returns `most` numbers from 1 to n, in steps of the golden ratio. They avoid any period in the
# data without drawing random numbers.
golden_steps <- function(n, most) floor((seq_len(most) * (sqrt(5) - 1) / 2) %% 1 * n) + 1

number_of_columns <- function(x) if (is_columns(x)) length(x$columns) else ncol(x)

is_factor_column <- function(x, j) is_columns(x) && x$levels[j] > 0L

column_values <- function(x, j) as.double(if (is_columns(x)) x$columns[[j]] else x[, j])

# Returns predictors with an encoding, for C++.
attach_encoding <- function(x, encoding) {
  if (is.null(encoding)) {
    return(x)
  }
  if (!is_columns(x)) {
    columns <- lapply(seq_len(ncol(x)), function(j) unname(x[, j]))
    x <- new_columns(stats::setNames(columns, names_of_columns(x)))
  }
  if (length(encoding$center) != length(x$columns)) stop_unfit_part("inputs$encoding")
  x$encoding <- encoding
  x
}

# Returns the names of the inputs, or NULL for columns without names. The intervals of `a` are
# `a[1]`, `a[2]`, ..., as its levels are `aone`, `atwo`, ...
encoded_names <- function(names, levels, encoding) {
  if (is.null(names)) {
    return(NULL)
  }
  suffixes <- levels
  numbers <- which(lengths(levels) == 0L)
  suffixes[numbers] <- if (is.null(encoding)) "" else lapply(numbers, function(j) {
    intervals <- max(length(encoding$knots[[j]]) - 1L, 0L)
    c("", sprintf("[%d]", seq_len(intervals)), if (encoding$missing[j]) missing_level)
  })
  paste0(rep(names, lengths(suffixes)), unlist(suffixes, use.names = FALSE))
}

# Returns the number of inputs that each column becomes.
input_counts <- function(levels, encoding) {
  numbers <- levels == 0L
  if (is.null(encoding)) {
    return(levels + numbers)
  }
  inputs <- 1L + pmax(lengths(encoding$knots) - 1L, 0L) + as.integer(encoding$missing)
  levels + numbers * inputs
}

# The levels of the columns of `x`, 0 for numbers.
levels_of_columns <- function(x) if (is_columns(x)) x$levels else integer(ncol(x))

# Returns list(x, inputs, constant) for an encoding by name, as standardize_inputs() does for plain
# scaling.
encode_inputs <- function(predictors, name, rows, copies) {
  inputs <- predictors$inputs
  x <- predictors$x
  measured <- if (is.null(rows)) x else x[rows, , drop = FALSE]
  measured_copies <- if (is.null(rows)) copies else copies[rows]
  encoding <- encoding_for(measured, name, measured_copies, inputs$has_missing)
  unused <- unused_levels(predictors$x, rows, copies)
  constant <- constant_columns(measured, unused)
  warn_constant(constant, columns_in_words(x))
  x <- attach_encoding(x, encoding)
  inputs["names"] <- list(encoding$inputs)
  inputs$encoding <- encoding
  silent <- silent_inputs(levels_of_columns(predictors$x), encoding, constant, unused)
  list(x = x, inputs = inputs, constant = silent)
}

# Returns which levels do not occur in the rows that count, a vector of their numbers per column.
unused_levels <- function(x, rows, copies) {
  if (is_columns(x)) lapply(level_counts(x, rows, copies), function(counts) which(counts %in% 0L))
}

# Returns the inputs that are the same in all training rows: those of constant columns and of unused
# levels.
silent_inputs <- function(levels, encoding, constant, unused) {
  first <- cumsum(c(1L, input_counts(levels, encoding)))
  of_levels <- Map(function(start, unused) start + unused - 1L, first[seq_along(unused)], unused)
  # A constant factor uses one level, and its other inputs do not vary either.
  all_levels <- ifelse(constant & levels > 0L, levels, 1L)
  constant <- Map(function(start, count) start + seq_len(count) - 1L, first[which(constant)],
    all_levels[which(constant)])
  unique(c(unlist(constant), unlist(of_levels)))
}

# Whether each column does not vary. `unused` are its unused_levels().
constant_columns <- function(x, unused) {
  vapply(seq_len(number_of_columns(x)), function(j) {
    if (is_factor_column(x, j)) {
      return(x$levels[j] - length(unused[[j]]) == 1L)
    }
    values <- column_values(x, j)
    values <- values[is.finite(values)]
    length(values) > 0L && is_constant(values)
  }, TRUE)
}

columns_in_words <- function(x) if (is_columns(x)) x$names else names_of_columns(x)

# The names and the number of the inputs before they are encoded.
plain_names <- function(model) {
  encoding <- model$inputs$encoding
  if (is.null(encoding)) model$inputs$names else encoding$names
}

plain_count <- function(model) {
  encoding <- model$inputs$encoding
  if (is.null(encoding)) model$architecture$sizes[1L] else length(encoding$center)
}
