# Networks as ONNX files: a graph of operators, written as Protocol Buffers.

#' Write a network as an ONNX file
#'
#' `write_onnx()` writes a network to a file in the ONNX format. Programs in Python, C#, C++, Java,
#' and JavaScript can then use ONNX Runtime to predict with it, without R. This also works in a
#' browser (onnxruntime-web). The scaling of predictors and outcomes is part of the network in the
#' file, so you pass the same numbers as to [predict()][predict.feedforward()].
#'
#' The file uses version 8 of the ONNX format, operator set 13, and, for factors, `ai.onnx.ml` 2.
#' ONNX Runtime 1.9 or newer runs it. The new file is written next to `path` and renamed when it is
#' complete, so an interrupt or a full disk leaves an existing file intact.
#'
#' @param fit A model made by [feedforward()] from a matrix, an image array, a data frame, or a
#'   formula that only names columns, such as `y ~ .` or `y ~ a + b`. For other formulas and
#'   recipes, compute the columns first, and train on these. For a model made by
#'   [feedforward_cv()], export one of its networks: `network_of(fit, 1)`.
#' @param path The path of the file, usually ending in `.onnx`. An existing file is replaced and its
#'   permissions are kept.
#' @param precision The type of the numbers that go in and come out. `"single"` (the default) suits
#'   most programs. With `"double"`, predictors are scaled in double precision. You need it for
#'   columns or outcomes that vary little about a large mean, such as a time in seconds: a warning
#'   names them. The layers themselves use single precision in both cases.
#'
#' @returns `path`, invisibly.
#'
#' @section Inputs and outputs:
#' The network has these inputs, where `n` is any number of rows:
#'
#' | input | type | shape |
#' |---|---|---|
#' | `x` | float, or double for `precision = "double"` | n x columns |
#' | `x`, for images | the same | n x height x width |
#' | `levels` | string | n x columns |
#'
#' `x` has the numeric and logical columns (1 for `TRUE`), and `levels` the factors and text. The
#' metadata list the columns of each input, in order. If a model has no columns of one kind, it does
#' not have that input. Images are on the scale of the training images, such as 0 to 255. For a
#' model made from a `raw` matrix, divide the bytes by 255 first.
#'
#' | outcome | output | type | shape |
#' |---|---|---|---|
#' | classes | `label` | string | n |
#' | | `probabilities` | as `x` | n x classes |
#' | labels | `label` | bool | n x labels |
#' | | `probabilities` | as `x` | n x labels |
#' | numbers | `prediction` | as `x` | n x outcomes |
#'
#' For a logical outcome, `label` is `"TRUE"` or `"FALSE"`.
#'
#' The metadata of the file names the columns and the classes, as JSON:
#' - `x_columns`: the names of the columns of `x`, or `null` for columns without names. For images,
#'   this entry does not exist.
#' - `level_columns`: for each column of `levels`, an object with its `name` and its `levels`.
#' - `classes`, `labels`, or `outcomes`: the names of the output's columns.
#' - `loss` and `feedforward_version`.
#'
#' @section What differs from R:
#' - Results differ from `predict()` by the rounding of single precision: usually by less than 1e-6
#'   for probabilities, and less than 1e-6 standard deviations of the outcome for numbers.
#' - For a new level, ONNX Runtime raises an error that names the column, unless the model was made
#'   with `new_levels = "zero"`.
#' - If the model was made with `missing = "indicator"` and the column had missing values in
#'   training, pass NaN for a missing number and `"(missing)"` for a missing level. If the data have
#'   a level with that name, pass the last of the `levels` in `level_columns` instead. Replace other
#'   missing values first: unlike `predict()`, ONNX Runtime does not refuse them.
#'
#' @section In Python:
#' ```python
#' import json
#' import numpy as np
#' import onnxruntime
#'
#' session = onnxruntime.InferenceSession("flowers.onnx")
#' columns = json.loads(session.get_modelmeta().custom_metadata_map["x_columns"])
#' x = data[columns].to_numpy(np.float32)    # data is a pandas data frame
#' label, probabilities = session.run(["label", "probabilities"], {"x": x})
#' ```
#'
#' @section Errors:
#' - A `feedforward_error` if `fit` is not a model, or has a recipe, a formula that computes terms,
#'   or numbers that single precision cannot hold.
#' - A `feedforward_file_error` (also a `feedforward_error`) if the file cannot be written.
#'
#' A warning of class `feedforward_lost_digits` names columns that need `precision = "double"`.
#'
#' @references Open Neural Network Exchange (ONNX): its format (IR version 8) and operators.
#' @seealso [write_json()] for a file that is easy to read without ONNX Runtime, [write_model()] for
#'   a file that R can read back.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 4, epochs = 5)
#' path <- tempfile(fileext = ".onnx")
#' write_onnx(fit, path)
#' file.size(path)
#' unlink(path)
#' @export
write_onnx <- function(fit, path, precision = c("single", "double")) {
  check_given(missing(fit), "fit")
  path <- check_export(fit, if (!missing(path)) path, "write_onnx")
  precision <- check_choice(precision, "precision", c("single", "double"))
  parts <- network_parts(fit, "write_onnx")
  if (precision == "single") warn_lost_digits(parts)
  # Weights have 4 bytes, and the scaling of an input at most six numbers of 8 bytes.
  check_export_size(4 * sum(lengths(fit$parameters)) + 48 * nrow(parts$inputs), "write_onnx")
  write_whole(path, onnx_model(parts, precision, onnx_metadata(fit, parts), format(fit)))
}

# Warns of columns and outcomes whose values lose digits in single precision, which has 24 bits.
warn_lost_digits <- function(parts) {
  inputs <- parts$inputs
  interval <- inputs$is == "interval"
  size <- ifelse(interval, pmax(abs(inputs$from), abs(inputs$to)), abs(inputs$center))
  unit <- ifelse(interval, inputs$to - inputs$from, abs(inputs$scale))
  lost <- unique(inputs$column[loses_digits(size, unit)])
  names <- names_of_export(parts$columns)[lost]
  shown <- few_shown(if (anyNA(names)) lost else names)
  outcome <- any(loses_digits(abs(parts$output$center), parts$output$scale))
  columns <- "column{cli::qty(length(lost))}{?s} {shown}"
  what <- c(if (length(lost)) columns, if (outcome) "the outcome")
  if (length(what)) {
    message <- sprintf("Single precision loses digits of %s.", paste(what, collapse = " and "))
    warn_feedforward(message,
      i = "Use {.code precision = \"double\"}.", class = "feedforward_lost_digits"
    )
  }
}

# Whether rounding numbers of this size may change them by more than 6e-4 units.
loses_digits <- function(size, unit) size > 1e4 * unit | unit < 2^-126

# ---- The graph ----------------------------------------------------------------------

# Returns the bytes of an ONNX file. `metadata` is a character vector with names.
onnx_model <- function(parts, precision, metadata, description) {
  graph <- new_graph(onnx_types[[precision]])
  encoded <- add_encoding(graph, parts)
  link <- add_layers(graph, encoded, parts)
  add_outputs(graph, link, parts)
  entries <- Map(function(key, value) c(proto_text(1, key), proto_text(2, value)),
    names(metadata), metadata)
  c(
    proto_int(1, 8), proto_text(2, "feedforward"),
    proto_text(3, as.character(utils::packageVersion("feedforward"))),
    proto_text(6, description), proto_bytes(7, graph_message(graph)),
    proto_bytes(8, proto_int(2, 13)),
    if (graph$uses_ml) proto_bytes(8, c(proto_text(1, "ai.onnx.ml"), proto_int(2, 2))),
    proto_each(proto_bytes, 14, unname(entries))
  )
}

onnx_metadata <- function(fit, parts) {
  columns <- parts$columns
  levels <- has_levels(columns)
  described <- vapply(columns[levels], function(column) {
    known <- array_json(quote_json(categories(column)))
    object_json(c(name = quote_json(column$name), levels = known))
  }, "")
  outputs <- output_names(parts$outcome)
  kind <- c(classes = "classes", labels = "labels", numbers = "outcomes")[[parts$outcome$kind]]
  c(
    feedforward_version = as.character(utils::packageVersion("feedforward")),
    loss = fit$architecture$loss,
    x_columns = if (is.null(parts$image) && !all(levels)) {
      array_json(quote_json(names_of_export(columns[!levels])))
    },
    level_columns = if (any(levels)) array_json(described),
    if (length(outputs)) stats::setNames(array_json(quote_json(outputs)), kind)
  )
}

# ---- Inputs -------------------------------------------------------------------------

# Adds the inputs of the graph and the operators that turn them into the inputs of the network.
# Returns list(tensor, order). Operators work on whole blocks of inputs, so that the network's
# inputs stand in another order: `order` are their numbers.
add_encoding <- function(graph, parts) {
  levels <- has_levels(parts$columns)
  x <- if (!all(levels)) add_number_input(graph, parts, levels)
  text <- if (any(levels)) add_level_input(graph, parts$columns[levels])
  inputs <- parts$inputs
  # Numbers from 0 of the columns in the tensors.
  inputs$at <- ifelse(levels, cumsum(levels), cumsum(!levels))[inputs$column] - 1L
  of_levels <- levels[inputs$column]
  blocks <- list(
    numbers = which(inputs$is == "number" & !inputs$clips),
    clipped = which(inputs$is == "number" & inputs$clips),
    intervals = which(inputs$is == "interval"),
    missing = which(inputs$is == "missing" & !of_levels)
  )
  blocks <- blocks[lengths(blocks) > 0L]
  tensors <- vapply(names(blocks), function(name) {
    add_block(graph, x, inputs[blocks[[name]], ], name, sum(!levels))
  }, "")
  by_column <- split(which(of_levels), inputs$column[of_levels])
  tensors <- c(tensors, vapply(seq_along(by_column), function(k) {
    add_levels(graph, text, parts$columns[levels][[k]], k)
  }, ""))
  list(
    tensor = if (length(tensors) > 1L) {
      add_node(graph, "Concat", tensors, "encoded", axis = 1L)
    } else {
      tensors
    },
    order = unlist(c(blocks, by_column), use.names = FALSE)
  )
}

add_number_input <- function(graph, parts, levels) {
  image <- parts$image
  if (!is.null(image)) {
    add_tensor(graph, "inputs", "x", image, description = "images: rows x height x width")
    return(add_node(graph, "Flatten", "x", "pixels", axis = 1L))
  }
  names <- names_of_export(parts$columns)[!levels]
  add_tensor(graph, "inputs", "x", length(names), description = columns_in_order(names))
}

add_level_input <- function(graph, columns) {
  add_tensor(graph, "inputs", "levels", length(columns), onnx_types[["text"]],
    columns_in_order(names_of_export(columns)))
}

columns_in_order <- function(names) {
  if (!anyNA(names)) paste("the columns", listed(names, most = 100L))
}

# Adds the operators for some inputs that are computed from numbers. `x` is the tensor with the
# `columns` columns, and `inputs` has a row for each input.
add_block <- function(graph, x, inputs, name, columns) {
  named <- function(what) paste0(name, "_", what)
  if (!identical(as.integer(inputs$at), seq_len(columns) - 1L)) {
    at <- add_constant(graph, named("columns"), inputs$at, onnx_types[["integer"]])
    x <- add_node(graph, "Gather", c(x, at), named("gathered"), axis = 1L)
  }
  if (name == "missing") {
    x <- add_node(graph, "IsNaN", x, named("found"))
    return(add_node(graph, "Cast", x, name, to = onnx_types[["single"]]))
  }
  if (any(!is.nan(inputs$replacement))) {
    is_nan <- add_node(graph, "IsNaN", x, named("is_nan"))
    value <- add_constant(graph, named("replacement"), inputs$replacement)
    x <- add_node(graph, "Where", c(is_nan, value, x), named("complete"))
  }
  x <- switch(name,
    intervals = add_shares(graph, x, inputs),
    clipped = add_clipping(graph, add_scaling(graph, x, inputs, name)),
    numbers = add_scaling(graph, x, inputs, name)
  )
  if (graph$type == onnx_types[["single"]]) {
    return(x)
  }
  add_node(graph, "Cast", x, name, to = onnx_types[["single"]])
}

add_scaling <- function(graph, x, inputs, name) {
  if (any(inputs$center != 0)) {
    center <- add_constant(graph, paste0(name, "_center"), short(inputs$center))
    x <- add_node(graph, "Sub", c(x, center), paste0(name, "_centered"))
  }
  if (any(inputs$scale != 1)) {
    scale <- add_constant(graph, paste0(name, "_scale"), short(inputs$scale))
    x <- add_node(graph, "Div", c(x, scale), paste0(name, "_scaled"))
  }
  x
}

# Equal numbers as one: operators repeat it.
short <- function(values) if (all(values == values[1L])) values[1L] else values

# z / sqrt(1 + z^2 / 9). Beyond 1e15 it is 3 in every digit, and z^2 could be too large.
add_clipping <- function(graph, z) {
  most <- c(add_constant(graph, "least", -1e15, shape = NULL),
    add_constant(graph, "most", 1e15, shape = NULL))
  z <- add_node(graph, "Clip", c(z, most), "bounded")
  square <- add_node(graph, "Mul", c(z, z), "square")
  ninth <- add_node(graph, "Div", c(square, add_constant(graph, "nine", 9)), "ninth")
  sum <- add_node(graph, "Add", c(ninth, add_constant(graph, "one", 1)), "one_more")
  root <- add_node(graph, "Sqrt", sum, "root")
  add_node(graph, "Div", c(z, root), "clipped_smoothly")
}

# (x - from) / (to - from), within 0 and 1.
add_shares <- function(graph, x, inputs) {
  from <- add_constant(graph, "intervals_from", inputs$from)
  width <- add_constant(graph, "intervals_width", inputs$to - inputs$from)
  x <- add_node(graph, "Sub", c(x, from), "intervals_beyond")
  x <- add_node(graph, "Div", c(x, width), "intervals_share")
  ends <- c(add_constant(graph, "none", 0, shape = NULL),
    add_constant(graph, "whole", 1, shape = NULL))
  add_node(graph, "Clip", c(x, ends), "intervals_within")
}

# The 0/1 inputs of the k-th column of `levels`. Its name is in error messages of ONNX Runtime.
add_levels <- function(graph, text, column, k) {
  graph$uses_ml <- TRUE
  name <- paste0("levels_", k)
  at <- add_constant(graph, paste0(name, "_column"), k - 1L, onnx_types[["integer"]], NULL)
  values <- add_node(graph, "Gather", c(text, at), paste0(name, "_text"), axis = 1L)
  # Not all programs know the type that this operator returns.
  add_tensor(graph, "between", name, length(categories(column)), onnx_types[["single"]])
  add_node(graph, "OneHotEncoder", values, name, cats_strings = categories(column),
    zeros = as.integer(column$zero), label = paste("levels of", visible(column$name)),
    domain = "ai.onnx.ml"
  )
}

# The levels of a column and, if it allows missing values, a name for these.
categories <- function(column) {
  if (column$missing) make.unique(c(column$levels, missing_level)) else column$levels
}

# ---- Layers and outputs -------------------------------------------------------------

# Adds all layers, and returns the tensor before softmax, the sigmoid, or the exponential function.
add_layers <- function(graph, encoded, parts) {
  layers <- parts$layers
  layers[[1L]] <- level_scaling_folded(layers[[1L]], parts)
  layers[[1L]]$weights <- layers[[1L]]$weights[, encoded$order, drop = FALSE]
  single <- onnx_types[["single"]]
  tensor <- encoded$tensor
  for (k in seq_along(layers)) {
    layer <- layers[[k]]
    name <- if (k == length(layers)) "output" else paste0("hidden_", k)
    W <- add_constant(graph, paste0("W", k), layer$weights, single)
    b <- add_constant(graph, paste0("b", k), layer$bias, single)
    tensor <- add_node(graph, "Gemm", c(tensor, W, b), name, transB = 1L)
    tensor <- add_activation(graph, tensor, layer$activation)
  }
  if (graph$type == single) {
    return(tensor)
  }
  add_node(graph, "Cast", tensor, "link", to = graph$type)
}

# Returns the first layer with weights for the 0/1 inputs of levels as they are. They may be scaled.
level_scaling_folded <- function(layer, parts) {
  inputs <- parts$inputs
  of_levels <- has_levels(parts$columns)[inputs$column]
  center <- ifelse(of_levels, inputs$center, 0)
  scale <- ifelse(of_levels, inputs$scale, 1)
  folded <- fold_scaling(layer[c("weights", "bias")], list(center = center, scale = scale))
  layer[c("weights", "bias")] <- folded
  layer
}

# Adds the activation of the layer `z`.
add_activation <- function(graph, z, activation) {
  name <- paste0(z, "_", activation)
  node <- function(op, inputs = z, output = name, ...) add_node(graph, op, inputs, output, ...)
  number <- function(value, what) {
    add_constant(graph, paste0(name, "_", what), value, onnx_types[["single"]])
  }
  step <- function(what) paste0(name, "_", what)
  switch(activation,
    relu = node("Relu"), sigmoid = node("Sigmoid"), tanh = node("Tanh"),
    leaky_relu = node("LeakyRelu", alpha = 0.01), elu = node("Elu", alpha = 1),
    selu = node("Selu", alpha = 1.6732632423543772, gamma = 1.0507009873554805),
    softplus = node("Softplus"),
    silu = node("Mul", c(z, node("Sigmoid", output = step("sigmoid")))),
    mish = {
      softplus <- node("Softplus", output = step("softplus"))
      node("Mul", c(z, node("Tanh", softplus, step("tanh"))))
    },
    # The share of the normal distribution below z is (1 + erf(z / sqrt(2))) / 2.
    gelu = {
      scaled <- node("Mul", c(z, number(sqrt(0.5), "sqrt_half")), step("scaled"))
      erf <- node("Erf", scaled, step("erf"))
      twice <- node("Add", c(erf, number(1, "one")), step("twice"))
      share <- node("Mul", c(twice, number(0.5, "half")), step("share"))
      node("Mul", c(z, share))
    },
    linear = z
  )
}

add_outputs <- function(graph, link, parts) {
  switch(parts$outcome$kind,
    classes = add_class_outputs(graph, link, parts$outcome$levels),
    labels = add_label_outputs(graph, link, parts$outcome$names),
    numbers = add_number_output(graph, link, parts$output)
  )
}

add_class_outputs <- function(graph, link, levels) {
  text <- onnx_types[["text"]]
  probabilities <- add_node(graph, "Softmax", link, "probabilities", axis = 1L)
  number <- add_node(graph, "ArgMax", probabilities, "class", axis = 1L, keepdims = 0L)
  names <- add_constant(graph, "classes", levels, text)
  label <- add_node(graph, "Gather", c(names, number), "label", axis = 0L)
  add_tensor(graph, "outputs", label, NULL, text)
  add_tensor(graph, "outputs", probabilities, length(levels))
}

add_label_outputs <- function(graph, link, names) {
  probabilities <- add_node(graph, "Sigmoid", link, "probabilities")
  half <- add_constant(graph, "half", 0.5)
  label <- add_node(graph, "GreaterOrEqual", c(probabilities, half), "label")
  add_tensor(graph, "outputs", label, length(names), onnx_types[["bool"]])
  add_tensor(graph, "outputs", probabilities, length(names))
}

add_number_output <- function(graph, link, output) {
  if (output$link == "exp") {
    prediction <- add_node(graph, "Exp", link, "prediction")
  } else {
    scale <- add_constant(graph, "outcome_scale", output$scale)
    center <- add_constant(graph, "outcome_center", output$center)
    scaled <- add_node(graph, "Mul", c(link, scale), "outcome_scaled")
    prediction <- add_node(graph, "Add", c(scaled, center), "prediction")
  }
  add_tensor(graph, "outputs", prediction, length(output$scale))
}
