# Predictions as an SQL query.

#' Predict inside a database
#'
#' Writes the predictions of a network as one SQL query, so that a database computes them where the
#' data are. Neither R nor this package is needed to run the query.
#'
#' @param fit A model made by [feedforward()] with a data frame, with a formula that only names
#'   columns, or with a matrix that has column names.
#' @param table The name of the table, a string. The table must have the columns of the training
#'   data, with the same names. For a table in a schema, use two strings, such as
#'   `c("sales", "orders")`. For a database, schema, and table, use three. A string with a dot is a
#'   single name.
#' @param id Columns of the table that the query returns before the predictions, a character vector,
#'   or `NULL` (the default) for none. Databases return rows in any order, so you need a key to join
#'   the predictions with the table.
#' @param dialect The database: `"duckdb"`, `"sqlite"`, or `"postgres"`. DuckDB is the default,
#'   since it does not limit the number of columns in a query.
#' @param type What to predict: one or more of the types of [predict.feedforward()] for this model,
#'   such as `c("class", "prob")`. `"hidden"` cannot be combined with other types. `NULL` (the
#'   default) means both the classes and their probabilities, or the numbers.
#'
#' @returns The query, a string without a semicolon at the end. Use it as it is, after
#'   `CREATE VIEW predictions AS`, or in parentheses in place of a table. Its columns are those of
#'   `id`, and then the columns that `predict()` returns for a data frame. Classes are text, or
#'   Boolean if the outcome was logical. The query has a subquery for each step of the network.
#'
#' @details
#' Predictions equal those of `predict()` up to rounding, usually to 14 digits.
#'
#' - Text and factors are compared with the training levels, and logical columns with true and
#'   false, which SQLite stores as 1 and 0. For other numbers in a logical column, the query returns
#'   `NULL` in SQLite, while DuckDB and PostgreSQL take every number except 0 as true.
#' - Where `predict()` would stop, the query returns `NULL` for the row. This happens if it has a
#'   missing or infinite value, or a new level. Models trained with `missing = "indicator"` or
#'   `new_levels = "zero"` accept missing values or new levels where `predict()` does.
#' - If the table lacks a column, the database raises an error. The same holds for text in a column
#'   of numbers, except in SQLite: there the query returns `NULL` for the row, even for text such as
#'   `'3.5'`. If an import stored numbers as text, convert them first.
#' - If a value overflows (above 1e308), `predict()` warns. PostgreSQL stops with an error, and the
#'   other databases return `NULL`, `NaN`, or infinity.
#' - For a model made with a `raw` matrix, the table must have the bytes divided by 255.
#'
#' The query needs DuckDB 0.10, SQLite 3.35, or PostgreSQL 12, or newer versions. SQLite must have
#' its mathematical functions (`SQLITE_ENABLE_MATH_FUNCTIONS`), as it does in the R package RSQLite
#' and on most systems. With activation `"relu"` or `"leaky_relu"`, numeric predictions work without
#' them.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the model cannot be written as SQL. The message says
#' why, and what to do instead. These models cannot be written:
#' - Recipes, and computed terms in a formula, such as `log(a)`, are R code. Compute these columns
#'   first. For workflows of the tidymodels packages, `orbital::orbital()` also translates the
#'   recipe.
#' - Models made by [feedforward_cv()]: use [network_of()] to choose one of its networks.
#' - Images, and matrices without column names.
#' - Names of predictors, classes, or outcomes that differ only in upper and lower case, for DuckDB
#'   and SQLite.
#' - Columns of numbers that vary by about 1e-150 or less, for PostgreSQL.
#' - Networks that are too large: PostgreSQL allows 1,664 columns in a query, and SQLite 2,000.
#'
#' @seealso [predict.feedforward()]; [write_model()] for a file that other languages can read.
#' @examples
#' set.seed(1)
#' fit <- feedforward(mpg ~ wt + hp, data = mtcars, hidden_units = 2, epochs = 20)
#' cat(as_sql(fit, "cars", id = "model"))
#' @export
as_sql <- function(fit, table, id = NULL, dialect = c("duckdb", "sqlite", "postgres"),
                   type = NULL) {
  check_given(missing(fit), "fit")
  check_given(missing(table), "table")
  parts <- export_parts(fit, "as_sql")
  table <- check_table(table)
  id <- check_id(id)
  dialect <- check_choice(dialect, "dialect", names(sql_dialects))
  types <- check_export_types(type, fit)
  language <- sql_dialects[[dialect]]
  check_sql_columns(parts, dialect)
  if (dialect == "postgres") check_sql_scales(parts)
  program <- export_program(parts, types, language)
  check_sql_results(c(id, names(program$results)), length(id), dialect)
  check_sql_width(program, length(id), dialect)
  sql_query(program, table, id, language)
}

# ---- The query ----------------------------------------------------------------------

# A subquery for each step, and the predictions of the last one.
sql_query <- function(program, table, id, language) {
  steps <- program$steps
  names <- vapply(steps, `[[`, "", "name")
  # A table of the same name would be taken for the subquery.
  taken <- names == tolower(table[length(table)])
  names[taken] <- paste0(names[taken], "_")
  keys <- sprintf("id%d", seq_along(id))
  whole_table <- paste(paste(sql_name(table), collapse = "."), "AS t")
  with <- vapply(seq_along(steps), function(k) {
    kept <- if (k == 1L) sprintf("%s AS %s", language$column(id), keys) else keys
    from <- if (k == 1L) whole_table else names[k - 1L]
    body <- sql_select(c(kept[nzchar(kept)], steps[[k]]$keep), steps[[k]]$values, from, "  ")
    sprintf("%s AS %s(\n%s\n)", names[k], language$once, body)
  }, "")
  results <- rlang::set_names(program$results, sql_name(names(program$results)))
  kept <- sprintf("%s AS %s", keys, sql_name(id))
  last <- sql_select(kept, results, names[length(names)], "")
  enc2utf8(paste0("WITH ", paste(with, collapse = ",\n"), "\n", last))
}

# Columns that are kept as they are stand in the first line, and each value in a line of its own.
sql_select <- function(kept, values, from, margin) {
  kept <- if (length(kept)) paste0(" ", toString(kept), if (length(values)) ",")
  lines <- sprintf("%s  %s AS %s", margin, values, names(values))
  paste(c(
    paste0(margin, "SELECT", kept), paste(lines, collapse = ",\n"), paste0(margin, "FROM ", from)
  ), collapse = "\n")
}

# Quotes names, which may be anything.
sql_name <- function(name) sprintf("\"%s\"", gsub("\"", "\"\"", enc2utf8(name), fixed = TRUE))

sql_text <- function(text) sprintf("'%s'", gsub("'", "''", enc2utf8(text), fixed = TRUE))

# Returns the shortest of 15, 16, or 17 digits that stand for the same number. Whole numbers get a
# decimal point, since the quotient of two whole numbers would be whole, too.
sql_number <- function(x) {
  text <- sprintf("%.15g", x)
  for (digits in 16:17) {
    short <- as.double(text) != x
    text[short] <- sprintf("%.*g", digits, x[short])
  }
  whole <- !grepl("[.e]", text)
  text[whole] <- paste0(text[whole], ".0")
  text
}

# ---- Dialects -----------------------------------------------------------------------

sql_case <- function(conditions, values, otherwise = NULL) {
  if (length(conditions) == 0L) {
    return(otherwise)
  }
  when <- sprintf("WHEN %s THEN %s", conditions, values)
  last <- if (length(otherwise)) paste("ELSE", otherwise)
  paste(c("CASE", in_lines(when, sql_new_line), last, "END"), collapse = " ")
}

sql_choose <- function(x, keys, values) {
  when <- sprintf("WHEN %s THEN %s", keys, values)
  paste("CASE", x, in_lines(when, sql_new_line), "END")
}

sql_new_line <- "\n      "

# What the dialects have in common, and the differences of one. `real` is its type of numbers.
# Columns get the name of their table, since SQLite takes a quoted name that is no column for text.
sql_dialect <- function(real, differences) {
  number <- if (is.null(differences$number)) sql_number else differences$number
  common <- list(
    prefix = "", new_line = sql_new_line, number = number, bias = number, text = sql_text,
    truth = function(x) ifelse(x, "TRUE", "FALSE"),
    column = function(name) if (length(name)) paste0("t.", sql_name(name)) else character(),
    logical = function(x) sprintf("CAST(%s AS BOOLEAN)", x),
    # A number that is NaN is missing for R, but not for databases.
    from_number = function(x, missing) {
      x <- sprintf("CAST(%s AS %s)", x, real)
      if (missing) sprintf("nullif(%s, 'NaN')", x) else x
    },
    from_logical = function(x, missing) {
      sprintf("CAST(CAST(CAST(%s AS BOOLEAN) AS INTEGER) AS %s)", x, real)
    },
    equal = function(x, value) paste(x, "=", value),
    is_missing = function(x, yes) paste(x, if (yes) "IS NULL" else "IS NOT NULL"),
    # Infinite values and NaN would be predictions of their own.
    is_finite = function(x) sprintf("abs(%s) < 1e300", x), case = sql_case, choose = sql_choose,
    largest = function(values) sprintf("greatest(%s)", toString(values)),
    # For numbers that are not above 0, for numbers of which only those near 0 matter, and for all.
    exp = sql_exp, exp_within = sql_exp, exp_any = sql_exp, once = "", most_columns = Inf
  )
  utils::modifyList(common, differences)
}

sql_exp <- function(x) sprintf("exp(%s)", x)

# Numbers with an exponent are doubles in DuckDB. Others are decimals, with other rules.
duckdb_number <- function(x) {
  text <- sql_number(x)
  plain <- !grepl("e", text, fixed = TRUE)
  text[plain] <- paste0(text[plain], "e0")
  text
}

# PostgreSQL refuses products that are too small.
postgres_number <- function(x) sql_number(ifelse(abs(x) < least_in_postgres, 0, x))

least_in_postgres <- 1e-150

# exp() of large and small numbers is an error in PostgreSQL and some builds of SQLite. `limited`
# writes a number between two limits, of which the second may be NULL.
limited_exp <- function(limited) {
  list(
    exp = function(x) sprintf("exp(%s)", limited(x, "-300", NULL)),
    exp_within = function(x) sprintf("exp(%s)", limited(x, "-300", "300")),
    exp_any = function(x) sprintf("exp(%s)", limited(x, "-700", "709"))
  )
}

limited_in_sqlite <- function(x, low, high) {
  if (length(high)) x <- sprintf("min(%s, %s)", x, high)
  sprintf("max(%s, %s)", x, low)
}

# greatest() and least() of PostgreSQL ignore NULL.
limited_in_postgres <- function(x, low, high) {
  above <- if (length(high)) sprintf(" WHEN %s > %s THEN %s", x, high, high) else ""
  sprintf("CASE WHEN %s < %s THEN %s%s ELSE %s END", x, low, low, above, x)
}

# SQLite and PostgreSQL compute a step once only if it is materialized.
sql_dialects <- list(
  duckdb = sql_dialect("DOUBLE", list(number = duckdb_number)),
  sqlite = sql_dialect("REAL", c(limited_exp(limited_in_sqlite), list(
    truth = function(x) ifelse(x, "1", "0"), logical = identity,
    # Text would become 0. As an infinite number, it is refused, and not taken for a missing value.
    from_number = function(x, missing) {
      sprintf("CASE WHEN typeof(%s) IN ('text', 'blob') THEN 9e999 ELSE CAST(%s AS REAL) END", x, x)
    },
    # In a column of text, '1' would equal 1.
    from_logical = function(x, missing) {
      known <- sprintf("typeof(%s) NOT IN ('text', 'blob') AND %s IN (0, 1)", x, x)
      other <- if (missing) sprintf(" WHEN %s IS NOT NULL THEN 9e999", x) else ""
      sprintf("CASE WHEN %s THEN CAST(%s AS REAL)%s END", known, x, other)
    },
    largest = function(values) sprintf("max(%s)", toString(values)),
    once = "MATERIALIZED ", most_columns = 2000
  ))),
  postgres = sql_dialect("float8", c(limited_exp(limited_in_postgres), list(
    number = postgres_number, bias = function(x) paste0(postgres_number(x), "::float8"),
    once = "MATERIALIZED ", most_columns = 1664
  )))
)

# ---- Checks -------------------------------------------------------------------------

check_table <- function(table) {
  named <- is.character(table) && is.null(dim(table)) && length(table) %in% 1:3 &&
    !anyNA(table) && all(nzchar(table))
  check_that(named, table, "table", "the name of a table, a string",
    hint = "For a table in a schema, use `c(\"schema\", \"table\")`."
  )
  check_sql_text(table, "table")
  as.vector(unclass(table))
}

check_id <- function(id) {
  if (is.null(id)) {
    return(character())
  }
  named <- is.character(id) && is.null(dim(id)) && !anyNA(id) && all(nzchar(id))
  check_that(named, id, "id", "names of columns, a character vector")
  check_sql_text(id, "id")
  as.vector(unclass(id))
}

check_sql_text <- function(text, arg) {
  odd <- text[!is_text(text)]
  if (length(odd)) {
    shown <- readable(odd[1L])
    stop_feedforward("{.arg {arg}} has an invalid encoding: {shown}.",
      i = "Use {.fn iconv} to convert it to UTF-8."
    )
  }
}

check_export_types <- function(type, fit) {
  known <- types_for(fit)
  if (is.null(type)) {
    return(if (known[1L] == "class") known[1:2] else known[1L])
  }
  if (!is.character(type) || length(type) == 1L) {
    return(check_prediction_type(type, fit))
  }
  hint <- if ("hidden" %in% type) "Use a separate query for \"hidden\"."
  check_several_types(type, setdiff(known, "hidden"), hint)
}

check_several_types <- function(type, known, hint = NULL) {
  fits <- is.character(type) && length(type) > 0L && !anyDuplicated(type) && all(type %in% known)
  wanted <- paste("one or more of", joined(encodeString(known, quote = "\""), "and"))
  as.vector(check_that(fits, type, "type", wanted, hint))
}

# Refuses names that no table of a database has.
check_sql_columns <- function(parts, dialect, fn = "as_sql") {
  if (!is.null(parts$image)) {
    stop_feedforward("{.fn {fn}} cannot export a model for images.",
      i = "Train on a matrix with one row for each image and a column name for each pixel."
    )
  }
  names <- names_of_export(parts$columns)
  if (anyNA(names) || !all(nzchar(names))) {
    stop_feedforward("{.fn {fn}} needs the names of all predictors.",
      i = "Train on a matrix with column names, or on a data frame."
    )
  }
  twice <- names[duplicated(tolower(names))]
  if (dialect != "postgres" && length(twice)) {
    name <- twice[1L]
    stop_feedforward(
      "{.arg fit} has two predictors named {.code {name}}, in upper and lower case.",
      x = "To {dialect}, these are the same column.",
      i = "Train on columns with other names."
    )
  }
}

# PostgreSQL takes smaller numbers for 0, and would divide by 0.
check_sql_scales <- function(parts) {
  inputs <- parts$inputs
  widths <- ifelse(inputs$is == "interval", inputs$to - inputs$from, abs(inputs$scale))
  small <- which(widths < least_in_postgres)
  outcomes <- which(abs(parts$output$scale) < least_in_postgres)
  if (length(small)) {
    name <- names_of_export(parts$columns)[inputs$column[small[1L]]]
    what <- "numbers in the column {.code {name}}"
  } else if (length(outcomes)) {
    what <- "outcomes"
  } else {
    return()
  }
  stop_feedforward(paste("The", what, "are too small for PostgreSQL: about 1e-150 or less."),
    i = "Multiply them by a constant, and train again."
  )
}

check_sql_results <- function(names, ids, dialect) {
  plain <- if (dialect == "postgres") names else tolower(names)
  twice <- which(duplicated(plain))
  if (length(twice)) {
    same <- which(plain == plain[twice[1L]])
    name <- names[twice[1L]]
    if (same[1L] > ids) stop_same_results(names[same[1:2]], dialect)
    stop_feedforward("The query would have two columns named {.code {name}}.",
      i = "Use each column only once in {.arg id}, and do not use the name of a prediction."
    )
  }
  long <- names[nchar(enc2utf8(names), "bytes") > 63L]
  if (dialect == "postgres" && length(long)) {
    name <- readable(long[1L], 60L)
    stop_feedforward("The column {.code {name}} has more than 63 bytes, the limit of PostgreSQL.",
      i = "Use {.code type = \"class\"}, or train with shorter names."
    )
  }
}

# Classes, labels, or outcomes whose names differ in upper and lower case only.
stop_same_results <- function(names, dialect) {
  stop_feedforward("The query would have the columns {.code {names[1L]}} and {.code {names[2L]}}.",
    x = "To {dialect}, these are the same name.",
    i = "Use {.code type = \"class\"} for classes, or train with other names."
  )
}

# Refuses networks that a database cannot compute.
check_sql_width <- function(program, ids, dialect) {
  most <- sql_dialects[[dialect]]$most_columns
  widths <- vapply(program$steps, function(step) length(step$keep) + length(step$values), 1L)
  widest <- ids + max(widths, length(program$results))
  if (widest > most) {
    stop_feedforward(
      "This network needs {thousands(widest)} columns in a query, but {dialect} allows
       {thousands(most)}.",
      i = "Use {.code dialect = \"duckdb\"}, or a network with smaller layers."
    )
  }
}
