# An epoch of feedforward() against PyTorch and against a BLAS that does nothing but the
# matrix products, in turn, one thread each. Data are random with the density given.
source("bench/measure.R")
library(feedforward)

cases <- list(
  digits = list(n = 60000, inputs = 784, hidden = 128, outputs = 10, batch = 128, density = 0.19),
  dense = list(n = 60000, inputs = 784, hidden = 128, outputs = 10, batch = 128, density = 1),
  tabular = list(n = 20000, inputs = 20, hidden = 256, outputs = 1, batch = 32, density = 1)
)

openblas <- unname(blas_folders()["OpenBLAS"])
one_thread <- c(
  paste0("LD_PRELOAD=", file.path(openblas, "libblas.so.3")),
  "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"
)

# Seconds of one epoch in another program, which prints them; its first epoch warms it up.
seconds_of <- function(command, arguments) {
  printed <- system2(command, c(arguments), stdout = TRUE, env = one_thread)
  stats::median(as.numeric(printed)[-1])
}

build_products <- function() {
  program <- tempfile("products")
  arguments <- c("-O2", "-o", program, "bench/products.cpp",
    file.path(openblas, "libblas.so.3"))
  if (system2("g++", arguments) != 0) stop("bench/products.cpp does not compile")
  program
}

shape_of <- function(case) unlist(case[c("n", "inputs", "hidden", "outputs", "batch")])

# Seconds of one epoch of feedforward(), without the conversion of the data.
own_seconds <- function(case, precision, threads = 1) {
  set.seed(1)
  X <- matrix(runif(case$n * case$inputs), case$n)
  if (case$density < 1) X <- X * (runif(length(X)) < case$density)
  # One output is a regression.
  y <- if (case$outputs == 1) runif(case$n) else factor(sample(case$outputs, case$n, TRUE))
  run <- function(epochs) {
    system.time(feedforward(X, y,
      hidden_units = case$hidden, activation = "sigmoid", optimizer = optimizer_sgd(0.1),
      epochs = epochs, batch_size = case$batch, standardize = FALSE, threads = threads,
      precision = precision
    ))[["elapsed"]]
  }
  (run(3) - run(0)) / 3
}

compare <- function(name, precision, program, rounds = 3) {
  case <- cases[[name]]
  shape <- shape_of(case)
  rows <- replicate(rounds, c(
    feedforward = own_seconds(case, precision),
    torch = seconds_of(Sys.getenv("PYTHON", "python3"),
      c("bench/peers-torch.py", shape, precision, 1, 3, case$density)),
    products = seconds_of(program, c(shape, precision, 3))
  ))
  seconds <- apply(rows, 1, stats::median)
  data.frame(
    case = name, precision = precision, feedforward = seconds[["feedforward"]],
    PyTorch = seconds[["torch"]], "products only" = seconds[["products"]],
    "against PyTorch" = seconds[["torch"]] / seconds[["feedforward"]],
    "against products" = seconds[["products"]] / seconds[["feedforward"]], check.names = FALSE
  )
}

program <- build_products()
grid <- expand.grid(precision = c("double", "single"), name = names(cases),
  stringsAsFactors = FALSE)
save_result(do.call(rbind, Map(
  function(name, precision) compare(name, precision, program), grid$name, grid$precision
)))
