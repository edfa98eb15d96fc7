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
