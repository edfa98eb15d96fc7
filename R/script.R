# The functions of the teaching script, by the script's names and in its shapes:
# observations in rows, W1 hidden x input, b1 hidden x 1, W2 output x hidden,
# b2 output x 1.

#' Sigmoid and softmax
#'
#' `sigmoid()` maps each number to (0, 1); `softmax()` maps each row of a matrix
#' to probabilities that sum to 1.
#'
#' @param z A numeric vector, matrix or array of any size.
#' @param Z A numeric matrix, one observation per row: the logits.
#'
#' @returns `sigmoid()`: `1 / (1 + exp(-z))`, a double array with the
#'   dimensions and names of `z`. `softmax()`: a double matrix with the
#'   dimensions and names of `Z`. Both are stable for any size of number:
#'   `sigmoid(-1e4)` is 0, and a row of equal logits of 1e4 gives equal
#'   probabilities; results below 2.2e-308 become 0. `NA` and `NaN` pass through: to
#'   their own element in `sigmoid()`, to their row in `softmax()`.
#'
#' @section Errors:
#' An error of class `feedforward_error` where `z` is not numeric or `Z` is not
#' a numeric matrix.
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
#' The mean over observations of `-sum(y_true * log(y_pred))`. Probabilities are
#' clamped to `[1e-8, 1 - 1e-8]` first, so one confident mistake costs at most
#' `-log(1e-8)`, about 18.4, instead of infinity.
#'
#' @param y_true A numeric matrix, one observation per row: one-hot classes (see
#'   [to_categorical()]), or any target probabilities.
#' @param y_pred A numeric matrix of the same dimensions: predicted
#'   probabilities.
#'
#' @returns One number, at least 0 for targets that are probabilities.
#'
#' @section Errors:
#' An error of class `feedforward_error` where an argument is not a finite
#' numeric matrix with at least one row, or the dimensions differ.
#'
#' @inherit sigmoid references
#'
#' @examples
#' y <- to_categorical(c(0, 2, 1))
#' cross_entropy(y, softmax(5 * y)) # sure and right
#' cross_entropy(y, matrix(1 / 3, 3, 3)) # no idea: log(3)
#' @export
cross_entropy <- function(y_true, y_pred) {
  check_matrix(y_true, "y_true", min_rows = 1L)
  check_matrix(y_pred, "y_pred", rows = nrow(y_true), cols = ncol(y_true))
  cross_entropy_cpp(y_true, y_pred)
}

#' Forward pass of a two-layer network
#'
#' Computes `Z1 = X W1' + b1`, `A1 = sigmoid(Z1)`, `Z2 = A1 W2' + b2` and
#' `A2 = softmax(Z2)`.
#'
#' @param X A matrix of n observations in rows and inputs in columns: numeric, a
#'   sparse matrix of the Matrix package (such as `dgCMatrix`), or `raw`, whose
#'   bytes stand for byte / 255 (for whole numbers in 0..255,
#'   `mode(X) <- "raw"` makes one, an eighth of the size). Columns go by their
#'   position, not by name. Inputs of about unit size (such as pixels
#'   divided by 255) train best.
#' @param W1 A numeric matrix, hidden units x inputs: the weights of the hidden
#'   layer. Or a list with elements `W1`, `b1`, `W2`, `b2`, such as [init_nn()]
#'   and [train_nn()] return; then leave out the other three.
#' @param b1 The biases of the hidden units: a hidden x 1 matrix or a vector.
#' @param W2 A numeric matrix, outputs x hidden units: the weights of the output
#'   layer.
#' @param b2 The biases of the outputs: an outputs x 1 matrix or a vector.
#'
#' @returns A list of four double matrices with one row per row of `X`: `Z1` and
#'   `A1` (n x hidden), the logits and activations of the hidden layer, `Z2` and
#'   `A2` (n x outputs), the logits and probabilities of the output layer. Row
#'   names come from `X`, column names from the row names of the weights.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument, what it got
#' and what it wanted: for weights that are not finite numeric matrices, for `X` of
#' another kind than above or with NA, NaN or Inf, and for shapes that do not fit
#' together.
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
#' The cross-entropy of a two-layer network and its gradients, as one step of
#' mini-batch training uses them: with `dZ2 = A2 - Y`, `dW2 = dZ2' A1 / n`,
#' `db2 = colMeans(dZ2)`, `dZ1 = (dZ2 W2) * A1 * (1 - A1)`, `dW1 = dZ1' X / n`,
#' `db1 = colMeans(dZ1)`.
#'
#' @inheritParams forward
#' @param Y A numeric matrix, n x outputs: one-hot classes (see
#'   [to_categorical()]), or any target probabilities.
#'
#' @returns A list: `loss`, one number, the [cross_entropy()]; `dW1`, `db1`,
#'   `dW2`, `db2`, double matrices of the shapes of `W1`, `b1` (hidden x 1),
#'   `W2`, `b2` (outputs x 1).
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
#' @returns A list: `probabilities`, a double matrix, n x outputs, whose rows sum
#'   to 1; `predictions`, a numeric vector of length n with the most probable
#'   class of each row, counted from 0, that is `max.col(probabilities) - 1`.
#'   [max.col()] decides ties (relative difference below 1e-5) at random, by R's
#'   random number generator.
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

# `arg` is what the user calls X.
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

# The script's layers as the C++ side takes a network.
two_layer_network <- function(layers) {
  list(
    architecture = list(
      sizes = c(ncol(layers$W1), nrow(layers$W1), nrow(layers$W2)),
      activations = "sigmoid", loss = "cross_entropy", dropout = 0
    ),
    parameters = layers
  )
}

# Classes count from 0; ties draw from R's random number generator.
most_probable <- function(probabilities) row_maxima(probabilities) - 1

# What a product X %*% t(W) would name its rows and columns, per layer.
dimnames_of_layers <- function(X, layers) {
  row_names <- if (is_plain_sparse(X)) X@Dimnames[[1L]] else dimnames(X)[[1L]]
  pair <- function(W) {
    names <- list(row_names, dimnames(W)[[1L]])
    if (is.null(names[[1L]]) && is.null(names[[2L]])) NULL else names
  }
  list(hidden = pair(layers$W1), output = pair(layers$W2))
}

# ---- What is refused ---------------------------------------------------------------

# The layers of a two-layer network, from four arguments or from one list in place of
# `W1`, as list(W1, b1, W2, b2) of shapes that fit together.
check_layers <- function(W1, b1, W2, b2) {
  if (missing(W1)) {
    stop_input("W1", "given: a numeric matrix, or a list with all layers", "nothing",
      hint = "init_nn(input_dim, hidden_dim, output_dim) draws such a list to start from."
    )
  }
  if (is.list(W1) && missing(b1) && missing(W2) && missing(b2)) {
    layers <- check_layer_list(W1)
    return(check_layers(layers$W1, layers$b1, layers$W2, layers$b2))
  }
  left_out <- c("b1", "W2", "b2")[c(missing(b1), missing(W2), missing(b2))]
  if (length(left_out)) {
    stop_input(left_out[1L], "given, unless a list with all layers is given as `W1`", "nothing")
  }
  layers <- list(W1 = W1, b1 = b1, W2 = W2, b2 = b2)
  if (layers_fit(W1, b1, W2, b2)) {
    return(layers)
  }
  # Something is wrong, or only of another type.
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
    stop_input("W1", "a numeric matrix, or a list with elements W1, b1, W2 and b2",
      paste0(
        describe(x), ", without ",
        cli::format_inline("{.val {setdiff(wanted, names(x))}}")
      )
    )
  }
  x[wanted]
}

# One bias per unit: a vector or a one-column matrix.
check_bias <- function(x, arg, units) {
  shape_fits <- is.null(dim(x)) || (is.matrix(x) && ncol(x) == 1L)
  if (!is_numbers(x) || !shape_fits || length(x) != units) {
    wanted <- sprintf("a numeric %d x 1 matrix or vector of length %d", units, units)
    stop_input(arg, wanted, describe(x))
  }
  check_finite(x, arg)
}

# Observations for a network, one per row, one column per input: numbers, bytes (raw) or
# a sparse matrix. Whether all are finite shows when they are read, see check_read().
check_inputs <- function(X, layers, arg = "X", min_rows = 0L) {
  check_given(missing(X), arg)
  X <- as_plain_sparse(X)
  sparse <- is_plain_sparse(X)
  shape <- if (sparse) X@Dim else if (is_numbers(X) || is.raw(X)) dim(X)
  inputs <- ncol(layers$W1)
  if (length(shape) != 2L || shape[1L] < min_rows || shape[2L] != inputs) {
    wanted <- describe_wanted_matrix(NULL, inputs, min_rows, "a numeric, raw or sparse matrix")
    stop_input(arg, wanted, describe(X), hint = hint_for_inputs(X, arg, inputs))
  }
  if (sparse && !is_sound_sparse(X)) {
    stop_input(arg, "a valid sparse matrix", "one whose slots contradict each other")
  }
  X
}

# What to do about observations that are no fitting matrix.
hint_for_inputs <- function(X, arg, inputs) {
  shape <- dim(X)
  if (is.data.frame(X)) {
    return(sprintf("as.matrix(%s) turns numeric columns into a matrix.", arg))
  }
  if (length(shape) > 2L && prod(shape[-1L]) == inputs) {
    return(sprintf("array_reshape(%s, c(%d, %d)) makes each image a row.", arg, shape[1L], inputs))
  }
  if (is.null(shape) && length(X) == inputs) {
    return(sprintf("One observation is a matrix of one row: matrix(%s, nrow = 1).", arg))
  }
  if (length(shape) == 2L && shape[1L] == inputs) {
    return(sprintf("Observations go in rows: did you mean t(%s)?", arg))
  }
  if (length(shape) == 2L && shape[2L] != inputs) sprintf("The network has %d inputs.", inputs)
}

# Targets for a network: probabilities, one row per row of X, one column per output.
check_targets <- function(Y, X, layers) {
  check_matrix(Y, "Y",
    rows = nrow_of(X), cols = nrow(layers$W2), hint = hint_for_targets(Y, layers)
  )
  sums <- rowSums(Y)
  wrong <- which(abs(sums - 1) > 1e-6 | rowSums(Y < 0) > 0)
  if (length(wrong)) {
    got <- sprintf("%s in row %d", toString(number_text(Y[wrong[1L], ])), wrong[1L])
    stop_input("Y", "probabilities in each row: at least 0, with the sum 1", got,
      hint = "to_categorical() makes such rows of class labels."
    )
  }
  as_double(Y)
}

# What to do about targets that are no fitting matrix.
hint_for_targets <- function(Y, layers) {
  outputs <- nrow(layers$W2)
  if (is.matrix(Y) && is_numbers(Y) && ncol(Y) == outputs + 1L && all(Y[, 1L] == 0)) {
    return("Column 1 is all 0: do the labels start at 1? to_categorical() counts from 0.")
  }
  if (!is.matrix(Y) || !is_numbers(Y)) {
    return(sprintf("to_categorical(Y, num_classes = %d) makes it of class labels.", outputs))
  }
  if (ncol(Y) != outputs) sprintf("The network has %d outputs.", outputs)
}

# with_core() for code that reads the observations X.
check_read <- function(code, X, arg = "X") {
  with_core(code, arg, function() check_finite(X, arg))
}

# Names for the classes of a network.
check_levels <- function(levels, layers) {
  outputs <- nrow(layers$W2)
  if (is.null(levels)) levels <- rownames(layers$W2)
  if (is.null(levels)) levels <- seq_len(outputs) - 1L
  plain <- is.atomic(levels) && is.null(dim(levels))
  if (!plain || length(levels) != outputs || anyNA(levels)) {
    stop_input("levels", sprintf("%d names, one for each output", outputs), describe(levels))
  }
  check_names(class_names(levels), "levels", "class")
  class_names(levels)
}
