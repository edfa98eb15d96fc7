rows_data <- function(n = 60) {
  set.seed(11)
  data.frame(
    a = stats::rexp(n) + 0.1, b = sample(3:7, n, TRUE), y = stats::rnorm(n, 9),
    id = rep(seq_len(n / 2), each = 2), f = gl(3, n / 3, labels = c("u", "v", "w")),
    k = factor(sample(c("p", "q"), n, TRUE))
  )
}

# Read alone, a row of each of these has another value than among all: 1 for ranks, 0 for
# differences from the mean, NA for standard deviations ...
dependent <- alist(
  I(a - mean(a)), I(a / max(a)), I(scale(a)), as.numeric(scale(a)), base::scale(a), rank(a),
  as.integer(factor(b)), cumsum(a), c(NA, diff(a)), diff(a), rev(a), a[order(b)], sort(a),
  I(a == max(a)), a > mean(a), ave(a, b), ave(a, id), duplicated(b), ifelse(b == 5, mean(a), a),
  pmin(a, quantile(a, 0.95)), findInterval(a, quantile(a)), ecdf(a)(a), seq_along(a), mean(a),
  match(b, unique(b)), I(as.vector(table(b)[as.character(b)])), prop.table(a), zapsmall(a * 1e-9),
  poly(log(a) - mean(log(a)), 2), stats::filter(a, rep(1, 3)), embed(a, 2),
  replace(a, 60, 0), I(1e10 + a - mean(a)), cummax(a), I(a - a[1]), approx(rank(a), a, 1:60)[[2]],
  as.numeric(cut(a, 4))
)

test_that("predictors that depend on other rows are refused by name", {
  data <- rows_data()
  for (term in dependent) {
    label <- deparse(term)
    words <- c(sprintf("The term `%s` in `formula` depends on other rows", label), "a column of")
    formula <- eval(call("~", quote(y), term))
    expect_says(quick_fit(formula, data), words)
    expect_says(quick_fit(eval(call("~", quote(y), call("+", quote(b), term))), data), words)
  }
  expect_says(quick_fit(y ~ k * rank(a) + log(a), data), "`rank(a)`")
  # R's own prediction of such polynomials fails for one row, and so does that of lm().
  two <- y ~ poly(a, b, degree = 2)
  expect_error(predict(stats::lm(two, data), data[1, ]))
  expect_says(quick_fit(two, data), "`poly(a, b, degree = 2)`", "for a single row")
  expect_says(quick_fit(y ~ poly(scale(a), 2), data), "`poly(scale(a), 2)`", "for a single row")
})

test_that("functions that return lists or need text are refused with a hint", {
  data <- cbind(rows_data(), txt = rep(c("x", "yy"), length.out = nrow(rows_data())))
  expect_says(quick_fit(y ~ I(list(a)), data), "The term `I(list(a))` in `formula` returns a list")
  expect_says(quick_fit(y ~ lapply(a, "sqrt"), data), "in `formula` returns a list")
  expect_says(quick_fit(y ~ nchar(txt), data), "nchar(as.character(a))")
  fit <- quick_fit(y ~ nchar(as.character(txt)), data)
  expect_identical(nrow(predict(fit, data[1:3, ])), 3L)
})

test_that("outcomes that depend on other rows are refused by name", {
  data <- rows_data()
  for (term in dependent) {
    expect_says(quick_fit(eval(call("~", term, quote(k))), data), "depends on other rows")
  }
  expect_says(quick_fit(y / max(y) ~ a, data), "`I(y/max(y))`")
  expect_says(quick_fit(y - mean(y) ~ a, data), "`I(y - mean(y))`")
  expect_says(quick_fit(cut(y, 3) ~ a, data), "`cut(y, 3)`")
  # Two labels for the one level that a single row has.
  expect_says(quick_fit(factor(b > 4, labels = c("n", "y")) ~ a, data), "for a single row")
})

test_that("terms that draw random numbers are refused", {
  data <- rows_data()
  for (formula in list(y ~ jitter(a), y ~ I(a + stats::rnorm(length(a))), y ~ sample(a),
    jitter(y) ~ a)) {
    expect_says(quick_fit(formula, data), "draws random numbers")
  }
})

test_that("functions of one row, and functions that keep parameters of training, are accepted", {
  data <- rows_data()
  terms <- alist(
    log(a), I(a^2), sqrt(a), poly(a, 3), poly(b, 2, raw = TRUE), stats::poly(a, 2), scale(a),
    splines::ns(a, 3), splines::bs(a, 4), pmax(a, b), ifelse(a > 1, b, 0), a > 1, round(a, 1),
    cbind(a, b), I(cbind(a, b) %*% c(1, 2)), rowMeans(cbind(a, b)), as.integer(f), unclass(f),
    factor(b, levels = 1:9), cut(a, c(-1, 1, 99)), relevel(f, "w"), interaction(f, k),
    outer(a, 1:2), as.numeric(as.character(b)), findInterval(a, c(0.5, 1)),
    b %% 2, sin(a) * b, is.na(a)
  )
  for (term in terms) {
    fit <- suppressWarnings(quick_fit(eval(call("~", quote(y), call("+", quote(b), term))), data))
    alone <- vapply(c(7, 31, 60), function(k) predict(fit, data[k, ])$.pred, 1)
    expect_identical(alone, predict(fit, data)$.pred[c(7, 31, 60)])
  }
  for (formula in list(log(y) ~ a, I(y / 2) ~ a, factor(b) ~ a, factor(y > 9) ~ a, y > 9 ~ a,
    ifelse(y > 9, "p", "q") ~ a, scale(y) ~ a)) {
    fit <- quick_fit(formula, data)
    expect_equal(as.matrix(residuals(fit, data[5:6, ])), as.matrix(residuals(fit, data))[5:6, ],
      ignore_attr = TRUE)
  }
})

test_that("missing and infinite values of terms are named by row and term", {
  data <- rows_data()
  data$a[4] <- 0
  expect_says(quick_fit(y ~ log(a), data), "an infinite value (-Inf) in row 4, column `log(a)`")
  expect_says(suppressWarnings(quick_fit(y ~ sqrt(-b), data)),
    "a missing value (NaN) in row 1, column `sqrt(-b)`")
})

test_that("missing values can only be filled in from the same row", {
  data <- rows_data()
  fill <- y ~ ifelse(is.na(a), mean(a, na.rm = TRUE), a)
  words <- "`ifelse(is.na(a), mean(a, na.rm = TRUE), a)` in `formula` depends on other rows"
  # Whether training lacks values or not.
  expect_says(quick_fit(fill, data), words)
  data$a[c(9, 33)] <- NA
  expect_says(quick_fit(fill, data), words)
  fit <- quick_fit(y ~ ifelse(is.na(a), 0, a) + is.na(a), data)
  expect_identical(predict(fit, data[9, ]), predict(fit, data)[9, ])
})

test_that("dependence is found in few rows, and in rare rows among many", {
  data <- rows_data()
  expect_says(quick_fit(y ~ rank(a), data[1:2, ]), "depends on other rows")
  expect_says(quick_fit(y ~ I(a - mean(a)), data[1:3, ]), "depends on other rows")
  # Rare rows in the midst of many: found by the values that they have, or give.
  n <- 5000
  many <- data.frame(y = sin(1:n), a = cos(1:n), b = rep(c(1, 3), n / 2), d = seq_len(n))
  many$b[1234] <- 2
  many$d[4321] <- 17
  expect_says(quick_fit(y ~ ifelse(b == 2, mean(a), a), many), "depends on other rows")
  expect_says(quick_fit(y ~ duplicated(d), many), "depends on other rows")
  expect_says(quick_fit(y ~ pmin(a, quantile(a, 0.9999)), many), "depends on other rows")
})

test_that("only a few rows are read, spread over the data, and always the same", {
  rows <- rows_to_read(sin(1:1e5), data.frame(a = cos(1:1e5), b = 1:1e5))
  expect_identical(rows, rows_to_read(sin(1:1e5), data.frame(a = cos(1:1e5), b = 1:1e5)))
  # 2000 positions have 11 binary digits, each of which gives two halves.
  expect_true(all(lengths(rows[1:22]) <= 1024L & lengths(rows[1:22]) >= 976L))
  expect_true(all(lengths(rows[-(1:22)]) == 1L) && length(rows) <= 62L)
  expect_true(all(c(1, 1e5) %in% unlist(rows[-(1:22)])))
  expect_identical(rows_to_read(1:2, data.frame(a = 1:2))[1:2], list(1, 2))
})

test_that("for any two rows there is a half with only one of them", {
  for (n in c(2, 3, 17, 64)) {
    halves <- halves_of(seq_len(n))
    expect_true(all(lengths(halves) < n))
    apart <- Reduce(`|`, lapply(halves, function(half) {
      outer(seq_len(n) %in% half, !seq_len(n) %in% half)
    }) |> lapply(`>`, 0))
    expect_true(all(apart[row(apart) != col(apart)]))
  }
})

test_that("functions that use other rows only for unusual values are refused", {
  data <- rows_data()
  data$k <- data$a
  for (formula in list(
    y ~ pmin(a, median(a) + 3 * mad(a)), y ~ I(a / max(1e3, a)), y ~ replace(a, a > 1e3, median(a)),
    y ~ I(log(a - min(a, -1e3) + 1)), pmin(y, median(y) + 10 * mad(y)) ~ a,
    y ~ ifelse(is.na(a), mean(k), a), y ~ ifelse(is.na(a), k * mean(a, na.rm = TRUE), a)
  )) {
    expect_says(quick_fit(formula, data), "depends on other rows")
  }
  # Limits that do not move are no such thing.
  for (formula in list(
    y ~ pmin(a, 3), y ~ cut(a, c(-Inf, 0, Inf)), y ~ ifelse(is.na(a), 0, a) + exp(a) + I(a^3),
    y ~ poly(a, 2) + scale(k), y ~ splines::ns(a, 3), y ~ findInterval(a, c(-1, 0, 1))
  )) {
    expect_s3_class(suppressWarnings(quick_fit(formula, data)), "feedforward")
  }
})

# Each of these is a function of the row as long as values are as in training: unique, complete, and
# of levels with rows. In new data with other values, another row changes the result.
test_that("functions that use other rows only for repeated values are refused", {
  data <- data.frame(y = cos(1:60), a = sin(1:60), id = 1:60, k = 60:1)
  # Alone, rows 1 and 2 of these data have a = -1 and 1; together, their mean.
  new <- data.frame(id = c(7, 7), a = c(-1, 1))
  expect_identical(with(new, ave(a, id)), c(0, 0))
  for (term in alist(
    ave(a, id), duplicated(id), duplicated(id, fromLast = TRUE), ave(a, id, k), match(id, id) == 1,
    as.numeric(table(id)[as.character(id)]), duplicated(paste(id, k)), c(diff(a) == 0, FALSE)
  )) {
    formula <- eval(call("~", quote(y), term))
    expect_says(quick_fit(formula, data), "depends on other rows")
    expect_says(quick_fit(formula, data[1:2, ]), "depends on other rows")
  }
})

test_that("functions that fill in missing values from other rows are refused", {
  data <- data.frame(y = cos(1:60), a = sin(1:60))
  # As text, since the tests do not declare vctrs. It is there, because tibble needs it.
  by_vctrs <- lapply(sprintf("vctrs::vec_fill_missing(a, \"%s\")", c("down", "up", "downup")),
    str2lang)
  for (term in c(by_vctrs, alist(
    I(a[cummax(seq_along(a) * !is.na(a))]), rev(rev(a)[cummax(seq_along(a) * !rev(is.na(a)))]),
    I(a * (sum(is.na(a)) < 2)), I(a * (sum(a > 1e3) < 2))
  ))) {
    expect_says(quick_fit(eval(call("~", quote(y), term)), data), "depends on other rows")
  }
})

test_that("functions that use other rows only for rare or unused values are refused", {
  data <- data.frame(y = cos(1:60), a = sin(1:60), int = 1:60, no = FALSE)
  data$g <- factor(rep(c("u", "v"), 30), c("u", "v", "unknown"))
  data$many <- factor(rep(1:30, 2), 1:40)
  for (term in alist(
    I(ifelse(g == "unknown", mean(a), a)), ifelse(no, mean(a), a), ifelse(many == 35, mean(a), a),
    # Values that few rows have, wherever these are.
    I(ifelse(int == 30, mean(a), a)), I(ifelse(int == 31, a / max(a), a))
  )) {
    expect_says(quick_fit(eval(call("~", quote(y), term)), data), "depends on other rows")
  }
  fit <- quick_fit(y ~ I(ifelse(g == "unknown", 0, a)) + g, data)
  expect_identical(predict(fit, data[7, ]), predict(fit, data)[7, ])
})

test_that("complex numbers are refused without warnings", {
  data <- rows_data()
  expect_no_warning(expect_says(quick_fit(y ~ I(a + 1i), data), "returns complex numbers", "`Re()`"))
  expect_no_warning(expect_says(quick_fit(I(y + 1i) ~ a, data), "returns complex numbers"))
  expect_s3_class(quick_fit(y ~ Mod(a + 1i), data), "feedforward")
})
