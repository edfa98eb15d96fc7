# How many threads work at once.

#' Threads
#'
#' Functions that train or predict work on several threads. On processors with the same
#' instructions, results are identical to the last bit for any number of threads.
#'
#' Without an argument `threads`, the first of these decides: `options(feedforward.threads = )`,
#' the environment variable `OMP_NUM_THREADS`, and otherwise 2, which gives most of the gain on
#' networks of ordinary size and is a polite default on shared machines. The default is never
#' more than the cores of the machine. Where other work keeps the cores busy, one thread may be
#' faster than two. In every case, `OMP_THREAD_LIMIT` is the upper bound, and
#' 2 while R checks packages; an argument or option may be at most 256.
#'
#' The work is done with the widest vector instructions that the processor has (AVX-512, AVX2, or
#' those that all its kind have). They add up in different orders, so results on different
#' processors may differ in the last digits. The environment variable `FEEDFORWARD_ISA`, set to
#' `baseline` or `avx2`, asks for narrower ones, to compare or to get the results of another
#' machine; where the processor lacks what is asked for, it has no effect.
#'
#' @name feedforward_threads
#' @examples
#' options(feedforward.threads = 1)
#' options(feedforward.threads = NULL)
NULL

# More have no use and may be more than the system gives.
most_threads <- 256L

# The number of threads for one call; `threads` is the user's argument.
thread_count <- function(threads = NULL, call = rlang::caller_env()) {
  if (is.null(threads)) {
    threads <- default_threads(call)
  } else {
    threads <- check_count(threads, "threads", max = most_threads, call = call)
  }
  limit <- c(environment_count("OMP_THREAD_LIMIT"), if (is_being_checked()) 2L)
  min(threads, limit)
}

# Threads for going once through so many rows: a few are done sooner than threads start.
thread_count_for <- function(rows, call = rlang::caller_env()) {
  if (rows <= 128L) 1L else thread_count(call = call)
}

default_threads <- function(call) {
  wanted <- getOption("feedforward.threads")
  if (!is.null(wanted)) {
    wanted <- check_count(wanted, "options(feedforward.threads)", max = most_threads, call = call)
  } else {
    wanted <- c(environment_count("OMP_NUM_THREADS"), 2L)[1L]
  }
  min(wanted, core_count())
}

# A positive whole number in an environment variable, or NULL. OMP_NUM_THREADS may be a
# list like "4,2", of which the first counts.
environment_count <- function(name) {
  value <- sub(",.*", "", Sys.getenv(name))
  if (grepl("^ *[1-9][0-9]{0,5} *$", value)) as.integer(value)
}

is_being_checked <- function() {
  limit <- tolower(Sys.getenv("_R_CHECK_LIMIT_CORES_"))
  nzchar(limit) && limit != "false"
}
