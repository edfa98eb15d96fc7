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
as_stream <- function(data, outcome, ..., epochs = 3, case_weights = NULL, in_order = FALSE) {
  withr::local_seed(1)
  source <- source_of(data, 70, 600, in_order = in_order)
  roles <- source_roles(source, outcome, case_weights)
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

# In order, nothing is drawn for chunks, so the first epoch has the random numbers of training in
# memory.
test_that("a row of weight 0 counts as if it had been left out, as in memory", {
  data <- mixed_rows()
  data$w[71:140] <- 0
  columns <- data[c(predictors_of_mixed, "w")]
  for (outcome in c("class", "text", "flag", "number")) {
    columns$y <- data[[outcome]]
    streamed <- as_stream(columns, "y", case_weights = "w", in_order = TRUE, penalty = 0.1,
      epochs = 1, batch_size = 8)
    whole <- in_memory(data, outcome, case_weights = data$w, penalty = 0.1, epochs = 1,
      batch_size = 8)
    expect_equal(streamed, whole, tolerance = 1e-10)
  }
  for (outcome in c("class", "text", "flag")) {
    columns$y <- data[[outcome]]
    of_class <- if (outcome == "flag") c("TRUE" = 3, "FALSE" = 1) else c(low = 0, high = 3)
    streamed <- as_stream(columns[names(columns) != "w"], "y", class_weights = of_class,
      in_order = TRUE, penalty = 0.1, epochs = 1, batch_size = 8)
    whole <- in_memory(data, outcome, class_weights = of_class, penalty = 0.1, epochs = 1,
      batch_size = 8)
    expect_equal(streamed, whole, tolerance = 1e-10)
  }
})

test_that("blocks are cut from the rows that count", {
  data <- mixed_rows()[c(predictors_of_mixed, "class", "w")]
  data$w[c(1:70, 295:435, 555:600)] <- 0
  fit <- function(data, ...) {
    source <- source_of(data, 70, 140, in_order = TRUE)
    from_source(source, "class", case_weights = "w", penalty = 0.1, batch_size = 16, ...)
  }
  expect_equal(fit(data), fit(data[data$w > 0, ]), tolerance = 1e-10)
  expect_equal(fit(data, class_weights = c(low = 0), optimizer = "lbfgs"),
    fit(data[data$w > 0 & data$class != "low", ], class_weights = c(low = 0), optimizer = "lbfgs"),
    tolerance = 1e-8
  )
  shuffled <- from_source(source_of(data, 70, 140), "class", case_weights = "w", validation = 0.3)
  expect_equal(sum(shuffled$n), sum(data$w > 0))
})

test_that("classes without a weight are known as in memory", {
  data <- mixed_rows()[c("a", "b", "text", "w")]
  data$text[c(7, 333)] <- "odd"
  data$w[c(7, 333)] <- 0
  fit <- from_source(source_of(data, 70, 140), "text", case_weights = "w")
  expect_setequal(fit$outcome$levels, c("low", "middle", "high"))
  # The first row of the class has no weight of its own.
  data$w[333] <- 1
  fit <- from_source(source_of(data, 70, 140), "text", case_weights = "w",
    class_weights = c(odd = 0))
  expect_setequal(fit$outcome$levels, c("low", "middle", "high", "odd"))
  expect_equal(fit$n[["training"]], sum(data$w > 0) - 1)
  fit <- from_source(source_of(data[-4], 70, 140), "text", class_weights = c(odd = 0, high = 0))
  expect_setequal(fit$outcome$levels, c("low", "middle", "high", "odd"))
  expect_equal(fit$n[["training"]], sum(data$text %in% c("low", "middle")))
  expect_error(from_source(source_of(transform(data, w = 0), 70, 140), "text", case_weights = "w"),
    "All rows to train on have a weight of 0", class = "feedforward_error")
  data$w[1:300] <- 0
  halves <- source_of(data, 300, 300)
  for (seed in 1:3) {
    expect_error(withr::with_seed(seed, feedforward(halves, "text", epochs = 0, validation = 0.5,
      case_weights = "w")), "of a single chunk with rows of a weight above 0",
      class = "feedforward_error")
  }
})

test_that("a missing value in a row of weight 0 does not count", {
  data <- mixed_rows()[c("a", "f", "class", "w")]
  data$w[c(100, 300)] <- 0
  data$a[100] <- NA
  data$f[300] <- NA
  fit <- from_source(source_of(data, 70, 140), "class", case_weights = "w", missing = "indicator")
  expect_null(fit$inputs$has_missing)
  expect_true(all(is.finite(fit$history$loss)))
})

test_that("outcomes of 0/1 columns take class weights", {
  data <- mixed_rows()
  columns <- sapply(levels(data$class), function(level) as.double(data$class == level))
  data <- cbind(data[predictors_of_mixed], columns)
  for (of_class in list("balanced", c(low = 0, high = 2))) {
    streamed <- as_stream(data, colnames(columns), class_weights = of_class, in_order = TRUE,
      epochs = 1, batch_size = 8)
    whole <- in_memory(data, colnames(columns), class_weights = of_class, epochs = 1,
      batch_size = 8)
    expect_equal(streamed, whole, tolerance = 1e-10)
  }
})

test_that("a source to validate on is judged as a list of its rows is", {
  data <- mixed_rows()[c(predictors_of_mixed, "class")]
  rest <- mixed_rows(300)[c(predictors_of_mixed, "class")]
  # The last chunks have no other class.
  rest <- rest[order(rest$class == "low"), ]
  for (of_class in list(NULL, "balanced", c(low = 0, high = 2))) {
    streamed <- as_stream(data, "class", class_weights = of_class, in_order = TRUE,
      epochs = 1, batch_size = 8, validation = source_of(rest, 5, 100))
    whole <- in_memory(data, "class", class_weights = of_class, epochs = 1,
      batch_size = 8, validation = list(x = rest[predictors_of_mixed], y = rest$class))
    expect_equal(streamed, whole, tolerance = 1e-10)
  }
})

test_that("a validation source without a row that counts is an error", {
  data <- mixed_rows()[c("a", "class")]
  source <- source_of(data, 70, 140)
  low <- source_of(data[data$class == "low", ], 50, 100)
  expect_error(feedforward(source, "class", validation = low, class_weights = c(low = 0)),
    "All rows of `validation` have a weight of 0", class = "feedforward_error")
})

test_that("a validation source that does not fit its buffer is not read at once", {
  data <- mixed_rows()[c("a", "b", "class")]
  most <- 0
  read <- function(first, last) {
    most <<- max(most, last - first + 1)
    data[first:last, ]
  }
  rest <- source_of(data, 20, 100, read = read)
  passes <- 0
  train <- source_of(data[1:150, ], 50, 200, read = function(first, last) {
    passes <<- passes + (first == 1)
    data[first:last, ]
  })
  fit <- feedforward(train, "class", epochs = 3, validation = rest)
  expect_equal(fit$n, c(training = 150, validation = 600))
  expect_lte(most, 20)
  expect_equal(passes, 4)
})

test_that("a new level in a validation source warns once, and is an error before training", {
  data <- mixed_rows()[c("a", "t", "class")]
  rest <- data
  rest$t[c(60, 300, 590)] <- c("violet", "violet", "pink")
  source <- source_of(data, 70, 140)
  seen <- list()
  withCallingHandlers(
    feedforward(source, "class", epochs = 3, new_levels = "zero",
      validation = source_of(rest, 50, 100)),
    feedforward_new_levels = function(cnd) {
      seen <<- c(seen, list(cnd))
      invokeRestart("muffleWarning")
    }
  )
  expect_length(seen, 1L)
  expect_match(conditionMessage(seen[[1]]), "`t` of `validation` has the new levels .*violet.*pink")
  expect_error(feedforward(source, "class", validation = source_of(rest, 50, 100)),
    "`t` of `validation` has the new levels", class = "feedforward_error")
  rest <- data
  rest$a[333] <- NA
  expect_error(feedforward(source, "class", validation = source_of(rest, 50, 100)), "row 333",
    class = "feedforward_source_error")
  rest <- transform(data, class = factor(replace(as.character(class), 5, "odd")))
  expect_error(feedforward(source, "class", validation = source_of(rest, 50, 100)),
    "`validation` .*\"odd\"", class = "feedforward_error")
})

test_that("ranks read the rows that count of a block between them", {
  data <- mixed_rows()[c("a", "number", "w")]
  data$w[100:180] <- 0
  source <- source_of(data, 70, 140)
  roles <- source_roles(source, "number", "w")
  survey <- survey_source(source, roles, training_arguments(progress = FALSE))
  stream <- list(table = source, roles = roles, survey = survey)
  read <- row_reader(stream, NULL, FALSE)
  chunks <- chunks_of(source, survey$counts)
  ranges <- some_chunks(chunks, survey$counts > 0)
  rows_of <- function(rank, ranks) {
    stream <- new_stream(ranges, 96, FALSE, function(ranges) {
      list(y = bind_parts(Map(read, ranges$first, ranges$last))$number)
    }, list(rank = rank, ranks = ranks))
    stream$start(FALSE)
    lapply(seq_len(ceiling(stream$n / 96)), function(k) {
      block <- stream$read()
      utils::head(block$y, block$stretch[2L])
    })
  }
  parts <- lapply(0:2, rows_of, 3)
  expect_equal(unlist(do.call(Map, c(list(c), parts))), data$number[data$w > 0])
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
  arguments <- training_arguments(progress = FALSE, class_weights = "balanced")
  survey <- survey_source(source, roles, arguments)
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

test_that("an error while rows are read has the network so far", {
  data <- mixed_rows()[c("a", "b", "class")]
  last <- Inf
  reads <- 0
  source <- source_of(data, 100, 200, read = function(first, last_row) {
    reads <<- reads + 1
    if (reads > last) stop("the disk is gone")
    data[first:last_row, ]
  })
  fit <- function(...) {
    reads <<- 0
    withr::with_seed(3, feedforward(source, "class", epochs = 6, hidden_units = 4, ...))
  }
  whole <- fit(rate_schedule = "none")
  last <- 40
  failure <- rlang::catch_cnd(fit(rate_schedule = "none"), "feedforward_source_error")
  expect_match(conditionMessage(failure), "cannot be read.*`fit` element.*With `checkpoint`")
  expect_match(conditionMessage(failure$parent), "the disk is gone")
  epochs <- nrow(failure$fit$history)
  expect_gt(epochs, 1)
  expect_lt(epochs, 6)
  expect_equal(failure$fit$history$loss, whole$history$loss[seq_len(epochs)])
  expect_equal(failure$fit$stopped$epoch, epochs + 1)
  expect_equal(failure$fit$stopped$reason, "reading failed")
  expect_identical(dim(predict(failure$fit, data)), dim(predict(whole, data)))
  folder <- withr::local_tempdir()
  failure <- rlang::catch_cnd(fit(checkpoint = folder), "feedforward_source_error")
  expect_match(conditionMessage(failure), "continues from the last checkpoint")
  # The pass over a source to validate on can fail, too.
  last <- Inf
  rest <- source_of(data, 100, 200, read = function(first, last_row) {
    reads <<- reads + 1
    if (reads > 10) stop("the disk is gone")
    data[first:last_row, ]
  })
  reads <- 0
  failure <- rlang::catch_cnd(
    feedforward(source_of(data, 100, 200), "class", epochs = 2, validation = rest),
    "feedforward_source_error"
  )
  expect_s3_class(failure$fit, "feedforward")
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
  data$w <- rep(c(0, 1, 2), 200)
  source <- source_of(data, 100, 200, in_order = TRUE, read = read)
  changed <- data
  changed$w[151] <- 1
  passes <- 0
  expect_error(feedforward(source, "class", epochs = 2, case_weights = "w"),
    "rows 101 to 200.* has other rows with a weight of 0 than",
    class = "feedforward_source_error")
})

test_that("the lines of verbose training tell the rows per second", {
  source <- source_of(mixed_rows()[c("a", "b", "class")], 100, 200)
  lines <- capture.output(feedforward(source, "class", epochs = 2, verbose = TRUE))
  expect_match(lines[1], "First pass over 600 rows of the source")
  expect_match(lines[2], "Epoch 1: loss .* [0-9,]+ rows/s$")
})

test_that("wrong arguments are errors before anything is read", {
  reads <- 0
  data <- mixed_rows()
  source <- source_of(data, 100, 200, read = function(first, last) {
    reads <<- reads + 1
    data[first:last, ]
  })
  refuse <- function(message, ..., x = source) {
    expect_error(feedforward(x, ...), message, class = "feedforward_error")
  }
  refuse("`outcome` is missing")
  refuse("`outcome` must be the name of a column.*in quotes", data$class)
  refuse("not a formula.*All other columns are predictors", class ~ a)
  refuse("`outcome` names the column `clas`, which is not in the source", "clas")
  refuse("`case_weights` must be the name of a column", "class", case_weights = data$w)
  refuse("`case_weights` names the column `weight`", "class", case_weights = "weight")
  refuse("`validation` must be .*valid\\[first:last, \\], n = nrow", "class", validation = data)
  refuse("has no column", "class", validation = source_of(data["a"], 100, 200))
  refuse("`epochs` must be", "class", epochs = -1)
  refuse("no argument `epoch`", "class", epoch = 3)
  refuse("no predictors", c("a", "b"), x = source_of(data[c("a", "b")], 100, 200))
  refuse("numeric or logical, but `class` is a factor", c("a", "class"))
  refuse("numeric or logical, but `text` is text", c("text", "a"))
  refuse("`number` is a column of the source, not a variable", number)
  refuse("`case_weights` names the column `t`, which must be numeric", "class", case_weights = "t")
  refuse("`class_weights` must be `NULL` for regression", "number", class_weights = c(a = 1))
  expect_error(feedforward(class ~ a, data = source), "is a data source",
    class = "feedforward_error")
  expect_error(feedforward_cv(source, "class"), "is a data source", class = "feedforward_error")
  expect_error(feedforward(data, data$class, validation = source),
    "data source is only for training on a data source", class = "feedforward_error")
  expect_error(feedforward(data, outcome = "class"), "`outcome` is for data sources",
    class = "feedforward_error")
  fit <- feedforward(data["a"], data$class, epochs = 0)
  expect_error(augment(fit, source), "`new_data` is a data source", class = "feedforward_error")
  expect_error(continue_training(fit, source, "class"), "`x` is a data source",
    class = "feedforward_error")
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
  arguments$class_weights <- "balanced"
  survey <- survey_source(source, roles, arguments, held_out = 1L)
  levels <- list(levels = sort(unique(data$text)))
  weighting <- surveyed_weighting("balanced", levels, survey, roles)
  expect_equal(weighting$of_class[["odd"]], 1)
  expect_equal(weighting$mean, 1)
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
  expect_error(feedforward(source, "class", case_weights = "f"), "`f`, which must be numeric",
    class = "feedforward_error")
  data$w[77] <- -1
  expect_error(feedforward(source_of(data, 70, 140), "class", case_weights = "w"),
    "negative weight in row 77, column `w`", class = "feedforward_source_error")
})

test_that("a source that reads whole chunks reads each of them once in a pass", {
  data <- cars[withr::with_seed(1, sample(50)), ]
  reads <- 0
  read <- function(first, last) {
    reads <<- reads + 1
    data[first:last, ]
  }
  source <- data_source(read, n = 50, columns = cars, chunk_rows = 10, buffer_rows = 25)
  train <- function(source) {
    fit <- withr::with_seed(1, feedforward(source, "dist",
      epochs = 3, hidden_units = 2, batch_size = 25, threads = 1
    ))
    coef(fit)
  }
  parts <- train(source)
  expect_gt(reads, 5 * 4)
  reads <- 0
  source$whole_chunks <- TRUE
  expect_identical(train(source), parts)
  expect_equal(reads, 5 * 4)
})

test_that("a reader that lacks memory keeps the network", {
  fails <- FALSE
  read <- function(first, last) {
    if (fails) stop("cannot allocate vector of size 7.5 Gb")
    cars[first:last, ]
  }
  source <- data_source(read, n = 50, columns = cars, chunk_rows = 10, buffer_rows = 25)
  fail_after_two <- function(record) {
    fails <<- record$epoch == 2
    TRUE
  }
  error <- expect_error(
    suppressWarnings(feedforward(source, "dist",
      epochs = 5, hidden_units = 2, threads = 1, on_epoch = fail_after_two
    )),
    "cannot be read", class = "feedforward_source_error"
  )
  expect_equal(nrow(error$fit$history), 2L)
})

test_that("a single chunk can be validated on a source that does not fit its buffer", {
  train <- data_source(function(first, last) cars[first:last, ], n = 50, columns = cars)
  valid <- data_source(function(first, last) cars[first:last, ],
    n = 50, columns = cars, chunk_rows = 10, buffer_rows = 20
  )
  fit <- feedforward(train, "dist", validation = valid, epochs = 2, hidden_units = 2, threads = 1)
  expect_equal(nrow(fit$history), 2L)
})

test_that("a function that reads in order is read without gaps", {
  data <- mixed_rows()[c("a", "b", "class")]
  at <- 0
  # As from a pipe: it gives the next rows, whatever it is asked for.
  read_next <- function(first, last) {
    if (first == 1) at <<- 0
    rows <- data[at + seq_len(last - first + 1), ]
    at <<- at + nrow(rows)
    rows
  }
  train <- function(source) {
    withr::with_seed(3, coef(feedforward(source, "class",
      validation = 0.3, epochs = 2, hidden_units = 2, threads = 1
    )))
  }
  any_rows <- source_of(data, 50, 150, in_order = TRUE)
  expect_identical(train(source_of(data, 50, 150, in_order = TRUE, read = read_next)),
    train(any_rows))
})

test_that("the names of columns are checked for what they are used for", {
  data <- mixed_rows()
  source <- source_of(data, 50, 150)
  refused <- function(code, text) expect_error(code, text, class = "feedforward_error")
  name <- names(Filter(is.double, data))[1L]
  refused(feedforward(source, name, case_weights = name), "cannot be both an outcome and")
  for (validation in list(1.2, "v.parquet", list(1, 2))) {
    refused(feedforward(source, "class", validation = validation),
      "the result of `data_source\\(\\)`")
  }
  expect_error(feedforward(source, "class", case_weights = w), "Write its name in quotes")
})

test_that("an unknown class of a validation source is named without a row", {
  data <- mixed_rows()
  other <- data
  other$class <- as.character(other$class)
  other$class[333] <- "mid"
  expect_error(
    feedforward(source_of(data, 50, 150), "class", validation = source_of(other, 50, 700)),
    "`validation` has the unknown class \"mid\"\\.", class = "feedforward_error"
  )
})

test_that("a validation source is called by its argument", {
  data <- mixed_rows()
  bad <- data
  bad$a[80] <- NA
  for (buffer_rows in c(140, 1e4)) {
    validation <- source_of(bad, 70, buffer_rows)
    expect_error(from_source(source_of(data, 70, buffer_rows), "number", validation = validation),
      "`validation.* in row 80, .*`a`", class = "feedforward_error")
  }
})

test_that("class weights are checked before the first pass, if the classes are known", {
  data <- mixed_rows()
  source <- data_source(function(first, last) stop("read"), n = 1000, columns = data,
    chunk_rows = 100, buffer_rows = 200)
  expect_error(from_source(source, "class", class_weights = c(lo = 2)), "unknown class",
    class = "feedforward_error")
  expect_error(from_source(source, "number", class_weights = c(low = 2)), "`NULL` for regression",
    class = "feedforward_error")
})

test_that("weights that cannot be summed are an error", {
  data <- transform(mixed_rows(), w = 1e308)
  expect_error(from_source(source_of(data, 70, 140), "number", case_weights = "w"),
    "too large to sum", class = "feedforward_error")
})

test_that("weights of another source are told of, and not used", {
  data <- mixed_rows()
  rlang::reset_message_verbosity("feedforward_validation_weights")
  for (buffer_rows in c(140, 1e4)) {
    fit_to <- function(valid) {
      from_source(source_of(data, 70, buffer_rows), "number", case_weights = "w",
        validation = source_of(valid, 70, buffer_rows))$history
    }
    if (buffer_rows == 140) {
      expect_message(first <- fit_to(data), "The column `w` of `validation` is not used")
    } else {
      first <- fit_to(data)
    }
    expect_identical(fit_to(transform(data, w = 1))$valid_loss, first$valid_loss)
  }
})

test_that("text that identifies rows is told of", {
  data <- mixed_rows()
  data$id <- sprintf("id %d", seq_len(nrow(data)))
  for (buffer_rows in c(140, 1e4)) {
    expect_warning(from_source(source_of(data, 70, buffer_rows), "number"),
      "Column `id` .* is text with .* different", class = "feedforward_many_levels")
    codes <- source_of(transform(data, id = factor(id)), 70, buffer_rows)
    expect_no_warning(from_source(codes, "number"),
      class = "feedforward_many_levels")
  }
})

test_that("chunks are held out among those whose rows count", {
  data <- transform(mixed_rows(2000), w = as.double(seq_len(2000) > 1900))
  for (seed in 1:8) {
    fit <- withr::with_seed(seed, feedforward(source_of(data, 20, 100), "number", epochs = 1,
      case_weights = "w", validation = 0.2))
    expect_true(fit$n[["validation"]] %in% c(20, 40))
  }
  data <- transform(mixed_rows(400), w = as.double(seq_len(400) > 200))
  of_chunks <- source_of(data, 100, 150)
  for (share in c(0.1, 0.8)) {
    fit <- suppressWarnings(classes = "feedforward_validation_share", withr::with_seed(1,
      feedforward(of_chunks, "number", epochs = 1, case_weights = "w", validation = share)))
    expect_equal(fit$n[["validation"]], 100)
  }
  for (w in list(0, as.double(seq_len(400) > 300))) {
    data$w <- w
    source <- source_of(data, 100, 150)
    expect_no_warning(expect_error(
      feedforward(source, "number", case_weights = "w", validation = 0.2),
      if (length(w) == 1L) "to train on" else "single chunk with rows of a weight above 0",
      class = "feedforward_error"))
  }
})

test_that("errors of values are the same, whether or not the buffer holds all rows", {
  data <- mixed_rows()
  message_of <- function(column, value, buffer_rows, ...) {
    data[[column]][75] <- value
    error <- tryCatch(from_source(source_of(data, 70, buffer_rows), ...),
      feedforward_source_error = conditionMessage)
    expect_match(error, sprintf("row 75, column `%s`", column))
    error
  }
  expect_alike <- function(...) {
    expect_identical(message_of(..., buffer_rows = 140), message_of(..., buffer_rows = 1e4))
  }
  expect_alike("a", NA, outcome = "number")
  expect_alike("a", Inf, outcome = "number", missing = "indicator")
  expect_alike("number", NA, outcome = "number")
  expect_alike("w", -1, outcome = "number", case_weights = "w")
})

test_that("an ordered outcome and ordered predictors stay ordered", {
  data <- mixed_rows()[c("a", "f", "class")]
  data$class <- factor(data$class, ordered = TRUE)
  data$f <- factor(data$f, ordered = TRUE)
  whole <- withr::with_seed(1, comparable(
    feedforward(data[c("a", "f")], data$class, epochs = 3, hidden_units = 5)
  ))
  expect_identical(from_source(source_of(data, 70, 1e4), "class"), whole)
  stream <- from_source(source_of(data, 70, 140), "class")
  expect_identical(stream$outcome, whole$outcome)
  expect_s3_class(predict(stream, data, type = "class", format = "matrix"), "ordered")
})

test_that("code with room for garbage is evaluated as it would be without", {
  expect_length(untouched_bytes(1e6), 1e6)
  source <- source_of(mixed_rows(), 70, 140)
  for (x in list(source, replace(source, "starts", NULL), mixed_rows(), NULL)) {
    times <- 0
    expect_identical(with_room(x, {
      times <- times + 1
      "result"
    }), "result")
    expect_identical(times, 1)
    expect_error(with_room(x, stop("from inside")), "from inside")
  }
})

test_that("infinite values are not missing ones", {
  data <- data.frame(a = c(1:49, Inf), y = 1:50)
  error <- expect_error(
    feedforward(source_of(data, 10, 20), "y", missing = "indicator"), "infinite value"
  )
  expect_match(conditionMessage(error), "Remove or replace missing and infinite values")
})

test_that("an outcome of codes has a hint at levels, also if all rows fit into the buffer", {
  data <- data.frame(a = 1:60, y = rep(0:2, 20))
  for (buffer_rows in c(20, 60)) {
    rlang::reset_message_verbosity("feedforward_classes")
    expect_message(
      feedforward(source_of(data, 10, buffer_rows), "y",
        epochs = 1, hidden_units = 2, threads = 1
      ),
      "levels = list\\(y = c\\(0, 1, 2\\)\\)", class = "feedforward_message"
    )
  }
})
