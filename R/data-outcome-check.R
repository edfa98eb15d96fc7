# What is refused in outcomes: other types, missing values, classes, and losses that do not fit.

# Returns an outcome of n rows without missing values, as a plain vector, factor, or matrix. `x` is
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
      i = "Remove rows whose outcome is missing or infinite."
    )
  }
  y
}

# Returns a data frame that has the outcome as the blueprint knows it.
check_outcome_columns <- function(blueprint, data, arg) {
  data <- check_frame(data, arg)
  check_present(names(blueprint$ptypes$predictors), names(data), arg)
  known <- blueprint$ptypes$outcomes
  check_present(names(known), names(data), arg, ", which the outcome needs")
  refuse_skipped_steps(blueprint, arg)
  data <- unordered_columns(data, blueprint$ptypes$predictors)
  # Classes that were never seen would become NA.
  for (name in names(known)) {
    check_new_column(data[[name]], known[[name]], name, arg, is_outcome = TRUE)
  }
  data
}

# Returns data frames and arrays of one column as vectors, and others as matrices.
plain_outcome <- function(y, arg) {
  refuse_table_elsewhere(y, arg)
  y <- without_as_is(y)
  wanted <- paste("a factor, a vector of numbers, text, or logical values,",
    "or a matrix or data frame of numbers or logical values")
  if (is.data.frame(y)) {
    if (length(y) == 1L) {
      return(plain_outcome(y[[1L]], arg))
    }
    y[] <- lapply(y, without_as_is)
    usable <- vapply(y, is_number_vector, TRUE)
    hint <- if (length(y)) "With several outcomes, each one must be numeric or logical."
    check_that(all(usable) && length(y) > 0L, y, arg, wanted, hint)
    y <- as.matrix(y)
    rownames(y) <- NULL
  }
  plain <- is.factor(y) || ((is_numbers(y) || is.character(y)) && !is.object(y))
  fits <- plain && length(dim(y)) <= 2L && (!is.character(y) || NCOL(y) == 1L)
  check_that(fits, y, arg, wanted, hint_for_outcome(y, arg))
  if (NCOL(y) == 1L && !is.factor(y)) as.vector(y) else y
}

# Removes the class that I() adds in a formula.
without_as_is <- function(x) {
  if (inherits(x, "AsIs")) class(x) <- setdiff(oldClass(x), "AsIs")
  x
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
  name <- name_in_code(y)
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
        i = "Remove rows whose outcome is missing or infinite."
      )
    }
  }
  outcomes
}

# ---- Losses ----------------------------------------------------------------------

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
    sprintf("For two classes, use `factor(%s)` and leave out `loss`.", arg)
  } else if (loss == "binary_cross_entropy") {
    "This loss is for an outcome matrix with at least two 0/1 columns, one for each label."
  } else {
    sprintf("Leave it out to use the loss that suits `%s`.", arg)
  }
}

# ---- Classes and columns ---------------------------------------------------------

# At least two classes occur, and all have names. `hint` explains why a class that the user sees may
# not count.
check_class_levels <- function(y, levels, arg, hint) {
  if (anyNA(levels)) {
    stop_feedforward("{.arg {arg}} has the level NA.",
      i = "Remove its rows, or give the level a name."
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
  wanted <- sprintf("class labels, or a matrix with %s and exactly one 1 in each row",
    counted(length(levels), "column"))
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
