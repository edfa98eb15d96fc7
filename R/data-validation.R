# Validation data: a share of the rows, or a given set.

# Returns list(rows, validation, counted). `rows` (`NULL` for all) and `validation` are positions
# among the rows that count, and `counted` says which of the user's rows those are. A share draws
# one sample from R's random number generator. Without a share nothing is drawn.
split_rows <- function(share, encoded) {
  if (is.list(share) || share == 0) {
    return(list(rows = NULL, validation = NULL, counted = encoded$counted))
  }
  n <- NROW(encoded$targets)
  check_can_split(n, share)
  codes <- if (encoded$outcome$kind == "classes") encoded$targets
  held_out <- draw_validation_rows(n, share, codes)
  list(rows = setdiff(seq_len(n), held_out), validation = held_out, counted = encoded$counted)
}

# Takes every k-th row in random order, sorted by class, so that each class gives its share to
# within one row.
draw_validation_rows <- function(n, share, codes = NULL) {
  order <- sample.int(n)
  if (!is.null(codes)) order <- order[order(codes[order])]
  wanted <- min(max(1, round(n * share)), n - 1)
  steps <- floor(seq_len(n) * wanted / n)
  picked <- order[diff(c(0, steps)) > 0]
  if (is.null(codes)) sort(picked) else sort(keep_each_class(picked, codes))
}

# Returns one row to training for each class that would have no row left.
keep_each_class <- function(picked, codes) {
  lost <- setdiff(codes[picked], codes[-picked])
  back <- picked[match(lost, codes[picked])]
  rest <- setdiff(picked, back)
  # With as many classes as rows, some class must do without.
  if (length(rest)) rest else picked
}

# Adds the given validation set to `split`, if there is one.
with_given_set <- function(split, validation, model, class_weights) {
  if (is.list(validation)) {
    loss <- model$architecture$loss
    split$validation <- validation_set(validation, model, loss, class_weights)
  }
  split
}

# Reads a given set as `model` reads new data. Returns list(x, y, weights) for C++.
validation_set <- function(validation, model, loss, class_weights) {
  given <- check_validation_set(validation, model$inputs$kind)
  read <- observations_for(model, given, counted = rows_likely_counted(
    given$y, NULL, class_weights, model$outcome$levels
  ))
  x <- read$x
  if (nrow_of(x) == 0L) {
    stop_feedforward("{.arg validation} has no rows.", i = "Supply at least 1 row to validate on.")
  }
  refuse_unread_values(x, "validation$x", model$inputs)
  codes <- encode_like(
    read$outcomes, model$outcome, loss, nrow_of(x), "validation$y", "`validation$x`"
  )
  weights <- unname(class_weights[codes])
  check_some_weight(weights, "of `validation`")
  # As in training, rows of a class of weight 0 do not count.
  counted <- if (length(weights)) above_0(weights)
  weights <- rows_of(weights, counted)
  list(
    x = rows_of(x, counted), y = scale_targets(rows_of(codes, counted), model$outcome),
    weights = if (length(weights)) weights / mean(weights)
  )
}

# ---- What is refused ---------------------------------------------------------------

# Returns a given validation set as list(x, y, arg), for a formula or recipe without `y`.
check_validation_set <- function(validation, kind) {
  table <- includes_outcome(kind)
  if (table && is.data.frame(validation)) {
    return(list(x = validation, arg = "validation"))
  }
  pair <- is.list(validation) && !is.data.frame(validation) && length(validation) == 2L
  if (pair && is.null(names(validation))) names(validation) <- c("x", "y")
  pair <- pair && setequal(names(validation), c("x", "y"))
  wanted <- if (table) "a proportion or a data frame" else "a proportion or `list(x, y)`"
  check_that(pair && !table, validation, "validation", wanted, hint = if (is_source(validation)) {
    "A data source is only for training on a data source."
  })
  c(validation, arg = "validation$x")
}

# A share leaves at least one row on each side.
check_can_split <- function(n, share) {
  if (n < 2L) {
    stop_feedforward("{.arg validation} cannot hold out {number_text(share)} of a single row.",
      i = "Use {.code validation = 0}, or supply a validation set."
    )
  }
}
