# Sources in .npy files, which stand side by side: the first row of each is the first row of the
# table. Only the bytes of the wanted rows are read.

npy_source <- function(files, columns, size, levels) {
  check_that(is.null(columns), columns, "columns", "NULL for .npy files",
    "Leave out the files that you do not need."
  )
  label <- attr(files, "label")
  arrays <- lapply(as.vector(files), open_npy)
  rows <- vapply(arrays, function(array) array$n, 0)
  check_equal_rows(arrays, rows)
  if (rows[1L] == 0) {
    stop_feedforward("There are no rows in {label}.", i = "Use data with at least 1 row.")
  }
  reader <- function(arrays) {
    function(first, last) {
      columns <- unlist(lapply(arrays, read_npy_rows, first, last), recursive = FALSE)
      list2DF(columns, as.integer(last - first + 1))
    }
  }
  names <- unlist(lapply(arrays, function(array) array$names))
  types <- unlist(lapply(arrays, function(array) rep(array$type, array$inputs)))
  kinds <- lapply(types == "b1", function(yes) if (yes) logical() else double())
  known <- source_columns(list2DF(rlang::set_names(kinds, names), 0L), label)
  core_files <- lapply(seq_along(arrays), function(k) {
    file_for_core(arrays[[k]], reader(arrays[-k]))
  })
  new_source(rows[1L], known, reader(arrays), label, chunk_starts(rows[1L], size$chunk),
    size$buffer, levels, files = core_files[lengths(core_files) > 0L]
  )
}

# Returns where the numbers of a file are: list(origin, offset, type, endian, n, inputs, row_major,
# names).
open_npy <- function(file) {
  origin <- file_origin(file, "NPY file")
  con <- guard_reading(file(origin$file, "rb", raw = TRUE), origin)
  on.exit(close(con))
  header <- read_npy_header(con, origin)
  shape <- as.double(header$shape)
  if (!length(shape) %in% 1:2) {
    stop_unsupported(origin, sprintf("has %s", counted(length(shape), "dimension")),
      "Files with one or two dimensions can be read. In NumPy, use `x.reshape(len(x), -1)`."
    )
  }
  inputs <- if (length(shape) == 2L) shape[2L] else 1
  check_npy_size(origin, header$size + prod(shape) * type_size(header$type))
  name <- sub("[.]npy$", "", basename(file), ignore.case = TRUE)
  list(
    origin = origin, offset = header$size, type = header$type, endian = header$endian,
    n = shape[1L], inputs = inputs, row_major = !header$fortran || inputs == 1,
    names = if (inputs == 1) name else sprintf("%s%.0f", rep(name, inputs), seq_len(inputs))
  )
}

check_npy_size <- function(origin, size) {
  found <- file.size(origin$file)
  if (!isTRUE(found == size)) {
    stop_file(origin, sprintf("has %.0f bytes instead of %.0f", found, size))
  }
}

check_equal_rows <- function(arrays, rows) {
  other <- which(rows != rows[1L])
  if (length(other)) {
    names <- vapply(arrays[c(1L, other[1L])], function(array) basename(array$origin$file), "")
    first <- visible(names[1L])
    second <- visible(names[2L])
    stop_feedforward("The file {.file {second}} has {whole_text(rows[other[1L]])} rows, but
      {.file {first}} has {whole_text(rows[1L])}.", i = "All files must have the same rows.")
  }
}

# Returns the rows of one file as a list of columns.
read_npy_rows <- function(array, first, last) {
  count <- last - first + 1
  size <- type_size(array$type)
  check_npy_size(array$origin, array$offset + array$n * array$inputs * size)
  con <- guard_reading(file(array$origin$file, "rb", raw = TRUE), array$origin)
  on.exit(close(con))
  numbers <- function(from, n) read_npy_numbers(con, array, array$offset + from * size, n)
  columns <- if (array$row_major) {
    values <- numbers((first - 1) * array$inputs, count * array$inputs)
    dim(values) <- c(array$inputs, count)
    # Each column is contiguous then, which is faster than taking every k-th value.
    values <- t(values)
    lapply(seq_len(array$inputs), function(k) values[, k])
  } else {
    lapply(seq_len(array$inputs), function(k) numbers((k - 1) * array$n + first - 1, count))
  }
  rlang::set_names(columns, array$names)
}

read_npy_numbers <- function(con, array, position, n) {
  seek(con, position)
  # By far the most usual type needs no detour.
  if (array$type == "f8") {
    values <- guard_reading(readBin(con, "double", n, endian = array$endian), array$origin)
    if (length(values) < n) stop_file(array$origin, "ends too early")
    return(values)
  }
  bytes <- n * type_size(array$type)
  data <- read_bytes(con, bytes, array$origin, piece = .Machine$integer.max)
  if (length(data) < bytes) stop_file(array$origin, "ends too early")
  values <- decode_numbers(data, array$type, array$endian)
  check_exact(values, array, array$origin)
  values
}

# Returns what C++ needs to read a file, with the names of its columns and a function that reads the
# other files. NULL if C++ does not know the form of the file.
file_for_core <- function(array, read_others) {
  if (array$endian != .Platform$endian || !array$row_major || !array$type %in% core_types) {
    return(NULL)
  }
  list(
    path = enc2native(array$origin$file), offset = array$offset, type = array$type,
    inputs = array$inputs, names = array$names, read_others = read_others
  )
}

# The types of numbers that source_of_file() in src/r_row_file.h knows.
core_types <- c("f8", "f4", "u1")
