# What belongs to the session rather than to a model: threads and random numbers.

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
thread_count <- function(threads = NULL) {
  if (is.null(threads)) {
    threads <- default_threads()
  } else {
    threads <- check_count(threads, "threads", max = most_threads)
  }
  limit <- c(environment_count("OMP_THREAD_LIMIT"), if (is_being_checked()) 2L)
  min(threads, limit)
}

# Threads for going once through so many rows: a few are done sooner than threads start.
thread_count_for <- function(rows) {
  if (rows <= 128L) 1L else thread_count()
}

default_threads <- function() {
  wanted <- getOption("feedforward.threads")
  if (!is.null(wanted)) {
    wanted <- check_count(wanted, "options(feedforward.threads)", max = most_threads)
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

# ---- Random numbers ----------------------------------------------------------------

# R's random number generator: its state for checkpoints, and as it was before where a call is
# refused.

# The state, with the kind of generator; drawn from once if nobody has done so before.
random_seed <- function() {
  if (!exists(".Random.seed", globalenv(), inherits = FALSE)) stats::runif(1L)
  get(".Random.seed", globalenv(), inherits = FALSE)
}

# Sets the state that a file brings. One draw shows whether R takes it; then it is put back.
restore_random_seed <- function(seed, origin) {
  problem <- "has an invalid state of the random number generator"
  if (!is_seed_of_r(seed)) stop_file(origin, problem)
  old <- random_seed()
  failed <- function(cnd) {
    set_seed_state(old)
    stop_file(origin, paste0(problem, ": ", conditionMessage(cnd)))
  }
  tryCatch(
    {
      set_seed_state(seed)
      stats::runif(1L)
    },
    error = failed, warning = failed
  )
  set_seed_state(seed)
}

# The first number holds the kinds: of the generator, of normal numbers (hundreds) and of sampling
# (ten thousands). R itself does not look whether there is a user's function for kinds 5 and 3.
is_seed_of_r <- function(seed) {
  kinds <- if (is.integer(seed)) seed[1L]
  isTRUE(kinds %% 100L %in% c(0:4, 6:7)) && isTRUE(kinds %/% 100L %% 100L %in% c(0:2, 4:5)) &&
    isTRUE(kinds %/% 10000L %in% 0:1)
}

# NULL is the state before the first draw of a session.
set_seed_state <- function(seed) {
  if (!is.null(seed)) {
    assign(".Random.seed", seed, envir = globalenv())
  } else if (exists(".Random.seed", globalenv(), inherits = FALSE)) {
    rm(list = ".Random.seed", envir = globalenv())
  }
}

# Evaluates `code`. Where it is refused, nothing was drawn; training that diverged was not refused.
with_seed_kept <- function(code) {
  old <- globalenv()[[".Random.seed"]]
  withCallingHandlers(code, feedforward_error = function(cnd) {
    if (!inherits(cnd, "feedforward_diverged")) set_seed_state(old)
  })
}
