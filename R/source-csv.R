# Sources in CSV and TSV files. A first pass finds where each chunk starts, so that chunks can be
# read in any order. Chunks are then parsed by data.table.

csv_source <- function(files, columns, size, levels) {
  rlang::check_installed("data.table", "to read CSV files.")
  if (length(files) > 1L) {
    stop_feedforward("{.arg x} must be one CSV file, not {length(files)}.",
      i = "Make a source of each, or join the files first."
    )
  }
  label <- attr(files, "label")
  layout <- csv_layout(as.vector(files), label, size$chunk)
  typed <- is.data.frame(columns)
  wanted <- if (typed) source_columns(check_announced(columns), "`columns`")
  chosen <- chosen_columns(if (typed) names(wanted) else columns, layout$names, label)
  hint <- hint_for_csv_names(layout$names)
  check_source_names(layout$names[layout$names %in% chosen], label, hint)
  bytes <- reader_of_bytes(layout$file, layout$size, max(layout$offsets))
  # As text, so that codes such as 01 stay as they are.
  recoded <- intersect(names(levels), chosen)
  if (!typed) {
    found <- survey_csv(layout, csv_reader(layout, bytes, chosen, recoded), label)
    warn_of_text(found[setdiff(chosen, recoded)], label)
    types <- lapply(found, function(column) or_default(column$type, double()))
    wanted <- source_columns(types, label)
  }
  text <- union(recoded, chosen[vapply(as.list(wanted), is_discrete, TRUE)])
  read <- csv_reader(layout, bytes, chosen, text, wanted)
  new_source(layout$n, wanted, read, label, layout$starts, size$buffer, levels,
    in_order = is_compressed(layout$file), advice = csv_advice, whole_chunks = TRUE,
    release = attr(bytes, "release")
  )
}

hint_for_csv_names <- function(names) {
  if (nzchar(names[1L])) {
    return("Name all columns.")
  }
  "It looks like row names: write the file with `row.names = FALSE`, or use `columns`."
}

csv_advice <- paste(
  "If the file has changed, call `data_source()` again. Otherwise, look for blank lines, for",
  "lines with more or fewer fields than others, and for quotes that do not end."
)

# Returns a function that reads rows. Columns of `text` are text, whatever they hold.
csv_reader <- function(layout, bytes, chosen, text, wanted = NULL) {
  select <- match(chosen, layout$names)
  if (identical(select, seq_along(layout$names))) select <- NULL
  rows <- chunks_of(layout)
  reader_of_chunks(layout$starts, layout$n, function(begin, end) {
    part <- bytes(layout$offsets[begin], layout$offsets[end + 1L])
    first <- rows$first[begin]
    # data.table skips empty lines before others. In a single column, they are missing values.
    single <- length(layout$names) == 1L
    if (single) part <- c(charToRaw("NA\n"), part)
    read <- function(text) {
      found <- read_fields(part, sep = layout$sep, na.strings = c("NA", ""), select = select,
        colClasses = if (length(text)) list(character = match(text, layout$names)))
      # data.table selects columns by their number, and does not say how many there are.
      fields <- if (is.null(select)) {
        length(found$data)
      } else {
        length(csv_names(first_line(part), layout$sep, layout$doubled))
      }
      complete <- NROW(found$data) == rows$last[end] - first + 1 + single
      if (!complete || fields != length(layout$names)) {
        refuse_odd_lines(part, layout, first - single)
        if (complete) stop_fields("The lines have", fields, layout)
      }
      fields_of(found, layout$doubled)
    }
    data <- read(text)
    rounded <- vapply(data, may_be_rounded, TRUE)
    if (any(rounded)) {
      data[rounded] <- lapply(read(c(text, chosen[rounded]))[rounded], text_as_numbers)
    }
    if (single) data <- data[-1L, , drop = FALSE]
    as_announced(rlang::set_names(data, chosen), wanted[setdiff(chosen, text)])
  })
}

# Returns the first line of some bytes. Line ends within quotes do not count.
first_line <- function(bytes) {
  for (end in which(bytes == as.raw(0x0a))) {
    line <- bytes[seq_len(end)]
    if (sum(line == as.raw(0x22)) %% 2 == 0) {
      return(line)
    }
  }
  bytes
}

# Names the first line without the right number of fields, if there is one. `first` is the row of
# the first line.
refuse_odd_lines <- function(part, layout, first) {
  con <- textConnection(sub("\n$", "", rawToChar(part)))
  on.exit(close(con))
  counts <- utils::count.fields(con, layout$sep, quote = "\"", blank.lines.skip = FALSE,
    comment.char = "")
  # Lines that end within quotes have no number of their own.
  counts <- counts[!is.na(counts)]
  # An empty line is a missing value of a single column.
  allowed <- c(length(layout$names), if (length(layout$names) == 1L) 0L)
  line <- match(FALSE, counts %in% allowed)
  if (is.na(line)) {
    return(invisible())
  }
  row <- whole_text(first + line - 1)
  if (counts[line] == 0L) stop_feedforward("Row {row} is an empty line.")
  stop_fields(sprintf("Row %s has", row), counts[line], layout)
}

stop_fields <- function(subject, fields, layout) {
  stop_feedforward("{subject} {fields} field{?s}, but the first line of the file has
    {length(layout$names)}.")
}

# Parses CSV without a line of names. Returns list(data, warned).
read_fields <- function(bytes, ...) {
  newline <- as.raw(0x0a)
  if (!identical(bytes[length(bytes)], newline)) bytes <- c(bytes, newline)
  found <- parse_fields(rawToChar(bytes), ...)
  # data.table warns where it drops or changes something, but also if it was interrupted before.
  if (is.null(found$warned)) found else parse_fields(rawToChar(bytes), ...)
}

# Returns the data that were read, unless data.table warned.
fields_of <- function(found, doubled) {
  if (!is.null(found$warned)) {
    text <- readable(found$warned)
    stop_feedforward("{text}")
  }
  data <- found$data
  text <- vapply(data, is.character, TRUE)
  if (doubled) data[text] <- lapply(data[text], single_quotes)
  data
}

# Returns list(data, warned), with the text of a warning. To leave data.table by an error of ours
# would keep it from tidying up.
parse_fields <- function(text, ...) {
  warned <- NULL
  data <- withCallingHandlers(
    data.table::fread(text = text, header = FALSE, quote = "\"", encoding = "UTF-8",
      integer64 = "double", data.table = FALSE, showProgress = FALSE, ...),
    warning = function(cnd) {
      warned <<- conditionMessage(cnd)
      invokeRestart("muffleWarning")
    }
  )
  list(data = data, warned = warned)
}

is_line_end <- function(bytes) bytes == as.raw(0x0a) | bytes == as.raw(0x0d)

# Whether data.table leaves doubled quotes within quoted text as they are. Later versions may not.
keeps_doubled_quotes <- function() {
  parse_fields("\"a\"\"b\",c\n")$data[[1L]] == "a\"\"b"
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

# Whether numbers may be whole ones that lost digits, such as ids of 17 digits. data.table takes
# longer ones for text.
may_be_rounded <- function(column) {
  is.double(column) && !is.object(column) &&
    any(abs(column) >= 2^53 & abs(column) < 1e22, na.rm = TRUE)
}

# Text that has only numbers becomes numbers, unless digits would be lost.
text_as_numbers <- function(column) {
  if (all(is.na(column) | is_number_text(column))) as.double(column) else column
}

# Reads all chunks and returns what each column holds, as values_of_csv() does.
survey_csv <- function(layout, read, label) {
  columns <- NULL
  table <- list(read = read, starts = layout$starts, label = label, advice = csv_advice)
  chunks <- chunks_of(layout)
  for (k in seq_along(chunks$first)) {
    part <- list(table = table, first = chunks$first[k], last = chunks$last[k])
    data <- read_part(part)
    for (name in names(data)[vapply(data, is.character, TRUE)]) {
      refuse_invalid_text(data[[name]], name, part)
    }
    found <- lapply(data, values_of_csv, part$first)
    columns <- if (is.null(columns)) found else Map(merge_csv_values, columns, found)
  }
  columns
}

# Returns list(type, count, others, example): an empty column that can hold all values, or NULL if
# there are none; the number of values; how many of them are no numbers; and the first of these as
# list(row, value). `first` is the row of the first value.
values_of_csv <- function(column, first) {
  given <- !is.na(column)
  is_text <- is.character(column)
  is_number <- if (is_text) is_number_text(column) else is.numeric(column) && !is.object(column)
  others <- which(given & !is_number)
  type <- if (!is_text) column[0L] else if (length(others)) character() else double()
  if (is.integer(type) && !is.object(type)) type <- double()
  list(
    type = if (any(given)) type, count = sum(given), others = length(others),
    example = if (length(others)) list(row = first + others[1L] - 1, value = column[others[1L]])
  )
}

merge_csv_values <- function(a, b) {
  list(
    type = wider_type(a$type, b$type), count = a$count + b$count, others = a$others + b$others,
    example = or_default(a$example, b$example)
  )
}

# A few values such as "unknown" make text of a column of numbers.
warn_of_text <- function(columns, label) {
  for (name in names(columns)) {
    column <- columns[[name]]
    if (is.character(column$type) && column$others <= 0.1 * column$count) {
      value <- column$example$value
      shown <- readable(listed(value), 60L)
      hint <- if (grepl("^[+-]?[0-9]+$", value)) {
        "R cannot store such a long number exactly."
      } else {
        "Missing values must be empty or `NA`."
      }
      warn_feedforward("Column {.code {name}} of {label} is text, since it has {shown} in row
        {whole_text(column$example$row)}. Most other values are numbers.",
        i = "{hint} To choose the types yourself, use {.arg columns}.",
        class = "feedforward_text_column"
      )
    }
  }
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

# Connections of compressed files. R closes those that nobody refers to, with a warning, before the
# reader that is gone could do it.
kept_open <- new.env(parent = emptyenv())

keep_open <- function(con) {
  assign(sprintf("%d", con), con, kept_open)
  con
}

close_kept <- function(con) {
  rm(list = sprintf("%d", con), envir = kept_open)
  close(con)
}

# Returns a function that reads the bytes of a file between two offsets, up to `end`. A compressed
# file is read in order.
reader_of_bytes <- function(file, size, end) {
  take <- function(con, n) readBin(con, "raw", n)
  stream <- reader_in_order(end, open = function() keep_open(open_bytes(file)), fetch = take,
    close = close_kept)
  read <- function(from, to) {
    found <- file.size(file)
    if (is.na(found)) stop_feedforward("The file is gone.")
    if (!identical(found, size)) {
      stop_feedforward("The file has {whole_text(found)} bytes instead of {whole_text(size)}.")
    }
    if (is_compressed(file)) {
      return(stream(from + 1, to))
    }
    con <- open_bytes(file)
    on.exit(close(con))
    seek(con, from)
    take(con, to - from)
  }
  structure(read, release = attr(stream, "release"))
}
