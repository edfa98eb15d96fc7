# Sources that are a big.matrix of the package bigmemory.

#' @rdname data_source
#' @order 6
#' @export
data_source.big.matrix <- function(x, ..., chunk_rows = min(10000, buffer_rows),
                                   buffer_rows = 200000, levels = NULL) {
  check_empty_dots(..., known = names(formals()))
  rlang::check_installed("bigmemory", "to read a big.matrix.")
  check_that(isS4(x) && bigmemory::is.big.matrix(x), x, "x", "a `big.matrix`")
  refuse_gone_matrix(x)
  size <- check_sizes(chunk_rows, buffer_rows)
  label <- "the big.matrix"
  shape <- dim(x)
  names <- if (is.null(colnames(x))) sprintf("V%.0f", seq_len(shape[2L])) else colnames(x)
  kinds <- rlang::set_names(rep(list(double()), length(names)), names)
  columns <- source_columns(list2DF(kinds, 0L), label)
  if (shape[1L] == 0) {
    stop_feedforward("There are no rows in {label}.", i = "Use data with at least 1 row.")
  }
  read <- function(first, last) {
    refuse_gone_matrix(x)
    rows <- x[seq(first, last), , drop = FALSE]
    list2DF(rlang::set_names(lapply(seq_along(names), function(k) rows[, k]), names), nrow(rows))
  }
  new_source(shape[1L], columns, read, label, chunk_starts(shape[1L], size$chunk), size$buffer,
    levels)
}

# A matrix that was stored and read again points to nowhere. bigmemory crashes when it reads it.
refuse_gone_matrix <- function(x) {
  if (bigmemory::is.nil(x@address)) {
    stop_feedforward("The {.cls big.matrix} is of another session.",
      i = "Use {.code bigmemory::attach.big.matrix()} to attach it again, and
           {.fn data_source} to make a source of it."
    )
  }
}
