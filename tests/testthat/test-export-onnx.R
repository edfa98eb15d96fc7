# Writes a file and returns its path, which is deleted after the test.
onnx_file <- function(fit, ..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".onnx", .local_envir = env)
  write_onnx(fit, path, ...)
  path
}

bytes_of <- function(path) readBin(path, "raw", file.size(path))

# The parts of an ONNX file, by their names in its format.
read_onnx <- function(path) {
  bytes <- bytes_of(path)
  graph <- proto_values(bytes, 7)[[1]]
  constants <- proto_values(graph, 5)
  entries <- proto_values(bytes, 14)
  nodes <- proto_values(graph, 1)
  list(
    version = proto_values(bytes, 1)[[1]],
    opsets = vapply(proto_values(bytes, 8), function(set) proto_values(set, 2)[[1]], 1),
    ops = unlist(lapply(nodes, proto_strings, 4)), labels = unlist(lapply(nodes, proto_strings, 3)),
    constants = rlang::set_names(lapply(constants, read_constant),
      unlist(lapply(constants, proto_strings, 8))),
    inputs = unlist(lapply(proto_values(graph, 11), proto_strings, 1)),
    outputs = unlist(lapply(proto_values(graph, 12), proto_strings, 1)),
    metadata = rlang::set_names(unlist(lapply(entries, proto_strings, 2)),
      unlist(lapply(entries, proto_strings, 1)))
  )
}

read_constant <- function(bytes) {
  type <- proto_values(bytes, 2)[[1]]
  if (type == 8) {
    return(proto_strings(bytes, 6))
  }
  shape <- as.integer(unlist(proto_values(bytes, 1)))
  data <- proto_values(bytes, 9)[[1]]
  size <- if (type == 1) 4L else 8L
  values <- readBin(data, if (type == 7) "integer" else "double", 1e6, if (type == 7) 4L else size)
  if (type == 7) values <- values[c(TRUE, FALSE)]
  if (length(shape) == 2L) matrix(values, shape[1], byrow = TRUE) else values
}

test_that("the graph computes the predictions", {
  fit <- quick_fit(as.matrix(iris[1:4]), iris$Species)
  model <- read_onnx(onnx_file(fit))
  expect_identical(model$version, 8)
  expect_identical(model$opsets, 13)
  expect_identical(model$ops,
    c("Sub", "Div", "Gemm", "Relu", "Gemm", "Softmax", "ArgMax", "Gather"))
  expect_identical(c(model$inputs, model$outputs), c("x", "label", "probabilities"))
  numbers <- model$constants
  x <- t((t(iris[1:4]) - numbers$numbers_center) / numbers$numbers_scale)
  hidden <- pmax(t(numbers$W1 %*% t(x) + numbers$b1), 0)
  link <- exp(t(numbers$W2 %*% t(hidden) + numbers$b2))
  expected <- predict(fit, as.matrix(iris[1:4]), type = "prob")
  expect_lt(max(abs(link / rowSums(link) - expected)), 1e-6)
  expect_identical(numbers$classes, levels(iris$Species))
  expect_identical(model$metadata[["x_columns"]],
    "[\"Sepal.Length\",\"Sepal.Width\",\"Petal.Length\",\"Petal.Width\"]")
  expect_identical(model$metadata[["classes"]], "[\"setosa\",\"versicolor\",\"virginica\"]")
  expect_identical(model$metadata[["loss"]], "cross_entropy")
})

test_that("operators and constants have names of their own", {
  cases <- file_cases()
  for (name in names(cases)) {
    model <- read_onnx(onnx_file(cases[[name]]$fit))
    expect_false(anyDuplicated(c(model$labels, names(model$constants))) > 0L, label = name)
  }
  expect_true("levels of W1\"\\\\\\t,[]" %in% model$labels || "levels of levels" %in% model$labels)
  expect_identical(jsonlite::parse_json(model$metadata[["x_columns"]], TRUE),
    c("x", "W1\"\\\t,[]"))
  levels <- jsonlite::parse_json(model$metadata[["level_columns"]])
  expect_identical(levels[[1]]$levels, list("", "a\nb", "it's"))
  expect_identical(levels[[2]]$name, "\u00fc label")
  expect_identical(model$constants$classes, cases$hostile$fit$outcome$levels)
})

test_that("onnx accepts the files", {
  cases <- file_cases()
  env <- environment()
  paths <- unlist(lapply(c("single", "double"), function(precision) {
    lapply(cases, function(case) onnx_file(case$fit, precision, env = env))
  }))
  printed <- check_by_onnx(paths)
  expect_null(attr(printed, "status"))
  expect_length(printed, length(paths))
})

test_that("onnx refuses a damaged file", {
  path <- onnx_file(example_model())
  bytes <- bytes_of(path)
  # A Gemm without the matrix of weights.
  at <- grepRaw(c(as.raw(2), charToRaw("W1")), bytes)
  bytes[at + 1] <- charToRaw("V")
  writeBin(bytes, path)
  expect_identical(attr(check_by_onnx(path), "status"), 1L)
})

# The outputs of ONNX Runtime are the predictions of R for these rows.
expect_results <- function(found, expected, rows, fit, label) {
  expect_null(found$error, label = label)
  numbers <- if (is.null(expected$label)) found$prediction else found$probabilities
  difference <- values_of(numbers) - expected$numbers[rows, , drop = FALSE]
  unit <- max(1, fit$outcome$scale, abs(expected$numbers))
  limit <- if (startsWith(label, "far")) 1e-5 else 1e-6
  expect_lt(max(abs(difference)) / unit, limit, label = label)
  if (is.character(expected$label)) {
    expect_identical(values_of(found$label), expected$label[rows], label = label)
  } else if (!is.null(expected$label)) {
    expect_identical(values_of(found$label) == 1, expected$label[rows, , drop = FALSE],
      label = label)
  }
}

test_that("ONNX Runtime predicts as R does", {
  cases <- file_cases()
  jobs <- expand.grid(case = names(cases), rows = c("all", "one"),
    precision = c("single", "double"), stringsAsFactors = FALSE)
  env <- environment()
  runs <- lapply(seq_len(nrow(jobs)), function(k) {
    case <- cases[[jobs$case[k]]]
    rows <- if (jobs$rows[k] == "one") 5L else seq_len(nrow(case$data))
    list(path = onnx_file(case$fit, jobs$precision[k], env = env),
      feeds = onnx_feeds(case, rows, jobs$precision[k]))
  })
  found <- run_onnx(runs)
  for (k in seq_len(nrow(jobs))) {
    case <- cases[[jobs$case[k]]]
    expected <- predictions_in_r(case)
    rows <- if (jobs$rows[k] == "one") 5L else seq_len(nrow(case$data))
    expect_results(found[[k]], expected, rows, case$fit, toString(jobs[k, ]))
    type <- if (jobs$precision[k] == "single") "float32" else "float64"
    output <- found[[k]][[if (is.null(expected$label)) "prediction" else "probabilities"]]
    expect_identical(output$type, type, label = toString(jobs[k, ]))
  }
})

test_that("a new level is an error that names the column, and no rows are no predictions", {
  case <- file_cases()$frame
  none <- list(path = onnx_file(case$fit), feeds = onnx_feeds(case, integer(), "single"))
  case$data$f <- replace(as.character(case$data$f), 2, "never seen")
  new <- list(path = onnx_file(case$fit), feeds = onnx_feeds(case, 1:3, "single"))
  found <- run_onnx(list(new, none))
  expect_match(found[[1]]$error, "levels of f", fixed = TRUE)
  expect_identical(found[[2]]$probabilities$dims, list(0L, 3L))
})

test_that("times need double precision, and a warning says so", {
  time <- 1.7e9 + (1:40) * 3
  fit <- quick_fit(cbind(time = time, a = rep(1:2, 20)), sin(time))
  path <- withr::local_tempfile()
  cnd <- expect_warning(write_onnx(fit, path), class = "feedforward_lost_digits")
  expect_match(conditionMessage(cnd), "column `time`", fixed = TRUE)
  expect_match(conditionMessage(cnd), "precision = \"double\"", fixed = TRUE)
  expect_no_warning(write_onnx(fit, path, "double"))
  case <- list(fit = fit, data = cbind(time = time, a = rep(1:2, 20)))
  found <- run_onnx(list(list(path = path, feeds = onnx_feeds(case, 1:40, "double"))))
  expect_results(found[[1]], predictions_in_r(case), 1:40, fit, "time")
  far <- quick_fit(matrix(sin(1:40)), time)
  expect_warning(write_onnx(far, path), "digits of the outcome", class = "feedforward_lost_digits")
  write_onnx(far, path, "double")
  case <- list(fit = far, data = matrix(sin(1:40)))
  found <- run_onnx(list(list(path = path, feeds = onnx_feeds(case, 1:40, "double"))))
  expect_lt(max(abs(values_of(found[[1]]$prediction) - predict(far, case$data))), 1e-3)
  unnamed <- quick_fit(cbind(time, 1:40), sin(time), encoding = "piecewise")
  expect_warning(write_onnx(unnamed, path), "column 1", class = "feedforward_lost_digits")
})

test_that("numbers too large for single precision are refused", {
  fit <- quick_fit(cbind(a = c(1e39, -1e39, 3e39, 5e39), b = 1:4), 1:4)
  expect_says(write_onnx(fit, tempfile()), "`write_onnx()` cannot write numbers above 3.4e38")
  fit <- quick_fit(matrix(1:8, 4), 1:4)
  fit$parameters$W1[1, 1] <- -1e39
  expect_says(write_onnx(fit, tempfile(), "double"), "above 3.4e38")
  expect_says(check_export_size(2^31, "write_onnx"), "`write_onnx()` cannot write a file of 2 GiB")
})

test_that("other models and wrong arguments are refused", {
  path <- withr::local_tempfile()
  fit <- example_model()
  refused <- function(code, ...) expect_says(code, ...)
  refused(write_onnx(), "`fit` is missing")
  refused(write_onnx(fit), "`path` is missing")
  refused(write_onnx(path, fit), "The model comes first: `write_onnx(fit, path)`.")
  refused(write_onnx(1, path), "`fit` must be a model made by `feedforward()`, not the number 1")
  refused(write_onnx(fit, 1), "`path` must be a non-empty string")
  refused(write_onnx(fit, path, "half"), "`precision` must be one of \"single\" or \"double\"")
  refused(write_onnx(example_model(inputs = "formula"), path), "computes terms")
  average <- feedforward_cv(mpg ~ wt, data = mtcars, candidates = list(list(epochs = 2)), folds = 2)
  refused(write_onnx(average, path), "`fit` is an average", "network_of(fit, 1)")
  broken <- fit
  broken$parameters$b2[1] <- NA
  refused(write_onnx(broken, path), "missing value", "b2")
  odd <- fit
  level <- "\xff"
  Encoding(level) <- "UTF-8"
  odd$outcome$levels[2] <- level
  refused(write_onnx(odd, path), "`write_onnx()` cannot write a name with an invalid encoding")
  expect_false(file.exists(path))
})

test_that("a file is replaced as a whole or not at all", {
  path <- onnx_file(example_model())
  before <- bytes_of(path)
  expect_identical(withVisible(write_onnx(example_model("numbers"), path)),
    list(value = path, visible = FALSE))
  expect_false(identical(bytes_of(path), before))
  expect_refusal(write_onnx(example_model(), file.path(path, "no", "folder")),
    c("cannot be written", "there is no folder"))
  expect_identical(list_all(dirname(path))[grepl("[.]part$", list_all(dirname(path)))], character())
})
