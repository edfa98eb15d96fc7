# Draws on a device that leaves no file; what it returned, and whether par() is as before.
drawn <- function(code, width = 7, height = 5) {
  grDevices::pdf(NULL, width = width, height = height)
  on.exit(grDevices::dev.off())
  kept <- c("mar", "oma", "mgp", "las", "mfrow", "cex", "bg")
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

test_that("a model without metrics plots the loss, also with zeros and gaps", {
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

test_that("invalid arguments and untrained models are errors", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  refused <- function(code, text) expect_refusal(code, text, "feedforward_error")
  fit <- example_model()
  refused(plot(example_model(epochs = 0L)), "at least one whole epoch")
  refused(plot(fit, what = "error"), "`what` must be")
  refused(plot(fit, what = character()), "`what` must be")
  refused(plot(fit, log = "x"), "`log` must be")
  foreign <- refused(plot(fit, foo = 3), "plot.default() does not accept `foo`")
  expect_false(grepl("must be.*must be", conditionMessage(foreign)))
  refused(plot_network(fit, layers = 3), "does not accept `layers`")
  refused(plot_weights(example_model(inputs = "array"), image = 2:3, layer = 5),
    "does not accept `layer`")
  refused(plot(fit, main = "one for two"), "`main` must be 2 strings or NULL")
})

# Where the panels of plot() stand, in inches from the left, and what it calls.
panels_of <- function(fit, ..., size = c(480, 480)) {
  left <- numeric()
  watched <- with_exports("graphics", list(title = (function() {
    original <- graphics::title
    function(...) {
      left <<- c(left, graphics::grconvertX(0, "npc", "inches"))
      original(...)
    }
  })()), drawn_calls(plot(fit, ...), c("legend", "axis", "plot.window"), size))
  list(left = left, calls = watched)
}

test_that("the axes of panels below each other are aligned", {
  fit <- example_model()
  fit$history$loss <- fit$history$loss * 1e6
  left <- panels_of(fit)$left
  expect_gte(length(left), 2)
  expect_equal(diff(range(left)), 0)
})

test_that("there is one legend, above all lines", {
  calls <- panels_of(example_model())$calls
  legends <- Filter(function(call) call$name == "legend", calls)
  # Measured, then drawn.
  expect_identical(vapply(legends, function(call) isFALSE(call$args$plot), TRUE), c(TRUE, FALSE))
  args <- legends[[2]]$args
  expect_identical(args$legend, c("training", "validation", "best epoch: 4"))
  # It stands on its lower edge, above the largest loss.
  expect_identical(args$yjust, 0)
  expect_gt(args$y, max(example_model()$history$loss))
  none <- panels_of(example_model(validation = FALSE))$calls
  expect_false("legend" %in% vapply(none, `[[`, "", "name"))
})

test_that("the axis begins at the first epoch", {
  expect_identical(epoch_ticks(c(1, 40)), c(1, 10, 20, 30, 40))
  expect_identical(epoch_ticks(c(1, 5)), c(1, 2, 3, 4, 5))
  expect_identical(epoch_ticks(c(1, 1)), 1)
  expect_identical(epoch_ticks(c(1, 2)), c(1, 2))
  expect_identical(epoch_ticks(c(1, 1000)), c(1, 200, 400, 600, 800, 1000))
  ticks <- function(...) {
    calls <- Filter(function(call) call$name == "axis", panels_of(...)$calls)
    # plot() itself draws the others.
    Filter(Negate(is.null), lapply(calls, function(call) call$args$at))
  }
  expect_identical(ticks(example_model(epochs = 40L)), rep(list(c(1, 10, 20, 30, 40)), 2))
  expect_identical(ticks(example_model(epochs = 40L), xaxt = "n"), list())
  expect_identical(ticks(example_model(epochs = 40L), what = "loss", xlim = c(20, 40)),
    list(c(20, 25, 30, 35, 40)))
})

test_that("the label does not overlap the numbers, also for a single epoch", {
  # No range: R draws 0.4 times the value on both sides.
  expect_equal(limits_around(1.19), c(0.714, 1.666))
  expect_identical(limits_around(0), c(-0.4, 0.4))
  expect_identical(limits_around(numeric()), 1:2)
  expect_identical(limits_around(c(3, 1)), c(1, 3))
  for (loss in c(1.19, 0.000123456, 123456.7)) {
    fit <- example_model(epochs = 1L, validation = FALSE)
    fit$history[c("loss", "metric")] <- loss
    grDevices::pdf(NULL, width = 480 / 72, height = 480 / 72)
    # Within plot() the margin is as wide as the numbers, their ticks and the label.
    seen <- NULL
    with_exports("graphics", list(title = function(...) {
      # Others are plot()'s own.
      if (!is.null(list(...)$line)) {
        numbers <- max(graphics::strwidth(format(graphics::axTicks(2)), units = "inches"))
        line <- graphics::par("mai")[2] / graphics::par("mar")[2]
        room <- (list(...)$line - 0.5) * line
        seen <<- c(numbers = numbers, room = room)
      }
    }), plot(fit))
    grDevices::dev.off()
    expect_lt(seen[["numbers"]], seen[["room"]])
  }
})

test_that("small pages get smaller margins, not an error", {
  for (size in c(1, 2, 300 / 72)) {
    for (fit in list(example_model(), example_model("numbers", validation = FALSE, epochs = 1L))) {
      expect_true(drawn(plot(fit), size, size)$same_par)
      expect_true(drawn(plot(fit, main = c("a", "b")), size, size)$same_par)
      expect_true(drawn(plot(fit, what = "loss"), size, size)$same_par)
    }
  }
})

test_that("a plot without room keeps R's own error if no arguments were given", {
  fit <- train_nn(diag(3), diag(3), init_nn(3, 2, 3), epochs = 2, verbose = FALSE)
  grDevices::pdf(NULL, width = 1, height = 1)
  withr::defer(grDevices::dev.off())
  refused <- expect_error(plot(fit), "margins")
  expect_no_match(class(refused), "feedforward")
})
