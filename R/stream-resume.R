# Resuming training on a source from a checkpoint. The source is surveyed again, which takes one
# pass and shows whether its rows are the same.

# Returns what a checkpoint keeps of a stream: list(tensors, fingerprint, roles).
recognize_stream <- function(stream, validation) {
  list(
    tensors = prefix_names(if (length(stream$held_out)) list(held_out = stream$held_out), "data."),
    fingerprint = c(
      list(x = fingerprint_of_survey(stream$table, stream$survey)),
      if (!is.null(validation)) list(validation_x = fingerprint_of_columns(validation))
    ),
    roles = c(stream$roles, list(reading = how_read(stream$table)))
  )
}

# What decides the order of the rows, besides the random numbers.
how_read <- function(source) {
  sprintf("%s in the buffer, %s%s", counted(source$buffer_rows, "row"),
    counted(length(source$starts), "chunk"), if (source$in_order) " in order" else ""
  )
}

# The size of a source and a hash of all that was measured on its rows.
fingerprint_of_survey <- function(source, survey) {
  numbers <- unlist(lapply(survey$columns, `[`, c("counts", "n", "mean", "squares")))
  paste(fingerprint_of_columns(source), hash_numbers(c(survey$n, unname(numbers))))
}

fingerprint_of_columns <- function(source) {
  types <- vapply(as.list(source$columns), function(column) {
    paste(c(typeof(column), levels(column)), collapse = " ")
  }, "")
  paste(
    sprintf("%.0f x %d", source$n, length(source$columns)),
    hash_of(quote_json(c(names(types), types)))
  )
}

# Checks the arguments of resume_training() for training on a source.
check_source_again <- function(given, kept, validation) {
  check_that(is_source(given$x), given$x, "x", "the source of the interrupted training",
    hint = "Use `resume_training(folder, source, outcome)`."
  )
  outcome <- unlist(kept$roles$outcome)
  check_given(is.null(given$y), "y", hint = "Supply the name of the outcome.")
  check_that(identical(given$y, outcome), given$y, "y", listed(outcome))
  reading <- how_read(given$x)
  if (!identical(reading, kept$roles$reading)) {
    before <- kept$roles$reading
    stop_feedforward("{.arg x} must have {before}, as when training began, not {reading}.",
      i = "Use the same {.arg chunk_rows}, {.arg buffer_rows}, and {.arg in_order}.",
      class = "feedforward_data_error"
    )
  }
  if (!is.null(validation)) {
    check_that(is_source(validation), validation, "validation", "a data source",
      "Leave it out if it was a proportion."
    )
    check_validation_source(validation, given$x, kept$roles)
  }
  given
}

# Rows of a source that fitted into the buffer were trained on as data in memory.
with_rows_of_source <- function(given, model) {
  if (!is_source(given$x)) {
    return(given)
  }
  check_source(given$x, "x")
  roles <- source_roles(given$x, given$y, NULL)
  data <- read_all(given$x)
  predictors <- names(model$blueprint$ptypes$predictors)
  check_present(predictors, names(data), "x")
  list(x = data[predictors], y = outcome_in(data, roles), data = given$data)
}

# Returns the data for train_cpp(), from a checkpoint and the source that is given again.
stream_again <- function(kept, source, validation, options) {
  model <- kept$model
  roles <- lapply(kept$roles[names(kept$roles) != "reading"], unlist)
  held_out <- kept$data[["held_out"]]
  arguments <- list(
    class_weights = model$options$class_weights, missing = model$options[["missing"]],
    verbose = options$verbose, progress = options$progress
  )
  stream <- list(
    table = source, roles = roles, held_out = if (is.null(held_out)) integer() else held_out,
    survey = survey_source(source, roles, arguments, held_out)
  )
  of_class <- check_class_weights(model$options$class_weights, model$outcome)
  weighting <- surveyed_weighting(of_class, model$outcome, stream$survey, roles)
  sample <- examples_for(model, stream$survey$sample, roles, weighting)
  data <- stream_data(stream, sample, of_class, model, options)
  check_fingerprint(data$recognized$fingerprint, kept$fingerprint, kept$kind)
  data
}
