# Methods of averages of networks: what they print, and what they say about rows out of fold.

#' Print and summarize an average of networks
#'
#' `print()` shows what a model made by [feedforward_cv()] predicts, its out-of-fold error with the
#' standard error over the folds, and the candidates that it averages. `summary()` adds all other
#' candidates and the error of each fold.
#'
#' @param x,object A model made by [feedforward_cv()], or for `print()` its summary.
#' @param digits The number of significant digits of losses and metrics, a whole number from 1 to
#'   15.
#' @param ... Ignored by `print()`, `format()`, and `toString()`. Must be empty for `summary()`.
#'
#' @returns `print()` returns `x`, invisibly. `format()` and `toString()` return the model as one
#'   string. `summary()` returns a list of class `summary.feedforward_cv`:
#'   - `model`: the model.
#'   - `candidates`: a data frame with a row for each candidate, the best one first. Its columns are
#'     those of `fit$candidates` (see [feedforward_cv()]), then `hidden_units` (such as `"64-16"`),
#'     `activation`, `encoding`, `penalty`, and `optimizer`.
#'   - `folds`: a data frame with a row for each fold: `fold`, the number of rows `n`, and the
#'     `loss` and `metric` of the averaged model on these rows.
#'   - `error`: a data frame with the rows `metric` and `loss`, and the columns `estimate` (over all
#'     rows that were held out) and `std_error` (the standard deviation over folds, divided by the
#'     square root of their number).
#'
#' @section Errors:
#' An error of class `feedforward_error` if the model is invalid, and for invalid or unknown
#' arguments.
#'
#' @examples
#' set.seed(1)
#' candidates <- list(small = list(hidden_units = 4), linear = list(hidden_units = 0))
#' fit <- feedforward_cv(Species ~ ., data = iris, candidates = candidates)
#' fit
#' summary(fit)
#' @export
print.feedforward_cv <- function(x, digits = 4, ...) {
  digits <- check_count(digits, "digits", max = 15L)
  check_average(x, "x")
  cli::cat_line(cli::style_bold(strwrap(format_average(x), width = 80L, exdent = 2L)))
  cli::cat_line()
  cli::cat_line(strwrap(folds_in_words(x), width = 80L, exdent = 2L))
  cli::cat_line()
  cli::cat_line(error_in_words(x, digits))
  cli::cat_line()
  cli::cat_line(candidates_in_words(candidate_table(x)))
  invisible(x)
}

#' @rdname print.feedforward_cv
#' @export
format.feedforward_cv <- function(x, ...) {
  check_average(x, "x")
  format_average(x)
}

#' @rdname print.feedforward_cv
#' @export
toString.feedforward_cv <- function(x, ...) format(x)

format_average <- function(x) {
  networks <- length(x$members)
  sprintf("An average of %d feed-forward network%s for %s", networks, plural(networks),
    outcome_in_words(x$outcome))
}

#' @rdname print.feedforward_cv
#' @export
summary.feedforward_cv <- function(object, ...) {
  check_average(object, "object")
  check_empty_dots(...)
  structure(list(
    model = object, candidates = candidate_table(object),
    folds = object$fold_errors[c("fold", "n", "loss", "metric")], error = overall_error(object)
  ), class = "summary.feedforward_cv")
}

#' @rdname print.feedforward_cv
#' @export
print.summary.feedforward_cv <- function(x, digits = 4, ...) {
  digits <- check_count(digits, "digits", max = 15L)
  known <- is.list(x) && is_average(x$model)
  if (!known) stop_input("x", "the result of `summary()` for a model", describe(x))
  model <- check_average(x$model, "x$model")
  print(model, digits = digits)
  cli::cat_line()
  cli::cat_line(all_candidates_in_words(candidate_table(model), digits))
  cli::cat_line()
  folds <- model$fold_errors
  columns <- list(
    fold = whole_text(folds$fold), rows = thousands(folds$n), metric = significant(folds$metric,
      digits), loss = significant(folds$loss, digits)
  )
  names(columns)[3L] <- metric_name(model)
  cli::cat_line(format_columns(columns))
  invisible(x)
}

# Returns numbers with some significant digits, and those of up to six digits without an exponent.
significant <- function(x, digits) {
  text <- sub("[.]$", "", formatC(x, digits = digits, format = "g", flag = "#"))
  long <- is.finite(x) & abs(x) >= 10^(digits - 1L) & abs(x) < 1e6
  text[long] <- whole_text(signif(x[long], digits))
  ifelse(is.finite(x), text, "")
}

# Returns how many rows there are, and in how many folds.
folds_in_words <- function(fit) {
  held_out <- nrow(fit$out_of_fold)
  folds <- nrow(fit$fold_errors)
  rows <- if (folds > 1L) {
    sprintf("in %d folds", folds)
  } else {
    sprintf("with %s row%s held out", thousands(held_out), plural(held_out))
  }
  paste0(data_in_words(fit), ", ", rows)
}

# Returns the error of the average out of fold, see summary().
overall_error <- function(fit) {
  folds <- fit$fold_errors
  metric <- if (fit$outcome$kind == "numbers") {
    sqrt(sum(folds$weight * folds$metric^2))
  } else {
    sum(folds$weight * folds$metric)
  }
  data.frame(
    estimate = c(metric, sum(folds$weight * folds$loss)),
    std_error = vapply(folds[c("metric", "loss")], stats::sd, 1) / sqrt(nrow(folds)),
    row.names = c("metric", "loss")
  )
}

error_in_words <- function(fit, digits) {
  error <- overall_error(fit)
  columns <- list(
    "out of fold" = c(metric_name(fit), "loss"),
    estimate = significant(error$estimate, digits)
  )
  if (!anyNA(error$std_error)) {
    columns[["std. error"]] <- significant(error$std_error, max(digits - 2L, 1L))
  }
  format_columns(columns, left = "out of fold")
}

# Returns the candidates with their most important options, the best first.
candidate_table <- function(fit) {
  settings <- fit$settings
  texts <- function(f) vapply(settings, f, "", USE.NAMES = FALSE)
  table <- cbind(fit$candidates, data.frame(
    hidden_units = texts(function(options) {
      if (length(options$hidden_units)) paste(options$hidden_units, collapse = "-") else "0"
    }),
    activation = texts(function(options) paste(unique(options$activation), collapse = "-")),
    encoding = if (uses_encodings(fit)) texts(encoding_name) else "none",
    penalty = vapply(settings, function(options) as.double(options$penalty), 1, USE.NAMES = FALSE),
    optimizer = texts(function(options) options$optimizer$name)
  ))
  table <- table[order(table$loss, -table$weight), ]
  row.names(table) <- NULL
  table
}

# Sparse matrices, bytes, and images enter networks as they are.
uses_encodings <- function(fit) !all(vapply(fit$encodings, is.null, TRUE))

# Returns the candidates that have a weight as lines, and the number of others.
candidates_in_words <- function(candidates, most = 10L) {
  used <- candidates[candidates$weight > 0, ]
  shown <- utils::head(used, most)
  columns <- list(
    candidate = cut_middle(encodeString(shown$candidate), 25L),
    weight = formatC(shown$weight, digits = 2L, format = "f"),
    units = cut_middle(shown$hidden_units, 11L), activation = cut_middle(shown$activation, 10L),
    encoding = shown$encoding, penalty = vapply(shown$penalty, number_text, "")
  )
  others <- nrow(candidates) - nrow(used)
  c(
    format_columns(columns, left = c("candidate", "units", "activation", "encoding")),
    if (nrow(used) > most) sprintf("  and %d more", nrow(used) - most),
    if (others) {
      verb <- if (others == 1L) "candidate has" else "candidates have"
      sprintf("%d other %s no weight", others, verb)
    }
  )
}

# Returns the losses of all candidates as lines.
all_candidates_in_words <- function(candidates, digits) {
  columns <- list(
    candidate = cut_middle(encodeString(candidates$candidate), 40L),
    weight = ifelse(candidates$weight > 0, formatC(candidates$weight, digits = 2L, format = "f"),
      ""),
    loss = ifelse(is.finite(candidates$loss), significant(candidates$loss, digits), "none"),
    "std. error" = significant(candidates$loss_se, max(digits - 2L, 1L)),
    epochs = ifelse(is.finite(candidates$epochs), whole_text(candidates$epochs), "")
  )
  if (all(is.na(candidates$loss_se))) columns[["std. error"]] <- NULL
  format_columns(columns, left = "candidate")
}

# ---- Values out of fold ----------------------------------------------------------------

# Returns list(fitted, truth) of the rows that were held out, in the shape of fitted(): vectors, or
# matrices with a column for each class, label or outcome. The truth of classes is 0 or 1.
out_of_fold_values <- function(fit) {
  check_average(fit, "fit")
  frame <- fit$out_of_fold
  fitted <- as.matrix(frame[predicted_columns(frame)])
  dimnames(fitted) <- list(NULL, output_names(fit$outcome))
  truth <- if (fit$outcome$kind == "classes") {
    one_hot(frame$truth, ncol(fitted))
  } else {
    as.matrix(frame$truth) + 0
  }
  if (fit$outcome$kind == "numbers" && is.null(fit$outcome$names)) {
    return(list(fitted = as.vector(fitted), truth = as.vector(truth)))
  }
  dimnames(truth) <- dimnames(fitted)
  list(fitted = fitted, truth = truth)
}

predicted_columns <- function(frame) setdiff(names(frame), c("row", "fold", "truth"))

#' @rdname feedforward_methods
#' @export
coef.feedforward_cv <- function(object, standardized = FALSE, ...) {
  check_average(object, "object")
  check_empty_dots(..., known = "standardized")
  standardized <- check_flag(standardized, "standardized")
  coefficients <- lapply(object$members, function(member) {
    coef.feedforward(member_network(object, member), standardized = standardized)
  })
  names(coefficients) <- vapply(object$members, function(member) {
    sprintf("%s, fold %d", member$candidate, as.integer(member$fold))
  }, "")
  coefficients
}

# ---- Checks ----------------------------------------------------------------------------

# Returns an average whose networks and results fit together.
check_average <- function(object, arg) {
  check_model(object, arg, average = TRUE)
  problem <- model_problem(object, checks_of_results())
  if (!is.null(problem)) {
    stop_feedforward("{.arg {arg}} is not a valid model: it has {problem}.",
      i = "Use a model as {.fn feedforward_cv} returned it."
    )
  }
  object
}

checks_of_results <- function() list(candidates_problem, out_of_fold_problem)

candidates_problem <- function(object) {
  candidates <- object$candidates
  columns <- c("loss", "loss_se", "weight", "epochs")
  if (!is_frame_of(candidates, columns) || !is.character(candidates$candidate)) {
    return(paste("`candidates` that are not a data frame with exactly the columns",
      joined(c("candidate", columns), "and")))
  }
  used <- candidates$weight > 0
  if (!are_shares(candidates$weight) || !any(is.finite(candidates$loss[used]))) {
    return("`candidates` without a weight and loss")
  }
  if (!is.list(object$settings) || !identical(names(object$settings), candidates$candidate)) {
    return("`settings` that do not fit its `candidates`")
  }
  if (!all(vapply(object$settings, are_settings, TRUE))) {
    return("invalid `settings`")
  }
  known <- vapply(object$members, function(member) {
    rlang::is_string(member$candidate) && member$candidate %in% candidates$candidate[used] &&
      is_whole(member$fold) && abs(member$fold) <= .Machine$integer.max
  }, TRUE)
  if (!all(known)) "a `members` element without a known candidate and a fold"
}

# Whether the options of a candidate can be printed.
are_settings <- function(options) {
  is.list(options) && is_numbers(options$hidden_units) && is_single(options$penalty) &&
    is.character(options$activation) && is.list(options$optimizer) &&
    (is.null(options$encoding) || rlang::is_string(options$encoding)) &&
    is.null(options_problem(list(options = options)))
}

out_of_fold_problem <- function(object) {
  columns <- c("fold", "n", "weight", "loss", "metric")
  inflation <- object$inflation
  if (!is_single(inflation) || inflation < 1) {
    return("no `inflation` of at least 1")
  }
  if (!is_frame_of(object$fold_errors, columns) || !are_shares(object$fold_errors$weight)) {
    return(paste("`fold_errors` that are not a data frame with exactly the columns",
      joined(columns, "and")))
  }
  if (!is.numeric(object$n) || !"training" %in% names(object$n)) {
    return("an `n` without the number of rows for training")
  }
  if (!is_out_of_fold(object$out_of_fold, object)) "an `out_of_fold` that does not fit the model"
}

are_shares <- function(x) !anyNA(x) && all(x >= 0 & x <= 1)

# Whether `frame` has the outcome and predictions of rows of each fold, and networks for each fold.
is_out_of_fold <- function(frame, object) {
  predicted <- if (is.data.frame(frame)) predicted_columns(frame)
  outputs <- object$architecture$sizes[2L]
  if (!is_frame_of(frame, c("row", "fold", predicted)) || length(predicted) != outputs) {
    return(FALSE)
  }
  truth <- frame$truth
  kind <- object$outcome$kind
  fits <- switch(kind,
    classes = is.factor(truth) && identical(levels(truth), object$outcome$levels),
    is_numbers(truth) && NCOL(truth) == outputs && (kind == "numbers" || all(truth %in% 0:1))
  )
  folds <- vapply(object$members, function(member) as.double(member$fold), 1)
  fits && NROW(truth) == nrow(frame) && !anyNA(truth) &&
    all(frame$fold %in% object$fold_errors$fold) && all(frame$fold %in% folds)
}

# Whether x is a data frame with rows whose given columns are vectors of numbers.
is_frame_of <- function(x, columns) {
  is.data.frame(x) && nrow(x) > 0L && all(columns %in% names(x)) &&
    all(vapply(columns, function(name) {
      is_numbers(x[[name]]) && is.null(dim(x[[name]])) && length(x[[name]]) == nrow(x)
    }, TRUE))
}
