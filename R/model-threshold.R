# The probability at which a class or label is predicted.

# Returns the number of the class that each row of probabilities predicts. `threshold` comes from
# check_threshold().
classes_at <- function(threshold, probabilities) {
  if (is.null(threshold)) {
    return(likeliest_classes(probabilities))
  }
  # Arithmetic keeps NA, and whole numbers also for no rows.
  reached <- as.integer(unname(probabilities[, threshold$class]) >= threshold$least)
  other <- 3L - threshold$class
  other + reached * (threshold$class - other)
}

# Returns list(class, least): the number of a class, and the least probability at which it is
# predicted.
check_threshold <- function(threshold, levels) {
  if (is.null(threshold)) {
    return(NULL)
  }
  if (length(levels) != 2L) {
    stop_feedforward(
      "{.arg threshold} needs a model with two classes, but this one has {length(levels)}.",
      i = "Choose classes from the probabilities of `predict(fit, new_data, type = \"prob\")`."
    )
  }
  number <- if (is.numeric(threshold)) unname(threshold) else threshold
  least <- check_number(number, "threshold", min = 0, max = 1)
  name <- names(threshold)
  class <- if (is.null(name)) 2L else match(name, levels)
  if (is.na(class)) {
    name <- listed(name)
    known <- listed(levels)
    stop_feedforward("{.arg threshold} is named {name}, which is not a class of the model.",
      i = "Name it after one of the classes {known}."
    )
  }
  list(class = class, least = least)
}

# Returns the threshold of predict(), for classes as check_threshold() does, for labels a number.
# augment() has no `type`.
check_prediction_threshold <- function(threshold, outcome, type = "class") {
  if (is.null(threshold)) {
    return(NULL)
  }
  if (outcome$kind == "numbers") {
    stop_feedforward("{.arg threshold} is only used for classes and labels, not for numbers.",
      i = "Leave {.arg threshold} out."
    )
  }
  if (type != "class") {
    stop_feedforward("{.arg threshold} is only used with {.code type = \"class\"}.",
      i = "Leave {.arg threshold} out for other types."
    )
  }
  if (outcome$kind == "labels") {
    if (!is.null(names(threshold))) {
      stop_feedforward("{.arg threshold} must be one number without a name for labels.",
        i = "The same number is used for all labels."
      )
    }
    return(check_number(threshold, "threshold", min = 0, max = 1))
  }
  check_threshold(threshold, outcome$levels)
}
