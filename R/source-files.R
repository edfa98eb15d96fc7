# Sources in files. What kind of files they are is told by their names.

#' @rdname data_source
#' @export
data_source.character <- function(x, columns = NULL, ..., chunk_rows = 10000, buffer_rows = 200000,
                                  levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  files <- source_files(x)
  buffer_rows <- check_count(buffer_rows, "buffer_rows")
  chunk_rows <- check_chunk_rows(chunk_rows, buffer_rows)
  if (!is.null(columns) && !is.data.frame(columns)) {
    names <- is.character(columns) && length(columns) > 0L && !anyNA(columns)
    check_that(names, columns, "columns", "NULL or the names of columns")
    check_names(columns, "columns", "element")
  }
  make <- switch(attr(files, "kind"), parquet = parquet_source, csv = csv_source,
    npy = npy_source)
  make(files, columns, chunk_rows, buffer_rows, levels)
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

files_in_folder <- function(folder) {
  files <- list.files(folder, "[.]parquet$", full.names = TRUE, ignore.case = TRUE)
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
  found <- vapply(file_endings, grepl, TRUE, x = file, ignore.case = TRUE)
  if (!any(found)) {
    stop_feedforward(
      "The name of the file {.file {visible(basename(file))}} must end with {.file .parquet},
       {.file .csv}, {.file .tsv}, {.file .csv.gz}, {.file .tsv.gz}, or {.file .npy}.",
      i = "The end of its name says what kind of file it is."
    )
  }
  names(file_endings)[found][1L]
}

# Returns the columns of a file that `columns` chooses, all if that is NULL.
chosen_columns <- function(columns, known, label) {
  if (is.null(columns)) {
    return(known)
  }
  check_known_columns(columns, "columns", known, label)
}
