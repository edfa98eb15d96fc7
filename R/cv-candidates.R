# The candidates of feedforward_cv(): settings of networks that cross-validation compares.

# The default candidates. They differ in what matters most on tables: how strongly the weights are
# penalized, how numbers are encoded and how large the network is. They were chosen on the data sets
# of bench/RESULTS.md. More than 10,000 rows need fewer epochs and weaker penalties.
default_candidates <- function(n, kind, has_encodings, precision) {
  many <- n > 10000
  adam <- function(penalty, learn_rate, ...) {
    list(
      penalty = if (many) penalty / 10 else penalty, learn_rate = learn_rate,
      optimizer = optimizer_adam(beta2 = 0.95), epochs = if (many) 30L else 100L,
      batch_size = if (many) 128L, stop_iter = 30, ...
    )
  }
  plain <- list(
    "weak penalty" = adam(0.002, 0.02),
    "medium penalty" = adam(0.01, 0.02),
    "silu" = adam(0.01, 0.02, activation = "silu"),
    "linear" = adam(0.002, 0.02, hidden_units = 0)
  )
  encoded <- list(
    "piecewise" = adam(0.008, 0.01, encoding = "piecewise"),
    "piecewise, weak penalty" = adam(0.0005, 0.01, encoding = "piecewise"),
    "piecewise, two layers" = adam(
      0.002, 0.01, hidden_units = c(64, 64), encoding = "piecewise"
    ),
    "robust, two layers" = adam(0.004, 0.02, hidden_units = c(64, 64), encoding = "robust")
  )
  smooth <- list(
    "L-BFGS" = lbfgs_candidate(64, "relu", 0.001),
    "L-BFGS, tanh" = lbfgs_candidate(16, "tanh", 0.003)
  )
  uses_smooth <- kind == "numbers" && n <= 1500 && !identical(precision, "single")
  c(plain, if (has_encodings) encoded, if (uses_smooth) smooth)
}

lbfgs_candidate <- function(hidden_units, activation, penalty) {
  list(
    optimizer = "lbfgs", hidden_units = hidden_units, activation = activation, penalty = penalty,
    epochs = 300L
  )
}

# Whether the outer list is missing: a single call, or arguments with their values.
is_one_candidate <- function(x) {
  is_plain_list <- function(x) is.list(x) && !is.object(x)
  could_be_candidate <- function(x) is.call(x) || is_plain_list(x)
  has_arguments <- length(names(x)) > 0L && all(names(x) %in% names(formals(feedforward)))
  is.call(x) || (is_plain_list(x) && has_arguments && !all(vapply(x, could_be_candidate, TRUE)))
}

# Returns the checked options of each candidate. `shared` are the arguments of the call that
# hold for all candidates.
check_candidates <- function(candidates, shared, predictors) {
  if (is_one_candidate(candidates)) {
    stop_feedforward("{.arg candidates} is one candidate, not a list of candidates.",
      i = "Put it in a list, as in {.code list(list(epochs = 5))}."
    )
  }
  if (!is.list(candidates) || length(candidates) == 0L || is.data.frame(candidates)) {
    hint <- if (is.data.frame(candidates)) {
      "Use `.mapply(list, candidates, NULL)` to turn rows into candidates."
    }
    stop_feedforward("{.arg candidates} must be a list of candidates, not {describe(candidates)}.",
      i = "{hint}",
      i = "Each candidate is a list of arguments of {.fn feedforward}, such as
           {.code list(list(penalty = 0.01), list(hidden_units = 128))}."
    )
  }
  names(candidates) <- candidate_names(candidates)
  check_each_candidate(candidates, check_candidate, shared, predictors)
}

# Returns the results of `check(candidate, k, ...)`. Its errors name the candidate.
check_each_candidate <- function(candidates, check, ...) {
  Map(function(candidate, k) {
    withCallingHandlers(check(candidate, k, ...),
      feedforward_error = function(cnd) name_candidate(cnd, names(candidates)[k], k)
    )
  }, candidates, seq_along(candidates))
}

# Raises an error of an option again, with the candidate that it is in.
name_candidate <- function(cnd, name, k) {
  if (grepl("candidates[[", conditionMessage(cnd), fixed = TRUE)) {
    return()
  }
  place <- sprintf("The problem is in `candidates[[%d]]`", k)
  if (name != paste("candidate", k)) place <- sprintf("%s (%s)", place, listed(name))
  cnd$body <- c(cnd$body, i = paste0(place, "."))
  rlang::cnd_signal(cnd)
}

# Names candidates without a name by their number.
candidate_names <- function(candidates) {
  names <- names(candidates)
  if (is.null(names)) names <- rep("", length(candidates))
  names[names == ""] <- paste("candidate", which(names == ""))
  make.unique(names, sep = " ")
}

# Returns the arguments of a quoted call.
evaluate_candidate <- function(candidate, k) {
  tryCatch(lapply(as.list(candidate)[-1L], eval, globalenv()), error = function(cnd) {
    text <- readable(conditionMessage(cnd))
    stop_feedforward("{.arg candidates[[{k}]]} cannot be evaluated: {text}.",
      i = "Use values, or variables in the global environment."
    )
  })
}

check_candidate <- function(candidate, k, shared, predictors) {
  if (is.call(candidate)) candidate <- evaluate_candidate(candidate, k)
  named <- is.list(candidate) && (length(candidate) == 0L || !is.null(names(candidate)))
  if (!named) {
    stop_input(sprintf("candidates[[%d]]", k), "a list of named arguments", describe(candidate),
      hint = "Write it like `list(penalty = 0.01, hidden_units = 128)`."
    )
  }
  unavailable <- c("validation", "checkpoint", "on_epoch", "cluster")
  fixed <- intersect(names(candidate), c(names(shared), unavailable))
  if (length(fixed)) {
    is_shared <- fixed[1L] %in% names(formals(feedforward_cv))
    stop_feedforward("{.arg candidates[[{k}]]} cannot set {.arg {fixed[1L]}}.",
      i = if (is_shared) "Set it once, as an argument of {.fn feedforward_cv}." else "Leave it out."
    )
  }
  arguments <- do.call(training_arguments, c(candidate, shared), quote = TRUE)
  # Every network is validated on its fold, so `stop_iter` is fine.
  arguments$validation <- 0.5
  # All candidates share one progress bar.
  arguments[c("progress", "verbose")] <- FALSE
  options <- check_options(with_settings(arguments, predictors))
  options["init"] <- list(check_init(options$init))
  options
}
