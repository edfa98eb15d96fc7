# Everything that two fits can be compared by.
comparable <- function(fit) {
  fit$history$seconds <- NULL
  fit
}

in_memory <- function(data, outcome, ..., epochs = 3) {
  withr::local_seed(1)
  y <- if (length(outcome) == 1L) data[[outcome]] else data[outcome]
  comparable(feedforward(data[predictors_of_mixed], y, epochs = epochs, hidden_units = 5, ...))
}

from_source <- function(source, outcome, ...) {
  withr::local_seed(1)
  comparable(feedforward(source, outcome, epochs = 3, hidden_units = 5, ...))
}

test_that("a source that fits into the buffer gives the bits of training in memory", {
  data <- mixed_rows()
  for (outcome in list("number", "class", "text", "flag", c("number", "other"))) {
    columns <- c(predictors_of_mixed, outcome)
    source <- source_of(data[columns], 70, 600)
    expect_identical(from_source(source, outcome), in_memory(data, outcome))
    expect_identical(
      from_source(source, outcome, validation = 0.2, precision = "single", dropout = 0.1),
      in_memory(data, outcome, validation = 0.2, precision = "single", dropout = 0.1)
    )
  }
  weighted <- source_of(data[c(predictors_of_mixed, "class", "w")], 70, 600)
  rest <- source_of(data[1:100, c(predictors_of_mixed, "class")], 70, 600)
  expect_identical(
    from_source(weighted, "class", case_weights = "w", class_weights = "balanced",
      validation = rest),
    in_memory(data, "class", case_weights = data$w, class_weights = "balanced",
      validation = list(data[1:100, predictors_of_mixed], data$class[1:100]))
  )
})

# A source whose only block has all rows, but which is read as a stream.
as_stream <- function(data, outcome, ..., epochs = 3) {
  withr::local_seed(1)
  source <- source_of(data, 70, 600)
  roles <- source_roles(source, outcome, NULL)
  arguments <- training_arguments(epochs = epochs, hidden_units = 5, progress = FALSE, ...)
  comparable(with_seed_kept(fit_stream(source, roles, arguments)))
}

test_that("a stream of one block makes the model of data in memory", {
  data <- mixed_rows()
  for (outcome in c("number", "class", "text", "flag")) {
    columns <- c(predictors_of_mixed, outcome)
    streamed <- as_stream(data[columns], outcome)
    whole <- in_memory(data, outcome)
    expect_equal(streamed$inputs, whole$inputs, tolerance = 1e-12)
    expect_equal(streamed$outcome, whole$outcome, tolerance = 1e-12)
    expect_equal(streamed$blueprint, whole$blueprint)
    expect_equal(streamed$options, whole$options)
    expect_equal(streamed$n, whole$n)
    expect_identical(names(streamed), names(whole))
    expect_equal(dimnames(streamed$parameters$W1), dimnames(whole$parameters$W1))
  }
})

test_that("L-BFGS sums over blocks", {
  data <- mixed_rows()[c(predictors_of_mixed, "number")]
  fit <- function(buffer_rows) {
    from_source(source_of(data, 70, buffer_rows), "number", optimizer = "lbfgs", penalty = 0.01)
  }
  expect_equal(fit(140)$parameters, fit(600)$parameters, tolerance = 1e-8)
})

test_that("options that look at values are measured on the stream", {
  data <- mixed_rows()[c(predictors_of_mixed, "number")]
  data$f <- droplevels(data$f)
  data$b[c(5, 77)] <- NA
  data$t[78] <- NA
  for (settings in list(
    list(missing = "indicator"), list(missing = "indicator", encoding = "piecewise"),
    list(missing = "indicator", encoding = "robust"), list(missing = "indicator",
      standardize = FALSE, epochs = 0)
  )) {
    streamed <- do.call(as_stream, c(list(data, "number"), settings))
    whole <- do.call(in_memory, c(list(data, "number"), settings))
    expect_equal(streamed$inputs, whole$inputs, tolerance = 1e-12)
  }
  data <- data[c("f", "a", "number")]
  streamed <- as_stream(data, "number", standardize = TRUE)
  withr::local_seed(1)
  whole <- feedforward(data[c("f", "a")], data$number, epochs = 0, standardize = TRUE)
  expect_equal(streamed$inputs, whole$inputs, tolerance = 1e-12)
})

test_that("weights scale as in memory", {
  data <- mixed_rows()[c("a", "b", "class", "w")]
  source <- source_of(data, 70, 140)
  roles <- source_roles(source, "class", "w")
  survey <- survey_source(source, roles, training_arguments(progress = FALSE), integer())
  counted <- data[data$w > 0, ]
  outcome <- list(kind = "classes", levels = levels(data$class))
  of_class <- balanced_weights(as.integer(counted$class), NULL, outcome$levels)
  weighting <- surveyed_weighting("balanced", outcome, survey, roles)
  expect_equal(weighting$of_class, of_class)
  expect_equal(weighting$mean, mean(counted$w * of_class[counted$class]))
  weighting <- surveyed_weighting(NULL, outcome, survey, roles)
  expect_equal(weighting$mean, mean(counted$w))
})

test_that("a stream learns, and its seed decides the result for any number of threads", {
  data <- mixed_rows(2000)[c(predictors_of_mixed, "class")]
  source <- source_of(data, 100, 500)
  fit <- function(...) {
    withr::local_seed(4)
    comparable(feedforward(source, "class", epochs = 10, validation = 0.1, ...))
  }
  first <- fit(threads = 1)
  expect_identical(fit(threads = 1), first)
  second <- fit(threads = 2)
  expect_identical(second$parameters, first$parameters)
  expect_gt(mean(predict(first, data)$.pred_class == data$class), 0.85)
  expect_equal(first$n, c(training = 1800, validation = 200))
  other <- withr::with_seed(5, feedforward(source, "class", epochs = 10, validation = 0.1))
  expect_false(identical(other$parameters, first$parameters))
})

test_that("chunks come in another order in each epoch, unless the source is in order", {
  data <- mixed_rows(1000)[c("a", "b", "number")]
  firsts <- double()
  read <- function(first, last) {
    firsts <<- c(firsts, first)
    data[first:last, ]
  }
  train <- function(in_order) {
    firsts <<- double()
    source <- source_of(data, 100, 200, in_order = in_order, read = read)
    withr::with_seed(1, feedforward(source, "number", epochs = 2, batch_size = 20))
    matrix(firsts, 10)
  }
  shuffled <- train(FALSE)
  expect_equal(shuffled[, 1], seq(1, 901, 100))
  expect_equal(sort(shuffled[, 2]), shuffled[, 1])
  expect_equal(sort(shuffled[, 3]), shuffled[, 1])
  expect_false(identical(shuffled[, 2], shuffled[, 1]))
  expect_false(identical(shuffled[, 2], shuffled[, 3]))
  ordered <- train(TRUE)
  expect_equal(ordered, matrix(ordered[, 1], 10, 3))
})

test_that("a sorted source gets a warning, a shuffled one does not", {
  data <- mixed_rows(1000)[c("a", "b", "class")]
  sorted <- data[order(data$class), ]
  fit <- function(data, ...) {
    feedforward(source_of(data, ...), "class", epochs = 1, hidden_units = 2)
  }
  expect_warning(fit(sorted, 100, 200), "sorted by the outcome",
    class = "feedforward_sorted_source")
  expect_no_warning(fit(data, 100, 200))
  expect_no_warning(fit(sorted, 5, 500))
  expect_warning(fit(sorted, 5, 500, in_order = TRUE), class = "feedforward_sorted_source")
})

test_that("on sorted data, the test error falls as the buffer grows", {
  withr::local_seed(11)
  data <- data.frame(x = runif(6000), z = runif(6000))
  data$y <- cut(data$x + data$z^2 + rnorm(6000) / 10, 6)
  test <- data[1:2000, ]
  train <- data[-(1:2000), ]
  train <- train[order(train$y), ]
  error_of <- function(buffer_rows) {
    source <- source_of(train, min(400, buffer_rows), buffer_rows)
    fit <- suppressWarnings(
      withr::with_seed(1, feedforward(source, "y", epochs = 10)),
      classes = "feedforward_sorted_source"
    )
    mean(predict(fit, test)$.pred_class != test$y)
  }
  errors <- vapply(c(400, 1200, 4000), error_of, 1)
  expect_lt(errors[2], errors[1])
  expect_lt(errors[3], errors[2] + 0.01)
  expect_lt(errors[3], errors[1] - 0.03)
})

test_that("a reader that fails in a later epoch leaves the last checkpoint", {
  data <- mixed_rows()[c("a", "b", "class")]
  reads <- 0
  broken <- TRUE
  read <- function(first, last) {
    reads <<- reads + 1
    if (broken && reads > 25) stop("the disk is gone")
    data[first:last, ]
  }
  source <- source_of(data, 100, 200, read = read)
  folder <- withr::local_tempdir()
  fit <- function(...) {
    withr::local_seed(3)
    comparable(feedforward(source, "class", epochs = 6, hidden_units = 4, ...))
  }
  expect_error(fit(checkpoint = folder), "cannot be read", class = "feedforward_source_error")
  broken <- FALSE
  resumed <- comparable(resume_training(folder, source, "class"))
  resumed$options["checkpoint"] <- list(NULL)
  expect_identical(resumed, fit())
})

test_that("an interrupt while rows are read keeps the network", {
  data <- mixed_rows()[c("a", "b", "class")]
  reads <- 0
  read <- function(first, last) {
    reads <<- reads + 1
    # 6 for the survey, and at most 9 for each epoch.
    if (reads == 17) rlang::interrupt()
    data[first:last, ]
  }
  source <- source_of(data, 100, 200, read = read)
  expect_warning(fit <- feedforward(source, "class", epochs = 6, hidden_units = 4),
    class = "feedforward_interrupted")
  expect_equal(nrow(fit$history), 1L)
  expect_equal(fit$stopped$epoch, 2)
  expect_equal(fit$stopped$reason, "interrupted")
})

test_that("a reader that draws random numbers does not change the result", {
  data <- mixed_rows()[c("a", "b", "class")]
  fit <- function(draws) {
    source <- source_of(data, 100, 200, read = function(first, last) {
      if (draws) runif(3)
      data[first:last, ]
    })
    withr::with_seed(3, comparable(feedforward(source, "class", epochs = 2)))
  }
  expect_identical(fit(TRUE), fit(FALSE))
})

test_that("values that change after the first pass are errors", {
  data <- mixed_rows()[c("a", "f", "class")]
  changed <- data
  passes <- 0
  read <- function(first, last) {
    if (first == 1) passes <<- passes + 1
    if (passes < 2) data[first:last, ] else changed[first:last, ]
  }
  source <- source_of(data, 100, 200, in_order = TRUE, read = read)
  changed$a[150] <- NA
  expect_error(feedforward(source, "class", epochs = 2), "row 150",
    class = "feedforward_source_error")
  changed <- data[1:550, ]
  passes <- 0
  expect_error(feedforward(source, "class", epochs = 2), class = "feedforward_source_error")
})

test_that("the lines of verbose training tell the rows per second", {
  source <- source_of(mixed_rows()[c("a", "b", "class")], 100, 200)
  lines <- capture.output(feedforward(source, "class", epochs = 2, verbose = TRUE))
  expect_match(lines[1], "First pass over 600 rows of the function")
  expect_match(lines[2], "Epoch 1: loss .* [0-9,]+ rows/s$")
})

test_that("wrong arguments are errors before anything is read", {
  reads <- 0
  data <- mixed_rows()
  source <- source_of(data, 100, 200, read = function(first, last) {
    reads <<- reads + 1
    data[first:last, ]
  })
  refuse <- function(message, ...) {
    expect_error(feedforward(source, ...), message, class = "feedforward_error")
  }
  refuse("`outcome` is missing")
  refuse("`outcome` must be the name of a column", 3)
  refuse("`outcome` names the column `clas`, which the function does not have", "clas")
  refuse("`case_weights` must be the name of a column", "class", case_weights = data$w)
  refuse("`case_weights` names the column `weight`", "class", case_weights = "weight")
  refuse("`validation` must be", "class", validation = data)
  refuse("has no column", "class", validation = source_of(data["a"], 100, 200))
  refuse("`epochs` must be", "class", epochs = -1)
  refuse("no argument `epoch`", "class", epoch = 3)
  refuse("no predictors", names(data))
  expect_error(feedforward(class ~ a, data = source), "is a data source",
    class = "feedforward_error")
  expect_error(feedforward_cv(source, "class"), "is a data source", class = "feedforward_error")
  expect_equal(reads, 0)
})

test_that("weights of numeric outcomes, and levels without a name, work", {
  data <- mixed_rows()
  data$w <- data$w + 0.5
  columns <- data[c("a", "b", "number", "w")]
  fit <- feedforward(source_of(columns, 70, 140), "number", case_weights = "w", epochs = 3)
  expect_true(all(is.finite(fit$history$loss)))
  expect_lt(tail(fit$history$loss, 1), 1)
  data$t[c(3, 500)] <- ""
  data$text[c(5, 501)] <- ""
  fit <- feedforward(source_of(data[c("a", "t", "text")], 70, 140), "text",
    class_weights = "balanced", epochs = 1
  )
  expect_true("" %in% fit$outcome$levels)
  expect_true("" %in% levels(fit$blueprint$ptypes$predictors$t))
})

test_that("classes and missing values that are only in held-out chunks are known", {
  data <- mixed_rows()[c("a", "t", "text")]
  data$text[30] <- "odd"
  data$a[33] <- NA
  source <- source_of(data, 50, 150)
  roles <- source_roles(source, "text", NULL)
  arguments <- training_arguments(epochs = 2, missing = "indicator", progress = FALSE)
  survey <- survey_source(source, roles, arguments, held_out = 1L)
  expect_equal(survey$n, 550)
  expect_true("odd" %in% survey$sample$text)
  expect_true(anyNA(survey$sample$a))
  for (seed in 1:6) {
    fit <- withr::with_seed(seed, feedforward(source, "text",
      epochs = 1, missing = "indicator", validation = 0.2
    ))
    expect_true("odd" %in% fit$outcome$levels)
  }
})

test_that("weights that are negative or no numbers are errors", {
  data <- mixed_rows()[c("a", "f", "class", "w")]
  source <- source_of(data, 70, 140)
  expect_error(feedforward(source, "class", case_weights = "f"), "`case_weights` must be the name",
    class = "feedforward_error")
  data$w[77] <- -1
  expect_error(feedforward(source_of(data, 70, 140), "class", case_weights = "w"),
    "negative weight in row 77, column `w`", class = "feedforward_source_error")
})
