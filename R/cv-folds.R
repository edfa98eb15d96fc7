# The folds of cross-validation.

# Returns the fold of each row, from 1 to the number of folds, or 0 for rows that are always in
# training. `folds` is a number of folds, a share of rows to hold out, or the fold of each row.
# `groups` says which rows stay together. Draws one sample from R's random number generator, unless
# folds are given.
draw_folds <- function(folds, groups, targets, counted) {
  n <- NROW(targets)
  if (length(folds) > 1L) {
    return(counted_folds(rows_of(folds, counted)))
  }
  unit <- if (is.null(groups)) seq_len(n) else group_codes(rows_of(groups, counted))
  if (folds < 1) {
    if (max(unit) < 2L) {
      what <- if (is.null(groups)) "row with a weight above 0" else "group"
      stop_feedforward("{.arg folds} cannot hold out a share of a single {what}.",
        i = "Use more data."
      )
    }
    held_out <- draw_validation_units(unit, folds, targets)
    return(as.integer(held_out))
  }
  check_enough_units(unit, folds, !is.null(groups), !is.null(counted))
  first <- match(seq_len(max(unit)), unit)
  strata <- if (is.matrix(targets)) targets[first, 1L] else targets[first]
  stratified_folds(strata, folds)[unit]
}

# Numbers the given folds that have rows with a weight above 0.
counted_folds <- function(folds) {
  if (length(unique(folds)) < 2L) {
    stop_feedforward("{.arg folds} puts all rows with a weight above 0 into one fold.",
      i = "Use at least 2 folds."
    )
  }
  match(folds, sort(unique(folds)))
}

# Deals units out in random order, sorted by class or outcome, so that each fold gets its share of
# every class, and of small and large numbers.
stratified_folds <- function(strata, folds) {
  n <- length(strata)
  order <- sample.int(n)
  order <- order[order(strata[order])]
  fold <- integer(n)
  # Each block of neighbors is dealt to the folds in a new random order.
  dealt <- unlist(lapply(seq_len(ceiling(n / folds)), function(k) sample.int(folds)))
  fold[order] <- dealt[seq_len(n)]
  fold
}

draw_validation_units <- function(unit, share, targets) {
  codes <- if (!is.matrix(targets)) targets
  if (max(unit) == length(unit)) {
    return(seq_along(unit) %in% draw_validation_rows(length(unit), share, codes))
  }
  unit %in% draw_validation_rows(max(unit), share)
}

group_codes <- function(groups) match(groups, unique(groups))

# A class with all its rows in one fold is unknown to the network that is judged on this fold.
# `levels` are the names of the classes, NULL for other outcomes.
warn_classes_in_one_fold <- function(fold, targets, levels) {
  if (is.null(levels)) {
    return(invisible())
  }
  in_other_fold <- fold != fold[match(targets, targets)]
  alone <- sort(setdiff(targets[fold > 0L], targets[in_other_fold]))
  if (length(alone)) {
    shown <- listed(levels[alone])
    several <- length(alone) > 1L
    warn_feedforward(
      if (several) {
        "Each of the classes {shown} has all its rows in one fold."
      } else {
        "All rows of the class {shown} are in one fold."
      },
      i = paste(
        "The networks that are judged on", if (several) "such a fold" else "this fold",
        "never see that class."
      ),
      i = "Use more rows, fewer classes, or other folds.",
      class = "feedforward_class_in_one_fold"
    )
  }
}

# ---- Checks -------------------------------------------------------------------------

# NULL means 5 folds, or for more than 20,000 rows a fifth that is held out.
check_folds <- function(folds, n) {
  if (is.null(folds)) {
    return(if (n > 20000L) 0.2 else 5L)
  }
  wanted <- paste(
    "a whole number of at least 2, a proportion of rows to hold out,", "or the fold of each row"
  )
  if (is_one_number(folds)) {
    whole <- folds >= 2 && folds == round(folds) && is.finite(folds)
    if (!whole && !(folds > 0 && folds < 1)) stop_input("folds", wanted, describe(folds))
    return(folds)
  }
  plain <- is.factor(folds) || ((is.numeric(folds) || is.character(folds)) && !is.object(folds))
  if (!plain || length(folds) < 2L || !is.null(dim(folds))) {
    stop_input("folds", wanted, describe(folds), hint_for_folds(folds))
  }
  check_one_per_row(folds, "folds", n)
  if (length(unique(folds)) < 2L) {
    stop_feedforward("{.arg folds} puts all rows into one fold.", i = "Use at least 2 folds.")
  }
  folds
}

check_groups <- function(groups, folds, n) {
  if (is.null(groups)) {
    return(NULL)
  }
  if (!is.atomic(groups) || !is.null(dim(groups))) {
    stop_input("groups", "a vector with one value for each row", describe(groups))
  }
  check_one_per_row(groups, "groups", n)
  if (length(folds) > 1L) {
    stop_feedforward("{.arg groups} cannot be used if {.arg folds} gives the fold of each row.",
      i = "Use the number of folds instead."
    )
  }
  groups
}

# Dates and logical values are no folds, but as.character() makes them some.
hint_for_folds <- function(folds) {
  if (inherits(folds, c("rset", "rsplit"))) {
    return("Use the number of folds, or a vector with the fold of each row.")
  }
  if (is.atomic(folds) && length(folds) > 1L && is.null(dim(folds))) {
    "Use `as.character()` to turn it into text."
  }
}

check_one_per_row <- function(x, arg, n) {
  if (length(x) != n) {
    values <- cli::pluralize("{n} value{?s}")
    stop_feedforward("{.arg {arg}} must have {values}, one for each row, not {length(x)}.")
  }
  if (anyNA(x)) {
    row <- which(is.na(x))[1L]
    stop_feedforward("{.arg {arg}} has a missing value (NA) in row {row}.",
      i = "Give each row a value."
    )
  }
}

# `weighted` says whether rows without a weight were left out.
check_enough_units <- function(unit, folds, grouped, weighted = FALSE) {
  count <- max(unit)
  if (count < folds) {
    units <- paste0(if (grouped) "group" else "row", plural(count))
    if (weighted) units <- paste(units, "with a weight above 0")
    verb <- if (count == 1L) "is" else "are"
    stop_feedforward("{.arg folds} is {folds}, but there {verb} only {count} {units}.",
      i = "Use fewer {.arg folds}."
    )
  }
}
