# Sources of data frames in memory.

# `read` can be replaced to make a source that fails or changes.
source_of <- function(data, chunk_rows, buffer_rows, in_order = FALSE,
                      read = function(first, last) data[first:last, ], ...) {
  data_source(read,
    n = nrow(data), columns = data, in_order = in_order, chunk_rows = chunk_rows,
    buffer_rows = buffer_rows, ...
  )
}

# Rows with each type of column: numbers, whole numbers, logical values, factors, and text, and
# outcomes of each kind.
mixed_rows <- function(n = 600) {
  withr::with_seed(7, {
    data <- data.frame(
      a = rnorm(n, 50, 3), b = rexp(n), whole = sample(5L, n, TRUE), yes = runif(n) > 0.5,
      f = factor(sample(c("u", "v", "w"), n, TRUE), levels = c("w", "v", "u", "never")),
      t = sample(c("red", "green", "blue"), n, TRUE), w = sample(c(0, 1, 2.5), n, TRUE)
    )
    data$number <- data$a / 3 - data$b + (data$f == "u") + rnorm(n) / 10
    data$other <- data$b - (data$t == "red")
    data$class <- cut(data$number, 3, labels = c("low", "middle", "high"))
    data$text <- as.character(data$class)
    data$flag <- data$number > mean(data$number)
    data
  })
}

predictors_of_mixed <- c("a", "b", "whole", "yes", "f", "t")
