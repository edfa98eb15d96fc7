test_that("case weights are checked", {
  x <- cbind(1:6 / 3)
  y <- c("a", "b", "a", "b", "a", "b")
  with_weights <- function(w) quick_fit(x, y, case_weights = w)
  expect_says(with_weights(1:5), "6 numbers of at least 0", "length 5")
  expect_says(with_weights("a"), "`case_weights`", "the string \"a\"")
  expect_says(with_weights(c(1, 1, -1, 1, 1, 1)), "-1 at case_weights[3]")
  expect_says(with_weights(c(1, NA, 1, 1, 1, 1)), "NA at case_weights[2]")
  expect_says(with_weights(c(1, Inf, 1, 1, 1, 1)), "Inf at case_weights[2]")
  expect_says(with_weights(numeric(6)), "`case_weights` are 0 in all rows")
  expect_says(with_weights(Sys.Date() + 1:6), "Date")
  expect_says(with_weights(c(1, 0, 1, 0, 1, 0)), "not only \"a\"", "weight of 0 do not count")
  both <- c(1, 1, 1, 1, 0, 1)
  expect_says(quick_fit(x, y, case_weights = both, class_weights = c(a = 0)),
    "`class_weights` leave only the class \"b\"", "at least two classes")
  fit <- quick_fit(x, y)
  only_a <- y == "a"
  more <- function(...) continue_training(fit, x[only_a, , drop = FALSE], y[only_a], ...)
  expect_says(more(class_weights = c(a = 0)), "All rows to train on have a weight of 0")
  expect_says(with_weights(matrix(1, 6, 1)), "6 x 1")
})

test_that("class weights are checked", {
  x <- cbind(1:6 / 3)
  with_weights <- function(w, y = rep(c("a", "b"), 3)) quick_fit(x, y, class_weights = w)
  expect_says(with_weights(c(1, 2)), "named by class")
  expect_says(with_weights(c(a = 1, z = 2)), "the unknown class \"z\"", "are \"a\" and \"b\"")
  expect_says(with_weights(c(a = 1, a = 2)), "more than one class with the name `a`")
  expect_says(with_weights(c(a = -1)), "-1")
  expect_says(with_weights("equal"), "\"balanced\"", "the string \"equal\"")
  expect_says(with_weights(c(a = 0, b = 0)), "`class_weights` are 0 for all classes")
  expect_says(with_weights(c(a = 1), y = 1:6 + 0.5), "must be `NULL` for regression")
})

test_that("balanced weights are n / (k * n_class), and frequency weights count", {
  codes <- c(1L, 1L, 1L, 3L)
  expect_equal(balanced_weights(codes, NULL, c("a", "b", "c")), c(a = 4 / 6, b = 1, c = 2))
  expect_equal(balanced_weights(codes, c(1, 1, 0, 2), c("a", "b", "c")), c(a = 1, b = 1, c = 1))
})

test_that("weights have a mean of 1 over the training rows", {
  weighed <- function(case_weights, class_weights) {
    y <- c("a", "b", "b", "b")
    encoded <- encode_outcome(y, 4, NULL, case_weights = case_weights)
    observation_weights(with_class_weights(encoded, class_weights), 1:3)$weights
  }
  expect_equal(weighed(1:4, c(a = 3)), c(3, 2, 3, 4) / mean(c(3, 2, 3)))
  expect_null(weighed(NULL, NULL))
})

# ---- Rows of weight 0 ---------------------------------------------------------------

# 60 rows. The values in rows of weight zero must have no influence.
rows_to_leave_out <- function() {
  withr::with_seed(1, {
    x <- matrix(rnorm(180), 60, dimnames = list(NULL, c("a", "b", "c")))
    y <- x[, 1] + x[, 2]^2
  })
  w <- rep(c(1, 0, 1, 1, 0, 1), 10)
  list(
    x = replace(x, cbind(rep(which(w == 0), 3), rep(1:3, each = 20)), 1e6), w = w,
    y = replace(y, w == 0, -9999), class = replace(rep(c("u", "v", "w"), each = 20), w == 0, "none")
  )
}

rows_in <- function(x, rows) {
  switch(1L + length(dim(x)), x[rows], NULL, x[rows, ], x[rows, , , drop = FALSE])
}

# As many digits as there are.
expect_as_left_out <- function(x, y, w, ...) {
  fit <- function(x, y, ...) learned(same_seed(feedforward(x, y, hidden_units = 4, ...)))
  left_out <- fit(rows_in(x, w > 0), rows_in(y, w > 0), ...)
  integers <- as.integer(w)
  for (weights in list(
    w, 3 * w, w / 10, hardhat::importance_weights(w), hardhat::frequency_weights(integers)
  )) {
    expect_identical(fit(x, y, case_weights = weights, ...), left_out)
  }
}

test_that("rows of weight zero are ignored, to the last bit", {
  data <- rows_to_leave_out()
  both <- cbind(p = data$y, q = data$y^2)
  labels <- cbind(p = data$y > 0, q = data$w > 0)
  labels[3, 2] <- FALSE
  for (y in list(data$y, data$class, factor(data$class), both, labels)) {
    expect_as_left_out(data$x, y, data$w, epochs = 2)
  }
  expect_as_left_out(data$x, data$y, data$w, epochs = 2, standardize = FALSE, precision = "single")
  expect_as_left_out(data$x, data$y, data$w, epochs = 3, validation = 0.3, dropout = 0.2)
  expect_as_left_out(data$x, data$y, data$w, epochs = 20, validation = 0.3, stop_iter = 2,
    learn_rate = 0.1)
  expect_as_left_out(data$x, data$class, data$w, epochs = 3, validation = 0.2, batch_size = 7,
    class_weights = "balanced")
  expect_as_left_out(data$x, data$y, data$w, epochs = 5, optimizer = "lbfgs", penalty = 0.1)
  expect_as_left_out(data$x, abs(data$y), data$w, epochs = 2, loss = "poisson")
  for (loss in c("huber", "absolute_error")) {
    expect_as_left_out(data$x, data$y, data$w, epochs = 2, loss = loss)
  }
  set <- list(data$x[data$w > 0, ], data$y[data$w > 0])
  expect_as_left_out(data$x, data$y, data$w, epochs = 3, validation = set)
})

test_that("rows of weight zero are ignored in every kind of predictors", {
  data <- rows_to_leave_out()
  table <- data.frame(a = data$x[, 1], f = rep(c("u", "v"), 30), y = data$y)
  expect_as_left_out(table[1:2], data$y, data$w, epochs = 2)
  images <- array(replace(round(abs(data$x) * 40), 1, 255), c(60, 1, 3))
  expect_as_left_out(images, data$y, data$w, epochs = 2)
  suppressMessages(expect_as_left_out(images / 7, data$y, data$w, epochs = 2))
  bytes <- matrix(as.raw(seq_len(180)), 60)
  expect_as_left_out(bytes, data$y, data$w, epochs = 2)
  by_formula <- function(table, ...) learned(same_seed(quick_fit(y ~ a + f, table, ...)))
  left_out <- by_formula(table[data$w > 0, ])
  expect_identical(by_formula(table, case_weights = data$w), left_out)
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(data$x * (abs(data$x) > 0.5), sparse = TRUE)
  for (standardize in c(FALSE, TRUE)) {
    expect_as_left_out(sparse, data$y, data$w, epochs = 2, standardize = standardize)
  }
  taken <- sparse_rows_of(sparse, data$w > 0)
  expect_identical(taken, sparse[data$w > 0, ])
  skip_without_recipes()
  table$w <- hardhat::importance_weights(data$w)
  by_recipe <- function(data) {
    same_seed(quick_fit(recipes::recipe(y ~ ., data), data))
  }
  # The blueprint of a recipe remembers its table.
  expect_identical(learned(by_recipe(table)), learned(by_recipe(table[data$w > 0, ])))
})

test_that("in rows of weight zero, only missing values are refused", {
  data <- rows_to_leave_out()
  huge <- replace(data$x, data$x == 1e6, 1e300)
  expect_as_left_out(huge, data$y, data$w, epochs = 2)
  expect_as_left_out(huge, data$y, data$w, epochs = 2, precision = "single", standardize = FALSE)
  # The same in all rows that count.
  flat <- cbind(data$x, d = data$w)
  expect_warning(quick_fit(flat, data$y, case_weights = data$w), "`d` is constant",
    class = "feedforward_constant_predictor")
  expect_says(quick_fit(replace(data$x, 2, NA), data$y, case_weights = data$w), "(NA) in row 2")
  expect_says(quick_fit(data$x, replace(data$y, 2, NA), case_weights = data$w),
    "`y` has a missing value (NA) in row 2")
  one <- replace(data$w, -1, 0)
  expect_says(quick_fit(data$x, data$y, case_weights = one, validation = 0.5),
    "of a single row")
  fit <- quick_fit(data$x, data$y, case_weights = data$w, validation = 0.25)
  expect_identical(fit$n, c(training = 30L, validation = 10L))
  expect_identical(nobs(fit), 30L)
})

test_that("rows of a class of weight zero are ignored, and the class is kept", {
  data <- rows_to_leave_out()
  y <- factor(data$class)
  kept <- y != "none"
  left_out <- same_seed(quick_fit(data$x[kept, ], y[kept], validation = 0.2))
  fit <- same_seed(quick_fit(data$x, y, validation = 0.2, class_weights = c(none = 0)))
  expect_identical(learned(fit), learned(left_out))
  expect_identical(fit$outcome$levels, levels(y))
  # Both kinds at once.
  fit <- same_seed(quick_fit(data$x, y, class_weights = c(none = 0, v = 2),
    case_weights = rep(c(1, 0), c(55, 5))))
  kept[56:60] <- FALSE
  left_out <- same_seed(quick_fit(data$x[kept, ], y[kept], class_weights = c(v = 2)))
  expect_identical(learned(fit), learned(left_out))
  # Rows of such a class do not count in a validation set either.
  validated <- function(rows) {
    same_seed(quick_fit(data$x, y, class_weights = c(none = 0),
      validation = list(data$x[rows, ], y[rows])))
  }
  expect_identical(learned(validated(TRUE)), learned(validated(y != "none")))
  expect_identical(validated(TRUE)$n, c(training = 40L, validation = 40L))
})

test_that("continued and resumed training ignores rows of weight zero", {
  data <- rows_to_leave_out()
  kept <- data$w > 0
  folder <- withr::local_tempdir()
  start <- same_seed(quick_fit(data$x, data$y, case_weights = data$w))
  left_out <- same_seed(continue_training(start, data$x[kept, ], data$y[kept],
    case_weights = NULL, validation = 0.3))
  whole <- same_seed(continue_training(start, data$x, data$y,
    case_weights = data$w, validation = 0.3, checkpoint = folder, checkpoint_every = 2))
  expect_identical(learned(whole), learned(left_out))
  again <- resume_training(folder, data$x, data$y)
  expect_identical(learned(again), learned(whole))
  # Their values may change meanwhile, but not their number.
  expect_identical(learned(resume_training(folder, replace(data$x, 2, 0), data$y)), learned(whole))
  expect_says(
    resume_training(folder, data$x[-2, ], data$y[-2]), "`x`", "must have 60 rows", "not 59"
  )
  expect_says(resume_training(folder, replace(data$x, 1, 0), data$y), "different values")
})

test_that("images of weight zero can have any scale, also in continued and resumed training", {
  x <- withr::with_seed(1, array(sample(0:255, 960, TRUE), c(60, 4, 4)))
  x[1, 1, 1] <- 255L
  x[5, , ] <- 4000L
  y <- rep(c("a", "b"), 30)
  w <- replace(rep(1, 60), 5, 0)
  folder <- withr::local_tempdir()
  fit <- expect_silent(same_seed(quick_fit(x, y, case_weights = w, checkpoint = folder)))
  expect_identical(fit$inputs$divisor, 255)
  expect_silent(again <- resume_training(folder, x, y))
  expect_identical(learned(again), learned(fit))
  more <- function(rows, x, ...) {
    same_seed(continue_training(fit, x, y[rows], epochs = 2, case_weights = w[rows], ...))
  }
  left_out <- more(-5, x[-5, , ])
  expect_identical(learned(more(1:60, x)), learned(left_out))
  expect_identical(learned(more(1:60, array_reshape(x, c(60, -1)))), learned(left_out))
  # The same for classes of weight 0, which a model remembers.
  y[5] <- "c"
  fit <- expect_silent(quick_fit(x, y, class_weights = c(c = 0), checkpoint = folder,
    validation = list(x, y)))
  expect_identical(fit$n, c(training = 59L, validation = 59L))
  expect_silent(again <- resume_training(folder, x, y, validation = list(x, y)))
  expect_identical(learned(again), learned(fit))
  expect_silent(continue_training(fit, x, y, epochs = 1))
  # What counts is refused, and missing values are in any row.
  expect_says(continue_training(fit, x, y, class_weights = NULL), "values from 0 to 4000")
  expect_says(more(1:60, replace(x, 5, NA)), "(NA) in image 5")
})

test_that("images of a class of weight zero do not decide the divisor", {
  x <- withr::with_seed(1, array(c(255L, sample(0:255, 959, TRUE)), c(60, 4, 4)))
  y <- rep(c("u", "v", "w"), 20)
  x[y == "v", , ] <- x[y == "v", , ] * 16L
  left_out <- same_seed(quick_fit(x[y != "v", , ], factor(y[y != "v"], c("u", "v", "w"))))
  expect_identical(left_out$inputs$divisor, 255)
  one_hot <- outer(y, c("u", "v", "w"), `==`) + 0
  colnames(one_hot) <- c("u", "v", "w")
  for (y in list(y, factor(y), data.frame(y), one_hot)) {
    fit <- same_seed(quick_fit(x, y, class_weights = c(v = 0), loss = "cross_entropy"))
    expect_identical(fit$inputs, left_out$inputs)
    expect_identical(fit$parameters, left_out$parameters)
  }
  # Columns without names are the classes 0, 1 and 2.
  fit <- quick_fit(x, unname(one_hot), class_weights = c("1" = 0), loss = "cross_entropy")
  expect_identical(fit$inputs$divisor, 255)
  # Case weights of 0 leave out "w" and class weights leave out "v".
  w <- rep(c(1, 1, 0), 20)
  x[w == 0, , ] <- 4000L
  expect_identical(rows_likely_counted(one_hot, w, c(v = 0)), rep(c(TRUE, FALSE, FALSE), 20))
  expect_says(quick_fit(x, one_hot, class_weights = c(v = 0), case_weights = w,
    loss = "cross_entropy"), "only the class \"u\"")
})

test_that("errors about weights show how to write them", {
  data <- data.frame(a = 1:6 / 3, b = 1:6, y = rep(c("hi", "lo", "mid"), 2))
  with_cases <- function(w) quick_fit(y ~ a, data, case_weights = w)
  expect_says(with_cases("b"), "use `data$b`.")
  expect_says(with_cases("my w"), "use `data[[\"my w\"]]`.")
  expect_says(with_cases(data$b > 2), "as.numeric()")
  with_classes <- function(w) quick_fit(y ~ a, data, class_weights = w)
  expect_says(with_classes(c(1, 2, 1)), "write `c(hi = 1, lo = 2, mid = 1)`")
  expect_says(with_classes(2), "write `c(hi = 1, lo = 1, mid = 1)`")
  data$y <- rep(c("a b", "1", "x"), 2)
  expect_says(with_classes(3:1), "write `c(`1` = 3, `a b` = 2, x = 1)`")
})
