# Data sources: tables that are read in chunks, because they do not fit into memory. Each reader
# (R/source-*.R) makes one by new_source(). Chunks are read and checked in R/source-read.R.

#' Data that do not fit into memory
#'
#' `data_source()` describes a table that stays where it is: in a database, in files, or behind a
#' function of yours. [feedforward()] trains on it chunk by chunk, so memory does not depend on the
#' number of rows.
#'
#' @param x Where the data are:
#'   - A function of two whole numbers, `first` and `last`. It returns the rows from `first` to
#'     `last`, counted from 1, as a data frame.
#'   - A DBI connection to a database such as SQLite, PostgreSQL, or DuckDB, with `table` or
#'     `query`. It must stay open. Dates and other kinds of columns are an error: convert them in
#'     `query`, or leave them out.
#'   - A lazy table of dbplyr.
#'   - The path of a folder of `.parquet` files, or the paths of such files, which must have the
#'     same columns. The package nanoparquet reads whole files, so each file is a chunk, and
#'     `chunk_rows` has no effect. It rounds whole numbers above 2^53. Factors are read as text,
#'     unless `levels` names their levels. If there are subfolders, list the paths of all files.
#'     What only the name of a folder says, such as `year=2024`, is not read.
#'   - The path of one `.csv` or `.tsv` file, which can be compressed (`.csv.gz`). The first line
#'     names the columns. Fields are separated by commas, or in a `.tsv` file by tabs, and decimals
#'     have a point. Empty fields and `NA` without quotes are missing values. The file is read twice
#'     at first, to find the chunks and the types of the columns. A column is numeric if all its
#'     values are numbers, so the code `01` becomes 1: use `columns` or `levels` to keep such codes.
#'     Whole numbers that R cannot store exactly, such as ids of 17 digits, make the column text.
#'     If a few words turn a column of numbers into text, there is a warning of class
#'     `feedforward_text_column`. If the first line looks like a row of data, there is one of class
#'     `feedforward_no_names`. The package data.table reads the chunks, in a compressed file always
#'     in order.
#'   - The paths of `.npy` files with one or two dimensions, of the types that [read_npy()] can
#'     read. The files stand side by side and have the same number of rows. `y.npy` with one
#'     column is the column `y`. `x.npy` with several has the columns `x1`, `x2`, and so on. If a
#'     model should predict from both, give the matrix from [read_npy()] the same names.
#'   - A `big.matrix` of the package bigmemory. Columns without names are `V1`, `V2`, and so on.
#' @param ... For other classes of `x`. Must be empty.
#' @param n The number of rows, a whole number of at least 1. It can be larger than 2,147,483,647.
#' @param columns For a function: a data frame with the names and types of the columns, such as the
#'   first rows of the data. Its rows are ignored. Columns can be numeric, logical, text, or
#'   factors with all levels that occur. The function can return its columns in any order, and
#'   further ones, which are dropped. For Parquet and CSV files: the names of the columns to read,
#'   or `NULL` for all. For a CSV file, a data frame also gives their types, which saves the second
#'   pass.
#' @param in_order `TRUE` if the function can only read from the first row to the last, as from a
#'   stream. It must then start anew whenever row 1 is read. Rows that are not needed are read, too,
#'   and dropped. Chunks are not shuffled. The default is `FALSE`.
#' @param table The name of a table or view in the database: a string, or the result of [DBI::Id()]
#'   or [DBI::SQL()].
#' @param query A `SELECT` statement, a string.
#' @param key The name of a column with a different value in each row, whole numbers or text. Chunks
#'   are ranges of the key, so they can be read in random order. This is only fast if the column has
#'   an index. The key is not a column of the source. With `NULL`, the default, SQLite uses the row
#'   numbers of a table. Other tables, views, and queries are read in order, by one query that stays
#'   open. Give it a connection of its own, and use `ORDER BY`, so that the order of the rows never
#'   changes.
#' @param chunk_rows The number of rows to read at once, a whole number of at least 1. Larger chunks
#'   are read faster, but the rows of a chunk arrive together, so they are shuffled less well. The
#'   default, 10,000 or `buffer_rows` if that is less, is large enough for most databases.
#' @param buffer_rows The number of rows that training keeps in memory and shuffles, a whole number
#'   of at least `chunk_rows`. Training reads the chunks in random order and draws its batches from
#'   the buffer. A larger buffer needs more memory and shuffles better, which matters if the data
#'   are sorted. If it holds all rows, they are shuffled as well as those of a data frame. With 20
#'   numeric columns, the default of 200,000 rows needs about 400 MB.
#' @param levels A named list of levels, such as `list(y = 0:9, color = c("red", "blue"))`, or
#'   `NULL`. These columns become factors with these levels in this order, and other values are an
#'   error. Values are compared as text, so class labels that are numbers work, too. An outcome of
#'   such labels needs `levels`: without it, training is regression. The levels of other text
#'   columns are collected by a first pass over the data.
#'
#' @returns A list of class `feedforward_source`. It refers to the data and does not contain them,
#'   so it is only valid in this R session, and as long as the data do not change. `dim()` gives its
#'   numbers of rows and columns, and `colnames()` the names. `head()` and `tail()` read its first
#'   and last rows.
#'   - `n`: the number of rows.
#'   - `columns`: a data frame without rows, with the names and types of the columns. Whole numbers
#'     are double.
#'   - `read`: a function of `first` and `last` that returns these rows.
#'   - `starts`: the first row of each chunk.
#'   - `buffer_rows`, `in_order`: as given.
#'   - `label`, `advice`: what messages call the data, and what they advise if reading fails.
#'   - `recoded`: the names of `levels`.
#'   - `busy`, `whole_chunks`: the connection that reading in order occupies, or `NULL`, and whether
#'     part of a chunk takes as long to read as all of it.
#'   - `release`: a function that closes what reading in order keeps open, or `NULL`.
#'   - `files`: for `.npy` files, where the numbers are in each file. `NULL` for other data.
#'   - `key`: for a database with `key`, a data frame without rows, with this column. Otherwise
#'     `NULL`.
#'
#' @section Training on a data source:
#' `feedforward(source, outcome = "y")` takes almost all arguments that it takes for a data frame.
#' `case_weights` is the name of a column. `validation` is a proportion of the rows, which are held
#' out as whole chunks, or another source. If all rows fit into the buffer, and those of the other
#' source into its own, they are read into memory, and the network is the same as that of a data
#' frame, bit for bit. Otherwise:
#' - A first pass reads all rows. It collects levels, means, and standard deviations, checks that
#'   all values can be used, and keeps a sample of about 20,000 rows. Medians, quantiles, and
#'   everything else that `encoding = "robust"`, `"piecewise"`, or a loss that resists outliers
#'   needs are measured on the sample.
#' - Each epoch reads the chunks in a new random order, fills the buffer, and draws batches from it
#'   at random. [set.seed()] decides the order.
#' - Rows with a weight of 0 are left out when a chunk is read. If you remove them where the data
#'   are, the chunks change, and with them the order of the other rows. If they lie together, a
#'   second first pass may be needed to hold out the right proportion.
#' - Text with more than 100,000 different values is an error, since it usually identifies rows.
#' - There is a warning of class `feedforward_sorted_source` if the rows are sorted by the outcome
#'   and the buffer cannot mix them well. Then the buffer shows only a part of the outcomes at a
#'   time, which makes predictions worse.
#' - There is a warning of class `feedforward_validation_share` if whole chunks make up less than
#'   half, or more than twice, the proportion for `validation`.
#' - With `verbose = TRUE`, the line of each epoch ends with the number of rows per second.
#' - [resume_training()] takes the source and the name of the outcome again. It reads all rows once
#'   to make sure that they are the same.
#'
#' There is a warning of class `feedforward_many_levels` if a column of text has more than 50
#' different values, and more than half as many as there are rows. `case_weights` do not apply to
#' another source to validate on.
#'
#' `predict(fit, source)` returns a function. Each call of it gives the predictions of the next
#' chunk, or after an error of the same chunk again, and `NULL` at the end. [write_predictions()]
#' writes the predictions to a database or to files. Formulas, recipes, [feedforward_cv()], and
#' [continue_training()] need data in memory.
#'
#' @section Errors:
#' There is an error of class `feedforward_error` if arguments are invalid, or if the data have no
#' rows or unusable columns.
#'
#' Reading can fail later: the reader raises an error, the number of rows is wrong, a column is
#' missing or has another type, or a level is unknown. This error also has the class
#' `feedforward_source_error`, and names the chunk and its rows. The reader's own error is its
#' `parent`. The state of R's random numbers is kept, whatever the reader draws. If reading fails
#' during training, the `fit` element of the error is the model as trained so far (not in a
#' [cluster][cluster_mpi]). With `checkpoint`, [resume_training()] can continue.
#'
#' @examples
#' # A function that reads rows of a table. Here, the table is in memory.
#' rows <- function(first, last) iris[first:last, ]
#' flowers <- data_source(rows, n = 150, columns = iris, chunk_rows = 10, buffer_rows = 100)
#' flowers
#' set.seed(1)
#' fit <- feedforward(flowers, outcome = "Species", hidden_units = 8, epochs = 20)
#' fit
#' @order 1
#' @export
data_source <- function(x, ..., chunk_rows = min(10000, buffer_rows), buffer_rows = 200000,
                        levels = NULL) {
  check_given(missing(x), "x")
  UseMethod("data_source")
}

#' @export
data_source.default <- function(x, ...) {
  hint <- if (is.data.frame(x)) {
    "Data in memory need no source: use `feedforward(y ~ ., data = x)`."
  } else if (is.matrix(x) || (isS4(x) && inherits(x, "Matrix"))) {
    "Data in memory need no source: use `feedforward(x, y)`."
  }
  stop_input("x", "a function, the paths of files, or a database connection", describe(x), hint)
}

#' @rdname data_source
#' @order 2
#' @export
data_source.function <- function(x, n, columns, in_order = FALSE, ...,
                                 chunk_rows = min(10000, buffer_rows), buffer_rows = 200000,
                                 levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  check_reader(x)
  check_given(missing(n), "n")
  check_given(missing(columns), "columns")
  whole <- is_one_number(n) && is.finite(n) && n == round(n) && n >= 1 && n <= 2^53
  check_that(whole, n, "n", "a whole number of at least 1", hint_for_class(n, "n"))
  in_order <- check_flag(in_order, "in_order")
  columns <- source_columns(check_announced(columns), "`columns`")
  size <- check_sizes(chunk_rows, buffer_rows)
  read <- if (in_order) function_in_order(x, n) else x
  new_source(as.double(n), columns, read, unnamed_source, chunk_starts(n, size$chunk), size$buffer,
    levels, in_order = in_order,
    advice = "Your function must return the rows from `first` to `last` as a data frame."
  )
}

# Makes a function that reads one row after the other read any rows.
function_in_order <- function(read, n) {
  fetch <- function(stream, count) {
    first <- stream$at
    stream$at <- first + count
    read(first, first + count - 1)
  }
  reader_in_order(n, open = function() list2env(list(at = 1)), fetch = fetch, close = identity)
}

check_announced <- function(columns) {
  columns <- lapply(check_frame(columns, "columns", min_rows = 0L), plain_column)
  bad <- names(columns)[!vapply(columns, is_usable_column, TRUE)]
  if (length(bad)) {
    stop_column_type("columns", bad[1L], column_kinds, columns[[bad[1L]]])
  }
  columns
}

# What a column of a source can be.
column_kinds <- "numeric, logical, a factor, or text"

check_reader <- function(x) {
  arguments <- if (is.function(x) && !is.null(args(x))) names(formals(args(x)))
  if (length(arguments) < 2L && !"..." %in% arguments) {
    found <- if (is.function(x)) sprintf("a function of %.0f", length(arguments)) else describe(x)
    stop_input("x", "a function of two arguments, `first` and `last`", found,
      "Write it like `function(first, last) table[first:last, ]`."
    )
  }
}

# Makes a source of its parts. `columns` are source_columns(), `starts` is the first row of each
# chunk. `advice` says what to do if chunks are not as announced. `key` is the column by which rows
# are found, as `columns`: it is read, too, but is not one of them. `busy` is a connection that
# nobody else can use while rows are read. `whole_chunks` says that a part of a chunk takes as long
# to read as all of it. The source also has `recoded`, the names of the columns whose values
# `levels` compares as text. `release` is what reader_in_order() says.
new_source <- function(n, columns, read, label, starts, buffer_rows, levels, in_order = FALSE,
                       files = NULL, advice = NULL, key = NULL, busy = NULL,
                       whole_chunks = FALSE, release = attr(read, "release")) {
  if (is.null(advice)) advice <- "If the data have changed, call `data_source()` again."
  columns <- with_given_levels(columns, levels, label)
  structure(list(
    n = n, columns = columns, read = read, starts = starts, buffer_rows = buffer_rows,
    in_order = in_order, label = label, files = files, advice = advice,
    recoded = names(levels), key = key, busy = busy, whole_chunks = whole_chunks,
    release = release
  ), class = "feedforward_source")
}

chunk_starts <- function(n, chunk_rows) seq(1, n, by = chunk_rows)

# Returns list(chunk, buffer), numbers of rows.
check_sizes <- function(chunk_rows, buffer_rows) {
  # The default of `chunk_rows` depends on it.
  buffer <- check_count(buffer_rows, "buffer_rows")
  chunk <- check_count(chunk_rows, "chunk_rows")
  if (chunk > buffer) {
    stop_feedforward(
      "{.arg chunk_rows} is {whole_text(chunk)}, more than the {whole_text(buffer)} of
       {.arg buffer_rows}.",
      i = "A chunk must fit into the buffer: use a smaller {.arg chunk_rows} or a larger
           {.arg buffer_rows}."
    )
  }
  list(chunk = chunk, buffer = buffer)
}

# Returns plain columns without rows: double, logical, character, or factors. `label` is
# what messages call the data.
source_columns <- function(columns, label) {
  if (!length(columns)) {
    stop_feedforward("There are no columns in {label}.", i = "Use at least one column.")
  }
  check_source_names(names(columns), label)
  list2DF(Map(function(column, name) empty_column(column, name, label),
    unclass(columns), names(columns)), 0L)
}

check_source_names <- function(names, label, hint = "Name all columns.") {
  bad <- which(is.na(names) | !nzchar(names) | !is_text(names))
  if (length(bad)) {
    stop_feedforward("Column {bad[1L]} of {label} has no valid name.", i = "{hint}")
  }
  if (anyDuplicated(names)) {
    name <- names[duplicated(names)][1L]
    stop_feedforward("More than one column of {label} has the name {.code {name}}.",
      i = "Give each column its own name."
    )
  }
}

empty_column <- function(column, name, label) {
  if (is.factor(column)) {
    return(factor(levels = levels(column), ordered = is.ordered(column)))
  }
  column <- plain_column(column)
  if (!is_usable_column(column)) {
    found <- describe(column)
    stop_feedforward(
      "Column {.code {name}} of {label} must be {column_kinds}, not {found}.",
      i = "Convert it where the data are, or leave it out: by {.arg query} for a database, or by
           {.arg columns} for files."
    )
  }
  if (is.character(column)) character() else if (is.logical(column)) logical() else double()
}

# Refuses names in `arg` that are not `known` columns of a source.
check_known_columns <- function(names, arg, known, label) {
  absent <- setdiff(names, known)
  if (length(absent)) {
    name <- readable(absent[1L], 60L)
    hint <- hint_for_similar_column(absent[1L], known)
    stop_feedforward("{.arg {arg}} names the column {.code {name}}, which is not in {label}.",
      i = "{hint}"
    )
  }
  names
}

# Makes factors of the columns that `levels` names.
with_given_levels <- function(columns, levels, label) {
  if (is.null(levels)) {
    return(columns)
  }
  named <- is.list(levels) && !is.object(levels) && length(levels) > 0L && !is.null(names(levels))
  check_that(named, levels, "levels", "NULL, or a named list of levels",
    "Write it like `list(color = c(\"red\", \"blue\"))`."
  )
  check_names(names(levels), "levels", "element")
  check_known_columns(names(levels), "levels", names(columns), label)
  for (name in names(levels)) {
    columns[[name]] <- factor(levels = check_given_levels(levels[[name]], name))
  }
  columns
}

check_given_levels <- function(x, name) {
  arg <- sprintf("levels$%s", name_in_code(name))
  plain <- is.atomic(x) && !is.object(x) && length(x) > 0L && !anyNA(x)
  check_that(plain, x, arg, "a vector of levels without missing values",
    if (is.factor(x)) "Use `levels()` to get the levels of a factor."
  )
  text <- values_as_text(x)
  check_names(text, arg, "level")
  text
}

# Numbers as text. Whole numbers have all their digits, where as.character() writes 1e+05.
values_as_text <- function(x) {
  text <- as.character(x)
  if (is.double(x)) {
    whole <- is.finite(x) & x == round(x) & abs(x) < 1e15
    text[whole] <- whole_text(x[whole])
  }
  text
}

# What messages call a source that has no name of its own.
unnamed_source <- "the source"

# Lets messages call such a source by the argument in which it came.
called_by_argument <- function(source, arg) {
  if (source$label == unnamed_source) source$label <- sprintf("`%s`", arg)
  source
}

# Ends what reading in order keeps open, such as a query that locks its database.
release_source <- function(x) if (is_source(x) && is.function(x$release)) x$release()

is_source <- function(x) inherits(x, "feedforward_source")

# Refuses what data_source() did not make.
check_source <- function(x, arg) {
  code <- code_for_source(x, arg)
  hint <- if (is_source(x)) {
    "To change a source, call `data_source()` again."
  } else if (!is.null(code)) {
    sprintf("Use `%s`.", code)
  }
  check_that(is_source(x) && is_valid_source(x), x, arg, "the result of `data_source()`", hint)
}

is_valid_source <- function(x) {
  is.list(x) && is_one_number(x$n) && x$n >= 1 && is.data.frame(x$columns) &&
    length(x$columns) > 0L && is.function(x$read) && is.double(x$starts) &&
    length(x$starts) > 0L && identical(x$starts[1L], 1) && is_one_number(x$buffer_rows) &&
    has_valid_chunks(x) && rlang::is_bool(x$in_order) && rlang::is_bool(x$whole_chunks) &&
    rlang::is_string(x$label)
}

has_valid_chunks <- function(x) {
  sizes <- chunk_sizes(x)
  isTRUE(all(sizes >= 1 & sizes <= x$buffer_rows & sizes == round(sizes)))
}

chunk_sizes <- function(source) diff(c(source$starts, source$n + 1))
