# What R does with a source as with a table: its size, names, first and last rows, and printing.

#' @export
dim.feedforward_source <- function(x) {
  check_source(x, "x")
  c(x$n, length(x$columns))
}

#' @export
dimnames.feedforward_source <- function(x) {
  check_source(x, "x")
  list(NULL, names(x$columns))
}

#' @importFrom utils head
#' @export
head.feedforward_source <- function(x, n = 6, ...) {
  check_source(x, "x")
  read_rows_or_none(x, 1, min(check_count(n, "n", min = 0), x$n))
}

#' @importFrom utils tail
#' @export
tail.feedforward_source <- function(x, n = 6, ...) {
  check_source(x, "x")
  read_rows_or_none(x, max(1, x$n + 1 - check_count(n, "n", min = 0)), x$n)
}

read_rows_or_none <- function(source, first, last) {
  on.exit(release_source(source))
  if (first > last) source$columns else read_rows(source, first, last)
}

#' @rdname data_source
#' @order 7
#' @export
print.feedforward_source <- function(x, ...) {
  check_source(x, "x")
  wrapped <- function(...) cli::cat_line(strwrap(paste0(...), width = 80L, exdent = 2L))
  title <- c("A data source", if (x$label != unnamed_source) visible(x$label))
  cli::cat_line(cli::style_bold(strwrap(paste(title, collapse = ": "), 80L)))
  wrapped(thousands(x$n), " row", plural(x$n), " with ", source_columns_in_words(x$columns))
  wrapped(chunks_in_words(x))
  invisible(x)
}

# Other packages call it for data that they are given.
#' @noRd
#' @export
as.data.frame.feedforward_source <- function(x, ...) refuse_table_elsewhere(x, "x")

# Returns such as "20 columns: x1 (numeric), y (3 levels), and 18 more".
source_columns_in_words <- function(columns, most = 8L) {
  shown <- columns[seq_len(min(most, length(columns)))]
  kinds <- vapply(shown, function(column) {
    if (is.factor(column)) {
      return(counted(nlevels(column), "level"))
    }
    switch(typeof(column), double = "numeric", character = "text", "logical")
  }, "")
  kinds <- sprintf("%s (%s)", encodeString(names(shown)), kinds)
  more <- length(columns) - length(shown)
  if (more > 0L) kinds <- c(kinds, paste(more, "more"))
  sprintf("%s: %s", counted(length(columns), "column"), joined(kinds, "and"))
}

chunks_in_words <- function(x) {
  count <- length(x$starts)
  largest <- max(chunk_sizes(x))
  order <- if (x$in_order) "always in this order" else "in random order"
  key <- if (!is.null(x$key)) sprintf(" by the key `%s`", visible(names(x$key)))
  how <- if (count == 1L) {
    "All rows are read at once"
  } else {
    sprintf("Read in %s chunks of up to %s row%s, %s", thousands(count), thousands(largest),
      plural(largest), order)
  }
  sprintf("%s%s. The buffer holds up to %s row%s.", how, or_default(key, ""),
    thousands(x$buffer_rows), plural(x$buffer_rows))
}
