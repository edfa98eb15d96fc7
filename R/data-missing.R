# Missing values and new levels of predictors. Both are errors by default. On request, a missing
# number enters the network as the mean with an indicator, a missing level as a level of its own,
# and a new level as zeros.

missing_choices <- c("error", "indicator")
new_level_choices <- c("error", "zero")

# The name of the level that stands for missing values.
missing_level <- "(missing)"

# Whether the arguments ask for indicators of missing values.
allows_missing <- function(arguments) {
  check_name(arguments[["missing"]], "missing", missing_choices) == "indicator"
}

# Returns which columns of a matrix or table have missing values.
columns_with_missing <- function(x) {
  if (is_columns(x)) {
    return(vapply(x$columns, anyNA, TRUE))
  }
  vapply(seq_len(ncol(x)), function(j) anyNA(x[, j]), TRUE)
}

# Makes missing values of factors a level of their own, in the columns that `has_missing` marks.
with_missing_levels <- function(x, has_missing) {
  if (!is_columns(x) || length(has_missing) != length(x$columns)) {
    return(x)
  }
  chosen <- has_missing & x$levels > 0L
  x$columns[chosen] <- lapply(x$columns[chosen], function(column) {
    # The data may have a level of this name.
    levels <- make.unique(c(levels(column), missing_level))
    codes <- as.integer(column)
    codes[is.na(codes)] <- length(levels)
    structure(codes, levels = levels, class = "factor")
  })
  x$levels[chosen] <- x$levels[chosen] + 1L
  x
}

# Refuses infinite values, and missing values in columns that had none in training. `has_missing`
# marks the columns that had some.
refuse_unknown_missing <- function(x, has_missing, arg) {
  if (length(has_missing) != number_of_columns(x)) stop_unfit_part("inputs$has_missing")
  for (j in seq_len(number_of_columns(x))) {
    column <- if (is_columns(x)) x$columns[[j]] else x[, j]
    bad <- is.infinite(column)
    if (!has_missing[j]) bad <- bad | is.na(column)
    row <- match(TRUE, bad)
    if (!is.na(row)) {
      found <- describe_non_finite(unclass(column)[[row]])
      place <- column_or_number(columns_in_words(x), j)
      stop_feedforward("{.arg {arg}} has {found} in row {row}, {place}.",
        i = if (is.na(column[row])) {
          remove_unknown_missing
        } else {
          remove_or_fill_in
        }
      )
    }
  }
  invisible(x)
}

remove_unknown_missing <-
  "Remove or replace these missing values. The training data had none in this column."

# Refuses columns of numbers without any number. Their weights would stay at their initial values
# and decide predictions for new rows that have a number.
refuse_empty_columns <- function(x, has_missing, arg) {
  empty <- Filter(function(j) all(is.na(column_values(x, j))), which(has_missing))
  if (length(empty)) {
    names <- columns_in_words(x)
    name <- if (is.null(names)) as.character(empty[1L]) else names[empty[1L]]
    stop_only_missing(name, arg)
  }
}

stop_only_missing <- function(name, arg) {
  stop_feedforward("Column {.code {name}} of {.arg {arg}} has only missing values.",
    i = "Remove the column."
  )
}

# Refuses values that the model cannot use. `original` is the table of the user.
refuse_values_for <- function(model, x, arg, original = NULL, hint = NULL) {
  has_missing <- model$inputs$has_missing
  # If no column had some in training, the user wants to know.
  if (is.null(has_missing) && is.null(hint) && has_indicators(model)) {
    has_missing <- logical(number_of_columns(x))
  }
  if (length(has_missing)) {
    return(refuse_unknown_missing(x, has_missing, arg))
  }
  refuse_non_finite(x, arg, list(), original, hint)
}

has_indicators <- function(model) identical(model$options[["missing"]], "indicator")

# What to do about a missing value in new data.
hint_for_new_missing <- function(model) {
  if (has_indicators(model)) remove_unknown_missing else remove_or_fill_in
}

# ---- New levels --------------------------------------------------------------------

# Returns list(data, new): the data with NA for levels that are not known, and which rows had them,
# a logical vector for each such column. `factors` are the columns that stay factors.
hide_new_levels <- function(data, blueprint, factors) {
  known <- blueprint$ptypes$predictors
  new <- list()
  for (name in intersect(names(known), factors)) {
    column <- data[[name]]
    levels <- levels_in_training(blueprint, name)
    if (is.null(levels) || !is_discrete(column)) next
    text <- as.character(column)
    rows <- !is.na(text) & !(text %in% levels)
    if (any(rows)) {
      new[[name]] <- list(rows = rows, levels = unique(text[rows]))
      text[rows] <- NA
      like <- known[[name]]
      if (is.factor(like)) text <- factor(text, levels, ordered = is.ordered(like))
      data[[name]] <- text
    }
  }
  list(data = data, new = new)
}

# The levels of a column in the training data, or NULL. A recipe makes factors of text.
levels_in_training <- function(blueprint, name) {
  column <- blueprint$ptypes$predictors[[name]]
  if (is.character(column)) blueprint$recipe$levels[[name]]$values else levels(column)
}

# Encodes new levels as zeros. Code 0 is no level of a factor, and C++ encodes it as such.
show_new_levels <- function(x, new, factors) {
  for (name in names(new)) {
    j <- which(x$levels > 0L)[match(name, factors)]
    codes <- as.integer(x$columns[[j]])
    codes[new[[name]]$rows] <- 0L
    x$columns[[j]] <- structure(codes, levels = levels(x$columns[[j]]), class = "factor")
  }
  x
}

warn_new_levels <- function(new, arg) {
  for (name in names(new)) {
    count <- length(new[[name]]$levels)
    levels <- listed(new[[name]]$levels)
    column <- visible(name)
    warn_feedforward(
      "Column {.code {column}} of {.arg {arg}} has the new level{cli::qty(count)}{?s} {levels}.",
      i = "In rows with a new level, only the other columns count.",
      class = "feedforward_new_levels", about = list(column = name, levels = new[[name]]$levels)
    )
  }
}
