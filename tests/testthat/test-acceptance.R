# The script itself, run against this package: its output must be the published one.
# The script and MNIST are not part of the package; two environment variables name the
# folders that hold them.

script_folder <- function() {
  folder <- Sys.getenv("FEEDFORWARD_SCRIPT")
  skip_if(folder == "", "FEEDFORWARD_SCRIPT names no folder with the script")
  skip_if(Sys.getenv("FEEDFORWARD_MNIST") == "", "FEEDFORWARD_MNIST names no folder with MNIST")
  folder
}

published_output <- function() {
  trimws(readLines(file.path(script_folder(), "expected_output.txt")), "right")
}

# The script's top-level expressions as text, with the package in place of keras.
script_expressions <- function() {
  file <- file.path(script_folder(), "mnist_two_layer.R")
  text <- sub("^library\\(keras\\)", "library(feedforward)", readLines(file))
  expressions <- parse(text = text, keep.source = TRUE)
  lapply(attr(expressions, "srcref"), function(source) paste(as.character(source), collapse = "\n"))
}

defines <- function(expression, names) {
  grepl(sprintf("^(%s) <- function", paste(names, collapse = "|")), expression)
}

run_script <- function(expressions) {
  output <- run_in_fresh_r(unlist(expressions), env = c(
    FEEDFORWARD_MNIST = normalizePath(Sys.getenv("FEEDFORWARD_MNIST"))
  ))
  trimws(output, "right")
}

two_epochs <- function(expressions) sub("^epochs <- 20", "epochs <- 2", unlist(expressions))

test_that("D0: the script verbatim needs only the package's data helpers", {
  output <- run_script(two_epochs(script_expressions()))
  expect_identical(output[1:2], published_output()[1:2])
  expect_match(output, "^Test Accuracy = 0\\.8", all = FALSE)
})

test_that("D1: the functions of the package replace the functions of the script", {
  expressions <- two_epochs(script_expressions())
  own <- defines(expressions, c("sigmoid", "softmax", "forward", "cross_entropy", "predict_nn"))
  expect_identical(sum(own), 5L)
  output <- run_script(expressions[!own])
  expect_identical(output[1:2], published_output()[1:2])
})

test_that("D2: one call of train_nn() gives every figure of the published run", {
  expressions <- unlist(script_expressions())
  own <- defines(expressions, c("sigmoid", "softmax", "forward", "cross_entropy", "predict_nn"))
  loop <- grepl("^for \\(epoch in 1:epochs\\)", expressions)
  expect_identical(sum(loop), 1L)
  expressions[loop] <- paste(
    "fit <- train_nn(x_train, y_train_onehot, W1, b1, W2, b2,",
    "                learning_rate = learning_rate, epochs = epochs, batch_size = batch_size)",
    "W1 <- fit$W1; b1 <- fit$b1; W2 <- fit$W2; b2 <- fit$b2",
    "loss_history <- fit$loss_history",
    sep = "\n"
  )
  expect_identical(run_script(expressions[!own]), published_output())
})
