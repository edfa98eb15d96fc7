encode <- function(y, loss = NULL, n = NROW(y)) encode_outcome(y, n, loss)

test_that("the type of y decides the kind of model and the type of predictions", {
  x <- matrix(rnorm(80), 40)
  yes <- rep(c(TRUE, FALSE), 20)
  predicted <- function(y) predict(quick_fit(x, y), x)
  expect_type(predicted(yes), "logical")
  text <- ifelse(yes, "1 no", "7: yes/no")
  expect_type(predicted(text), "character")
  expect_true(all(predicted(text) %in% text))
  expect_identical(levels(predicted(factor(text, rev(unique(text))))), rev(unique(text)))
  expect_s3_class(predicted(factor(text, ordered = TRUE)), "ordered")
  expect_type(predicted(1:40), "double")
  expect_identical(dim(predicted(cbind(a = 1:40, b = 40:1))), c(40L, 2L))
  expect_identical(encode(array(1:3))$outcome$kind, "numbers")
  expect_identical(encode(data.frame(y = factor(c("a", "b"))))$outcome$kind, "classes")
  expect_identical(encode(matrix(c("a", "b")))$outcome$levels, c("a", "b"))
})

test_that("levels without observations are kept as classes", {
  y <- factor(rep(c("b", "c"), 20), levels = c("a", "b", "c"))
  fit <- quick_fit(matrix(rnorm(80), 40), y, class_weights = "balanced")
  expect_identical(colnames(predict(fit, matrix(0, 1, 2), type = "prob")), c("a", "b", "c"))
  expect_identical(encode(y)$targets, as.integer(y))
  expect_identical(predict(fit, matrix(0, 1, 2)) %in% levels(y), TRUE)
})

test_that("a matrix can hold numbers, labels or one-hot classes", {
  withr::local_options(rlib_message_verbosity = "quiet")
  labels <- rbind(c(1, 1, 0), c(0, 0, 0), c(0, 1, 1))
  expect_identical(encode(labels)$outcome[c("kind", "type", "names")],
    list(kind = "labels", type = "numeric", names = c("1", "2", "3")))
  expect_identical(encode(labels)$loss, "binary_cross_entropy")
  expect_identical(encode(labels == 1)$outcome$type, "logical")
  expect_identical(encode(labels, "squared_error")$outcome$kind, "numbers")
  expect_identical(encode(labels + 1)$outcome$kind, "numbers")
  one_hot <- to_categorical(c(1, 0, 2))
  expect_identical(encode(one_hot)$targets, c(2L, 1L, 3L))
  expect_identical(encode(one_hot)$outcome$levels, c("0", "1", "2"))
  colnames(one_hot) <- c("x", "y", "z")
  expect_identical(encode(one_hot)$outcome$levels, c("x", "y", "z"))
  expect_identical(encode(one_hot, "binary_cross_entropy")$outcome$kind, "labels")
})

test_that("a message says once per session how an ambiguous outcome is used", {
  reset <- function(id) rlang::reset_message_verbosity(paste0("feedforward_", id))
  reset("classes")
  expect_message(encode(rep(1:3, 20)), "factor(y)", fixed = TRUE, class = "feedforward_message")
  expect_silent(encode(rep(1:3, 20)))
  reset("classes")
  expect_silent(encode(rep(1:3, 20), "poisson"))
  expect_silent(encode(rep(1:3, 10)))
  expect_silent(encode(rep(1:11, 20)))
  expect_silent(encode(rep(c(1, 2.5), 50)))
  reset("one_hot")
  expect_message(encode(to_categorical(c(0, 1))), "binary_cross_entropy")
  expect_silent(encode(to_categorical(c(0, 1))))
})

test_that("outcomes that cannot be predicted are refused", {
  expect_says(encode(NULL, n = 3), "`y`", "not NULL")
  expect_says(encode(list(1, 2)), "a list of length 2")
  expect_says(encode(Sys.Date() + 1:3), "as.numeric(y)")
  expect_says(encode(1:3, n = 4), "must have 4 values, one for each row of `x`, not 3")
  expect_says(encode(c("a", NA, "b")), "a missing value (NA) in row 2")
  expect_says(encode(factor(c("a", NA, "b"))), "a missing value (NA) in row 2")
  expect_says(encode(c(1, Inf)), "an infinite value (Inf) in row 2")
  expect_says(encode(cbind(1:2, c(3, NA))), "a missing value (NA) in row 2, column 2")
  expect_says(encode(cbind(a = 1:2, b = c(NaN, 3))), "a missing value (NaN) in row 1, column `b`")
  expect_says(encode(cbind(a = 1:2, b = 3:4), n = 3), "must have 3 rows", "not 2")
  expect_says(encode(rep("a", 3)), "at least 2 classes", "not only \"a\"")
  expect_says(encode(factor(rep("a", 3), c("a", "b"))), "not only \"a\"")
  expect_says(encode(c(TRUE, TRUE)), "not only \"TRUE\"")
  expect_says(encode(data.frame(a = 1:2, f = factor(1:2))), "Several outcomes")
  expect_says(encode(matrix(letters[1:4], 2)), "character matrix")
  expect_says(encode(cbind(a = 1:2, a = 3:4)), "more than one column with the name `a`")
  expect_says(encode(array(1, c(2, 2, 2))), "2 x 2 x 2")
})

test_that("losses that do not fit the outcome are refused", {
  classes <- c("a", "b")
  expect_says(encode(classes, "squared_error"), "must be \"cross_entropy\" for classification")
  expect_says(encode(c("a", "b"), "binary_cross_entropy"), "a matrix of labels")
  expect_says(encode(1:3, "cross_entropy"), "\"poisson\" for regression",
    "Use `factor(y)` for classes")
  expect_says(encode(cbind(c(1, 1), 0:1), "cross_entropy"),
    "\"binary_cross_entropy\" for multi-label classification")
  expect_says(encode(cbind(c(1, 0.5), 0:1), "binary_cross_entropy"),
    "the label 0.5", "only 0 and 1")
  expect_says(encode(c(3, -1), "poisson"), "Poisson", "-1")
})

test_that("the outcome of validation data must be of the same kind", {
  classes <- encode(c("a", "b", "a"))$outcome
  like <- function(y, outcome, loss = "cross_entropy") {
    encode_like(y, outcome, loss, NROW(y))
  }
  expect_identical(like(factor(c("b", "a")), classes), c(2L, 1L))
  expect_says(like(c("b", "z"), classes), "the unknown class \"z\" in row 2", "are \"a\", \"b\"")
  numbers <- encode(1:3)$outcome
  expect_identical(like(4:5, numbers, "squared_error"), matrix(c(4, 5)))
  expect_says(like(c("b", "z"), numbers, "squared_error"), "numeric, as in training")
  expect_says(like(cbind(1:2, 1:2), numbers, "squared_error"),
    "must have 1 column, as in training, not 2")
})

test_that("numbers are standardized for training and predicted on their own scale", {
  y <- c(1010, 1020, 1060, 1030)
  encoded <- standardize_outcome(encode(y), NULL, NULL)
  expect_equal(encoded$outcome$center, mean(y))
  expect_equal(encoded$outcome$scale, sqrt(mean((y - mean(y))^2)))
  expect_equal(colMeans(encoded$targets), 0)
  expect_equal(unscale_targets(encoded$targets, encoded$outcome), matrix(y))
  # A copy is as good as a weight of 2; rows outside do not count.
  by_weight <- standardize_outcome(encode(y), 1:3, c(1, 2, 1, 9))$outcome
  by_copies <- standardize_outcome(encode(c(1010, 1020, 1020, 1060)), NULL, NULL)$outcome
  expect_equal(by_weight, by_copies)
  expect_identical(standardize_outcome(encode(rep(0.1, 7)), NULL, NULL)$outcome$scale, 1)
  expect_null(standardize_outcome(encode(y, "poisson"), NULL, NULL)$outcome$scale)
})

test_that("the level NA is refused", {
  y <- addNA(factor(c("a", "b", NA, "a")))
  expect_says(quick_fit(cbind(1:4), y), "has the level NA")
  expect_says(quick_fit(cbind(1:4), addNA(factor(c("a", "b", "b", "a")))), "has the level NA")
})

test_that("very large and very small outcomes are predicted on their own scale", {
  x <- matrix(1:60 / 10)
  y <- sin(x[, 1]) + 3
  predicted <- function(unit) {
    set.seed(1)
    predict(quick_fit(x, y * unit, epochs = 30), x)
  }
  ordinary <- predicted(1)
  moments <- target_moments(matrix(c(0, .Machine$double.xmax)), NULL)
  expect_true(all(is.finite(unlist(moments))))
  for (unit in 2^c(-700, 700, 1000)) expect_identical(predicted(unit) / unit, ordinary)
})

test_that("the name of a column given as the outcome gives a hint", {
  expect_says(feedforward(iris, "Species"), "`y` must have 150 values", "not 1",
    "use `feedforward(Species ~ ., data = x)` or `x$Species`")
  expect_says(feedforward(iris, "my y"), "`feedforward(`my y` ~ ., data = x)` or `x[[\"my y\"]]`")
  expect_says(feedforward(iris, "a\nb"), "must have 150 values")
})

test_that("robust losses stay finite with an outlier of any size", {
  x <- matrix(seq(-1, 1, length.out = 100))
  y <- 1e-8 * x[, 1]
  fit <- function(outlier, loss) {
    same_seed(feedforward(x, replace(y, 50, outlier), loss = loss, hidden_units = 8, epochs = 20))
  }
  for (loss in c("absolute_error", "huber", "quantile")) {
    # Beyond 1 scale of y their gradients depend on the sign of an error only.
    far <- fit(1e305, loss)
    expect_identical(far$parameters, fit(1, loss)$parameters)
    expect_true(all(is.finite(far$history$loss)))
    expect_lt(max(abs(predict(far, x) - y)), 1e-8)
  }
  expect_identical(
    scale_targets(matrix(c(-1e305, 3, 1e305)), list(center = 1, scale = 1e-8)),
    matrix(c(-1e100, 2 / 1e-8, 1e100))
  )
})
