# What is refused of data frames, and of what formulas and recipes make of them.

# A data frame, as a plain one: those of other packages index in ways of their own.
check_frame <- function(data, arg, min_rows = 1L) {
  refuse_table_elsewhere(data, arg)
  if (!is.data.frame(data)) stop_input(arg, "a data frame", describe(data))
  if (nrow(data) < min_rows || ncol(data) < 1L) {
    stop_input(arg, "a data frame with at least 1 row and 1 column", describe(data))
  }
  check_names(names(data), arg)
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

refuse_absent <- function(absent, arg, source, hint = NULL) {
  stop_input(arg, sprintf("a table with all columns of %s", source),
    sprintf("one without %s", listed(absent, quote = "`")),
    hint = hint
  )
}

# New data for a model: all its columns, of its types, without levels it has never seen.
# `known` is a data frame of no rows: what the columns were when the model was made. With
# `novel`, others may decide about new levels.
check_new_frame <- function(data, known, arg, novel = FALSE) {
  data <- check_frame(data, arg, min_rows = 0L)
  absent <- setdiff(names(known), names(data))
  if (length(absent)) refuse_absent(absent, arg, "the data the model was made of")
  # As lists: a data frame looks each name up among all.
  columns <- unclass(data)[names(known)]
  known <- as.list(known)
  numbers <- vapply(columns, is_plain_double, TRUE) & vapply(known, is_plain_double, TRUE)
  for (k in which(!numbers)) {
    check_new_column(columns[[k]], known[[k]], names(known)[k], arg, novel)
  }
  data
}

is_plain_double <- function(x) is.double(x) && !is.object(x) && is.null(dim(x))

check_new_column <- function(column, known, name, arg, novel = FALSE) {
  discrete <- function(x) is.factor(x) || is.character(x)
  # I() changes nothing of what a column is.
  oldClass(column) <- setdiff(oldClass(column), "AsIs")
  # What classes of numbers mean, only they know: their bits may be no numbers of R.
  foreign <- is_numbers(known) && !is_usable_column(column) && is.null(dim(known))
  if (foreign || (discrete(column) != discrete(known) && !all(is.na(column)))) {
    wanted <- if (discrete(known)) "a factor" else describe_type(known)
    stop_input(arg, sprintf("a table with %s in column `%s`, as in training", wanted, name),
      describe(column),
      hint = hint_for_column(column, name, arg)
    )
  }
  check_same_order(column, known, name, arg)
  if (!is.factor(known) || novel) {
    return()
  }
  new <- setdiff(as.character(unique(column)), c(levels(known), NA))
  if (length(new)) {
    stop_input(arg, sprintf(
      "a table with levels of training in column `%s`: %s", name, listed(levels(known))
    ), sprintf("the new level %s", listed(new)))
  }
}

# Steps of a recipe do other things to ordered factors than to others.
check_same_order <- function(column, known, name, arg) {
  if (!is.factor(known) || all(is.na(column)) || is.ordered(column) == is.ordered(known)) {
    return()
  }
  # Text becomes a factor of the kind that is not ordered.
  kind <- if (is.ordered(known)) "an ordered factor" else "a factor that is not ordered"
  stop_input(arg, sprintf("a table with %s in column `%s`, as in training", kind, name),
    describe(column)
  )
}

# A recipe may make other columns of new levels, where no step takes care of them; so may a
# formula that makes factors.
check_same_columns <- function(x, model, arg) {
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
    hint = hint
  )
}

# What a recipe makes of a table has a row for each of its rows: predictions are for these.
check_same_rows <- function(x, data, arg) {
  if (nrow_of(x) != nrow(data)) {
    stop_input(arg, "a table whose rows the recipe keeps, each of them",
      sprintf("%d rows, of which it makes %d", nrow(data), nrow_of(x)),
      hint = "Steps that drop rows are for training only: `skip = TRUE`."
    )
  }
}

# A recipe that needs the outcome to make its predictors cannot read data without.
refuse_steps_on_outcome <- function(blueprint, arg) {
  steps <- steps_on_outcome(blueprint, skipped = FALSE)
  if (length(steps)) {
    outcomes <- toString(sprintf("`%s`", names(blueprint$ptypes$outcomes)))
    stop_input(arg, sprintf("a table with the outcome, which %s() of the recipe takes", steps[1L]),
      sprintf("one without %s", outcomes),
      hint = "To predict, transform the outcome in the data before, not in the recipe."
    )
  }
}

# What a step does to the outcome only in training would make it another one here.
refuse_skipped_steps <- function(blueprint, arg) {
  steps <- steps_on_outcome(blueprint, skipped = TRUE)
  if (length(steps)) {
    stop_input(arg, "a table whose outcome is that of training",
      sprintf("one that %s() of the recipe leaves as it is: `skip = TRUE`", steps[1L]),
      hint = "Transform the outcome in the data before, not in the recipe."
    )
  }
}

describe_type <- function(x) if (is.logical(x)) "logical values" else "numbers"

# Runs hardhat's code; its errors become ours.
with_hardhat <- function(code, arg) {
  tryCatch(code, error = function(cnd) stop_unfit(cnd, arg))
}

stop_unfit <- function(cnd, arg) {
  stop_input(arg, "a table that fits the model", "one that does not", hint = cnd_text(cnd))
}

cnd_text <- function(cnd) {
  text <- cli::ansi_strip(conditionMessage(cnd))
  if (inherits(cnd, "rlang_error")) text <- cli::ansi_strip(rlang::cnd_message(cnd))
  gsub("[[:space:]]+", " ", text)
}

# ---- Columns -----------------------------------------------------------------------

# What is refused of the columns of a data frame, before any of them is made numbers.

# Columns of a data frame that can become numbers: numeric, logical, factor or text.
check_columns <- function(data, arg) {
  # As a list: a data frame looks each name up among all.
  columns <- as.list(data)
  usable <- vapply(columns, is_usable_column, TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    column <- columns[!usable][[1L]]
    stop_input(arg, "made of numeric, logical, factor and text columns",
      sprintf("%s in column `%s`", describe(column), name),
      hint = hint_for_column(column, name, arg)
    )
  }
  empty <- vapply(columns, function(column) {
    (is.factor(column) || is.character(column)) && length(column) && all(is.na(column))
  }, TRUE)
  if (any(empty)) {
    stop_input(arg, "finite (no NA, NaN or Inf)",
      sprintf("nothing but NA in column `%s`", names(data)[empty][1L]),
      hint = "Leave out such columns."
    )
  }
}

# Factors become a column of 0 and 1 per level, which all together have to be one matrix.
check_dense_size <- function(data, arg) {
  widths <- column_widths(data)
  if (any(widths > 1) && sum(widths) * nrow(data) > most_numbers) {
    widest <- which.max(widths)
    name <- visible(names(data)[widest])
    stop_feedforward("{.arg {arg}} has too many levels for a matrix of 0/1 columns.",
      x = "{thousands(nrow(data))} rows and {thousands(sum(widths))} columns, of which
           {thousands(widths[widest])} of {.code {name}} alone.",
      i = "Leave out columns that name single rows, or give a sparse matrix, such as
           Matrix::sparse.model.matrix() makes."
    )
  }
}

is_usable_column <- function(x) {
  is.factor(x) || ((is_numbers(x) || is.character(x)) && is.null(dim(x)) && !is.object(x))
}

hint_for_column <- function(column, name, arg) {
  if (inherits(column, "hardhat_case_weights")) {
    return("Take weights out of the data and give them as `case_weights`.")
  }
  code <- column_in_code(name, arg)
  # scale() gives such matrices, table() such arrays.
  if (is_numbers(column) && length(dim(column)) > 0L && NCOL(column) == 1L) {
    return(sprintf("as.vector(%s) makes a plain column of it.", code))
  }
  if (length(dim(column)) == 2L) {
    return(sprintf("do.call(data.frame, %s) makes columns of their own of it.", arg))
  }
  if (is.null(dim(column))) hint_for_type_of(column, code)
}

# How a user writes a column of a data frame.
column_in_code <- function(name, arg) {
  if (make.names(name) == name) paste0(arg, "$", name) else sprintf("%s[[%s]]", arg, listed(name))
}

# How a vector that holds no numbers of R becomes one that does. `code` is how the user calls it.
hint_for_type_of <- function(x, code) {
  if (is.object(x)) {
    return(hint_for_class(x, code))
  }
  switch(typeof(x),
    raw = sprintf("as.integer(%s) makes numbers of it.", code),
    complex = sprintf("Re(%s), Im(%s) or Mod(%s) makes numbers of it.", code, code, code),
    list = if (all(lengths(x) == 1L)) sprintf("unlist(%s) makes a plain column of it.", code)
  )
}

# ---- Tables elsewhere --------------------------------------------------------------

# Tables that are no data frames of R: those of databases, of Arrow, of Polars.

# Classes whose rows dplyr::collect() brings into R.
collected_tables <- c(
  "tbl_lazy", "tbl_sql", "dtplyr_step", "tbl_spark", "ArrowTabular", "Dataset", "arrow_dplyr_query",
  "RecordBatchReader"
)

# Classes that as.data.frame() turns into a data frame.
foreign_frames <- c(
  "polars_data_frame", "RPolarsDataFrame", "polars_lazy_frame", "RPolarsLazyFrame", "H2OFrame",
  "pandas.core.frame.DataFrame"
)

# The rows have to be here: they are read more than once, in random order.
refuse_table_elsewhere <- function(x, arg) {
  collected <- inherits(x, collected_tables)
  if (!collected && !inherits(x, foreign_frames)) {
    return(invisible())
  }
  code <- sprintf(if (collected) "dplyr::collect(%s)" else "as.data.frame(%s)", arg)
  stop_feedforward("{.arg {arg}} is a table that is not in R yet, of class {.cls {class(x)[1L]}}.",
    i = "Read it into a data frame first: {.code {code}}."
  )
}

# ---- Recipes -----------------------------------------------------------------------

# Steps of a recipe that take the outcome. recipes runs those with `skip = TRUE` in training
# only, and cannot run the others on data without the outcome.

# The names of the functions of such steps, in a prepared recipe; none for other blueprints.
steps_on_outcome <- function(blueprint, skipped) {
  outcomes <- names(blueprint$ptypes$outcomes)
  # Skipped steps that only choose rows leave each outcome what it is; those of other
  # packages that make rows up are for classes.
  if (skipped) outcomes <- outcomes[vapply(blueprint$ptypes$outcomes, is.numeric, TRUE)]
  steps <- Filter(function(step) {
    isTRUE(step$skip) == skipped && any(outcomes %in% columns_of_step(step)) &&
      !(skipped && inherits(step, "step_naomit"))
  }, blueprint$recipe$steps)
  vapply(steps, function(step) class(step)[1L], "")
}

# recipes has no one place for the columns that a prepared step takes: they are among its
# text, or name its numbers.
columns_of_step <- function(step) {
  # Steps that learn from the outcome, and then do without it, name it as `outcome`.
  others <- c("terms", "role", "trained", "skip", "id", "outcome", "outcomes")
  parts <- unclass(step)[setdiff(names(step), others)]
  unlist(lapply(parts, function(part) {
    c(if (is.character(part)) part, names(part), if (is.matrix(part)) colnames(part))
  }))
}

weights_in_recipe <- function(blueprint) "case_weights" %in% blueprint$recipe$var_info$role
