# Simulates power cuts: kills a process that trains with checkpoints at a random moment, with
# SIGKILL, which no process can catch. Training must resume from the files in the folder and end
# with the model and random numbers of undisturbed training, to the last bit. Without a checkpoint,
# resuming must raise a feedforward_error, and new training must give the same model. No other
# files may be left.
#
# make kill ARGS="rounds" (200). From 100 rounds on each kind of moment must have come at least
# once: before the first checkpoint, in the midst of writing one, and with one to resume from; with
# fewer only the last. The processes are forks of this one, so Unix only.

suppressPackageStartupMessages(library(feedforward))
source("tools/trust/record.R")

epochs <- 25
file_name <- "checkpoint.safetensors"
enough_rounds <- 100L
full_run <- 200L

main <- function(rounds) {
  cat("testing", find.package("feedforward"), "\n")
  case <- training_case()
  expected <- outcome_of(train(case))
  life <- measure_life(case)
  results <- lapply(draw_moments(rounds, life), one_round, case = case, expected = expected)
  quit(status = as.integer(!report(do.call(rbind, results), life)))
}

training_case <- function() {
  set.seed(1)
  x <- matrix(rnorm(600 * 20), 600)
  list(x = x, y = factor(max.col(x[, 1:3] + 0.3 * rnorm(1800))))
}

# With all that keeps a state: Adam, dropout, a schedule, validation.
train <- function(case, folder = NULL) {
  set.seed(2)
  feedforward(case$x, case$y,
    hidden_units = c(400, 100), epochs = epochs, dropout = 0.2, validation = 0.2, batch_size = 64,
    rate_schedule = schedule_cosine(warm_up = 2), checkpoint = folder
  )
}

# All that must not depend on where training was cut off.
outcome_of <- function(fit) {
  fit$history$seconds <- NULL
  list(fit[c("parameters", "history", "best_epoch", "stopped", "n")], .Random.seed)
}

# Seconds from the start of a process to the end of its training, the longest of three.
measure_life <- function(case) {
  max(vapply(1:3, function(k) {
    folder <- tempfile("life")
    on.exit(unlink(folder, recursive = TRUE))
    seconds <- system.time(ended <- parallel::mccollect(start(case, folder)))[["elapsed"]]
    if (has_failed(ended)) stop("training in a process of its own failed: ", ended[[1L]])
    seconds
  }, 0))
}

start <- function(case, folder) {
  parallel::mcparallel({
    train(case, folder)
    NULL
  })
}

# Whether the process that was waited for ended by an error of R.
has_failed <- function(ended) any(vapply(ended, inherits, TRUE, "try-error"))

# Over the whole life and a little more; each tenth near its start, before the first checkpoint.
# Each third waits from then on until a file is being written.
draw_moments <- function(rounds, life) {
  set.seed(3)
  early <- seq_len(rounds) %% 10 == 0
  seconds <- runif(rounds) * ifelse(early, 0.03, 1.1) * life
  Map(list, seconds = seconds, writing = seq_len(rounds) %% 3 == 0 & !early)
}

one_round <- function(moment, case, expected) {
  folder <- tempfile("kill")
  on.exit(unlink(folder, recursive = TRUE))
  child <- start(case, folder)
  Sys.sleep(moment$seconds)
  deadline <- Sys.time() + 1
  while (moment$writing && Sys.time() < deadline && !any_part(folder)) NULL
  tools::pskill(child$pid, tools::SIGKILL)
  # That a killed child delivers nothing is a warning.
  ended <- suppressWarnings(parallel::mccollect(child))
  had_checkpoint <- file.exists(file.path(folder, file_name))
  was_writing <- any_part(folder)
  found <- go_on(case, folder)
  after <- list.files(folder, all.files = TRUE, no.. = TRUE)
  data.frame(
    had_checkpoint = had_checkpoint, was_writing = was_writing,
    done = found$done, epoch = found$epoch, identical = identical(found$outcome, expected),
    litter = length(setdiff(after, file_name)), child_failed = has_failed(ended)
  )
}

any_part <- function(folder) length(list.files(folder, "[.]part$")) > 0

# Resumes from the folder or trains anew. `done` is "resumed", "refused, then anew" or an error.
go_on <- function(case, folder) {
  kept <- file.path(folder, file_name)
  epoch <- if (file.exists(kept)) nrow(read_model(kept)$history) else 0
  refused <- FALSE
  tryCatch(
    {
      fit <- tryCatch(resume_training(folder, case$x, case$y), feedforward_error = function(cnd) {
        if (epoch > 0 || !grepl("There is no checkpoint in", conditionMessage(cnd))) stop(cnd)
        refused <<- TRUE
        train(case, folder)
      })
      done <- if (refused) "refused, then anew" else "resumed"
      list(done = done, epoch = epoch, outcome = outcome_of(fit))
    },
    error = function(cnd) list(done = conditionMessage(cnd), epoch = epoch, outcome = NULL)
  )
}

# Prints the counts; TRUE where every round went well and they hit all that they should.
report <- function(results, life) {
  counts <- c(
    "kills" = nrow(results),
    "before the first checkpoint" = sum(!results$had_checkpoint),
    "while a checkpoint was written" = sum(results$was_writing),
    "after the last checkpoint" = sum(results$epoch == epochs),
    "resumed" = sum(results$done == "resumed"),
    "refused without a checkpoint, then trained anew" =
      sum(results$done == "refused, then anew"),
    "identical to undisturbed training" = sum(results$identical),
    "with files left over" = sum(results$litter > 0),
    "ended by an error before the kill" = sum(results$child_failed)
  )
  failed <- !results$identical | results$litter > 0 | results$child_failed
  cat(sprintf("%4d %s\n", c(counts, failed = sum(failed)), c(names(counts), "failed")), sep = "")
  cat(sprintf("training takes %.2f s\n", life))
  if (any(failed)) print(unique(results[failed, ]))
  if (nrow(results) >= full_run) record_figures("kill", c(counts, failed = sum(failed)))
  missed <- missed_moments(counts)
  cat(sprintf("FAILED: no kill %s\n", missed), sep = "")
  !any(failed) && length(missed) == 0L
}

# Without them nothing was tested.
missed_moments <- function(counts) {
  needed <- c(
    "resumed",
    if (counts[["kills"]] >= enough_rounds) {
      c("before the first checkpoint", "while a checkpoint was written")
    }
  )
  needed[counts[needed] == 0]
}

given <- commandArgs(trailingOnly = TRUE)
main(if (length(given)) as.integer(given[1L]) else full_run)
