# Printing and summaries of models.

#' Print and summarize a model
#'
#' `print()` shows what a model predicts, its layers, the size of its data, and the loss of its best
#' and last epochs. `summary()` adds the training options.
#'
#' @param x,object A model made by [feedforward()], or for `print()` its summary.
#' @param digits The number of significant digits of losses and metrics, a whole number from 1 to
#'   15.
#' @param ... Ignored by `print()`, `format()`, and `toString()`. Must be empty for `summary()`.
#'
#' @returns `print()` returns `x`, invisibly. `format()` and `toString()` return the model as one
#'   string. `summary()` returns a list of class `summary.feedforward`:
#'   - `model`: the model.
#'   - `layers`: a data frame with a row for each layer: its name (`layer`), number of `units`,
#'     `activation`, `dropout` (the share of units left out in training), and number of
#'     `parameters`.
#'   - `epochs`: the rows of the `history` for the best and the last epoch.
#'   - `settings`: a named character vector with the training options.
#'
#' @section Errors:
#' An error of class `feedforward_error` if the model is invalid, and for invalid or unknown
#' arguments.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 10, validation = 0.1)
#' fit
#' summary(fit)
#' summary(fit)$layers
#' @export
print.feedforward <- function(x, digits = 4, ...) {
  digits <- check_count(digits, "digits", max = 15L)
  check_model(x, "x")
  cli::cat_line(cli::style_bold("A feed-forward network for ", outcome_in_words(x$outcome)))
  cli::cat_line()
  cli::cat_line(format_layers(layer_table(x)))
  cli::cat_line()
  cli::cat_line(strwrap(data_in_words(x), width = 80L, exdent = 2L))
  cli::cat_line(training_in_words(x, digits))
  invisible(x)
}

#' @rdname print.feedforward
#' @export
format.feedforward <- function(x, ...) {
  check_model(x, "x")
  in_one_line(outcome_in_words(x$outcome), x$architecture$sizes)
}

#' @rdname print.feedforward
#' @export
toString.feedforward <- function(x, ...) format(x)

# Returns such as "A feed-forward network (4-16-3) for 3 classes: a, b, c".
in_one_line <- function(outcome, sizes) {
  sprintf("A feed-forward network (%s) for %s", paste(whole_text(sizes), collapse = "-"), outcome)
}

#' @rdname print.feedforward
#' @export
summary.feedforward <- function(object, ...) {
  check_model(object)
  check_empty_dots(...)
  structure(list(
    model = object, layers = layer_table(object), epochs = notable_epochs(object),
    settings = settings_in_words(object)
  ), class = "summary.feedforward")
}

#' @rdname print.feedforward
#' @export
print.summary.feedforward <- function(x, digits = 4, ...) {
  settings <- if (is.list(x)) x$settings
  known <- is.character(settings) && !is.null(names(settings))
  check_that(known, x, "x", "the result of `summary()` for a model")
  check_model(x$model, "x$model")
  print(x$model, digits = digits)
  cli::cat_line()
  lines <- paste(formatC(paste0(names(x$settings), ":"), width = -15L), encodeString(x$settings))
  cli::cat_line(unlist(lapply(lines, wrap_setting)))
  invisible(x)
}

# Wraps a setting into lines, with all lines but the first indented.
wrap_setting <- function(line) {
  name <- substr(line, 1L, 16L)
  value <- strwrap(substring(line, 17L), width = 80L - 16L)
  paste0(c(name, rep(strrep(" ", 16L), length(value) - 1L)), value)
}

# Returns what a model predicts, such as "3 classes: a, b, c".
outcome_in_words <- function(outcome) {
  if (outcome$kind == "classes") {
    return(counted_names("classes", outcome$levels))
  }
  if (outcome$kind == "labels") {
    return(counted_names("yes/no labels", outcome$names))
  }
  if (length(outcome$names) < 2L) {
    return("a numeric outcome")
  }
  counted_names("numeric outcomes", outcome$names)
}

# Returns the number of names, and as many names as one line holds.
counted_names <- function(what, names, width = 40L) {
  if (is.null(names)) {
    return(what)
  }
  # Names may come from a file. Their control characters must not reach the terminal.
  names <- encodeString(names)
  ends <- cumsum(nchar(names, "width") + 2L)
  shown <- names[ends <= width]
  if (!length(shown)) {
    return(paste(length(names), what))
  }
  rest <- if (length(shown) < length(names)) "..."
  paste0(length(names), " ", what, ": ", paste(c(shown, rest), collapse = ", "))
}

# Returns a data frame with one row for each layer, starting with the inputs.
layer_table <- function(fit) {
  sizes <- fit$architecture$sizes
  hidden <- length(sizes) - 2L
  dropout <- fit$architecture$dropout
  data.frame(
    layer = c("input", if (hidden) paste("hidden", seq_len(hidden)), "output"),
    units = as.integer(sizes),
    activation = c("", fit$architecture$activations, output_activation(fit)),
    dropout = c(0, if (length(dropout)) dropout else numeric(hidden), 0),
    parameters = c(0, sizes[-1L] * (sizes[-length(sizes)] + 1))
  )
}

output_activation <- function(fit) losses[[fit$architecture$loss]]$output

# Returns the layers as lines, and the total number of parameters.
format_layers <- function(layers) {
  columns <- list(
    layer = c(layers$layer, "total"),
    units = c(thousands(layers$units), ""),
    activation = c(layers$activation, ""),
    dropout = c(ifelse(layers$dropout > 0, number_text(layers$dropout), ""), ""),
    parameters = c(ifelse(layers$parameters > 0, thousands(layers$parameters), ""),
      thousands(sum(layers$parameters)))
  )
  if (all(layers$dropout == 0)) columns$dropout <- NULL
  format_columns(columns, left = c("layer", "activation"))
}

# Returns text in columns, each below its name. Columns in `left` are left-aligned.
format_columns <- function(columns, left = character()) {
  cells <- Map(function(text, name) {
    formatC(c(name, text), flag = if (name %in% left) "-" else "",
      width = max(nchar(c(name, text), "width")))
  }, columns, names(columns))
  sub(" +$", "", paste0("  ", do.call(paste, c(unname(cells), sep = "  "))))
}

data_in_words <- function(fit) {
  n <- fit$n
  count <- predictor_count(fit)
  predictors <- paste0(thousands(count), " predictor", plural(count))
  if (is.na(n[["training"]])) {
    return(paste("It has", predictors))
  }
  counts <- thousands(n)
  names(counts) <- names(n)
  validated <- isTRUE(n[["validation"]] > 0)
  paste0(
    "Trained on ", counts[["training"]], if (isTRUE(fit$weighted)) " weighted",
    " observation", plural(n[["training"]]), " of ", predictors, inputs_in_words(fit, count),
    if (validated) paste0(", validated on ", counts[["validation"]])
  )
}

# Returns the number of columns that the user sees: those of a table, a matrix, or pixels.
predictor_count <- function(fit) {
  if (is.null(fit$blueprint)) plain_count(fit) else ncol(fit$blueprint$ptypes$predictors)
}

# Returns what the network reads of `count` predictors, such as " (10 inputs, standardized)", or
# NULL.
inputs_in_words <- function(fit, count) {
  inputs <- fit$inputs
  size <- fit$architecture$sizes[1L]
  divided <- length(inputs$divisor) && inputs$divisor != 1
  words <- c(
    if (size != count) paste0(thousands(size), " input", plural(size)),
    if (divided) paste("images divided by", number_text(inputs$divisor)),
    if (length(inputs$scale)) "standardized"
  )
  if (length(words)) sprintf(" (%s)", toString(words))
}

# Returns the best and the last epoch as a small table, and why training ended early.
training_in_words <- function(fit, digits) {
  epochs <- notable_epochs(fit)
  if (nrow(epochs) == 0L) {
    # Training that was stopped in its first epoch has changed the weights.
    lines <- if (!is.null(fit$stopped)) {
      "No epoch was completed"
    } else if (is.na(fit$n[["training"]])) {
      # Networks of an average do not keep their history.
      NULL
    } else {
      "Trained for 0 epochs"
    }
  } else {
    columns <- epochs[c("epoch", "loss", "metric", "valid_loss", "valid_metric")]
    metric <- metric_name(fit)
    names(columns) <- c("epoch", "loss", metric, "validation loss", paste("validation", metric))
    # Networks of train_nn() have no metric, and others no validation.
    columns <- columns[!vapply(columns, function(x) all(is.na(x)), TRUE)]
    columns[-1L] <- lapply(columns[-1L], formatC, digits = digits, format = "g", flag = "#")
    columns$epoch <- whole_text(columns$epoch)
    lines <- c("", format_columns(c(list(" " = row.names(epochs)), columns), left = " "))
  }
  c(lines, if (!is.null(fit$stopped)) c("", stopped_in_words(fit$stopped)))
}

stopped_in_words <- function(stopped) {
  reason <- if (rlang::is_string(stopped$reason)) paste0(": ", stopped$reason)
  encodeString(paste0("Stopped at ", place_in_words(stopped), reason))
}

# Returns the rows "best" and "last" of the history. It is one row if they are the same, or if there
# was no validation to choose the best epoch.
notable_epochs <- function(fit) {
  history <- fit$history
  last <- nrow(history)
  if (last == 0L) {
    return(history)
  }
  rows <- c(best = best_row(fit), last = last)
  if (identical(rows[["best"]], last)) rows <- c("last, best" = last)
  rows <- rows[!is.na(rows)]
  structure(history[rows, , drop = FALSE], row.names = names(rows))
}

# Returns the row of the best epoch in the history, or NA if the last training had no validation to
# choose it. Earlier epochs in the history may have been validated all the same, or not.
best_row <- function(fit) {
  row <- match(fit$best_epoch, fit$history$epoch)
  if (is.na(fit$history$valid_loss[row])) NA_integer_ else row
}

# Returns the metric of a model. For several numeric outcomes, it is in units of their scales.
metric_name <- function(fit) if (fit$outcome$kind == "numbers") "rmse" else "accuracy"

has_no_effect <- function(schedule) {
  is.null(schedule) || identical(schedule, "none") || identical(schedule, schedule_none())
}

# Returns the options of training that have an effect, as a named character vector.
settings_in_words <- function(fit) {
  options <- fit$options
  setting <- function(x) if (is.list(x)) describe_setting(x) else toString(number_text(x))
  penalty <- if (isTRUE(options$penalty > 0)) {
    sprintf("%s (mixture %s)", number_text(options$penalty), number_text(options$mixture))
  }
  seconds <- sum(fit$history$seconds)
  other_than <- function(x, default) if (rlang::is_string(x) && x != default) x
  unlist(list(
    Loss = paste(c(fit$architecture$loss, fit$architecture$quantile), collapse = " "),
    Optimizer = if (length(options$optimizer)) setting(options$optimizer),
    Schedule = if (!has_no_effect(options$rate_schedule)) setting(options$rate_schedule),
    # L-BFGS uses all rows at once.
    "Batch size" = if (length(options$batch_size) && !uses_lbfgs(options)) {
      setting(options$batch_size)
    },
    Penalty = penalty,
    Dropout = if (any(fit$architecture$dropout > 0)) setting(fit$architecture$dropout),
    "Gradient clip" = if (isTRUE(is.finite(options$clip_norm))) setting(options$clip_norm),
    "Early stopping" = if (isTRUE(is.finite(options$stop_iter))) {
      sprintf("after %s without improvement", counted(options$stop_iter, "epoch"))
    },
    Encoding = other_than(options$encoding, "standard"),
    "Missing values" = other_than(options$missing, "error"),
    "New levels" = other_than(options$new_levels, "error"),
    "Class weights" = if (length(options$class_weights)) named_in_words(options$class_weights),
    Precision = if (length(options$precision)) setting(options$precision),
    Time = if (NROW(fit$history) > 0L && is.finite(seconds)) sprintf("%.2g seconds", seconds)
  ))
}

uses_lbfgs <- function(options) {
  optimizer <- options$optimizer
  identical(if (is.list(optimizer)) optimizer$name else optimizer, "lbfgs")
}

# Returns such as "a 2, b 1", or values without names as they are.
named_in_words <- function(x) toString(trimws(paste(names(x), vapply(x, number_text, ""))))
