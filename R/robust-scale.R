# The scale of numeric outcomes for losses that are meant to resist outliers. Mean and standard
# deviation follow a single wrong number as far as it goes; median and median deviation do not, as
# long as fewer than half of the numbers are wrong.

robust_losses <- c("absolute_error", "huber")

# Makes the median absolute deviation of normal numbers their standard deviation: 1 / qnorm(3 / 4).
mad_to_sd <- 1.4826

# list(center, scale) of each column of `targets`. `copies` are frequency weights.
robust_scale <- function(targets, copies) {
  if (is.null(copies)) copies <- rep(1, nrow(targets))
  each <- apply(targets, 2L, function(y) {
    center <- median_of_copies(y, copies)
    c(center, spread_about(center, y, copies))
  })
  list(center = each[1L, ], scale = each[2L, ])
}

# The standard deviation of normal numbers. Where more than half of the numbers are equal (many
# zeros, say), or almost so, the median deviation is 0 or next to it. Then it is the root mean
# square deviation that there would be if all others were as far away as their median. Constants
# keep their scale. Rounding may leave equal numbers a deviation of almost 0.
spread_about <- function(center, y, copies) {
  deviation <- abs(y - center)
  apart <- deviation > last_digits(center)
  if (!any(apart)) {
    return(1)
  }
  spread <- median_of_copies(deviation, copies)
  # Numbers that are almost equal count as equal, unless those far away are few and may be wrong.
  far <- apart & deviation > 1000 * spread
  almost_equal <- sum(copies[far]) > 0.4 * sum(copies)
  if (spread > last_digits(center) && !almost_equal) {
    return(mad_to_sd * spread)
  }
  if (almost_equal) apart <- far
  sqrt(sum(copies[apart]) / sum(copies)) * median_of_copies(deviation[apart], copies[apart])
}

# The median of y, each number taken as often as `copies` says.
median_of_copies <- function(y, copies) {
  order <- order(y)
  last <- cumsum(copies[order])
  n <- last[length(last)]
  middle <- c(floor((n + 1) / 2), ceiling((n + 1) / 2))
  mean(y[order][findInterval(middle - 0.5, last) + 1L])
}

# L-BFGS ends when a step lowers the loss by less than a share of it, its `tolerance`. Outliers add
# to these losses what no step can take away, and would end it at once. So the share is of about 1,
# what the loss is where there are none.
with_tolerance_for <- function(optimizer, loss, targets) {
  if (optimizer$name == "lbfgs" && loss %in% robust_losses) {
    optimizer$tolerance <- optimizer$tolerance / max(1, mean(abs(targets)))
  }
  optimizer
}
