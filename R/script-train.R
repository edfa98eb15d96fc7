# The training loop of the script, and the class of its result.

#' Starting values of a two-layer network
#'
#' Draws weights from a normal distribution with R's random number generator, first `W1`, then `W2`.
#' Biases are 0. Use [set.seed()] to get the same weights again.
#'
#' @param input_dim The number of inputs, at least 1: the columns of the data.
#' @param hidden_dim The number of hidden units, at least 1. More units can fit more detail, and
#'   take proportionally more time.
#' @param output_dim The number of outputs, at least 1: the classes.
#' @param sd The standard deviation of the weights, at least 0. With the default of 0.01, training
#'   starts where sigmoids are steep. Much larger values saturate the sigmoids and slow down the
#'   start. With 0, all hidden units stay identical.
#'
#' @returns A list of double matrices: `W1` (hidden x input), `b1` (hidden x 1), `W2` (output x
#'   hidden), and `b2` (output x 1).
#'
#' @section Errors: An error of class `feedforward_error` if a size is not a whole number of at
#' least 1, or if `sd` is not a finite number of at least 0.
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
#' Trains a network with one sigmoid hidden layer and a softmax output by mini-batch gradient
#' descent on the cross-entropy. The loop runs in C++, and gives the same numbers as the teaching
#' script in `vignette("mnist", "feedforward")`. For each epoch, it draws one `sample(1:n)` with R's
#' random number generator and permutes the data, starting from their order in the previous epoch.
#' Then it takes one step for each batch. The last batch can be smaller.
#'
#' @inheritParams forward
#' @param Y A numeric matrix, n x outputs: one-hot classes (see [to_categorical()]), or other target
#'   probabilities of at least 0 that sum to 1 in each row.
#' @param learning_rate The size of the steps, above 0. The default of 0.1 suits inputs from 0 to 1.
#'   Larger values learn faster, until the loss oscillates or diverges. Smaller values need more
#'   epochs. Use [scale()] for inputs on other scales.
#' @param epochs The number of passes over the data, at least 0. With 0, the starting values are
#'   returned. More epochs fit the training data better. Too many make predictions for new data
#'   worse.
#' @param batch_size The number of observations for each step, at least 1. If it is larger than n,
#'   each batch contains all observations. Larger batches give smoother but fewer steps, `epochs *
#'   ceiling(n / batch_size)` in total. So if you have few observations, use small batches and more
#'   epochs.
#' @param verbose `TRUE` prints the loss after each epoch.
#' @param threads The number of threads, at least 1. For the default, `NULL`, see
#'   [feedforward_threads]. Results do not depend on it.
#' @param precision `"double"`, or `"single"` to compute with half the digits, in half to two thirds
#'   of the time. Results have type double in both cases. The losses of both agree to about 4
#'   digits.
#' @param progress `TRUE` shows a progress bar if training takes more than two seconds. The default
#'   is `TRUE` in interactive use with `verbose = FALSE`. With `verbose`, there is no progress bar.
#' @param on_epoch A function to call after each epoch, as in [feedforward()]. Its `model()` is a
#'   list of class `two_layer_nn`, the network after this epoch.
#'
#' @returns A list of class `two_layer_nn`: the trained `W1`, `b1`, `W2`, and `b2` in the shapes of
#'   [init_nn()], and `loss_history`. `loss_history` has one number for each epoch, the mean loss of
#'   its batches, each computed before its step. If training was stopped, `stopped` is a list of the
#'   `epoch`, the `batch`, and the `reason`. If you continue training from such a list,
#'   `loss_history` starts again. The class has methods for `print()`, `plot()` (the loss curve),
#'   and `predict()`. You can save the list with [saveRDS()] and send it to other processes. `X` and
#'   `Y` are never modified.
#'
#' @section Interrupting:
#' An interrupt (Ctrl-C, Esc, or the stop button) ends training before the next batch. You get the
#' network as trained so far, and a warning of class `feedforward_interrupted` that names the epoch
#' and batch. `loss_history` contains the complete epochs. The same happens if the loss cannot be
#' printed, for example because the disk that holds a log file is full.
#'
#' A script or loop continues after the warning. To stop it there, wrap the call in
#' `withCallingHandlers(..., feedforward_interrupted = function(w) stop("interrupted"))`.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument, the value given, and what it must
#' be.
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
                     progress = interactive() && !verbose, on_epoch = NULL) {
  layers <- check_layers(W1, b1, W2, b2)
  X <- check_inputs(X, layers, min_rows = 1L)
  Y <- check_targets(Y, X, layers)
  options <- options_of_script(nrow(layers$W1), learning_rate, epochs, batch_size,
    threads = threads, precision = check_choice(precision, "precision", precision_names),
    verbose = check_flag(verbose, "verbose"), progress = progress, on_epoch = on_epoch
  )
  watcher <- epoch_watcher(on_epoch, options$epochs, list(kind = "classes"),
    as_model = function(trained) new_two_layer_nn(trained, layers)
  )
  # The script goes on even if the loss diverges.
  how <- training_options(options, print_epoch, on_epoch = watcher$call, stop_if_diverged = FALSE)
  trained <- check_read(train_cpp(list(x = X, y = Y), two_layer_network(layers), how), X)
  model <- new_two_layer_nn(trained, layers)
  watcher$finish(model)
  stopped <- model$stopped
  if (!is.null(stopped) && !stopped$reason %in% wanted_endings) {
    warn_interrupted(stopped, watcher$failure())
  }
  model
}

# Prints the line of the script.
print_epoch <- function(epoch, loss, ...) {
  cat("Epoch:", epoch, " Loss:", round(loss, 5), "\n")
}

# `trained` is the result of C++, and `layers` are the starting values.
new_two_layer_nn <- function(trained, layers) {
  model <- trained$parameters
  names(model) <- c("W1", "b1", "W2", "b2")
  model[c("b1", "b2")] <- lapply(model[c("b1", "b2")], as.matrix)
  dimnames(model$W1) <- dimnames(layers$W1)
  dimnames(model$W2) <- dimnames(layers$W2)
  model$loss_history <- trained$history$loss
  model$stopped <- trained$stopped
  structure(model, class = "two_layer_nn")
}

# ---- Methods -----------------------------------------------------------------------

#' Print, plot, and predict with a two-layer network
#'
#' @param x,object A network returned by [train_nn()].
#' @param newdata,new_data A numeric, raw, or sparse matrix with one column for each input, as for
#'   [forward()]. Columns are matched by position, not by name. Both arguments mean the same thing.
#' @param type `"class"` (the default) for the most probable class of each row, counted from 0, or
#'   `"prob"` for the probabilities of all classes.
#' @param main,xlab,ylab Title and axis labels of the plot.
#' @param ... Graphical parameters for `plot()`, such as `col` or `type`. Ignored by `print()` and
#'   `format()`. Otherwise must be empty.
#'
#' @returns `predict()` returns a numeric vector with one class for each row, or a double matrix
#'   with one column for each class, as returned by [predict_nn()]. `format()` returns a description
#'   as one string. `print()`, `summary()` (which prints the same text), and `plot()` return the
#'   network, invisibly.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `newdata` does not fit the network, if the network is
#' invalid, or if it has no complete epoch to plot.
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
  sizes <- sizes_of_layers(x)
  count <- sum(lengths(x[c("W1", "b1", "W2", "b2")]))
  cat("A two-layer network: ", counted(sizes[1], "input"), ", ", counted(sizes[2], "hidden unit"),
    " (sigmoid), ", counted(sizes[3], "output"), " (softmax)\n",
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
  if (is_whole(x$stopped$epoch)) {
    cat(stopped_in_words(x$stopped), sep = "\n")
  }
  invisible(x)
}

#' @rdname two_layer_nn
#' @export
format.two_layer_nn <- function(x, ...) {
  check_trained(x, "x")
  in_one_line(counted_names("classes", seq_len(nrow(x$W2)) - 1L), sizes_of_layers(x))
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
    stop_input("x", "a network trained for at least one whole epoch",
      "a network trained for 0 epochs"
    )
  }
  # A line through a single epoch would draw nothing.
  type <- if (epochs == 1L) "p" else "l"
  limits <- limits_around(x$loss_history[is.finite(x$loss_history)])
  # The margins stay as they are, so that lines can be added. Long numbers are turned, as they would
  # reach the label.
  wide <- tick_width(list(ylim = limits, log = ""), list(...)$cex.axis) > 2.3
  look <- list(
    type = type, lwd = 2, col = training_look$col, pch = 19L, las = if (wide) 0L else 1L,
    main = main, xlab = xlab, ylab = ylab
  )
  with_dots_of("plot.default()", ...length(), {
    plot_over_epochs(seq_len(epochs), x$loss_history, utils::modifyList(look, list(...)))
  })
  invisible(x)
}

# Refuses anything but a result of train_nn(), with layers that fit together. Returns the layers.
check_trained <- function(x, arg) {
  losses <- if (is.list(x)) x$loss_history
  stopped <- if (is.list(x)) x$stopped
  whole <- is.list(x) && (is.null(losses) || (is.numeric(losses) && !is.object(losses))) &&
    (is.null(stopped) || is.list(stopped))
  check_that(whole, x, arg, "a result of `train_nn()`")
  check_layers(unclass(x))
}

# A title or label of an axis is a string, which may be empty, or an expression of mathematics.
check_label <- function(x, arg) {
  if (!is.language(x) && !identical(x, "")) check_title(x, arg)
}

#' @rdname two_layer_nn
#' @importFrom stats predict
#' @export
predict.two_layer_nn <- function(object, newdata, type = c("class", "prob"), ..., new_data) {
  check_empty_dots(..., known = c("newdata", "type"))
  type <- check_choice(type, "type", c("class", "prob"))
  layers <- check_trained(object, "object")
  newdata <- either_name(new_data, newdata, arg = "newdata")
  newdata <- check_inputs(newdata, layers, arg = "newdata")
  probabilities <- predict_probabilities(newdata, layers, arg = "newdata")
  if (type == "class") most_probable(probabilities) else probabilities
}
