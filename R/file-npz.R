#' Read NumPy arrays
#'
#' `read_npy()` reads one array from an `.npy` file. `read_npz()` reads the arrays from an `.npz`
#' archive. Neither needs Python. Nothing from the file is evaluated, and nothing from the archive
#' is written to disk.
#'
#' @param file Path of one file: an `.npy` file of format version 1.0, 2.0, or 3.0, or an `.npz`
#'   archive of such files, compressed or not.
#' @param members The names of the arrays to read, with or without `.npy`. Other members are not
#'   read. The default, `NULL`, reads all members that hold numbers.
#'
#' @return `read_npy()` returns an array with the shape of the NumPy array. Element `[i, j]` is the
#'   NumPy element `[i - 1, j - 1]`, for both storage orders. A NumPy array with one dimension
#'   becomes a 1-d array, and one with no dimensions becomes a vector of length 1. The type follows
#'   the NumPy type:
#'
#'   | NumPy | R |
#'   |---|---|
#'   | `bool` | logical |
#'   | `int8`, `uint8`, `int16`, `uint16`, `int32` | integer |
#'   | `uint32`, `int64`, `uint64` | double |
#'   | `float32`, `float64` | double |
#'
#'   An `int32` array becomes double if it holds -2147483648, which R's integers use for `NA`.
#'   64-bit integers must lie within \eqn{\pm 2^{53}}, where doubles are exact.
#'
#'   `read_npz()` returns a list of such arrays, in the order of the archive or of `members`. The
#'   names are the member names without `.npy`. Members that cannot be read, such as text, dates,
#'   Python objects, `float16`, complex numbers, and other files, are left out. One warning of class
#'   `feedforward_members_left_out` names each of them with the reason. Folders are ignored. An
#'   archive without members gives an empty list and a warning.
#'
#' @section Errors:
#' A `feedforward_file_error` (also a `feedforward_error`) if
#' - the file does not exist or is not an NPY or NPZ file,
#' - the file is damaged: it has fewer or more bytes than declared, the CRC-32 of a member does not
#'   match, or a member name occurs twice,
#' - the array has a type that is not in the table. In an archive this is an error only if `members`
#'   asks for the array, or if no member can be read,
#' - an array is 2 GiB or larger, or an archive is 4 GiB or larger or has more than 1000 members.
#'
#' Arrays of Python objects are never read. They are stored as pickles, which are programs rather
#' than data.
#'
#' The sizes that a file declares are not trusted: memory is used only for bytes that exist. A
#' compressed member of many zeros can need 6000 times its size in memory, but at most 12 GB.
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
  origin <- file_origin(file, "NPY file")
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  read_npy_parts(con, origin)$array
}

#' @rdname read_npy
#' @export
read_npz <- function(file, members = NULL) {
  origin <- file_origin(file, "NPZ file")
  asked <- check_members(members)
  directory <- zip_members(origin)
  chosen <- chosen_members(directory, asked, origin)
  if (!nrow(chosen)) {
    warn_feedforward("{.file {visible(origin$file)}} has no arrays.",
      class = "feedforward_members_left_out"
    )
  }
  # All members together must stay within the bound of the file: members can share the same
  # compressed bytes.
  left <- origin$most
  # If one of several members is damaged, the others can still be read by name.
  origin$others <- is.null(asked) && nrow(chosen) > 1L
  arrays <- unread <- list()
  for (i in seq_len(nrow(chosen))) {
    member <- read_member(chosen[i, ], left, origin)
    left <- left - member$size
    name <- chosen$name[i]
    if (is.null(member$unread)) arrays[[name]] <- member$array else unread[[name]] <- member$unread
  }
  if (length(unread)) {
    warn_unread_members(unread, directory, !is.null(asked), !length(arrays), origin)
  }
  names(arrays) <- array_names(names(arrays))
  arrays
}

# ---- NPY --------------------------------------------------------------------------

# One array from an open connection, with all the bytes that it was made from.
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

# Doubles hold whole numbers exactly only up to 2^53.
check_exact <- function(array, header, origin) {
  if (header$type %in% c("i8", "u8") && any(abs(array) > 2^53)) {
    stop_member(
      origin, sprintf("holds a number near %.0f", array[which.max(abs(array))]),
      "R represents whole numbers exactly only from -2^53 to 2^53."
    )
  }
}

# The header is a line of Python such as
# {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
read_npy_header <- function(con, origin) {
  start <- read_bytes(con, 8, origin)
  if (length(start) < 8L || !identical(start[1:6], npy_magic)) {
    stop_wrong_start(c(start, read_bytes(con, 200, origin)), 8L, origin,
      "An NPY file starts with the byte 0x93 and the text NUMPY.", class = other_content
    )
  }
  if (!start[7L] %in% as.raw(1:3) || start[8L] != 0) {
    version <- paste(as.integer(start[7:8]), collapse = ".")
    stop_member(origin, paste("has format version", version), "Versions 1.0 to 3.0 can be read.")
  }
  width <- if (start[7L] == 1) 2L else 4L
  length_bytes <- read_bytes(con, width, origin)
  if (length(length_bytes) < width) {
    stop_content(origin, "ends within its header")
  }
  size <- little_endian(length_bytes)
  if (size > 65536) {
    stop_content(origin, sprintf("declares a header of %.0f bytes", size),
      "An NPY header has at most 65536 bytes."
    )
  }
  text <- read_bytes(con, size, origin)
  if (length(text) < size) {
    stop_content(origin, sprintf("ends after %d of %.0f bytes of its header", length(text), size))
  }
  bytes <- c(start, length_bytes, text)
  c(parse_npy_header(text, origin), list(size = length(bytes), bytes = bytes))
}

npy_magic <- as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)) # \x93NUMPY

# Python's grammar, as far as NumPy writes it. `(3,)` is a shape, `(3)` is not; the L
# of long numbers comes from Python 2.
npy_patterns <- c(
  descr = "'descr'\\s*:\\s*'([^']*)'",
  fortran = "'fortran_order'\\s*:\\s*(True|False)",
  shape = "'shape'\\s*:\\s*\\(((?:\\s*\\d{1,15}L?\\s*,)*(?:(?<=,)\\s*\\d{1,15}L?)?\\s*)\\)"
)

parse_npy_header <- function(text, origin) {
  if (!all(as.integer(text) %in% c(9L, 10L, 13L, 32:126))) {
    stop_content(origin, "has a header that is not plain text")
  }
  # trimws() would be very slow for text with many blanks inside.
  filled <- which(!text %in% charToRaw(" \t\r\n"))
  text <- if (length(filled)) text[filled[1L]:filled[length(filled)]] else raw()
  text <- gsub("\"", "'", rawToChar(text), fixed = TRUE)
  if (grepl("'descr'\\s*:\\s*\\[", text)) {
    stop_npy_type(substr(text, 1L, 100L), origin, "a structured array")
  }
  value <- guard_reading(split_npy_header(text), origin)
  if (is.null(value)) {
    stop_content(origin, sprintf("has the header \"%s\"", substr(text, 1L, 200L)),
      "An NPY header reads {'descr': '...', 'fortran_order': ..., 'shape': (...)}."
    )
  }
  shape <- as.double(regmatches(value$shape, gregexpr("\\d+", value$shape))[[1L]])
  if (length(shape) > 32L) {
    stop_content(origin, sprintf("has %d dimensions", length(shape)),
      "An NPY array has at most 32 dimensions."
    )
  }
  shape <- check_shape(shape, origin, class = other_content)
  c(parse_descr(value$descr, origin), list(fortran = value$fortran == "True", shape = shape))
}

# The three values as text. NULL unless each key is there once and nothing else is.
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
  # Single bytes have no order, but some programs write one.
  descr <- sub("^[<>=](?=[bui]1$)", "|", descr, perl = TRUE)
  if (!descr %in% npy_types) {
    shown <- substr(descr, 1L, 80L)
    stop_npy_type(sprintf("type '%s'", shown), origin, npy_kind(descr), npy_advice(descr))
  }
  list(
    type = substr(descr, 2L, 3L),
    endian = if (startsWith(descr, ">")) "big" else "little"
  )
}

# What a type of NumPy is, in words.
npy_kind <- function(descr) {
  letter <- sub("^[<>=|]", "", descr)
  if (grepl("^[fc][0-9]+$", letter)) {
    kind <- if (startsWith(letter, "f")) "float" else "complex"
    return(sprintf("%s%d numbers", kind, 8L * as.integer(substr(letter, 2L, 4L))))
  }
  kinds <- c(
    U = "text", S = "text", a = "text", M = "dates", m = "time differences", V = "raw bytes",
    O = "Python objects"
  )
  kind <- kinds[substr(letter, 1L, 1L)]
  if (is.na(kind)) "values of an unknown type" else kind[[1L]]
}

# How to save such an array with NumPy so that it can be read.
npy_advice <- function(descr) {
  target <- c(f2 = "float32", f12 = "float64", f16 = "float64")
  letter <- sub("^[<>=|]", "", descr)
  if (letter %in% names(target)) {
    return(sprintf("In Python, save it as `x.astype(\"%s\")`.", target[[letter]]))
  }
  if (grepl("^c[0-9]+$", letter)) "In Python, save `x.real` and `x.imag` as two arrays."
}

stop_npy_type <- function(type, origin, kind, advice = NULL) {
  if (grepl("'[|<>=]?O", type)) {
    advice <- paste("Python objects are stored as pickles, which are programs rather than data,",
      "and are never read.")
  }
  types <- "These types can be read: bool, int8 to int64, uint8 to uint64, float32, and float64."
  stop_member(origin, sprintf("holds %s (%s)", kind, type), c(advice, types), advice = advice)
}

# ---- Members of npz files ----------------------------------------------------------

# A member can be intact and still be nothing that read_npz() returns: another type of array, or
# another kind of file. Conditions of this class say so. The archive is not damaged then.
other_content <- "feedforward_other_content"

stop_content <- function(...) stop_file(..., class = other_content)

# `sealed` members cannot be read at all, so that their checksum cannot be checked.
stop_member <- function(origin, problem, hint, ..., sealed = FALSE) {
  stop_unsupported(origin, problem, hint, class = other_content, sealed = sealed, ...)
}

# The rows of the directory to read. Folders are left out, unless they have content.
chosen_members <- function(directory, members, origin) {
  twice <- directory$name[duplicated(directory$name)]
  if (length(twice)) {
    stop_file(origin, paste("has two members named", twice[1L]))
  }
  directory <- directory[!endsWith(directory$name, "/") | directory$crc != "00000000", ]
  if (is.null(members)) {
    return(directory)
  }
  chosen <- match(members, array_names(directory$name))
  if (anyNA(chosen)) {
    absent <- listed(members[is.na(chosen)])
    present <- list_arrays(directory)
    stop_feedforward("{.file {visible(origin$file)}} has no array {absent}.",
      i = "{present}", class = "feedforward_file_error"
    )
  }
  directory[chosen, ]
}

check_members <- function(members) {
  if (is.null(members)) {
    return(NULL)
  }
  names <- is.character(members) && length(members) > 0L && !anyNA(members) &&
    all(is_text(members))
  check_that(names, members, "members", "NULL, or the names of arrays in the archive")
  array_names(unique(as.vector(members)))
}

array_names <- function(names) sub("[.]npy$", "", names)

list_arrays <- function(directory) {
  names <- array_names(directory$name)
  sprintf("The archive has %s.", if (length(names)) listed(names) else "no arrays")
}

# Reads one member in memory. Returns its `array` and its `size` in bytes. If the member is intact,
# but of another content, `unread` is the condition that says so.
read_member <- function(member, most, origin) {
  origin$member <- member$name
  origin$most <- most
  tryCatch(
    {
      refuse_member(member, origin)
      parts <- with_member(member, origin, function(con) read_npy_parts(con, origin))
      bytes <- c(parts$head, parts$data)
      check_member_sum(bytes, member, origin)
      list(array = parts$array, size = length(bytes))
    },
    feedforward_other_content = function(cnd) {
      list(unread = cnd, size = checked_size(member, cnd, origin))
    }
  )
}

# Refuses members that cannot be opened. check_local_names() has checked what the archive says.
refuse_member <- function(member, origin) {
  # R's unz() takes the part before a colon for the name of the archive.
  if (grepl(":", member$name, fixed = TRUE)) {
    stop_member(origin, "has a colon in its name", NULL, sealed = TRUE)
  }
  if (!grepl(".[.]npy$", member$name)) {
    only <- identical(basename(member$name), ".npy")
    problem <- if (only) "has no name before .npy" else "is not named *.npy"
    stop_member(origin, problem, "Arrays are members named *.npy.", sealed = TRUE)
  }
  # Method 8 is deflate, 0 is no compression. The first flag bit is encryption.
  if (member$flags %% 2 == 1) {
    stop_member(origin, "is encrypted", NULL, sealed = TRUE)
  }
  if (!member$method %in% c(0, 8)) {
    problem <- sprintf("is compressed with method %.0f", member$method)
    stop_member(origin, problem, "Deflated and uncompressed members can be read.", sealed = TRUE)
  }
}

# The size of a member of another content. Its checksum must match: otherwise the member is an array
# with a damaged header.
checked_size <- function(member, cnd, origin) {
  if (isTRUE(cnd$sealed)) {
    return(0)
  }
  bytes <- with_member(member, origin, function(con) read_bytes(con, origin$most + 1, origin))
  if (length(bytes) > origin$most) {
    stop_file(origin, sprintf("has more than %.0f bytes, the most it can hold", origin$most))
  }
  check_member_sum(bytes, member, origin)
  length(bytes)
}

with_member <- function(member, origin, read) {
  con <- guard_reading(unz(origin$file, member$name), origin)
  on.exit(close(con))
  guard_reading(open(con, "rb"), origin)
  read(con)
}

# unz() does not check the checksum itself.
check_member_sum <- function(bytes, member, origin) {
  crc <- crc32_of(bytes)
  if (crc != member$crc) {
    stop_file(
      origin, sprintf("is damaged: its CRC-32 is %s instead of %s", crc, member$crc)
    )
  }
}

# Members that cannot be read are an error if `members` asked for them, or if no other was read.
warn_unread_members <- function(unread, directory, asked, all, origin) {
  if (asked || all) {
    cnd <- unread[[1L]]
    # The body of a condition is text: cli does not interpolate it.
    cnd$body <- c(cnd$body, i = list_arrays(directory))
    rlang::cnd_signal(cnd)
  }
  reasons <- vapply(unread, function(cnd) readable(sub("^member ", "", cnd$problem)), "")
  shown <- utils::head(reasons, 10L)
  advice <- unique(unlist(lapply(unread, function(cnd) cnd$advice)))
  lines <- c(
    rlang::set_names(sprintf("{shown[%d]}.", seq_along(shown)), rep("x", length(shown))),
    rlang::set_names(sprintf("{advice[%d]}", seq_along(advice)), rep("i", length(advice)))
  )
  n <- length(reasons)
  warn_feedforward(
    paste("{n} member{?s} of {.file {visible(origin$file)}} cannot be read and",
      "{cli::qty(n)}{?is/are} left out."),
    lines,
    x = if (n > 10L) "{n - 10L} more.",
    i = "To avoid this warning, use {.arg members} to name the arrays to read.",
    i = sparse_hint(directory$name),
    class = "feedforward_members_left_out"
  )
}

# scipy.sparse.save_npz() writes a matrix as these arrays. Its format is text.
sparse_hint <- function(names) {
  if (all(c("data", "indices", "indptr", "shape", "format") %in% array_names(names))) {
    paste(
      "The arrays look like a SciPy sparse matrix. For format csr, use {.code with(arrays,",
      "Matrix::sparseMatrix(j = indices, p = indptr, x = c(data), dims = shape, index1 = FALSE))}.",
      "For format csc, write {.code i} instead of {.code j}."
    )
  }
}
