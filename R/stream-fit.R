# Training on a source: feedforward() for the result of data_source().

#' @rdname feedforward
#' @export
feedforward.feedforward_source <- function(x, outcome, ...) {
  check_given(missing(outcome), "outcome",
    hint = "Supply the name of the outcome: `feedforward(source, outcome = \"y\")`."
  )
  check_source(x, "x")
  outcome <- with_column_hints(outcome, x)
  fit_source(x, outcome, with_column_hints(arguments_of("feedforward", ...), x))
}

# A source whose rows fit into the buffer is read into memory: then training is the same to the last
# bit. Others are read in every epoch, and so are both if a source to validate on does not fit.
fit_source <- function(source, outcome, arguments) {
  force(arguments)
  on.exit({
    release_source(source)
    release_source(arguments$validation)
  })
  with_seed_kept(with_cluster(arguments$cluster, {
    roles <- source_roles(source, outcome, arguments$case_weights)
    check_validation_source(arguments$validation, source, roles)
    if (fits_buffer(source) && fits_buffer(arguments$validation)) {
      fit_whole(source, roles, arguments)
    } else {
      with_room(source, fit_stream(source, roles, arguments))
    }
  }))
}

fits_buffer <- function(x) !is_source(x) || x$n <= x$buffer_rows

fit_whole <- function(source, roles, arguments) {
  allow_missing <- allows_missing(arguments)
  data <- read_usable(source, roles, allow_missing)
  if (!is.null(roles$case_weights)) arguments$case_weights <- data[[roles$case_weights]]
  if (is_source(arguments$validation)) {
    arguments$validation <- read_validation(arguments$validation, roles, allow_missing)
  }
  text <- Filter(is.character, as.list(data[roles$predictors]))
  warn_of_identifiers(vapply(text, function(x) length(unique(x[!is.na(x)])), 1L), source)
  y <- outcome_in(data, roles)
  inform_of_codes(y, roles$outcome, arguments$loss)
  fit_network(read_predictors("data", data[roles$predictors], y, arguments), y, arguments)
}

# If values may be missing, training knows in which columns.
read_validation <- function(source, roles, allow_missing) {
  roles["case_weights"] <- list(NULL)
  data <- read_usable(called_by_argument(source, "validation"), roles, allow_missing)
  list(x = data[roles$predictors], y = outcome_in(data, roles))
}

fit_stream <- function(source, roles, arguments) {
  # Before the first pass, which may take minutes.
  options <- check_options(with_settings(arguments))
  check_class_weights_early(arguments$class_weights, outcome_in(source$columns, roles))
  share <- if (is.list(options$validation)) 0 else options$validation
  surveyed <- hold_out_and_survey(source, roles, arguments, share)
  survey <- surveyed$survey
  levels <- numbers_of_levels(survey, source)
  warn_of_identifiers(levels[names(levels) %in% roles$predictors], source)
  warn_if_sorted(source, survey, roles)
  y <- outcome_in(survey$sample, roles)
  inform_of_codes(y, roles$outcome, arguments$loss)
  if (!is.null(roles$case_weights)) arguments$case_weights <- survey$sample[[roles$case_weights]]
  predictors <- read_predictors("data", survey$sample[roles$predictors], y, arguments)
  stream <- list(table = source, roles = roles, held_out = surveyed$held_out, survey = survey)
  fit_network(predictors, y, arguments, stream)
}

# Draws the chunks to validate on, and makes the first pass. Returns list(held_out, survey).
hold_out_and_survey <- function(source, roles, arguments, share) {
  held_out <- draw_validation_chunks(chunks_of(source), share)
  survey <- survey_source(source, roles, arguments, held_out)
  check_some_weight(sum(survey$counts), "to train on")
  # If rows of weight 0 lie together, the chunks that count are only known now.
  off <- is_far_off(share_of_rows(survey$counts, held_out), share) || survey$n == 0
  if (share > 0 && off && sum(survey$counts) < source$n) {
    held_out <- draw_validation_chunks(chunks_of(source, survey$counts), share)
    survey <- survey_source(source, roles, arguments, held_out)
  }
  if (share > 0) warn_if_far_off(share_of_rows(survey$counts, held_out), share)
  list(held_out = held_out, survey = survey)
}

# The classes of text are not known before the first pass.
check_class_weights_early <- function(class_weights, outcome) {
  if (is.double(outcome)) {
    check_class_weights(class_weights, list(kind = "numbers"))
  } else if (is.factor(outcome)) {
    check_class_weights(class_weights, list(kind = "classes", levels = levels(outcome)))
  }
}

# Says once per session that an outcome of whole numbers is used as numbers. The message for data in
# memory would tell of `factor()`.
inform_of_codes <- function(y, name, loss) {
  if (is.double(y) && is.null(loss) && looks_like_classes(y)) {
    codes <- toString(sort(unique(y)))
    inform_once("classes", c(
      sprintf("`%s` looks like class labels, but it is numeric, so this is regression.", name),
      i = sprintf("For classification, use `levels = list(%s = c(%s))` in `data_source()`.",
        name_in_code(name), codes)
    ))
  }
}

# Returns the data for train_cpp() as bridge_data() does, but with the result of new_stream() as
# `stream` in place of x and y. `stream` is that of block_maker(), with `held_out`. `sample` is what
# bridge_data() makes of the sample. `recognized` is what checkpoints need.
stream_data <- function(stream, sample, of_class, model, options) {
  table <- stream$table
  counts <- stream$survey$counts
  weighting <- surveyed_weighting(of_class, model$outcome, stream$survey, stream$roles)
  cluster <- options$cluster
  make <- block_maker(stream, model, weighting)
  block_rows <- block_rows_for(table$buffer_rows, options$batch_size)
  in_blocks <- function(chunks, shuffles) {
    ranges <- some_chunks(chunks_of(table, counts), chunks[counts[chunks] > 0])
    new_stream(ranges, block_rows, shuffles, make, cluster)
  }
  given <- NULL
  validation <- if (is_source(options$validation)) {
    given <- survey_validation(options$validation, stream$roles, weighting$of_class, model, options)
    validation_stream(given, weighting, model, cluster)
  } else if (length(stream$held_out)) {
    in_blocks(stream$held_out, shuffles = FALSE)
  }
  list(
    stream = in_blocks(setdiff(seq_along(counts), stream$held_out), shuffles = !table$in_order),
    validation = if (!is.null(validation)) list(stream = validation),
    center = model$inputs$center, scale = model$inputs$scale, sample = sample,
    recognized = recognize_stream(stream, given)
  )
}

# Returns another source as block_maker() takes it, after a first pass over it. Only class weights
# count for other rows than those of training.
survey_validation <- function(source, roles, of_class, model, options) {
  roles["case_weights"] <- list(NULL)
  source <- called_by_argument(source, "validation")
  arguments <- list(
    class_weights = of_class, verbose = options$verbose, progress = options$progress
  )
  survey <- survey_source(source, roles, arguments,
    wanted = double(), allow_missing = model$inputs$has_missing,
    hint = hint_for_new_missing(model)
  )
  check_some_weight(survey$n, "of `validation`")
  list(table = source, roles = roles, survey = survey)
}

# Classes and levels that the model does not know are found in the sample, before training.
validation_stream <- function(stream, weighting, model, cluster) {
  weighting["case_weights"] <- list(NULL)
  check_surveyed_classes(stream, model$outcome$levels)
  examples_for(model, stream$survey$sample, stream$roles, weighting, "validation")
  make <- block_maker(stream, model, weighting, "validation")
  # The sample has warned of all new levels.
  quiet <- function(ranges) suppressWarnings(make(ranges), classes = "feedforward_new_levels")
  counts <- stream$survey$counts
  ranges <- some_chunks(chunks_of(stream$table, counts), counts > 0)
  new_stream(ranges, stream$table$buffer_rows, shuffles = FALSE, quiet, cluster)
}

# In the sample, an unknown class would have another row.
check_surveyed_classes <- function(stream, levels) {
  counts <- stream$survey$columns[[stream$roles$outcome[1L]]]$counts
  unknown <- setdiff(names(counts)[counts > 0], levels)
  if (length(levels) && length(unknown)) {
    stop_feedforward("{.arg validation} has the unknown class {classes_in_words(unknown[1L])}.",
      i = "The classes of the model are {classes_in_words(levels)}."
    )
  }
}

# Raises the error of reading that ended training, if one did, with the model so far.
refuse_failure <- function(data, model, options) {
  failure <- data$stream$failure()
  held_out <- data$validation$stream
  if (is.null(failure) && !is.null(held_out)) failure <- held_out$failure()
  if (is.null(failure)) {
    return(invisible())
  }
  failure$body <- c(failure$body,
    i = "The `fit` element of this error is the model as trained so far.",
    i = if (is.null(options$checkpoint)) {
      "With `checkpoint`, `resume_training()` can continue after such an error."
    } else {
      "`resume_training()` continues from the last checkpoint."
    }
  )
  model$stopped$reason <- "reading failed"
  failure$fit <- model
  rlang::cnd_signal(failure)
}

check_validation_source <- function(validation, source, roles) {
  if (is_source(validation)) {
    check_source(validation, "validation")
    check_present(c(roles$predictors, roles$outcome), names(validation$columns), "validation",
      clause = ", which the training data have"
    )
    if (any(roles$case_weights %in% names(validation$columns))) {
      inform_once("validation_weights", c(
        sprintf("The column `%s` of `validation` is not used.", roles$case_weights),
        i = "`case_weights` only apply to `validation` if it is a proportion."
      ))
    }
  } else {
    check_that(is_share(validation), validation, "validation",
      "a proportion of at least 0 and less than 1, or the result of `data_source()`",
      if (is.data.frame(validation)) {
        paste("Make a source of it: `data_source(function(first, last) valid[first:last, ],",
          "n = nrow(valid), columns = valid)`.")
      }
    )
  }
}
