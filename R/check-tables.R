# What is refused of data frames, and of what formulas and recipes make of them.

# A data frame, as a plain one: those of other packages index in ways of their own.
check_frame <- function(data, arg, min_rows = 1L, call) {
  refuse_table_elsewhere(data, arg, call)
  if (!is.data.frame(data)) stop_input(arg, "a data frame", describe(data), call = call)
  if (nrow(data) < min_rows || ncol(data) < 1L) {
    stop_input(arg, "a data frame with at least 1 row and 1 column", describe(data), call = call)
  }
  check_names(names(data), arg, call = call)
  if (!identical(class(data), "data.frame")) data <- as.data.frame(data)
  bare_frame(data)
}

# A data frame of columns and nothing else. What other functions hang on one, or on a column (the
# rows that na.omit() left out, the variables of a model frame, an index, labels), would go into the
# model, with all the data and environments that it holds.
bare_frame <- function(data) {
  structure(lapply(data, bare_column), row.names = attr(data, "row.names"), class = "data.frame")
}

# Other classes than these may need what they have: only they know.
bare_column <- function(column) {
  given <- attributes(column)
  known <- inherits(column, c("factor", "Date", "POSIXct", "difftime"))
  if (is.null(given) || (is.object(column) && !known)) {
    return(column)
  }
  kept <- given[names(given) %in% c("levels", "class", "dim", "dimnames", "tzone", "units")]
  if (length(kept) < length(given)) attributes(column) <- kept
  column
}

refuse_absent <- function(absent, arg, source, call, hint = NULL) {
  stop_input(arg, sprintf("a table with all columns of %s", source),
    sprintf("one without %s", listed(absent, quote = "`")),
    hint = hint, call = call
  )
}

# New data for a model: all its columns, of its types, without levels it has never seen.
# `known` is a data frame of no rows: what the columns were when the model was made. With
# `novel`, others may decide about new levels.
check_new_frame <- function(data, known, arg, novel = FALSE, call) {
  data <- check_frame(data, arg, min_rows = 0L, call = call)
  absent <- setdiff(names(known), names(data))
  if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
  # As lists: a data frame looks each name up among all.
  columns <- unclass(data)[names(known)]
  known <- as.list(known)
  numbers <- vapply(columns, is_plain_double, TRUE) & vapply(known, is_plain_double, TRUE)
  for (k in which(!numbers)) {
    check_new_column(columns[[k]], known[[k]], names(known)[k], arg, novel, call)
  }
  data
}

is_plain_double <- function(x) is.double(x) && !is.object(x) && is.null(dim(x))

check_new_column <- function(column, known, name, arg, novel = FALSE, call) {
  discrete <- function(x) is.factor(x) || is.character(x)
  # I() changes nothing of what a column is.
  oldClass(column) <- setdiff(oldClass(column), "AsIs")
  # What classes of numbers mean, only they know: their bits may be no numbers of R.
  foreign <- is_numbers(known) && !is_usable_column(column) && is.null(dim(known))
  if (foreign || (discrete(column) != discrete(known) && !all(is.na(column)))) {
    wanted <- if (discrete(known)) "a factor" else describe_type(known)
    stop_input(arg, sprintf("a table with %s in column `%s`, as in training", wanted, name),
      describe(column),
      hint = hint_for_column(column, name, arg), call = call
    )
  }
  check_same_order(column, known, name, arg, call)
  if (!is.factor(known) || novel) {
    return()
  }
  new <- setdiff(as.character(unique(column)), c(levels(known), NA))
  if (length(new)) {
    stop_input(arg, sprintf(
      "a table with levels of training in column `%s`: %s", name, listed(levels(known))
    ), sprintf("the new level %s", listed(new)), call = call)
  }
}

# Steps of a recipe do other things to ordered factors than to others.
check_same_order <- function(column, known, name, arg, call) {
  if (!is.factor(known) || all(is.na(column)) || is.ordered(column) == is.ordered(known)) {
    return()
  }
  # Text becomes a factor of the kind that is not ordered.
  kind <- if (is.ordered(known)) "an ordered factor" else "a factor that is not ordered"
  stop_input(arg, sprintf("a table with %s in column `%s`, as in training", kind, name),
    describe(column),
    call = call
  )
}

# A recipe may make other columns of new levels, where no step takes care of them; so may a
# formula that makes factors.
check_same_columns <- function(x, model, arg, call) {
  known <- model$inputs$names
  names <- given_names(x)
  if (identical(names, known)) {
    return()
  }
  kind <- model$inputs$kind
  differing <- c(setdiff(names, known), setdiff(known, names))
  hint <- switch(kind,
    recipe = "recipes::step_novel() takes care of new levels.",
    formula = "Compute such columns in the data first."
  )
  stop_input(arg, sprintf("a table of which the %s makes the columns of training", kind),
    sprintf("one that differs in %s", listed(differing, quote = "`")),
    hint = hint, call = call
  )
}

# What a recipe makes of a table has a row for each of its rows: predictions are for these.
check_same_rows <- function(x, data, arg, call) {
  if (nrow_of(x) != nrow(data)) {
    stop_input(arg, "a table whose rows the recipe keeps, each of them",
      sprintf("%d rows, of which it makes %d", nrow(data), nrow_of(x)),
      hint = "Steps that drop rows are for training only: `skip = TRUE`.", call = call
    )
  }
}

# A recipe that needs the outcome to make its predictors cannot read data without.
refuse_steps_on_outcome <- function(blueprint, arg, call) {
  steps <- steps_on_outcome(blueprint, skipped = FALSE)
  if (length(steps)) {
    outcomes <- toString(sprintf("`%s`", names(blueprint$ptypes$outcomes)))
    stop_input(arg, sprintf("a table with the outcome, which %s() of the recipe takes", steps[1L]),
      sprintf("one without %s", outcomes),
      hint = "To predict, transform the outcome in the data before, not in the recipe.",
      call = call
    )
  }
}

# What a step does to the outcome only in training would make it another one here.
refuse_skipped_steps <- function(blueprint, arg, call) {
  steps <- steps_on_outcome(blueprint, skipped = TRUE)
  if (length(steps)) {
    stop_input(arg, "a table whose outcome is that of training",
      sprintf("one that %s() of the recipe leaves as it is: `skip = TRUE`", steps[1L]),
      hint = "Transform the outcome in the data before, not in the recipe.", call = call
    )
  }
}

describe_type <- function(x) if (is.logical(x)) "logical values" else "numbers"

# Runs hardhat's code; its errors become ours.
with_hardhat <- function(code, arg, call) {
  tryCatch(code, error = function(cnd) stop_unfit(cnd, arg, call))
}

stop_unfit <- function(cnd, arg, call) {
  stop_input(arg, "a table that fits the model", "one that does not", hint = cnd_text(cnd),
    call = call
  )
}

cnd_text <- function(cnd) {
  text <- cli::ansi_strip(conditionMessage(cnd))
  if (inherits(cnd, "rlang_error")) text <- cli::ansi_strip(rlang::cnd_message(cnd))
  gsub("[[:space:]]+", " ", text)
}
