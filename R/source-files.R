# Sources in files. What kind of files they are is told by their names.

#' @rdname data_source
#' @order 3
#' @export
data_source.character <- function(x, columns = NULL, ..., chunk_rows = min(10000, buffer_rows),
                                  buffer_rows = 200000, levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  files <- source_files(x)
  if (!is.null(columns) && !is.data.frame(columns)) {
    names <- is.character(columns) && length(columns) > 0L && !anyNA(columns)
    check_that(names, columns, "columns", "NULL or the names of columns")
    check_names(columns, "columns", "element")
  }
  if (attr(files, "kind") == "parquet") {
    # A file is a chunk.
    return(parquet_source(files, columns, check_count(buffer_rows, "buffer_rows"), levels))
  }
  make <- switch(attr(files, "kind"), csv = csv_source, npy = npy_source)
  make(files, columns, check_sizes(chunk_rows, buffer_rows), levels)
}

# What the names of files end with, and what messages call these files.
file_endings <- c(parquet = "[.]parquet$", csv = "[.][ct]sv([.]gz)?$", npy = "[.]npy$")
file_names <- c(parquet = "Parquet file", csv = "CSV file", npy = ".npy file")

# Returns the paths of the files in `x`, which is a folder or files of one kind, with the attributes
# `kind` and `label`, the name for messages.
source_files <- function(x) {
  paths <- is.character(x) && length(x) > 0L && !anyNA(x)
  check_that(paths, x, "x", "the path of a folder or of files")
  x <- vapply(as.vector(x), check_string, "", arg = "x", USE.NAMES = FALSE)
  refuse_other_paths(x)
  if (length(x) == 1L && file_kind(x) == "folder") {
    return(files_in_folder(x))
  }
  files <- vapply(x, check_file, "", arg = "x", USE.NAMES = FALSE)
  kinds <- vapply(files, kind_of_file, "", USE.NAMES = FALSE)
  if (length(unique(kinds)) > 1L) {
    stop_feedforward("{.arg x} has files of different kinds: {.file {visible(basename(files[1L]))}}
      and {.file {visible(basename(files[kinds != kinds[1L]][1L]))}}.",
      i = "Use one kind of files."
    )
  }
  label <- if (length(files) == 1L) {
    sprintf("the file `%s`", basename(files))
  } else {
    counted(length(files), file_names[[kinds[1L]]])
  }
  structure(files, kind = kinds[1L], label = label)
}

# Refuses text that names other things than files.
refuse_other_paths <- function(x) {
  hints <- c(
    "^[[:alnum:]]+://" = "Use `download.file()` to get it first.",
    "[.](sqlite3?|db3?|duckdb)$" = "Use `DBI::dbConnect()` to connect to a database.",
    "[*?]" = "Use `Sys.glob()` to list the files of a pattern."
  )
  for (pattern in names(hints)) {
    bad <- x[grepl(pattern, x, ignore.case = TRUE)]
    # A name can have any characters.
    if (pattern == "[*?]") bad <- bad[!file.exists(bad)]
    if (length(bad)) {
      stop_input("x", "the path of a folder or of files", describe(bad[1L]), hints[[pattern]])
    }
  }
}

files_in_folder <- function(folder) {
  found <- list.files(folder, "[.]parquet$", recursive = TRUE, ignore.case = TRUE)
  files <- file.path(folder, found[basename(found) == found])
  if (length(files) < length(found)) {
    inner <- visible(found[basename(found) != found][1L])
    stop_feedforward(
      "The folder {.file {visible(folder)}} has files in subfolders, such as {.file {inner}}.",
      i = "Give {.arg x} the paths of all files to read, such as by
           {.code list.files(x, \"[.]parquet$\", recursive = TRUE, full.names = TRUE)}.",
      i = "What only the names of folders say, such as {.file year=2024}, is not read."
    )
  }
  if (!length(files)) {
    stop_feedforward("There are no .parquet files in the folder {.file {visible(folder)}}.",
      i = "Other files are given by their paths."
    )
  }
  structure(normalizePath(files), kind = "parquet",
    label = sprintf("%s in `%s`", counted(length(files), file_names[["parquet"]]), basename(folder))
  )
}

kind_of_file <- function(file) {
  kinds <- kinds_of_file(file)
  if (!length(kinds)) {
    stop_feedforward(
      "The name of the file {.file {visible(basename(file))}} must end with {.file .parquet},
       {.file .csv}, {.file .tsv}, {.file .csv.gz}, {.file .tsv.gz}, or {.file .npy}.",
      i = "The end of its name says what kind of file it is."
    )
  }
  kinds[1L]
}

# What kinds of data a file has by the end of its name.
kinds_of_file <- function(file) {
  names(file_endings)[vapply(file_endings, grepl, TRUE, x = file, ignore.case = TRUE)]
}

# Evaluates `code`, which reads a file at construction.
with_file <- function(file, code) {
  tryCatch(code, error = function(cnd) {
    stop_feedforward("The file {.file {visible(basename(file))}} cannot be read.",
      class = "feedforward_source_error", parent = without_call(cnd)
    )
  })
}

# Returns the columns of a file that `columns` chooses, all if that is NULL.
chosen_columns <- function(columns, known, label) {
  if (is.null(columns)) {
    return(known)
  }
  check_known_columns(columns, "columns", known, label)
}
