# Weights of observations in the loss: those of cases times those of classes.

# Those that the user gave, checked before random numbers are drawn: list(weights, copies,
# of_class), NULL where there are none.
given_weights <- function(options, encoded, call) {
  given <- check_case_weights(options$case_weights, NROW(encoded$targets), call)
  given["of_class"] <- list(check_class_weights(options$class_weights, encoded$outcome, call))
  given
}

# Those given beside a recipe, or its own; `given_names` tells whether NULL was given. Not both: a
# model keeps no weights, so that nobody could tell later which they were.
weights_beside <- function(given, own, given_names, call) {
  if (!is.null(given) && !is.null(own)) {
    wanted <- "left out, or NULL for none: the recipe has its own"
    stop_input("case_weights", wanted, describe(given), call = call)
  }
  if ("case_weights" %in% given_names) given else own
}

# Gives list(weights, copies, class_weights), NULL where there are none: `weights` with the mean 1
# over the training rows (NULL = all), `copies` the frequency weights as they are,
# `class_weights` one number per level. `given` is what given_weights() gives.
observation_weights <- function(given, encoded, rows, call) {
  of_class <- given$of_class
  if (is.null(rows)) rows <- seq_len(NROW(encoded$targets))
  if (identical(of_class, "balanced")) {
    of_class <- balanced_weights(encoded$targets[rows], given$copies[rows], encoded$outcome$levels)
  }
  weights <- given$weights
  if (!is.null(of_class)) {
    weights <- (if (is.null(weights)) 1 else weights) * of_class[encoded$targets]
  }
  check_some_weight(weights, rows, "to train on", call)
  if (!is.null(weights)) weights <- unname(weights) / mean(weights[rows])
  list(weights = weights, copies = given$copies, class_weights = of_class)
}

# n / (k * n_class) for the k classes that occur, copies counted.
balanced_weights <- function(codes, copies, levels) {
  if (is.null(copies)) copies <- rep(1, length(codes))
  counts <- as.vector(tapply(copies, factor(codes, seq_along(levels)), sum, default = 0))
  occur <- counts > 0
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights[occur] <- sum(counts) / (sum(occur) * counts[occur])
  weights
}
