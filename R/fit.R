# The bridge between R and C++. It turns predictors and outcome into numbers, trains on them and
# returns the model. Every method of feedforward() ends here.

# `stream` is NULL, or what fit_stream() knows of a source, of which `predictors` and `y` are a
# sample.
fit_network <- function(predictors, y, arguments, stream = NULL) {
  with_seed_kept({
    counted <- rows_likely_counted(y, arguments$case_weights, arguments$class_weights)
    n <- if (is.null(stream)) counted else stream$survey$n
    options <- check_options(with_settings(arguments, predictors, n))
    options["init"] <- list(check_init(options$init))
    encoded <- encode_outcome(
      y, nrow_of(predictors$x), options$loss, outcome_in_code(predictors),
      options$case_weights
    )
    sizes <- c(ncol_of(predictors$x), options$hidden_units, output_count(encoded$outcome))
    check_network_size(sizes, "hidden_units")
    encoded <- with_class_weights(encoded, options$class_weights)
    check_classes_left(encoded)
    predictors <- prepare_inputs(predictors, options, encoded$counted)
    split <- split_rows(if (is.null(stream)) options$validation else 0, encoded)
    n <- if (is.null(stream)) nrow_of(predictors$x) else stream$survey$n
    options$batch_size <- batch_size_for(options$batch_size, n, split$rows)
    weights <- observation_weights(encoded, split$rows)
    encoded <- standardize_outcome(encoded, split$rows, weights$copies)
    scaled <- scale_inputs(predictors, options, split$rows, weights$copies)
    if (!is.null(stream)) {
      encoded <- with_surveyed_outcome(encoded, stream$survey, stream$roles)
      scaled <- with_surveyed_inputs(scaled, stream$survey, stream$roles$predictors)
    }
    predictors[c("x", "inputs")] <- scaled[c("x", "inputs")]
    sizes[1L] <- ncol_of(predictors$x)
    check_network_size(sizes, "hidden_units")
    model <- untrained_model(predictors, encoded, options, sizes)
    if (is.null(stream)) {
      split <- with_given_set(split, options$validation, model, weights$class_weights)
    }
    data <- bridge_data(predictors$x, encoded$targets, weights$weights, split, model)
    if (!is.null(stream)) data <- stream_data(stream, data, encoded$of_class, model, options)
    drawn <- with_core(draw_parameters(model$architecture, options$init))
    model$parameters <- name_parameters(silence_constant(drawn, scaled$constant), model)
    warn_of_outcome_column(predictors$like_outcome)
    train_model(model, data, options)
  })
}

# Returns list(x, inputs, constant): predictors and inputs with their scaling or encoding.
scale_inputs <- function(predictors, options, rows, copies) {
  if (!is.null(options$encoding) || any(predictors$inputs$has_missing)) {
    name <- or_default(options$encoding, "standard")
    return(encode_inputs(predictors, if (!isFALSE(options$standardize)) name, rows, copies))
  }
  c(list(x = predictors$x), standardize_inputs(predictors, options$standardize, rows, copies))
}

# Returns the given batch size, or one with about ten steps per epoch for few rows.
batch_size_for <- function(batch_size, n, rows) {
  if (!is.null(rows)) n <- length(rows)
  if (is.null(batch_size)) as.integer(min(max(4, n %/% 10), 32)) else batch_size
}

# Returns the data for train_cpp(): x, y (class codes, or a matrix of standardized outcomes),
# weights (with mean 1 over the training rows), the training rows, the validation rows or
# list(x, y, weights), and the scaling that C++ applies to x. Checkpoints need `counted`, which
# says which of the user's rows these are (NULL for all).
bridge_data <- function(x, targets, weights, split, model) {
  x <- as_trained(x, model)
  if (is.list(split$validation)) split$validation$x <- as_trained(split$validation$x, model)
  list(
    x = x, y = targets, weights = weights, rows = split$rows, validation = split$validation,
    counted = split$counted, center = model$inputs$center, scale = model$inputs$scale
  )
}

# Returns predictors in the form that C++ can scale for this model.
as_trained <- function(x, model) {
  if (is_columns(x) && scales_levels(x, model$inputs)) dense_columns(x) else x
}

# Returns a model without parameters and history.
untrained_model <- function(predictors, encoded, options, sizes) {
  new_feedforward(
    architecture = new_architecture(sizes, options, encoded$loss), outcome = encoded$outcome,
    inputs = predictors$inputs, blueprint = predictors$blueprint,
    options = kept_options(options), weighted = !is.null(options$case_weights)
  )
}

# Only the quantile loss has a quantile.
new_architecture <- function(sizes, options, loss) {
  architecture <- list(
    sizes = sizes, activations = options$activation, loss = loss, dropout = options$dropout
  )
  architecture$quantile <- options$quantile
  architecture
}

# Constructs a model, a plain list. ?feedforward documents its elements.
new_feedforward <- function(architecture, outcome, inputs, blueprint = NULL, options = list(),
                            weighted = FALSE, parameters = list()) {
  structure(
    list(
      version = model_version, architecture = architecture, parameters = parameters,
      outcome = outcome, inputs = inputs, blueprint = blueprint, options = options,
      weighted = weighted, history = history_frame(list(), outcome), best_epoch = 0, stopped = NULL,
      n = c(training = NA_integer_, validation = 0L)
    ),
    class = "feedforward"
  )
}

# Options without data and functions: a model whose validation set was given keeps none.
kept_options <- function(options) {
  options$case_weights <- NULL
  if (!is.null(options$class_weights)) options$class_weights <- c(options$class_weights)
  if (is.list(options$validation)) options$validation <- 0
  options[c("on_epoch", "cluster")] <- NULL
  options
}

# Names the columns of the first weights by the predictors, and the rows of the last by the outputs.
name_parameters <- function(parameters, model) {
  last <- length(parameters) - 1L
  if (!is.null(model$inputs$names)) colnames(parameters[[1L]]) <- model$inputs$names
  names <- output_names(model$outcome)
  if (!is.null(names)) rownames(parameters[[last]]) <- names
  parameters
}

# Trains `model` from its parameters, or from a `state` of training. Returns the trained model, with
# a warning if training was interrupted. If it diverged, the error contains the model.
train_model <- function(model, data, options, state = NULL) {
  check_lbfgs_memory(options$optimizer, model$parameters)
  options <- options_of_rank(options)
  before <- model
  some <- if (is.null(data$stream)) data else data$sample
  options$optimizer <- with_tolerance_for(options$optimizer, model$architecture$loss, some$y)
  as_model <- function(trained) append_history(before, trained_model(before, trained, data))
  keeper <- checkpoint_keeper(options$checkpoint, data, model$parameters, as_model)
  watcher <- epoch_watcher(options$on_epoch, options$epochs, model$outcome, as_model)
  how <- training_options(
    options, epoch_printer(model, options, data$stream$n), keeper$write, state,
    on_epoch = watcher$call
  )
  how["instructions"] <- list(begin_training(options$cluster, model, data, options))
  # Blocks of a stream were checked when they were read.
  trained <- with_core(train_cpp(data, model[c("architecture", "parameters")], how),
    refuse_value = function() {
      refuse_non_finite(data$x, "x", model$inputs, hint = hint_in_training(data$x))
    }
  )
  trained <- finish_training(options$cluster, trained)
  if (!is.null(keeper)) keeper$report()
  watcher$finish(as_model(trained))
  model <- trained_model(model, trained, data)
  reason <- model$stopped$reason
  if (!is.null(data$stream)) refuse_failure(data, model, options)
  if (identical(reason, "diverged")) stop_diverged(append_history(before, model))
  if (is.null(reason) || reason %in% wanted_endings) {
    warn_if_worse(before, model, some, options, resumed = !is.null(state))
  } else {
    warn_interrupted(model$stopped, watcher$failure())
  }
  model
}

# Returns the checked options in the form that C++ reads, with the functions that it calls during
# training: `print_epoch` for a line per epoch, `on_epoch` of epoch_watcher(), `write_state` for
# checkpoints, and the progress bar, which is removed when `frame` ends.
training_options <- function(options, print_epoch = NULL, write_state = NULL, state = NULL,
                             on_epoch = NULL, stop_if_diverged = TRUE, frame = parent.frame()) {
  c(
    options[c(
      "epochs", "batch_size", "threads", "precision", "penalty", "mixture", "clip_norm", "stop_iter"
    )],
    list(
      # L-BFGS has no learning rate.
      learn_rate = if (is.null(options$optimizer$learn_rate)) 1 else options$optimizer$learn_rate,
      optimizer = plain_setting(options$optimizer),
      schedule = plain_setting(options$rate_schedule),
      print_epoch = if (options$verbose) catching(print_epoch), on_epoch = on_epoch,
      on_progress = if (options$progress && !options$verbose) {
        catching(progress_bar(options$epochs, frame))
      },
      on_state = write_state, state_every = options$checkpoint_every, state = state,
      stop_if_diverged = stop_if_diverged, cluster = !is_alone(options$cluster),
      instructions = NULL
    )
  )
}

# Returns an optimizer or schedule as a list of its name and its numbers.
plain_setting <- function(x) c(list(name = x$name), lapply(unclass(x)[-1L], as.double))

# `rows` is the number of rows that are read in an epoch, or NULL if all are in memory.
epoch_printer <- function(model, options, rows = NULL) {
  outcome <- model$outcome
  width <- nchar(options$epochs)
  function(epoch, loss, metric, valid_loss, valid_metric, learn_rate, seconds) {
    name <- if (outcome$kind == "numbers") "rmse" else "accuracy"
    values <- c(loss, metric_in_units(metric, outcome))
    names <- c("loss", name)
    if (!is.na(valid_loss)) {
      values <- c(values, valid_loss, metric_in_units(valid_metric, outcome))
      names <- c(names, paste("validation", names))
    }
    shown <- paste(names, formatC(values, digits = 4, format = "g", flag = "#"), collapse = ", ")
    speed <- if (is.null(rows)) "" else sprintf(", %s rows/s", thousands(signif(rows / seconds, 3)))
    cat(sprintf("Epoch %*d: %s%s\n", width, as.integer(epoch), shown, speed))
  }
}

# Returns the model with the results of C++.
trained_model <- function(model, trained, data) {
  parameters <- trained$parameters
  names(parameters) <- names(model$parameters)
  model$parameters <- name_parameters(parameters, model)
  model$history <- history_frame(trained$history, model$outcome)
  model$best_epoch <- trained$best_epoch
  model["stopped"] <- list(trained$stopped)
  held_out <- data$validation
  model$n <- c(
    training = if (is.null(data$rows)) rows_given(data) else length(data$rows),
    validation = if (is.list(held_out)) rows_given(held_out) else length(held_out)
  )
  model
}

# The number of rows in list(x, ...) or list(stream, ...).
rows_given <- function(data) if (is.null(data$stream)) nrow_of(data$x) else data$stream$n

# Returns the history as a data frame. For regression, C++ gives a mean square of standardized
# outcomes. The user gets its root in the units of y.
history_frame <- function(history, outcome) {
  values <- lapply(history_columns, function(name) as.double(history[[name]]))
  names(values) <- history_columns
  for (name in c("metric", "valid_metric")) {
    values[[name]] <- metric_in_units(values[[name]], outcome)
  }
  # There may be no validation, and L-BFGS has no learning rate.
  for (name in c("valid_loss", "valid_metric", "learn_rate")) {
    values[[name]][is.nan(values[[name]])] <- NA
  }
  as.data.frame(c(list(epoch = seq_along(values$loss)), values))
}

metric_in_units <- function(metric, outcome) {
  if (outcome$kind != "numbers") {
    return(metric)
  }
  # Several outcomes have no common unit.
  sqrt(metric) * if (length(outcome$scale) == 1L) outcome$scale else 1
}

# Says where training stopped. The batch is only of interest within an epoch.
place_in_words <- function(stopped) {
  within <- is_whole(stopped$batch) && !any(stopped$reason %in% wanted_endings)
  batch <- if (within) paste(", batch", whole_text(stopped$batch))
  paste0("epoch ", whole_text(stopped$epoch), batch)
}

stop_diverged <- function(model) {
  stopped <- model$stopped
  cli::cli_abort(
    c("Training diverged at {place_in_words(stopped)}.",
      x = "The loss is no longer a finite number.",
      i = rate_hint(model$options),
      i = if (is_unscaled(model)) standardize_hint,
      i = "The {.code fit} element of this error is the model with the last finite weights."
    ),
    class = c("feedforward_diverged", "feedforward_error"), call = user_call(), fit = model
  )
}

# Refuses a network with too many parameters. `sizes` are the sizes of all layers.
check_network_size <- function(sizes, arg) {
  count <- sum(sizes[-1L] * (as.double(sizes[-length(sizes)]) + 1))
  if (count > most_numbers) {
    count <- thousands(count)
    stop_feedforward("{.arg {arg}} makes a network with {count} parameters, too many for R.",
      i = "Use fewer hidden units or inputs."
    )
  }
}

# ---- Interruptions, and progress ---------------------------------------------------

# Returns a function that takes the number of finished epochs, with decimals. cli shows the bar
# after two seconds, and removes it when `frame` ends.
progress_bar <- function(epochs, frame = parent.frame()) {
  bar <- cli::cli_progress_bar("Training", total = epochs, .envir = frame)
  function(done) cli::cli_progress_update(set = done, id = bar, .envir = frame)
}

# Warns that training ended early. Nothing is lost. `failure` is the error of `on_epoch`, if there
# is one.
warn_interrupted <- function(stopped, failure = NULL) {
  if (!is.null(failure)) {
    return(warn_feedforward("{.arg on_epoch} failed after epoch {whole_text(stopped$epoch)}.",
      i = "Returning the network as trained so far.",
      class = c("feedforward_on_epoch_failed", "feedforward_interrupted"), parent = failure
    ))
  }
  reason <- sub("^(.)", "\\U\\1", stopped$reason, perl = TRUE)
  warn_feedforward("Training was interrupted at {place_in_words(stopped)}.",
    x = if (stopped$reason != "interrupted") "{reason}",
    i = "Returning the network as trained so far.",
    class = "feedforward_interrupted"
  )
}
