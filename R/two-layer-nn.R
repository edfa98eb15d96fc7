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
  with_dots_of("plot.default()", ...length(), call = rlang::current_env(), {
    plot_over_epochs(seq_len(epochs), x$loss_history, utils::modifyList(look, list(...)))
  })
  invisible(x)
}

# What train_nn() returns: layers that fit together, and losses.
check_trained <- function(x, arg, call = rlang::caller_env()) {
  losses <- if (is.list(x)) x$loss_history
  stopped <- if (is.list(x)) x$stopped
  whole <- is.list(x) && (is.null(losses) || (is.numeric(losses) && !is.object(losses))) &&
    (is.null(stopped) || is.list(stopped))
  if (!whole) stop_input(arg, "what train_nn() returns", describe(x), call = call)
  check_layers(unclass(x), call = call)
}

# A title or the name of an axis: a string, also an empty one, or mathematics as R draws it.
check_label <- function(x, arg, call = rlang::caller_env()) {
  if (!is.language(x) && !identical(x, "")) check_title(x, arg, call = call)
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
