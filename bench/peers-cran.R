# Packages from CRAN that train the same kind of network, on the first 10000 images of
# MNIST: seconds per epoch and the test accuracy after five epochs. Each uses its own plain
# backpropagation with the settings nearest to the script's; RSNNS knows no batches.
source("bench/measure.R")
data <- bench_mnist()
rows <- 1:10000
X <- data$X[rows, ]
Y <- data$Y[rows, ]
epochs <- 5

accuracy <- function(scores) mean(max.col(scores) - 1 == data$y_test)

fits <- list(
  feedforward = function() {
    fit <- train_nn(X, Y, init_nn(784, 128, 10), epochs = epochs, verbose = FALSE, threads = 1)
    predict(fit, data$X_test, type = "prob")
  },
  ANN2 = function() {
    fit <- ANN2::neuralnetwork(X, data$y[rows],
      hidden.layers = 128, activ.functions = "sigmoid", loss.type = "log", n.epochs = epochs,
      batch.size = 128, learn.rates = 0.1, optim.type = "sgd", standardize = FALSE,
      val.prop = 0, verbose = FALSE, L2 = 0
    )
    stats::predict(fit, data$X_test)$probabilities
  },
  deepnet = function() {
    fit <- deepnet::nn.train(X, Y,
      hidden = 128, activationfun = "sigm", learningrate = 0.1, momentum = 0,
      output = "softmax", numepochs = epochs, batchsize = 128
    )
    deepnet::nn.predict(fit, data$X_test)
  },
  RSNNS = function() {
    fit <- RSNNS::mlp(X, Y,
      size = 128, maxit = epochs, learnFunc = "Std_Backpropagation", learnFuncParams = c(0.1, 0)
    )
    stats::predict(fit, data$X_test)
  }
)

installed <- vapply(names(fits), requireNamespace, NA, quietly = TRUE)
results <- lapply(fits[installed], function(fit) {
  set.seed(1)
  started <- proc.time()[["elapsed"]]
  utils::capture.output(scores <- fit())
  c(seconds = (proc.time()[["elapsed"]] - started) / epochs, accuracy = accuracy(scores))
})
table <- data.frame(package = names(results), do.call(rbind, results))
table$slower <- table$seconds / table$seconds[1]
names(table)[2] <- "seconds per epoch"
names(table)[4] <- "times as long as feedforward"
save_result(table)
