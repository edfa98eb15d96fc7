# Scaling of predictors: taken from the rows trained on, kept in the model, folded into the
# first layer to predict.

# list(inputs = the model's inputs with center and scale of the predictors, constant = which of
# them become 0 in all rows trained on). Sparse matrices are only scaled: taking away means
# would fill them. `copies` are frequency weights.
standardize_inputs <- function(predictors, standardize, rows, copies, call) {
  if (!wants_scaling(standardize, predictors)) {
    return(list(inputs = predictors$inputs, constant = integer()))
  }
  moments <- with_core(column_moments_cpp(predictors$x, rows, copies), call)
  inputs <- predictors$inputs
  # Some value is NA, NaN or infinite, or sums are too large to be numbers.
  if (!all(is.finite(moments$mean), is.finite(moments$sd))) {
    refuse_non_finite(predictors$x, "x", inputs, call = call)
    refuse_huge(moments, inputs, call)
  }
  if (is_plain_sparse(predictors$x)) {
    # Its mean stays, so that a column that hardly varies would become huge: it keeps its scale.
    moments$constant <- moments$sd <= 1e-12 * abs(moments$mean)
    inputs$scale <- usable_scale(moments)
    # Words that do not occur are no news; others that are constant stay what they are.
    return(list(inputs = inputs, constant = which(moments$constant & moments$mean == 0)))
  }
  moments <- moments_by_value(moments, predictors$x, rows, copies)
  inputs$scale <- usable_scale(moments)
  constant <- moments$constant
  warn_constant(constant, inputs$names)
  inputs$center <- as.double(moments$mean)
  list(inputs = inputs, constant = which(constant))
}

# First weights of 0 for inputs that are nothing but 0 in training, once standardised: training
# cannot move those weights, and drawn ones would give a new value a random effect.
silence_constant <- function(parameters, constant) {
  parameters[[1L]][, constant] <- 0
  parameters
}

# By default for tables and matrices. Bytes and images share one scale, and of sparse columns
# the rarest would become the largest.
wants_scaling <- function(standardize, predictors) {
  if (!is.null(standardize)) {
    return(standardize)
  }
  !is.raw(predictors$x) && !is_plain_sparse(predictors$x) && predictors$inputs$kind != "array"
}

# A deviation this small beside the mean may be nothing but the rounding of sums.
drowned <- function(deviation, mean) deviation <= 1e-8 * abs(mean)

# The moments of a dense matrix, with `constant` besides. Columns that vary so little beside their
# mean that sums lose it are looked at value by value.
moments_by_value <- function(moments, x, rows, copies) {
  counted <- if (is.null(copies)) TRUE else copies > 0
  if (!is.null(rows)) counted <- intersect(rows, seq_len(nrow(x))[counted])
  moments$constant <- logical(length(moments$sd))
  copied <- if (is.null(copies)) rep(1, nrow(x))[counted] else copies[counted]
  for (j in which(drowned(moments$sd, moments$mean))) {
    values <- as.double(x[counted, j])
    moments$constant[j] <- is_constant(values)
    if (!moments$constant[j]) {
      exact <- moments_from_first(values, copied / sum(copied))
      moments$mean[j] <- exact$mean
      moments$sd[j] <- exact$sd
    }
  }
  moments
}

# Whether values differ by no more than the last digits, as 0.1 + 0.2 and 0.3 do.
is_constant <- function(values) diff(range(values)) <= last_digits(max(abs(values)))

# What rounding may change of a number.
last_digits <- function(x) 4 * .Machine$double.eps * abs(x)

# list(mean, sd) of values that are close to each other: their differences are exact.
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

# Predictors of which some are scaled, and what is left to scale by the weights. A mean that is far
# larger than the deviation, folded into the weights, would cost the digits in which values differ.
scale_drowned <- function(x, inputs) {
  which <- if (length(inputs$center)) which(drowned(inputs$scale, inputs$center))
  if (length(which) == 0L) {
    return(list(x = x, inputs = inputs))
  }
  for (j in which) x[, j] <- (x[, j] - inputs$center[j]) / inputs$scale[j]
  inputs$center[which] <- 0
  inputs$scale[which] <- 1
  list(x = x, inputs = inputs)
}

# The parameters of the same network for predictors as they are: with (x - center) / scale,
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
