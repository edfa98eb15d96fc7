x <- as.matrix(iris[1:4])

test_that("a network with an encoding counts columns, not inputs, as predictors", {
  candidates <- list(list(hidden_units = 2, epochs = 1, encoding = "piecewise"))
  fit <- network_of(quick_cv(iris[1:4], iris$Species, candidates = candidates), 1)
  expect_output(print(fit), "4 predictors")
})

test_that("an average predicts the weighted mean of its networks", {
  fit <- quick_cv(x, iris$Species)
  weight <- vapply(fit$members, `[[`, 1, "weight")
  expect_equal(sum(weight), 1)
  each <- lapply(seq_along(fit$members), function(k) predict(network_of(fit, k), x, type = "prob"))
  expect_equal(predict(fit, x, type = "prob"), Reduce(`+`, Map(`*`, each, weight)))
  numbers <- quick_cv(x[, 1:3], x[, 4], candidates = list(
    list(epochs = 5), list(epochs = 5, encoding = "piecewise"),
    list(epochs = 5, encoding = "robust")
  ))
  weight <- vapply(numbers$members, `[[`, 1, "weight")
  each <- lapply(seq_along(numbers$members), function(k) predict(network_of(numbers, k), x[, 1:3]))
  expect_equal(predict(numbers, x[, 1:3]), Reduce(`+`, Map(`*`, each, weight)))
})

test_that("predictions out of fold come from the networks that did not learn from the row", {
  fit <- quick_cv(x, iris$Species)
  weight <- stats::setNames(fit$candidates$weight, fit$candidates$candidate)
  expected <- matrix(0, 150, 3)
  for (k in seq_along(fit$members)) {
    member <- fit$members[[k]]
    rows <- which(fit$out_of_fold$fold == member$fold)
    prob <- predict(network_of(fit, k), x[rows, ], type = "prob")
    expected[rows, ] <- expected[rows, ] + weight[[member$candidate]] * prob
  }
  expect_equal(as.matrix(fit$out_of_fold[4:6]), expected, ignore_attr = TRUE)
})

test_that("outcomes of held-out rows cannot leak into their predictions", {
  # The outcome is noise, and 40 predictors let a network learn 100 rows by heart. Whatever it
  # learned, rows that it never saw are right by chance. The choice of the epoch by the same rows
  # adds a little. By chance, the accuracy has the standard deviation sqrt(0.25 / 400) = 0.025.
  withr::local_seed(3)
  x <- matrix(stats::rnorm(400 * 40), 400)
  y <- factor(sample(rep(c("a", "b"), 200)))
  fit <- quick_cv(x, y, candidates = list(list(hidden_units = 32, epochs = 30)), folds = 5)
  accuracy <- mean(max.col(fitted(fit)) == as.integer(fit$out_of_fold$truth))
  expect_lt(accuracy, 0.6)
  expect_gt(accuracy, 0.4)
  # Four of five networks learned from each row, and know it better.
  expect_gt(mean(predict(fit, x) == y), 0.65)
})

# Networks of one epoch have no choice, so their errors need no correction.
one_epoch <- function(...) {
  quick_cv(..., candidates = lapply(small_candidates(), replace, "epochs", 1))
}

test_that("losses and metrics of folds are those of the predictions out of fold", {
  fit <- one_epoch(x, iris$Species)
  held_out <- fit$out_of_fold
  prob <- as.matrix(held_out[4:6])
  right <- max.col(prob) == as.integer(held_out$truth)
  expect_equal(fit$fold_errors$metric, as.vector(tapply(right, held_out$fold, mean)))
  loss <- -log(prob[cbind(1:150, as.integer(held_out$truth))])
  expect_equal(fit$fold_errors$loss, as.vector(tapply(loss, held_out$fold, mean)))
  expect_equal(fit$fold_errors$weight, rep(1 / 3, 3))
  number <- one_epoch(x[, 1:3], x[, 4])
  square <- (number$out_of_fold$truth - number$out_of_fold$.pred)^2
  # In the units of the outcome, as in the history of a network.
  expect_equal(number$fold_errors$metric,
    sqrt(as.vector(tapply(square, number$out_of_fold$fold, mean))))
  expect_equal(summary(number)$error["metric", "estimate"], sqrt(mean(square)))
  labels <- cbind(long = x[, 3] > 4, wide = x[, 2] > 3)
  fit <- one_epoch(x, labels)
  right <- (fitted(fit) >= 0.5) == labels
  expect_equal(fit$fold_errors$metric,
    as.vector(tapply(rowMeans(right), fit$out_of_fold$fold, mean)))
})

test_that("errors are corrected for epochs that the same rows chose", {
  # Losses of 3 epochs (rows) in 2 folds. Each fold judges the other's choice.
  trained <- list(
    list(losses = c(3, 1, 2), scores = c(0.5, 0.9, 0.8), best_epoch = 2),
    list(losses = c(5, 4, 2), scores = c(0.4, 0.6, 0.7), best_epoch = 3)
  )
  members <- list(list(fold = 1L), list(fold = 2L))
  bias <- selection_bias(members, trained, 2)
  # Fold 1 at epoch 3 instead of 2, fold 2 at epoch 2 instead of 3.
  expect_equal(bias, list(loss = c(2 - 1, 4 - 2), score = c(0.8 - 0.9, 0.6 - 0.7)))
  expect_equal(selection_bias(members[1], trained[1], 1), list(loss = 0, score = 0))
  # A network that stopped early keeps its last loss.
  trained[[1]]$losses <- c(3, 1)
  trained[[1]]$scores <- c(0.5, 0.9)
  expect_equal(selection_bias(members, trained, 2)$loss, c(0, 2))
})

test_that("corrected errors are those of new data, on average", {
  error <- vapply(1:10, function(seed) {
    data <- noisy_curve(100, seed = seed)
    new <- noisy_curve(1000, seed = seed + 100)
    fit <- same_seed(quick_cv(y ~ ., data = data, folds = 5))
    c(
      corrected = summary(fit)$error["metric", "estimate"],
      flattered = sqrt(mean(residuals(fit)^2)),
      new = sqrt(mean((new$y - predict(fit, new)$.pred)^2))
    )
  }, numeric(3))
  error <- rowMeans(error)
  expect_lt(abs(error["corrected"] - error["new"]), abs(error["flattered"] - error["new"]))
})

test_that("the loss of one candidate is its mean over all rows, with the error over folds", {
  fit <- quick_cv(x, iris$Species, candidates = small_candidates()[1])
  folds <- fit$fold_errors
  expect_equal(fit$candidates$loss, mean(folds$loss))
  expect_equal(fit$candidates$loss_se, stats::sd(folds$loss) / sqrt(3))
})

test_that("a row with zero weight is ignored", {
  weights <- rep(c(1, 0, 1), 50)
  kept <- which(weights > 0)
  fit <- quick_cv(x, iris$Species, case_weights = weights)
  without <- quick_cv(x[kept, ], iris$Species[kept])
  expect_identical(fit$out_of_fold$row, kept)
  expect_identical(fit$candidates, without$candidates)
  expect_identical(predict(fit, x, type = "prob"), predict(without, x, type = "prob"))
  expect_identical(nobs(fit), 100L)
  by_class <- quick_cv(x, iris$Species, class_weights = c(setosa = 0))
  expect_identical(by_class$out_of_fold$row, 51:150)
})

test_that("case and class weights count in training and in the error", {
  weights <- rep(c(1, 3), 75)
  fit <- quick_cv(x, iris$Species, case_weights = weights)
  expect_true(fit$weighted)
  held_out <- fit$out_of_fold
  right <- max.col(as.matrix(held_out[4:6])) == as.integer(held_out$truth)
  expected <- vapply(1:3, function(f) {
    stats::weighted.mean(right[held_out$fold == f], weights[held_out$fold == f])
  }, 1)
  expect_equal(fit$fold_errors$metric, expected)
  expect_equal(fit$fold_errors$weight, as.vector(tapply(weights, held_out$fold, sum)) / 300)
  rare <- factor(ifelse(x[, 4] > 2.1, "rare", "common"))
  plain <- quick_cv(x[, 1:2], rare)
  balanced <- quick_cv(x[, 1:2], rare, class_weights = "balanced")
  # Balanced weights raise the probability of the rare class.
  expect_gt(mean(fitted(balanced)[, "rare"]), mean(fitted(plain)[, "rare"]))
})

test_that("network_of() gives a network with the options of its candidate", {
  fit <- quick_cv(Species ~ ., data = iris)
  network <- network_of(fit, 1)
  expect_s3_class(network, "feedforward", exact = TRUE)
  expect_identical(network$options$hidden_units, 6L)
  expect_identical(network$options$optimizer$learn_rate, 0.02)
  expect_output(print(network), "hidden 1")
  file <- withr::local_tempfile()
  write_model(network, file)
  expect_identical(predict(read_model(file), iris), predict(network, iris))
  expect_says(network_of(fit, 0), "`k` must be")
  expect_says(network_of(fit, 99), "`k` must be")
  expect_says(network_of(network, 1), "`fit` must be a model made by `feedforward_cv()`")
  expect_says(network_of(), "`fit` is missing")
})

test_that("damaged averages are refused", {
  fit <- quick_cv(x, iris$Species)
  damaged <- list(
    function(m) replace(m, "members", list(NULL)), function(m) replace(m, "members", list(list())),
    function(m) within_member(m, "weight", "1"), function(m) within_member(m, "encoding", "odd"),
    function(m) within_member(m, "parameters", list()),
    function(m) within_member(m, "architecture", NULL),
    function(m) replace(m, "outcome", list(NULL)), function(m) replace(m, "architecture", list(2)),
    function(m) replace(m, "inputs", list(list())), function(m) replace(m, "encodings", list(NULL))
  )
  for (damage in damaged) {
    expect_says(predict(damage(fit), x), "not a valid model")
    expect_says(print(damage(fit)), "not a valid model")
  }
  printed <- list(
    function(m) replace(m, "candidates", list(NULL)), function(m) replace(m, "n", list(NULL)),
    function(m) replace(m, "settings", list(list())),
    function(m) replace(m, "settings", list(lapply(m$settings, function(one) 1))),
    function(m) replace(m, "out_of_fold", list(m$out_of_fold[1:4])),
    function(m) replace(m, "out_of_fold", list(m$out_of_fold[0, ])),
    function(m) replace(m, "fold_errors", list("none")), function(m) within_member(m, "fold", "1"),
    function(m) within_member(m, "candidate", "unknown")
  )
  for (damage in printed) {
    expect_says(print(damage(fit)), "not a valid model")
    expect_says(summary(damage(fit)), "not a valid model")
    expect_says(fitted(damage(fit)), "not a valid model")
    expect_says(plot(damage(fit)), "not a valid model")
  }
  expect_says(predict(replace(fit, "version", 99), x), "newer version")
})

test_that("numbers too large for the networks cause a warning that names the rows", {
  fit <- quick_cv(x[, 1:3], x[, 4])
  big <- x[1:3, 1:3]
  big[2, ] <- 1e308
  expect_warning(predict(fit, big * 1), "not finite: row 2", class = "feedforward_not_finite")
})

# Cross-validates while training leaves out the networks of these numbers, as an interrupt does.
interrupted_cv <- function(left_out, ...) {
  train <- feedforward:::train_members_cpp
  stopped <- function(...) {
    trained <- train(...)
    trained[left_out] <- list(NULL)
    trained
  }
  with_replaced("train_members_cpp", stopped, quick_cv(...))
}

test_that("an interrupt leaves the candidates that were complete", {
  # Networks 1 to 3 are those of the first candidate.
  expect_warning(fit <- interrupted_cv(5:6, x, iris$Species), "interrupted after 4 of 6 networks",
    class = "feedforward_interrupted")
  expect_identical(fit$candidates$weight, c(1, 0))
  expect_identical(fit$candidates$loss[2], Inf)
  expect_identical(length(fit$members), 3L)
  expect_identical(nrow(fit$out_of_fold), 150L)
})

test_that("without a complete candidate, the networks that were done are averaged", {
  fit <- suppressWarnings(interrupted_cv(c(2, 3, 5, 6), y = x[, 4], x = x[, 1:3]))
  expect_equal(sum(vapply(fit$members, `[[`, 1, "weight")), 1)
  expect_identical(nrow(fit$fold_errors), 1L)
  expect_identical(unique(fit$out_of_fold$fold), 1L)
  expect_identical(length(predict(fit, x[, 1:3])), 150L)
  expect_true(all(is.finite(predict(fit, x[, 1:3], type = "pred_int", level = 0.8))))
  expect_output(print(fit), "with 50 rows held out")
  drawn(plot(fit))
})

test_that("an interrupt before the first network is done is an error", {
  cnd <- expect_error(interrupted_cv(1:6, x, iris$Species), class = "feedforward_interrupted")
  expect_s3_class(cnd, "feedforward_error")
})
