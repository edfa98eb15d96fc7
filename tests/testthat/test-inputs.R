# All kinds of matrix that hold the same numbers must give the same results, on every set of
# instructions.

bytes_case <- function(density) {
  set.seed(4)
  case <- random_case(n = 300, inputs = 60, hidden = 33, outputs = 5)
  bytes <- matrix(0L, 300, 60)
  filled <- runif(length(bytes)) < density
  bytes[filled] <- sample(255L, sum(filled), replace = TRUE)
  case$bytes <- bytes
  case$X <- bytes / 255
  case$nn$W1 <- case$nn$W1 / 10
  case
}

kinds_of <- function(case) {
  raw <- case$bytes
  mode(raw) <- "raw"
  list(
    raw = raw,
    sparse = Matrix::Matrix(case$X, sparse = TRUE),
    triplets = methods::as(Matrix::Matrix(case$X, sparse = TRUE), "TsparseMatrix")
  )
}

train_short <- function(case, X, ...) {
  set.seed(5)
  fit <- train_nn(X, case$Y, case$nn, epochs = 3, batch_size = 64, verbose = FALSE, ...)
  unclass(fit)
}

# Tries the kernels that this processor has, and checks that each is really in use.
instruction_sets <- Filter(function(name) {
  withr::with_envvar(c(FEEDFORWARD_ISA = name), instructions_in_use() == name)
}, c("baseline", "avx2", "avx512"))

test_that("sparse, byte and double inputs agree with the reference on every path", {
  skip_if_not_installed("Matrix")
  for (density in c(0, 0.02, 0.2, 0.9)) {
    case <- bytes_case(density)
    set.seed(5)
    expected <- reference_train(case$X, case$Y, case$nn, 0.1, 3, 64)
    inputs <- c(list(case$X), kinds_of(case))
    for (instructions in instruction_sets) {
      withr::local_envvar(FEEDFORWARD_ISA = instructions)
      for (X in inputs) {
        expect_close(train_short(case, X), expected, tolerance = 1e-11)
        expect_equal(train_short(case, X, precision = "single"), expected, tolerance = 1e-4)
        expect_close(forward(X, case$nn), reference_forward(case$X, case$nn))
        expect_close(backward(X, case$Y, case$nn), reference_backward(case$X, case$Y, case$nn))
        expect_close(predict_nn(X, case$nn)$probabilities, reference_forward(case$X, case$nn)$A2)
      }
    }
  }
})

test_that("integers train like the same doubles", {
  case <- bytes_case(0.3)
  whole <- case$bytes %/% 100L
  expect_identical(train_short(case, whole), train_short(case, whole + 0))
  expect_identical(train_short(case, whole > 0), train_short(case, (whole > 0) + 0))
})

test_that("a large batch is processed in slices with the same result", {
  set.seed(6)
  case <- random_case(n = 20000, inputs = 3, hidden = 4000, outputs = 2)
  set.seed(7)
  fit <- train_nn(case$X, case$Y, case$nn, epochs = 1, batch_size = 20000, verbose = FALSE)
  set.seed(7)
  expect_close(unclass(fit), reference_train(case$X, case$Y, case$nn, 0.1, 1, 20000),
    tolerance = 1e-10)
})

test_that("values that are not finite are found in every kind of matrix", {
  skip_if_not_installed("Matrix")
  case <- bytes_case(0.2)
  for (bad in list(NA_real_, NaN, Inf, -Inf)) {
    X <- replace(case$X, 305, bad)
    message <- sprintf("value (%s) at `X[5, 2]`", format(bad))
    for (broken in list(X, Matrix::Matrix(X, sparse = TRUE))) {
      for (call in list(
        function(X) train_nn(X, case$Y, case$nn), function(X) forward(X, case$nn),
        function(X) predict_nn(X, case$nn), function(X) backward(X, case$Y, case$nn)
      )) {
        expect_error(call(broken), message, fixed = TRUE, class = "feedforward_error")
      }
    }
  }
  whole <- replace(case$bytes, 7, NA)
  expect_error(predict_nn(whole, case$nn), "missing value (NA) at `X[7, 1]`", fixed = TRUE)
})

test_that("matrices with the wrong shape or type are refused", {
  skip_if_not_installed("Matrix")
  case <- bytes_case(0.2)
  wide <- Matrix::Matrix(cbind(case$X, 0), sparse = TRUE)
  expect_error(predict_nn(wide, case$nn), "a 300 x 61 dgCMatrix", class = "feedforward_error")
  expect_error(predict_nn(as.raw(1:60), case$nn), "a raw vector of length 60",
    class = "feedforward_error")
  empty <- Matrix::Matrix(0, 0, 60, sparse = TRUE)
  expect_error(train_nn(empty, case$Y, case$nn), "at least 1 row", class = "feedforward_error")
  expect_identical(dim(predict_nn(empty, case$nn)$probabilities), c(0L, 5L))
})

test_that("a sparse matrix with slots out of range is refused", {
  skip_if_not_installed("Matrix")
  case <- bytes_case(0.2)
  valid <- Matrix::Matrix(case$X, sparse = TRUE)
  broken <- list(i = 50000000L, i = -1L, p = 5L)
  for (k in seq_along(broken)) {
    X <- valid
    slot <- names(broken)[k]
    attr(X, slot)[1] <- broken[[k]]
    expect_error(predict_nn(X, case$nn), "contradict", class = "feedforward_error")
  }
  X <- valid
  X@x <- X@x[-1]
  expect_error(train_nn(X, case$Y, case$nn), "contradict", class = "feedforward_error")
  setClass("not_a_matrix", representation(a = "numeric"), where = environment())
  expect_error(predict_nn(new("not_a_matrix"), case$nn), "`X`", class = "feedforward_error")
})

test_that("predictions have the row names of a sparse matrix", {
  skip_if_not_installed("Matrix")
  nn <- init_nn(2, 3, 2)
  X <- Matrix::Matrix(diag(2), sparse = TRUE, dimnames = list(c("a", "b"), NULL))
  X <- methods::as(X, "generalMatrix")
  expect_identical(rownames(predict_nn(X, nn)$probabilities), c("a", "b"))
})
