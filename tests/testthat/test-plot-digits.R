images <- local({
  set.seed(21)
  synthetic_digits(n_train = 30, n_test = 0)$train
})

# Draws on a device that leaves no file; a list of the value and of par() before and after.
draw_on <- function(code, width = 7, height = 7) {
  grDevices::pdf(NULL, width = width, height = height)
  on.exit(grDevices::dev.off())
  graphics::par(mar = c(3, 2, 1, 0))
  kept <- c("mar", "mfrow", "oma", "cex", "bg", "family", "xpd")
  before <- graphics::par(kept)
  value <- withVisible(force(code))
  list(value = value$value, visible = value$visible, before = before, after = graphics::par(kept))
}

test_that("the first images are drawn, their indices returned invisibly", {
  drawn <- draw_on(plot_digits(images$x, images$y))
  expect_identical(drawn$value, 1:25)
  expect_false(drawn$visible)
  expect_identical(draw_on(plot_digits(images$x, n = 7))$value, 1:7)
  expect_identical(draw_on(plot_digits(images$x, n = 1000))$value, 1:30)
  expect_identical(draw_on(plot_digits(images$x[1, , , drop = FALSE]))$value, 1L)
})

test_that("par() is as before, also after an error while drawing", {
  drawn <- draw_on(plot_digits(images$x, images$y, bg = "gray", family = "serif"))
  expect_identical(drawn$after, drawn$before)
  failed <- draw_on(try(plot_digits(images$x, actual = 1), silent = TRUE))
  expect_s3_class(failed$value, "try-error")
  expect_identical(failed$after, failed$before)
  expect_identical(draw_on(plot_digits(images$x, mar = c(9, 9, 9, 9)))$value, 1:25)
})

test_that("small, wide and shared devices work", {
  guess <- rev(images$y)
  draw <- function() plot_digits(images$x, images$y, guess, main = "A title")
  expect_no_error(draw_on(draw(), width = 0.5, height = 0.5))
  expect_no_error(draw_on(draw(), width = 9, height = 1))
  expect_no_error(draw_on({
    graphics::par(mfrow = c(2, 2))
    draw()
  }))
})

test_that("a matrix with an image in each row gives the same images as an array", {
  flat <- matrix(aperm(images$x, c(1, 3, 2)), 30)
  expect_identical(check_images(flat, first = 4), images$x[1:4, , ])
  expect_identical(check_images(images$x, first = 4), images$x[1:4, , ])
  expect_identical(draw_on(plot_digits(flat / 255, images$y, n = 4))$value, 1:4)
  bytes <- array(as.raw(images$x), dim(images$x))
  expect_identical(check_images(bytes, first = 4), images$x[1:4, , ] + 0L)
  expect_identical(draw_on(plot_digits(bytes, images$y, n = 4))$value, 1:4)
  # Height and width may differ.
  expect_identical(draw_on(plot_digits(images$x[, 1:10, ], n = 4))$value, 1:4)
  expect_identical(draw_on(plot_digits(images$x * 0, n = 4))$value, 1:4)
})

test_that("one image may be a height x width matrix", {
  one <- images$x[3, , ]
  pictures <- function(...) {
    calls <- drawn_calls(plot_digits(...), "rasterImage")
    lapply(calls, function(call) call$args[[1]])
  }
  expect_identical(pictures(one), pictures(images$x[3, , , drop = FALSE]))
  expect_identical(draw_on(plot_digits(one, images$y[3], 8, main = "One"))$value, 1L)
  expect_length(pictures(matrix(as.raw(0:199), 10, 20)), 1)
  # 16 is a square number: 16 images of 4 x 4 pixels, or one if it is an array.
  expect_length(pictures(matrix(0:255, 16, 16)), 16)
  expect_length(pictures(array(0:255, c(1, 16, 16))), 1)
  expect_error(plot_digits(one, 1:28), "must have 1 element, one per image",
    class = "feedforward_error")
})

test_that("images fill wide and tall pages", {
  # Each of 25 images with its caption takes 1 x 1.24 units. On a square page, 5 x 5 of them
  # are as large as they can be; on one of 16 x 9, 7 columns and 4 rows give
  # min(16 / 7, 9 / (4 * 1.24)) = 1.81, and 5 x 5 no more than 9 / (5 * 1.24) = 1.45.
  widths <- function(size) {
    calls <- drawn_calls(plot_digits(images$x, images$y), "rasterImage", size)
    left <- vapply(calls, function(call) call$args[[2]], 0)
    right <- vapply(calls, function(call) call$args[[4]], 0)
    list(columns = length(unique(round(left, 6))), width = (right - left)[1])
  }
  expect_identical(widths(c(480, 480))$columns, 5L)
  wide <- widths(c(1600, 900))
  expect_identical(wide$columns, 7L)
  expect_equal(wide$width, 0.92 * 900 / 72 / (4 * 1.24))
})

test_that("captions show the prediction and, if it is wrong, the actual class", {
  expect_identical(
    digit_captions(c(9L, 4L), c(4L, 4L), 2),
    list(text = c("pred 4 (is 9)", "pred 4"), wrong = c(TRUE, FALSE))
  )
  expect_identical(digit_captions(7, NULL, 1), list(text = "7", wrong = FALSE))
  expect_identical(digit_captions(NULL, 7, 1), list(text = "pred 7", wrong = FALSE))
  expect_identical(digit_captions(NULL, NULL, 2), list(text = c("", ""), wrong = c(FALSE, FALSE)))
  cats <- factor(c("cat", "dog"))
  captions <- digit_captions(cats, c("cat", "cat"), 2)
  expect_identical(captions$text, c("pred cat", "pred cat (is dog)"))
})

test_that("data other than images are an error", {
  refused <- function(code, message) expect_error(code, message, class = "feedforward_error")
  refused(plot_digits(1:784), "`x` must be.*not an integer vector of length 784")
  refused(plot_digits(matrix("a", 2, 784)), "not a 2 x 784 character matrix")
  refused(plot_digits(matrix(0, 0, 784)), "not a 0 x 784 double matrix")
  refused(plot_digits(array("a", c(1, 2, 2))), "character")
  refused(plot_digits(images$x[0, , , drop = FALSE]), "n > 0")
  refused(plot_digits(array(c(0, NA), c(1, 2, 2))), "NA")
  refused(plot_digits(array(-1, c(1, 2, 2))), "has a negative value, -1")
})

test_that("invalid labels, n and main are errors", {
  refused <- function(code, message) expect_error(code, message, class = "feedforward_error")
  refused(plot_digits(images$x, 1:3), "`actual` must have 30 elements, one per image of `x`")
  refused(plot_digits(images$x, images$y, list(1)), "`predicted` must be a vector or factor")
  refused(plot_digits(images$x, c(NA, 2:30)), "`actual` has a missing value at `actual\\[1\\]`")
  refused(plot_digits(images$x, n = 0), "`n`.*at least 1")
  refused(plot_digits(images$x, main = 1), "`main` must be a non-empty string")
})
