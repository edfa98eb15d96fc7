test_that("factors and text become one column per level", {
  data <- small_table(6)
  read <- read_frame(data)
  expect_identical(read$inputs$names, c("a", "b", "fu", "fv", "fw", "g", "sp", "sq"))
  expect_equal(as.matrix(read$x)[2, ],
    c(a = 2 / 6, b = 5, fu = 0, fv = 1, fw = 0, g = 0, sp = 0, sq = 1))
  by_formula <- read_formula(y ~ ., cbind(y = 1:6, data))
  expect_equal(unname(as.matrix(by_formula$x)), unname(as.matrix(read$x)))
  expect_identical(by_formula$outcomes, 1:6 + 0)
})

test_that("new tables may have fewer levels, text for factors and columns in any order", {
  data <- small_table()
  y <- rep(c(1.5, 2, 8, 9), 10)
  for (fit in list(quick_fit(data, y), quick_fit(y ~ ., cbind(data, y = y)))) {
    expected <- predict(fit, data)[1:3, ]
    new <- data[1:3, rev(names(data))]
    new$other <- "ignored"
    expect_identical(predict(fit, new), expected)
    new$f <- as.character(new$f)
    new$s <- factor(new$s)
    expect_identical(predict(fit, new), expected)
    new$b <- as.integer(new$b)
    expect_identical(predict(fit, tibble::as_tibble(new)), expected)
    expect_identical(predict(fit, data[1, ]), expected[1, ])
    expect_identical(nrow(predict(fit, data[0, ])), 0L)
  }
})

test_that("new columns get the types of training as hardhat would convert them", {
  known <- tibble::tibble(
    a = double(), b = double(), c = double(), f = factor(levels = c("u", "v", "w")),
    g = factor(levels = c("x", NA), exclude = NULL), l = logical()
  )
  data <- data.frame(
    l = c(TRUE, NA), g = factor(c("x", NA)), f = c("w", NA), c = c(TRUE, FALSE), b = c(2L, NA),
    a = c(0.5, NA), other = 1:2
  )
  same_as_hardhat <- function(data) {
    expected <- hardhat::scream(hardhat::shrink(data, known), known)
    expect_identical(as.list(columns_as_known(data, known)), as.list(expected))
  }
  same_as_hardhat(data)
  same_as_hardhat(transform(data, f = factor(c("w", "v"), c("w", "v")), g = "x"))
  same_as_hardhat(data[0L, ])
  # hardhat converts other types, and refuses what would lose values.
  same_as_hardhat(transform(data, l = c(1, 0)))
  expect_warning(columns_as_known(transform(data, f = "new"), known), "ovel level")
  expect_error(columns_as_known(transform(data, l = 0.5), known), class = "vctrs_error_cast_lossy")
})

test_that("plain columns of double are those without attributes", {
  columns <- list(1, NA_real_, double(), 1L, TRUE, "a", NULL, gl(1, 1), c(a = 1), diag(2),
    structure(1, label = "b"), as.Date("2020-01-01"), I(1), list(1))
  expect_identical(are_plain_doubles(columns), rep(c(TRUE, FALSE), c(3L, 11L)))
  expect_identical(are_plain_doubles(tibble::tibble(a = 1, b = 1L)), c(TRUE, FALSE))
  expect_identical(are_plain_doubles(list()), logical())
})

test_that("columns can have the names of arguments", {
  data <- data.frame(a = 1:6, deparse.level = c(2, 5, 1, 3, 3, 9), f = gl(2, 3))
  fit <- quick_fit(data, 1:6 / 7)
  expect_identical(fit$inputs$names, c("a", "deparse.level", "f1", "f2"))
  expect_identical(nrow(predict(fit, data)), 6L)
  other <- transform(data, deparse.level = 0)
  expect_false(identical(predict(fit, other), predict(fit, data)))
  by_formula <- quick_fit(y ~ ., cbind(data, y = 1:6 / 7))
  expect_identical(by_formula$inputs$names[1:2], c("a", "deparse.level"))
})

test_that("new data may have fractions in columns of whole numbers", {
  data <- data.frame(y = 10:1, a = 1:10, b = rep(1:2, 5))
  new <- data.frame(y = 1:2 + 0.5, a = c(1.5, 2), b = 1.2)
  for (fit in list(quick_fit(data[-1], data$y), quick_fit(y ~ ., data))) {
    expect_identical(nrow(predict(fit, new)), 2L)
  }
  expect_identical(quick_fit(y ~ ., data, validation = new)$n[["validation"]], 2L)
  expect_length(residuals(fit, new), 2L)
  skip_without_recipes()
  fit <- quick_fit(recipes::recipe(y ~ ., data), data, validation = new)
  expect_identical(nrow(predict(fit, new)), 2L)
})

test_that("ordered factors become columns of 0 and 1, too", {
  levels <- c("lo", "mid", "hi")
  data <- data.frame(
    o = factor(rep(levels, 4), levels, ordered = TRUE),
    p = factor(rep(c("x", "y"), 6), ordered = TRUE), y = 1:12 / 5
  )
  plain <- data
  plain[1:2] <- lapply(plain[1:2], factor, ordered = FALSE)
  fits <- list(quick_fit(y ~ ., data), quick_fit(data[1:2], data$y))
  for (fit in fits) {
    expect_identical(fit$inputs$names, c("olo", "omid", "ohi", "px", "py"))
    expect_identical(predict(fit, plain), predict(fit, data))
    expect_identical(predict(fit, transform(plain, o = as.character(o))), predict(fit, data))
  }
  expect_length(residuals(fits[[1]], data), 12L)
  ordered_y <- quick_fit(o ~ y, data)
  expect_identical(predict(ordered_y, data)$.pred_class[0], data$o[0])
  expect_says(residuals(ordered_y, plain),
    "Column `o` of `new_data` must be an ordered factor, as in training")
  skip_without_recipes()
  fit <- quick_fit(recipes::recipe(y ~ ., data), data)
  expect_says(predict(fit, plain),
    "Column `o` of `new_data` must be an ordered factor, as in training, not a factor")
})
