# Predictions: new data -> the network -> the type of the outcome, as a tibble or plain.

#' Predictions of a network
#'
#' @param object A model made by [feedforward()], [as_feedforward()], ...
#' @param new_data Predictors of the same kind as those the model was made of: a data frame with all
#'   their columns (others are ignored) and types; a matrix, whose columns go by name where it and
#'   the model have names, else by position; an array of images, a matrix with an image in each row,
#'   or one image as a height x width matrix. A model made of a matrix also takes a data frame of
#'   numbers, one made of a data frame also a numeric or sparse matrix with column names (it stays
#'   sparse if the model's columns are all numeric). Images are on the scale of training, such as
#'   0..255, and are divided as in training: see "Images" at [feedforward()]. NA are errors, and so
#'   are factor levels that training has not seen.
#' @param type What to predict; `NULL` for the first that fits the outcome:
#'   - `"class"`: for classes, the most probable one (the first of them where several are); for
#'     labels, whether each is more likely than not;
#'   - `"prob"`: the probabilities of all classes or labels;
#'   - `"numeric"`: for numbers, on the scale of `y`;
#'   - `"link"`: what the last layer gives before softmax, the sigmoid or (for the Poisson loss)
#'     the exponential; for other numbers the same as `"numeric"`;
#'   - `"hidden"`: the activations of the last hidden layer.
#' @param format `"tibble"`, or `"matrix"` for plain vectors and matrices, which take less time; by
#'   default (`"auto"`) the one for data frames, the other for matrices and arrays.
#' @param ... Must be empty.
#' @param newdata The same as `new_data`, for code that calls it as [stats::predict()] does.
#'
#' @returns One row or element per row of `new_data`, in its order.
#'
#'   | `type` | tibble columns | plain |
#'   |---|---|---|
#'   | `"class"` | `.pred_class` | a vector |
#'   | `"class"`, labels | `.pred_class_<label>` | a matrix, n x labels |
#'   | `"prob"` | `.pred_<level>` or `.pred_<label>` | a double matrix, n x classes or labels |
#'   | `"numeric"` | `.pred`, or `.pred_<outcome>` | a double vector, or a matrix, n x outcomes |
#'   | `"link"` | `.link`, or `.link_<name>` | a double vector, or a matrix, n x outputs |
#'   | `"hidden"` | `.hidden_1`, `.hidden_2`, ... | a double matrix, n x units |
#'
#'   Classes are of the type of `y`: a factor with all its levels, text or logical. Labels are
#'   logical or 0/1, as in `y`. A result that is a matrix has the row names of a matrix `new_data`.
#'
#' @section Errors:
#' An error of class `feedforward_error` that says what does not fit: a missing column by its name,
#' a new level, a column of another type, a missing value by its row and column, a `type` that the
#' outcome does not have; a model that was changed into none. Rows whose numbers are too large to
#' compute with get `NA` (classes) or what the computer makes of them (`NaN`, `Inf`), with a warning
#' of class `feedforward_not_finite` that names them.
#'
#' @section Other processes:
#' A model is a plain list that can be sent to other R processes as it is. R finds this method there
#' once the package is loaded: call `library(feedforward)` on each worker, for instance by
#' `parallel::clusterEvalQ(cluster, library(feedforward))`.
#'
#' @inherit feedforward references
#' @seealso [feedforward()].
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 20)
#' new_flowers <- iris[c(1, 51, 101), ]
#' predict(fit, new_flowers)
#' predict(fit, new_flowers, type = "prob")
#' predict(fit, new_flowers, type = "hidden", format = "matrix")
#' @export
predict.feedforward <- function(object, new_data, type = NULL,
                                format = c("auto", "tibble", "matrix"), ..., newdata) {
  check_no_intervals(...names())
  check_empty_dots(..., known = c("new_data", "type", "format"))
  # Only what predictions need: some code predicts single rows.
  check_model(object, checks = checks_to_predict())
  new_data <- either_name(new_data, newdata, hint = "A model keeps no data.")
  type <- check_prediction_type(type, object)
  format <- check_choice(format, "format", c("auto", "tibble", "matrix"))
  if (format == "auto") format <- if (is.data.frame(new_data)) "tibble" else "matrix"
  x <- predictors_for(object, new_data)
  predicted <- predict_plain(object, x, type)
  if (format == "tibble") spruce(predicted, type, object$outcome) else predicted
}

# Predictions for x as predictors_for() gives it: vectors and matrices.
predict_plain <- function(model, x, type) {
  what <- if (type %in% c("link", "hidden")) type else "response"
  values <- network_output(model, x, what)
  outcome <- model$outcome
  if (outcome$kind == "numbers" && type != "hidden") values <- unscale_targets(values, outcome)
  if (first_non_finite(values) > 0) warn_not_finite(values, model)
  if (type == "hidden") {
    return(name_rows(values, x, NULL))
  }
  if (type == "class" && outcome$kind == "classes") {
    return(decode_classes(values, outcome))
  }
  if (type == "class") values <- decode_labels(values, outcome)
  if (outcome$kind == "numbers" && is.null(outcome$names)) {
    return(as.vector(values))
  }
  name_rows(values, x, output_names(outcome))
}

# What the network gives for x: a double matrix, a row per row of x.
network_output <- function(model, x, what, threads = thread_count_for(nrow_of(x))) {
  check_columns_read(x, model, "new_data")
  rows <- nrow_of(x)
  with_core(
    {
      read <- scale_drowned(x, model$inputs)
      parameters <- fold_scaling(lapply(model$parameters, as_double), read$inputs)
      network <- list(architecture = model$architecture, parameters = parameters)
      predict_layers_cpp(read$x, network, rows, threads, what)
    },
    refuse_value = function() refuse_non_finite(x, "new_data", model$inputs)
  )
}

name_rows <- function(values, x, columns) {
  rows <- names_of_rows(x)
  if (!is.null(rows) || !is.null(columns)) dimnames(values) <- list(rows, columns)
  values
}

# Plain predictions as a tibble in the forms of the tidymodels.
spruce <- function(predicted, type, outcome) {
  if (!is.matrix(predicted)) {
    column <- switch(type, class = ".pred_class", link = ".link", ".pred")
    return(tibble::new_tibble(stats::setNames(list(predicted), column), nrow = length(predicted)))
  }
  prefix <- switch(type,
    class = ".pred_class_", link = ".link_", hidden = ".hidden_", ".pred_"
  )
  names <- if (type == "hidden") seq_len(ncol(predicted)) else output_names(outcome)
  columns <- lapply(seq_len(ncol(predicted)), function(k) as.vector(predicted[, k]))
  tibble::new_tibble(stats::setNames(columns, paste0(prefix, names)), nrow = nrow(predicted))
}

# ---- What is refused ---------------------------------------------------------------

# The types that predict() has for each kind of outcome; the first is the default.
prediction_types <- list(
  classes = c("class", "prob", "link", "hidden"),
  labels = c("class", "prob", "link", "hidden"),
  numbers = c("numeric", "link", "hidden")
)

check_prediction_type <- function(type, model) {
  fitting <- prediction_types[[model$outcome$kind]]
  if (is.null(type)) {
    return(fitting[1L])
  }
  check_no_intervals(if (rlang::is_string(type)) type)
  if (!is.character(type) || length(type) != 1L || !type %in% fitting) {
    stop_input("type", sprintf("one for %s: %s", model$outcome$kind, listed(fitting)),
      describe(type),
      hint = hint_for_type(type, fitting)
    )
  }
  if (type == "hidden" && length(model$architecture$sizes) == 2L) {
    stop_input("type", "another one for a network without hidden layers", "\"hidden\"")
  }
  type
}

# Arguments and types with which predict() gives intervals of other models.
interval_names <- c("interval", "se.fit", "level", "std_error", "conf_int", "pred_int", "quantile")

check_no_intervals <- function(given) {
  if (any(given %in% interval_names)) {
    stop_feedforward("A network has no intervals or standard errors for its predictions.",
      i = "To predict a quantile, train a model with `loss = \"quantile\"`."
    )
  }
}

# Names of the types in other packages.
types_elsewhere <- list(
  response = c("prob", "numeric"), probability = "prob", probabilities = "prob", posterior = "prob",
  raw = c("prob", "numeric"), label = "class", regression = "numeric", logit = "link",
  logits = "link"
)

hint_for_type <- function(type, fitting) {
  if (!rlang::is_string(type) || !is_text(type)) {
    return(NULL)
  }
  near <- c(intersect(types_elsewhere[[tolower(type)]], fitting), nearest_name(type, fitting))
  if (length(near)) sprintf("Did you mean \"%s\"?", near[1L])
}

# Numbers that are too large for a network give no prediction.
warn_not_finite <- function(values, model) {
  check_model(model, finite = TRUE)
  rows <- which(rowSums(!is.finite(values)) > 0)
  shown <- cli::cli_vec(rows, list("vec-trunc" = 5L))
  cli::cli_warn(
    c("{length(rows)} prediction{?s} {?is/are} not finite: row{?s} {shown}.",
      i = "The numbers there are too large for this network to compute with."
    ),
    class = "feedforward_not_finite", call = NULL
  )
}
