# Trains the members of feedforward_cv(): a network for each candidate and fold, side by side.

# `call` is list(shared, folds, groups, candidates, progress): the arguments that all networks
# share, and the others as the user gave them.
fit_cv <- function(predictors, y, call) {
  with_seed_kept({
    shared <- check_options(with_settings(do.call(training_arguments, call$shared, quote = TRUE)))
    n <- nrow_of(predictors$x)
    folds <- check_folds(call$folds, n)
    groups <- check_groups(call$groups, folds, n)
    encoded <- encode_outcome(
      y, n, shared$loss, outcome_in_code(predictors), shared$case_weights
    )
    encoded <- with_class_weights(encoded, shared$class_weights)
    check_classes_left(encoded)
    predictors <- prepare_inputs(predictors, shared, encoded$counted)
    refuse_unread_values(predictors$x, "x", predictors$inputs)
    call$shared["loss"] <- list(encoded$loss)
    candidates <- candidates_for(call, predictors, encoded)
    fold <- draw_folds(folds, groups, encoded$targets, encoded$counted)
    warn_classes_in_one_fold(fold, encoded$targets, encoded$outcome$levels)
    weights <- observation_weights(encoded, NULL)
    encoded <- standardize_outcome(encoded, NULL, weights$copies)
    sources <- encodings_of(candidates, predictors, weights$copies)
    members <- draw_members(candidates, fold, sources, encoded)
    warn_of_outcome_column(predictors$like_outcome)
    data <- list(
      x = predictors$x, y = encoded$targets, weights = weights$weights,
      encodings = unname(sources$encodings)
    )
    trained <- train_members(data, members, shared, call$progress)
    average <- list(
      predictors = predictors, encoded = encoded, weights = weights$weights, fold = fold,
      sources = sources, candidates = candidates, options = shared
    )
    average_members(members, trained, average)
  })
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

# Runs C++ on all members and returns its results, NULL for members that an interrupt left out.
train_members <- function(data, members, shared, progress) {
  epochs <- sum(vapply(members, function(member) member$options$epochs, 1))
  options <- list(
    threads = shared$threads, precision = shared$precision,
    on_progress = if (progress) catching(progress_bar(epochs, parent.frame()))
  )
  with_core(train_members_cpp(data, members, options),
    refuse_value = function() refuse_non_finite(data$x, "x", list())
  )
}
