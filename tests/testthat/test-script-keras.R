test_that("row-major reshaping follows the last index", {
  x <- array(1:12, c(2, 3, 2))
  expect_identical(
    array_reshape(x, c(2, 6)),
    rbind(c(1L, 7L, 3L, 9L, 5L, 11L), c(2L, 8L, 4L, 10L, 6L, 12L))
  )
  expect_identical(array_reshape(1:6, c(2, 3)), matrix(1:6, 2, byrow = TRUE))
  expect_identical(array_reshape(matrix(1:6, 2), c(3, 2)), matrix(c(1L, 5L, 4L, 3L, 2L, 6L), 3))
})

test_that("an image becomes one row, line by line", {
  x <- array(sample(256, 5 * 28 * 28, TRUE), c(5, 28, 28))
  flat <- array_reshape(x, c(nrow(x), 784))
  expect_identical(dim(flat), c(5L, 784L))
  for (i in c(1, 5)) expect_identical(flat[i, ], as.vector(t(x[i, , ])))
  expect_identical(flat[3, (7 - 1) * 28 + 12], x[3, 7, 12])
})

test_that("reshaping agrees with aperm() for any pair of shapes", {
  oracle <- function(x, to) {
    values <- if (is.null(dim(x))) x else as.vector(aperm(x))
    aperm(array(values, rev(to)))
  }
  agrees <- function(k) {
    to <- sample(1:4, sample(1:4, 1), replace = TRUE)
    from <- to[sample.int(length(to))]
    if (k %% 2) from <- c(from[1], prod(from[-1]))
    x <- array(seq_len(prod(to)), from)
    identical(array_reshape(x, to), oracle(x, to)) &&
      identical(array_reshape(x, to, "F"), array(as.vector(x), to)) &&
      identical(array_reshape(as.vector(x), to), oracle(as.vector(x), to))
  }
  withr::local_seed(1)
  expect_true(all(vapply(1:200, agrees, TRUE)))
})

test_that("order F keeps the order of memory", {
  expect_identical(array_reshape(1:6, c(2, 3), order = "F"), matrix(1:6, 2))
  expect_identical(array_reshape(1:6, c(2, 3), order = "C"), matrix(1:6, 2, byrow = TRUE))
})

test_that("one dimension of -1 is computed", {
  expect_identical(dim(array_reshape(1:12, c(-1, 4))), c(3L, 4L))
  expect_identical(dim(array_reshape(1:12, c(2, -1, 3))), c(2L, 2L, 3L))
  expect_identical(array_reshape(matrix(1:4, 2), -1), array(c(1L, 3L, 2L, 4L), 4))
  expect_identical(dim(array_reshape(integer(), c(-1, 4))), c(0L, 4L))
})

test_that("the type is kept, and names and other attributes are dropped", {
  plain <- list(1:4, c(1, 2, 3, 4), c(TRUE, FALSE, NA, TRUE), as.raw(1:4), letters[1:4], 1i * 1:4)
  for (x in plain) {
    expect_identical(array_reshape(x, c(2, 2)), matrix(x, 2, byrow = TRUE))
  }
  x <- matrix(1:4, 2, dimnames = list(c("a", "b"), NULL))
  attr(x, "unit") <- "gray"
  for (order in c("C", "F")) {
    expect_identical(attributes(array_reshape(x, c(2, 2), order)), list(dim = c(2L, 2L)))
    expect_identical(attributes(array_reshape(c(a = 1, b = 2), 2, order)), list(dim = 2L))
  }
  expect_identical(attr(x, "unit"), "gray")
})

test_that("empty arrays can be reshaped", {
  expect_identical(array_reshape(integer(), c(0, 3)), matrix(integer(), 0, 3))
  expect_identical(array_reshape(matrix(0, 0, 3), c(3, 0)), matrix(0, 3, 0))
})

test_that("shapes that do not fit are refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(array_reshape(1:6, c(2, 2)), c("`dim`", "6 elements", "2 x 2 = 4 elements"))
  refused(array_reshape(1:6, c(-1, 4)), c("`x` has 6 elements", "multiple of 4"))
  refused(array_reshape(1:6, c(-1, -1, 2)), c("except that one of them can be -1", "-1, -1, 2"))
  refused(array_reshape(1, 2), "`dim` is 2, but `x` has 1 element.")
  refused(array_reshape(integer(), c(-1, 0)), "Replace -1")
  refused(array_reshape(1:6, c(1.5, 4)), c("whole numbers", "1.5, 4"))
  refused(array_reshape(1:6, c(-2, -3)), "whole numbers of at least 0")
  refused(array_reshape(1:6, c(NA, 3)), "NA, 3")
  refused(array_reshape(1:6, c(Inf, 3)), "Inf, 3")
  refused(array_reshape(1:6, 2^31), "whole numbers")
  refused(array_reshape(1:6, c(1e5, 1e5)), "100000 x 100000 = 10000000000 elements")
  refused(array_reshape(1:6, integer()), "no number")
  refused(array_reshape(1:6, NULL), "NULL")
  refused(array_reshape(1:6, "6"), "\"6\"")
  refused(array_reshape(1:6, list(2, 3)), "list")
})

test_that("objects other than plain arrays and unknown orders are refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(array_reshape(list(1, 2), 2), c("`x`", "list"))
  refused(array_reshape(data.frame(a = 1:2), 2), "data frame")
  refused(array_reshape(factor(1:2), 2), "factor")
  refused(array_reshape(NULL, 0), "NULL")
  refused(array_reshape(sum, 1), "function")
  refused(array_reshape(1:2, 2, order = "A"), c("`order`", "one of \"C\" or \"F\"", "\"A\""))
  refused(array_reshape(1:2, 2, order = 1), "`order`")
  refused(array_reshape(1:2, 2, order = NULL), "NULL")
})

test_that("labels become rows with a single 1", {
  expect_identical(to_categorical(c(0, 2, 1)), rbind(c(1, 0, 0), c(0, 0, 1), c(0, 1, 0)))
  expect_identical(to_categorical(c(0L, 1L), 4), rbind(c(1, 0, 0, 0), c(0, 1, 0, 0)))
  expect_identical(to_categorical(c(1, 0), 2L), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(array(c(1L, 0L), 2)), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(matrix(c(1, 0))), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(c(a = 1, b = 0)), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(c(TRUE, FALSE)), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(0), matrix(1))
})

test_that("the columns of a factor are its levels", {
  y <- factor(c("7", "3", "7"), levels = c("3", "7", "9"))
  expect_identical(to_categorical(y), rbind(c(0, 1, 0), c(1, 0, 0), c(0, 1, 0)))
  expect_identical(to_categorical(y, 2), rbind(c(0, 1), c(1, 0), c(0, 1)))
  expect_identical(to_categorical(y, 4)[, 4], c(0, 0, 0))
  expect_identical(to_categorical(factor(c("b", "a"), ordered = TRUE)), rbind(c(0, 1), c(1, 0)))
  expect_identical(to_categorical(y[0]), matrix(0, 0, 3))
})

test_that("an empty vector of labels needs a number of classes", {
  expect_identical(to_categorical(integer(), 3), matrix(0, 0, 3))
  expect_refusal(to_categorical(integer()), c("`y` is empty", "`num_classes`"), "feedforward_error")
  expect_refusal(to_categorical(factor(character())), "`y` is empty", "feedforward_error")
})

test_that("an invalid label is named with its position", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(to_categorical(c(0, 1, -1)), c("at least 0", "-1 at y[3]"))
  refused(to_categorical(c(0, 1.5)), "1.5 at y[2]")
  refused(to_categorical(c(0, NA, 1)), c("without missing", "NA at y[2]"))
  refused(to_categorical(NaN), "NaN at y[1]")
  refused(to_categorical(Inf), "Inf at y[1]")
  refused(to_categorical(NA), "NA at y[1]")
  refused(to_categorical(c(0, 10, 3), 10), c("below `num_classes` = 10", "10 at y[2]"))
  refused(to_categorical(2^31), "2147483648 at y[1]")
  refused(to_categorical(factor(c("a", NA))), "NA at y[2]")
  refused(to_categorical(factor(c("a", "b")), 1), c("first `num_classes` = 1 levels", "b at y[2]"))
})

test_that("labels of other types are refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(to_categorical(c("a", "b")), "factor(y)")
  refused(to_categorical(matrix(0, 2, 2)), "2 x 2")
  refused(to_categorical(array(0, c(1, 1, 1))), "1 x 1 x 1")
  refused(to_categorical(list(1)), "list")
  refused(to_categorical(data.frame(y = 1)), "data frame")
  refused(to_categorical(NULL, 2), "NULL")
  refused(to_categorical(Sys.Date()), "Date")
  refused(to_categorical(1i), "0+1i")
  refused(to_categorical(0, 0), "num_classes")
  refused(to_categorical(0, 1.5), "num_classes")
  refused(to_categorical(0, NA), "num_classes")
  refused(to_categorical(0, "2"), "num_classes")
})

test_that("arrays of any type and shape are reordered like aperm() does", {
  # Beyond a tile of 64 on either side, and with dimensions of 0 and 1 among them.
  shapes <- list(
    c(130, 5, 70), c(1, 200, 3), c(3, 1, 200), c(70, 130), c(2, 3, 4, 5, 6), c(65, 1, 1, 65),
    c(4, 0, 3), c(1, 1, 1), 7, c(2, 500, 2)
  )
  types <- list(
    function(n) as.raw(seq_len(n) %% 256), function(n) seq_len(n) %% 3 == 0, function(n) seq_len(n),
    function(n) seq_len(n) / 7, function(n) as.character(seq_len(n)), function(n) seq_len(n) * 1i
  )
  for (shape in shapes) {
    for (make in types) {
      values <- make(prod(shape))
      turned <- array(values, rev(shape))
      expect_identical(from_row_major(values, as.integer(shape)), aperm(turned))
      expect_identical(array_reshape(values, shape), aperm(turned))
      expect_identical(array_reshape(aperm(turned), length(values)), array(values, length(values)))
    }
  }
})

test_that("rearranging can convert types, and refuses shapes that do not fit", {
  bytes <- as.raw(sample(0:255, 24, TRUE))
  shape <- c(2L, 3L, 4L)
  whole <- array(as.integer(bytes), rev(shape))
  expect_identical(rearrange_cpp(bytes, shape, 1, shape, "integers"), aperm(whole))
  expect_identical(rearrange_cpp(whole, shape, 1, shape, "bytes"), from_row_major(bytes, shape))
  expect_identical(rearrange_cpp(whole + 0, shape, 1, shape, "bytes"), from_row_major(bytes, shape))
  expect_identical(rearrange_cpp(whole, shape, 1, shape, "quotients", 7), aperm(whole / 7))
  expect_identical(rearrange_cpp(c(-1, 256, NaN), 3, 1, 3L, "bytes"), array(raw(3), 3))
  expect_error(rearrange_cpp(whole, c(2, 3, 5), 1, shape), "expected 30 values, got 24")
  expect_error(rearrange_cpp(letters, 26, 1, 26L), "type character")
})

test_that("reshaping leaves the original array unchanged", {
  x <- array(1:24, 2:4)
  before <- x + 0L
  y <- array_reshape(x, c(2, 12))
  y[] <- 0L
  expect_identical(x, before)
})
