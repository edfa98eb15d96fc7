x <- as.matrix(iris[1:4])

test_that("candidates are lists or quoted calls, with names or numbers", {
  candidates <- list(
    small = list(hidden_units = 2, epochs = 2), quote(feedforward(hidden_units = 3, epochs = 2)),
    call("list", hidden_units = 4, epochs = 2), list(epochs = 2), small = list(epochs = 1)
  )
  fit <- quick_cv(x, iris$Species, candidates = candidates)
  expect_identical(
    fit$candidates$candidate, c("small", "candidate 2", "candidate 3", "candidate 4", "small 1")
  )
  units <- vapply(fit$settings, function(options) options$hidden_units, 1L)
  expect_identical(unname(units), c(2L, 3L, 4L, 64L, 64L))
})

test_that("the weights of candidates follow their losses", {
  weights <- feedforward:::candidate_weights
  # By hand: exp(-20 * 0) = 1 and exp(-20 * 0.05) = exp(-1), divided by their sum.
  expect_equal(weights(c(2, 2.1)), c(1, exp(-1)) / (1 + exp(-1)))
  # exp(-20 * 0.5) is far below 1 %.
  expect_identical(weights(c(1, 1.5)), c(1, 0))
  expect_identical(weights(c(Inf, 1)), c(0, 1))
  expect_identical(weights(c(0, 0, 1)), c(0.5, 0.5, 0))
  expect_equal(weights(c(1, 1, 1, 1)), rep(0.25, 4))
})

test_that("a candidate that diverges has no weight", {
  fit <- quick_cv(x[, 1:3], x[, 4], candidates = list(
    good = list(epochs = 5), bad = list(optimizer = "sgd", learn_rate = 1e8, epochs = 5)
  ))
  expect_identical(fit$candidates$weight, c(1, 0))
  expect_identical(fit$candidates$loss[2], Inf)
  expect_output(print(fit), "1 other candidate has no weight")
})

test_that("the default candidates suit the data, and their names are distinct and short", {
  names_for <- function(...) names(feedforward:::default_candidates(...))
  all <- names_for(100, "numbers", TRUE, "double")
  expect_identical(anyDuplicated(all), 0L)
  # Longer names are cut by print().
  expect_true(all(nchar(all) <= 25))
  expect_identical(setdiff(all, names_for(100, "numbers", TRUE, "single")),
    c("L-BFGS", "L-BFGS, tanh"))
  expect_identical(names_for(1501, "numbers", TRUE, "double"),
    names_for(100, "classes", TRUE, "double"))
  expect_false(any(grepl("piecewise|robust", names_for(100, "classes", FALSE, "double"))))
})

test_that("the table of default candidates in the help page is right", {
  skip_if_not(file.exists(test_path("../../R/cv.R")), "the sources are elsewhere")
  page <- readLines(test_path("../../R/cv.R"))
  rows <- grep("^#' \\| .* \\|$", page, value = TRUE)[-1]
  cells <- lapply(strsplit(rows, "|", fixed = TRUE), trimws)
  shown <- feedforward:::default_candidates(100, "numbers", TRUE, "double")
  expect_identical(vapply(cells, `[`, "", 2), names(shown))
  units <- vapply(shown, function(one) {
    units <- if (is.null(one$hidden_units)) 64 else one$hidden_units
    if (identical(units, 0)) "none" else toString(units)
  }, "")
  expect_identical(vapply(cells, `[`, "", 3), unname(units))
  expect_identical(as.numeric(vapply(cells, `[`, "", 4)),
    unname(vapply(shown, `[[`, 1, "penalty")))
})

test_that("an error of an option says which candidate it is in", {
  wrong <- function(candidates) feedforward_cv(x, iris$Species, candidates = candidates)
  expect_says(wrong(list(list(), list(penalty = -1))), "`penalty` must be",
    "The problem is in `candidates[[2]]`.")
  expect_says(wrong(list(odd = list(activation = "step"))), "`activation`",
    "The problem is in `candidates[[1]]` (\"odd\").")
  cnd <- expect_says(wrong(list(list(), list(3))), "`candidates[[2]]` must be")
  expect_false(grepl("It is in", conditionMessage(cnd)))
  expect_says(wrong(list(quote(list(penalty = no_such_variable)))),
    "`candidates[[1]]` cannot be evaluated")
  expect_says(wrong(list(quote(feedforward(x, y)))), "`candidates[[1]]`")
  expect_says(wrong(list(list(hidden_units = 2, 3))), "has no name", "`candidates[[1]]`")
})

test_that("candidates that all diverge are an error, even if some folds do not", {
  data <- withr::with_seed(1, data.frame(a = stats::rnorm(30)))
  data$y <- data$a + sin(1:30) / 5
  diverging <- function(rate) {
    list(list(optimizer = "sgd", learn_rate = rate, penalty = 0, hidden_units = 8, epochs = 30))
  }
  run <- function(candidates, seed = 2) {
    withr::with_seed(seed, feedforward_cv(y ~ a, data, folds = 5, candidates = candidates))
  }
  expect_error(run(diverging(1e8)), "diverged in at least one fold of the candidate",
    class = "feedforward_diverged")
  expect_error(run(c(diverging(1e8), diverging(1e9))), "each candidate", class = "feedforward_error")
  # No network that diverged is part of a model.
  for (rate in c(1, 1.5, 2, 2.5)) {
    for (seed in 1:4) {
      expect_error(run(diverging(rate), seed), class = "feedforward_diverged")
    }
  }
})

test_that("a data frame of candidates says how to make a list of it", {
  grid <- expand.grid(hidden_units = c(2, 4), penalty = c(0, 0.1))
  expect_says(quick_cv(x[, 1:3], x[, 4], candidates = grid), ".mapply(list, candidates, NULL)")
  fit <- quick_cv(x[, 1:3], x[, 4], candidates = .mapply(list, cbind(grid, epochs = 2), NULL))
  expect_identical(length(fit$settings), 4L)
})

test_that("settings of candidates that are given to cross-validation itself get a hint", {
  expect_says(quick_cv(x[, 1:3], x[, 4], hidden_units = 4), "list(list(hidden_units = ...))")
  expect_says(quick_cv(x[, 1:3], x[, 4], size = 4), "list(list(hidden_units = ...))")
  expect_says(quick_cv(x[, 1:3], x[, 4], momentum = 0.9), "list(list(optimizer = ...))")
  expect_says(quick_cv(x[, 1:3], x[, 4], weights = 1), "mean `case_weights`")
  expect_says(quick_cv(x[, 1:3], x[, 4], v = 4), "mean `folds`")
  expect_says(quick_cv(x[, 1:3], x[, 4], validation = 0.2), "`folds`")
  sparse <- Matrix::Matrix(x[, 1:3], sparse = TRUE)
  expect_says(quick_cv(sparse, x[, 4], candidates = list(list(encoding = "robust"))),
    "The problem is in `candidates[[1]]`")
  expect_says(feedforward_cv(x[, 1:3], x[, 4], 5), "folds = 10")
})
