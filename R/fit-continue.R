# More training for a model, and resuming training from a checkpoint.

#' Continue training a model
#'
#' Trains a model for more epochs. Training starts from the weights of the model. You can change its
#' options, for example to lower the learning rate or use more dropout. You can also train on new
#' data.
#'
#' The network itself stays the same: its layers, the classes or columns of its outcome, and the
#' scaling of predictors and outcome. You can change any other argument of [feedforward()] in `...`.
#' Arguments that you leave out keep their last value, with these exceptions:
#'
#' - `threads`, `verbose`, `progress`, `on_epoch`, `cluster`, `checkpoint`, and `checkpoint_every`
#'   return to their defaults.
#' - `case_weights` belong to the data. If the model was trained with case weights, supply them
#'   again, or use `case_weights = NULL`.
#' - `validation` is off, and so is early stopping, unless you supply it again. The model does not
#'   know which rows were held out before. If you hold out a new proportion, some of its rows may
#'   already have been used for training, so their loss would be too low. It is best to use data
#'   that the model was never trained on: `validation = list(x, y)`.
#'
#' The optimizer starts without memory of earlier gradients. The schedule of the learning rate
#' starts again, for the new number of epochs. If you change the `optimizer`, its own learning rate
#' and schedule are used. To resume interrupted training exactly where it was, use
#' [resume_training()].
#'
#' @param fit A model made by [feedforward()], [read_model()], [network_of()], or
#'   [as_feedforward()].
#' @param x,y Predictors and outcome, as for [feedforward()], with any number of rows. Columns are
#'   matched by name. Classes must be classes of the model.
#' @param epochs The number of epochs to add, a whole number of at least 0. The default, `NULL`,
#'   adds as many as the last training run had.
#' @param ... Arguments of [feedforward()] to change.
#' @param data A data frame, in place of `x` and `y`, for models made with a formula or recipe.
#'
#' @returns The model with new weights, as [feedforward()] returns it. Its `history` contains the
#'   old epochs, then the new ones. `best_epoch` is one of the new epochs. `fit` is unchanged.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the data or options do not fit the model, or if
#' `checkpoint` is used for a model with a recipe or formula that cannot be written to a file.
#' Invalid options are errors as in [feedforward()].
#'
#' @seealso [resume_training()] for interrupted training.
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
  with_seed_kept(with_cluster(list(...)[["cluster"]], {
    # c() would turn the elements of a vector into arguments of their own.
    given <- list(...)
    if (!is.null(epochs)) given$epochs <- epochs
    options <- options_to_continue(fit, given)
    check_checkpoint_of_model(fit, options$checkpoint)
    given <- list(x = if (!missing(x)) x, y = if (!missing(y)) y, data = data)
    given <- check_data_again(given, fit)
    read <- observations_for(fit, given, counted = rows_likely_counted(
      given$y, options$case_weights, options$class_weights, fit$outcome$levels
    ))
    encoded <- encode_again(fit, read, given, options$case_weights)
    encoded <- with_class_weights(encoded, options$class_weights)
    x <- counted_predictors(read$x, fit$inputs, encoded$counted, options$checkpoint)
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
  }))
}

# Arguments that a trained network cannot change, and arguments that a model does not hand on.
fixed_arguments <- c(
  "hidden_units", "activation", "loss", "quantile", "standardize", "encoding", "missing",
  "new_levels", "init"
)
arguments_of_call <- c(
  "threads", "verbose", "progress", "on_epoch", "cluster", "checkpoint", "checkpoint_every",
  "case_weights", "validation"
)

# Returns the options to train with: first the given ones, then those of the model, then defaults.
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
  check_options(with_settings(options))
}

# Returns the outcome that was read from the given data, encoded as by encode_outcome(), but not yet
# scaled.
encode_again <- function(model, read, given, case_weights) {
  n <- nrow_of(read$x)
  if (n == 0L) stop_feedforward("{.arg {given$arg}} must have at least 1 row.")
  arg <- if (includes_outcome(model$inputs$kind)) "data" else "y"
  loss <- model$architecture$loss
  y <- check_outcome(read$outcomes, arg, n)
  cases <- given_weights(case_weights, n)
  targets <- encode_targets(rows_of(y, cases$counted), model$outcome, arg, loss)
  c(list(targets = targets, outcome = model$outcome, loss = loss), cases)
}

# Returns `fit`, which was trained from `before`, with the epochs of both in its history.
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

# Returns the names of options that the given ones replace. Another optimizer has its own learning
# rate and schedule.
not_inherited <- function(given) {
  c(given, if ("optimizer" %in% given) c("learn_rate", "rate_schedule"))
}

# ---- Interrupted training ----------------------------------------------------------

#' Resume interrupted training
#'
#' With `checkpoint = "folder"`, [feedforward()] and [continue_training()] save the state of
#' training to a file, after every `checkpoint_every` epochs and after the last epoch.
#' [feedforward_cv()] saves the networks that are finished. If training is cut off, for example by a
#' power cut, `resume_training()` continues from this file. Its result is identical to the result of
#' uninterrupted training, to the last bit.
#'
#' @param folder The folder that was passed as `checkpoint`. You can move it. Training continues to
#'   write checkpoints to it.
#' @param x,y The predictors and the outcome of the interrupted training. For a model made with a
#'   formula or recipe, leave them out and supply `data`. There is one exception: a file cannot
#'   contain a recipe, or a formula with functions that [write_model()] does not know, so pass the
#'   recipe or formula again as `x`. For training on a [data_source()], `x` is the source, and `y`
#'   is the name of the outcome, as in `resume_training(folder, source, "y")`. The source must be
#'   read in the same chunks, with the same `buffer_rows`, since they decide the order of the rows.
#' @param ... Must be empty. The arguments after it must be named.
#' @param data The data frame, for models made with a formula or recipe.
#' @param validation The validation set or source, if training had one. Leave it out if `validation`
#'   was a proportion: the checkpoint records which rows were held out.
#' @param threads,verbose,progress As in [feedforward()]. They do not affect the result. Leave out
#'   `verbose`, `on_epoch`, and `validation` for [feedforward_cv()], which has no such arguments.
#' @param on_epoch A function to call after each epoch, as in [feedforward()]. It is not part of a
#'   checkpoint. If `on_epoch` stopped training, leave it out to train to the last epoch.
#' @param cluster The result of [cluster_mpi()] to train on several machines, or `NULL`. The number
#'   of ranks can differ from that of the interrupted training. Then the result is the same except
#'   for rounding, or with dropout, another one. The checkpoint is read by rank 0.
#'
#' @returns The model that uninterrupted training would have returned. Only the `seconds` in its
#'   `history` and the options `threads`, `verbose`, `progress`, and `checkpoint` can differ. If the
#'   checkpoint is from the last epoch, no more training is needed. For [feedforward_cv()], only the
#'   option `threads` can differ.
#'
#' @section The file:
#' `checkpoint.safetensors` in the folder contains:
#' - the model, which [read_model()] can read unless it was made with a recipe, or with a formula
#'   that [write_model()] cannot write. With validation, its weights are from the best epoch
#'   so far.
#' - the state of the optimizer and of R's random number generator.
#' - the order of the observations, which rows were held out or have a weight of 0, and the case
#'   weights.
#' - a hash of the data. It contains no rows of the data, but someone who guesses all of the data
#'   could confirm the guess.
#'
#' Like a file written by [write_model()], it contains factor levels, means, scales, and, with
#' `encoding = "piecewise"`, quantiles. Nothing in it is ever run as code.
#'
#' A checkpoint of [feedforward_cv()] contains the following instead:
#' - the average of the networks that are finished, once there is one, which [read_model()] can read
#'   in the same cases. Like every file with such a model, it contains the outcome.
#' - the weights of each finished network, its losses in all epochs, and its predictions for the
#'   rows that it did not learn from.
#' - the options of the candidates, the fold of each row, the case weights, the state of R's random
#'   number generator before the initial weights were drawn, and a hash of the data.
#'
#' It is written when training starts, when a network is finished, and when training ends. To save
#' time, it is written less often if writing would otherwise take more than a tenth of the training
#' time. Networks that were not finished start again.
#'
#' Each new checkpoint is written to a second file, which then replaces the old one. So there is a
#' complete checkpoint at all times. A process that is killed while it writes leaves an incomplete
#' file, `checkpoint.safetensors-*.part`. The next training run with this folder removes it.
#'
#' R cannot force the system to write a file to the disk at once. After a power cut, you might find
#' the second-to-last checkpoint instead of the last one. On some file systems, the file might be
#' damaged, which `resume_training()` detects. If you cannot afford to lose days of work, copy the
#' file elsewhere now and then. You can copy it at any time.
#'
#' Use a folder for only one training run at a time. Otherwise, the runs overwrite each other's
#' checkpoints. New training with the same folder overwrites the checkpoint, too. So after an
#' interruption, call `resume_training()` instead of running the training again.
#'
#' Training does not end if a checkpoint cannot be written, for example because the disk is full.
#' You see a message at once, the older file is kept, and writing is tried again at the next
#' checkpoint. At the end, there is a warning of class `feedforward_checkpoint_failed`. A folder
#' that cannot be written to at all is an error before training starts.
#'
#' @section Random numbers:
#' `resume_training()` sets R's random number generator to the kind and state that the checkpoint
#' contains. Afterwards, its state is the same as after uninterrupted training. You cannot write
#' checkpoints with a user-supplied generator, since R does not know its state.
#'
#' @section Errors:
#' - An error of class `feedforward_data_error` (and `feedforward_error`) if the data differ from
#'   the data of the interrupted training.
#' - An error of class `feedforward_file_error` if the file is damaged.
#' - An error of class `feedforward_version_error` if the file was written by a newer version of the
#'   package.
#'
#' @seealso [continue_training()] to add epochs to a trained model.
#'
#' @examples
#' folder <- tempfile("checkpoint")
#' x <- as.matrix(iris[1:4])
#' set.seed(1)
#' fit <- feedforward(x, iris$Species, hidden_units = 8, epochs = 5, checkpoint = folder)
#' # As after a power cut. Here, the checkpoint is from the last epoch.
#' again <- resume_training(folder, x, iris$Species)
#' identical(again$parameters, fit$parameters)
#' unlink(folder, recursive = TRUE)
#' @export
resume_training <- function(folder, x, y, ..., data = NULL, validation = NULL, threads = NULL,
                            verbose = FALSE, progress = interactive() && !verbose,
                            on_epoch = NULL, cluster = NULL) {
  check_no_dots(list(...))
  kept <- read_checkpoint_of_rank_0(folder, cluster)
  with_seed_kept(with_cluster(cluster, with_room(if (!missing(x)) x, {
    given <- list(x = if (!missing(x)) x, data = data)
    given["y"] <- list(if (!missing(y)) with_column_hints(y, given$x))
    if (is_cv_checkpoint(kept$about)) {
      check_no_settings_of_cv(validation, verbose, on_epoch, cluster)
      progress <- check_flag(progress, "progress")
      return(resume_cv(kept, given, folder, threads, progress))
    }
    again <- list(
      threads = threads, verbose = verbose, progress = progress, checkpoint = folder,
      on_epoch = on_epoch, cluster = cluster
    )
    sources <- list(given$x, validation)
    on.exit(lapply(sources, release_source))
    if (!is.null(kept$roles)) {
      given <- check_source_again(given, kept, validation)
      options <- options_to_resume(kept$model, again, validation)
      bridge <- stream_again(kept, given$x, validation, options)
    } else {
      given <- with_rows_of_sources(given, validation, kept$model)
      kept <- with_same_data(kept, given)
      kept$data["validation"] <- list(validation_again(kept, given$validation))
      bridge <- bridge_data(kept$x, kept$targets, kept$data$weights, kept$data, kept$model)
      check_fingerprint(fingerprint_of(bridge), kept$fingerprint, kept$kind)
      set <- bridge$validation
      options <- options_to_resume(kept$model, again, if (is.list(set)) set)
    }
    check_state(kept$state, kept$model, bridge, options, kept$origin)
    restore_random_seed(kept$random_seed, kept$origin)
    kept$model$options <- kept_options(options)
    fit <- train_model(kept$model, bridge, options, state = kept$state)
    append_history(kept$model, fit)
  })))
}

# Returns the options of the interrupted training, with those of this call. For a validation set
# (else NULL), the options of the model have `validation = 0`.
options_to_resume <- function(model, again, validation_set) {
  options <- model$options
  options[names(again)] <- again
  if (!is.null(validation_set)) options$validation <- validation_set
  options <- check_options(options)
  check_count(options$batch_size, "batch_size")
  options
}

# Returns the checkpoint with x (the matrix that the network reads), its targets and the whole
# model. The data are read as feedforward() and continue_training() read them.
with_same_data <- function(kept, given) {
  model <- kept$model
  given <- check_data_to_resume(given, kept$kind, model)
  if (is.null(given$formula)) {
    read <- observations_for(model, given, kept$data$counted)
  } else {
    read_again <- switch(kept$kind, formula = read_formula, recipe = read_recipe)
    read <- read_again(given$formula, given$x, any(model$inputs$has_missing))
    model["blueprint"] <- list(read$blueprint)
    model$inputs$kind <- kept$kind
    read$x <- with_missing_levels(read$x, model$inputs$has_missing)
    read$x <- attach_encoding(read$x, model$inputs$encoding)
  }
  x <- read$x
  # A recipe that is given again may make other columns.
  inputs <- model$architecture$sizes[1L]
  if (ncol_of(x) != inputs) {
    stop_feedforward(
      "{.arg x} must have {inputs} column{?s}, one for each input of the network, not {ncol_of(x)}."
    )
  }
  # Rows that are left out have no targets.
  counted <- check_same_count(kept$data$counted, nrow_of(x), given$arg)
  encoded <- encode_again(model, read, given, counted)
  kept$data["counted"] <- list(encoded$counted)
  kept$model <- model
  kept$x <- counted_predictors(x, model$inputs, encoded$counted)
  kept$targets <- scale_targets(encoded$targets, model$outcome)
  kept
}

# Returns the rows that were held out, or the given validation set with its earlier weights.
validation_again <- function(kept, validation) {
  if (is.null(validation)) {
    return(kept$data[["validation"]])
  }
  check_that(is.list(validation), validation, "validation", "left out, or be a validation set",
    hint = "Leave it out if it was a proportion: the checkpoint records which rows were held out."
  )
  model <- kept$model
  of_class <- check_class_weights(model$options$class_weights, model$outcome)
  # Balanced weights are never 0.
  if (!is.numeric(of_class)) of_class <- NULL
  set <- validation_set(validation, model, model$architecture$loss, of_class)
  set["weights"] <- list(kept$data$set_weights)
  set
}
