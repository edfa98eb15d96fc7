# The scale of numeric outcomes, which are brought to a common center and scale for training.

# Brings numbers to a common scale, and keeps that scale in the outcome. `copies` are frequency
# weights. Counts for the Poisson loss keep their scale.
standardize_outcome <- function(encoded, rows, copies) {
  if (losses[[encoded$loss]]$scale == "none") {
    return(encoded)
  }
  targets <- encoded$targets
  if (!is.null(rows)) {
    targets <- targets[rows, , drop = FALSE]
    copies <- copies[rows]
  }
  robust <- is_robust(encoded$loss)
  moments <- if (robust) robust_scale(targets, copies) else target_moments(targets, copies)
  encoded$outcome$center <- moments$center
  encoded$outcome$scale <- moments$scale
  encoded$targets <- scale_targets(encoded$targets, encoded$outcome)
  encoded
}

scale_targets <- function(targets, outcome) {
  if (is.null(outcome$scale)) {
    return(targets)
  }
  n <- nrow(targets)
  scaled <- (targets - each_row(outcome$center, n)) / each_row(outcome$scale, n)
  # Outliers may be so far away that their squares, or they themselves, would be infinite.
  most <- 1e100
  if (any(abs(range(scaled, 0)) > most)) scaled[] <- pmin(pmax(scaled, -most), most)
  scaled
}

unscale_targets <- function(values, outcome) {
  if (is.null(outcome$scale)) {
    return(values)
  }
  n <- nrow(values)
  values * each_row(outcome$scale, n) + each_row(outcome$center, n)
}

# Repeats a number per column for all n rows of a matrix. R itself repeats a single number, without
# the memory.
each_row <- function(values, n) if (length(values) == 1L) values else rep(values, each = n)

# Returns list(center, scale): the mean and the standard deviation (divided by n) of each column.
# Dividing by a power of 2 first changes no digit, and keeps the squares of very large and very
# small numbers finite.
target_moments <- function(targets, copies) {
  share <- if (is.null(copies)) 1 / nrow(targets) else copies / sum(copies)
  each <- vapply(seq_len(ncol(targets)), function(j) {
    y <- targets[, j]
    largest <- max(abs(range(y)))
    unit <- if (largest > 0) 2^min(floor(log2(largest)), 1023) else 1
    y <- y / unit
    mean <- sum(y * share)
    c(mean * unit, sqrt(sum((y - mean)^2 * share)) * unit, is_constant(y[share > 0]))
  }, double(3L))
  list(center = each[1L, ], scale = usable_scale(list(sd = each[2L, ], constant = each[3L, ] > 0)))
}

# ---- Losses that resist outliers -------------------------------------------------

# A single wrong number can move the mean and the standard deviation by any amount. The median and
# the median deviation stay near the others, as long as fewer than half of the numbers are wrong.

is_robust <- function(loss) losses[[loss]]$scale == "robust"

# The ratio of the standard deviation to the median absolute deviation of normal numbers:
# 1 / qnorm(3 / 4).
mad_to_sd <- 1.4826

# Returns list(center, scale) of each column of `targets`. `copies` are frequency weights.
robust_scale <- function(targets, copies) {
  if (is.null(copies)) copies <- rep(1, nrow(targets))
  each <- apply(targets, 2L, function(y) {
    center <- median_of_copies(y, copies)
    c(center, spread_about(center, y, copies))
  })
  list(center = each[1L, ], scale = each[2L, ])
}

# Estimates the standard deviation from the median absolute deviation. If more than half of the
# numbers are equal or almost equal (many zeros, say), the median deviation is about 0. Then this
# returns the root mean square deviation for others that are all as far away as their median.
# Constants have the scale 1. Rounding may leave a deviation of almost 0 between equal numbers.
spread_about <- function(center, y, copies) {
  deviation <- abs(y - center)
  apart <- deviation > last_digits(center)
  if (!any(apart)) {
    return(1)
  }
  spread <- median_of_copies(deviation, copies)
  # Numbers that are almost equal count as equal, unless the numbers far away are so few that they
  # may be wrong.
  far <- apart & deviation > 1000 * spread
  almost_equal <- sum(copies[far]) > 0.4 * sum(copies)
  if (spread > last_digits(center) && !almost_equal) {
    return(mad_to_sd * spread)
  }
  if (almost_equal) apart <- far
  sqrt(sum(copies[apart]) / sum(copies)) * median_of_copies(deviation[apart], copies[apart])
}

# Returns the median of y with each number repeated `copies` times.
median_of_copies <- function(y, copies) {
  order <- order(y)
  last <- cumsum(copies[order])
  n <- last[length(last)]
  middle <- c(floor((n + 1) / 2), ceiling((n + 1) / 2))
  mean(y[order][findInterval(middle - 0.5, last) + 1L])
}

# Returns the quantile of y with each number repeated `copies` times.
quantile_of_copies <- function(y, copies, level) {
  if (level == 0.5) {
    return(median_of_copies(y, copies))
  }
  order <- order(y)
  share <- cumsum(copies[order]) / sum(copies)
  y[order][findInterval(level * (1 - 1e-12), share, left.open = TRUE) + 1L]
}

# L-BFGS ends when a step lowers the loss by less than `tolerance` times the loss. Outliers add a
# part to these losses that no step can lower, which would end training at once. So the tolerance is
# taken relative to 1, about the loss without outliers.
with_tolerance_for <- function(optimizer, loss, targets) {
  if (optimizer$name == "lbfgs" && is_robust(loss)) {
    optimizer$tolerance <- optimizer$tolerance / max(1, mean(abs(targets)))
  }
  optimizer
}
