x <- as.matrix(iris[1:4])
one <- list(list(hidden_units = 2, epochs = 1))

test_that("each row is held out once, and folds have equal sizes and shares of the classes", {
  fit <- quick_cv(x, iris$Species, candidates = one, folds = 5)
  held_out <- fit$out_of_fold
  expect_identical(held_out$row, 1:150)
  # 150 rows in 5 folds are 30 each. 50 rows of each class are 10 each.
  expect_true(all(table(held_out$fold) == 30))
  expect_true(all(table(held_out$fold, held_out$truth) == 10))
  expect_identical(fit$fold_errors$n, rep(30L, 5))
  expect_identical(length(fit$members), 5L)
})

test_that("numbers are spread over the folds evenly", {
  fit <- quick_cv(x, seq_len(150), candidates = one, folds = 5)
  # Each block of 5 neighbours has one row in each fold.
  expect_true(all(table((0:149) %/% 5, fit$out_of_fold$fold) == 1))
})

test_that("groups are never split", {
  groups <- rep(paste("person", 1:30), each = 5)
  fit <- quick_cv(x, iris$Species, candidates = one, folds = 5, groups = groups)
  expect_true(all(rowSums(table(groups, fit$out_of_fold$fold) > 0) == 1))
  fit <- quick_cv(x, iris$Species, candidates = one, folds = 0.3, groups = groups)
  held_out <- unique(groups[fit$out_of_fold$row])
  expect_identical(nrow(fit$out_of_fold), 5L * length(held_out))
})

test_that("folds can be given, as numbers, text or a factor", {
  given <- rep(c("a", "b", "c"), 50)
  fit <- quick_cv(x, iris$Species, candidates = one, folds = given)
  expect_identical(fit$out_of_fold$fold, rep(1:3, 50))
  as_factor <- quick_cv(x, iris$Species, candidates = one, folds = factor(given))
  expect_identical(as_factor$out_of_fold$fold, rep(1:3, 50))
  years <- quick_cv(x, iris$Species, candidates = one, folds = rep(c(2003, 2001), 75))
  expect_identical(years$out_of_fold$fold, rep(2:1, 75))
})

test_that("a share of rows is held out once", {
  fit <- quick_cv(x, iris$Species, candidates = one, folds = 0.2)
  expect_identical(nrow(fit$out_of_fold), 30L)
  expect_true(all(table(fit$out_of_fold$truth) == 10))
  expect_identical(length(fit$members), 1L)
  # There is no spread over one fold.
  expect_identical(fit$candidates$loss_se, NA_real_)
  expect_false(any(grepl("std. error", utils::capture.output(print(fit)))))
})

test_that("without folds there are 5, and above 20,000 rows a fifth is held out", {
  expect_identical(feedforward:::check_folds(NULL, 20000L), 5L)
  expect_identical(feedforward:::check_folds(NULL, 20001L), 0.2)
})

test_that("errors say what is wrong with folds and groups", {
  ask <- function(..., rows = 1:20) {
    feedforward_cv(x[rows, 1:3, drop = FALSE], x[rows, 4], candidates = one, ...)
  }
  expect_says(ask(folds = 21), "`folds` is 21, but there are only 20 rows.")
  expect_says(ask(rows = 1), "there is only 1 row.")
  expect_says(ask(groups = rep(1, 20)), "there is only 1 group.")
  expect_says(ask(case_weights = rep(c(1, 0), c(3, 17))), "only 3 rows with a weight above 0")
  expect_says(ask(folds = 1:3), "`folds` must have 20 values, one for each row, not 3.")
  expect_says(ask(groups = 1:3), "`groups` must have 20 values, one for each row, not 3.")
  expect_says(ask(folds = c(1:19, NA)), "`folds` has a missing value (NA) in row 20")
  expect_says(ask(groups = c(NA, 1:19)), "`groups` has a missing value (NA) in row 1")
  expect_says(ask(folds = Sys.Date() + 1:20), "as.character()")
  expect_says(ask(folds = rep(c(TRUE, FALSE), 10)), "as.character()")
  expect_says(ask(folds = Inf), "whole number of at least 2")
})

test_that("every class is spread over the folds, whatever the order of the rows", {
  # Dealt in the order of the rows, each class would be in one fold.
  fold <- same_seed(stratified_folds(rep(1:5, 20), 5))
  expect_true(all(table(rep(1:5, 20), fold) == 4))
  expect_false(identical(fold, withr::with_seed(1, stratified_folds(rep(1:5, 20), 5))))
})

test_that("given folds count without the rows of weight zero", {
  expect_identical(
    draw_folds(c(1, 1, 2, 2, 3, 3), NULL, 1:4, c(1, 1, 0, 0, 1, 1) > 0), c(1L, 1L, 2L, 2L)
  )
  x <- matrix(sin(1:40), 20)
  fold <- rep(1:2, each = 10)
  expect_says(quick_cv(x, x[, 1], folds = fold, case_weights = c(rep(1, 10), rep(0, 10))),
    "puts all rows with a weight above 0 into one fold")
})

test_that("a class that is held out as a whole warns", {
  y <- replace(as.character(iris$Species), 7, "rare")
  expect_warning(fit <- quick_cv(x, y, candidates = one, folds = 5), "the class \"rare\" are in one",
    class = "feedforward_class_in_one_fold")
  expect_true(all(is.finite(fit$fold_errors$loss)))
  expect_warning(quick_cv(x, iris$Species, candidates = one, folds = as.integer(iris$Species)),
    "Each of the classes \"setosa\", \"versicolor\", and \"virginica\" has")
  expect_no_warning(quick_cv(x, replace(y, 8, "rare"), candidates = one, folds = 5))
})
