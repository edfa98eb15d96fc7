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
  if (length(unread)) {
    warn_unread_members(unread, directory, !is.null(asked), !length(arrays), origin)
  }
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

# ---- Members of npz files ----------------------------------------------------------

# The members of an NPZ archive: which of them are asked for, and which cannot be read.

# The rows of the directory to be read. Folders are no arrays, but what has content is none.
chosen_members <- function(directory, members, origin) {
  twice <- directory$name[duplicated(directory$name)]
  if (length(twice)) {
    stop_file(origin, "member names that differ", paste("twice the name", twice[1L]))
  }
  directory <- directory[!endsWith(directory$name, "/") | directory$crc != "00000000", ]
  if (is.null(members)) {
    return(directory)
  }
  chosen <- match(members, array_names(directory$name))
  if (anyNA(chosen)) {
    absent <- listed(members[is.na(chosen)])
    there <- what_is_there(directory)
    stop_feedforward("{.file {visible(origin$file)}} has no array {absent}.",
      i = "{there}", class = "feedforward_file_error"
    )
  }
  directory[chosen, ]
}

check_members <- function(members) {
  if (is.null(members)) {
    return(NULL)
  }
  names <- is.character(members) && length(members) > 0L && !anyNA(members)
  if (!names || !all(is_text(members))) {
    stop_input("members", "NULL, or the names of arrays in the archive", describe(members))
  }
  array_names(unique(as.vector(members)))
}

array_names <- function(names) sub("[.]npy$", "", names)

what_is_there <- function(directory) {
  names <- array_names(directory$name)
  sprintf("The archive has %s.", if (length(names)) listed(names) else "no arrays")
}

# One member, read from the archive in memory: its array and its size in bytes; or `unread`, the
# condition that says why it is none that can be read, though it is not damaged.
read_member <- function(member, most, origin) {
  origin$format <- sprintf("NPZ (member %s)", member$name)
  origin$most <- most
  tryCatch(
    {
      refuse_member(member, origin)
      parts <- with_member(member, origin, function(con) read_npy_parts(con, origin))
      bytes <- c(parts$head, parts$data)
      check_member_sum(bytes, member, origin)
      list(array = parts$array, size = length(bytes))
    },
    feedforward_no_numbers = function(cnd) {
      list(unread = cnd, size = checked_size(member, cnd, origin))
    }
  )
}

# What cannot be opened. Both places of the archive say so, or it would be damage.
refuse_member <- function(member, origin) {
  # R's unz() takes what is before a colon for the name of the archive.
  if (!grepl("^[^:]+[.]npy$", member$name)) {
    npy <- grepl(".[.]npy$", member$name)
    found <- if (npy) "a name with a colon" else "a file that is not named *.npy"
    stop_no_numbers(origin, "members named *.npy, without colons", found, sealed = TRUE)
  }
  # Method 8 is deflate, 0 none; the first flag bit is encryption.
  if (!member$method %in% c(0, 8) || member$flags %% 2 == 1) {
    stop_no_numbers(
      origin, "members stored or deflated, not encrypted",
      "an encrypted or otherwise compressed member", sealed = TRUE
    )
  }
}

# Where a file is as it should be, but holds no numbers. `sealed`: its content cannot be looked at.
stop_no_numbers <- function(origin, wanted, found, sealed = FALSE) {
  stop_file(origin, wanted, found,
    class = "feedforward_no_numbers", reason = found, sealed = sealed
  )
}

# The size of a member that holds no numbers. Its checksum tells that its header is not that of
# numbers, damaged.
checked_size <- function(member, cnd, origin) {
  if (cnd$sealed) {
    return(0)
  }
  bytes <- with_member(member, origin, function(con) read_bytes(con, origin$most + 1, origin))
  if (length(bytes) > origin$most) {
    stop_file(origin, sprintf("at most %.0f bytes", origin$most), "more bytes than these")
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

# unz() does not look at the checksum itself.
check_member_sum <- function(bytes, member, origin) {
  crc <- crc32_of(bytes)
  if (crc != member$crc) {
    stop_file(origin, paste("the CRC-32", member$crc), paste("damage: the CRC-32", crc))
  }
}

# Members that hold no numbers are an error where they were asked for by name, or are all there is.
warn_unread_members <- function(unread, directory, asked, all, origin) {
  if (asked || all) {
    cnd <- unread[[1L]]
    cnd$body <- c(cnd$body, i = what_is_there(directory))
    rlang::cnd_signal(cnd)
  }
  names <- vapply(names(unread), readable, "")
  reasons <- sprintf("%s: %s", names, vapply(unread, function(cnd) readable(cnd$reason), ""))
  shown <- utils::head(reasons, 10L)
  lines <- rlang::set_names(sprintf("{shown[%d]}", seq_along(shown)), rep("x", length(shown)))
  n <- length(reasons)
  cli::cli_warn(
    c(
      paste("{n} member{?s} of {.file {visible(origin$file)}} {cli::qty(n)}hold{?s/} no numbers",
        "and {?is/are} left out."),
      lines,
      x = if (n > 10L) "... and {n - 10L} more.",
      i = "{.arg members} reads only those you name, without this warning.",
      i = sparse_hint(directory$name)
    ),
    class = "feedforward_members_left_out", call = NULL
  )
}

# scipy.sparse.save_npz() writes a matrix as these arrays, its format as text.
sparse_hint <- function(names) {
  if (all(c("data", "indices", "indptr", "shape", "format") %in% array_names(names))) {
    paste(
      "They look like a sparse matrix of SciPy. One of format csr is {.code with(arrays,",
      "Matrix::sparseMatrix(j = indices, p = indptr, x = c(data), dims = shape, index1 = FALSE))};",
      "for csc, it is {.code i} in place of {.code j}."
    )
  }
}

# ---- The directory of a zip file ---------------------------------------------------

# What a zip archive says of its members, read with distrust.

# The directory at the end of the archive, one row per member. Its checksums are the
# reason to read it here: utils::unzip(list = TRUE) does not tell them. Its sizes are
# not read, since nobody should trust them.
zip_members <- function(origin) {
  directory <- read_zip_directory(origin)
  bytes <- directory$bytes
  # unz() looks through the whole directory for each of them.
  if (directory$count > most_members) {
    stop_file(
      origin, sprintf("at most %.0f members", most_members), sprintf("%.0f", directory$count)
    )
  }
  members <- list()
  at <- 0
  while (at < length(bytes) && length(members) <= directory$count) {
    member <- zip_member(bytes, at, origin)
    members[[length(members) + 1L]] <- member
    at <- at + member$length
  }
  if (length(members) != directory$count) {
    stop_file(
      origin, sprintf("%.0f members, as the end of the archive says", directory$count),
      as.character(length(members))
    )
  }
  check_local_names(members, directory$moved, origin)
  data.frame(
    name = vapply(members, `[[`, "", "name"), flags = vapply(members, `[[`, 0, "flags"),
    method = vapply(members, `[[`, 0, "method"), crc = vapply(members, `[[`, "", "crc")
  )
}

most_members <- 1000

# The entry that starts `at` bytes into the directory.
zip_member <- function(bytes, at, origin) {
  field <- function(offset, width) little_endian(bytes[at + offset + seq_len(width)])
  whole <- at + 46 <= length(bytes) && identical(bytes[at + 1:4], zip_mark(1:2))
  size <- if (whole) 46 + field(28, 2) + field(30, 2) + field(32, 2) else Inf
  name <- if (at + size <= length(bytes)) bytes[at + 46 + seq_len(field(28, 2))]
  if (is.null(name) || any(name == 0)) {
    stop_file(origin, "a whole directory of members", sprintf("damage %.0f bytes into it", at))
  }
  name <- rawToChar(name)
  Encoding(name) <- "UTF-8"
  if (!validUTF8(name)) {
    stop_file(origin, "member names in UTF-8", "a name that is not")
  }
  list(
    name = name, flags = field(8, 2), method = field(10, 2),
    crc = paste(rev(bytes[at + 16 + 1:4]), collapse = ""), start = field(42, 4), length = size
  )
}

# Names have no checksum, but each is there twice: in the directory and before its member. Where
# they differ, one of them is damaged, or the archive shows each program something else. `moved`
# is how many bytes all members are behind the place that the directory names.
check_local_names <- function(members, moved, origin) {
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  for (member in members) {
    name <- charToRaw(member$name)
    guard_reading(seek(con, min(member$start + moved, file.size(origin$file))), origin)
    head <- read_bytes(con, 30 + length(name), origin)
    whole <- length(head) == 30L + length(name) && identical(head[1:4], zip_mark(3:4))
    if (!whole || little_endian(head[27:28]) != length(name) || !identical(head[-(1:30)], name)) {
      stop_file(
        origin, "each member where the directory says, with the same name",
        paste("something else at the place of", member$name)
      )
    }
    # How it is compressed, and whether it is encrypted.
    same <- little_endian(head[9:10]) == member$method &&
      as.integer(head[7L]) %% 2 == member$flags %% 2
    if (!same) {
      stop_file(
        origin, "both places of the archive to tell the same of each member",
        paste("two ways of compression for", member$name)
      )
    }
  }
}

zip_mark <- function(kind) c(charToRaw("PK"), as.raw(kind))

# The bytes of the directory, how many members it has, and by how many bytes the archive was moved:
# a program that unpacks it may come before it. An archive ends with a record of 22 bytes and
# perhaps a comment of up to 65535.
read_zip_directory <- function(origin) {
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  size <- file.size(origin$file)
  before <- max(0, size - 22 - 65535)
  guard_reading(seek(con, before), origin)
  tail <- read_bytes(con, size - before, origin)
  end <- find_zip_end(tail)
  if (is.na(end)) {
    stop_file(origin, "a zip archive", "no zip directory at its end")
  }
  field <- function(offset, width) little_endian(tail[end + offset + seq_len(width)])
  count <- field(10, 2)
  length <- field(12, 4)
  start <- field(16, 4)
  if (count == 65535 || length == 2^32 - 1 || start == 2^32 - 1) {
    wanted <- "an archive below 4 GiB with fewer than 65535 members"
    stop_file(origin, wanted, "a larger one (Zip64)")
  }
  moved <- before + end - length - start
  if (moved < 0) {
    stop_file(origin, "a whole directory of members", "an end before it starts")
  }
  guard_reading(seek(con, before + end - length), origin)
  list(bytes = read_bytes(con, length, origin), count = count, moved = moved)
}

# How many bytes of `tail` come before the last end record, NA without one.
find_zip_end <- function(tail) {
  n <- length(tail)
  if (n < 22L) {
    return(NA)
  }
  at <- seq_len(n - 21L)
  hit <- tail[at] == 0x50 & tail[at + 1L] == 0x4b & tail[at + 2L] == 5 & tail[at + 3L] == 6
  if (any(hit)) max(which(hit)) - 1 else NA
}

little_endian <- function(bytes) sum(as.integer(bytes) * 256^(seq_along(bytes) - 1))
