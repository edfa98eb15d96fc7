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
  # Rows of weight 0 may have a class that the model does not know.
  data$class <- as.character(data$class)
  data$class[300] <- "odd"
  data$w[300] <- 0
  source <- source_of(data, 50, 150)
  rest <- source_of(data[1:100, ], 50, 150)
  for (settings in list(
    list(), list(validation = 0.2, stop_iter = 4), list(validation = rest, dropout = 0.2),
    list(case_weights = "w", class_weights = "balanced", precision = "single"),
    list(class_weights = c(odd = 0))
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

test_that("so is a source to validate on", {
  data <- mixed_rows()[c(predictors_of_mixed, "class")]
  rest <- data[1:100, ]
  folder <- withr::local_tempdir()
  for (buffer in c(150, 1000)) {
    source <- source_of(data, 50, buffer)
    fit_with_checkpoint(source, folder, stop_after = 2, validation = source_of(rest, 50, 100))
    resume <- function(validation) {
      resume_training(folder, source, "class", validation = validation)
    }
    expect_identical(comparable(resume(source_of(rest, 50, 100))),
      comparable(fit_with_checkpoint(source, withr::local_tempdir(), stop_after = 9,
        validation = source_of(rest, 50, 100))))
    fit_with_checkpoint(source, folder, stop_after = 2, validation = source_of(rest, 50, 100))
    other <- rest
    other$a[7] <- other$a[7] + 1e-6
    expect_error(resume(source_of(other, 50, 100)), "`validation.* has different values",
      class = "feedforward_data_error")
    expect_error(resume(NULL), "`validation` is missing", class = "feedforward_error")
  }
  fit_with_checkpoint(source_of(data, 50, 150), folder, validation = source_of(rest, 50, 100))
  again <- function(validation) {
    resume_training(folder, source_of(data, 50, 150), "class", validation = validation)
  }
  expect_error(again(source_of(rest, 50, 70)), "`validation` must have 100 rows in the buffer",
    class = "feedforward_data_error")
  expect_error(again(list(x = rest, y = rest$class)), "`validation` must be a data source",
    class = "feedforward_error")
})

test_that("weights are among the values that must be the same", {
  data <- mixed_rows()[c("a", "b", "class", "w")]
  folder <- withr::local_tempdir()
  fit_with_checkpoint(source_of(data, 50, 150), folder, case_weights = "w")
  row <- which(data$w == 1)[1]
  expect_error(resume_training(folder, source_of(data[c("a", "b", "class")], 50, 150), "class"),
    "`x` has no column `w`, which it had when training began", class = "feedforward_error")
  data$w[row] <- 1.5
  expect_error(resume_training(folder, source_of(data, 50, 150), "class"), "different values",
    class = "feedforward_data_error")
})

test_that("a source in place of data in memory is an error, unless it has the same rows", {
  data <- mixed_rows()[c("a", "b", "class")]
  folder <- withr::local_tempdir()
  stop_early <- function(x, y) {
    feedforward(x, y, epochs = 3, checkpoint = folder, on_epoch = function(record) FALSE)
  }
  stop_early(as.matrix(data[c("a", "b")]), data$class)
  expect_error(resume_training(folder, source_of(data, 50, 1000), "class"),
    "`x` is a data source, but training began with data in memory", class = "feedforward_error")
  stop_early(data[c("a", "b")], data$class)
  expect_error(resume_training(folder, source_of(data, 50, 100), "class"),
    "must fit into its buffer", class = "feedforward_error")
  expect_error(resume_training(folder, source_of(data, 50, 1000), 3), "`y` must be the name",
    class = "feedforward_error")
  expect_error(resume_training(folder, source_of(data, 50, 1000), b),
    "`b` is a column of the source", class = "feedforward_error")
  expect_equal(nrow(resume_training(folder, source_of(data, 50, 1000), "class")$history), 3)
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
    "`validation` must be left out", class = "feedforward_error")
})

test_that("other columns, or the same in another order, are named as such", {
  data <- mixed_rows()[c("a", "b", "class")]
  folder <- withr::local_tempdir()
  feedforward(source_of(data, 50, 150), "class", epochs = 2, hidden_units = 2, threads = 1,
    checkpoint = folder)
  expect_error(resume_training(folder, source_of(data[c(2, 1, 3)], 50, 150), "class"),
    "same columns in the same order", class = "feedforward_data_error")
  data$a[7] <- data$a[7] + 1
  error <- expect_error(resume_training(folder, source_of(data, 50, 150), "class"),
    "has different values", class = "feedforward_data_error")
  expect_match(conditionMessage(error), "only be resumed with the same rows")
})

test_that("a validation source must fit its buffer if it was read whole", {
  data <- mixed_rows(100)[c("a", "b", "class")]
  folder <- withr::local_tempdir()
  feedforward(source_of(data, 50, 100), "class", validation = source_of(data, 50, 100),
    epochs = 2, hidden_units = 2, threads = 1, checkpoint = folder)
  small <- source_of(data, 50, 50)
  expect_error(
    resume_training(folder, source_of(data, 50, 100), "class", validation = small),
    "The rows of `validation` must fit into its buffer", class = "feedforward_error")
})
