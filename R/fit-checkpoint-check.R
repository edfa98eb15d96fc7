# Checks of checkpoints: of the folder, the file, and the data that are given again.

# Creates the folder if necessary. A folder that cannot be written to is an error before training,
# not after its first epoch.
check_checkpoint_folder <- function(folder) {
  made <- dir.exists(folder) ||
    suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  refuse <- function(problem) {
    stop_feedforward("{.arg checkpoint} is {.file {readable(folder)}}, a folder that {problem}.",
      i = "Choose another folder."
    )
  }
  if (!made) refuse("cannot be created")
  probe <- part_beside(checkpoint_path(folder))
  tryCatch(write_whole(probe, raw()), feedforward_error = function(cnd) {
    refuse("cannot be written to")
  })
  unlink(probe)
  invisible(folder)
}

# resume_training() applies a recipe, or a formula that is not in the file, to the data again. That
# is right for the data of feedforward(), but wrong for new data of continue_training().
check_checkpoint_of_model <- function(fit, folder) {
  if (is.null(folder)) {
    return()
  }
  tryCatch(blueprint_parts(fit$blueprint), feedforward_error = function(cnd) {
    reason <- cnd$message
    stop_feedforward("{.arg checkpoint} must be left out when you continue to train this model.",
      x = "{reason}",
      i = "Leave it out, or train a new model with `feedforward()`."
    )
  })
}

# The whole state of R's own generators is in .Random.seed.
check_own_generator <- function(arg) {
  kinds <- RNGkind()
  if ("user-supplied" %in% kinds) {
    stop_feedforward("{.arg {arg}} needs one of R's own random number generators.",
      x = "The state of a user-supplied generator cannot be saved.",
      i = "Use `RNGkind(\"default\", \"default\")` to switch."
    )
  }
}

check_checkpoint_version <- function(version, newest = checkpoint_version) {
  if (!is_whole(version) || version < 1) {
    stop_feedforward("The checkpoint has no valid version.",
      x = "Its version is {describe(version)}.", class = "feedforward_file_error"
    )
  }
  if (version > newest) {
    stop_feedforward("This checkpoint was written by a newer version of feedforward.",
      i = "Update feedforward to resume training.", class = "feedforward_version_error"
    )
  }
}

# C++ relies on the state, so it must fit the model and the data, whatever is in the file.
check_state <- function(state, model, data, options, origin) {
  size <- sum(lengths(model$parameters))
  memories <- switch(options$optimizer$name,
    sgd = if (options$optimizer$momentum > 0) 1L else 0L,
    rmsprop = 1L,
    2L
  )
  epoch <- if (is_whole(state$epoch)) state$epoch else -1
  best <- state$best
  fits <- c(
    epoch = epoch >= 1 && epoch <= options$epochs,
    steps = is_whole(state$steps) && state$steps >= 0,
    parameters = is.double(state$parameters) && length(state$parameters) == size,
    optimizer = length(state$optimizer) == memories &&
      all(vapply(state$optimizer, is.double, TRUE) & lengths(state$optimizer) %in% c(0L, size)),
    split_fits(state, data),
    best = is_whole(best$epoch) && best$epoch >= 0 && best$epoch <= epoch &&
      is.double(best$loss) && length(best$loss) == 1L &&
      is.double(best$parameters) && length(best$parameters) == (best$epoch > 0) * size,
    history = setequal(names(state$history), history_columns) &&
      all(lengths(state$history) == epoch)
  )
  if (!all(fits)) {
    stop_file(origin, sprintf("has a training state whose element `%s` does not fit its model",
      names(fits)[!fits][1L]))
  }
}

# Whether the rows for training and validation exist and differ, and the weights fit them.
split_fits <- function(state, data) {
  if (!is.null(data$stream)) {
    return(c(order = length(state$order) == 0L))
  }
  n <- nrow_of(data$x)
  apart <- is.list(data$validation)
  rows <- if (is.null(data$rows)) seq_len(n) else data$rows
  held_out <- if (!apart) data$validation
  c(
    rows = are_rows(rows, n) && (is.null(held_out) || are_rows(held_out, n)) &&
      !any(held_out %in% rows),
    order = is.integer(state$order) && identical(sort(state$order), sort(rows)),
    weights = are_weights(data$weights, n) &&
      (!apart || are_weights(data$validation$weights, nrow_of(data$validation$x)))
  )
}

# Returns which rows count according to a checkpoint: 1 or 0 for each row, or NULL for all rows.
check_same_count <- function(counted, n, arg) {
  if (!is.null(counted) && length(counted) != n) {
    stop_feedforward(
      "{.arg {arg}} must have {length(counted)} row{?s}, as when training began, not {n}.",
      i = hint_other_data, class = "feedforward_data_error"
    )
  }
  counted
}

hint_other_data <- "Use `continue_training()` to train with other data."

are_weights <- function(x, n) {
  is.null(x) || (is.double(x) && is.null(dim(x)) && length(x) == n && all(is.finite(x) & x >= 0))
}

are_rows <- function(x, n) {
  is.integer(x) && length(x) > 0L && !anyNA(x) && !anyDuplicated(x) && all(x >= 1L & x <= n)
}

# Each part of the data must be identical to the data of the interrupted training.
# `hint` says what to do with other data.
check_fingerprint <- function(found, wanted, kind, hint = hint_other_data) {
  if (!is.list(wanted) || !all(vapply(wanted, rlang::is_string, TRUE))) {
    stop_feedforward("The checkpoint does not say which data it belongs to.",
      x = "Its `fingerprint` is {describe(wanted)}.",
      class = "feedforward_file_error"
    )
  }
  if (!setequal(names(found), names(wanted))) {
    check_given("validation_x" %in% names(wanted), "validation",
      hint = "Supply the validation set of the interrupted training."
    )
    stop_feedforward(
      "{.arg validation} must be left out, since training began without a validation set."
    )
  }
  for (name in names(wanted)) check_same_part(name, found[[name]], wanted[[name]], kind, hint)
}

# `found` and `wanted` are strings of a size and a hash.
check_same_part <- function(name, found, wanted, kind, hint) {
  if (identical(found, wanted)) {
    return(invisible())
  }
  size <- function(part) sub(" [^ ]*$", "", part)
  arg <- if (includes_outcome(kind)) {
    if (startsWith(name, "validation")) "validation" else "data"
  } else {
    sub("_", "$", name, fixed = TRUE)
  }
  problem <- if (size(found) == size(wanted)) {
    "has different values than when training began"
  } else {
    sprintf("must have the size %s, as when training began, not %s", size(wanted), size(found))
  }
  stop_feedforward("{.arg {arg}} {problem}.", i = hint, class = "feedforward_data_error")
}

warn_checkpoints <- function(folder, failures) {
  if (length(failures)) {
    older <- file.exists(checkpoint_path(folder))
    warn_feedforward(
      "{length(failures)} checkpoint{?s} could not be written to {.file {visible(folder)}}.",
      x = "The first problem: {failures[1L]}",
      i = paste(c("Training continued.", if (older) "An older checkpoint is still there."),
        collapse = " "),
      class = "feedforward_checkpoint_failed"
    )
  }
}

# Some arguments cannot change once a network has weights.
check_no_fixed_arguments <- function(given) {
  fixed <- intersect(given, fixed_arguments)
  if (length(fixed)) {
    stop_feedforward("{.arg {fixed[1L]}} cannot be changed in a trained model.",
      i = "Leave it out, or use `feedforward()` to train a new model."
    )
  }
}

# Cross-validation holds out rows itself, and prints no line for each epoch.
check_no_settings_of_cv <- function(validation, verbose, on_epoch, cluster) {
  given <- c(
    if (!is.null(validation)) "validation", if (!isFALSE(verbose)) "verbose",
    if (!is.null(on_epoch)) "on_epoch", if (!is.null(cluster)) "cluster"
  )
  if (length(given)) {
    stop_feedforward("{.arg {given[1L]}} must be left out, since {.fn feedforward_cv} has no such
      argument."
    )
  }
}

check_no_dots <- function(dots) {
  if (length(dots)) {
    name <- c(names(dots), "")[1L]
    stop_input("...", "empty", if (nzchar(name)) sprintf("`%s`", name) else describe(dots[[1L]]),
      hint = if (name == "outcome") {
        "Supply the outcome as `y`."
      } else if (is_source(dots[[1L]])) {
        "To validate on a source, name it: `validation = source`."
      } else {
        paste("Options are taken from the checkpoint. `continue_training()` can change them, but",
          "needs data in memory.")
      }
    )
  }
}

# Returns the data for a model: list(x, y, arg), where `arg` is the argument that they came in.
check_data_again <- function(given, model) {
  for (arg in c("x", "data")) refuse_table_elsewhere(given[[arg]], arg)
  if (includes_outcome(model$inputs$kind)) {
    return(list(x = check_frame_again(given, model), arg = "data"))
  }
  if (!is.null(given$data)) {
    stop_feedforward(
      "{.arg data} must be left out, since the model was made with {.arg x} and {.arg y}."
    )
  }
  for (arg in c("x", "y")) check_given(is.null(given[[arg]]), arg)
  list(x = given$x, y = given$y, arg = "x")
}

# Returns the data frame for a model with a formula or recipe. It can also come first, as `x`.
check_frame_again <- function(given, model) {
  kind <- model$inputs$kind
  check_data_by_name(given)
  if (!is.null(given$data) || inherits(given$x, kind)) check_same_source(given$x, model)
  data <- given$data
  if (is.null(data) && !inherits(given$x, kind)) data <- given$x
  hint <- sprintf("The model was made with a %s.", kind)
  check_given(is.null(data), "data", hint = hint)
  check_that(is.data.frame(data), data, "data", "a data frame", hint)
  if (!is.null(given$y)) {
    stop_feedforward("{.arg y} must be left out, since {.arg data} contains the outcome.")
  }
  data
}

# A data frame after a formula or recipe would be `y`.
check_data_by_name <- function(given) {
  first <- intersect(c("formula", "recipe"), class(given$x))
  if (length(first) && is.data.frame(given$y) && is.null(given$data)) {
    stop_feedforward("{.arg data} must be given by name.",
      i = "Write `data = ` before the data frame that follows the {first[1L]}."
    )
  }
}

# A model keeps its formula or recipe. The same formula can be given again.
check_same_source <- function(x, model) {
  if (is.null(x)) {
    return(invisible())
  }
  hint <- "Use `feedforward()` to train a new model."
  if (model$inputs$kind == "recipe") {
    stop_feedforward("{.arg x} must be left out, since the model has a recipe.", i = hint)
  }
  text <- function(formula) sprintf("`%s`", paste(deparse(formula), collapse = " "))
  own <- text(formula_of(model$blueprint))
  got <- if (inherits(x, "formula")) text(x) else describe(x)
  if (!identical(got, own)) {
    wanted <- sprintf("left out or be the model's own formula (%s)", readable(own))
    stop_input("x", wanted, readable(got), hint = hint)
  }
}

# Returns the data for a checkpoint, with the formula or recipe if the file does not contain it.
check_data_to_resume <- function(given, kind, model) {
  if (kind == model$inputs$kind) {
    return(check_data_again(given, model))
  }
  check_data_by_name(given)
  hint <- sprintf("Use `resume_training(folder, %s, data = data)`.", kind)
  if (!inherits(given$x, kind)) {
    stop_feedforward("{.arg x} must be the {kind} of the interrupted training.",
      x = "The checkpoint does not contain it.", i = hint
    )
  }
  check_given(is.null(given$data), "data", hint = hint)
  check_that(is.data.frame(given$data), given$data, "data", "a data frame")
  list(x = given$data, formula = given$x, arg = "data")
}
