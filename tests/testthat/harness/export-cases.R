# Models of many kinds with new data, for tests of exporters. Of each: the `fit`; `data`, with a
# column `key`; the rows to `keep`, for which predict() works; and the `type` of prediction, or NULL
# for the default.

export_cases <- function() {
  withr::local_seed(4)
  withr::local_options(rlib_message_verbosity = "quiet")
  data <- export_data(40L)
  c(
    outcome_cases(data), activation_cases(data), predictor_cases(data), encoding_cases(data),
    hostile_name_cases(data), large_cases()
  )
}

export_data <- function(n) {
  data.frame(
    a = stats::rnorm(n, 5, 3), whole = sample(-4:9, n, TRUE),
    f = factor(sample(letters[1:4], n, TRUE)),
    text = sample(c("one", "two", "it's"), n, TRUE), yes = sample(c(TRUE, FALSE), n, TRUE),
    no = sample(c(TRUE, FALSE), n, TRUE), y = stats::rnorm(n, 100, 20),
    class = factor(sample(c("u", "v", "w"), n, TRUE)), count = stats::rpois(n, 3)
  )
}

cases_data <- function() withr::with_seed(4, export_data(40L))

# A model with few digits, made by hand.
plain_model <- function() {
  fit <- example_model("classes", "matrix", hidden = 2L)
  fit$parameters <- lapply(fit$parameters, round, 2L)
  fit$inputs$center <- c(5, 3, 4)
  fit$inputs$scale <- c(1, 0.5, 2)
  fit
}

# `large` multiplies all weights, so that activations and probabilities reach their limits.
export_case <- function(fit, data, keep = seq_len(nrow(data)), type = NULL, large = 1,
                        table = "data") {
  fit$parameters <- lapply(fit$parameters, `*`, large)
  data <- as.data.frame(data, optional = TRUE)
  data$key <- rev(seq_len(nrow(data)))
  list(list(fit = fit, data = data, keep = keep, type = type, table = table))
}

small_fit <- function(..., hidden_units = 3L, epochs = 3L) {
  suppressWarnings(suppressMessages(
    feedforward(..., hidden_units = hidden_units, epochs = epochs, progress = FALSE)
  ))
}

outcome_cases <- function(data) {
  data$late <- data$yes
  data$grade <- factor(data$text, ordered = TRUE)
  outcomes <- cbind(one = data$y, two = data$a)
  marks <- cbind(good = data$yes, bad = data$no, other = data$a > 5)
  x <- data[c("a", "whole", "f")]
  c(
    numbers = export_case(small_fit(y ~ a + whole, data = data), data),
    no_hidden_layer = export_case(small_fit(y ~ a + f, data = data, hidden_units = 0L), data),
    only_factor = export_case(small_fit(class ~ f, data = data), data),
    three_layers = export_case(
      small_fit(class ~ ., data = data, hidden_units = c(5L, 4L, 3L),
        activation = c("tanh", "relu", "linear")), data, large = 3
    ),
    several = export_case(small_fit(x, outcomes), data),
    labels = export_case(small_fit(x, marks), data, large = 40),
    numeric_labels = export_case(small_fit(x, marks + 0), data),
    logical_class = export_case(small_fit(late ~ a + f, data = data), data),
    ordered_class = export_case(small_fit(grade ~ a + f, data = data), data),
    text_class = export_case(small_fit(text ~ a + f, data = data), data),
    poisson = export_case(small_fit(count ~ a + f, data = data, loss = "poisson"), data),
    many_counts = export_case(
      small_fit(count ~ a + f, data = data, loss = "poisson"), data, large = 7
    ),
    quantile = export_case(
      small_fit(y ~ a, data = data, loss = "quantile", quantile = 0.8), data,
      type = c("numeric", "quantile", "link")
    ),
    link = export_case(small_fit(class ~ a + f, data = data), data, type = c("link", "prob")),
    label_link = export_case(small_fit(x, marks), data, type = c("link", "class")),
    hidden = export_case(small_fit(class ~ a + f, data = data), data, type = "hidden"),
    only_class = export_case(small_fit(class ~ a + f, data = data), data, type = "class"),
    sure = export_case(small_fit(class ~ a + f, data = data), data, large = 200),
    ties = export_case(small_fit(class ~ a + f, data = data), data, large = 0),
    single = export_case(small_fit(class ~ a + f, data = data, precision = "single"), data)
  )
}

activation_cases <- function(data) {
  names <- names(feedforward:::activations)
  fits <- lapply(names, function(name) {
    small_fit(y ~ a + whole + f, data = data, activation = name, hidden_units = c(6L, 4L))
  })
  far <- data
  # With these, activations are at their limits.
  far$a[1:8] <- c(1e3, -1e3, 1e5, -1e5, 50, -50, 200, -200)
  c(
    rlang::set_names(do.call(c, lapply(fits, export_case, data)), names),
    rlang::set_names(do.call(c, lapply(fits, export_case, far, large = 4)), paste("far", names))
  )
}

predictor_cases <- function(data) {
  bad <- data
  bad$a[1:4] <- c(NA, Inf, -Inf, NaN)
  bad$whole[5L] <- NA
  bad$f <- as.character(bad$f)
  bad$f[6:7] <- c(NA, "unknown")
  bad$yes[8L] <- NA
  bad$text[9L] <- "(missing)"
  none <- -(1:9)
  x <- data[c("f", "a", "yes", "text", "whole", "no")]
  numbers <- as.matrix(data[c("a", "whole")])
  drowned <- data
  drowned$a <- 1.7e9 + drowned$a / 1e4
  c(
    kinds = export_case(small_fit(x, data$class), bad, none),
    formula_kinds = export_case(
      small_fit(class ~ yes + a + f + no + text, data = data), bad, -c(1:4, 6:9)
    ),
    formula_dot = export_case(small_fit(y ~ . - class, data = data), data),
    without_scale = export_case(small_fit(x, data$y, standardize = FALSE), bad, none),
    scaled_levels = export_case(small_fit(x, data$y, standardize = TRUE), bad, none),
    one_hot_scaled = export_case(
      small_fit(x, data$y, standardize = TRUE, new_levels = "zero"),
      transform(bad, a = data$a, whole = data$whole, yes = data$yes), -6
    ),
    new_levels = export_case(
      small_fit(y ~ a + f + text, data = data, new_levels = "zero"), bad, -c(1:4, 6)
    ),
    matrix = export_case(small_fit(numbers, data$y), bad, -(1:5)),
    sparse = if (requireNamespace("Matrix", quietly = TRUE)) {
      sparse <- Matrix::Matrix(numbers, sparse = TRUE)
      export_case(small_fit(sparse, data$y, standardize = TRUE), bad, -(1:5))
    },
    drowned = export_case(small_fit(y ~ a + whole, data = drowned), drowned)
  )
}

encoding_cases <- function(data) {
  gaps <- data
  gaps$a[c(2, 12, 22)] <- NA
  gaps$f[c(3, 13)] <- NA
  gaps$yes[c(4, 14)] <- NA
  x <- c("f", "a", "yes", "text", "whole", "no")
  bad <- gaps
  # The training data have no gaps in these columns.
  bad$whole[30L] <- NA
  bad$text[31:32] <- c(NA, "new")
  bad$a[33:34] <- c(Inf, NaN)
  bad$a[35:38] <- c(1e12, -1e12, 1e120, 0)
  bad$f <- as.character(bad$f)
  bad$f[39L] <- "(missing)"
  c(
    robust = export_case(small_fit(data[x], data$y, encoding = "robust"), bad, -c(
      2:4, 12:14, 22, 30:34, 39
    )),
    piecewise = export_case(small_fit(data[x], data$y, encoding = "piecewise"), bad, -c(
      2:4, 12:14, 22, 30:34, 39
    )),
    missing = export_case(small_fit(gaps[x], data$class, missing = "indicator"), bad, -c(
      30:33, 39
    )),
    missing_in_formula = export_case(
      small_fit(class ~ yes + a + f, data = gaps, missing = "indicator"), bad, -c(33, 39)
    ),
    missing_unscaled = export_case(
      small_fit(gaps[x], data$y, missing = "indicator", standardize = FALSE), bad, -c(
        30:33, 39
      )
    ),
    missing_piecewise = export_case(
      small_fit(gaps[x], data$y, missing = "indicator", encoding = "piecewise"), bad, -c(
        30:33, 39
      )
    ),
    missing_robust_new = export_case(
      small_fit(gaps[x], data$y, missing = "indicator", encoding = "robust", new_levels = "zero"),
      bad, -c(30:31, 33)
    ),
    missing_matrix = export_case(
      small_fit(as.matrix(gaps[c("a", "whole")]), data$y, missing = "indicator",
        encoding = "piecewise"), bad, -c(30, 33)
    )
  )
}

# Names that are code in SQL or R, or that the query itself could use.
hostile_names <- c(
  "a\"b", "x.y", "it's", "\u00fcn\u00ef \u4e2d", "new\nline", "select", "x1",
  "'; DROP TABLE data; --", "back`tick", "back\\slash", "t", "id1", "%s", "$1", ":a", "?", "i1", "case_when"
)

hostile_name_cases <- function(data) {
  n <- nrow(data)
  x <- as.data.frame(matrix(stats::rnorm(n * length(hostile_names)), n))
  names(x) <- hostile_names
  x[["select"]] <- factor(rep_len(hostile_names, n))
  x[["'; DROP TABLE data; --"]] <- rep_len(rev(hostile_names), n)
  y <- factor(rep_len(hostile_names, n))
  two <- as.matrix(x[c("a\"b", "new\nline")])
  c(
    hostile_names = export_case(small_fit(x, y), x, table = "a \"table\"; --"),
    hostile_formula = export_case(small_fit(`it's` ~ ., data = x), x, table = c("shop", "x.y")),
    hostile_outcomes = export_case(small_fit(x, two), x, table = "x"),
    named_as_step = export_case(small_fit(data["a"], data$y), data, table = "INPUTS")
  )
}

# Long sums and many levels and classes.
large_cases <- function() {
  n <- 60L
  x <- as.data.frame(matrix(stats::rnorm(n * 300L), n))
  x$id <- factor(sprintf("level %d", sample(1500L, n)), sprintf("level %d", 1:1500))
  y <- factor(sprintf("class %d", rep_len(1:150, n)), sprintf("class %d", 1:150))
  new <- x
  new$id[1:5] <- sprintf("level %d", c(1, 2, 1498:1500))
  c(large = export_case(small_fit(x, y, hidden_units = 30L), new))
}
