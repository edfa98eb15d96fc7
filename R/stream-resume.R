# Resuming training on a source from a checkpoint. The source is surveyed again, which takes one
# pass and shows whether its rows are the same.

# Returns what a checkpoint keeps of a stream: list(tensors, fingerprint, roles). `validation` is
# NULL, or the result of survey_validation().
recognize_stream <- function(stream, validation) {
  list(
    tensors = prefix_names(if (length(stream$held_out)) list(held_out = stream$held_out), "data."),
    fingerprint = c(
      list(x = fingerprint_of_survey(stream$table, stream$survey)),
      if (!is.null(validation)) {
        list(validation_x = fingerprint_of_survey(validation$table, validation$survey))
      }
    ),
    roles = c(stream$roles, list(
      reading = how_read(stream$table),
      validation_reading = if (!is.null(validation)) how_read(validation$table)
    ))
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
  numbers <- unname(c(survey$n, survey$counts, survey$case_weights, numbers))
  types <- vapply(as.list(source$columns), function(column) {
    paste(c(typeof(column), levels(column)), collapse = " ")
  }, "")
  paste(sprintf("%.0f x %d", source$n, length(types)),
    hash_of(quote_json(c(names(types), types, hash_numbers(numbers)))))
}

# Checks the arguments of resume_training() for training on a source.
check_source_again <- function(given, kept, validation) {
  check_that(is_source(given$x), given$x, "x", "the source of the interrupted training",
    hint = "Use `resume_training(folder, source, outcome)`."
  )
  check_source(given$x, "x")
  outcome <- unlist(kept$roles$outcome)
  check_given(is.null(given$y), "y", hint = "Supply the name of the outcome.")
  check_that(identical(given$y, outcome), given$y, "y", listed(outcome))
  others <- unlist(kept$roles[c("outcome", "case_weights")])
  check_present(others, names(given$x$columns), "x", clause = ", which it had when training began")
  columns <- setdiff(names(given$x$columns), others)
  if (!identical(columns, unlist(kept$roles$predictors))) {
    stop_feedforward(
      "{.arg x} must have the same columns in the same order as when training began.",
      i = "Use the source that training began with.",
      class = "feedforward_data_error"
    )
  }
  check_same_reading(given$x, kept$roles$reading, "x")
  check_validation_again(validation, given$x, kept$roles)
  given
}

check_same_reading <- function(source, before, arg) {
  reading <- how_read(source)
  if (!identical(reading, before)) {
    stop_feedforward("{.arg {arg}} must have {before}, as when training began, not {reading}.",
      i = "Use the same {.arg chunk_rows}, {.arg buffer_rows}, and {.arg in_order}.",
      class = "feedforward_data_error"
    )
  }
}

check_validation_again <- function(validation, source, roles) {
  before <- roles$validation_reading
  if (is.null(before)) {
    if (!is.null(validation)) {
      stop_feedforward("{.arg validation} must be left out, unless it was a data source.",
        i = "If it was a proportion, the checkpoint records which rows were held out."
      )
    }
    return(invisible())
  }
  check_given(is.null(validation), "validation",
    hint = "Supply the source that the interrupted training was validated on."
  )
  check_that(is_source(validation), validation, "validation", "a data source")
  check_validation_source(validation, source, roles)
  check_same_reading(validation, before, "validation")
}

check_fits_buffer <- function(source, arg) {
  if (!fits_buffer(source)) {
    stop_feedforward("The rows of {.arg {arg}} must fit into its buffer, as when training began.",
      i = "Use a {.arg buffer_rows} of at least {whole_text(source$n)} in {.fn data_source}."
    )
  }
}

# Rows of a source that fitted into the buffer were trained on as data in memory. Returns
# list(x, y, data, validation) with them in place of sources.
with_rows_of_sources <- function(given, validation, model) {
  given["validation"] <- list(validation)
  if (!is_source(given$x)) {
    return(given)
  }
  check_source(given$x, "x")
  predictors <- names(model$blueprint$ptypes$predictors)
  if (model$inputs$kind != "data") {
    stop_feedforward("{.arg x} is a data source, but training began with data in memory.",
      i = "Supply the same data as then."
    )
  }
  check_fits_buffer(given$x, "x")
  check_fits_buffer(validation, "validation")
  check_given(is.null(given$y), "y", hint = "Supply the name of the outcome.")
  roles <- source_roles(given$x, given$y, arg = "y")
  check_present(predictors, names(given$x$columns), "x")
  roles$predictors <- predictors
  data <- read_all(given$x)
  given[c("x", "y")] <- list(data[predictors], outcome_in(data, roles))
  if (is_source(validation)) {
    check_validation_source(validation, given$x, roles)
    given$validation <- read_validation(validation, roles, has_indicators(model))
  }
  given
}

# Returns the data for train_cpp(), from a checkpoint and the source that is given again.
stream_again <- function(kept, source, validation, options) {
  model <- kept$model
  roles <- lapply(kept$roles[c("outcome", "case_weights", "predictors")], unlist)
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
  rows <- stream$survey$sample
  rows <- rows[rows_with_weight(rows, roles, classes_of_weight_0(of_class)), , drop = FALSE]
  sample <- examples_for(model, rows, roles, weighting)
  data <- stream_data(stream, sample, of_class, model, options)
  check_fingerprint(data$recognized$fingerprint, kept$fingerprint, kept$kind,
    hint = "Training can only be resumed with the same rows."
  )
  data
}
