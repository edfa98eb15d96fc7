# Tensors and a plain list in one safetensors file. The CRAN package safetensors handles only torch
# tensors and trusts the header, so the format is implemented here.
#
# The file starts with the size of the header in 8 bytes. The header is JSON with the type, shape
# and place of each tensor, and with strings under __metadata__. The numbers follow, row by row,
# without gaps. One of the strings is the SHA-256 of the whole file with 64 zeros in its place. A
# file with a flipped bit is refused.

# Writes `tensors`, a named list of double or integer vectors and matrices, and `metadata`,
# a plain list (see to_plain_json()), to the file `path`. An existing file stays intact until the
# new one replaces it. Returns `path` invisibly.
write_tensors <- function(path, tensors, metadata = list()) {
  path <- check_string(path, "path")
  check_tensors(tensors)
  data <- unlist(lapply(unname(tensors), tensor_bytes))
  if (length(data) > .Machine$integer.max) {
    stop_feedforward("A model of 2 GiB or more cannot be written.",
      i = "Use {.fn saveRDS}, which saves any model."
    )
  }
  head <- tensor_header(tensors, to_plain_json(metadata))
  if (length(head) > most_header) {
    stop_feedforward("A model whose names and levels take 10 MB or more cannot be written.",
      i = "Use {.fn saveRDS}, which saves any model."
    )
  }
  digest <- charToRaw(whole_digest(head, data))
  head[digest_place(head)] <- digest
  write_whole(path, c(head, data))
}

# Reads a file of write_tensors(): list(tensors, metadata). Nothing in the file is evaluated.
read_tensors <- function(path) {
  origin <- safetensors_origin(path)
  bytes <- read_all_bytes(origin)
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

# Tensors come from the package itself, never from a user.
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

# The first bytes of the file: the size of the header and the header, with 64 zeros in place of the
# digest. Spaces pad it to a multiple of 8 bytes, so that the numbers are aligned.
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

# Writes `bytes` to the file `path` completely or not at all. A temporary file beside it is written
# first, so that a full disk or an interrupt leaves an existing file intact.
write_whole <- function(path, bytes) {
  # Errors of the code that makes them are not about the file.
  force(bytes)
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
    stop_writing(path, "only part of the file was written, perhaps because the disk is full")
  }
  if (!suppressWarnings(file.rename(part, goal))) {
    stop_writing(path, "the file cannot be replaced")
  }
  invisible(path)
}

stop_writing <- function(path, reason) {
  stop_feedforward("{.file {path}} cannot be written: {reason}.",
    class = "feedforward_file_error"
  )
}

# ---- Reading ----------------------------------------------------------------------

safetensors_origin <- function(path) {
  list(file = check_file(path, "path"), format = "model file")
}

read_all_bytes <- function(origin) {
  size <- file.size(origin$file)
  if (size > .Machine$integer.max) {
    stop_unsupported(origin, sprintf("has %.0f bytes", size), "R reads at most 2147483647 bytes.")
  }
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  read_bytes(con, size, origin)
}

# Bytes of the longest header. No model needs 10 MB of JSON.
most_header <- 1e7

# The size of the header. Refuses a size that the file cannot have.
header_size <- function(bytes, origin) {
  most <- min(length(bytes) - 8, most_header)
  size <- if (most > 0) little_endian(bytes[1:8])
  if (is.null(size) || size < 2 || size > most) {
    stop_no_safetensors(bytes, origin)
  }
  size
}

stop_no_safetensors <- function(bytes, origin) {
  if (is_r_file(bytes)) {
    stop_file(origin, "is compressed, or is a file from `saveRDS()` or `save()`",
      "If you trust the file, read it with `readRDS()` or `load()`."
    )
  }
  known <- known_start(utils::head(bytes, 200L))
  if (is.null(known)) {
    size <- counted(length(bytes), "byte")
    problem <- sprintf("has %s, but does not start with a valid header", size)
    known <- list(problem = problem, hint = "Use a file written by `write_model()`.")
  }
  stop_file(origin, known$problem, known$hint)
}

# Whether a file starts like a file that R writes, or like one compressed by gzip, bzip2, or xz.
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
    stop_file(origin, "is a safetensors file from another program",
      "Only files from `write_model()` hold a whole model."
    )
  }
  place <- digest_place(bytes)
  found <- bytes[place]
  bytes[place] <- charToRaw("0")
  if (!identical(charToRaw(whole_digest(bytes, NULL)), found)) {
    stop_file(origin, "is damaged: its SHA-256 checksum does not match")
  }
}

# Every byte of the data belongs to exactly one tensor, in the order of the directory.
check_directory <- function(directory, data_size, origin) {
  end <- 0
  # Indexing by number: looking up thousands of names is slow.
  for (k in seq_along(directory)) {
    name <- names(directory)[k]
    entry <- directory[[k]]
    if (!is_entry(entry)) {
      problem <- "does not give the type (F64 or I32), shape, and offsets of the tensor"
      stop_file(origin, paste(problem, quoted_name(name)))
    }
    offsets <- as.double(entry$data_offsets)
    bytes <- prod(as.double(unlist(entry$shape))) * if (entry$dtype == "F64") 8 else 4
    if (offsets[1L] != end || offsets[2L] - offsets[1L] != bytes || offsets[2L] > data_size) {
      problem <- sprintf("gives a wrong place or size for the tensor %s", quoted_name(name))
      stop_file(origin, problem, "Tensors must follow each other without gaps or overlaps.")
    }
    end <- offsets[2L]
  }
  if (end != data_size) {
    stop_file(origin, sprintf("describes %.0f of its %.0f bytes of numbers", end, data_size))
  }
}

quoted_name <- function(name) sprintf("\"%s\"", substr(name, 1L, 80L))

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

# "none", "file", "folder", or "other" for a device, a pipe, or a socket.
file_kind <- function(path) file_kind_cpp(enc2native(path.expand(path)))

# The full path of a file to read. Devices and pipes are refused: reading them can block forever.
check_file <- function(path, arg) {
  path <- check_string(path, arg)
  kind <- file_kind(path)
  if (kind != "file") {
    problem <- switch(kind,
      none = "does not exist",
      folder = "is a folder",
      other = "is a device or a pipe"
    )
    stop_feedforward(
      "{.arg {arg}} must be the path of a file, but {.file {readable(path)}} {problem}.",
      class = "feedforward_file_error"
    )
  }
  normalizePath(path)
}

# Why a file cannot be written at `path`, whose links are followed. NULL if it can be written. A
# read-only file is not replaced.
writing_problem <- function(path) {
  switch(file_kind(path),
    none = if (!dir.exists(dirname(path))) sprintf("there is no folder %s", dirname(path)),
    file = if (file.access(path, 2L) != 0L) "the file there is read-only",
    folder = "it is a folder",
    other = "it is a device or a pipe, not a file"
  )
}

# ---- Files that appear whole or not at all -----------------------------------------

# Bytes are written to a temporary file (a "part") beside the goal, which is renamed when it is
# complete.

part_beside <- function(path) tempfile(paste0(basename(path), "-"), dirname(path), ".part")

# Makes an empty part with the permissions of the existing file. Whoever cannot read the old file
# must never be able to read the new one.
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

# The path where the symbolic links of `path` end. No file needs to exist there.
end_of_links <- function(path, most = 40L) {
  link <- Sys.readlink(path)
  if (most == 0L || is.na(link) || !nzchar(link)) {
    return(path)
  }
  absolute <- startsWith(link, "/")
  end_of_links(if (absolute) link else file.path(dirname(path), link), most - 1L)
}

# Removes the parts that killed processes left behind. Parts changed within the last `seconds` are
# kept, since another process might be writing them.
remove_parts <- function(path, seconds = 0) {
  names <- list.files(dirname(path), all.files = TRUE)
  is_part <- startsWith(names, paste0(basename(path), "-")) & endsWith(names, ".part")
  parts <- file.path(dirname(path), names[is_part])
  age <- as.numeric(difftime(Sys.time(), file.mtime(parts), units = "secs"))
  unlink(parts[which(age >= seconds)], expand = FALSE)
}

# Whether the disk, or the user's quota, is too full for 64 KB more. It explains a failure: R itself
# reports only that nothing was written, or nothing at all.
is_full <- function(path) {
  probe <- part_beside(path)
  on.exit(unlink(probe))
  try(suppressWarnings(writeBin(raw(65536), probe)), silent = TRUE)
  !identical(file.size(probe), 65536)
}
