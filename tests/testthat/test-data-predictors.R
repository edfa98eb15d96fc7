test_that("feedforward() and feedforward_cv() read every kind of data alike", {
  skip_if_not_installed("Matrix")
  skip_without_recipes()
  images <- array(runif(160), c(10, 4, 4))
  sparse <- methods::as(as.matrix(iris[1:4]), "CsparseMatrix")
  calls <- list(
    data = list(iris[1:4], iris$Species), matrix = list(as.matrix(iris[1:4]), iris$Species),
    matrix = list(sparse, iris$Species), array = list(images, rep(c("a", "b"), 5)),
    formula = list(Species ~ ., iris), formula = list(iris, Species ~ .),
    recipe = list(recipes::recipe(Species ~ ., iris), iris),
    recipe = list(iris, recipes::recipe(Species ~ ., iris))
  )
  candidates <- list(list(epochs = 1, hidden_units = 2, standardize = FALSE))
  for (k in seq_along(calls)) {
    fit <- do.call(quick_fit, c(calls[[k]], epochs = 1, standardize = FALSE))
    cv <- do.call(feedforward_cv, c(calls[[k]], candidates = list(candidates), folds = 2))
    expect_identical(fit$inputs$kind, names(calls)[k])
    kept <- c("kind", "names", "image", "divisor")
    expect_identical(cv$inputs[kept], fit$inputs[kept])
    expect_identical(cv$blueprint$ptypes, fit$blueprint$ptypes)
  }
})

test_that("kinds of data that cannot be read are refused with a hint", {
  for (train in list(feedforward, feedforward_cv)) {
    expect_says(train("y ~ x", iris), "a data frame, a matrix", "without quotes")
    expect_says(train(1:10, 1:10), "matrix(x, ncol = 1)")
    expect_says(train(iris[1:4]), "`y` is missing")
    expect_says(train(Species ~ .), "`data` is missing")
  }
})
