# Tests training over MPI: `make mpi`. The scenes are in scenes.R. The last line is
# "N passed, N failed"; the exit status is not 0 if any failed.

folder <- tempfile("mpi")
dir.create(folder)
counts <- c(passed = 0L, failed = 0L)
Sys.setenv(
  OMPI_ALLOW_RUN_AS_ROOT = "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = "1", OMP_NUM_THREADS = "1",
  # Ranks that wait give way to others, as there are more of them than cores.
  OMPI_MCA_mpi_yield_when_idle = "1"
)

expect <- function(what, ok, seen = NULL) {
  ok <- isTRUE(ok)
  counts[2L - ok] <<- counts[2L - ok] + 1L
  if (!ok) cat("FAILED:", what, utils::capture.output(utils::str(seen)), "\n", sep = "\n  ")
}

mpirun <- function(scene, ranks) {
  # Open MPI refuses more ranks than cores, other MPIs do not know the option.
  open_mpi <- any(grepl("Open MPI", system2("mpirun", "--version", stdout = TRUE)))
  c(
    if (open_mpi) "--oversubscribe", "-n", ranks, file.path(R.home("bin"), "Rscript"), "--vanilla",
    "tests/mpi/scenes.R", scene, folder
  )
}

# Runs a scene and returns list(results by rank, output, status, seconds).
run <- function(scene, ranks, expected_status = 0L) {
  old <- list.files(folder, sprintf("^%s-%d-", scene, ranks), full.names = TRUE)
  unlink(old)
  log <- file.path(folder, "log")
  seconds <- system.time(
    status <- system2("timeout", c("60", "mpirun", mpirun(scene, ranks)),
      stdout = log, stderr = log
    )
  )[["elapsed"]]
  output <- readLines(log, warn = FALSE)
  if (!is.null(expected_status)) {
    expect(paste(scene, "with", ranks, "ranks ends well"), status == expected_status, output)
  }
  files <- file.path(folder, sprintf("%s-%d-%d.rds", scene, ranks, seq_len(ranks) - 1L))
  results <- lapply(files[file.exists(files)], readRDS)
  list(results = results, output = output, status = status, seconds = seconds)
}

all_same <- function(results) all(vapply(results, identical, TRUE, results[[1L]]))
distance <- function(a, b) {
  if (!identical(lengths(a), lengths(b))) return(Inf)
  max(abs(unlist(a) - unlist(b)), 0, na.rm = TRUE)
}

# The start of a scene that does not end by itself.
start <- function(scene, ranks) {
  unlink(file.path(folder, c("trains", paste0("pid-", 0:9))))
  log <- file.path(folder, "log")
  command <- paste(shQuote(c("timeout", "60", "mpirun", mpirun(scene, ranks))), collapse = " ")
  ended <- file.path(folder, "ended")
  unlink(ended)
  command <- sprintf("(%s > %s 2>&1; echo $? > %s) &", command, shQuote(log), shQuote(ended))
  system(command)
  wait_for(file.path(folder, "trains"))
  ended
}
wait_for <- function(file) {
  began <- proc.time()[["elapsed"]]
  while (!file.exists(file) && proc.time()[["elapsed"]] - began < 60) Sys.sleep(0.02)
  proc.time()[["elapsed"]] - began
}
pid_of <- function(rank) as.integer(readLines(file.path(folder, paste0("pid-", rank))))

# ---- The tests ----------------------------------------------------------------------------

one <- run("agree", 1L)$results[[1L]]
for (ranks in 2:4) {
  several <- run("agree", ranks)$results
  expect(paste(ranks, "ranks have the same models"), length(several) == ranks && all_same(several))
  for (name in names(one$double)) {
    for (part in c("parameters", "history")) {
      apart <- distance(several[[1L]]$double[[name]][[part]], one$double[[name]][[part]])
      expect(paste(name, part, "with", ranks, "ranks"), apart < 1e-12, apart)
    }
    same <- c("best_epoch", "stopped", "n", "options")
    expect(paste(name, "on", ranks, "ranks"),
      identical(several[[1L]]$double[[name]][same], one$double[[name]][same])
    )
  }
  apart <- distance(several[[1L]]$single$parameters, one$single$parameters)
  expect("single precision", apart < 1e-5, apart)
  expect("random numbers go on as with one process", identical(several[[1L]]$random, one$random))
}
expect("4 ranks give the same bits again", identical(run("agree", 4L)$results, several))

# Each of two ranks reads all rows in the first pass, and its half in each of three epochs.
shares <- unlist(run("share", 2L)$results)
expect("ranks read their part", identical(shares, c(400, 400) + 3 * 200), shares)

dropped <- lapply(1:2, function(k) run("dropout", 3L)$results)
expect("dropout is the same on all ranks", all_same(dropped[[1L]]))
expect("dropout is the same again", identical(dropped[[1L]], dropped[[2L]]))
resumed <- run("dropped", 2L)$results[[1L]]
expect("dropout is resumed", identical(resumed$whole, resumed$again))

stopped <- run("stop", 3L)$results
expect("on_epoch is called by rank 0", identical(vapply(stopped, `[[`, 0L, "asked"), c(4L, 0L, 0L)))
expect("all ranks stop", all_same(lapply(stopped, `[[`, "fit")))
expect("all ranks know why",
  identical(stopped[[3L]]$fit$stopped$reason, "on_epoch returned FALSE"), stopped[[3L]]$fit$stopped)

whole <- run("whole", 1L)$results[[1L]]
invisible(run("resume", 3L))
checkpoint <- file.path(folder, "checkpoint", "checkpoint.safetensors")
kept <- file.path(folder, "kept")
invisible(file.copy(checkpoint, kept))
for (ranks in c(2L, 1L, 4L)) {
  file.copy(kept, checkpoint, overwrite = TRUE)
  resumed <- run("resume", ranks)$results
  apart <- distance(resumed[[1L]]$parameters, whole$parameters)
  expect(paste("training resumes on", ranks, "ranks"), all_same(resumed) && apart < 1e-12, apart)
}

differ <- run("differ", 3L)$results
expected <- c(
  rows = "Rank 2 differs from rank 0 in the number of rows: 399 instead of 400.",
  name = "Rank 2 differs from rank 0 in predictor 2: `z` (numeric) instead of `b` (numeric).",
  level = "Rank 2 differs from rank 0 in predictor 7: `group` (factor",
  type = "Rank 2 differs from rank 0 in predictor 1: `a` (factor",
  value = "Rank 2 differs from rank 0 in the values of `x`.",
  classes = "Rank 2 differs from rank 0 in the levels or columns of the outcome: no, yes, maybe",
  argument = "Rank 2 differs from rank 0 in the argument `penalty`: 0.5 instead of 0.1.",
  reading = "Rank 2", outcome = "Rank 2 cannot train.", fine = "no error"
)
for (name in names(expected)) {
  for (rank in 0:2) {
    said <- gsub("\\s+", " ", differ[[rank + 1L]][[name]])
    own <- rank == 2L && name %in% c("reading", "outcome")
    expect(paste(name, "on rank", rank), own || startsWith(said, expected[[name]]), said)
  }
}

for (scene in c("error", "quit", "missing")) {
  ended <- run(scene, 3L, NULL)
  expect(paste(scene, "ends all ranks"), ended$status != 0L && length(ended$results) == 0L)
  expect(paste(scene, "ends them in time"), ended$seconds < 10, ended$seconds)
  wanted <- c(
    error = "the file of rank 1 is missing",
    quit = "Rank 1 of 3: The session ended, but other ranks want to train",
    missing = "missing value"
  )[[scene]]
  expect(paste(scene, "says why"), any(grepl(wanted, ended$output)), ended$output)
}

for (rank in c(1L, 0L)) {
  ended <- start("killed", 3L)
  tools::pskill(pid_of(rank), tools::SIGKILL)
  seconds <- wait_for(ended)
  expect(paste("all end when rank", rank, "is killed"), seconds < 10, seconds)
  cat(sprintf("Rank %d was killed, and all ended after %.1f s\n", rank, seconds))
}

ended <- start("interrupted", 3L)
tools::pskill(pid_of(2L), tools::SIGINT)
seconds <- wait_for(ended)
interrupted <- lapply(
  file.path(folder, sprintf("interrupted-3-%d.rds", 0:2)), function(file) {
    if (file.exists(file)) readRDS(file)
  }
)
expect("an interrupt of one rank stops all", all_same(interrupted) && seconds < 10, interrupted)
expect("an interrupt is a warning on all ranks",
  "feedforward_interrupted" %in% interrupted[[1L]]$class, interrupted)

quiet <- run("quiet", 3L)$output
expect("lines are printed once", sum(grepl("^Epoch 1:", quiet)) == 1L, quiet)
expect("warnings are shown once", sum(grepl("constant", quiet)) <= 2L, quiet)

within <- run("within", 2L)$results[[1L]]
expect("a cluster trains one network at a time",
  startsWith(within$said, "A cluster cannot train two networks") && within$epochs == 3L, within)

for (ranks in 2:4) {
  sums <- run("sums", ranks)$results
  expect(paste("sums are the same on", ranks, "ranks"), all_same(sums))
  worst <- vapply(sums[[1L]], function(of_sizes) max(of_sizes[1L, ]), 0)
  expect(paste("sums over", ranks, "ranks"), worst[["single"]] < 2e-6 && worst[["double"]] < 1e-14,
    worst)
}

unlink(folder, recursive = TRUE)
cat(sprintf("%d passed, %d failed\n", counts[["passed"]], counts[["failed"]]))
quit(status = as.integer(counts[["failed"]] > 0L))
