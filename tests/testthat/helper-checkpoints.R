# A small data set with classes, for training that is interrupted and resumed.
training_case <- function(n = 120) {
  withr::local_seed(21)
  x <- matrix(stats::rnorm(n * 5), n, dimnames = list(NULL, letters[1:5]))
  y <- factor(c("low", "mid", "high")[1 + (x[, 1] > 0) + (x[, 2] * x[, 3] > 0.3)])
  list(x = x, y = y, data = data.frame(x, y = y))
}

# A model without the time that training took.
timeless <- function(fit) {
  fit$history$seconds <- NULL
  fit$options[c("checkpoint", "threads", "verbose", "progress")] <- NULL
  fit
}

# The file of the checkpoint after each epoch of `code`, which trains with the given folder.
# It is the file that a power cut at that time leaves behind.
checkpoints_of <- function(code, folder, env = parent.frame()) {
  kept <- withr::local_tempdir(.local_envir = env)
  written <- character()
  keep <- function(path, tensors, ...) {
    result <- original(path, tensors, ...)
    copy <- file.path(kept, sprintf("epoch-%02d", tensors$state.epoch))
    dir.create(copy)
    file.copy(path, copy)
    written <<- c(written, copy)
    result
  }
  original <- write_tensors
  with_replaced("write_tensors", keep, code)
  written
}

# Evaluates `code` with another function of this name in the package.
with_replaced <- function(name, value, code) {
  namespace <- asNamespace("feedforward")
  original <- get(name, namespace)
  put <- function(value) {
    unlockBinding(name, namespace)
    assign(name, value, namespace)
    lockBinding(name, namespace)
  }
  on.exit(put(original))
  put(value)
  code
}
