test_that("a factor beside computed terms stays one column", {
  withr::local_seed(1)
  n <- 5000
  data <- data.frame(
    y = stats::rnorm(n), a = stats::rexp(n), f = factor(sample.int(2000, n, TRUE), 1:2000),
    g = factor(rep(c("p", "q"), length.out = n))
  )
  read <- read_formula(y ~ log(a) + f + g * a, data)
  expect_identical(read$x$levels, c(0L, 2000L, 0L, 0L, 0L, 0L, 0L))
  expect_lt(as.numeric(utils::object.size(read$x)), 2e6)
  expect_identical(which(read$of_levels), c(1L + 1:2000, 2002L, 2003L))
  # The numbers of new data are those of training.
  blueprint <- read$blueprint
  expect_identical(predictors_by_formula(blueprint, data[9:7, ]), read$x[9:7, ])
})

test_that("missing and infinite values are named by the column to blame", {
  data <- data.frame(
    y = sin(1:20), a = 1:20 / 2, b = cos(1:20), f = factor(rep(c("u", "v"), length.out = 20))
  )
  lacking <- transform(data, f = replace(f, 2, NA))
  for (formula in list(y ~ I(a * b) + f + b, y ~ . - b + log(a), y ~ a:b + f + log(b^2), y ~ .)) {
    expect_says(quick_fit(formula, lacking), "a missing value (NA) in row 2, column `f`")
    expect_says(predict(quick_fit(formula, data), lacking), "in row 2, column `f`")
  }
  expect_says(quick_fit(y ~ f + log(a), transform(data, a = a - 0.5)),
    "an infinite value (-Inf) in row 1, column `log(a)`")
  expect_says(quick_fit(y ~ f + a, transform(data, a = replace(a, 3, Inf))), "row 3, column `a`")
})
