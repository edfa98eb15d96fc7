# Constructors of optimizers and schedules. The rules themselves are in C++.

#' Optimizers
#'
#' The rules that update the weights in training, for the argument `optimizer` of [feedforward()].
#' For a rule with its default settings, its name is enough: `optimizer = "adam"`.
#'
#' @param learn_rate The learning rate, a number above 0. Larger values learn faster, until the loss
#'   oscillates or diverges. Smaller values need more epochs. The argument `learn_rate` of
#'   [feedforward()] overrides it. The defaults suit standardized inputs. With 0.01 for SGD,
#'   training did not diverge on any data we tried. With 0.005 for Adam, a hundred epochs are enough
#'   for a few hundred rows.
#' @param momentum The fraction of the last step that is added to the next one, at least 0 and less
#'   than 1. The default, 0, is plain gradient descent. With 0.9, steps in the same direction add up
#'   to ten times one step, so use a lower learning rate. Values closer to 1 overshoot more.
#' @param nesterov `TRUE` uses Nesterov momentum, which computes the gradient where the momentum
#'   leads and so overshoots less. It needs a `momentum` above 0.
#' @param decay,beta2 The fraction of the running mean of squared gradients that each batch keeps,
#'   at least 0 and less than 1. Values closer to 1 average over more batches, about `1 / (1 -
#'   decay)`. The defaults come from the references.
#' @param beta1 The same as `beta2`, but for the running mean of the gradients: Adam's momentum.
#' @param epsilon A number above 0 that is added to the divisor, so that weights with tiny gradients
#'   do not jump. Larger values make the steps more similar to `optimizer_sgd()`.
#' @param weight_decay The strength of the weight decay, a number of at least 0. Each step subtracts
#'   `weight_decay` times the learning rate times the weight. Biases do not decay. Unlike `penalty`,
#'   it is not part of the loss and not divided by the size of the gradients. Larger values give
#'   smaller weights and smoother predictions.
#' @param memory The number of past steps used to estimate the curvature, from 1 to 1000. Larger
#'   values can need fewer epochs, but need more memory: `2 * memory` numbers per parameter.
#' @param tolerance Training ends when a step lowers the loss by less than this fraction of it, a
#'   number of at least 0. With 0, it ends when no step lowers the loss. Larger values end training
#'   sooner. For a loss that resists outliers, the part of the loss due to outliers does not count.
#'
#' @details
#' - `optimizer_adam()` is the default of [feedforward()], because it needs the least tuning. For
#'   tables and numeric matrices, the default has other options: see the section "Defaults" there.
#' - `optimizer_adamw()` is Adam with weight decay that does not depend on the gradients, for larger
#'   networks.
#' - `optimizer_rmsprop()` is Adam without momentum.
#' - `optimizer_sgd()` with momentum and a schedule (see [schedules]) often gives slightly better
#'   networks than Adam once its learning rate is tuned. Without momentum it is the rule of
#'   [train_nn()].
#' - `optimizer_lbfgs()` is for small data sets of up to a few thousand rows. It uses the curvature
#'   of the loss, and a line search finds the size of each step, so there is no learning rate to
#'   tune. An epoch is one evaluation of the loss on all rows, and most steps need only one.
#'   `batch_size` has no effect. Dropout, a schedule, `clip_norm`, `mixture`, checkpoints, and
#'   `precision = "single"` are not supported and cause an error. It uses R's own code for
#'   `optim(method = "L-BFGS-B")`.
#'
#' @returns A list of class `feedforward_optimizer` with the `name` and the settings. It prints on
#'   one line.
#'
#' @section Errors:
#' An error of class `feedforward_error` that names the argument with a value outside its range.
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
#' @seealso [schedules] for learning rates that change during training.
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
    stop_input("momentum", "above 0 with `nesterov = TRUE`", "0", hint = "Try 0.9.")
  }
  new_setting("optimizer", "sgd", learn_rate = learn_rate, momentum = momentum, nesterov = nesterov)
}

#' @rdname optimizers
#' @export
optimizer_rmsprop <- function(learn_rate = 0.001, decay = 0.9, epsilon = 1e-8) {
  new_setting("optimizer", "rmsprop",
    learn_rate = check_rate(learn_rate),
    decay = check_share(decay, "decay"),
    epsilon = check_number(epsilon, "epsilon", min = 0, open = TRUE)
  )
}

#' @rdname optimizers
#' @export
optimizer_adam <- function(learn_rate = 0.005, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8) {
  new_setting("optimizer", "adam",
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
  new_setting("optimizer", "adamw",
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
  new_setting("optimizer", "lbfgs",
    memory = check_count(memory, "memory", max = 1000L),
    tolerance = check_number(tolerance, "tolerance", min = 0)
  )
}

# An optimizer, a schedule, or a rule for initial weights.
new_setting <- function(kind, name, ...) {
  structure(list(name = name, ...), class = paste0("feedforward_", kind))
}

#' Print an optimizer, a schedule, or an initializer
#'
#' @param x The result of an `optimizer_*()`, `schedule_*()`, or `init_*()` function.
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
  print_setting("Optimizer", x)
}

print_setting <- function(what, x) {
  cat(what, " ", describe_setting(x), "\n", sep = "")
  invisible(x)
}

# Describes a setting: "adam (learn_rate 0.001, beta1 0.9)".
describe_setting <- function(x) {
  numbers <- unclass(x)[-1L]
  if (!length(numbers)) {
    return(x$name)
  }
  shown <- paste(names(numbers), vapply(numbers, number_text, ""), collapse = ", ")
  sprintf("%s (%s)", x$name, shown)
}

# ---- Schedules ---------------------------------------------------------------------

#' Learning rate schedules
#'
#' The rules that change the learning rate during training, for the argument `rate_schedule` of
#' [feedforward()]. For a rule with its default settings, its name is enough:
#' `rate_schedule = "cosine"`.
#'
#' @param factor The number that each step multiplies the rate by, above 0 and at most 1. The
#'   default halves it. Smaller values lower it more.
#' @param every The number of epochs between two steps, at least 1. Larger values keep the rate high
#'   for longer.
#' @param decay How fast the rate falls per epoch, a number of at least 0. With larger values, the
#'   rate falls faster. With the defaults, 5% (exponential) or 9% (inverse time) of the rate
#'   remains after 100 epochs.
#' @param final The fraction of the rate that remains at the end, from 0 to 1.
#' @param warm_up The number of epochs, at least 0 and possibly fractional, in which the rate rises
#'   linearly from 0. The default, 0, starts with the full rate. A few epochs help with large
#'   batches and high rates, when the first steps would be too large.
#'
#' @details
#' Each batch gets its own rate. After `t` epochs, including fractions of an epoch, the `rate` of
#' the optimizer becomes
#'
#' | schedule | learning rate | suits |
#' |---|---|---|
#' | `schedule_none()` | `rate` | a constant rate, with or without `warm_up` |
#' | `schedule_step()` | `rate * factor ^ floor(t / every)` | a rate that becomes too high later |
#' | `schedule_exponential()` | `rate * exp(-decay * t)` | a smooth fall |
#' | `schedule_inverse_time()` | `rate / (1 + decay * t)` | a slow fall without end |
#' | `schedule_cosine()` | half a cosine from `rate` to `final * rate` | a known number of epochs |
#'
#' The cosine ends with the last epoch. During a warm-up, the rate is also multiplied by the
#' completed fraction of the warm-up. The `history` of a model has the rate of the last batch of
#' each epoch.
#'
#' @returns A list of class `feedforward_schedule` with the `name` and the settings. It prints on
#'   one line.
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

# All schedules have `warm_up`, so it is checked here.
new_schedule <- function(name, ..., warm_up) {
  new_setting("schedule", name, ..., warm_up = check_number(warm_up, "warm_up", min = 0))
}

#' @rdname print_options
#' @export
print.feedforward_schedule <- function(x, ...) {
  check_setting(x, "x", "schedule", schedule_names)
  print_setting("Schedule", x)
}
