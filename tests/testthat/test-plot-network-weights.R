test_that("units are drawn and returned invisibly", {
  fit <- example_model(inputs = "array", hidden = c(30L, 3L))
  expect_identical(drawn(plot_weights(fit)), list(value = 1:25, visible = FALSE))
  expect_identical(drawn(plot_weights(fit, units = c(30, 2), main = "Two"))$value, c(30L, 2L))
  expect_identical(drawn(plot_weights(fit, units = 1, common = TRUE), 0.5, 0.5)$value, 1L)
  expect_identical(drawn(plot_weights(example_model(), image = c(1, 3), bg = "gray"))$value, 1:4)
  expect_identical(drawn(plot_weights(example_model(hidden = 0L[0]), image = c(3, 1)))$value, 1:3)
  fit$parameters$W1[] <- 0
  expect_no_warning(drawn(plot_weights(fit)))
})

test_that("a key explains the colors, and says how many units are drawn", {
  fit <- example_model(inputs = "array", hidden = c(30L, 3L))
  texts <- function(...) {
    calls <- drawn_calls(plot_weights(fit, ...), "text")
    unlist(lapply(calls, function(call) call$args[[3]]))
  }
  expect_true(all(c("25 of 30 units", "negative", "positive weight") %in% texts()))
  expect_false(any(grepl("units", texts(units = 1:30))))
  # One scale for all: its ends are the largest weight.
  fit$parameters$W1[7] <- -8
  expect_true(all(c("-8", "weight 8") %in% texts(common = TRUE)))
})

test_that("colors are white at 0, vermilion below and blue above", {
  expect_identical(diverging(c(-1, 0, 1)), c("#D55E00", "#FFFFFF", "#0072B2"))
})

test_that("predictors that are not images are an error", {
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  fit <- example_model()
  refused(plot_weights(fit), c("`image` is missing", "have names", "coef()"))
  unnamed <- fit
  unnamed$inputs["names"] <- list(NULL)
  refused(plot_weights(unnamed), c("`image` is missing, and 3 inputs", "c(height, width)"))
  refused(plot_weights(fit, image = c(2, 2)), c("whose product is 3", "not 2, 2"))
  refused(plot_weights(fit, image = "3x1"), "whose product is 3")
  refused(plot_weights(fit, image = c(1, 3), units = 5), "from 1 to 4")
  refused(plot_weights(fit, image = c(1, 3), units = 0.5), "from 1 to 4")
  refused(plot_weights(fit, image = c(1, 3), main = 5), "`main`")
  refused(plot_weights(1), "`fit` must be a model")
  fit$parameters$W1[2] <- NA
  refused(plot_weights(fit, image = c(1, 3)), "a missing value (NA) at `fit$parameters$W1[2, 1]`")
})
