test_that("the element [i, j, k] is the element (i, j, k) of the file", {
  x <- read_idx(temp_file(idx_bytes(8, c(2, 3, 2), as.raw(1:12))))
  expect_type(x, "integer")
  expect_identical(dim(x), c(2L, 3L, 2L))
  expect_identical(x[1, 1, ], 1:2)
  expect_identical(x[1, , 1], c(1L, 3L, 5L))
  expect_identical(x[2, 3, 2], 12L)
  labels <- read_idx(temp_file(idx_bytes(8, 3, as.raw(c(5, 0, 255)))))
  expect_identical(labels, array(c(5L, 0L, 255L), 3))
})

test_that("every type of number is read", {
  idx <- function(type, x, size, dims = length(x)) {
    read_idx(temp_file(idx_bytes(type, dims, raw_of(x, size = size, endian = "big"))))
  }
  expect_identical(idx(9, c(-128L, -1L, 127L), 1), array(c(-128L, -1L, 127L), 3))
  expect_identical(idx(11, c(-32768L, -1L, 32767L), 2), array(c(-32768L, -1L, 32767L), 3))
  expect_identical(idx(12, c(-2147483647L, 65536L), 4), array(c(-2147483647L, 65536L), 2))
  expect_identical(idx(12, c(NA, 1L), 4), array(c(-2147483648, 1), 2))
  expect_identical(idx(13, c(-0.5, 3, Inf), 4), array(c(-0.5, 3, Inf), 3))
  expect_identical(idx(14, c(pi, NaN, -1e300), 8), array(c(pi, NaN, -1e300), 3))
  expect_identical(idx(14, c(1, 2, 3, 4), 8, dims = c(2, 2)), rbind(c(1, 2), c(3, 4)))
})

test_that("a compressed file is read like a plain one, whatever its name", {
  bytes <- idx_bytes(8, c(2, 2), as.raw(1:4))
  expect_identical(read_idx(temp_file(gz_bytes(bytes))), rbind(1:2, 3:4))
  expect_identical(read_idx(temp_file(bytes, fileext = ".gz")), rbind(1:2, 3:4))
})

test_that("arrays with empty dimensions and with eight dimensions are read", {
  expect_identical(read_idx(temp_file(idx_bytes(8, c(0, 28, 28), raw()))), array(0L, c(0, 28, 28)))
  expect_identical(read_idx(temp_file(idx_bytes(14, 0, raw()))), array(numeric(), 0))
  expect_identical(dim(read_idx(temp_file(idx_bytes(8, rep(1, 8), raw(1))))), rep(1L, 8))
})

test_that("paths without a readable file are refused", {
  expect_refusal(read_idx(file.path(tempdir(), "none")), c("`file`", "does not exist"))
  expect_refusal(read_idx(tempdir()), "is a folder")
  expect_refusal(read_idx(1), "`file`", "feedforward_error")
  expect_refusal(read_idx(c("a", "b")), "`file`", "feedforward_error")
  expect_refusal(read_idx(NA_character_), "`file`", "feedforward_error")
})

test_that("a file that starts wrongly is refused, and its first bytes are shown", {
  refused <- function(bytes, text) expect_refusal(read_idx(temp_file(as.raw(bytes))), text)
  refused(c(1, 0, 8, 1, 0, 0, 0, 0), "01 00 08 01")
  refused(c(0, 0, 7, 1, 0, 0, 0, 0), c("is not a valid IDX file", "00 00 07 01", "type code"))
  refused(c(0, 0, 10, 1, 0, 0, 0, 0), "00 00 0a 01")
  refused(c(0, 0, 8, 0), "1 to 8 dimensions")
  refused(c(0, 0, 8, 9, rep(0, 36)), c("has 9 dimensions", "1 to 8 dimensions"))
  refused(c(0, 0, 8, 2, 0, 0, 0), "ends after 3 of 8 bytes of its shape")
  refused(c(0, 0, 8), "starts with the bytes 00 00 08")
  refused(raw(), "is empty")
  refused(charToRaw("<text>"), "starts with the bytes 3c 74 65 78")
})

test_that("the error for a file of another type names the type", {
  refused <- function(bytes, ...) expect_refusal(read_idx(temp_file(bytes)), c(...))
  idx <- idx_bytes(8, 2, as.raw(1:2))
  refused(raw(), "is not a valid IDX file: it is empty.")
  refused(gz_bytes(raw()), "it is empty.")
  refused(charToRaw("<!DOCTYPE html><p>404"), "it is a web page.", "Download the file again.")
  refused(charToRaw("<?xml version='1.0'?>"), "it is a web page.")
  refused(zip_bytes(list(idx = idx)), "it is a zip archive.", "Unzip it first.")
  refused(gz_bytes(gz_bytes(idx)), "it is compressed twice.", "Decompress it once.")
  refused(npy_bytes("|u1", 2, as.raw(1:2)), "it is an NPY file.", "Use `read_npy()`.")
})

test_that("bytes of a file cannot steer the terminal", {
  withr::local_options(cli.num_colors = 256L)
  file <- temp_file(npy_bytes(header = "{\t\r\n}", data = raw(1)))
  cnd <- expect_refusal(read_npy(file), "{\\t\\r\\n}")
  expect_no_match(conditionMessage(cnd), "[\t\r]")
})

test_that("too few and too many bytes are refused", {
  bytes <- idx_bytes(8, c(2, 3), as.raw(1:6))
  few <- "it ends after 5 of 6 bytes of numbers (2 x 3)."
  many <- "has more than the 6 bytes of numbers (2 x 3) that it declares."
  expect_refusal(read_idx(temp_file(bytes[-length(bytes)])), few)
  expect_refusal(read_idx(temp_file(c(bytes, raw(1)))), many)
  expect_refusal(read_idx(temp_file(gz_bytes(bytes[-length(bytes)]))), few)
  expect_refusal(read_idx(temp_file(gz_bytes(c(bytes, raw(1e6))))), many)
})

test_that("sizes in the header that do not fit the file are refused", {
  most <- 2^31 - 1
  huge <- idx_bytes(8, c(most, most, most), as.raw(1:6))
  expect_refusal(read_idx(temp_file(huge)), c("2147483647 x 2147483647", "but can hold at most"))
  expect_refusal(read_idx(temp_file(gz_bytes(huge))), "but can hold at most")
  beyond <- idx_bytes(8, 2^31, raw(6))
  expect_refusal(read_idx(temp_file(beyond)), c("2147483648", "is at most 2147483647"))
  # Small enough to be possible, so the end of the file decides.
  expect_refusal(read_idx(temp_file(idx_bytes(14, 5000, raw(6)))), "ends after 6 of 40000 bytes")
})

test_that("reading stops one byte after the announced end", {
  file <- temp_file(gz_bytes(idx_bytes(8, 10, raw(5e6))))
  con <- open_binary(file_origin(file, "IDX file"))
  withr::defer(close(con))
  origin <- file_origin(file, "IDX file")
  header <- read_idx_header(con, origin)
  expect_refusal(read_data(con, header, origin), "has more than the 10 bytes of numbers")
  # 8 bytes of header, 10 numbers and the one too many
  expect_identical(length(read_bytes(con, 1e7, origin)), as.integer(5e6 + 8 - 19))
})

test_that("a damaged gz file is refused", {
  bytes <- gz_bytes(idx_bytes(8, 1000, as.raw(sample(0:255, 1000, TRUE))))
  expect_refusal(read_idx(temp_file(bytes[1:500])), "of 1000 bytes of numbers")
  n <- length(bytes)
  bytes[n - 5] <- xor(bytes[n - 5], as.raw(1)) # within the CRC-32
  expect_refusal(read_idx(temp_file(bytes)), "cannot be read")
})

test_that("reading in pieces gives all bytes", {
  file <- temp_file(as.raw(1:100))
  origin <- file_origin(file, "IDX file")
  con <- open_binary(origin)
  withr::defer(close(con))
  expect_identical(read_bytes(con, 45, origin, piece = 10), as.raw(1:45))
  expect_identical(read_bytes(con, 100, origin, piece = 10), as.raw(46:100))
  expect_identical(read_bytes(con, 1, origin), raw())
})

test_that("a damaged file gives data or a feedforward_error", {
  bytes <- idx_bytes(8, c(3, 4, 2), as.raw(1:24))
  withr::local_seed(20)
  for (original in list(bytes, gz_bytes(bytes))) {
    outcomes <- replicate(50, outcome(read_idx(temp_file(mutate_bytes(original)))))
    expect_setequal(unique(outcomes), c("data", "refused"))
  }
})

test_that("a compressed file with a wrong checksum is refused", {
  whole <- gz_bytes(idx_bytes(8, 2:4, as.raw(1:24)))
  expect_identical(dim(read_idx(temp_file(whole))), 2:4)
  n <- length(whole)
  damaged <- list(
    replace(whole, n - 4L, !whole[n - 4L]), replace(whole, n - 8L + 1:4, raw(4)),
    utils::head(whole, -8L),
    # Of these R itself says nothing; the last gives another number.
    utils::head(whole, -9L), c(utils::head(whole, -10L), as.raw(0))
  )
  for (bytes in damaged) expect_refusal(read_idx(temp_file(bytes)), "damage")
})

# Files by the exit status of `gzip -t` (1.12): 0 if whole, 1 if damaged, 2 if parts are ignored.
gzip_cases <- function() {
  bytes <- idx_bytes(8, c(5, 28, 28), as.raw(sample(0:255, 5 * 784, TRUE)))
  a <- gz_bytes(bytes[1:1000])
  b <- gz_bytes(bytes[-(1:1000)])
  empty <- gz_bytes(raw())
  turned <- function(x, at) replace(x, at, xor(x[at], as.raw(1)))
  end <- length(b)
  # An extra field as bgzip writes it, and the empty member by which its files end.
  field <- as.raw(c(6, 0, 0x42, 0x43, 2, 0, 0, 1))
  extra <- function(x) c(x[1:3], as.raw(4), x[5:10], field, x[-(1:10)])
  named <- c(a[1:3], as.raw(8), a[5:10], charToRaw("name"), raw(1), a[-(1:10)])
  bgzip_end <- as.raw(c(
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0x1b, 0, 3, 0, rep(0, 8)
  ))
  whole <- list(
    two = c(a, b), zeros = c(a, b, raw(512)), one_zero_more = c(a, b, raw(3)), named = c(named, b),
    empty = c(empty, a, empty, empty, b, empty), empty_and_zeros = c(a, b, empty, raw(100)),
    bgzip = c(extra(a), extra(b), bgzip_end), single_and_zeros = c(gz_bytes(bytes), raw(7)),
    many = unlist(lapply(split(bytes, seq_along(bytes) %/% 100), gz_bytes))
  )
  damaged <- list(
    sum_of_first = c(turned(a, length(a) - 5L), b), sum_of_last = c(a, turned(b, end - 5L)),
    size_of_first = c(turned(a, length(a) - 1L), b), size_of_last = c(a, turned(b, end - 1L)),
    cut = utils::head(c(a, b), -3L), no_sum = utils::head(c(a, b), -8L),
    in_data = utils::head(c(a, b), -9L), no_empty = c(a, b, empty[1:10]),
    start = c(a, b, empty[1:2]), method = c(a, b, replace(empty, 3L, as.raw(9))),
    empty_sum = c(a, b, turned(empty, length(empty) - 5L)), data = turned(c(a, b), length(a) + 500L)
  )
  ignored <- list(text = c(a, b, charToRaw("<html>")), later = c(a, b, raw(9), as.raw(1:9)))
  list(bytes = bytes, whole = whole, damaged = damaged, ignored = ignored)
}

test_that("a gzip file with several members is read like gzip reads it", {
  withr::local_seed(3)
  cases <- gzip_cases()
  expected <- read_idx(temp_file(cases$bytes))
  for (name in names(cases$whole)) {
    file <- temp_file(cases$whole[[name]])
    expect_identical(read_idx(file), expected, label = name)
    expect_identical(sha256_content(file, length(cases$bytes) + 1),
      digest::digest(cases$bytes, "sha256", serialize = FALSE), label = name)
  }
  for (bytes in c(cases$damaged, cases$ignored)) {
    file <- temp_file(bytes)
    expect_refusal(read_idx(file), basename(file))
    expect_false(sha256_content(file, length(cases$bytes) + 1) ==
      digest::digest(cases$bytes, "sha256", serialize = FALSE))
  }
  text <- "has 6 extra bytes after the compressed data"
  expect_refusal(read_idx(temp_file(cases$ignored$text)), text)
})

test_that("gzip accepts and refuses the same files", {
  skip_on_cran()
  skip_if(Sys.which("gzip") == "", "the program gzip is not installed")
  withr::local_seed(3)
  cases <- gzip_cases()
  status <- function(bytes) {
    suppressWarnings(system2("gzip", c("-t", "<", shQuote(temp_file(bytes))), FALSE, FALSE))
  }
  expect_identical(unique(vapply(cases$whole, status, 0L)), 0L)
  expect_identical(unique(vapply(cases$damaged, status, 0L)), 1L)
  expect_identical(unique(vapply(cases$ignored, status, 0L)), 2L)
})

test_that("bytes that look like the start of a gzip member cost no time", {
  content <- idx_bytes(8, 5e5, raw(5e5))
  # Each says that it ends a member of half a million bytes.
  start <- as.raw(c(1, 2, 3, 4, little(4e5, 4), 0x1f, 0x8b, 8))
  many <- temp_file(c(gz_bytes(content), rep(start, 1e5)))
  expect_refusal(read_idx(many), "many gzip members start")
  # Stored as it is, and right.
  nested <- idx_bytes(8, 1100, rep(start, 100))
  expect_identical(read_idx(temp_file(gz_bytes(nested))), array(as.integer(rep(start, 100)), 1100))
})
