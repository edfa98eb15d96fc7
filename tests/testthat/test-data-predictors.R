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

test_that("new tables that do not fit are refused by column", {
  data <- small_table()
  y <- rep(c(1.5, 2, 8, 9), 10)
  for (fit in list(quick_fit(data, y), quick_fit(y ~ ., cbind(data, y = y)))) {
    expect_says(predict(fit, data[c("a", "g", "s")]), "`new_data`", "no columns `b`, `f`")
    novel <- data
    levels(novel$f)[2] <- "new"
    expect_says(predict(fit, novel), "Column `f`", "\"u\", \"v\", \"w\"", "new level \"new\"")
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

test_that("formulas compute terms, and refuse unsupported ones", {
  data <- cbind(small_table(), y = seq_len(40) / 3)
  fit <- quick_fit(log(y) ~ poly(a, 2) + a:f + sqrt(b), data)
  expect_identical(ncol(fit$parameters$W1), 6L)
  expect_identical(predict(fit, data[5, ]), predict(fit, data)[5, ])
  several <- quick_fit(a + y ~ b, data)
  expect_identical(names(predict(several, data)), c(".pred_a", ".pred_y"))
  expect_says(quick_fit(y ~ nope + a, data), "no column `nope`")
  expect_says(quick_fit(~a, data), "`formula`", "`~a`")
  expect_says(quick_fit(y ~ 1, data), "`formula` has no predictors", "intercept")
  expect_says(quick_fit(. ~ . - a, data), "has a dot on the left", "Name the outcome")
  own <- function(x) x^2
  expect_says(quick_fit(y ~ own(a), data),
    "`formula` cannot be computed", "Compute the term as a column of `data` first")
  expect_says(quick_fit(y ~ a + offset(b), data), "`offset()` is not supported")
  expect_says(suppressWarnings(quick_fit(y ~ log(-b), data)), "a missing value (NaN) in row 1")
  expect_says(quick_fit(y ~ ., transform(data, f = factor("k"))),
    "a factor with fewer than two levels", "`f`")
  expect_says(quick_fit(y ~ ., transform(data, f = "k")),
    "a factor with fewer than two levels", "`f`")
  expect_says(quick_fit(y ~ ., as.matrix(data[c("a", "y")])), "`data`", "a data frame")
  expect_says(quick_fit(y ~ ., data[0, ]), "at least 1 row")
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

test_that("matrices match by name if both have names, else by position", {
  x <- as.matrix(iris[1:4])
  fit <- quick_fit(x, iris$Species)
  expected <- predict(fit, x, type = "prob")
  expect_identical(predict(fit, x[, 4:1], type = "prob"), expected)
  expect_identical(predict(fit, cbind(x, extra = 1), type = "prob"), expected)
  expect_identical(predict(fit, unname(x), type = "prob"), expected)
  expect_equal(as.matrix(predict(fit, iris, type = "prob")), expected, ignore_attr = TRUE)
  expect_says(predict(fit, x[, 1:2]), "no columns `Petal.Length`, `Petal.Width`")
  expect_says(predict(fit, unname(x[, 1:2])), "with 4 columns", "150 x 2")
  expect_says(predict(fit, unname(t(x))), "Did you mean `t(new_data)`?")
  expect_says(predict(fit, iris[1:3]), "no column `Petal.Width`")
  expect_says(predict(fit, transform(iris, Petal.Width = "a")), "Column `Petal.Width`")
  expect_says(predict(fit, replace(x, 155, NA)),
    "a missing value (NA) in row 5, column `Sepal.Width`")
  nameless <- quick_fit(unname(x), iris$Species)
  expect_identical(dim(predict(nameless, x, type = "prob")), c(150L, 3L))
  expect_says(predict(nameless, replace(unname(x), 155, Inf)),
    "an infinite value (Inf) in row 5, column 2")
  by_frame <- quick_fit(iris[1:4], iris$Species)
  expect_type(predict(by_frame, x, type = "prob"), "double")
  skip_if_not_installed("Matrix")
  sparse <- as(x, "CsparseMatrix")[, 4:1]
  expect_equal(predict(fit, sparse, type = "prob"), expected, tolerance = 1e-12)
})

test_that("unusable matrices are refused", {
  y <- 1:4 / 2
  expect_says(quick_fit(matrix("a", 4, 2), y),
    "4 x 2 character matrix", "Use a data frame for text and factors")
  expect_says(quick_fit(matrix(1, 0, 2), numeric()), "at least 1 row")
  expect_says(quick_fit(matrix(1, 4, 0), y), "1 column")
  expect_says(quick_fit(replace(matrix(1:8 + 0, 4), 6, NaN), y),
    "a missing value (NaN) in row 2, column 2")
  expect_says(quick_fit(matrix(1i, 4, 2), y), "complex matrix")
  twice <- matrix(1:8, 4, dimnames = list(NULL, c("a", "a")))
  expect_says(quick_fit(twice, y), "more than one column with the name `a`")
  expect_says(quick_fit(array(0, c(4, 2, 2, 3)), y), "array_reshape(x, c(4, -1))")
  images <- replace(array(runif(16), c(4, 2, 2)), 13, NA)
  expect_says(quick_fit(images, y), "a missing value (NA) in image 1, pixel 2, 2")
  skip_if_not_installed("Matrix")
  broken <- Matrix::rsparsematrix(4, 3, 0.5)
  expect_false(is_valid_sparse(integer(), integer(), numeric(), c(0L, -1L)))
  expect_false(is_valid_sparse(0L, integer(), numeric(), 3L))
  broken@i[1] <- 99L
  expect_says(quick_fit(broken, y), "its slots contradict each other")
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

test_that("a formula refuses weights and dates as predictors", {
  data <- data.frame(y = 1:6 / 2, a = 1:6, day = as.Date("2024-01-01") + c(1, 5, 2, 8, 3, 4))
  expect_says(quick_fit(y ~ ., data), "Column `day`", "as.numeric(data$day)")
  expect_identical(quick_fit(y ~ a + as.numeric(day), data)$inputs$names[2], "as.numeric(day)")
  data$day <- hardhat::frequency_weights(1:6)
  expect_says(quick_fit(y ~ ., data), "Column `day`", "`case_weights`")
})

test_that("a formula refuses factors whose levels depend on the data", {
  data <- data.frame(y = 1:6 / 2, a = rep(1:3, 2), b = 6:1)
  words <- c("of `formula` depend on the data", "as a column first")
  expect_says(quick_fit(y ~ b + factor(a), data), c("data$new <- with(data, factor(a))", words))
  expect_says(quick_fit(y ~ ifelse(a > 1, "high", "low"), data), words)
  expect_says(quick_fit(y ~ b * cut(a, 2), data), c("`cut(a, 2)`", words))
  fixed <- y ~ log(b) + I(a > 1) + cut(b, c(0, 3, 9)) + factor(a, levels = 1:3)
  fit <- quick_fit(fixed, data)
  expect_identical(predict(fit, data[5, ])$.pred, predict(fit, data)$.pred[5])
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

test_that("a dense matrix of the Matrix package works like any matrix", {
  skip_if_not_installed("Matrix")
  x <- matrix(stats::rnorm(40), 10, dimnames = list(NULL, letters[1:4]))
  dense <- methods::as(methods::as(x, "generalMatrix"), "denseMatrix")
  expect_false(inherits(dense, "sparseMatrix"))
  fits <- lapply(list(x, dense), function(x) same_seed(quick_fit(x, 1:10 / 3)))
  expect_identical(fits[[2]]$inputs, fits[[1]]$inputs)
  expect_identical(fits[[2]]$parameters, fits[[1]]$parameters)
  expect_identical(predict(fits[[2]], dense), predict(fits[[2]], x))
})

test_that("a recipe must keep all rows of new data", {
  skip_without_recipes()
  data <- data.frame(y = 1:9 / 2, a = c(1:8, NA), b = c(2, NA, 3:9))
  recipe <- recipes::step_naomit(recipes::recipe(y ~ ., data), a, b, skip = FALSE)
  fit <- quick_fit(recipe, data)
  expect_identical(fit$n[["training"]], 7L)
  expect_says(predict(fit, data),
    "`new_data`", "keep all 9 rows of `new_data`, but it keeps 7", "skip = TRUE")
  expect_identical(nrow(predict(fit, data[3:5, ])), 3L)
  only_a <- recipes::step_naomit(recipes::recipe(y ~ ., data), a, skip = TRUE)
  data$b[1] <- 0
  data$a[1] <- NA
  expect_says(quick_fit(only_a, data), "row 1 of the rows that the recipe keeps, column `b`")
})

test_that("a matrix with some names is matched by these names", {
  x <- matrix(1:20 / 3, 5, dimnames = list(NULL, letters[1:4]))
  fit <- quick_fit(x, 1:5 / 2)
  half <- x
  colnames(half) <- c("b", "a", "", "")
  expect_says(predict(fit, half), "no columns `c`, `d`")
  colnames(half) <- c(NA, "a", "b", "c")
  expect_says(predict(fit, half), "no column `d`")
  expect_identical(predict(fit, cbind(x, 1)), predict(fit, x))
  colnames(half) <- rep("", 4)
  expect_identical(predict(fit, half), predict(fit, x))
})

test_that("new images must be on the scale of training", {
  set.seed(1)
  bytes <- array(sample(0:255, 160, replace = TRUE), c(10, 4, 4))
  y <- rep(c("a", "b"), 5)
  fit <- same_seed(quick_fit(bytes, y))
  expect_says(predict(fit, bytes / 255), "already divided by 255")
  expect_says(predict(fit, array_reshape(bytes / 255, c(10, 16))), "already divided by 255")
  expect_says(predict(fit, bytes - 1), "values from -1 to", "divided by 255?")
  expect_says(predict(fit, replace(bytes + 0, 3, NA)), "(NA) in image 3, pixel 1, 1")
  expect_identical(predict(fit, array(0, c(1, 4, 4)), type = "prob"),
    predict(fit, array(as.raw(0), c(1, 4, 4)), type = "prob"))
  fractions <- same_seed(quick_fit(bytes / 255, y))
  expect_says(predict(fractions, bytes), "images were not divided", "new_data / 255")
  expect_identical(predict(fractions, bytes / 255), predict(fit, bytes))
})

test_that("a matrix for a model of a table needs unique names", {
  fit <- quick_fit(mpg ~ wt + hp, mtcars)
  x <- as.matrix(mtcars[c("hp", "wt")])
  expect_identical(predict(fit, x), unname(predict(fit, mtcars, format = "matrix")))
  expect_says(predict(fit, unname(x)), "a data frame or a matrix with column names", "32 x 2")
  expect_says(predict(fit, cbind(x, hp = 0)), "more than one column with the name `hp`")
  fit <- quick_fit(x, mtcars$mpg)
  twice <- data.frame(hp = 1, wt = 2, hp = 3, check.names = FALSE)
  expect_says(predict(fit, twice), "more than one column with the name `hp`")
})

test_that("arguments are checked before the data", {
  expect_says(quick_fit(Ozone ~ ., airquality, na.action = na.omit), "na.omit()", "`na.action`")
})

test_that("a missing outcome in new data is named by row and column", {
  fit <- quick_fit(Ozone ~ Wind, na.omit(airquality))
  expect_says(continue_training(fit, data = airquality), "row 5, column `Ozone`")
  expect_says(residuals(fit, airquality), "`new_data`", "row 5, column `Ozone`")
})

test_that("columns with only missing values are refused by name", {
  data <- iris[1:4]
  data$empty <- NA_character_
  expect_says(quick_fit(data, iris$Species), "Column `empty` of `x` has only missing values")
  data$empty <- factor(data$empty, "a")
  expect_says(quick_fit(data, iris$Species), "Column `empty` of `x` has only missing values")
})

test_that("column names must be valid text, and fit the size of a sparse matrix", {
  x <- as.matrix(iris[1:4])
  named <- x
  # In any locale no text.
  colnames(named)[4] <- `Encoding<-`("d\xff", "UTF-8")
  expect_says(quick_fit(named, iris$Species), "column name of `x` has an invalid encoding")
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  for (names in list(list(NULL, c("a", "b")), list(), list(NULL, NULL, NULL))) {
    sparse@Dimnames <- names
    expect_says(quick_fit(sparse, iris$Species), "valid sparse matrix")
  }
})

test_that("an infinite value in an image is named by image and pixel", {
  # Image 4, row 2, column 6 of the image.
  x <- array(runif(210), c(10, 3, 7))
  y <- replace(x, cbind(4, 2, 6), Inf)
  classes <- rep(c("a", "b"), 5)
  fit <- quick_fit(x, classes)
  words <- "an infinite value (Inf) in image 4, pixel 2, 6"
  expect_says(quick_fit(y, classes), words)
  expect_says(predict(fit, y), words)
  expect_says(predict(fit, array_reshape(y, c(10, 21))), words)
  expect_says(quick_fit(x, classes, validation = list(y, classes)), words)
})
