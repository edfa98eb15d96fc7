# The likelihood of outcomes under a model, for losses that belong to a distribution.

#' @rdname feedforward_tidiers
#' @importFrom stats logLik
#' @export
logLik.feedforward <- function(object, new_data, y, ..., newdata) {
  check_model(object, average = TRUE)
  check_empty_dots(..., known = c("new_data", "y"))
  new_data <- either_name(new_data, newdata, hint = hint_no_data("logLik"))
  loss <- object$architecture$loss
  if (!loss %in% names(likelihoods)) {
    stop_feedforward(
      "The loss {.val {loss}} has no likelihood: it does not correspond to a distribution.",
      i = "Compare models by their validation loss instead."
    )
  }
  read <- read_with_truth(object, new_data, if (!missing(y)) y, "y")
  fitted <- values_for_likelihood(object, read$x)
  targets <- encode_like(read$outcomes, object$outcome, loss, nrow(fitted), "y")
  if (nrow(fitted) == 0L) {
    stop_feedforward("{.arg new_data} has no rows, so there is no likelihood.",
      i = "Use data with at least one row."
    )
  }
  spreads <- if (loss %in% c("squared_error", "absolute_error")) ncol(fitted) else 0L
  structure(likelihoods[[loss]](targets, fitted),
    df = parameter_count(object) - redundant_count(object) + spreads, nobs = nrow(fitted),
    class = "logLik"
  )
}

# The probabilities of classes add up to 1. So the weights of one class say nothing new.
redundant_count <- function(model) {
  if (model$outcome$kind != "classes") {
    return(0L)
  }
  networks <- if (is_average(model)) model$members else list(model)
  sum(vapply(networks, function(network) {
    ncol(network$parameters[[length(network$parameters) - 1L]]) + 1L
  }, 1L))
}

# Returns a matrix of predicted numbers, or of logits: a probability that rounds to 0 still has a
# logarithm. An average has probabilities only.
values_for_likelihood <- function(model, x) {
  kind <- model$outcome$kind
  if (kind == "numbers" || !is_average(model)) {
    return(as.matrix(predict_plain(model, x, if (kind == "numbers") "numeric" else "link")))
  }
  p <- fitted_values(model, x)
  if (kind == "labels") stats::qlogis(p) else log(p)
}

# The log-likelihood of targets for each loss. Spreads are the most likely ones.
likelihoods <- list(
  cross_entropy = function(codes, logits) {
    top <- logits[cbind(seq_along(codes), max.col(logits, "first"))]
    sum(logits[cbind(seq_along(codes), codes)] - top - log(rowSums(exp(logits - top))))
  },
  binary_cross_entropy = function(labels, logits) {
    sum(stats::plogis(ifelse(labels > 0, logits, -logits), log.p = TRUE))
  },
  squared_error = function(y, mean) {
    variance <- colMeans((y - mean)^2)
    -nrow(y) / 2 * sum(log(2 * pi * variance) + 1)
  },
  absolute_error = function(y, median) {
    spread <- colMeans(abs(y - median))
    -nrow(y) * sum(log(2 * spread) + 1)
  },
  poisson = function(counts, mean) {
    if (any(counts != round(counts))) {
      stop_feedforward("A Poisson likelihood needs counts, but {.arg y} has fractions.",
        i = "Use whole numbers of at least 0."
      )
    }
    sum(stats::dpois(counts, mean, log = TRUE))
  }
)
