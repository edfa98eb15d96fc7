test_that("sigmoid() is the logistic function for any shape", {
  set.seed(1)
  z <- array(rnorm(60, sd = 4), c(3, 4, 5), dimnames = list(letters[1:3], NULL, NULL))
  expect_close(sigmoid(z), reference_sigmoid(z))
  expect_identical(dimnames(sigmoid(z)), dimnames(z))
  expect_close(sigmoid(c(a = 1L, b = -2L)), reference_sigmoid(c(a = 1, b = -2)))
  expect_identical(sigmoid(numeric()), numeric())
  expect_identical(sigmoid(TRUE), sigmoid(1))
})

test_that("sigmoid() is stable and keeps missing values", {
  expect_identical(sigmoid(c(-1e4, 0, 1e4, -Inf, Inf)), c(0, 0.5, 1, 0, 1))
  expect_equal(sigmoid(-700), exp(-700), tolerance = 1e-12)
  expect_identical(is.na(sigmoid(c(NA, NaN, 1))), c(TRUE, TRUE, FALSE))
})

test_that("sigmoid() does not change its argument", {
  z <- c(1, 2)
  sigmoid(z)
  expect_identical(z, c(1, 2))
})

test_that("softmax() works by row and is stable", {
  set.seed(2)
  Z <- matrix(rnorm(21, sd = 5), 7, 3, dimnames = list(NULL, c("a", "b", "c")))
  expect_close(softmax(Z), reference_softmax(Z))
  expect_identical(dimnames(softmax(Z)), dimnames(Z))
  expect_identical(softmax(rbind(c(1e4, 1e4, -1e4))), rbind(c(0.5, 0.5, 0)))
  expect_identical(softmax(matrix(-1e4, 2, 1)), matrix(1, 2, 1))
  expect_identical(softmax(matrix(numeric(), 0, 3)), matrix(numeric(), 0, 3))
  bad_row <- softmax(rbind(c(NA, 1), c(0, 0)))
  expect_true(all(is.na(bad_row[1, ])))
  expect_identical(bad_row[2, ], c(0.5, 0.5))
})

test_that("cross_entropy() clamps like the script", {
  set.seed(3)
  Y <- to_categorical(c(0, 2, 1, 2))
  P <- reference_softmax(matrix(rnorm(12), 4))
  expect_close(cross_entropy(Y, P), reference_cross_entropy(Y, P))
  expect_close(cross_entropy(cbind(1, 0), cbind(0, 1)), -log(1e-8))
  expect_close(cross_entropy(cbind(1, 0), cbind(1, 0)), -log(1 - 1e-8))
  soft <- matrix(0.25, 4, 3)
  expect_close(cross_entropy(soft, P), reference_cross_entropy(soft, P))
})

test_that("forward, predict_nn and backward equal the reference", {
  set.seed(4)
  for (case in edge_cases()) {
    nn <- case$nn
    pass <- forward(case$X, nn$W1, nn$b1, nn$W2, nn$b2)
    expect_close(pass, reference_forward(case$X, nn))
    predicted <- predict_nn(case$X, nn$W1, nn$b1, nn$W2, nn$b2)
    expect_close(predicted$probabilities, pass$A2)
    gradients <- backward(case$X, case$Y, nn$W1, nn$b1, nn$W2, nn$b2)
    expect_close(gradients, reference_backward(case$X, case$Y, nn))
  }
})

test_that("the gradients agree with finite differences", {
  set.seed(5)
  case <- random_case(9, 4, 3, 3)
  analytic <- backward(case$X, case$Y, case$nn)
  h <- 1e-5
  for (name in names(case$nn)) {
    numeric <- case$nn[[name]]
    for (i in seq_along(numeric)) {
      loss_at <- function(shift) {
        moved <- case$nn
        moved[[name]][i] <- moved[[name]][i] + shift
        cross_entropy(case$Y, forward(case$X, moved)$A2)
      }
      numeric[i] <- (loss_at(h) - loss_at(-h)) / (2 * h)
    }
    expect_equal(analytic[[paste0("d", name)]], numeric, tolerance = 1e-8)
  }
})

test_that("a list of layers and plain vectors of biases are accepted", {
  set.seed(6)
  case <- random_case(5, 4, 3, 2)
  nn <- case$nn
  expected <- forward(case$X, nn$W1, nn$b1, nn$W2, nn$b2)
  expect_identical(forward(case$X, nn), expected)
  expect_identical(forward(case$X, nn$W1, as.vector(nn$b1), nn$W2, as.vector(nn$b2)), expected)
})

test_that("integer and logical matrices work like double matrices", {
  set.seed(7)
  nn <- random_case(3, 4, 3, 2)$nn
  X <- matrix(c(0L, 1L, 1L, 0L), 2, 4)
  expect_identical(forward(X, nn), forward(X + 0, nn))
  expect_identical(forward(X == 1L, nn), forward(X + 0, nn))
})

test_that("results have the names of a matrix product", {
  set.seed(8)
  case <- random_case(2, 3, 2, 2)
  rownames(case$X) <- c("first", "second")
  rownames(case$nn$W2) <- c("no", "yes")
  expect_identical(dimnames(forward(case$X, case$nn)$A2), list(rownames(case$X), c("no", "yes")))
  expect_identical(dimnames(forward(case$X, case$nn)$A1), list(rownames(case$X), NULL))
  expect_identical(
    dimnames(predict_nn(case$X, case$nn)$probabilities), list(rownames(case$X), c("no", "yes"))
  )
})

test_that("predictions break ties like max.col()", {
  nn <- init_nn(2, 3, 4, sd = 0) # all outputs equal: every row is a tie
  X <- matrix(1, 50, 2)
  set.seed(9)
  predicted <- predict_nn(X, nn)
  set.seed(9)
  expect_identical(predicted$predictions, max.col(predicted$probabilities) - 1)
  expect_gt(length(unique(predicted$predictions)), 1)
})

test_that("data without rows give no predictions", {
  nn <- init_nn(2, 3, 4)
  X <- matrix(numeric(), 0, 2)
  expect_identical(dim(predict_nn(X, nn)$probabilities), c(0L, 4L))
  expect_length(predict_nn(X, nn)$predictions, 0)
  expect_identical(dim(forward(X, nn)$A1), c(0L, 3L))
})

test_that("errors name the argument, its shape and the expected shape", {
  set.seed(10)
  case <- random_case(5, 4, 3, 2)
  nn <- case$nn
  X <- case$X
  refuse <- function(code, ...) {
    error <- expect_error(code, class = "feedforward_error")
    for (part in c(...)) expect_match(conditionMessage(error), part, fixed = TRUE)
  }
  refuse(forward("a", nn),
    "`X`", "a numeric, raw, or sparse matrix with 4 columns", "the string \"a\""
  )
  refuse(forward(X[, 1:3], nn), "`X`", "4 columns", "5 x 3 double matrix")
  refuse(forward(as.data.frame(X), nn), "`X`", "a data frame with 5 rows and 4 columns")
  refuse(forward(X[1, ], nn), "`X`", "a double vector of length 4")
  refuse(forward(NULL, nn), "`X`", "NULL")
  refuse(predict_nn(replace(X, 7, NA), nn), "`X`", "missing value (NA) at `X[2, 2]`")
  refuse(predict_nn(replace(X, 1, Inf), nn), "`X`", "infinite value (Inf) at `X[1, 1]`")
  refuse(forward(X, t(nn$W1), nn$b1, nn$W2, nn$b2), "`W2`", "4 columns", "2 x 3 double matrix")
  refuse(forward(X, nn$W1, 1, nn$W2, nn$b2), "`b1`", "3 x 1 matrix", "the number 1")
  refuse(forward(X, nn$W1, t(nn$b1), nn$W2, nn$b2), "`b1`", "a 1 x 3 double matrix")
  refuse(forward(X, nn$W1, nn$b1, nn$W2, c(1, NA)), "`b2`", "missing value (NA) at `b2[2]`")
  refuse(forward(X, nn$W1, nn$b1, nn$W2, list(1, 2)), "`b2`", "a list of length 2")
  refuse(forward(X, replace(nn$W1, 2, NaN), nn$b1, nn$W2, nn$b2),
    "missing value (NaN) at `W1[2, 1]`")
  refuse(forward(X, nn[-2]), "`W1`", "elements W1, b1, W2, and b2", "without", "b1")
  refuse(forward(X, nn$W1, nn$b1, nn$W2), "`b2` is missing", "a list of all layers")
  refuse(forward(X), "`W1` is missing", "init_nn(")
  refuse(backward(X, case$Y[-1, ], nn), "`Y`", "a 5 x 2 numeric matrix", "a 4 x 2 double matrix")
  refuse(backward(X[0, ], case$Y[0, ], nn), "`X`", "at least 1 row", "a 0 x 4 double matrix")
  refuse(softmax(1:3), "`Z`", "numeric matrix", "an integer vector of length 3")
  refuse(softmax(list()), "`Z`", "a list of length 0")
  refuse(sigmoid("1"), "`z`", "numeric vector, matrix, or array", "the string \"1\"")
  refuse(sigmoid(factor(1)), "`z`", "a factor of length 1")
  refuse(sigmoid(NULL), "`z`", "NULL")
  refuse(cross_entropy(case$Y, case$Y[, 1, drop = FALSE]), "`y_pred`", "a 5 x 2 numeric matrix")
  refuse(cross_entropy(case$Y[0, ], case$Y[0, ]), "`y_true`", "at least 1 row")
  refuse(cross_entropy(1, 1), "`y_true`")
})
