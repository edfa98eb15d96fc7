# Networks of several dense layers with Adam: an epoch and a prediction of all rows, against PyTorch
# in turn, one thread each. Data are random. Beside them, matrix products alone against OpenBLAS,
# and what the core can do at best.
source("bench/measure.R")
library(feedforward)
options(feedforward.threads = 1)

cases <- list(
  list(n = 50000, sizes = c(500, 256, 128, 5), batch = 256),
  list(n = 20000, sizes = c(50, 1024, 512, 5), batch = 256),
  list(n = 100000, sizes = c(30, 32, 16, 3), batch = 32)
)

openblas <- file.path(blas_folders()["OpenBLAS"], "libblas.so.3")
# PyTorch of Debian uses the BLAS of the system.
one_thread <- c(paste0("LD_PRELOAD=", openblas), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")

# c(train, predict), seconds of the second epoch and of a prediction.
own_seconds <- function(case, precision) {
  set.seed(1)
  X <- matrix(runif(case$n * case$sizes[1]), case$n)
  y <- factor(sample(case$sizes[length(case$sizes)], case$n, TRUE))
  hidden <- case$sizes[-c(1, length(case$sizes))]
  fit <- feedforward(X, y,
    hidden_units = hidden, optimizer = optimizer_adam(0.001), epochs = 2,
    batch_size = case$batch, standardize = FALSE, threads = 1, precision = precision
  )
  predicted <- system.time(predict(fit, X, type = "prob", format = "matrix"))
  c(train = fit$history$seconds[2], predict = predicted[["elapsed"]])
}

torch_seconds <- function(case, precision) {
  n <- format(case$n, scientific = FALSE)
  arguments <- c("bench/deep-torch.py", n, case$batch, 2, precision, case$sizes)
  printed <- system2(Sys.getenv("PYTHON", "python3"), arguments, stdout = TRUE, env = one_thread)
  # The first repetition warms it up.
  seconds <- as.numeric(strsplit(printed[2], " ")[[1]])
  c(train = seconds[1], predict = seconds[2])
}

# Multiply-adds of a row: forward, and backward without an error of the inputs.
multiply_adds <- function(sizes) {
  weights <- sizes[-1] * sizes[-length(sizes)]
  3 * sum(weights) - weights[1]
}

compare <- function(case, precision, peak, rounds = 3) {
  message("running ", paste(case$sizes, collapse = "-"), " ", precision)
  runs <- replicate(rounds, rbind(own_seconds(case, precision), torch_seconds(case, precision)))
  median_of <- function(who, what) stats::median(runs[who, what, ])
  data.frame(
    network = paste(case$sizes, collapse = "-"), rows = format(case$n, big.mark = ","),
    "batch size" = case$batch, precision = precision,
    feedforward = median_of(1, "train"), PyTorch = median_of(2, "train"),
    "times as fast" = median_of(2, "train") / median_of(1, "train"),
    "share of peak" = case$n * multiply_adds(case$sizes) / median_of(1, "train") / 1e9 /
      peak[[precision]],
    "predict: feedforward" = median_of(1, "predict"), "PyTorch " = median_of(2, "predict"),
    "times as fast " = median_of(2, "predict") / median_of(1, "predict"), check.names = FALSE
  )
}

# A data frame of the lines that dense-products.cpp prints.
product_rates <- function() {
  program <- tempfile("products")
  includes <- c("-Iinst/include", "-isystem", system.file("include", package = "RcppArmadillo"),
    paste0("-DARMA_DONT_USE_", c("WRAPPER", "BLAS", "LAPACK")))
  built <- system2("g++", c("-std=c++17", "-O2", "-pthread", includes, "bench/dense-products.cpp",
    "-o", program, "-ldl"))
  if (built != 0) stop("bench/dense-products.cpp does not compile")
  lines <- system2(program, openblas, stdout = TRUE, env = one_thread)
  rates <- utils::read.csv(text = lines, header = FALSE, col.names = c("product", "precision",
    "feedforward, p50", "p10", "OpenBLAS, p50", "p10 ", "peak"), check.names = FALSE)
  rates[["p50 against OpenBLAS"]] <- rates[["feedforward, p50"]] / rates[["OpenBLAS, p50"]]
  rates[["share of peak"]] <- rates[["feedforward, p50"]] / rates$peak
  rates
}

products <- product_rates()
peak <- tapply(products$peak, products$precision, stats::median)
grid <- expand.grid(precision = c("double", "single"), case = seq_along(cases),
  stringsAsFactors = FALSE)
networks <- Map(function(k, precision) compare(cases[[k]], precision, peak), grid$case,
  grid$precision)
save_result(list(networks = do.call(rbind, networks), products = products))
