# Files written byte by byte, to test the readers.

# A number as bytes.
little <- function(x, width) as.raw(x %/% 256^(seq_len(width) - 1) %% 256)
big <- function(x, width = 4) rev(little(x, width))
raw_of <- function(x, ...) writeBin(x, raw(), ...)

temp_file <- function(bytes, fileext = "", env = parent.frame()) {
  file <- withr::local_tempfile(fileext = fileext, .local_envir = env)
  writeBin(bytes, file)
  file
}

gz_bytes <- function(bytes) {
  file <- tempfile(fileext = ".gz")
  on.exit(unlink(file))
  con <- gzfile(file, "wb")
  writeBin(bytes, con)
  close(con)
  readBin(file, "raw", file.size(file))
}

idx_bytes <- function(type, dims, data) {
  c(as.raw(c(0, 0, type, length(dims))), unlist(lapply(dims, big)), data)
}

npy_bytes <- function(descr, shape, data, fortran = FALSE, version = 1, header = NULL) {
  if (is.null(header)) {
    tuple <- paste0("(", paste0(sprintf("%.0f,", shape), collapse = " "), ")")
    if (!length(shape)) tuple <- "()"
    header <- sprintf(
      "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }",
      descr, if (fortran) "True" else "False", tuple
    )
  }
  header <- paste0(header, "   \n")
  c(
    as.raw(0x93), charToRaw("NUMPY"), as.raw(c(version, 0)),
    little(nchar(header), if (version == 1) 2 else 4), charToRaw(header), data
  )
}

crc32_bytes <- function(bytes) {
  crc <- digest::digest(bytes, "crc32", serialize = FALSE)
  little(as.double(paste0("0x", crc)), 4)
}

# A zip archive of named raw vectors. The other arguments set false entries.
zip_bytes <- function(members, deflate = FALSE, size = NULL, crc = NULL, method = NULL, flags = 0) {
  body <- directory <- raw()
  for (i in seq_along(members)) {
    bytes <- members[[i]]
    # zlib's own frame, 2 bytes before and 4 after, is not part of a zip member.
    packed <- if (deflate) memCompress(bytes, "gzip") else bytes
    if (deflate) packed <- packed[3:(length(packed) - 4)]
    name <- charToRaw(names(members)[i])
    fields <- c(
      little(20, 2), little(flags, 2), little(if (is.null(method)) 8 * deflate else method, 2),
      raw(4), if (is.null(crc)) crc32_bytes(bytes) else crc,
      little(length(packed), 4), little(if (is.null(size)) length(bytes) else size, 4),
      little(length(name), 2), raw(2)
    )
    directory <- c(
      directory, charToRaw("PK"), as.raw(1:2), little(20, 2), fields,
      raw(2 + 2 + 2 + 4), little(length(body), 4), name
    )
    body <- c(body, charToRaw("PK"), as.raw(3:4), fields, name, packed)
  }
  n <- little(length(members), 2)
  c(
    body, directory, charToRaw("PK"), as.raw(5:6), raw(4), n, n,
    little(length(directory), 4), little(length(body), 4), raw(2)
  )
}

# The four IDX files of a tiny MNIST: 3 images to train on, 2 to test with.
tiny_mnist <- function() {
  pixels <- function(n) as.raw((seq_len(n * 784) * 7) %% 256)
  list(
    "train-images-idx3-ubyte" = idx_bytes(8, c(3, 28, 28), pixels(3)),
    "train-labels-idx1-ubyte" = idx_bytes(8, 3, as.raw(c(5, 0, 4))),
    "t10k-images-idx3-ubyte" = idx_bytes(8, c(2, 28, 28), pixels(2)),
    "t10k-labels-idx1-ubyte" = idx_bytes(8, 2, as.raw(c(7, 2)))
  )
}

tiny_mnist_npz <- function() {
  files <- tiny_mnist()
  npy <- function(name, shape) npy_bytes("|u1", shape, utils::tail(files[[name]], prod(shape)))
  zip_bytes(list(
    x_train.npy = npy("train-images-idx3-ubyte", c(3, 28, 28)),
    y_train.npy = npy("train-labels-idx1-ubyte", 3),
    x_test.npy = npy("t10k-images-idx3-ubyte", c(2, 28, 28)),
    y_test.npy = npy("t10k-labels-idx1-ubyte", 2)
  ), deflate = TRUE)
}

# A folder with the given files (raw vectors), gone when the test is over.
temp_folder <- function(files = list(), env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  for (name in names(files)) writeBin(files[[name]], file.path(folder, name))
  folder
}

list_all <- function(folder) list.files(folder, all.files = TRUE, no.. = TRUE)

# The one line of an error message: cli breaks lines at the width of the console.
message_of <- function(cnd) gsub("\\s+", " ", conditionMessage(cnd))

expect_refusal <- function(code, text, class = "feedforward_file_error") {
  cnd <- expect_error(code, class = class)
  expect_s3_class(cnd, "feedforward_error")
  for (piece in text) expect_match(message_of(cnd), piece, fixed = TRUE)
  invisible(cnd)
}

# Returns "data" or "refused", or describes a warning or error that should not occur.
outcome <- function(code) {
  tryCatch(
    {
      code
      "data"
    },
    feedforward_error = function(cnd) "refused",
    warning = function(cnd) paste("warning:", conditionMessage(cnd)),
    error = function(cnd) paste("error:", conditionMessage(cnd))
  )
}

# `bytes` with one random bit turned, or cut short.
mutate_bytes <- function(bytes) {
  at <- sample.int(length(bytes), 1)
  if (stats::runif(1) < 0.2) {
    return(bytes[seq_len(at - 1)])
  }
  bytes[at] <- xor(bytes[at], as.raw(2^sample(0:7, 1)))
  bytes
}
