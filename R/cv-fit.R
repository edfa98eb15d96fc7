# Trains the members of feedforward_cv(): a network for each candidate and fold, side by side.

# `call` is list(shared, folds, groups, candidates, checkpoint, progress): the arguments that all
# networks share, and the others as the user gave them.
fit_cv <- function(predictors, y, call) {
  with_seed_kept({
    shared <- check_options(with_settings(do.call(training_arguments, call$shared, quote = TRUE)))
    n <- nrow_of(predictors$x)
    folds <- check_folds(call$folds, n)
    groups <- check_groups(call$groups, folds, n)
    data <- encode_for_cv(predictors, y, shared)
    encoded <- data$encoded
    call$shared["loss"] <- list(encoded$loss)
    candidates <- candidates_for(call, data$predictors, encoded)
    fold <- draw_folds(folds, groups, encoded$targets, encoded$counted)
    warn_classes_in_one_fold(fold, encoded$targets, encoded$outcome$levels)
    average <- list(
      predictors = data$predictors, encoded = encoded, fold = fold, candidates = candidates,
      options = shared
    )
    train_average(average, call$checkpoint, call$progress)
  })
}

# Returns list(predictors, encoded) of the rows that count.
encode_for_cv <- function(predictors, y, shared) {
  encoded <- encode_outcome(
    y, nrow_of(predictors$x), shared$loss, outcome_in_code(predictors), shared$case_weights
  )
  encoded <- with_class_weights(encoded, shared$class_weights)
  check_classes_left(encoded)
  predictors <- prepare_inputs(predictors, shared, encoded$counted)
  refuse_unread_values(predictors$x, "x", predictors$inputs)
  list(predictors = predictors, encoded = encoded)
}

# Draws and trains the networks of `average`, a list(predictors, encoded, fold, candidates,
# options), and returns the model. With `kept`, a checkpoint, only trains those that it lacks.
train_average <- function(average, folder, progress, kept = NULL) {
  fingerprint <- kept$fingerprint
  if (is.null(kept) && !is.null(folder)) fingerprint <- fingerprint_of_cv(average)
  weights <- observation_weights(average$encoded, NULL)
  average["weights"] <- list(weights$weights)
  average$encoded <- standardize_outcome(average$encoded, NULL, weights$copies)
  predictors <- average$predictors
  average$sources <- encodings_of(average$candidates, predictors, weights$copies)
  if (!is.null(kept)) restore_random_seed(kept$random_seed, kept$origin)
  seed <- if (!is.null(folder)) random_seed()
  members <- draw_members(average$candidates, average$fold, average$sources, average$encoded)
  if (is.null(kept)) warn_of_outcome_column(predictors$like_outcome)
  trained <- if (is.null(kept)) vector("list", length(members)) else results_again(kept, members)
  keeper <- cv_keeper(
    folder, cv_start(average, fingerprint, seed), trained,
    as_average = function(trained) average_so_far(members, trained, average)
  )
  data <- list(
    x = predictors$x, y = average$encoded$targets, weights = weights$weights,
    encodings = unname(average$sources$encodings)
  )
  trained <- train_members(data, members, trained, average$options, progress, keeper$keep)
  if (!is.null(keeper)) keeper$finish(trained)
  average_members(members, trained, average, folder)
}

candidates_for <- function(call, predictors, encoded) {
  candidates <- call$candidates
  if (is.null(candidates)) {
    kind <- encoded$outcome$kind
    candidates <- default_candidates(
      NROW(encoded$targets), kind, is_table(predictors), call$shared$precision
    )
  }
  check_candidates(candidates, call$shared, predictors)
}

# Returns list(encodings, of_candidate, constant, unused, levels): the distinct encodings of the
# candidates, measured on all rows, the name of the encoding of each candidate, which columns are
# constant, the levels that do not occur, and the number of levels of all columns. Without
# encodings, `inputs` is the number of columns.
encodings_of <- function(candidates, predictors, copies) {
  x <- predictors$x
  if (!is_table(predictors)) {
    check_each_candidate(candidates, function(options, k) {
      check_table_options(predictors, options)
    })
    none <- rep("none", length(candidates))
    return(list(
      encodings = list(none = NULL), of_candidate = none, constant = logical(), unused = list(),
      inputs = ncol_of(x), levels = integer()
    ))
  }
  of_candidate <- vapply(candidates, encoding_name, "")
  names <- unique(of_candidate)
  encodings <- lapply(stats::setNames(names, names), function(name) {
    encoding_for(x, if (name != "none") name, copies, predictors$inputs$has_missing)
  })
  unused <- unused_levels(x, NULL, copies)
  constant <- constant_columns(x, unused)
  warn_constant(constant, columns_in_words(x))
  list(
    encodings = encodings, of_candidate = of_candidate, constant = constant, unused = unused,
    levels = levels_of_columns(x)
  )
}

encoding_name <- function(options) {
  if (isFALSE(options$standardize)) {
    return("none")
  }
  if (is.null(options$encoding)) "standard" else options$encoding
}

# Returns a list of networks with their initial weights, as train_members_cpp() reads them. Draws
# the weights and a seed for each.
draw_members <- function(candidates, fold, sources, encoded) {
  folds <- seq_len(max(fold))
  members <- list()
  for (k in seq_along(candidates)) {
    options <- candidates[[k]]
    used <- sources$of_candidate[[k]]
    architecture <- member_architecture(options, sources$encodings[[used]], encoded, sources)
    options$optimizer <- with_tolerance_for(options$optimizer, encoded$loss, encoded$targets)
    for (f in folds) {
      rows <- which(fold != f)
      options$batch_size <- batch_size_for(candidates[[k]]$batch_size, length(rows), NULL)
      members[[length(members) + 1L]] <- list(
        candidate = k, fold = f, rows = rows, held_out = which(fold == f),
        network = drawn_network(architecture, options, sources, used),
        encoding = match(used, names(sources$encodings)),
        options = training_options(options),
        seed = sample.int(.Machine$integer.max, 1L)
      )
    }
  }
  members
}

member_architecture <- function(options, encoding, encoded, sources) {
  inputs <- sources$inputs
  if (!is.null(encoding)) inputs <- sum(input_counts(sources$levels, encoding))
  sizes <- c(inputs, options$hidden_units, output_count(encoded$outcome))
  check_network_size(sizes, "hidden_units")
  new_architecture(sizes, options, encoded$loss)
}

drawn_network <- function(architecture, options, sources, used) {
  parameters <- with_core(draw_parameters(architecture, options$init))
  silent <- silent_inputs(
    sources$levels, sources$encodings[[used]], sources$constant, sources$unused
  )
  list(architecture = architecture, parameters = silence_constant(parameters, silent))
}

# Runs C++ on the members that `trained` has no result for, and returns the results of all, NULL for
# members that an interrupt left out. `keep` is NULL or takes the number of a member and its result.
train_members <- function(data, members, trained, shared, progress, keep) {
  left <- which(vapply(trained, is.null, TRUE))
  if (length(left) == 0L) {
    return(trained)
  }
  epochs <- sum(vapply(members[left], function(member) member$options$epochs, 1))
  options <- list(
    threads = shared$threads, precision = shared$precision,
    on_progress = if (progress) catching(progress_bar(epochs, parent.frame())),
    on_done = if (!is.null(keep)) catching(function(k, result) keep(left[k], result))
  )
  trained[left] <- with_core(train_members_cpp(data, members[left], options),
    refuse_value = function() refuse_non_finite(data$x, "x", list())
  )
  trained
}
