test_that("networks of any size are drawn on any device", {
  fit <- example_model(inputs = "formula")
  expect_identical(drawn(plot_network(fit)), list(value = fit, visible = FALSE))
  draws <- function(fit, ..., width = 7, height = 5) {
    expect_no_warning(drawn(plot_network(fit, ...), width, height))
  }
  draws(fit, main = "A network", bg = "white")
  draws(fit, width = 1, height = 1)
  draws(example_model("numbers", hidden = integer()))
  draws(example_model("labels", "array", hidden = c(200L, 50L)), n = 5)
  draws(example_model(hidden = 1L), n = 1)
  fit$parameters$W1[] <- 0
  draws(fit)
})

test_that("only the strongest units of large layers are drawn, in their order", {
  # 4 inputs, 3 hidden units, 1 output. Through unit 2 nothing passes to the output.
  W1 <- rbind(c(1, 0, 3, 2), c(90, 0, 0, 0), c(0, -4, 0, 1))
  W2 <- matrix(c(2, 0, -1), 1)
  # Hidden units weigh 2, 0 and 1; inputs 2, 4, 6 and 5.
  expect_identical(strongest_units(list(W1, W2), 2), list(3:4, c(1L, 3L), 1L))
  expect_identical(strongest_units(list(W1, W2), 1), list(3L, 1L, 1L))
  expect_identical(strongest_units(list(W1, W2), 9), list(1:4, 1:3, 1L))
  # Of outputs, those with the largest weights.
  expect_identical(strongest_units(list(rbind(c(1, 1), c(-3, 0), c(0, 0))), 1), list(1L, 2L))
  # Neither too large nor too small for products of many layers.
  huge <- rep(list(diag(c(1e300, 2e300))), 5)
  expect_identical(strongest_units(huge, 1), rep(list(2L), 6))
})

test_that("names of layers and the number of drawn units are written", {
  fit <- example_model(hidden = c(40L, 3L))
  fit$parameters$W1[, 1] <- 0
  drawn <- drawn_calls(plot_network(fit, n = 2), "text")
  texts <- unlist(lapply(drawn, function(call) call$args[[3]]))
  expect_match(texts, "hidden 1\nrelu\n2 strongest of 40", fixed = TRUE, all = FALSE)
  expect_true(all(c("Sepal.Width", "Petal.Length") %in% texts))
  expect_false("Sepal.Length" %in% texts)
})

test_that("the drawing uses the bottom of the page", {
  for (size in list(c(480, 480), c(1600, 900), c(300, 300))) {
    calls <- drawn_calls(plot_network(example_model(hidden = c(40L, 3L))), "symbols", size)
    y <- unlist(lapply(calls, function(call) call$args[[2]]))
    expect_lt(min(y), 0.25 * size[2] / 72)
    expect_gt(max(y), 0.9 * size[2] / 72)
  }
})

test_that("a model without names gets names such as x1 and y1", {
  expect_identical(input_names(example_model(inputs = "array")), paste0("x", 1:6))
  expect_identical(output_labels(example_model("numbers")), "y")
  expect_identical(output_labels(example_model("labels")), c("warm", "wet"))
})

test_that("invalid arguments are errors", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(plot_network(1), "`fit` must be a model")
  refused(plot_network(example_model(), n = 0), "`n` must be")
  refused(plot_network(example_model(), main = 1), "`main` must be")
})
