# Shows each call and the text of its error, for snapshots. That all errors are of the class
# and name the function that the user called is checked on the way.
show_refusals <- function(calls, env = parent.frame()) {
  for (call in calls) {
    error <- tryCatch(eval(call, env), error = identity)
    if (!inherits(error, "feedforward_error")) stop("not refused: ", deparse(call))
    exported <- as.character(call[[1L]]) %in% getNamespaceExports("feedforward")
    if (exported && !identical(conditionCall(error)[[1L]], call[[1L]])) {
      stop("wrong call in the error: ", deparse(conditionCall(error)))
    }
    cat(deparse(call, width.cutoff = 500L), "\n", conditionMessage(error), "\n\n", sep = "")
  }
}
