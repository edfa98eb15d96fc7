# The network of the MNIST script, start to end, with the functions of the package:
# on MNIST where it is at hand (nothing is downloaded), else on drawn digits.
library(feedforward)

digits <- tryCatch(
  dataset_mnist(download = FALSE),
  feedforward_download_error = function(e) {
    cat("MNIST is not at hand: these are digits that the package draws itself.\n")
    cat("Let FEEDFORWARD_MNIST name the folder of MNIST's four files to train on it.\n\n")
    set.seed(1)
    synthetic_digits()
  }
)

pixels <- function(x) array_reshape(x, c(nrow(x), 784)) / 255
x_train <- pixels(digits$train$x)
x_test <- pixels(digits$test$x)
y_train <- to_categorical(digits$train$y, num_classes = 10)

set.seed(123)
started <- proc.time()[["elapsed"]]
net <- train_nn(x_train, y_train, init_nn(784, 128, 10),
  learning_rate = 0.1, epochs = 20, batch_size = 128, verbose = TRUE
)
cat(sprintf("\n%.1f seconds of training\n", proc.time()[["elapsed"]] - started))

test_class <- predict_nn(x_test, net$W1, net$b1, net$W2, net$b2)$predictions
cat("\nTest Accuracy =", round(mean(test_class == digits$test$y), 4), "\n")
print(table(Predicted = test_class, Actual = digits$test$y))

# Not every R can write PNG without a display; all can write PDF.
dir.create("build", showWarnings = FALSE)
if (capabilities("cairo")) {
  file <- "build/demo-loss.png"
  png(file, width = 800, height = 600, res = 120, type = "cairo")
} else {
  file <- "build/demo-loss.pdf"
  pdf(file)
}
plot(net)
invisible(dev.off())
cat("\nThe loss curve is in", file, "\n")
