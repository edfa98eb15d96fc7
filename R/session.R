# Settings of the session: threads and random numbers.

#' Threads
#'
#' Functions that train or predict use several threads. Results are identical to the last bit for
#' any number of threads, on processors with the same instructions.
#'
#' You can set the number of threads with the argument `threads`, with
#' `options(feedforward.threads = )`, or with the environment variable `OMP_NUM_THREADS`. The first
#' one that is set is used. The default is 2. It gives most of the gain for networks of ordinary
#' size, and leaves cores for others on shared machines. An option or environment variable never
#' sets more threads than the machine has cores.
#'
#' If other work keeps the cores busy, or if the cores exchange data slowly, one thread can be
#' faster than several. So from time to time, training in batches is timed with one thread and with
#' several, on 20 batches each, and the faster way is used. Training never takes much longer than
#' with `threads = 1`.
#'
#' `threads` and the option can be at most 256. `OMP_THREAD_LIMIT` is always an upper bound. During
#' `R CMD check`, the upper bound is 2.
#'
#' The package uses the widest vector instructions of the processor: AVX-512, AVX2, or a baseline
#' that all processors have. They add numbers in different orders, so results on different
#' processors can differ in the last digits. To reproduce the results of another machine, set the
#' environment variable `FEEDFORWARD_ISA` to `baseline` or `avx2`. It has no effect if the processor
#' does not have these instructions.
#'
#' @name feedforward_threads
#' @examples
#' options(feedforward.threads = 1)
#' options(feedforward.threads = NULL)
NULL

# More threads are of no use, and the system might refuse them.
most_threads <- 256L

# Returns the number of threads for one call. `threads` is the argument of the user. The ranks of a
# cluster share the cores of their machine.
thread_count <- function(threads = NULL, cluster = NULL) {
  if (is.null(threads)) {
    usual <- if (is_alone(cluster)) 2L else max(1L, cluster$cores %/% cluster$here)
    threads <- default_threads(usual)
  } else {
    threads <- check_count(threads, "threads", max = most_threads)
  }
  limit <- c(environment_count("OMP_THREAD_LIMIT"), if (is_being_checked()) 2L)
  min(threads, limit)
}

# Returns the number of threads for one pass over the rows. A few rows take less time than starting
# threads.
thread_count_for <- function(rows) {
  if (rows <= 128L) 1L else thread_count()
}

default_threads <- function(usual = 2L) {
  wanted <- getOption("feedforward.threads")
  if (!is.null(wanted)) {
    wanted <- check_count(wanted, "options(feedforward.threads)", max = most_threads)
  } else {
    wanted <- c(environment_count("OMP_NUM_THREADS"), usual)[1L]
  }
  min(wanted, core_count())
}

# Returns a positive whole number from an environment variable, or NULL. OMP_NUM_THREADS can be a
# list such as "4,2", whose first number is used.
environment_count <- function(name) {
  value <- sub(",.*", "", Sys.getenv(name))
  if (grepl("^ *[1-9][0-9]{0,5} *$", value)) as.integer(value)
}

is_being_checked <- function() {
  limit <- tolower(Sys.getenv("_R_CHECK_LIMIT_CORES_"))
  nzchar(limit) && limit != "false"
}

# ---- Random numbers ----------------------------------------------------------------

# Returns the state of R's random number generator, with its kind. R creates it with the first draw.
random_seed <- function() {
  if (!exists(".Random.seed", globalenv(), inherits = FALSE)) stats::runif(1L)
  get(".Random.seed", globalenv(), inherits = FALSE)
}

# Sets the state from a file. One draw shows whether R accepts it.
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

# The first number contains the kinds of the generator, of normal numbers (hundreds) and of sampling
# (ten thousands). Kinds 5 and 3 are user-supplied, and R crashes if there is no such function.
is_seed_of_r <- function(seed) {
  kinds <- if (is.integer(seed)) seed[1L]
  isTRUE(kinds %% 100L %in% c(0:4, 6:7)) && isTRUE(kinds %/% 100L %% 100L %in% c(0:2, 4:5)) &&
    isTRUE(kinds %/% 10000L %in% 0:1)
}

# `seed` is NULL before the first draw of a session.
set_seed_state <- function(seed) {
  if (!is.null(seed)) {
    assign(".Random.seed", seed, envir = globalenv())
  } else if (exists(".Random.seed", globalenv(), inherits = FALSE)) {
    rm(list = ".Random.seed", envir = globalenv())
  }
}

# Evaluates `code`. If it is an error, restores the state of the generator, unless training
# diverged.
with_seed_kept <- function(code) {
  old <- globalenv()[[".Random.seed"]]
  withCallingHandlers(code, feedforward_error = function(cnd) {
    if (!inherits(cnd, "feedforward_diverged")) set_seed_state(old)
  })
}
