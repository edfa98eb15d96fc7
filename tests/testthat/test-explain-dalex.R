# DALEX, which explains predictions.

test_that("an explainer predicts numbers and probabilities", {
  skip_without("DALEX")
  withr::local_seed(1)
  fit <- feedforward(mpg ~ wt + hp, data = mtcars, hidden_units = 3, epochs = 20)
  numbers <- DALEX::explain(fit, mtcars, mtcars$mpg, verbose = FALSE)
  expect_identical(numbers$y_hat, predict(fit, mtcars)$.pred)
  expect_identical(numbers$model_info$type, "regression")
  three <- feedforward(Species ~ ., data = iris, hidden_units = 3, epochs = 5)
  classes <- DALEX::explain(three, iris, iris$Species, verbose = FALSE)
  expect_identical(classes$model_info$type, "multiclass")
  expect_equal(unname(classes$y_hat), unname(as.matrix(predict(three, iris, type = "prob"))))
})

test_that("the second of two classes is explained, and parts and profiles work", {
  skip_without("DALEX", "ingredients")
  withr::local_seed(2)
  cars <- transform(mtcars, am = factor(am))
  fit <- feedforward(am ~ wt + hp, data = cars, hidden_units = 3, epochs = 20)
  explainer <- DALEX::explain(fit, cars[c("wt", "hp")], mtcars$am, verbose = FALSE)
  expect_identical(explainer$y_hat, predict(fit, cars, type = "prob")$.pred_1)
  parts <- DALEX::model_parts(explainer, B = 2)
  expect_setequal(c("wt", "hp"), intersect(parts$variable, c("wt", "hp")))
  expect_true(all(is.finite(DALEX::model_profile(explainer)$agr_profiles$`_yhat_`)))
})
