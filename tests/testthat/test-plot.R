# Draws on a device that leaves no file; what it returned, and whether par() is as before.
drawn <- function(code, width = 7, height = 5) {
  grDevices::pdf(NULL, width = width, height = height)
  on.exit(grDevices::dev.off())
  kept <- c("mar", "mgp", "las", "mfrow", "cex", "bg")
  before <- graphics::par(kept)
  value <- withVisible(force(code))
  c(value, list(same_par = identical(graphics::par(kept), before)))
}

test_that("plot draws loss and metric on any device and restores par()", {
  fit <- example_model()
  expect_identical(drawn(plot(fit)), list(value = fit, visible = FALSE, same_par = TRUE))
  draws <- function(...) expect_true(drawn(plot(...))$same_par)
  draws(fit, what = "loss", log = "y")
  draws(fit, what = "metric", main = "Accuracy", ylim = 0:1, ylab = "Share", cex.axis = 0.5)
  draws(fit, main = c("a", "b"))
  draws(example_model("numbers", validation = FALSE))
  draws(example_model(epochs = 1L))
  draws(example_model("labels", epochs = 500L))
  expect_true(drawn(plot(fit), 3, 7)$same_par)
})

test_that("a model without metrics has the loss alone; zeros and gaps are no obstacle", {
  fit <- example_model(validation = FALSE)
  fit$history$metric <- NA_real_
  expect_true(drawn(plot(fit))$same_par)
  fit$history$loss <- c(1, 0, NaN, Inf, 0.1)
  expect_no_warning(drawn(plot(fit)))
  fit$history$loss <- 0
  expect_no_error(drawn(plot(fit, log = "y")))
})

test_that("plot can be part of a page", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  graphics::par(mfrow = c(1, 2))
  plot(example_model(), what = "loss")
  expect_identical(graphics::par("mfrow"), c(1L, 2L))
})

test_that("what cannot be drawn is refused", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  fit <- example_model()
  refused(plot(example_model(epochs = 0L)), "at least one whole epoch")
  refused(plot(fit, what = "error"), "`what` must be")
  refused(plot(fit, what = character()), "`what` must be")
  refused(plot(fit, log = "x"), "`log` must be")
  foreign <- refused(plot(fit, foo = 3), c("arguments that plot.default() takes", "Got `foo`."))
  expect_false(grepl("must be.*must be", conditionMessage(foreign)))
  refused(plot_network(fit, layers = 3), "Got `layers`.")
  refused(plot_weights(example_model(inputs = "array"), image = 2:3, layer = 5), "Got `layer`.")
  refused(plot(fit, main = "one for two"), "`main` must be 2 strings or NULL")
})

test_that("the legend goes where no curve is", {
  epochs <- 1:30
  falling <- exp(-epochs / 5)
  expect_identical(emptiest_corner(epochs, c(falling, falling), ""), "topright")
  overfitted <- c(1.3 * falling, 0.3 + epochs / 40)
  expect_identical(emptiest_corner(epochs, overfitted, ""), "bottomleft")
  expect_identical(emptiest_corner(epochs, c(1 - falling, 1 - falling), ""), "bottomright")
  expect_identical(emptiest_corner(1:2, c(0, NA, 1, 2), "y"), "bottomright")
})

test_that("a plot that has no room is not blamed on arguments that were not given", {
  fit <- example_model()
  grDevices::pdf(NULL, width = 1, height = 1)
  withr::defer(grDevices::dev.off())
  refused <- expect_error(plot(fit), "margins")
  expect_no_match(class(refused), "feedforward")
})
