# Weights of observations in the loss: case weights times class weights.

# A row of weight 0 counts as if it had been left out of the data. Such rows are removed before
# anything is drawn, counted, or measured, so that later code only sees rows that count.

# Checks the case weights. Returns list(counted, weights, copies): `counted` has TRUE for each row
# that counts, or is `NULL` if all do; `weights` has the weights of the rows that count; `copies`
# has their frequency weights. Both are `NULL` if there are no weights or if all are equal, because
# only their proportions matter.
given_weights <- function(case_weights, n) {
  given <- check_case_weights(case_weights, n)
  counted <- above_0(given$weights)
  weights <- rows_of(given$weights, counted)
  if (all(weights == weights[1L])) {
    return(list(counted = counted, weights = NULL, copies = NULL))
  }
  list(counted = counted, weights = weights, copies = rows_of(given$copies, counted))
}

# Adds class weights to what encode_outcome() returns: `of_class` is "balanced", numbers named by
# class, or `NULL`. Numbers are also multiplied into `weights`. Rows of a class of weight 0 do not
# count either.
with_class_weights <- function(encoded, class_weights) {
  of_class <- check_class_weights(class_weights, encoded$outcome)
  encoded["of_class"] <- list(of_class)
  if (!is.numeric(of_class)) {
    return(encoded)
  }
  weights <- unname(of_class[encoded$targets])
  if (!is.null(encoded$weights)) weights <- weights * encoded$weights
  check_some_weight(weights, "to train on")
  kept <- above_0(weights)
  encoded$targets <- rows_of(encoded$targets, kept)
  encoded$weights <- rows_of(weights, kept)
  encoded["copies"] <- list(rows_of(encoded$copies, kept))
  encoded["counted"] <- list(counted_of(encoded$counted, kept))
  encoded
}

# Returns whether each weight is above 0, or `NULL` if all are.
above_0 <- function(weights) if (any(weights == 0)) weights > 0

# Returns `counted` for all rows of the data, given which of the `counted` rows are `kept`.
counted_of <- function(counted, kept) {
  if (is.null(counted) || is.null(kept)) {
    return(if (is.null(counted)) kept else counted)
  }
  replace(counted, counted, kept)
}

# Returns the rows of a vector, a matrix, or a sparse matrix that count.
rows_of <- function(x, counted) {
  if (is.null(counted) || is.null(x)) {
    x
  } else if (is_plain_sparse(x)) {
    sparse_rows_of(x, counted)
  } else if (length(dim(x)) == 2L) {
    x[counted, , drop = FALSE]
  } else {
    x[counted]
  }
}

# Returns the predictors of the rows that count. C++ would find missing and infinite values of a
# matrix too late where rows are left out (the row numbers are no longer the user's), or where there
# is a checkpoint (its folder exists by then).
counted_predictors <- function(x, inputs, counted, checkpoint = NULL) {
  if (!is.null(counted) || !is.null(checkpoint)) refuse_unread_values(x, "x", inputs)
  with_core(rows_of(x, counted))
}

# Returns which rows will count, or `NULL` if all will, before weights and outcome are checked. The
# scale of images depends on it. Bad weights or outcomes give `NULL`, and an error later. `levels`
# are the classes of a model, if there is one.
rows_likely_counted <- function(y, case_weights, class_weights, levels = NULL) {
  by_case <- if (is.numeric(case_weights)) !(as.double(unclass(case_weights)) %in% 0)
  left_out <- if (is.numeric(class_weights)) names(class_weights)[class_weights %in% 0]
  by_class <- if (length(left_out)) !(classes_as_text(y, levels) %in% left_out)
  if (is.null(by_case) || is.null(by_class)) {
    return(c(by_case, by_class))
  }
  if (length(by_case) == length(by_class)) by_case & by_class
}

# Returns the class of each row as text.
classes_as_text <- function(y, levels) {
  y <- tryCatch(plain_outcome(y, "y"), feedforward_error = function(cnd) NULL)
  if (!is.matrix(y)) {
    return(as.character(y))
  }
  if (is.null(levels)) levels <- column_levels(y)
  levels[max.col(y, ties.method = "first")]
}

# Returns the weights given beside a recipe, or the recipe's own. `given_names` shows whether `NULL`
# was given. Giving both is an error: a model keeps no weights, so you could not tell later which
# ones were used.
weights_beside <- function(given, own, given_names) {
  if (!is.null(given) && !is.null(own)) {
    stop_feedforward("{.arg case_weights} is given, but the recipe has its own case weights.",
      i = "Leave it out, or use {.code case_weights = NULL} to train without weights."
    )
  }
  if ("case_weights" %in% given_names) given else own
}

# Returns list(weights, copies, class_weights), each `NULL` if there are none: `weights` has the
# mean 1 over the training rows (`NULL` for all), `copies` has the frequency weights as given, and
# `class_weights` has one number per level. `encoded` comes from with_class_weights().
observation_weights <- function(encoded, rows) {
  of_class <- encoded$of_class
  weights <- encoded$weights
  if (is.null(rows)) rows <- seq_len(NROW(encoded$targets))
  if (identical(of_class, "balanced")) {
    of_class <- balanced_weights(
      encoded$targets[rows], encoded$copies[rows], encoded$outcome$levels
    )
    weights <- (if (is.null(weights)) 1 else weights) * unname(of_class[encoded$targets])
  }
  if (!is.null(weights)) weights <- weights / mean(weights[rows])
  list(weights = weights, copies = encoded$copies, class_weights = of_class)
}

# Returns n / (k * n_class) for the k classes that occur. A frequency weight counts as that many
# rows.
balanced_weights <- function(codes, copies, levels) {
  if (is.null(copies)) copies <- rep(1, length(codes))
  counts <- as.vector(tapply(copies, factor(codes, seq_along(levels)), sum, default = 0))
  occur <- counts > 0
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights[occur] <- sum(counts) / (sum(occur) * counts[occur])
  weights
}

# ---- What is refused ---------------------------------------------------------------

# Returns list(weights, copies), both `NULL` if there are no weights. `copies` has frequency
# weights.
check_case_weights <- function(x, n) {
  if (is.null(x)) {
    return(list(weights = NULL, copies = NULL))
  }
  wanted <- sprintf("%s of at least 0, one per row", counted(n, "number"))
  special <- inherits(x, "hardhat_case_weights")
  fits <- is.numeric(x) && (!is.object(x) || special) && length(x) == n && is.null(dim(x))
  check_that(fits, x, "case_weights", wanted, hint_for_case_weights(x))
  weights <- as.double(unclass(x))
  check_all(is.finite(weights) & weights >= 0, weights, "case_weights", wanted)
  if (all(weights == 0)) {
    stop_feedforward("{.arg case_weights} are 0 in all rows.",
      i = "Give at least one row a weight above 0."
    )
  }
  list(weights = weights, copies = if (inherits(x, "hardhat_frequency_weights")) weights)
}

hint_for_case_weights <- function(x) {
  if (may_be_column(x)) {
    return(sprintf("If this is the name of a column, use `%s`.", column_in_code(x, "data")))
  }
  if (is.logical(x) && length(x) > 1L) "Use `as.numeric()` to turn logical values into weights."
}

# Returns `NULL`, "balanced", or one weight for each level. Levels that are not named get 1.
check_class_weights <- function(x, outcome) {
  if (is.null(x)) {
    return(NULL)
  }
  if (outcome$kind != "classes") {
    stop_feedforward("{.arg class_weights} must be {.code NULL} for {problems[[outcome$kind]]}.",
      i = "Use {.arg case_weights} to weight observations."
    )
  }
  if (identical(x, "balanced")) {
    return(x)
  }
  wanted <- "\"balanced\", or numbers of at least 0, named by class"
  check_that(is.numeric(x) && !is.null(names(x)), x, "class_weights", wanted,
    hint = if (is.numeric(x)) hint_for_class_names(x, outcome$levels)
  )
  check_all(is.finite(x) & x >= 0, x, "class_weights", wanted)
  weights_of_levels(x, outcome$levels)
}

# Shows how to name weights by the first few classes.
hint_for_class_names <- function(x, levels) {
  if (length(x) != length(levels)) x <- rep(1, length(levels))
  shown <- utils::head(seq_along(levels), 5L)
  named <- paste(name_in_code(levels), "=", vapply(x, number_text, "", digits = 6))[shown]
  if (length(levels) > length(shown)) named <- c(named, "...")
  shortened(sprintf("Name the weights by class: write `c(%s)`.", toString(named)))
}

# Returns weights named by classes as one weight for each level.
weights_of_levels <- function(x, levels) {
  check_names(names(x), "class_weights", "class")
  unknown <- setdiff(names(x), levels)
  if (length(unknown)) {
    stop_feedforward("{.arg class_weights} has the unknown class {classes_in_words(unknown[1L])}.",
      i = "The classes are {classes_in_words(levels)}."
    )
  }
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights <- replace(weights, names(x), x)
  if (all(weights == 0)) {
    stop_feedforward("{.arg class_weights} are 0 for all classes.",
      i = "Give at least two classes a weight above 0."
    )
  }
  weights
}

# Refuses weights that leave no row to train on, or to validate on.
check_some_weight <- function(weights, purpose) {
  if (length(weights) && all(weights == 0)) {
    stop_feedforward("All rows {purpose} have a weight of 0.",
      i = "Check {.arg case_weights} and {.arg class_weights}."
    )
  }
}
