# What is refused of a prediction, but for the data.

# The types that predict() has for each kind of outcome; the first is the default.
prediction_types <- list(
  classes = c("class", "prob", "link", "hidden"),
  labels = c("class", "prob", "link", "hidden"),
  numbers = c("numeric", "link", "hidden")
)

check_prediction_type <- function(type, model, call = rlang::caller_env()) {
  fitting <- prediction_types[[model$outcome$kind]]
  if (is.null(type)) {
    return(fitting[1L])
  }
  if (!is.character(type) || length(type) != 1L || !type %in% fitting) {
    stop_input("type", sprintf("one for %s: %s", model$outcome$kind, listed(fitting)),
      describe(type),
      hint = hint_for_type(type, fitting), call = call
    )
  }
  if (type == "hidden" && length(model$architecture$sizes) == 2L) {
    stop_input("type", "another one for a network without hidden layers", "\"hidden\"", call = call)
  }
  type
}

# What other packages call the types.
types_elsewhere <- list(
  response = c("prob", "numeric"), probability = "prob", probabilities = "prob", posterior = "prob",
  raw = c("prob", "numeric"), label = "class", regression = "numeric", logit = "link",
  logits = "link"
)

hint_for_type <- function(type, fitting) {
  if (!rlang::is_string(type) || !is_text(type)) {
    return(NULL)
  }
  near <- c(intersect(types_elsewhere[[tolower(type)]], fitting), nearest_name(type, fitting))
  if (length(near)) sprintf("Did you mean \"%s\"?", near[1L])
}

# Numbers that are too large for a network give no prediction.
warn_not_finite <- function(values, model, call) {
  check_model(model, finite = TRUE, call = call)
  rows <- which(rowSums(!is.finite(values)) > 0)
  shown <- cli::cli_vec(rows, list("vec-trunc" = 5L))
  cli::cli_warn(
    c("{length(rows)} prediction{?s} {?is/are} not finite: row{?s} {shown}.",
      i = "The numbers there are too large for this network to compute with."
    ),
    class = "feedforward_not_finite", call = NULL
  )
}

# The new data, under the name of the tidymodels or that of stats::predict().
either_name <- function(new_data, newdata, arg = "new_data", hint = NULL,
                        call = rlang::caller_env()) {
  if (!missing(new_data) && !missing(newdata)) {
    stop_feedforward("Give the new data once: `new_data` and `newdata` are the same argument.",
      call = call
    )
  }
  check_given(missing(new_data) && missing(newdata), arg, hint = hint, call = call)
  if (missing(new_data)) newdata else new_data
}

# What a method of ours does not take; `known` are its arguments.
check_empty_dots <- function(..., known = character(), call = rlang::caller_env()) {
  if (...length() == 0L) {
    return()
  }
  name <- names(list(...))[1L]
  if (is.null(name) || name == "") {
    stop_input("...", "empty", "an argument without a name", call = call)
  }
  near <- if (length(known)) nearest_name(name, known)
  hint <- if (length(near)) sprintf("Did you mean `%s`?", near)
  stop_input("...", "empty", sprintf("`%s`", name), hint = hint, call = call)
}

# Names for the classes of a network.
check_levels <- function(levels, layers, call) {
  outputs <- nrow(layers$W2)
  if (is.null(levels)) levels <- rownames(layers$W2)
  if (is.null(levels)) levels <- seq_len(outputs) - 1L
  plain <- is.atomic(levels) && is.null(dim(levels))
  if (!plain || length(levels) != outputs || anyNA(levels)) {
    stop_input("levels", sprintf("%d names, one for each output", outputs), describe(levels),
      call = call
    )
  }
  check_names(class_names(levels), "levels", "class", call)
  class_names(levels)
}
