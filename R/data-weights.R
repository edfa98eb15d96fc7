# Weights of observations in the loss: those of cases times those of classes.

# A row of weight 0 counts as if it had been left out of the data. So it is left out, before
# anything is drawn, counted or measured: nothing that comes later has to know of such rows.

# The case weights that the user gave, checked: list(counted, weights, copies). `counted` tells for
# each row of the data whether it counts, NULL where all do; the weights are those of the rows that
# count; `copies` are frequency weights as they are. NULL where there are none, or where all are the
# same: only their proportions matter.
given_weights <- function(case_weights, n) {
  given <- check_case_weights(case_weights, n)
  counted <- above_0(given$weights)
  weights <- rows_of(given$weights, counted)
  if (all(weights == weights[1L])) {
    return(list(counted = counted, weights = NULL, copies = NULL))
  }
  list(counted = counted, weights = weights, copies = rows_of(given$copies, counted))
}

# What encode_outcome() gives, with the weights of classes: as `of_class` ("balanced", numbers
# named by class, or NULL), and all but balanced ones in `weights` too. Rows of a class of weight 0
# do not count either.
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

# Whether each weight is above 0, NULL where all are.
above_0 <- function(weights) if (any(weights == 0)) weights > 0

# `kept` tells which of the rows that are `counted` still are.
counted_of <- function(counted, kept) {
  if (is.null(counted) || is.null(kept)) {
    return(if (is.null(counted)) kept else counted)
  }
  replace(counted, counted, kept)
}

# The rows of a vector, a matrix or a sparse matrix that count.
rows_of <- function(x, counted) {
  if (is.null(counted) || is.null(x)) {
    x
  } else if (is_plain_sparse(x)) {
    sparse_rows_of(x, counted)
  } else if (is.matrix(x)) {
    x[counted, , drop = FALSE]
  } else {
    x[counted]
  }
}

# By its slots, so that the Matrix package need not be there.
sparse_rows_of <- function(x, counted) {
  kept <- counted[x@i + 1L]
  slots <- list(
    p = c(0L, cumsum(kept))[x@p + 1L], i = cumsum(counted)[x@i[kept] + 1L] - 1L, x = x@x[kept],
    Dim = c(sum(counted), x@Dim[2L]),
    Dimnames = list(x@Dimnames[[1L]][counted], x@Dimnames[[2L]]), factors = list()
  )
  for (name in names(slots)) methods::slot(x, name, check = FALSE) <- slots[[name]]
  x
}

# The predictors of the rows that count. NA and infinite values are refused in all rows, as in
# outcomes: afterwards nobody could tell in which row of the user's they are.
counted_predictors <- function(x, inputs, counted) {
  if (is.null(counted)) {
    return(x)
  }
  refuse_non_finite(x, "x", inputs)
  with_core(rows_of(x, counted))
}

# Images of weight 0 have no say in the scale that is found for the others: each becomes one that
# counts. The weights are not checked yet.
without_weightless_images <- function(x, case_weights) {
  weights <- if (is.numeric(case_weights)) as.double(unclass(case_weights))
  if (length(weights) != dim(x)[1L] || !any(weights > 0, na.rm = TRUE)) {
    return(x)
  }
  weightless <- which(weights == 0)
  if (length(weightless)) {
    x[weightless, , ] <- x[rep(which(weights > 0)[1L], length(weightless)), , , drop = FALSE]
  }
  x
}

# Those given beside a recipe, or its own; `given_names` tells whether NULL was given. Not both: a
# model keeps no weights, so that nobody could tell later which they were.
weights_beside <- function(given, own, given_names) {
  if (!is.null(given) && !is.null(own)) {
    wanted <- "left out, or NULL for none: the recipe has its own"
    stop_input("case_weights", wanted, describe(given))
  }
  if ("case_weights" %in% given_names) given else own
}

# Gives list(weights, copies, class_weights), NULL where there are none: `weights` with the mean 1
# over the training rows (NULL = all), `copies` the frequency weights as they are,
# `class_weights` one number per level. `encoded` is what with_class_weights() gives.
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

# n / (k * n_class) for the k classes that occur, copies counted.
balanced_weights <- function(codes, copies, levels) {
  if (is.null(copies)) copies <- rep(1, length(codes))
  counts <- as.vector(tapply(copies, factor(codes, seq_along(levels)), sum, default = 0))
  occur <- counts > 0
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights[occur] <- sum(counts) / (sum(occur) * counts[occur])
  weights
}

# ---- What is refused ---------------------------------------------------------------

# Weights of observations: list(weights, copies), both NULL where there are none; `copies`
# are the weights of rows that stand for several.
check_case_weights <- function(x, n) {
  if (is.null(x)) {
    return(list(weights = NULL, copies = NULL))
  }
  wanted <- sprintf("%d numbers of at least 0, one per row", n)
  special <- inherits(x, "hardhat_case_weights")
  if (!is.numeric(x) || (is.object(x) && !special) || length(x) != n || !is.null(dim(x))) {
    stop_input("case_weights", wanted, describe(x))
  }
  weights <- as.double(unclass(x))
  check_all(is.finite(weights) & weights >= 0, weights, "case_weights", wanted)
  if (all(weights == 0)) {
    stop_input("case_weights", "above 0 somewhere", "0 everywhere")
  }
  list(weights = weights, copies = if (inherits(x, "hardhat_frequency_weights")) weights)
}

# NULL, "balanced", or one weight for each level, those not named being 1.
check_class_weights <- function(x, outcome) {
  if (is.null(x)) {
    return(NULL)
  }
  if (outcome$kind != "classes") {
    stop_input("class_weights", sprintf("NULL for an outcome of %s", outcome$kind), describe(x),
      hint = "`case_weights` weigh observations."
    )
  }
  if (identical(x, "balanced")) {
    return(x)
  }
  wanted <- "\"balanced\", or numbers of at least 0 named by classes"
  if (!is.numeric(x) || is.null(names(x))) {
    stop_input("class_weights", wanted, describe(x))
  }
  check_all(is.finite(x) & x >= 0, x, "class_weights", wanted)
  weights_of_levels(x, outcome$levels)
}

# Numbers named by classes as one for each level.
weights_of_levels <- function(x, levels) {
  check_names(names(x), "class_weights", "class")
  unknown <- setdiff(names(x), levels)
  if (length(unknown)) {
    stop_input("class_weights", sprintf("named by the classes %s", listed(levels)),
      listed(unknown[1L])
    )
  }
  weights <- stats::setNames(rep(1, length(levels)), levels)
  weights <- replace(weights, names(x), x)
  if (all(weights == 0)) {
    stop_input("class_weights", "above 0 for some class", "0 for all of them")
  }
  weights
}

# Weights leave something to train on, or to validate with.
check_some_weight <- function(weights, purpose) {
  if (length(weights) && all(weights == 0)) {
    stop_feedforward("All rows {purpose} have a weight of 0.",
      i = "Check {.arg case_weights} and {.arg class_weights}."
    )
  }
}
