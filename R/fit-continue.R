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
  check_given(missing(fit), "fit")
  check_model(fit, "fit", finite = TRUE)
  with_seed_kept({
    # Not by c(): the elements of a vector would be arguments of their own.
    given <- list(...)
    if (!is.null(epochs)) given$epochs <- epochs
    options <- options_to_continue(fit, given)
    check_checkpoint_of_model(fit, options$checkpoint)
    given <- list(x = if (!missing(x)) x, y = if (!missing(y)) y, data = data)
    given <- check_data_again(given, fit)
    x <- predictors_for(fit, given$x, given$arg, counted = rows_likely_counted(
      given$y, options$case_weights, options$class_weights, fit$outcome$levels
    ))
    encoded <- encode_again(fit, given, nrow_of(x), options$case_weights)
    encoded <- with_class_weights(encoded, options$class_weights)
    x <- counted_predictors(x, fit$inputs, encoded$counted)
    split <- split_rows(options$validation, encoded)
    options$batch_size <- batch_size_for(options$batch_size, nrow_of(x), split$rows)
    weights <- observation_weights(encoded, split$rows)
    split <- with_given_set(split, options$validation, fit, weights$class_weights)
    targets <- scale_targets(encoded$targets, fit$outcome)
    data <- bridge_data(x, targets, weights$weights, split, fit)
    fit$architecture$dropout <- options$dropout
    fit$options <- kept_options(options)
    fit$weighted <- !is.null(options$case_weights)
    append_history(fit, train_model(fit, data, options))
  })
}

# What cannot be changed once the weights are there, and what a call decides for itself.
fixed_arguments <- c("hidden_units", "activation", "loss", "quantile", "standardize", "init")
arguments_of_call <- c(
  "threads", "verbose", "progress", "checkpoint", "checkpoint_every", "case_weights", "validation"
)

# The options given, else those of the model, else the defaults.
options_to_continue <- function(fit, given) {
  check_no_fixed_arguments(names(given))
  check_weights_again(fit, names(given))
  options <- do.call(training_arguments, given, quote = TRUE)
  inherited <- setdiff(names(fit$options), c(not_inherited(names(given)), arguments_of_call))
  options[inherited] <- fit$options[inherited]
  network <- fit$architecture
  options$hidden_units <- network$sizes[-c(1L, length(network$sizes))]
  options$activation <- network$activations
  options$loss <- network$loss
  if (is.null(given$stop_iter) && identical(options$validation, 0)) options$stop_iter <- Inf
  check_options(options)
}

# The outcome in what was given, as encode_outcome() gives it; not on a common scale yet.
encode_again <- function(model, given, n, case_weights) {
  y <- given$y
  arg <- "y"
  if (model$inputs$kind %in% c("formula", "recipe")) {
    y <- outcomes_for(model, given$x, "data")
    arg <- "data"
  }
  loss <- model$architecture$loss
  if (n == 0L) stop_input(given$arg, "of at least 1 row", "none")
  y <- check_outcome(y, arg, n)
  cases <- given_weights(case_weights, n)
  targets <- encode_targets(rows_of(y, cases$counted), model$outcome, arg, loss)
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

# ---- Training that was cut off -----------------------------------------------------

# Training that was cut off: from a checkpoint, as if nothing had happened.

#' Checkpoints, and training that was cut off
#'
#' With `checkpoint = "folder"`, [feedforward()] and [continue_training()] write the state of
#' training to a file after each `checkpoint_every` epochs and after the last one. Should the
#' computer or R end before training does, `resume_training()` goes on from that file and gives
#' what the uninterrupted training would have given, to the last bit.
#'
#' @param folder The folder that was given as `checkpoint`. It may have been moved. Training goes on
#'   to write checkpoints there.
#' @param x,y The predictors and the outcome of the training that was cut off; for a model made
#'   with a formula or recipe, leave them out and give `data`. A recipe, or a formula that
#'   calls functions which [write_model()] does not know, cannot be kept in a file: give
#'   it again, as `x`; any other formula may be given again, but no other than it was. With a
#'   model that cannot be kept, [continue_training()] writes no checkpoints.
#' @param ... Not used; the arguments after it are given by name.
#' @param data The data frame, for models made with a formula or recipe.
#' @param validation The validation set, where one was given; a share of the rows is
#'   remembered, and left out here.
#' @param threads,verbose,progress As in [feedforward()]. No result depends on them.
#'
#' @returns The model that [feedforward()] or [continue_training()] would have returned; only the
#'   `seconds` in its `history` differ, and the options `threads`, `verbose`, `progress` and
#'   `checkpoint`, which are those of this call. All others are those of the training that was cut
#'   off. A checkpoint of the last epoch gives the model at once.
#'
#' @section The file:
#' `checkpoint.safetensors` in the folder holds the model so far (with the weights of the best
#' epoch where there is validation), so that [read_model()] can read it; the state of the optimizer;
#' the order of the observations; which rows are held out, and which have a weight of 0; weights of
#' cases; the kind and state of R's random number generator; and a hash of the data, by which
#' somebody who guesses all of them can confirm the guess. There are no rows of the data in it, but
#' what [write_model()] names: levels, means, scales. Nothing in it is ever run as
#' code. Each new file is
#' written beside the old one and takes its name when it is complete, so that there is a whole
#' one at every time. A process that is killed while it writes leaves the
#' incomplete one, `checkpoint.safetensors-*.part`; the next training with this folder removes it.
#'
#' R cannot tell the system to put a file on the disk at once. After a power cut, the file of the
#' last seconds may not be there, and that before is; or, on some file systems, it is damaged, which
#' `resume_training()` notices. Where a power cut must not cost the work of days, copy the file
#' elsewhere now and then: a copy made at any time is whole.
#'
#' A folder serves one training at a time: two at once would replace each other's checkpoints. A new
#' training with the same folder replaces what is there after its first epochs: where
#' training was cut off, call `resume_training()` rather than run it again.
#'
#' A checkpoint that cannot be written, because the disk is full, say, does not end training. You
#' are told at once, the older file stays, the next checkpoint is tried, and a warning of class
#' `feedforward_checkpoint_failed` sums up at the end. A folder that cannot be written to from the
#' beginning is an error before training starts.
#'
#' @section Random numbers:
#' `resume_training()` sets R's random number generator to the state of the checkpoint, its kind
#' included, and leaves it where the uninterrupted training would have left it. Generators that
#' are not R's own keep their state elsewhere; with them, checkpoints are refused.
#'
#' @section Errors:
#' An error of class `feedforward_data_error` (and `feedforward_error`) where the data are not those
#' that training began with; of class `feedforward_file_error` where the file is damaged; of
#' class `feedforward_version_error` where a newer version of the package wrote it.
#'
#' @seealso [continue_training()] for more epochs after the last one.
#'
#' @examples
#' folder <- tempfile("checkpoint")
#' x <- as.matrix(iris[1:4])
#' set.seed(1)
#' fit <- feedforward(x, iris$Species, hidden_units = 8, epochs = 5, checkpoint = folder)
#' # As after a power cut; the checkpoint here is that of the last epoch.
#' again <- resume_training(folder, x, iris$Species)
#' identical(again$parameters, fit$parameters)
#' unlink(folder, recursive = TRUE)
#' @export
resume_training <- function(folder, x, y, ..., data = NULL, validation = NULL, threads = NULL,
                            verbose = FALSE, progress = interactive() && !verbose) {
  check_no_dots(list(...))
  with_seed_kept({
    kept <- read_checkpoint(folder)
    given <- list(x = if (!missing(x)) x, y = if (!missing(y)) y, data = data)
    kept <- with_same_data(kept, given)
    kept$data["validation"] <- list(validation_again(kept, validation))
    bridge <- bridge_data(kept$x, kept$targets, kept$data$weights, kept$data, kept$model)
    check_fingerprint(bridge, kept$fingerprint, kept$kind)
    options <- kept$model$options
    options[c("threads", "verbose", "progress", "checkpoint")] <- list(
      threads, verbose, progress, folder
    )
    # Where there was a set, `validation` among the options of a model is 0.
    if (is.list(bridge$validation)) options$validation <- bridge$validation
    options <- check_options(options)
    check_count(options$batch_size, "batch_size")
    check_state(kept$state, kept$model, bridge, options, kept$origin)
    restore_random_seed(kept$random_seed, kept$origin)
    kept$model$options <- kept_options(options)
    fit <- train_model(kept$model, bridge, options, state = kept$state)
    append_history(kept$model, fit)
  })
}

# The checkpoint with x, the matrix that the network reads, its targets and the whole model. The
# data are read as feedforward() and continue_training() read them.
with_same_data <- function(kept, given) {
  model <- kept$model
  given <- check_data_to_resume(given, kept$kind, model)
  read <- switch(kept$kind,
    matrix = ,
    array = ,
    data = list(x = predictors_for(model, given$x, "x", kept$data$counted)),
    formula = if (model$inputs$kind == "matrix") read_formula(given$formula, given$x),
    recipe = read_recipe(given$formula, given$x)
  )
  if (!is.null(read$blueprint)) {
    model["blueprint"] <- list(read$blueprint)
    model$inputs$kind <- kept$kind
  }
  x <- if (is.null(read)) predictors_for(model, given$x, "data") else read$x
  # Rows that do not count have no targets either.
  counted <- check_same_count(kept$data$counted, nrow_of(x), given$arg)
  encoded <- encode_again(model, given, nrow_of(x), counted)
  kept$data["counted"] <- list(encoded$counted)
  kept$model <- model
  kept$x <- counted_predictors(x, model$inputs, encoded$counted)
  kept$targets <- scale_targets(encoded$targets, model$outcome)
  kept
}

# The rows held out, or a set that is given again, with the weights it had.
validation_again <- function(kept, validation) {
  if (is.null(validation)) {
    return(kept$data[["validation"]])
  }
  if (!is.list(validation)) {
    stop_input("validation", "left out, or the set of data that was given", describe(validation),
      hint = "A share is remembered, with the rows that were drawn."
    )
  }
  model <- kept$model
  of_class <- check_class_weights(model$options$class_weights, model$outcome)
  # Balanced weights leave no row out.
  if (!is.numeric(of_class)) of_class <- NULL
  set <- validation_set(validation, model, model$architecture$loss, of_class)
  set["weights"] <- list(kept$data$set_weights)
  set
}
