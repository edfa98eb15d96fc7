# How the time of an epoch grows: microseconds per row by rows, hidden units, density and
# threads.
source("bench/measure.R")
library(feedforward)

microseconds_per_row <- function(n, hidden, density, threads, inputs = 200) {
  set.seed(1)
  X <- matrix(runif(n * inputs), n)
  if (density < 1) X <- X * (runif(length(X)) < density)
  Y <- diag(10)[sample(10, n, replace = TRUE), ]
  start <- init_nn(inputs, hidden, 10)
  run <- function(epochs) {
    system.time(train_nn(X, Y, start, epochs = epochs, threads = threads, verbose = FALSE))[[3]]
  }
  # Enough epochs to outweigh the fixed costs.
  epochs <- ceiling(4e5 / n)
  times <- replicate(3, run(epochs + 1) - run(1))
  1e6 * stats::median(times) / (n * epochs)
}

grids <- list(
  rows = expand.grid(n = c(1e4, 1e5, 1e6), hidden = 64, density = 1, threads = 1:2),
  units = expand.grid(n = 2e4, hidden = c(16, 64, 256, 1024), density = 1, threads = 1:2),
  density = expand.grid(n = 1e5, hidden = 128, density = c(0.01, 0.03, 0.1, 0.3, 0.5, 1),
    threads = 1:2)
)
save_result(lapply(grids, function(grid) {
  grid$microseconds <- do.call(mapply, c(list(FUN = microseconds_per_row), grid))
  grid
}))
