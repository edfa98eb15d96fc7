# Methods for DALEX and packages built on it, which explain the predictions of any model.

# What DALEX explains: a number, the probability of the second of two classes, or the probabilities
# of all classes.
#' @exportS3Method DALEX::yhat
yhat.feedforward <- function(X.model, newdata, ...) {
  type <- if (X.model$outcome$kind == "numbers") "numeric" else "prob"
  predicted <- stats::predict(X.model, newdata, type = type, format = "matrix")
  two <- X.model$outcome$kind == "classes" && ncol(predicted) == 2L
  if (two) predicted[, 2L] else predicted
}

#' @exportS3Method DALEX::model_info
model_info.feedforward <- function(model, is_multiclass = FALSE, ...) {
  type <- if (model$outcome$kind == "numbers") {
    "regression"
  } else if (output_count(model$outcome) > 2L) {
    "multiclass"
  } else {
    "classification"
  }
  structure(
    list(package = "feedforward", ver = as.character(utils::packageVersion("feedforward")),
      type = type),
    class = "model_info"
  )
}
