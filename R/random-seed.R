# R's random number generator: its state for checkpoints, and as it was before where a call is
# refused.

# The state, with the kind of generator; drawn from once if nobody has done so before.
random_seed <- function() {
  if (!exists(".Random.seed", globalenv(), inherits = FALSE)) stats::runif(1L)
  get(".Random.seed", globalenv(), inherits = FALSE)
}

# Sets the state that a file brings. One draw shows whether R takes it; then it is put back.
restore_random_seed <- function(seed, origin) {
  wanted <- "the state of a random number generator"
  if (!is_seed_of_r(seed)) stop_file(origin, wanted, "another one than R's own")
  old <- random_seed()
  failed <- function(cnd) {
    set_seed_state(old)
    stop_file(origin, wanted, conditionMessage(cnd))
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
