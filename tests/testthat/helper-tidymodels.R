# Packages of tidymodels. They need newer packages than the oldest that this package works with.

skip_without <- function(...) {
  for (package in c(...)) {
    skip_if(!requireNamespace(package, quietly = TRUE), sprintf("the package %s is not installed", package))
  }
}

# A specification with few units and epochs.
small_spec <- function(mode, ..., engine = "feedforward") {
  parsnip::mlp(hidden_units = 6, epochs = 8) |>
    parsnip::set_engine(engine, ...) |>
    parsnip::set_mode(mode)
}

# The same network by feedforward().
small_network <- function(x, y, ..., hidden_units = 6, epochs = 8) {
  feedforward(x, y, hidden_units = hidden_units, epochs = epochs, ...)
}

# Two classes with a numeric and a factor predictor.
two_class_data <- function(n = 120) {
  withr::local_seed(11)
  a <- stats::rnorm(n)
  b <- factor(sample(c("x", "y", "z"), n, TRUE))
  class <- factor(ifelse(a + (b == "z") + stats::rnorm(n) / 2 > 0, "yes", "no"), c("yes", "no"))
  data.frame(a, b, class)
}
