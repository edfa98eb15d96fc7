# Permutation importance against the plain way: permute a column of the data, predict, and compute
# the loss by its formula.

# The mean loss of predictions in the form of predict(format = "matrix"), on the training scale.
plain_loss <- function(fit, predicted, truth) {
  kind <- fit$outcome$kind
  log_of <- function(p) log(pmin(pmax(p, 1e-8), 1 - 1e-8))
  if (kind == "classes") {
    rows <- cbind(seq_along(truth), match(as.character(truth), fit$outcome$levels))
    return(-mean(log_of(predicted[rows])))
  }
  truth <- as.matrix(truth) + 0
  predicted <- as.matrix(predicted)
  if (kind == "labels") {
    return(-mean(rowSums(truth * log_of(predicted) + (1 - truth) * log_of(1 - predicted))))
  }
  scaled <- function(x) {
    if (is.null(fit$outcome$scale)) x else scale(x, fit$outcome$center, fit$outcome$scale)
  }
  y <- scaled(truth)
  a <- scaled(predicted)
  quantile <- fit$architecture$quantile
  each <- switch(fit$architecture$loss,
    squared_error = (a - y)^2,
    absolute_error = abs(a - y),
    huber = ifelse(abs(a - y) <= 1, (a - y)^2 / 2, abs(a - y) - 0.5),
    quantile = ifelse(y > a, quantile * (y - a), (1 - quantile) * (a - y)),
    poisson = ifelse(y > 0, y * log(y / a), 0) - (y - a)
  )
  mean(rowSums(each))
}

permute_column <- function(data, j, order) {
  if (is.data.frame(data)) data[[j]] <- data[[j]][order] else data[, j] <- data[order, j]
  data
}

# A matrix, columns x repeats, by how much `loss(fit, predicted, truth)` rises.
plain_rises <- function(fit, data, truth, columns, repeats = 3L, seed = 7, loss = plain_loss) {
  type <- if (fit$outcome$kind == "numbers") "numeric" else "prob"
  predicted <- function(data) suppressWarnings(predict(fit, data, type, format = "matrix"))
  set.seed(seed)
  n <- nrow(data)
  orders <- lapply(seq_len(repeats), function(k) sample.int(n))
  baseline <- loss(fit, predicted(data), truth)
  rises <- lapply(columns, function(j) {
    vapply(orders, function(order) {
      loss(fit, predicted(permute_column(data, j, order)), truth) - baseline
    }, 1)
  })
  structure(do.call(rbind, rises), baseline = baseline)
}

# Compares all columns of a result with the plain way.
expect_as_plain <- function(fit, data, truth, columns = names(data), ..., given = truth,
                            loss = plain_loss, sign = 1, weights = NULL, seed = 7) {
  force(fit)
  set.seed(seed)
  result <- permutation_importance(fit, data, given, repeats = 3L, ..., case_weights = weights)
  set.seed(seed)
  plain <- plain_rises(fit, data, truth, columns, loss = loss, seed = seed)
  at <- match(as.character(columns), result$column)
  expect_setequal(result$column, as.character(columns))
  expect_lt(abs(attr(result, "baseline") - attr(plain, "baseline")), 1e-10)
  expect_lt(max(abs(result$importance[at] - sign * rowMeans(plain))), 1e-10)
  se <- apply(plain, 1L, stats::sd) / sqrt(3)
  expect_lt(max(abs(result$std_error[at] - se)), 1e-10)
  expect_lt(max(abs((result$upper - result$lower)[at] - 2 * stats::qt(0.975, 2) * se)), 1e-9)
  invisible(result)
}

# The same for data with new levels, which one warning names, however often they are read.
expect_one_warning_as_plain <- function(fit, data) {
  shown <- 0L
  result <- withCallingHandlers(
    withr::with_seed(7, permutation_importance(fit, data, repeats = 3)),
    feedforward_new_levels = function(cnd) {
      shown <<- shown + 1L
      rlang::cnd_muffle(cnd)
    }
  )
  expect_identical(shown, 1L)
  columns <- names(fit$blueprint$ptypes$predictors)
  plain <- rowMeans(plain_rises(fit, data, data$y, columns))
  expect_equal(result$importance[match(columns, result$column)], plain)
}

table_data <- function(n = 150L) {
  withr::local_seed(3)
  data <- data.frame(
    a = stats::rnorm(n), whole = sample.int(9L, n, TRUE),
    f = factor(sample(c("u", "v", "w"), n, TRUE)), yes = sample(c(TRUE, FALSE), n, TRUE),
    text = sample(c("p", "q"), n, TRUE), none = stats::rnorm(n)
  )
  data$y <- data$a + 0.2 * data$whole + (data$f == "v") - data$yes + stats::rnorm(n) / 4
  data$class <- cut(data$y, c(-Inf, 0, 1.5, Inf), c("low", "mid", "high"))
  data$count <- stats::rpois(n, exp(data$a / 2))
  data
}

predictors <- c("a", "whole", "f", "yes", "text", "none")

few <- function(...) feedforward(..., hidden_units = 6, epochs = 15)

# ---- Kinds of data -------------------------------------------------------------------

test_that("data frames, formulas, and factors are permuted by column of the data", {
  data <- table_data()
  set.seed(1)
  fit <- few(data[predictors], data$class)
  result <- expect_as_plain(fit, data[predictors], data$class)
  expect_s3_class(result, c("feedforward_importance", "tbl_df"))
  expect_named(result, c("column", "importance", "std_error", "lower", "upper"))
  expect_identical(result$importance, sort(result$importance, decreasing = TRUE))
  expect_identical(attributes(result)[c("metric", "repeats", "n")],
    list(metric = "loss", repeats = 3L, n = 150L))
  set.seed(1)
  fit <- few(class ~ a + whole + f + yes + text + none, data = data)
  expect_as_plain(fit, data, data$class, predictors)
  expect_as_plain(fit, data, data$class, predictors, given = NULL)
  expect_as_plain(fit, tibble::as_tibble(data), data$class, predictors, given = NULL)
})

test_that("matrices of all kinds are permuted by column", {
  withr::local_seed(2)
  x <- matrix(stats::rnorm(900), 150, dimnames = list(NULL, letters[1:6]))
  y <- x[, 1] - x[, 2]^2
  expect_as_plain(few(x, y), x, y, colnames(x))
  unnamed <- unname(x)
  expect_as_plain(few(unnamed, y), unnamed, y, 1:6)
  whole <- matrix(sample(0:3, 900, TRUE), 150)
  expect_as_plain(few(whole, y), whole, y, 1:6)
  bytes <- matrix(as.raw(sample(0:255, 900, TRUE)), 150)
  expect_as_plain(few(bytes, y), bytes, y, 1:6)
  rare <- matrix(stats::rbinom(900, 4, 0.1), 150)
  expect_as_plain(few(rare, y), rare, y, 1:6)
})

test_that("sparse matrices are permuted by column", {
  skip_if_not_installed("Matrix")
  withr::local_seed(2)
  x <- Matrix::rsparsematrix(600, 8, 0.2)
  y <- as.vector(x[, 1] + x[, 3]) + stats::rnorm(600) / 10
  x[, 8] <- 0
  result <- expect_as_plain(few(x, y), x, y, 1:8)
  expect_identical(result$importance[result$column == "8"], 0)
})

test_that("columns of new data may be in another order, or in a matrix", {
  data <- table_data()[c("a", "none", "whole", "y")]
  fit <- few(y ~ ., data = data)
  result <- withr::with_seed(1, permutation_importance(fit, data))
  other <- withr::with_seed(1, permutation_importance(fit, data[4:1]))
  expect_identical(other, result)
  matrix <- as.matrix(data)
  expect_equal(withr::with_seed(1, permutation_importance(fit, matrix, data$y)), result)
  expect_identical(withr::with_seed(1, permutation_importance(fit, newdata = data)), result)
})

test_that("a formula that computes terms has its columns permuted in the data", {
  data <- table_data()
  fit <- few(y ~ poly(a, 2) + a:f + log(whole) + yes, data = data)
  expect_as_plain(fit, data, data$y, c("a", "f", "whole", "yes"), given = NULL)
  # As many inputs as columns, but other ones.
  fit <- few(y ~ I(a * whole) + whole, data = data)
  expect_as_plain(fit, data, data$y, c("a", "whole"), given = NULL)
  fit <- few(y ~ I(a^2) + none, data = data[c("a", "none", "y")])
  matrix <- as.matrix(data[c("a", "none", "y")])
  set.seed(7)
  result <- permutation_importance(fit, matrix, data$y, repeats = 3)
  plain <- rowMeans(plain_rises(fit, data, data$y, c("a", "none")))
  expect_equal(result$importance, sort(plain, decreasing = TRUE))
})

test_that("a recipe has its columns permuted before it is applied", {
  skip_if_not(recipes_work())
  data <- table_data()
  recipe <- recipes::recipe(y ~ a + whole + f + yes, data)
  recipe <- recipes::step_pca(recipe, a, whole, num_comp = 2)
  recipe <- recipes::step_dummy(recipe, f)
  fit <- few(recipe, data = data)
  expect_as_plain(fit, data, data$y, c("a", "whole", "f", "yes"), given = NULL)
})

test_that("encodings, missing values, and new levels are encoded as in predictions", {
  data <- table_data()
  for (encoding in c("piecewise", "robust")) {
    fit <- few(class ~ a + whole + f, data = data, encoding = encoding)
    expect_as_plain(fit, data, data$class, c("a", "whole", "f"))
  }
  holes <- data[c("a", "whole", "f", "yes", "y")]
  holes$a[1:9] <- NA
  holes$whole[20:30] <- NA
  holes$f[5:15] <- NA
  fit <- few(y ~ ., data = holes, missing = "indicator", new_levels = "zero")
  expect_as_plain(fit, holes, holes$y, names(holes)[1:4])
  holes$f <- as.character(holes$f)
  holes$f[50:60] <- "new"
  expect_one_warning_as_plain(fit, holes)
  fit <- few(y ~ log(whole) + f, data = data[c("whole", "f", "y")], new_levels = "zero")
  expect_one_warning_as_plain(fit, holes[31:150, ])
})

test_that("a column that varies little beside its mean keeps its digits", {
  withr::local_seed(5)
  data <- data.frame(time = 1.7e9 + stats::runif(200, 0, 5), b = stats::rnorm(200))
  data$y <- data$time - 1.7e9 + data$b
  expect_as_plain(few(y ~ ., data = data), data, data$y, c("time", "b"))
})

# ---- Outcomes and losses --------------------------------------------------------------

test_that("all losses for numbers are those of the model", {
  data <- table_data()[c("a", "whole", "f", "y")]
  for (loss in c("squared_error", "absolute_error", "huber", "quantile")) {
    fit <- few(y ~ ., data = data, loss = loss, quantile = if (loss == "quantile") 0.8)
    expect_as_plain(fit, data, data$y, c("a", "whole", "f"))
  }
  counts <- table_data()[c("a", "whole", "count")]
  fit <- few(count ~ ., data = counts, loss = "poisson")
  expect_as_plain(fit, counts, counts$count, c("a", "whole"))
})

test_that("several outcomes and labels work", {
  data <- table_data()
  x <- data[c("a", "whole", "f")]
  y <- cbind(one = data$y, two = data$a^2)
  expect_as_plain(few(x, y), x, y)
  labels <- cbind(big = data$y > 1, yes = data$a > 0, all = data$y > 0)
  expect_as_plain(few(x, labels), x, labels)
  expect_as_plain(few(x, labels), x, labels, metric = "accuracy", sign = -1,
    loss = function(fit, predicted, truth) mean((predicted >= 0.5) == truth)
  )
})

test_that("networks of any depth and activation work", {
  data <- table_data()
  x <- data[c("a", "whole", "f")]
  for (units in list(0, 1, c(5, 4, 3))) {
    fit <- feedforward(x, data$class, hidden_units = units, activation = "gelu", epochs = 5)
    expect_as_plain(fit, x, data$class)
  }
})

test_that("averages of networks are judged by their average predictions", {
  data <- table_data(90L)
  candidates <- list(
    list(hidden_units = 4, epochs = 5), list(hidden_units = 0, epochs = 5, encoding = "robust")
  )
  fit <- feedforward_cv(class ~ a + whole + f, data = data, candidates = candidates, folds = 3)
  expect_as_plain(fit, data, data$class, c("a", "whole", "f"), given = NULL)
  x <- as.matrix(data[c("a", "whole", "none")])
  fit <- feedforward_cv(x, data$y, candidates = candidates[1], folds = 2)
  expect_as_plain(fit, x, data$y, colnames(x))
})

# ---- Metrics ----------------------------------------------------------------------------

test_that("the metrics are those of their names", {
  data <- table_data()
  x <- data[c("a", "whole", "f")]
  fit <- few(x, data$y)
  rmse <- function(fit, predicted, truth) sqrt(mean((predicted - truth)^2))
  mae <- function(fit, predicted, truth) mean(abs(predicted - truth))
  expect_as_plain(fit, x, data$y, metric = "rmse", loss = rmse)
  expect_as_plain(fit, x, data$y, metric = "mae", loss = mae)
  fit <- few(x, data$class)
  right <- function(fit, predicted, truth) {
    mean(fit$outcome$levels[max.col(predicted, "first")] == truth)
  }
  expect_as_plain(fit, x, data$class, metric = "accuracy", loss = right, sign = -1)
})

test_that("a function gets the truth and the predictions, whatever the outcome is", {
  data <- table_data()
  x <- data[c("a", "whole", "f")]
  seen <- list()
  error <- function(truth, estimate) {
    seen <<- list(truth, estimate)
    mean(abs(as.numeric(truth) - as.matrix(estimate)[, 1L]))
  }
  plain <- function(fit, predicted, truth) {
    mean(abs(as.numeric(truth) - as.matrix(predicted)[, 1L]))
  }
  fit <- few(x, data$class)
  expect_as_plain(fit, x, data$class, metric = error, loss = plain)
  expect_identical(seen[[1L]], data$class)
  expect_identical(colnames(seen[[2L]]), levels(data$class))
  expect_as_plain(few(x, data$y), x, data$y, metric = error, loss = plain)
  expect_equal(seen[[1L]], data$y)
  x <- as.matrix(data[c("a", "none")])
  expect_as_plain(few(x, data$y), x, data$y, colnames(x), metric = error, loss = plain)
  skip_if_not_installed("Matrix")
  sparse <- methods::as(x, "CsparseMatrix")
  expect_as_plain(few(sparse, data$y), sparse, data$y, colnames(x), metric = error, loss = plain)
})

test_that("case weights count in the metric, and rows without weight do not", {
  data <- table_data()
  x <- data[c("a", "whole", "f")]
  fit <- few(x, data$y)
  weights <- rep(1:3, 50)
  weighted <- function(fit, predicted, truth) {
    e <- ((predicted - truth) / fit$outcome$scale)^2
    stats::weighted.mean(e, weights)
  }
  expect_as_plain(fit, x, data$y, loss = weighted, weights = weights)
  some <- rep(c(0, 1), c(50, 100))
  left_out <- withr::with_seed(1, permutation_importance(fit, x, data$y, case_weights = some))
  absent <- withr::with_seed(1, permutation_importance(fit, x[51:150, ], data$y[51:150]))
  expect_equal(left_out, absent, tolerance = 1e-14)
  expect_identical(attr(left_out, "n"), 100L)
  terms <- few(y ~ log(whole) + f, data = data)
  left_out <- withr::with_seed(1, permutation_importance(terms, data, case_weights = some))
  absent <- withr::with_seed(1, permutation_importance(terms, data[51:150, ]))
  expect_equal(left_out, absent, tolerance = 1e-12)
})

test_that("class weights of training do not count", {
  data <- table_data()
  fit <- few(class ~ a + f, data = data, class_weights = "balanced")
  expect_as_plain(fit, data, data$class, c("a", "f"))
})

# ---- What importance means --------------------------------------------------------------

test_that("the column that matters is first, and a useless column is near 0", {
  withr::local_seed(4)
  data <- data.frame(useless = stats::rnorm(600), used = stats::rnorm(600), constant = 1)
  data$y <- 2 * data$used
  expect_warning(
    fit <- feedforward(y ~ ., data = data[1:300, ], hidden_units = 4, epochs = 60),
    class = "feedforward_constant_predictor"
  )
  result <- permutation_importance(fit, data[301:600, ])
  expect_identical(result$column[1L], "used")
  # A network that predicts y has the loss 2 var(y) for a permuted y.
  expect_gt(result$importance[1L], 1.5)
  expect_lt(abs(result$importance[result$column == "useless"]), 0.01)
  expect_identical(unlist(result[result$column == "constant", -1L], use.names = FALSE), numeric(4))
})

test_that("the interval contains the importance of many repeats", {
  data <- table_data()
  fit <- few(y ~ a + f, data = data)
  many <- withr::with_seed(1, permutation_importance(fit, data, repeats = 2000))
  hits <- vapply(1:60, function(seed) {
    one <- withr::with_seed(seed + 1, permutation_importance(fit, data, repeats = 5))
    one$lower[1L] <= many$importance[1L] && many$importance[1L] <= one$upper[1L]
  }, TRUE)
  expect_gte(sum(hits), 51)
})

test_that("one row, and one repeat, work", {
  data <- table_data()
  fit <- few(y ~ a + f, data = data)
  result <- permutation_importance(fit, data[1L, ])
  expect_identical(result$importance, c(0, 0))
  result <- permutation_importance(fit, data, repeats = 1)
  expect_identical(result$std_error, c(NA_real_, NA_real_))
  expect_identical(result$lower, result$std_error)
  expect_output(print(result), "column  importance\n")
})

test_that("the importance of a column does not depend on the other columns' order", {
  data <- table_data()
  fit <- few(data[predictors], data$y)
  result <- withr::with_seed(1, permutation_importance(fit, data[rev(predictors)], data$y))
  same <- withr::with_seed(1, permutation_importance(fit, data, data$y))
  expect_identical(result, same)
})

# ---- Seeds, threads, and data ----------------------------------------------------------

test_that("the same seed gives the same result on any number of threads", {
  withr::local_seed(6)
  x <- matrix(stats::rnorm(9000 * 6), 9000)
  y <- x[, 1] + x[, 2] * x[, 3]
  fit <- feedforward(x, y, hidden_units = c(20, 5), epochs = 2)
  results <- lapply(1:4, function(threads) {
    withr::local_options(feedforward.threads = threads)
    withr::with_seed(9, permutation_importance(fit, x, y, repeats = 2))
  })
  for (result in results[-1L]) expect_identical(result, results[[1L]])
  expect_as_plain(fit, x, y, 1:6)
})

test_that("permutations can be done in parts, which saves memory", {
  data <- table_data()
  fit <- few(class ~ a + f, data = data)
  question <- importance_question(fit, data, NULL, "loss", NULL)
  orders <- withr::with_seed(9, draw_permutations(150L, 5L))
  calls <- 0L
  original <- permutation_scores_cpp
  counted <- function(...) {
    calls <<- calls + 1L
    original(...)
  }
  with_replaced("permutation_scores_cpp", counted, {
    whole <- sums_in_core(question, orders)
    parts <- sums_in_core(question, orders, most_sums = 4)
    single <- sums_in_core(question, orders, most_sums = 1)
  })
  expect_identical(calls, 1L + 3L + 5L)
  expect_identical(dim(parts$changes), c(2L, 5L))
  expect_equal(parts, whole, tolerance = 1e-12)
  expect_equal(single, whole, tolerance = 1e-12)
})

test_that("only the permutations are drawn", {
  data <- table_data()
  fit <- few(y ~ a + f, data = data)
  set.seed(1)
  for (k in 1:4) sample.int(150L)
  after <- .Random.seed
  set.seed(1)
  permutation_importance(fit, data, repeats = 4)
  expect_identical(.Random.seed, after)
})

test_that("refused calls draw nothing", {
  data <- table_data()
  fit <- few(y ~ a + f, data = data)
  calls <- 0L
  fails_later <- function(truth, estimate) {
    calls <<- calls + 1L
    if (calls < 3L) 1 else NA
  }
  set.seed(1)
  before <- .Random.seed
  expect_says(permutation_importance(fit, data[c("f", "y")]), "`a`")
  expect_says(permutation_importance(fit, data, metric = "rsq"), "metric")
  expect_says(permutation_importance(fit, data, metric = function(...) NA), "one finite number")
  expect_says(permutation_importance(fit, data, metric = fails_later), "one finite number")
  expect_identical(.Random.seed, before)
})

test_that("the data and the model are not changed", {
  data <- table_data()
  x <- as.matrix(data[c("a", "none")]) + 0
  copies <- list(unserialize(serialize(data, NULL)), x + 0)
  fit <- few(class ~ a + whole + f + text, data = data)
  matrix_fit <- few(x, data$y)
  hash <- unserialize(serialize(fit, NULL))
  permutation_importance(fit, data)
  permutation_importance(matrix_fit, x, data$y)
  permutation_importance(matrix_fit, x, data$y, metric = function(truth, estimate) 1)
  expect_identical(list(data, x), copies)
  expect_identical(fit, hash)
})

# ---- What is refused -------------------------------------------------------------------

test_that("bad data and outcomes are refused", {
  data <- table_data()
  fit <- few(class ~ a + f, data = data)
  holes <- data
  holes$a[3L] <- NA
  expect_says(permutation_importance(fit, holes), "row 3")
  expect_says(permutation_importance(fit, data[0L, ]), "at least 1 row")
  expect_says(permutation_importance(fit), "new_data")
  expect_says(permutation_importance(), "fit")
  expect_says(permutation_importance(fit, data, newdata = data), "same argument")
  expect_says(permutation_importance(fit, data, data$class[-1L]), "150 values")
  expect_says(permutation_importance(fit, data, rep("other", 150)), "unknown class")
  x <- data[c("a", "whole")]
  expect_says(permutation_importance(few(x, data$y), x), "truth")
  expect_says(permutation_importance(few(x, data$y), x[0L, ], numeric()), "row")
  expect_says(permutation_importance(1, x), "fit")
})

test_that("bad arguments are refused", {
  data <- table_data()
  fit <- few(class ~ a + f, data = data)
  ask <- function(...) permutation_importance(fit, data, ...)
  expect_says(ask(metric = "rmse"), "classification")
  expect_says(ask(metric = "acc"), "accuracy")
  expect_says(ask(metric = 1), "metric")
  expect_says(ask(metric = function(truth, estimate) "a"), "one finite number")
  expect_says(ask(repeats = 0), "at least 1")
  expect_says(ask(repeats = 10001), "at most 10000")
  expect_says(ask(repeat_count = 5), "Unknown argument")
  expect_says(ask(case_weights = 1:3), "case_weights")
  expect_says(ask(case_weights = numeric(150)), "case_weights")
  expect_says(ask(metric = function(truth, estimate) 1, case_weights = 1:150), "function")
})

test_that("images are refused with what to do instead", {
  images <- array(stats::runif(40 * 9), c(40, 3, 3))
  fit <- few(images, rep(c("a", "b"), 20))
  expect_says(permutation_importance(fit, images, rep(c("a", "b"), 20)), "parts of the images")
})

test_that("predictions that are not finite are refused", {
  data <- table_data()[c("a", "none", "y")]
  fit <- few(y ~ ., data = data, activation = "linear")
  data$a[2L] <- 1e308
  data$none[3L] <- 1e308
  expect_says(suppressWarnings(permutation_importance(fit, data)), "not finite")
})

# ---- print ------------------------------------------------------------------------------

test_that("print() shows the first columns in one screen", {
  withr::local_seed(1)
  x <- matrix(stats::rnorm(3000), 50)
  fit <- feedforward(x, x[, 1]^2, hidden_units = 2, epochs = 2)
  result <- permutation_importance(fit, x, x[, 1]^2, repeats = 2)
  shown <- capture.output(value <- withVisible(print(result)))
  expect_false(value$visible)
  expect_length(shown, 24L)
  expect_match(shown[1L], "^Increase in loss from .* if a column is permuted \\(2 repeats, 50 rows\\)")
  expect_match(shown[24L], "and 40 more columns")
  expect_length(capture.output(print(result, n = 3)), 7L)
  expect_length(capture.output(print(result[1:4, ])), 7L)
  expect_says(print(result, n = 0), "at least 1")
  result$importance <- NULL
  expect_says(print(result), "permutation_importance")
})
