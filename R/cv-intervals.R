# Prediction intervals of averages by CV+ (Barber, Candes, Ramdas and Tibshirani, 2021,
# doi:10.1214/20-AOS1965).

# Returns a matrix with the columns "lower" and "upper", or both for each of several outcomes. `x`
# is the result of predictors_for().
predict_interval <- function(model, x, level) {
  check_average(model, "object")
  held_out <- model$out_of_fold
  values <- out_of_fold_values(model)
  errors <- abs(as.matrix(values$truth) - as.matrix(values$fitted)) * model$inflation
  folds <- sort(unique(held_out$fold))
  centers <- lapply(folds, function(f) fold_output(model, x, f))
  if (any(vapply(centers, first_non_finite, 1) > 0)) {
    warn_not_finite(Reduce(`+`, centers), model)
  }
  ends <- lapply(seq_len(ncol(errors)), function(j) {
    steps <- lapply(folds, function(f) sort(errors[held_out$fold == f, j]))
    interval_ends(lapply(centers, function(values) values[, j]), steps, level)
  })
  ends <- cbind(
    vapply(ends, `[[`, numeric(nrow_of(x)), "lower"),
    vapply(ends, `[[`, numeric(nrow_of(x)), "upper")
  )
  # The Poisson loss is for numbers of at least 0.
  if (model$architecture$loss == "poisson") ends <- pmax(ends, 0)
  dim(ends) <- c(nrow_of(x), 2L * ncol(errors))
  names <- paste(rep(c("lower", "upper"), each = ncol(errors)), model$outcome$names, sep = "_")
  name_rows(ends, x, if (is.null(model$outcome$names)) c("lower", "upper") else names)
}

# Returns the predictions of the networks of one fold, weighted by candidate, in the user's units.
fold_output <- function(model, x, fold) {
  members <- Filter(function(member) member$fold == fold, model$members)
  weight <- model$candidates$weight[match(
    vapply(members, `[[`, "", "candidate"), model$candidates$candidate
  )]
  members <- Map(function(member, weight) {
    member$weight <- weight
    member
  }, members, weight / sum(weight))
  output <- average_output(model, x, thread_count_for(nrow_of(x)), members)
  unscale_targets(output, model$outcome)
}

# Returns list(lower, upper) for one outcome. `centers` are the predictions of each fold, and
# `steps` its sorted absolute errors.
interval_ends <- function(centers, steps, level) {
  n <- sum(lengths(steps))
  # Rounding must not change which bound is chosen.
  k <- c(floor((1 - level) * (n + 1) + 1e-9), ceiling(level * (n + 1) - 1e-9))
  size <- length(centers[[1L]])
  list(
    lower = if (k[1L] < 1) {
      rep(-Inf, size)
    } else {
      smallest_sum(centers, lapply(steps, function(step) -rev(step)), k[1L])
    },
    upper = if (k[2L] > n) rep(Inf, size) else smallest_sum(centers, steps, k[2L])
  )
}

# Returns for each new row the k-th smallest of all sums of the prediction of a fold and one of its
# steps. There may be millions of sums for each row. Bisection counts the sums below a bound without
# forming them. It starts from the sums of the k-th smallest step, which lie on both sides.
smallest_sum <- function(centers, steps, k) {
  step <- sort(unlist(steps))[k]
  low <- do.call(pmin, centers) + step
  high <- do.call(pmax, centers) + step
  usable <- is.finite(low) & is.finite(high)
  low[!usable] <- high[!usable] <- 0
  # Each time halves the range. More than 50 times would not change the digits.
  for (time in seq_len(50L)) {
    middle <- low + (high - low) / 2
    below <- Reduce(`+`, Map(function(center, step) {
      findInterval(middle - ifelse(usable, center, 0), step)
    }, centers, steps))
    enough <- below >= k
    high[enough] <- middle[enough]
    low[!enough] <- middle[!enough]
  }
  ifelse(usable, high, NaN)
}
