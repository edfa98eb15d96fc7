# One epoch of the script's own training loop: its code is read from the folder that
# FEEDFORWARD_SCRIPT names and run as it is, on data that are given.
script_epoch <- function(X, Y) {
  script <- parse(file.path(Sys.getenv("FEEDFORWARD_SCRIPT"), "mnist_two_layer.R"))
  is_definition <- vapply(script, function(code) {
    is.call(code) && identical(code[[1]], as.name("<-")) && is.call(code[[3]]) &&
      identical(code[[3]][[1]], as.name("function"))
  }, NA)
  is_loop <- vapply(script, function(code) {
    is.call(code) && identical(code[[1]], as.name("for"))
  }, NA)
  world <- new.env(parent = globalenv())
  list2env(c(init_nn(784, 128, 10), list(
    x_train = X, y_train_onehot = Y, n_train = nrow(X), epochs = 1, learning_rate = 0.1,
    batch_size = 128, hidden_dim = 128, output_dim = 10, loss_history = numeric(1)
  )), world)
  for (code in script[is_definition]) eval(code, world)
  utils::capture.output(eval(script[[which(is_loop)]], world))
  world
}
