# What is refused of files, before anything of them is read or written.

# "none", "file", "folder", or "other" for a device, a pipe or a socket.
file_kind <- function(path) file_kind_cpp(enc2native(path.expand(path)))

# The full path of a file to read. Devices and pipes are none: they may keep one waiting for ever.
check_file <- function(path, arg, call = rlang::caller_env()) {
  path <- check_string(path, arg, call = call)
  kind <- file_kind(path)
  if (kind != "file") {
    got <- switch(kind,
      none = "where there is none",
      folder = "which is a folder",
      other = "which is a device or a pipe"
    )
    stop_input(arg, "the path of a file that exists", sprintf("\"%s\", %s", readable(path), got),
      class = "feedforward_file_error", call = call
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
