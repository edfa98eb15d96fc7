test_that("each mistake in a formula gets a helpful hint", {
  data <- data.frame(y = sin(1:12), a = 1:12, f = gl(2, 6), b = cos(1:12))
  d <- data
  k <- 2
  w <- 1:12
  expect_hint <- function(formula, ...) expect_says(quick_fit(formula, data), ...)
  expect_hint(d$y ~ d$a, "must use bare column names", "Write `y ~ a`, not `d$y ~ d$a`")
  expect_hint(y ~ d[["a"]], "no column `d`", "Use bare column names")
  expect_hint(y ~ I(a^k), "no column `k`", "write 2 instead of `k`")
  expect_hint(y ~ I(a * pi), "write 3.14159265358979 instead of `pi`")
  expect_hint(y ~ a + w, "no column `w`", "add `w` to `data`")
  expect_hint(y ~ A, "no column `A`", "Did you mean `a`?")
  expect_hint(y ~ C(f, contr.sum),
    "`C()` is not supported", "Each of its levels becomes a 0/1 column")
  expect_hint(y ~ a + C(f), "`C()` is not supported")
  expect_hint(y ~ get("a"),
    "`get()` is not supported", "Name the columns, and write other values as numbers")
  expect_hint(y ~ I(a * getOption("digits")), "`getOption()` is not supported")
  expect_hint(y ~ cbind(a, b)[, get("k")], "`get()` is not supported")
  expect_hint(y ~ a + offset(b), "`offset()` is not supported", "use the rate `count / exposure`")
  expect_hint(y ~ a + offset(y), "`offset()` is not supported")
  expect_hint(y ~ 2 * a, "Wrap arithmetic on columns in `I()`")
  expect_hint(y ~ a + 2, "Wrap arithmetic on columns in `I()`")
  expect_hint(. ~ . - a, "has a dot on the left", "Name the outcome")
  expect_hint(1 ~ a, "has no outcome")
  expect_hint(y ~ a + rnorm(12), "`rnorm(12)`", "uses no column of `data`")
  expect_hint(y + seq_len(12) ~ a, "`seq_len(12)`", "uses no column of `data`")
  expect_hint(Surv(a, b) ~ f, "Censored survival times are not supported", "Predict the time")
  expect_hint(as.formula("survival::Surv(a, b) ~ f"), "Censored survival times are not supported")
  expect_says(quick_fit("y ~ a", data), "without quotes", "as.formula()")
})

test_that("unusable columns are refused by name before terms are computed", {
  data <- data.frame(y = sin(1:12), a = 1:12)
  data$m <- cbind(1:12, 12:1)
  data$r <- as.raw(1:12)
  data$c <- complex(real = 1:12)
  for (name in c("m", "r", "c")) {
    for (other in c("a", "log(a)")) {
      formula <- stats::reformulate(c(other, name), "y")
      expect_says(quick_fit(formula, data), sprintf("Column `%s`", name))
    }
  }
  # Functions may make numbers of them.
  expect_identical(ncol(read_formula(y ~ Re(c) + as.integer(r), data)$x), 2L)
})

test_that("factors too large for a matrix are refused before it is allocated", {
  n <- 60000
  data <- data.frame(y = seq_len(n) / n, a = seq_len(n), f = as.character(seq_len(n)))
  expect_says(quick_fit(y ~ a:f + log(a), data), "too many levels", "f` becomes 60,000 columns")
  # What is taken away needs no columns.
  fit <- quick_fit(y ~ . + log(a) - f, data[c(1:40, 90), ])
  expect_identical(fit$inputs$names, c("a", "log(a)"))
})

test_that("refused formulas draw no random numbers", {
  data <- data.frame(y = sin(1:12), a = 1:12)
  withr::with_seed(3, {
    before <- .Random.seed
    expect_says(quick_fit(y ~ jitter(a), data), "draws random numbers")
    expect_says(quick_fit(y ~ rnorm(12), data), "uses no column")
    expect_identical(.Random.seed, before)
  })
})

test_that("`%in%` in a formula nests terms, and the hint for membership works", {
  data <- data.frame(y = sin(1:12), a = 1:12, f = gl(2, 6), g = gl(3, 1, 12))
  words <- c("In `formula`, `%in%` nests terms: `a %in% c(1, 2)`", "write `I(a %in% c(1, 2))`")
  expect_says(quick_fit(y ~ a %in% c(1, 2), data), words)
  expect_says(quick_fit(y ~ f + (log(a) + a %in% c(1, 2)), data), words)
  expect_s3_class(quick_fit(y ~ I(a %in% c(1, 2)), data), "feedforward")
  # Nested factors are what R makes of them: their interaction.
  expect_identical(read_formula(y ~ f %in% g, data)$x |> unname(),
    read_formula(y ~ f:g, data)$x |> unname())
})

test_that("function definitions and assignments inside a formula are refused", {
  data <- data.frame(y = sin(1:12), a = 1:12, b = cos(1:12))
  hint <- "Compute the term as a column of `data` first"
  expect_says(quick_fit(y ~ sapply(a, function(v) v^2), data), "A function definition inside", hint)
  expect_says(quick_fit(y ~ sapply(a, \(v) v^2), data), "A function definition inside", hint)
  expect_says(quick_fit(y ~ I({
    x <- a
    x[x > 5] <- 5
    x
  }), data), "An assignment inside `formula`", hint)
  expect_says(quick_fit(y ~ apply(cbind(a, b), 1, max), data),
    "`max` in `formula` is a function, not a column of `data`", hint)
  expect_says(quick_fit(y ~ max + a, data), "`data` has no column `max`, which the formula uses")
})

test_that("interactions too large for a matrix are refused before it is allocated", {
  # 3000 * 300 columns of 6000 numbers of 8 bytes: 43.2 GB.
  n <- 6000
  data <- data.frame(y = sin(1:n), a = 1:n, id = gl(3000, 1, n), k = gl(300, 20, n))
  expect_says(quick_fit(y ~ id:k, data), "`id:k` becomes 900,000 columns of 0s and 1s (43.2 GB)",
    "interaction(id, k, drop = TRUE)")
  expect_says(quick_fit(y ~ a + id * k, data), "`id:k` becomes 900,000 columns",
    "interaction(id, k, drop = TRUE)")
  expect_says(quick_fit(y ~ log(a):interaction(id, k), data), "becomes 900,000 columns")
})

test_that("a formula refuses weights and dates as predictors", {
  data <- data.frame(y = 1:6 / 2, a = 1:6, day = as.Date("2024-01-01") + c(1, 5, 2, 8, 3, 4))
  expect_says(quick_fit(y ~ ., data), "Column `day`", "as.numeric(data$day)")
  expect_identical(quick_fit(y ~ a + as.numeric(day), data)$inputs$names[2], "as.numeric(day)")
  data$day <- hardhat::frequency_weights(1:6)
  expect_says(quick_fit(y ~ ., data), "Column `day`", "`case_weights`")
})

test_that("a formula refuses factors whose levels depend on the data", {
  data <- data.frame(y = 1:6 / 2, a = rep(1:3, 2), b = 6:1)
  words <- c("in `formula` depend on the data", "as a column first")
  expect_says(quick_fit(y ~ b + factor(a), data), c("data$new <- with(data, factor(a))", words))
  expect_says(quick_fit(y ~ ifelse(a > 1, "high", "low"), data), words)
  expect_says(quick_fit(y ~ b * cut(a, 2), data), c("`cut(a, 2)`", words))
  fixed <- y ~ log(b) + I(a > 1) + cut(b, c(0, 3, 9)) + factor(a, levels = 1:3)
  fit <- quick_fit(fixed, data)
  expect_identical(predict(fit, data[5, ])$.pred, predict(fit, data)$.pred[5])
})
