# Networks as JSON, for programs that compute predictions themselves.

#' Write a network as JSON
#'
#' `write_json()` writes a network to a file of JSON text. A program in any language can read it and
#' predict with a few lines of code and without any library: see the section below. To predict with
#' ONNX Runtime instead, use [write_onnx()].
#'
#' jsonlite has a function of this name, too. If you attach both packages, use
#' `feedforward::write_json()`.
#'
#' @inheritParams write_onnx
#' @param path The path of the file, usually ending in `.json`. An existing file is replaced and its
#'   permissions are kept. An interrupt or a full disk leaves it intact.
#' @param precision The precision of the weights in the file. With `"double"` (the default), they
#'   are exact to the last bit. With `"single"`, the file is about half the size, and predictions
#'   are accurate to about 6 digits.
#'
#' @returns `path`, invisibly.
#'
#' @section The file:
#' The file is one JSON object:
#' - `format`: `"feedforward-network"`. `version`: 1. Later versions can have further elements.
#' - `made_by`: the package and its version.
#' - `columns`: the columns of the data, in their order, as objects. `name` is a string, or `null`
#'   for a matrix without column names. `type` is `"number"` (for a `raw` matrix, the byte divided
#'   by 255), `"logical"` (1 for true and 0 for false), or `"levels"` (text). A column of levels
#'   also has `levels`, and `new_levels`, which says whether other text is allowed. `missing` says
#'   whether a value can be missing.
#' - `image`: in place of `columns` for images, an object with `height` and `width`. The columns are
#'   the pixels, line by line, on the scale of the training images, such as 0 to 255.
#' - `inputs`: how the values become the inputs of the first layer, in their order, as objects.
#'   `column` is the number of the column or pixel, from 0. `is` says how its value v becomes a
#'   number:
#'   - `"number"`: v itself
#'   - `"interval"`: (v - `from`) / (`to` - `from`), but at least 0 and at most 1
#'   - `"level"`: 1 if v equals the text `level`, else 0
#'   - `"missing"`: 1 if v is missing, else 0.
#'
#'   A missing v is first replaced by the number `replacement`, if the input has one. Subtract
#'   `center` from the number, then divide it by `scale`. If `clips` is true, the result z becomes
#'   z / sqrt(1 + z^2 / 9).
#' - `precision`: `"single"` or `"double"`.
#' - `layers`: the layers, as objects. `units` and `inputs` are the numbers of units and inputs of
#'   the layer. `weights` (units x inputs, row by row) and `bias` are numbers of 4 or 8 bytes in
#'   base64, lowest byte first. A layer computes `activation(weights * inputs + bias)`. The
#'   activation of the last layer is `"softmax"`, `"sigmoid"`, `"exp"`, or `"linear"`.
#' - `outcome`: its `kind` is `"classes"`, `"labels"`, or `"numbers"`. `names` are the classes,
#'   labels, or outcomes in the order of the last layer, or `null` for one number. If `center` and
#'   `scale` are present, the prediction is the last layer's result times `scale` plus `center`.
#'
#' @section A reader in JavaScript:
#' `predict(row)` returns the probabilities or numbers for an array with a value for each column, or
#' for the pixels of an image. Add further activations as you need them.
#' ```js
#' const network = JSON.parse(text);
#' const Numbers = network.precision === "double" ? Float64Array : Float32Array;
#' const decode = (s) => new Numbers(Uint8Array.from(atob(s), (c) => c.charCodeAt(0)).buffer);
#' const activations = {
#'   relu: (z) => z.map((v) => Math.max(v, 0)),
#'   linear: (z) => z,
#'   softmax: (z) => {
#'     const top = z.reduce((a, b) => Math.max(a, b));
#'     const e = z.map((v) => Math.exp(v - top)), sum = e.reduce((a, b) => a + b);
#'     return e.map((v) => v / sum);
#'   },
#' };
#' const layers = network.layers.map((layer) => (
#'   { ...layer, weights: decode(layer.weights), bias: Array.from(decode(layer.bias)) }));
#'
#' function encode(input, value) {
#'   const missing = value === null || Number.isNaN(value);
#'   let v = missing && "replacement" in input ? input.replacement : value;
#'   if (input.is === "interval") v = (v - input.from) / (input.to - input.from);
#'   if (input.is === "interval") v = Math.min(Math.max(v, 0), 1);
#'   if (input.is === "level") v = v === input.level ? 1 : 0;
#'   if (input.is === "missing") v = missing ? 1 : 0;
#'   v = (v - input.center) / input.scale;
#'   return input.clips ? v / Math.sqrt(1 + v * v / 9) : v;
#' }
#'
#' function predict(row) {
#'   let a = network.inputs.map((input) => encode(input, row[input.column]));
#'   for (const { weights, bias, inputs, activation } of layers) {
#'     const z = bias.map((b, k) => a.reduce((sum, v, j) => sum + weights[k * inputs + j] * v, b));
#'     a = activations[activation](z);
#'   }
#'   const { scale, center } = network.outcome;
#'   return scale ? a.map((v, k) => v * scale[k] + center[k]) : a;
#' }
#' ```
#'
#' @section Errors:
#' As for [write_onnx()], except that numbers of any size can be written with
#' `precision = "double"`. There is no warning.
#'
#' @seealso [write_onnx()], [write_model()]
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 4, epochs = 5)
#' path <- tempfile(fileext = ".json")
#' write_json(fit, path)
#' network <- jsonlite::fromJSON(path)
#' network$inputs
#' network$outcome
#' unlink(path)
#' @export
write_json <- function(fit, path, precision = c("double", "single")) {
  check_given(missing(fit), "fit")
  path <- check_export(fit, if (!missing(path)) path, "write_json",
    hint = "To write other objects, use `jsonlite::write_json()`."
  )
  precision <- check_choice(precision, "precision", c("double", "single"))
  write_whole(path, charToRaw(network_json(fit, precision)))
}

# Returns the JSON text of a network, which ends with a line end. `fn` is the function that the user
# called.
network_json <- function(fit, precision, fn = "write_json") {
  parts <- network_parts(fit, fn)
  # In base64, 8 bytes need 11 characters and 4 bytes need 6. The text of an input needs about 150.
  each <- if (precision == "double") 11 else 6
  check_export_size(each * sum(lengths(fit$parameters)) + 150 * nrow(parts$inputs), fn)
  values <- c(
    format = quote_json("feedforward-network"), version = "1",
    made_by = quote_json(paste("feedforward", utils::packageVersion("feedforward"))),
    if (is.null(parts$image)) {
      c(columns = lines_json(vapply(parts$columns, column_json, "")))
    } else {
      c(image = object_json(c(height = parts$image[1L], width = parts$image[2L])))
    },
    inputs = lines_json(inputs_json(parts)), precision = quote_json(precision),
    layers = lines_json(layers_json(parts, precision, fn)), outcome = outcome_json(parts)
  )
  enc2utf8(sprintf("{\n%s\n}\n", paste(quote_json(names(values)), values, sep = ": ",
    collapse = ",\n")))
}

# An array with a line for each value.
lines_json <- function(values) sprintf("[\n%s\n]", paste(values, collapse = ",\n"))

column_json <- function(column) {
  of_levels <- if (!is.null(column$levels)) {
    c(levels = array_json(quote_json(column$levels)), new_levels = vector_json(column$zero))
  }
  object_json(c(
    name = quote_json(column$name), type = quote_json(column$type), of_levels,
    missing = vector_json(column$missing)
  ))
}

# One piece of text for each input.
inputs_json <- function(parts) {
  inputs <- parts$inputs
  text <- sprintf("{\"column\":%d,\"is\":\"%s\"", inputs$column - 1L, inputs$is)
  add <- function(rows, form, ...) text[rows] <<- paste0(text[rows], sprintf(form, ...))
  rows <- which(inputs$is == "interval")
  add(rows, ",\"from\":%s,\"to\":%s", double_json(inputs$from[rows]), double_json(inputs$to[rows]))
  rows <- which(inputs$is == "level")
  level <- mapply(function(column, k) column$levels[k], parts$columns[inputs$column[rows]],
    inputs$level[rows])
  add(rows, ",\"level\":%s", quote_json(as.character(level)))
  rows <- which(!is.nan(inputs$replacement))
  add(rows, ",\"replacement\":%s", double_json(inputs$replacement[rows]))
  sprintf("%s,\"center\":%s,\"scale\":%s%s}", text, double_json(inputs$center),
    double_json(inputs$scale), ifelse(inputs$clips, ",\"clips\":true", ""))
}

layers_json <- function(parts, precision, fn) {
  layers <- parts$layers
  layers[[length(layers)]]$activation <- parts$output$link
  numbers <- function(values) sprintf("\"%s\"", base64_of(values, precision, fn))
  vapply(layers, function(layer) {
    object_json(c(
      units = nrow(layer$weights), inputs = ncol(layer$weights),
      activation = quote_json(layer$activation), weights = numbers(t(layer$weights)),
      bias = numbers(layer$bias)
    ))
  }, "")
}

base64_of <- function(values, precision, fn) {
  bytes <- if (precision == "single") {
    float_bytes(check_single(values, fn, "Use {.code precision = \"double\"}."))
  } else {
    writeBin(as.double(values), raw(), endian = "little")
  }
  gsub("\n", "", jsonlite::base64_enc(bytes), fixed = TRUE)
}

outcome_json <- function(parts) {
  names <- output_names(parts$outcome)
  numbers <- if (parts$output$link == "linear") {
    c(center = array_json(double_json(parts$output$center)),
      scale = array_json(double_json(parts$output$scale)))
  }
  object_json(c(
    kind = quote_json(parts$outcome$kind),
    names = if (is.null(names)) "null" else array_json(quote_json(names)), numbers
  ))
}
