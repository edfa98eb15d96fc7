# What is refused of update() and continue_training(): what a model does not keep has to be given
# again.

# `given` are the names of what was given, "" for none.
check_update <- function(object, given, call = rlang::caller_env()) {
  first <- given %in% c("", "x", "formula")
  if (!any(first) && !"data" %in% given) {
    stop_input("...", "made of the data, and of arguments that are to differ", "no data",
      hint = "A model keeps no data: update(fit, x, y, ...), or update(fit, data = , ...).",
      call = call
    )
  }
  if (!any(first) && object$inputs$kind != "formula") {
    what <- if (object$inputs$kind == "recipe") "the recipe" else "`x` and `y`"
    stop_input("...", sprintf("made of %s, and of arguments that are to differ", what),
      "`data` alone",
      hint = "Only a formula is kept in a model.", call = call
    )
  }
  own <- object$inputs$kind == "recipe" && weights_in_recipe(object$blueprint)
  if (!own) check_weights_again(object, given, call)
  alone <- identical(object$options$validation, 0) && !any(c("validation", "stop_iter") %in% given)
  if (alone && isTRUE(is.finite(object$options$stop_iter))) {
    stop_input("validation", "given again: a model keeps no validation set", "nothing",
      hint = "Or give `stop_iter = Inf`, to train without.", call = call
    )
  }
}

# Without its weights, a model would be trained for something else, and nobody would notice.
check_weights_again <- function(model, given, call) {
  if (isTRUE(model$weighted) && !"case_weights" %in% given) {
    stop_input("case_weights", "given again: a model keeps no weights of observations", "nothing",
      hint = "Or give `case_weights = NULL`, to train without.", call = call
    )
  }
}
