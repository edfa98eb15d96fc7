# Sources in databases. With a key, a chunk is a range of its values, so chunks can be read in any
# order. Without one, rows come from the open result of one query.

#' @rdname data_source
#' @order 4
#' @export
data_source.DBIConnection <- function(x, table = NULL, query = NULL, key = NULL, ...,
                                      chunk_rows = min(10000, buffer_rows), buffer_rows = 200000,
                                      levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  rlang::check_installed("DBI", "to read a database.")
  from <- check_from(x, table, query)
  size <- check_sizes(chunk_rows, buffer_rows)
  known <- names(ask_database(from, paste("SELECT * FROM", from$rows, "WHERE 1 = 0")))
  key <- check_key(from, key, known)
  n <- count_rows(from, key)
  ranges <- if (!is.null(key)) key_ranges(from, key, n, size$chunk)
  starts <- chunk_starts(n, size$chunk)
  read <- if (is.null(key)) reader_of_result(from, n) else reader_of_ranges(from, ranges, starts, n)
  first <- if (is.null(key)) first_rows(from, size$chunk) else read(1, min(n, size$chunk))
  check_source_names(names(first), from$label)
  is_key <- names(first) %in% key$name
  columns <- source_columns(known_types(from, first[!is_key]), from$label)
  new_source(n, columns, read, from$label, starts, size$buffer, levels,
    in_order = is.null(key), advice = if (is.null(key)) advice_without_key,
    key = if (any(is_key)) source_columns(first[is_key], from$label),
    busy = if (is.null(key)) from$con, whole_chunks = !is.null(key)
  )
}

advice_without_key <- paste(
  "Without a `key`, the rows come from one open query. Other queries on the same connection end",
  "it. If the data have changed, call `data_source()` again."
)

#' @rdname data_source
#' @order 5
#' @export
data_source.tbl_sql <- function(x, key = NULL, ..., chunk_rows = min(10000, buffer_rows),
                                buffer_rows = 200000, levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  rlang::check_installed("dbplyr", "to read a lazy table.")
  remote <- tryCatch(list(con = dbplyr::remote_con(x), query = dbplyr::sql_render(x)),
    error = function(cnd) {
      stop_feedforward("{.arg x} cannot be turned into a query of a database.", parent = cnd)
    }
  )
  data_source(remote$con, query = as.character(remote$query), key = key, chunk_rows = chunk_rows,
    buffer_rows = buffer_rows, levels = levels)
}

# Returns where the rows come from: the connection, the text that stands behind FROM, the query that
# returns all rows, the table as it is quoted, and the name for messages.
check_from <- function(con, table, query) {
  check_that(isS4(con), con, "x", "a connection made by `DBI::dbConnect()`")
  if (!DBI::dbIsValid(con)) {
    stop_feedforward("{.arg x} is a closed connection.", i = "Connect to the database again.")
  }
  if (is.null(table) == is.null(query)) {
    stop_feedforward("Use either {.arg table} or {.arg query} to say which rows to read.",
      i = "Write it like {.code data_source(x, table = \"flights\")}."
    )
  }
  if (!is.null(query)) {
    query <- sub("[;[:space:]]+$", "", check_string(query, "query"))
    if (grepl("^[[:alnum:]_.]+$", query)) {
      stop_input("query", "a SELECT statement", describe(query), "For a table, use `table`.")
    }
    # The line may end with a comment.
    rows <- paste0("(", query, "\n) AS ", DBI::dbQuoteIdentifier(con, "feedforward_rows"))
    return(list(con = con, rows = rows, query = query, label = "the query"))
  }
  table <- check_table_name(table)
  if (is.character(table) && grepl("^[[:space:]]*(select|with)[[:space:]]", table, TRUE)) {
    stop_input("table", "the name of a table", describe(table), "For a statement, use `query`.")
  }
  quoted <- as.character(DBI::dbQuoteIdentifier(con, table))
  list(con = con, rows = quoted, query = paste("SELECT * FROM", quoted), table = quoted,
    label = paste("the table", table_in_words(con, table)))
}

check_table_name <- function(table) {
  if (inherits(table, c("Id", "SQL"))) table else check_string(table, "table")
}

table_in_words <- function(con, table) {
  special <- inherits(table, c("Id", "SQL"))
  if (special) as.character(DBI::dbQuoteIdentifier(con, table)) else sprintf("`%s`", table)
}

# Returns list(name, sql, unique) of the key, or NULL if the rows have none.
check_key <- function(from, key, known) {
  if (is.null(key)) {
    return(if (!is.null(from$table) && inherits(from$con, "SQLiteConnection")) rowid(from, known))
  }
  key <- check_string(key, "key")
  if (!key %in% known) {
    hint <- hint_for_similar_column(key, known)
    stop_feedforward("{.arg key} is {.code {key}}, but {from$label} has no such column.",
      i = "{hint}"
    )
  }
  list(name = key, sql = as.character(DBI::dbQuoteIdentifier(from$con, key)), unique = FALSE)
}

# Tables of SQLite have a hidden key, except for views and tables that were made WITHOUT ROWID. A
# column of the same name hides it.
rowid <- function(from, known) {
  name <- setdiff(c("_rowid_", "rowid", "oid"), tolower(known))[1L]
  if (is.na(name)) {
    return(NULL)
  }
  # A view has a NULL for each row, or no such column, which depends on the version.
  query <- sprintf("SELECT COUNT(%s) = COUNT(*) AS complete FROM %s", name, from$rows)
  found <- tryCatch(DBI::dbGetQuery(from$con, query)$complete, error = function(cnd) 0)
  if (found == 1) list(name = NULL, sql = name, unique = TRUE)
}

count_rows <- function(from, key) {
  counts <- if (is.null(key) || key$unique) {
    "COUNT(*)"
  } else {
    sprintf("COUNT(*), COUNT(%s), COUNT(DISTINCT %s)", key$sql, key$sql)
  }
  found <- ask_database(from, paste("SELECT", counts, "FROM", from$rows))
  found <- vapply(unclass(found), function(x) as.double(plain_column(x)), 0)
  if (found[1L] == 0) {
    stop_feedforward("There are no rows in {from$label}.", i = "Use data with at least 1 row.")
  }
  if (any(found != found[1L])) {
    problem <- if (found[2L] < found[1L]) "missing values" else "repeated values"
    stop_feedforward("The key {.code {key$name}} of {from$label} has {problem}.",
      i = "A key has a value of its own for each row."
    )
  }
  found[[1L]]
}

# Returns list(key, from, to) as SQL: the key, its first value in each chunk, and its last of all.
key_ranges <- function(from, key, n, chunk_rows) {
  ends <- ask_database(from, sprintf("SELECT MIN(%s) AS a, MAX(%s) AS b FROM %s", key$sql, key$sql,
    from$rows))
  ends <- lapply(unclass(ends), plain_column)
  # Most tables of SQLite number their rows without gaps.
  gapless <- key$unique && ends$b - ends$a + 1 == n
  begins <- if (gapless) {
    seq(ends$a, ends$b, by = chunk_rows)
  } else {
    every_kth_key(from, key, chunk_rows)
  }
  list(key = key$sql, from = key_in_sql(begins, key, from), to = key_in_sql(ends$b, key, from))
}

every_kth_key <- function(from, key, chunk_rows) {
  query <- sprintf(paste(
    "SELECT k FROM (SELECT %s AS k, ROW_NUMBER() OVER (ORDER BY %s) AS r FROM %s)",
    "AS numbered WHERE (r - 1) %% %d = 0 ORDER BY r"
  ), key$sql, key$sql, from$rows, chunk_rows)
  plain_column(ask_database(from, query)[[1L]])
}

# Only whole numbers and text come back from R exactly as they were.
key_in_sql <- function(values, key, from) {
  if (is.character(values)) {
    return(as.character(DBI::dbQuoteString(from$con, enc2utf8(values))))
  }
  whole <- is_number_vector(values) && !is.logical(values) && all(values == round(values)) &&
    all(abs(values) < 2^53)
  if (!whole) {
    stop_feedforward("The key {.code {key$name}} of {from$label} must have whole numbers or text.",
      i = "Numbers must be below 2^53. For other keys, number the rows in {.arg query}."
    )
  }
  whole_text(values)
}

reader_of_ranges <- function(from, ranges, starts, n) {
  force(from)
  force(ranges)
  reader_of_chunks(starts, n, function(begin, end) {
    last <- end == length(ranges$from)
    until <- if (last) paste("<=", ranges$to) else paste("<", ranges$from[end + 1L])
    query <- sprintf("SELECT * FROM %s WHERE %s >= %s AND %s %s ORDER BY %s",
      from$rows, ranges$key, ranges$from[begin], ranges$key, until, ranges$key)
    first_rows(replace(from, "query", query), -1)
  })
}

reader_of_result <- function(from, n) {
  force(from)
  reader_in_order(n, open = function() send_query(from), fetch = fetch_rows,
    close = function(result) if (DBI::dbIsValid(result)) DBI::dbClearResult(result)
  )
}

send_query <- function(from) {
  # In another session, not even the class of a connection is known.
  if (!tryCatch(DBI::dbIsValid(from$con), error = function(cnd) FALSE)) {
    stop_feedforward("The connection to the database is closed.",
      i = "Open it again, and call {.fn data_source} with it."
    )
  }
  DBI::dbSendQuery(from$con, from$query)
}

first_rows <- function(from, n) {
  result <- send_query(from)
  on.exit(DBI::dbClearResult(result))
  fetch_rows(result, n)
}

# SQLite has types of values, not of columns. RSQLite warns where it changes a value to fit.
fetch_rows <- function(result, n) {
  withCallingHandlers(DBI::dbFetch(result, n = n), warning = function(cnd) {
    text <- readable(conditionMessage(cnd))
    stop_feedforward("The database warns: {text}",
      i = "Use {.arg query} with {.code CAST()} to give each column one type.",
      i = "Use {.code NULLIF()} first for text that is not a number, which would become 0."
    )
  })
}

# The type of a column without values in the first rows is that of the first value further on.
known_types <- function(from, first) {
  empty <- names(first)[vapply(first, function(x) is.atomic(x) && all(is.na(x)), TRUE)]
  for (name in empty) {
    column <- as.character(DBI::dbQuoteIdentifier(from$con, name))
    query <- sprintf("SELECT %s FROM %s WHERE %s IS NOT NULL", column, from$rows, column)
    value <- first_rows(replace(from, "query", query), 1L)[[1L]]
    first[[name]] <- value[rep(NA_integer_, nrow(first))]
  }
  first
}

ask_database <- function(from, query) {
  tryCatch(DBI::dbGetQuery(from$con, query), error = function(cnd) {
    stop_feedforward("The database cannot read {from$label}.", class = "feedforward_source_error",
      parent = cnd
    )
  })
}
