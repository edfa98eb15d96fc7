test_that("validation rows are drawn at random, with the same share of each class", {
  set.seed(1)
  codes <- sample(rep(1:3, c(500, 100, 10)))
  rows <- draw_validation_rows(610, 0.2, codes)
  expect_length(rows, 122)
  expect_false(is.unsorted(rows, strictly = TRUE))
  expect_lte(max(abs(tabulate(codes[rows], 3) - c(100, 20, 2))), 1)
  expect_false(identical(rows, draw_validation_rows(610, 0.2, codes)))
  expect_length(draw_validation_rows(10, 0.01), 1)
  expect_length(draw_validation_rows(10, 0.999), 9)
})

test_that("each class keeps a row to train on", {
  for (seed in 1:50) {
    set.seed(seed)
    codes <- sample(c(1:5, rep(6, 5)))
    rows <- draw_validation_rows(10, 0.5, codes)
    expect_setequal(codes[-rows], codes)
    expect_gte(length(rows), 1)
  }
})

test_that("without a validation share, no random numbers are drawn", {
  set.seed(1)
  before <- .Random.seed
  encoded <- encode_outcome(c(1, 2.5), 2, NULL)
  expect_identical(split_rows(0, encoded),
    list(rows = NULL, validation = NULL, counted = NULL))
  expect_identical(.Random.seed, before)
  expect_says(quick_fit(cbind(1), 1, validation = 0.5),
    "`validation` cannot hold out 0.5 of a single row")
})

test_that("a given validation set is checked like new data", {
  x <- as.matrix(iris[1:4])
  y <- iris$Species
  with_set <- function(validation) quick_fit(x, y, validation = validation)
  expect_says(with_set(iris), "list(x, y)", "a data frame")
  expect_identical(learned(same_seed(with_set(list(x, y)))),
    learned(same_seed(with_set(list(y = y, x = x)))))
  expect_says(with_set(list(a = x, y = y)), "list(x, y)")
  expect_says(with_set(list(x = x[, 1:2], y = y)), "validation$x", "Petal.Length")
  expect_says(with_set(list(x = x, y = y[1:3])),
    "`validation$y` must have 150 values, one for each row of `validation$x`, not 3")
  expect_says(with_set(list(x = x, y = rep("rose", 150))),
    "`validation$y` has the unknown class \"rose\" in row 1")
  expect_says(with_set(list(x = replace(x, 2, NA), y = y)), "validation$x", "(NA) in row 2")
  expect_says(with_set(list(x = x[0, ], y = y[0])), "has no rows")
  by_formula <- function(validation) quick_fit(Species ~ ., iris, validation = validation)
  expect_says(by_formula(list(x = x, y = y)), "a proportion or a data frame")
  expect_says(by_formula(iris[1:4]), "no column `Species`")
  cnd <- expect_says(by_formula(transform(iris, Species = "rose")),
    "Column `Species` of `validation` has the unknown class \"rose\"",
    "Use the classes of the training data: \"setosa\", \"versicolor\", and \"virginica\"")
  expect_no_match(conditionMessage(cnd), "new_levels")
})

test_that("steps of a recipe on the outcome also apply to validation data, or are refused", {
  skip_without_recipes()
  by_recipe <- function(skip, ...) {
    recipe <- recipes::recipe(mpg ~ wt + hp, mtcars)
    recipe <- recipes::step_normalize(recipe, recipes::all_numeric_predictors())
    recipe <- recipes::step_log(recipe, mpg, skip = skip)
    same_seed(quick_fit(recipe, mtcars, ...))
  }
  refused <- c("`step_log()` of the recipe does not transform the outcome", "`skip = TRUE`")
  expect_says(by_recipe(TRUE, validation = mtcars), "`validation`", refused)
  skipping <- by_recipe(TRUE)
  expect_identical(nrow(predict(skipping, mtcars[-1])), 32L)
  expect_says(residuals(skipping, mtcars), "`new_data`", refused)
  expect_says(continue_training(skipping, data = mtcars), "`data`", refused)
  # Not skipped, it is done wherever there is an outcome.
  logged <- same_seed(quick_fit(log(mpg) ~ wt + hp, mtcars, validation = mtcars))
  fit <- by_recipe(FALSE, validation = mtcars)
  expect_equal(fit$history$valid_loss, logged$history$valid_loss)
  expect_equal(residuals(fit, mtcars), residuals(logged, mtcars), ignore_attr = TRUE)
  expect_says(predict(fit, mtcars[-1]), "no outcome `mpg`, which `step_log()` of the recipe uses")
  # Rows left out in training are left out of nothing else.
  data <- replace(mtcars, 1, replace(mtcars$mpg, 4, NA))
  recipe <- recipes::step_naomit(recipes::recipe(mpg ~ wt + hp, data), mpg, skip = TRUE)
  fit <- quick_fit(recipe, data, validation = mtcars)
  expect_identical(fit$n, c(training = 31L, validation = 32L))
})

test_that("the error for a value beyond single precision names the data it is in", {
  x <- matrix(stats::rnorm(40), 20)
  y <- stats::rnorm(20)
  set <- list(replace(x, 3, 1e300), y)
  expect_says(quick_fit(x, y, validation = set, precision = "single"), "`validation$x`", "3.4e38")
  expect_says(quick_fit(set[[1]], y, precision = "single", standardize = FALSE), "`x`", "3.4e38")
})
