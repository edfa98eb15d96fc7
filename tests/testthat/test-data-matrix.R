test_that("matrices match by name if both have names, else by position", {
  x <- as.matrix(iris[1:4])
  fit <- quick_fit(x, iris$Species)
  expected <- predict(fit, x, type = "prob")
  expect_identical(predict(fit, x[, 4:1], type = "prob"), expected)
  expect_identical(predict(fit, cbind(x, extra = 1), type = "prob"), expected)
  expect_identical(predict(fit, unname(x), type = "prob"), expected)
  expect_equal(as.matrix(predict(fit, iris, type = "prob")), expected, ignore_attr = TRUE)
  expect_says(predict(fit, x[, 1:2]), "no columns `Petal.Length` and `Petal.Width`")
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
  expect_says(quick_fit(images, y), "a missing value (NA) in image 1, pixel (2, 2)")
  skip_if_not_installed("Matrix")
  broken <- Matrix::rsparsematrix(4, 3, 0.5)
  expect_false(is_valid_sparse(integer(), integer(), numeric(), c(0L, -1L)))
  expect_false(is_valid_sparse(0L, integer(), numeric(), 3L))
  broken@i[1] <- 99L
  expect_says(quick_fit(broken, y), "its slots contradict each other")
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

test_that("a matrix with some names is matched by these names", {
  x <- matrix(1:20 / 3, 5, dimnames = list(NULL, letters[1:4]))
  fit <- quick_fit(x, 1:5 / 2)
  half <- x
  colnames(half) <- c("b", "a", "", "")
  expect_says(predict(fit, half), "no columns `c` and `d`")
  colnames(half) <- c(NA, "a", "b", "c")
  expect_says(predict(fit, half), "no column `d`")
  expect_identical(predict(fit, cbind(x, 1)), predict(fit, x))
  colnames(half) <- rep("", 4)
  expect_identical(predict(fit, half), predict(fit, x))
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

test_that("column names must be valid text, and fit the size of a sparse matrix", {
  x <- as.matrix(iris[1:4])
  named <- x
  # In any locale no text.
  colnames(named)[4] <- `Encoding<-`("d\xff", "UTF-8")
  expect_says(quick_fit(named, iris$Species), "column name in `x` has an invalid encoding")
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  for (names in list(list(NULL, c("a", "b")), list(), list(NULL, NULL, NULL))) {
    sparse@Dimnames <- names
    expect_says(quick_fit(sparse, iris$Species), "valid sparse matrix")
  }
})
