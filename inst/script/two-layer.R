# A neural network with two layers of weights that reads handwritten digits: every formula spelled
# out in plain R. Run it with
#
#   source(system.file("script", "two-layer.R", package = "feedforward"))
#
# It takes about ten seconds. The package has functions with the same names and arguments. To see
# them do the same work, set `in_plain_r <- FALSE` in a new session before you run the script: it
# prints the same, in about one second.

if (!exists("in_plain_r")) in_plain_r <- TRUE

library(feedforward)

# The data -----------------------------------------------------------------------------------------

# 3,000 images that the package draws. For MNIST, use `digits <- dataset_mnist()` before you run the
# script; then it takes minutes in plain R.
if (!exists("digits")) {
  set.seed(1)
  digits <- synthetic_digits(n_train = 3000, n_test = 500)
}

# Each image becomes a row of 784 numbers between 0 and 1, each label a row of ten zeros and ones.
X <- array_reshape(digits$train$x, c(nrow(digits$train$x), 784)) / 255
Y <- to_categorical(digits$train$y, num_classes = 10)
X_test <- array_reshape(digits$test$x, c(nrow(digits$test$x), 784)) / 255

# The network --------------------------------------------------------------------------------------

if (in_plain_r) {
  sigmoid <- function(z) 1 / (1 + exp(-z))

  # Subtracting the largest value of a row changes no probability, and exp() can't overflow.
  softmax <- function(Z) {
    E <- exp(Z - apply(Z, 1, max))
    E / rowSums(E)
  }

  # Adds a bias to each column.
  add_bias <- function(Z, b) sweep(Z, 2, as.vector(b), "+")

  # n rows of inputs become n rows of 128 activations, then n rows of ten probabilities.
  forward <- function(X, W1, b1, W2, b2) {
    Z1 <- add_bias(X %*% t(W1), b1)
    A1 <- sigmoid(Z1)
    Z2 <- add_bias(A1 %*% t(W2), b2)
    list(Z1 = Z1, A1 = A1, Z2 = Z2, A2 = softmax(Z2))
  }

  # The mean loss of a row. No probability is taken to be 0, so the logarithm is finite.
  cross_entropy <- function(y_true, y_pred) {
    y_pred <- pmin(pmax(y_pred, 1e-8), 1 - 1e-8)
    -mean(rowSums(y_true * log(y_pred)))
  }

  # The derivatives of the mean loss, from the last layer back to the first.
  backward <- function(X, Y, W1, b1, W2, b2) {
    pass <- forward(X, W1, b1, W2, b2)
    dZ2 <- pass$A2 - Y
    dZ1 <- (dZ2 %*% W2) * pass$A1 * (1 - pass$A1)
    list(
      loss = cross_entropy(Y, pass$A2),
      dW1 = t(dZ1) %*% X / nrow(X), db1 = matrix(colMeans(dZ1)),
      dW2 = t(dZ2) %*% pass$A1 / nrow(X), db2 = matrix(colMeans(dZ2))
    )
  }

  # Small random weights. Zeros would leave all hidden units the same.
  init_nn <- function(input_dim, hidden_dim, output_dim) {
    W1 <- matrix(rnorm(hidden_dim * input_dim, sd = 0.01), hidden_dim)
    W2 <- matrix(rnorm(output_dim * hidden_dim, sd = 0.01), output_dim)
    list(W1 = W1, b1 = matrix(0, hidden_dim), W2 = W2, b2 = matrix(0, output_dim))
  }

  # In each epoch, the rows are shuffled and cut into batches, and each batch moves the weights a
  # little way down its gradient.
  train_nn <- function(X, Y, W1, b1, W2, b2,
                       learning_rate = 0.1, epochs = 20, batch_size = 128) {
    net <- list(W1 = W1, b1 = b1, W2 = W2, b2 = b2)
    losses <- numeric(epochs)
    for (epoch in seq_len(epochs)) {
      shuffled <- sample(nrow(X))
      X <- X[shuffled, ]
      Y <- Y[shuffled, ]
      batches <- split(seq_len(nrow(X)), (seq_len(nrow(X)) - 1) %/% batch_size)
      batch_losses <- vapply(batches, FUN.VALUE = 0, function(rows) {
        step <- backward(
          X[rows, , drop = FALSE], Y[rows, , drop = FALSE], net$W1, net$b1, net$W2, net$b2
        )
        for (name in c("W1", "b1", "W2", "b2")) {
          net[[name]] <<- net[[name]] - learning_rate * step[[paste0("d", name)]]
        }
        step$loss
      })
      losses[epoch] <- mean(batch_losses)
      cat("Epoch:", epoch, " Loss:", round(losses[epoch], 5), "\n")
    }
    c(net, list(loss_history = losses))
  }

  predict_nn <- function(X, W1, b1, W2, b2) {
    probabilities <- forward(X, W1, b1, W2, b2)$A2
    list(probabilities = probabilities, predictions = max.col(probabilities) - 1)
  }
}

# Training and results -----------------------------------------------------------------------------

set.seed(123)
start <- init_nn(784, 128, 10)
net <- train_nn(X, Y, start$W1, start$b1, start$W2, start$b2, learning_rate = 0.1, epochs = 20)

predictions <- predict_nn(X_test, net$W1, net$b1, net$W2, net$b2)$predictions
cat("\nTest Accuracy =", round(mean(predictions == digits$test$y), 4), "\n")
print(table(Predicted = predictions, Actual = digits$test$y))
plot(net$loss_history, type = "l", lwd = 2, xlab = "Epoch", ylab = "Cross-Entropy Loss")
