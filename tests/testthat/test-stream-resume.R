fit_with_checkpoint <- function(source, folder, stop_after = 3, ...) {
  withr::local_seed(8)
  feedforward(source, "class",
    epochs = 5, hidden_units = 4, checkpoint = folder,
    on_epoch = function(record) record$epoch < stop_after, ...
  )
}

comparable <- function(fit) {
  fit$history$seconds <- NULL
  fit$options["checkpoint"] <- list(NULL)
  fit
}

test_that("resumed training on a source ends as if it had not stopped", {
  data <- mixed_rows()[c(predictors_of_mixed, "class", "w")]
  source <- source_of(data, 50, 150)
  rest <- source_of(data[1:100, ], 50, 150)
  for (settings in list(
    list(), list(validation = 0.2, stop_iter = 4), list(validation = rest, dropout = 0.2),
    list(case_weights = "w", class_weights = "balanced", precision = "single")
  )) {
    folder <- withr::local_tempdir()
    fit <- function(...) do.call(fit_with_checkpoint, c(list(source, folder, ...), settings))
    fit(stop_after = 3)
    validation <- if (is.list(settings$validation)) rest
    resumed <- resume_training(folder, source, "class", validation = validation)
    expect_identical(comparable(resumed), comparable(fit(stop_after = 9)))
  }
})

test_that("training that fitted into the buffer is resumed from the source, too", {
  data <- mixed_rows()[c(predictors_of_mixed, "class")]
  source <- source_of(data, 50, 1000)
  folder <- withr::local_tempdir()
  fit_with_checkpoint(source, folder, stop_after = 2)
  resumed <- resume_training(folder, source, "class")
  expect_identical(comparable(resumed),
    comparable(fit_with_checkpoint(source, withr::local_tempdir(), stop_after = 9)))
})

test_that("another source is an error", {
  data <- mixed_rows()[c("a", "b", "class")]
  folder <- withr::local_tempdir()
  fit_with_checkpoint(source_of(data, 50, 150), folder)
  other <- data
  other$a[333] <- other$a[333] + 1e-6
  expect_error(resume_training(folder, source_of(other, 50, 150), "class"), "different values",
    class = "feedforward_data_error")
  expect_error(resume_training(folder, source_of(data[-1, ], 50, 150), "class"), "the size 600 x 3",
    class = "feedforward_data_error")
  expect_error(resume_training(folder, data[c("a", "b")], data$class),
    "`x` must be the source", class = "feedforward_error")
  expect_error(resume_training(folder, source_of(data, 50, 150)), "`y` is missing",
    class = "feedforward_error")
  expect_error(resume_training(folder, source_of(data, 50, 150), "a"), "`y` must be \"class\"",
    class = "feedforward_error")
})

test_that("a source that is read in another way is an error", {
  data <- mixed_rows()[c("a", "b", "class")]
  folder <- withr::local_tempdir()
  fit_with_checkpoint(source_of(data, 50, 150), folder)
  expect_error(resume_training(folder, source_of(data, 50, 200), "class"),
    "must have 150 rows in the buffer, 12 chunks", class = "feedforward_data_error")
  expect_error(resume_training(folder, source_of(data, 50, 150, in_order = TRUE), "class"),
    "in order", class = "feedforward_data_error")
  expect_error(resume_training(folder, source_of(data, 50, 150), "class", validation = 0.2),
    "`validation` must be a data source", class = "feedforward_error")
})
