# Sources in CSV files, plain and compressed.

skip_if_not_installed("data.table")

shops <- data.frame(
  x = c(0.1, NA, 1e300, -5, 1:6), k = c(NA, 1:9), yes = c(TRUE, NA, FALSE)[c(1:3, 1:3, 1:3, 1)],
  text = c("it's", "a \"b\"", "two\n\nlines\"\"", "\u00e9\u4e2d", NA, "", " {x}, ", "\"", "z", "-"),
  late = c(rep(NA, 8), "p", "q"), none = NA
)
plain_shops <- transform(shops, k = as.double(k), none = NA_real_)

local_csv <- function(data = shops, ending = ".csv", ..., env = parent.frame()) {
  file <- withr::local_tempfile(fileext = ending, .local_envir = env)
  con <- if (endsWith(ending, ".gz")) gzfile(file, "wb") else file(file, "wb")
  sep <- if (startsWith(tolower(ending), ".tsv")) "\t" else ","
  write.table(data, con, sep = sep, qmethod = "double", row.names = FALSE, fileEncoding = "UTF-8",
    ...)
  close(con)
  file
}

csv_of <- function(..., ending = ".csv", env = parent.frame()) {
  temp_file(charToRaw(paste0(...)), ending, env = env)
}

expect_table <- function(source, data) {
  expect_equal(read_all(source), data)
  n <- nrow(data)
  for (rows in list(c(1, n), c(2, n - 1), c(2, 2), c(1, 2), c(3, 7), c(n, n))) {
    rows <- pmin(rows, n)
    part <- data[rows[1L]:rows[2L], , drop = FALSE]
    expect_equal(read_rows(source, rows[1L], rows[2L]), part, ignore_attr = "row.names")
  }
}

test_that("files are read in chunks of any size, with line ends inside of quotes", {
  for (ending in c(".csv", ".tsv", ".csv.gz", ".TSV")) {
    file <- local_csv(ending = ending)
    for (chunk_rows in c(1, 3, 10, 1000)) {
      source <- data_source(file, chunk_rows = chunk_rows)
      expect_identical(source$starts, seq(1, 10, by = chunk_rows))
      expect_identical(source$in_order, ending == ".csv.gz")
      expect_table(source, plain_shops)
    }
  }
  expect_identical(source$label, sprintf("the file `%s`", basename(file)))
})

test_that("the ends of lines are found in blocks of any size", {
  file <- local_csv(eol = "\r\n")
  whole <- find_lines(file, 3)
  expect_identical(whole$n, 10)
  expect_length(whole$offsets, 4L)
  for (block in c(1, 2, 3, 7, 50)) expect_identical(find_lines(file, 3, block), whole)
  cat("\r\n\n\r\n", file = file, append = TRUE)
  for (block in c(1, 2, 3, 7, 50, 1e4)) {
    found <- find_lines(file, 3, block)
    found$offsets <- found$offsets[1:4]
    expect_identical(found, whole)
  }
})

test_that("bytes of plain and compressed files are found in any order", {
  for (ending in c(".csv", ".csv.gz")) {
    file <- local_csv(ending = ending)
    con <- open_bytes(file)
    all <- readBin(con, "raw", 1e4)
    close(con)
    bytes <- reader_of_bytes(file, file.size(file), length(all))
    for (part in list(1:5, 6:9, 20:30, 3:7, seq(40, length(all)), 1:5)) {
      expect_identical(bytes(part[1L] - 1, part[length(part)]), all[part])
    }
  }
})

test_that("a compressed file is closed after its rows were used", {
  source <- data_source(local_csv(ending = ".csv.gz"), chunk_rows = 3)
  before <- nrow(showConnections())
  head(source, 2)
  expect_equal(nrow(showConnections()), before)
})

test_that("a compressed file is closed when its source is gone", {
  before <- nrow(showConnections())
  source <- data_source(local_csv(ending = ".csv.gz"), chunk_rows = 2)
  expect_identical(nrow(read_rows(source, 1, 3)), 3L)
  expect_identical(nrow(showConnections()), before + 1L)
  rm(source)
  expect_no_warning(gc())
  expect_identical(nrow(showConnections()), before)
})

test_that("line ends of Windows, a byte order mark, and a last line without end are read", {
  file <- local_csv(eol = "\r\n")
  bytes <- c(as.raw(c(0xef, 0xbb, 0xbf)), readBin(file, "raw", 1e4))
  for (file in list(file, temp_file(bytes, ".csv"), temp_file(bytes[-length(bytes)], ".csv"))) {
    data <- read_all(data_source(file, chunk_rows = 4))
    expect_equal(data, plain_shops)
  }
  source <- data_source(csv_of("a\n1\n2"), chunk_rows = 1)
  expect_identical(read_all(source), data.frame(a = c(1, 2)))
  expect_identical(read_all(data_source(csv_of("a,b\n1,x"))), data.frame(a = 1, b = "x"))
  blank <- csv_of("a\n\n\n2\n\n3\n\n")
  for (chunk_rows in 1:6) {
    expect_identical(read_all(data_source(blank, chunk_rows = chunk_rows))$a, c(NA, NA, 2, NA, 3))
  }
})

test_that("each column has the type that fits all chunks", {
  source <- data_source(csv_of("a,b,c,d,e\n1,TRUE,1,,2020-01-01\n2.5,1,x,TRUE,5\n,3,2,FALSE,\n"),
    chunk_rows = 1)
  expect_identical(read_all(source), data.frame(
    a = c(1, 2.5, NA), b = c("TRUE", "1", "3"), c = c("1", "x", "2"), d = c(NA, TRUE, FALSE),
    e = c("2020-01-01", "5", NA)
  ))
  source <- data_source(csv_of("a,b\n1,x\n1e400,5\n0x1A,0x1A\n"), chunk_rows = 2)
  expect_identical(read_all(source), data.frame(a = c("1", "1e400", "0x1A"), b = c("x", 5, "0x1A")))
  expect_identical(read_all(data_source(csv_of("a\n1\n1e400\n-Inf\n")))$a, c(1, Inf, -Inf))
})

test_that("whole numbers that would lose digits make text", {
  exact <- c("9007199254740992", "-12345678901234568", "1", NA, "100000000000000000000", "1e300")
  lines <- function(x, env = parent.frame()) {
    csv_of("a,b\n", paste0(ifelse(is.na(x), "", x), ",2\n", collapse = ""), env = env)
  }
  expect_identical(read_all(data_source(lines(exact)))$a, as.double(exact))
  for (id in c("9007199254740993", "12345678901234567", "12345678901234567890",
    "123456789012345678901234567890")) {
    x <- c("1", "2", id, NA)
    expect_identical(read_all(data_source(lines(x), chunk_rows = 2)), data.frame(a = x, b = 2))
    source <- data_source(lines(x), columns = data.frame(a = 1), chunk_rows = 2)
    expect_error(read_all(source), paste0("has text in the column `a`.*Row 3 has \"", id),
      class = "feedforward_source_error")
  }
})

test_that("a file that was refused, and a read that was interrupted, do not affect the next", {
  bad <- csv_of("a,b\n1,2\n3,4,5\n6,7\n")
  good <- csv_of("a,b\n1,2\n")
  expect_error(data_source(bad), class = "feedforward_error")
  expect_identical(read_all(data_source(good)), data.frame(a = 1, b = 2))
  interrupt <- function() tryCatch(data.table::fread(bad, fill = FALSE), warning = identity)
  interrupt()
  expect_silent(source <- data_source(good))
  interrupt()
  expect_identical(read_all(source), data.frame(a = 1, b = 2))
})

test_that("numbers are as exact as R's", {
  withr::local_seed(4)
  x <- c(stats::rnorm(200) * 10^(-100:99), .Machine$double.xmax, 5e-324, 1 / 3)
  file <- csv_of("x\n", paste(sprintf("%.17g", x), collapse = "\n"), "\n")
  expect_equal(read_all(data_source(file, chunk_rows = 50))$x, x, tolerance = 1e-15)
})

test_that("columns choose columns and types, and levels make factors", {
  file <- csv_of("when,code,x\n2020-01-01,01,1\n2020-02-01,02,2\n")
  expect_error(data_source(file), "Column `when` of the file .* must be numeric",
    class = "feedforward_error")
  expect_identical(read_all(data_source(file, columns = c("x", "code"))),
    data.frame(x = c(1, 2), code = c(1, 2)))
  given <- data.frame(when = "", x = 1L)
  source <- data_source(file, columns = given, chunk_rows = 1)
  expect_identical(read_all(source), data.frame(when = c("2020-01-01", "2020-02-01"), x = c(1, 2)))
  source <- data_source(file, columns = c("code", "x"), levels = list(code = c("02", "01")))
  expect_identical(read_all(source)$code, factor(c("01", "02"), c("02", "01")))
  source <- data_source(file, columns = data.frame(code = factor("02")), chunk_rows = 1)
  expect_error(read_rows(source, 1, 1), "has the unknown level \"01\" in row 1, column `code`")
  expect_identical(read_rows(source, 2, 2)$code, factor("02"))
})

test_that("values that do not fit the given types are errors with their row", {
  file <- csv_of("a,b\n1,2\n3,4\n5,six\n7,8\n")
  source <- data_source(file, columns = data.frame(a = 1, b = 1), chunk_rows = 2)
  expect_identical(read_rows(source, 1, 2)$b, c(2, 4))
  expect_error(read_rows(source, 3, 4), "Row 3 has \"six\".", class = "feedforward_source_error")
})

test_that("lines with other numbers of fields are errors", {
  given <- data.frame(a = 1, b = 1)
  for (line in c("5", "5,6,7", "\"5,6", "", "5,6\"\n7,\"8")) {
    file <- csv_of("a,b\n1,2\n3,4\n", line, "\n7,8\n9,10\n")
    expect_error(data_source(file, chunk_rows = 2), class = "feedforward_error", info = line)
    failed <- tryCatch(
      {
        source <- data_source(file, columns = given, chunk_rows = 2)
        read_rows(source, 3, min(4, source$n))
      },
      error = identity
    )
    expect_s3_class(failed, "feedforward_error")
  }
  error_of <- function(...) {
    error <- tryCatch(data_source(csv_of(...), chunk_rows = 2), feedforward_source_error = identity)
    gsub("\\s+", " ", conditionMessage(error$parent))
  }
  expect_match(error_of("a,b\n1,2,3\n4,5,6\n"), "Row 1 has 3 fields, but the first line .* has 2")
  expect_match(error_of("a,b\n1,2\n3,4\n5,6\n7\n8,9\n"), "Row 4 has 1 field, but")
  expect_match(error_of("a,b\n1,2\n3,\"a\nb\"\n\n7,8\n9,9\n"), "Row 3 is an empty line")
})

test_that("numbers in place of names, and other encodings, are noticed", {
  warned <- "The first line of the file .* has numbers"
  expect_warning(data_source(csv_of("1,2\n3,4\n")), warned, class = "feedforward_no_names")
  expect_warning(data_source(csv_of("5.1,setosa\n4,virginica\n")), class = "feedforward_no_names")
  expect_no_warning(data_source(csv_of("shop,2023,2024\n1,2,3\n")))
  utf16 <- iconv("a,b\n1,2\n", to = "UTF-16LE", toRaw = TRUE)[[1L]]
  file <- temp_file(c(as.raw(c(0xff, 0xfe)), utf16), ".csv")
  expect_error(data_source(file), "seems to be UTF-16", class = "feedforward_error")
})

test_that("a few words in a column of numbers are told of", {
  values <- c(1:14, "unknown", 16:20)
  file <- csv_of("a,b\n", paste0(values, ",", rev(values), "\n", collapse = ""))
  for (chunk_rows in c(4, 100)) {
    told <- capture_warnings(data_source(file, chunk_rows = chunk_rows))
    told <- gsub("\\s+", " ", told)
    expect_match(told[1L], "Column `a` of the file .* is text, .* has \"unknown\" in row 15")
    expect_match(told[2L], "Column `b` of the file .* is text, .* has \"unknown\" in row 6")
    expect_length(told, 2L)
  }
  expect_no_warning(data_source(file, columns = data.frame(a = "", b = "")))
  expect_no_warning(data_source(file, levels = list(a = values, b = values)))
  expect_no_warning(data_source(csv_of("a\n", paste0(rep(c("1", "b"), 10), "\n", collapse = ""))))
})

test_that("files that change between reads are noticed, and a stream starts anew", {
  for (ending in c(".csv", ".csv.gz")) {
    file <- local_csv(ending = ending)
    source <- data_source(file, chunk_rows = 3)
    read_rows(source, 1, 3)
    read_rows(source, 7, 9)
    expect_equal(read_rows(source, 4, 6)$x, shops$x[4:6])
    bytes <- readBin(file, "raw", 1e4)
    writeBin(bytes[seq_len(length(bytes) - 9L)], file)
    expect_error(read_rows(source, 4, 6), "Chunk 2 .* cannot be read.*bytes instead of",
      class = "feedforward_source_error")
    unlink(file)
    expect_error(read_rows(source, 4, 6), "cannot be read", class = "feedforward_source_error")
    writeBin(bytes, file)
    expect_table(source, plain_shops)
  }
})

test_that("other files and arguments are refused", {
  refused <- function(text, x, ...) {
    error <- tryCatch(data_source(x, ...), error = identity)
    expect_s3_class(error, "feedforward_error")
    expect_match(gsub("\\s+", " ", conditionMessage(error)), text)
  }
  refused("There are no rows in the file", csv_of("a,b\n"))
  refused("There are no rows in the file", csv_of("a,b"))
  refused("There are no rows in the file", csv_of("a,b\n\n\n"))
  refused("The first line of the file .* is empty", csv_of(""))
  refused("The first line of the file .* is empty", csv_of("\n\na\n1\n"))
  refused("separated by semicolons", csv_of("a;b\n1;2\n"))
  refused("^The fields .* by semicolons", csv_of("\"a,\";\"b\"\n1,5;2\n"))
  refused("separated by tabs", csv_of("a\tb\n1\t2\n"))
  refused("separated by bars", csv_of("a|b\n1|2\n"))
  refused("separated by commas", csv_of("a,b\n1,2\n", ending = ".tsv"))
  refused("do not end with a line feed", csv_of("a,b\r1,2\r"))
  expect_identical(colnames(data_source(csv_of("\"a\r\nb\",c\r\n1,2\r\n"))), c("a\r\nb", "c"))
  expect_identical(colnames(data_source(csv_of("\"P(A|B)\"\n1\n"))), "P(A|B)")
  refused("More than one column of the file .* has the name `a`", csv_of("a,a\n1,2\n"))
  refused("Column 2 of the file .* has no valid name. i Name all", csv_of("a,\n1,2\n"))
  rows <- csv_of("\"\",\"a\"\n\"1\",2\n")
  refused("^Column 1 of the file .* no valid name. i It looks like row names.*row.names", rows)
  expect_identical(read_all(data_source(rows, columns = "a"))$a, 2)
  refused("^The last quote .* of the file .* does not end", csv_of("a,b\n1,\"x\n2,y\n"))
  refused("`x` must be one CSV file, not 2", c(local_csv(), local_csv()))
  refused("`columns` names the column `X`, which .* Did you mean `x`", local_csv(), columns = "X")
  refused("Column `d` of `columns` must be", local_csv(), columns = data.frame(d = Sys.Date()))
  refused("invalid encoding", temp_file(c(charToRaw("a\n"), as.raw(c(0xff, 0x61, 10))), ".csv"))
  refused("", temp_file(c(charToRaw("a\n"), as.raw(c(0, 0x61, 10))), ".csv"))
})

test_that("columns of dates and times are refused, or read as text", {
  file <- withr::local_tempfile(fileext = ".csv")
  writeLines(c("t,x", "2024-01-01 12:01:00,1", "2024-01-02 12:01:00,2"), file)
  expect_error(data_source(file), "`t` of the file .* must be numeric", class = "feedforward_error")
  expect_equal(head(data_source(file, columns = "x"))$x, c(1, 2))
  text <- data_source(file, columns = data.frame(t = "", x = 0))
  expect_equal(head(text)$t[1L], "2024-01-01 12:01:00")
  unlink(file)
  expect_error(head(text), "cannot be read", class = "feedforward_source_error")
})

test_that("lines with other numbers of fields are found if columns are chosen, too", {
  file <- withr::local_tempfile(fileext = ".csv")
  write.table(iris, file, sep = ",")
  for (columns in list(c("Sepal.Length", "Species"), data.frame(Species = ""))) {
    expect_error(head(data_source(file, columns = columns)),
      class = "feedforward_source_error")
  }
  file <- csv_of("a,b,c\n1,2\n3,4\n")
  expect_error(data_source(file, columns = c("a", "b")), class = "feedforward_source_error")
  file <- csv_of("a,b,c\n1,2,\n3,4,\"x\ny\"\n")
  expect_identical(read_all(data_source(file, columns = c("c", "a")))$a, c(1, 3))
})

test_that("lone quotes are not taken for missing fields", {
  failed <- tryCatch(data_source(csv_of("a,b\n5\" pipe,1\n6\" pipe,2\nx,3\n"), chunk_rows = 2),
    feedforward_error = function(cnd) cnd)
  if (inherits(failed, "feedforward_source_error")) {
    expect_no_match(rlang::cnd_message(failed), "has . field|empty line")
  } else {
    expect_identical(read_all(failed)$b, c(1, 2, 3))
  }
})

test_that("only columns of numbers are told of, with a value that is none", {
  flags <- c(rep("TRUE", 99), "unknown", rep("TRUE", 100))
  days <- c("unknown", rep("2020-01-01", 199))
  for (values in list(flags, days)) {
    file <- csv_of("a\n", paste0(values, "\n", collapse = ""))
    expect_no_warning(data_source(file, chunk_rows = 10, columns = "a"))
  }
  ids <- c(1:50, "12345678901234567")
  told <- capture_warnings(data_source(csv_of("a\n", paste0(ids, "\n", collapse = ""))))
  expect_match(gsub("\\s+", " ", told), "in row 51.* cannot store such a long number exactly")
})
