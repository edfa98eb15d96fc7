# B1: the script's own training loop against train_nn(), seconds per epoch. train_nn() runs
# all 20 epochs, its conversion of the data included.
source("bench/measure.R")
data <- bench_mnist()

# Section 8 and the functions of the script, as they are, for one epoch.
script <- parse(file.path(Sys.getenv("FEEDFORWARD_SCRIPT"), "mnist_two_layer.R"))
is_definition <- vapply(script, function(code) {
  is.call(code) && identical(code[[1]], as.name("<-")) && is.call(code[[3]]) &&
    identical(code[[3]][[1]], as.name("function"))
}, NA)
is_loop <- vapply(script, function(code) is.call(code) && identical(code[[1]], as.name("for")), NA)

script_epoch <- function() {
  world <- new.env(parent = globalenv())
  start <- init_nn(784, 128, 10)
  list2env(c(start, list(
    x_train = data$X, y_train_onehot = data$Y, n_train = nrow(data$X), epochs = 1,
    learning_rate = 0.1, batch_size = 128, hidden_dim = 128, output_dim = 10,
    loss_history = numeric(1)
  )), world)
  for (code in script[is_definition]) eval(code, world)
  utils::capture.output(eval(script[[which(is_loop)]], world))
}

train <- function(threads, precision) {
  function() {
    train_nn(data$X, data$Y, init_nn(784, 128, 10),
      verbose = FALSE, threads = threads, precision = precision
    )
  }
}

tasks <- list(
  script = script_epoch,
  "double, 1 thread" = train(1, "double"), "double, 2 threads" = train(2, "double"),
  "single, 1 thread" = train(1, "single"), "single, 2 threads" = train(2, "single")
)
seconds <- alternate(tasks, times = 3)
epochs <- ifelse(names(seconds) == "script", 1, 20)
save_result(list(seconds = seconds / epochs, blas = extSoftVersion()[["BLAS"]]))
