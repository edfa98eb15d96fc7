# Sources made of functions, and what every source refuses. Readers of files and databases have
# tests of their own.

rows_of <- function(data) function(first, last) data[first:last, , drop = FALSE]

source_of <- function(data, ..., chunk_rows = 4) {
  data_source(rows_of(data), n = nrow(data), columns = data, ..., chunk_rows = chunk_rows)
}

mixed <- data.frame(
  a = c(1.5, NA, -3:4), b = c(TRUE, NA, rep(FALSE, 8)), k = c(1:9, NA),
  f = factor(rep(c("u", "v"), 5), levels = c("v", "u", "w")),
  t = c("x", NA, "a \"b\"", "two\nlines", "\u00e9", rep("", 5))
)
# Whole numbers are read as double.
plain_mixed <- transform(mixed, k = as.double(k))

test_that("a function source returns exactly the rows and columns of its table", {
  source <- source_of(mixed)
  expect_identical(source$starts, c(1, 5, 9))
  expect_identical(source$columns, plain_mixed[0L, ])
  expect_identical(read_rows(source, 1, 4), plain_mixed[1:4, ])
  middle <- plain_mixed[5:8, ]
  rownames(middle) <- NULL
  expect_identical(read_rows(source, 5, 8), middle)
  expect_identical(read_all(source), plain_mixed)
  expect_identical(read_all(source_of(mixed, chunk_rows = 10)), plain_mixed)
  expect_identical(read_all(source_of(mixed, chunk_rows = 1)), plain_mixed)
  expect_identical(read_all(source_of(mixed[1L, ], chunk_rows = 1000)), plain_mixed[1L, ])
})

test_that("columns are put in order, extra ones dropped, and attributes removed", {
  read <- function(first, last) {
    data <- tibble::as_tibble(mixed[first:last, 5:1])
    data$more <- list(1)
    data$a <- I(structure(data$a, label = "A", names = letters[seq_along(data$a)]))
    data$f <- factor(as.character(data$f), ordered = TRUE)
    structure(data, note = "note")
  }
  source <- data_source(read, 10, mixed, chunk_rows = 3)
  expect_identical(read_all(source), plain_mixed)
})

test_that("a column without values can have any type", {
  read <- function(first, last) {
    data.frame(a = NA, b = NA_character_, k = NA, f = factor(NA), t = NA_real_)[rep(1, 5), ]
  }
  data <- read_all(data_source(read, 5, mixed))
  expect_identical(vapply(data, typeof, ""), vapply(plain_mixed, typeof, ""))
  expect_true(all(is.na(data)))
})

test_that("integer64 becomes double", {
  skip_if_not_installed("bit64")
  values <- bit64::as.integer64(c("-9007199254740992", "-1", NA, "0", "9007199254740992"))
  numbers <- c(-2^53, -1, NA, 0, 2^53)
  source <- source_of(data.frame(a = values))
  expect_identical(read_all(source), data.frame(a = numbers))
  expect_equal(integer64_as_double(bit64::lim.integer64()), c(-2^63, 2^63))
})

test_that("levels turn text, numbers, and logical values into factors", {
  data <- data.frame(
    a = c(0, 1, NA, 100000), b = c(TRUE, FALSE, NA, TRUE), t = c("x", "y", NA, "x"),
    f = factor(c("x", "y", NA, "x"))
  )
  given <- list(a = c(100000, 1, 0), b = c(FALSE, TRUE), t = c("y", "x", "z"), f = c("y", "x", "z"))
  source <- source_of(data, levels = given, chunk_rows = 3)
  expected <- data.frame(
    a = factor(c("0", "1", NA, "100000"), c("100000", "1", "0")),
    b = factor(c("TRUE", "FALSE", NA, "TRUE")),
    t = factor(data$t, c("y", "x", "z")), f = factor(data$t, c("y", "x", "z"))
  )
  expect_identical(source$columns, expected[0L, ])
  expect_identical(read_all(source), expected)
})

test_that("more rows than integers can count work", {
  read <- function(first, last) data.frame(a = c(first, last))
  source <- data_source(read, 2^33, data.frame(a = 1), chunk_rows = 2^30, buffer_rows = 2^30)
  expect_identical(source$starts, 1 + 2^30 * (0:7))
  expect_identical(read_rows(source, 2^33 - 1, 2^33)$a, c(2^33 - 1, 2^33))
})

test_that("the state of R's random numbers is kept, also by an error", {
  withr::local_seed(3)
  before <- globalenv()[[".Random.seed"]]
  read <- function(first, last) {
    if (runif(1) < 2 && first > 4) stop("no")
    data.frame(a = runif(last - first + 1))
  }
  source <- data_source(read, 8, data.frame(a = 1), chunk_rows = 4)
  read_rows(source, 1, 4)
  expect_identical(globalenv()[[".Random.seed"]], before)
  expect_error(read_rows(source, 5, 8), class = "feedforward_source_error")
  expect_identical(globalenv()[[".Random.seed"]], before)
})

test_that("an interrupt passes through", {
  interrupt <- structure(list(), class = c("interrupt", "condition"))
  source <- data_source(function(first, last) stop(interrupt), 8, mixed)
  caught <- tryCatch(read_rows(source, 1, 8), interrupt = function(cnd) "interrupted",
    error = function(cnd) "error")
  expect_identical(caught, "interrupted")
})

# ---- What is refused -------------------------------------------------------------------

# The second chunk of `mixed`, as `change` makes it, and the error that it raises.
refused_chunk <- function(change, ...) {
  read <- function(first, last) {
    data <- mixed[first:last, ]
    if (first == 5) change(data) else data
  }
  source <- data_source(read, 10, mixed, ..., chunk_rows = 4)
  read_rows(source, 1, 4)
  tryCatch(read_rows(source, 5, 8), error = identity)
}

expect_chunk_refused <- function(change, text, ...) {
  error <- refused_chunk(change, ...)
  expect_s3_class(error, c("feedforward_source_error", "feedforward_error"), exact = FALSE)
  expect_match(conditionMessage(error), "Chunk 2 (rows 5 to 8) of the source", fixed = TRUE)
  expect_match(gsub("\\s+", " ", conditionMessage(error)), text, fixed = TRUE)
}

test_that("the default of `chunk_rows` is at most `buffer_rows`", {
  source <- data_source(rows_of(mixed), 10, mixed, buffer_rows = 4)
  expect_identical(source$starts, c(1, 5, 9))
  expect_error(data_source(rows_of(mixed), 10, mixed, buffer_rows = "a"),
    "`buffer_rows` must be a whole number", class = "feedforward_error")
})

test_that("a failing reader is the parent of the error", {
  error <- refused_chunk(function(data) stop("the disk is {gone}"))
  expect_s3_class(error, "feedforward_source_error")
  expect_match(conditionMessage(error), "Chunk 2 (rows 5 to 8) of the source cannot be read.",
    fixed = TRUE)
  expect_identical(conditionMessage(error$parent), "the disk is {gone}")
  source <- data_source(function(first, last) stop("gone"), 10, mixed)
  # How the package calls the function is of no interest.
  expect_null(conditionCall(tryCatch(read_rows(source, 1, 10), error = identity)$parent))
})

test_that("what is no such data frame is refused", {
  expect_chunk_refused(function(data) NULL, "must be a data frame, not NULL.")
  expect_chunk_refused(as.list, "must be a data frame, not a list of length 5.")
  expect_chunk_refused(function(data) data[1:3, ], "should have 4 rows, but 3 were read.")
  expect_chunk_refused(function(data) data[1, ], "should have 4 rows, but 1 was read.")
  expect_chunk_refused(function(data) data[0, ], "should have 4 rows, but 0 were read.")
  expect_chunk_refused(function(data) rbind(data, data), "should have 4 rows, but 8 were read.")
  expect_chunk_refused(function(data) list2DF(data[1:3, ], 4L), "but 3 were read.")
  short <- function(data) {
    columns <- as.list(data)
    columns$k <- 1:2
    structure(columns, class = "data.frame", row.names = 1:4)
  }
  expect_chunk_refused(short, "has an integer vector of length 2 in the column `k`")
})

test_that("missing and repeated columns are refused", {
  expect_chunk_refused(function(data) data[c("a", "b", "k")], "lacks the columns `f` and `t`.")
  expect_chunk_refused(function(data) setNames(data, c("A", names(data)[-1L])),
    "lacks the column `a`.")
  expect_chunk_refused(function(data) cbind(data, a = 1), "more than one column with the name `a`.")
})

test_that("columns of another type are refused", {
  with_a <- function(a) {
    force(a)
    function(data) {
      data$a <- a
      data
    }
  }
  expect_chunk_refused(with_a(c("1", NA, "2 {x}", "3")),
    "has text in the column `a`, which must be numeric. i Row 7 has")
  expect_chunk_refused(with_a(factor(1:4)), "has a factor of length 4 in the column `a`")
  expect_chunk_refused(with_a(c(TRUE, NA, NA, NA)), "has TRUE or FALSE in")
  expect_chunk_refused(with_a(I(as.list(1:4))), "has a list of length 4 in the column `a`")
  expect_chunk_refused(with_a(Sys.Date() + 1:4), "has an object of class <Date>")
  expect_chunk_refused(with_a(matrix(1, 4, 2)), "has a 4 x 2 double matrix in the column `a`")
  expect_chunk_refused(with_a(1i * 1:4), "has a complex vector of length 4 in the column `a`")
  expect_chunk_refused(with_a(mixed[1:4, ]), "has a data frame with 4 rows and 5 columns")
  expect_chunk_refused(function(data) transform(data, b = 0), "`b`, which must be logical.")
  expect_chunk_refused(function(data) transform(data, f = 1), "`f`, which must be a factor or text")
  expect_chunk_refused(function(data) transform(data, t = 1), "`t`, which must be text.")
  expect_chunk_refused(function(data) transform(data, t = "\xff"),
    "has text with an invalid encoding in row 5, column `t`.")
})

test_that("unknown levels are refused with row and column", {
  new <- function(data) {
    data$f <- c("u", NA, "new {x}", "v")
    data
  }
  text <- "has the unknown level \"new {x}\" in row 7, column `f`."
  expect_chunk_refused(new, text)
  expect_chunk_refused(function(data) transform(new(data), f = factor(f)), text)
  expect_chunk_refused(identity, "has the unknown level \"7\" in row 7, column `k`.",
    levels = list(k = c(1:6, 8:9)))
  expect_chunk_refused(identity, "has the unknown level \"\u00e9\" in row 5, column `t`.",
    levels = list(t = c("x", "a \"b\"", "two\nlines", "")))
  none <- source_columns(list(f = factor()), "x")
  source <- data_source(function(first, last) data.frame(f = "u"), n = 1, columns = none)
  expect_error(head(source), "It has no levels. Use `levels`", class = "feedforward_source_error")
})

test_that("rows of parts are bound, and parts without rows", {
  frames <- list(plain_mixed, plain_mixed[0, ], plain_mixed[3:5, ])
  numbers <- names(plain_mixed)[vapply(plain_mixed, is.double, TRUE)]
  for (names in list(names(plain_mixed), numbers)) {
    parts <- lapply(frames, `[`, names)
    bound <- bind_frames(parts, c(2, 1, 1), c(4, 0, 2))
    rows <- parts[[1L]][c(2:4, 3:4), , drop = FALSE]
    expect_equal(bound, rows, ignore_attr = "row.names")
  }
  parts <- list(c(1, 2), 3)
  for (rows in list(list(0, 1), list(1, 3), list(2, 0))) {
    expect_error(bind_doubles(parts, c(1, rows[[1L]]), c(1, rows[[2L]])), "rows outside of a part")
  }
})

test_that("rows outside of one chunk are named without it", {
  source <- data_source(function(first, last) NULL, 10, mixed, chunk_rows = 4)
  expect_error(read_rows(source, 4, 5), "Rows 4 to 5 of the source must be")
  expect_error(read_rows(source, 10, 10), "Chunk 3 (row 10) of the source must be", fixed = TRUE)
})

test_that("wrong arguments are refused", {
  read <- rows_of(mixed)
  refused <- function(code, text) expect_error(code, text, class = "feedforward_error")
  refused(data_source(), "`x` is missing")
  refused(data_source(mixed), "use `feedforward\\(y ~ ., data = x\\)`")
  refused(data_source(as.matrix(1:3)), "use `feedforward\\(x, y\\)`")
  refused(data_source(NULL), "`x` must be")
  refused(data_source(function(first) 1, 10, mixed), "two arguments, `first` and `last`, not a function of 1")
  refused(data_source(read), "`n` is missing")
  refused(data_source(read, 10), "`columns` is missing")
  for (n in list(0, -1, 1.5, NA, "a", Inf, 1:2, 2^54)) refused(data_source(read, n, mixed), "`n`")
  refused(data_source(read, 10, names(mixed)), "`columns` must be a data frame")
  refused(data_source(read, 10, mixed[0]), "at least 1 row and 1 column")
  twice <- setNames(mixed[1:2], c("a", "a"))
  refused(data_source(read, 10, twice), "`columns` has more than one")
  refused(data_source(read, 10, setNames(mixed, c("", 2:5))), "Column 1 of `columns` has no")
  refused(data_source(read, 10, data.frame(d = Sys.Date())), "Column `d` of `columns` must be")
  refused(data_source(read, 10, mixed, in_order = NA), "`in_order` must be TRUE or FALSE")
  refused(data_source(read, 10, mixed, chunk_rows = 0), "`chunk_rows`")
  refused(data_source(read, 10, mixed, buffer_rows = "a"), "`buffer_rows`")
  refused(data_source(read, 10, mixed, chunk_rows = 5, buffer_rows = 4), "must fit into the buffer")
  refused(data_source(read, 10, mixed, chunks = 5), "Unknown argument `chunks`")
  wrong <- list(1, list(), list(1), mixed[0], list(a = NULL), list(a = NA), list(a = list()))
  for (levels in wrong) {
    refused(data_source(read, 10, mixed, levels = levels), "levels")
  }
  refused(data_source(read, 10, mixed, levels = list(A = 1)), "names the column `A`")
  refused(data_source(read, 10, mixed, levels = list(a = c(1, 1))), "more than one level")
  refused(data_source(read, 10, mixed, levels = list(f = mixed$f)), "Use `levels\\(\\)` to get")
})

test_that("a source is recognized, and impostors are refused", {
  source <- source_of(mixed)
  expect_true(is_source(source))
  expect_false(is_source(mixed))
  expect_identical(check_source(source, "x"), source)
  for (name in setdiff(names(source), c("files", "advice", "recoded", "key", "busy", "release"))) {
    wrong <- source
    wrong[[name]] <- NULL
    expect_error(check_source(wrong, "x"), "must be the result of `data_source\\(\\)`")
  }
  for (starts in list(c(1, 5, 5), c(1, 12), c(2, 5), c(1, NA), 1:2, c(1, 2.5))) {
    wrong <- replace(source, "starts", list(starts))
    expect_error(check_source(wrong, "x"), "must be the result of `data_source\\(\\)`")
  }
  for (wrong in list(replace(source, "buffer_rows", 3), replace(source, "n", 10.5))) {
    expect_error(check_source(wrong, "x"), "not a data source.*call `data_source\\(\\)` again")
  }
  expect_error(check_source(mixed, "x"), "must be the result of")
})

test_that("a source has dimensions and first rows", {
  source <- source_of(mixed)
  expect_identical(dim(source), c(10, 5))
  expect_identical(colnames(source), names(mixed))
  expect_identical(head(source), head(plain_mixed))
  expect_identical(head(source, 20), plain_mixed)
  expect_identical(head(source, 0), plain_mixed[0, ])
  expect_error(head(source, -1), "`n` must be a whole number of at least 0")
  expect_identical(tail(source, 3), `rownames<-`(plain_mixed[8:10, ], NULL))
  expect_identical(tail(source, 20), plain_mixed)
  expect_identical(tail(source, 0), plain_mixed[0, ])
})

test_that("a source prints its columns, chunks, and buffer", {
  expect_snapshot(source_of(mixed))
  wide <- as.data.frame(matrix(0, 3, 20))
  expect_snapshot(source_of(wide, in_order = TRUE, buffer_rows = 1e6))
})
