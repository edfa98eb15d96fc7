# Trains on a dense matrix of bytes with more than 2^31 cells, which needs too much memory for an
# everyday test. The matrix repeats 1000 rows. So one epoch with all rows in one batch must give the
# weights of the 1000 rows, and equal rows must have equal predictions.
library(feedforward)
source("tools/trust/record.R")

kinds <- 1000L
inputs <- 1000L
copies <- 2200L

main <- function() {
  set.seed(1)
  few <- matrix(as.raw(sample(0:255, kinds * inputs, replace = TRUE)), kinds)
  y <- factor(rep(c("a", "b", "c", "b"), length.out = kinds))
  rows <- rep(seq_len(kinds), copies)
  many <- few[rows, ]
  cat(sprintf("%d x %d bytes, 2^%.2f cells\n", nrow(many), ncol(many), log2(length(many))))
  large <- timed("training", fit(many, y[rows]))
  small <- fit(few, y)
  predicted <- timed("predicting", predict(large, many, type = "prob"))
  expected <- predict(large, few, type = "prob")
  agree <- c(
    "the weights" = agrees(large$parameters, small$parameters),
    "the loss" = agrees(large$history$loss, small$history$loss),
    "the number of predictions" = nrow(predicted) == length(rows),
    "the predictions" = agrees(as.matrix(predicted), as.matrix(expected)[rows, ])
  )
  cat(sprintf("%s %s\n", names(agree), ifelse(agree, "agree", "DIFFER")), sep = "")
  record_figures("sizes", c(
    "bytes in the matrix" = length(many), differences = sum(!agree),
    "GB of memory at most" = report_memory()
  ))
  quit(status = as.integer(!all(agree)))
}

fit <- function(x, y) {
  set.seed(2)
  feedforward(x, y,
    hidden_units = 4, epochs = 1, batch_size = nrow(x), optimizer = "sgd", learn_rate = 0.5
  )
}

timed <- function(what, value) {
  seconds <- system.time(force(value))[["elapsed"]]
  cat(sprintf("%s: %.0f s\n", what, seconds))
  value
}

# Prints and returns the largest memory of this process in GB, or NA where Linux does not report it.
report_memory <- function() {
  status <- "/proc/self/status"
  if (!file.exists(status)) {
    return(NA)
  }
  memory <- grep("^VmHWM", readLines(status), value = TRUE)
  gigabytes <- as.numeric(gsub("[^0-9]", "", memory)) / 2^20
  cat(sprintf("most memory: %.1f GB\n", gigabytes))
  gigabytes
}

agrees <- function(x, y) isTRUE(all.equal(x, y, tolerance = 1e-9))

main()
