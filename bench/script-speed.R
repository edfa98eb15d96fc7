# The script's own training loop against train_nn(), seconds per epoch. train_nn() runs
# all 20 epochs, its conversion of the data included.
source("bench/measure.R")
source("bench/script-loop.R")
data <- bench_mnist()

train <- function(threads, precision) {
  function() {
    train_nn(data$X, data$Y, init_nn(784, 128, 10),
      verbose = FALSE, threads = threads, precision = precision
    )
  }
}

tasks <- list(
  script = function() script_epoch(data$X, data$Y),
  "double, 1 thread" = train(1, "double"), "double, 2 threads" = train(2, "double"),
  "single, 1 thread" = train(1, "single"), "single, 2 threads" = train(2, "single")
)
seconds <- alternate(tasks, times = 3)
epochs <- ifelse(names(seconds) == "script", 1, 20)
save_result(list(seconds = seconds / epochs, blas = extSoftVersion()[["BLAS"]]))
