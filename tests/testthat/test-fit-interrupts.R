# How soon control is back is measured by `make interrupts`, on a machine that is not busy.
test_that("an interrupt at any moment returns control and leaves the session as it was", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    lines_defining("count_threads", "wait_until", "threads_are_back"),
    "before <- count_threads()",
    "small <- function() {",
    "  set.seed(7)",
    "  fit <- feedforward(iris[1:4], iris$Species, epochs = 3, dropout = 0.1, validation = 0.2)",
    "  list(fit$parameters, runif(3))",
    "}",
    "expected <- small()",
    "set.seed(1)",
    "x <- matrix(runif(1e6), 5000)",
    "y <- factor(rep(0:9, 500))",
    "fit <- feedforward(x, y, hidden_units = 200, epochs = 1)",
    "model <- tempfile(); write_model(fit, model)",
    "train <- function(...) feedforward(x, y, epochs = 1e6, dropout = 0.2, ...)",
    "kept <- tempfile(\"checkpoint\")",
    "functions <- list(function() train(), function() train(validation = 0.2, checkpoint = kept),",
    "  function() train_nn(x, to_categorical(0:4999 %% 10), init_nn(200, 16, 10), epochs = 1e6,",
    "    verbose = FALSE),",
    "  function() predict(fit, x), function() read_model(model))",
    "pid <- Sys.getpid()",
    "for (k in 1:10) {",
    "  code <- functions[[1 + k %% 5]]",
    "  delay <- runif(1, 0, 0.2)",
    "  back <- FALSE",
    "  stopped <- function(cnd) { back <<- TRUE; invokeRestart(\"muffleWarning\") }",
    "  suspendInterrupts({",
    "    sender <- parallel::mcparallel({",
    "      Sys.sleep(delay)",
    "      tools::pskill(pid, tools::SIGINT)",
    "    })",
    "    tryCatch(",
    "      withCallingHandlers(",
    "        allowInterrupts(while (!back) code()),",
    "        feedforward_interrupted = stopped",
    "      ),",
    "      interrupt = function(cnd) back <<- TRUE",
    "    )",
    "    parallel::mccollect(sender)",
    "  })",
    "  whole <- length(.Random.seed) == 626",
    "  next_delays <- .Random.seed",
    "  same <- identical(small(), expected)",
    "  .Random.seed <- next_delays",
    "  cat(\"interrupt\", k, back, whole, same, \"\\n\")",
    "}",
    "cat(\"left:\", threads_are_back(before), length(list.files(kept)), \"\\n\")"
  ))
  reports <- grep("^interrupt", out, value = TRUE)
  expect_identical(trimws(reports), paste("interrupt", 1:10, "TRUE TRUE TRUE"))
  # The whole checkpoint, where one was written, and nothing else.
  expect_match(out, "^left: TRUE [01] $", all = FALSE)
})

test_that("a time limit of R keeps the learned model and prints nothing", {
  skip_on_cran() # takes a second or more
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    "options(error = quote(cat(\"told\\n\")))",
    lines_defining("with_replaced"),
    "x <- matrix(runif(1e6), 5000)",
    "# Set once training is under way: before that, the error is R's own.",
    "limiting <- function(...) function(epoch, ...) {",
    "  if (epoch == 2) setTimeLimit(elapsed = 0.1, transient = TRUE)",
    "}",
    "fit <- with_replaced(\"epoch_printer\", limiting, withCallingHandlers(",
    "  feedforward(x, x[, 1] + 1, hidden_units = 100, epochs = 1e6, verbose = TRUE),",
    "  feedforward_interrupted = function(cnd) invokeRestart(\"muffleWarning\")",
    "))",
    "cat(class(fit), fit$stopped$reason, nrow(fit$history) > 0, \"\\n\")"
  ))
  # Rarely, the time is up just while R reports an epoch.
  reasons <- c("interrupted", "progress could not be shown: reached elapsed time limit")
  expect_true(trimws(out) %in% paste("feedforward", reasons, "TRUE"), info = out)
})
