x <- as.matrix(iris[1:4])
fit <- quick_cv(x, iris$Species)
number <- quick_cv(x[, 1:3], x[, 4])

# Returns the texts on the page.
texts_of <- function(code, ...) {
  calls <- drawn_calls(code, "text", ...)
  unlist(lapply(calls, function(call) call$args[[3L]]))
}

test_that("both plots draw on pages of any size and return the model", {
  for (what in c("candidates", "calibration")) {
    for (size in list(c(3, 3), c(1.5, 1), c(14, 10), c(10, 2))) {
      expect_identical(drawn(plot(fit, what), size[1], size[2]), list(value = fit, visible = FALSE))
      drawn(plot(number, what, main = "A title", cex = 0.8), size[1], size[2])
    }
  }
  several <- quick_cv(x[, 1:2], x[, 3:4])
  drawn(plot(several, "calibration"))
  labels <- quick_cv(x, cbind(long = x[, 3] > 4, wide = x[, 2] > 3), folds = 0.3)
  drawn(plot(labels))
  drawn(plot(labels, "calibration"))
})

test_that("candidates are ordered by their loss, with their weights", {
  text <- texts_of(plot(fit))
  order <- fit$candidates$candidate[order(fit$candidates$loss)]
  expect_identical(text[text %in% order], order)
  expect_true(all(formatC(fit$candidates$weight[fit$candidates$weight > 0], digits = 2,
    format = "f") %in% text))
  expect_true("Loss (cross entropy) out of fold" %in% text)
  dots <- drawn_calls(plot(fit), "points")[[1]]$args
  expect_false(is.unsorted(dots[[1]]))
})

test_that("a candidate without a loss is named, and many candidates are cut to the best", {
  diverged <- quick_cv(x[, 1:3], x[, 4], candidates = list(
    good = list(epochs = 5), bad = list(optimizer = "sgd", learn_rate = 1e8, epochs = 5)
  ))
  expect_true(all(c("bad", "no loss") %in% texts_of(plot(diverged))))
  many <- quick_cv(x, iris$Species, candidates = rep(list(list(epochs = 1, hidden_units = 2)), 40))
  expect_match(texts_of(plot(many), size = c(300, 300)), "^the best \\d+ of 40$", all = FALSE)
})

test_that("bins of calibration count probabilities and outcomes", {
  # By hand: 0, 0.05 and 0.99 are in the bins 1, 1 and 10; 1 belongs to the last bin.
  bins <- feedforward:::calibration_bins(c(0, 0.05, 0.99, 1), c(0, 1, 1, 1))
  expect_identical(bins$n, c(2L, rep(0L, 8), 2L))
  expect_equal(bins$predicted[c(1, 10)], c(0.025, 0.995))
  expect_equal(bins$observed[c(1, 10)], c(0.5, 1))
  wilson <- suppressWarnings(stats::prop.test(1, 2, correct = FALSE))$conf.int
  expect_equal(c(bins$low[1], bins$high[1]), as.vector(wilson))
})

test_that("calibration shows the second of two classes, or all classes", {
  two <- quick_cv(x, factor(ifelse(x[, 4] > 1.5, "wide", "narrow"), c("wide", "narrow")))
  expect_true("Predicted probability of narrow" %in% texts_of(plot(two, "calibration")))
  text <- texts_of(plot(fit, "calibration"))
  expect_true("Predicted probability of all classes" %in% text)
  # 3 probabilities for each of 150 rows.
  counts <- feedforward:::calibration_bins(as.vector(fitted(fit)), rep(0, 450))$n
  expect_identical(sum(counts), 450L)
  expect_true(all(as.character(counts[counts > 0]) %in% text))
})

test_that("of many rows, 5000 are drawn", {
  data <- noisy_curve(6000)
  many <- quick_cv(y ~ ., data = data, folds = 2, candidates = list(list(epochs = 1)))
  dots <- drawn_calls(plot(many, "calibration"), "points")[[1]]$args
  expect_identical(length(dots[[1]]), 5000L)
})

test_that("invalid arguments are errors", {
  expect_says(plot(fit, what = "loss"), "`what` must be")
  expect_says(plot(fit, main = 3), "`main` must be")
  expect_says(drawn(plot(fit, layers = 3)), "does not accept `layers`")
})
