# What a zip archive says of its members, read with distrust.

# The directory at the end of the archive, one row per member. Its checksums are the
# reason to read it here: utils::unzip(list = TRUE) does not tell them. Its sizes are
# not read, since nobody should trust them.
zip_members <- function(origin) {
  bytes <- read_zip_directory(origin)
  members <- list()
  at <- 0
  while (at < length(bytes)) {
    member <- zip_member(bytes, at, origin)
    members[[length(members) + 1L]] <- member
    at <- at + member$length
  }
  data.frame(
    name = vapply(members, `[[`, "", "name"), flags = vapply(members, `[[`, 0, "flags"),
    method = vapply(members, `[[`, 0, "method"), crc = vapply(members, `[[`, "", "crc")
  )
}

# The entry that starts `at` bytes into the directory.
zip_member <- function(bytes, at, origin) {
  field <- function(offset, width) little_endian(bytes[at + offset + seq_len(width)])
  whole <- at + 46 <= length(bytes) && identical(bytes[at + 1:4], as.raw(c(0x50, 0x4b, 1, 2)))
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
    crc = paste(rev(bytes[at + 16 + 1:4]), collapse = ""), length = size
  )
}

# An archive ends with a record of 22 bytes and perhaps a comment of up to 65535.
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
  if (count == 65535 || length == 2^32 - 1 || field(16, 4) == 2^32 - 1) {
    wanted <- "an archive below 4 GiB with fewer than 65535 members"
    stop_file(origin, wanted, "a larger one (Zip64)")
  }
  if (length > before + end) {
    stop_file(origin, "a whole directory of members", "an end before it starts")
  }
  guard_reading(seek(con, before + end - length), origin)
  read_bytes(con, length, origin)
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
