# How ranks compare what they are going to train.

refused <- function(code, text) expect_refusal(code, text, class = "feedforward_error")

few_rows <- data.frame(a = c(1.5, 2, 3, 4), f = factor(c("u", "v", "u", "v")), y = c(2, 4, 5, 9))

# What a rank tells of its training.
about <- function(data = few_rows, formula = y ~ ., ...) {
  set.seed(1)
  fit <- feedforward(formula, data, hidden_units = 2, epochs = 0, ...)
  describe_training(fit, list(x = data[[1L]], y = data[[ncol(data)]]), fit$options)
}

expect_different <- function(other, pattern, ours = about()) {
  ranks <- lapply(list(ours, ours, other), function(x) from_lines(as_lines(x)))
  refused(check_same_training(ranks), paste("Rank 2 differs from rank 0 in", pattern))
}

test_that("text survives the way to another rank", {
  text <- c("a\tb" = "line\nline", "\u00e4" = "", "the `x`" = "\"quoted\" \u20ac")
  sent <- from_lines(as_lines(text))
  expect_length(sent, 3L)
  expect_identical(unname(sent[2:3]), c("", encodeString(text[[3L]])))
  expect_identical(names(sent)[3L], "the `x`")
  expect_false(any(grepl("[\n\t]", c(sent, names(sent)))))
})

test_that("ranks with the same training are not refused", {
  ranks <- lapply(1:3, function(k) from_lines(as_lines(c(about(), instructions = letters[k]))))
  expect_no_error(check_same_training(ranks))
  expect_no_error(check_no_failure(ranks))
})

test_that("the message names the rank, and what is different", {
  expect_different(about(few_rows[1:3, ]), "the number of rows: 3 instead of 4.")
  renamed <- stats::setNames(few_rows, c("b", "f", "y"))
  expect_different(about(renamed), "predictor 1: `b` (numeric) instead of `a` (numeric).")
  leveled <- transform(few_rows, f = factor(f, c("u", "v", "w")))
  expect_different(about(leveled),
    "predictor 2: `f` (factor with levels u, v, w) instead of `f` (factor with levels u, v)")
  expect_different(about(few_rows[-2]), "predictor 2: nothing instead of `f`")
  expect_different(about(transform(few_rows, y = factor(y))), "the type of the outcome: classes")
  expect_different(about(penalty = 0.5), "the argument `penalty`: 0.5 instead of 0.01.")
  expect_different(about(optimizer = "sgd"), "the argument `optimizer`: sgd (learn_rate 0.01")
  expect_different(about(transform(few_rows, a = a + 1e-4)), "the values of `x`.")
  expect_different(about(init = "he"), "the argument `init`: he instead of NULL.")
  expect_different(replace(about(), "the initial weights", "another hash"), "the initial weights.")
  expect_different(about(), "predictor 2: `f` (factor with levels u, v) instead of nothing",
    ours = about(few_rows[-2]))
})

test_that("differences in the last digits are no reason to refuse", {
  expect_identical(about(transform(few_rows, a = a * (1 + 1e-15))), about())
})

test_that("settings that do not change the result can differ", {
  # The other arguments of that kind are not kept, or only rank 0 uses them.
  expect_identical(about(threads = 1), about(threads = 2))
})

test_that("a matrix is described by its names", {
  x <- as.matrix(few_rows["a"])
  fit <- feedforward(x, few_rows$y, hidden_units = 2, epochs = 0)
  expect_identical(describe_columns(fit), c("predictor 1" = "`a`"))
  fit <- feedforward(unname(x), few_rows$y, hidden_units = 2, epochs = 0)
  expect_length(describe_columns(fit), 0L)
})

test_that("a rank that failed is named, with its error", {
  ranks <- lapply(list(about(), c(failure = "`x` has\na {missing} value.")), function(rank) {
    from_lines(as_lines(rank))
  })
  refused(check_no_failure(ranks), "Rank 1 cannot train. x `x` has a {missing} value.")
})

test_that("a file that cannot be read has no bytes", {
  expect_identical(bytes_or_none(tempfile()), raw())
  file <- withr::local_tempfile(lines = "text")
  expect_identical(rawToChar(bytes_or_none(file)), "text\n")
})
