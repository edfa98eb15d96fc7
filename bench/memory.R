# Peak resident memory of a fresh process that trains on MNIST. Usage: memory.R KIND,
# with KIND one of script, double, raw, sparse. The data are prepared beforehand and read
# in their final form, so that no memory of the preparation counts.
source("bench/measure.R")
kind <- commandArgs(TRUE)[1]
library(feedforward)

peak_megabytes <- function() {
  status <- readLines("/proc/self/status")
  as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
}

data <- readRDS(Sys.getenv("BENCH_DATA"))
if (kind == "sparse") loadNamespace("Matrix")
before <- peak_megabytes()
set.seed(123)
if (kind == "script") {
  source("bench/script-loop.R")
  script_epoch(data$X, data$Y)
} else {
  train_nn(data$X, data$Y, init_nn(784, 128, 10), epochs = 1, verbose = FALSE)
}
save_result(list(
  before = before, peak = peak_megabytes(), input = as.numeric(utils::object.size(data$X)) / 2^20
))
