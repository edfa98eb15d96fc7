# Models of all kinds for tests of exports, and programs that predict with the exported files.

# Returns a list of list(fit, data), one for each kind of model that can be exported, with names.
file_cases <- function() {
  withr::local_seed(7)
  table <- small_table(24)
  x <- matrix(stats::rnorm(72, 3, 2), 24, dimnames = list(NULL, c("a", "b", "c")))
  y <- rowSums(x) + stats::rnorm(24)
  count <- rep(0:3, 6)
  classes <- factor(rep(c("u", "v", "w"), 8))
  images <- array(sample(0:255, 24 * 12, TRUE), c(24, 3, 4))
  one <- quiet_case
  cases <- list(
    matrix = one(x, classes), "no names" = one(unname(x), y, hidden_units = 0),
    "three layers" = one(x, classes, hidden_units = c(5, 4, 3)),
    outcomes = one(x, cbind(p = y, q = 1000 + 100 * y)),
    labels = one(x, cbind(warm = y > 9, wet = count > 1), loss = "binary_cross_entropy"),
    poisson = one(x, count, loss = "poisson"),
    quantile = one(x, y, loss = "quantile", quantile = 0.9),
    logical = one(x, y > 9), "not scaled" = one(x, y, standardize = FALSE),
    images = one(images, classes),
    "scaled images" = one(images, count, standardize = TRUE),
    frame = one(table, classes), "scaled frame" = one(table, y, standardize = TRUE),
    "first logical" = one(cbind(table[c("g", "f", "a")], y = y), y ~ ., standardize = TRUE),
    "only levels" = one(table[c("f", "s")], classes),
    bytes = list(fit = quick_fit(matrix(as.raw(1:96), 24), y), data = matrix(1:96, 24) / 255)
  )
  cases$ties <- cases$matrix
  cases$ties$fit$parameters <- lapply(cases$ties$fit$parameters, `*`, 0)
  nn <- train_nn(x, to_categorical(classes), init_nn(3, 4, 3), epochs = 2, verbose = FALSE)
  cases$script <- list(fit = as_feedforward(nn), data = x)
  if (requireNamespace("Matrix", quietly = TRUE)) {
    sparse <- quick_fit(Matrix::Matrix(x, sparse = TRUE), y, standardize = TRUE)
    cases$sparse <- list(fit = sparse, data = x)
  }
  c(cases, encoded_cases(table, classes, y), cases_of_activations(x, y), hostile_case(classes))
}

quiet_case <- function(data, ...) {
  list(fit = suppressMessages(suppressWarnings(quick_fit(data, ...))), data = data)
}

# Encodings, missing values, and new levels.
encoded_cases <- function(table, classes, y) {
  table$b <- exp(table$b)
  gaps <- table
  gaps$a[c(2, 5)] <- NA
  gaps$f[c(1, 7)] <- NA
  gaps$g[3] <- NA
  one <- quiet_case
  new <- one(table, classes, new_levels = "zero")
  new$data$f <- as.character(new$data$f)
  new$data$f[1] <- "never seen"
  first <- cbind(gaps[c("g", "f", "a", "b")], y = y)
  list(
    robust = one(table, y, encoding = "robust"),
    piecewise = one(table, classes, encoding = "piecewise"),
    "piecewise matrix" = one(as.matrix(table[c("a", "b")]), y, encoding = "piecewise"),
    missing = one(gaps, classes, missing = "indicator"),
    "missing piecewise" = one(first, y ~ ., missing = "indicator", encoding = "piecewise"),
    "missing in a matrix" = one(as.matrix(gaps[c("a", "b")]), y, missing = "indicator"),
    "new levels" = new
  )
}

# With "far", activations are at their limits.
cases_of_activations <- function(x, y) {
  cases <- lapply(names(activations), function(name) {
    fit <- quick_fit(x, y, activation = name, hidden_units = c(4, 3))
    list(fit = fit, data = x)
  })
  far <- lapply(cases, function(case) {
    case$fit$parameters <- lapply(case$fit$parameters, `*`, 3)
    case$data[1:8, ] <- case$data[1:8, ] * 10^(1:4)
    case
  })
  names <- names(activations)
  c(rlang::set_names(cases, names), rlang::set_names(far, paste("far", names)))
}

# Names that could break a file.
hostile_case <- function(classes) {
  levels(classes) <- c("\"quoted\" \\ {x} </script>", "\u00e9\u4e2d\U1F600", " ")
  data <- data.frame(
    as.numeric(1:24), rep(c("a\nb", "it's", ""), each = 8), as.numeric(24:1),
    rep(c("(missing)", "NA"), 12)
  )
  names(data) <- c("x", "levels", "W1\"\\\t,[]", "\u00fc label")
  list(hostile = list(fit = quick_fit(data, classes), data = data))
}

# Returns the predictions of R as list(label, numbers). `numbers` has a column for each output.
predictions_in_r <- function(case) {
  kind <- case$fit$outcome$kind
  predicted <- function(type) {
    suppressWarnings(predict(case$fit, case$data, type = type, format = "matrix"),
      classes = "feedforward_new_levels")
  }
  label <- if (kind != "numbers") predicted("class")
  list(
    label = switch(kind, classes = as.character(label), labels = unname(label) == 1),
    numbers = unname(as.matrix(predicted(if (kind == "numbers") "numeric" else "prob")))
  )
}

# Returns the columns that a model reads as a list of vectors. Levels are text.
columns_to_export <- function(case) {
  data <- case$data
  if (!is.data.frame(data)) {
    if (length(dim(data)) == 3L) data <- matrix(aperm(data, 3:1), nrow(data), byrow = TRUE)
    return(lapply(seq_len(ncol(data)), function(j) as.double(data[, j])))
  }
  known <- case$fit$blueprint$ptypes$predictors
  Map(function(column, like) {
    if (is.factor(like)) as.character(column) else as.double(column)
  }, unname(as.list(data)[names(known)]), unname(as.list(known)))
}

# Row after row, as JSON.
values_in_json <- function(values) {
  if (is.matrix(values)) values <- t(values)
  array_json(vector_json(as.vector(values)))
}

# ---- ONNX -----------------------------------------------------------------------------

# The inputs of the ONNX file of a case, as JSON. `rows` are those to predict.
onnx_feeds <- function(case, rows, precision) {
  columns <- lapply(columns_to_export(case), `[`, rows)
  text <- vapply(columns, is.character, TRUE)
  shape <- if (is.array(case$data)) dim(case$data)[-1L] else sum(!text)
  feed <- function(type, columns, shape) {
    data <- values_in_json(matrix(unlist(columns), length(rows)))
    dims <- values_in_json(as.double(c(length(rows), shape)))
    sprintf("{\"type\":\"%s\",\"data\":%s,\"dims\":%s}", type, data, dims)
  }
  levels <- lapply(columns[text], function(x) ifelse(is.na(x), "(missing)", x))
  type <- if (precision == "single") "float32" else "float64"
  object_json(c(
    x = if (!all(text)) feed(type, columns[!text], shape),
    levels = if (any(text)) feed("string", levels, sum(text))
  ))
}

# Runs onnxruntime-web. `runs` is a list of list(path, feeds), and the result has an element for
# each: a list with the error, or the values of the outputs.
run_onnx <- function(runs) {
  jobs <- vapply(runs, function(run) {
    object_json(c(path = quote_json(run$path), feeds = run$feeds))
  }, "")
  input <- withr::local_tempfile(lines = array_json(jobs))
  script <- c(
    "const ort = require('onnxruntime-web'), fs = require('fs');",
    "ort.env.wasm.numThreads = 1; ort.env.logLevel = 'fatal';",
    "const arrays = { float32: Float32Array, float64: Float64Array };",
    "const tensor = ({ type, data, dims }) => new ort.Tensor(type, type === 'string' ? data :",
    "  arrays[type].from(data.map((v) => v === null ? NaN : v)), dims);",
    "async function run({ path, feeds }) {",
    "  const session = await ort.InferenceSession.create(path);",
    "  for (const name in feeds) feeds[name] = tensor(feeds[name]);",
    "  const results = await session.run(feeds), found = {};",
    "  for (const name in results) found[name] = { type: results[name].type,",
    "    dims: results[name].dims, data: Array.from(results[name].data) };",
    "  return found;",
    "}",
    "(async () => {",
    "  const found = [];",
    "  for (const job of JSON.parse(fs.readFileSync(process.argv[2]))) found.push(",
    "    await run(job).catch((error) => ({ error: error.message })));",
    "  console.log(JSON.stringify(found));",
    "})();"
  )
  printed <- run_node(script, "onnxruntime-web", input)
  Encoding(printed) <- "UTF-8"
  jsonlite::parse_json(printed)
}

values_of <- function(output) {
  values <- unlist(output$data)
  if (length(output$dims) == 2L) matrix(values, output$dims[[1L]], byrow = TRUE) else values
}

# Runs onnx's own checker and shape inference on files.
check_by_onnx <- function(paths) {
  python <- Sys.getenv("FEEDFORWARD_PYTHON", "/usr/bin/python3")
  skip_on_cran()
  skip_if(!nzchar(Sys.which(python)), "Python is not installed")
  has_onnx <- system2(python, c("-c", shQuote("import onnx")), stdout = FALSE, stderr = FALSE) == 0
  skip_if(!has_onnx, "the package onnx of Python is not installed")
  script <- withr::local_tempfile(lines = c(
    "import sys, onnx",
    "for path in sys.argv[1:]:",
    "    onnx.checker.check_model(path, full_check=True)",
    "    model = onnx.load(path)",
    "    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)",
    "    print(len(model.graph.node))"
  ))
  suppressWarnings(system2(python, shQuote(c(script, paths)), stdout = TRUE, stderr = TRUE))
}

# Returns the fields of a message as list(field, value), where a value is a number or bytes.
proto_fields <- function(bytes) {
  fields <- list()
  at <- 1L
  varint <- function() {
    value <- 0
    for (shift in 0:9) {
      byte <- as.integer(bytes[at])
      at <<- at + 1L
      value <- value + (byte %% 128) * 128^shift
      if (byte < 128L) {
        return(value)
      }
    }
  }
  while (at <= length(bytes)) {
    tag <- varint()
    value <- if (tag %% 8 == 0) varint()
    if (tag %% 8 != 0) {
      size <- if (tag %% 8 == 2) varint() else 4
      value <- bytes[at - 1L + seq_len(size)]
      at <- at + as.integer(size)
    }
    fields[[length(fields) + 1L]] <- list(field = tag %/% 8, value = value)
  }
  fields
}

# All values of a field.
proto_values <- function(bytes, field) {
  fields <- proto_fields(bytes)
  lapply(fields[vapply(fields, `[[`, 1, "field") == field], `[[`, "value")
}

proto_strings <- function(bytes, field) {
  text <- vapply(proto_values(bytes, field), rawToChar, "")
  Encoding(text) <- "UTF-8"
  text
}

# ---- JSON -----------------------------------------------------------------------------

# Runs the reader in JavaScript on the help page of write_json(). `jobs` is a list of list(path,
# rows), with rows as JSON, and the result has the predictions of each.
run_json_reader <- function(jobs) {
  jobs <- vapply(jobs, function(job) {
    object_json(c(path = quote_json(job$path), rows = job$rows))
  }, "")
  input <- withr::local_tempfile(lines = array_json(jobs))
  reader <- paste(c(json_reader(), "return predict;"), collapse = "\n")
  script <- c(
    "const fs = require('fs');", sprintf("const reader = new Function('text', %s);",
      quote_json(reader)),
    "const jobs = JSON.parse(fs.readFileSync(process.argv[2]));",
    "const run = ({ path, rows }) => rows.map(reader(fs.readFileSync(path, 'utf8')));",
    "console.log(JSON.stringify(jobs.map(run)));"
  )
  jsonlite::fromJSON(run_node(script, character(), input), simplifyMatrix = FALSE)
}

# The code on the help page, and the activations that it leaves out.
json_reader <- function() {
  page <- test_path("../../man/write_json.Rd")
  skip_if_not(file.exists(page), "the sources are elsewhere")
  code <- unlist(Filter(function(part) {
    identical(attr(part, "Rd_tag"), "\\preformatted")
  }, parts_of_page(tools::parse_Rd(page))))
  c(
    code,
    "const each = (f) => (z) => z.map(f), elu = (v) => v < 0 ? Math.expm1(v) : v;",
    "const sigmoid = (v) => 1 / (1 + Math.exp(-v));",
    "const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));",
    "function gelu(v) {",
    "  if (Math.abs(v) > 9) return v > 0 ? v : 0;",
    "  let sum = v, term = v;",
    "  for (let k = 3; k < 500; k += 2) sum += term *= v * v / k;",
    "  return v * (0.5 + sum * Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI));",
    "}",
    "Object.assign(activations, { gelu: each(gelu), sigmoid: each(sigmoid), tanh: each(Math.tanh),",
    "  leaky_relu: each((v) => v < 0 ? 0.01 * v : v), elu: each(elu),",
    "  selu: each((v) => 1.0507009873554805 * (v < 0 ? 1.6732632423543772 * elu(v) : v)),",
    "  silu: each((v) => v * sigmoid(v)), mish: each((v) => v * Math.tanh(softplus(v))),",
    "  softplus: each(softplus), exp: each(Math.exp) });"
  )
}

parts_of_page <- function(page) {
  if (!is.list(page)) {
    return(list())
  }
  c(as.list(page), unlist(lapply(page, parts_of_page), recursive = FALSE))
}
