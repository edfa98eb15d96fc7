# Warns if training ended worse than a constant prediction. Training only counts as diverged when
# the loss is no longer finite. The weights may go far astray before that, and a falling learning
# rate may keep them there.

# Compares the trained model with the model `before` and with a constant. The losses of the history
# alone would give false alarms: they are means over batches while the weights move, with dropout.
warn_if_worse <- function(before, model, data, options, resumed) {
  losses <- tryCatch(losses_beside_constant(before, model, data, options$threads),
    # An error here must not lose the trained model.
    error = function(cnd) NULL, interrupt = function(cnd) NULL
  )
  if (is.null(losses)) {
    return(invisible())
  }
  # Resumed training may start from weights that are astray already.
  if (resumed) losses$start <- min(model$history$loss)
  # Dropout raises all losses of the history.
  highest <- if (all(options$dropout == 0)) max(model$history$loss) else 0
  astray <- is_astray(losses, highest, model$outcome$kind)
  if (astray || is_far(losses, model)) warn_worse(model, losses, astray, options)
}

# Returns the mean losses on some training rows: of the model, of the model at the start, of the
# best constant, and of a network whose weights are all 0. Returns `NULL` if the history has no
# epoch, or does not end worse than the constant, which saves the time after almost every training.
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
  reported <- model$history[model$best_epoch, c("loss", "valid_loss")]
  if (!any(reported > constant, na.rm = TRUE)) {
    return(NULL)
  }
  x <- rows_of(data$x, replace(logical(nrow_of(data$x)), some$rows, TRUE))
  mean_loss_of <- function(model) mean_loss(network_output(model, x, "response", threads))
  list(
    model = mean_loss_of(model), start = mean_loss_of(before), constant = constant,
    zero = mean_loss_of_constant(response_of_zero(loss, ncol(some$Y)))
  )
}

# Returns list(rows, Y, weights) of up to 1000 training rows, or fewer if there are many outputs.
# Steps of the golden ratio avoid any period in the data without drawing random numbers.
sample_of_training <- function(data, outputs) {
  rows <- data$rows
  if (is.null(rows)) rows <- seq_len(nrow_of(data$x))
  most <- max(30, min(1000, 1e6 %/% outputs))
  if (length(rows) > most) {
    rows <- rows[sort(unique(golden_steps(length(rows), most)))]
  }
  Y <- if (is.matrix(data$y)) {
    data$y[rows, , drop = FALSE]
  } else {
    one_hot(data$y[rows], outputs)
  }
  weights <- if (is.null(data$weights)) rep(1, length(rows)) else data$weights[rows]
  list(rows = rows, Y = Y, weights = weights)
}

# Returns the constant prediction with the lowest loss: the (weighted) mean or share, or the
# quantile for losses that resist outliers. The minimum of Huber's loss is near the median.
best_constant <- function(Y, weights, loss, quantile) {
  if (is_robust(loss)) {
    return(apply(Y, 2L, quantile_of_copies, weights, quantile))
  }
  colSums(Y * weights) / sum(weights)
}

# Returns what a network predicts if all its weights are 0.
response_of_zero <- function(loss, outputs) {
  switch(losses[[loss]]$output, softmax = 1 / outputs, sigmoid = 0.5, exp = 1, linear = 0)
}

# Training ended worse than a constant, and it was training that led there: it made the model worse,
# or the loss leapt on the way. Short training from ordinary first weights does not come that far,
# nor do noise or rare classes. Losses of classes and labels are capped, so that they leap less.
is_astray <- function(losses, highest, kind) {
  lost <- losses$model - losses$constant > 3 * (losses$start - losses$constant)
  leap <- if (kind == "numbers") 10 else 2
  is_worse(losses) && (lost || highest > leap * max(losses$start, losses$constant))
}

# Training ended worse than a constant because it started too far away: farther than first weights
# are for inputs of unit size.
is_far <- function(losses, model) {
  unscaled <- is_unscaled(model)
  farthest <- if (unscaled) max(losses$model, losses$start) else losses$model
  limit <- if (model$outcome$kind == "numbers") {
    # A constant outcome has no loss, but a scale of 1.
    25 * max(losses$zero, 1)
  } else {
    # The largest loss is 18.4, for each label or for all classes.
    losses$zero + 6 * (if (model$outcome$kind == "labels") output_count(model$outcome) else 1)
  }
  is_worse(losses) && farthest > limit
}

is_worse <- function(losses) losses$model > 1.5 * losses$constant

warn_worse <- function(model, losses, astray, options) {
  constant <- switch(model$outcome$kind,
    classes = "the class proportions", labels = "the label proportions",
    numbers = if (is_robust(model$architecture$loss)) "the median" else "the mean"
  )
  if (model$architecture$loss == "quantile") constant <- "the quantile"
  sizes <- sprintf("%.3g", c(losses$model, losses$constant))
  by_rate <- astray && options$optimizer$name != "lbfgs"
  warn_feedforward("The network predicts worse than a constant would.",
    x = "Its loss on rows it was trained on is {sizes[1L]}.",
    x = "Predicting {constant} for every row has a loss of {sizes[2L]}.",
    i = if (is_unscaled(model)) standardize_hint,
    i = if (by_rate) rate_hint(options) else "Try more {.arg epochs}.",
    class = "feedforward_worse_than_constant"
  )
}

rate_hint <- function(options) {
  clip <- if (is.infinite(options$clip_norm)) ", or {.code clip_norm = 1}"
  paste0("Try a lower {.arg learn_rate}", clip, ".")
}

standardize_hint <- "Use {.code standardize = TRUE} to scale the inputs."
