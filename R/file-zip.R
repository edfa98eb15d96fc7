# Reads the directory of a zip archive, such as an npz file.

# The directory at the end of the archive, one row per member. It is read here for its checksums,
# which utils::unzip(list = TRUE) does not return. Its sizes are not used, since they can be false.
zip_members <- function(origin) {
  directory <- read_zip_directory(origin)
  bytes <- directory$bytes
  # unz() searches the whole directory for each member.
  if (directory$count > most_members) {
    stop_unsupported(origin, sprintf("has %.0f members", directory$count),
      sprintf("Archives of at most %.0f members can be read.", most_members)
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
    stop_file(origin, sprintf(
      "lists %d member%s in its directory instead of %.0f", length(members),
      plural(length(members)), directory$count
    ))
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
    stop_file(origin, sprintf("is damaged %.0f bytes into its directory of members", at))
  }
  name <- rawToChar(name)
  Encoding(name) <- "UTF-8"
  if (!validUTF8(name)) {
    stop_file(origin, "has a member whose name is not UTF-8")
  }
  list(
    name = name, flags = field(8, 2), method = field(10, 2),
    crc = paste(rev(bytes[at + 16 + 1:4]), collapse = ""), start = field(42, 4), length = size
  )
}

# Names have no checksum, but each is stored twice: in the directory and before its member. If the
# two differ, one of them is damaged, or the archive shows different programs different things.
# `moved` is the number of bytes that precede the archive proper.
check_local_names <- function(members, moved, origin) {
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  for (member in members) {
    name <- charToRaw(member$name)
    guard_reading(seek(con, min(member$start + moved, file.size(origin$file))), origin)
    head <- read_bytes(con, 30 + length(name), origin)
    whole <- length(head) == 30L + length(name) && identical(head[1:4], zip_mark(3:4))
    if (!whole || little_endian(head[27:28]) != length(name) || !identical(head[-(1:30)], name)) {
      stop_file(origin, paste("does not have", member$name, "where its directory says it is"))
    }
    # The compression method and the encryption flag.
    same <- little_endian(head[9:10]) == member$method &&
      as.integer(head[7L]) %% 2 == member$flags %% 2
    if (!same) {
      stop_file(origin, paste("gives two different compression methods for", member$name))
    }
  }
}

zip_mark <- function(kind) c(charToRaw("PK"), as.raw(kind))

# The bytes of the directory, the number of members, and the number of bytes before the archive
# proper, such as a program that unpacks it. An archive ends with a record of 22 bytes and an
# optional comment of up to 65535 bytes.
read_zip_directory <- function(origin) {
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  size <- file.size(origin$file)
  before <- max(0, size - 22 - 65535)
  guard_reading(seek(con, before), origin)
  tail <- read_bytes(con, size - before, origin)
  end <- find_zip_end(tail)
  if (is.na(end)) {
    start <- guard_reading(readBin(origin$file, "raw", 200L), origin)
    stop_no_zip(start, origin)
  }
  field <- function(offset, width) little_endian(tail[end + offset + seq_len(width)])
  count <- field(10, 2)
  length <- field(12, 4)
  start <- field(16, 4)
  if (count == 65535 || length == 2^32 - 1 || start == 2^32 - 1) {
    stop_unsupported(origin, "is an archive in Zip64 format",
      "Archives below 4 GiB with at most 1000 members can be read."
    )
  }
  moved <- before + end - length - start
  if (moved < 0) {
    stop_file(origin, "is cut off: bytes before its directory are missing")
  }
  guard_reading(seek(con, before + end - length), origin)
  list(bytes = read_bytes(con, length, origin), count = count, moved = moved)
}

stop_no_zip <- function(start, origin) {
  known <- known_start(start)
  # A zip archive without its end was cut off.
  if (is.null(known) || known$problem == "is a zip archive") {
    known <- list(
      problem = "has no zip directory at its end", hint = "Is the file complete? Download it again."
    )
  }
  stop_file(origin, known$problem, known$hint)
}

# The number of bytes of `tail` before the last end record. NA if there is none.
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
