# Methods for vetiver, which serves models over the web. See vignette("deploy").

#' @exportS3Method vetiver::vetiver_create_description
vetiver_create_description.feedforward <- function(model) {
  check_model(model, "model", average = TRUE)
  format(model)
}

#' @exportS3Method vetiver::vetiver_create_meta
vetiver_create_meta.feedforward <- function(model, metadata) {
  vetiver::vetiver_meta(metadata, required_pkgs = required_pkgs(model))
}

# A server that reads the model finds these methods only if this package is loaded. R loads the
# namespaces that an object refers to when it reads the object.
#' @exportS3Method vetiver::vetiver_prepare_model
vetiver_prepare_model.feedforward <- function(model) {
  attr(model, "namespace") <- topenv()
  model
}

# The prototype of new data: that of the model for tables, or `prototype_data`, as for other models
# of vetiver.
#' @exportS3Method vetiver::vetiver_ptype
vetiver_ptype.feedforward <- function(model, ...) {
  check_model(model, "model", average = TRUE)
  if (!is.null(model$blueprint)) {
    return(tibble::as_tibble(model$blueprint$ptypes$predictors))
  }
  data <- list(...)$prototype_data
  if (!is.null(data)) {
    return(tibble::as_tibble(data, .name_repair = "minimal")[0L, ])
  }
  names <- model$inputs$names
  if (is.null(names)) {
    stop_feedforward("The model was trained on a matrix without column names.",
      i = "Supply a data frame with rows of such data as {.arg prototype_data}."
    )
  }
  columns <- rep(list(double()), length(names))
  tibble::new_tibble(stats::setNames(columns, names), nrow = 0L)
}

#' @exportS3Method vetiver::handler_startup
handler_startup.feedforward <- function(vetiver_model) {
  vetiver::attach_pkgs(vetiver_model$metadata$required_pkgs)
}

#' @exportS3Method vetiver::handler_predict
handler_predict.feedforward <- function(vetiver_model, ...) {
  prototype <- vetiver_model$prototype
  function(req) {
    new_data <- req$body
    if (!is.null(prototype)) {
      new_data <- vetiver::vetiver_type_convert(new_data, prototype)
      new_data <- hardhat::scream(new_data, prototype)
    }
    stats::predict(vetiver_model$model, as.data.frame(new_data, optional = TRUE), ...)
  }
}
