# Interrupts: SIGINT at random moments of training, predicting and reading. After each of them
# control must be back within half a second and the session be as good as new: the same small
# training gives the same model, the random number generator is whole, no thread and no
# temporary file is left, and memory does not grow. On a busy machine a process waits before it
# may do anything: as long as an empty loop of R took to be interrupted is allowed on top.
#
# The number of moments for each function may be given (100). The signal comes from a fork of this
# process, so Unix only; threads and memory are counted where /proc tells of them.

suppressPackageStartupMessages(library(feedforward))
# Not to be loaded between the time that is noted and the signal.
library(tools)

most_seconds <- 0.5
# MB. The readers' arrays of 40 MB may or may not have been given back to the system.
most_growth <- 100
warm_up <- 10L

main <- function(rounds) {
  folder <- tempfile("interrupts")
  dir.create(folder)
  expected <- small_training()
  set.seed(1)
  loop <- interrupt_often(function() for (k in 1:1e5) NULL, rounds, expected)
  report("an empty loop", loop)
  fine <- vapply(functions_to_interrupt(folder), function(run) {
    found <- interrupt_often(run$code, rounds, expected)
    report(run$name, found)
    is_fine(found, most_seconds + max(loop$seconds))
  }, TRUE)
  unlink(folder, recursive = TRUE)
  quit(status = as.integer(!all(fine)))
}

# Each as list(name, code), `code` a function that takes long or is called again and again.
functions_to_interrupt <- function(folder) {
  x <- matrix(runif(4e6), 20000)
  y <- rep(0:9, 2000)
  one_hot <- to_categorical(y)
  nn <- init_nn(200, 64, 10)
  fit <- feedforward(x[1:2000, ], factor(y[1:2000]), hidden_units = 256, epochs = 1)
  images <- rep(as.raw(0:255), 40000)
  idx <- file.path(folder, "images")
  writeBin(c(as.raw(c(0, 0, 8, 1)), writeBin(length(images), raw(), endian = "big"), images), idx)
  npz <- write_npz(file.path(folder, "arrays.npz"), images)
  model <- file.path(folder, "model.safetensors")
  write_model(fit, model)
  kept <- file.path(folder, "checkpoint")
  train <- function(...) feedforward(x, factor(y), epochs = 1e6, dropout = 0.2, ...)
  Map(list,
    name = c(
      "train_nn", "feedforward", "feedforward, checkpoints", "predict", "read_idx", "read_npz",
      "read_model"
    ),
    code = c(
      function() train_nn(x, one_hot, nn, epochs = 1e6, verbose = FALSE),
      function() train(validation = 0.2),
      function() feedforward(x[1:200, ], factor(y[1:200]), epochs = 1e6, checkpoint = kept),
      function() predict(fit, x), function() read_idx(idx), function() read_npz(npz),
      function() read_model(model)
    )
  )
}

# utils::zip() needs a program; an archive with one stored member needs little.
write_npz <- function(path, bytes) {
  little <- function(x, width) as.raw(x %/% 256^(seq_len(width) - 1) %% 256)
  header <- sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }\n", length(bytes))
  npy <- c(
    as.raw(0x93), charToRaw("NUMPY"), as.raw(1:0), little(nchar(header), 2), charToRaw(header),
    bytes
  )
  crc <- as.double(paste0("0x", digest::digest(npy, "crc32", serialize = FALSE)))
  name <- charToRaw("bytes.npy")
  size <- little(length(npy), 4)
  fields <- c(little(20, 2), raw(8), little(crc, 4), size, size, little(length(name), 2), raw(2))
  local <- c(charToRaw("PK"), as.raw(3:4), fields, name, npy)
  directory <- c(charToRaw("PK"), as.raw(1:2), little(20, 2), fields, raw(14), name)
  one <- little(1, 2)
  end <- c(
    charToRaw("PK"), as.raw(5:6), raw(4), one, one, little(length(directory), 4),
    little(length(local), 4), raw(2)
  )
  writeBin(c(local, directory, end), path)
  path
}

interrupt_often <- function(code, rounds, expected) {
  files <- threads <- memory <- NULL
  results <- lapply(seq_len(warm_up + rounds), function(k) {
    if (k == warm_up + 1L) {
      files <<- list.files(tempdir(), recursive = TRUE)
      threads <<- count_threads()
      memory <<- megabytes()
    }
    seed <- .Random.seed
    on.exit(assign(".Random.seed", seed, globalenv()))
    delay <- runif(1L, 0, 0.3)
    seed <- .Random.seed
    seconds <- interrupt_once(code, delay)
    whole_seed <- is.integer(.Random.seed) && length(.Random.seed) == 626L &&
      identical(length(runif(10L)), 10L)
    data.frame(seconds, usable = whole_seed && identical(small_training(), expected))
  })
  results <- do.call(rbind, utils::tail(results, rounds))
  list(
    seconds = results$seconds, unusable = sum(!results$usable),
    threads = count_threads() - threads, growth = megabytes() - memory,
    files = length(setdiff(list.files(tempdir(), recursive = TRUE), files))
  )
}

# Seconds from the signal, sent after `delay` seconds, until control is back.
interrupt_once <- function(code, delay) {
  parent <- Sys.getpid()
  sender <- parallel::mcparallel({
    Sys.sleep(delay)
    sent <- Sys.time()
    tools::pskill(parent, tools::SIGINT)
    sent
  })
  stopped <- function(cnd) {
    back <<- Sys.time()
    invokeRestart("muffleWarning")
  }
  back <- NULL
  tryCatch(
    withCallingHandlers(while (is.null(back)) code(), feedforward_interrupted = stopped),
    interrupt = function(cnd) back <<- Sys.time()
  )
  sent <- parallel::mccollect(sender)[[1L]]
  as.numeric(difftime(back, sent, units = "secs"))
}

small_training <- function() {
  set.seed(7)
  fit <- feedforward(iris[1:4], iris$Species, epochs = 3, dropout = 0.1, validation = 0.2)
  list(fit$parameters, predict(fit, iris[1:4]), runif(3L))
}

count_threads <- function() length(list.files("/proc/self/task"))

megabytes <- function() {
  gc(full = TRUE)
  status <- "/proc/self/status"
  if (!file.exists(status)) {
    return(0)
  }
  resident <- grep("^VmRSS", readLines(status), value = TRUE)
  as.numeric(gsub("[^0-9]", "", resident)) / 1024
}

report <- function(name, found) {
  cat(sprintf(
    paste0(
      "%-24s %d interrupts: control back after %.3f s (median), %.3f s (most); ",
      "%d times unusable, %+d threads, %d files left, %+.1f MB\n"
    ),
    name, length(found$seconds), stats::median(found$seconds), max(found$seconds),
    found$unusable, found$threads, found$files, found$growth
  ))
}

is_fine <- function(found, seconds) {
  max(found$seconds) < seconds && found$unusable == 0L && found$threads == 0L &&
    found$files == 0L && found$growth < most_growth
}

given <- commandArgs(trailingOnly = TRUE)
main(if (length(given)) as.integer(given[1L]) else 100L)
