# The outcome: what the user gave as y -> the targets of the network, and back from what the
# network gives to predictions of the same type.

# Finds out what y is. Gives list(targets, outcome, loss): `targets` as C++ reads them
# (class codes 1..k, or a double matrix n x outputs), `outcome` what the model keeps. With them what
# given_weights() gives: only rows that count have targets.
encode_outcome <- function(y, n, loss, call, arg = "y", case_weights = NULL) {
  y <- check_outcome(y, arg, n, call)
  cases <- given_weights(case_weights, n, call)
  y <- rows_of(y, cases$counted)
  kind <- outcome_kind(y, loss)
  check_loss_fits(loss, kind, y, arg, call)
  outcome <- switch(kind,
    classes = class_outcome(y, arg, if (!is.null(cases$counted)) hint_of_weights, call),
    labels = column_outcome(y, "labels", if (is.logical(y)) "logical" else "numeric", arg, call),
    numbers = column_outcome(y, "numbers", "numeric", arg, call)
  )
  if (is.null(loss)) {
    loss <- c(
      classes = "cross_entropy", labels = "binary_cross_entropy", numbers = "squared_error"
    )[[kind]]
    tell_of_doubt(y, kind, arg)
  }
  targets <- encode_targets(y, outcome, arg, loss, call)
  c(list(targets = targets, outcome = outcome, loss = loss), cases)
}

hint_of_weights <- "Rows with a case weight of 0 do not count."

# How a user calls the outcome: `y`, or the columns of `data` that a formula or recipe names.
outcome_in_code <- function(predictors) {
  names <- names(predictors$blueprint$ptypes$outcomes)
  if (length(names) == 0L) {
    return("y")
  }
  if (length(names) > 1L) {
    return(sprintf("data[c(%s)]", listed(names)))
  }
  column_in_code(names, "data")
}

# An outcome for a model that is there: of the same kind, classes and columns.
encode_like <- function(y, outcome, loss, n, arg = "y", call = rlang::caller_env()) {
  y <- check_outcome(y, arg, n, call)
  encode_targets(y, outcome, arg, loss, call)
}

# "classes", "labels" or "numbers".
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

# What an outcome of classes needs kept: the levels and the user's type.
class_outcome <- function(y, arg, hint, call) {
  levels <- if (is.matrix(y)) {
    if (is.null(colnames(y))) as.character(seq_len(ncol(y)) - 1L) else colnames(y)
  } else if (is.factor(y)) {
    levels(y)
  } else {
    sort(unique(as.character(y)))
  }
  check_class_levels(y, levels, arg, hint, call)
  type <- if (is.ordered(y)) {
    "ordered"
  } else if (is.character(y) || (is.logical(y) && !is.matrix(y))) {
    typeof(y)
  } else {
    "factor"
  }
  new_outcome("classes", type, levels = levels)
}

# A vector has no names; columns without names go by their numbers.
column_outcome <- function(y, kind, type, arg, call) {
  names <- NULL
  if (is.matrix(y)) {
    names <- if (is.null(colnames(y))) as.character(seq_len(ncol(y))) else colnames(y)
    check_names(names, arg, call = call)
  }
  new_outcome(kind, type, names = names)
}

new_outcome <- function(kind, type, levels = NULL, names = NULL) {
  list(kind = kind, levels = levels, type = type, names = names, center = NULL, scale = NULL)
}

output_count <- function(outcome) {
  if (outcome$kind == "classes") length(outcome$levels) else max(1L, length(outcome$names))
}

# The names of outputs: levels, columns, or none for a single number.
output_names <- function(outcome) {
  if (outcome$kind == "classes") outcome$levels else outcome$names
}

# y as targets for an outcome of this kind; numbers are not standardised yet.
encode_targets <- function(y, outcome, arg, loss, call) {
  if (outcome$kind == "classes") {
    return(class_codes(y, outcome$levels, arg, call))
  }
  y <- check_columns_of_outcome(y, outcome, arg, call)
  targets <- matrix(as.double(y), NROW(y))
  check_target_range(targets, outcome$kind, loss, arg, call)
  targets
}

class_codes <- function(y, levels, arg, call) {
  if (is.matrix(y)) {
    check_one_hot(y, levels, arg, call)
    return(max.col(y, ties.method = "first"))
  }
  if (is.factor(y) && identical(levels(y), levels)) {
    return(as.integer(y))
  }
  codes <- match(as.character(y), levels)
  check_known_classes(y, codes, levels, arg, call)
  codes
}

# Numbers on a common scale, and that scale in the outcome. `copies` are frequency weights.
# Rates of counts keep their scale.
standardize_outcome <- function(encoded, rows, copies) {
  if (encoded$outcome$kind != "numbers" || encoded$loss == "poisson") {
    return(encoded)
  }
  targets <- encoded$targets
  if (!is.null(rows)) {
    targets <- targets[rows, , drop = FALSE]
    copies <- copies[rows]
  }
  robust <- encoded$loss %in% robust_losses
  moments <- if (robust) robust_scale(targets, copies) else target_moments(targets, copies)
  encoded$outcome$center <- moments$center
  encoded$outcome$scale <- moments$scale
  encoded$targets <- scale_targets(encoded$targets, encoded$outcome)
  encoded
}

scale_targets <- function(targets, outcome) {
  if (is.null(outcome$scale)) {
    return(targets)
  }
  each <- nrow(targets)
  (targets - rep(outcome$center, each = each)) / rep(outcome$scale, each = each)
}

unscale_targets <- function(values, outcome) {
  if (is.null(outcome$scale)) {
    return(values)
  }
  each <- nrow(values)
  values * rep(outcome$scale, each = each) + rep(outcome$center, each = each)
}

# list(center, scale): mean and standard deviation (divided by n) of each column. In units of a
# power of 2, which changes no digit, the squares of very large and very small numbers are numbers.
target_moments <- function(targets, copies) {
  if (is.null(copies)) copies <- rep(1, nrow(targets))
  share <- copies / sum(copies)
  largest <- apply(abs(targets), 2L, max)
  unit <- ifelse(largest > 0, 2^pmin(floor(log2(largest)), 1023), 1)
  targets <- targets / rep(unit, each = nrow(targets))
  mean <- colSums(targets * share)
  deviation <- targets - rep(mean, each = nrow(targets))
  moments <- list(
    mean = mean * unit, sd = sqrt(colSums(deviation^2 * share)) * unit,
    constant = apply(targets[share > 0, , drop = FALSE], 2L, is_constant)
  )
  list(center = moments$mean, scale = usable_scale(moments))
}

# The most probable class of each row, the first one where several are, in the type of y.
decode_classes <- function(probabilities, outcome) {
  # The same twice: for one row max.col() takes longer than all the network.
  one <- nrow(probabilities) == 1L
  codes <- if (!one) {
    max.col(probabilities, ties.method = "first")
  } else if (anyNA(probabilities)) {
    NA_integer_
  } else {
    which.max(probabilities)
  }
  switch(outcome$type,
    character = outcome$levels[codes],
    logical = outcome$levels[codes] == "TRUE",
    ordered = structure(codes, levels = outcome$levels, class = c("ordered", "factor")),
    structure(codes, levels = outcome$levels, class = "factor")
  )
}

# Which labels are more likely than not, as y had them: logical or 0/1.
decode_labels <- function(probabilities, outcome) {
  yes <- probabilities >= 0.5
  if (outcome$type == "numeric") storage.mode(yes) <- "double"
  yes
}

# Once per session, where the type of y may not be what was meant.
tell_of_doubt <- function(y, kind, arg) {
  if (kind == "classes" && is.matrix(y)) {
    tell_once("one_hot", c(
      sprintf("`%s` has exactly one 1 in each row: its columns are taken as classes.", arg),
      i = "`loss = \"binary_cross_entropy\"` takes them as labels, a factor says so by itself."
    ))
  } else if (kind == "numbers" && looks_like_classes(y)) {
    tell_once("classes", c(
      sprintf("`%s` is numeric: numbers are predicted, though it looks like class labels.", arg),
      i = sprintf("`factor(%s)` makes them classes.", arg)
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

tell_once <- function(id, message) {
  rlang::inform(message,
    class = "feedforward_message", .frequency = "once",
    .frequency_id = paste0("feedforward_", id)
  )
}
