test_that("print shows what a model predicts, its layers, data and training", {
  expect_snapshot(print(example_model(inputs = "formula")))
  expect_snapshot(print(example_model("numbers", hidden = integer(), validation = FALSE)))
  expect_snapshot(print(example_model(epochs = 0L)))
  fit <- example_model("labels", "array", hidden = c(256L, 1000L, 64L))
  fit$architecture$dropout <- c(0.2, 0.5, 0)
  fit$stopped <- list(epoch = 4, batch = 3, reason = "interrupted")
  fit$n <- c(training = 60000L, validation = 1L)
  fit$best_epoch <- 5
  expect_snapshot(print(fit))
})

test_that("a model that was stopped in its first epoch is not called untrained", {
  fit <- example_model(epochs = 0L)
  fit$stopped <- list(epoch = 1, batch = 2261, reason = "interrupted")
  printed <- capture.output(print(fit))
  expect_true("No epoch was completed" %in% printed)
  expect_false(any(grepl("Trained for 0", printed)))
  expect_says(plot(fit), "at least one whole epoch", "a model stopped in its first epoch")
})

test_that("one predictor and one epoch are singular", {
  expect_output(print(as_feedforward(init_nn(1, 2, 2))), "It has 1 predictor\\b")
  fit <- example_model()
  fit$options$stop_iter <- 1
  expect_output(print(summary(fit)), "after 1 epoch without improvement")
})

test_that("a decimal comma gives no warnings", {
  withr::local_options(OutDec = ",")
  fit <- example_model(hidden = 2000L)
  expect_silent(printed <- capture.output(print(fit)))
  expect_match(printed, "2,000", fixed = TRUE, all = FALSE)
})

test_that("summary adds how a model was trained", {
  fit <- example_model()
  fit$options$optimizer <- optimizer_adamw()
  fit$options$rate_schedule <- schedule_cosine(warm_up = 5)
  fit$options$stop_iter <- 5
  fit$options$clip_norm <- 1
  fit$options$class_weights <- c(a = 1, b = 2.5)
  expect_snapshot(print(summary(fit)))
  result <- summary(fit)
  expect_s3_class(result, "summary.feedforward")
  expect_identical(result$layers$parameters, c(0, 16, 15, 12))
  expect_identical(row.names(result$epochs), c("best", "last"))
  expect_identical(result$epochs$epoch, 4:5)
})

test_that("the best epoch is one that validation chose in the last training", {
  # Shown by print(), and by the legend of plot(): NULL or the epoch.
  shown <- function(fit) {
    lines <- capture.output(print(fit))
    printed <- grep("best", lines, value = TRUE)
    printed <- as.numeric(sub("^.*best +([0-9]+) .*$", "\\1", printed))
    legend <- grep("best", legend_items(fit)$legend, value = TRUE)
    expect_identical(as.numeric(sub("^.*: ", "", legend)), printed)
    expect_identical(printed, summary(fit)$epochs[grepl("best", row.names(summary(fit)$epochs)), 1] + 0)
    if (length(printed)) printed
  }
  x <- as.matrix(iris[1:4])
  held_out <- list(x = x[51:100, ], y = iris$Species[51:100])
  set.seed(1)
  plain <- feedforward(x, iris$Species, hidden_units = 3, epochs = 3)
  expect_null(shown(plain))
  validated <- continue_training(plain, x, iris$Species, epochs = 3, validation = held_out)
  expect_identical(shown(validated), validated$best_epoch)
  expect_output(print(validated), "validation loss")
  again <- continue_training(validated, x, iris$Species, epochs = 3, validation = 0)
  expect_null(shown(again))
  expect_false(any(grepl("validation loss", capture.output(print(again)))))
})

test_that("no line is wider than 80 characters, and both return their object invisibly", {
  fit <- example_model()
  fit$outcome$levels <- paste("a rather long name of a class,", 1:3)
  printed <- capture.output(value <- withVisible(print(fit)))
  expect_identical(value, list(value = fit, visible = FALSE))
  more <- capture.output(value <- withVisible(print(summary(fit))))
  expect_identical(value, list(value = summary(fit), visible = FALSE))
  fit$outcome$levels <- strrep(c("x", "y", "z"), 60)
  fit$n[] <- .Machine$integer.max
  fit$history[c("loss", "metric", "valid_loss", "valid_metric")] <- 123456.789
  huge <- capture.output(print(fit))
  expect_lte(max(nchar(c(printed, more, huge))), 80)
  expect_identical(huge[1], "A feed-forward network for 3 classes")
  expect_match(printed[1], "3 classes: a rather long name of a class, 1, ...", fixed = TRUE)
})

test_that("a model without metrics, such as from train_nn(), prints without them", {
  fit <- example_model(validation = FALSE)
  fit$history[c("metric", "learn_rate", "seconds")] <- NA_real_
  fit$n[["training"]] <- NA
  printed <- capture.output(print(summary(fit)))
  expect_false(any(grepl("NA|accuracy|Time", printed)))
})

test_that("invalid models and arguments are errors", {
  expect_error(print(structure(list(), class = "feedforward")), class = "feedforward_error")
  expect_error(summary(structure(list(), class = "feedforward")), class = "feedforward_error")
})

test_that("digits apply to losses and metrics; other arguments of print() are ignored", {
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species))
  shown <- function(...) utils::capture.output(print(...))
  loss <- fit$history$loss[3]
  expect_match(shown(fit, digits = 7), formatC(loss, digits = 7, format = "g", flag = "#"),
    fixed = TRUE, all = FALSE
  )
  expect_identical(shown(fit), shown(fit, digits = 4))
  expect_match(shown(summary(fit), digits = 7),
    formatC(loss, digits = 7, format = "g", flag = "#"), fixed = TRUE, all = FALSE
  )
  expect_says(print(fit, digits = 0), "`digits`")
  expect_identical(shown(fit, quote = FALSE), shown(fit))
})

test_that("names of classes cannot steer the terminal", {
  fit <- example_model()
  fit$outcome$levels[2] <- "\033[2Jclear"
  printed <- capture.output(print(summary(fit)))
  expect_false(any(grepl("\033", printed, fixed = TRUE)))
  expect_match(printed, "\\033[2Jclear", fixed = TRUE, all = FALSE)
})

test_that("reasons, class weights and options of a file cannot steer the terminal, either", {
  changes <- list(
    function(fit) replace(fit, "stopped", list(list(epoch = 1, batch = 1, reason = "\033[2J"))),
    function(fit) {
      fit$options$class_weights <- c("\033[2J" = 1, b = 2)
      fit
    },
    function(fit) {
      fit$options$optimizer <- "\033[2J"
      fit
    }
  )
  for (change in changes) {
    fit <- structure(change(unclass(example_model())), class = "feedforward")
    printed <- capture.output(print(summary(fit)))
    expect_false(any(grepl("\033", printed, fixed = TRUE)))
    expect_match(printed, "\\033[2J", fixed = TRUE, all = FALSE)
  }
})

test_that("the summary of a model trained by L-BFGS omits options without effect", {
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species, optimizer = "lbfgs"))
  expect_named(summary(fit)$settings, c("Loss", "Optimizer", "Precision", "Time"))
  expect_false(any(grepl("rate", summary(fit)$settings)))
  fit <- same_seed(quick_fit(as.matrix(iris[1:4]), iris$Species))
  expect_true("Batch size" %in% names(summary(fit)$settings))
})

test_that("print shows the divisor of images", {
  shown <- function(x) {
    # The seed decides nothing but the weights.
    suppressMessages(fit <- same_seed(feedforward(x, gl(2, 10), hidden_units = 2, epochs = 1)))
    grep("Trained on", capture.output(print(fit)), value = TRUE)
  }
  values <- array(rep(0:1, 160), c(20, 4, 4))
  expect_match(shown(values * 4095), "of 16 predictors (images divided by 4095)", fixed = TRUE)
  expect_match(shown(values * 255L), "(images divided by 255)", fixed = TRUE)
  expect_no_match(shown(values + 0), "divided")
})

test_that("a summary has the encoding and what missing values do", {
  fit <- quick_fit(mpg ~ wt, data = mtcars, encoding = "piecewise", missing = "indicator",
    new_levels = "zero")
  settings <- summary(fit)$settings
  expect_identical(settings[["Encoding"]], "piecewise")
  expect_identical(settings[["Missing values"]], "indicator")
  expect_identical(settings[["New levels"]], "zero")
  plain <- names(summary(quick_fit(mpg ~ wt, data = mtcars))$settings)
  expect_false(any(c("Encoding", "Missing values", "New levels") %in% plain))
})
