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

# Returns the code for the outcome: `y`, or the columns of `data` that a formula or recipe names.
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

# Encodes an outcome for an existing model: of the same kind, classes and columns.
encode_like <- function(y, outcome, loss, n, arg = "y", x = "`new_data`") {
  y <- check_outcome(y, arg, n, x)
  encode_targets(y, outcome, arg, loss)
}

# Returns "classes", "labels" or "numbers".
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

# Brings numbers to a common scale, and keeps that scale in the outcome. `copies` are frequency
# weights. Counts for the Poisson loss keep their scale.
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
  scaled <- (targets - rep(outcome$center, each = each)) / rep(outcome$scale, each = each)
  # Outliers may be so far away that their squares, or they themselves, would be infinite.
  most <- 1e100
  if (any(abs(scaled) > most)) scaled[] <- pmin(pmax(scaled, -most), most)
  scaled
}

unscale_targets <- function(values, outcome) {
  if (is.null(outcome$scale)) {
    return(values)
  }
  each <- nrow(values)
  values * rep(outcome$scale, each = each) + rep(outcome$center, each = each)
}

# Returns list(center, scale): the mean and the standard deviation (divided by n) of each column.
# Dividing by a power of 2 first changes no digit, and keeps the squares of very large and very
# small numbers finite.
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

# Returns the most probable class of each row in the type of y. The first class wins ties.
decode_classes <- function(probabilities, outcome) {
  # For one row, which.max() gives the same, and max.col() would take longer than the whole network.
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

# Returns which labels are more likely than not, as logical values or 0/1 like y.
decode_labels <- function(probabilities, outcome) {
  yes <- probabilities >= 0.5
  if (outcome$type == "numeric") storage.mode(yes) <- "double"
  yes
}

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
      sprintf("`%s` is numeric, so this is regression, but it looks like class labels.", arg),
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

# ---- What is refused ---------------------------------------------------------------

# Returns an outcome of n rows without missing values, as a plain vector, factor or matrix. `x` is
# the code for the predictors.
check_outcome <- function(y, arg, n, x = if (arg == "y") "`x`" else "the data") {
  y <- plain_outcome(y, arg)
  if (NROW(y) != n) stop_row_count(y, arg, n, x)
  bad <- first_missing(y)
  if (bad > 0) {
    place <- if (is.matrix(y)) arrayInd(bad, dim(y)) else bad
    column <- if (is.matrix(y)) sprintf(", column %s", column_label(y, place[2L])) else ""
    value <- describe_non_finite(y[[bad]])
    stop_feedforward("{.arg {arg}} has {value} in row {whole_text(place[1L])}{column}.",
      i = "Leave out rows without a finite outcome."
    )
  }
  y
}

# The outcome does not have one value, or one row, for each of the n rows of the predictors.
stop_row_count <- function(y, arg, n, x, hint = hint_for_column_name(y, arg)) {
  what <- if (length(dim(y)) > 1L) "row" else "value"
  stop_feedforward(
    "{.arg {arg}} must have {n} {what}{plural(n)}, one for each row of {x}, not {NROW(y)}.",
    i = "{hint}"
  )
}

# A single string as the outcome may be the name of a column.
hint_for_column_name <- function(y, arg) {
  if (arg != "y" || !may_be_column(y)) {
    return(NULL)
  }
  name <- if (make.names(y) == y) y else encodeString(y, quote = "`")
  visible(sprintf("For the column `%s`, use `feedforward(%s ~ ., data = x)` or `%s`.",
    y, name, column_in_code(y, "x")))
}

may_be_column <- function(x) rlang::is_string(x) && is_text(x) && nchar(x) <= 100L

first_missing <- function(y) {
  if (is.numeric(y)) first_non_finite(y) else match(TRUE, is.na(y), nomatch = 0L)
}

# Returns the name of a column in backticks, or its number.
column_label <- function(y, column) {
  name <- colnames(y)[column]
  if (!length(name) || !isTRUE(nzchar(name))) {
    return(whole_text(column))
  }
  shortened(visible(sprintf("`%s`", name)))
}

# Refuses missing values in the outcome of a formula or recipe, which has the rows of the data.
check_complete_outcomes <- function(outcomes, arg, n) {
  for (name in names(outcomes)) {
    y <- outcomes[[name]]
    bad <- first_missing(y)
    if (bad > 0 && is.null(dim(y))) {
      value <- describe_non_finite(y[[bad]])
      row <- row_in_words(bad, length(y) == n)
      column <- shortened(visible(name))
      stop_feedforward("{.arg {arg}} has {value} in {row}, column {.code {column}}.",
        i = "Leave out rows without a finite outcome."
      )
    }
  }
  outcomes
}

# Returns data frames and arrays of one column as vectors, and others as matrices.
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
    hint <- if (length(y)) "Several outcomes must all be numbers or logical values."
    check_that(all(usable) && length(y) > 0L, y, arg, wanted, hint)
    y <- as.matrix(y)
    rownames(y) <- NULL
  }
  plain <- is.factor(y) || ((is_numbers(y) || is.character(y)) && !is.object(y))
  fits <- plain && length(dim(y)) <= 2L && (!is.character(y) || NCOL(y) == 1L)
  check_that(fits, y, arg, wanted, hint_for_outcome(y, arg))
  if (NCOL(y) == 1L && !is.factor(y)) as.vector(y) else y
}

# Suggests what to do about an outcome that cannot be predicted as it is.
hint_for_outcome <- function(y, arg) {
  if (rlang::is_formula(y)) {
    return("Use a formula with a data frame: `feedforward(y ~ ., data = as.data.frame(x))`.")
  }
  if (inherits(y, c("Surv", "Surv2"))) {
    return(hint_for_survival)
  }
  if (is.null(dim(y))) hint_for_type_of(y, arg)
}

# Removes the class that I() adds in a formula.
without_as_is <- function(x) {
  if (inherits(x, "AsIs")) class(x) <- setdiff(oldClass(x), "AsIs")
  x
}

check_loss_fits <- function(loss, kind, y, arg) {
  fitting <- losses_for(kind)
  if (is.null(loss) || loss %in% fitting) {
    return()
  }
  stop_feedforward(
    "{.arg loss} must be {.or {.val {fitting}}} for {problems[[kind]]}, not {.val {loss}}.",
    i = "{hint_for_loss(loss, kind, y, arg)}"
  )
}

# What users call the kinds of outcomes.
problems <- c(
  classes = "classification", labels = "multi-label classification", numbers = "regression"
)

hint_for_loss <- function(loss, kind, y, arg) {
  if (kind == "numbers" && loss == "cross_entropy") {
    if (is.matrix(y)) "Use a factor for classes." else sprintf("Use `factor(%s)` for classes.", arg)
  } else if (loss == "binary_cross_entropy" && kind == "numbers" && is_binary(y)) {
    sprintf("Use `factor(%s)` for two classes, without `loss`.", arg)
  } else if (loss == "binary_cross_entropy") {
    "Use it for a matrix of labels, with 0 or 1 in each of several columns."
  } else {
    sprintf("Leave it out to use the loss that suits `%s`.", arg)
  }
}

# At least two classes occur, and all have names. `hint` explains why a class that the user sees may
# not count.
check_class_levels <- function(y, levels, arg, hint) {
  if (anyNA(levels)) {
    stop_feedforward("{.arg {arg}} has the level NA.",
      i = "Leave out its rows, or give the level a name."
    )
  }
  if (!all(is_text(levels))) {
    stop_feedforward("{.arg {arg}} has a class whose name is not valid text.",
      i = "Use names in a valid encoding, such as UTF-8."
    )
  }
  check_names(levels, arg, "class")
  found <- if (is.matrix(y)) colSums(y) > 0 else levels %in% as.character(unique(y))
  if (sum(found) < 2L) {
    stop_feedforward(
      "{.arg {arg}} must have at least 2 classes, not only {classes_in_words(levels[found])}.",
      i = "{hint}"
    )
  }
}

# Weights of 0 in `class_weights` leave at least two classes.
check_classes_left <- function(encoded) {
  codes <- if (encoded$outcome$kind == "classes") unique(encoded$targets)
  if (length(codes) == 1L) {
    only <- classes_in_words(encoded$outcome$levels[codes])
    stop_feedforward("{.arg class_weights} leave only the class {only} with a weight above 0.",
      i = "Give a weight above 0 to at least two classes that occur."
    )
  }
}

check_known_classes <- function(y, codes, levels, arg) {
  unknown <- which(is.na(codes))
  if (length(unknown)) {
    class <- classes_in_words(as.character(y[unknown[1L]]))
    stop_feedforward("{.arg {arg}} has the unknown class {class} in row {whole_text(unknown[1L])}.",
      i = "The classes of the model are {classes_in_words(levels)}."
    )
  }
}

# A few classes in quotes.
classes_in_words <- function(x) shortened(visible(listed(x)))

# Text that is not too long for a message.
shortened <- function(text, most = 300L) {
  if (nchar(text) > most) paste0(substr(text, 1L, most), "...") else text
}

check_one_hot <- function(y, levels, arg) {
  wanted <- sprintf("classes, or a matrix of %d columns with one 1 in each row", length(levels))
  check_that(ncol(y) == length(levels) && is_one_hot(y), y, arg, wanted)
}

# Numbers or labels have the type and the columns of the model's outcome.
check_columns_of_outcome <- function(y, outcome, arg) {
  check_that(is.numeric(y) || is.logical(y), y, arg, "numeric, as in training")
  outputs <- output_count(outcome)
  if (NCOL(y) != outputs) {
    stop_feedforward(
      "{.arg {arg}} must have {outputs} column{plural(outputs)}, as in training, not {NCOL(y)}."
    )
  }
  y
}

check_target_range <- function(targets, kind, loss, arg) {
  if (kind == "labels" && !is_binary(targets)) {
    bad <- targets[targets != 0 & targets != 1][1L]
    stop_feedforward("{.arg {arg}} has the label {number_text(bad)}.",
      i = "Use only 0 and 1, or logical values, as labels."
    )
  }
  if (loss == "poisson" && any(targets < 0)) {
    stop_feedforward("{.arg {arg}} has a negative value, {number_text(min(targets))}.",
      i = "The Poisson loss needs counts, or other numbers of at least 0."
    )
  }
}
