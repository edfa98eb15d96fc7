# Training that goes on: from a fit, with the same data or others.

#' Go on training a model
#'
#' Trains a model for more epochs, from the weights it has, with the options it was made with
#' or others: a lower learning rate, a larger batch size, more dropout, new data.
#'
#' The network stays what it is: its layers, the classes or columns of its outcome, and the
#' scaling of inputs and outcome. All else of [feedforward()] may be given anew in `...`. What is
#' not given is as it was in the last training of the model, but for
#'
#' - `threads`, `verbose`, `progress`, `checkpoint` and `checkpoint_every`, which belong to a
#'   call, not to a model,
#' - `case_weights`, which belong to data: a model that was trained with them asks for them, or for
#'   `case_weights = NULL`,
#' - `validation`: the model does not know which rows were held out for it. A share drawn anew
#'   would hold rows that the network has learned from, and look better than it is. So
#'   there is none, and no early stopping, unless it is given. Best is a set of data that
#'   was never trained on: `validation = list(x, y)`.
#'
#' The optimizer starts anew: the first steps know no momentum and no typical size of the gradients.
#' The schedule of the learning rate starts anew, too, for the new number of epochs. Another
#' `optimizer` brings its own rate and schedule. To go on
#' exactly where an interrupted training was, there is [resume_training()].
#'
#' @param fit A model made by [feedforward()], [read_model()] or [as_feedforward()].
#' @param x,y Predictors and outcome as they were given to [feedforward()], with as many rows
#'   as you like. Columns go by their names. Classes must be among those of the model.
#' @param epochs Number of epochs to add, at least 0; `NULL` for as many as in the last training.
#' @param ... Arguments of [feedforward()] that are to be others than in the last training.
#' @param data For models made with a formula or recipe, in place of `x` and `y`: a data
#'   frame.
#'
#' @returns The model, with new weights, as [feedforward()] returns it. Its `history` has the new
#'   epochs after the old ones, numbered on; `best_epoch` is one of the new ones. The
#'   old model is unchanged.
#'
#' @section Errors:
#' An error of class `feedforward_error` where data or options do not fit the model, where
#' `checkpoint` is given for a model with a recipe or a formula that no file can keep, and as in
#' [feedforward()].
#'
#' @seealso [resume_training()] for training that was cut off.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 20)
#' fit <- continue_training(fit, data = iris, epochs = 10, learn_rate = 1e-4)
#' tail(fit$history, 3)
#' @export
continue_training <- function(fit, x, y, epochs = NULL, ..., data = NULL) {
  call <- rlang::current_env()
  check_given(missing(fit), "fit", call = call)
  check_model(fit, "fit", finite = TRUE)
  with_seed_kept({
    # Not by c(): the elements of a vector would be arguments of their own.
    given <- list(...)
    if (!is.null(epochs)) given$epochs <- epochs
    options <- options_to_continue(fit, given, call)
    check_checkpoint_of_model(fit, options$checkpoint, call)
    given <- list(x = if (!missing(x)) x, y = if (!missing(y)) y, data = data)
    given <- check_data_again(given, fit, call)
    x <- predictors_for(fit, given$x, given$arg, call)
    encoded <- encode_again(fit, given, nrow_of(x), options$case_weights, call)
    encoded <- with_class_weights(encoded, options$class_weights, call)
    x <- counted_predictors(x, fit$inputs, encoded$counted, call)
    split <- split_rows(options$validation, encoded, call)
    options$batch_size <- batch_size_for(options$batch_size, nrow_of(x), split$rows)
    weights <- observation_weights(encoded, split$rows)
    split <- with_given_set(split, options$validation, fit, weights$class_weights, call)
    targets <- scale_targets(encoded$targets, fit$outcome)
    data <- bridge_data(x, targets, weights$weights, split, fit, call)
    fit$architecture$dropout <- options$dropout
    fit$options <- kept_options(options)
    fit$weighted <- !is.null(options$case_weights)
    append_history(fit, train_model(fit, data, options, call = call))
  })
}

# What cannot be changed once the weights are there, and what a call decides for itself.
fixed_arguments <- c("hidden_units", "activation", "loss", "standardize", "init")
arguments_of_call <- c(
  "threads", "verbose", "progress", "checkpoint", "checkpoint_every", "case_weights", "validation"
)

# The options given, else those of the model, else the defaults.
options_to_continue <- function(fit, given, call) {
  check_no_fixed_arguments(names(given), call)
  check_weights_again(fit, names(given), call)
  options <- do.call(training_arguments, c(given, .call = call), quote = TRUE)
  inherited <- setdiff(names(fit$options), c(not_inherited(names(given)), arguments_of_call))
  options[inherited] <- fit$options[inherited]
  network <- fit$architecture
  options$hidden_units <- network$sizes[-c(1L, length(network$sizes))]
  options$activation <- network$activations
  options$loss <- network$loss
  if (is.null(given$stop_iter) && identical(options$validation, 0)) options$stop_iter <- Inf
  check_options(options, call)
}

# The outcome in what was given, as encode_outcome() gives it; not on a common scale yet.
encode_again <- function(model, given, n, case_weights, call) {
  y <- given$y
  arg <- "y"
  if (model$inputs$kind %in% c("formula", "recipe")) {
    y <- outcomes_for(model, given$x, "data", call)
    arg <- "data"
  }
  loss <- model$architecture$loss
  if (n == 0L) stop_input(given$arg, "of at least 1 row", "none", call = call)
  y <- check_outcome(y, arg, n, call)
  cases <- given_weights(case_weights, n, call)
  targets <- encode_targets(rows_of(y, cases$counted), model$outcome, arg, loss, call)
  c(list(targets = targets, outcome = model$outcome, loss = loss), cases)
}

# `fit`, trained from `before`, with the epochs of both.
append_history <- function(before, fit) {
  earlier <- nrow(before$history)
  if (earlier == 0L) {
    return(fit)
  }
  if (nrow(fit$history) == 0L) {
    fit$history <- before$history
    fit$best_epoch <- before$best_epoch
    return(fit)
  }
  fit$history$epoch <- fit$history$epoch + earlier
  fit$history <- rbind(before$history, fit$history)
  fit$best_epoch <- fit$best_epoch + earlier
  if (!is.null(fit$stopped)) fit$stopped$epoch <- fit$stopped$epoch + earlier
  fit
}

# Options that a model does not hand on where those named `given` are given: another optimizer
# brings its own learning rate and schedule.
not_inherited <- function(given) {
  c(given, if ("optimizer" %in% given) c("learn_rate", "rate_schedule"))
}
