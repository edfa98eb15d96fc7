# What the ranks of bench/scaling.R measure; MPI starts it with the name of a file for the result.
#   training: seconds per row and batch size, one thread for each rank
#   sums: seconds to add up so many numbers over all ranks
suppressPackageStartupMessages(library(feedforward))
arguments <- commandArgs(TRUE)
cluster <- cluster_mpi()

rows <- 8192L
set.seed(1)
x <- matrix(stats::runif(rows * 784L), rows)
y <- factor(sample(0:9, rows, TRUE))

# The fastest of some epochs: whatever else the machine does only makes them slower.
seconds_per_row <- function(hidden_units, batch_size, precision) {
  fit <- feedforward(x, y,
    hidden_units = hidden_units, batch_size = batch_size, precision = precision, epochs = 6,
    optimizer = "adam", threads = 1, cluster = cluster
  )
  min(fit$history$seconds) / rows
}

seconds_of_sum <- function(size, precision) {
  feedforward:::mpi_sum_cpp(numeric(size), precision == "single", 10L)$seconds
}

training <- expand.grid(
  network = c("784-128-10", "784-512-256-10"), batch_size = c(512L, 4096L),
  precision = c("double", "single"), stringsAsFactors = FALSE
)
hidden <- lapply(strsplit(training$network, "-"), function(units) {
  as.integer(units[-c(1L, length(units))])
})
sums <- expand.grid(
  size = c(100L, 3000L, 30000L, 101770L, 535818L, 2000000L), precision = c("double", "single"),
  stringsAsFactors = FALSE
)
if (!"sums" %in% arguments) {
  training$seconds <- mapply(seconds_per_row, hidden, training$batch_size, training$precision)
}
if (cluster$ranks > 1L) sums$seconds <- mapply(seconds_of_sum, sums$size, sums$precision)
if (cluster$rank == 0L) saveRDS(list(training = training, sums = sums), arguments[1L])
