# live_plot(), with a clock that the tests set.

watched <- function(on_epoch, ..., epochs = 6) {
  withr::local_seed(1)
  feedforward(iris[1:4], iris$Species,
    hidden_units = 3, epochs = epochs, validation = 0.2, on_epoch = on_epoch, ...
  )
}

# Returns the numbers of epochs that are drawn while an epoch takes `seconds`.
epochs_drawn <- function(seconds, code) {
  drawn <- integer()
  clock <- 0
  with_replaced("draw_live", function(model, file) drawn <<- c(drawn, NROW(model$history)), {
    with_replaced("seconds_now", function() clock, {
      original <- feedforward:::epoch_row
      with_replaced("epoch_row", function(...) {
        clock <<- clock + seconds
        original(...)
      }, code)
    })
  })
  drawn
}

test_that("pictures are drawn at most four times a second, and the last is of the last epoch", {
  expect_identical(epochs_drawn(1, watched(live_plot())), 1:6)
  expect_identical(epochs_drawn(0.125, watched(live_plot())), c(1L, 3L, 5L, 6L))
  expect_identical(epochs_drawn(0, watched(live_plot())), c(1L, 6L))
  expect_identical(epochs_drawn(1, watched(live_plot(every = 4))), c(4L, 6L))
  # Early stopping, and a function that is used again.
  again <- live_plot()
  stops <- function() watched(again, stop_iter = 1, learn_rate = 3, epochs = 50)
  last <- nrow(suppressWarnings(watched(NULL, stop_iter = 1, learn_rate = 3, epochs = 50))$history)
  expect_lt(last, 50L)
  for (k in 1:2) {
    drawn <- epochs_drawn(0.1, suppressWarnings(stops()))
    expect_identical(drawn[length(drawn)], last)
  }
})

test_that("the picture is that of plot(), and settings of the page are put back", {
  calls <- function(code) drawn_calls(code, c("lines", "points", "abline"), c(700, 400))
  fit <- watched(NULL)
  expected <- calls(plot(fit))
  expect_gte(length(expected), 6L)
  drawn <- calls(watched(live_plot(every = 6)))
  expect_identical(drawn, expected)
  drawn(watched(live_plot(every = 3)))
})

test_that("live_plot() draws the networks of train_nn()", {
  Y <- to_categorical(iris$Species)
  X <- as.matrix(iris[1:4])
  ways <- drawn_calls(
    train_nn(X, Y, init_nn(4, 2, 3), epochs = 3, verbose = FALSE, on_epoch = live_plot(every = 3)),
    "plot.xy"
  )
  expect_identical(lengths(lapply(ways, function(call) call$args[[1]]$x)), 3L)
})

test_that("a file is replaced as a whole, and devices stay as they are", {
  skip_if_not(capabilities("png"))
  folder <- withr::local_tempdir()
  file <- file.path(folder, "curves.png")
  writeLines("old", file)
  grDevices::pdf(NULL)
  other <- grDevices::dev.cur()
  grDevices::pdf(NULL)
  mine <- grDevices::dev.cur()
  withr::defer({
    grDevices::dev.off(mine)
    grDevices::dev.off(other)
  })
  grDevices::dev.set(other)
  watched(live_plot(file))
  expect_identical(grDevices::dev.cur(), other)
  bytes <- readBin(file, raw(), 1e6)
  expect_identical(bytes[2:4], charToRaw("PNG"))
  # Width and height, then the end of a complete file.
  expect_identical(as.integer(bytes[c(19:20, 23:24)]), c(3L, 192L, 2L, 28L))
  expect_identical(utils::tail(bytes, 8)[1:4], charToRaw("IEND"))
  expect_identical(list.files(folder), "curves.png")
})

test_that("a name of another format is refused", {
  folder <- withr::local_tempdir()
  for (name in c("live.jpg", "live.PDF", "a.png.svg")) {
    expect_says(live_plot(file.path(folder, name)), "pictures are PNG files", "ends in `.png`")
  }
  expect_says(live_plot(file.path(folder, "live.jpg")), "`file` ends in `.jpg`")
  for (name in c("live", "run.2", "live.PNG")) {
    expect_type(live_plot(file.path(folder, name)), "closure")
  }
})

test_that("the function of live_plot() is for records alone", {
  watch <- live_plot()
  parts <- c("`record` must be the list that `on_epoch` gets", "on_epoch = live_plot()")
  for (code in list(quote(watch()), quote(watch(NULL)), quote(watch(1)), quote(watch(list())))) {
    expect_refusal(eval(code), parts, "feedforward_error")
  }
})

test_that("a picture that cannot be drawn keeps the model", {
  expect_refusal(live_plot(file.path(tempdir(), "none", "a.png")), "cannot be written")
  expect_refusal(live_plot(every = 0), "`every` must be", "feedforward_error")
  with_replaced("draw_live", function(model, file) stop("no pen"), {
    expect_warning(fit <- watched(live_plot()), "failed after epoch 1.*no pen")
    expect_identical(nrow(fit$history), 1L)
    expect_warning(fit <- watched(live_plot(every = 10)), "failed after training.*no pen")
  })
  expect_identical(nrow(fit$history), 6L)
  expect_null(fit$stopped)
})
