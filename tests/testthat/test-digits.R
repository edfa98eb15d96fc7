set.seed(20)
digits <- synthetic_digits(n_train = 1200, n_test = 400)

test_that("the digits have the structure of the MNIST data", {
  expect_named(digits, c("train", "test"))
  for (part in digits) {
    expect_named(part, c("x", "y"))
    expect_type(part$x, "integer")
    expect_type(part$y, "integer")
    expect_identical(length(dim(part$y)), 1L)
  }
  expect_identical(dim(digits$train$x), c(1200L, 28L, 28L))
  expect_identical(dim(digits$train$y), 1200L)
  expect_identical(dim(digits$test$x), c(400L, 28L, 28L))
  expect_identical(dim(digits$test$y), 400L)
})

test_that("pixels are bytes on a background of zeros, and every digit occurs", {
  expect_identical(range(digits$train$x), c(0L, 255L))
  zeros <- mean(digits$train$x == 0)
  expect_gt(zeros, 0.78)
  expect_lt(zeros, 0.86)
  expect_identical(sort(unique(as.vector(digits$train$y))), 0:9)
  expect_gt(min(table(digits$train$y)), 80)
  # No image is empty, none is mostly ink.
  inked <- rowSums(matrix(digits$train$x, 1200) > 0)
  expect_gt(min(inked), 25)
  expect_lt(max(inked), 400)
})

test_that("digits have their center of mass near the center of the image", {
  ink <- matrix(digits$train$x, 1200)
  row <- rep(1:28, times = 28)
  column <- rep(1:28, each = 28)
  expect_lt(max(abs(ink %*% row / rowSums(ink) - 14.5)), 4)
  expect_lt(max(abs(ink %*% column / rowSums(ink) - 14.5)), 4)
  expect_equal(mean(ink %*% row / rowSums(ink)), 14.5, tolerance = 0.03)
  expect_equal(mean(ink %*% column / rowSums(ink)), 14.5, tolerance = 0.03)
  # A digit is about 20 pixels high: the outer rows are rarely inked.
  expect_lt(mean(digits$train$x[, c(1, 2, 27, 28), ] > 0), 0.01)
})

test_that("row 1 is the top: a 7 has more ink in its upper part", {
  seven <- colMeans(digits$train$x[digits$train$y == 7, , ])
  expect_gt(sum(seven[1:10, ]), sum(seven[19:28, ]))
})

test_that("the nearest mean recognizes most digits, but not all", {
  flat <- function(x) matrix(x, nrow(x)) / 255
  x <- flat(digits$train$x)
  means <- t(vapply(0:9, function(k) colMeans(x[digits$train$y == k, ]), numeric(784)))
  test <- flat(digits$test$x)
  distance <- rep(rowSums(means^2), each = nrow(test)) - 2 * tcrossprod(test, means)
  accuracy <- mean(max.col(-distance) - 1L == digits$test$y)
  expect_gt(accuracy, 0.5)
  expect_lt(accuracy, 0.99)
})

test_that("set.seed() determines the images", {
  draw <- function(seed, ...) {
    set.seed(seed)
    synthetic_digits(...)
  }
  first <- draw(1, n_train = 30, n_test = 10)
  expect_identical(draw(1, n_train = 30, n_test = 10), first)
  expect_false(identical(draw(2, n_train = 30, n_test = 10)$train, first$train))
  # The random numbers move on, and the training images precede the test images.
  expect_false(identical(synthetic_digits(30, 10)$train, first$train))
  expect_identical(draw(1, n_train = 30, n_test = 0)$train, first$train)
})

test_that("one image, no test images, and more than a chunk of images are drawn", {
  one <- synthetic_digits(n_train = 1, n_test = 0)
  expect_identical(dim(one$train$x), c(1L, 28L, 28L))
  expect_gt(max(one$train$x), 0)
  expect_identical(dim(one$test$x), c(0L, 28L, 28L))
  expect_identical(dim(one$test$y), 0L)
  many <- synthetic_digits(n_train = 501, n_test = 0)
  expect_gt(max(many$train$x[501, , ]), 0)
})

test_that("a stroke passes through its points at an even pace, and corners stay sharp", {
  # A right angle with sides of length 1.
  template <- writing_template(list(stroke(0, 0, 0, 1, 0, 1, 1, 1)), n_points = 41)
  expect_identical(nrow(template$points), 3L)
  expect_equal(rowSums(template$basis), rep(1, 41))
  path <- template$basis %*% template$points
  expect_equal(path[c(1, 41), ], rbind(c(0, 0), c(1, 1)))
  # Every position is on one of the two sides.
  expect_lt(max(pmin(abs(path[, 1]), abs(path[, 2] - 1))), 1e-12)
  pace <- sqrt(rowSums(diff(path)^2))
  expect_lt(max(pace), 2 * mean(pace))
})

test_that("strokes are joined where they share a point, and the pen lifts between them", {
  cross <- list(stroke(0, 0, 1, 1), stroke(0, 1, 1, 0))
  path <- with(writing_template(cross, n_points = 20), basis %*% points)
  expect_lt(max(pmin(abs(path[, 1] - path[, 2]), abs(path[, 1] + path[, 2] - 1))), 1e-12)
  tee <- list(stroke(0, 0, 1, 0, 2, 0), stroke(1, 0, 1, 2))
  expect_identical(nrow(writing_template(tee)$points), 4L)
})

test_that("every writing is about one unit high", {
  for (writings in digit_writings()) {
    expect_gte(length(writings), 5L)
    for (strokes in writings) {
      template <- writing_template(strokes)
      path <- template$basis %*% template$points
      expect_true(all(path > -0.1 & path < 1.1))
      expect_gt(diff(range(path[, 2])), 0.7)
    }
  }
})

test_that("numbers of images out of range are refused", {
  expect_error(synthetic_digits(0), "`n_train`.*at least 1", class = "feedforward_error")
  expect_error(synthetic_digits(10, -1), "`n_test`.*at least 0", class = "feedforward_error")
  expect_error(synthetic_digits(2.5), "not the number 2.5", class = "feedforward_error")
  expect_error(synthetic_digits("10"), "whole number", class = "feedforward_error")
  expect_error(synthetic_digits(NA), "whole number", class = "feedforward_error")
})

test_that("digits print in a few lines and are otherwise a plain list", {
  few <- synthetic_digits(n_train = 12, n_test = 0)
  few$train$y[] <- rep(0:9, length.out = 12)
  expect_snapshot(print(few))
  lines <- capture.output(value <- withVisible(print(few)))
  expect_identical(value, list(value = few, visible = FALSE))
  expect_true(is.list(few))
  expect_identical(unclass(few), list(train = few$train, test = few[["test"]]))
  expect_identical(lapply(few, names), list(train = c("x", "y"), test = c("x", "y")))
  # Parts that a user changed.
  few$train <- "none"
  few["test"] <- list(NULL)
  expect_match(capture.output(print(few)), "the string \"none\"", all = FALSE)
})

test_that("zeallot can take digits apart", {
  expect_identical(class(destructure.feedforward_digits(digits)), "list")
  skip_if_not_installed("zeallot")
  parts <- rlang::env(digits = digits)
  parts$`%<-%` <- getExportedValue("zeallot", "%<-%")
  eval(quote(c(c(x_train, y_train), c(x_test, y_test)) %<-% digits), parts)
  expect_identical(parts$y_test, digits$test$y)
})
