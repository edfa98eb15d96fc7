# One small valid call for each exported function and each method that takes arguments. Of each:
# - `f` and `args`;
# - `takes`: by argument, the names of the hostile values that are welcome; all others are refused;
# - `fits`: whether a result has the documented form for these arguments;
# - `made_of`: the argument by whose class the method is found. It is only replaced by impostors of
#   that class, which may be taken or refused.

hostile_call_of <- function(f, args, fits, takes = list(), made_of = NULL) {
  list(f = f, args = args, fits = fits, takes = takes, made_of = made_of)
}

# The numbers among the hostile values, by kind.
above_0 <- c("half", "huge", "most")
from_0 <- c("zero", above_0)
shares <- c("zero", "half")
# To par() and its kin these are numbers.
as_cex <- c(above_0, "yes", "date", "span", "s4_number")
titles <- c("null", "text")
most_classes <- c("null", "inf", "most")
labels <- c(titles, "empty_text", "symbol", "expression", "formula", "call")
# plot.default() accepts nearly everything that is or becomes a number, also an empty vector.
as_plot_cex <- c(
  as_cex, "null", "na", "na_integer", "nan", "inf", "minus_one", "zero", "no_text", "no_number",
  "list", "stream", "pair", "with_gap", "long", "matrix", "no_rows", "list_matrix", "array",
  "four_ways", "no_columns"
)
# Of 4 columns, as the networks below want them.
matrices <- c("no_rows", "zeros_kept", "sparse_no_rows")

hostile_parts <- function() {
  withr::local_seed(5)
  x <- matrix(stats::rnorm(48), 12, dimnames = list(NULL, letters[1:4]))
  y <- factor(rep(c("u", "v", "w"), 4))
  data <- data.frame(x, y = y)
  few <- list(hidden_units = 2, epochs = 2)
  trained <- function(...) do.call(feedforward, c(list(...), few))
  nn <- init_nn(4, 2, 3)
  images <- array(rep(0:3, 12), c(3, 4, 4))
  folder <- tempfile("hostile")
  fit <- trained(x, y, checkpoint = folder)
  Y <- to_categorical(y)
  list(
    x = x, y = y, data = data, few = few, nn = nn, Y = Y, images = images, folder = folder,
    source = data_source(reader_with(data), 12, data, chunk_rows = 4, buffer_rows = 8),
    table_fit = trained(data[1:4], y), fit = fit, formula_fit = trained(y ~ ., data = data), number_fit = trained(x, x[, 1] + 1),
    two_fit = trained(x, rep(c("a", "b"), 6)),
    image_fit = trained(images, factor(c("u", "v", "u"))), digits = synthetic_digits(1, 1),
    trained = train_nn(x, Y, nn, epochs = 2, verbose = FALSE),
    sparse = if (requireNamespace("Matrix", quietly = TRUE)) Matrix::Matrix(x, sparse = TRUE),
    recipe = if (recipes_work()) recipes::recipe(y ~ ., data),
    counts = confusion_table(y, rev(y)), confusion = confusion_matrix(fit, x, y),
    importance = permutation_importance(fit, x, y, repeats = 2),
    average = feedforward_cv(x, y, candidates = list(few), folds = 2),
    number_average = feedforward_cv(x, x[, 1] + 1, candidates = list(few), folds = 2)
  )
}

# A reader that is identical to its deep copy: the rows are in its code, not in its environment.
reader_with <- function(data) {
  rlang::new_function(alist(first = , last = ), bquote(.(data)[first:last, ]), globalenv())
}

hostile_calls <- function(p = hostile_parts()) {
  c(
    script_calls(p), setting_calls(), data_calls(p), fit_calls(p), cv_calls(p), more_calls(p),
    model_calls(p), method_calls(p), tidy_calls(p), ggplot_calls(p)
  )
}

# ---- The functions of the script ---------------------------------------------------

script_calls <- function(p) {
  layers <- p$nn
  one <- hostile_call_of
  list(
    sigmoid = one(sigmoid, list(z = c(-1, 2)), function(value, a) {
      is.double(value) && identical(dim(value), dim(a$z)) && length(value) == length(a$z)
    }, list(z = c(
      "na", "na_integer", "nan", "inf", "minus_one", from_0, "yes", "no_number", "pair", "with_gap",
      "long", "matrix", "no_rows", "array", "four_ways"
    ))),
    softmax = one(softmax, list(Z = p$x), function(value, a) identical(dim(value), dim(a$Z)),
      list(Z = c("matrix", "no_rows"))),
    cross_entropy = one(cross_entropy, list(y_true = p$Y, y_pred = p$Y), is_a_number),
    forward = one(forward, c(list(X = p$x), layers), function(value, a) {
      identical(names(value), c("Z1", "A1", "Z2", "A2"))
    }, list(X = matrices, b1 = "pair")),
    backward = one(backward, c(list(X = p$x, Y = p$Y), layers), function(value, a) {
      identical(dim(value$dW1), c(2L, 4L)) && is_a_number(value$loss)
    }, list(b1 = "pair")),
    predict_nn = one(predict_nn, c(list(X = p$x), layers), function(value, a) {
      ncol(value$probabilities) == 3L
    }, list(X = matrices, b1 = "pair")),
    init_nn = one(init_nn, list(input_dim = 4, hidden_dim = 2, output_dim = 3, sd = 1), is_network,
      list(sd = from_0)),
    train_nn = one(train_nn, c(list(X = p$x, Y = p$Y), layers, list(
      learning_rate = 0.1, epochs = 2, batch_size = 5, verbose = FALSE, threads = 1,
      precision = "double", progress = FALSE, on_epoch = NULL
    )), function(value, a) is_network(value, a) && length(value$loss_history) == a$epochs,
    list(
      b1 = "pair", learning_rate = above_0, epochs = "zero", batch_size = "most", verbose = "yes",
      threads = "null", progress = "yes", on_epoch = c("null", "function_")
    )),
    as_feedforward = one(as_feedforward, list(x = p$trained, levels = c("u", "v", "w")), is_model,
      list(levels = "null"))
  )
}

is_a_number <- function(value, ...) is.double(value) && length(value) == 1L && is.finite(value)

is_network <- function(value, ...) {
  identical(dim(value$W1), c(2L, 4L)) && identical(dim(value$b1), c(2L, 1L)) &&
    identical(dim(value$W2), c(3L, 2L)) && all(is.finite(unlist(value)))
}

is_model <- function(value, ...) {
  inherits(value, "feedforward") && is.null(feedforward:::model_problem(value)) &&
    all(is.finite(unlist(value$parameters)))
}

# ---- Optimizers, schedules, first weights -------------------------------------------

setting_calls <- function() {
  settings <- list(
    optimizer_sgd = list(learn_rate = 0.1, momentum = 0.9, nesterov = TRUE),
    optimizer_rmsprop = list(learn_rate = 0.1, decay = 0.9, epsilon = 1e-8),
    optimizer_adam = list(learn_rate = 0.1, beta1 = 0.9, beta2 = 0.9, epsilon = 1e-8),
    optimizer_adamw = list(learn_rate = 0.1, beta1 = 0.9, beta2 = 0.9, epsilon = 1e-8,
      weight_decay = 0.1),
    optimizer_lbfgs = list(memory = 5, tolerance = 1e-8),
    schedule_none = list(warm_up = 1), schedule_step = list(factor = 0.5, every = 2, warm_up = 1),
    schedule_exponential = list(decay = 0.1, warm_up = 1),
    schedule_inverse_time = list(decay = 0.1, warm_up = 1),
    schedule_cosine = list(final = 0.1, warm_up = 1),
    init_glorot = list(), init_he = list(), init_lecun = list(), init_normal = list(sd = 0.1)
  )
  welcome <- list(
    learn_rate = above_0, epsilon = above_0, weight_decay = from_0, tolerance = from_0,
    warm_up = from_0, beta1 = shares, beta2 = shares, final = shares, factor = "half",
    every = "most", sd = from_0
  )
  calls <- lapply(names(settings), function(name) {
    welcome$decay <- if (name == "optimizer_rmsprop") shares else from_0
    welcome$momentum <- "half"
    welcome$nesterov <- "yes"
    hostile_call_of(get(name), settings[[name]], function(value, a) {
      all(mapply(function(kept, given) kept == given, unclass(value)[names(a)], a))
    }, welcome[names(settings[[name]])])
  })
  rlang::set_names(calls, names(settings))
}

# ---- Data -----------------------------------------------------------------------------

data_calls <- function(p) {
  one <- hostile_call_of
  list(
    array_reshape = one(array_reshape, list(x = 1:6, dim = 2:3, order = "C"), function(value, a) {
      length(value) == length(a$x) && typeof(value) == typeof(a$x)
    }, list(dim = "minus_one")),
    to_categorical = one(to_categorical, list(y = 0:2, num_classes = 3), function(value, a) {
      is.matrix(value) && nrow(value) == length(a$y) && all(rowSums(value) == 1)
    }, list(y = c("zero", "yes", "no_number", "factor"), num_classes = "null")),
    synthetic_digits = one(synthetic_digits, list(n_train = 1, n_test = 1), function(value, a) {
      nrow(value$test$x) == a$n_test
    }, list(n_test = "zero")),
    dataset_mnist = one(dataset_mnist, list(path = "./none.npz", download = FALSE), never),
    read_idx = one(read_idx, list(file = "none"), never),
    read_npy = one(read_npy, list(file = "none"), never),
    read_npz = one(read_npz, list(file = "none"), never),
    confusion_table = one(confusion_table, list(predicted = 1:3, actual = 3:1), function(value, a) {
      sum(value) == length(a$actual)
    }),
    augment_images = one(augment_images, list(
      x = p$images, copies = 2, rotation = 5, shift = 1, scale = 0.1, thickness = 0.2
    ), function(value, a) dim(value)[1L] == dim(a$x)[1L] * a$copies, list(
      x = c("no_rows", "array"), rotation = shares, shift = from_0, scale = shares,
      thickness = shares
    )),
    data_source.function = one(data_source, list(
      x = function(first, last) p$data[first:last, ], n = 12, columns = p$data, in_order = FALSE,
      chunk_rows = 4, buffer_rows = 8, levels = list(y = c("u", "v", "w"))
    ), function(value, a) inherits(value, "feedforward_source"), list(
      n = "most", in_order = "yes", buffer_rows = "most", levels = "null"
    ), made_of = "x"),
    data_source.character = one(data_source, list(x = "none.npy"), never),
    print.feedforward_predictions = one(print, list(
      x = structure(base::seq, class = "feedforward_predictions")
    ), function(value, a) identical(value, a$x), made_of = "x"),
    dim.feedforward_source = one(dim, list(
      x = data_source(base::seq, 12, p$data)
    ), function(value, a) identical(value, c(12, length(p$data))), made_of = "x"),
    dimnames.feedforward_source = one(dimnames, list(
      x = data_source(base::seq, 12, p$data)
    ), function(value, a) identical(value, list(NULL, names(p$data))), made_of = "x"),
    head.feedforward_source = one(utils::head, list(
      x = p$source, n = 3
    ), function(value, a) is.data.frame(value) && nrow(value) == min(a$n, 12), list(
      n = c("zero", "most")
    ), made_of = "x"),
    tail.feedforward_source = one(utils::tail, list(
      x = p$source, n = 3
    ), function(value, a) is.data.frame(value) && nrow(value) == min(a$n, 12), list(
      n = c("zero", "most")
    ), made_of = "x"),
    print.feedforward_source = one(print, list(
      x = data_source(base::seq, 12, p$data)
    ), function(value, a) identical(value, a$x), made_of = "x"),
    write_predictions = one(write_predictions, list(
      fit = p$table_fit, source = p$source, to = "./none/none", keep = "a", type = "class",
      threshold = NULL
    ), function(value, a) value == 12, list(
      to = c("text", "markup"), keep = c("null", "two_texts"), type = "null", threshold = "null"
    )),
    live_plot = one(live_plot, list(file = NULL, every = 1), function(value, a) {
      is.function(value)
    }, list(file = c("null", "text", "markup"), every = "most")),
    plot_digits = one(plot_digits, list(
      x = p$images, actual = 1:3, predicted = 1:3, n = 2, main = "title", cex = 1
    ), function(value, a) is.integer(value), list(
      actual = "null", predicted = "null", n = "most", main = titles, cex = as_cex
    ))
  )
}

never <- function(...) FALSE

# ---- Fits -------------------------------------------------------------------------------

fit_calls <- function(p) {
  few <- list(hidden_units = c("null", "zero", "no_number", "pair"), epochs = c("null", "zero"))
  one <- function(args) hostile_call_of(feedforward, c(args, p$few), is_model, few)
  c(list(
    feedforward.matrix = call_with_all_options(p),
    "feedforward.matrix numbers" = one(list(x = p$x, y = p$x[, 1] + p$x[, 2])),
    feedforward.array = one(list(x = p$images, y = c("u", "v", "u"))),
    feedforward.data.frame = one(list(x = p$data[1:4], y = p$y)),
    feedforward.formula = one(list(formula = global_formula("y ~ ."), data = p$data)),
    feedforward.feedforward_source = hostile_call_of(feedforward,
      c(list(x = p$source, outcome = "y"), p$few), is_model, c(few, list(outcome = "two_texts")),
      made_of = "x")
  ), if (!is.null(p$sparse)) list(
    feedforward.Matrix = one(list(x = p$sparse, y = p$y))
  ), if (!is.null(p$recipe)) list(
    feedforward.recipe = hostile_call_of(feedforward, c(list(x = p$recipe, data = p$data), p$few),
      is_model, few, made_of = "x")
  ))
}

call_with_all_options <- function(p) {
  values <- c(list(x = p$x, y = p$y), options_of_training, p$few)
  hostile_call_of(feedforward, values, is_model, values_of_training)
}

options_of_training <- list(
  activation = "relu", loss = "cross_entropy", optimizer = "adam", learn_rate = 0.01,
  batch_size = 4, rate_schedule = "none", penalty = 0.1, mixture = 0.5, dropout = 0.1,
  clip_norm = 1, validation = 0.3, stop_iter = 3, class_weights = c(u = 2),
  case_weights = rep(1, 12), standardize = TRUE, encoding = NULL,
  missing = "error", new_levels = "error", init = "he",
  threads = 1, precision = "double",
  checkpoint = NULL, checkpoint_every = 1, verbose = FALSE, progress = FALSE, on_epoch = NULL,
  cluster = NULL
)

values_of_training <- list(
  loss = "null", learn_rate = c("null", "half", "most"), batch_size = c("null", "most"),
  optimizer = "null", rate_schedule = "null", penalty = c("null", from_0),
  mixture = shares, dropout = shares,
  clip_norm = c("inf", above_0), validation = "half", stop_iter = c("inf", "huge", "most"),
  class_weights = "null", case_weights = "null", standardize = c("null", "yes"), init = "null",
  threads = "null", checkpoint = c("null", "text", "markup"), checkpoint_every = "most",
  verbose = "yes", progress = "yes", hidden_units = "pair", epochs = c("null", "zero"),
  encoding = "null",
  missing = "null", new_levels = "null", on_epoch = c("null", "function_"), cluster = "null"
)

# Cross-validation.
cv_calls <- function(p) {
  one <- function(args, ..., takes = list(), folds = c("half", "null")) {
    args <- c(args, list(candidates = list(p$few), folds = 2))
    takes <- c(takes, list(folds = folds, candidates = "null"))
    hostile_call_of(feedforward_cv, args, is_average_model, takes, ...)
  }
  c(list(
    feedforward_cv.matrix = one(list(
      x = p$x, y = p$y, groups = NULL, loss = "cross_entropy", class_weights = c(u = 2),
      case_weights = rep(1, 12), threads = 1, precision = "double", checkpoint = NULL,
      progress = FALSE
    ), takes = list(
      groups = "null", loss = "null", class_weights = "null", case_weights = "null",
      threads = "null", checkpoint = c("null", "text", "markup"), progress = "yes"
    )),
    # Three images are too few for the 5 folds of the default.
    feedforward_cv.array = one(list(x = p$images, y = c(1.5, 2, 3.25)), folds = "half"),
    feedforward_cv.data.frame = one(list(x = p$data[1:4], y = p$y)),
    feedforward_cv.formula = one(list(formula = global_formula("y ~ ."), data = p$data))
  ), if (!is.null(p$sparse)) list(
    feedforward_cv.Matrix = one(list(x = p$sparse, y = p$y))
  ), if (!is.null(p$recipe)) list(
    feedforward_cv.recipe = one(list(x = p$recipe, data = p$data), made_of = "x")
  ))
}

is_average_model <- function(value, ...) {
  inherits(value, "feedforward_cv") &&
    is.null(feedforward:::model_problem(value, feedforward:::checks_of_average()))
}

# Training that goes on or starts again.
more_calls <- function(p) {
  one <- hostile_call_of
  own <- options_of_training[setdiff(names(options_of_training), fixed_arguments)]
  list(
    continue_training = one(
      continue_training,
      c(list(fit = p$fit, x = p$x, y = p$y, epochs = 1, data = NULL), own), is_model,
      c(list(data = "null"), replace(values_of_training, "epochs", list(c("null", "zero"))))
    ),
    "continue_training formula" = one(continue_training, list(
      fit = p$formula_fit, data = p$data, epochs = 1
    ), is_model, list(epochs = c("null", "zero"))),
    resume_training = one(resume_training, list(
      folder = p$folder, x = p$x, y = p$y, data = NULL, validation = NULL, threads = 1,
      verbose = FALSE, progress = FALSE, on_epoch = NULL, cluster = NULL
    ), is_model, list(
      data = "null", validation = "null", threads = "null", verbose = "yes", progress = "yes",
      on_epoch = c("null", "function_"), cluster = "null"
    )),
    update.feedforward = one(update, list(object = p$fit, x = p$x, y = p$y, epochs = 1), is_model,
      list(epochs = c("null", "zero")), made_of = "object"),
    "update.feedforward formula" = one(update, list(
      object = p$formula_fit, data = p$data, epochs = 1
    ), is_model, list(epochs = c("null", "zero")), made_of = "object")
  )
}

# ---- Functions of a model ------------------------------------------------------------------

model_calls <- function(p) {
  one <- hostile_call_of
  list(
    write_model = one(write_model, list(fit = p$fit, path = "model"), function(value, a) {
      is_model(read_model(a$path))
    }, list(path = c("text", "markup"))),
    read_model = one(read_model, list(path = "none"), never),
    as_sql = one(as_sql, list(
      fit = p$fit, table = "data", id = "key", dialect = "sqlite", type = "prob"
    ), function(value, a) rlang::is_string(value), list(
      table = c("text", "two_texts", "long_text", "markup"),
      id = c("null", "text", "no_text", "two_texts", "long_text", "markup"), type = "null"
    )),
    orbital.feedforward = one(feedforward:::orbital.feedforward, list(
      x = p$fit, type = "prob", prefix = ".pred"
    ), function(value, a) inherits(value, "orbital_class"), list(
      type = "null", prefix = c("text", "markup")
    ), made_of = "x"),
    write_onnx = one(write_onnx, list(fit = p$fit, path = "network", precision = "double"),
      function(value, a) file.size(a$path) > 500, list(path = c("text", "markup"))),
    write_json = one(write_json, list(fit = p$fit, path = "network", precision = "double"),
      function(value, a) is.list(jsonlite::fromJSON(a$path)), list(path = c("text", "markup"))),
    confusion_matrix = one(confusion_matrix, list(fit = p$fit, new_data = p$x, truth = p$y),
      function(value, a) sum(value$table) == nrow(a$new_data)),
    # NULL would train the network of the package.
    draw_digits = one(draw_digits, list(
      fit = p$image_fit, path = "page", open = FALSE, range = c(0, 255), byrow = TRUE,
      precision = "single"
    ), function(value, a) file.size(a$path) > 5000, list(
      path = c("text", "markup"), open = "yes", range = "null", byrow = "yes"
    ), made_of = "fit"),
    "confusion_matrix threshold" = one(confusion_matrix, list(
      fit = p$two_fit, new_data = p$x, truth = rep(c("a", "b"), 6), threshold = 0.3
    ), function(value, a) sum(value$table) == nrow(a$new_data), list(
      threshold = c("null", shares)
    )),
    permutation_importance = one(permutation_importance, list(
      fit = p$fit, new_data = p$x, truth = p$y, metric = "loss", repeats = 2,
      case_weights = seq_len(12)
    ), function(value, a) nrow(value) == 4L, list(metric = "null", case_weights = "null")),
    plot_network = one(plot_network, list(fit = p$fit, n = 3, main = "title", cex = 1), is_model,
      list(n = "most", main = titles, cex = as_cex)),
    plot_weights = one(plot_weights, list(
      fit = p$image_fit, units = 1:2, image = c(4, 4), common = TRUE, main = "title", cex = 1
    ), function(value, a) is.integer(value), list(
      units = "null", image = "null", common = "yes", main = titles, cex = as_cex
    )),
    predict.feedforward = one(predict, list(
      object = p$fit, new_data = p$x, type = "prob", format = "matrix"
    ), function(value, a) NROW(value) == nrow(a$new_data), list(new_data = matrices, type = "null"),
      made_of = "object"),
    "predict.feedforward formula" = one(predict, list(object = p$formula_fit, new_data = p$data),
      function(value, a) nrow(value) == nrow(a$new_data), made_of = "object"),
    "predict.feedforward images" = one(predict, list(object = p$image_fit, new_data = p$images),
      function(value, a) length(value) == nrow(a$new_data), made_of = "object"),
    "predict.feedforward threshold" = one(predict, list(
      object = p$two_fit, new_data = p$x, threshold = 0.3
    ), function(value, a) length(value) == nrow(a$new_data),
    list(new_data = matrices, threshold = c("null", shares)), made_of = "object"),
    "predict.feedforward interval" = one(predict, list(
      object = p$number_average, new_data = p$x, type = "pred_int", level = 0.5, format = "matrix"
    ), function(value, a) NROW(value) == nrow(a$new_data),
    list(new_data = matrices, level = "half"), made_of = "object"),
    network_of = one(network_of, list(fit = p$average, k = 2), is_model),
    coef.feedforward_cv = one(coef, list(object = p$average, standardized = TRUE),
      function(value, a) length(value) == 2L, list(standardized = "yes"), made_of = "object"),
    summary.feedforward_cv = one(summary, list(object = p$average),
      function(value, a) inherits(value, "summary.feedforward_cv"), made_of = "object"),
    formula.feedforward = one(stats::formula, list(x = p$formula_fit),
      function(value, a) inherits(value, "formula"), made_of = "x"),
    coef.feedforward = one(coef, list(object = p$fit, standardized = TRUE),
      function(value, a) identical(names(value), c("hidden_1", "output")),
      list(standardized = "yes"), made_of = "object"),
    fitted.feedforward = one(fitted, list(object = p$fit, new_data = p$x),
      function(value, a) nrow(value) == nrow(a$new_data), list(new_data = matrices),
      made_of = "object"),
    residuals.feedforward = one(residuals, list(object = p$fit, new_data = p$x, y = p$y),
      function(value, a) nrow(value) == nrow(a$new_data), made_of = "object"),
    nobs.feedforward = one(nobs, list(object = p$fit), function(value, a) value == 12L,
      made_of = "object"),
    summary.feedforward = one(summary, list(object = p$fit),
      function(value, a) inherits(value, "summary.feedforward"), made_of = "object"),
    predict.two_layer_nn = one(predict, list(object = p$trained, newdata = p$x, type = "prob"),
      function(value, a) NROW(value) == nrow(a$newdata), list(newdata = matrices),
      made_of = "object")
  )
}

is_one_line <- function(value, a) is.character(value) && length(value) == 1L

# ---- Methods that print and draw, and give back what they were given --------------------------

method_calls <- function(p) {
  same <- function(value, a) identical(value, a[[1L]])
  of_x <- function(f, x, ..., takes = list()) {
    hostile_call_of(f, list(x = x, ...), same, takes, made_of = "x")
  }
  of_object <- function(f, x, fits) hostile_call_of(f, list(object = x), fits, made_of = "object")
  list(
    plot.feedforward = of_x(plot, p$fit, what = "loss", log = "y", main = "title", cex = 1,
      takes = list(log = "empty_text", main = c(titles, "empty_text"), cex = as_plot_cex)),
    plot.feedforward_cv = of_x(plot, p$average, what = "calibration", main = "title", cex = 1,
      takes = list(main = titles, cex = as_cex)),
    print.feedforward_cv = of_x(print, p$average, digits = 2),
    print.summary.feedforward_cv = of_x(print, summary(p$average), digits = 2),
    format.feedforward_cv = hostile_call_of(format, list(x = p$average), is_one_line,
      made_of = "x"),
    toString.feedforward_cv = hostile_call_of(toString, list(x = p$average), is_one_line,
      made_of = "x"),
    plot.two_layer_nn = of_x(plot, p$trained, main = "a", xlab = "b", ylab = "c", cex = 1,
      takes = list(main = labels, xlab = labels, ylab = labels, cex = as_plot_cex)),
    plot.feedforward_confusion_table = of_x(plot, p$counts, main = "title", cex = 1,
      takes = list(main = titles, cex = as_cex)),
    plot.feedforward_confusion = of_x(plot, p$confusion, main = "title", cex = 1,
      takes = list(main = titles, cex = as_cex)),
    plot.feedforward_importance = of_x(plot, p$importance, n = 3, main = "title", cex = 1,
      takes = list(n = "most", main = titles, cex = as_cex)),
    print.feedforward = of_x(print, p$fit, digits = 2),
    print.summary.feedforward = of_x(print, summary(p$fit), digits = 2),
    print.two_layer_nn = of_x(print, p$trained),
    print.feedforward_optimizer = of_x(print, optimizer_sgd()),
    print.feedforward_schedule = of_x(print, schedule_step()),
    print.feedforward_init = of_x(print, init_he()),
    print.feedforward_confusion_table =
      of_x(print, p$counts, n = 2, takes = list(n = most_classes)),
    print.feedforward_importance =
      of_x(print, p$importance, n = 2, digits = 2, takes = list(n = "most")),
    print.feedforward_digits = of_x(print, p$digits),
    print.feedforward_confusion = of_x(print, p$confusion, digits = 2, n = 2,
      takes = list(n = most_classes)),
    summary.feedforward_confusion_table = of_object(summary, p$counts,
      function(value, a) nrow(value) == 3L),
    summary.two_layer_nn = of_object(summary, p$trained, same),
    format.feedforward = hostile_call_of(format, list(x = p$fit), is_one_line, made_of = "x"),
    toString.feedforward = hostile_call_of(toString, list(x = p$fit), is_one_line, made_of = "x"),
    format.two_layer_nn = hostile_call_of(format, list(x = p$trained), is_one_line, made_of = "x")
  )
}

# ---- Tidymodels ----------------------------------------------------------------------------

tidy_calls <- function(p) {
  one <- hostile_call_of
  list(
    feedforward_two_layer = one(feedforward_two_layer, list(
      x = p$x, y = p$y, hidden_units = 2, hidden_units_2 = 2, activation = "tanh",
      activation_2 = "relu", epochs = 2
    ), is_model, list(activation_2 = "null", epochs = c("null", "zero"))),
    tidy.feedforward = one(tidy, list(x = p$fit, standardized = TRUE),
      function(value, a) nrow(value) == sum(lengths(p$fit$parameters)),
      list(standardized = "yes"), made_of = "x"),
    glance.feedforward = one(glance, list(x = p$fit), function(value, a) nrow(value) == 1L,
      made_of = "x"),
    augment.feedforward = one(augment, list(x = p$fit, new_data = p$x),
      function(value, a) nrow(value) == nrow(a$new_data), made_of = "x"),
    "augment.feedforward threshold" = one(augment, list(
      x = p$two_fit, new_data = p$x, threshold = 0.3
    ), function(value, a) nrow(value) == nrow(a$new_data),
    list(threshold = c("null", shares)), made_of = "x"),
    logLik.feedforward = one(stats::logLik, list(object = p$fit, new_data = p$x, y = p$y),
      function(value, a) is.finite(value), made_of = "object")
  )
}

ggplot_calls <- function(p) {
  if (!requireNamespace("ggplot2", quietly = TRUE)) {
    return(list())
  }
  is_plot <- function(value, a) ggplot2::is.ggplot(value)
  list(
    autoplot.feedforward = hostile_call_of(ggplot2::autoplot, list(object = p$fit, what = "loss"),
      is_plot, list(what = "null"), made_of = "object"),
    autoplot.feedforward_confusion = hostile_call_of(ggplot2::autoplot, list(object = p$confusion),
      is_plot, made_of = "object"),
    autoplot.feedforward_confusion_table = hostile_call_of(ggplot2::autoplot,
      list(object = p$counts), is_plot, made_of = "object"),
    autoplot.feedforward_importance = hostile_call_of(ggplot2::autoplot,
      list(object = permutation_importance(p$fit, p$x, p$y), n = 2), is_plot, list(n = "most"),
      made_of = "object")
  )
}
