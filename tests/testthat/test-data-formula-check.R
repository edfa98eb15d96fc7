test_that("each slip in a formula gets the hint that helps", {
  data <- data.frame(y = sin(1:12), a = 1:12, f = gl(2, 6), b = cos(1:12))
  d <- data
  k <- 2
  w <- 1:12
  told <- function(formula, ...) expect_says(quick_fit(formula, data), ...)
  told(d$y ~ d$a, "`formula` must", "Write `y ~ a`, not `d$y ~ d$a`")
  told(y ~ d[["a"]], "without `d`", "Name columns without their table")
  told(y ~ I(a^k), "without `k`", "write 2 in place of `k`")
  told(y ~ I(a * pi), "write 3.14159265358979 in place of `pi`")
  told(y ~ a + w, "without `w`", "make `w` one of them")
  told(y ~ A, "without `A`", "Did you mean `a`?")
  told(y ~ C(f, contr.sum), "without C()", "each of its levels gets a 0/1 column")
  told(y ~ a + C(f), "without C()")
  told(y ~ get("a"), "calls get()", "Name columns as they are")
  told(y ~ I(a * getOption("digits")), "calls getOption()")
  told(y ~ cbind(a, b)[, get("k")], "calls get()")
  told(y ~ a + offset(b), "`offset()` is not supported", "Subtract the known part")
  told(y ~ a + offset(y), "`offset()` is not supported")
  told(y ~ 2 * a, "Arithmetic of columns goes into I()")
  told(y ~ a + 2, "Arithmetic of columns goes into I()")
  told(. ~ . - a, "`formula` must", "outcome on the left hand side")
  told(1 ~ a, "an outcome and predictors")
  told(y ~ a + rnorm(12), "`rnorm(12)`", "uses no column of `data`")
  told(y + seq_len(12) ~ a, "`seq_len(12)`", "uses no column of `data`")
  told(Surv(a, b) ~ f, "without censoring", "Predict the time")
  told(as.formula("survival::Surv(a, b) ~ f"), "without censoring")
  expect_says(quick_fit("y ~ a", data), "without quotes", "as.formula()")
})

test_that("columns that no function takes are told by name before anything is computed", {
  data <- data.frame(y = sin(1:12), a = 1:12)
  data$m <- cbind(1:12, 12:1)
  data$r <- as.raw(1:12)
  data$c <- complex(real = 1:12)
  for (name in c("m", "r", "c")) {
    for (other in c("a", "log(a)")) {
      formula <- stats::reformulate(c(other, name), "y")
      expect_says(quick_fit(formula, data), sprintf("column `%s`", name))
    }
  }
  # Functions may make numbers of them.
  expect_identical(ncol(read_formula(y ~ Re(c) + as.integer(r), data)$x), 2L)
})

test_that("levels too many for a matrix are refused before one is made, with functions too", {
  n <- 60000
  data <- data.frame(y = seq_len(n) / n, a = seq_len(n), f = as.character(seq_len(n)))
  for (formula in list(y ~ f, y ~ f + log(a), y ~ a:f + log(a))) {
    expect_says(quick_fit(formula, data), "too many levels", "`f`")
  }
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
