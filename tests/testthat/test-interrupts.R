test_that("an interrupt at any moment gives control back and leaves the session as it was", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  out <- run_in_fresh_r(c(
    "library(feedforward)",
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
    "threads <- function() length(list.files(\"/proc/self/task\"))",
    "before <- threads()",
    "pid <- Sys.getpid()",
    "for (k in 1:10) {",
    "  code <- functions[[1 + k %% 5]]",
    "  delay <- runif(1, 0, 0.2)",
    "  back <- NULL",
    "  stopped <- function(cnd) { back <<- Sys.time(); invokeRestart(\"muffleWarning\") }",
    "  suspendInterrupts({",
    "    sender <- parallel::mcparallel({",
    "      Sys.sleep(delay)",
    "      sent <- Sys.time()",
    "      tools::pskill(pid, tools::SIGINT)",
    "      sent",
    "    })",
    "    tryCatch(",
    "      withCallingHandlers(",
    "        allowInterrupts(while (is.null(back)) code()),",
    "        feedforward_interrupted = stopped",
    "      ),",
    "      interrupt = function(cnd) back <<- Sys.time()",
    "    )",
    "    sent <- parallel::mccollect(sender)[[1]]",
    "  })",
    "  seconds <- as.numeric(back - sent, units = \"secs\")",
    "  whole <- length(.Random.seed) == 626",
    "  next_delays <- .Random.seed",
    "  same <- identical(small(), expected)",
    "  .Random.seed <- next_delays",
    "  cat(\"interrupt\", k, seconds < 2, whole, same, \"\\n\")",
    "}",
    "cat(\"left:\", threads() - before, length(list.files(kept)), \"\\n\")"
  ))
  told <- grep("^interrupt", out, value = TRUE)
  expect_identical(trimws(told), paste("interrupt", 1:10, "TRUE TRUE TRUE"))
  # The whole checkpoint, where one was written, and nothing else.
  expect_match(out, "^left: 0 [01] $", all = FALSE)
})

test_that("a time limit of R keeps what was learned, and prints nothing", {
  skip_on_cran() # takes a second
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    "options(error = quote(cat(\"told\\n\")))",
    "fit <- withCallingHandlers({",
    "  setTimeLimit(elapsed = 1, transient = TRUE)",
    "  feedforward(iris[1:4], iris$Species, epochs = 1e6)",
    "}, feedforward_interrupted = function(cnd) invokeRestart(\"muffleWarning\"))",
    "cat(class(fit), fit$stopped$reason, nrow(fit$history) > 0, \"\\n\")"
  ))
  expect_identical(trimws(out), "feedforward it was interrupted TRUE")
})
