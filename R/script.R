# The functions of the teaching script, with its names and shapes: observations in rows, W1
# hidden x input, b1 hidden x 1, W2 output x hidden, b2 output x 1.

#' Sigmoid and softmax
#'
#' `sigmoid()` maps each number to (0, 1); `softmax()` maps each row of a matrix
#' to probabilities that sum to 1.
#'
#' @param z A numeric vector, matrix, or array of any size.
#' @param Z A numeric matrix of logits, with one observation in each row.
#'
#' @returns `sigmoid()` returns `1 / (1 + exp(-z))`, a double array with the dimensions and names of
#'   `z`. `softmax()` returns a double matrix with the dimensions and names of `Z`. Both are
#'   numerically stable: `sigmoid(-1e4)` is 0, and a row of equal logits of 1e4 gives equal
#'   probabilities. Results below 2.2e-308 become 0. Where the input is `NA` or `NaN`, the element
#'   of `sigmoid()` or the row of `softmax()` is missing.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `z` is not numeric or `Z` is not a numeric matrix.
#'
#' @references Bridle, J. S. (1990). Probabilistic interpretation of
#'   feedforward classification network outputs, with relationships to
#'   statistical pattern recognition. In *Neurocomputing*, pp. 227-236.
#'   \doi{10.1007/978-3-642-76153-9_28}
#'
#' @examples
#' sigmoid(c(-1e4, 0, 2))
#' softmax(rbind(c(1, 2, 3), c(1e4, 1e4, 0)))
#' @export
sigmoid <- function(z) {
  check_numeric(z, "z")
  sigmoid_cpp(z)
}

#' @rdname sigmoid
#' @export
softmax <- function(Z) {
  check_matrix(Z, "Z", finite = FALSE)
  softmax_cpp(Z)
}

#' Cross-entropy of predicted probabilities
#'
#' Computes the mean of `-sum(y_true * log(y_pred))` over observations. Probabilities are first
#' clamped to `[1e-8, 1 - 1e-8]`. So one confident mistake adds at most `-log(1e-8)`, about 18.4,
#' instead of infinity.
#'
#' @param y_true A numeric matrix with one observation in each row: one-hot classes (see
#'   [to_categorical()]), or other target probabilities.
#' @param y_pred A numeric matrix of the same dimensions: predicted probabilities.
#'
#' @returns One number. It is at least 0 if the targets are probabilities.
#'
#' @section Errors:
#' An error of class `feedforward_error` if an argument is not a finite numeric matrix with at least
#' one row, or if the dimensions differ.
#'
#' @inherit sigmoid references
#'
#' @examples
#' y <- to_categorical(c(0, 2, 1))
#' cross_entropy(y, softmax(5 * y)) # confident and right
#' cross_entropy(y, matrix(1 / 3, 3, 3)) # equal probabilities: log(3)
#' @export
cross_entropy <- function(y_true, y_pred) {
  check_matrix(y_true, "y_true", min_rows = 1L)
  check_matrix(y_pred, "y_pred", rows = nrow(y_true), cols = ncol(y_true))
  cross_entropy_cpp(y_true, y_pred)
}

#' Forward pass of a two-layer network
#'
#' Computes `Z1 = X W1' + b1`, `A1 = sigmoid(Z1)`, `Z2 = A1 W2' + b2`, and `A2 = softmax(Z2)`.
#'
#' @param X A matrix with observations in rows and inputs in columns: numeric, sparse (from the
#'   Matrix package, such as `dgCMatrix`), or `raw`. A raw byte stands for its value / 255. `mode(X)
#'   <- "raw"` turns whole numbers from 0 to 255 into bytes, which take an eighth of the memory.
#'   Columns are matched by position, not by name. Training works best for inputs of about unit
#'   size, such as pixels divided by 255.
#' @param W1 The weights of the hidden layer: a numeric matrix, hidden units x inputs. Or a list
#'   with elements `W1`, `b1`, `W2`, and `b2`, as returned by [init_nn()] and [train_nn()]. In that
#'   case, leave out `b1`, `W2`, and `b2`.
#' @param b1 The biases of the hidden units: a hidden x 1 matrix or a vector.
#' @param W2 The weights of the output layer: a numeric matrix, outputs x hidden units.
#' @param b2 The biases of the outputs: an outputs x 1 matrix or a vector.
#'
#' @returns A list of four double matrices with one row for each row of `X`: `Z1` and `A1` (n x
#'   hidden), the logits and activations of the hidden layer, and `Z2` and `A2` (n x outputs), the
#'   logits and probabilities of the output layer. Row names come from `X`, and column names from
#'   the row names of the weights.
#'
#' @section Errors: An error of class `feedforward_error` if the weights are not finite numeric
#' matrices, if `X` is not one of the matrices above or has missing or infinite values, or if the
#' shapes do not fit together.
#'
#' @references Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986).
#'   Learning representations by back-propagating errors. *Nature* 323, 533-536.
#'   \doi{10.1038/323533a0}
#'
#' @seealso [predict_nn()] for the predictions alone, [backward()] for the
#'   gradients, [train_nn()] for training.
#'
#' @examples
#' nn <- init_nn(input_dim = 4, hidden_dim = 3, output_dim = 2)
#' X <- matrix(runif(20), nrow = 5)
#' forward(X, nn$W1, nn$b1, nn$W2, nn$b2)$A2
#' forward(X, nn)$A2 # the same
#' @export
forward <- function(X, W1, b1, W2, b2) {
  layers <- check_layers(W1, b1, W2, b2)
  X <- check_inputs(X, layers)
  names_of <- dimnames_of_layers(X, layers)
  network <- two_layer_network(layers)
  pass <- check_read(forward_cpp(X, network, nrow_of(X), thread_count_for(nrow_of(X))), X)
  dimnames(pass[[1]]) <- dimnames(pass[[2]]) <- names_of$hidden
  dimnames(pass[[3]]) <- dimnames(pass[[4]]) <- names_of$output
  names(pass) <- c("Z1", "A1", "Z2", "A2")
  pass
}

#' Backward pass of a two-layer network
#'
#' Computes the cross-entropy of a two-layer network and its gradients, as in one step of mini-batch
#' training: `dZ2 = A2 - Y`, `dW2 = dZ2' A1 / n`,
#' `db2 = colMeans(dZ2)`, `dZ1 = (dZ2 W2) * A1 * (1 - A1)`, `dW1 = dZ1' X / n`,
#' `db1 = colMeans(dZ1)`.
#'
#' @inheritParams forward
#' @param Y A numeric matrix, n x outputs: one-hot classes (see [to_categorical()]), or other target
#'   probabilities.
#'
#' @returns A list of the `loss` (the [cross_entropy()]) and the gradients `dW1`, `db1` (hidden x
#'   1), `dW2`, and `db2` (outputs x 1). The gradients are double matrices.
#'
#' @inheritSection forward Errors
#' @inherit forward references
#'
#' @examples
#' nn <- init_nn(input_dim = 4, hidden_dim = 3, output_dim = 2)
#' X <- matrix(runif(20), nrow = 5)
#' Y <- to_categorical(c(0, 1, 1, 0, 1))
#' str(backward(X, Y, nn))
#' @export
backward <- function(X, Y, W1, b1, W2, b2) {
  layers <- check_layers(W1, b1, W2, b2)
  X <- check_inputs(X, layers, min_rows = 1L)
  Y <- check_targets(Y, X, layers)
  gradients <- check_read(backward_cpp(X, Y, two_layer_network(layers)), X)
  gradients[c(3L, 5L)] <- lapply(gradients[c(3L, 5L)], as.matrix)
  names(gradients) <- c("loss", "dW1", "db1", "dW2", "db2")
  gradients
}

#' Predictions of a two-layer network
#'
#' @inheritParams forward
#'
#' @returns A list of `probabilities` (a double n x outputs matrix whose rows sum to 1) and
#'   `predictions` (a numeric vector with the most probable class of each row, counted from 0). The
#'   predictions are `max.col(probabilities) - 1`. [max.col()] breaks ties (relative difference
#'   below 1e-5) at random.
#'
#' @inheritSection forward Errors
#'
#' @examples
#' nn <- init_nn(input_dim = 4, hidden_dim = 3, output_dim = 2)
#' X <- matrix(runif(20), nrow = 5)
#' predict_nn(X, nn$W1, nn$b1, nn$W2, nn$b2)
#' @export
predict_nn <- function(X, W1, b1, W2, b2) {
  layers <- check_layers(W1, b1, W2, b2)
  X <- check_inputs(X, layers)
  probabilities <- predict_probabilities(X, layers)
  list(probabilities = probabilities, predictions = most_probable(probabilities))
}

# `arg` is the argument of the user that `X` comes from.
predict_probabilities <- function(X, layers, arg = "X") {
  rows <- nrow_of(X)
  threads <- thread_count_for(rows)
  network <- two_layer_network(layers)
  probabilities <- check_read(
    predict_layers_cpp(X, network, rows, threads, "response"), X, arg
  )
  dimnames(probabilities) <- dimnames_of_layers(X, layers)$output
  probabilities
}

# Returns the layers of the script as a network for C++.
two_layer_network <- function(layers) {
  list(
    architecture = list(
      sizes = sizes_of_layers(layers),
      activations = "sigmoid", loss = "cross_entropy", dropout = 0
    ),
    parameters = layers
  )
}

# Returns the numbers of inputs, hidden units, and outputs.
sizes_of_layers <- function(layers) c(ncol(layers$W1), nrow(layers$W1), nrow(layers$W2))

# Returns classes, counted from 0. Ties are broken with R's random number generator.
most_probable <- function(probabilities) row_maxima(probabilities) - 1

# Returns the dimnames that X %*% t(W) would have, for each layer.
dimnames_of_layers <- function(X, layers) {
  rows <- names_of_rows(X)
  pair <- function(W) {
    names <- list(rows, dimnames(W)[[1L]])
    if (is.null(names[[1L]]) && is.null(names[[2L]])) NULL else names
  }
  list(hidden = pair(layers$W1), output = pair(layers$W2))
}

# ---- Checks -------------------------------------------------------------------------

# Returns list(W1, b1, W2, b2), with shapes that fit together. `W1` can be a list of all four.
check_layers <- function(W1, b1, W2, b2) {
  if (missing(W1)) {
    check_given(TRUE, "W1",
      hint = "Use `init_nn(input_dim, hidden_dim, output_dim)` to draw starting values."
    )
  }
  if (is.list(W1) && missing(b1) && missing(W2) && missing(b2)) {
    layers <- check_layer_list(W1)
    return(check_layers(layers$W1, layers$b1, layers$W2, layers$b2))
  }
  left_out <- c("b1", "W2", "b2")[c(missing(b1), missing(W2), missing(b2))]
  if (length(left_out)) {
    check_given(TRUE, left_out[1L], hint = "You can also pass a list of all layers as `W1`.")
  }
  layers <- list(W1 = W1, b1 = b1, W2 = W2, b2 = b2)
  if (layers_fit(W1, b1, W2, b2)) {
    return(layers)
  }
  # A shape or type is wrong, or the numbers are not of type double.
  check_matrix(W1, "W1")
  check_matrix(W2, "W2", cols = nrow(W1))
  layers <- list(
    W1 = W1, b1 = check_bias(b1, "b1", nrow(W1)),
    W2 = W2, b2 = check_bias(b2, "b2", nrow(W2))
  )
  lapply(layers, as_double)
}

check_layer_list <- function(x) {
  wanted <- c("W1", "b1", "W2", "b2")
  if (!all(wanted %in% names(x))) {
    stop_input("W1", "a numeric matrix or a list with elements W1, b1, W2, and b2",
      paste0(
        describe(x), ", without ",
        cli::format_inline("{.val {setdiff(wanted, names(x))}}")
      )
    )
  }
  x[wanted]
}

# Returns one bias for each unit, a vector or a one-column matrix.
check_bias <- function(x, arg, units) {
  shape_fits <- is.null(dim(x)) || (is.matrix(x) && ncol(x) == 1L)
  wanted <- sprintf("a numeric %d x 1 matrix or vector of length %d", units, units)
  check_that(is_numbers(x) && shape_fits && length(x) == units, x, arg, wanted)
  check_finite(x, arg)
}

# Returns observations for a network, one in each row: a numeric, raw, or sparse matrix.
# check_read() finds values that are not finite when C++ reads them.
check_inputs <- function(X, layers, arg = "X", min_rows = 0L) {
  check_given(missing(X), arg)
  check_not_one_row(X, two_layer_network(layers), arg)
  X <- as_plain_sparse(X)
  inputs <- ncol(layers$W1)
  fits <- length(dim(X)) == 2L && ncol_of(X) == inputs && !is.data.frame(X)
  check_that(fits, X, arg,
    describe_wanted_matrix(NULL, inputs, min_rows, "a numeric, raw, or sparse matrix"),
    hint_for_inputs(X, arg, inputs)
  )
  check_predictor_matrix(X, arg, min_rows)
}

# Returns what to do about observations of a wrong shape.
hint_for_inputs <- function(X, arg, inputs) {
  shape <- dim(X)
  if (is.data.frame(X)) {
    return(sprintf("Use as.matrix(%s) to turn numeric columns into a matrix.", arg))
  }
  if (length(shape) > 2L && prod(shape[-1L]) == inputs) {
    code <- sprintf("array_reshape(%s, c(%d, %d))", arg, shape[1L], inputs)
    return(sprintf("Use %s to turn each image into a row.", code))
  }
  if (length(shape) == 2L && shape[1L] == inputs) {
    return(sprintf("Observations go in rows: did you mean t(%s)?", arg))
  }
  if (length(shape) == 2L && shape[2L] != inputs) {
    sprintf("The network has %s.", counted(inputs, "input"))
  }
}

# Returns targets for a network: probabilities, with a row for each row of X and a column for each
# output.
check_targets <- function(Y, X, layers) {
  check_matrix(Y, "Y",
    rows = nrow_of(X), cols = nrow(layers$W2), hint = hint_for_targets(Y, layers)
  )
  sums <- rowSums(Y)
  wrong <- which(abs(sums - 1) > 1e-6 | rowSums(Y < 0) > 0)
  if (length(wrong)) {
    got <- sprintf("%s in row %d", toString(number_text(Y[wrong[1L], ])), wrong[1L])
    stop_input("Y", "probabilities of at least 0 that sum to 1 in each row", got,
      hint = "Use `to_categorical()` to turn class labels into such rows."
    )
  }
  as_double(Y)
}

# Returns what to do about targets of a wrong shape.
hint_for_targets <- function(Y, layers) {
  outputs <- nrow(layers$W2)
  if (is.matrix(Y) && is_numbers(Y) && ncol(Y) == outputs + 1L && all(Y[, 1L] == 0)) {
    return("Column 1 is all 0: do the labels start at 1? `to_categorical()` counts from 0.")
  }
  if (!is.matrix(Y) || !is_numbers(Y)) {
    return(sprintf("Use to_categorical(Y, num_classes = %d) for class labels.", outputs))
  }
  if (ncol(Y) != outputs) sprintf("The network has %s.", counted(outputs, "output"))
}

# Runs `code`, which reads the observations X in C++.
check_read <- function(code, X, arg = "X") {
  with_core(code, arg, function() check_finite(X, arg))
}

# Returns the names of the classes of a network.
check_levels <- function(levels, layers) {
  outputs <- nrow(layers$W2)
  if (is.null(levels)) levels <- rownames(layers$W2)
  if (is.null(levels)) levels <- seq_len(outputs) - 1L
  plain <- is.atomic(levels) && is.null(dim(levels))
  check_that(plain && length(levels) == outputs && !anyNA(levels), levels, "levels",
    sprintf("%s, one for each output", counted(outputs, "name"))
  )
  check_names(class_names(levels), "levels", "class")
  class_names(levels)
}
