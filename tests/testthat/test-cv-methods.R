x <- as.matrix(iris[1:4])
fit <- quick_cv(Species ~ ., data = iris)
number <- quick_cv(x[, 1:3], x[, 4])
labels <- cbind(long = x[, 3] > 4, wide = x[, 2] > 3)

test_that("print says what is predicted, the error out of fold and the candidates", {
  text <- utils::capture.output(value <- withVisible(print(fit)))
  expect_identical(value, list(value = fit, visible = FALSE))
  expect_true(all(nchar(text) <= 80))
  all <- paste(text, collapse = "\n")
  networks <- length(fit$members)
  expect_match(all, sprintf("average of %d feed-forward networks for 3 classes: setosa", networks))
  expect_match(all, "150 observations of 4 predictors, in 3 folds")
  accuracy <- formatC(sum(fit$fold_errors$metric) / 3, digits = 4, format = "g", flag = "#")
  expect_match(all, paste0("accuracy +", accuracy))
  expect_match(all, "net +[01][.][0-9]+ +6 +relu +standard +0")
  expect_output(print(number), "rmse")
  expect_output(print(number), "for a numeric outcome")
  expect_output(print(quick_cv(x, labels)), "for 2 yes/no labels: long, wide")
  expect_output(print(quick_cv(x, iris$Species, folds = 0.2)), "with 30 rows held out")
  expect_output(print(quick_cv(x, iris$Species, case_weights = rep(1, 150))), "150 weighted")
  expect_says(print(fit, digits = 0), "`digits` must be")
})

test_that("many candidates with long names and odd characters print in 80 columns", {
  candidates <- rep(list(list(hidden_units = rep(10, 8), epochs = 1)), 12)
  names(candidates) <- paste("a rather long name of a candidate with a tab\t", 1:12)
  long <- quick_cv(x, iris$Species, candidates = candidates)
  text <- utils::capture.output(print(summary(long)))
  expect_true(all(nchar(text) <= 80))
  expect_false(any(grepl("\t", text)))
  expect_true(any(grepl("and 2 more", text)) || sum(long$candidates$weight > 0) != 12)
})

test_that("format() and toString() give one line", {
  expect_match(format(fit), "^An average of \\d+ feed-forward networks for 3 classes: setosa")
  expect_identical(toString(fit), format(fit))
})

test_that("summary() has all candidates, the best one first, and the folds", {
  result <- summary(fit)
  expect_s3_class(result, "summary.feedforward_cv")
  expect_false(is.unsorted(result$candidates$loss))
  expect_setequal(result$candidates$candidate, c("net", "linear"))
  expect_identical(sort(result$candidates$hidden_units), c("0", "6"))
  expect_identical(names(result$folds), c("fold", "n", "loss", "metric"))
  expect_identical(row.names(result$error), c("metric", "loss"))
  expect_equal(result$error["loss", "std_error"], stats::sd(fit$fold_errors$loss) / sqrt(3))
  text <- utils::capture.output(value <- withVisible(print(result)))
  expect_identical(value, list(value = result, visible = FALSE))
  expect_match(paste(text, collapse = "\n"), "fold +rows +accuracy +loss\n +1 +50 ")
  expect_says(summary(fit, 1), "Unexpected unnamed argument")
  expect_says(print(structure(list(), class = "summary.feedforward_cv")), "result of `summary()`")
})

test_that("fitted() and residuals() are out of fold and in the order of the data", {
  expect_identical(unname(fitted(fit)), unname(as.matrix(fit$out_of_fold[4:6])))
  expect_identical(colnames(fitted(fit)), levels(iris$Species))
  # In the order of the data: most rows of setosa, which come first, are predicted as such.
  expect_gt(mean(max.col(fitted(fit))[1:50] == 1), 0.8)
  truth <- outer(as.integer(iris$Species), 1:3, `==`)
  expect_equal(residuals(fit), truth - fitted(fit))
  expect_equal(residuals(number), x[, 4] - fitted(number))
  expect_identical(fitted(number), number$out_of_fold$.pred)
  several <- quick_cv(x[, 1:2], x[, 3:4])
  expect_equal(residuals(several), x[, 3:4] - fitted(several), ignore_attr = TRUE)
  expect_identical(colnames(residuals(several)), colnames(x)[3:4])
  by_label <- quick_cv(x, labels)
  expect_equal(residuals(by_label), labels - fitted(by_label), ignore_attr = TRUE)
})

test_that("fitted() and residuals() take new data as for a network", {
  expect_identical(fitted(fit, iris[1:5, ]),
    predict(fit, iris[1:5, ], type = "prob", format = "matrix"))
  expect_equal(residuals(fit, iris[1:2, ]), outer(c(1, 1), 1:3, `==`) - fitted(fit, iris[1:2, ]))
  expect_equal(residuals(number, x[1:5, 1:3], x[1:5, 4]), x[1:5, 4] - predict(number, x[1:5, 1:3]),
    ignore_attr = TRUE)
  expect_says(residuals(number, x[1:5, 1:3]), "`y` is missing")
  expect_says(residuals(number, y = 1:3), "`new_data` is missing")
  expect_says(fitted(fit, data = iris), "Unknown argument `data`")
})

test_that("confusion_matrix() without data is out of fold", {
  confusion <- confusion_matrix(fit)
  predicted <- factor(levels(iris$Species)[max.col(fitted(fit))], levels(iris$Species))
  expect_identical(confusion$table, confusion_table(predicted, iris$Species))
  expect_identical(confusion_matrix(fit, iris)$table,
    confusion_table(predict(fit, iris)$.pred_class, iris$Species))
  two <- quick_cv(x, factor(x[, 4] > 1.5))
  lower <- confusion_matrix(two, threshold = 0)
  # Each probability is at least 0, so all rows are predicted as TRUE.
  expect_identical(sum(lower$table["TRUE", ]), 150L)
  expect_says(confusion_matrix(number), "a classification model")
  expect_says(confusion_matrix(fit, truth = iris$Species), "`new_data` is missing")
  expect_says(confusion_matrix(fit, threshold = 0.5), "needs a model with two classes")
})

test_that("coef() gives the coefficients of each network", {
  coefficients <- coef(fit)
  expect_identical(length(coefficients), length(fit$members))
  expect_identical(coefficients[[1]], coef(network_of(fit, 1)))
  expect_true("net, fold 1" %in% names(coefficients))
  standardized <- coef(fit, standardized = TRUE)
  expect_identical(standardized[[1]], coef(network_of(fit, 1), standardized = TRUE))
  # A linear network is its coefficients.
  linear <- quick_cv(mpg ~ wt + hp, data = mtcars, candidates = small_candidates()[2])
  first <- coef(linear)[[1]]$output
  by_hand <- as.matrix(mtcars[c("wt", "hp")]) %*% t(first$weights) + first$bias
  expect_equal(as.vector(by_hand), predict(network_of(linear, 1), mtcars)$.pred)
  expect_says(coef(fit, standardised = TRUE), "Did you mean `standardized`?")
})

test_that("coefficients of levels and numbers are in their own units", {
  data <- small_table(60)
  y <- data$a + (data$f == "v")
  fit <- quick_cv(data[c("a", "f", "b")], y, candidates = small_candidates()[2])
  first <- coef(fit)[[1]]$output
  inputs <- cbind(data$a, outer(as.integer(data$f), 1:3, `==`), data$b)
  expect_identical(colnames(first$weights), c("a", "fu", "fv", "fw", "b"))
  expect_equal(as.vector(inputs %*% t(first$weights) + first$bias),
    predict(network_of(fit, 1), data, format = "matrix"))
})

test_that("other methods work, or say what to do", {
  expect_identical(nobs(fit), 150L)
  expect_identical(formula(fit), Species ~ ., ignore_attr = TRUE)
  expect_says(formula(number), "made with `x` and `y`")
  expect_says(update(fit, data = iris), "cannot be updated", "Call `feedforward_cv()` again")
  expect_says(model.frame(fit), "does not keep its training data")
  expect_says(model.matrix(fit), "does not keep its training data")
  single <- function(code) expect_says(code, "average of networks", "network_of(fit, 1)")
  single(continue_training(fit, iris))
  single(plot_network(fit))
  single(plot_weights(fit))
})

test_that("errors of large numbers have no exponent and no trailing point", {
  significant <- feedforward:::significant
  expect_identical(significant(c(2906.3, 1234567, 0.012345, 33333.3), 4),
    c("2906", "1.235e+06", "0.01235", "33330"))
  expect_identical(significant(c(1203, 12, 0.5, NA, Inf), 2), c("1200", "12", "0.50", "", ""))
})

test_that("a network of an average is not said to be untrained", {
  fit <- quick_cv(mpg ~ wt, data = mtcars)
  printed <- utils::capture.output(print(summary(network_of(fit, 1))))
  expect_false(any(grepl("Trained for 0|Time", printed)))
})
