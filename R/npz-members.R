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
    stop_feedforward("{.file {origin$file}} has no array {absent}.",
      i = "{there}", class = "feedforward_file_error", call = origin$call
    )
  }
  directory[chosen, ]
}

check_members <- function(members, call = rlang::caller_env()) {
  if (is.null(members)) {
    return(NULL)
  }
  names <- is.character(members) && length(members) > 0L && !anyNA(members)
  if (!names || !all(is_text(members))) {
    stop_input("members", "NULL, or the names of arrays in the archive", describe(members),
      call = call
    )
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
tell_unread <- function(unread, directory, asked, all, origin) {
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
      paste("{n} member{?s} of {.file {origin$file}} {cli::qty(n)}hold{?s/} no numbers and",
        "{?is/are} left out."),
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
