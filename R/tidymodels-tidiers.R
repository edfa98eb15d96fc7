# Methods for the generics of broom: models as tibbles.

#' Models as tibbles
#'
#' `tidy()` lists the weights of a network, `glance()` summarizes it in one row, and `augment()`
#' adds predictions to data. They are methods for functions in the generics package, which broom and
#' tidymodels also use.
#'
#' @param x,object A model made by [feedforward()] or [feedforward_cv()].
#' @param standardized `FALSE` (the default) gives weights for predictors and numeric outcomes in
#'   their own units, `TRUE` for standardized ones, as in [coef()][feedforward_methods].
#' @param new_data,newdata Predictors, as for [predict.feedforward()]: a data frame or a matrix with
#'   column names. Use one of the two names.
#' @param y The true outcomes of `new_data`, as for [feedforward()]. `augment()` uses them only for
#'   numeric outcomes. You can leave them out if the
#'   model was made with a formula or recipe and `new_data` contains the outcome.
#' @param threshold The probability at which `augment()` predicts a label, or one of two classes, as
#'   for [predict.feedforward()]. An error for other outcomes.
#' @param infra Not used.
#' @param ... Must be empty.
#'
#' @returns
#' - `tidy()`: a tibble with a row for each weight and the columns `layer` (`"hidden_1"`, ...,
#'   `"output"`), `unit` (the unit or output that the weight leads to), `term` (the input of the
#'   layer that it comes from, or `"(Intercept)"` for the bias), and `estimate`. For a model made by
#'   [feedforward_cv()], the first column is `network`, the name of its candidate and fold.
#' - `glance()`: a tibble with one row and the columns `loss_function`, `parameters` (their number),
#'   `nobs` and `nobs_valid` (the rows for training and validation), `epochs`, `best_epoch` (the
#'   epoch that the weights come from), and `loss`, `metric`, `valid_loss`, and `valid_metric` in
#'   this epoch: see the section "Value" of [feedforward()]. For a model made by
#'   [feedforward_cv()], the columns are `loss_function`, `networks`, `parameters`, `nobs`, and the
#'   out-of-fold errors `valid_loss` and `valid_metric`.
#' - `augment()`: `new_data` as a tibble, with the columns of `predict()` before its own:
#'   `.pred_class` and `.pred_<level>` for classes, `.pred` for a number. If the outcome is known,
#'   numeric outcomes also have `.resid`, the observed minus the predicted value (`.resid_<outcome>`
#'   for several outcomes). Columns of `new_data` with these names are replaced.
#' - `required_pkgs()`: `"feedforward"`, the package that predictions need.
#' - `logLik()`: the log-likelihood of the outcomes of `new_data`, of class `logLik`. It uses the
#'   predicted probabilities of classes and labels, and for counts (the Poisson loss) the Poisson
#'   distribution. For the squared error it uses the normal distribution, and for the absolute error
#'   the Laplace distribution, each with the maximum likelihood estimate of its scale from
#'   `new_data`. Its attribute `df` is the number of free parameters. It includes these scales. For
#'   classification, it leaves out the parameters of one class, because they are redundant. A
#'   penalty, dropout, and early stopping reduce the effective degrees of freedom, so [AIC()] and
#'   [BIC()] penalize the size of such networks too heavily: use validation or [feedforward_cv()] to
#'   compare networks. Other losses are not supported, and raise an error. The result is `Inf` if
#'   all numbers are predicted exactly. For a model made by [feedforward_cv()], it is `-Inf` if the
#'   mean probability of a true class is 0 in double precision.
#'
#' @section Errors: An error of class `feedforward_error` if the model is invalid, if the data do
#'   not fit the model, and for unknown arguments.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 4, epochs = 30)
#' tidy(fit)
#' glance(fit)
#' augment(fit, iris[c(1, 51, 101), ])
#' logLik(fit, iris)
#' @name feedforward_tidiers
NULL

#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' @importFrom generics required_pkgs
#' @export
generics::required_pkgs

#' @rdname feedforward_tidiers
#' @export
tidy.feedforward <- function(x, standardized = FALSE, ...) {
  check_model(x, "x", average = TRUE)
  check_empty_dots(..., known = "standardized")
  standardized <- check_flag(standardized, "standardized")
  if (!is_average(x)) {
    return(tidy_layers(stats::coef(x, standardized = standardized)))
  }
  networks <- lapply(stats::coef(x, standardized = standardized), tidy_layers)
  rows <- vapply(networks, nrow, 1L)
  columns <- c(list(network = rep(names(networks), rows)), stacked_columns(networks))
  tibble::new_tibble(columns, nrow = sum(rows))
}

# Returns the columns of tables with the same columns, one table below the other.
stacked_columns <- function(tables) {
  lapply(stats::setNames(nm = names(tables[[1L]])), function(name) {
    unlist(lapply(tables, `[[`, name), use.names = FALSE)
  })
}

# Returns a row for each weight of layers as coef() gives them. The bias of a unit comes before its
# weights.
tidy_layers <- function(layers) {
  tables <- Map(function(layer, name) {
    estimates <- rbind(layer$bias, t(layer$weights))
    terms <- c("(Intercept)", colnames(layer$weights))
    list(
      layer = rep(name, length(estimates)),
      unit = rep(names(layer$bias), each = length(terms)),
      term = rep(terms, length(layer$bias)), estimate = as.vector(estimates)
    )
  }, layers, names(layers))
  columns <- stacked_columns(tables)
  tibble::new_tibble(columns, nrow = length(columns$estimate))
}

#' @rdname feedforward_tidiers
#' @export
glance.feedforward <- function(x, ...) {
  check_model(x, "x", average = TRUE)
  check_empty_dots(...)
  if (is_average(x)) {
    return(glance_average(x))
  }
  # With 0 epochs, or if the weights come from before this training, the row is NA.
  best <- x$history[match(x$best_epoch, x$history$epoch), , drop = FALSE]
  tibble::new_tibble(
    c(
      list(
        loss_function = x$architecture$loss, parameters = parameter_count(x),
        nobs = x$n[["training"]], nobs_valid = x$n[["validation"]],
        epochs = nrow(x$history), best_epoch = as.integer(x$best_epoch)
      ),
      as.list(best[c("loss", "metric", "valid_loss", "valid_metric")])
    ),
    nrow = 1L
  )
}

glance_average <- function(x) {
  error <- overall_error(x)
  tibble::new_tibble(
    list(
      loss_function = x$architecture$loss, networks = length(x$members),
      parameters = parameter_count(x), nobs = stats::nobs(x),
      valid_loss = error["loss", "estimate"], valid_metric = error["metric", "estimate"]
    ),
    nrow = 1L
  )
}

parameter_count <- function(model) {
  networks <- if (is_average(model)) model$members else list(model)
  sum(vapply(networks, function(network) sum(lengths(network$parameters)), 1L))
}

#' @rdname feedforward_tidiers
#' @export
augment.feedforward <- function(x, new_data, y, ..., threshold = NULL, newdata) {
  check_model(x, "x", average = TRUE)
  check_empty_dots(..., known = c("new_data", "y", "threshold"))
  new_data <- either_name(new_data, newdata, hint = hint_no_data("augment"))
  threshold <- check_prediction_threshold(threshold, x$outcome)
  columns <- columns_of_any(new_data)
  predicted <- predictions_of_all_types(x, new_data, threshold)
  truth <- known_numbers(x, new_data, if (!missing(y)) y)
  if (!is.null(truth)) {
    names(truth) <- sub("^[.]pred", ".resid", names(predicted))
    predicted <- c(predicted, Map(`-`, truth, predicted))
  }
  columns <- columns[!names(columns) %in% names(predicted)]
  tibble::new_tibble(c(predicted, columns), nrow = nrow(new_data))
}

# Returns the columns of a data frame or matrix as a list.
columns_of_any <- function(x) {
  if (is.data.frame(x)) {
    return(as.list(x))
  }
  refuse_table_elsewhere(x, "new_data")
  named <- is.matrix(x) && !is.null(colnames(x))
  check_that(named, x, "new_data", "a data frame, or a matrix with column names")
  stats::setNames(lapply(seq_len(ncol(x)), function(j) unname(x[, j])), colnames(x))
}

# Returns a list of columns: the predictions that tidymodels add to data.
predictions_of_all_types <- function(model, new_data, threshold) {
  outcome <- model$outcome
  type <- if (outcome$kind == "numbers") "numeric" else "prob"
  predicted <- stats::predict(model, new_data, type = type, format = "matrix")
  columns <- as.list(spruce(predicted, type, outcome))
  classes <- switch(outcome$kind,
    classes = decode_classes(classes_at(threshold, predicted), outcome),
    labels = decode_labels(predicted, outcome, threshold)
  )
  c(if (!is.null(classes)) as.list(spruce(classes, "class", outcome)), columns)
}

# Returns the numeric outcomes as a list of columns, or NULL if they are not known or not numbers.
# They are NA in rows without an outcome.
known_numbers <- function(model, new_data, y) {
  if (model$outcome$kind != "numbers") {
    return(NULL)
  }
  columns <- names(model$blueprint$ptypes$outcomes)
  if (is.null(y) && (length(columns) == 0L || !all(columns %in% colnames(new_data)))) {
    return(NULL)
  }
  # Outcomes are read from a data frame.
  if (is.null(y)) new_data <- as.data.frame(new_data)
  rows <- rows_with_outcome(if (is.null(y)) new_data[columns] else y, new_data)
  values <- matrix(NA_real_, nrow(new_data), output_count(model$outcome))
  if (any(rows)) {
    read <- read_with_truth(model, rows_of(new_data, rows), rows_of(y, rows), "y")
    values[rows, ] <- encode_like(
      read$outcomes, model$outcome, model$architecture$loss, sum(rows), "y"
    )
  }
  lapply(seq_len(ncol(values)), function(j) values[, j])
}

rows_with_outcome <- function(y, new_data) {
  known <- is.data.frame(y) || is.numeric(y)
  check_that(known, y, "y", "numbers: a vector, a matrix, or a data frame")
  if (NROW(y) != nrow(new_data)) stop_row_count(y, "y", nrow(new_data), "`new_data`")
  stats::complete.cases(y)
}

#' @rdname feedforward_tidiers
#' @export
required_pkgs.feedforward <- function(x, infra = TRUE, ...) "feedforward"
