# How the weights are moved: one small constructor for each rule. The rules themselves are
# in C++.

#' Optimizers
#'
#' How training moves the weights. Each function describes one rule, for the argument
#' `optimizer` of [feedforward()]; where its numbers may stay as they are, its name as a
#' string does as well: `optimizer = "adam"`.
#'
#' @param learn_rate Size of the steps, above 0. Larger values learn faster until the loss
#'   swings or diverges, smaller ones need more epochs. The argument `learn_rate` of
#'   [feedforward()], where given, takes the place of this one. The defaults suit
#'   standardised inputs: 0.01 for plain steps along the gradient, with which no data we tried
#'   diverged; 0.005 for Adam, with which a hundred epochs are enough for a few hundred rows.
#' @param momentum Share of the last step that is added to the next one, from 0 to less than
#'   1. The default of 0 is the plain rule. With 0.9, steps that agree add up to ten times
#'   one step, so the learning rate should be lower; values nearer to 1 remember longer and
#'   overshoot more.
#' @param nesterov `TRUE` takes Nesterov's form of momentum, which looks ahead to where the
#'   momentum leads before it corrects, and so overshoots less. Needs `momentum` above 0.
#' @param decay,beta2 Share of the running mean of squared gradients that stays after each
#'   batch, from 0 to less than 1. Values nearer to 1 average over more batches,
#'   about `1 / (1 - decay)` of them. The defaults are those of the publications.
#' @param beta1 The same for the running mean of the gradients: Adam's momentum.
#' @param epsilon Added to what is divided by, above 0, so that weights whose gradients are
#'   almost 0 do not leap. Larger values make the steps more like those of `optimizer_sgd()`.
#' @param weight_decay Share of each weight, at least 0, that is taken away in each step,
#'   times the learning rate; biases keep theirs. Unlike `penalty`, it is no part of the loss and
#'   not divided by the size of the gradients. Larger values give smaller weights and smoother
#'   predictions.
#' @param memory Number of past steps from which the curvature is estimated, from 1 to 1000. Larger
#'   values may need fewer epochs, and more memory: `2 * memory` numbers per parameter.
#' @param tolerance Training ends early when a step lowers the loss by less than this share of it,
#'   at least 0; with 0, when no step lowers it any more. Larger values end sooner. With a loss that
#'   resists outliers, what they add to the loss does not count.
#'
#' @details
#' - `optimizer_adam()` is the default of [feedforward()]: it needs the least tuning.
#' - `optimizer_adamw()` is Adam with a decay of the weights that does not depend on their
#'   gradients, for larger networks.
#' - `optimizer_rmsprop()` is Adam without momentum.
#' - `optimizer_sgd()`, with momentum and a schedule (see [schedules]), often ends with slightly
#'   better networks than Adam, once its learning rate is tuned. Without momentum it is
#'   the rule of [train_nn()].
#' - `optimizer_lbfgs()` is for small data: up to some thousands of rows. Steps take the
#'   curvature into account, and a line search decides how far to go, so there is no
#'   learning rate to tune. An epoch is one evaluation of the loss on all rows; most steps need
#'   one. `batch_size` has no effect; dropout, a schedule, `clip_norm`, the L1 part of the penalty,
#'   `precision = "single"` and checkpoints do not go with it and are refused. The work is done
#'   by the code of `optim(method = "L-BFGS-B")`.
#'
#' @returns A list of class `feedforward_optimizer`: the `name` and the numbers given. It prints
#'   in one line.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument that is not a number in the
#' range given above.
#'
#' @references
#' Momentum: Polyak (1964) \doi{10.1016/0041-5553(64)90137-5}; in Nesterov's form for networks:
#' Bengio, Boulanger-Lewandowski and Pascanu (2013) \doi{10.1109/ICASSP.2013.6639349}.
#'
#' RMSProp: Tieleman and Hinton (2012), "Lecture 6.5 - RMSProp", Coursera: Neural Networks for
#' Machine Learning; first published in Graves (2013) \doi{10.48550/arXiv.1308.0850}.
#'
#' Adam: Kingma and Ba (2015) \doi{10.48550/arXiv.1412.6980}. AdamW: Loshchilov and Hutter (2019)
#' \doi{10.48550/arXiv.1711.05101}.
#'
#' L-BFGS: Liu and Nocedal (1989) \doi{10.1007/BF01589116}; the code: Byrd, Lu, Nocedal and Zhu
#' (1995) \doi{10.1137/0916069}.
#'
#' @seealso [schedules] for learning rates that change while training goes on.
#'
#' @examples
#' optimizer_sgd(learn_rate = 0.05, momentum = 0.9, nesterov = TRUE)
#' optimizer_adam()
#' @name optimizers
NULL

#' @rdname optimizers
#' @export
optimizer_sgd <- function(learn_rate = 0.01, momentum = 0, nesterov = FALSE) {
  learn_rate <- check_rate(learn_rate)
  momentum <- check_share(momentum, "momentum")
  if (check_flag(nesterov, "nesterov") && momentum == 0) {
    stop_input("momentum", "above 0 with `nesterov = TRUE`", "0", hint = "0.9 is usual.")
  }
  new_optimizer("sgd", learn_rate = learn_rate, momentum = momentum, nesterov = nesterov)
}

#' @rdname optimizers
#' @export
optimizer_rmsprop <- function(learn_rate = 0.001, decay = 0.9, epsilon = 1e-8) {
  new_optimizer("rmsprop",
    learn_rate = check_rate(learn_rate),
    decay = check_share(decay, "decay"),
    epsilon = check_number(epsilon, "epsilon", min = 0, open = TRUE)
  )
}

#' @rdname optimizers
#' @export
optimizer_adam <- function(learn_rate = 0.005, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8) {
  new_optimizer("adam",
    learn_rate = check_rate(learn_rate),
    beta1 = check_share(beta1, "beta1"),
    beta2 = check_share(beta2, "beta2"),
    epsilon = check_number(epsilon, "epsilon", min = 0, open = TRUE)
  )
}

#' @rdname optimizers
#' @export
optimizer_adamw <- function(learn_rate = 0.005, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8,
                            weight_decay = 0.01) {
  new_optimizer("adamw",
    learn_rate = check_rate(learn_rate),
    beta1 = check_share(beta1, "beta1"),
    beta2 = check_share(beta2, "beta2"),
    epsilon = check_number(epsilon, "epsilon", min = 0, open = TRUE),
    weight_decay = check_number(weight_decay, "weight_decay", min = 0)
  )
}

#' @rdname optimizers
#' @export
optimizer_lbfgs <- function(memory = 10, tolerance = 1e-8) {
  new_optimizer("lbfgs",
    memory = check_count(memory, "memory", max = 1000L),
    tolerance = check_number(tolerance, "tolerance", min = 0)
  )
}

new_optimizer <- function(name, ...) {
  structure(list(name = name, ...), class = "feedforward_optimizer")
}

#' Print an optimizer or a schedule
#'
#' @param x What an `optimizer_*()` or `schedule_*()` function returned.
#' @param ... Ignored.
#' @returns `x`, invisibly.
#' @examples
#' print(optimizer_adam())
#' print(schedule_cosine(warm_up = 5))
#' @name print_options
NULL

#' @rdname print_options
#' @export
print.feedforward_optimizer <- function(x, ...) {
  check_setting(x, "x", "optimizer", optimizer_names)
  cat("Optimizer ", describe_setting(x), "\n", sep = "")
  invisible(x)
}

# "adam (learn_rate 0.001, beta1 0.9)": an optimizer or a schedule in a few words.
describe_setting <- function(x) {
  numbers <- unclass(x)[-1L]
  if (!length(numbers)) {
    return(x$name)
  }
  shown <- paste(names(numbers), vapply(numbers, number_text, ""), collapse = ", ")
  sprintf("%s (%s)", x$name, shown)
}

# ---- Schedules ---------------------------------------------------------------------

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
new_schedule <- function(name, ..., warm_up) {
  warm_up <- check_number(warm_up, "warm_up", min = 0)
  structure(list(name = name, ..., warm_up = warm_up), class = "feedforward_schedule")
}

#' @rdname print_options
#' @export
print.feedforward_schedule <- function(x, ...) {
  check_setting(x, "x", "schedule", schedule_names)
  cat("Schedule ", describe_setting(x), "\n", sep = "")
  invisible(x)
}
