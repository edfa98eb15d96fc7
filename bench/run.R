# Runs the benchmarks and writes bench/RESULTS.md with its plot. The arguments choose some by name:
# make bench ARGS="memory growth". Without arguments, all run, which takes about 30 minutes on a
# machine that does nothing else. They need FEEDFORWARD_MNIST, FEEDFORWARD_SCRIPT and
# FEEDFORWARD_ACCURACY (folders with MNIST, the script and the tables), both BLAS libraries, and
# python3 with PyTorch and scikit-learn.
source("bench/measure.R")

script_speed <- function() {
  runs <- lapply(blas_folders(), function(folder) {
    run_on_blas("script-speed.R", folder, env = "OPENBLAS_NUM_THREADS=2")
  })
  seconds <- sapply(runs, `[[`, "seconds")
  ratios <- t(seconds["script", ] / t(seconds))
  colnames(ratios) <- paste("times as fast,", colnames(ratios))
  colnames(seconds) <- paste("seconds,", colnames(seconds))
  c(
    "## script-speed: the script's own loop against `train_nn()`", "",
    "Seconds per epoch on MNIST (60000 x 784, 128 hidden units, batches of 128). `train_nn()`",
    "ran all 20 epochs, the conversion of its data included; OpenBLAS had two threads.",
    "Medians of 3 alternating rounds.", "",
    markdown_table(
      data.frame(what = rownames(seconds), seconds, ratios, check.names = FALSE)
    )
  )
}

peers_speed <- function() {
  table <- run_on_blas("peers-speed.R", env = "OPENBLAS_NUM_THREADS=1")
  c(
    "## peers-speed: against PyTorch and against the matrix products alone", "",
    "Seconds per epoch, one thread each, medians of 3 alternating rounds; larger ratios are",
    "better for feedforward. *digits*: 60000 x 784, 19% non-zeros, 128 units, 10 classes, batch",
    "128. *dense*: the same without zeros. *tabular*: 20000 x 20, 256 units, 1 output, batch",
    "32. *products only* is OpenBLAS computing the five matrix products of a batch and nothing",
    "else. PyTorch has plain SGD, one step per batch, as feedforward has here.", "",
    markdown_table(table), "",
    "Packages from CRAN, the first 10000 images, prediction of the test set included; accuracy",
    "after 5 epochs. RSNNS makes a step per image, so it learns more per epoch.", "",
    markdown_table(run_on_blas("peers-cran.R", unname(blas_folders()["OpenBLAS"]),
      env = "OPENBLAS_NUM_THREADS=1"
    ))
  )
}

deep_speed <- function() {
  result <- run_on_blas("deep-speed.R", env = "OPENBLAS_NUM_THREADS=1")
  c(
    "## deep-speed: several dense layers with Adam, against PyTorch and OpenBLAS", "",
    "Seconds of an epoch and of a prediction of all rows, one thread each, medians of 3",
    "alternating rounds; larger ratios are better for feedforward. ReLU, random data. The peak is",
    "that of multiply-adds in registers, measured in the same run.", "",
    markdown_table(result$networks), "",
    "Products of matrices alone, in 1e9 multiply-adds per second: at the median (p50) and the",
    "fastest tenth (p10) of 60 alternating turns.", "",
    markdown_table(result$products)
  )
}

growth <- function() {
  grids <- run_on_blas("growth.R")
  grDevices::png("bench/growth.png", width = 1500, height = 520, res = 130, type = "cairo")
  graphics::par(mfrow = c(1, 3), mar = c(4.5, 4.5, 2, 1))
  plot_growth(grids$rows, "n", "rows")
  plot_growth(grids$units, "hidden", "hidden units")
  plot_growth(grids$density, "density", "share of non-zeros")
  grDevices::dev.off()
  c(
    "## growth: the time of an epoch by rows, units and non-zeros", "",
    "Microseconds per row and epoch, 200 inputs, double precision.", "", "![](growth.png)", "",
    unlist(lapply(grids, function(grid) c(markdown_table(grid), "")))
  )
}

plot_growth <- function(grid, variable, label) {
  one <- grid[grid$threads == 1, ]
  two <- grid[grid$threads == 2, ]
  graphics::plot(one[[variable]], one$microseconds,
    log = "xy", type = "b", pch = 19, lwd = 2,
    xlab = label, ylab = "microseconds per row", ylim = range(grid$microseconds)
  )
  graphics::lines(two[[variable]], two$microseconds, type = "b", lwd = 2, lty = 2)
  graphics::legend("topleft", c("1 thread", "2 threads"), lty = 1:2, pch = c(19, 1), bty = "n")
}

memory <- function() {
  data <- bench_mnist()
  raw <- data$X * 255
  mode(raw) <- "raw"
  forms <- list(
    script = data$X, double = data$X, raw = raw, sparse = Matrix::Matrix(data$X, sparse = TRUE)
  )
  results <- lapply(names(forms), function(kind) {
    file <- tempfile(fileext = ".rds")
    on.exit(unlink(file))
    # An uncompressed file in native byte order is read without a second copy.
    saveRDS(list(X = forms[[kind]], Y = data$Y), file, compress = FALSE)
    unlist(run_on_blas("memory.R", args = kind, env = paste0("BENCH_DATA=", file)))
  })
  table <- data.frame(process = names(forms), do.call(rbind, results))
  table$"over input" <- (table$peak - table$before) / table$input
  names(table)[2:4] <- c("MB before", "MB at peak", "MB of input")
  c(
    "## memory: the peak while training", "",
    "Peak resident memory of a fresh process that trains on MNIST for one epoch. *Before*:",
    "with R, the package and the data loaded. *Over input*: what training added, as a share",
    "of the input's size.", "", markdown_table(table)
  )
}

predict_speed <- function() {
  runs <- lapply(blas_folders(), function(folder) {
    run_on_blas("predict-speed.R", folder, env = "OPENBLAS_NUM_THREADS=2")
  })
  rows <- sapply(runs, `[[`, "rows_per_second")
  table <- data.frame(
    BLAS = names(runs), t(rows), "times as fast" = rows["feedforward", ] / rows["script", ],
    "microseconds for one row" = sapply(runs, `[[`, "microseconds_of_one_row"),
    check.names = FALSE
  )
  c(
    "## predict-speed: the script's `predict_nn()` against the package's", "",
    "Rows per second of `predict_nn()` on a matrix of 1e6 MNIST rows, two threads, the script's",
    "version against the package's; and the time of one call for one row.", "",
    markdown_table(table)
  )
}

tabular_errors <- function() {
  result <- run_on_blas("tabular-errors.R", env = c("OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"))
  list_of <- function(x) paste(format(x, trim = TRUE, drop0trailing = TRUE), collapse = ", ")
  c(
    "## tabular-errors: test errors on tabular data", "",
    "Misclassified test rows in percent, or root mean squared errors; means over splits and, in",
    "brackets, their standard errors. All three get the same splits, standardized columns and",
    paste0("passes over the data (at most 200), one hidden layer of ",
      list_of(unique(result$grid$units)), " units and a penalty"),
    paste0("(half its square sum times ", list_of(unique(result$grid$penalty)),
      "), chosen on the same quarter of the"),
    "training rows; one start each. feedforward: Adam with `learn_rate = 0.01` and the cosine",
    "schedule, the rest as it is by default. *Against the better*: feedforward minus the better",
    "of the other two on the same splits, below 0 where feedforward has fewer errors.", "",
    markdown_table(result$tuned), "",
    "Seconds per split for the whole grid and the last fit, one thread each:", "",
    markdown_table(result$seconds)
  )
}

tables_accuracy <- function() {
  result <- run_on_blas("tables-accuracy.R")
  grDevices::png("bench/tables-accuracy.png", width = 1100, height = 560, res = 130, type = "cairo")
  plot_accuracy(result$table)
  grDevices::dev.off()
  c(
    "## tables-accuracy: tables without tuning", "",
    "20 public data sets of 189 to 53,940 rows, at most 2000 of them to train on; each method with",
    "its defaults. Percent above the best method of each set (the geometric mean over sets of the",
    "error, or of the root mean squared error); log loss alike; ECE: expected calibration error",
    "in 10 bins; mean seconds per fit on two threads, where it was measured. The defaults of",
    "feedforward were chosen on these sets, so they flatter it.", "",
    "![](tables-accuracy.png)", "", markdown_table(result$table)
  )
}

# The mean error of each method, sorted.
plot_accuracy <- function(table) {
  table <- table[order(-table$all), ]
  graphics::par(mar = c(4.5, 20, 1, 1))
  own <- grepl("feedforward", table$method)
  at <- graphics::barplot(table$all,
    horiz = TRUE, las = 1, names.arg = table$method, border = NA,
    col = ifelse(own, "#0072B2", "gray70"), xlab = "error, % above the best method of each set",
    xlim = c(0, max(table$all) * 1.12)
  )
  graphics::text(table$all, at, round(table$all), pos = 4)
}

mnist_accuracy <- function() {
  c(
    "## mnist-accuracy: MNIST in a minute", "",
    "784-512-256-10 with dropout, in single precision, 12 epochs, two threads, no augmentation;",
    "settings chosen on 10000 of the training images.", "",
    markdown_table(run_on_blas("mnist-accuracy.R"))
  )
}

scaling <- function() {
  result <- run_on_blas("scaling.R")
  grDevices::png("bench/scaling.png", width = 1100, height = 560, res = 130, type = "cairo")
  plot_scaling(result$predicted)
  grDevices::dev.off()
  training <- result$here$one
  two <- result$here$two$seconds
  training <- data.frame(
    network = training$network, "batch size" = as.character(training$batch_size),
    precision = training$precision, "1 rank" = 1e6 * training$seconds, "2 ranks" = 1e6 * two,
    "times as fast" = training$seconds / two, check.names = FALSE
  )
  all_sums <- c(list("memory of one machine" = result$here$sums), result$cable_sums)
  first <- all_sums[[1L]]
  sums <- data.frame(
    numbers = as.character(first$size), precision = first$precision,
    sapply(all_sums, function(sums) 1e3 * sums$seconds), check.names = FALSE
  )
  cables <- sapply(result$cables, function(cable) {
    sprintf("%.0f microseconds and %.0f MB/s", 1e6 * cable[["latency"]],
      cable[["bandwidth"]] / 1e6)
  })
  wide <- stats::reshape(result$predicted,
    idvar = c("network", "rows", "cable"), timevar = "ranks", direction = "wide"
  )
  names(wide) <- sub("efficiency.", "", names(wide), fixed = TRUE)
  names(wide)[1L] <- "batch size"
  wide[["batch size"]] <- as.character(wide[["batch size"]])
  wide <- wide[c("network", "cable", "batch size", setdiff(names(wide),
    c("network", "cable", "batch size")))]
  c(
    "## scaling: training over MPI", "",
    "Microseconds per row, dense random data, Adam, one thread for each rank, both ranks on this",
    "machine. The batch is that of all ranks together. Fastest of alternating rounds.", "",
    markdown_table(training), "",
    "Milliseconds of a sum over two ranks, on this machine and on two hosts that are network",
    "namespaces with a cable of that rate. The networks above have 101,770 and 535,818 parameters.",
    "", markdown_table(sums), "",
    "From these, a model: a step takes a fixed time, a time per row of a rank's part, and a sum,",
    "which takes a latency for each rank and the time to send the gradient twice. Fitted, with",
    "latencies that are at least typical of real networks:",
    paste0(paste(names(cables), cables, sep = ": ", collapse = "; "), "."),
    "Predicted efficiency: how many times as fast as one rank, divided by the number of ranks, one",
    "thread and one cable each, single precision:", "",
    "![](scaling.png)", "", markdown_table(wide), "",
    "Beyond the point where a batch is too small for its ranks, this would help (784-512-256-10,",
    "batches of 4096, 10 Gbit/s; predicted by the same model). Only larger batches are possible",
    "today, best with a higher learning rate that starts low: `schedule_cosine(warm_up = 5)`. All",
    "plans except sums during the gradient change what is learned, so accuracy would have to be",
    "measured first.", "",
    markdown_table(result$plans)
  )
}

# Efficiency by ranks, a panel for each cable.
plot_scaling <- function(predicted) {
  colors <- c("#0072B2", "#D55E00", "#009E73")
  names(colors) <- unique(predicted$network)
  graphics::par(mfrow = c(1, 2), mar = c(4.5, 4.5, 2.5, 1), las = 1)
  for (cable in unique(predicted$cable)) {
    graphics::plot(range(predicted$ranks), c(0, 1),
      log = "x", type = "n", xlab = "ranks", ylab = "efficiency", xaxt = "n", bty = "l",
      main = sub("gbit", " Gbit/s", cable), font.main = 1
    )
    graphics::axis(1, unique(predicted$ranks))
    for (network in names(colors)) {
      for (rows in unique(predicted$rows)) {
        part <- predicted[predicted$cable == cable & predicted$network == network &
          predicted$rows == rows, ]
        graphics::lines(part$ranks, part$efficiency,
          col = colors[[network]], lwd = 2, lty = if (rows == min(predicted$rows)) 1 else 2
        )
      }
    }
  }
  graphics::legend("bottomleft", names(colors), col = colors, lwd = 2, bty = "n", cex = 0.8)
  graphics::legend("topright", sprintf("batch size %d", unique(predicted$rows)),
    lty = 1:2, lwd = 2, bty = "n", cex = 0.8)
}

# One function per question, in the order of the page. Each returns lines of Markdown.
questions <- list(
  "script-speed" = script_speed, "peers-speed" = peers_speed,
  "deep-speed" = deep_speed, growth = growth, memory = memory,
  "predict-speed" = predict_speed, "tabular-errors" = tabular_errors,
  "tables-accuracy" = tables_accuracy,
  "mnist-accuracy" = mnist_accuracy, scaling = scaling
)

main <- function(names = commandArgs(TRUE)) {
  unknown <- setdiff(names, names(questions))
  if (length(unknown)) {
    stop("unknown: ", toString(unknown), ". Choose from ", toString(names(questions)),
      call. = FALSE)
  }
  folder <- "bench/results"
  dir.create(folder, showWarnings = FALSE)
  result_file <- function(name) file.path(folder, paste0(name, ".md"))
  if (length(names) == 0L) {
    names <- names(questions)
    # Needs a package of its own, and root.
    if (!dir.exists("build/mpi/feedforward")) names <- setdiff(names, "scaling")
  }
  for (name in names) {
    message("running ", name)
    writeLines(questions[[name]](), result_file(name))
  }
  kept <- Filter(file.exists, result_file(names(questions)))
  writeLines(
    c("# Benchmarks", "", page_introduction, "", describe_machine(), "",
      unlist(lapply(lapply(kept, readLines), c, ""))),
    "bench/RESULTS.md"
  )
}

page_introduction <- c(
  "`make bench` writes this page. Each section has the name of its script in this folder;",
  "`make bench ARGS=\"memory growth\"` runs only some."
)

main()
