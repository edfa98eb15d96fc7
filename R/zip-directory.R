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
