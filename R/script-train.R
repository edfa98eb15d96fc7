# The script's training loop as one call, and the class of its result.

#' Starting values of a two-layer network
#'
#' Weights are drawn from a normal distribution by R's random number generator,
#' `W1` first, then `W2`; biases are 0. [set.seed()] before the call decides all.
#'
#' @param input_dim Number of inputs, at least 1: the columns of the data.
#' @param hidden_dim Number of hidden units, at least 1. More units fit finer
#'   detail and take proportionally more time.
#' @param output_dim Number of outputs, at least 1: the classes.
#' @param sd Standard deviation of the weights, at least 0. The default of 0.01
#'   keeps the sigmoids of the first batches in their steep middle; much larger
#'   values saturate them and slow the start, and with 0 all hidden units stay
#'   alike for ever.
#'
#' @returns A list of double matrices: `W1` (hidden x input), `b1` (hidden x 1),
#'   `W2` (output x hidden), `b2` (output x 1).
#'
#' @section Errors:
#' An error of class `feedforward_error` where a size is not one whole number of
#' at least 1, or `sd` not one finite number of at least 0.
#'
#' @examples
#' set.seed(123)
#' str(init_nn(784, 128, 10))
#' @importFrom stats rnorm
#' @export
init_nn <- function(input_dim, hidden_dim, output_dim, sd = 0.01) {
  input_dim <- check_count(input_dim, "input_dim")
  hidden_dim <- check_count(hidden_dim, "hidden_dim")
  output_dim <- check_count(output_dim, "output_dim")
  sd <- check_number(sd, "sd", min = 0)
  sizes <- c(input_dim = input_dim, hidden_dim = hidden_dim, output_dim = output_dim)
  check_network_size(sizes, names(which.max(sizes)))
  draw <- function(units, inputs) {
    size <- as.double(units) * inputs
    matrix(rnorm(size, mean = 0, sd = sd), nrow = units, ncol = inputs)
  }
  list(
    W1 = draw(hidden_dim, input_dim), b1 = matrix(0, hidden_dim, 1L),
    W2 = draw(output_dim, hidden_dim), b2 = matrix(0, output_dim, 1L)
  )
}

#' Train a two-layer network
#'
#' Mini-batch gradient descent on the cross-entropy of a network with one
#' sigmoid hidden layer and a softmax output. The whole loop runs in C++ and
#' follows the script it replaces number by number: every epoch draws one
#' `sample(1:n)` from R's random number generator, permutes the already permuted
#' data, and takes one step per batch, the smaller last batch included.
#'
#' @inheritParams forward
#' @param Y A numeric matrix, n x outputs: one-hot classes (see
#'   [to_categorical()]), or any target probabilities: at least 0, with the sum 1 in each
#'   row.
#' @param learning_rate Step per batch, above 0. The default of 0.1 suits inputs
#'   in 0..1; larger values learn faster until the loss swings or diverges,
#'   smaller ones need more epochs. Other inputs learn best after [scale()].
#' @param epochs Passes over the data, at least 0; 0 returns the starting values.
#'   More epochs fit the training data better, at some point at the cost of new
#'   data.
#' @param batch_size Observations per step, at least 1; above n, all of them
#'   make one batch. Larger batches give smoother but fewer steps: there are
#'   `epochs * ceiling(n / batch_size)` of them, so few observations want small batches
#'   and more epochs.
#' @param verbose `TRUE` prints the loss after every epoch.
#' @param threads Number of threads, at least 1; `NULL` for the default, see
#'   [feedforward_threads]. Results do not depend on it.
#' @param precision `"double"`, or `"single"` to compute with half the digits in
#'   about half the time of one thread; results are returned as double either way. The losses
#'   of both agree to about 4 digits.
#' @param progress `TRUE` shows a progress bar when training takes more than two
#'   seconds; by default in interactive use. With `verbose`, the printed lines take its
#'   place.
#'
#' @returns A list of class `two_layer_nn`: the trained `W1`, `b1`, `W2`, `b2`
#'   in the shapes of [init_nn()], and `loss_history`, one number per epoch: the
#'   mean of the losses of its batches, each taken before its step. `stopped` is
#'   there only where training was stopped: a list of the `epoch`, the `batch` and the
#'   `reason`. Training that goes on from such a list starts a history of its own. The
#'   class has methods for `print()`, `plot()` (the loss curve) and `predict()`. It is a
#'   plain list of numbers: [saveRDS()] and worker processes keep it whole. `X`
#'   and `Y` are never modified.
#'
#' @section Interrupting:
#' An interrupt (Ctrl-C, Esc or the stop sign) ends training before the next
#' batch. What was learned is returned, with a warning of class
#' `feedforward_interrupted` that says in which epoch and batch it was;
#' `loss_history` then holds the finished epochs. The same happens when the loss
#' cannot be printed, say because the disk of a log file is full.
#'
#' A script or loop goes on after the warning. To make it stop there, wrap the call in
#' `withCallingHandlers(..., feedforward_interrupted = function(w) stop(w))`.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument, what it got
#' and what it wanted.
#'
#' @inherit forward references
#'
#' @seealso [init_nn()] for the start, [predict.two_layer_nn()] and [plot.two_layer_nn()]
#'   for the result, [confusion_table()] and [plot_digits()] to judge it.
#'
#' @examples
#' set.seed(123)
#' digits <- synthetic_digits(n_train = 500, n_test = 100)
#' X <- array_reshape(digits$train$x, c(500, 784)) / 255
#' Y <- to_categorical(digits$train$y, num_classes = 10)
#' start <- init_nn(784, 16, 10)
#' fit <- train_nn(X, Y, start, learning_rate = 1, epochs = 20, batch_size = 16)
#' fit
#' plot(fit)
#' X_test <- array_reshape(digits$test$x, c(100, 784)) / 255
#' mean(predict(fit, X_test) == digits$test$y)
#' @export
train_nn <- function(X, Y, W1, b1, W2, b2, learning_rate = 0.1, epochs = 20,
                     batch_size = 128, verbose = TRUE, threads = NULL,
                     precision = c("double", "single"),
                     progress = interactive() && !verbose) {
  layers <- check_layers(W1, b1, W2, b2)
  X <- check_inputs(X, layers, min_rows = 1L)
  Y <- check_targets(Y, X, layers)
  options <- script_options(
    learn_rate = check_number(learning_rate, "learning_rate", min = 0, open = TRUE),
    epochs = check_count(epochs, "epochs", min = 0L),
    batch_size = check_count(batch_size, "batch_size"),
    threads = thread_count(threads),
    precision = check_choice(precision, "precision", c("double", "single")),
    on_epoch = if (check_flag(verbose, "verbose")) catching(print_epoch),
    on_progress = if (check_flag(progress, "progress") && !verbose) catching(progress_bar(epochs))
  )
  data <- list(x = X, y = Y)
  trained <- check_read(train_cpp(data, two_layer_network(layers), options), X)
  new_two_layer_nn(trained, layers)
}

# Training as the script has it: plain steps, always at the same rate, come what may.
script_options <- function(...) {
  c(list(...), list(
    optimizer = list(name = "sgd", momentum = 0, nesterov = FALSE),
    schedule = list(name = "none"), penalty = 0, mixture = 0, clip_norm = Inf,
    stop_iter = Inf, stop_if_diverged = FALSE, on_state = NULL, state_every = 1, state = NULL
  ))
}

# The script's own line.
print_epoch <- function(epoch, loss, ...) {
  cat("Epoch:", epoch, " Loss:", round(loss, 5), "\n")
}

# `trained` is what C++ returns, `layers` what training started from.
new_two_layer_nn <- function(trained, layers) {
  model <- trained$parameters
  names(model) <- c("W1", "b1", "W2", "b2")
  model[c("b1", "b2")] <- lapply(model[c("b1", "b2")], as.matrix)
  dimnames(model$W1) <- dimnames(layers$W1)
  dimnames(model$W2) <- dimnames(layers$W2)
  model$loss_history <- trained$history$loss
  if (!is.null(trained$stopped)) {
    model$stopped <- trained$stopped
    warn_interrupted(trained$stopped)
  }
  structure(model, class = "two_layer_nn")
}

# ---- Methods -----------------------------------------------------------------------

# Methods of what train_nn() returns.

#' Print, plot and use a trained two-layer network
#'
#' @param x,object What [train_nn()] returned.
#' @param newdata,new_data A numeric, raw or sparse matrix with one column per input, see
#'   [forward()]. Both names mean the same.
#' @param type `"class"` (the default) for the most probable class of each row,
#'   counted from 0; `"prob"` for the probabilities of all classes.
#' @param main,xlab,ylab Title and axis labels of the plot.
#' @param ... More graphical parameters for `plot()`, such as `col` or `type`; ignored by
#'   `print()` and `format()`; else it must be empty.
#'
#' @returns `predict()`: a numeric vector of length `nrow(newdata)`, or a double
#'   matrix with one column per class, as [predict_nn()] gives them. Columns of
#'   `newdata` go by their position, not by name. `format()`: what the network is, in one string.
#'   `print()`, `summary()` (the same) and
#'   `plot()` return the network, invisibly.
#'
#' @section Errors:
#' An error of class `feedforward_error` where `newdata` does not fit the network,
#' the network was changed into something that is none, or nothing was trained that
#' could be plotted.
#'
#' @examples
#' set.seed(1)
#' X <- as.matrix(iris[1:4])
#' Y <- to_categorical(iris$Species)
#' fit <- train_nn(X, Y, init_nn(4, 8, 3), epochs = 50, batch_size = 10, verbose = FALSE)
#' fit
#' plot(fit)
#' predicted <- levels(iris$Species)[predict(fit, X) + 1]
#' confusion_table(predicted, iris$Species)
#' @name two_layer_nn
NULL

#' @rdname two_layer_nn
#' @export
summary.two_layer_nn <- function(object, ...) {
  check_empty_dots(...)
  check_trained(object, "object")
  print(object)
}

#' @rdname two_layer_nn
#' @export
print.two_layer_nn <- function(x, ...) {
  check_trained(x, "x")
  sizes <- c(ncol(x$W1), nrow(x$W1), nrow(x$W2))
  count <- sum(lengths(x[c("W1", "b1", "W2", "b2")]))
  cat("A two-layer network: ", sizes[1], " inputs, ", sizes[2], " hidden units (sigmoid), ",
    sizes[3], " outputs (softmax)\n",
    sep = ""
  )
  cat(thousands(count), "parameters\n")
  epochs <- length(x$loss_history)
  if (epochs == 0L) {
    cat(if (is.null(x$stopped)) "Trained for 0 epochs\n" else "No epoch was completed\n")
  } else {
    cat("Trained for ", epochs, " epoch", plural(epochs), ": loss ",
      loss_text(x$loss_history[1]), if (epochs > 1) paste(" ->", loss_text(x$loss_history[epochs])),
      "\n",
      sep = ""
    )
  }
  if (is_whole(x$stopped$epoch) && is_whole(x$stopped$batch)) {
    cat("Stopped early: ", place_in_words(x$stopped), "\n", sep = "")
  }
  invisible(x)
}

#' @rdname two_layer_nn
#' @export
format.two_layer_nn <- function(x, ...) {
  check_trained(x, "x")
  in_one_line(counted_names("classes", seq_len(nrow(x$W2)) - 1L),
    c(ncol(x$W1), nrow(x$W1), nrow(x$W2)))
}

loss_text <- function(loss) number_text(round(loss, 5))

#' @rdname two_layer_nn
#' @importFrom graphics plot
#' @export
plot.two_layer_nn <- function(x, main = "Training loss", xlab = "Epoch",
                              ylab = "Cross-entropy loss", ...) {
  check_trained(x, "x")
  for (arg in c("main", "xlab", "ylab")) check_label(get(arg), arg)
  epochs <- length(x$loss_history)
  if (epochs == 0L) {
    stop_input("x", "a network trained for at least one whole epoch", "one of 0 epochs")
  }
  # A line through a single epoch would draw nothing.
  type <- if (epochs == 1L) "p" else "l"
  look <- list(
    type = type, lwd = 2, col = training_look$col, pch = 19L, las = 1L, main = main, xlab = xlab,
    ylab = ylab
  )
  with_dots_of("plot.default()", ...length(), {
    plot_over_epochs(seq_len(epochs), x$loss_history, utils::modifyList(look, list(...)))
  })
  invisible(x)
}

# What train_nn() returns: layers that fit together, and losses.
check_trained <- function(x, arg) {
  losses <- if (is.list(x)) x$loss_history
  stopped <- if (is.list(x)) x$stopped
  whole <- is.list(x) && (is.null(losses) || (is.numeric(losses) && !is.object(losses))) &&
    (is.null(stopped) || is.list(stopped))
  if (!whole) stop_input(arg, "what train_nn() returns", describe(x))
  check_layers(unclass(x))
}

# A title or the name of an axis: a string, also an empty one, or mathematics as R draws it.
check_label <- function(x, arg) {
  if (!is.language(x) && !identical(x, "")) check_title(x, arg)
}

#' @rdname two_layer_nn
#' @importFrom stats predict
#' @export
predict.two_layer_nn <- function(object, newdata, type = c("class", "prob"), ..., new_data) {
  check_empty_dots(..., known = c("newdata", "type"))
  type <- check_choice(type, "type", c("class", "prob"))
  check_trained(object, "object")
  layers <- check_layers(unclass(object))
  newdata <- either_name(new_data, newdata, arg = "newdata")
  newdata <- check_inputs(newdata, layers, arg = "newdata")
  probabilities <- predict_probabilities(newdata, layers, arg = "newdata")
  if (type == "class") most_probable(probabilities) else probabilities
}
