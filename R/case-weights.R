# Weights of observations in the loss: those of cases times those of classes.

# Gives list(weights, copies, class_weights), NULL where there are none: `weights` with the mean 1
# over the training rows (NULL = all), `copies` the frequency weights as they are,
# `class_weights` one number per level.
observation_weights <- function(case_weights, class_weights, encoded, rows, call) {
  n <- NROW(encoded$targets)
  given <- check_case_weights(case_weights, n, call)
  of_class <- check_class_weights(class_weights, encoded$outcome, call)
  if (is.null(rows)) rows <- seq_len(n)
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
