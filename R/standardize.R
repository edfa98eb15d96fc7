# Scaling of predictors: taken from the rows trained on, kept in the model, folded into the
# first layer to predict.

# Center and scale of the predictors, for the model's inputs. Sparse matrices are only scaled:
# taking away means would fill them. `copies` are frequency weights.
standardize_inputs <- function(predictors, standardize, rows, copies, call) {
  if (!wants_scaling(standardize, predictors)) {
    return(predictors$inputs)
  }
  moments <- column_moments_cpp(predictors$x, rows, copies)
  inputs <- predictors$inputs
  # NULL: some value is NA, NaN or infinite; sums may also be too large to be numbers.
  if (is.null(moments) || !all(is.finite(moments$mean), is.finite(moments$sd))) {
    refuse_non_finite(predictors$x, "x", inputs, call = call)
    refuse_huge(moments, inputs, call)
  }
  warn_constant(is_constant(moments), inputs$names)
  inputs$scale <- usable_scale(moments)
  if (!is_plain_sparse(predictors$x)) inputs$center <- as.double(moments$mean)
  inputs
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
