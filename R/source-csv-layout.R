# Where the rows of a CSV file are, and how its columns are called: the first pass over its bytes.

# Returns where the rows of a file are: list(file, size, names, sep, doubled, n, starts, offsets),
# with the first byte of each chunk in `offsets`, counted from 0, and the end of the last one.
# `doubled` is the result of keeps_doubled_quotes().
csv_layout <- function(file, label, chunk_rows) {
  found <- with_file(file, find_lines(file, chunk_rows))
  if (found$quoted) {
    stop_feedforward("The last quote (\") of {label} does not end.",
      i = "Look for a field with one quote only."
    )
  }
  if (any(found$header == as.raw(0L))) {
    stop_feedforward("The encoding of {label} seems to be UTF-16.",
      i = "Save it in UTF-8: programs such as Excel call it \"CSV UTF-8\"."
    )
  }
  if (all(is_line_end(found$header))) {
    stop_feedforward("The first line of {label} is empty.", i = "It must name the columns.")
  }
  sep <- if (grepl("[.]tsv([.]gz)?$", file, ignore.case = TRUE)) "\t" else ","
  refuse_other_line_ends(found$header, label)
  refuse_other_separators(found$header, sep, label)
  doubled <- keeps_doubled_quotes()
  names <- with_file(file, csv_names(found$header, sep, doubled))
  if (found$n == 0) {
    stop_feedforward("There are no rows in {label}.",
      i = "The first line has the names of columns."
    )
  }
  warn_if_no_names(names, label)
  starts <- chunk_starts(found$n, chunk_rows)
  list(file = file, size = file.size(file), names = names, sep = sep, doubled = doubled,
    n = found$n, starts = starts, offsets = c(found$offsets[seq_along(starts)], found$end))
}

# Warns if the first line looks like a row of data. Among words, whole numbers such as years can be
# names.
warn_if_no_names <- function(names, label) {
  numbers <- is_number_text(names)
  if (all(numbers) || any(numbers & grepl(".", names, fixed = TRUE))) {
    warn_feedforward("The first line of {label} has numbers, which are used as names of columns.",
      i = "If it is a row of the data, add a line with the names of the columns before it.",
      class = "feedforward_no_names"
    )
  }
}

refuse_other_separators <- function(header, sep, label) {
  fields <- outside_quotes(header)
  has <- function(sign) grepl(sign, fields, fixed = TRUE, useBytes = TRUE)
  signs <- c(commas = ",", semicolons = ";", tabs = "\t", bars = "|")
  other <- names(signs)[vapply(signs, has, TRUE)]
  if (!has(sep) && length(other)) {
    stop_feedforward("The fields of {label} seem to be separated by {other[1L]}.",
      i = "Fields must be separated by commas, or in a {.file .tsv} file by tabs. Decimals have a
           point, as in 1.5.",
      i = "If this is the name of a single column, put it in quotes."
    )
  }
}

refuse_other_line_ends <- function(header, label) {
  if (grepl("\r[^\n]", outside_quotes(header), useBytes = TRUE)) {
    stop_feedforward("The lines of {label} do not end with a line feed.",
      i = "Save it with the line ends of Unix or Windows."
    )
  }
}

outside_quotes <- function(header) {
  gsub("\"[^\"]*\"", "", readBin(header, ""), useBytes = TRUE)
}

# The first pass. Returns list(header = bytes of the first line, n = number of further lines,
# offsets = where every `chunk_rows`-th of them starts, end = where the last one ends, quoted =
# whether a quote does not end). Line ends within quotes do not count, nor do blank lines at the
# end.
find_lines <- function(file, chunk_rows, block = 2^22) {
  con <- open_bytes(file)
  on.exit(close(con))
  state <- list(header = raw(), n = -1, offsets = list(), at = 0, end = 0, content = 0, blank = 0,
    quoted = 0, last = raw(1L))
  while (length(bytes <- readBin(con, "raw", block))) {
    state <- add_lines(state, bytes, chunk_rows)
  }
  size <- state$at
  # The last line may lack its end.
  if (size > state$end) state <- add_lines(state, charToRaw("\n"), chunk_rows)
  list(
    header = without_mark(state$header), n = max(0, state$n - state$blank),
    offsets = unlist(state$offsets), end = min(state$content, size), quoted = state$quoted == 1
  )
}

# Removes the byte order mark at the start of a file.
without_mark <- function(bytes) {
  if (identical(bytes[1:3], as.raw(c(0xef, 0xbb, 0xbf)))) bytes[-(1:3)] else bytes
}

# Adds a block of bytes to what is known of the lines. `n` is the number of lines without the first,
# `at` the number of bytes, `end` and `content` the ends of the last line and of the last line that
# is not blank, `blank` the number of blank lines at the end, `quoted` is 1 within quotes, `last` is
# the last byte.
add_lines <- function(state, bytes, chunk_rows) {
  quotes <- bytes == as.raw(0x22)
  ends <- which(bytes == as.raw(0x0a))
  if (state$quoted || any(quotes)) {
    # An even number of quotes stands before the end of a line.
    inside <- (cumsum(quotes) + state$quoted) %% 2
    ends <- ends[inside[ends] == 0]
    state$quoted <- inside[length(inside)]
  }
  if (state$n < 0) {
    state$header <- c(state$header, bytes[seq_len(c(ends, length(bytes))[1L])])
  }
  if (length(ends)) state <- add_ends(state, bytes, ends, chunk_rows)
  state$at <- state$at + length(bytes)
  state$last <- bytes[length(bytes)]
  state
}

add_ends <- function(state, bytes, ends, chunk_rows) {
  after <- state$at + ends
  lengths <- diff(c(state$end, after))
  before <- bytes[pmax(ends - 1L, 1L)]
  if (ends[1L] == 1L) before[1L] <- state$last
  filled <- which(lengths > 2 | (lengths == 2 & before != as.raw(0x0d)))
  state$blank <- if (length(filled)) length(ends) - max(filled) else state$blank + length(ends)
  if (length(filled)) state$content <- after[max(filled)]
  count <- state$n + seq_along(ends)
  state$offsets <- c(state$offsets, list(after[count %% chunk_rows == 0]))
  state$n <- state$n + length(ends)
  state$end <- after[length(after)]
  state
}

# Returns the fields of the first line.
csv_names <- function(header, sep, doubled) {
  found <- read_fields(header, sep = sep, colClasses = "character", na.strings = NULL)
  unlist(fields_of(found, doubled), use.names = FALSE)
}
