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
checkpoint_keeper <- function(folder, data, parameters, as_model) {
  if (is.null(folder)) {
    return(NULL)
  }
  check_checkpoint_folder(folder)
  check_random_generator()
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
read_checkpoint <- function(folder) {
  path <- checkpoint_path(check_string(folder, "folder"))
  if (!file.exists(path)) {
    got <- sprintf("\"%s\", which has none", readable(folder))
    stop_input("folder", "a folder with a checkpoint", got,
      hint = "feedforward(..., checkpoint = folder) writes checkpoints."
    )
  }
  parts <- read_tensors(path)
  origin <- safetensors_origin(path)
  about <- parts$metadata$checkpoint
  if (!is.list(about) || !rlang::is_string(about$kind, input_kinds)) {
    stop_file(origin, "has a model, but no training state")
  }
  check_checkpoint_version(about$version)
  state <- state_from(parts$tensors, origin)
  model <- model_from_tensors(parts, origin)
  earlier <- nrow(model$history) - length(state$history$loss)
  if (earlier < 0L) stop_file(origin, "has a history with too few epochs")
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
    stop_file(origin, "lacks a part of the training state")
  }
  if (!setequal(names(optimizer), seq_along(optimizer))) {
    stop_file(origin, "has optimizer states that are not numbered 1, 2, ...")
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

# ---- What is refused ---------------------------------------------------------------

# What is refused of checkpoints and of what is to go on from one.

# A folder that can be written to, made if it is not there. To see that it can before
# training begins is better than after the first epoch.
check_checkpoint_folder <- function(folder) {
  made <- dir.exists(folder) ||
    suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  refuse <- function(reason) {
    stop_input("checkpoint", "a folder that can be made and written to", reason)
  }
  if (!made) refuse(sprintf("\"%s\", which cannot be made", folder))
  probe <- part_beside(checkpoint_path(folder))
  tryCatch(write_whole(probe, raw()), feedforward_error = function(cnd) {
    refuse(sprintf("\"%s\", where no file can be written", folder))
  })
  unlink(probe)
  invisible(folder)
}

# Resuming reads a recipe, or a formula that the file cannot keep, anew from the data: right for
# those that a model was made of, wrong for those that it goes on with.
check_checkpoint_of_model <- function(fit, folder) {
  if (is.null(folder)) {
    return()
  }
  tryCatch(blueprint_parts(fit$blueprint), feedforward_error = function(cnd) {
    stop_input("checkpoint", "left out to go on with this model", describe(folder),
      hint = paste(cnd$message, "Only feedforward() keeps checkpoints of it.")
    )
  })
}

# Generators of R itself keep all of their state in .Random.seed.
check_random_generator <- function() {
  kinds <- RNGkind()
  if ("user-supplied" %in% kinds) {
    stop_input("checkpoint", "NULL with a random number generator that is not R's own",
      "RNGkind() \"user-supplied\"",
      hint = "Its state cannot be kept."
    )
  }
}

check_checkpoint_version <- function(version) {
  if (!is_whole(version) || version < 1) {
    stop_feedforward("The checkpoint does not tell its version.",
      x = "Got {describe(version)}.", class = "feedforward_file_error"
    )
  }
  if (version > checkpoint_version) {
    stop_feedforward("This checkpoint was made by a newer version of feedforward.",
      i = "Update feedforward to resume it.", class = "feedforward_version_error"
    )
  }
}

# C++ relies on the state: what it holds must fit the model and the data, whatever a file says.
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
    stop_file(origin, sprintf("has a `%s` that does not fit its model", names(fits)[!fits][1L]))
  }
}

# Whether the rows to train on and to validate on are some of those that are there and differ, and
# the weights are theirs.
split_fits <- function(state, data) {
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

# Which rows count, 1 or 0 for each, NULL for all, as a checkpoint says: of as many as there are.
check_same_count <- function(counted, n, arg) {
  if (!is.null(counted) && length(counted) != n) {
    stop_input(arg, sprintf("the one that training began with (%d rows)", length(counted)),
      sprintf("%d row%s", n, plural(n)),
      hint = "continue_training() goes on with other data.",
      class = "feedforward_data_error"
    )
  }
  counted
}

are_weights <- function(x, n) {
  is.null(x) || (is.double(x) && is.null(dim(x)) && length(x) == n && all(is.finite(x) & x >= 0))
}

are_rows <- function(x, n) {
  is.integer(x) && length(x) > 0L && !anyNA(x) && !anyDuplicated(x) && all(x >= 1L & x <= n)
}

# Of the data given to resume, each part must be the one of before, to the last bit.
check_fingerprint <- function(data, wanted, kind) {
  found <- fingerprint_of(data)
  if (!is.list(wanted) || !all(vapply(wanted, rlang::is_string, TRUE))) {
    stop_feedforward("The checkpoint does not tell which data it is of.",
      x = "Got {describe(wanted)} as its `fingerprint`.",
      class = "feedforward_file_error"
    )
  }
  if (!setequal(names(found), names(wanted))) {
    needed <- "validation_x" %in% names(wanted)
    stop_input("validation", if (needed) "given, as in training" else "left out, as in training",
      if (needed) "nothing" else "validation data"
    )
  }
  for (name in names(wanted)) check_same_part(name, found[[name]], wanted[[name]], kind)
}

# `found` and `wanted` are a size and a hash each.
check_same_part <- function(name, found, wanted, kind) {
  if (identical(found, wanted)) {
    return(invisible())
  }
  size <- function(part) sub(" [^ ]*$", "", part)
  got <- if (size(found) != size(wanted)) size(found) else "the same size with other values"
  arg <- if (kind %in% c("formula", "recipe")) {
    if (startsWith(name, "validation")) "validation" else "data"
  } else {
    sub("_", "$", name, fixed = TRUE)
  }
  stop_input(arg, sprintf("the one that training began with (%s)", size(wanted)), got,
    hint = "continue_training() goes on with other data.",
    class = "feedforward_data_error"
  )
}

warn_checkpoints <- function(folder, failures) {
  if (length(failures)) {
    older <- file.exists(checkpoint_path(folder))
    cli::cli_warn(
      c("{length(failures)} checkpoint{?s} could not be written to {.file {visible(folder)}}.",
        x = "The first time: {failures[1L]}",
        i = paste("Training went on.", if (older) "The last one that was written is still there.")
      ),
      class = "feedforward_checkpoint_failed", call = NULL
    )
  }
}

# What cannot be changed of a model that is there.
check_no_fixed_arguments <- function(given) {
  fixed <- intersect(given, fixed_arguments)
  if (length(fixed)) {
    stop_input(fixed[1L], "left out: it stays as it is in `fit`", "another one",
      hint = "feedforward() makes a new model."
    )
  }
}

check_no_dots <- function(dots) {
  if (length(dots)) {
    name <- c(names(dots), "")[1L]
    stop_input("...", "empty", if (nzchar(name)) sprintf("`%s`", name) else describe(dots[[1L]]),
      hint = "All options are those of before; continue_training() takes others."
    )
  }
}

# The data for a model, whichever argument they came in: list(x, y, arg).
check_data_again <- function(given, model) {
  for (arg in c("x", "data")) refuse_table_elsewhere(given[[arg]], arg)
  kind <- model$inputs$kind
  if (kind %in% c("formula", "recipe")) {
    if (!is.null(given$data)) check_same_source(given$x, model)
    data <- if (is.null(given$data)) given$x else given$data
    if (!is.data.frame(data)) {
      wanted <- sprintf("given: a data frame, since the model was made with a %s", kind)
      stop_input("data", wanted, if (is.null(data)) "nothing" else describe(data))
    }
    if (!is.null(given$y)) {
      stop_input("y", "left out: the outcome is in the data", describe(given$y))
    }
    return(list(x = data, arg = "data"))
  }
  if (!is.null(given$data)) {
    stop_input("data", "left out: the model was made of `x` and `y`", describe(given$data))
  }
  for (arg in c("x", "y")) check_given(is.null(given[[arg]]), arg)
  list(x = given$x, y = given$y, arg = "x")
}

# Beside the data, only the formula that the model has goes without saying.
check_same_source <- function(x, model) {
  kind <- model$inputs$kind
  text <- function(formula) sprintf("`%s`", paste(deparse(formula), collapse = " "))
  own <- if (kind == "formula") text(formula_of(model$blueprint))
  got <- if (inherits(x, "formula")) text(x) else describe(x)
  if (!is.null(x) && !identical(got, own)) {
    wanted <- paste(c("left out: the model has its", kind, own), collapse = " ")
    stop_input("x", readable(wanted), readable(got),
      hint = "feedforward() makes a new model."
    )
  }
}

# The same for a checkpoint, with the formula or recipe that it could not keep.
check_data_to_resume <- function(given, kind, model) {
  if (kind == model$inputs$kind) {
    return(check_data_again(given, model))
  }
  if (inherits(given$x, kind) && is.data.frame(given$y) && is.null(given$data)) {
    stop_input("data", "given by its name, after the others", "it as `y`",
      hint = sprintf("resume_training(folder, %s, data = data)", kind)
    )
  }
  if (!inherits(given$x, kind) || !is.data.frame(given$data)) {
    stop_input("x", sprintf("the %s of the training that was cut off, with its `data`", kind),
      if (is.null(given$x)) "nothing" else describe(given$x),
      hint = "The checkpoint could not keep it."
    )
  }
  list(x = given$data, formula = given$x, arg = "data")
}
