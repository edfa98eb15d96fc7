use_harness("mutants")
use_harness("long-inputs")

npy <- function(descr, shape, data, ...) read_npy(temp_file(npy_bytes(descr, shape, data, ...)))

test_that("both orders give the same array", {
  x <- array(1:24, c(2, 3, 4))
  expect_identical(npy("|u1", c(2, 3, 4), as.raw(aperm(x))), x)
  expect_identical(npy("|u1", c(2, 3, 4), as.raw(x), fortran = TRUE), x)
  expect_identical(npy("<i4", c(2, 3, 4), raw_of(as.vector(aperm(x)))), x)
  expect_identical(npy("<i4", c(2, 3, 4), raw_of(as.vector(x)), fortran = TRUE), x)
})

test_that("every type of number is read, in both byte orders", {
  expect_identical(npy("|b1", 3, as.raw(c(0, 1, 2))), array(c(FALSE, TRUE, TRUE), 3))
  expect_identical(npy("|u1", 2, as.raw(c(0, 255))), array(c(0L, 255L), 2))
  expect_identical(npy("|i1", 2, as.raw(c(0x80, 0x7f))), array(c(-128L, 127L), 2))
  expect_identical(npy("<u1", 1, as.raw(9)), array(9L, 1))
  for (endian in c("little", "big")) {
    read <- function(type, x, ...) {
      mark <- if (endian == "big") ">" else "<"
      npy(paste0(mark, type), length(x), raw_of(x, endian = endian, ...))
    }
    expect_identical(read("i2", c(-32768L, 32767L), size = 2), array(c(-32768L, 32767L), 2))
    expect_identical(read("u2", c(-1L, 1L), size = 2), array(c(65535L, 1L), 2))
    expect_identical(read("i4", c(-5L, 2147483647L)), array(c(-5L, 2147483647L), 2))
    expect_identical(read("i4", c(NA, 5L)), array(c(-2147483648, 5), 2))
    expect_identical(read("u4", c(-1L, 5L, NA)), array(c(4294967295, 5, 2147483648), 3))
    expect_identical(read("f4", c(-0.25, Inf), size = 4), array(c(-0.25, Inf), 2))
    expect_identical(read("f8", c(pi, NaN)), array(c(pi, NaN), 2))
  }
})

test_that("64-bit integers are read if doubles can hold them exactly", {
  wide <- function(high, low) c(raw_of(low), raw_of(high))
  expect_identical(npy("<i8", 1, wide(-1L, -1L)), array(-1, 1))
  expect_identical(npy("<i8", 1, wide(1L, 7L)), array(2^32 + 7, 1))
  expect_identical(npy("<i8", 1, wide(0L, NA)), array(2^31, 1))
  expect_identical(npy(">i8", 1, rev(wide(-1L, -3L))), array(-3, 1))
  expect_identical(npy("<u8", 1, wide(2097152L, 0L)), array(2^53, 1))
  expect_identical(npy("<i8", 1, wide(-2097152L, 0L)), array(-2^53, 1))
  expect_identical(npy("<i8", 0, raw()), array(numeric(), 0))
  expect_identical(npy("<i8", c(1, 2), c(wide(0L, 1L), wide(0L, 2L))), matrix(c(1, 2), 1))
  expect_refusal(npy("<i8", 1, wide(2097152L, 2L)), c("2^53", "9007199254740994"))
  expect_refusal(npy("<i8", 1, wide(2097152L, 1L)), "2^53")
  expect_refusal(npy("<i8", 1, wide(-2097153L, -1L)), "2^53")
  expect_refusal(npy("<i8", 1, wide(NA, 0L)), "-9223372036854775808")
  expect_refusal(npy("<u8", 1, wide(-1L, -1L)), "2^53")
})

test_that("arrays with no, empty and one dimension are read", {
  expect_identical(npy("<f8", integer(), raw_of(2.5)), 2.5)
  expect_identical(npy("|u1", integer(), as.raw(3), fortran = TRUE), 3L)
  expect_identical(npy("<f8", c(0, 3), raw()), matrix(numeric(), 0, 3))
  expect_identical(npy("|u1", c(3, 0), raw(), fortran = TRUE), matrix(integer(), 3, 0))
  expect_identical(npy("|u1", 1, as.raw(3)), array(3L, 1))
})

test_that("all three versions and every valid form of the header are read", {
  for (version in 1:3) {
    expect_identical(npy("|u1", 2, as.raw(1:2), version = version), array(1:2, 2))
  }
  headers <- c(
    "{'shape':(2,),'fortran_order':False,'descr':'|u1'}",
    "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (2,)}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }",
    "  { 'descr' : '|u1' , 'fortran_order' : True , 'shape' : ( 2 , 1 ) , }  "
  )
  for (header in headers) expect_identical(as.vector(npy(header = header, data = as.raw(1:2))), 1:2)
})

test_that("invalid headers are refused", {
  refused <- function(header, text = "An NPY header reads {'descr'") {
    expect_refusal(npy(header = header, data = as.raw(1:2)), c("is not a valid NPY file", text))
  }
  refused("")
  refused("{}")
  refused("{'descr': '|u1', 'fortran_order': False}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': 2}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': [2]}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (,)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2.0,)}")
  refused("{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'more': 1}")
  refused("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} + stop('run')", "stop('run')")
  refused("{'descr': '|u1' 'fortran_order': False 'shape': (2,)}")
  refused("{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}\x01", "plain text")
  many <- paste0("(", strrep("1, ", 33), ")")
  refused(sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': %s}", many), "33 dimensions")
})

test_that("types other than numbers are refused, pickles with the reason", {
  advice <- "int8 to int64"
  expect_refusal(npy("|O", 1, raw(8)), c("holds Python objects (type '|O')", "pickle", advice))
  expect_refusal(npy("O", 1, raw(8)), "pickles, which are programs rather than data")
  others <- c("<U5", "|S3", "<c16", "<M8[ns]", "<f2", "<f16", "|V8", "<i3", "<O1", "", "=i4", "|i4")
  for (type in others) {
    expect_refusal(npy(type, 1, raw(8)), c(advice, sprintf("(type '%s')", type)))
  }
  header <- "{'descr': [('a', '<i4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,)}"
  expect_refusal(npy(header = header, data = raw(8)), c("[('a', '<i4')", "Python objects", advice))
})

test_that("a file that starts wrongly is refused", {
  refused <- function(bytes, text) expect_refusal(read_npy(temp_file(bytes)), text)
  good <- npy_bytes("|u1", 2, as.raw(1:2))
  refused(raw(), "is empty")
  refused(good[1:5], "93 4e 55 4d 50")
  refused(charToRaw("PK\003\004 an archive"), "is a zip archive")
  refused(replace(good, 7, as.raw(4)), "version 4.0")
  refused(replace(good, 8, as.raw(1)), "version 1.1")
  refused(replace(good, 7, as.raw(0)), "version 0.0")
  refused(good[1:9], "header")
  refused(good[1:40], "ends after 30 of 61 bytes of its header")
  big <- npy_bytes("|u1", 2, as.raw(1:2), version = 2)
  text <- c("declares a header of 4294967295 bytes", "at most 65536")
  refused(replace(big, 9:12, as.raw(c(0xff, 0xff, 0xff, 0xff))), text)
})

test_that("sizes in an npy header that do not fit the file are refused", {
  expect_refusal(npy("|u1", 3, as.raw(1:2)), "ends after 2 of 3 bytes of numbers (3)")
  expect_refusal(npy("|u1", 3, as.raw(1:4)), "has more than the 3 bytes of numbers (3)")
  text <- c("declares 8000000000000 bytes", "but can hold at most")
  expect_refusal(npy("<f8", c(1e6, 1e6), as.raw(1:4)), text)
  expect_refusal(npy("<f8", 2^31, as.raw(1:4)), "A dimension is at most")
  expect_refusal(npy("<f8", rep(2^31 - 1, 32), as.raw(1:4)), "but can hold at most")
  expect_refusal(npy("<f8", 1e15 - 1, as.raw(1:4)), "A dimension is at most")
  expect_refusal(npy("|u1", integer(), raw()), "ends after 0 of 1 byte of numbers.")
})

test_that("a long header is refused", {
  for (read in long_headers()) expect_identical(outcome(read()), "refused")
})

test_that("paths without a readable file are refused", {
  for (read in list(read_npy, read_npz)) {
    expect_refusal(read(file.path(tempdir(), "none")), c("`file`", "none"))
    expect_refusal(read(tempdir()), "is a folder")
    expect_refusal(read(1), "`file`", "feedforward_error")
  }
})

# ---- NPZ --------------------------------------------------------------------------

npz <- function(...) read_npz(temp_file(zip_bytes(...), fileext = ".npz"))
expect_left_out <- function(code, ...) {
  cnd <- expect_warning(value <- code, class = "feedforward_members_left_out")
  for (piece in c(...)) expect_match(message_of(cnd), piece, fixed = TRUE)
  value
}

a <- npy_bytes("|u1", c(2, 2), as.raw(1:4))
b <- npy_bytes("<f8", 2, raw_of(c(0.5, 1)))

test_that("all members are read by name, compressed or not", {
  expected <- list(a = rbind(1:2, 3:4), b.c = array(c(0.5, 1), 2))
  expect_identical(npz(list(a.npy = a, b.c.npy = b)), expected)
  expect_identical(npz(list(a.npy = a, b.c.npy = b), deflate = TRUE), expected)
  expect_identical(unname(expect_left_out(npz(list()), "has no arrays")), list())
  large <- npy_bytes("|u1", c(3000, 3000), rep(as.raw(0:99), 90000))
  expect_identical(sum(npz(list(x.npy = large), deflate = TRUE)$x), 90000L * sum(0:99))
})

test_that("archives with a prefix or a comment are read", {
  zip <- zip_bytes(list(a.npy = a))
  n <- length(zip)
  commented <- c(replace(zip, n - 1, as.raw(5)), charToRaw("hello"))
  expect_identical(read_npz(temp_file(commented))$a, rbind(1:2, 3:4))
})

test_that("an archive written by the zip program is read", {
  skip_if(Sys.which("zip") == "", "the program zip is not installed")
  folder <- temp_folder(list(a.npy = a, b.npy = b))
  withr::with_dir(folder, utils::zip("ab.npz", c("a.npy", "b.npy"), flags = "-q"))
  expected <- list(a = rbind(1:2, 3:4), b = array(c(0.5, 1), 2))
  expect_identical(read_npz(file.path(folder, "ab.npz")), expected)
})

test_that("member names are not used as paths", {
  folder <- temp_folder(list(x.npz = zip_bytes(list("../../evil.npy" = a, "/evil.npy" = b))))
  withr::local_dir(folder)
  expect_named(read_npz("x.npz"), c("../../evil", "/evil"))
  expect_identical(list_all(folder), "x.npz")
  expect_false(file.exists(file.path("..", "..", "evil.npy")))
})

test_that("invalid archives are refused", {
  refused <- function(bytes, text) expect_refusal(read_npz(temp_file(bytes)), text)
  zip <- zip_bytes(list(a.npy = a, b.npy = b))
  n <- length(zip)
  refused(raw(), "is empty")
  refused(a, "is an NPY file")
  refused(zip[1:(n - 30)], "no zip directory")
  refused(zip[-(1:60)], "") # the members start elsewhere
  refused(zip[(n - 21):n], "bytes before its directory are missing")
  refused(replace(zip, n - 22 - 51, as.raw(0)), "directory")
  refused(replace(zip, n - 11:10, as.raw(c(0xff, 0xff))), "Zip64")
  refused(replace(zip, n - 9:6, as.raw(rep(0xff, 4))), "Zip64")
})

test_that("members with unsupported names, flags or content are refused", {
  expect_refusal(npz(list(a.npy = a, a.npy = b)), "two members named a.npy")
  expect_refusal(npz(list(readme.txt = b)), "member readme.txt is not named *.npy")
  expect_refusal(npz(list(.npy = a)), "member .npy has no name before .npy")
  expect_refusal(npz(list(a.npy = a), flags = 1), "encrypted")
  expect_refusal(npz(list(a.npy = a), method = 12), "is compressed with method 12")
  expect_refusal(npz(list("a:b.npy" = a)), "member a:b.npy")
  expect_refusal(npz(list("\xff.npy" = a)), "UTF-8")
  expect_refusal(npz(list(a.npy = charToRaw("nothing"))), c("member a.npy", "NUMPY"))
  expect_refusal(npz(list(a.npy = npy_bytes("|O", 1, raw(8)))), c("member a.npy", "pickle"))
})

test_that("damage in a member is found by its checksum", {
  crc <- as.raw(c(0x12, 0, 0, 0))
  expect_refusal(npz(list(a.npy = a), crc = crc), c("member a.npy", "instead of 00000012"))
  zip <- zip_bytes(list(a.npy = a))
  last <- 30 + 5 + length(a)
  expect_identical(zip[last], as.raw(4))
  expect_refusal(read_npz(temp_file(replace(zip, last, as.raw(5)))), "CRC-32")
})

test_that("sizes in the archive that do not fit its members are refused", {
  # The size in the directory is wrong. The content decides.
  for (size in c(1, 2^32 - 2)) {
    result <- outcome(npz(list(a.npy = a), deflate = TRUE, size = size))
    expect_true(result %in% c("data", "refused"))
  }
  # More content than the header of the array announces, as in a zip bomb.
  bomb <- c(npy_bytes("|u1", 3, as.raw(1:3)), raw(2e6))
  expect_refusal(npz(list(a.npy = bomb), deflate = TRUE), "has more than the 3 bytes")
  # The header announces more than any archive of this size can hold.
  too_large <- npy_bytes("<f8", 1e9, raw(8))
  expect_refusal(npz(list(a.npy = too_large), deflate = TRUE), "but can hold at most")
  # The header announces one byte more than there is.
  expect_refusal(npz(list(a.npy = npy_bytes("|u1", 9, raw(8)))), "ends after 8 of 9 bytes")
})

test_that("members that share bytes cannot add up without limit", {
  origin <- file_origin(temp_file(zip_bytes(list(a.npy = a))), "NPZ file")
  member <- zip_members(origin)
  expect_refusal(read_member(member, 50, origin), "can hold at most 50")
  expect_identical(read_member(member, length(a), origin)$size, length(a))
})

test_that("damaged files give data or a feedforward_error", {
  withr::local_seed(21)
  bytes <- npy_bytes("<f8", c(2, 3), raw_of(c(0.5, 1, 2, 3, 4, 5)))
  outcomes <- replicate(60, outcome(read_npy(temp_file(mutate_bytes(bytes)))))
  expect_setequal(outcomes, c("data", "refused"))
  # The checksums of an archive do more: what is read is right, but for the names.
  for (deflate in c(FALSE, TRUE)) {
    zip <- zip_bytes(list(a.npy = bytes, b.npy = b), deflate)
    right <- unname(read_npz(temp_file(zip)))
    outcomes <- replicate(50, outcome({
      arrays <- read_npz(temp_file(mutate_bytes(zip)))
      stopifnot(identical(unname(arrays), right))
    }))
    expect_setequal(outcomes, c("data", "refused"))
  }
})

test_that("the directory of an archive must agree with its members", {
  refused <- function(bytes, text) expect_refusal(read_npz(temp_file(bytes)), text)
  zip <- zip_bytes(list(a.npy = a, b.npy = b))
  entry <- which(zip == 0x50 & c(zip[-1], raw(1)) == 0x4b & c(zip[-(1:2)], raw(2)) == 1)
  # One letter of a name, in the directory or before the member.
  refused(replace(zip, entry[2] + 46, charToRaw("c")), "does not have c.npy where its directory says")
  refused(replace(zip, 31, charToRaw("c")), "does not have a.npy where its directory says")
  # The second member has the position of the first.
  refused(replace(zip, entry[2] + 42:45, raw(4)), "does not have b.npy where its directory says")
  refused(replace(zip, entry[2] + 42:45, little(2^32 - 2, 4)), "does not have b.npy where its directory says")
  n <- length(zip)
  count <- little(c(1, 1), 2)
  refused(replace(zip, n - 13:10, count), "lists 2 members in its directory instead of 1")
  # No directory at all.
  refused(replace(zip, n - 9:6, raw(4)), "lists 0 members in its directory instead of 2")
})

test_that("a program before the archive is ignored", {
  moved <- c(charToRaw("#! a program that unpacks it"), zip_bytes(list(a.npy = a)))
  expect_identical(read_npz(temp_file(moved)), list(a = rbind(1:2, 3:4)))
})

test_that("archives with very many members or with unsafe names are refused", {
  one <- npy_bytes("|u1", 2, as.raw(1:2))
  many <- stats::setNames(rep(list(one), 1001L), sprintf("a%d.npy", 1:1001))
  expect_refusal(read_npz(temp_file(zip_bytes(many))), "has 1001 members")
  expect_length(read_npz(temp_file(zip_bytes(many[1:20]))), 20L)
  expect_refusal(read_npz(temp_file(zip_bytes(list("a:b.npy" = one)))), "has a colon in its name")
  steering <- temp_file(zip_bytes(list("\033[2J.exe" = one)))
  hostile <- expect_refusal(read_npz(steering), "member \\033[2J.exe")
  expect_false(grepl("\033[2J", conditionMessage(hostile), fixed = TRUE))
})

test_that("names and text of files cannot steer the terminal", {
  # Without colors, cli itself takes some of them away.
  withr::local_options(cli.num_colors = 256L)
  steering <- "\033[2J\a\b\r\033]0;title\a.npy"
  members <- list(raw(), npy_bytes("|u1", 2, as.raw(1:3)))
  archives <- list(
    stats::setNames(members[1], steering), stats::setNames(members[2], steering),
    stats::setNames(rep(members[2], 2), rep(steering, 2)),
    stats::setNames(members[1], paste0(steering, ".exe"))
  )
  for (archive in archives) {
    cnd <- expect_refusal(npz(archive), "\\033[2J\\a\\b\\r\\033]0;title")
    expect_false(grepl("\033\\[2J|\033]|[\a\b\r]", conditionMessage(cnd)))
  }
})

# ---- Members without numbers -------------------------------------------------------

text <- npy_bytes("<U2", 2, raw(16))
object <- npy_bytes("|O", 1, as.raw(1:40))

test_that("members without numbers are dropped with one warning", {
  others <- list(
    list(text = text), list(object = object), list(time = npy_bytes("<M8[D]", 1, raw(8))),
    list(c = npy_bytes("<c16", 1, raw(16))), list(half = npy_bytes("<f2", 2, raw(4))),
    list(record = npy_bytes(
      header = "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", data = raw(8)
    ))
  )
  for (other in others) {
    names(other) <- paste0(names(other), ".npy")
    for (after in 0:2) {
      members <- append(list(a.npy = a, b.npy = b), other, after)
      expect_identical(
        expect_left_out(npz(members, deflate = after > 0), "1 member", names(other)),
        list(a = rbind(1:2, 3:4), b = array(c(0.5, 1), 2))
      )
    }
  }
  several <- list(text.npy = text, a.npy = a, object.npy = object, README.txt = raw(3))
  several <- c(several, list("c:d.npy" = b))
  expect_identical(
    expect_left_out(npz(several), "4 members", "text.npy holds text (type '<U2')", "object.npy",
      "pickle", "README.txt is not named *.npy", "c:d.npy has a colon in its name"),
    list(a = rbind(1:2, 3:4))
  )
  # Folders are ignored.
  expect_silent(inner <- npz(list("f/" = raw(), "f/a.npy" = a)))
  expect_identical(inner, list("f/a" = rbind(1:2, 3:4)))
  # A member with content is not a folder, even if its name ends with a slash.
  expect_left_out(npz(list(a.npy = a, "b.npy/" = b)), "b.npy/ is not named *.npy")
  expect_identical(unname(expect_left_out(npz(list("f/" = raw())), "has no arrays")), list())
  # An encrypted or bzip2 member beside others.
  odd <- zip_bytes(list(x.npy = b), method = 12)
  expect_refusal(read_npz(temp_file(odd)), c("member x.npy", "is compressed with method 12"))
})

test_that("an intact member of another type is dropped, a damaged one is an error", {
  wide <- npy_bytes("<i8", 1, c(raw_of(1L), raw_of(2097152L))) # 2^53 + 1
  others <- list(
    "starts with the bytes 6a 75 6e 6b" = charToRaw("junk"), "is empty" = raw(),
    "is a web page" = charToRaw("<!DOCTYPE html>"),
    "has format version 4.0" = replace(a, 7, as.raw(4)),
    "has the header \"{}\"" = npy_bytes(header = "{}", data = raw(1)),
    "ends within its header" = a[1:9], "holds a number near 9007199254740994" = wide
  )
  name <- "__MACOSX/._a.npy"
  for (problem in names(others)) {
    members <- stats::setNames(list(a, others[[problem]], b), c("a.npy", name, "b.npy"))
    arrays <- expect_left_out(npz(members), "1 member", paste(name, problem), "use `members`")
    expect_identical(arrays, list(a = rbind(1:2, 3:4), b = array(c(0.5, 1), 2)))
    file <- temp_file(zip_bytes(members))
    expect_refusal(read_npz(file, c("a", "__MACOSX/._a")), paste("member", name, problem))
    expect_silent(read_npz(file, c("b", "a")))
    # Alone, it is an error. With a wrong checksum, it is damaged.
    expect_refusal(npz(members[2]), paste("member", name, problem))
    if (problem != "is empty") {
      at <- length(zip_bytes(members[1])) - 22L - (46L + 5L) + 30L + nchar(name) + 1L
      damaged <- zip_bytes(members)
      damaged[at] <- !damaged[at]
      expect_refusal(read_npz(temp_file(damaged)), c(paste("member", name), "CRC-32", "`members`"))
      expect_named(read_npz(temp_file(damaged), c("a", "b")), c("a", "b"))
    }
  }
})

test_that("an array of another type is described, with advice for Python", {
  described <- c(
    "<f2" = "holds float16 numbers", "<f16" = "holds float128 numbers",
    "<c16" = "holds complex128 numbers", "<U3" = "holds text", "|S3" = "holds text",
    "<M8[ns]" = "holds dates", "|O" = "holds Python objects", "<q9" = "values of an unknown type"
  )
  advice <- c(
    "<f2" = "x.astype(\"float32\")", "<f16" = "x.astype(\"float64\")", "<c16" = "x.real",
    "|O" = "pickle"
  )
  for (type in names(described)) {
    array <- npy_bytes(type, 1, raw(64))
    text <- c(described[[type]], sprintf("(type '%s')", type))
    hint <- if (type %in% names(advice)) advice[[type]]
    expect_refusal(read_npy(temp_file(array)), c("cannot be read: it", text, hint))
    expect_left_out(npz(list(a.npy = a, x.npy = array)), text, hint)
  }
  expect_left_out(npz(list(a.npy = a, .npy = b)), ".npy has no name before .npy")
})

test_that("both readers name the type of a file of another type", {
  readers <- list(read_npy, read_npz)
  kinds <- list("is empty" = raw(), "is a web page" = charToRaw("\n<html>"),
    "is compressed with gzip" = gz_bytes(a))
  for (kind in names(kinds)) {
    for (read in readers) expect_refusal(read(temp_file(kinds[[kind]])), paste0("it ", kind, "."))
  }
  expect_refusal(read_npy(temp_file(zip_bytes(list(a.npy = a)))), "`read_npz()`")
  expect_refusal(read_npz(temp_file(a)), "`read_npy()`")
})

test_that("only the requested members are read", {
  archive <- list(text.npy = text, a.npy = a, b.npy = b)
  file <- temp_file(zip_bytes(archive))
  expect_silent(one <- read_npz(file, "b"))
  expect_identical(one, list(b = array(c(0.5, 1), 2)))
  expect_named(read_npz(file, c("b.npy", "a", "b")), c("b", "a"))
  there <- "The archive has \"text\", \"a\", and \"b\"."
  expect_refusal(read_npz(file, c("a", "z{1}")), c("has no array \"z{1}\"", there))
  expect_refusal(read_npz(file, c("a", "text")), c("member text.npy", "'<U2'", there))
  for (members in list(1, NA_character_, character(), list("a"))) {
    expect_refusal(read_npz(file, members), "`members`", "feedforward_error")
  }
  # Members that were not requested are not read, damaged or not.
  damaged <- zip_bytes(archive)
  at <- length(zip_bytes(archive["text.npy"])) - 22L - 46L - 8L
  damaged[at] <- !damaged[at]
  expect_refusal(read_npz(temp_file(damaged)), c("member text.npy", "CRC-32"))
  expect_named(read_npz(temp_file(damaged), "a"), "a")
})

test_that("damage is not mistaken for an unsupported type", {
  # One letter of the type changes, but the checksum does not.
  turned <- a
  turned[which(turned == charToRaw("u"))[1]] <- charToRaw("V")
  lie <- zip_bytes(list(a.npy = turned), crc = crc32_bytes(a))
  expect_refusal(read_npz(temp_file(lie)), c("member a.npy", "CRC-32"))
  # One place of the archive says that a member is compressed in another way.
  zip <- zip_bytes(list(a.npy = a, b.npy = b))
  entry <- find_marks(zip, 1:2)[1]
  for (lie in list(replace(zip, entry + 10, as.raw(12)), replace(zip, entry + 8, as.raw(1)))) {
    expect_refusal(read_npz(temp_file(lie)), "two different compression methods")
  }
})

test_that("a sparse matrix of SciPy is read in parts, with a hint that works", {
  int <- function(x) npy_bytes("<i4", length(x), raw_of(as.integer(x)))
  parts <- list(
    indices.npy = int(c(1, 0, 2)), indptr.npy = int(c(0, 1, 3)),
    format.npy = npy_bytes("|S3", integer(), charToRaw("csr")), shape.npy = int(c(2, 3)),
    data.npy = npy_bytes("<f8", 3, raw_of(c(1.5, 2, 3)))
  )
  text <- c("format.npy holds text (type '|S3')", "sparseMatrix(j = indices")
  arrays <- expect_left_out(npz(parts), text)
  expect_named(arrays, c("indices", "indptr", "shape", "data"))
  skip_if_not_installed("Matrix")
  matrix <- with(arrays, Matrix::sparseMatrix(
    j = indices, p = indptr, x = c(data), dims = shape, index1 = FALSE
  ))
  expect_identical(as.matrix(matrix), rbind(c(0, 1.5, 0), c(2, 0, 3)))
})

test_that("MNIST is read from an archive with other members", {
  local_mnist_settings()
  files <- tiny_mnist()
  npy <- function(name, shape) npy_bytes("|u1", shape, utils::tail(files[[name]], prod(shape)))
  zip <- zip_bytes(list(
    names.npy = text, x_train.npy = npy(1, c(3, 28, 28)), y_train.npy = npy(2, 3),
    x_test.npy = npy(3, c(2, 28, 28)), y_test.npy = npy(4, 2)
  ))
  expect_silent(mnist <- dataset_mnist(temp_file(zip)))
  expect_tiny(mnist)
})
