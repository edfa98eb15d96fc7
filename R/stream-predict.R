# Predictions for the rows of a source, chunk by chunk: one after the other in R, or written to
# files or a table.

# Returns a function that gives the predictions of the next chunk as a tibble, and NULL at the end.
predict_source <- function(model, source, ...) {
  read <- chunk_predictor(model, source, ...)
  chunks <- chunks_of(source)
  done <- 0L
  structure(
    function() {
      if (done < length(chunks$first)) {
        done <<- done + 1L
        read(chunks$first[done], chunks$last[done])$predictions
      }
    },
    class = "feedforward_predictions"
  )
}

#' @noRd
#' @export
print.feedforward_predictions <- function(x, ...) {
  cli::cat_line("Predictions for the chunks of a data source.")
  cli::cat_line("Each call of this function gives the next ones, and NULL at the end.")
  invisible(x)
}

# Returns a function of the first and last row that returns list(data, predictions). What is wrong
# with the arguments is found before a chunk is read.
chunk_predictor <- function(model, source, type = NULL, threshold = NULL, ...) {
  type <- check_prediction_type(type, model)
  check_prediction_threshold(threshold, model$outcome, type)
  known <- names(model$blueprint$ptypes$predictors)
  if (is.null(model$blueprint)) known <- plain_names(model)
  if (is.null(known)) {
    stop_feedforward("The model has no names of predictors, by which to find them in a source.",
      i = "Train it on a table, or on a matrix with column names."
    )
  }
  check_present(known, names(source$columns), "new_data")
  roles <- list(predictors = known)
  allow_missing <- any(model$inputs$has_missing)
  function(first, last) {
    data <- usable_rows(source, first, last, roles, allow_missing)
    predictions <- tryCatch(
      predict(model, data[known], type = type, threshold = threshold, ..., format = "tibble"),
      feedforward_error = function(cnd) {
        stop_part(list(table = source, first = first, last = last), "cannot be predicted.",
          hint = NULL, parent = cnd
        )
      }
    )
    list(data = data, predictions = predictions)
  }
}

#' Predict the rows of a data source and write the predictions
#'
#' Predicts a [data_source()] chunk by chunk, and writes the predictions to Parquet files or to a
#' database table, so that neither the rows nor the predictions need to fit into memory.
#'
#' @param fit A model that was trained on tables, made by [feedforward()] or [feedforward_cv()].
#' @param source A [data_source()] with the predictors of the model. Other columns are ignored,
#'   unless `keep` names them.
#' @param to Where to write: the path of a folder that does not exist yet, for one Parquet file per
#'   chunk (`part-000001.parquet`, ...), or an open database connection (see
#'   [DBI::dbConnect()]). It must not be the connection of a source that is read in order. Parquet
#'   files need the package nanoparquet.
#' @param ... Not used.
#' @param table For a database, the name of the new table. An existing table is an error.
#' @param keep Names of columns of the source to write in front of the predictions, by which you can
#'   join them to the rows. The `key` of a database source is not among its columns. `NULL` writes
#'   only the predictions.
#' @param type,threshold,level As in [predict()][predict.feedforward].
#'
#' @returns The number of rows that were written, invisibly. The columns of the predictions have the
#'   names that `predict()` gives them, such as `.pred_class` or `.pred`.
#'
#' @section Errors: An error of class `feedforward_error` if the target exists already, if a column
#'   is missing, or if rows cannot be read or predicted. Such an error names the chunk and its rows.
#'   What was written so far is removed.
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
    c(list(fit, source, type = type, threshold = threshold), interval),
    quote = TRUE
  )
  # The first chunk is predicted before anything is written: it shows wrong arguments.
  chunks <- chunks_of(source)
  first <- read(chunks$first[1L], chunks$last[1L])
  writer <- prediction_writer(to, table)
  done <- FALSE
  on.exit(if (!done) writer$remove())
  for (k in seq_along(chunks$first)) {
    part <- if (k == 1L) first else read(chunks$first[k], chunks$last[k])
    writer$write(list2DF(c(as.list(part$data[keep]), as.list(part$predictions))), k)
  }
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
  check_known_columns(keep, "keep", names(source$columns), source$label)
}

# Returns list(write = a function of a data frame and its number, remove).
prediction_writer <- function(to, table) {
  if (inherits(to, "DBIConnection")) {
    check_given(is.null(table), "table", hint = "Supply the name of the new table.")
    table <- check_string(table, "table")
    return(table_writer(to, table))
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

table_writer <- function(connection, table) {
  rlang::check_installed("DBI", "to write to a database.")
  if (DBI::dbExistsTable(connection, table)) {
    stop_feedforward("The database already has a table {.code {table}}.",
      i = "Choose another name, or remove the table with {.fn DBI::dbRemoveTable}."
    )
  }
  made <- FALSE
  list(
    write = function(data, number) {
      DBI::dbWriteTable(connection, table, data, append = number > 1L, row.names = FALSE)
      made <<- TRUE
    },
    remove = function() if (made) DBI::dbRemoveTable(connection, table)
  )
}

folder_writer <- function(folder) {
  rlang::check_installed("nanoparquet", "to write Parquet files.")
  if (file.exists(folder)) {
    stop_feedforward("{.arg to} is {.file {readable(folder)}}, which exists already.",
      i = "Choose the path of a new folder."
    )
  }
  made <- suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  if (!made) {
    stop_feedforward("{.arg to} is {.file {readable(folder)}}, which cannot be created.",
      i = "Choose another folder."
    )
  }
  list(
    write = function(data, number) {
      nanoparquet::write_parquet(data, file.path(folder, sprintf("part-%06d.parquet", number)))
    },
    remove = function() unlink(folder, recursive = TRUE)
  )
}
