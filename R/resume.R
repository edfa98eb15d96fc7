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
  call <- rlang::current_env()
  check_no_dots(list(...), call)
  with_seed_kept({
    kept <- read_checkpoint(folder, call)
    given <- list(x = if (!missing(x)) x, y = if (!missing(y)) y, data = data)
    kept <- with_same_data(kept, given, call)
    kept$data["validation"] <- list(validation_again(kept, validation, call))
    bridge <- bridge_data(kept$x, kept$targets, kept$data$weights, kept$data, kept$model, call)
    check_fingerprint(bridge, kept$fingerprint, kept$kind, call)
    options <- kept$model$options
    options[c("threads", "verbose", "progress", "checkpoint")] <- list(
      threads, verbose, progress, folder
    )
    # Where there was a set, `validation` among the options of a model is 0.
    if (is.list(bridge$validation)) options$validation <- bridge$validation
    options <- check_options(options, call)
    check_count(options$batch_size, "batch_size", call = call)
    check_state(kept$state, kept$model, bridge, options, kept$origin)
    restore_random_seed(kept$random_seed, kept$origin)
    kept$model$options <- kept_options(options)
    fit <- train_model(kept$model, bridge, options, state = kept$state, call = call)
    append_history(kept$model, fit)
  })
}

# The checkpoint with x, the matrix that the network reads, its targets and the whole model. The
# data are read as feedforward() and continue_training() read them.
with_same_data <- function(kept, given, call) {
  model <- kept$model
  given <- check_data_to_resume(given, kept$kind, model, call)
  read <- switch(kept$kind,
    matrix = ,
    array = ,
    data = list(x = predictors_for(model, given$x, "x", call)),
    formula = if (model$inputs$kind == "matrix") read_formula(given$formula, given$x, call),
    recipe = read_recipe(given$formula, given$x, call)
  )
  if (!is.null(read$blueprint)) {
    model["blueprint"] <- list(read$blueprint)
    model$inputs$kind <- kept$kind
  }
  x <- if (is.null(read)) predictors_for(model, given$x, "data", call) else read$x
  # Rows that do not count have no targets either.
  counted <- check_same_count(kept$data$counted, nrow_of(x), given$arg, call)
  encoded <- encode_again(model, given, nrow_of(x), counted, call)
  kept$data["counted"] <- list(encoded$counted)
  kept$model <- model
  kept$x <- counted_predictors(x, model$inputs, encoded$counted, call)
  kept$targets <- scale_targets(encoded$targets, model$outcome)
  kept
}

# The rows held out, or a set that is given again, with the weights it had.
validation_again <- function(kept, validation, call) {
  if (is.null(validation)) {
    return(kept$data[["validation"]])
  }
  if (!is.list(validation)) {
    stop_input("validation", "left out, or the set of data that was given", describe(validation),
      hint = "A share is remembered, with the rows that were drawn.", call = call
    )
  }
  model <- kept$model
  of_class <- check_class_weights(model$options$class_weights, model$outcome, call)
  # Balanced weights leave no row out.
  if (!is.numeric(of_class)) of_class <- NULL
  set <- validation_set(validation, model, model$architecture$loss, of_class, call)
  set["weights"] <- list(kept$data$set_weights)
  set
}
