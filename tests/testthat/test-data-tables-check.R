test_that("a missing column is refused by name", {
  data <- small_table()
  y <- rep(c(1.5, 2, 8, 9), 10)
  for (fit in list(quick_fit(data, y), quick_fit(y ~ ., cbind(data, y = y)))) {
    expect_says(predict(fit, data[c("a", "g", "s")]), "`new_data`", "no columns `b` and `f`")
  }
})

test_that("a missing column with a similar name among the others gets a hint", {
  renamed <- stats::setNames(iris, tolower(names(iris)))
  x <- as.matrix(iris[1:4])
  fits <- list(quick_fit(Species ~ ., iris), quick_fit(iris[1:4], iris$Species),
    quick_fit(x, iris$Species))
  for (fit in fits) {
    expect_says(predict(fit, renamed), "no columns `Sepal.Length`", "Did you mean `sepal.length`?")
  }
  expect_says(predict(fits[[3L]], as.matrix(renamed[1:4])), "Did you mean `sepal.length`?")
  # A column that the model needs, too, is no other spelling.
  cnd <- expect_says(predict(fits[[1L]], iris[2:4]), "no column `Sepal.Length`")
  expect_no_match(conditionMessage(cnd), "Did you mean")
})

test_that("new tables that do not fit are refused by column", {
  data <- small_table()
  y <- rep(c(1.5, 2, 8, 9), 10)
  for (fit in list(quick_fit(data, y), quick_fit(y ~ ., cbind(data, y = y)))) {
    novel <- data
    levels(novel$f)[2] <- "new"
    expect_says(predict(fit, novel), "Column `f`", "\"u\", \"v\", and \"w\"", "new level \"new\"")
    expect_says(predict(fit, transform(data, s = "x")), "Column `s`", "new level \"x\"")
    expect_says(predict(fit, transform(data, a = "x")),
      "Column `a` of `new_data` must be numeric, as in training", "character")
    expect_says(predict(fit, transform(data, f = 1)), "Column `f` of `new_data` must be a factor")
    expect_says(predict(fit, transform(data, a = replace(a, 3, NA))),
      "a missing value (NA) in row 3, column `a`")
    expect_says(predict(fit, transform(data, f = replace(f, 4, NA))),
      "a missing value (NA) in row 4, column `f`")
    expect_says(predict(fit, 1:3), "a data frame", "length 3")
  }
})

test_that("columns that cannot become numbers are refused by name", {
  y <- 1:4 / 2
  expect_says(quick_fit(data.frame(d = Sys.Date() + 1:4), y), "Column `d`", "as.numeric(x$d)")
  expect_says(quick_fit(tibble::tibble(l = list(1, 2, 3, 4)), y), "Column `l`")
  expect_says(quick_fit(data.frame(m = I(diag(4))), y), "Column `m`")
  expect_says(
    quick_fit(tibble::tibble(a = 1:4, w = hardhat::frequency_weights(1:4)), y), "`case_weights`"
  )
  expect_says(quick_fit(data.frame(a = c(1, NA, 3, 4)), y),
    "a missing value (NA) in row 2, column `a`")
  expect_says(quick_fit(data.frame(a = 1:4, f = factor(c("u", NA, "v", "u"))), y),
    "a missing value (NA) in row 2, column `f`")
  twice <- data.frame(a = 1:4, a = 4:1, check.names = FALSE)
  expect_says(quick_fit(twice, y), "more than one column with the name `a`")
  expect_says(quick_fit(data.frame(), numeric()), "at least 1 row")
})

test_that("numbers of other classes than in training are refused", {
  data <- data.frame(y = 1:6 / 2, a = rep(1:3, 2))
  id <- structure(as.double(1:6), class = "integer64")
  fit <- quick_fit(y ~ a, data)
  expect_says(predict(fit, list2DF(list(a = id))),
    "Column `a` of `new_data` must be numeric, as in training", "Load bit64")
  expect_says(residuals(fit, list2DF(list(a = 1:6, y = id))),
    "Column `y` of `new_data` must be numeric, as in training")
  expect_says(quick_fit(y ~ a, data, validation = list2DF(list(a = id, y = 1:6 / 2))), "`a`")
  expect_says(continue_training(fit, data = list2DF(list(a = id, y = 1:6 / 2))), "`a`")
  frame_fit <- quick_fit(data["a"], data$y)
  expect_says(predict(frame_fit, list2DF(list(a = Sys.Date() + 1:6))),
    "Column `a` of `new_data` must be numeric, as in training")
})

test_that("columns with only missing values are refused by name", {
  data <- iris[1:4]
  data$empty <- NA_character_
  expect_says(quick_fit(data, iris$Species), "Column `empty` of `x` has only missing values")
  data$empty <- factor(data$empty, "a")
  expect_says(quick_fit(data, iris$Species), "Column `empty` of `x` has only missing values")
})
