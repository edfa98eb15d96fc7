# Sends SIGINT at random moments of training, prediction and reading. Each time, control must be
# back within half a second and the session must be intact: the same small training gives the same
# model, the random number generator works, no thread and no temporary file is left, and memory
# does not grow. Training must warn and return a fit that predicts. An interrupt before the first
# batch, or while the fit is returned, is handled by R alone. Such bare interrupts must be the
# minority.
#
# On a busy machine, processes wait. So the time that an empty loop of R takes to be interrupted is
# allowed in addition. If that is more than half a second, the test is impossible and the exit
# status is 2.
#
# make interrupts ARGS="moments" for each function (100). The signal comes from a fork of this
# process, so Unix only; threads and memory are counted where there is /proc.

suppressPackageStartupMessages(library(feedforward))
source("tools/trust/record.R")
# Not to be loaded between the time that is noted and the signal.
library(tools)

most_seconds <- 0.5
most_seconds_of_loop <- 0.5
# MB. The readers' arrays of 40 MB may or may not have been given back to the system.
most_growth <- 100
warm_up <- 10L
full_run <- 100L

main <- function(rounds) {
  cat("testing", find.package("feedforward"), "\n")
  folder <- tempfile("interrupts")
  dir.create(folder)
  # Before the first training, all threads are those of R and its packages.
  loadNamespace("cli")
  threads <- count_threads()
  expected <- small_training()
  set.seed(1)
  loop <- list(name = "an empty loop", code = function() for (k in 1:1e5) NULL)
  found <- interrupt_often(loop, rounds, expected, threads)
  slowest <- max(found$seconds)
  if (slowest > most_seconds_of_loop) {
    cat(sprintf("the machine is too busy to tell: an empty loop took %.3f s\n", slowest))
    quit(status = 2L)
  }
  all <- lapply(functions_to_interrupt(folder), interrupt_often, rounds, expected, threads)
  fine <- vapply(all, is_fine, TRUE, seconds = most_seconds + slowest)
  if (rounds >= full_run) record_figures("interrupts", figures_of(all))
  unlink(folder, recursive = TRUE)
  quit(status = as.integer(!all(fine)))
}

# Each as list(name, code, predict): `code` is called again and again, or trains for longer than
# anybody waits. Then `predict` gives what its fit predicts; otherwise there is none.
functions_to_interrupt <- function(folder) {
  x <- matrix(runif(4e6), 20000)
  y <- rep(0:9, 2000)
  c(training_to_interrupt(x[1:5000, ], y[1:5000], folder), reading_to_interrupt(x, y, folder))
}

# On so few rows that preparing them takes a small part of the time.
training_to_interrupt <- function(x, y, folder) {
  one_hot <- to_categorical(y)
  nn <- init_nn(200, 64, 10)
  kept <- file.path(folder, "checkpoint")
  train <- function(rows, ...) feedforward(x[rows, ], factor(y[rows]), epochs = 1e6, ...)
  probabilities <- function(fit) as.matrix(predict(fit, x[1:5, ], type = "prob"))
  Map(list,
    name = c("train_nn", "feedforward", "feedforward, checkpoints"),
    code = c(
      function() train_nn(x, one_hot, nn, epochs = 1e6, verbose = FALSE),
      function() train(1:5000, dropout = 0.2, validation = 0.2),
      function() train(1:200, checkpoint = kept)
    ),
    predict = c(
      function(fit) predict_nn(x[1:5, ], fit)$probabilities, probabilities, probabilities
    )
  )
}

reading_to_interrupt <- function(x, y, folder) {
  fit <- feedforward(x[1:2000, ], factor(y[1:2000]), hidden_units = 256, epochs = 1)
  images <- rep(as.raw(0:255), 40000)
  idx <- file.path(folder, "images")
  writeBin(c(as.raw(c(0, 0, 8, 1)), writeBin(length(images), raw(), endian = "big"), images), idx)
  npz <- write_npz(file.path(folder, "arrays.npz"), images)
  model <- file.path(folder, "model.safetensors")
  write_model(fit, model)
  Map(list,
    name = c("predict", "read_idx", "read_npz", "read_model"),
    code = c(
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

# Returns the results over all rounds, and prints them.
interrupt_often <- function(run, rounds, expected, threads) {
  files <- memory <- NULL
  results <- lapply(seq_len(warm_up + rounds), function(k) {
    if (k == warm_up + 1L) {
      files <<- list.files(tempdir(), recursive = TRUE)
      memory <<- megabytes()
    }
    seed <- .Random.seed
    on.exit(assign(".Random.seed", seed, globalenv()))
    delay <- runif(1L, 0, 0.3)
    seed <- .Random.seed
    once <- interrupt_once(run, delay)
    data.frame(once, usable = is_random() && identical(small_training(), expected))
  })
  results <- do.call(rbind, utils::tail(results, rounds))
  found <- list(
    seconds = results$seconds, unusable = sum(!results$usable), trains = !is.null(run$predict),
    kept = sum(results$value == "kept"), lost = sum(results$value == "lost"),
    threads = threads_left(threads), growth = megabytes() - memory,
    files = length(setdiff(list.files(tempdir(), recursive = TRUE), files))
  )
  report(run$name, found)
  found
}

# `seconds` from the signal, sent after `delay` seconds, until control is back; `value` says what
# became of it: "none" after a bare interrupt, else "kept" or "lost". A signal that is there before
# the code has begun waits for it.
interrupt_once <- function(run, delay) {
  stopped <- function(cnd) {
    back <<- Sys.time()
    invokeRestart("muffleWarning")
  }
  back <- NULL
  is_back <- function() !is.null(back)
  this_process <- Sys.getpid()
  suspendInterrupts({
    sender <- parallel::mcparallel(interrupt_after(delay, this_process))
    value <- tryCatch(
      withCallingHandlers(
        allowInterrupts(call_until(run, is_back)),
        feedforward_interrupted = stopped
      ),
      interrupt = function(cnd) {
        back <<- Sys.time()
        "none"
      }
    )
    sent <- parallel::mccollect(sender)[[1L]]
  })
  # Training that ends of itself did so without the warning.
  if (is.null(back)) {
    return(data.frame(seconds = Inf, value = "lost"))
  }
  data.frame(seconds = as.numeric(difftime(back, sent, units = "secs")), value = value)
}

# When the signal was sent.
interrupt_after <- function(delay, process) {
  Sys.sleep(delay)
  sent <- Sys.time()
  tools::pskill(process, tools::SIGINT)
  sent
}

# Training is called once, all else until a warning says that it was interrupted, which is wrong.
call_until <- function(run, is_back) {
  repeat {
    value <- run$code()
    if (!is.null(run$predict)) {
      return(if (is_kept(value, run$predict)) "kept" else "lost")
    }
    if (is_back()) {
      return("lost")
    }
  }
}

is_kept <- function(fit, predict) {
  identical(fit$stopped$reason, "interrupted") && {
    predicted <- predict(fit)
    identical(dim(predicted), c(5L, 10L)) && all(is.finite(predicted))
  }
}

# The state is one of R's default generator, and a seed gives what it gives everywhere.
is_random <- function() {
  state <- .Random.seed
  set.seed(1)
  is.integer(state) && length(state) == 626L && state[1L] == 10403L && state[2L] %in% 1:624 &&
    isTRUE(all.equal(runif(3L), c(0.2655086631, 0.3721238996, 0.5728533634)))
}

small_training <- function() {
  set.seed(7)
  fit <- feedforward(iris[1:4], iris$Species, epochs = 3, dropout = 0.1, validation = 0.2)
  list(fit$parameters, predict(fit, iris[1:4]), runif(3L))
}

count_threads <- function() length(list.files("/proc/self/task"))

# Beyond those that were there. One that was ended may still be listed for a moment.
threads_left <- function(before, seconds = 60) {
  deadline <- Sys.time() + seconds
  while (count_threads() > before && Sys.time() < deadline) Sys.sleep(0.01)
  count_threads() - before
}

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
  kept <- if (found$trains) {
    bare <- length(found$seconds) - found$kept - found$lost
    sprintf("%d fits kept, %d lost, %d bare interrupts; ", found$kept, found$lost, bare)
  }
  cat(sprintf(
    paste0(
      "%-24s %d interrupts: control back after %.3f s (median), %.3f s (most); ",
      kept, "%d times unusable, %+d threads, %d files left, %+.1f MB\n"
    ),
    name, length(found$seconds), stats::median(found$seconds), max(found$seconds),
    found$unusable, found$threads, found$files, found$growth
  ))
}

figures_of <- function(all) {
  each <- function(part) lapply(all, `[[`, part)
  total <- function(part) sum(unlist(each(part)))
  seconds <- each("seconds")
  trainings <- all[unlist(each("trains"))]
  kept <- sum(vapply(trainings, `[[`, 0L, "kept"))
  lost <- sum(vapply(trainings, `[[`, 0L, "lost"))
  interrupted <- sum(lengths(lapply(trainings, `[[`, "seconds")))
  list(
    interrupts = sum(lengths(seconds)), functions = length(all),
    "s until control is back (largest median)" = max(vapply(seconds, stats::median, 0)),
    "s (maximum)" = max(unlist(seconds)), trainings = interrupted, "kept their fit" = kept,
    "interrupted outside of C++" = interrupted - kept - lost, lost = lost,
    "times unusable" = total("unusable"), "threads left" = total("threads"),
    "files left" = total("files"), "MB more memory at most" = max(unlist(each("growth")))
  )
}

is_fine <- function(found, seconds) {
  max(found$seconds) < seconds && found$unusable == 0L && found$threads == 0L &&
    found$files == 0L && found$growth < most_growth && found$lost == 0L &&
    (!found$trains || found$kept > length(found$seconds) / 2)
}

given <- commandArgs(trailingOnly = TRUE)
main(if (length(given)) as.integer(given[1L]) else full_run)
