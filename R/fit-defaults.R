# The settings that feedforward() chooses for arguments that are NULL. They were chosen together, by
# measurement on public data sets (bench/RESULTS.md), and suit the tables they were measured on. If
# you choose the optimizer yourself, the other arguments have plain defaults.

# Returns the arguments with settings for those that are NULL. `predictors` is what read_matrix()
# and the like return; without it, the settings are the plain ones. `counted` says which rows have a
# weight above 0.
with_settings <- function(arguments, predictors = NULL, counted = NULL) {
  tunes <- is.null(arguments$optimizer) && !is.null(predictors) && is_table(predictors)
  settings <- plain_settings()
  n <- if (is.null(counted)) nrow_of(predictors$x) else sum(counted)
  if (tunes) settings <- tuned_settings(n)
  missing <- names(settings)[vapply(arguments[names(settings)], is.null, TRUE)]
  arguments[missing] <- settings[missing]
  arguments
}

plain_settings <- function() list(optimizer = "adam", penalty = 0, epochs = 100L)

# Dense numbers and factors. Images, bytes, and sparse data are on other scales.
is_table <- function(predictors) {
  x <- predictors$x
  !is_plain_sparse(x) && !is.raw(x) && predictors$inputs$kind != "array"
}

# Few rows need more epochs, and a penalty against overfitting that many rows do not need.
tuned_settings <- function(n) {
  many <- n > 10000
  list(
    optimizer = optimizer_adam(learn_rate = 0.02, beta2 = 0.95),
    penalty = min(0.01, 10 / n),
    epochs = if (many) 30L else if (n < 1000) 200L else 50L,
    batch_size = if (many) 128L
  )
}
