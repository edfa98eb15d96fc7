# Sources in Parquet files. A file is a chunk, because nanoparquet reads whole files.

parquet_source <- function(files, columns, buffer_rows, levels) {
  rlang::check_installed("nanoparquet", "to read Parquet files.")
  label <- attr(files, "label")
  check_that(!is.data.frame(columns), columns, "columns", "NULL or the names of columns")
  files <- files_with_rows(as.vector(files), buffer_rows, label)
  schema <- parquet_kinds(files$path[1L])
  columns <- chosen_columns(columns, names(schema), label)
  for (file in files$path[-1L]) check_same_kinds(parquet_kinds(file), schema[columns], file, files)
  starts <- cumsum(c(1, files$rows))
  n <- starts[length(starts)] - 1
  starts <- starts[-length(starts)]
  read <- reader_of_chunks(starts, n, function(begin, end) {
    if (begin == end) {
      return(read_parquet_file(files$path[begin], columns))
    }
    bind_frames(lapply(files$path[begin:end], read_parquet_file, columns = columns))
  })
  first <- source_columns(read(1, files$rows[1L]), label)
  new_source(n, first, read, label, starts, buffer_rows, levels, whole_chunks = TRUE)
}

# Returns the paths and rows of the files that have rows.
files_with_rows <- function(files, buffer_rows, label) {
  rows <- vapply(files, function(file) {
    with_file(file, as.double(nanoparquet::read_parquet_info(file)$num_rows))
  }, 0, USE.NAMES = FALSE)
  large <- which(rows > buffer_rows)
  if (length(large)) {
    file <- visible(basename(files[large[1L]]))
    rows <- whole_text(rows[large[1L]])
    stop_feedforward("The file {.file {file}} has {rows} rows, more than {.arg buffer_rows}, which
      is {whole_text(buffer_rows)}.",
      i = "A Parquet file is read at once: use a larger {.arg buffer_rows}, or smaller files."
    )
  }
  if (all(rows == 0)) {
    stop_feedforward("There are no rows in {label}.", i = "Use data with at least 1 row.")
  }
  list(path = files[rows > 0], rows = rows[rows > 0])
}

# Levels of a factor can differ from file to file, so factors become text.
read_parquet_file <- function(file, columns) {
  data <- nanoparquet::read_parquet(file, col_select = columns)
  is_factor <- vapply(data, is.factor, TRUE)
  data[is_factor] <- lapply(data[is_factor], as.character)
  data
}

# Returns by column how the values are stored: all types of numbers are alike.
parquet_kinds <- function(file) {
  schema <- with_file(file, nanoparquet::read_parquet_schema(file))
  # The first row is the table. Nested columns have several rows.
  schema <- schema[!is.na(schema$r_col) & !duplicated(schema$r_col), ]
  kind <- schema$type
  kind[kind %in% c("INT32", "INT64", "FLOAT", "DOUBLE")] <- "NUMBER"
  rlang::set_names(kind, schema$name)
}

check_same_kinds <- function(kinds, wanted, file, files) {
  file <- visible(basename(file))
  first <- visible(basename(files$path[1L]))
  absent <- setdiff(names(wanted), names(kinds))
  if (length(absent)) {
    name <- absent[1L]
    stop_feedforward(
      "The file {.file {file}} lacks the column {.code {name}}, which {.file {first}} has.",
      i = "Use files with the same columns, or {.arg columns} to choose the common ones."
    )
  }
  other <- names(wanted)[!mapply(identical, unname(kinds[names(wanted)]), unname(wanted))]
  if (length(other)) {
    name <- other[1L]
    stop_feedforward(
      "The column {.code {name}} has another type in the file {.file {file}} than in
       {.file {first}}.",
      i = "Use files with the same columns, or {.arg columns} to choose the common ones."
    )
  }
}
