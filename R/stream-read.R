# Rows of a source as the core reads them: checked, encoded by a model, block by block.

# What the columns of a source are for: list(outcome, case_weights, predictors), names of columns.
source_roles <- function(source, outcome, case_weights) {
  names <- names(source$columns)
  check_that(is.character(outcome) && length(outcome) > 0L && !anyNA(outcome), outcome, "outcome",
    "the name of a column of the source")
  check_names(outcome, "outcome", "element")
  check_known_columns(outcome, "outcome", names, source$label)
  if (!is.null(case_weights)) {
    check_that(rlang::is_string(case_weights), case_weights, "case_weights",
      "the name of a column of the source"
    )
    check_known_columns(case_weights, "case_weights", names, source$label)
    column <- source$columns[[case_weights]]
    check_that(is.double(column), column, "case_weights", "the name of a numeric column")
  }
  predictors <- setdiff(names, c(outcome, case_weights))
  if (length(predictors) == 0L) {
    stop_feedforward("{.arg x} has no predictors.",
      i = "Use at least one column as a predictor."
    )
  }
  list(outcome = as.vector(outcome), case_weights = case_weights, predictors = predictors)
}

# The outcome among the columns of some rows, as feedforward() takes it: a vector, or a data frame
# of several columns.
outcome_in <- function(data, roles) {
  if (length(roles$outcome) == 1L) data[[roles$outcome]] else data[roles$outcome]
}

# Reads rows, and refuses missing and infinite values. Predictors may be missing if
# `allow_missing`. The rows are in chunk number `chunk`.
usable_rows <- function(source, first, last, roles, allow_missing) {
  data <- read_rows(source, first, last)
  for (name in unlist(roles, use.names = FALSE)) {
    row <- first_non_finite(data[[name]])
    if (row > 0 && allow_missing && name %in% roles$predictors) {
      row <- match(TRUE, is.infinite(data[[name]]), 0L)
    }
    if (row > 0) {
      value <- describe_non_finite(unclass(data[[name]])[[row]])
      hint <- if (name %in% roles$predictors) remove_or_indicate else remove_or_fill_in
      place <- column_or_number(name, 1L)
      problem <- sprintf("has %s in row %.0f, %s.", value, first + row - 1, place)
      stop_part(list(table = source, first = first, last = last), problem, hint)
    }
  }
  weights <- data[[or_default(roles$case_weights, "")]]
  row <- match(TRUE, weights < 0)
  if (!is.na(row)) {
    stop_part(list(table = source, first = first, last = last),
      sprintf("has a negative weight in row %.0f, column `%s`.", first + row - 1,
        roles$case_weights),
      "Weights are numbers of at least 0."
    )
  }
  data
}

# Returns a function that reads ranges of rows as list(x, y, weights) for C++. `weighting` is
# list(case_weights, of_class, mean): the name of a column, a number per class, and what the product
# of both is divided by.
block_maker <- function(source, roles, model, weighting) {
  file <- file_of_predictors(source, roles)
  if (!is.null(file) && is.null(model$inputs$encoding)) {
    return(file_block_maker(source, file, roles, model, weighting))
  }
  allow_missing <- any(model$inputs$has_missing)
  function(ranges) {
    read <- function(first, last) usable_rows(source, first, last, roles, allow_missing)
    data <- bind_frames(Map(read, ranges$first, ranges$last))
    examples_for(model, data, roles, weighting)
  }
}

# Returns the file that has exactly the predictors and that C++ can read, or NULL.
file_of_predictors <- function(source, roles) {
  if (all(are_plain_doubles(as.list(source$columns)[roles$predictors]))) {
    Find(function(file) identical(file$names, roles$predictors), source$files)
  }
}

# The same, but C++ reads the predictors from their file. Their values were checked in the first
# pass.
file_block_maker <- function(source, file, roles, model, weighting) {
  others <- c(roles$outcome, roles$case_weights)
  source$columns <- source$columns[others]
  source$read <- file$read_others
  about <- c(file[c("path", "offset", "type", "inputs")], source["label"])
  function(ranges) {
    read <- function(first, last) usable_rows(source, first, last, roles["outcome"], FALSE)
    data <- bind_frames(Map(read, ranges$first, ranges$last))
    x <- structure(c(about, ranges), class = "feedforward_row_file")
    c(list(x = x), targets_for(model, data, roles, weighting))
  }
}

# Returns rows as list(x, y, weights) for C++.
examples_for <- function(model, data, roles, weighting) {
  x <- new_table(model, data[roles$predictors], "x")
  c(list(x = as_trained(x, model)), targets_for(model, data, roles, weighting))
}

# Returns list(y, weights).
targets_for <- function(model, data, roles, weighting) {
  codes <- encode_like(outcome_in(data, roles), model$outcome, model$architecture$loss, nrow(data),
    "outcome", "`x`"
  )
  list(
    y = scale_targets(codes, model$outcome), weights = weights_in(data, codes, weighting)
  )
}

weights_in <- function(data, codes, weighting) {
  weights <- if (!is.null(weighting$of_class)) unname(weighting$of_class[codes])
  if (!is.null(weighting$case_weights)) {
    weights <- data[[weighting$case_weights]] * (if (is.null(weights)) 1 else weights)
  }
  if (!is.null(weights)) weights / weighting$mean
}

# Returns list(n, start, read), functions through which C++ passes over `ranges` of a source.
# `make` is the result of block_maker(). With `shuffles`, epochs read the ranges in random order. In
# a cluster, all ranks go through the same blocks, and each reads its part of their rows.
new_stream <- function(ranges, block_rows, shuffles, make, cluster = NULL) {
  blocks <- NULL
  done <- 0L
  # Interrupts wait until rows are read: anywhere else they would lose the model.
  start <- function(shuffled) {
    suspendInterrupts({
      count <- length(ranges$first)
      order <- if (shuffled && shuffles) sample.int(count) else seq_len(count)
      blocks <<- plan_blocks(some_chunks(ranges, order), block_rows)
      done <<- 0L
      NULL
    })
  }
  read <- function() {
    suspendInterrupts({
      done <<- done + 1L
      part <- part_of_block(blocks[[done]], cluster)
      tryCatch(allowInterrupts(c(make(part$ranges), part["stretch"])),
        interrupt = function(cnd) NULL
      )
    })
  }
  list(n = rows_in(ranges), start = start, read = read)
}
