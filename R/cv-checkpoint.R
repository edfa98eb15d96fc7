# Checkpoints of feedforward_cv(). The file holds what the networks are made from (the fold of each
# row, the options of the candidates, the state of R's generator) and the results of those that are
# done. It is also a file of write_model(): its model is the average of what is done.

# A reader that knows only checkpoints of single networks says that these are newer.
cv_checkpoint_version <- 2L

# The share of the time of training that writing may take.
share_of_writing <- 0.1

# Returns NULL, or for a folder list(keep, finish): `keep(k, result)` takes the result of a network
# that is done and writes a checkpoint, unless writing takes too long; `finish(trained)` writes the
# last one. `trained` are the results so far, NULL for networks that are not done. `as_average`
# turns them into a model, or NULL if there is none yet.
cv_keeper <- function(folder, start, trained, as_average) {
  if (is.null(folder)) {
    return(NULL)
  }
  prepare_checkpoints(folder)
  writer <- checkpoint_writer(folder, function() {
    write_cv_checkpoint(folder, start, trained, as_average(trained))
  })
  seconds <- function() proc.time()[["elapsed"]]
  began <- seconds()
  spent <- 0
  write <- function() {
    from <- seconds()
    writer$write()
    spent <<- spent + seconds() - from
  }
  write()
  list(
    keep = function(k, result) {
      trained[[k]] <<- result
      if (spent <= share_of_writing * (seconds() - began)) write()
    },
    finish = function(all) {
      trained <<- all
      write()
      writer$report()
    }
  )
}

write_cv_checkpoint <- function(folder, start, trained, average) {
  parts <- list(metadata = list(model = list(version = average_layout)))
  if (!is.null(average)) parts <- model_parts(average)
  done <- which(!vapply(trained, is.null, TRUE))
  results <- lapply(done, function(k) result_tensors(trained[[k]], k))
  tensors <- c(parts$tensors, start$tensors, unlist(results, recursive = FALSE))
  about <- c(start$about, list(results = lapply(done, function(k) {
    list(member = k, best_epoch = trained[[k]]$best_epoch, ending = trained[[k]]$ending)
  })))
  write_tensors(checkpoint_path(folder), tensors, c(parts$metadata, list(checkpoint = about)))
}

# Returns list(tensors, about): what all checkpoints of one call have in common. `random_seed` is
# the state of R's generator before the networks are drawn.
cv_start <- function(average, fingerprint, random_seed) {
  shared <- average$options
  weights <- shared$case_weights
  tensors <- list(random_seed = random_seed, data.fold = average$fold)
  if (!is.null(weights)) tensors$data.case_weights <- as.double(unclass(weights))
  list(tensors = tensors, about = list(
    version = cv_checkpoint_version, kind = average$predictors$inputs$kind,
    fingerprint = fingerprint, formula = text_of_formula(average$predictors$blueprint),
    # Frequency weights count as copies of a row.
    frequency = inherits(weights, "hardhat_frequency_weights"),
    shared = kept_options(shared), names = names(average$candidates),
    candidates = unname(lapply(average$candidates, kept_options))
  ))
}

# Returns NULL for a formula that a file cannot contain. The user gives it again.
text_of_formula <- function(blueprint) {
  if (is.null(blueprint) || !blueprint_kind(blueprint) %in% c("formula", "columns")) {
    return(NULL)
  }
  tryCatch(formula_text(blueprint), feedforward_error = function(cnd) NULL)
}

fingerprint_of_cv <- function(average) {
  outcome <- average$encoded$outcome
  fingerprint_of(list(
    x = average$predictors$x, y = average$encoded$targets,
    names = list(
      x_names = names_of_columns(average$predictors$x), y_names = c(outcome$levels, outcome$names)
    )
  ))
}

result_tensors <- function(result, k) {
  parameters <- result$parameters
  names(parameters) <- seq_along(parameters)
  prefix_names(c(result[c("losses", "scores", "predictions")], parameters),
    sprintf("results.%d.", k))
}

# ---- Resuming ------------------------------------------------------------------------

# Trains the networks that a checkpoint lacks. `kept` comes from cv_checkpoint_from(), and `given`
# is list(x, y, data).
resume_cv <- function(kept, given, folder, threads, progress) {
  shared <- options_again(kept$about$shared, threads, kept$origin)
  shared["case_weights"] <- list(case_weights_again(kept))
  given <- data_for_cv(kept, given)
  kind <- kept$about$kind
  predictors <- read_predictors(
    kind, given$x, if (includes_outcome(kind)) given$formula else given$y, shared
  )
  data <- encode_for_cv(predictors, predictors$outcomes, shared)
  average <- list(
    predictors = data$predictors, encoded = data$encoded, options = shared,
    candidates = candidates_again(kept, threads)
  )
  check_fingerprint(fingerprint_of_cv(average), kept$fingerprint, kind,
    hint = "Use the same data with the same order of columns, or start a new `feedforward_cv()`."
  )
  average$fold <- fold_again(kept, NROW(data$encoded$targets))
  train_average(average, folder, progress, kept)
}

# Returns the data as list(x, y, formula), where `formula` may also be a recipe.
data_for_cv <- function(kept, given) {
  kind <- kept$about$kind
  frame <- Find(is.data.frame, given[c("data", "x", "y")])
  formula <- if (kind == "formula" && !is.null(frame)) stored_formula(kept, frame)
  known <- kind %in% c("matrix", "array", "data") || !is.null(kept$about$formula)
  model <- list(
    inputs = list(kind = if (known) kind else "matrix"),
    blueprint = list(formula = formula, intercept = TRUE)
  )
  read <- check_data_to_resume(given, kind, model)
  if (kind == "data") check_that(is.data.frame(read$x), read$x, "x", "a data frame")
  if (!is.null(formula)) read$formula <- formula
  read
}

# The formula has only functions of a short list. Names that are no columns are refused with the
# data.
stored_formula <- function(kept, data) {
  text <- kept$about$formula
  if (is.null(text)) {
    return(NULL)
  }
  failed <- function(cnd) {
    stop_file(kept$origin, paste("has an invalid formula:", conditionMessage(cnd)))
  }
  if (!rlang::is_string(text)) stop_file(kept$origin, "has no valid formula")
  tryCatch(parse_formula(text, column_widths(data), any_name = TRUE), error = failed)
}

# ---- Reading -------------------------------------------------------------------------

# Returns the checkpoint as list(about, tensors, origin, random_seed, fingerprint). Its parts are
# checked where they are used.
cv_checkpoint_from <- function(parts, origin) {
  about <- parts$metadata$checkpoint
  check_checkpoint_version(about$version, cv_checkpoint_version)
  if (!"random_seed" %in% names(parts$tensors)) {
    stop_file(origin, "lacks part of the training state")
  }
  list(
    about = about, tensors = parts$tensors, origin = origin, fingerprint = about$fingerprint,
    random_seed = parts$tensors$random_seed
  )
}

is_cv_checkpoint <- function(about) is.list(about) && !is.null(about$candidates)

options_again <- function(options, threads, origin) {
  if (!is.list(options) || is.null(names(options))) stop_file(origin, "has no options")
  options["threads"] <- list(threads)
  options[c("progress", "verbose")] <- FALSE
  options["checkpoint"] <- list(NULL)
  check_options(options)
}

candidates_again <- function(kept, threads) {
  candidates <- kept$about$candidates
  names <- kept$about$names
  fits <- is.list(candidates) && length(candidates) > 0L && is.character(names) &&
    length(names) == length(candidates) && !anyNA(names) && !anyDuplicated(names)
  if (!fits) stop_file(kept$origin, "has no candidates")
  lapply(rlang::set_names(candidates, names), function(options) {
    options <- options_again(options, threads, kept$origin)
    options["init"] <- list(check_init(options$init))
    options
  })
}

case_weights_again <- function(kept) {
  weights <- kept$tensors$data.case_weights
  if (!is.null(weights) && !are_weights(weights, length(weights))) {
    stop_file(kept$origin, "has case weights that are not numbers of at least 0")
  }
  if (!isTRUE(kept$about$frequency) || is.null(weights)) {
    return(weights)
  }
  if (any(weights != round(weights) | weights > .Machine$integer.max)) {
    stop_file(kept$origin, "has frequency weights that are not whole numbers")
  }
  hardhat::frequency_weights(as.integer(weights))
}

# Returns the fold of each of `n` rows. Each fold has rows, and others to learn from.
fold_again <- function(kept, n) {
  fold <- kept$tensors$data.fold
  fits <- is.integer(fold) && is.null(dim(fold)) && length(fold) == n && !anyNA(fold) &&
    all(fold >= 0L & fold <= n)
  rows <- if (fits) tabulate(fold, max(fold))
  if (!fits || length(rows) == 0L || any(rows == 0L | rows == n)) {
    stop_file(kept$origin, "has folds that do not fit the data")
  }
  fold
}

# Returns the results of all `members`, NULL for those that were not done.
results_again <- function(kept, members) {
  trained <- vector("list", length(members))
  for (about in as.list(kept$about$results)) {
    k <- if (is.list(about) && is_whole(about$member)) about$member else 0
    result <- if (k %in% seq_along(members)) result_from(about, k, members[[k]], kept$tensors)
    if (is.null(result)) stop_file(kept$origin, "has a network that does not fit its candidate")
    trained[[k]] <- result
  }
  trained
}

# Returns the result of a network as C++ gives it, or NULL if it does not fit.
result_from <- function(about, k, member, tensors) {
  parts <- with_prefix(tensors, sprintf("results.%d.", k))
  wanted <- member$network$parameters
  parameters <- unname(parts[as.character(seq_along(wanted))])
  shapes <- function(parameters) lapply(unname(parameters), function(x) c(dim(x), length(x)))
  outputs <- length(wanted[[length(wanted)]])
  epochs <- length(parts$losses)
  best <- about$best_epoch
  fits <- identical(shapes(parameters), shapes(wanted)) &&
    all(vapply(parameters, is.double, TRUE)) &&
    is_column_of(parts$losses, epochs) && is_column_of(parts$scores, epochs) &&
    epochs <= member$options$epochs && is_whole(best) && best >= min(epochs, 1) &&
    best <= epochs && is.double(parts$predictions) &&
    identical(dim(parts$predictions), c(length(member$held_out), outputs)) &&
    rlang::is_string(about$ending, c("finished", "diverged"))
  if (fits) {
    list(
      parameters = parameters, best_epoch = best, losses = parts$losses, scores = parts$scores,
      ending = about$ending, predictions = parts$predictions
    )
  }
}

is_column_of <- function(x, n) is.double(x) && is.null(dim(x)) && length(x) == n
