# Tensors and a plain list in one file of the format safetensors, written in one step and
# read with distrust. CRAN's package of that name writes and reads torch's tensors only and
# believes what a header says, so the format is written out here.
#
# The file: 8 bytes, the size of the header; the header, JSON that names type, shape and
# place of each tensor and, under __metadata__, strings; the numbers, row after row, without
# gaps. One of the strings is the SHA-256 of the whole file with 64 zeros in that string's
# place: whatever bit is flipped, the file is refused.

# Writes `tensors`, a named list of double or integer vectors and matrices, and `metadata`,
# a plain list (see to_plain_json()), to the file `path`. An older file there stays whole
# until the new one takes its name. Returns `path` invisibly.
write_tensors <- function(path, tensors, metadata = list()) {
  path <- check_string(path, "path")
  check_tensors(tensors)
  data <- unlist(lapply(unname(tensors), tensor_bytes))
  if (length(data) > .Machine$integer.max) {
    stop_feedforward("A model of 2 GiB or more cannot be written.")
  }
  head <- tensor_header(tensors, to_plain_json(metadata))
  if (length(head) > most_header) {
    stop_feedforward("A model whose names and levels take 10 MB or more cannot be written.",
      i = "{.fn saveRDS} keeps any model."
    )
  }
  digest <- charToRaw(whole_digest(head, data))
  head[digest_place(head)] <- digest
  write_whole(path, c(head, data))
}

# What write_tensors() wrote: list(tensors, metadata). Nothing in the file is evaluated.
read_tensors <- function(path) {
  origin <- safetensors_origin(path)
  bytes <- read_all(origin)
  size <- header_size(bytes, origin)
  header <- parse_json(bytes[8 + seq_len(size)], origin)
  check_digest(bytes, size, header, origin)
  directory <- header[names(header) != "__metadata__"]
  check_directory(directory, length(bytes) - 8 - size, origin)
  list(
    tensors = lapply(directory, tensor_from, bytes = bytes, start = 8 + size),
    metadata = from_plain_json(header[["__metadata__"]]$feedforward, origin)
  )
}

# ---- Writing ----------------------------------------------------------------------

# These come from the package itself, never from a user.
check_tensors <- function(tensors) {
  fits <- vapply(tensors, function(x) typeof(x) %in% c("double", "integer"), TRUE)
  named <- length(tensors) == 0L || (!is.null(names(tensors)) && all(nzchar(names(tensors))))
  if (!all(fits) || !named || anyDuplicated(names(tensors)) || "__metadata__" %in% names(tensors)) {
    stop_feedforward("Tensors must be named double or integer arrays.")
  }
}

# Row after row, as other programs read them.
tensor_bytes <- function(x) {
  if (length(dim(x)) > 1L) x <- aperm(x)
  writeBin(as.vector(x), raw(), endian = "little")
}

tensor_shape <- function(x) if (is.null(dim(x))) length(x) else dim(x)

# The first bytes of the file: the size of the header and the header, 64 zeros where the
# digest goes. Spaces fill it to a multiple of 8, so that the numbers are aligned.
tensor_header <- function(tensors, json) {
  ends <- cumsum(as.double(lengths(tensors)) * ifelse(vapply(tensors, is.double, TRUE), 8, 4))
  starts <- c(0, ends)[seq_along(ends)]
  entries <- sprintf(
    "%s:{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%.0f,%.0f]}",
    quote_json(as.character(names(tensors))),
    ifelse(vapply(tensors, is.double, TRUE), "F64", "I32"),
    vapply(tensors, function(x) paste(tensor_shape(x), collapse = ","), ""), starts, ends
  )
  metadata <- sprintf(
    "\"__metadata__\":{\"sha256\":\"%s\",\"feedforward\":%s}", strrep("0", 64L), quote_json(json)
  )
  text <- charToRaw(enc2utf8(paste0("{", paste(c(metadata, entries), collapse = ","), "}")))
  text <- c(text, rep(charToRaw(" "), -length(text) %% 8L))
  size <- length(text) %/% 256^(0:7) %% 256
  c(as.raw(size), text)
}

# The digest comes first in every header, so its place is fixed.
digest_place <- function(head) {
  8L + nchar("{\"__metadata__\":{\"sha256\":\"") + seq_len(64L)
}

whole_digest <- function(head, data) {
  digest::digest(c(head, data), algo = "sha256", serialize = FALSE)
}

# `bytes` as the file `path`, wholly or not at all: under a name of their own beside it
# first, so that a full disk or an interrupt leaves an older file as it was.
write_whole <- function(path, bytes) {
  goal <- end_of_links(path)
  part <- part_beside(goal)
  on.exit(unlink(part))
  problem <- writing_problem(goal)
  if (!is.null(problem)) stop_writing(path, problem)
  failed <- function(cnd) {
    full <- file.exists(part) && is_full(goal)
    reason <- gsub(part, goal, conditionMessage(cnd), fixed = TRUE)
    stop_writing(path, if (full) "the disk is full" else reason)
  }
  tryCatch(
    {
      make_part(part, goal)
      writeBin(bytes, part)
    },
    error = failed, warning = failed
  )
  if (!identical(as.double(file.size(part)), as.double(length(bytes)))) {
    stop_writing(path, "not all bytes arrived: is the disk full?")
  }
  if (!suppressWarnings(file.rename(part, goal))) {
    stop_writing(path, "a file of this name cannot be made there")
  }
  invisible(path)
}

stop_writing <- function(path, reason) {
  stop_feedforward("{.file {visible(path)}} could not be written.",
    x = "{visible(reason)}", class = "feedforward_file_error"
  )
}

# ---- Reading ----------------------------------------------------------------------

safetensors_origin <- function(path) {
  list(file = check_file(path, "path"), format = "a model")
}

read_all <- function(origin) {
  size <- file.size(origin$file)
  if (size > .Machine$integer.max) {
    stop_file(origin, "at most 2147483647 bytes", sprintf("%.0f", size))
  }
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  read_bytes(con, size, origin)
}

# Bytes of the longest header. No model needs 10 MB of JSON.
most_header <- 1e7

# The size of the header, as far as the file can have it.
header_size <- function(bytes, origin) {
  most <- min(length(bytes) - 8, most_header)
  size <- if (most > 0) little_endian(bytes[1:8])
  if (is.null(size) || size < 2 || size > most) {
    found <- if (length(bytes) == 0L) {
      "an empty file"
    } else if (is_r_file(bytes)) {
      "a compressed file, or one of R's own, as saveRDS() and save() write"
    } else {
      sprintf("%.0f bytes that do not hold the header they should begin with", length(bytes))
    }
    stop_file(origin, "a whole file of write_model(), in the format safetensors", found)
  }
  size
}

# Whether a file begins as those that R writes of its objects, compressed (gzip, bzip2, xz) or not.
is_r_file <- function(bytes) {
  starts <- list(
    as.raw(c(0x1f, 0x8b)), charToRaw("BZh"), as.raw(c(0xfd, 0x37, 0x7a)), charToRaw("RDX"),
    charToRaw("RDA"), charToRaw("X\n"), charToRaw("A\n")
  )
  any(vapply(starts, function(start) identical(utils::head(bytes, length(start)), start), TRUE))
}

check_digest <- function(bytes, size, header, origin) {
  metadata <- header[["__metadata__"]]
  is_ours <- is.list(metadata) && identical(names(metadata), c("sha256", "feedforward")) &&
    all(vapply(metadata, rlang::is_string, TRUE))
  if (!is_ours) {
    stop_file(origin, "a file written by feedforward", "safetensors of another program")
  }
  place <- digest_place(bytes)
  found <- bytes[place]
  bytes[place] <- charToRaw("0")
  if (!identical(charToRaw(whole_digest(bytes, NULL)), found)) {
    stop_file(origin, "the SHA-256 that the file names", "damage: another SHA-256")
  }
}

# Every byte of the data belongs to exactly one tensor, in the order of the directory.
check_directory <- function(directory, data_size, origin) {
  end <- 0
  # By number: looking up each of many names takes forever.
  for (k in seq_along(directory)) {
    name <- names(directory)[k]
    entry <- directory[[k]]
    if (!is_entry(entry)) {
      stop_file(origin, "type (F64 or I32), shape and offsets of each tensor", quoted_name(name))
    }
    offsets <- as.double(entry$data_offsets)
    bytes <- prod(as.double(unlist(entry$shape))) * if (entry$dtype == "F64") 8 else 4
    if (offsets[1L] != end || offsets[2L] - offsets[1L] != bytes || offsets[2L] > data_size) {
      wanted <- "tensors that follow each other without gap or overlap, of the size of their shape"
      stop_file(origin, wanted, quoted_name(name))
    }
    end <- offsets[2L]
  }
  if (end != data_size) {
    stop_file(origin, sprintf("%.0f bytes of numbers", end), sprintf("%.0f", data_size))
  }
}

quoted_name <- function(name) sprintf("other ones for \"%s\"", substr(name, 1L, 80L))

is_entry <- function(entry) {
  is.list(entry) && setequal(names(entry), c("dtype", "shape", "data_offsets")) &&
    rlang::is_string(entry$dtype) && entry$dtype %in% c("F64", "I32") &&
    is_whole_list(entry$shape) && length(entry$shape) %in% 1:8 &&
    is_whole_list(entry$data_offsets) && length(entry$data_offsets) == 2L
}

is_whole_list <- function(x) {
  is.list(x) && is.null(names(x)) && all(vapply(x, function(value) {
    is.numeric(value) && length(value) == 1L && is.finite(value) && value >= 0 &&
      value == round(value) && value <= .Machine$integer.max
  }, TRUE))
}

tensor_from <- function(entry, bytes, start) {
  shape <- as.integer(unlist(entry$shape))
  offsets <- as.double(entry$data_offsets)
  data <- bytes[start + offsets[1L] + seq_len(offsets[2L] - offsets[1L])]
  what <- if (entry$dtype == "F64") "double" else "integer"
  x <- readBin(data, what, prod(shape), endian = "little")
  if (length(shape) == 1L) x else aperm(array(x, rev(shape)))
}

# ---- Paths -------------------------------------------------------------------------

# What is refused of files, before anything of them is read or written.

# "none", "file", "folder", or "other" for a device, a pipe or a socket.
file_kind <- function(path) file_kind_cpp(enc2native(path.expand(path)))

# The full path of a file to read. Devices and pipes are none: they may keep one waiting for ever.
check_file <- function(path, arg) {
  path <- check_string(path, arg)
  kind <- file_kind(path)
  if (kind != "file") {
    got <- switch(kind,
      none = "where there is none",
      folder = "which is a folder",
      other = "which is a device or a pipe"
    )
    stop_input(arg, "the path of a file that exists", sprintf("\"%s\", %s", readable(path), got),
      class = "feedforward_file_error"
    )
  }
  normalizePath(path)
}

# Why no file can be made in the place of `path`, whose links are followed; NULL where one can.
# A file that may not be written to is not replaced, either.
writing_problem <- function(path) {
  switch(file_kind(path),
    none = if (!dir.exists(dirname(path))) sprintf("there is no folder %s", dirname(path)),
    file = if (file.access(path, 2L) != 0L) "the file there is read-only",
    folder = "it is a folder",
    other = "it is a device or a pipe, not a file"
  )
}

# ---- Files that appear whole or not at all -----------------------------------------

# Files on their way: bytes arrive under a name of their own beside the goal, and take its name
# when all are there.

part_beside <- function(path) tempfile(paste0(basename(path), "-"), dirname(path), ".part")

# An empty part with the permissions of the older file: who may not read that one shall not read the
# new one, at no time.
make_part <- function(part, goal) {
  if (!file.exists(goal)) {
    return(writeBin(raw(), part))
  }
  umask <- Sys.umask("077")
  on.exit(Sys.umask(umask))
  writeBin(raw(), part)
  if (!all(Sys.chmod(part, file.mode(goal), use_umask = FALSE))) {
    stop("its permissions cannot be kept")
  }
}

# The file that a path stands for: where its symbolic links end, though no file may be there yet.
end_of_links <- function(path, most = 40L) {
  link <- Sys.readlink(path)
  if (most == 0L || is.na(link) || !nzchar(link)) {
    return(path)
  }
  absolute <- startsWith(link, "/")
  end_of_links(if (absolute) link else file.path(dirname(path), link), most - 1L)
}

# Removes those that a process which was killed has left behind. `seconds` spares those that
# another process may be writing: what it has written to since.
remove_parts <- function(path, seconds = 0) {
  names <- list.files(dirname(path), all.files = TRUE)
  is_part <- startsWith(names, paste0(basename(path), "-")) & endsWith(names, ".part")
  parts <- file.path(dirname(path), names[is_part])
  age <- as.numeric(difftime(Sys.time(), file.mtime(parts), units = "secs"))
  unlink(parts[which(age >= seconds)], expand = FALSE)
}

# Whether the disk of a file, or what this user may have of it, is full: whether it refuses 64 KB
# more. For the reason of a failure; R itself tells that nothing could be written, or not even that.
is_full <- function(path) {
  probe <- part_beside(path)
  on.exit(unlink(probe))
  try(suppressWarnings(writeBin(raw(65536), probe)), silent = TRUE)
  !identical(file.size(probe), 65536)
}
