# Networks of the script's functions as models.

#' A network of `train_nn()` as a model
#'
#' Turns what [train_nn()] or [init_nn()] returned into a model of [feedforward()] with the same
#' predictions, so that all that works on models works on it: `predict()`, `plot()`,
#' [confusion_matrix()], [write_model()], [continue_training()].
#'
#' @param x A list with the matrices `W1` (hidden units x inputs), `b1`, `W2` (outputs x hidden
#'   units), `b2`, such as [train_nn()] returns: one hidden layer of sigmoid units, softmax.
#' @param levels The names of the classes, one for each output, all different. The default, `NULL`,
#'   takes the row names of `W2`, or else counts from 0, as [to_categorical()] does.
#'
#' @returns A list of class `feedforward`, see [feedforward()]: a classifier of matrices, whose
#'   inputs are not standardised and go by the column names of `W1`, where it has any. Its
#'   `history` has the losses of training; accuracies, rates and times, which [train_nn()] does
#'   not keep, are `NA`. Predicted classes are a factor.
#'
#' @section Errors:
#' An error of class `feedforward_error` where `x` is no such network, or `levels` do not fit its
#' outputs.
#'
#' @inherit forward references
#' @seealso [feedforward()] to fit such a network at once.
#' @examples
#' set.seed(123)
#' X <- as.matrix(iris[1:4])
#' Y <- to_categorical(iris$Species)
#' trained <- train_nn(X, Y, init_nn(4, 8, 3), epochs = 30, batch_size = 10, verbose = FALSE)
#' fit <- as_feedforward(trained, levels = levels(iris$Species))
#' table(predict(fit, X), iris$Species)
#' @export
as_feedforward <- function(x, levels = NULL) {
  check_given(missing(x), "x")
  layers <- check_trained(x, "x")
  levels <- check_levels(levels, layers)
  sizes <- c(ncol(layers$W1), nrow(layers$W1), nrow(layers$W2))
  model <- new_feedforward(
    architecture = list(
      sizes = sizes, activations = "sigmoid", loss = "cross_entropy", dropout = 0
    ),
    outcome = new_outcome("classes", "factor", levels = levels),
    inputs = new_inputs("matrix", names_of_columns(layers$W1)),
    options = options_of_script(sizes[2L])
  )
  layers[c("b1", "b2")] <- lapply(layers[c("b1", "b2")], as.vector)
  model$parameters <- name_parameters(layers, model)
  model$history <- history_of_losses(x$loss_history, model$outcome)
  model$best_epoch <- nrow(model$history)
  model["stopped"] <- list(x$stopped)
  check_model(model, "x")
}

# The options with which feedforward() trains as train_nn() does.
options_of_script <- function(hidden_units) {
  arguments <- training_arguments(
    hidden_units = hidden_units, activation = "sigmoid", optimizer = optimizer_sgd(0.1),
    epochs = 20L, batch_size = 128L, standardize = FALSE, init = init_normal(0.01)
  )
  kept_options(check_options(arguments))
}

history_of_losses <- function(losses, outcome) {
  unknown <- rep(NA_real_, length(losses))
  history_frame(
    list(
      loss = losses, metric = unknown, valid_loss = unknown, valid_metric = unknown,
      learn_rate = unknown, seconds = unknown
    ),
    outcome
  )
}
