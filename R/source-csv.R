# Sources in CSV and TSV files. A first pass finds where each chunk starts, so that chunks can be
# read in any order. Chunks are then parsed by data.table.

csv_source <- function(files, columns, chunk_rows, buffer_rows, levels) {
  rlang::check_installed("data.table", "to read CSV files.")
  if (length(files) > 1L) {
    stop_feedforward("{.arg x} must be one CSV file, not {length(files)}.",
      i = "Make a source of each, or join the files first."
    )
  }
  label <- attr(files, "label")
  layout <- with_file(files[1L], csv_layout(as.vector(files), label, chunk_rows))
  typed <- is.data.frame(columns)
  wanted <- if (typed) source_columns(check_announced(columns), "`columns`")
  chosen <- chosen_columns(if (typed) names(wanted) else columns, layout$names, label)
  bytes <- reader_of_bytes(layout$file, layout$size, max(layout$offsets))
  # As text, so that codes such as 01 stay as they are.
  recoded <- intersect(names(levels), chosen)
  if (!typed) wanted <- widest_columns(layout, csv_reader(layout, bytes, chosen, recoded), label)
  text <- union(recoded, chosen[vapply(as.list(wanted), is_discrete, TRUE)])
  read <- csv_reader(layout, bytes, chosen, text, wanted)
  new_source(layout$n, wanted, read, label, chunk_rows, buffer_rows, levels,
    starts = layout$starts, in_order = is_compressed(layout$file),
    advice = csv_advice
  )
}

csv_advice <- paste(
  "If the file has changed, call `data_source()` again. Otherwise, look for lines with more or",
  "fewer fields than others, and for quotes that do not end."
)

# Returns where the rows of a file are: list(file, size, names, sep, n, starts, offsets), with the
# first byte of each chunk in `offsets`, counted from 0, and the end of the last one.
csv_layout <- function(file, label, chunk_rows) {
  found <- find_lines(file, chunk_rows)
  sep <- if (grepl("[.]tsv([.]gz)?$", file, ignore.case = TRUE)) "\t" else ","
  names <- csv_names(found$header, sep)
  check_source_names(names, label)
  if (sep == "," && length(names) == 1L && grepl("[;\t]", names)) {
    other <- if (grepl(";", names)) "semicolons" else "tabs"
    stop_feedforward("The fields of {label} seem to be separated by {other}.",
      i = "Fields must be separated by commas, or in a {.file .tsv} file by tabs."
    )
  }
  if (found$n == 0) {
    stop_feedforward("There are no rows in {label}.",
      i = "The first line has the names of columns."
    )
  }
  starts <- chunk_starts(found$n, chunk_rows)
  list(file = file, size = file.size(file), names = names, sep = sep, n = found$n, starts = starts,
    offsets = c(found$offsets[seq_along(starts)], found$end))
}

# The first pass. Returns list(header = bytes of the first line, n = number of further lines,
# offsets = where every `chunk_rows`-th of them starts, end = where the last one ends). Line ends
# within quotes do not count, nor do empty lines at the end.
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
  if (state$quoted) {
    stop_feedforward("The last quote (\") does not end.",
      i = "Look for a field with one quote only."
    )
  }
  list(header = state$header, n = max(0, state$n - state$blank), offsets = unlist(state$offsets),
    end = min(state$content, size))
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
csv_names <- function(header, sep) {
  if (identical(header[1:3], as.raw(c(0xef, 0xbb, 0xbf)))) header <- header[-(1:3)]
  fields <- read_fields(header, sep = sep, colClasses = "character", na.strings = NULL)
  unlist(fields, use.names = FALSE)
}

# Returns a function that reads rows. Columns of `text` are text, whatever they hold.
csv_reader <- function(layout, bytes, chosen, text, wanted = NULL) {
  select <- match(chosen, layout$names)
  if (identical(select, seq_along(layout$names))) select <- NULL
  as_text <- if (length(text)) list(character = match(text, layout$names))
  reader_of_chunks(layout$starts, layout$n, function(begin, end) {
    part <- bytes(layout$offsets[begin], layout$offsets[end + 1L])
    data <- read_fields(part, sep = layout$sep, na.strings = c("NA", ""), select = select,
      colClasses = as_text)
    if (length(data) != length(chosen)) {
      stop_feedforward("The lines have {length(data)} field{?s}, but the first line of the file has
        {length(layout$names)}.")
    }
    as_announced(rlang::set_names(data, chosen), wanted[setdiff(chosen, text)])
  })
}

# Parses CSV without a line of names. data.table warns where it drops or changes something.
read_fields <- function(bytes, ...) {
  newline <- as.raw(0x0a)
  if (!identical(bytes[length(bytes)], newline)) bytes <- c(bytes, newline)
  # data.table refuses lines without any text. They are missing values of a single column.
  if (is_line_end(bytes[1L]) && all(is_line_end(bytes))) {
    return(data.frame(V1 = rep(NA, sum(bytes == newline))))
  }
  data <- withCallingHandlers(
    data.table::fread(text = rawToChar(bytes), header = FALSE, quote = "\"", encoding = "UTF-8",
      integer64 = "double", data.table = FALSE, showProgress = FALSE, ...),
    warning = function(cnd) {
      text <- readable(conditionMessage(cnd))
      stop_feedforward("{text}")
    }
  )
  # data.table leaves the doubled quotes within quoted text as they are.
  text <- vapply(data, is.character, TRUE)
  if (any(text) && keeps_doubled_quotes()) data[text] <- lapply(data[text], single_quotes)
  data
}

is_line_end <- function(bytes) bytes == as.raw(0x0a) | bytes == as.raw(0x0d)

# Later versions may not.
keeps_doubled_quotes <- function() {
  read <- data.table::fread(text = "\"a\"\"b\",c\n", header = FALSE, data.table = FALSE)
  read[[1L]] == "a\"\"b"
}

single_quotes <- function(column) {
  valid <- is_text(column)
  column[valid] <- gsub("\"\"", "\"", column[valid], fixed = TRUE)
  column
}

# Numbers that data.table takes for text, such as those with more than 20 digits.
as_announced <- function(data, wanted) {
  for (name in names(wanted)[are_plain_doubles(as.list(wanted))]) {
    if (is.character(data[[name]])) data[[name]] <- text_as_numbers(data[[name]])
  }
  data
}

# Text that has only numbers becomes numbers.
text_as_numbers <- function(column) {
  numbers <- suppressWarnings(as.double(column))
  if (anyNA(numbers[!is.na(column)])) column else numbers
}

# Reads all chunks and returns the columns, each with a type that fits all of its values.
widest_columns <- function(layout, read, label) {
  columns <- NULL
  table <- list(read = read, starts = layout$starts, label = label, advice = csv_advice)
  ends <- c(layout$starts[-1L] - 1, layout$n)
  for (k in seq_along(ends)) {
    part <- list(table = table, first = layout$starts[k], last = ends[k])
    data <- read_part(part)
    for (name in names(data)[vapply(data, is.character, TRUE)]) {
      refuse_invalid_text(data[[name]], name, part)
    }
    found <- lapply(data, type_of_column)
    columns <- if (is.null(columns)) found else Map(wider_type, columns, found)
  }
  columns <- lapply(columns, function(type) if (is.null(type)) double() else type)
  source_columns(columns, label)
}

# Returns an empty column of a type, or NULL if there are no values.
type_of_column <- function(column) {
  if (all(is.na(column))) {
    return(NULL)
  }
  if (is.character(column)) column <- text_as_numbers(column)
  if (is.integer(column) && !is.object(column)) double() else column[0L]
}

wider_type <- function(a, b) {
  if (is.null(a) || identical(a, b)) {
    return(b)
  }
  if (is.null(b)) a else character()
}

# ---- Bytes ---------------------------------------------------------------------------

is_compressed <- function(file) grepl("[.]gz$", file, ignore.case = TRUE)

open_bytes <- function(file) {
  if (is_compressed(file)) gzfile(file, "rb") else file(file, "rb", raw = TRUE)
}

# Returns a function that reads the bytes of a file between two offsets, up to `end`. A compressed
# file stays open until then. It is read from its start if it is already past the first offset.
reader_of_bytes <- function(file, size, end) {
  state <- new.env(parent = emptyenv())
  reset <- function(state) {
    if (!is.null(state$con)) close(state$con)
    state$con <- NULL
    state$at <- 0
  }
  reset(state)
  function(from, to) {
    found <- file.size(file)
    if (!identical(found, size)) {
      stop_feedforward("The file has {whole_text(found)} bytes instead of {whole_text(size)}.")
    }
    complete <- FALSE
    on.exit(if (!complete || !is_compressed(file) || to == end) reset(state))
    if (from < state$at) reset(state)
    if (is.null(state$con)) state$con <- open_bytes(file)
    if (is_compressed(file)) {
      skip_bytes(state$con, from - state$at)
    } else {
      seek(state$con, from)
    }
    bytes <- readBin(state$con, "raw", to - from)
    state$at <- to
    complete <- length(bytes) == to - from
    bytes
  }
}

skip_bytes <- function(con, n, block = 2^22) {
  while (n > 0) {
    skipped <- length(readBin(con, "raw", min(n, block)))
    if (skipped == 0L) stop_feedforward("The file ends too early.")
    n <- n - skipped
  }
}
