# The engines of parsnip::mlp(). They are registered when parsnip is loaded, before or after this
# package.

#' Engines for parsnip's mlp()
#'
#' @description
#' After `library(feedforward)`, `parsnip::mlp()` has two more engines, for
#' classification and regression:
#'
#' - `"feedforward"` trains a network with [feedforward()];
#' - `"feedforward_two_layer"` does the same with `feedforward_two_layer()`, which has a separate
#'   argument for the number of units in each of its two hidden layers. [train_nn()] counts
#'   differently: its two-layer network has one hidden layer. The tuning functions of tidymodels can
#'   vary numbers, but not vectors such as `hidden_units = c(64, 16)`.
#'
#' @param x,y,... The arguments of [feedforward()]: predictors, outcome, and options.
#' @param hidden_units,hidden_units_2 The number of units in the first and the second hidden layer,
#'   whole numbers of at least 1. More units fit finer detail and take more time.
#' @param activation,activation_2 The activations of the two layers, as for [feedforward()]. `NULL`
#'   for the second one uses that of the first.
#'
#' @details
#' # Arguments
#'
#' Arguments of `mlp()` that you leave out have the defaults of [feedforward()], not those of
#' parsnip. `NULL` in this table means that `feedforward()` chooses the value: see its section
#' "Defaults".
#'
#' | `mlp()` | `feedforward()` | default | range when tuned |
#' |---|---|---|---|
#' | `hidden_units` | `hidden_units` | 64 | 2 to 256 |
#' | `penalty` | `penalty` | `NULL` | 1e-6 to 0.1, on a log scale |
#' | `dropout` | `dropout` | 0 | 0 to 0.5 |
#' | `epochs` | `epochs` | `NULL` | 10 to 200 |
#' | `activation` | `activation` | `"relu"` | `"relu"`, `"tanh"`, `"gelu"`, `"silu"` |
#' | `learn_rate` | `learn_rate` | `NULL` | 1e-4 to 0.1, on a log scale |
#'
#' All other arguments of [feedforward()] are engine arguments, for example
#' `set_engine("feedforward", validation = 0.1, stop_iter = 5)`. To tune one of them, tell dials its
#' range: `extract_parameter_set_dials(workflow) |> update(batch_size = dials::batch_size())`. For
#' `hidden_units_2`, this is `update(hidden_units_2 = dials::hidden_units(c(2L, 256L)))`. The
#' progress bar is off, and can be turned on with `progress = TRUE`.
#'
#' # Data
#'
#' Factors need no dummy variables: the engine gets the columns as they are, with one input for each
#' level. Numbers are standardized, except in sparse data. For new levels, use the engine argument
#' `new_levels = "zero"`, or `recipes::step_novel()`. In a workflow, new levels of a factor also
#' require `add_recipe(blueprint = hardhat::default_recipe_blueprint(allow_novel_levels = TRUE))`.
#' Sparse matrices and sparse tibbles stay sparse. Case weights, such as
#' [hardhat::importance_weights()], are used in the loss. `offset()` in a formula is an error: use a
#' rate with case weights instead, as in the section "Offsets" of [feedforward()]. Several
#' numeric outcomes work with `fit_xy()` and a matrix of outcomes.
#'
#' The prediction types are `"numeric"` for regression, `"class"` and `"prob"` for classification,
#' and `"raw"` for both: the output of the last layer, before softmax.
#'
#' # Reproducible tuning
#'
#' [set.seed()] before a fit determines its result. `tune::tune_grid()` and similar functions give
#' identical results in one process, with future, and with mirai. Each worker uses two threads by
#' default. If there are as many workers as cores, `set_engine("feedforward", threads = 1)` is
#' faster, with the same results.
#'
#' @returns A model, as from [feedforward()].
#'
#' @section Errors: An error of class `feedforward_error`, as for [feedforward()].
#'
#' @seealso [feedforward_tidiers] for `tidy()`, `glance()`, and `augment()`;
#'   `vignette("tidymodels", "feedforward")`.
#'
#' @examplesIf requireNamespace("parsnip", quietly = TRUE)
#' library(parsnip)
#' spec <- mlp(hidden_units = 16, epochs = 20) |>
#'   set_engine("feedforward", batch_size = 16) |>
#'   set_mode("classification")
#' set.seed(1)
#' fit <- fit(spec, Species ~ ., data = iris)
#' predict(fit, iris[c(1, 51, 101), ], type = "prob")
#' @name details_mlp_feedforward
#' @aliases details_mlp_feedforward_two_layer
NULL

#' @rdname details_mlp_feedforward
#' @export
feedforward_two_layer <- function(x, y, ..., hidden_units = 64L, hidden_units_2 = 16L,
                                  activation = "relu", activation_2 = NULL) {
  check_given(missing(x), "x")
  hidden_units <- check_count(hidden_units, "hidden_units")
  hidden_units_2 <- check_count(hidden_units_2, "hidden_units_2")
  check_network_size(c(1, hidden_units, 1), "hidden_units")
  check_network_size(c(1, hidden_units, hidden_units_2), "hidden_units_2")
  activation <- check_activation(activation, 1L)
  if (is.null(activation_2)) activation_2 <- activation
  activation_2 <- check_activation(activation_2, 1L, "activation_2")
  feedforward(x, y, ...,
    hidden_units = c(hidden_units, hidden_units_2), activation = c(activation, activation_2)
  )
}

# Registers the engines now or when parsnip is loaded.
register_engines_with_parsnip <- function() {
  if (isNamespaceLoaded("parsnip")) {
    register_engines()
  } else {
    setHook(packageEvent("parsnip", "onLoad"), function(...) register_engines())
  }
}

# The package may be loaded again in a session in which parsnip knows the engines.
register_engines <- function() {
  known <- parsnip::get_from_env("mlp")$engine
  register_engine("feedforward", "feedforward", known)
  register_engine("feedforward_two_layer", "feedforward_two_layer", known)
}

register_engine <- function(engine, fun, known) {
  if (engine %in% known) {
    return()
  }
  for (mode in c("classification", "regression")) {
    parsnip::set_model_engine("mlp", mode, engine)
    parsnip::set_dependency("mlp", engine, "feedforward", mode)
    parsnip::set_fit("mlp", mode, engine, list(
      interface = "data.frame", data = c(x = "x", y = "y", weights = "case_weights"),
      # parsnip passes case weights on if "weights" is among the protected arguments.
      protect = c("x", "y", "weights"), func = c(pkg = "feedforward", fun = fun),
      defaults = engine_defaults[[mode]]
    ))
    parsnip::set_encoding("mlp", mode, engine, list(
      predictor_indicators = "none", compute_intercept = FALSE, remove_intercept = FALSE,
      allow_sparse_x = TRUE
    ))
    types <- engine_types[[mode]]
    for (type in names(types)) {
      parsnip::set_pred("mlp", mode, engine, type, engine_prediction(types[[type]]))
    }
  }
  for (argument in names(engine_arguments)) {
    parsnip::set_model_arg("mlp", engine, argument, argument, engine_arguments[[argument]],
      has_submodel = FALSE
    )
  }
}

# The mode decides the kind of outcome, so that numbers that look like classes need no message.
engine_defaults <- list(
  classification = list(progress = FALSE),
  regression = list(loss = "squared_error", progress = FALSE)
)

# The types of predictions in parsnip, with those of predict.feedforward().
engine_types <- list(
  classification = c(class = "class", prob = "prob", raw = "link"),
  regression = c(numeric = "numeric", raw = "link")
)

# Plain vectors and matrices are fastest. parsnip turns them into tibbles.
engine_prediction <- function(type) {
  list(
    pre = NULL, post = if (type == "prob") as_probabilities,
    func = c(fun = "predict"),
    args = list(
      object = quote(object$fit), new_data = quote(new_data), type = type, format = "matrix"
    )
  )
}

# A fitted model contains this function. It belongs to the namespace, so R loads the package when
# the model is read from a file.
as_probabilities <- function(x, object) as.data.frame(x, optional = TRUE)

# How dials tunes the arguments of mlp(). Its own ranges contain activations that we do not have,
# learning rates that do not learn, and a dropout of 1.
engine_arguments <- list(
  hidden_units = list(pkg = "dials", fun = "hidden_units", range = c(2L, 256L)),
  penalty = list(pkg = "dials", fun = "penalty", range = c(-6, -1)),
  dropout = list(pkg = "dials", fun = "dropout", range = c(0, 0.5)),
  epochs = list(pkg = "dials", fun = "epochs", range = c(10L, 200L)),
  activation = list(
    pkg = "dials", fun = "activation", values = c("relu", "tanh", "gelu", "silu")
  ),
  learn_rate = list(pkg = "dials", fun = "learn_rate", range = c(-4, -1))
)
