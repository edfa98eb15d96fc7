# Reads rows of a source and checks that they are what the source announced.

# Returns the rows from `first` to `last` as a data frame with plain columns: exactly the columns of
# the source, in their order, with their types and levels. Raises a feedforward_source_error for
# everything else. Interrupts pass through.
read_rows <- function(source, first, last) {
  part <- list(table = source, first = first, last = last)
  data <- read_part(part)
  check_present_columns(data, part)
  columns <- unclass(data)[names(source$columns)]
  # One test is enough for the usual case: columns that are as announced.
  known <- as.list(source$columns)
  other <- which(!(are_plain_doubles(columns) & are_plain_doubles(known)))
  columns[other] <- Map(function(column, known, name) read_source_column(column, known, name, part),
    columns[other], known[other], names(known)[other])
  list2DF(columns, as.integer(last - first + 1))
}

# Returns a data frame with the wanted number of rows.
read_part <- function(part) {
  seed <- globalenv()[[".Random.seed"]]
  data <- tryCatch(part$table$read(part$first, part$last),
    error = function(cnd) stop_part(part, "cannot be read.", parent = without_call(cnd)),
    finally = set_seed_state(seed)
  )
  check_read_frame(data, part)
}

# Returns all rows as one data frame.
read_all <- function(source) {
  chunks <- chunks_of(source)
  bind_frames(Map(function(first, last) read_rows(source, first, last), chunks$first, chunks$last))
}

# Binds the rows from `first` to `last` of data frames with the same plain columns and levels, of
# which there is at least one. `last` is one less than `first` for none.
bind_frames <- function(frames, first = rep(1, length(frames)),
                        last = vapply(frames, nrow, 1L)) {
  if (length(frames) == 1L && first == 1 && last == nrow(frames[[1L]])) {
    return(frames[[1L]])
  }
  columns <- lapply(rlang::set_names(names(frames[[1L]])), function(name) {
    bind_columns(lapply(frames, `[[`, name), first, last)
  })
  list2DF(columns, as.integer(sum(last - first + 1)))
}

# Most columns are numbers. For these, R's own functions would copy each part once more.
bind_columns <- function(parts, first, last) {
  if (all(are_plain_doubles(parts))) {
    return(bind_doubles(parts, first, last))
  }
  column <- unlist(Map(function(part, first, last) {
    part <- as.vector(unclass(part))
    size <- last - first + 1
    if (size == length(part)) part else part[seq.int(as.integer(first), length.out = size)]
  }, parts, first, last))
  attributes(column) <- attributes(parts[[1L]])
  column
}

check_read_frame <- function(data, part) {
  if (!is.data.frame(data)) {
    stop_part(part, sprintf("must be a data frame, not %s.", describe(data)))
  }
  wanted <- part$last - part$first + 1
  # A frame of other packages can claim any number of rows.
  rows <- if (length(data)) NROW(data[[1L]]) else nrow(data)
  if (rows != wanted) {
    stop_part(part, sprintf("should have %s, but %s read.", counted(wanted, "row"),
      if (rows == 1L) "1 was" else sprintf("%.0f were", rows)))
  }
  data
}

check_present_columns <- function(data, part) {
  known <- names(part$table$columns)
  absent <- setdiff(known, names(data))
  if (length(absent)) {
    stop_part(part, sprintf("lacks the column%s %s.", plural(length(absent)),
      listed(absent, quote = "`")))
  }
  twice <- intersect(names(data)[duplicated(names(data))], known)
  if (length(twice)) {
    stop_part(part, sprintf("has more than one column with the name `%s`.", twice[1L]))
  }
}

# Converts one column to the type of `known`, or refuses it.
read_source_column <- function(column, known, name, part) {
  if (length(dim(column)) || length(column) != part$last - part$first + 1) {
    stop_type(column, known, name, part)
  }
  column <- plain_column(column)
  # Readers do not know the type of a column without values.
  if (is.atomic(column) && !is.object(column) && all(is.na(column))) column <- as.logical(column)
  if (is.factor(known)) {
    return(read_factor(column, known, name, part))
  }
  if (is.character(known)) {
    return(read_text(column, known, name, part))
  }
  empty <- is.logical(column) && all(is.na(column))
  fits <- is_number_vector(column) && (empty || is.logical(known) == is.logical(column))
  if (!fits) stop_type(column, known, name, part)
  if (is.double(known)) as.double(column) else column
}

# Returns numbers, logical values, and text without attributes, and factors with levels only. Other
# classes stay as they are.
plain_column <- function(column) {
  if (inherits(column, "AsIs")) class(column) <- setdiff(class(column), "AsIs")
  if (inherits(column, "integer64") && is.double(column)) {
    return(integer64_as_double(column))
  }
  if (is.factor(column)) {
    class <- if (is.ordered(column)) c("ordered", "factor") else "factor"
    return(structure(as.vector(unclass(column)), levels = levels(column), class = class))
  }
  if (is.atomic(column) && !is.object(column)) as.vector(column) else column
}

# The class integer64 stores whole numbers in the bits of doubles. The lowest is NA.
integer64_as_double <- function(x) {
  bytes <- writeBin(as.vector(unclass(x)), raw())
  numbers <- join_halves(bytes, .Platform$endian, signed = TRUE)
  replace(numbers, numbers == -2^63, NA)
}

read_text <- function(column, known, name, part) {
  if (is.factor(column)) column <- levels(column)[column]
  if (!is.character(column) && !all(is.na(column))) stop_type(column, known, name, part)
  column <- as.character(column)
  refuse_invalid_text(column, name, part)
  column
}

refuse_invalid_text <- function(column, name, part) {
  bad <- which(!is_text(column))
  if (length(bad)) {
    stop_part(part, sprintf("has text with an invalid encoding in row %.0f, column `%s`.",
      part$first + bad[1L] - 1, name), "Convert the text to UTF-8.")
  }
}

# Values that `levels` recodes can also be numbers.
read_factor <- function(column, known, name, part) {
  values <- if (is.factor(column)) levels(column) else unique(column)
  recoded <- name %in% part$table$recoded && is_number_vector(values)
  if (!is.character(values) && !recoded && !all(is.na(values))) {
    stop_type(column, known, name, part)
  }
  codes <- match(values_as_text(values), levels(known))
  codes <- codes[if (is.factor(column)) column else match(column, values)]
  given <- if (is.factor(column)) !is.na(levels(column)[column]) else !is.na(column)
  bad <- which(is.na(codes) & given)
  if (length(bad)) {
    value <- if (is.factor(column)) levels(column)[column[bad[1L]]] else column[bad[1L]]
    stop_part(part, sprintf("has the unknown level %s in row %.0f, column `%s`.",
      listed(values_as_text(value)), part$first + bad[1L] - 1, name),
    hint_for_levels(levels(known)))
  }
  structure(codes, levels = levels(known), class = class(known))
}

hint_for_levels <- function(known) {
  known <- if (length(known)) sprintf("The levels are %s.", listed(known)) else "It has no levels."
  paste(known, "Use `levels` in `data_source()` to name all that occur.")
}

# ---- Errors --------------------------------------------------------------------------

stop_type <- function(column, known, name, part) {
  wanted <- if (is.factor(known)) {
    "a factor or text"
  } else {
    switch(typeof(known), double = "numeric", character = "text", "logical")
  }
  # A number in quotes is no help in finding the value that is none.
  odd <- if (is.character(column) && is.double(known)) {
    which(!is.na(column) & !is_number_text(column))
  }
  hint <- if (length(odd)) {
    sprintf("Row %.0f has %s.", part$first + odd[1L] - 1, listed(column[odd[1L]]))
  }
  # The vector is no more than a part of the column.
  plain <- is.atomic(column) && !is.object(column) && length(column) > 0L && is.null(dim(column)) &&
    length(column) == part$last - part$first + 1
  kind <- if (plain) {
    switch(typeof(column), character = "text", logical = "TRUE or FALSE", double = ,
      integer = "numbers")
  }
  stop_part(part, sprintf("has %s in the column `%s`, which must be %s.",
    or_default(kind, describe(column)), name, wanted), hint)
}

# Whether text is a decimal number that keeps all its digits as a double if it is whole.
is_number_text <- function(text) {
  number <- "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$|^NaN$|^[+-]?Inf$"
  fits <- grepl(number, text, useBytes = TRUE)
  long <- which(fits & nchar(text, "bytes") > 15L & grepl("^[+-]?[0-9]+$", text, useBytes = TRUE))
  fits[long] <- sub("^[+]?(-?)0*([0-9])", "\\1\\2", text[long]) == whole_text(as.double(text[long]))
  fits
}

# The error that causes one of ours, without the call if that is part of this package.
without_call <- function(cnd) {
  inner <- inherits(cnd, "feedforward_error") ||
    identical(cnd$call, quote(part$table$read(part$first, part$last)))
  if (inner) cnd$call <- NULL
  cnd
}

# Raises the error that a part of a source is not as announced. `problem` completes a sentence such
# as "Chunk 3 (rows 201 to 300) of the table `flights` ...".
stop_part <- function(part, problem, hint = part$table$advice, parent = NULL) {
  text <- paste(part_in_words(part), problem)
  stop_feedforward("{text}", i = "{hint}", class = "feedforward_source_error", parent = parent)
}

# Rows that are not within one chunk are named without it.
part_in_words <- function(part) {
  rows <- if (part$first == part$last) {
    sprintf("row %.0f", part$first)
  } else {
    sprintf("rows %.0f to %.0f", part$first, part$last)
  }
  chunks <- findInterval(c(part$first, part$last), part$table$starts)
  if (chunks[1L] != chunks[2L]) {
    rows <- sub("^r", "R", rows)
    return(paste(rows, "of", part$table$label))
  }
  sprintf("Chunk %.0f (%s) of %s", chunks[1L], rows, part$table$label)
}

# ---- What readers share ----------------------------------------------------------------

# Turns `read_chunks`, a function of the numbers of a first and last chunk, into one that reads any
# rows.
reader_of_chunks <- function(starts, n, read_chunks) {
  force(read_chunks)
  rows <- chunks_of(list(starts = starts, n = n))
  function(first, last) {
    chunks <- findInterval(c(first, last), starts)
    data <- read_chunks(chunks[1L], chunks[2L])
    begin <- rows$first[chunks[1L]]
    end <- rows$last[chunks[2L]]
    # Whether this has the wanted number of rows is checked later.
    if (first == begin && last == end) {
      return(data)
    }
    if (nrow(data) != end - begin + 1) {
      stop_feedforward("Rows {whole_text(begin)} to {whole_text(end)} should be
        {counted(end - begin + 1, \"row\")}, but {nrow(data)} {?was/were} read.")
    }
    take_rows(data, (first - begin + 1):(last - begin + 1))
  }
}

# Returns some rows of a data frame with vectors as columns. For many rows, `[` takes several times
# as long, and longer with numbers that are double.
take_rows <- function(data, rows) {
  rows <- as.integer(rows)
  if (length(rows) == nrow(data)) data else list2DF(lapply(as.list(data), `[`, rows), length(rows))
}

# Returns a function that reads any of `n` rows (or bytes) from a stream. `open` returns a stream at
# its first row, `fetch` the next rows of it, as many as it is told. Going back means to start anew.
# The function has an attribute `release`, a function that closes the stream.
reader_in_order <- function(n, open, fetch, close) {
  state <- new.env(parent = emptyenv())
  reset <- function(state) {
    stream <- state$stream
    state$stream <- NULL
    state$at <- 1
    if (!is.null(stream)) close(stream)
  }
  reset(state)
  reg.finalizer(state, reset, onexit = TRUE)
  structure(function(first, last) {
    # After an error, an interrupt, or too few rows, nobody knows where the stream is.
    complete <- FALSE
    on.exit(if (!complete || last == n) reset(state))
    if (first < state$at) reset(state)
    if (is.null(state$stream)) state$stream <- open()
    while (state$at < first) {
      skipped <- NROW(fetch(state$stream, min(first - state$at, 1e5)))
      if (skipped == 0L) stop_feedforward("The data end too early.")
      state$at <- state$at + skipped
    }
    data <- fetch(state$stream, last - first + 1)
    state$at <- last + 1
    complete <- NROW(data) == last - first + 1
    data
  }, release = function() reset(state))
}
