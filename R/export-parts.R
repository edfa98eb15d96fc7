# What exporters write: the network of a model as plain numbers, without R's formulas and classes.

# Returns list(columns, inputs, layers, output, outcome, image, divisor), or refuses a model that
# cannot be written for other programs. For messages, `fn` is the function that the user called and
# `arg` its name of the model.
#
# columns: a list with an element for each column of the data that the model reads, in their order:
#   - name: its name, or NA for a matrix without column names and for pixels;
#   - type: "number", "logical" (TRUE enters as 1), or "levels";
#   - levels: a character vector, or NULL. If `is_logical`, they are "FALSE" and "TRUE", and the
#     column is logical;
#   - missing: whether missing values are allowed. A missing number enters as `replacement`;
#   - zero: whether an unknown level is allowed. Then all its levels are 0.
# inputs: a data frame with a row for each input of the network, in its order:
#   - column: the number of its column;
#   - is: "number"; "interval", a share from 0 to 1 that rises between two knots; "level", 1 for one
#     level and 0 for others; or "missing", 1 for a missing value and 0 for others;
#   - level: for a level, its number in `levels`; from, to: for an interval, its knots;
#   - center, scale: the input of the network is (value - center) / scale;
#   - clips: whether this, called z, becomes z / sqrt(1 + (z / 3)^2).
# layers: for each layer a list of weights (units x inputs), bias, and activation, which is "linear"
#   for the last layer. The weights are for the inputs above.
# output: link, which is "softmax", "sigmoid", "exp", or "linear" and turns the last layer into
#   predictions, and then center and scale with an element for each output: predictions times scale
#   plus center.
# outcome: kind ("classes", "labels", or "numbers"), type, levels, and names, as in the model.
# image: height and width, or NULL. divisor: what the pixels are divided by first, or 1.
export_parts <- function(fit, fn, arg = "fit") {
  check_model(fit, arg, finite = TRUE)
  refuse_export(fit, fn)
  columns <- export_columns(fit)
  inputs <- export_inputs(fit, columns)
  if (nrow(inputs) != fit$architecture$sizes[1L]) stop_unfit_part("inputs")
  divisor <- fit$inputs$divisor
  parts <- list(
    columns = columns, inputs = inputs, layers = export_layers(fit), output = export_output(fit),
    outcome = fit$outcome[c("kind", "type", "levels", "names")], image = fit$inputs$image,
    divisor = or_default(divisor, 1)
  )
  check_export_text(parts, fn)
  parts
}

# Other programs read text as UTF-8.
check_export_text <- function(parts, fn) {
  text <- c(names_of_export(parts$columns), unlist(lapply(parts$columns, `[[`, "levels")),
    output_names(parts$outcome))
  text <- text[!is.na(text)]
  odd <- text[!is_text(text)]
  if (length(odd)) {
    name <- odd[1L]
    stop_feedforward("{.fn {fn}} cannot write a name with an invalid encoding: {name}.",
      i = "Use {.fn iconv} to convert the names and levels of the data to UTF-8, and train again."
    )
  }
}

names_of_export <- function(columns) vapply(columns, `[[`, "", "name")

has_levels <- function(columns) !vapply(columns, function(column) is.null(column$levels), TRUE)

# The steps of a recipe and the terms of a formula are R code.
refuse_export <- function(fit, fn) {
  if (fit$inputs$kind == "recipe") {
    stop_feedforward("{.fn {fn}} cannot export a model made with a recipe.",
      x = "The steps of a recipe run in R only.",
      i = "Train on the columns that {.code recipes::bake()} returns, and export that model."
    )
  }
  if (fit$inputs$kind == "formula" && !is_of_columns(fit$blueprint)) {
    term <- visible(computed_terms(fit$blueprint))[1L]
    stop_feedforward(
      "{.fn {fn}} cannot export a formula that computes terms, such as {.code {term}}.",
      i = "Add such terms to the data as columns, and use only columns in the formula."
    )
  }
}

computed_terms <- function(blueprint) {
  terms <- attr(blueprint$terms$predictors, "term.labels")
  computed <- setdiff(terms, as_in_terms(names(blueprint$ptypes$predictors)))
  if (length(computed)) computed else rlang::expr_deparse(rlang::f_rhs(blueprint$formula))
}

# ---- Columns and inputs -------------------------------------------------------------

export_columns <- function(fit) {
  inputs <- fit$inputs
  if (inputs$kind %in% c("matrix", "array")) {
    names <- plain_names(fit)
    if (is.null(names)) names <- rep(NA_character_, plain_count(fit))
    columns <- lapply(names, export_column)
  } else {
    known <- as.list(fit$blueprint$ptypes$predictors)
    used <- if (inputs$kind == "formula") named_as_terms(known) else known
    columns <- Map(export_column, names(known), used, known, names(known) %in% inputs$factors)
  }
  missing <- inputs$has_missing
  replacement <- inputs$encoding$center
  lapply(seq_along(columns), function(j) {
    column <- columns[[j]]
    if (length(missing)) column$missing <- missing[[j]]
    if (length(replacement) && is.null(column$levels)) column$replacement <- replacement[[j]]
    column
  })
}

# `used` is the column as the network reads it, and `known` the column of the data. `zero` is
# whether new levels of it are allowed.
export_column <- function(name, used = double(), known = used, zero = FALSE) {
  list(
    name = name,
    type = if (is.factor(used)) "levels" else if (is.logical(known)) "logical" else "number",
    levels = levels(used), is_logical = is.logical(known), missing = FALSE, replacement = NULL,
    zero = zero && is.factor(known)
  )
}

export_inputs <- function(fit, columns) {
  encoding <- fit$inputs$encoding
  parts <- lapply(seq_along(columns), function(j) {
    column <- columns[[j]]
    if (is.null(column$levels)) number_inputs(j, encoding) else level_inputs(j, column)
  })
  inputs <- list_of_inputs(parts)
  if (is.null(encoding)) {
    if (!is.null(fit$inputs$center)) inputs$center <- as.double(fit$inputs$center)
    if (!is.null(fit$inputs$scale)) inputs$scale <- as.double(fit$inputs$scale)
  }
  as.data.frame(inputs)
}

# The inputs of column j, which has numbers, in the order of encode_number() in encoding.hpp.
number_inputs <- function(j, encoding) {
  number <- export_input(j, "number")
  if (is.null(encoding)) {
    return(number)
  }
  number[c("center", "scale", "clips")] <- list(
    encoding$center[[j]], encoding$scale[[j]], encoding$clips
  )
  knots <- encoding$knots[[j]]
  n <- length(knots)
  list_of_inputs(list(
    number, if (n > 1L) export_input(j, "interval", from = knots[-n], to = knots[-1L]),
    if (encoding$missing[[j]]) export_input(j, "missing")
  ))
}

level_inputs <- function(j, column) {
  levels <- export_input(j, "level", level = seq_along(column$levels))
  if (column$missing) list_of_inputs(list(levels, export_input(j, "missing"))) else levels
}

# Returns inputs of one column, as many as there are levels or knots, as a list of vectors.
export_input <- function(column, is, level = NA_integer_, from = NA_real_, to = NA_real_) {
  n <- max(length(level), length(from))
  list(
    column = rep(column, n), is = rep(is, n), level = rep_len(level, n), from = rep_len(from, n),
    to = rep_len(to, n), center = rep(0, n), scale = rep(1, n), clips = rep(FALSE, n)
  )
}

# Joins such lists, of which some may be NULL. There may be thousands.
list_of_inputs <- function(parts) {
  names <- names(export_input(1L, "number"))
  rlang::set_names(lapply(names, function(name) unlist(lapply(parts, `[[`, name))), names)
}

# ---- Layers and outputs -------------------------------------------------------------

export_layers <- function(fit) {
  layers <- length(fit$parameters) / 2L
  activations <- c(fit$architecture$activations, "linear")
  lapply(seq_len(layers), function(k) {
    list(
      weights = unname(as_double(fit$parameters[[2L * k - 1L]])),
      bias = as.vector(as_double(fit$parameters[[2L * k]])), activation = activations[k]
    )
  })
}

export_output <- function(fit) {
  outcome <- fit$outcome
  n <- output_count(outcome)
  list(
    link = losses[[fit$architecture$loss]]$output,
    center = if (is.null(outcome$center)) rep(0, n) else as.double(outcome$center),
    scale = if (is.null(outcome$scale)) rep(1, n) else as.double(outcome$scale)
  )
}
