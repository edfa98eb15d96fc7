# What is refused in tables: missing columns, columns of another type, and new or too many levels.

# Returns a plain data frame. Classes of other packages have their own rules of indexing.
check_frame <- function(data, arg, min_rows = 1L) {
  refuse_table_elsewhere(data, arg)
  check_that(is.data.frame(data), data, arg, "a data frame")
  check_that(nrow(data) >= min_rows && ncol(data) > 0L, data, arg,
    "a data frame with at least 1 row and 1 column"
  )
  check_names(names(data), arg)
  # For a tibble, as.data.frame() does no more than bare_frame(), but takes longer.
  if (!all(class(data) %in% c("tbl_df", "tbl", "data.frame"))) data <- as.data.frame(data)
  bare_frame(data)
}

# Numeric, logical, factor, and text columns can become numbers.
check_columns <- function(data, arg) {
  # A list is indexed faster than a data frame.
  columns <- as.list(data)
  usable <- vapply(columns, is_usable_column, TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    stop_column_type(arg, name, "numeric, logical, a factor, or text", columns[!usable][[1L]])
  }
  empty <- vapply(columns, function(column) {
    is_discrete(column) && length(column) && all(is.na(column))
  }, TRUE)
  if (any(empty)) {
    stop_only_missing(names(data)[empty][1L], arg)
  }
}

# model.frame() makes such a column of an offset in a formula, and so does parsnip.
refuse_offset_column <- function(names, arg) {
  offsets <- names[startsWith(names, "offset(")]
  if (length(offsets)) {
    name <- offsets[1L]
    stop_feedforward(
      "{.fn offset} is not supported, but {.arg {arg}} has the column {.code {name}}.",
      i = hint_for_offset
    )
  }
}

is_discrete <- function(x) is.factor(x) || is.character(x)

is_usable_column <- function(x) {
  is.factor(x) || ((is_numbers(x) || is.character(x)) && is.null(dim(x)) && !is.object(x))
}

# ---- New data --------------------------------------------------------------------

# Refuses data without all `wanted` columns. `clause` says where these come from. Without a `hint`,
# a similar name is suggested.
check_present <- function(wanted, given, arg, clause = ", which the model needs", hint = NULL) {
  absent <- setdiff(wanted, given)
  if (length(absent)) {
    names <- listed(absent, quote = "`")
    if (is.null(hint)) hint <- hint_for_similar_column(absent[1L], setdiff(given, wanted))
    stop_feedforward("{.arg {arg}} has no column{cli::qty(absent)}{?s} {names}{clause}.",
      i = "{hint}"
    )
  }
}

hint_for_similar_column <- function(name, given) {
  given <- given[is_text(given)]
  # Any two names of one letter are near to each other.
  comparable <- is_text(name) && (nchar(name) > 1L || tolower(name) %in% tolower(given))
  near <- if (comparable && length(given)) nearest_name(name, given)
  if (length(near)) sprintf("Did you mean `%s`?", near[1L])
}

# Checks that new data have all the columns of the training data, of the same types and without new
# levels. `known` has the columns of the training data, without rows. `novel` allows new levels.
check_new_frame <- function(data, known, arg, novel = FALSE) {
  data <- check_frame(data, arg, min_rows = 0L)
  check_present(names(known), names(data), arg)
  # A list is indexed faster than a data frame.
  columns <- unclass(data)[names(known)]
  known <- as.list(known)
  for (k in which(!(are_plain_doubles(columns) & are_plain_doubles(known)))) {
    check_new_column(columns[[k]], known[[k]], names(known)[k], arg, novel)
  }
  data
}

# `is_outcome` is whether the column is the outcome, not a predictor.
check_new_column <- function(column, known, name, arg, novel = FALSE, is_outcome = FALSE) {
  # I() does not change the type of a column.
  oldClass(column) <- setdiff(oldClass(column), "AsIs")
  # The bits of other classes may mean something else than the numbers of R.
  foreign <- is_numbers(known) && !is_usable_column(column) && is.null(dim(known))
  if (foreign || (is_discrete(column) != is_discrete(known) && !all(is.na(column)))) {
    type <- if (is_discrete(known)) "a factor" else if (is.logical(known)) "logical" else "numeric"
    stop_column_type(arg, name, paste0(type, ", as in training"), column)
  }
  check_same_order(column, known, name, arg)
  if (!is.factor(known) || novel) {
    return()
  }
  new <- setdiff(as.character(unique(column)), c(levels(known), NA))
  if (length(new)) stop_new_levels(new, levels(known), name, arg, is_outcome)
}

stop_new_levels <- function(new, known, name, arg, is_outcome) {
  levels <- listed(known)
  count <- cli::qty(new)
  new <- listed(new)
  if (is_outcome) {
    stop_feedforward(
      "Column {.code {name}} of {.arg {arg}} has the unknown class{count}{?es} {new}.",
      i = "Use the classes of the training data: {levels}."
    )
  }
  stop_feedforward("Column {.code {name}} of {.arg {arg}} has the new level{count}{?s} {new}.",
    i = "Use the levels of the training data: {levels}.",
    i = "Models trained with {.code new_levels = \"zero\"} accept new levels."
  )
}

# Steps of a recipe treat ordered factors differently.
check_same_order <- function(column, known, name, arg) {
  if (!is.factor(known) || all(is.na(column)) || is.ordered(column) == is.ordered(known)) {
    return()
  }
  # Text becomes an unordered factor.
  kind <- if (is.ordered(known)) "an ordered factor" else "an unordered factor"
  stop_column_type(arg, name, paste0(kind, ", as in training"), column, hint = NULL)
}

# New levels may change the columns that a recipe or formula makes.
check_same_columns <- function(x, model, arg) {
  known <- plain_names(model)
  names <- given_names(x)
  if (identical(names, known)) {
    return()
  }
  kind <- model$inputs$kind
  differing <- c(setdiff(names, known), setdiff(known, names))
  differing <- listed(differing, quote = "`")
  stop_feedforward(
    "The {kind} turns {.arg {arg}} into different columns than in training: {differing}.",
    i = switch(kind,
      recipe = "Use {.code recipes::step_novel()} for new levels.",
      formula = "Add these columns to the data first."
    )
  )
}

stop_column_type <- function(arg, name, wanted, column,
                             hint = hint_for_column(column, name, arg)) {
  found <- describe(column)
  stop_feedforward("Column {.code {name}} of {.arg {arg}} must be {wanted}, not {found}.",
    i = "{hint}"
  )
}

hint_for_column <- function(column, name, arg) {
  if (inherits(column, "hardhat_case_weights")) {
    return("Remove the weights from the data and pass them as `case_weights`.")
  }
  code <- column_in_code(name, arg)
  # scale() gives such matrices, table() such arrays.
  if (is_numbers(column) && length(dim(column)) > 0L && NCOL(column) == 1L) {
    return(sprintf("Use `as.vector(%s)` to turn it into a plain column.", code))
  }
  if (length(dim(column)) == 2L) {
    return(sprintf("Use `do.call(data.frame, %s)` to split it into plain columns.", arg))
  }
  if (is.null(dim(column))) hint_for_type_of(column, code)
}

# How a user writes names in code: with backticks where R needs them.
name_in_code <- function(names) {
  ifelse(make.names(names) == names, names, encodeString(names, quote = "`"))
}

# How a user writes a column of a data frame.
column_in_code <- function(name, arg) {
  if (make.names(name) == name) paste0(arg, "$", name) else sprintf("%s[[%s]]", arg, listed(name))
}

# How to turn a vector into numbers. `code` is how the user writes the vector.
hint_for_type_of <- function(x, code) {
  if (is.object(x)) {
    return(hint_for_class(x, code))
  }
  switch(typeof(x),
    raw = sprintf("Use `as.integer(%s)` to turn it into numbers.", code),
    complex = sprintf("Use `Re(%s)`, `Im(%s)`, or `Mod(%s)` to turn it into real numbers.", code,
      code, code),
    list = if (all(lengths(x) == 1L)) sprintf("Use `unlist(%s)` to turn it into a vector.", code)
  )
}

# ---- Levels as 0/1 columns -------------------------------------------------------

# Returns the columns of a table as a matrix, in which each level of a factor is a column of 0 and
# 1.
dense_columns <- function(x) {
  widths <- stats::setNames(as.double(pmax(x$levels, 1L)), x$names)
  check_dense_columns(widths, x$levels > 0L, nrow(x), "x")
  with_core(as.matrix(x))
}

# `columns` names predictors and says how many columns of n rows each becomes, and `coded` which of
# them are made of factors. Refuses those that do not fit into a matrix, before it is allocated, and
# tells of those that need much memory. `remedy` returns a hint for a predictor, or NULL.
check_dense_columns <- function(columns, coded, n, arg, remedy = function(name) NULL) {
  bytes <- 8 * n * sum(columns[coded])
  too_large <- any(coded) && sum(columns) * n > most_numbers
  if (!too_large && bytes < much_memory) {
    return(invisible())
  }
  widest <- names(columns)[coded][which.max(columns[coded])]
  coded_as <- describe_coded(widest, columns[coded], bytes)
  if (too_large) {
    hint <- remedy(widest)
    stop_feedforward("{.arg {arg}} has too many levels: {coded_as}.",
      i = "{hint}",
      i = "Leave out columns that identify single rows, or use
           {.code Matrix::sparse.model.matrix()} to make a sparse matrix."
    )
  }
  inform_feedforward(paste0(coded_as, "."),
    i = "Use `Matrix::sparse.model.matrix()` for a smaller and faster sparse matrix."
  )
}

# Bytes of 0/1 columns from which on a message says how many there are.
much_memory <- 5e8

# "`id` becomes 4,000 columns of 0s and 1s (0.6 GB)"; other factors are mentioned if they matter.
describe_coded <- function(widest, columns, bytes) {
  others <- if (columns[[widest]] < 0.9 * sum(columns)) length(columns) - 1L else 0L
  count <- if (others > 0L) sum(columns) else columns[[widest]]
  subject <- sprintf("`%s`", visible(widest))
  if (others > 0L) subject <- sprintf("%s and %d other%s", subject, others, plural(others))
  sprintf("%s become%s %s columns of 0s and 1s (%.1f GB)", subject, if (others > 0L) "" else "s",
    thousands(count), bytes / 1e9)
}

# ---- Tables elsewhere ------------------------------------------------------------

# Tables of databases, Arrow, and Polars, which are not data frames of R.

# Classes that dplyr::collect() reads into R.
collected_tables <- c(
  "tbl_lazy", "tbl_sql", "dtplyr_step", "tbl_spark", "ArrowTabular", "Dataset", "arrow_dplyr_query",
  "RecordBatchReader"
)

# Classes that as.data.frame() turns into a data frame.
foreign_frames <- c(
  "polars_data_frame", "RPolarsDataFrame", "polars_lazy_frame", "RPolarsLazyFrame", "H2OFrame",
  "pandas.core.frame.DataFrame"
)

# Training reads the rows many times, in random order, so they must be in R.
refuse_table_elsewhere <- function(x, arg) {
  if (is_source(x)) {
    stop_feedforward("{.arg {arg}} is a data source, but this needs data in memory.",
      i = "Use {.code feedforward(source, outcome = \"y\")} to train on it, without a formula or
           recipe. Use {.code predict(fit, source)} or {.fn write_predictions} to predict its rows."
    )
  }
  if (inherits(x, "DBIConnection") || is_data_file(x)) {
    found <- if (is.character(x)) "the path of a file" else "a database connection"
    code <- code_for_source(x, arg)
    stop_feedforward("{.arg {arg}} is {found}, not a table.", i = "Use {.code {code}}.")
  }
  collected <- inherits(x, collected_tables)
  if (!collected && !inherits(x, foreign_frames)) {
    return(invisible())
  }
  code <- sprintf(if (collected) "dplyr::collect(%s)" else "as.data.frame(%s)", arg)
  stop_feedforward("{.arg {arg}} is a table of class {.cls {class(x)[1L]}}, which is not in R yet.",
    i = "Read it into a data frame first: {.code {code}}.",
    i = if (!is.null(code_for_source(x, arg))) {
      "If it does not fit into memory, use {.code {code_for_source(x, arg)}}."
    }
  )
}

# The call that makes a source of what is no table in R, or NULL.
code_for_source <- function(x, arg) {
  if (inherits(x, "DBIConnection")) {
    return(sprintf("data_source(%s, table = \"flights\")", arg))
  }
  if (inherits(x, "tbl_sql") || is_data_file(x)) sprintf("data_source(%s)", arg)
}

is_data_file <- function(x) rlang::is_string(x) && length(kinds_of_file(x)) > 0L
