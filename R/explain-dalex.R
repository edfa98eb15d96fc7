# Methods for DALEX and packages built on it, which explain the predictions of any model.

# What DALEX explains: a number, the probability of the second of two classes or of a single label,
# or the probabilities of several classes or labels.
#' @exportS3Method DALEX::yhat
yhat.feedforward <- function(X.model, newdata, ...) {
  outcome <- check_model(X.model, "X.model", average = TRUE)$outcome
  type <- if (outcome$kind == "numbers") "numeric" else "prob"
  predicted <- stats::predict(X.model, newdata, type = type, format = "matrix")
  if (has_one_probability(outcome)) predicted[, ncol(predicted)] else predicted
}

# Whether a single probability says everything.
has_one_probability <- function(outcome) {
  output_count(outcome) == switch(outcome$kind, classes = 2L, labels = 1L, 0L)
}

#' @exportS3Method DALEX::model_info
model_info.feedforward <- function(model, is_multiclass = FALSE, ...) {
  outcome <- check_model(model, "model", average = TRUE)$outcome
  type <- if (outcome$kind == "numbers") {
    "regression"
  } else if (has_one_probability(outcome)) {
    "classification"
  } else {
    "multiclass"
  }
  structure(
    list(package = "feedforward", ver = as.character(utils::packageVersion("feedforward")),
      type = type),
    class = "model_info"
  )
}
