#' Read NumPy arrays
#'
#' `read_npy()` reads one array from an `.npy` file, `read_npz()` all arrays from an
#' `.npz` archive, without Python. Nothing from the file is ever evaluated, and
#' nothing from the archive is written to disk.
#'
#' @param file Path of one file: `.npy` of format version 1.0, 2.0 or 3.0, or an
#'   `.npz` archive of such members, compressed or not.
#' @param members The names of the arrays to read, with or without `.npy`; the others are not looked
#'   at. `NULL`, the default, reads all that hold numbers.
#'
#' @return `read_npy()` gives an array of the shape of the NumPy array, element
#'   `[i, j]` being its element `[i - 1, j - 1]`, whatever the order in the file. One
#'   dimension gives a 1-d array, none a vector of length 1. The type follows
#'   NumPy's:
#'
#'   | NumPy | R |
#'   |---|---|
#'   | `bool` | logical |
#'   | `int8`, `uint8`, `int16`, `uint16`, `int32` | integer |
#'   | `uint32`, `int64`, `uint64` | double |
#'   | `float32`, `float64` | double |
#'
#'   An `int32` array that holds -2147483648, `NA` among R's integers, becomes double.
#'   Whole numbers of 64 bits must lie within \eqn{\pm 2^{53}}, where doubles are
#'   exact.
#'
#'   `read_npz()` gives a list of such arrays, named after the members without `.npy`, in the order
#'   of the archive or of `members`. Members that hold no numbers (text, dates, Python objects,
#'   other files) are left out, with one warning of class `feedforward_members_left_out` that names
#'   each and says why. Folders are passed over.
#'
#' @section Errors:
#' A `feedforward_error`, more closely a `feedforward_file_error`, that says what was
#' found and what was wanted: no such file, not NPY or NPZ, damage (NPZ members are
#' checked by their CRC-32), fewer or more bytes than announced, a member name that
#' occurs twice, or another type: text, dates, complex, structured arrays. In an archive, another
#' type is an error only where `members` asks for it, or where no member holds numbers. Arrays of
#' Python objects are never read because they are stored as pickles, which are programs
#' to be run rather than data. Sizes that the file announces are not trusted: memory
#' is taken only for bytes that are there. But many zeros are few bytes once they are
#' compressed: a compressed member may need some 6000 times its size in memory, 12 GB at
#' most. Beyond the reach of these functions are arrays of 2 GiB or more, archives of
#' 4 GiB or more, and those of more than 1000 members.
#'
#' @references The NumPy documentation of `numpy.lib.format`; NEP 1, "A simple file
#'   format for NumPy arrays".
#'
#' @examples
#' file <- tempfile(fileext = ".npy")
#' head <- "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n"
#' writeBin(c(
#'   as.raw(0x93), charToRaw("NUMPY"), as.raw(c(1, 0, nchar(head), 0)),
#'   charToRaw(head), as.raw(1:6)
#' ), file)
#' read_npy(file)
#' unlink(file)
#' @export
read_npy <- function(file) {
  origin <- file_origin(file, "NPY")
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  read_npy_parts(con, origin)$array
}

#' @rdname read_npy
#' @export
read_npz <- function(file, members = NULL) {
  origin <- file_origin(file, "NPZ")
  asked <- check_members(members)
  directory <- zip_members(origin)
  chosen <- chosen_members(directory, asked, origin)
  # What all members together can hold: an archive whose members share the same
  # compressed bytes would grow beyond any bound.
  left <- origin$most
  arrays <- unread <- list()
  for (i in seq_len(nrow(chosen))) {
    member <- read_member(chosen[i, ], left, origin)
    left <- left - member$size
    name <- chosen$name[i]
    if (is.null(member$unread)) arrays[[name]] <- member$array else unread[[name]] <- member$unread
  }
  if (length(unread)) tell_unread(unread, directory, !is.null(asked), !length(arrays), origin)
  names(arrays) <- array_names(names(arrays))
  arrays
}

# ---- NPY --------------------------------------------------------------------------

# One array from an open connection, with all the bytes it was made from.
read_npy_parts <- function(con, origin) {
  header <- read_npy_header(con, origin)
  data <- read_data(con, header, origin)
  if (header$fortran) {
    array <- decode_numbers(data, header$type, header$endian)
    if (length(header$shape)) dim(array) <- header$shape
  } else {
    array <- as_array(data, header, header$endian)
  }
  check_exact(array, header, origin)
  list(array = array, head = header$bytes, data = data)
}

# Doubles hold whole numbers exactly up to 2^53 only.
check_exact <- function(array, header, origin) {
  if (header$type %in% c("i8", "u8") && any(abs(array) > 2^53)) {
    stop_file(
      origin, "whole numbers within -2^53 and 2^53, where doubles are exact",
      sprintf("%.0f (or near it)", array[which.max(abs(array))])
    )
  }
}

# The header is a line of Python such as
# {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
read_npy_header <- function(con, origin) {
  start <- read_bytes(con, 8, origin)
  magic <- as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)) # \x93NUMPY
  if (length(start) < 8L || !identical(start[1:6], magic)) {
    stop_file(origin, "\\x93NUMPY at its start", paste("the bytes", paste(start, collapse = " ")))
  }
  if (!start[7L] %in% as.raw(1:3) || start[8L] != 0) {
    version <- paste(as.integer(start[7:8]), collapse = ".")
    stop_file(origin, "format version 1.0, 2.0 or 3.0", paste("version", version))
  }
  width <- if (start[7L] == 1) 2L else 4L
  length_bytes <- read_bytes(con, width, origin)
  size <- little_endian(length_bytes)
  if (length(length_bytes) < width || size > 65536) {
    stop_file(origin, "a header of at most 65536 bytes", sprintf("a header of %.0f bytes", size))
  }
  text <- read_bytes(con, size, origin)
  if (length(text) < size) {
    stop_file(origin, sprintf("a header of %.0f bytes", size), sprintf("only %d", length(text)))
  }
  bytes <- c(start, length_bytes, text)
  c(parse_npy_header(text, origin), list(size = length(bytes), bytes = bytes))
}

# Python's grammar, as far as NumPy writes it. `(3,)` is a shape, `(3)` is not; the L
# of long numbers comes from Python 2.
npy_patterns <- c(
  descr = "'descr'\\s*:\\s*'([^']*)'",
  fortran = "'fortran_order'\\s*:\\s*(True|False)",
  shape = "'shape'\\s*:\\s*\\(((?:\\s*\\d{1,15}L?\\s*,)*(?:(?<=,)\\s*\\d{1,15}L?)?\\s*)\\)"
)

parse_npy_header <- function(text, origin) {
  if (!all(as.integer(text) %in% c(9L, 10L, 13L, 32:126))) {
    stop_file(origin, "a header of plain text", "bytes that are none")
  }
  # Not by trimws(), which takes forever where many blanks are inside.
  filled <- which(!text %in% charToRaw(" \t\r\n"))
  text <- if (length(filled)) text[filled[1L]:filled[length(filled)]] else raw()
  text <- gsub("\"", "'", rawToChar(text), fixed = TRUE)
  if (grepl("'descr'\\s*:\\s*\\[", text)) {
    stop_npy_type(substr(text, 1L, 100L), origin)
  }
  value <- guard_reading(split_npy_header(text), origin)
  if (is.null(value)) {
    stop_file(
      origin, "a header {'descr': ..., 'fortran_order': ..., 'shape': (...)}",
      paste("the header", substr(text, 1L, 200L))
    )
  }
  shape <- as.double(regmatches(value$shape, gregexpr("\\d+", value$shape))[[1L]])
  if (length(shape) > 32L) {
    stop_file(origin, "at most 32 dimensions", as.character(length(shape)))
  }
  c(
    parse_descr(value$descr, origin),
    list(fortran = value$fortran == "True", shape = check_shape(shape, origin))
  )
}

# The three values as text; NULL unless each key is there once and nothing else is.
split_npy_header <- function(text) {
  found <- lapply(npy_patterns, function(pattern) {
    regmatches(text, gregexpr(pattern, text, perl = TRUE))[[1L]]
  })
  if (any(lengths(found) != 1L)) {
    return(NULL)
  }
  rest <- text
  for (piece in found) rest <- sub(piece, "", rest, fixed = TRUE)
  if (!grepl("^\\{\\s*,\\s*,\\s*,?\\s*\\}$", rest)) {
    return(NULL)
  }
  Map(function(piece, pattern) sub(pattern, "\\1", piece, perl = TRUE), found, npy_patterns)
}

npy_types <- c(
  "|b1", "|u1", "|i1",
  "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8",
  "<f4", ">f4", "<f8", ">f8"
)

parse_descr <- function(descr, origin) {
  # Single bytes have no order, yet some programs name one.
  descr <- sub("^[<>=](?=[bui]1$)", "|", descr, perl = TRUE)
  if (!descr %in% npy_types) {
    stop_npy_type(sprintf("the type '%s'", substr(descr, 1L, 80L)), origin)
  }
  list(
    type = substr(descr, 2L, 3L),
    endian = if (startsWith(descr, ">")) "big" else "little"
  )
}

stop_npy_type <- function(found, origin) {
  why <- if (grepl("'[|]?O", found)) {
    " (Python objects, stored as a pickle, which is a program to be run)"
  }
  stop_no_numbers(
    origin, "numbers or truth values: bool, int8 to int64, uint8 to uint64, float32, float64",
    paste0(found, why)
  )
}
