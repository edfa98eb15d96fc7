# The oracle: a two-layer network in plain R, slow and obvious. Every C++ result is
# compared with it.

reference_sigmoid <- function(z) 1 / (1 + exp(-z))

reference_softmax <- function(Z) {
  for (i in seq_len(nrow(Z))) {
    weights <- exp(Z[i, ] - max(Z[i, ]))
    Z[i, ] <- weights / sum(weights)
  }
  Z
}

reference_cross_entropy <- function(Y, P) {
  P[P < 1e-8] <- 1e-8
  P[P > 1 - 1e-8] <- 1 - 1e-8
  sum(-Y * log(P)) / nrow(Y)
}

reference_forward <- function(X, nn) {
  add_bias <- function(Z, b) sweep(Z, 2, as.vector(b), `+`)
  Z1 <- add_bias(tcrossprod(X, nn$W1), nn$b1)
  A1 <- reference_sigmoid(Z1)
  Z2 <- add_bias(tcrossprod(A1, nn$W2), nn$b2)
  list(Z1 = Z1, A1 = A1, Z2 = Z2, A2 = reference_softmax(Z2))
}

reference_backward <- function(X, Y, nn) {
  pass <- reference_forward(X, nn)
  n <- nrow(X)
  dZ2 <- (pass$A2 - Y) / n
  dZ1 <- (dZ2 %*% nn$W2) * pass$A1 * (1 - pass$A1)
  list(
    loss = reference_cross_entropy(Y, pass$A2),
    dW1 = crossprod(dZ1, X), db1 = matrix(colSums(dZ1)),
    dW2 = crossprod(dZ2, pass$A1), db2 = matrix(colSums(dZ2))
  )
}

# The loop of the script: every epoch permutes the already permuted data.
reference_train <- function(X, Y, nn, learning_rate, epochs, batch_size) {
  loss_history <- numeric(epochs)
  for (epoch in seq_len(epochs)) {
    order <- sample(seq_len(nrow(X)))
    X <- X[order, , drop = FALSE]
    Y <- Y[order, , drop = FALSE]
    batches <- split(seq_len(nrow(X)), (seq_len(nrow(X)) - 1) %/% batch_size)
    losses <- numeric(length(batches))
    for (i in seq_along(batches)) {
      rows <- batches[[i]]
      step <- reference_backward(X[rows, , drop = FALSE], Y[rows, , drop = FALSE], nn)
      losses[i] <- step$loss
      for (name in names(nn)) {
        nn[[name]] <- nn[[name]] - learning_rate * step[[paste0("d", name)]]
      }
    }
    loss_history[epoch] <- mean(losses)
  }
  c(nn, list(loss_history = loss_history))
}

# A random network and data for it; weights large enough that nothing is nearly linear.
random_case <- function(n, inputs, hidden, outputs) {
  nn <- list(
    W1 = matrix(rnorm(hidden * inputs), hidden, inputs), b1 = matrix(rnorm(hidden)),
    W2 = matrix(rnorm(outputs * hidden), outputs, hidden), b2 = matrix(rnorm(outputs))
  )
  Y <- diag(outputs)[sample(outputs, n, replace = TRUE), , drop = FALSE]
  list(nn = nn, X = matrix(rnorm(n * inputs), n, inputs), Y = Y)
}

# Cases at the edges: one row, one input, one hidden unit, one output, odd sizes.
edge_cases <- function() {
  list(
    random_case(1, 5, 4, 3), random_case(7, 1, 4, 3), random_case(7, 5, 1, 3),
    random_case(7, 5, 4, 1), random_case(1, 1, 1, 1), random_case(131, 37, 33, 11),
    random_case(300, 70, 65, 2)
  )
}

expect_close <- function(object, expected, tolerance = 1e-12) {
  expect_equal(object, expected, tolerance = tolerance)
}

# Runs R code in a fresh process, with the libraries of this one and only the
# environment variables given; returns its lines of output.
run_in_fresh_r <- function(code, env = character(), args = character()) {
  folder <- withr::local_tempdir()
  file <- file.path(folder, "code.R")
  writeLines(code, file)
  libraries <- paste(.libPaths(), collapse = .Platform$path.sep)
  withr::local_envvar(c(R_LIBS = libraries, R_TESTS = "", env))
  withr::local_dir(folder)
  suppressWarnings(
    system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", args, file),
      stdout = TRUE, stderr = TRUE
    )
  )
}
