# Runs out of memory in a separate process. A limit leaves R a few MB, of which the weights of the
# network take 8.

test_that("running out of memory is an error that leaves no threads and no memory behind", {
  skip_on_os(c("windows", "mac"))
  skip_on_cran() # takes some seconds
  skip_if_not(getRversion() >= "4.2.0", "R cannot limit its memory")
  out <- run_in_fresh_r(c(
    "library(feedforward)",
    lines_defining("count_threads", "wait_until", "threads_are_back"),
    "threads <- count_threads()",
    "set.seed(1)",
    "x <- matrix(rnorm(2e5), 200)",
    "y <- factor(rep(1:4, 50))",
    "folder <- tempfile()",
    "train <- function() {",
    "  set.seed(2)",
    "  feedforward(x, y, hidden_units = 1000, epochs = 2, threads = 2, checkpoint = folder,",
    "    validation = 0.2)",
    "}",
    "fit <- train()",
    "rows <- x[rep(1:200, 20), ]",
    "predicted <- predict(fit, rows, type = \"prob\")",
    "limited <- function(megabytes, code, right) {",
    "  memory <- gc(full = TRUE)[2, c(2, 4)]",
    "  ballast <- raw(max(0, memory[2] - memory[1] - megabytes) * 2^20)",
    "  on.exit(mem.maxVSize(Inf))",
    "  mem.maxVSize(memory[2])",
    "  warned <- \"right\"",
    "  note <- function(w) { warned <<- class(w)[1]; invokeRestart(\"muffleWarning\") }",
    "  tryCatch({",
    "    value <- withCallingHandlers(code, warning = note)",
    "    if (right(value)) warned else \"WRONG\"",
    "  }, feedforward_error = function(cnd) {",
    "    if (grepl(\"not enough memory\", conditionMessage(cnd))) \"refused\" else \"OTHER\"",
    "  }, error = conditionMessage)",
    "}",
    "same <- function(value) identical(value$parameters, fit$parameters)",
    "before <- gc(full = TRUE)[2, 2]",
    "for (megabytes in c(6, 10, 20, 40, 60, 400)) {",
    "  cat(\"trained:\", limited(megabytes, train(), same), \"\\n\")",
    "  cat(\"predicted:\", limited(megabytes, predict(fit, rows, type = \"prob\"),",
    "    function(value) identical(value, predicted)), \"\\n\")",
    "}",
    "cat(\"as before:\", threads_are_back(threads), gc(full = TRUE)[2, 2] - before < 4, \"\\n\")"
  ))
  of <- function(what) trimws(sub(what, "", grep(paste0("^", what), out, value = TRUE)))
  # A checkpoint that finds no memory does not end training.
  trained <- of("trained:")
  possible <- c("refused", "feedforward_checkpoint_failed", "right")
  expect_setequal(trained, possible)
  predicted <- of("predicted:")
  expect_true(all(predicted %in% possible[-2]) && "refused" %in% predicted, info = predicted)
  expect_identical(of("as before:"), "TRUE TRUE")
})
