# How the learning rate changes while training goes on: one small constructor for each rule.
# The rules themselves are in C++.

#' Schedules of the learning rate
#'
#' How the learning rate changes while training goes on. Each function describes one rule,
#' for the argument `rate_schedule` of [feedforward()]; where its numbers may stay as they
#' are, its name as a string does as well: `rate_schedule = "cosine"`.
#'
#' @param factor What the rate is multiplied with at each step, above 0 and at most 1. The
#'   default halves it; smaller values cut more.
#' @param every Number of epochs from one step to the next, at least 1. Larger values keep the
#'   rate high for longer.
#' @param decay How fast the rate falls, per epoch, at least 0; larger values fall faster. The
#'   defaults leave 5 % (exponential) and 9 % (inverse time) of it after 100 epochs.
#' @param final Share of the rate that is left at the end, from 0 to 1.
#' @param warm_up Number of epochs, at least 0 and decimals allowed, in which the rate rises from 0
#'   along a straight line. The default of 0 starts with the full rate. A few epochs help where the
#'   first steps would be too large: large batches, high rates.
#'
#' @details
#' The rate is set anew for each batch. With `t` epochs done before it, decimals included, the
#' `rate` of the optimizer becomes
#'
#' | schedule | learning rate | what it is for |
#' |---|---|---|
#' | `schedule_none()` | `rate` | a rate that stays; with `warm_up`, only that |
#' | `schedule_step()` | `rate * factor ^ floor(t / every)` | one that is too high later |
#' | `schedule_exponential()` | `rate * exp(-decay * t)` | a smooth fall |
#' | `schedule_inverse_time()` | `rate / (1 + decay * t)` | a slow fall that never ends |
#' | `schedule_cosine()` | half a cosine from `rate` to `final * rate` | a known number of epochs |
#'
#' The cosine is at its end when all `epochs` are done. As long as a warm-up lasts, this is
#' multiplied by the share of it that is over after the batch. The `history` of a model shows the
#' rate of the last batch of each epoch.
#'
#' @returns A list of class `feedforward_schedule`: the `name` and the numbers given. It prints
#'   in one line.
#'
#' @inheritSection optimizers Errors
#'
#' @references
#' Inverse time: Robbins and Monro (1951) \doi{10.1214/aoms/1177729586}. Cosine: Loshchilov and
#' Hutter (2017) \doi{10.48550/arXiv.1608.03983}. Warm-up: Goyal et al. (2017)
#' \doi{10.48550/arXiv.1706.02677}.
#'
#' @seealso [optimizers] for the rate itself.
#'
#' @examples
#' schedule_step(factor = 0.1, every = 30)
#' schedule_cosine(warm_up = 5)
#' @name schedules
NULL

#' @rdname schedules
#' @export
schedule_none <- function(warm_up = 0) {
  new_schedule("none", warm_up = warm_up)
}

#' @rdname schedules
#' @export
schedule_step <- function(factor = 0.5, every = 10, warm_up = 0) {
  new_schedule("step",
    factor = check_number(factor, "factor", min = 0, max = 1, open = TRUE),
    every = check_count(every, "every"),
    warm_up = warm_up
  )
}

#' @rdname schedules
#' @export
schedule_exponential <- function(decay = 0.03, warm_up = 0) {
  new_schedule("exponential", decay = check_number(decay, "decay", min = 0), warm_up = warm_up)
}

#' @rdname schedules
#' @export
schedule_inverse_time <- function(decay = 0.1, warm_up = 0) {
  new_schedule("inverse_time", decay = check_number(decay, "decay", min = 0), warm_up = warm_up)
}

#' @rdname schedules
#' @export
schedule_cosine <- function(final = 0, warm_up = 0) {
  new_schedule("cosine", final = check_number(final, "final", min = 0, max = 1), warm_up = warm_up)
}

# `warm_up`, which all have, is checked here.
new_schedule <- function(name, ..., warm_up, call = rlang::caller_env()) {
  warm_up <- check_number(warm_up, "warm_up", min = 0, call = call)
  structure(list(name = name, ..., warm_up = warm_up), class = "feedforward_schedule")
}

# What the argument `rate_schedule` takes; for each there is a function schedule_<name>().
schedule_names <- c("none", "step", "exponential", "inverse_time", "cosine")

#' @rdname print_options
#' @export
print.feedforward_schedule <- function(x, ...) {
  check_setting(x, "x", "schedule", schedule_names, rlang::current_env())
  cat("Schedule ", describe_setting(x), "\n", sep = "")
  invisible(x)
}
