use_harness("export")

# Computes predictions from the parts alone, as an exporter would.
output_of_parts <- function(parts, data) {
  given <- lapply(seq_along(parts$columns), function(j) {
    name <- parts$columns[[j]]$name
    if (is.na(name)) data[, j] else data[[name]]
  })
  read <- Map(function(values, column) {
    if (is.null(column$levels)) as.double(values) else match(as.character(values), column$levels)
  }, given, parts$columns)
  x <- vapply(seq_len(nrow(parts$inputs)), function(k) {
    input <- parts$inputs[k, ]
    x <- read[[input$column]]
    missing <- is.na(given[[input$column]])
    rest <- parts$columns[[input$column]]$replacement
    if (input$is != "level" && length(rest)) x[missing] <- rest
    value <- switch(input$is,
      number = x, missing = as.double(missing), level = as.double(x %in% input$level),
      interval = pmin(pmax((x - input$from) / (input$to - input$from), 0), 1)
    )
    value <- (value / parts$divisor - input$center) / input$scale
    if (input$clips) value / sqrt(1 + (value / 3)^2) else value
  }, double(NROW(data)))
  a <- t(x)
  for (layer in parts$layers) {
    z <- layer$weights %*% a + layer$bias
    a <- switch(layer$activation, relu = pmax(z, 0), tanh = tanh(z), linear = z)
  }
  a <- switch(parts$output$link,
    softmax = apply(a, 2L, function(z) exp(z - max(z)) / sum(exp(z - max(z)))),
    sigmoid = 1 / (1 + exp(-a)), exp = exp(a), linear = a
  )
  t(a * parts$output$scale + parts$output$center)
}

test_that("the parts are enough for the predictions", {
  skip_on_cran()
  cases <- export_cases()
  usual <- Filter(function(case) {
    all(case$fit$architecture$activations %in% c("relu", "tanh", "linear"))
  }, cases)
  expect_gte(length(usual), 30L)
  for (name in names(usual)) {
    case <- usual[[name]]
    data <- case$data[case$keep, , drop = FALSE]
    parts <- export_parts(case$fit, "as_sql")
    type <- if (case$fit$outcome$kind == "numbers") "numeric" else "prob"
    expected <- suppressWarnings(predict(case$fit, data, type = type, format = "matrix"))
    expect_lt(distance(as.vector(output_of_parts(parts, data)), as.vector(expected)), 1e-11,
      label = name)
  }
})

test_that("images have their size and divisor", {
  withr::local_seed(2)
  images <- array(sample(0:255, 120, TRUE), c(10, 3, 4))
  for (standardize in c(TRUE, FALSE)) {
    fit <- small_fit(images, 1:10 / 10, standardize = standardize)
    parts <- export_parts(fit, "as_sql")
    expect_identical(parts$image, c(3L, 4L))
    expect_identical(parts$divisor, 255)
    expect_length(parts$columns, 12L)
    flat <- t(apply(images, 1L, function(image) as.vector(t(image))))
    expect_lt(distance(as.vector(output_of_parts(parts, flat)), predict(fit, images)), 1e-12)
  }
})

test_that("columns and inputs are described", {
  data <- cases_data()
  data$a[2:3] <- NA
  data$f[4L] <- NA
  fit <- small_fit(class ~ yes + a + f + no, data = data, missing = "indicator",
    encoding = "piecewise", new_levels = "zero")
  parts <- export_parts(fit, "as_sql")
  columns <- parts$columns
  part <- function(name) unlist(lapply(columns, `[[`, name))
  expect_identical(part("name"), c("yes", "a", "f", "no"))
  expect_identical(part("type"), c("levels", "number", "levels", "logical"))
  expect_identical(part("is_logical"), c(TRUE, FALSE, FALSE, TRUE))
  expect_identical(part("missing"), c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(part("zero"), c(FALSE, FALSE, TRUE, FALSE))
  expect_identical(columns[[1L]]$levels, c("FALSE", "TRUE"))
  expect_identical(columns[[2L]]$replacement, fit$inputs$encoding$center[2L])
  inputs <- parts$inputs
  expect_identical(inputs$is, c(
    "level", "level", "number", rep("interval", 8L), "missing", rep("level", 4L), "missing",
    "number"
  ))
  expect_identical(inputs$level[inputs$is == "level"], c(1:2, 1:4))
  expect_identical(c(inputs$from[4L], inputs$to[4:11]), fit$inputs$encoding$knots[[2L]])
  expect_identical(inputs$clips, inputs$is == "number")
  expect_identical(parts$layers[[1L]]$weights, unname(fit$parameters$W1))
  expect_identical(parts$output$link, "softmax")
  expect_identical(parts$outcome$levels, c("u", "v", "w"))
})

test_that("a changed model is refused", {
  fit <- plain_model()
  fit$inputs$center <- 1
  expect_refusal(export_parts(fit, "as_sql"), "not a valid model", "feedforward_error")
  fit <- plain_model()
  fit$parameters$W1[1L] <- NA
  expect_refusal(export_parts(fit, "as_sql"), "missing value", "feedforward_error")
})
