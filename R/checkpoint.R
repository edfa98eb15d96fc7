# Checkpoints: the state of training in a file, written while training goes on. The file is one
# that write_model() could have written, with more tensors in it, so read_model() reads it too.

checkpoint_version <- 1L

checkpoint_path <- function(folder) file.path(folder, "checkpoint.safetensors")

# What writes the checkpoints of one training run, or NULL where none are asked for:
# list(write = a function of the state for C++ to call, report = one to call when training is over).
# `data` is what train_cpp() gets, `parameters` what it starts from; `as_model` makes a model of
# what it returns, epochs of earlier trainings included (append_history()).
#
# A checkpoint that cannot be written does not end training, which may have taken hours: the
# older file stays, and the next checkpoint is tried. It is said at once, since whoever looks
# may make room, and as a warning at the end.
checkpoint_keeper <- function(folder, data, parameters, as_model, call = rlang::caller_env()) {
  if (is.null(folder)) {
    return(NULL)
  }
  check_checkpoint_folder(folder, call)
  check_random_generator(call)
  remove_parts(end_of_links(checkpoint_path(folder)))
  fixed <- list(
    tensors = data_tensors(data), fingerprint = fingerprint_of(data), parameters = parameters,
    as_model = as_model
  )
  failures <- character()
  write <- function(state) {
    tryCatch(write_checkpoint(folder, state, fixed), error = function(cnd) {
      # In one line, without the marks of a list.
      text <- paste(c(sub("[.]$", "", cnd$message), cnd$body), collapse = ": ")
      failures <<- c(failures, text)
      if (length(failures) == 1L) cli::cli_inform(c("!" = "{failures}"))
    })
  }
  list(write = catching(write), report = function() warn_checkpoints(folder, failures))
}

# `state` is NULL where R had no memory for it.
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
  write_tensors(checkpoint_path(folder), tensors, c(parts$metadata, list(checkpoint = about)))
}

# A model with a recipe, or a formula that calls functions which no such file may name, has
# parts that are not written. It is kept as one of the matrix that its network reads, and
# resume_training() is given the recipe or formula again.
model_parts <- function(model) {
  tryCatch(model_to_tensors(model), feedforward_error = function(cnd) {
    model["blueprint"] <- list(NULL)
    model$inputs$kind <- "matrix"
    model_to_tensors(model)
  })
}

# What train_cpp() would return, had training ended here. `parameters` has the shapes.
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

# The checkpoint in a folder: list(model = the one that this training began with, in its state
# of then but for the parameters; state, data, kind, fingerprint, random_seed).
read_checkpoint <- function(folder, call = rlang::caller_env()) {
  path <- checkpoint_path(check_string(folder, "folder", call = call))
  if (!file.exists(path)) {
    got <- sprintf("\"%s\", which has none", readable(folder))
    stop_input("folder", "a folder with a checkpoint", got,
      hint = "feedforward(..., checkpoint = folder) writes checkpoints.", call = call
    )
  }
  parts <- read_tensors(path, call = call)
  origin <- safetensors_origin(path, call)
  about <- parts$metadata$checkpoint
  if (!is.list(about) || !rlang::is_string(about$kind, input_kinds)) {
    stop_file(origin, "a checkpoint", "a model without the state of training")
  }
  check_checkpoint_version(about$version, call)
  state <- state_from(parts$tensors, origin)
  model <- model_from_tensors(parts, origin)
  earlier <- nrow(model$history) - length(state$history$loss)
  if (earlier < 0L) stop_file(origin, "the history of its epochs", "a shorter one")
  model$history <- model$history[seq_len(earlier), ]
  list(
    model = model, state = state, data = with_prefix(parts$tensors, "data."), kind = about$kind,
    fingerprint = about$fingerprint, origin = origin, random_seed = parts$tensors$random_seed
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
    stop_file(origin, "the state of training", "a file without it")
  }
  if (!setequal(names(optimizer), seq_along(optimizer))) {
    stop_file(origin, "the numbered parts of an optimizer", toString(names(optimizer)))
  }
  c(with_prefix(tensors, "state.")[plain], list(
    optimizer = unname(optimizer[order(as.integer(names(optimizer)))]),
    best = with_prefix(tensors, "state.best."), history = with_prefix(tensors, "state.history.")
  ))
}

# What was drawn or computed from the data, so that it need not be given again: weights, and
# which rows are for what.
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

# ---- Which data it was --------------------------------------------------------------

# Sizes and hashes of all that training reads of the data, part by part, as a named list of
# strings. The same numbers have the same hash in any type.
fingerprint_of <- function(data) {
  parts <- list(x = data$x, y = data$y)
  if (is.list(data$validation)) {
    parts <- c(parts, list(validation_x = data$validation$x, validation_y = data$validation$y))
  }
  lapply(parts, function(part) paste(describe_size(part), hash_numbers(part)))
}

describe_size <- function(x) paste(if (is.null(dim(x))) length(x) else dim(x), collapse = " x ")

# Some columns at a time, so that not all of them are in memory as bytes at once.
hash_numbers <- function(x) {
  if (is_plain_sparse(x)) {
    return(hash_of(c(hash_block(x@p), hash_block(x@i), hash_block(x@x))))
  }
  starts <- seq(1, max(length(x), 1L), by = 2^20)
  hash_of(vapply(starts, function(start) {
    hash_block(x[seq(start, length.out = min(2^20, length(x) - start + 1))])
  }, ""))
}

hash_block <- function(x) {
  # The bytes do not depend on the machine.
  bytes <- writeBin(as.double(x), raw(), endian = "little")
  digest::digest(bytes, algo = "xxhash64", serialize = FALSE)
}

hash_of <- function(hashes) {
  digest::digest(paste(hashes, collapse = " "), algo = "sha256", serialize = FALSE)
}
