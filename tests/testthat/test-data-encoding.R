# Encodings of numbers: robust and piecewise.

skewed_table <- function(n = 300) {
  withr::with_seed(3, {
    data <- data.frame(
      a = exp(stats::rnorm(n)), b = stats::rnorm(n), two = rep(0:1, length.out = n),
      f = factor(rep(c("u", "v", "w"), length.out = n))
    )
    data$y <- sqrt(data$a) + (data$f == "v") + stats::rnorm(n) / 10
    data
  })
}

# The encoding by its definition, in plain R.
clipped <- function(z) z / sqrt(1 + (z / 3)^2)
piecewise_by_hand <- function(x, intervals = 8) {
  x <- as.double(x)
  n <- length(x)
  z <- clipped((x - mean(x)) / (stats::sd(x) * sqrt((n - 1) / n)))
  if (length(unique(x)) < 3) {
    return(cbind(z))
  }
  knots <- unique(stats::quantile(x, seq(0, 1, length.out = intervals + 1), names = FALSE))
  within <- vapply(seq_len(length(knots) - 1), function(k) {
    pmin(pmax((x - knots[k]) / (knots[k + 1] - knots[k]), 0), 1)
  }, x)
  cbind(z, within)
}

# The output of a network with one hidden relu layer, for encoded inputs.
by_hand <- function(fit, inputs) {
  p <- fit$parameters
  hidden <- pmax(inputs %*% t(p$W1) + rep(p$b1, each = nrow(inputs)), 0)
  drop(hidden %*% t(p$W2) + rep(p$b2, each = nrow(inputs))) * fit$outcome$scale + fit$outcome$center
}

test_that("a piecewise encoding is what its definition says", {
  data <- skewed_table()
  fit <- quick_fit(y ~ ., data = data, encoding = "piecewise")
  inputs <- do.call(cbind, c(
    lapply(data[c("a", "b", "two")], piecewise_by_hand), list(stats::model.matrix(~ f - 1, data))
  ))
  # Two values need no intervals: 9 + 9 + 1 inputs, and 3 levels.
  expect_identical(ncol(fit$parameters$W1), 22L)
  expect_equal(predict(fit, data)$.pred, unname(by_hand(fit, inputs)), tolerance = 1e-12)
  expect_identical(colnames(fit$parameters$W1)[c(1:3, 20)], c("a", "a[1]", "a[2]", "fu"))
})

test_that("a robust encoding is what its definition says", {
  data <- skewed_table()
  fit <- quick_fit(as.matrix(data[c("a", "b")]), data$y, encoding = "robust")
  inputs <- vapply(data[c("a", "b")], function(x) {
    clipped((x - stats::median(x)) / stats::IQR(x))
  }, data$a)
  expect_equal(predict(fit, as.matrix(data[c("a", "b")])), by_hand(fit, inputs),
    tolerance = 1e-12)
})

test_that("outliers have a bounded effect", {
  data <- skewed_table()
  fit <- quick_fit(as.matrix(data["a"]), data$y, encoding = "piecewise")
  far <- predict(fit, cbind(a = c(1e6, 1e12, 1e300)))
  expect_equal(far[1], far[3], tolerance = 1e-6)
})

test_that("a constant column has no effect, whatever its value in new data", {
  data <- cbind(skewed_table(), k = 5)
  expect_warning(
    fit <- quick_fit(y ~ ., data = data, encoding = "piecewise"),
    class = "feedforward_constant_predictor"
  )
  expect_identical(predict(fit, transform(data, k = 99)), predict(fit, data))
})

test_that("encodings are measured on the training rows alone", {
  data <- skewed_table()
  fit <- same_seed(quick_fit(y ~ ., data = data, encoding = "robust", validation = 0.5))
  other <- same_seed(quick_fit(y ~ ., data = data, encoding = "robust"))
  expect_false(identical(fit$inputs$encoding$center, other$inputs$encoding$center))
})

test_that("models with an encoding are saved, continued and trained in single precision", {
  data <- skewed_table()
  fit <- quick_fit(y ~ ., data = data, encoding = "piecewise", precision = "single")
  path <- withr::local_tempfile(fileext = ".safetensors")
  write_model(fit, path)
  expect_identical(read_model(path), fit)
  more <- continue_training(fit, data = data, epochs = 2)
  expect_identical(more$inputs, fit$inputs)
  expect_identical(nrow(more$history), 5L)
})

test_that("encodings are refused where they mean nothing", {
  data <- skewed_table()
  expect_says(quick_fit(y ~ ., data = data, encoding = "spline"), "`encoding` must be one of")
  expect_says(
    quick_fit(y ~ ., data = data, encoding = "robust", standardize = FALSE),
    "cannot be used with `standardize = FALSE`"
  )
  bytes <- matrix(as.raw(1:40), 10)
  expect_says(quick_fit(bytes, data$y[1:10], encoding = "robust"),
    "for tables and numeric matrices")
  fit <- quick_fit(y ~ ., data = data, encoding = "robust")
  fit$inputs$encoding$knots[[1]] <- c(2, 1)
  expect_says(predict(fit, data), "an invalid `inputs$encoding`")
})

test_that("frequency weights count as copies of the row", {
  data <- skewed_table(60)
  copies <- rep(1:3, 20)
  repeated <- data[rep(1:60, copies), ]
  for (encoding in c("robust", "piecewise")) {
    weighted <- quick_fit(y ~ a + b, data, encoding = encoding,
      case_weights = hardhat::frequency_weights(copies))
    plain <- quick_fit(y ~ a + b, repeated, encoding = encoding)
    measured <- c("center", "scale", "knots")
    expect_equal(weighted$inputs$encoding[measured], plain$inputs$encoding[measured])
  }
})

test_that("a resumed recipe or formula uses the encoding of the checkpoint", {
  data <- skewed_table(60)
  folder <- withr::local_tempdir()
  fit <- same_seed(quick_fit(y ~ pmin(a, 2) + f, data, encoding = "robust", checkpoint = folder))
  resumed <- resume_training(folder, y ~ pmin(a, 2) + f, data = data)
  expect_identical(resumed$parameters, fit$parameters)
  skip_without_recipes()
  for (encoding in c("robust", "piecewise")) {
    folder <- withr::local_tempdir()
    recipe <- recipes::recipe(y ~ ., data)
    fit <- same_seed(quick_fit(recipe, data, encoding = encoding, checkpoint = folder))
    expect_identical(resume_training(folder, recipe, data = data)$parameters, fit$parameters)
  }
})

test_that("an encoding with `standardize = TRUE` leaves levels as they are", {
  data <- skewed_table(60)
  fit <- same_seed(quick_fit(y ~ ., data, encoding = "robust", standardize = TRUE))
  expect_identical(predict(fit, data),
    predict(same_seed(quick_fit(y ~ ., data, encoding = "robust")), data))
})

test_that("columns of matrices without names are numbered in errors", {
  fit <- quick_fit(matrix(c(1:20, 20:1 / 3), 20), sin(1:20), encoding = "robust")
  expect_says(predict(fit, cbind(1, NA)), "in row 1, column 2")
})

test_that("a model with a damaged description of its inputs is refused", {
  fit <- quick_fit(y ~ ., skewed_table(60), encoding = "piecewise")
  damaged <- list(
    list("inputs", 5), list(c("inputs", "has_missing"), c(NA, TRUE)),
    list(c("inputs", "encoding"), 1), list(c("inputs", "encoding", "scale"), rep(Inf, 4)),
    list(c("inputs", "encoding", "inputs"), "a"), list(c("inputs", "center"), rep(0, 22))
  )
  for (part in damaged) {
    broken <- fit
    broken[[part[[1]]]] <- part[[2]]
    expect_says(predict(broken, skewed_table(60)), "is not a valid model")
  }
})

test_that("a factor with one used level is constant, with and without an encoding", {
  data <- data.frame(a = sin(1:40), f = factor(rep("u", 40), c("u", "v")))
  for (encoding in list(NULL, "piecewise")) {
    expect_warning(quick_fit(data, cos(1:40), encoding = encoding),
      class = "feedforward_constant_predictor")
  }
})
