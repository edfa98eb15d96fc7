# Checkpoints: files with the state of training. They are files of write_model() with additional
# tensors, so read_model() can read them.

checkpoint_version <- 1L

checkpoint_path <- function(folder) file.path(folder, "checkpoint.safetensors")

# Returns NULL, or for a folder list(write = a function of the state, which C++ calls, report = a
# function to call after training). `data` and `parameters` are the arguments of train_cpp().
# `as_model` turns the result of train_cpp() into a model, with the epochs of earlier trainings.
#
# A checkpoint that cannot be written does not end training, which may have taken hours: the older
# file stays, and the next checkpoint is tried. The user sees a message at once, and might make room
# on the disk. After training, there is a warning.
checkpoint_keeper <- function(folder, data, parameters, as_model) {
  if (is.null(folder)) {
    return(NULL)
  }
  prepare_checkpoints(folder)
  fixed <- c(
    if (is.null(data$stream)) {
      list(tensors = data_tensors(data), fingerprint = fingerprint_of(data))
    } else {
      data$recognized
    },
    list(parameters = parameters, as_model = as_model)
  )
  writer <- checkpoint_writer(folder, function(state) write_checkpoint(folder, state, fixed))
  list(write = catching(writer$write), report = writer$report)
}

# Makes the folder ready for checkpoints.
prepare_checkpoints <- function(folder) {
  check_checkpoint_folder(folder)
  check_own_generator("checkpoint")
  remove_parts(end_of_links(checkpoint_path(folder)))
}

# Returns list(write, report): `write` does not fail, and `report` warns if it could not write.
checkpoint_writer <- function(folder, write) {
  failures <- character()
  careful <- function(...) {
    tryCatch(write(...), error = function(cnd) {
      # The message and its bullets in one line.
      text <- paste(c(sub("[.]$", "", cnd$message), cnd$body), collapse = ": ")
      failures <<- c(failures, text)
      if (length(failures) == 1L) cli::cli_inform(c("!" = "{failures}"))
    })
  }
  list(write = careful, report = function() warn_checkpoints(folder, failures))
}

# `state` is NULL if R had no memory for it.
write_checkpoint <- function(folder, state, fixed) {
  if (is.null(state)) stop("There is not enough memory for a checkpoint.")
  model <- fixed$as_model(trained_until(state, fixed$parameters))
  parts <- model_parts(model)
  tensors <- c(
    parts$tensors, state_tensors(state), fixed$tensors, list(random_seed = random_seed())
  )
  about <- list(
    version = checkpoint_version, kind = model$inputs$kind, fingerprint = fixed$fingerprint
  )
  about$roles <- fixed$roles
  write_tensors(checkpoint_path(folder), tensors, c(parts$metadata, list(checkpoint = about)))
}

# Returns the metadata and tensors of a model. A recipe, or a formula with unknown functions, is not
# written. The file then contains a model of the matrix that the network reads, and the user gives
# the recipe or formula to resume_training() again.
model_parts <- function(model) {
  tryCatch(model_to_tensors(model), feedforward_error = function(cnd) {
    model["blueprint"] <- list(NULL)
    model$inputs$kind <- "matrix"
    model_to_tensors(model)
  })
}

# Returns what train_cpp() would return if training ended here. `parameters` has the shapes.
trained_until <- function(state, parameters) {
  best <- state$best$epoch > 0
  flat <- if (best) state$best$parameters else state$parameters
  ends <- cumsum(lengths(parameters))
  parameters <- Map(function(shape, end) {
    shape[] <- flat[end - length(shape) + seq_along(shape)]
    shape
  }, parameters, ends)
  list(
    parameters = parameters, history = state$history,
    best_epoch = if (best) state$best$epoch else state$epoch, stopped = NULL
  )
}

# Returns the checkpoint in a folder: list(model = the model before this training, except for its
# parameters; state, data, kind, fingerprint, origin, random_seed), or the result of
# cv_checkpoint_from().
read_checkpoint <- function(folder) {
  path <- checkpoint_path(check_string(folder, "folder"))
  if (!file.exists(path)) {
    stop_feedforward("There is no checkpoint in {.arg folder}, {.file {readable(folder)}}.",
      i = "Use `feedforward(..., checkpoint = folder)` to write checkpoints."
    )
  }
  parts <- read_tensors(path)
  origin <- safetensors_origin(path)
  about <- parts$metadata$checkpoint
  if (!is.list(about) || !rlang::is_string(about$kind, input_kinds)) {
    stop_file(origin, "has a model, but no training state")
  }
  if (is_cv_checkpoint(about)) {
    return(cv_checkpoint_from(parts, origin))
  }
  check_checkpoint_version(about$version)
  state <- state_from(parts$tensors, origin)
  model <- model_from_tensors(parts, origin)
  earlier <- nrow(model$history) - length(state$history$loss)
  if (earlier < 0L) stop_file(origin, "has a history with too few epochs")
  model$history <- model$history[seq_len(earlier), ]
  list(
    model = model, state = state, data = with_prefix(parts$tensors, "data."), kind = about$kind,
    fingerprint = about$fingerprint, roles = about$roles, origin = origin,
    random_seed = parts$tensors$random_seed
  )
}

# ---- Parts of a checkpoint as tensors -----------------------------------------------

state_tensors <- function(state) {
  numbered <- state$optimizer
  names(numbered) <- seq_along(numbered)
  c(
    prefix_names(state[c("epoch", "parameters", "steps", "order")], "state."),
    prefix_names(numbered, "state.optimizer."), prefix_names(state$best, "state.best."),
    prefix_names(state$history, "state.history.")
  )
}

state_from <- function(tensors, origin) {
  optimizer <- with_prefix(tensors, "state.optimizer.")
  plain <- c("epoch", "parameters", "steps", "order")
  if (!all(c(paste0("state.", plain), "random_seed") %in% names(tensors))) {
    stop_file(origin, "lacks part of the training state")
  }
  if (!setequal(names(optimizer), seq_along(optimizer))) {
    stop_file(origin, "has optimizer states that are not numbered 1, 2, ...")
  }
  c(with_prefix(tensors, "state.")[plain], list(
    optimizer = unname(optimizer[order(as.integer(names(optimizer)))]),
    best = with_prefix(tensors, "state.best."), history = with_prefix(tensors, "state.history.")
  ))
}

# Returns what was drawn or computed from the data, so that the user need not give it again:
# weights, and the rows for training and validation.
data_tensors <- function(data) {
  apart <- is.list(data$validation)
  parts <- list(
    weights = data$weights, rows = data$rows, validation = if (!apart) data$validation,
    set_weights = if (apart) data$validation$weights,
    counted = if (!is.null(data$counted)) as.integer(data$counted)
  )
  prefix_names(parts[!vapply(parts, is.null, TRUE)], "data.")
}

prefix_names <- function(x, prefix) {
  if (length(x)) rlang::set_names(x, paste0(prefix, names(x))) else list()
}

with_prefix <- function(tensors, prefix) {
  found <- tensors[startsWith(names(tensors), prefix)]
  rlang::set_names(found, substring(names(found), nchar(prefix) + 1L))
}

# ---- Recognizing the data -----------------------------------------------------------

# Returns the size and hash of each part of the data, as a named list of strings. The same numbers
# have the same hash, whatever their type. `bytes` of 4 round them to single precision.
fingerprint_of <- function(data, bytes = 8L) {
  parts <- list(x = data$x, y = data$y)
  if (is.list(data$validation)) {
    parts <- c(parts, list(validation_x = data$validation$x, validation_y = data$validation$y))
  }
  c(
    lapply(parts, function(part) paste(describe_size(part), hash_numbers(part, bytes))),
    lapply(data$names, function(names) {
      paste(length(names), hash_of(quote_json(as.character(names))))
    })
  )
}

describe_size <- function(x) paste(if (is.null(dim(x))) length(x) else dim(x), collapse = " x ")

# Hashes some values at a time, to save memory. A matrix has the hash of the table with its columns.
hash_numbers <- function(x, bytes = 8L) {
  if (is_columns(x)) {
    return(hash_of(vapply(x$columns, hash_numbers, "", bytes)))
  }
  if (is.matrix(x)) {
    return(hash_of(vapply(seq_len(ncol(x)), function(j) hash_numbers(x[, j], bytes), "")))
  }
  if (is_plain_sparse(x)) {
    return(hash_of(c(hash_block(x@p, 8L), hash_block(x@i, 8L), hash_block(x@x, bytes))))
  }
  starts <- seq(1, max(length(x), 1L), by = 2^20)
  hash_of(vapply(starts, function(start) {
    hash_block(x[seq(start, length.out = min(2^20, length(x) - start + 1))], bytes)
  }, ""))
}

hash_block <- function(x, bytes) {
  # They do not depend on the machine.
  written <- writeBin(as.double(x), raw(), size = bytes, endian = "little")
  digest::digest(written, algo = "xxhash64", serialize = FALSE)
}

hash_of <- function(hashes) {
  digest::digest(paste(hashes, collapse = " "), algo = "sha256", serialize = FALSE)
}
