test_that("case weights are checked", {
  x <- cbind(1:6 / 3)
  y <- c("a", "b", "a", "b", "a", "b")
  with_weights <- function(w) quick_fit(x, y, case_weights = w)
  expect_told(with_weights(1:5), "6 numbers of at least 0", "length 5")
  expect_told(with_weights("a"), "`case_weights`", "the string \"a\"")
  expect_told(with_weights(c(1, 1, -1, 1, 1, 1)), "-1 in case_weights[3]")
  expect_told(with_weights(c(1, NA, 1, 1, 1, 1)), "NA in case_weights[2]")
  expect_told(with_weights(c(1, Inf, 1, 1, 1, 1)), "Inf in case_weights[2]")
  expect_told(with_weights(numeric(6)), "above 0 somewhere", "0 everywhere")
  expect_told(with_weights(Sys.Date() + 1:6), "Date")
  expect_told(quick_fit(x, y, case_weights = c(1, 0, 1, 0, 1, 0), class_weights = c(a = 0)),
    "for some row to train on")
  expect_told(with_weights(matrix(1, 6, 1)), "6 x 1")
})

test_that("class weights are checked", {
  x <- cbind(1:6 / 3)
  with_weights <- function(w, y = rep(c("a", "b"), 3)) quick_fit(x, y, class_weights = w)
  expect_told(with_weights(c(1, 2)), "named by classes")
  expect_told(with_weights(c(a = 1, z = 2)), "named by the classes \"a\", \"b\"", "\"z\"")
  expect_told(with_weights(c(a = 1, a = 2)), "duplicated class names")
  expect_told(with_weights(c(a = -1)), "-1")
  expect_told(with_weights("equal"), "\"balanced\"", "the string \"equal\"")
  expect_told(with_weights(c(a = 0, b = 0)), "`class_weights` must be above 0 for some class")
  expect_told(with_weights(c(a = 1), y = 1:6 + 0.5), "NULL for an outcome of numbers")
})

test_that("balanced weights are n / (k * n_class), copies counted", {
  codes <- c(1L, 1L, 1L, 3L)
  expect_equal(balanced_weights(codes, NULL, c("a", "b", "c")), c(a = 4 / 6, b = 1, c = 2))
  expect_equal(balanced_weights(codes, c(1, 1, 0, 2), c("a", "b", "c")), c(a = 1, b = 1, c = 1))
})

test_that("weights have the mean 1 over the rows trained on", {
  encoded <- encode_outcome(c("a", "b", "b", "b"), 4, NULL, NULL)
  weights <- observation_weights(given_weights(
    list(case_weights = c(1, 2, 3, 4), class_weights = c(a = 3)), encoded, NULL
  ), encoded, 1:3, NULL)$weights
  expect_equal(weights, c(3, 2, 3, 4) / mean(c(3, 2, 3)))
  none <- given_weights(list(), encoded, NULL)
  expect_null(observation_weights(none, encoded, NULL, NULL)$weights)
})
