# Small fits, and how they are refused.

# Numbers, factors, text and logical values; n rows.
small_table <- function(n = 40) {
  data.frame(
    a = seq_len(n) / n, b = rep(c(1, 5, 2, 8), length.out = n),
    f = factor(rep(c("u", "v", "w"), length.out = n)), g = rep(c(TRUE, FALSE), length.out = n),
    s = rep(c("p", "q"), length.out = n)
  )
}

quick_fit <- function(x, ..., epochs = 3, hidden_units = 4) {
  feedforward(x, ..., epochs = epochs, hidden_units = hidden_units)
}

# `code` fails with a feedforward_error that has all these pieces of text.
expect_says <- function(code, ...) {
  cnd <- expect_error(code, class = "feedforward_error")
  message <- gsub("\\s+", " ", conditionMessage(cnd))
  for (piece in c(...)) expect_match(message, piece, fixed = TRUE)
  invisible(cnd)
}

# The parts of a model that training determines.
learned <- function(fit) {
  fit$history$seconds <- NULL
  fit[c("parameters", "history", "best_epoch", "outcome", "inputs", "n")]
}

# recipes loads timeDate, which asks the system for the time zone if TZ is not set.
skip_without_recipes <- function(env = parent.frame()) {
  withr::local_timezone("UTC", .local_envir = env)
  skip_if_not_installed("recipes")
  skip_if_not(recipes_work(), "recipes is too old for the vctrs installed")
}

# Old versions of recipes use functions that newer versions of the packages below it have lost.
recipes_work <- function() {
  requireNamespace("recipes", quietly = TRUE) && tryCatch(
    {
      recipes::prep(recipes::recipe(y ~ ., data.frame(y = 1:2, a = 1:2)))
      TRUE
    },
    error = function(cnd) FALSE
  )
}

same_seed <- function(code) withr::with_seed(42, code)

# Reads an outcome as training does.
encode <- function(y, loss = NULL, n = NROW(y)) encode_outcome(y, n, loss)
