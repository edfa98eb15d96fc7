# Reads many mutants of files and models (mutants.R in tests/testthat/harness) with the
# installed package. Each must give the data that its bytes describe or a clear error, within 2
# seconds of processor time and 400 MB. So must the inputs of long-inputs.R there. Memory is
# measured only for the mutations that are made to use it, see memory_now(). Some mutants without a
# checksum must also be right: a reader that refuses everything is of no use.
#
# make fuzz ARGS="count seed number" (20000 1). With a number, only that mutant is read.

source("tools/trust/record.R")

most_seconds <- 2
full_run <- 20000

main <- function(count = full_run, seed = 1, number = NULL) {
  cat("testing", find.package("feedforward"), "\n")
  mutants <- load_mutants()
  readers <- c(
    mutants$data_readers(), mutants$model_readers(), mutants$average_readers()
  )
  numbers <- if (is.null(number)) seq_len(count) else number
  tried <- do.call(rbind, lapply(
    numbers, mutants$try_mutant,
    seed = seed, readers = readers, most_seconds = most_seconds
  ))
  counts <- mutants$count_mutants(tried)
  print(counts, row.names = FALSE)
  slowest <- tried[which.max(tried$seconds), ]
  cat(sprintf(
    "The slowest, number %d (%s, %s), took %.2f seconds; the largest of those measured, %.0f MB\n",
    slowest$number, slowest$reader, slowest$mutation, slowest$seconds, max(tried$megabytes)
  ))
  failed <- tried[!tried$outcome %in% c("right data", "refused"), ]
  report_failed(failed, count, seed)
  right <- rowsum(counts$right, counts$reader)
  useless <- if (length(numbers) > 1000L) rownames(right)[right == 0 & !sealed(rownames(right))]
  cat(sprintf("FAILED: %s never gave right data\n", useless), sep = "")
  cat(sprintf(
    "%d mutants: %d right data, %d refused, %d failed\n", nrow(tried), sum(counts$right),
    sum(counts$refused), nrow(failed)
  ))
  if (length(numbers) >= full_run) {
    record_figures("fuzz", c(
      mutants = nrow(tried), "gave the right data" = sum(counts$right),
      refused = sum(counts$refused), failed = nrow(failed)
    ), sprintf("Seed %d.", seed))
  }
  slow <- slow_inputs(mutants)
  quit(status = as.integer(nrow(failed) > 0L || length(useless) > 0L || length(slow) > 0L))
}

# Returns the names of the long inputs that take too long, and prints them.
slow_inputs <- function(mutants) {
  inputs <- c(mutants$long_refusals(), "many tensors" = mutants$read_many_tensors)
  seconds <- vapply(inputs, function(read) {
    started <- mutants$cpu_seconds()
    try(read(), silent = TRUE)
    mutants$cpu_seconds() - started
  }, 0)
  slow <- names(inputs)[seconds > most_seconds]
  cat(sprintf("FAILED: a %s takes more than %.0f seconds\n", slow, most_seconds), sep = "")
  cat(sprintf("%d long inputs: %.2f seconds at most\n", length(inputs), max(seconds)))
  slow
}

# Readers of files as they were written: any damage is seen by the checksum.
sealed <- function(readers) readers %in% c("model", "checkpoint")

# The functions of the tests. They can call internal functions of the package.
load_mutants <- function() {
  functions <- new.env(parent = asNamespace("feedforward"))
  files <- c(
    sprintf("tests/testthat/helper-%s.R", c("files", "model", "checkpoints", "cv")),
    Sys.glob("tests/testthat/harness/mutants*.R"), "tests/testthat/harness/long-inputs.R"
  )
  for (file in files) sys.source(file, functions)
  functions
}

report_failed <- function(failed, count, seed) {
  for (k in seq_len(nrow(failed))) {
    cat(sprintf(
      "FAILED %s, %s: %s\n  again: make fuzz ARGS=\"%d %d %d\"\n", failed$reader[k],
      failed$mutation[k], failed$outcome[k], count, seed, failed$number[k]
    ))
  }
}

do.call(main, as.list(as.integer(commandArgs(trailingOnly = TRUE))))
