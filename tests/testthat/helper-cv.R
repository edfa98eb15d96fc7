# Small cross-validations.

small_candidates <- function() {
  list(
    net = list(hidden_units = 6, epochs = 15, learn_rate = 0.02),
    linear = list(hidden_units = 0, epochs = 15, learn_rate = 0.02)
  )
}

quick_cv <- function(x, ..., candidates = small_candidates(), folds = 3, seed = 4) {
  withr::with_seed(seed, feedforward_cv(x, ..., candidates = candidates, folds = folds))
}

# Returns the data of a regression that networks can learn, with standard deviation 1 of the noise.
noisy_curve <- function(n, seed = 1) {
  withr::with_seed(seed, {
    a <- stats::runif(n, -2, 2)
    b <- stats::rnorm(n)
    data.frame(a = a, b = b, y = 3 * sin(a) + b + stats::rnorm(n))
  })
}

# Returns a model whose first network has another element.
within_member <- function(model, name, value) {
  model$members[[1]][name] <- list(value)
  model
}

# Returns the parts of a checkpoint of feedforward_cv() without the results of the networks `k`.
without_result <- function(parts, k) {
  results <- parts$metadata$checkpoint$results
  members <- vapply(results, `[[`, 1, "member")
  parts$metadata$checkpoint$results <- results[!members %in% k]
  if (!length(k)) {
    return(parts)
  }
  lost <- Reduce(`|`, lapply(sprintf("results.%d.", k), startsWith, x = names(parts$tensors)))
  parts$tensors <- parts$tensors[!lost]
  parts
}

# Leaves only the results of the networks `kept` in a folder, as if training was killed then.
cut_checkpoint <- function(folder, kept) {
  path <- checkpoint_path(folder)
  parts <- read_tensors(path)
  members <- vapply(parts$metadata$checkpoint$results, `[[`, 1, "member")
  parts <- without_result(parts, setdiff(members, kept))
  write_tensors(path, parts$tensors, parts$metadata)
}
