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
  inputs$scale <- usable_scale(moments)
  constant <- is_constant(moments)
  if (is_plain_sparse(predictors$x)) {
    # Words that do not occur are no news; others that are constant stay what they are.
    return(list(inputs = inputs, constant = which(constant & moments$mean == 0)))
  }
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

# Rounding may leave a constant column a deviation of almost 0.
is_constant <- function(moments) moments$sd <= 1e-12 * abs(moments$mean)

# A constant column keeps its scale.
usable_scale <- function(moments) as.double(ifelse(is_constant(moments), 1, moments$sd))

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
