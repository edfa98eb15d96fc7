# The outcome: what the user gave as y -> the targets of the network, and back from what the
# network gives to predictions of the same type.

# Finds out what y is. Gives list(targets, outcome, loss): `targets` as C++ reads them
# (class codes 1..k, or a double matrix n x outputs), `outcome` what the model keeps. With them what
# given_weights() gives: only rows that count have targets.
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
encode_like <- function(y, outcome, loss, n, arg = "y") {
  y <- check_outcome(y, arg, n)
  encode_targets(y, outcome, arg, loss)
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
class_outcome <- function(y, arg, hint) {
  levels <- if (is.matrix(y)) {
    if (is.null(colnames(y))) as.character(seq_len(ncol(y)) - 1L) else colnames(y)
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

# A vector has no names; columns without names go by their numbers.
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

# The names of outputs: levels, columns, or none for a single number.
output_names <- function(outcome) {
  if (outcome$kind == "classes") outcome$levels else outcome$names
}

# y as targets for an outcome of this kind; numbers are not standardised yet.
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

# Numbers on a common scale, and that scale in the outcome. `copies` are frequency weights.
# Rates of counts keep their scale.
standardize_outcome <- function(encoded, rows, copies) {
  if (losses[[encoded$loss]]$scale == "none") {
    return(encoded)
  }
  targets <- encoded$targets
  if (!is.null(rows)) {
    targets <- targets[rows, , drop = FALSE]
    copies <- copies[rows]
  }
  robust <- is_robust(encoded$loss)
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
inform_of_outcome_kind <- function(y, kind, arg) {
  if (kind == "classes" && is.matrix(y)) {
    inform_once("one_hot", c(
      sprintf("`%s` has exactly one 1 in each row: its columns are taken as classes.", arg),
      i = "`loss = \"binary_cross_entropy\"` takes them as labels, a factor says so by itself."
    ))
  } else if (kind == "numbers" && looks_like_classes(y)) {
    inform_once("classes", c(
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

inform_once <- function(id, message) {
  rlang::inform(message,
    class = "feedforward_message", .frequency = "once",
    .frequency_id = paste0("feedforward_", id)
  )
}

# ---- What is refused ---------------------------------------------------------------

# An outcome of n rows without missing values, as a plain vector, factor or matrix.
check_outcome <- function(y, arg, n) {
  y <- plain_outcome(y, arg)
  if (NROW(y) != n) {
    stop_input(arg, sprintf("of %d row%s, as the predictors are", n, plural(n)), describe(y))
  }
  bad <- if (is.numeric(y)) first_non_finite(y) else match(TRUE, is.na(y), nomatch = 0L)
  if (bad > 0) {
    place <- if (is.matrix(y)) arrayInd(bad, dim(y)) else bad
    stop_input(arg, "without NA, NaN and Inf",
      sprintf("%s in %s[%s]", number_text(y[[bad]]), arg, toString(whole_text(place))),
      hint = "Leave out such rows."
    )
  }
  y
}

# The outcome of a formula or recipe, whose missing values are the data's.
check_complete_outcomes <- function(outcomes, arg, n) {
  for (name in names(outcomes)) {
    y <- outcomes[[name]]
    bad <- if (is.numeric(y)) first_non_finite(y) else match(TRUE, is.na(y), nomatch = 0L)
    if (bad > 0 && is.null(dim(y))) {
      stop_input(arg, "without NA, NaN and Inf in the outcome",
        sprintf("%s in %s, column `%s`", number_text(y[[bad]]),
          row_in_words(bad, length(y) == n), name
        ),
        hint = "Leave out such rows."
      )
    }
  }
  outcomes
}

# Data frames and arrays of one column are vectors, others matrices.
plain_outcome <- function(y, arg) {
  refuse_table_elsewhere(y, arg)
  y <- without_as_is(y)
  wanted <- "a factor, or a vector, matrix or data frame of numbers, text or logical values"
  if (is.data.frame(y)) {
    if (length(y) == 1L) {
      return(plain_outcome(y[[1L]], arg))
    }
    y[] <- lapply(y, without_as_is)
    usable <- vapply(y, function(column) is_numbers(column) && is.null(dim(column)), TRUE)
    if (!all(usable) || length(y) == 0L) {
      hint <- if (length(y)) "Several outcomes at once are all numbers, or all logical values."
      stop_input(arg, wanted, describe(y), hint = hint)
    }
    y <- as.matrix(y)
    rownames(y) <- NULL
  }
  plain <- is.factor(y) || ((is_numbers(y) || is.character(y)) && !is.object(y))
  if (!plain || length(dim(y)) > 2L || (is.character(y) && NCOL(y) != 1L)) {
    stop_input(arg, wanted, describe(y), hint = hint_for_outcome(y, arg))
  }
  if (NCOL(y) == 1L && !is.factor(y)) as.vector(y) else y
}

# What to do about an outcome that cannot be predicted as it is.
hint_for_outcome <- function(y, arg) {
  if (rlang::is_formula(y)) {
    return("A formula goes with a data frame: feedforward(y ~ ., data = as.data.frame(x)).")
  }
  if (inherits(y, c("Surv", "Surv2"))) {
    return(hint_for_survival)
  }
  if (is.null(dim(y))) hint_for_type_of(y, arg)
}

# What I() in a formula computes is what it would be without.
without_as_is <- function(x) {
  if (inherits(x, "AsIs")) class(x) <- setdiff(oldClass(x), "AsIs")
  x
}

check_loss_fits <- function(loss, kind, y, arg) {
  fitting <- losses_for(kind)
  if (is.null(loss) || loss %in% fitting) {
    return()
  }
  hint <- if (kind == "numbers" && loss == "cross_entropy") {
    numbers <- sprintf("factor(%s) makes classes of numbers.", arg)
    if (is.matrix(y)) "Classes are a factor." else numbers
  } else if (loss == "binary_cross_entropy" && kind == "numbers" && is_binary(y)) {
    sprintf("factor(%s) makes classes of it, which need no `loss`.", arg)
  } else if (loss == "binary_cross_entropy") {
    "It is for a matrix of labels, 0 or 1 in each of several columns."
  } else {
    sprintf("Left out, it is what suits `%s`.", arg)
  }
  stop_input("loss", sprintf("one for %s: %s", kind, listed(fitting)),
    sprintf("the string \"%s\"", loss),
    hint = hint
  )
}

# At least two classes occur, and all have names. `hint` says why one that the user sees may not.
check_class_levels <- function(y, levels, arg, hint) {
  if (anyNA(levels)) {
    stop_input(arg, "a factor without the level NA", "one with it",
      hint = "Leave out such rows, or name the level."
    )
  }
  if (!all(is_text(levels))) {
    stop_input(arg, "of classes whose names are text", "one that is not, or in another encoding")
  }
  check_names(levels, arg, "class")
  found <- if (is.matrix(y)) colSums(y) > 0 else levels %in% as.character(unique(y))
  if (sum(found) < 2L) {
    stop_input(arg, "of at least 2 classes", sprintf("only the class %s", listed(levels[found])),
      hint = hint
    )
  }
}

# `class_weights` of 0 leave at least two classes.
check_classes_left <- function(encoded) {
  codes <- if (encoded$outcome$kind == "classes") unique(encoded$targets)
  if (length(codes) == 1L) {
    stop_input("class_weights", "above 0 for at least 2 classes that occur",
      sprintf("only the class %s above 0", listed(encoded$outcome$levels[codes]))
    )
  }
}

check_known_classes <- function(y, codes, levels, arg) {
  unknown <- which(is.na(codes))
  if (length(unknown)) {
    stop_input(arg, sprintf("of the classes %s", listed(levels)),
      sprintf("%s in %s[%d]", listed(as.character(y[unknown[1L]])), arg, unknown[1L])
    )
  }
}

check_one_hot <- function(y, levels, arg) {
  if (ncol(y) != length(levels) || !is_one_hot(y)) {
    wanted <- sprintf("classes, or a matrix of %d columns, one 1 in each row", length(levels))
    stop_input(arg, wanted, describe(y))
  }
}

# Numbers or labels, with the columns of the outcome.
check_columns_of_outcome <- function(y, outcome, arg) {
  if (!is.numeric(y) && !is.logical(y)) {
    stop_input(arg, "numeric, as in training", describe(y))
  }
  if (NCOL(y) != output_count(outcome)) {
    stop_input(arg, sprintf("of %d column%s", output_count(outcome), plural(output_count(outcome))),
      describe(y)
    )
  }
  y
}

check_target_range <- function(targets, kind, loss, arg) {
  if (kind == "labels" && !is_binary(targets)) {
    bad <- targets[targets != 0 & targets != 1][1L]
    stop_input(arg, "0 or 1 everywhere, for labels", describe(bad))
  }
  if (loss == "poisson" && any(targets < 0)) {
    stop_input(arg, "0 or more everywhere, for the Poisson loss", describe(min(targets)))
  }
}
