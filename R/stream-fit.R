# Training on a source: feedforward() for the result of data_source().

#' @rdname feedforward
#' @export
feedforward.feedforward_source <- function(x, outcome, ...) {
  check_given(missing(outcome), "outcome")
  fit_source(check_source(x, "x"), outcome, arguments_of("feedforward", ...))
}

# A source whose rows fit into the buffer is read into memory: then training is the same to the last
# bit. Others are read in every epoch.
fit_source <- function(source, outcome, arguments) {
  with_seed_kept(with_cluster(arguments$cluster, {
    roles <- source_roles(source, outcome, arguments$case_weights)
    check_validation_source(arguments$validation, source, roles)
    if (source$n <= source$buffer_rows) {
      fit_whole(source, roles, arguments)
    } else {
      fit_stream(source, roles, arguments)
    }
  }))
}

fit_whole <- function(source, roles, arguments) {
  data <- read_all(source)
  if (!is.null(roles$case_weights)) arguments$case_weights <- data[[roles$case_weights]]
  if (is_source(arguments$validation)) {
    held_out <- read_all(arguments$validation)
    arguments$validation <- list(x = held_out[roles$predictors], y = outcome_in(held_out, roles))
  }
  y <- outcome_in(data, roles)
  fit_network(read_predictors("data", data[roles$predictors], y, arguments), y, arguments)
}

fit_stream <- function(source, roles, arguments) {
  # Before the first pass, which may take minutes.
  options <- check_options(with_settings(arguments))
  share <- if (is.list(options$validation)) 0 else options$validation
  held_out <- draw_validation_chunks(chunks_of(source), share)
  survey <- survey_source(source, roles, arguments, held_out)
  warn_if_sorted(source, survey, roles)
  y <- outcome_in(survey$sample, roles)
  if (!is.null(roles$case_weights)) arguments$case_weights <- survey$sample[[roles$case_weights]]
  predictors <- read_predictors("data", survey$sample[roles$predictors], y, arguments)
  stream <- list(table = source, roles = roles, held_out = held_out, survey = survey)
  fit_network(predictors, y, arguments, stream)
}

# Returns the data for train_cpp() as bridge_data() does, but with list(n, start, read) as `stream`
# in place of x and y. `stream` is list(table, roles, held_out, survey), and `sample` what
# bridge_data() makes of the sample. `recognized` is what checkpoints need.
stream_data <- function(stream, sample, of_class, model, options) {
  table <- stream$table
  weighting <- surveyed_weighting(of_class, model$outcome, stream$survey, stream$roles)
  make <- block_maker(table, stream$roles, model, weighting)
  chunks <- chunks_of(table)
  training <- setdiff(seq_along(chunks$first), stream$held_out)
  block_rows <- block_rows_for(table$buffer_rows, options$batch_size)
  given <- options$validation
  cluster <- options$cluster
  validation <- if (is_source(given)) {
    validation_stream(given, stream$roles, model, weighting, cluster)
  } else if (length(stream$held_out)) {
    held_out <- some_chunks(chunks, stream$held_out)
    new_stream(held_out, block_rows, shuffles = FALSE, make, cluster)
  }
  training <- some_chunks(chunks, training)
  list(
    stream = new_stream(training, block_rows, shuffles = !table$in_order, make, cluster),
    validation = if (!is.null(validation)) list(stream = validation),
    center = model$inputs$center, scale = model$inputs$scale, sample = sample,
    recognized = recognize_stream(stream, if (is_source(given)) given)
  )
}

# Only class weights count for other rows than those of training.
validation_stream <- function(source, roles, model, weighting, cluster) {
  roles$case_weights <- NULL
  weighting["case_weights"] <- list(NULL)
  # There was no first pass to check the values, so R reads and checks them.
  source["files"] <- list(NULL)
  make <- block_maker(source, roles, model, weighting)
  new_stream(chunks_of(source), source$buffer_rows, shuffles = FALSE, make, cluster)
}

check_validation_source <- function(validation, source, roles) {
  if (is_source(validation)) {
    check_source(validation, "validation")
    check_present(c(roles$predictors, roles$outcome), names(validation$columns), "validation",
      clause = ", which the training data have"
    )
  } else if (is.list(validation)) {
    stop_input("validation", "a proportion or the result of `data_source()`", describe(validation))
  }
}
