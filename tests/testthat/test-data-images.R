# Images of any scale must give the same as when you divide them by hand.

# Bytes with both ends of the scale.
bytes_of <- function(seed = 1, n = 12) {
  withr::with_seed(seed, array(c(0L, 255L, sample(0:255, n * 20 - 2, TRUE)), c(n, 4, 5)))
}
labels_of <- function(x) factor(rep(c("a", "b"), length.out = nrow(x)))

# `x` trains and predicts as x / divisor does. `informs` says whether there is a message.
expect_divided <- function(x, divisor, informs = TRUE, ...) {
  y <- labels_of(x)
  messages <- 0
  fit <- withCallingHandlers(same_seed(quick_fit(x, y, ...)), feedforward_message = function(cnd) {
    messages <<- messages + 1
    expect_match(message_of(cnd), sprintf("divided by %s", in_digits(divisor)), fixed = TRUE)
    expect_match(message_of(cnd), "divide training and new images by it yourself", fixed = TRUE)
    invokeRestart("muffleMessage")
  })
  expect_identical(messages, as.numeric(informs))
  by_hand <- same_seed(quick_fit(x / divisor, y, ...))
  expect_identical(fit$inputs$divisor, divisor)
  expect_identical(by_hand$inputs$divisor, 1)
  expect_identical(fit$parameters, by_hand$parameters)
  expect_silent(p <- predict(fit, x, type = "prob"))
  expect_identical(p, predict(by_hand, x / divisor, type = "prob"))
  expect_identical(predict(fit, array_reshape(x, c(nrow(x), -1)), type = "prob"), p)
  expect_equal(predict(fit, x[2, , ], type = "prob"), p[2, , drop = FALSE], tolerance = 1e-14)
  invisible(fit)
}

test_that("images are divided by the largest value that their scale can have", {
  x <- bytes_of()
  expect_divided(x, 255, informs = FALSE)
  expect_divided(x + 0, 255, informs = FALSE)
  expect_divided(x * 0.999, 255)
  expect_divided(x * 257L, 65535)
  expect_divided(x * 64L, 16383)
  expect_divided(x * 16L + 7L, 4095)
  expect_divided(x * 4, 1023)
  expect_divided(round(x / 16), 16)
  expect_divided(round(x / 16) + 0.25, 16.25)
  expect_divided(x %% 3L, 2)
  expect_divided(x * 1000, 255000)
  expect_divided(x * 1.3, max(x * 1.3))
  expect_divided(x * 12L - 1024L, max(x) * 12 - 1024)
  expect_divided(x - 128L, 128)
  expect_divided(x * 2L - 255L, 256)
  expect_divided(x * 257L, 65535, standardize = TRUE)
})

test_that("images with values around 0 to 1 are not divided", {
  x <- bytes_of()
  same <- list(
    x / 255, x / 255 * 1.08 - 0.04, x / 127.5 - 1, x > 127, (x > 127) + 0L, (x %% 3L) - 1L,
    (x - mean(x)) / sd(x), array(0, dim(x)), array(1L, dim(x))
  )
  for (x in same) {
    expect_silent(fit <- quick_fit(x, labels_of(x)))
    expect_identical(fit$inputs$divisor, 1)
    expect_silent(predict(fit, x))
  }
  # Raw values are bytes even if all are small.
  x <- array(as.raw(bytes_of() %% 2L), dim(bytes_of()))
  expect_silent(fit <- same_seed(quick_fit(x, labels_of(x))))
  expect_identical(fit$inputs$divisor, 255)
  expect_silent(fit <- quick_fit(array(0L, c(4, 2, 2)), rep(c("a", "b"), 2)))
  expect_message(quick_fit(array(7, c(4, 2, 2)), rep(c("a", "b"), 2)), "divided by 7")
})

test_that("new images on another scale are refused, or give a message", {
  x <- bytes_of()
  y <- labels_of(x)
  fit <- function(x) suppressMessages(quick_fit(x, y))
  eight <- fit(x)
  sixteen <- fit(x * 257L)
  few <- fit(x %/% 16L)
  hand <- fit(x / 255)
  # Too large.
  expect_says(predict(eight, x * 257L), "divided by 255", "values from", "65535")
  expect_says(predict(eight, x * 16L), "divided by 255")
  expect_says(predict(few, x), "divided by 15", "255")
  expect_says(predict(hand, x), "not divided when the model was trained.",
    "on the scale of the training images, for example with `new_data / 255`")
  expect_says(predict(hand, x * 257), "not divided", "new_data / 65535")
  expect_says(predict(hand, x * 0.99), "not divided", "new_data / 255")
  expect_says(predict(hand, x %/% 16L), "not divided", "new_data / 15")
  # Divided before.
  for (model in list(eight, sixteen, few)) expect_says(predict(model, x / 255), "already divided")
  # Below 0, unlike any training image.
  expect_says(predict(eight, x - 128L), "values from -128")
  # Raw images.
  bytes <- array(as.raw(x), dim(x))
  expect_says(predict(sixteen, bytes), "raw values", "divided by 65535",
    "Use `array(as.integer(new_data) * 257, dim(new_data))`.")
  # The code in the hint is right: the same images, on the scale of training.
  new_data <- bytes
  new_data <- array(as.integer(new_data) * 257, dim(new_data))
  expect_identical(predict(sixteen, new_data, type = "prob"),
    predict(sixteen, x * 257L, type = "prob"))
  expect_says(predict(fit(x * 16L), bytes), "raw values", "divided by 4095", "range from 0 to 255")
  expect_says(predict(few, bytes), "values from 0 to 255", "divided by 15")
  expect_identical(predict(eight, bytes), predict(eight, x))
  expect_equal(predict(hand, bytes, type = "prob"), predict(hand, x / 255, type = "prob"))
  # New images can be dark.
  expect_message(predict(sixteen, x), "value of `new_data` is", class = "feedforward_message")
  expect_silent(predict(sixteen, x * 0L))
  # A little brighter than in training, and resampled.
  expect_silent(predict(few, x %/% 16L + 3L))
  expect_silent(predict(eight, (x * 1.1) - 9.5))
  # A validation set.
  expect_says(quick_fit(x, y, validation = list(x / 255, y)), "`validation$x`", "already divided")
  expect_silent(quick_fit(x, y, validation = list(x * 0.9, y)))
})

test_that("models trained on other scales predict as before", {
  x <- bytes_of()
  y <- labels_of(x)
  wide <- suppressMessages(same_seed(quick_fit(x * 257L, y)))
  path <- withr::local_tempfile(fileext = ".safetensors")
  write_model(wide, path)
  again <- read_model(path)
  expect_identical(again$inputs, wide$inputs)
  expect_identical(predict(again, x * 257L, type = "prob"), predict(wide, x * 257L, type = "prob"))
  # Continued training divides by the same number, without a message.
  expect_silent(continue_training(wide, x * 257L, y, epochs = 1))
  # As version 0.1.0 made models: only whole bytes were divided.
  byte <- same_seed(quick_fit(x, y))
  older <- same_seed(quick_fit(x / 255, y))
  older$inputs["divisor"] <- list(NULL)
  expect_identical(predict(byte, x, type = "prob"), predict(older, x / 255, type = "prob"))
  expect_silent(p <- predict(older, x * 257L, type = "prob"))
  expect_identical(p, predict_plain(older, array_reshape(x * 257, c(12, 20)), "prob"))
  expect_says(predict(older, x), "not divided", "new_data / 255")
  expect_true(all(is.finite(confusion_matrix(wide, x * 257L, y)$table)))
})

test_that("a few real digits are learned on any scale", {
  digits <- synthetic_digits(n_train = 300, n_test = 100)
  y <- factor(digits$train$y)
  right <- function(change) {
    fit <- suppressMessages(same_seed(feedforward(change(digits$train$x), y, epochs = 10)))
    mean(predict(fit, change(digits$test$x)) == digits$test$y)
  }
  bytes <- right(identity)
  for (change in list(function(x) x * 257L, function(x) x * 16L, function(x) x * 0.999)) {
    expect_gte(right(change), bytes - 0.03)
  }
})

test_that("standardized images are refused on a scale of whole numbers", {
  x <- bytes_of()
  y <- labels_of(x)
  z <- (x - mean(x)) / sd(x)
  dark <- (x * (x > 240) - 10) / 60
  for (scale in c(1L, 16L, 257L)) {
    fit <- suppressMessages(quick_fit(x * scale, y))
    range <- sprintf("values from %s to %s", in_digits(min(z)), in_digits(max(z)))
    expect_says(predict(fit, z), "`new_data`", range, "already standardized?")
    expect_says(predict(fit, dark), "already standardized?")
  }
  # A model of standardized images accepts them, also resampled dark ones.
  expect_silent(predict(quick_fit(z, y), z))
  expect_message(predict(quick_fit(x, y), x / 17 - 0.005), "highest value")
  expect_silent(predict(quick_fit(x, y), x / 10 - 3.7))
})

test_that("a model of dark bytes takes bytes of any brightness, as integers or raw", {
  x <- bytes_of()
  y <- labels_of(x)
  dark <- replace(x %/% 5L, 1, 60L)
  fit <- suppressMessages(same_seed(quick_fit(dark, y)))
  expect_identical(fit$inputs$divisor, 60)
  raw <- function(x) array(as.raw(x), dim(x))
  expect_silent(p <- predict(fit, dark, type = "prob"))
  expect_identical(predict(fit, raw(dark), type = "prob"), p)
  bright <- replace(dark, 7, 130L)
  expect_message(p <- predict(fit, bright, type = "prob"),
    "The highest value of `new_data` is 130, but the training images were divided by 60")
  by_hand <- suppressMessages(same_seed(quick_fit(dark / 60, y)))
  expect_identical(p, predict(by_hand, bright / 60, type = "prob"))
  expect_message(expect_identical(predict(fit, raw(bright), type = "prob"), p), "is 130")
  # Fractions, values beyond a byte and below 0 are on another scale.
  expect_says(predict(fit, bright + 0.5), "values from", "divided by 60?")
  expect_says(predict(fit, replace(dark, 7, 256L)), "values from 0 to 256")
  expect_says(predict(fit, replace(bright, 8, -1L)), "values from -1 to 130")
  # One value below 0 among bytes: the divisor is 256.
  odd <- suppressMessages(same_seed(quick_fit(replace(x, 3, -1L), y)))
  expect_identical(odd$inputs$divisor, 256)
  expect_identical(predict(odd, raw(x), type = "prob"), predict(odd, x, type = "prob"))
})

test_that("a stack of images along the third dimension is an error with a hint", {
  x <- array(runif(6 * 6 * 20), c(6, 6, 20))
  y <- rep(c("a", "b"), 10)
  expect_says(quick_fit(x, y), "`y` must have 6 values", "not 20",
    "use `aperm(x, c(3, 1, 2))`")
  expect_silent(quick_fit(aperm(x, c(3, 1, 2)), y))
  cnd <- expect_says(quick_fit(x, y[1:5]), "`y` must have 6 values", "not 5")
  expect_no_match(conditionMessage(cnd), "aperm", fixed = TRUE)
})

test_that("a message warns of images whose values are all close to 0", {
  x <- bytes_of()
  y <- labels_of(x)
  expect_message(fit <- quick_fit(x * 4e-9, y), "from 0 to 0.00000102")
  expect_identical(fit$inputs$divisor, 1)
  expect_message(quick_fit(x * 4e-9, y), "x / 1.02e-06", fixed = TRUE)
  expect_silent(quick_fit(x * 4e-6, y))
  expect_silent(quick_fit(x * 0, y))
})

test_that("new images must be on the scale of training", {
  set.seed(1)
  bytes <- array(sample(0:255, 160, replace = TRUE), c(10, 4, 4))
  y <- rep(c("a", "b"), 5)
  fit <- same_seed(quick_fit(bytes, y))
  expect_says(predict(fit, bytes / 255), "already divided by 255")
  expect_says(predict(fit, array_reshape(bytes / 255, c(10, 16))), "already divided by 255")
  expect_says(predict(fit, bytes - 1), "values from -1 to", "divided by 255?")
  expect_says(predict(fit, replace(bytes + 0, 3, NA)), "(NA) in image 3, pixel (1, 1)")
  expect_identical(predict(fit, array(0, c(1, 4, 4)), type = "prob"),
    predict(fit, array(as.raw(0), c(1, 4, 4)), type = "prob"))
  fractions <- same_seed(quick_fit(bytes / 255, y))
  expect_says(predict(fractions, bytes), "images were not divided", "new_data / 255")
  expect_identical(predict(fractions, bytes / 255), predict(fit, bytes))
})

test_that("an infinite value in an image is named by image and pixel", {
  # Image 4, row 2, column 6 of the image.
  x <- array(runif(210), c(10, 3, 7))
  y <- replace(x, cbind(4, 2, 6), Inf)
  classes <- rep(c("a", "b"), 5)
  fit <- quick_fit(x, classes)
  words <- "an infinite value (Inf) in image 4, pixel (2, 6)"
  expect_says(quick_fit(y, classes), words)
  expect_says(predict(fit, y), words)
  expect_says(predict(fit, array_reshape(y, c(10, 21))), words)
  expect_says(quick_fit(x, classes, validation = list(y, classes)), words)
})
