# Unusable columns are refused before the others are converted.

test_that("unusable columns are refused with a hint how to convert them", {
  data <- data.frame(a = 1:6 / 2, y = c(1, 3, 2, 5, 4, 6))
  data$raw <- as.raw(1:6)
  data$complex <- data$a + 1i
  data$matrix <- cbind(data$a, 6:1)
  data$frame <- data.frame(u = 1:6, v = 6:1)
  data$array <- array(data$a, 6)
  data$list <- as.list(data$a)
  data[["scaled a"]] <- scale(data$a)
  hints <- c(
    raw = "as.integer(x$raw)", complex = "Re(x$complex)", matrix = "do.call(data.frame, x)",
    frame = "do.call(data.frame, x)", array = "as.vector(x$array)", list = "unlist(x$list)",
    "scaled a" = "as.vector(x[[\"scaled a\"]])"
  )
  for (name in names(hints)) {
    expect_says(quick_fit(data[c("a", name)], data$y), sprintf("Column `%s`", name), hints[[name]])
  }
  # The hint works.
  apart <- do.call(data.frame, data[c("a", "matrix")])
  expect_identical(quick_fit(apart, data$y)$inputs$names, c("a", "matrix.1", "matrix.2"))
  fit <- quick_fit(data["a"], data$y)
  expect_says(predict(fit, data.frame(a = as.raw(1:3))), "Column `a`", "as.integer(new_data$a)")
})

test_that("factors too large for a matrix are refused before it is allocated", {
  # 50000 rows with a level each: 2.5e9 numbers, more than a matrix has.
  data <- data.frame(y = rep(c(1, 2), 25000), a = 1)
  data$id <- sprintf("row %d", seq_len(nrow(data)))
  words <- c("`x` has too many levels: `id` becomes 50,000 columns of 0s and 1s (20.0 GB)",
    "sparse matrix")
  scaled <- function(x) quick_fit(x, data$y, standardize = TRUE)
  expect_says(scaled(data["id"]), words)
  expect_says(scaled(data[c("a", "id")]), words)
  data$other <- data$id
  expect_says(scaled(data), "`id` and 1 other become 100,000 columns")
  # Unscaled levels need no matrix.
  fit <- quick_fit(data["id"], data$y, epochs = 1, hidden_units = 1, batch_size = 5e4)
  expect_identical(ncol(fit$parameters$W1), 50000L)
})

test_that("a message names factors that need much memory", {
  # 8000 * 8000 numbers of 8 bytes are 0.512 GB. The size is checked before they are made.
  check <- function(...) check_dense_columns(c(...), c(...) > 1, 8000, "x")
  message <- tryCatch(check(id = 8000, f = 2), feedforward_message = conditionMessage)
  expect_match(message, "`id` becomes 8,000 columns of 0s and 1s (0.5 GB).", fixed = TRUE)
  expect_match(message, "Matrix::sparse.model.matrix", fixed = TRUE)
  expect_no_message(check(id = 7000, f = 2))
  expect_no_message(check(a = 1))
})

test_that("a factor in place of numbers is not turned into its codes", {
  fit <- quick_fit(mpg ~ wt, data = mtcars)
  expect_says(predict(fit, data.frame(wt = factor("3.1"))), "as.numeric(as.character(new_data$wt))")
})
