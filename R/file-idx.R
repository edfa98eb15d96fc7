#' Read an IDX file
#'
#' IDX is the file format of MNIST. A file starts with two zero bytes, one byte for the type of the
#' numbers, and one byte for the number of dimensions. The dimensions follow as 4-byte whole
#' numbers, then the numbers with the last index varying fastest. Everything is big-endian.
#'
#' @param file Path of one IDX file, plain or compressed with gzip. This is detected from the
#'   content of the file, not from its name. A gzip file can have several members, as written by
#'   `cat a.gz b.gz`, bgzip, and parallel compressors. Zeros after the last member are ignored.
#'
#' @return An array with the shape given in the file. Element `[i, j, k]` is the file's element
#'   (i, j, k). A file with one dimension gives a 1-d array. Bytes and whole numbers of 2 or 4 bytes
#'   become integers. Floating point numbers become doubles. If 4-byte whole numbers include
#'   -2147483648, which R's integers use for `NA`, the array is double.
#'
#' @section Errors:
#' A `feedforward_file_error` (also a `feedforward_error`) if the file does not exist, is not an IDX
#' file, is damaged, or has fewer or more bytes than its header declares. The checksum and the size
#' of each gzip member are checked.
#'
#' The declared size is not trusted: memory is used only for bytes that exist, and reading stops one
#' byte after the declared end. Files with 2 GiB of numbers or more are refused. A compressed file
#' of many zeros can need 6000 times its size in memory, but at most 12 GB.
#'
#' @references LeCun, Y., Bottou, L., Bengio, Y., Haffner, P. (1998). Gradient-based
#'   learning applied to document recognition. *Proceedings of the IEEE*, 86(11),
#'   2278-2324. \doi{10.1109/5.726791}
#'
#' @examples
#' file <- tempfile()
#' # type 0x08 (unsigned bytes), two dimensions, 2 x 3
#' writeBin(as.raw(c(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1:6)), file)
#' read_idx(file)
#' unlink(file)
#' @export
read_idx <- function(file) {
  origin <- file_origin(file, "IDX file")
  con <- open_binary(origin)
  on.exit(close(con))
  header <- read_idx_header(con, origin)
  data <- read_data(con, header, origin)
  if (is_gzip(origin)) check_gzip_sums(c(header$bytes, data), origin)
  as_array(data, header, "big")
}

# IDX type code -> the name of the type as in NPY.
idx_types <- c(`08` = "u1", `09` = "i1", `0b` = "i2", `0c` = "i4", `0d` = "f4", `0e` = "f8")

# Image data sets have three dimensions. A much larger number is a sign of damage.
idx_most_dims <- 8L

read_idx_header <- function(con, origin) {
  bytes <- magic <- read_bytes(con, 4, origin)
  code <- as.character(magic[3L])
  known <- length(magic) == 4L && all(magic[1:2] == 0) && code %in% names(idx_types)
  if (!known) {
    stop_wrong_start(
      c(magic, read_bytes(con, 200, origin)), 4L, origin,
      "An IDX file starts with two zero bytes and a type code from 08 to 0e.",
      unpacked = is_gzip(origin)
    )
  }
  dims <- as.integer(magic[4L])
  if (dims < 1L || dims > idx_most_dims) {
    stop_file(origin, sprintf("has %d dimensions", dims),
      sprintf("An IDX file has 1 to %d dimensions.", idx_most_dims)
    )
  }
  shape <- read_bytes(con, 4 * dims, origin)
  if (length(shape) < 4 * dims) {
    stop_file(origin, sprintf("ends after %d of %d bytes of its shape", length(shape), 4L * dims))
  }
  bytes <- c(bytes, shape)
  shape <- decode_numbers(shape, "u4", "big")
  list(
    type = idx_types[[code]], shape = check_shape(shape, origin), size = length(bytes),
    bytes = bytes
  )
}

# ---- What the readers of IDX and NPY share ---------------------------------------

# Where bytes come from, for the error messages: the file and the name of its format, such as
# "IDX file". `most` is the largest number of bytes that it can hold once decompressed. The readers
# of archives add `member`, the name of the member being read.
file_origin <- function(file, format) {
  file <- check_file(file, "file")
  list(file = file, format = format, most = most_inflated(file.size(file)))
}

# The file is damaged or of another format. `problem` completes the sentence "`x.gz` is not a valid
# IDX file: it ...". `hint` is one or more whole sentences.
stop_file <- function(origin, problem, hint = NULL, class = NULL, ...) {
  if (!is.null(origin$member) && isTRUE(origin$others) && is.null(class)) {
    hint <- c(hint, "Use `members` to name the arrays to read, without this one.")
  }
  lead <- paste("is not a valid", origin$format)
  stop_origin(origin, lead, paste(origin_subject(origin), problem), hint, class = class, ...)
}

# The file can be right, but this package cannot read it. `problem` as in stop_file().
stop_unsupported <- function(origin, problem, hint = NULL, ...) {
  stop_origin(origin, "cannot be read", paste(origin_subject(origin), problem), hint, ...)
}

# What `problem` says something about: the file or one member of it.
origin_subject <- function(origin) {
  if (is.null(origin$member)) "it" else paste("member", origin$member)
}

# `...` are fields of the condition. Problem and hint can quote the file, whose control characters
# must not reach the terminal.
stop_origin <- function(origin, lead, problem, hint, class = NULL, ...) {
  shown <- readable(problem, 400L)
  hint <- vapply(hint, readable, "", most = 400L)
  cli::cli_abort(
    c("{.file {visible(origin$file)}} {lead}: {shown}.",
      rlang::set_names(sprintf("{hint[%d]}", seq_along(hint)), rep("i", length(hint)))
    ),
    class = c(class, "feedforward_file_error", "feedforward_error"), call = user_call(),
    problem = problem, ...
  )
}

# The file starts in another way than its format does. `start` are its first bytes, of which `n` are
# shown unless they belong to a well-known format.
stop_wrong_start <- function(start, n, origin, hint, unpacked = FALSE, ...) {
  known <- known_start(start, unpacked)
  if (!is.null(known)) {
    stop_file(origin, known$problem, known$hint, ...)
  }
  shown <- paste(utils::head(start, n), collapse = " ")
  stop_file(origin, paste("starts with the bytes", shown), hint, ...)
}

# Files that people often have instead of the right one. `unpacked`: whether `start` was compressed.
known_start <- function(start, unpacked = FALSE) {
  starts <- function(with) identical(utils::head(start, length(with)), with)
  if (!length(start)) {
    return(list(problem = "is empty"))
  }
  if (is_html(start)) {
    return(list(
      problem = "is a web page", hint = "Is it an error page? Download the file again."
    ))
  }
  if (starts(npy_magic)) {
    return(list(problem = "is an NPY file", hint = "Use `read_npy()`."))
  }
  if (starts(as.raw(c(0x50, 0x4b, 3, 4)))) {
    return(list(
      problem = "is a zip archive", hint = "Unzip it first. Use `read_npz()` for .npz archives."
    ))
  }
  if (starts(gzip_magic)) {
    problem <- if (unpacked) "is compressed twice" else "is compressed with gzip"
    list(problem = problem, hint = if (unpacked) "Decompress it once." else "Decompress it first.")
  }
}

is_html <- function(bytes) {
  text <- rawToChar(bytes[bytes != 0])
  grepl("^\\s*<(!doctype|html|\\?xml)", text, ignore.case = TRUE, useBytes = TRUE)
}

# Deflate never shrinks data to less than 1/1032 of its size. A file that announces more than this
# is refused before its numbers are read.
most_inflated <- function(bytes) 1032 * bytes + 65536

# R's connections report damage by warnings as often as by errors.
guard_reading <- function(code, origin) {
  failed <- function(cnd) {
    problem <- sprintf("R reports \"%s\"", conditionMessage(cnd))
    stop_origin(origin, "cannot be read", problem, "The file might be damaged.")
  }
  tryCatch(code, error = failed, warning = failed)
}

open_binary <- function(origin) {
  guard_reading(
    if (is_gzip(origin)) gzfile(origin$file, "rb") else file(origin$file, "rb", raw = TRUE),
    origin
  )
}

is_gzip <- function(origin) {
  start <- guard_reading(readBin(origin$file, "raw", 2L), origin)
  identical(start, gzip_magic)
}

gzip_magic <- as.raw(c(0x1f, 0x8b))

# The CRC-32 as eight hexadecimal digits.
crc32_of <- function(bytes) {
  crc <- digest::digest(bytes, "crc32", serialize = FALSE)
  paste0(strrep("0", 8L - nchar(crc)), crc)
}

# Up to `n` bytes, fewer at the end of the file. Reading in pieces keeps memory in proportion to the
# bytes that exist, even if `n` is false. Pieces are large, since joining them costs time: images
# are seldom compressed to less than an eighth.
read_bytes <- function(con, n, origin, piece = max(2^22, 8 * file.size(origin$file))) {
  pieces <- list()
  while (n > 0) {
    bytes <- guard_reading(readBin(con, "raw", min(n, piece)), origin)
    if (!length(bytes)) break
    pieces[[length(pieces) + 1L]] <- bytes
    n <- n - length(bytes)
  }
  if (length(pieces) == 1L) {
    return(pieces[[1L]])
  }
  if (length(pieces)) do.call(c, pieces) else raw()
}

# The bytes of the numbers that follow a header. Refuses files that have fewer or more.
read_data <- function(con, header, origin) {
  size <- prod(header$shape) * type_size(header$type)
  announced <- sprintf("%s byte%s of numbers", size_text(size), plural(size))
  if (length(header$shape)) announced <- sprintf("%s (%s)", announced, shape_text(header$shape))
  if (header$size + size > origin$most) {
    stop_file(origin, sprintf("declares %s, but can hold at most %.0f", announced, origin$most))
  }
  if (size > .Machine$integer.max) {
    stop_unsupported(origin, paste("declares", announced), "R reads at most 2147483647 bytes.")
  }
  data <- read_bytes(con, size, origin)
  if (length(data) < size) {
    stop_file(origin, sprintf("ends after %d of %s", length(data), announced))
  }
  # R reports a damaged compressed file only when its end is reached.
  if (length(read_bytes(con, 1, origin))) {
    stop_file(origin, sprintf("has more than the %s that it declares", announced))
  }
  data
}

size_text <- function(size) sprintf(if (size < 1e15) "%.0f" else "%.2g", size)

shape_text <- function(shape) {
  if (length(shape) > idx_most_dims) {
    return(sprintf("%d dimensions", length(shape)))
  }
  paste(sprintf("%.0f", shape), collapse = " x ")
}

check_shape <- function(shape, origin, ...) {
  if (any(shape > .Machine$integer.max)) {
    stop_file(origin, sprintf("has the shape %s", shape_text(shape)),
      "A dimension is at most 2147483647.", ...
    )
  }
  as.integer(shape)
}

# The array of a header's shape. Single bytes are rearranged before they become integers, which
# moves a quarter of the memory.
as_array <- function(data, header, endian) {
  shape <- header$shape
  if (header$type == "u1" && length(shape) > 1L) {
    return(rearrange_cpp(data, shape, 1, shape, "integers"))
  }
  if (type_size(header$type) > 1L) {
    return(from_row_major(decode_numbers(data, header$type, endian), shape))
  }
  values <- decode_numbers(from_row_major(data, shape), header$type, endian)
  if (length(shape)) dim(values) <- shape
  values
}

# Bytes per number of a type such as "u4", an unsigned whole number of four bytes. The letters are
# b for logical, i for signed, u for unsigned, f for floating point.
type_size <- function(type) as.integer(substr(type, 2L, 2L))

decode_numbers <- function(bytes, type, endian) {
  n <- length(bytes) / type_size(type)
  read <- function(what, ...) readBin(bytes, what, n, endian = endian, ...)
  switch(type,
    b1 = as.logical(bytes),
    u1 = as.integer(bytes),
    i1 = read("integer", size = 1L),
    i2 = read("integer", size = 2L),
    u2 = read("integer", size = 2L, signed = FALSE),
    i4 = widen_lowest(read("integer", size = 4L)),
    u4 = unsigned(read("integer", size = 4L)),
    i8 = join_halves(bytes, endian, signed = TRUE),
    u8 = join_halves(bytes, endian, signed = FALSE),
    f4 = read("double", size = 4L),
    f8 = read("double", size = 8L)
  )
}

# R's integers use the lowest 4-byte number for NA. As a double, it is a number.
widen_lowest <- function(x) {
  lowest <- is.na(x)
  if (any(lowest)) replace(as.double(x), lowest, -2^31) else x
}

unsigned <- function(x) {
  x <- as.double(widen_lowest(x))
  x + 2^32 * (x < 0)
}

# Eight bytes as the sum of two four-byte halves.
join_halves <- function(bytes, endian, signed) {
  halves <- readBin(bytes, "integer", length(bytes) / 4, size = 4L, endian = endian)
  dim(halves) <- c(2L, length(halves) / 2)
  if (endian == "big") halves <- halves[2:1, , drop = FALSE]
  high <- halves[2L, ]
  high <- if (signed) as.double(widen_lowest(high)) else unsigned(high)
  low <- unsigned(halves[1L, ])
  high <- 2^32 * high
  x <- low + high
  # A sum that was rounded to 2^53 is moved to the next double, so that check_exact() sees it.
  rounded <- x - high != low
  if (any(rounded)) x[rounded] <- x[rounded] * (1 + .Machine$double.eps)
  x
}

# ---- Members of gzip files ---------------------------------------------------------

# A gzip file consists of members that were compressed one by one and joined. Each ends with the
# CRC-32 and the size of its content. R's gzfile() reads all members, but says nothing if the end of
# the last one is missing, and never checks the sizes.

# Refuses a file whose checksums do not fit `content`, which is everything that gzfile() returned.
# R does not say where a member ends, but its content determines the eight bytes at its end. Zeros
# can follow the last member: they fill tapes.
check_gzip_sums <- function(content, origin) {
  packed <- guard_reading(readBin(origin$file, "raw", file.size(origin$file)), origin)
  if (identical(utils::tail(packed, 8L), gzip_trailer(content))) {
    return(invisible())
  }
  last <- last_member(packed, content, origin)
  # The deflated bytes follow a header of at least 10 bytes.
  ends <- grepRaw(gzip_trailer(last$content), packed, last$start + 12L, fixed = TRUE, all = TRUE)
  if (!length(ends)) {
    stop_file(origin, "is damaged: a checksum or a size in it does not match its content")
  }
  rest <- utils::tail(packed, -(max(ends) + 7L))
  if (any(rest != 0)) {
    extra <- sprintf("%d extra byte%s", length(rest), plural(length(rest)))
    stop_file(origin, paste("has", extra, "after the compressed data"))
  }
}

# The start and the content of the last member. Every other member ends with the right checksum
# where the next one starts.
last_member <- function(packed, content, origin) {
  starts <- grepRaw(as.raw(c(0x1f, 0x8b, 8)), packed, 2L, fixed = TRUE, all = TRUE)
  starts <- starts[starts > 18L]
  sizes <- gzip_sizes(packed, starts)
  # Empty members change nothing.
  possible <- sizes > 0 & sizes <= length(content)
  starts <- starts[possible]
  sizes <- sizes[possible]
  start <- 1L
  done <- 0
  wasted <- 0
  for (k in seq_along(starts)) {
    if (sizes[k] > length(content) - done) next
    part <- content[done + seq_len(sizes[k])]
    if (identical(packed[starts[k] - 8:1], gzip_trailer(part))) {
      start <- starts[k]
      done <- done + sizes[k]
    } else {
      # By chance, compressed data look like the start of a member once in 16 MB.
      wasted <- wasted + sizes[k] + 2^16
      if (wasted > 2^26 + 2 * length(content)) {
        stop_file(origin, "is damaged: many gzip members start, but do not end")
      }
    }
  }
  list(start = start, content = if (done > 0) utils::tail(content, -done) else content)
}

# The sizes (modulo 2^32) stored in the four bytes before each start.
gzip_sizes <- function(packed, starts) {
  byte <- function(k) as.double(as.integer(packed[starts - k]))
  byte(4L) + 2^8 * byte(3L) + 2^16 * byte(2L) + 2^24 * byte(1L)
}

# The eight bytes that end a member with this content.
gzip_trailer <- function(content) {
  crc <- crc32_of(content)
  size <- length(content) %% 2^32
  bytes <- strtoi(substring(crc, c(7L, 5L, 3L, 1L), c(8L, 6L, 4L, 2L)), 16L)
  as.raw(c(bytes, size %/% 256^(0:3) %% 256))
}
