# Rows per second of predict_nn() on a large matrix against the script's own, and the
# time that one row takes from R.
source("bench/measure.R")
source("bench/script-loop.R")
data <- bench_mnist()
rows <- as.numeric(Sys.getenv("BENCH_ROWS", "1e6"))
nn <- train_nn(data$X, data$Y, init_nn(784, 128, 10), epochs = 1, verbose = FALSE)
world <- script_epoch(data$X[1:1000, ], data$Y[1:1000, ]) # for the script's functions
source_functions <- new.env(parent = globalenv())
for (name in c("sigmoid", "softmax", "forward")) assign(name, get(name, world), source_functions)
script <- parse(file.path(Sys.getenv("FEEDFORWARD_SCRIPT"), "mnist_two_layer.R"))
for (code in script) {
  if (is.call(code) && identical(code[[2]], as.name("predict_nn"))) eval(code, source_functions)
}

X <- data$X[rep_len(seq_len(nrow(data$X)), rows), ]
data <- NULL
tasks <- list(
  script = function() source_functions$predict_nn(X, nn$W1, nn$b1, nn$W2, nn$b2),
  feedforward = function() predict_nn(X, nn$W1, nn$b1, nn$W2, nn$b2)
)
seconds <- alternate(tasks, times = 3)

one <- X[1, , drop = FALSE]
latency <- replicate(5, {
  started <- proc.time()[["elapsed"]]
  for (i in 1:5000) predict_nn(one, nn$W1, nn$b1, nn$W2, nn$b2)
  (proc.time()[["elapsed"]] - started) / 5000 * 1e6
})
save_result(list(rows_per_second = rows / seconds, microseconds_of_one_row = median(latency)))
