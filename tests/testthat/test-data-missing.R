# Missing values and new levels of predictors.

gappy_table <- function(n = 200) {
  withr::with_seed(5, {
    data <- data.frame(
      a = stats::rnorm(n), b = stats::rnorm(n), f = factor(rep(c("u", "v"), length.out = n))
    )
    data$y <- data$a + (data$f == "v") + stats::rnorm(n) / 10
    data$a[seq(3, n, 10)] <- NA
    data$f[seq(4, n, 10)] <- NA
    data
  })
}

test_that("missing values get an indicator, and missing levels a level", {
  data <- gappy_table()
  fit <- quick_fit(y ~ ., data = data, missing = "indicator")
  expect_identical(
    colnames(fit$parameters$W1), c("a", "a(missing)", "b", "fu", "fv", "f(missing)")
  )
  # The same inputs by hand: the mean, which is 0 when standardized, and the indicator.
  z <- function(x) {
    n <- sum(!is.na(x))
    (x - mean(x, na.rm = TRUE)) / (stats::sd(x, na.rm = TRUE) * sqrt((n - 1) / n))
  }
  f <- as.character(data$f)
  f[is.na(f)] <- "missing"
  inputs <- cbind(
    ifelse(is.na(data$a), 0, z(data$a)), is.na(data$a), z(data$b), f == "u", f == "v",
    f == "missing"
  )
  p <- fit$parameters
  hidden <- pmax(inputs %*% t(p$W1) + rep(p$b1, each = nrow(inputs)), 0)
  expected <- drop(hidden %*% t(p$W2)) + p$b2
  expect_equal(predict(fit, data)$.pred, expected * fit$outcome$scale + fit$outcome$center,
    tolerance = 1e-12)
})

test_that("without missing values, the argument changes nothing", {
  data <- stats::na.omit(gappy_table())
  expect_identical(
    same_seed(quick_fit(y ~ ., data = data, missing = "indicator"))$parameters,
    same_seed(quick_fit(y ~ ., data = data))$parameters
  )
})

test_that("matrices, data frames and validation sets may have missing values, too", {
  data <- gappy_table()
  x <- as.matrix(data[c("a", "b")])
  fit <- quick_fit(x, data$y, missing = "indicator", validation = list(x[1:20, ], data$y[1:20]))
  expect_true(all(is.finite(predict(fit, x))))
  expect_false(anyNA(fit$history$valid_loss))
  fit <- quick_fit(data[c("a", "b", "f")], data$y, missing = "indicator", validation = 0.2)
  expect_true(all(is.finite(predict(fit, data)$.pred)))
})

test_that("missing values stay an error in columns that had none in training", {
  data <- gappy_table()
  fit <- quick_fit(y ~ ., data = data, missing = "indicator")
  expect_says(predict(fit, transform(data, b = NA_real_)), "row 1, column `b`",
    "The training data had none in this column")
  expect_says(predict(fit, transform(data, a = Inf)), "an infinite value (Inf) in row 1")
  expect_says(quick_fit(y ~ ., data = transform(data, b = Inf), missing = "indicator"),
    "an infinite value (Inf) in row 1, column `b`")
})

test_that("missing outcomes stay an error", {
  data <- gappy_table()
  data$y[9] <- NA
  expect_says(quick_fit(y ~ ., data = data, missing = "indicator"), "row 9")
})

test_that("models that know missing values are saved, resumed and continued", {
  data <- gappy_table()
  folder <- withr::local_tempdir()
  fit <- same_seed(quick_fit(y ~ ., data = data, missing = "indicator", checkpoint = folder))
  expect_identical(resume_training(folder, data = data)$parameters, fit$parameters)
  path <- withr::local_tempfile(fileext = ".safetensors")
  write_model(fit, path)
  expect_identical(read_model(path), fit)
  expect_identical(nrow(continue_training(fit, data = data, epochs = 1)$history), 4L)
})

test_that("a new level sets the inputs of its factor to 0, with a warning", {
  data <- stats::na.omit(gappy_table())
  fit <- quick_fit(y ~ ., data = data, new_levels = "zero")
  new <- data.frame(a = 1, b = 2, f = c("u", "other"))
  expect_warning(predicted <- predict(fit, new), "the new level \"other\"",
    class = "feedforward_new_levels")
  p <- fit$parameters
  inputs <- (c(1, 2, 0, 0) - fit$inputs$center) / fit$inputs$scale
  output <- p$W2 %*% pmax(p$W1 %*% inputs + p$b1, 0) + p$b2
  expect_equal(predicted$.pred[2], drop(output) * fit$outcome$scale + fit$outcome$center,
    tolerance = 1e-12)
  expect_no_warning(predict(fit, new[1, ]))
  refusing <- quick_fit(y ~ ., data = data)
  expect_says(predict(refusing, new), "has the new level", "new_levels = \"zero\"")
})

test_that("both are refused where they mean nothing", {
  bytes <- matrix(as.raw(1:40), 10)
  expect_says(quick_fit(bytes, 1:10 / 3, missing = "indicator"), "for tables and numeric matrices")
  expect_says(quick_fit(bytes, 1:10 / 3, missing = "mean"), "`missing` must be one of")
  expect_says(quick_fit(bytes, 1:10 / 3, new_levels = NA), "`new_levels` must be one of")
})

test_that("columns of numbers with only missing values are refused by name", {
  ask <- function(x, ...) quick_fit(x, mtcars$mpg, missing = "indicator", ...)
  gaps <- data.frame(wt = mtcars$wt, gap = NA_real_)
  expect_says(ask(gaps), "Column `gap` of `x` has only missing values")
  expect_says(ask(transform(gaps, gap = NA)), "Column `gap` of `x` has only missing values")
  expect_says(ask(as.matrix(gaps)), "Column `gap` of `x`")
  expect_says(ask(unname(as.matrix(gaps)), encoding = "piecewise"), "Column `2` of `x`")
  expect_says(quick_cv(gaps, mtcars$mpg, missing = "indicator"), "Column `gap` of `x`")
})

test_that("an infinite value is refused in the data that the user gave", {
  cars <- transform(mtcars, wt = replace(wt, 3, Inf))
  expect_says(quick_fit(mpg ~ wt, data = cars, missing = "indicator"),
    "`data` has an infinite value (Inf) in row 3, column `wt`", "Remove or replace missing and infinite values")
})

test_that("a level may already have the name of missing values", {
  data <- gappy_table()
  levels(data$f) <- c("(missing)", "v")
  fit <- quick_fit(y ~ ., data = data, missing = "indicator")
  expect_identical(utils::tail(fit$inputs$names, 3), c("f(missing)", "fv", "f(missing).1"))
  expect_identical(anyDuplicated(predict(fit, data.frame(a = 1, b = 1, f = c("(missing)", NA)))), 0L)
})

test_that("computed formulas treat missing and new levels like other tables", {
  data <- gappy_table()
  data$c <- exp(data$a)
  computed <- same_seed(quick_fit(y ~ log(c) + b + f, data, missing = "indicator"))
  plain <- same_seed(quick_fit(y ~ a + b + f, transform(data, a = log(c)), missing = "indicator"))
  expect_identical(computed$parameters, plain$parameters, ignore_attr = TRUE)
  expect_identical(predict(computed, data), predict(plain, transform(data, a = log(c))))
  data <- stats::na.omit(data)
  fit <- quick_fit(y ~ log(c) + f, data, new_levels = "zero")
  new <- data.frame(c = 2, f = c("u", "other"))
  expect_warning(predicted <- predict(fit, new), "`f` of `new_data` has the new level \"other\"",
    class = "feedforward_new_levels")
  expect_identical(predicted[1, ], predict(fit, new[1, ]))
})

test_that("rows of weight zero do not decide what is missing", {
  data <- stats::na.omit(gappy_table())
  weights <- rep(c(1, 1, 1, 0, 0), length.out = nrow(data))
  lacking <- data
  lacking$a[weights == 0] <- NA
  fit <- same_seed(quick_fit(y ~ ., lacking, missing = "indicator", case_weights = weights))
  expect_identical(fit$parameters,
    same_seed(quick_fit(y ~ ., data[weights > 0, ], missing = "indicator"))$parameters)
  # Rows in errors are those of the data.
  lacking$b[10] <- Inf
  expect_says(quick_fit(y ~ ., lacking, missing = "indicator", case_weights = weights), "row 10")
})

test_that("new levels need factors that stay columns", {
  data <- stats::na.omit(gappy_table())
  formulas <- list(
    y ~ a * f, y ~ a + (f == "u"), y ~ log(a + 9) + f + f:a, y ~ f + is.na(f) + log(a + 9)
  )
  for (formula in formulas) {
    expect_says(quick_fit(formula, data, new_levels = "zero"), "turns them into numbers")
  }
  skip_without_recipes()
  data$g <- factor(rep(c("p", "q"), length.out = nrow(data)))
  # A column that the recipe removes cannot have new levels.
  recipe <- recipes::step_rm(recipes::recipe(y ~ ., data), f)
  fit <- quick_fit(recipe, data, new_levels = "zero")
  new <- data[1:2, ]
  new$f <- factor(c("other", "u"))
  expect_identical(predict(fit, new), predict(fit, data[1:2, ]))
  new$g <- "other"
  expect_warning(predict(fit, new), "Column `g`", class = "feedforward_new_levels")
  # Recipes make factors of text.
  data$f <- as.character(data$f)
  fit <- quick_fit(recipes::recipe(y ~ a + f, data), data, new_levels = "zero")
  new$f <- c("other", "u")
  expect_warning(predicted <- predict(fit, new), "Column `f`", class = "feedforward_new_levels")
  expect_identical(predicted[2, ], predict(fit, new[2, ]))
})

test_that("missing values in columns that had none say so, even if no column had some", {
  fit <- quick_fit(mpg ~ wt, data = mtcars, missing = "indicator")
  expect_says(predict(fit, data.frame(wt = c(3, NA))), "row 2, column `wt`",
    "training data had none in this column")
  expect_says(predict(fit, data.frame(wt = Inf)), "infinite", "Remove or replace missing and infinite values")
})
