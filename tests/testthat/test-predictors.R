test_that("tables become numbers: factors and text a column per level", {
  data <- small_table(6)
  read <- read_frame(data, NULL)
  expect_identical(read$inputs$names, c("a", "b", "fu", "fv", "fw", "g", "sp", "sq"))
  expect_equal(read$x[2, ], c(a = 2 / 6, b = 5, fu = 0, fv = 1, fw = 0, g = 0, sp = 0, sq = 1))
  by_formula <- read_formula(y ~ ., cbind(y = 1:6, data), NULL)
  expect_equal(unname(by_formula$x), unname(read$x))
  expect_identical(by_formula$outcomes, 1:6)
})

test_that("new tables may have fewer levels, other types of text and columns in any order", {
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

test_that("new tables that do not fit are refused in words", {
  data <- small_table()
  y <- rep(c(1.5, 2, 8, 9), 10)
  for (fit in list(quick_fit(data, y), quick_fit(y ~ ., cbind(data, y = y)))) {
    expect_told(predict(fit, data[c("a", "g", "s")]), "`new_data`", "without `b`, `f`")
    novel <- data
    levels(novel$f)[2] <- "new"
    expect_told(predict(fit, novel), "column `f`", "\"u\", \"v\", \"w\"", "new level \"new\"")
    expect_told(predict(fit, transform(data, s = "x")), "column `s`", "new level \"x\"")
    expect_told(predict(fit, transform(data, a = "x")), "numbers in column `a`", "character")
    expect_told(predict(fit, transform(data, f = 1)), "a factor in column `f`")
    expect_told(predict(fit, transform(data, a = replace(a, 3, NA))), "NA in row 3, column `a`")
    expect_told(predict(fit, transform(data, f = replace(f, 4, NA))), "NA in row 4, column `f`")
    expect_told(predict(fit, 1:3), "a data frame", "length 3")
  }
})

test_that("formulas compute, and say what they cannot", {
  data <- cbind(small_table(), y = seq_len(40) / 3)
  fit <- quick_fit(log(y) ~ poly(a, 2) + a:f + sqrt(b), data)
  expect_identical(ncol(fit$parameters$W1), 6L)
  expect_identical(predict(fit, data[5, ]), predict(fit, data)[5, ])
  several <- quick_fit(a + y ~ b, data)
  expect_identical(names(predict(several, data)), c(".pred_a", ".pred_y"))
  expect_told(quick_fit(y ~ nope + a, data), "without `nope`")
  expect_told(quick_fit(~a, data), "`formula`", "`~a`")
  expect_told(quick_fit(y ~ a - 1, data), "intercept")
  expect_told(quick_fit(y ~ 1, data), "intercept")
  expect_told(quick_fit(y ~ a + offset(b), data), "without offset()")
  expect_told(suppressWarnings(quick_fit(y ~ log(-b), data)), "NaN in row 1")
  expect_told(quick_fit(y ~ ., transform(data, f = factor("k"))), "factors of one level", "`f`")
  expect_told(quick_fit(y ~ ., as.matrix(data[c("a", "y")])), "`data`", "a data frame")
  expect_told(quick_fit(y ~ ., data[0, ]), "at least 1 row")
})

test_that("columns that are no numbers are refused by name", {
  y <- 1:4 / 2
  expect_told(quick_fit(data.frame(d = Sys.Date() + 1:4), y), "column `d`", "as.numeric(x$d)")
  expect_told(quick_fit(tibble::tibble(l = list(1, 2, 3, 4)), y), "column `l`")
  expect_told(quick_fit(data.frame(m = I(diag(4))), y), "column `m`")
  expect_told(
    quick_fit(tibble::tibble(a = 1:4, w = hardhat::frequency_weights(1:4)), y), "`case_weights`"
  )
  expect_told(quick_fit(data.frame(a = c(1, NA, 3, 4)), y), "NA in row 2, column `a`")
  expect_told(quick_fit(data.frame(a = 1:4, f = factor(c("u", NA, "v", "u"))), y),
    "NA in row 2, column `f`")
  twice <- data.frame(a = 1:4, a = 4:1, check.names = FALSE)
  expect_told(quick_fit(twice, y), "duplicated column names", "`a` more than once")
  expect_told(quick_fit(data.frame(), numeric()), "at least 1 row")
})

test_that("matrices go by names where both have them, else by position", {
  x <- as.matrix(iris[1:4])
  fit <- quick_fit(x, iris$Species)
  expected <- predict(fit, x, type = "prob")
  expect_identical(predict(fit, x[, 4:1], type = "prob"), expected)
  expect_identical(predict(fit, cbind(x, extra = 1), type = "prob"), expected)
  expect_identical(predict(fit, unname(x), type = "prob"), expected)
  sparse <- as(x, "CsparseMatrix")[, 4:1]
  expect_equal(predict(fit, sparse, type = "prob"), expected, tolerance = 1e-12)
  expect_equal(as.matrix(predict(fit, iris, type = "prob")), expected, ignore_attr = TRUE)
  expect_told(predict(fit, x[, 1:2]), "without `Petal.Length`, `Petal.Width`")
  expect_told(predict(fit, unname(x[, 1:2])), "with 4 columns", "150 x 2")
  expect_told(predict(fit, unname(t(x))), "did you mean t(new_data)?")
  expect_told(predict(fit, iris[1:3]), "without `Petal.Width`")
  expect_told(predict(fit, transform(iris, Petal.Width = "a")), "column `Petal.Width`")
  expect_told(predict(fit, replace(x, 155, NA)), "NA in row 5, column `Sepal.Width`")
  nameless <- quick_fit(unname(x), iris$Species)
  expect_identical(dim(predict(nameless, x, type = "prob")), c(150L, 3L))
  expect_told(predict(nameless, replace(unname(x), 155, Inf)), "Inf in row 5, column 2")
  by_frame <- quick_fit(iris[1:4], iris$Species)
  expect_type(predict(by_frame, x, type = "prob"), "double")
})

test_that("matrices of the wrong kind are refused", {
  y <- 1:4 / 2
  expect_told(quick_fit(matrix("a", 4, 2), y), "4 x 2 character matrix", "A data frame may hold")
  expect_told(quick_fit(matrix(1, 0, 2), numeric()), "at least 1 row")
  expect_told(quick_fit(matrix(1, 4, 0), y), "1 column")
  expect_told(quick_fit(replace(matrix(1:8 + 0, 4), 6, NaN), y), "NaN in row 2, column 2")
  expect_told(quick_fit(matrix(1i, 4, 2), y), "complex matrix")
  twice <- matrix(1:8, 4, dimnames = list(NULL, c("a", "a")))
  expect_told(quick_fit(twice, y), "duplicated column names")
  expect_told(quick_fit(array(0, c(4, 2, 2, 3)), y), "array_reshape(x, c(4, -1))")
  images <- replace(array(runif(16), c(4, 2, 2)), 13, NA)
  expect_told(quick_fit(images, y), "NA in row 1")
  broken <- Matrix::rsparsematrix(4, 3, 0.5)
  broken@i[1] <- 99L
  expect_told(quick_fit(broken, y), "slots contradict")
})
