data <- noisy_curve(200)
fit <- quick_cv(y ~ ., data = data, folds = 4)

# Returns the interval of one row as in Barber et al. (2021), by forming and sorting all bounds.
interval_by_definition <- function(fit, row, level) {
  held_out <- fit$out_of_fold
  # Corrected for the choice of epochs by the same rows.
  error <- abs(held_out$truth - held_out$.pred) * fit$inflation
  weight <- stats::setNames(fit$candidates$weight, fit$candidates$candidate)
  center <- numeric(max(held_out$fold))
  for (k in seq_along(fit$members)) {
    member <- fit$members[[k]]
    value <- weight[[member$candidate]] * predict(network_of(fit, k), row)$.pred
    center[member$fold] <- center[member$fold] + value
  }
  n <- nrow(held_out)
  low <- sort(center[held_out$fold] - error)
  high <- sort(center[held_out$fold] + error)
  alpha <- 1 - level
  c(low[floor(round(alpha * (n + 1), 8))], high[ceiling(round((1 - alpha) * (n + 1), 8))])
}

test_that("intervals are those of CV+", {
  new <- noisy_curve(5, seed = 2)
  for (level in c(0.5, 0.8, 0.95)) {
    interval <- predict(fit, new, type = "pred_int", level = level)
    expect_s3_class(interval, "tbl_df")
    expect_identical(names(interval), c(".pred_lower", ".pred_upper"))
    for (i in 1:5) {
      expected <- interval_by_definition(fit, new[i, ], level)
      expect_equal(c(interval$.pred_lower[i], interval$.pred_upper[i]), expected)
    }
  }
  expect_identical(predict(fit, new, type = "pred_int"),
    predict(fit, new, type = "pred_int", level = 0.95))
})

test_that("intervals of 90 % cover about nine in ten new outcomes", {
  fit <- quick_cv(y ~ ., data = noisy_curve(800), folds = 5)
  new <- noisy_curve(2000, seed = 3)
  interval <- predict(fit, new, type = "pred_int", level = 0.9)
  covered <- mean(new$y >= interval$.pred_lower & new$y <= interval$.pred_upper)
  # The quantile of 800 errors varies by sqrt(0.9 * 0.1 / 800) = 0.01 of coverage, the share of 2000
  # outcomes by 0.007.
  expect_gt(covered, 0.87)
  expect_lt(covered, 0.95)
  wider <- predict(fit, new, type = "pred_int", level = 0.99)
  expect_true(all(wider$.pred_upper > interval$.pred_upper))
  expect_true(all(wider$.pred_lower < interval$.pred_lower))
})

test_that("the k-th smallest sum is that of sorting all sums", {
  withr::local_seed(8)
  centers <- list(stats::rnorm(20), stats::rnorm(20), rep(0, 20))
  steps <- list(sort(stats::rexp(30)), c(0, 0, 0, 5, 5), sort(stats::rexp(7)))
  sums <- Reduce(cbind, Map(function(center, step) outer(center, step, `+`), centers, steps))
  for (k in c(1, 2, 20, 41, 42)) {
    expect_equal(feedforward:::smallest_sum(centers, steps, k),
      apply(sums, 1, function(row) sort(row)[k]))
  }
})

test_that("intervals are infinite if the rows are too few for the level", {
  few <- quick_cv(dist ~ speed, data = cars[1:18, ])
  # 0.05 * 19 is below 1, and 0.95 * 19 above 18.
  interval <- predict(few, cars[1:2, ], type = "pred_int", level = 0.95)
  expect_identical(interval$.pred_lower, c(-Inf, -Inf))
  expect_identical(interval$.pred_upper, c(Inf, Inf))
  # 0.1 * 19 is above 1.
  interval <- predict(few, cars[1:2, ], type = "pred_int", level = 0.9)
  expect_true(all(is.finite(as.matrix(interval))))
})

test_that("intervals are a matrix for a matrix, and name several outcomes", {
  x <- as.matrix(iris[1:4])
  several <- quick_cv(x[, 1:2], x[, 3:4])
  interval <- predict(several, x[1:3, 1:2], type = "pred_int")
  expect_identical(colnames(interval), c(
    "lower_Petal.Length", "lower_Petal.Width", "upper_Petal.Length", "upper_Petal.Width"
  ))
  point <- predict(several, x[1:3, 1:2])
  expect_true(all(interval[, 1:2] < point & point < interval[, 3:4]))
  table <- predict(several, x[1:3, 1:2], type = "pred_int", format = "tibble")
  expect_identical(names(table), paste0(".pred_", colnames(interval)))
  one <- quick_cv(x[, 1:3], x[, 4], folds = 0.3)
  interval <- predict(one, x[1, 1:3, drop = FALSE], type = "pred_int", level = 0.8)
  expect_identical(dim(interval), c(1L, 2L))
  expect_identical(colnames(interval), c("lower", "upper"))
})

test_that("rows that are too large have no interval", {
  big <- data[1:2, ]
  big[2, 1:2] <- 1.7e308
  interval <- suppressWarnings(predict(fit, big, type = "pred_int"))
  expect_true(all(is.finite(as.matrix(interval[1, ]))))
  expect_warning(predict(fit, big, type = "pred_int"), class = "feedforward_not_finite")
})

test_that("other types and models say what has intervals", {
  ask <- function(...) predict(fit, data[1:2, ], ...)
  expect_says(ask(type = "pred_int", level = 1), "`level` must be a number above 0 and below 1")
  expect_says(ask(type = "pred_int", level = 95), "above 0 and below 1, not the number 95")
  expect_says(ask(type = "pred_int", level = NaN), "above 0 and below 1, not NaN")
  expect_says(ask(type = "pred_int", level = "high"), "`level` must be")
  expect_says(ask(level = 0.9), "`type` must be \"pred_int\" if `level` is given")
  expect_says(ask(type = "conf_int"), "no confidence intervals", "type = \"pred_int\"")
  expect_says(ask(interval = "prediction"), "type = \"pred_int\"")
  expect_says(ask(type = "link"), "no predictions of type \"link\"")
  expect_says(ask(type = "prob"), "one of \"numeric\" or \"pred_int\"")
  network <- quick_fit(y ~ ., data = data)
  expect_says(predict(network, data, type = "pred_int"), "has no intervals", "feedforward_cv()")
  expect_says(predict(network, data, level = 0.9), "has no intervals", "feedforward_cv()")
  classes <- quick_cv(Species ~ ., data = iris)
  expect_says(predict(classes, iris, type = "pred_int"), "for regression have prediction intervals")
})

test_that("intervals of counts do not go below 0", {
  counts <- withr::with_seed(1, data.frame(a = stats::rnorm(60), y = stats::rpois(60, 1)))
  fit <- quick_cv(y ~ a, data = counts, loss = "poisson")
  interval <- predict(fit, counts, type = "pred_int")
  expect_identical(min(interval$.pred_lower), 0)
  expect_true(all(interval$.pred_upper > 0))
})

test_that("quantiles are a type of models of the quantile loss", {
  network <- quick_fit(y ~ ., data = data, loss = "quantile", quantile = 0.8)
  quantile <- predict(network, data[1:3, ], type = "quantile")
  expect_identical(names(quantile), ".pred_quantile")
  expect_identical(quantile$.pred_quantile, predict(network, data[1:3, ])$.pred)
  average <- quick_cv(y ~ ., data = data, loss = "quantile", quantile = 0.8)
  expect_identical(predict(average, data[1:3, ], type = "quantile")$.pred_quantile,
    predict(average, data[1:3, ])$.pred)
  expect_says(predict(fit, data, type = "quantile"), "loss = \"quantile\"")
})
