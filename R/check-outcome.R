# What is refused of an outcome, of weights and of validation data.

# An outcome of n rows without missing values, as a plain vector, factor or matrix.
check_outcome <- function(y, arg, n, call) {
  y <- plain_outcome(y, arg, call)
  if (NROW(y) != n) {
    stop_input(arg, sprintf("of %d row%s, as the predictors are", n, plural(n)), describe(y),
      call = call
    )
  }
  bad <- if (is.numeric(y)) first_non_finite(y) else match(TRUE, is.na(y), nomatch = 0L)
  if (bad > 0) {
    place <- if (is.matrix(y)) arrayInd(bad, dim(y)) else bad
    stop_input(arg, "without NA, NaN and Inf",
      sprintf("%s in %s[%s]", number_text(y[[bad]]), arg, toString(whole_text(place))),
      hint = "Leave out such rows.", call = call
    )
  }
  y
}

# The outcome of a formula or recipe, whose missing values are the data's.
check_complete_outcomes <- function(outcomes, arg, n, call) {
  for (name in names(outcomes)) {
    y <- outcomes[[name]]
    bad <- if (is.numeric(y)) first_non_finite(y) else match(TRUE, is.na(y), nomatch = 0L)
    if (bad > 0 && is.null(dim(y))) {
      stop_input(arg, "without NA, NaN and Inf in the outcome",
        sprintf("%s in %s, column `%s`", number_text(y[[bad]]),
          row_in_words(bad, length(y) == n), name
        ),
        hint = "Leave out such rows.", call = call
      )
    }
  }
  outcomes
}

# Data frames and arrays of one column are vectors, others matrices.
plain_outcome <- function(y, arg, call) {
  refuse_table_elsewhere(y, arg, call)
  y <- without_as_is(y)
  wanted <- "a factor, or a vector, matrix or data frame of numbers, text or logical values"
  if (is.data.frame(y)) {
    if (length(y) == 1L) {
      return(plain_outcome(y[[1L]], arg, call))
    }
    y[] <- lapply(y, without_as_is)
    usable <- vapply(y, function(column) is_numbers(column) && is.null(dim(column)), TRUE)
    if (!all(usable) || length(y) == 0L) {
      hint <- if (length(y)) "Several outcomes at once are all numbers, or all logical values."
      stop_input(arg, wanted, describe(y), hint = hint, call = call)
    }
    y <- as.matrix(y)
    rownames(y) <- NULL
  }
  plain <- is.factor(y) || ((is_numbers(y) || is.character(y)) && !is.object(y))
  if (!plain || length(dim(y)) > 2L || (is.character(y) && NCOL(y) != 1L)) {
    stop_input(arg, wanted, describe(y), hint = hint_for_outcome(y, arg), call = call)
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

losses_for <- list(
  classes = "cross_entropy", labels = "binary_cross_entropy",
  numbers = c("squared_error", "absolute_error", "huber", "poisson")
)

check_loss_fits <- function(loss, kind, y, arg, call) {
  fitting <- losses_for[[kind]]
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
    hint = hint, call = call
  )
}

# At least two classes occur, and all have names. `hint` says why one that the user sees may not.
check_class_levels <- function(y, levels, arg, hint, call) {
  if (anyNA(levels)) {
    stop_input(arg, "a factor without the level NA", "one with it",
      hint = "Leave out such rows, or name the level.", call = call
    )
  }
  if (!all(is_text(levels))) {
    stop_input(arg, "of classes whose names are text", "one that is not, or in another encoding",
      call = call
    )
  }
  check_names(levels, arg, "class", call)
  found <- if (is.matrix(y)) colSums(y) > 0 else levels %in% as.character(unique(y))
  if (sum(found) < 2L) {
    stop_input(arg, "of at least 2 classes", sprintf("only the class %s", listed(levels[found])),
      hint = hint, call = call
    )
  }
}

# `class_weights` of 0 leave at least two classes.
check_classes_left <- function(encoded, call) {
  codes <- if (encoded$outcome$kind == "classes") unique(encoded$targets)
  if (length(codes) == 1L) {
    stop_input("class_weights", "above 0 for at least 2 classes that occur",
      sprintf("only the class %s above 0", listed(encoded$outcome$levels[codes])),
      call = call
    )
  }
}

check_known_classes <- function(y, codes, levels, arg, call) {
  unknown <- which(is.na(codes))
  if (length(unknown)) {
    stop_input(arg, sprintf("of the classes %s", listed(levels)),
      sprintf("%s in %s[%d]", listed(as.character(y[unknown[1L]])), arg, unknown[1L]),
      call = call
    )
  }
}

check_one_hot <- function(y, levels, arg, call) {
  if (ncol(y) != length(levels) || !is_one_hot(y)) {
    wanted <- sprintf("classes, or a matrix of %d columns, one 1 in each row", length(levels))
    stop_input(arg, wanted, describe(y), call = call)
  }
}

# Numbers or labels, with the columns of the outcome.
check_columns_of_outcome <- function(y, outcome, arg, call) {
  if (!is.numeric(y) && !is.logical(y)) {
    stop_input(arg, "numeric, as in training", describe(y), call = call)
  }
  if (NCOL(y) != output_count(outcome)) {
    stop_input(arg, sprintf("of %d column%s", output_count(outcome), plural(output_count(outcome))),
      describe(y),
      call = call
    )
  }
  y
}

check_target_range <- function(targets, kind, loss, arg, call) {
  if (kind == "labels" && !is_binary(targets)) {
    bad <- targets[targets != 0 & targets != 1][1L]
    stop_input(arg, "0 or 1 everywhere, for labels", describe(bad), call = call)
  }
  if (loss == "poisson" && any(targets < 0)) {
    stop_input(arg, "0 or more everywhere, for the Poisson loss", describe(min(targets)),
      call = call
    )
  }
}

# Weights of observations: list(weights, copies), both NULL where there are none; `copies`
# are the weights of rows that stand for several.
check_case_weights <- function(x, n, call) {
  if (is.null(x)) {
    return(list(weights = NULL, copies = NULL))
  }
  wanted <- sprintf("%d numbers of at least 0, one per row", n)
  special <- inherits(x, "hardhat_case_weights")
  if (!is.numeric(x) || (is.object(x) && !special) || length(x) != n || !is.null(dim(x))) {
    stop_input("case_weights", wanted, describe(x), call = call)
  }
  weights <- as.double(unclass(x))
  check_all(is.finite(weights) & weights >= 0, weights, "case_weights", wanted, call)
  if (all(weights == 0)) {
    stop_input("case_weights", "above 0 somewhere", "0 everywhere", call = call)
  }
  list(weights = weights, copies = if (inherits(x, "hardhat_frequency_weights")) weights)
}

# NULL, "balanced", or one weight for each level, those not named being 1.
check_class_weights <- function(x, outcome, call) {
  if (is.null(x)) {
    return(NULL)
  }
  if (outcome$kind != "classes") {
    stop_input("class_weights", sprintf("NULL for an outcome of %s", outcome$kind), describe(x),
      hint = "`case_weights` weigh observations.", call = call
    )
  }
  if (identical(x, "balanced")) {
    return(x)
  }
  wanted <- "\"balanced\", or numbers of at least 0 named by classes"
  if (!is.numeric(x) || is.null(names(x))) {
    stop_input("class_weights", wanted, describe(x), call = call)
  }
  check_all(is.finite(x) & x >= 0, x, "class_weights", wanted, call)
  weights_of_levels(x, outcome$levels, call)
}

# Numbers named by classes as one for each level.
weights_of_levels <- function(x, levels, call) {
  check_names(names(x), "class_weights", "class", call)
  unknown <- setdiff(names(x), levels)
  if (length(unknown)) {
    stop_input("class_weights", sprintf("named by the classes %s", listed(levels)),
      listed(unknown[1L]),
      call = call
    )
  }
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights <- replace(weights, names(x), x)
  if (all(weights == 0)) {
    stop_input("class_weights", "above 0 for some class", "0 for all of them", call = call)
  }
  weights
}

# Weights leave something to train on, or to validate with.
check_some_weight <- function(weights, purpose, call) {
  if (length(weights) && all(weights == 0)) {
    stop_feedforward("All rows {purpose} have a weight of 0.",
      i = "Check {.arg case_weights} and {.arg class_weights}.",
      call = call
    )
  }
}

# A given validation set for predictors of this kind, as list(x, y).
check_validation_set <- function(validation, kind, call) {
  table <- kind %in% c("formula", "recipe")
  if (table && is.data.frame(validation)) {
    return(validation)
  }
  pair <- is.list(validation) && !is.data.frame(validation) && length(validation) == 2L
  if (pair && is.null(names(validation))) names(validation) <- c("x", "y")
  pair <- pair && setequal(names(validation), c("x", "y"))
  if (table || !pair) {
    wanted <- if (table) "a share or a data frame" else "a share or list(x, y)"
    stop_input("validation", wanted, describe(validation), call = call)
  }
  validation
}

# A share leaves at least one row on each side.
check_can_split <- function(n, share, call) {
  if (n < 2L) {
    stop_input("validation", "0 where there is only one observation", describe(share), call = call)
  }
}
