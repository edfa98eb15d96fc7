# How training over MPI scales: measured with two ranks on this machine and on two hosts that are
# network namespaces, and from a model of the time of a step for more ranks. Needs the package with
# MPI in build/mpi (`make mpi`); the hosts need root.
source("bench/measure.R")

# ---- Measured -----------------------------------------------------------------------------

measure_ranks <- function(command, arguments = character()) {
  result <- tempfile(fileext = ".rds")
  libraries <- paste(c(normalizePath("build/mpi"), .libPaths()), collapse = ":")
  # The ranks give their cores to nobody else while they wait.
  env <- c(
    paste0("R_LIBS=", libraries), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
  )
  status <- system2(command[1L], c(command[-1L], "bench/scaling-ranks.R", result, arguments),
    env = env, stdout = FALSE
  )
  if (status != 0) stop("training over MPI failed")
  readRDS(result)
}

mpirun <- function(ranks) c("mpirun", "-n", ranks, "Rscript")

# The least of alternating rounds: the work is the same each time, the rest of the machine is not.
measure_here <- function(rounds = 3L) {
  one <- two <- NULL
  for (round in seq_len(rounds)) {
    one <- faster(measure_ranks(mpirun(1L)), one)
    two <- faster(measure_ranks(mpirun(2L)), two)
  }
  list(one = one$training, two = two$training, sums = two$sums)
}

faster <- function(new, old) {
  if (is.null(old)) {
    return(new)
  }
  new$training$seconds <- pmin(new$training$seconds, old$training$seconds)
  if (!is.null(new$sums$seconds)) new$sums$seconds <- pmin(new$sums$seconds, old$sums$seconds)
  new
}

# The sums of two hosts with a cable of this rate.
measure_sums <- function(rate) {
  Sys.setenv(RATE = rate)
  measure_ranks("tools/trust/hosts.sh", "sums")$sums
}

# ---- The model ----------------------------------------------------------------------------

bytes_of <- c(double = 8, single = 4)

# Seconds of a sum of n numbers over two ranks: latency + n * bytes / bandwidth. The cable lets the
# first 128 kB through at once, so only large sums show its bandwidth.
fit_cable <- function(sums) {
  bytes <- sums$size * bytes_of[sums$precision]
  large <- bytes > 1e6
  c(
    latency = min(sums$seconds),
    bandwidth = stats::median(bytes[large] / sums$seconds[large])
  )
}

# Seconds of a step with m rows: fixed + m * per_row, from two batch sizes.
fit_compute <- function(training) {
  of_step <- training$seconds * training$batch_size
  per_row <- diff(of_step) / diff(training$batch_size)
  c(fixed = max(0, of_step[1L] - per_row * training$batch_size[1L]), per_row = per_row)
}

# A step of `ranks` ranks on a batch of `rows` rows. Every rank sends and receives (ranks - 1) /
# ranks of the gradient twice, in 2 (ranks - 1) messages. `hidden` is the share of the computing
# during which sums could run.
seconds_of_step <- function(ranks, rows, parameters, compute, cable, bytes = 4, hidden = 0,
                            every = 1) {
  computing <- compute[["fixed"]] + rows / ranks * compute[["per_row"]]
  sum <- 2 * (ranks - 1) * cable[["latency"]] / 2 +
    2 * (ranks - 1) / ranks * parameters * bytes / cable[["bandwidth"]]
  computing + pmax(0, sum - hidden * computing) / every * (ranks > 1)
}

efficiency <- function(ranks, rows, ...) {
  seconds_of_step(1, rows, ...) / (ranks * seconds_of_step(ranks, rows, ...))
}

parameters_of <- function(network) {
  sizes <- as.numeric(strsplit(network, "-")[[1L]])
  sum((sizes[-length(sizes)] + 1) * sizes[-1L])
}

predict_scaling <- function(networks, cables, rows, ranks = 2^(1:8)) {
  grid <- expand.grid(
    ranks = ranks, rows = rows, network = names(networks), cable = names(cables),
    stringsAsFactors = FALSE
  )
  grid$efficiency <- mapply(function(ranks, rows, network, cable) {
    efficiency(ranks, rows, parameters_of(network), networks[[network]], cables[[cable]])
  }, grid$ranks, grid$rows, grid$network, grid$cable)
  grid
}

# What would help beyond that, for one network and cable.
predict_plans <- function(network, compute, cable, rows, ranks = c(16, 64, 256)) {
  predicted <- function(...) {
    sapply(ranks, function(n) {
      arguments <- utils::modifyList(list(ranks = n, rows = rows), list(...))
      do.call(efficiency, c(arguments, list(
        parameters = parameters_of(network), compute = compute, cable = cable
      )))
    })
  }
  plans <- list(
    "as it is" = predicted(), "batches 8 times as large, with warm-up" = predicted(rows = 8 * rows),
    "sums of a layer during the gradient of the layers before" = predicted(hidden = 2 / 3),
    "gradients in 16 bits" = predicted(bytes = 2), "a sum every 8 steps" = predicted(every = 8),
    "all of these" = predicted(rows = 8 * rows, hidden = 2 / 3, bytes = 2, every = 8)
  )
  table <- data.frame(plan = names(plans), do.call(rbind, plans), row.names = NULL)
  stats::setNames(table, c("plan", paste(ranks, "ranks")))
}

# The third network is computed from the second: its time per row grows with its multiplications.
large_network <- "784-2048-2048-10"

main <- function() {
  here <- measure_here()
  cables <- list()
  cable_sums <- list()
  for (rate in c("1gbit", "10gbit")) {
    cable_sums[[rate]] <- measure_sums(rate)
    cables[[rate]] <- fit_cable(cable_sums[[rate]])
  }
  # A cable between namespaces has hardly any latency. These are typical of real ones.
  cables[["1gbit"]][["latency"]] <- max(cables[["1gbit"]][["latency"]], 1e-4)
  cables[["10gbit"]][["latency"]] <- max(cables[["10gbit"]][["latency"]], 5e-5)
  single <- here$one[here$one$precision == "single", ]
  networks <- lapply(split(single, single$network), fit_compute)
  small <- networks[["784-512-256-10"]]
  times_as_large <- parameters_of(large_network) / parameters_of("784-512-256-10")
  networks[[large_network]] <- small * times_as_large
  save_result(list(
    here = here, cable_sums = cable_sums, cables = cables, networks = networks,
    predicted = predict_scaling(networks, cables, c(4096, 32768)),
    plans = predict_plans("784-512-256-10", small, cables[["10gbit"]], 4096)
  ))
}

main()
