# The outcome: turns the user's y into the targets of the network, and the network's output back
# into predictions of the same type.

# Finds out what kind of outcome y is. Returns list(targets, outcome, loss) and what given_weights()
# returns. `targets` is what C++ reads, class codes 1..k or a double matrix n x outputs, of the rows
# that count. `outcome` is what the model keeps.
encode_outcome <- function(y, n, loss, arg = "y", case_weights = NULL) {
  y <- check_outcome(y, arg, n)
  cases <- given_weights(case_weights, n)
  y <- rows_of(y, cases$counted)
  kind <- outcome_kind(y, loss)
  check_loss_fits(loss, kind, y, arg)
  outcome <- switch(kind,
    classes = class_outcome(y, arg, if (!is.null(cases$counted)) hint_of_weights),
    labels = column_outcome(y, "labels", if (is.logical(y)) "logical" else "numeric", arg),
    numbers = column_outcome(y, "numbers", "numeric", arg)
  )
  if (is.null(loss)) {
    loss <- losses_for(kind)[1L]
    inform_of_outcome_kind(y, kind, arg)
  }
  targets <- encode_targets(y, outcome, arg, loss)
  c(list(targets = targets, outcome = outcome, loss = loss), cases)
}

hint_of_weights <- "Rows with a case weight of 0 do not count."

# Encodes an outcome for an existing model: of the same kind, classes, and columns.
encode_like <- function(y, outcome, loss, n, arg = "y", x = "`new_data`") {
  y <- check_outcome(y, arg, n, x)
  encode_targets(y, outcome, arg, loss)
}

# Returns the code for the outcome: `y`, or the columns of `data` that a formula or recipe names.
outcome_in_code <- function(predictors) {
  names <- names(predictors$blueprint$ptypes$outcomes)
  if (length(names) == 0L) {
    return("y")
  }
  if (length(names) > 1L) {
    return(sprintf("data[c(%s)]", toString(encodeString(names, quote = "\""))))
  }
  column_in_code(names, "data")
}

# Returns "classes", "labels", or "numbers".
outcome_kind <- function(y, loss) {
  if (!is.matrix(y)) {
    return(if (is.numeric(y)) "numbers" else "classes")
  }
  if (identical(loss, "binary_cross_entropy")) {
    return("labels")
  }
  if (!is_binary(y) || (!is.null(loss) && loss != "cross_entropy")) {
    return("numbers")
  }
  if (is_one_hot(y)) "classes" else "labels"
}

is_binary <- function(y) is.logical(y) || all(y == 0 | y == 1)

is_one_hot <- function(y) is_binary(y) && all(rowSums(y) == 1)

# Returns what the model keeps of an outcome of classes: the levels and the user's type.
class_outcome <- function(y, arg, hint) {
  levels <- if (is.matrix(y)) {
    column_levels(y)
  } else if (is.factor(y)) {
    levels(y)
  } else {
    sort(unique(as.character(y)))
  }
  check_class_levels(y, levels, arg, hint)
  type <- if (is.ordered(y)) {
    "ordered"
  } else if (is.character(y) || (is.logical(y) && !is.matrix(y))) {
    typeof(y)
  } else {
    "factor"
  }
  new_outcome("classes", type, levels = levels)
}

# Returns the classes of a one-hot matrix: the names of its columns, or numbers from 0.
column_levels <- function(y) {
  if (is.null(colnames(y))) as.character(seq_len(ncol(y)) - 1L) else colnames(y)
}

# Returns what the model keeps of numbers or labels. Columns without names are numbered from 1.
column_outcome <- function(y, kind, type, arg) {
  names <- NULL
  if (is.matrix(y)) {
    names <- if (is.null(colnames(y))) as.character(seq_len(ncol(y))) else colnames(y)
    check_names(names, arg)
  }
  new_outcome(kind, type, names = names)
}

new_outcome <- function(kind, type, levels = NULL, names = NULL) {
  list(kind = kind, levels = levels, type = type, names = names, center = NULL, scale = NULL)
}

output_count <- function(outcome) {
  if (outcome$kind == "classes") length(outcome$levels) else max(1L, length(outcome$names))
}

# Returns the names of the outputs: levels or columns, or `NULL` for a single number.
output_names <- function(outcome) {
  if (outcome$kind == "classes") outcome$levels else outcome$names
}

# Returns y as targets for an outcome of this kind. Numbers are not standardized yet.
encode_targets <- function(y, outcome, arg, loss) {
  if (outcome$kind == "classes") {
    return(class_codes(y, outcome$levels, arg))
  }
  y <- check_columns_of_outcome(y, outcome, arg)
  targets <- matrix(as.double(y), NROW(y))
  check_target_range(targets, outcome$kind, loss, arg)
  targets
}

class_codes <- function(y, levels, arg) {
  if (is.matrix(y)) {
    check_one_hot(y, levels, arg)
    return(max.col(y, ties.method = "first"))
  }
  if (is.factor(y) && identical(levels(y), levels)) {
    return(as.integer(y))
  }
  codes <- match(as.character(y), levels)
  check_known_classes(y, codes, levels, arg)
  codes
}

# Returns class codes from 1 to k as rows of k numbers, which are 1 for the class and 0 otherwise.
one_hot <- function(codes, k) outer(as.integer(codes), seq_len(k), `==`) + 0

# Returns the most probable class of each row. The first class wins ties.
likeliest_classes <- function(probabilities) {
  # For one row, which.max() gives the same, and max.col() would take longer than the whole network.
  one <- nrow(probabilities) == 1L
  if (!one) {
    max.col(probabilities, ties.method = "first")
  } else if (anyNA(probabilities)) {
    NA_integer_
  } else {
    which.max(probabilities)
  }
}

# Returns class codes in the type of y.
decode_classes <- function(codes, outcome) {
  switch(outcome$type,
    character = outcome$levels[codes],
    logical = outcome$levels[codes] == "TRUE",
    ordered = structure(codes, levels = outcome$levels, class = c("ordered", "factor")),
    structure(codes, levels = outcome$levels, class = "factor")
  )
}

# Returns which labels have at least this probability, as logical values or 0/1 like y.
decode_labels <- function(probabilities, outcome, threshold) {
  yes <- probabilities >= or_default(threshold, 0.5)
  if (outcome$type == "numeric") storage.mode(yes) <- "double"
  yes
}

# ---- Messages --------------------------------------------------------------------

# Says once per session how y is used, if its type may not be what you meant.
inform_of_outcome_kind <- function(y, kind, arg) {
  if (kind == "classes" && is.matrix(y)) {
    inform_once("one_hot", c(
      sprintf("`%s` has exactly one 1 in each row, so its columns are used as classes.", arg),
      i = "For multi-label classification, use `loss = \"binary_cross_entropy\"`.",
      i = "Use a factor to avoid this message."
    ))
  } else if (kind == "numbers" && looks_like_classes(y)) {
    inform_once("classes", c(
      sprintf("`%s` looks like class labels, but it is numeric, so this is regression.", arg),
      i = sprintf("For classification, use `factor(%s)`.", arg)
    ))
  }
}

looks_like_classes <- function(y) {
  if (is.matrix(y) || length(y) < 50L) {
    return(FALSE)
  }
  values <- unique(y)
  length(values) <= 10L && all(values == round(values))
}

inform_once <- function(id, message) {
  rlang::inform(message,
    class = "feedforward_message", .frequency = "once",
    .frequency_id = paste0("feedforward_", id)
  )
}
