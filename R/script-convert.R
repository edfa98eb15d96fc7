# Turning networks of the script into models.

#' Turn a network from `train_nn()` into a model
#'
#' Turns a network from [train_nn()] or [init_nn()] into a [feedforward()] model with the same
#' predictions. You can then use all functions for models, such as `predict()`, `plot()`,
#' [confusion_matrix()], [write_model()], and [continue_training()].
#'
#' @param x A network with one hidden layer of sigmoid units and a softmax output, as returned by
#'   [train_nn()]: a list of `W1` (hidden units x inputs), `b1`, `W2` (outputs x hidden units), and
#'   `b2`.
#' @param levels The names of the classes, one for each output, all different. The default, `NULL`,
#'   uses the row names of `W2`. If it has none, classes are numbered from 0, as in
#'   [to_categorical()].
#'
#' @returns A list of class `feedforward`, as returned by [feedforward()]: a classification model
#'   for matrix predictors. Predictors are not standardized. Columns are matched by the column names
#'   of `W1`, if it has any. The `history` contains the training losses. Accuracies, learning
#'   rates, and times are `NA`, since [train_nn()] does not store them. Predicted classes are a
#'   factor.
#'
#' @section Errors: An error of class `feedforward_error` if `x` is not such a network, or if
#' `levels` does not fit its outputs.
#'
#' @inherit forward references
#' @seealso [feedforward()] to train such a network directly.
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
  model <- new_feedforward(
    architecture = two_layer_network(layers)$architecture,
    outcome = new_outcome("classes", "factor", levels = levels),
    inputs = new_inputs("matrix", names_of_columns(layers$W1)),
    options = kept_options(options_of_script(nrow(layers$W1)))
  )
  layers[c("b1", "b2")] <- lapply(layers[c("b1", "b2")], as.vector)
  model$parameters <- name_parameters(layers, model)
  model$history <- history_of_losses(x$loss_history, model$outcome)
  model$best_epoch <- nrow(model$history)
  model["stopped"] <- list(x$stopped)
  check_model(model, "x")
}

# Returns the options with which feedforward() trains like train_nn().
options_of_script <- function(hidden_units, learning_rate = 0.1, epochs = 20L, batch_size = 128L,
                              ...) {
  check_options(with_settings(training_arguments(
    hidden_units = hidden_units, activation = "sigmoid",
    optimizer = optimizer_sgd(check_rate(learning_rate, "learning_rate")),
    epochs = check_count(epochs, "epochs", min = 0L),
    batch_size = check_count(batch_size, "batch_size"), standardize = FALSE,
    init = init_normal(0.01), ...
  )))
}

# The script keeps the loss of each epoch alone.
history_of_losses <- function(losses, outcome) {
  history <- lapply(rlang::set_names(history_columns), function(name) rep(NA, length(losses)))
  history_frame(replace(history, "loss", list(losses)), outcome)
}
