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
