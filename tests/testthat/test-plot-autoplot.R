# Plots by ggplot2.

history_fit <- function(...) {
  withr::local_seed(1)
  feedforward(Species ~ ., data = iris, hidden_units = 3, ...)
}

test_that("a learning curve shows the values of the history", {
  skip_without("ggplot2")
  fit <- history_fit(epochs = 7, validation = 0.2)
  data <- ggplot2::layer_data(ggplot2::autoplot(fit), 2)
  values <- unlist(fit$history[c("loss", "valid_loss", "metric", "valid_metric")])
  expect_equal(sort(data$y), sort(unname(values)))
  expect_setequal(data$colour, c("#0072B2", "#D55E00"))
  expect_equal(unique(ggplot2::layer_data(ggplot2::autoplot(fit), 1)$xintercept), fit$best_epoch)
  one <- ggplot2::layer_data(ggplot2::autoplot(fit, "metric"), 2)
  expect_equal(sort(one$y), sort(c(fit$history$metric, fit$history$valid_metric)))
})

test_that("a single epoch is a dot, and no epoch an error", {
  skip_without("ggplot2")
  plot <- ggplot2::autoplot(history_fit(epochs = 1))
  expect_s3_class(plot$layers[[1]]$geom, "GeomPoint")
  expect_error(ggplot2::autoplot(history_fit(epochs = 0)), "epoch", class = "feedforward_error")
  expect_error(ggplot2::autoplot(history_fit(epochs = 1), "los"), class = "feedforward_error")
})

test_that("a confusion table shows its counts at the right places", {
  skip_without("ggplot2")
  fit <- history_fit(epochs = 10)
  confusion <- confusion_matrix(fit, iris)
  cells <- ggplot2::autoplot(confusion)$data
  for (k in seq_len(nrow(cells))) {
    count <- confusion$table[as.character(cells$predicted[k]), as.character(cells$actual[k])]
    expect_equal(as.integer(cells$count[k]), unname(count))
  }
  expect_identical(levels(cells$predicted), rev(levels(iris$Species)))
  expect_equal(ggplot2::autoplot(confusion$table)$data, cells)
})

test_that("importance is a dot with its interval, the most important column on top", {
  skip_without("ggplot2")
  withr::local_seed(2)
  importance <- permutation_importance(history_fit(epochs = 20), iris)
  plot <- ggplot2::autoplot(importance)
  expect_identical(rev(levels(plot$data$column)), importance$column)
  expect_equal(ggplot2::layer_data(plot, 3)$x, importance$importance)
  expect_equal(ggplot2::layer_data(plot, 2)$xmin, importance$lower)
  expect_equal(nrow(ggplot2::autoplot(importance, n = 2)$data), 2L)
  single <- permutation_importance(history_fit(epochs = 2), iris, repeats = 1)
  expect_equal(nrow(ggplot2::layer_data(ggplot2::autoplot(single), 3)), 4L)
})

test_that("averages have plot() only", {
  skip_without("ggplot2")
  average <- feedforward_cv(dist ~ speed, data = cars, candidates = list(list(epochs = 2)))
  expect_error(ggplot2::autoplot(average), "network_of", class = "feedforward_error")
})
