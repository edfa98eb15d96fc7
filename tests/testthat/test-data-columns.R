# Tables with factors go to C++ as numbers and codes.

mixed_table <- function(n = 120, levels = letters[1:6]) {
  withr::with_seed(1, {
    data <- data.frame(
      a = stats::rnorm(n, 10, 3), f = factor(sample(levels, n, TRUE), levels),
      l = stats::runif(n) > 0.5, b = stats::rnorm(n)
    )
    data$y <- data$a + as.integer(data$f) + data$l + stats::rnorm(n)
    data
  })
}

# The same inputs as a matrix, made by other means.
mixed_matrix <- function(data) {
  cbind(a = data$a, stats::model.matrix(~ f - 1, data), l = data$l + 0, b = data$b)
}

test_that("a table of columns behaves like the matrix of its inputs", {
  data <- mixed_table()
  columns <- new_columns(data[c("a", "f", "l", "b")])
  x <- mixed_matrix(data)
  expect_identical(dim(columns), dim(x))
  expect_identical(colnames(columns), colnames(x))
  expect_equal(as.matrix(columns), x, ignore_attr = c("assign", "contrasts", "dimnames"))
  expect_identical(as.matrix(columns[5:7, ]), as.matrix(columns)[5:7, ])
})

test_that("codes give the same bits as the matrix of 0 and 1", {
  # Few levels make dense batches, many levels sparse ones.
  for (levels in list(letters[1:3], c(letters, LETTERS))) {
    data <- mixed_table(levels = levels)
    for (standardize in c(FALSE, TRUE)) {
      fit <- function(x) {
        suppressWarnings(same_seed(quick_fit(x, data$y, standardize = standardize)))
      }
      table <- fit(data[1:4])
      matrix <- fit(mixed_matrix(data))
      expect_identical(unname(table$parameters$W1), unname(matrix$parameters$W1))
      expect_identical(
        predict(table, data, format = "matrix"), as.vector(predict(matrix, mixed_matrix(data)))
      )
    }
  }
})

test_that("numbers are scaled by default, and levels are not", {
  data <- mixed_table()
  fit <- quick_fit(data[1:4], data$y)
  n <- nrow(data)
  sd_n <- function(x) stats::sd(x) * sqrt((n - 1) / n)
  expect_equal(fit$inputs$center, c(mean(data$a), rep(0, 6), mean(data$l), mean(data$b)))
  expect_equal(fit$inputs$scale, c(sd_n(data$a), rep(1, 6), sd_n(data$l), sd_n(data$b)))
})

test_that("a row is predicted alone as among others", {
  data <- mixed_table(levels = c(letters, LETTERS))
  fit <- quick_fit(y ~ ., data = data)
  alone <- vapply(1:5, function(i) predict(fit, data[i, ])$.pred, 1)
  expect_identical(alone, predict(fit, data)$.pred[1:5])
})

test_that("a factor of many levels takes the memory of its codes", {
  n <- 50000
  data <- withr::with_seed(1, data.frame(
    a = stats::rnorm(n), id = factor(sample(sprintf("id%04d", 1:4000), n, TRUE))
  ))
  invisible(gc(reset = TRUE))
  before <- sum(gc(reset = TRUE)[, 2])
  fit <- feedforward(data, -data$a,
    hidden_units = 4, epochs = 1, batch_size = 512, optimizer = "sgd"
  )
  used <- sum(gc()[, 6]) - before
  # The matrix of 0 and 1 would have 50000 x 4001 numbers: 1600 MB.
  expect_lt(used, 100)
  expect_identical(ncol(fit$parameters$W1), 4001L)
})

test_that("weights of 0, validation and later training read columns alike", {
  data <- mixed_table()
  weights <- rep(c(1, 0, 2), length.out = nrow(data))
  kept <- data[weights > 0, ]
  expect_identical(
    same_seed(quick_fit(y ~ ., data = data, case_weights = weights))$parameters,
    same_seed(quick_fit(y ~ ., data = kept, case_weights = weights[weights > 0]))$parameters
  )
  given <- same_seed(quick_fit(y ~ ., data = data, validation = data[1:20, ]))
  expect_false(anyNA(given$history$valid_loss))
  more <- continue_training(given, data = data, epochs = 2)
  expect_identical(nrow(more$history), 5L)
  folder <- withr::local_tempdir()
  whole <- same_seed(quick_fit(y ~ ., data = data, checkpoint = folder))
  expect_identical(resume_training(folder, data = data)$parameters, whole$parameters)
})

test_that("a missing level names its row and column", {
  data <- mixed_table()
  data$f[7] <- NA
  expect_says(quick_fit(data[1:4], data$y), "missing value (NA) in row 7, column `f`",
    "use `missing = \"indicator\"`")
})

test_that("training goes on with levels that were standardized", {
  data <- mixed_table()
  go_on <- function(x) {
    fit <- same_seed(quick_fit(x, data$y, standardize = TRUE))
    same_seed(continue_training(fit, x, data$y, epochs = 2))
  }
  expect_identical(unname(go_on(data[1:4])$parameters$W1),
    unname(go_on(mixed_matrix(data))$parameters$W1))
})

test_that("levels that no training row has keep weights of 0, without a warning", {
  data <- mixed_table(levels = letters[1:3])
  data$f <- factor(data$f, c("a", "b", "c", "unused"))
  for (encoding in list(NULL, "robust")) {
    fit <- expect_no_warning(quick_fit(y ~ ., data, encoding = encoding))
    expect_identical(unname(fit$parameters$W1[, "funused"]), numeric(4))
  }
  data$f[] <- "a"
  expect_warning(quick_fit(y ~ ., data), "`f`", class = "feedforward_constant_predictor")
})

test_that("columns of doubles are not copied, and give what their matrix gives", {
  data <- data.frame(a = sin(1:60), b = c(0, 0, 1, 5), c = seq(0, 1, length.out = 60))
  x <- read_frame(data)$x
  expect_true(is_columns(x))
  expect_identical(as.matrix(x), as.matrix(data))
  expect_false(is_columns(read_frame(transform(data, b = b > 0))$x))
  zeros <- as.data.frame(outer(1:60, 1:9, function(i, j) i / 60 * ((i + 3 * j) %% 7 == 0)))
  for (frame in list(data, zeros)) {
    for (options in list(list(), list(precision = "single"), list(optimizer = "lbfgs"),
      list(standardize = FALSE), list(validation = 0.2))) {
      fit <- function(x) same_seed(do.call(quick_fit, c(list(x, cos(1:60)), options)))
      of_frame <- fit(frame)
      of_matrix <- fit(as.matrix(frame))
      expect_identical(of_frame$parameters, of_matrix$parameters)
      expect_identical(predict(of_frame, frame)$.pred, predict(of_matrix, as.matrix(frame)))
    }
  }
})
