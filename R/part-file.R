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
