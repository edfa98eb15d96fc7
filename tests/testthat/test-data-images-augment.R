# augment_images(), and the distortions that it draws.

images <- withr::with_seed(1, synthetic_digits(40, 0)$train$x)
still <- function(...) augment_images(..., rotation = 0, shift = 0, scale = 0, thickness = 0)

# Distorts all images in the same way.
distorted <- function(x, angle = 0, down = 0, right = 0, factor = 1, thickness = 0) {
  by <- matrix(c(angle, down, right, factor, thickness), 5, dim(x)[1])
  distort_images(x, size_to_augment(x), by)
}

test_that("images stay as they are if nothing is to change", {
  expect_identical(still(images), images)
  expect_identical(still(images / 7), images / 7)
  bytes <- array(as.raw(images), dim(images))
  expect_identical(still(bytes, copies = 2)[41:80, , ], bytes)
  rows <- array_reshape(images, c(40, 784))
  expect_identical(still(rows), rows)
  wide <- array(as.double(1:60), c(2, 3, 10), list(c("a", "b"), NULL, letters[1:10]))
  expect_identical(unname(still(wide, copies = 2)), unname(wide[c(1:2, 1:2), , ]))
  expect_identical(dimnames(still(wide)), list(NULL, NULL, letters[1:10]))
  for (shape in list(c(0, 3, 3), c(2, 1, 1), c(1, 1, 4))) {
    x <- array(runif(prod(shape)), shape)
    expect_identical(dim(augment_images(x, 2)), as.integer(shape * c(2, 1, 1)))
  }
})

test_that("shifts by whole pixels, and quarter turns, are exact", {
  shifted <- distorted(images, down = 2, right = -1)
  expect_identical(shifted[, 3:28, 1:27], images[, 1:26, 2:28])
  # Beyond the edge, an image goes on as its nearest pixel.
  expect_identical(shifted[, 1, 1:27], images[, 1, 2:28])
  turned <- distorted(images, angle = pi / 2)
  # Counterclockwise: the last column becomes the first row.
  expect_identical(turned[5, , ], t(images[5, , ])[28:1, ])
  expect_equal(distorted(images / 255, angle = pi), images[, 28:1, 28:1] / 255)
  # Half a pixel gives means of two.
  half <- distorted(images + 0, right = 0.5)
  expect_equal(half[, , 2:28], (images[, , 1:27] + images[, , 2:28]) / 2)
})

test_that("factors change sizes, and thickness changes strokes", {
  ink <- function(x) sum(as.integer(x))
  larger <- ink(distorted(images, factor = 1.2)) / ink(images)
  expect_lt(abs(larger - 1.44), 0.06)
  cross <- array(0, c(1, 5, 5))
  cross[1, 3, 3] <- 100
  plus <- matrix(0, 5, 5)
  plus[3, 2:4] <- plus[2:4, 3] <- 40
  plus[3, 3] <- 100
  expect_identical(distorted(cross, thickness = 0.4)[1, , ], plus)
  expect_identical(distorted(cross, thickness = -0.4)[1, 3, 3], 60)
  # The same for dark strokes on white paper.
  expect_equal(distorted(255 - cross, thickness = -0.4)[1, , ], 255 - plus)
})

test_that("the seed determines the images, which keep their type, range, and ink", {
  draw <- function(...) withr::with_seed(3, augment_images(...))
  more <- draw(images, copies = 5)
  expect_identical(more, draw(images, copies = 5))
  expect_identical(dim(more), c(200L, 28L, 28L))
  expect_type(more, "integer")
  expect_true(all(range(more) >= 0 & range(more) <= 255))
  # The first copies do not depend on the others, nor the numbers on their type.
  expect_identical(more[1:40, , ], draw(images))
  expect_identical(as.integer(draw(array(as.raw(images), dim(images)))), as.integer(draw(images)))
  expect_equal(array_reshape(draw(images / 255), c(40, 784)),
    draw(array_reshape(images, c(40, 784)) / 255))
  expect_lt(max(abs(draw(images) - draw(images + 0))), 0.500001)
  ink <- sum(more) / 5 / sum(images)
  expect_gt(ink, 0.9)
  expect_lt(ink, 1.1)
  # All images are distorted, each in its own way.
  expect_true(all(apply(more != images[rep(1:40, 5), , ], 1, any)))
  same <- draw(images[rep(1, 30), , ])
  expect_identical(anyDuplicated(array_reshape(same, c(30, 784))), 0L)
})

test_that("shifts of any size leave one color, and extreme values stay finite", {
  withr::local_seed(4)
  corners <- matrix(as.integer(images[, c(1, 28), c(1, 28)] + 0:159), 40)
  images[, c(1, 28), c(1, 28)] <- corners
  far <- array_reshape(augment_images(images, shift = 1.7e308, thickness = 0), c(40, 784))
  expect_true(all(far == far[, 1]))
  expect_true(all(rowSums(corners == far[, 1]) > 0))
  extreme <- array(sample(c(-1, 1) * .Machine$double.xmax, 5 * 36, TRUE), c(5, 6, 6))
  expect_true(all(is.finite(augment_images(extreme, copies = 4))))
})

test_that("one large image takes little more memory than itself", {
  skip_on_os(c("windows", "mac", "solaris"))
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    "peak <- function() {",
    "  line <- grep(\"VmHWM\", readLines(\"/proc/self/status\"), value = TRUE)",
    "  as.numeric(gsub(\"[^0-9]\", \"\", line)) / 1024",
    "}",
    "x <- array(raw(1), c(1, 1500, 1500))",
    "before <- peak()",
    "more <- augment_images(x)",
    "cat(peak() - before, \"MB\\n\")"
  ))
  # Three images of doubles take 54 MB, and 32 pairs of them 1,150 MB.
  expect_match(out, "^[0-9.]+ MB$")
  expect_lt(as.numeric(sub(" MB", "", out)), 200)
})

refused <- function(..., text) {
  withr::local_seed(1)
  before <- globalenv()[[".Random.seed"]]
  expect_refusal(augment_images(...), text, "feedforward_error")
  expect_identical(globalenv()[[".Random.seed"]], before)
}

test_that("what is not made of images is refused, before anything is drawn", {
  refused(1:9, text = "`x` must be a numeric or raw n x height x width array")
  refused(matrix(0, 2, 5), text = "one square image in each row, not a 2 x 5")
  refused(array(TRUE, c(1, 2, 2)), text = "`x` must be")
  refused(replace(images, 7, NA), text = "`x` has a missing value")
  refused(images, copies = 0, text = "`copies` must be")
  refused(images, rotation = -1, text = "`rotation` must be")
  refused(images, shift = Inf, text = "`shift` must be")
  refused(images, scale = 2, text = "`scale` must be")
  refused(images, thickness = 1.5, text = "`thickness` must be")
})

test_that("what was meant is recognized, and the message says how to write it", {
  rows <- array_reshape(images, c(40, 784))
  tall <- images[1, , 1:27]
  named <- "must be images, not a matrix with column names"
  refused(as.matrix(iris[1:4]), text = c(named, "unname(x)"))
  refused(provideDimnames(rows), text = named)
  rownames(rows) <- 1:40
  expect_identical(unname(still(rows)), unname(rows))
  refused(list(x = images, y = 1:40),
    text = c("not a list of length 2", "`mnist$train$x` instead of `mnist$train`"))
  refused(tall, text = c("not a 28 x 27 integer matrix", "`array(x, c(1, dim(x)))` for one image"))
  expect_identical(still(array(tall, c(1, dim(tall))))[1, , ], tall)
  refused(array(images, c(40, 28, 28, 1)), text = "array_reshape(x, c(40, -1))")
  refused(images > 0, text = c("not a 40 x 28 x 28 logical array", "`x + 0`"))
  hint <- "use `rep(y, copies)` for the copies"
  refused(images, 1:40, text = c("not an integer vector of length 40", hint))
  refused(images, factor(1:40), text = c("`copies` must be a whole number", hint))
  refused(images, labels = 1:40, text = c("Unknown argument `labels`", hint))
  refused(images, y = 1:40, text = c("Unknown argument `y`", hint))
  refused(images, coppies = 2, text = "Unknown argument `coppies`")
  refused(images, 1:3, text = "`copies` must be a whole number")
})
