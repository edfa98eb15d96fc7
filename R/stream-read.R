# Rows of a source as the core reads them: checked, encoded by a model, block by block.

# What the columns of a source are for: list(outcome, case_weights, predictors), names of columns.
# `arg` is the argument with the outcome.
source_roles <- function(source, outcome, case_weights = NULL, arg = "outcome") {
  names <- names(source$columns)
  # Values of the outcome are no names, and are repeated.
  named <- is.character(outcome) && length(outcome) > 0L && !anyNA(outcome) &&
    (!anyDuplicated(outcome) || all(outcome %in% names))
  check_that(named, outcome, arg,
    "the name of a column of the source", if (rlang::is_formula(outcome)) {
      "All other columns are predictors. `data_source()` can leave out columns."
    } else {
      sprintf("Write it in quotes, as in `%s = \"y\"`.", arg)
    }
  )
  check_names(outcome, arg, "element")
  if (any(outcome %in% names(source$key))) {
    stop_feedforward("{.arg {arg}} names the key of the source, {.code {names(source$key)}}.",
      i = "The key finds the rows. It is neither an outcome nor a predictor."
    )
  }
  check_known_columns(outcome, arg, names, source$label)
  if (length(outcome) > 1L) check_several_outcomes(source$columns[outcome])
  if (!is.null(case_weights)) {
    check_that(rlang::is_string(case_weights), case_weights, "case_weights",
      "the name of a column of the source"
    )
    check_known_columns(case_weights, "case_weights", names, source$label)
    if (case_weights %in% outcome) {
      stop_feedforward("The column {.code {case_weights}} cannot be both an outcome and the
        {.arg case_weights}.",
        i = "Use another column for one of them, or leave out {.arg case_weights}."
      )
    }
    if (!is.double(source$columns[[case_weights]])) {
      stop_feedforward("{.arg case_weights} names the column {.code {case_weights}}, which must be
        numeric.")
    }
  }
  predictors <- setdiff(names, c(outcome, case_weights))
  if (length(predictors) == 0L) {
    stop_feedforward("{.arg x} has no predictors.",
      i = "Use at least one column as a predictor."
    )
  }
  list(outcome = as.vector(outcome), case_weights = case_weights, predictors = predictors)
}

check_several_outcomes <- function(columns) {
  discrete <- names(columns)[vapply(columns, is_discrete, TRUE)]
  if (length(discrete)) {
    name <- discrete[1L]
    kind <- if (is.factor(columns[[name]])) "a factor" else "text"
    stop_feedforward(
      "With several outcomes, each one must be numeric or logical, but {.code {name}} is {kind}.",
      i = "Train a network for each outcome, or convert this column where the data are."
    )
  }
}

# The outcome among the columns of some rows, as feedforward() takes it: a vector, or a data frame
# of several columns.
outcome_in <- function(data, roles) {
  if (length(roles$outcome) == 1L) data[[roles$outcome]] else data[roles$outcome]
}

# Reads rows, and refuses missing and infinite values. `allow_missing` says of all predictors or of
# each one whether its values may be missing, and `hint` what to do about those that may not.
usable_rows <- function(source, first, last, roles, allow_missing, hint = remove_or_indicate) {
  data <- read_rows(source, first, last)
  may_lack <- roles$predictors[allow_missing]
  for (name in unlist(roles, use.names = FALSE)) {
    row <- first_refused(data[[name]], name %in% may_lack)
    if (row > 0) {
      value <- describe_non_finite(unclass(data[[name]])[[row]])
      missing <- name %in% roles$predictors && is.na(data[[name]][row])
      if (!missing) hint <- remove_or_fill_in
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

# Returns all rows as one data frame.
read_usable <- function(source, roles, allow_missing) {
  chunks <- chunks_of(source)
  bind_frames(Map(function(first, last) usable_rows(source, first, last, roles, allow_missing),
    chunks$first, chunks$last))
}

# The position of the first value that cannot be used, or 0.
first_refused <- function(x, may_lack) {
  if (may_lack) {
    match(TRUE, is.infinite(x), 0L)
  } else if (is.character(x)) {
    match(TRUE, is.na(x), 0L)
  } else {
    first_non_finite(x)
  }
}

# Returns a function that reads ranges of rows as list(x, y, weights) for C++. Only rows that count
# are numbered. `stream` is list(table, roles, survey): a source, what its columns are for, and what
# the first pass found. `weighting` is list(case_weights, of_class, mean): the name of a column, a
# number per class, and what the product of both is divided by. `arg` is what messages call the
# source.
block_maker <- function(stream, model, weighting, arg = "x") {
  if (all_rows_count(stream)) {
    file <- file_of_predictors(stream$table, stream$roles)
    if (!is.null(file) && is.null(model$inputs$encoding)) {
      return(file_block_maker(stream$table, file, stream$roles, model, weighting, arg))
    }
  }
  read <- row_reader(stream, weighting$of_class, has_indicators(model))
  function(ranges) {
    data <- bind_parts(Map(read, ranges$first, ranges$last))
    examples_for(model, data, stream$roles, weighting, arg)
  }
}

all_rows_count <- function(stream) sum(stream$survey$counts) == stream$table$n

# Returns a function that reads rows of one chunk, where only rows that count are numbered. Returns
# list(data, first, last): the wanted rows are those from `first` to `last` of a data frame.
row_reader <- function(stream, of_class, allow_missing) {
  table <- stream$table
  usable <- function(first, last) usable_rows(table, first, last, stream$roles, allow_missing)
  if (all_rows_count(stream) && !table$whole_chunks) {
    return(function(first, last) {
      list(data = usable(first, last), first = 1, last = last - first + 1)
    })
  }
  chunks <- chunks_of(table)
  starts <- chunks_of(table, stream$survey$counts)$first
  # The last chunk stays: the next rows are often the rest of it.
  held <- NULL
  at <- 0L
  function(first, last) {
    chunk <- findInterval(first, starts)
    if (chunk != at) {
      data <- usable(chunks$first[chunk], chunks$last[chunk])
      counted <- rows_with_weight(data, stream$roles, classes_of_weight_0(of_class))
      if (sum(counted) != stream$survey$counts[chunk]) {
        part <- list(table = table, first = chunks$first[chunk], last = chunks$last[chunk])
        stop_part(part, "has other rows with a weight of 0 than in the first pass.")
      }
      held <<- take_rows(data, which(counted))
      at <<- chunk
    }
    before <- starts[chunk] - 1
    list(data = held, first = first - before, last = last - before)
  }
}

# Binds the rows that row_reader() found. Chunks are not cut before, since that would copy them.
bind_parts <- function(parts) {
  row <- function(which) vapply(parts, function(part) part[[which]], 1)
  bind_frames(lapply(parts, function(part) part$data), row("first"), row("last"))
}

# Whether each row of a chunk has a weight above 0, as those of `uncounted` classes do not.
rows_with_weight <- function(data, roles, uncounted = NULL) {
  counted <- rep(TRUE, nrow(data))
  if (!is.null(roles$case_weights)) counted <- data[[roles$case_weights]] > 0
  if (length(uncounted)) {
    counted <- counted & !classes_as_text(outcome_in(data, roles), NULL) %in% uncounted
  }
  counted
}

classes_of_weight_0 <- function(class_weights) {
  if (is.numeric(class_weights)) names(class_weights)[class_weights %in% 0]
}

# Returns the file that has exactly the predictors and that C++ can read, or NULL.
file_of_predictors <- function(source, roles) {
  if (all(are_plain_doubles(as.list(source$columns)[roles$predictors]))) {
    Find(function(file) identical(file$names, roles$predictors), source$files)
  }
}

# The same, but C++ reads the predictors from their file. Their values were checked in the first
# pass.
file_block_maker <- function(source, file, roles, model, weighting, arg) {
  others <- c(roles$outcome, roles$case_weights)
  source$columns <- source$columns[others]
  source$read <- file$read_others
  about <- file[c("path", "offset", "type", "inputs")]
  checked <- roles[c("outcome", "case_weights")]
  size <- file$offset + source$n * file$inputs * type_size(file$type)
  function(ranges) {
    # An error in C++ would lose the model.
    if (!isTRUE(file.size(file$path) == size)) stop_changed_file(arg)
    read <- function(first, last) usable_rows(source, first, last, checked, FALSE)
    data <- bind_frames(Map(read, ranges$first, ranges$last))
    x <- structure(c(about, ranges), class = "feedforward_row_file")
    c(list(x = x), targets_for(model, data, roles, weighting, arg))
  }
}

# Returns rows as list(x, y, weights) for C++.
examples_for <- function(model, data, roles, weighting, arg = "x") {
  x <- new_table(model, data[roles$predictors], arg)
  c(list(x = as_trained(x, model)), targets_for(model, data, roles, weighting, arg))
}

# Returns list(y, weights).
targets_for <- function(model, data, roles, weighting, arg = "x") {
  codes <- encode_like(outcome_in(data, roles), model$outcome, model$architecture$loss, nrow(data),
    if (arg == "x") "outcome" else arg, sprintf("`%s`", arg)
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

# Returns list(n, start, read, failure), functions through which C++ passes over `ranges` of a
# source. `make` is the result of block_maker(). With `shuffles`, epochs read the ranges in random
# order. In a cluster, all ranks go through the same blocks, and each reads its part of their rows.
# An error of `make` ends training as an interrupt does, so that the network is not lost. Then
# failure() returns it. In a cluster, it ends all ranks at once.
new_stream <- function(ranges, block_rows, shuffles, make, cluster = NULL) {
  blocks <- NULL
  done <- 0L
  failed <- NULL
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
        interrupt = function(cnd) NULL,
        error = function(cnd) {
          if (!is_alone(cluster)) rlang::cnd_signal(cnd)
          failed <<- cnd
          NULL
        }
      )
    })
  }
  list(n = rows_in(ranges), start = start, read = read, failure = function() failed)
}

# ---- Garbage ---------------------------------------------------------------------------

# Evaluates `code`, which reads blocks. R looks for garbage whenever vectors have taken about half
# as much memory as those in use, at least 64 MB. While blocks are read, this took 40% of the time.
# So a vector that takes no memory, because nobody touches it, is in use meanwhile. Without a
# source, none is needed.
with_room <- function(source, code) {
  if (!is_source(source) || !is_valid_source(source)) {
    return(code)
  }
  bytes <- 8 * min(source$n, source$buffer_rows) * length(source$columns)
  room <- tryCatch(untouched_bytes(min(8 * bytes, 256e6)), error = function(cnd) NULL)
  on.exit(rm(room))
  code
}
