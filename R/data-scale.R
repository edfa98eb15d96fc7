# Scaling of predictors: measured on the training rows, kept in the model, and folded into the first
# layer for predictions.

# Returns list(inputs, constant): the model's inputs with center and scale of the predictors, and
# which predictors become 0 in all training rows. Sparse matrices are only scaled, because
# subtracting means would fill them. `copies` are frequency weights.
standardize_inputs <- function(predictors, standardize, rows, copies) {
  if (!wants_scaling(standardize, predictors)) {
    return(list(inputs = predictors$inputs, constant = integer()))
  }
  moments <- with_core(column_moments_cpp(predictors$x, rows, copies))
  inputs <- predictors$inputs
  # A value is missing or infinite, or a sum is too large.
  if (!all(is.finite(moments$mean), is.finite(moments$sd))) {
    refuse_non_finite(predictors$x, "x", inputs, hint = hint_in_training(predictors$x))
    refuse_huge(moments, inputs)
  }
  if (is_plain_sparse(predictors$x)) {
    # Its mean stays, so scaling would make a column that hardly varies huge. It keeps its scale.
    moments$constant <- moments$sd <= 1e-12 * abs(moments$mean)
    inputs$scale <- usable_scale(moments)
    # Words that do not occur need no warning. Other constant columns are left as they are.
    return(list(inputs = inputs, constant = which(moments$constant & moments$mean == 0)))
  }
  moments <- moments_by_value(moments, predictors$x, rows, copies)
  of_levels <- if (is.null(standardize)) which(predictors$of_levels %in% TRUE) else integer()
  shares <- level_shares(predictors$x, moments, rows, copies)[of_levels]
  moments$constant[of_levels] <- shares %in% c(0, 1)
  moments$mean[of_levels] <- 0
  moments$sd[of_levels] <- 1
  inputs$scale <- usable_scale(moments)
  constant <- moments$constant
  # Levels that do not occur need no warning.
  warn_constant(replace(constant, of_levels[shares == 0], FALSE), names_by_input(predictors))
  inputs$center <- as.double(moments$mean)
  list(inputs = inputs, constant = which(constant))
}

# By default, tables and matrices are scaled. Bytes and images share one scale already, and the
# rarest sparse columns would become the largest.
wants_scaling <- function(standardize, predictors) {
  if (!is.null(standardize)) {
    return(standardize)
  }
  is_table(predictors)
}

# Whether predictors enter the network on their own scale.
is_unscaled <- function(model) {
  is.null(model$inputs$scale) && is.null(model$inputs$encoding$name)
}

# Returns for each input the name of its column in messages.
names_by_input <- function(predictors) {
  x <- predictors$x
  if (is_columns(x)) x$names[column_of_inputs(x)] else predictors$inputs$names
}

# Returns the mean of each input, which for the 0/1 inputs of levels is their share of the rows.
level_shares <- function(x, moments, rows, copies) {
  if (!is_columns(x)) {
    return(moments$mean)
  }
  counts <- unlist(level_counts(x, rows, copies), use.names = FALSE)
  shares <- counts / max(1, length(counted_rows(nrow(x), rows, copies)))
  ifelse(is.na(shares), moments$mean, shares)
}

# Returns how often each level occurs in the rows that count, a vector for each column. For numbers
# it is NA.
level_counts <- function(x, rows, copies) {
  counted <- counted_rows(nrow(x), rows, copies)
  lapply(x$columns, function(column) {
    if (is.factor(column)) tabulate(column[counted], nlevels(column)) else NA_integer_
  })
}

counted_rows <- function(n, rows, copies) {
  counted <- if (is.null(rows)) seq_len(n) else rows
  if (is.null(copies)) counted else counted[copies[counted] > 0]
}

# Sets the first weights of inputs that do not vary in training to 0, since random ones would give a
# new value a random effect. Training cannot move the weights of inputs that are always 0.
silence_constant <- function(parameters, constant) {
  parameters[[1L]][, constant] <- 0
  parameters
}

# Adds `constant` to the moments of a dense matrix. Columns that vary so little beside their mean
# that sums lose the variation are measured value by value.
moments_by_value <- function(moments, x, rows, copies) {
  counted <- if (is.null(copies)) TRUE else copies > 0
  if (!is.null(rows)) counted <- intersect(rows, seq_len(nrow(x))[counted])
  moments$constant <- logical(length(moments$sd))
  copied <- if (is.null(copies)) rep(1, nrow(x))[counted] else copies[counted]
  for (j in which(drowned(moments$sd, moments$mean))) {
    values <- input_values(x, j, counted)
    moments$constant[j] <- is_constant(values)
    if (!moments$constant[j]) {
      exact <- moments_from_first(values, copied / sum(copied))
      moments$mean[j] <- exact$mean
      moments$sd[j] <- exact$sd
    }
  }
  moments
}

# Whether a deviation is so small beside the mean that it may come from rounding in sums.
drowned <- function(deviation, mean) deviation <= 1e-8 * abs(mean)

# Whether values differ by no more than the last digits, as 0.1 + 0.2 and 0.3 do.
is_constant <- function(values) diff(range(values)) <= last_digits(max(abs(values)))

# Returns how much rounding may change a number.
last_digits <- function(x) 4 * .Machine$double.eps * abs(x)

# Returns list(mean, sd) of values that are close to each other, whose differences are exact.
moments_from_first <- function(values, share) {
  from_first <- values - values[1L]
  unit <- max(abs(from_first))
  mean <- sum(from_first * share)
  list(
    mean = values[1L] + mean, sd = unit * sqrt(sum(((from_first - mean) / unit)^2 * share))
  )
}

# A constant column keeps its scale.
usable_scale <- function(moments) as.double(ifelse(moments$constant, 1, moments$sd))

# Scales predictors whose mean is far larger than their deviation, and returns the inputs that are
# left to scale by the weights. Folding such a mean into the weights would lose the digits in which
# the values differ.
scale_drowned <- function(x, inputs) {
  which <- if (length(inputs$center)) which(drowned(inputs$scale, inputs$center))
  if (length(which) == 0L) {
    return(list(x = x, inputs = inputs))
  }
  for (j in which) {
    x <- with_input(x, j, (input_values(x, j) - inputs$center[j]) / inputs$scale[j])
  }
  inputs$center[which] <- 0
  inputs$scale[which] <- 1
  list(x = x, inputs = inputs)
}

# Returns the parameters of the same network for unscaled predictors. With z = (x - center) / scale,
# W1 z + b1 = (W1 / scale) x + (b1 - (W1 / scale) center).
fold_scaling <- function(parameters, inputs) {
  if (is.null(inputs$scale)) {
    return(parameters)
  }
  W <- parameters[[1L]]
  W <- W / rep(inputs$scale, each = nrow(W))
  parameters[[1L]] <- W
  if (!is.null(inputs$center)) {
    parameters[[2L]] <- parameters[[2L]] - as.vector(W %*% inputs$center)
  }
  parameters
}

# ---- Numbers that cannot be scaled -----------------------------------------------

# Refuses finite numbers whose sums are infinite.
refuse_huge <- function(moments, inputs) {
  column <- which(!is.finite(moments$mean) | !is.finite(moments$sd))[1L]
  name <- if (is.null(inputs$names)) column else sprintf("`%s`", inputs$names[column])
  stop_feedforward("Column {name} of {.arg x} has numbers whose squares are too large to sum.",
    i = "Divide the column by a constant, or take logarithms."
  )
}

# Warns of predictors that are the same in all rows. They do no harm, but are seldom intended.
warn_constant <- function(constant, names) {
  which <- which(constant)
  n <- length(which)
  if (n > 0L) {
    shown <- few_shown(if (is.null(names)) which else names[which])
    warn_feedforward("{cli::qty(n)}Column{?s} {shown} {cli::qty(n)}{?is/are} constant.",
      i = "Consider removing {cli::qty(n)}{?it/them}: constant columns cannot improve predictions.",
      class = "feedforward_constant_predictor"
    )
  }
}

# Columns or rows by name or number, for messages of cli. Only a few are shown.
few_shown <- function(x) {
  shown <- if (is.character(x)) sprintf("`%s`", visible(x)) else whole_text(x)
  cli::cli_vec(shown, list("vec-trunc" = 5L))
}
