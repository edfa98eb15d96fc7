test_that("outcomes that cannot be predicted are refused", {
  expect_says(encode(NULL, n = 3), "`y`", "not NULL")
  expect_says(encode(list(1, 2)), "a list of length 2")
  expect_says(encode(Sys.Date() + 1:3), "as.numeric(y)")
  expect_says(encode(1:3, n = 4), "must have 4 values, one for each row of `x`, not 3")
  expect_says(encode(c("a", NA, "b")), "a missing value (NA) in row 2")
  expect_says(encode(factor(c("a", NA, "b"))), "a missing value (NA) in row 2")
  expect_says(encode(c(1, Inf)), "an infinite value (Inf) in row 2")
  expect_says(encode(cbind(1:2, c(3, NA))), "a missing value (NA) in row 2, column 2")
  expect_says(encode(cbind(a = 1:2, b = c(NaN, 3))), "a missing value (NaN) in row 1, column `b`")
  expect_says(encode(cbind(a = 1:2, b = 3:4), n = 3), "must have 3 rows", "not 2")
  expect_says(encode(rep("a", 3)), "at least 2 classes", "not only \"a\"")
  expect_says(encode(factor(rep("a", 3), c("a", "b"))), "not only \"a\"")
  expect_says(encode(c(TRUE, TRUE)), "not only \"TRUE\"")
  expect_says(encode(data.frame(a = 1:2, f = factor(1:2))), "several outcomes")
  expect_says(encode(matrix(letters[1:4], 2)), "character matrix")
  expect_says(encode(cbind(a = 1:2, a = 3:4)), "more than one column with the name `a`")
  expect_says(encode(array(1, c(2, 2, 2))), "2 x 2 x 2")
})

test_that("losses that do not fit the outcome are refused", {
  classes <- c("a", "b")
  expect_says(encode(classes, "squared_error"), "must be \"cross_entropy\" for classification")
  expect_says(encode(c("a", "b"), "binary_cross_entropy"), "an outcome matrix with at least two 0/1 columns")
  expect_says(encode(1:3, "cross_entropy"), "\"poisson\" for regression",
    "Use `factor(y)` for classes")
  expect_says(encode(cbind(c(1, 1), 0:1), "cross_entropy"),
    "\"binary_cross_entropy\" for multi-label classification")
  expect_says(encode(cbind(c(1, 0.5), 0:1), "binary_cross_entropy"),
    "the label 0.5", "only 0 and 1")
  expect_says(encode(c(3, -1), "poisson"), "Poisson", "-1")
})

test_that("the outcome of validation data must be of the same kind", {
  classes <- encode(c("a", "b", "a"))$outcome
  like <- function(y, outcome, loss = "cross_entropy") {
    encode_like(y, outcome, loss, NROW(y))
  }
  expect_identical(like(factor(c("b", "a")), classes), c(2L, 1L))
  expect_says(like(c("b", "z"), classes), "the unknown class \"z\" in row 2", "are \"a\" and \"b\"")
  numbers <- encode(1:3)$outcome
  expect_identical(like(4:5, numbers, "squared_error"), matrix(c(4, 5)))
  expect_says(like(c("b", "z"), numbers, "squared_error"), "numeric, as in training")
  expect_says(like(cbind(1:2, 1:2), numbers, "squared_error"),
    "must have 1 column, as in training, not 2")
})

test_that("the level NA is refused", {
  y <- addNA(factor(c("a", "b", NA, "a")))
  expect_says(quick_fit(cbind(1:4), y), "has the level NA")
  expect_says(quick_fit(cbind(1:4), addNA(factor(c("a", "b", "b", "a")))), "has the level NA")
})

test_that("the name of a column given as the outcome gives a hint", {
  expect_says(feedforward(iris, "Species"), "`y` must have 150 values", "not 1",
    "use `feedforward(Species ~ ., data = x)` or `x$Species`")
  expect_says(feedforward(iris, "my y"), "`feedforward(`my y` ~ ., data = x)` or `x[[\"my y\"]]`")
  expect_says(feedforward(iris, "a\nb"), "must have 150 values")
})

test_that("a missing outcome in new data is named by row and column", {
  fit <- quick_fit(Ozone ~ Wind, na.omit(airquality))
  expect_says(continue_training(fit, data = airquality), "row 5, column `Ozone`")
  expect_says(residuals(fit, airquality), "`new_data`", "row 5, column `Ozone`")
})
