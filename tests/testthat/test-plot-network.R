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

test_that("of large layers a share is drawn", {
  fit <- example_model(hidden = c(40L, 3L))
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  page <- blank_page()
  nodes <- place_nodes(fit, 16L, page)
  expect_identical(lengths(lapply(nodes, `[[`, "y")), c(3L, 16L, 3L, 3L))
  expect_identical(vapply(nodes, `[[`, 0, "more"), c(0, 24, 0, 0))
})

test_that("names are made up where there are none", {
  expect_identical(input_names(example_model(inputs = "array")), paste0("x", 1:6))
  expect_identical(output_labels(example_model("numbers")), "y")
  expect_identical(output_labels(example_model("labels")), c("warm", "wet"))
})

test_that("what is no network is refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  refused(plot_network(1), "`fit` must be a model")
  refused(plot_network(example_model(), n = 0), "`n` must be")
  refused(plot_network(example_model(), main = 1), "`main` must be")
})
