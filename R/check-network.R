# What is refused of the parts of a network and of what goes into it.

# The layers of a two-layer network, from four arguments or from one list in place of
# `W1`, as list(W1, b1, W2, b2) of shapes that fit together.
check_layers <- function(W1, b1, W2, b2, call = rlang::caller_env()) {
  if (missing(W1)) {
    stop_input("W1", "given: a numeric matrix, or a list with all layers", "nothing",
      hint = "init_nn(input_dim, hidden_dim, output_dim) draws such a list to start from.",
      call = call
    )
  }
  if (is.list(W1) && missing(b1) && missing(W2) && missing(b2)) {
    layers <- check_layer_list(W1, call = call)
    return(check_layers(layers$W1, layers$b1, layers$W2, layers$b2, call = call))
  }
  left_out <- c("b1", "W2", "b2")[c(missing(b1), missing(W2), missing(b2))]
  if (length(left_out)) {
    stop_input(left_out[1L], "given, unless a list with all layers is given as `W1`", "nothing",
      call = call
    )
  }
  layers <- list(W1 = W1, b1 = b1, W2 = W2, b2 = b2)
  if (layers_fit(W1, b1, W2, b2)) {
    return(layers)
  }
  # Something is wrong, or only of another type.
  check_matrix(W1, "W1", call = call)
  check_matrix(W2, "W2", cols = nrow(W1), call = call)
  layers <- list(
    W1 = W1, b1 = check_bias(b1, "b1", nrow(W1), call = call),
    W2 = W2, b2 = check_bias(b2, "b2", nrow(W2), call = call)
  )
  lapply(layers, as_double)
}

# No matrix or network has more numbers than R counts in an integer: 16 GiB of them.
most_numbers <- .Machine$integer.max

# `sizes` are those of all layers, inputs and outputs among them.
check_network_size <- function(sizes, arg, call = rlang::caller_env()) {
  count <- sum(sizes[-1L] * (as.double(sizes[-length(sizes)]) + 1))
  if (count > most_numbers) {
    stop_input(arg, sprintf("such that the network has at most %d parameters", most_numbers),
      sprintf("one of %.0f", count),
      call = call
    )
  }
}

# Runs `code`, which may call the core, and puts what the core throws (src/r_conditions.h) into the
# user's words. `arg` is what the user calls the predictors; `refuse_value` raises the error that
# says which value is not finite. Other errors are left as they are.
with_core <- function(code, call = rlang::caller_env(), arg = "x", refuse_value = function() NULL) {
  tryCatch(code,
    feedforward_core_not_finite = function(cnd) {
      refuse_value()
      rlang::cnd_signal(cnd)
    },
    feedforward_core_too_large = function(cnd) {
      if (cnd$part == "validation") arg <- "validation$x"
      stop_input(arg, "of numbers up to 3.4e38, with `precision = \"single\"`", "a larger one",
        hint = "With `precision = \"double\"`, or divided by a constant, it can be used.",
        call = call
      )
    },
    error = function(cnd) {
      if (!lacks_memory(cnd)) rlang::cnd_signal(cnd)
      stop_feedforward("There is not enough memory for this network and these data.",
        i = "Fewer hidden units, inputs or rows need less; in training, so does
             `precision = \"single\"`.",
        call = call
      )
    }
  )
}

# R has no class for its own errors of this kind, and may say them in another language: then they
# stay what they are.
lacks_memory <- function(cnd) {
  inherits(cnd, c("feedforward_core_no_memory", "std::bad_alloc", "std::length_error")) ||
    grepl("cannot allocate|memory exhausted|memory limit", conditionMessage(cnd))
}

# The same array of type double, which is all the C++ side reads.
as_double <- function(x) {
  if (!is.double(x)) storage.mode(x) <- "double"
  x
}

check_layer_list <- function(x, call) {
  wanted <- c("W1", "b1", "W2", "b2")
  if (!all(wanted %in% names(x))) {
    stop_input("W1", "a numeric matrix, or a list with elements W1, b1, W2 and b2",
      paste0(
        describe(x), ", without ",
        cli::format_inline("{.val {setdiff(wanted, names(x))}}")
      ),
      call = call
    )
  }
  x[wanted]
}

# One bias per unit: a vector or a one-column matrix.
check_bias <- function(x, arg, units, call = rlang::caller_env()) {
  shape_fits <- is.null(dim(x)) || (is.matrix(x) && ncol(x) == 1L)
  if (!is_numbers(x) || !shape_fits || length(x) != units) {
    wanted <- sprintf("a numeric %d x 1 matrix or vector of length %d", units, units)
    stop_input(arg, wanted, describe(x), call = call)
  }
  check_finite(x, arg, call = call)
}

# Observations for a network, one per row, one column per input: numbers, bytes (raw) or
# a sparse matrix. Whether all are finite shows when they are read, see check_read().
check_inputs <- function(X, layers, arg = "X", min_rows = 0L, call = rlang::caller_env()) {
  check_given(missing(X), arg, call = call)
  X <- as_plain_sparse(X)
  sparse <- is_plain_sparse(X)
  shape <- if (sparse) X@Dim else if (is_numbers(X) || is.raw(X)) dim(X)
  inputs <- ncol(layers$W1)
  if (length(shape) != 2L || shape[1L] < min_rows || shape[2L] != inputs) {
    wanted <- describe_wanted_matrix(NULL, inputs, min_rows, "a numeric, raw or sparse matrix")
    stop_input(arg, wanted, describe(X), hint = hint_for_inputs(X, arg, inputs), call = call)
  }
  if (sparse && !is_sound_sparse(X)) {
    stop_input(arg, "a valid sparse matrix", "one whose slots contradict each other", call = call)
  }
  X
}

# The one sparse class that the C++ side reads.
is_plain_sparse <- function(X) isS4(X) && inherits(X, "dgCMatrix")

nrow_of <- function(X) if (is_plain_sparse(X)) X@Dim[1L] else nrow(X)

ncol_of <- function(X) if (is_plain_sparse(X)) X@Dim[2L] else ncol(X)

# Whether the slots of a sparse matrix, which anyone may change, fit each other.
is_sound_sparse <- function(X) {
  names <- X@Dimnames
  length(names) == 2L && all(lengths(names) == 0L | lengths(names) == X@Dim) &&
    is_valid_sparse(X@p, X@i, X@x, X@Dim)
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
check_targets <- function(Y, X, layers, call = rlang::caller_env()) {
  check_matrix(Y, "Y",
    rows = nrow_of(X), cols = nrow(layers$W2), hint = hint_for_targets(Y, layers), call = call
  )
  sums <- rowSums(Y)
  wrong <- which(abs(sums - 1) > 1e-6 | rowSums(Y < 0) > 0)
  if (length(wrong)) {
    got <- sprintf("%s in row %d", toString(number_text(Y[wrong[1L], ])), wrong[1L])
    stop_input("Y", "probabilities in each row: at least 0, with the sum 1", got,
      hint = "to_categorical() makes such rows of class labels.", call = call
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

# Any sparse class of the Matrix package as its column-compressed double form, dense ones as a
# matrix of R.
as_plain_sparse <- function(X) {
  if (!isS4(X) || !inherits(X, "Matrix") || is_plain_sparse(X)) {
    return(X)
  }
  rlang::check_installed("Matrix", "to read this class of matrix.")
  if (inherits(X, "denseMatrix")) {
    return(as.matrix(X))
  }
  methods::as(methods::as(methods::as(X, "dMatrix"), "generalMatrix"), "CsparseMatrix")
}

# with_core() for code that reads the observations X.
check_read <- function(code, X, arg = "X", call = rlang::caller_env()) {
  with_core(code, call, arg, function() check_finite(X, arg, call = call))
}
