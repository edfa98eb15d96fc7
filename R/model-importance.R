# Permutation importance: which columns of the data predictions depend on. For most data, C++
# permutes columns without a copy. Computed terms and recipes are computed again for each permuted
# column of the data.

#' How much each column matters to predictions
#'
#' Permutes the values of one column at a time, so that the column no longer says anything about the
#' outcome, and measures how much worse the predictions get. The more a model relies on a column,
#' the larger the importance of that column.
#'
#' @param fit A model made by [feedforward()] or [feedforward_cv()], with predictors in a data frame
#'   or matrix. Models trained on images are not supported: see the section "Columns".
#' @param new_data Predictors, as for [predict.feedforward()], with at least one row. Use
#'   observations that the model was not trained on. With training data, columns that the model
#'   memorized look important, too.
#' @param truth The true outcomes, one for each row of `new_data`, as for [feedforward()]. You can
#'   leave `truth` out if the model was made with a formula or recipe and `new_data` contains the
#'   outcome.
#' @param metric What to measure, a string or a function:
#'   - `"loss"` (the default; `NULL` means the same): the loss that the model was trained with, as
#'     in its history. For numeric outcomes that training has standardized, it is in standardized
#'     units.
#'   - `"accuracy"`: the share of classes or labels that are predicted correctly.
#'   - `"rmse"`, `"mae"`: for numeric outcomes, the root mean squared error and the mean absolute
#'     error, in the units of the outcome. Several outcomes have no common unit, so they are
#'     standardized (except with the Poisson loss).
#'   - A function of `truth` and `estimate`, in this order, that returns a number. The number must
#'     measure error, so that smaller is better. For a score where larger is better, return its
#'     negative. What it gets depends on the outcome:
#'     - Classes: `truth` is a factor, and `estimate` a matrix of probabilities with a column for
#'       each class, even for two classes. The predicted classes are
#'       `levels(truth)[max.col(estimate)]`. The matrix itself never equals a class.
#'     - Labels: both are matrices with a column for each label. `truth` has 0 and 1, and
#'       `estimate` has probabilities.
#'     - Numbers: both are vectors, or matrices with a column for each of several outcomes.
#'
#'     Predictions for all rows are made again for each permuted column, which takes longer.
#' @param repeats How often each column is permuted, a whole number from 1 to 10,000. More repeats
#'   make the result more precise and take proportionally longer.
#' @param ... Must be empty for `permutation_importance()`. For `plot()`, settings of
#'   [graphics::par()]. Ignored by `print()`.
#' @param case_weights Weights of the rows in the metric, a number of at least 0 for each row, or
#'   `NULL`. A row with weight 0 is left out. Must be `NULL` if `metric` is a function.
#' @param newdata The same as `new_data`.
#'
#' @returns A tibble of class `feedforward_importance` with a row for each column of the data, the
#'   most important one first:
#'   - `column`: the name of the column, or its number if it has no name.
#'   - `importance`: by how much the error rises if the column is permuted, as a mean over the
#'     repeats. For `"accuracy"`, by how much it falls. About 0 or below if the model does not need
#'     the column. Exactly 0 if its values are all the same.
#'   - `std_error`: the standard error of this mean, or `NA` for one repeat.
#'   - `lower`, `upper`: a 95% confidence interval of the mean over all permutations, from the t
#'     distribution with `repeats - 1` degrees of freedom. It shows how much the result could change
#'     with more repeats. It does not include the uncertainty due to the choice of `new_data` or to
#'     training.
#'
#'   Its attributes are `metric` (a string), `baseline` (the metric for the data as they are),
#'   `repeats`, and `n` (the number of rows with a weight above 0).
#'
#'   `print()` shows the first rows. `plot()` returns its argument invisibly.
#'
#' @section Columns:
#' Importance is for columns of your data, not for inputs of the network. A factor is one column,
#' however many levels it has. So is a number that becomes several inputs with
#' `encoding = "piecewise"`. With a formula that computes terms, such as `poly(a, 2) + a:b`, a
#' column is permuted in the data, and all terms that use it are computed again. With a recipe, a
#' column is permuted before the recipe is applied.
#'
#' If two columns carry the same information, the model can still use one of them while the other
#' is permuted.
#' Then neither looks important. Permuted rows can also be combinations that never occur, such as a
#' pregnant man, for which predictions mean little.
#'
#' A single pixel of an image says almost nothing that its neighbors do not say as well. So for
#' images, set parts of them to 0 instead, and compare the predictions.
#'
#' @section Random numbers:
#' Only the permutations are random, and they come from R's generator. Within a repeat, all columns
#' are permuted in the same way, so the importance of a column does not depend on which other
#' columns there are. The same seed gives the same result for any number of
#' [threads][feedforward_threads].
#'
#' @section Speed:
#' For data frames, matrices, and formulas that only name columns, nothing is copied. The first
#' layer is computed once. For each permuted column, only the resulting change is added, and only
#' for rows whose value changes. The result equals that of permuting and predicting, up to rounding.
#' For 100,000 rows, 20 columns, 64 units, and 10 repeats, this takes one to two seconds. With a
#' recipe, a formula that computes terms, or a function as `metric`, each column takes as long as
#' `repeats` predictions.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `fit` is not a valid model or was made with images, if
#' `new_data` or `truth` do not fit the model, if a prediction is not finite, for a metric that does
#' not fit the outcome or does not return a single number, and for other invalid arguments.
#'
#' @references
#' Breiman, L. (2001). Random forests. *Machine Learning* 45, 5-32. \doi{10.1023/A:1010933404324}
#'
#' Fisher, A., Rudin, C. and Dominici, F. (2019). All models are wrong, but many are useful:
#' learning a variable's importance by studying an entire class of prediction models
#' simultaneously. *Journal of Machine Learning Research* 20, 1-81.
#'
#' @seealso [plot_weights()] and [coef.feedforward()] for the weights themselves.
#'
#' @examples
#' set.seed(1)
#' rows <- sample(nrow(iris), 100)
#' fit <- feedforward(Species ~ ., data = iris[rows, ], hidden_units = 8, epochs = 50)
#' importance <- permutation_importance(fit, iris[-rows, ])
#' importance
#' plot(importance)
#'
#' permutation_importance(fit, iris[-rows, ], metric = "accuracy")
#'
#' # A metric of your own: the probability that is missing for the true class
#' missed <- function(truth, estimate) {
#'   1 - mean(estimate[cbind(seq_along(truth), as.integer(truth))])
#' }
#' permutation_importance(fit, iris[-rows, ], metric = missed, repeats = 3)
#' @export
permutation_importance <- function(fit, new_data, truth = NULL, metric = NULL, repeats = 10L, ...,
                                   case_weights = NULL, newdata) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit", average = TRUE)
  check_empty_dots(...,
    known = c("new_data", "truth", "metric", "repeats", "case_weights", "newdata")
  )
  new_data <- either_name(new_data, newdata, hint = "A model does not keep its training data.")
  refuse_importance_of_images(fit)
  metric <- check_metric(metric, fit, case_weights)
  repeats <- check_count(repeats, "repeats", max = 10000L)
  question <- importance_question(fit, new_data, truth, metric, case_weights)
  with_seed_kept({
    # A user's metric might draw random numbers, and must not change the permutations.
    permutations <- draw_permutations(question$n, repeats)
    scores <- permutation_scores(question, permutations)
    new_importance(question, scores$baseline, scores$changes)
  })
}

# Returns what is asked: list(model, x, data, columns, targets, weights, n, metric). `data` is NULL
# if each column of the data is one column of `x`. `columns` are the names of the columns.
importance_question <- function(fit, new_data, truth, metric, case_weights) {
  read <- read_with_truth(fit, new_data, truth, "truth")
  n <- nrow_of(read$x)
  if (n == 0L) stop_feedforward("{.arg new_data} has no rows.", i = "Use at least one row.")
  targets <- encode_like(read$outcomes, fit$outcome, fit$architecture$loss, n, "truth")
  if (is.matrix(targets)) targets <- scale_targets(targets, fit$outcome)
  cases <- given_weights(case_weights, n)
  data <- if (!has_own_columns(fit, read$x)) data_to_permute(fit, new_data)
  list(
    model = fit, x = rows_of(read$x, cases$counted), data = rows_of(data, cases$counted),
    columns = columns_to_permute(fit), targets = rows_of(targets, cases$counted),
    weights = cases$weights, n = if (is.null(cases$counted)) n else sum(cases$counted),
    metric = metric
  )
}

# Whether each column of the data is one column of `x`, which predictors_for() made of them. It is
# not if a formula computes terms, or a recipe does.
has_own_columns <- function(model, x) {
  own <- switch(model$inputs$kind,
    matrix = TRUE, data = TRUE, formula = is_of_columns(model$blueprint), FALSE
  )
  own && number_of_columns(x) == length(columns_to_permute(model))
}

# The columns that a model needs, by name or number.
columns_to_permute <- function(model) {
  if (model$inputs$kind != "matrix") {
    return(names(model$blueprint$ptypes$predictors))
  }
  names <- plain_names(model)
  if (is.null(names)) as.character(seq_len(plain_count(model))) else names
}

# Returns new data as a data frame whose columns can be replaced.
data_to_permute <- function(model, new_data) {
  if (is_number_matrix(new_data)) new_data <- as.data.frame(as.matrix(new_data))
  check_frame(new_data, "new_data")
}

# One permutation for each repeat, in the columns of a matrix.
draw_permutations <- function(n, repeats) {
  drawn <- vapply(seq_len(repeats), function(k) sample.int(n), integer(n))
  matrix(drawn, n, repeats)
}

# ---- Scores --------------------------------------------------------------------------

# A score is a sum over the rows, each times its weight. score_value() turns it into the metric. A
# function of the user gives the metric itself.

# Returns list(baseline, changes): the metric, and a matrix, columns x repeats, of how much it
# changes.
permutation_scores <- function(question, permutations) {
  fast <- is.null(question$data) && !is.function(question$metric)
  if (fast) {
    scores <- scores_in_core(question, permutations)
  } else {
    baseline <- score_value(question, score_of_predictors(question, question$x))
    check_finite_scores(baseline)
    after <- quietly_repeated(score_after(question, permutations))
    scores <- list(baseline = baseline, changes = score_value(question, after) - baseline)
  }
  check_finite_scores(unlist(scores))
  scores
}

scores_in_core <- function(question, permutations) {
  result <- sums_in_core(question, permutations)
  baseline <- score_value(question, result$baseline)
  changes <- if (question$metric == "rmse") {
    # Rounding may leave a sum of squares slightly below 0.
    score_value(question, pmax(result$baseline + result$changes, 0)) - baseline
  } else {
    score_value(question, result$changes)
  }
  list(baseline = baseline, changes = changes)
}

# Returns list(baseline, changes) as sums. In C++, each of up to 32 segments of the rows has its own
# sums, so with many columns only some of the permutations are done at a time.
sums_in_core <- function(question, permutations, most_sums = 2^20) {
  networks <- networks_of(question$model, question$x)
  targets <- list(y = question$targets, weights = question$weights)
  threads <- thread_count_for(as.double(question$n) * length(question$columns))
  at_a_time <- max(1, most_sums %/% length(question$columns))
  part <- (seq_len(ncol(permutations)) - 1) %/% at_a_time
  results <- lapply(split(seq_along(part), part), function(own) {
    with_core(permutation_scores_cpp(networks, targets, permutations[, own, drop = FALSE],
      score_of_metric[[question$metric]], threads))
  })
  changes <- unlist(lapply(results, `[[`, "changes"), use.names = FALSE)
  list(
    baseline = results[[1L]]$baseline,
    changes = matrix(changes, length(question$columns), ncol(permutations))
  )
}

# What total_score_cpp() calls the score of each metric.
score_of_metric <- c(loss = "loss", accuracy = "score", rmse = "score", mae = "mae")

# Returns the metric of sums.
score_value <- function(question, sums) {
  if (is.function(question$metric)) {
    return(sums)
  }
  outcome <- question$model$outcome
  total <- if (is.null(question$weights)) question$n else sum(question$weights)
  unit <- if (length(outcome$scale) == 1L) outcome$scale else 1
  switch(question$metric,
    loss = , accuracy = sums / total, rmse = metric_in_units(sums / total, outcome),
    mae = sums / total * unit
  )
}

# Returns the scores, columns x repeats, after permuting one column at a time.
score_after <- function(question, permutations) {
  after <- vapply(seq_along(question$columns), function(j) {
    apply(permutations, 2L, function(order) {
      score_of_predictors(question, permuted_predictors(question, j, order))
    })
  }, double(ncol(permutations)))
  t(matrix(after, ncol(permutations)))
}

# Returns the predictors with column j in another order of rows.
permuted_predictors <- function(question, j, order) {
  if (is.null(question$data)) {
    return(with_column_permuted(question$x, j, order))
  }
  data <- question$data
  column <- data[[question$columns[j]]]
  several <- length(dim(column)) == 2L
  data[[question$columns[j]]] <- if (several) column[order, , drop = FALSE] else column[order]
  predictors_for(question$model, data)
}

with_column_permuted <- function(x, j, order) {
  if (is_columns(x)) {
    x$columns[[j]] <- x$columns[[j]][order]
  } else {
    if (is_plain_sparse(x)) rlang::check_installed("Matrix", "to permute sparse columns.")
    x[, j] <- x[order, j]
  }
  x
}

score_of_predictors <- function(question, x) {
  model <- question$model
  metric <- question$metric
  if (is.function(metric)) {
    return(check_metric_value(metric(truth_for_metric(question), fitted_values(model, x))))
  }
  values <- response_of(model, x)
  targets <- question$targets
  if (!is.matrix(targets)) targets <- one_hot(targets, ncol(values))
  quantile <- quantile_of(model)
  total_score_cpp(t(targets), t(values), as.double(question$weights), score_of_metric[[metric]],
    model$architecture$loss, if (is.null(quantile)) 0.5 else quantile
  )
}

# Only the quantile loss has a quantile.
quantile_of <- function(model) {
  if (is_average(model)) model <- model$members[[1L]]
  model$architecture$quantile
}

# Returns the outcome as the user's metric gets it.
truth_for_metric <- function(question) {
  outcome <- question$model$outcome
  targets <- question$targets
  if (outcome$kind == "classes") {
    return(factor(outcome$levels[targets], outcome$levels))
  }
  targets <- unscale_targets(targets, outcome)
  if (is.null(outcome$names)) as.vector(targets) else named_columns(targets, outcome)
}

# Evaluates `code`, which reads the same data again and again. The first reading has warned.
quietly_repeated <- function(code) {
  withCallingHandlers(code,
    feedforward_new_levels = rlang::cnd_muffle, feedforward_not_finite = rlang::cnd_muffle
  )
}

# ---- The result ----------------------------------------------------------------------

new_importance <- function(question, baseline, changes) {
  metric <- question$metric
  if (identical(metric, "accuracy")) changes <- -changes
  repeats <- ncol(changes)
  importance <- rowMeans(changes)
  std_error <- apply(changes, 1L, stats::sd) / sqrt(repeats)
  margin <- if (repeats > 1L) stats::qt(0.975, repeats - 1L) * std_error else NA_real_
  order <- order(-importance)
  result <- list(
    column = question$columns, importance = importance, std_error = std_error,
    lower = importance - margin, upper = importance + margin
  )
  result <- tibble::new_tibble(lapply(result, `[`, order),
    nrow = length(order), class = "feedforward_importance"
  )
  attr(result, "metric") <- if (is.function(metric)) "function" else metric
  attr(result, "baseline") <- baseline
  attr(result, "repeats") <- repeats
  attr(result, "n") <- question$n
  result
}

#' @rdname permutation_importance
#' @param x A result of `permutation_importance()`.
#' @param n The number of columns to show, the most important ones: a whole number of at least 1.
#'   For `plot()`, fewer if the page has no room for them.
#' @param digits The number of significant digits, a whole number from 1 to 15.
#' @export
print.feedforward_importance <- function(x, n = 20L, digits = 3L, ...) {
  check_importance(x)
  n <- check_count(n, "n")
  digits <- check_count(digits, "digits", max = 15L)
  shown <- utils::head(as.data.frame(x), n)
  numbers <- lapply(shown[-1L], significant, digits)
  names(numbers) <- c("importance", "std. error", "lower", "upper")
  if (all(is.na(shown$std_error))) numbers <- numbers["importance"]
  writeLines(c(
    importance_in_words(x, digits), "",
    format_columns(c(list(column = cut_middle(visible(shown$column), 40L)), numbers), "column"),
    if (nrow(shown) < nrow(x)) paste("  ... and", counted(nrow(x) - nrow(shown), "more column"))
  ))
  invisible(x)
}

# Attributes are lost if the tibble is changed by other functions.
importance_in_words <- function(x, digits) {
  baseline <- attr(x, "baseline")
  repeats <- attr(x, "repeats")
  n <- attr(x, "n")
  of <- c(
    if (is_one_number(repeats)) counted(repeats, "repeat"),
    if (is_one_number(n)) paste(thousands(n), paste0("row", plural(n)))
  )
  paste0(
    importance_label(x), if (is_one_number(baseline)) paste(" from", significant(baseline, digits)),
    " if a column is permuted", if (length(of)) sprintf(" (%s)", toString(of))
  )
}

# Returns what importance measures, such as "Increase in loss".
importance_label <- function(x) {
  metric <- attr(x, "metric")
  if (!rlang::is_string(metric)) metric <- "function"
  switch(metric,
    accuracy = "Decrease in accuracy", loss = "Increase in loss", rmse = "Increase in RMSE",
    mae = "Increase in mean absolute error", "Increase in metric"
  )
}

# ---- Checks --------------------------------------------------------------------------

# The metrics of each kind of outcome.
metrics_for <- list(
  classes = c("loss", "accuracy"), labels = c("loss", "accuracy"),
  numbers = c("loss", "rmse", "mae")
)

check_metric <- function(metric, model, case_weights) {
  if (is.null(metric)) {
    return("loss")
  }
  if (is.function(metric)) {
    if (!is.null(case_weights)) {
      stop_feedforward("{.arg case_weights} cannot be used if {.arg metric} is a function.",
        i = "Use the weights in the function."
      )
    }
    return(metric)
  }
  kind <- model$outcome$kind
  fitting <- metrics_for[[kind]]
  wanted <- paste0(one_of(fitting), ", or a function, for ", problems[[kind]])
  check_that(is_one_of(metric, fitting), metric, "metric", wanted, hint_for_metric(metric, fitting))
}

metrics_elsewhere <- c(
  mn_log_loss = "loss", log_loss = "loss", logloss = "loss", cross_entropy = "loss",
  mse = "rmse", rsq = "rmse", acc = "accuracy", error = "accuracy"
)

hint_for_metric <- function(metric, fitting) {
  if (!rlang::is_string(metric) || !is_text(metric)) {
    return(NULL)
  }
  near <- c(intersect(metrics_elsewhere[tolower(metric)], fitting), nearest_name(metric, fitting))
  if (length(near)) {
    sprintf("Did you mean \"%s\"?", near[1L])
  } else {
    "For another metric, pass a function of the truth and the predictions."
  }
}

check_metric_value <- function(value) {
  if (!(is.numeric(value) && length(value) == 1L && is.finite(value))) {
    got <- describe(value)
    stop_feedforward("{.arg metric} must return one finite number, not {got}.")
  }
  as.double(value)
}

refuse_importance_of_images <- function(model) {
  if (model$inputs$kind == "array") {
    stop_feedforward("Single pixels of images have no useful importance.",
      i = "Set parts of the images to 0, and compare the predictions."
    )
  }
}

# Predictions of huge numbers may not be finite. predict() warns of such rows.
check_finite_scores <- function(scores) {
  if (!all(is.finite(scores))) {
    stop_feedforward("The model has predictions that are not finite.",
      i = "Leave out rows whose numbers are too large."
    )
  }
}

# Refuses anything but the result of permutation_importance(), or some rows of it.
check_importance <- function(x, arg = "x") {
  columns <- c("column", "importance", "std_error", "lower", "upper")
  # A tibble would warn of missing columns.
  parts <- if (is.data.frame(x)) unclass(x)
  known <- identical(names(parts), columns) && length(parts) == 5L && is.character(parts[[1L]]) &&
    all(vapply(parts[-1L], is.numeric, TRUE)) && all(lengths(parts) == length(parts[[1L]])) &&
    length(parts[[1L]]) > 0L
  check_that(known, x, arg, "a result of `permutation_importance()`")
}
