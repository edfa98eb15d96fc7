# Readers of data files, their mutants, and slow readers of IDX and NPY that share no code with the
# package. These formats have no checksum: a mutant may give other data, but only the data that its
# bytes describe.

data_readers <- function() {
  x <- array(c(1:23, 255L), c(2L, 3L, 4L))
  idx <- idx_bytes(8, dim(x), as.raw(aperm(x)))
  float <- matrix(c(0.5, -1, 1e300, 3, NaN, 5), 2)
  npy <- npy_bytes("<f8", dim(float), raw_of(as.vector(t(float))))
  list(
    idx = list(
      original = idx, mutations = c(damages, idx_lies), read = reading_file(read_idx),
      problem = function(value, mutant, ...) differs_from(value, slow_idx(mutant))
    ),
    gz = list(
      original = gz_bytes(idx), mutations = c(damages, gz_lies), problem = same_as(x),
      read = reading_file(read_idx)
    ),
    npy = list(
      original = npy, mutations = c(damages, npy_lies), read = reading_file(read_npy),
      problem = function(value, mutant, ...) differs_from(value, slow_npy(mutant))
    ),
    npz = npz_reader(x, float, npy)
  )
}

differs_from <- function(value, slow) if (!identical(value, slow)) "data that its bytes do not say"

# ---- IDX --------------------------------------------------------------------------------

odd_sizes <- c(0, 1, 2, 255, 65536, 2^31 - 1, 2^31, 2^32 - 1, 2^32 - 24)

idx_lies <- list(
  size = function(bytes) {
    at <- 4L * sample.int(3L, 1L)
    replace(bytes, at + 1:4, big(one_of(odd_sizes)))
  },
  sizes = function(bytes) replace(bytes, 5:16, unlist(lapply(sample(odd_sizes, 3L, TRUE), big))),
  count = function(bytes) replace(bytes, 4L, as.raw(one_of(c(0, 1, 2, 4, 8, 9, 128, 255)))),
  type = function(bytes) replace(bytes, 3L, as.raw(sample.int(256L, 1L) - 1L)),
  magic = function(bytes) replace(bytes, sample.int(2L, 1L), random_bytes(1L)),
  order = function(bytes) replace(bytes, 5:16, bytes[c(8:5, 12:9, 16:13)])
)

gz_lies <- list(
  header = function(bytes) replace(bytes, sample.int(10L, 1L), random_bytes(1L)),
  checksum = function(bytes) {
    at <- length(bytes) - 4L - sample.int(4L, 1L) + 1L
    replace(bytes, at, xor(bytes[at], as.raw(one_of(2^(0:7)))))
  },
  length = function(bytes) replace(bytes, length(bytes) - 0:3, random_bytes(4L)),
  lie = function(bytes) gz_bytes(one_of(idx_lies[c("size", "count")])(unpacked(bytes))[-24L]),
  huge = function(bytes) gz_bytes(idx_bytes(8, c(2^31 - 1, 2^31 - 1), raw(100))),
  double = function(bytes) gz_bytes(bytes),
  # Members that follow each other, and what may stand around them.
  members = function(bytes) one_of(list(identity, flip_bits))(join_members(unpacked(bytes))),
  end = function(bytes) c(bytes, one_of(list(raw(1), raw(512), gz_bytes(raw()), bytes[1:10]))),
  # Starts of members everywhere, each behind a size that could be.
  starts = function(bytes) {
    c(gz_bytes(unpacked(bytes)), rep(as.raw(c(1, 2, 3, 4, 1, 0, 0, 0, 0x1f, 0x8b, 8)), 20000L))
  },
  # 300 MB of zeros, in pieces that follow each other.
  bomb = function(bytes) c(gz_bytes(idx_bytes(8, 10, raw())), rep(gz_bytes(raw(1e6)), 300L))
)

join_members <- function(content) {
  cuts <- sort(sample.int(length(content), 3L, replace = TRUE))
  from <- c(1L, cuts)
  to <- c(cuts - 1L, length(content))
  unlist(Map(function(from, to) gz_bytes(content[seq_len(to - from + 1L) + from - 1L]), from, to))
}

unpacked <- function(bytes) memDecompress(bytes, "gzip")

# One number at a time.
slow_idx <- function(bytes) {
  n <- as.integer(bytes[4L])
  sizes <- vapply(seq_len(n), function(k) sum(as.integer(bytes[4 * k + 1:4]) * 256^(3:0)), 0)
  width <- c(`8` = 1L, `9` = 1L, `11` = 2L, `12` = 4L, `13` = 4L, `14` = 8L)
  code <- as.character(as.integer(bytes[3L]))
  stopifnot(code %in% names(width), length(bytes) == 4 + 4 * n + width[[code]] * prod(sizes))
  values <- lapply(seq_len(prod(sizes)), function(k) {
    slow_number(rev(bytes[4L + 4L * n + width[[code]] * (k - 1L) + seq_len(width[[code]])]),
      if (as.integer(code) > 12L) "f" else if (code == "8") "u" else "i")
  })
  slow_array(values, sizes, if (as.integer(code) > 12L) "double" else "integer", FALSE)
}

# A number of little-endian bytes.
slow_number <- function(bytes, kind) {
  if (kind == "f") {
    return(readBin(bytes, "double", size = length(bytes), endian = "little"))
  }
  value <- sum(as.integer(bytes) * 256^(seq_along(bytes) - 1))
  negative <- kind == "i" && as.integer(bytes[length(bytes)]) > 127L
  if (negative) value - 256^length(bytes) else value
}

slow_array <- function(values, sizes, type, fortran) {
  values <- as.vector(unlist(values), "double")
  if (type == "integer" && !any(values == -2^31)) storage.mode(values) <- "integer"
  if (type == "logical") values <- values != 0
  if (!length(sizes)) {
    return(values)
  }
  if (fortran) {
    return(array(values, sizes))
  }
  x <- array(values, rev(sizes))
  aperm(x)
}

# ---- NPY --------------------------------------------------------------------------------

npy_header <- function(descr = "'<f8'", fortran = "False", shape = "(2, 3)", extra = "") {
  sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, %s}", descr, fortran, shape, extra)
}

with_header <- function(bytes, header, version = one_of(1:2)) {
  npy_bytes(header = header, data = utils::tail(bytes, 48L), version = version)
}

npy_lies <- list(
  shape = function(bytes) {
    with_header(bytes, npy_header(shape = one_of(c(
      "(3, 2)", "(6,)", "(6)", "()", "(0,)", "(2, 3, 0)", "(-2, -3)", "(2147483648,)", "(2, 3.0)",
      "(4294967296, 4294967296)", "(9007199254740993,)", "(1e1,)", "(2, 3", "[2, 3]", "(0x6,)",
      sprintf("(%s)", strrep("1, ", 32L)), sprintf("(%s)", strrep("1, ", 33L)), "(2L, 3L)",
      "(02, 3)",
      sprintf("(%s)", strrep("2147483647, ", 32L)), sprintf("(%s,)", strrep("9", 400L)), "(2,, 3)"
    ))))
  },
  type = function(bytes) {
    with_header(bytes, npy_header(descr = sprintf("'%s'", one_of(c(
      npy_types, "|O", "O8", "<U12", "|S8", "<c16", "<M8[ns]", "<f2", "<f16", "f8", "=f8", "<f8x",
      ""
    )))))
  },
  fields = function(bytes) {
    with_header(bytes, one_of(c(
      npy_header(descr = "[('a', '<f8')]"), npy_header(extra = "'shape': (6,)"), "{}", "",
      npy_header(extra = "'other': 1"), npy_header(fortran = "True"), npy_header(fortran = "1"),
      npy_header(descr = "__import__('os').system('ls')"), "'<f8'", "exit()",
      npy_header(descr = "'"),
      paste(npy_header(), npy_header()), npy_header(extra = "# {}")
    )))
  },
  length = function(bytes) replace(bytes, 9:10, little(one_of(c(0:3, 79, 255, 65535)), 2)),
  magic = function(bytes) replace(bytes, sample.int(8L, 1L), random_bytes(1L)),
  huge = function(bytes) {
    pieces <- c("1,", " ", "'descr':[", "'shape':(", "(1, ", "(", "{", "'", "\"")
    piece <- one_of(pieces)
    many <- strrep(piece, 65400L %/% nchar(piece))
    headers <- c(npy_header(shape = paste0("(", many)), npy_header(extra = many))
    with_header(bytes, one_of(headers), 2L)
  }
)

# Python's notation as JSON.
slow_npy <- function(bytes) {
  wide <- bytes[7L] != as.raw(1)
  size <- slow_number(bytes[8L + seq_len(if (wide) 4L else 2L)], "u")
  head <- (if (wide) 12L else 10L) + size
  text <- rawToChar(bytes[(head - size + 1L):head])
  text <- chartr("'()", "\"[]", gsub("L\\b", "", text, perl = TRUE))
  text <- gsub(",\\s*([]}])", "\\1", gsub("True", "true", gsub("False", "false", text)),
    perl = TRUE)
  text <- gsub("(?<![0-9.])0+(?=[0-9])", "", text, perl = TRUE)
  # Digits of the type are no numbers.
  header <- jsonlite::fromJSON(text, simplifyVector = TRUE)
  stopifnot(setequal(names(header), c("descr", "fortran_order", "shape")))
  sizes <- as.double(unlist(header$shape))
  kind <- sub("^[<>=|]", "", header$descr)
  width <- as.integer(substring(kind, 2L))
  stopifnot(length(bytes) == head + width * prod(sizes))
  values <- lapply(seq_len(prod(sizes)), function(k) {
    number <- bytes[head + width * (k - 1L) + seq_len(width)]
    slow_number(if (startsWith(header$descr, ">")) rev(number) else number, substr(kind, 1L, 1L))
  })
  whole <- kind %in% c("i1", "u1", "i2", "u2", "i4")
  slow_array(
    values, sizes, if (kind == "b1") "logical" else if (whole) "integer" else "double",
    header$fortran_order
  )
}

# ---- NPZ --------------------------------------------------------------------------------

npz_reader <- function(x, float, npy) {
  members <- list(x.npy = npy_bytes("|u1", dim(x), as.raw(aperm(x))), float.npy = npy)
  truth <- list(x = x, float = float)
  packed <- list(zip_bytes(members), zip_bytes(members, deflate = TRUE))
  # Each mutation gets one of the archives, stored or deflated.
  of_either <- lapply(c(damages, zip_field_lies), function(change) {
    function(original) change(one_of(packed))
  })
  made <- lapply(zip_lies, function(make) function(original) make(members))
  list(
    original = packed[[1L]], mutations = c(of_either, made),
    read = reading_file(read_numbers, fileext = ".npz"),
    problem = function(value, ...) {
      # Members may be named as one likes: names are no paths. What holds no numbers is left out.
      left <- if (attr(value, "left_out")) list(truth, truth[1L], truth[2L]) else list(truth)
      value <- unname(as.list(structure(value, left_out = NULL)))
      if (!any(vapply(left, function(x) identical(value, unname(x)), TRUE))) "wrong data"
    }
  )
}

# read_npz(), and whether it warned that it left out some members.
read_numbers <- function(file) {
  left_out <- FALSE
  value <- withCallingHandlers(read_npz(file), feedforward_members_left_out = function(cnd) {
    left_out <<- TRUE
    invokeRestart("muffleWarning")
  })
  structure(value, left_out = left_out)
}

find_marks <- function(bytes, kind) {
  at <- seq_len(length(bytes) - 3L)
  which(bytes[at] == 0x50 & bytes[at + 1L] == 0x4b & bytes[at + 2L] == kind[1L] &
    bytes[at + 3L] == kind[2L])
}

# A field of a header at one of these marks is replaced.
lie_at <- function(bytes, kind, offsets, widths, values) {
  at <- one_of(find_marks(bytes, kind))
  k <- sample.int(length(offsets), 1L)
  replace(bytes, at + offsets[k] + seq_len(widths[k]) - 1L, little(one_of(values), widths[k]))
}

odd_fields <- c(0, 1, 2, 8, 20, 100, 255, 65534, 65535, 2^24, 2^31 - 1, 2^31, 2^32 - 2, 2^32 - 1)

zip_field_lies <- list(
  directory = function(bytes) {
    lie_at(bytes, 1:2, c(4, 6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42),
      c(2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4), odd_fields)
  },
  local = function(bytes) {
    lie_at(bytes, 3:4, c(4, 6, 8, 14, 18, 22, 26, 28), c(2, 2, 2, 4, 4, 4, 2, 2), odd_fields)
  },
  end = function(bytes) {
    lie_at(bytes, 5:6, c(4, 6, 8, 10, 12, 16, 20), c(2, 2, 2, 2, 4, 4, 2), odd_fields)
  },
  overlap = function(bytes) {
    entry <- find_marks(bytes, 1:2)[2L]
    bytes <- replace(bytes, entry + 42:45, little(one_of(c(0, 10, 30)), 4))
    # With the checksum and sizes of the first member, too.
    first <- find_marks(bytes, 1:2)[1L]
    if (stats::runif(1L) < 0.5) bytes[entry + 16:27] <- bytes[first + 16:27]
    bytes
  }
)

zip_lies <- list(
  traversal = function(members) {
    folder <- one_of(c("../", "../../", "/", "/tmp/", "C:\\", "..\\", "a/../b/", "./", "~/"))
    zip_bytes(stats::setNames(members, paste0(folder, names(members))))
  },
  names = function(members) {
    names(members)[one_of(1:2)] <- one_of(c(
      "", ".npy", "x.npy", "a:b.npy", "x.NPY", "x.npz", paste0(strrep("n", 300L), ".npy"),
      "\xff.npy", "\u00fc.npy", "*.npy", "x\n.npy", "{x}.npy", "x.npy/", "%s%n.npy"
    ))
    zip_bytes(members, deflate = TRUE)
  },
  # Besides arrays of numbers, other arrays and files.
  text = function(members) {
    other <- one_of(list(
      list(t.npy = npy_bytes("<U2", 2, random_bytes(16L))), list("f/" = raw()),
      list(o.npy = npy_bytes("|O", 1, serialize(quote(stop("run")), NULL))), list(read.me = raw(3))
    ))
    change <- one_of(c(identity, damages["flip"]))
    change(zip_bytes(append(members, other, one_of(0:2)), deflate = one_of(c(TRUE, FALSE))))
  },
  content = function(members) {
    members[[one_of(1:2)]] <- one_of(c(other_files(), list(zip_bytes(members))))
    zip_bytes(members, deflate = one_of(c(TRUE, FALSE)))
  },
  damage = function(members) {
    # The archive is whole, and its checksums are unchanged.
    sound <- lapply(members, crc32_bytes)
    k <- one_of(1:2)
    members[[k]] <- one_of(damages[c("flip", "cut", "garbage")])(members[[k]])
    zip_bytes(members[k], crc = sound[[k]])
  },
  method = function(members) {
    zip_bytes(members, method = one_of(c(1, 8, 9, 12, 14, 99)), flags = one_of(c(0, 1, 8, 2048,
    8192)))
  },
  huge = function(members) {
    members$x.npy <- npy_bytes("|u1", one_of(list(2^31 - 1, c(65536, 65536), c(3e4, 3e4))),
      raw(100))
    zip_bytes(members, deflate = TRUE)
  },
  # To make it takes longer than to read it.
  bomb = local({
    made <- NULL
    function(members) {
      if (is.null(made)) made <<- zip_bomb()
      made
    }
  })
)

# An array of 3 bytes, it says, and 300 MB of zeros behind it.
zip_bomb <- function() {
  file <- tempfile(fileext = ".gz")
  on.exit(unlink(file))
  con <- gzfile(file, "wb", compression = 1L)
  writeBin(npy_bytes("|u1", 3, raw(3)), con)
  for (k in 1:300) writeBin(raw(1e6), con)
  close(con)
  packed <- readBin(file, "raw", file.size(file))
  # A gz file has 10 bytes before and 8 after.
  packed <- packed[11:(length(packed) - 8L)]
  zip_bytes(list(x.npy = packed), method = 8, size = one_of(c(3e8, 131)), crc = random_bytes(4L))
}
