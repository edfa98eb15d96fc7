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

test_that("what is not made of images is refused, before anything is drawn", {
  refused <- function(..., text) {
    withr::local_seed(1)
    before <- globalenv()[[".Random.seed"]]
    expect_refusal(augment_images(...), text, "feedforward_error")
    expect_identical(globalenv()[[".Random.seed"]], before)
  }
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
