noise <- function(n = 40) {
  data.frame(
    y = sin(1:n * 3), a = cos(1:n), b = sin(1:n * 7), z = cos(1:n * 5) + 2,
    f = factor(rep(c("u", "v"), n / 2))
  )
}

# Fits with the warning of dropped terms, which names these.
expect_dropped <- function(formula, data, dropped, becomes) {
  expect_warning(fit <- same_seed(quick_fit(formula, data)),
    class = "feedforward_outcome_as_predictor"
  )
  warned <- tryCatch(quick_fit(formula, data), feedforward_outcome_as_predictor = conditionMessage)
  for (label in dropped) expect_match(warned, paste0("`", label, "`"), fixed = TRUE)
  expect_identical(formula(fit), becomes, ignore_formula_env = TRUE)
  expect_identical(fit$parameters, same_seed(quick_fit(becomes, data))$parameters)
  fit
}

test_that("the outcome among the predictors is dropped, with a warning", {
  data <- noise()
  fit <- expect_dropped(y ~ . + y, data, "y", y ~ .)
  expect_identical(nrow(predict(fit, data[-1])), 40L)
  expect_dropped(y ~ y + a + b, data, "y", y ~ a + b)
  expect_dropped(y ~ a + y, data, "y", y ~ a)
  expect_dropped(f ~ f + a, data, "f", f ~ a)
  expect_dropped(y + z ~ y + a, data, "y", y + z ~ a)
  expect_dropped(log(z) ~ z + a, data, "z", log(z) ~ a)
  expect_dropped(y ~ I(y^2) + a, data, "I(y^2)", y ~ a)
  expect_dropped(y ~ a + a:y, data, "y:a", y ~ a)
  expect_dropped(y ~ a * y + log(z), data, c("y", "y:a"), y ~ a + log(z))
  expect_dropped(y ~ a + poly(y, 2), data, "poly(y, 2)", y ~ a)
  expect_dropped(y ~ (a + b + y)^2 + log(z), data, c("y", "y:a", "y:b"), y ~ a + b + a:b + log(z))
  expect_dropped(y ~ (a + (y + b)), data, "y", y ~ (a + b))
  expect_dropped(y ~ . * y, data[c("y", "a", "b")], c("y", "y:b"), y ~ a + b)
})

test_that("one warning names all dropped terms", {
  warnings <- capture_warnings(quick_fit(y ~ a * y + I(y > 0), noise()))
  expect_length(warnings, 1L)
  expect_match(gsub("\\s+", " ", warnings), "`y`, `I(y > 0)`, and `y:a`", fixed = TRUE)
})

test_that("the same terms are dropped as by lm()", {
  data <- noise()
  dropped <- suppressWarnings(stats::lm(y ~ y + a + b, data))
  fit <- suppressWarnings(quick_fit(y ~ y + a + b, data))
  expect_identical(fit$inputs$names, setdiff(names(stats::coef(dropped)), "(Intercept)"))
})

test_that("a model without the dropped terms can be updated, written and read", {
  data <- noise()
  fit <- suppressWarnings(quick_fit(y ~ . + y, data))
  expect_no_warning(again <- update(fit, data = data))
  expect_identical(again$inputs$names, fit$inputs$names)
  path <- withr::local_tempfile()
  write_model(fit, path)
  expect_identical(read_model(path), fit, ignore_formula_env = TRUE)
  expect_length(residuals(fit, data), 40L)
})

test_that("removing the outcome from the predictors gives no warning", {
  data <- noise()
  expect_no_warning(fit <- quick_fit(y ~ . - y, data))
  expect_identical(fit$inputs$names, quick_fit(y ~ ., data)$inputs$names)
  # The dot holds no part of an outcome that is computed.
  expect_no_warning(fit <- quick_fit(log(z) ~ ., data))
  expect_identical(names(fit$blueprint$ptypes$predictors), c("y", "a", "b", "f"))
  expect_identical(names(quick_fit(log(z) ~ . + I(a^2), data)$blueprint$ptypes$predictors),
    c("y", "a", "b", "f"))
})

test_that("a formula with only the outcome as predictor is an error", {
  words <- c("`formula` has no predictors: `y ~ ", "An intercept is not a predictor")
  for (formula in list(y ~ y, y ~ I(y^2), y ~ y - a, y ~ 1, y ~ 0, y ~ a - a, y ~ NULL)) {
    expect_says(quick_fit(formula, noise()), words)
  }
  expect_says(quick_fit(y ~ ., noise()["y"]), words)
})

test_that("a warning names a column of `x` with the values of `y`", {
  data <- noise()
  expect_same <- function(x, y, names) {
    warned <- tryCatch(quick_fit(x, y), feedforward_outcome_as_predictor = conditionMessage)
    expect_match(warned, names, fixed = TRUE)
  }
  expect_same(data, data$y, "Column `y` of `x` is the same as `y`")
  expect_same(data, data["y"], "Column `y`")
  expect_same(data, as.character(data$f), "Column `f`")
  expect_same(cbind(data, other = data$y), data$y, "Columns `y` and `other` of `x` are")
  expect_identical(ncol(suppressWarnings(quick_fit(data["y"], data$y))$parameters$W1), 1L)
  numbers <- as.matrix(data[vapply(data, is.numeric, TRUE)])
  expect_same(numbers, data$y, "Column `y` of `x` is the same")
  expect_same(unname(numbers), matrix(data$y), "Column 1 of `x` is the same")
  data$y[40] <- 0
  expect_no_warning(quick_fit(data, noise()$y))
  expect_no_warning(quick_fit(data[1:3, ], data$y[1:3]))
  # All constants are the same; that says nothing.
  data$one <- 1
  warned <- capture_warnings(quick_fit(data, rep(1, nrow(data))))
  expect_false(any(grepl("same as `y`", warned)))
})

test_that("warnings name a column without a name by its number", {
  x <- cbind(sin(1:20), 1)
  expect_warning(quick_fit(x, x[, 1]), "Column 1 of `x` is the same as `y`") |>
    expect_warning("Column 2 is constant")
  colnames(x) <- c("a", "b{c}")
  expect_warning(quick_fit(x, x[, 1]), "Column `a` of `x` is the same as `y`") |>
    expect_warning("Column `b{c}` is constant", fixed = TRUE)
})
