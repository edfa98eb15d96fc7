# What columns are refused, before anything is made of the others.

test_that("columns of other kinds are refused with what makes numbers of them", {
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
    expect_says(quick_fit(data[c("a", name)], data$y), sprintf("column `%s`", name), hints[[name]])
  }
  # What the hint says, works.
  apart <- do.call(data.frame, data[c("a", "matrix")])
  expect_identical(quick_fit(apart, data$y)$inputs$names, c("a", "matrix.1", "matrix.2"))
  fit <- quick_fit(data["a"], data$y)
  expect_says(predict(fit, data.frame(a = as.raw(1:3))), "column `a`", "as.integer(new_data$a)")
})

test_that("factors that no matrix of 0/1 columns can hold are refused before it is made", {
  # 50000 rows with a level each: 2.5e9 numbers, more than a matrix has.
  data <- data.frame(y = rep(c(1, 2), 25000), a = 1)
  data$id <- sprintf("row %d", seq_len(nrow(data)))
  told <- c("too many levels", "50,000 rows", "50,000 of `id` alone", "sparse matrix")
  expect_says(quick_fit(data["id"], data$y), told)
  expect_says(quick_fit(data[c("a", "id")], data$y), "50,001 columns")
})
