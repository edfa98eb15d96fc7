# What is refused of checkpoints and of what is to go on from one.

# A folder that can be written to, made if it is not there. To see that it can before
# training begins is better than after the first epoch.
check_checkpoint_folder <- function(folder, call = rlang::caller_env()) {
  made <- dir.exists(folder) ||
    suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  refuse <- function(reason) {
    stop_input("checkpoint", "a folder that can be made and written to", reason, call = call)
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
check_checkpoint_of_model <- function(fit, folder, call = rlang::caller_env()) {
  if (is.null(folder)) {
    return()
  }
  tryCatch(blueprint_parts(fit$blueprint), feedforward_error = function(cnd) {
    stop_input("checkpoint", "left out to go on with this model", describe(folder),
      hint = paste(cnd$message, "Only feedforward() keeps checkpoints of it."), call = call
    )
  })
}

# Generators of R itself keep all of their state in .Random.seed.
check_random_generator <- function(call = rlang::caller_env()) {
  kinds <- RNGkind()
  if ("user-supplied" %in% kinds) {
    stop_input("checkpoint", "NULL with a random number generator that is not R's own",
      "RNGkind() \"user-supplied\"",
      hint = "Its state cannot be kept.", call = call
    )
  }
}

check_checkpoint_version <- function(version, call = rlang::caller_env()) {
  if (!is_whole(version) || version < 1) {
    stop_feedforward("The checkpoint does not tell its version.",
      x = "Got {describe(version)}.", class = "feedforward_file_error", call = call
    )
  }
  if (version > checkpoint_version) {
    stop_feedforward("This checkpoint was made by a newer version of feedforward.",
      i = "Update feedforward to resume it.", class = "feedforward_version_error", call = call
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
    history = setequal(names(state$history), setdiff(history_columns, "epoch")) &&
      all(lengths(state$history) == epoch)
  )
  if (!all(fits)) {
    stop_file(origin, "a state that fits its model", names(fits)[!fits][1L])
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
check_same_count <- function(counted, n, arg, call) {
  if (!is.null(counted) && length(counted) != n) {
    stop_input(arg, sprintf("the one that training began with (%d rows)", length(counted)),
      sprintf("%d row%s", n, plural(n)),
      hint = "continue_training() goes on with other data.",
      class = "feedforward_data_error", call = call
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
check_fingerprint <- function(data, wanted, kind, call = rlang::caller_env()) {
  found <- fingerprint_of(data)
  if (!is.list(wanted) || !all(vapply(wanted, rlang::is_string, TRUE))) {
    stop_feedforward("The checkpoint does not tell which data it is of.",
      x = "Got {describe(wanted)} as its `fingerprint`.",
      class = "feedforward_file_error", call = call
    )
  }
  if (!setequal(names(found), names(wanted))) {
    needed <- "validation_x" %in% names(wanted)
    stop_input("validation", if (needed) "given, as in training" else "left out, as in training",
      if (needed) "nothing" else "validation data",
      call = call
    )
  }
  for (name in names(wanted)) check_same_part(name, found[[name]], wanted[[name]], kind, call)
}

# `found` and `wanted` are a size and a hash each.
check_same_part <- function(name, found, wanted, kind, call) {
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
    class = "feedforward_data_error", call = call
  )
}

warn_checkpoints <- function(folder, failures) {
  if (length(failures)) {
    older <- file.exists(checkpoint_path(folder))
    cli::cli_warn(
      c("{length(failures)} checkpoint{?s} could not be written to {.file {folder}}.",
        x = "The first time: {failures[1L]}",
        i = paste("Training went on.", if (older) "The last one that was written is still there.")
      ),
      class = "feedforward_checkpoint_failed", call = NULL
    )
  }
}

# What cannot be changed of a model that is there.
check_no_fixed_arguments <- function(given, call) {
  fixed <- intersect(given, fixed_arguments)
  if (length(fixed)) {
    stop_input(fixed[1L], "left out: it stays as it is in `fit`", "another one",
      hint = "feedforward() makes a new model.", call = call
    )
  }
}

check_no_dots <- function(dots, call) {
  if (length(dots)) {
    name <- c(names(dots), "")[1L]
    stop_input("...", "empty", if (nzchar(name)) sprintf("`%s`", name) else describe(dots[[1L]]),
      hint = "All options are those of before; continue_training() takes others.",
      call = call
    )
  }
}

# The data for a model, whichever argument they came in: list(x, y, arg).
check_data_again <- function(given, model, call) {
  for (arg in c("x", "data")) refuse_table_elsewhere(given[[arg]], arg, call)
  kind <- model$inputs$kind
  if (kind %in% c("formula", "recipe")) {
    if (!is.null(given$data)) check_same_source(given$x, model, call)
    data <- if (is.null(given$data)) given$x else given$data
    if (!is.data.frame(data)) {
      wanted <- sprintf("given: a data frame, since the model was made with a %s", kind)
      stop_input("data", wanted, if (is.null(data)) "nothing" else describe(data), call = call)
    }
    if (!is.null(given$y)) {
      stop_input("y", "left out: the outcome is in the data", describe(given$y), call = call)
    }
    return(list(x = data, arg = "data"))
  }
  if (!is.null(given$data)) {
    stop_input("data", "left out: the model was made of `x` and `y`", describe(given$data),
      call = call
    )
  }
  for (arg in c("x", "y")) check_given(is.null(given[[arg]]), arg, call = call)
  list(x = given$x, y = given$y, arg = "x")
}

# Beside the data, only the formula that the model has goes without saying.
check_same_source <- function(x, model, call) {
  kind <- model$inputs$kind
  text <- function(formula) sprintf("`%s`", paste(deparse(formula), collapse = " "))
  own <- if (kind == "formula") text(formula_of(model$blueprint))
  got <- if (inherits(x, "formula")) text(x) else describe(x)
  if (!is.null(x) && !identical(got, own)) {
    wanted <- paste(c("left out: the model has its", kind, own), collapse = " ")
    stop_input("x", readable(wanted), readable(got),
      hint = "feedforward() makes a new model.", call = call
    )
  }
}

# The same for a checkpoint, with the formula or recipe that it could not keep.
check_data_to_resume <- function(given, kind, model, call) {
  if (kind == model$inputs$kind) {
    return(check_data_again(given, model, call))
  }
  if (inherits(given$x, kind) && is.data.frame(given$y) && is.null(given$data)) {
    stop_input("data", "given by its name, after the others", "it as `y`",
      hint = sprintf("resume_training(folder, %s, data = data)", kind), call = call
    )
  }
  if (!inherits(given$x, kind) || !is.data.frame(given$data)) {
    stop_input("x", sprintf("the %s of the training that was cut off, with its `data`", kind),
      if (is.null(given$x)) "nothing" else describe(given$x),
      hint = "The checkpoint could not keep it.", call = call
    )
  }
  list(x = given$data, formula = given$x, arg = "data")
}
