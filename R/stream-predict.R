# Predictions for the rows of a source, chunk by chunk: one after the other in R, or written to
# files or a table.

# Returns a function that gives the predictions of the next chunk as a tibble, and NULL at the end.
predict_source <- function(model, source, ...) {
  state <- list2env(c(chunks_of(source), done = 0L))
  state$read <- chunk_predictor(model, source, "new_data", ...)
  structure(function() next_predictions(state), class = "feedforward_predictions")
}

next_predictions <- function(state) {
  if (state$done < length(state$first)) {
    chunk <- state$done + 1L
    columns <- state$read(state$first[chunk], state$last[chunk])
    # Only now: after an error, the next call tries the same chunk again.
    state$done <- chunk
    tibble::new_tibble(columns, nrow = length(columns[[1L]]))
  }
}

#' @noRd
#' @export
print.feedforward_predictions <- function(x, ...) {
  cli::cat_line("Predictions for the chunks of a data source.")
  cli::cat_line("Each call of this function gives the next ones, and NULL at the end.")
  invisible(x)
}

# Returns a function of the first and last row that returns the columns to `keep` and the
# predictions as one list. What is wrong with the arguments is found before a row is read.
chunk_predictor <- function(model, source, arg, keep = NULL, ...) {
  known <- names(model$blueprint$ptypes$predictors)
  if (is.null(model$blueprint)) known <- plain_names(model)
  if (is.null(known)) {
    stop_feedforward("The model has no names of predictors, by which to find them in a source.",
      i = "Train it on a table, or on a matrix with column names."
    )
  }
  check_present(known, names(source$columns), arg)
  source <- called_by_argument(source, arg)
  # Columns that nobody needs are not checked.
  source$columns <- columns_to_keep(source)[union(known, keep)]
  predict_rows <- function(data) stats::predict(model, data[known], ..., format = "tibble")
  check_no_clash(keep, names(predict_rows(source$columns)))
  roles <- list(predictors = known)
  read <- function(first, last) {
    # What a formula or recipe makes of missing and infinite values is only known afterwards.
    if (includes_outcome(model$inputs$kind)) {
      return(read_rows(source, first, last))
    }
    usable_rows(source, first, last, roles, model$inputs$has_missing, hint_for_new_missing(model))
  }
  warn_once <- new_level_warner()
  function(first, last) {
    part <- list(table = source, first = first, last = last)
    data <- read(first, last)
    refuse_rounded(data[keep], part)
    predictions <- withCallingHandlers(
      predict_rows(data),
      feedforward_new_levels = function(cnd) {
        warn_once(cnd$about, part)
        rlang::cnd_muffle(cnd)
      },
      feedforward_error = function(cnd) {
        count <- if (first > 1) {
          sprintf("In the error below, rows are counted from row %.0f of the source.", first)
        }
        stop_part(part, "cannot be predicted.", hint = count, parent = cnd)
      }
    )
    c(as.list(data[keep]), as.list(predictions))
  }
}

# Databases and files have whole numbers of 64 bits, of which doubles do not keep all digits. An id
# would be that of another row.
refuse_rounded <- function(columns, part) {
  for (name in names(columns)) {
    x <- columns[[name]]
    # Measurements are not whole, but for the largest.
    whole <- is.double(x) && isTRUE(all(x == round(x), na.rm = TRUE))
    row <- if (whole) match(TRUE, abs(x) >= 2^53 & abs(x) < 2^63, 0L) else 0L
    if (row > 0L) {
      place <- sprintf("in row %.0f, column `%s`", part$first + row - 1, name)
      stop_part(part,
        sprintf("has a whole number %s that is too large for R to store exactly.", place),
        "Convert the column to text where the data are, or leave it out of `keep`.")
    }
  }
}

# The columns of a source and its key, without rows.
columns_to_keep <- function(source) list2DF(c(as.list(source$columns), as.list(source$key)), 0L)

# Databases take names that differ only in their case for the same.
check_no_clash <- function(keep, names) {
  twice <- keep[tolower(keep) %in% tolower(names)]
  if (length(twice)) {
    name <- twice[1L]
    stop_feedforward("{.arg keep} names the column {.code {name}}, as the predictions are called.",
      i = "Leave it out, or give this column of the data another name."
    )
  }
}

# Returns a function that warns of new levels, once for each column.
new_level_warner <- function() {
  warned <- character()
  function(new, part) {
    if (new$column %in% warned) {
      return()
    }
    warned <<- c(warned, new$column)
    text <- sprintf("%s has the new level%s %s in column `%s`.", part_in_words(part),
      plural(length(new$levels)), listed(new$levels), new$column)
    warn_feedforward("{visible(text)}",
      i = "In rows with a new level, only the other columns count. There is no warning of further
           new levels in this column.",
      class = "feedforward_new_levels"
    )
  }
}

#' Predict the rows of a data source and write the predictions
#'
#' Predicts a [data_source()] chunk by chunk, and writes the predictions to Parquet files or to a
#' database table, so that neither the rows nor the predictions need to fit into memory.
#'
#' @param fit A model that was trained on tables, made by [feedforward()] or [feedforward_cv()].
#' @param source A [data_source()] with the predictors of the model. Only these columns are read,
#'   and those that `keep` names.
#' @param to Where to write: the path of a new folder, for one Parquet file per chunk
#'   (`part-000001.parquet`, ...), which needs the package nanoparquet; or an open database
#'   connection (see [DBI::dbConnect()]). If the rows of `source` are read in order from a database,
#'   use another connection, and for SQLite another file.
#' @param ... Not used.
#' @param table For a database, the name of the new table: a string, or the result of [DBI::Id()] or
#'   [DBI::SQL()].
#' @param keep Names of columns to write in front of the predictions, so that you can join them to
#'   the rows, or `NULL` for none. The `key` of a database source can be kept, too.
#' @param type,threshold,level As in [predict()][predict.feedforward].
#'
#' @returns The number of rows written, invisibly. The predictions have the column names that
#'   `predict()` gives them, such as `.pred_class` or `.pred`. Numbers are written as double, also
#'   whole ones, such as a key. Classes and other factors are text in most databases. From
#'   Parquet files, nanoparquet reads factors as such again. Logical values are written as such, or
#'   in SQLite as 0 and 1.
#'
#' @section Errors: An error of class `feedforward_error` if the target exists already, if a column
#'   is missing, if a name in `keep` is that of a prediction, or if rows cannot be read, predicted,
#'   or written. What was written so far is then removed.
#'
#' @seealso `predict(fit, source)` returns a function that gives the predictions of the next chunk
#'   at each call, and `NULL` after the last one.
#' @examples
#' rows <- function(first, last) cars[first:last, ]
#' source <- data_source(rows, n = 50, columns = cars, chunk_rows = 20, buffer_rows = 40)
#' fit <- feedforward(cars["speed"], cars$dist, epochs = 20)
#' next_predictions <- predict(fit, source)
#' while (!is.null(part <- next_predictions())) print(nrow(part))
#'
#' if (rlang::is_installed("RSQLite")) {
#'   con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
#'   write_predictions(fit, source, con, table = "predictions", keep = "speed")
#'   print(DBI::dbGetQuery(con, "SELECT * FROM predictions LIMIT 3"))
#'   DBI::dbDisconnect(con)
#' }
#' @export
write_predictions <- function(fit, source, to, ..., table = NULL, keep = NULL, type = NULL,
                              threshold = NULL, level) {
  check_given(missing(fit), "fit")
  check_given(missing(source), "source")
  check_given(missing(to), "to")
  check_empty_dots(...)
  check_model(fit, "fit", average = TRUE)
  check_source(source, "source")
  check_keep(keep, source)
  interval <- if (!missing(level)) list(level = level) else list()
  read <- do.call(chunk_predictor,
    c(list(fit, source, "source", keep, type = type, threshold = threshold), interval),
    quote = TRUE
  )
  writer <- prediction_writer(to, table, source)
  chunks <- chunks_of(source)
  done <- FALSE
  on.exit({
    release_source(source)
    if (!done) writer$remove()
  })
  with_room(source, for (k in seq_along(chunks$first)) {
    part <- list2DF(read(chunks$first[k], chunks$last[k]))
    writer$write(part, k)
  })
  done <- TRUE
  invisible(source$n)
}

check_keep <- function(keep, source) {
  if (is.null(keep)) {
    return()
  }
  fits <- is.character(keep) && length(keep) > 0L && !anyNA(keep)
  check_that(fits, keep, "keep", "names of columns of the source")
  check_names(keep, "keep", "element")
  check_known_columns(keep, "keep", names(columns_to_keep(source)), source$label)
}

# Returns list(write, remove): a function of a data frame and its number, which makes the target at
# the first call, and one that removes what was written. Refuses a target that cannot be used.
prediction_writer <- function(to, table, source) {
  if (inherits(to, "DBIConnection")) {
    check_given(is.null(table), "table", hint = "Supply the name of the new table.")
    table <- check_table_name(table)
    return(table_writer(to, table, source))
  }
  wanted <- "the path of a new folder, or a database connection"
  check_that(is.character(to) && length(to) == 1L, to, "to", wanted)
  to <- check_string(to, "to")
  if (!is.null(table)) {
    stop_feedforward("{.arg table} is only used if {.arg to} is a database connection.",
      i = "Leave it out."
    )
  }
  folder_writer(to)
}

table_writer <- function(connection, table, source) {
  rlang::check_installed("DBI", "to write to a database.")
  if (!DBI::dbIsValid(connection)) {
    stop_feedforward("{.arg to} is a closed connection.", i = "Connect to the database again.")
  }
  if (!is.null(source$busy) && identical(connection, source$busy)) {
    stop_feedforward("{.arg source} reads its rows in order from the connection {.arg to}.",
      i = "Use a source with a {.arg key}, or write to another database or to files."
    )
  }
  if (writing(DBI::dbExistsTable(connection, table))) {
    name <- table_in_words(connection, table)
    stop_feedforward("The database already has a table {name}.",
      i = "Choose another name, or remove the table with {.fn DBI::dbRemoveTable}."
    )
  }
  made <- FALSE
  list(
    write = function(data, number) {
      # Also a table that is only half written must go.
      made <<- TRUE
      writing(in_transaction(connection, DBI::dbWriteTable(connection, table, data,
        append = number > 1L, row.names = FALSE)))
    },
    # The connection may be what failed.
    remove = function() {
      try(if (made && DBI::dbExistsTable(connection, table)) DBI::dbRemoveTable(connection, table),
        silent = TRUE
      )
    }
  )
}

# Evaluates `code` in a transaction, so that an error leaves none open, which would swallow what is
# written later. Within a transaction of the user, there cannot be another.
in_transaction <- function(connection, code) {
  began <- tryCatch(isTRUE(DBI::dbBegin(connection)), error = function(cnd) FALSE)
  if (!began) {
    return(code)
  }
  done <- FALSE
  on.exit(if (!done) try(DBI::dbRollback(connection), silent = TRUE))
  force(code)
  DBI::dbCommit(connection)
  done <- TRUE
}

# Runs `code`, which writes predictions.
writing <- function(code) {
  tryCatch(code, error = function(cnd) {
    stop_feedforward("The predictions cannot be written to {.arg to}.", parent = cnd)
  })
}

# Names that people give to files.
endings_of_one_file <- "[.](csv|tsv|txt|parquet|feather|rds|json|xlsx|sqlite|db|duckdb|gz|zip)$"

folder_writer <- function(folder) {
  rlang::check_installed("nanoparquet", "to write Parquet files.")
  shown <- readable(folder)
  if (grepl(endings_of_one_file, folder, ignore.case = TRUE)) {
    stop_feedforward("{.arg to} is {.file {shown}}, but predictions are written to a folder of
      Parquet files.",
      i = "Use a name without this ending, or a database connection."
    )
  }
  if (file.exists(folder)) {
    stop_feedforward("{.arg to} is {.file {shown}}, which exists already.",
      i = "Choose the path of a new folder."
    )
  }
  made <- FALSE
  list(
    write = function(data, number) {
      if (!made) make_folder(folder)
      made <<- TRUE
      file <- file.path(folder, sprintf("part-%06d.parquet", number))
      writing(nanoparquet::write_parquet(data, file))
    },
    remove = function() if (made) unlink(folder, recursive = TRUE)
  )
}

make_folder <- function(folder) {
  if (!suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))) {
    shown <- readable(folder)
    stop_feedforward("{.arg to} is {.file {shown}}, which cannot be created.",
      i = "Choose another folder."
    )
  }
}
