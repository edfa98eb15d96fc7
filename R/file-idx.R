#' Read an IDX file
#'
#' IDX is the file format of MNIST: two zero bytes, one byte for the type of the
#' numbers, one for the number of dimensions, the dimensions as 4-byte whole numbers,
#' then the numbers, last index fastest, all of them big-endian.
#'
#' @param file Path of one IDX file, as it is or compressed by gzip (told from its
#'   content, whatever its name). A gzip file may have several members, one behind the other, as
#'   `cat a.gz b.gz`, bgzip and programs that compress in parallel write them, and zeros behind the
#'   last.
#'
#' @return An array of the shape that the file names; element `[i, j, k]` is the
#'   file's element (i, j, k). A file with one dimension gives a 1-d array. Unsigned
#'   and signed bytes, 2-byte and 4-byte whole numbers become integers, 4- and 8-byte
#'   floating point numbers doubles. Should 4-byte whole numbers hold -2147483648,
#'   which is `NA` as an integer in R, the array is double.
#'
#' @section Errors:
#' A `feedforward_error`, more closely a `feedforward_file_error`, that says what was
#' found and what was wanted, when the file does not exist, is not IDX, is damaged,
#' or holds fewer or more bytes than its first bytes announce. What they announce is
#' not trusted: memory is taken only for bytes that are there, and reading stops one
#' byte past the announced end. Files with 2 GiB of numbers or more are refused. But many
#' zeros are few bytes once they are compressed: a compressed file may need some 6000 times its size
#' in memory, 12 GB at most.
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
  origin <- file_origin(file, "IDX")
  con <- open_binary(origin)
  on.exit(close(con))
  header <- read_idx_header(con, origin)
  data <- read_data(con, header, origin)
  if (is_gzip(origin)) check_gzip_sums(c(header$bytes, data), origin)
  as_array(data, header, "big")
}

# IDX type code -> the name of the type as in NPY.
idx_types <- c(`08` = "u1", `09` = "i1", `0b` = "i2", `0c` = "i4", `0d` = "f4", `0e` = "f8")

# R arrays could have more, MNIST and its kin have three; a large number is damage.
idx_most_dims <- 8L

read_idx_header <- function(con, origin) {
  bytes <- magic <- read_bytes(con, 4, origin)
  code <- as.character(magic[3L])
  known <- length(magic) == 4L && all(magic[1:2] == 0) && code %in% names(idx_types)
  if (!known) {
    stop_file(
      origin, "two zero bytes and a type code from 08 to 0e at its start",
      paste("the bytes", paste(magic, collapse = " "))
    )
  }
  dims <- as.integer(magic[4L])
  if (dims < 1L || dims > idx_most_dims) {
    stop_file(origin, sprintf("1 to %d dimensions", idx_most_dims), as.character(dims))
  }
  shape <- read_bytes(con, 4 * dims, origin)
  if (length(shape) < 4 * dims) {
    stop_file(origin, sprintf("%d dimensions", dims), "an end within them")
  }
  bytes <- c(bytes, shape)
  shape <- decode_numbers(shape, "u4", "big")
  list(
    type = idx_types[[code]], shape = check_shape(shape, origin), size = length(bytes),
    bytes = bytes
  )
}

# ---- What the readers of IDX and NPY share ---------------------------------------

# Where bytes come from, for the error messages: the file, a word for its format and
# the call to blame. `most` bounds the bytes that can possibly come out of it.
file_origin <- function(file, format) {
  file <- check_file(file, "file")
  list(file = file, format = format, most = most_inflated(file.size(file)))
}

# Text of the file may stand in what was found and, as the name of a member, in the format: its
# control characters shall not reach the terminal.
# `...` are fields of the condition.
stop_file <- function(origin, wanted, found, class = NULL, ...) {
  origin$format <- readable(origin$format)
  shown <- readable(found)
  cli::cli_abort(
    c("{.file {visible(origin$file)}} cannot be read as {origin$format}.",
      x = "Found {shown}.", i = "Wanted {wanted}."
    ),
    class = c(class, "feedforward_file_error", "feedforward_error"), call = user_call(), ...
  )
}

# Deflate shrinks nothing to less than 1/1032 of its size. So a file that announces
# more than this is refused before its numbers are read.
most_inflated <- function(bytes) 1032 * bytes + 65536

# R's connections report damage by warnings as often as by errors.
guard_reading <- function(code, origin) {
  damaged <- function(cnd) stop_file(origin, "a file without damage", conditionMessage(cnd))
  tryCatch(code, error = damaged, warning = damaged)
}

open_binary <- function(origin) {
  guard_reading(
    if (is_gzip(origin)) gzfile(origin$file, "rb") else file(origin$file, "rb", raw = TRUE),
    origin
  )
}

is_gzip <- function(origin) {
  start <- guard_reading(readBin(origin$file, "raw", 2L), origin)
  identical(start, as.raw(c(0x1f, 0x8b)))
}

# As eight digits.
crc32_of <- function(bytes) {
  crc <- digest::digest(bytes, "crc32", serialize = FALSE)
  paste0(strrep("0", 8L - nchar(crc)), crc)
}

# Up to `n` bytes, fewer at the end of the file. In pieces, so that a false `n` costs
# no more memory than the bytes that are really there, or some times the file: images are seldom
# compressed to less than an eighth, and one piece need not be joined with others.
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

# The numbers behind a header of `header$size` bytes: exactly as many bytes as it
# announces, and then the end.
read_data <- function(con, header, origin) {
  wanted <- prod(header$shape) * type_size(header$type)
  announced <- sprintf(
    "%.0f bytes of numbers (%s) after the first %d", wanted,
    paste(header$shape, collapse = " x "), header$size
  )
  if (header$size + wanted > origin$most) {
    stop_file(origin, announced, sprintf("room for %.0f at the very most", origin$most))
  }
  if (wanted > .Machine$integer.max) {
    stop_file(origin, "at most 2147483647 bytes of numbers, the most R decodes", announced)
  }
  data <- read_bytes(con, wanted, origin)
  few <- length(data) < wanted
  # The end of a file is also where R tells that a compressed one is damaged.
  if (few || length(read_bytes(con, 1, origin))) {
    found <- if (few) sprintf("only %d", length(data)) else "more bytes than these"
    stop_file(origin, announced, found)
  }
  data
}

check_shape <- function(shape, origin) {
  if (any(shape > .Machine$integer.max)) {
    stop_file(
      origin, "dimensions of at most 2147483647",
      paste("the shape", paste(sprintf("%.0f", shape), collapse = " x "))
    )
  }
  as.integer(shape)
}

# Single bytes are turned into row order while they are still raw, or on their way to integers: a
# quarter of the memory to move.
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

# "u4" is an unsigned whole number of four bytes; b: logical, i: signed, f: floating.
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

# The lowest 4-byte number is what R takes for NA; as a double it is a number.
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
  # A sum that had to be rounded to 2^53 moves on to the next double, where
  # check_exact() sees it.
  rounded <- x - high != low
  if (any(rounded)) x[rounded] <- x[rounded] * (1 + .Machine$double.eps)
  x
}

# ---- Members of gzip files ---------------------------------------------------------

# The checksums of a gzip file. It consists of members that were compressed one by one and joined;
# each ends with the CRC-32 of its content and the number of its bytes. R's gzfile() reads all
# members, but says nothing where the end of the last one is missing, and never looks at the numbers
# of bytes.

# `content` is all that gzfile() gave. Where a member ends is not known, since R does not tell: but
# the eight bytes at its end follow from its content. Behind the last member there may be zeros, by
# which tapes are filled.
check_gzip_sums <- function(content, origin) {
  packed <- guard_reading(readBin(origin$file, "raw", file.size(origin$file)), origin)
  if (identical(utils::tail(packed, 8L), gzip_trailer(content))) {
    return(invisible())
  }
  last <- last_member(packed, content, origin)
  # The deflated bytes come behind a header of at least 10.
  ends <- grepRaw(gzip_trailer(last$content), packed, last$start + 12L, fixed = TRUE, all = TRUE)
  if (!length(ends)) {
    stop_file(origin, "the CRC-32 and the size of each member at its end", "damage: others")
  }
  rest <- utils::tail(packed, -(max(ends) + 7L))
  if (any(rest != 0)) {
    found <- sprintf("%d bytes that are not zero", sum(rest != 0))
    stop_file(origin, "the end of the file, or zeros, behind the compressed data", found)
  }
}

# Where the last member starts, and its content. The others end where the next one starts, with a
# checksum that is right.
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
      # Compressed data look like the start of a member once in 16 MB, not again and again.
      wasted <- wasted + sizes[k] + 2^16
      if (wasted > 2^26 + 2 * length(content)) {
        stop_file(origin, "members with their checksums", "damage: many starts without an end")
      }
    }
  }
  list(start = start, content = if (done > 0) utils::tail(content, -done) else content)
}

# The numbers of bytes, modulo 2^32, that stand before these places.
gzip_sizes <- function(packed, starts) {
  byte <- function(k) as.double(as.integer(packed[starts - k]))
  byte(4L) + 2^8 * byte(3L) + 2^16 * byte(2L) + 2^24 * byte(1L)
}

# What ends a member of this content.
gzip_trailer <- function(content) {
  crc <- crc32_of(content)
  size <- length(content) %% 2^32
  bytes <- strtoi(substring(crc, c(7L, 5L, 3L, 1L), c(8L, 6L, 4L, 2L)), 16L)
  as.raw(c(bytes, size %/% 256^(0:3) %% 256))
}
