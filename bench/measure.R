# How every comparison here is measured: alternating in one run, medians, ratios.

# Runs the functions of a named list in turn, `times` rounds, and returns the median
# seconds of each. Alternating spreads whatever else the machine does over all of them.
alternate <- function(tasks, times = 5) {
  seconds <- matrix(NA_real_, times, length(tasks), dimnames = list(NULL, names(tasks)))
  for (round in seq_len(times)) {
    for (name in names(tasks)) {
      gc(FALSE)
      seconds[round, name] <- system.time(tasks[[name]]())[["elapsed"]]
    }
  }
  apply(seconds, 2, stats::median)
}

# Runs an R script of this folder in a fresh process on the BLAS in `blas`, a folder with a
# libblas.so.3 (NULL for the system's own), and returns the list that it saved.
run_on_blas <- function(script, blas = NULL, args = character(), env = character()) {
  result <- tempfile(fileext = ".rds")
  env <- c(
    env, if (!is.null(blas)) paste0("LD_PRELOAD=", file.path(blas, "libblas.so.3")),
    paste0("BENCH_RESULT=", result), paste0("R_LIBS=", paste(.libPaths(), collapse = ":"))
  )
  status <- system2(file.path(R.home("bin"), "Rscript"), c(file.path("bench", script), args),
    env = env
  )
  if (status != 0) stop(script, " failed")
  readRDS(result)
}

save_result <- function(result) saveRDS(result, Sys.getenv("BENCH_RESULT"))

# Folders with the two BLAS libraries of a Debian machine; empty where one is missing.
blas_folders <- function() {
  folders <- Sys.glob(file.path("/usr/lib", "*", c("openblas-pthread", "blas")))
  names(folders) <- ifelse(basename(folders) == "blas", "reference BLAS", "OpenBLAS")
  folders
}

# A table in Markdown; numbers with three significant digits.
markdown_table <- function(data) {
  data[] <- lapply(data, function(column) {
    if (!is.numeric(column)) {
      return(column)
    }
    shown <- format(signif(column, 3), trim = TRUE, drop0trailing = TRUE)
    ifelse(is.na(column), "", shown)
  })
  c(
    paste0("| ", paste(names(data), collapse = " | "), " |"),
    paste0("|", paste(rep("---", ncol(data)), collapse = "|"), "|"),
    apply(data, 1, function(row) paste0("| ", paste(row, collapse = " | "), " |"))
  )
}

# The machine and the versions, as lines of Markdown.
describe_machine <- function() {
  cpu <- grep("^model name|^flags", readLines("/proc/cpuinfo"), value = TRUE)
  value <- function(key) sub(".*: *", "", grep(paste0("^", key), cpu, value = TRUE)[1])
  wide <- intersect(c("avx2", "fma", "avx512f", "avx512vl", "avx512bw"),
    strsplit(value("flags"), " ")[[1]])
  c(
    paste0("- ", format(Sys.Date()), ", ", R.version.string, ", feedforward ",
      utils::packageVersion("feedforward")),
    paste0("- ", value("model name"), ", ", parallel::detectCores(), " cores, ",
      paste(wide, collapse = " ")),
    paste0("- ", extSoftVersion()[["BLAS"]], " by default; BLAS libraries compared: ",
      paste(blas_folders(), collapse = ", ")),
    paste0("- compiler: ", system("g++ --version", intern = TRUE)[1])
  )
}

# MNIST as the script prepares it.
bench_mnist <- function() {
  library(feedforward)
  mnist <- dataset_mnist()
  pixels <- function(x) array_reshape(x, c(nrow(x), 784)) / 255
  list(
    X = pixels(mnist$train$x), Y = to_categorical(mnist$train$y, 10), y = mnist$train$y,
    X_test = pixels(mnist$test$x), y_test = mnist$test$y
  )
}
