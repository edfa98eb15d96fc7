# Columns and outcomes of classes that the package does not know: what their numbers mean, only
# their class can say, so they are refused by name and never taken as plain numbers.

test_that("numbers of unknown classes are refused everywhere", {
  y <- 1:6 / 2
  lengths <- structure(c(4, 2, 8, 5, 7, 1), class = "units", units = "m")
  times <- as.difftime(c(4, 2, 8, 5, 7, 1), units = "hours")
  for (column in list(lengths, times)) {
    words <- class(column)[1L]
    data <- data.frame(a = 1:6, y = y)
    data$measured <- column
    expect_says(quick_fit(data[c("a", "measured")], y), "Column `measured`", words)
    expect_says(quick_fit(y ~ ., data), "Column `measured`", words)
    expect_says(quick_fit(cbind(1:6), column), "`y`", words)
    fit <- quick_fit(y ~ a, data)
    data$a <- column
    expect_says(predict(fit, data), "`new_data`", "a`")
    data$a <- as.numeric(column)
    expect_length(predict(fit, data)$.pred, 6L)
  }
})

test_that("list columns of any length are refused by name", {
  data <- data.frame(a = 1:4)
  data$l <- list(1, 2:3, NULL, "x")
  expect_says(quick_fit(data, 1:4 / 2), "Column `l`", "list")
})

test_that("a model predicts its training data if I() was used", {
  data <- data.frame(a = I(rep(c("u", "v"), 10)), y = rnorm(20))
  fit <- quick_fit(y ~ a, data)
  expect_identical(nrow(predict(fit, data)), 20L)
  numbers <- data.frame(a = 1:20 / 20, y = data$y)
  fit <- quick_fit(y ~ a, numbers)
  numbers$a <- I(numbers$a)
  expect_identical(nrow(predict(fit, numbers)), 20L)
})
