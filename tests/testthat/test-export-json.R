json_file <- function(fit, ..., env = parent.frame()) {
  path <- withr::local_tempfile(fileext = ".json", .local_envir = env)
  write_json(fit, path, ...)
  path
}

# The numbers of base64 text.
decoded <- function(text, size = 8L) {
  readBin(jsonlite::base64_dec(text), "double", 1e6, size, endian = "little")
}

test_that("the file has the documented elements", {
  fit <- quick_fit(Species ~ ., data = iris)
  network <- jsonlite::fromJSON(json_file(fit))
  expect_named(network, c("format", "version", "made_by", "columns", "inputs", "precision",
    "layers", "outcome"))
  expect_identical(network$format, "feedforward-network")
  expect_identical(network$version, 1L)
  expect_identical(network$columns, data.frame(name = names(iris)[1:4], type = "number",
    missing = FALSE))
  expect_identical(network$inputs[c("column", "is")], data.frame(column = 0:3, is = "number"))
  expect_identical(network$inputs$center, unname(fit$inputs$center))
  expect_identical(network$inputs$scale, unname(fit$inputs$scale))
  expect_identical(network$layers[c("units", "inputs", "activation")],
    data.frame(units = 4:3, inputs = c(4L, 4L), activation = c("relu", "softmax")))
  expect_identical(network$outcome, list(kind = "classes", names = levels(iris$Species)))
})

test_that("double precision keeps every bit of the weights, and single precision its own", {
  fit <- quick_fit(matrix(sin(1:600), 20), 1:20, hidden_units = c(30, 7))
  layers <- jsonlite::fromJSON(json_file(fit))$layers
  for (k in 1:3) {
    W <- unname(fit$parameters[[2 * k - 1]])
    expect_identical(matrix(decoded(layers$weights[k]), nrow(W), byrow = TRUE), W)
    expect_identical(decoded(layers$bias[k]), as.vector(fit$parameters[[2 * k]]))
  }
  single <- jsonlite::fromJSON(json_file(fit, "single"))
  expect_identical(single$precision, "single")
  W <- matrix(decoded(single$layers$weights[1], 4L), 30, byrow = TRUE)
  expect_equal(W, unname(fit$parameters$W1), tolerance = 1e-6)
  expect_false(identical(W, unname(fit$parameters$W1)))
})

test_that("each kind of column, input, and outcome is described", {
  cases <- file_cases()
  read <- function(name) {
    lines <- readLines(json_file(cases[[name]]$fit), encoding = "UTF-8")
    jsonlite::parse_json(paste(lines, collapse = "\n"))
  }
  expect_identical(read("images")$image, list(height = 3L, width = 4L))
  expect_null(read("images")$columns)
  expect_identical(read("images")$inputs[[12]],
    list(column = 11L, is = "number", center = 0L, scale = 255L))
  expect_identical(read("no names")$columns[[1]],
    list(name = NULL, type = "number", missing = FALSE))
  expect_identical(read("no names")$outcome[c("kind", "names")],
    list(kind = "numbers", names = NULL))
  expect_identical(read("outcomes")$outcome$names, list("p", "q"))
  expect_identical(read("outcomes")$outcome$scale, as.list(cases$outcomes$fit$outcome$scale))
  expect_identical(read("labels")$outcome, list(kind = "labels", names = list("warm", "wet")))
  expect_identical(read("poisson")$outcome, list(kind = "numbers", names = NULL))
  expect_identical(read("new levels")$columns[[3]], list(name = "f", type = "levels",
    levels = list("u", "v", "w"), new_levels = TRUE, missing = FALSE))
  expect_identical(read("frame")$columns[[4]]$type, "logical")
  expect_identical(read("first logical")$columns[[1]]$type, "logical")
  expect_identical(unique(unlist(lapply(read("missing piecewise")$inputs, `[[`, "is"))),
    c("number", "missing", "level", "interval"))
  expect_identical(unlist(read("hostile")$outcome$names), cases$hostile$fit$outcome$levels)
})

test_that("the reader on the help page predicts as R does", {
  cases <- file_cases()
  env <- environment()
  found <- run_json_reader(lapply(cases, function(case) {
    text <- vapply(columns_to_export(case), function(x) {
      if (is.character(x)) quote_json(x) else ifelse(is.na(x), "null", double_json(x))
    }, character(nrow(case$data)))
    list(path = json_file(case$fit, env = env), rows = array_json(apply(text, 1, array_json)))
  }))
  for (k in seq_along(cases)) {
    expected <- predictions_in_r(cases[[k]])$numbers
    difference <- matrix(unlist(found[[k]]), nrow(expected), byrow = TRUE) - expected
    expect_lt(max(abs(difference)) / max(1, abs(expected)), 1e-12, label = names(cases)[k])
  }
})

test_that("other models and wrong arguments are refused", {
  path <- withr::local_tempfile()
  fit <- example_model()
  expect_says(write_json(), "`fit` is missing")
  expect_says(write_json(fit), "`path` is missing")
  expect_says(write_json(path, fit), "The model comes first: `write_json(fit, path)`.")
  expect_says(write_json(list(a = 1), path), "`fit` must be a model made by `feedforward()`",
    "jsonlite::write_json()")
  expect_says(write_json(fit, path, "half"), "`precision` must be one of \"double\" or \"single\"")
  expect_says(write_json(example_model(inputs = "formula"), path),
    "`write_json()` cannot export a formula that computes terms")
  fit$parameters$W1[1, 1] <- 1e39
  expect_says(write_json(fit, path, "single"), "above 3.4e38", "precision = \"double\"")
  average <- quick_cv(iris[1:2], iris$Petal.Width)
  cnd <- expect_says(write_json(average, path), "`fit` is an average of networks")
  expect_false(inherits(cnd, "feedforward_file_error"))
  expect_refusal(write_json(fit, file.path(path, "no", "folder")), "there is no folder")
  expect_false(file.exists(path))
  expect_identical(withVisible(write_json(fit, path)), list(value = path, visible = FALSE))
})
