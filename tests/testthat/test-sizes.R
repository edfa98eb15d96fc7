# More than 2^31 cells, which R's integers cannot count.

# A dgCMatrix of n x inputs that is 0 but for some cells, each given by row, column and value.
mostly_zeros <- function(n, inputs, cells) {
  Matrix::sparseMatrix(i = cells$row, j = cells$column, x = cells$value, dims = c(n, inputs))
}

# Of R and of the system.
skip_without_memory <- function(gigabytes) {
  skip_if_not(file.exists("/proc/meminfo"), "free memory is not known")
  line <- grep("^MemAvailable:", readLines("/proc/meminfo"), value = TRUE)
  free <- as.double(gsub("[^0-9]", "", line)) / 1024^2
  skip_if(free < gigabytes, sprintf("less than %d GB of memory are free", gigabytes))
}

test_that("3 000 000 sparse rows train like their few different rows", {
  skip_on_cran()
  skip_if_not_installed("Matrix")
  skip_without_memory(4L)
  n <- 3e6
  set.seed(1)
  # Some rows all over, the last one too; all others are zeros.
  row <- c(sort(sample(n - 1, 199)), n)
  cells <- data.frame(
    row = rep(row, each = 5), column = as.vector(replicate(200, sample(1000, 5))),
    value = stats::runif(1000)
  )
  x <- mostly_zeros(n, 1000, cells)
  y <- factor(rep("no", n), levels = c("no", "yes"))
  y[row[1:150]] <- "yes"
  # The same as a dense matrix, where one row of zeros stands for all.
  few <- rbind(as.matrix(x[row, ]), 0)
  weights <- c(rep(1, 200), n - 200)
  fit <- function(x, y, ...) {
    set.seed(2)
    feedforward(x, y,
      hidden_units = 4, epochs = 1, batch_size = n, optimizer = "sgd", learn_rate = 0.5,
      standardize = FALSE, ...
    )
  }
  large <- fit(x, y)
  small <- fit(few, y[c(row, 1L)], case_weights = weights)
  expect_equal(large$parameters, small$parameters, tolerance = 1e-9)
  expect_identical(large$n[["training"]], as.integer(n))

  predicted <- predict(large, x, type = "prob")
  expect_identical(nrow(predicted), as.integer(n))
  expect_equal(predicted[row, ], predict(large, few[1:200, ], type = "prob"), tolerance = 1e-12)
})

test_that("20 000 000 sparse inputs train like the few that are not zero", {
  skip_on_cran()
  skip_if_not_installed("Matrix")
  skip_without_memory(8L)
  inputs <- 2e7
  set.seed(1)
  used <- c(1, sort(sample(inputs - 1, 298)), inputs)
  cells <- data.frame(
    row = rep(1:200, 3), column = used[sample(300, 600, replace = TRUE)], value = stats::runif(600)
  )
  cells <- cells[!duplicated(cells[1:2]), ]
  x <- mostly_zeros(200, inputs, cells)
  few <- as.matrix(x[, used])
  Y <- to_categorical(rep(0:1, 100))
  start <- list(W1 = matrix(0.1, 2, inputs), b1 = c(0, 0), W2 = diag(2), b2 = c(0, 0))
  start$W1[, used] <- stats::runif(600, -1, 1)
  same <- start
  same$W1 <- start$W1[, used]
  train <- function(x, start) {
    set.seed(2)
    train_nn(x, Y, start, learning_rate = 1, epochs = 1, batch_size = 50, verbose = FALSE)
  }
  large <- train(x, start)
  small <- train(few, same)
  expect_equal(large$W1[, used], small$W1, tolerance = 1e-12)
  expect_equal(large$W2, small$W2, tolerance = 1e-12)
  expect_equal(large$loss_history, small$loss_history, tolerance = 1e-12)
  expect_identical(sum(large$W1 != 0.1), length(used) * 2L)

  expect_equal(
    predict_nn(x, large)$probabilities, predict_nn(few, small)$probabilities,
    tolerance = 1e-12
  )
})
