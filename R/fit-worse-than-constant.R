# Whether training ended worse than a constant would be. "Diverged" is only a loss that is not a
# number any more: weights may go far astray before that, and a falling learning rate may keep them
# there.

# Looks at what training made of the model `before`. A warning has to be sure. The history alone
# does not say enough: its losses are means over batches while the weights moved, and with dropout.
warn_if_worse <- function(before, model, data, options, resumed) {
  losses <- tryCatch(losses_beside_constant(before, model, data, options$threads),
    # The model is there. Nothing that goes wrong here may lose it.
    error = function(cnd) NULL, interrupt = function(cnd) NULL
  )
  if (is.null(losses)) {
    return(invisible())
  }
  # The weights that training went on from may be astray already.
  if (resumed) losses$start <- min(model$history$loss)
  # With dropout, the losses of the history are higher at any time.
  highest <- if (all(options$dropout == 0)) max(model$history$loss) else 0
  astray <- is_astray(losses, highest)
  if (astray || is_far(losses, model)) warn_worse(model, losses, astray, options)
}

# The mean losses on some rows trained on: of the model, of the one that training started from, of
# the best constant, and of a network whose weights are all 0. NULL if the history is not worse
# than the constant, as after almost all trainings, or has no epoch.
losses_beside_constant <- function(before, model, data, threads) {
  loss <- model$architecture$loss
  quantile <- model$architecture$quantile
  if (is.null(quantile)) quantile <- 0.5
  some <- sample_of_training(data, output_count(model$outcome))
  mean_loss <- function(A) {
    value <- total_loss_cpp(t(some$Y), t(A), some$weights, loss, quantile) / sum(some$weights)
    if (is.nan(value)) Inf else value
  }
  mean_loss_of_constant <- function(values) mean_loss(0 * some$Y + rep(values, each = nrow(some$Y)))
  constant <- mean_loss_of_constant(best_constant(some$Y, some$weights, loss, quantile))
  told <- model$history[model$best_epoch, c("loss", "valid_loss")]
  if (!any(told > constant, na.rm = TRUE)) {
    return(NULL)
  }
  x <- rows_of(data$x, replace(logical(nrow_of(data$x)), some$rows, TRUE))
  mean_loss_of <- function(model) mean_loss(network_output(model, x, "response", threads))
  list(
    model = mean_loss_of(model), start = mean_loss_of(before), constant = constant,
    zero = mean_loss_of_constant(response_of_zero(loss, ncol(some$Y)))
  )
}

# Up to 1000 of the rows trained on, fewer where there are many outputs, as list(rows, Y, weights).
# Steps of the golden section keep clear of any period in the data, and draw no random numbers.
sample_of_training <- function(data, outputs) {
  rows <- data$rows
  if (is.null(rows)) rows <- seq_len(nrow_of(data$x))
  most <- max(30, min(1000, 1e6 %/% outputs))
  if (length(rows) > most) {
    share <- (seq_len(most) * (sqrt(5) - 1) / 2) %% 1
    rows <- rows[sort(unique(floor(share * length(rows)) + 1))]
  }
  Y <- if (is.matrix(data$y)) {
    data$y[rows, , drop = FALSE]
  } else {
    outer(data$y[rows], seq_len(outputs), `==`) + 0
  }
  weights <- if (is.null(data$weights)) rep(1, length(rows)) else data$weights[rows]
  list(rows = rows, Y = Y, weights = weights)
}

# The constant prediction with the lowest loss: the (weighted) mean or share, or for losses that
# resist outliers the quantile. Huber's loss has its minimum near the median.
best_constant <- function(Y, weights, loss, quantile) {
  if (is_robust(loss)) {
    return(apply(Y, 2L, quantile_of_copies, weights, quantile))
  }
  colSums(Y * weights) / sum(weights)
}

# What a network whose weights are all 0 predicts.
response_of_zero <- function(loss, outputs) {
  switch(losses[[loss]]$output, softmax = 1 / outputs, sigmoid = 0.5, exp = 1, linear = 0)
}

# Training made the model worse, or leapt on its way, and where it ended is worse than a constant.
# Few steps from ordinary first weights do not come that far, nor do noise or rare classes.
is_astray <- function(losses, highest) {
  lost <- losses$model - losses$constant > 3 * (losses$start - losses$constant)
  is_worse(losses) && (lost || highest > 10 * max(losses$start, losses$constant))
}

# Training led to where it ended from even farther: farther than first weights are from inputs of
# unit size.
is_far <- function(losses, model) {
  unscaled <- is.null(model$inputs$scale)
  farthest <- if (unscaled) max(losses$model, losses$start) else losses$model
  limit <- if (model$outcome$kind == "numbers") {
    # A constant outcome has no loss, but a scale of 1.
    25 * max(losses$zero, 1)
  } else {
    # Of at most 18.4 for each label, or for all classes.
    losses$zero + 6 * (if (model$outcome$kind == "labels") output_count(model$outcome) else 1)
  }
  is_worse(losses) && farthest > limit
}

is_worse <- function(losses) losses$model > 1.5 * losses$constant

warn_worse <- function(model, losses, astray, options) {
  constant <- switch(model$outcome$kind,
    classes = "the shares of the classes", labels = "the shares of the labels",
    numbers = if (is_robust(model$architecture$loss)) "the median" else "the mean"
  )
  if (model$architecture$loss == "quantile") constant <- "the quantile"
  sizes <- sprintf("%.3g", c(losses$model, losses$constant))
  by_rate <- astray && options$optimizer$name != "lbfgs"
  cli::cli_warn(
    c("The network predicts worse than a constant would.",
      x = "Its loss on rows it was trained on is {sizes[1L]}.",
      x = "Predicting {constant} for every row has a loss of {sizes[2L]}.",
      i = if (by_rate) rate_hint(options),
      i = if (!by_rate) "Try more {.arg epochs}.",
      i = if (is.null(model$inputs$scale)) standardize_hint
    ),
    class = "feedforward_worse_than_constant", call = NULL
  )
}

rate_hint <- function(options) {
  clip <- if (is.infinite(options$clip_norm)) ", or {.code clip_norm = 1}"
  paste0("Try a lower {.arg learn_rate}", clip, ".")
}

standardize_hint <- "{.code standardize = TRUE} makes inputs of unit size."
