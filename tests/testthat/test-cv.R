x <- as.matrix(iris[1:4])

test_that("classes, labels, one number and several numbers are cross-validated", {
  fit <- quick_cv(x, iris$Species)
  expect_s3_class(fit, c("feedforward_cv", "feedforward"), exact = TRUE)
  # A network that learned anything beats 1/3, the accuracy of guessing.
  expect_gt(mean(predict(fit, x) == iris$Species), 0.8)
  expect_identical(levels(predict(fit, x)), levels(iris$Species))
  labels <- cbind(long = x[, 3] > 4, wide = x[, 2] > 3)
  fit <- quick_cv(x, labels)
  expect_identical(dim(predict(fit, x, type = "prob")), c(150L, 2L))
  expect_gt(mean(predict(fit, x) == labels), 0.8)
  fit <- quick_cv(x[, 1:3], x[, 4])
  # Better than the mean, whose root mean squared error is the standard deviation.
  expect_lt(sqrt(mean((predict(fit, x[, 1:3]) - x[, 4])^2)), stats::sd(x[, 4]))
  fit <- quick_cv(x[, 1:2], x[, 3:4])
  expect_identical(colnames(predict(fit, x[, 1:2])), colnames(x)[3:4])
  text <- quick_cv(x, as.character(iris$Species))
  expect_type(predict(text, x), "character")
  logical <- quick_cv(x, iris$Species == "setosa")
  expect_type(predict(logical, x), "logical")
})

test_that("losses of regression are used and kept", {
  for (loss in c("absolute_error", "huber", "poisson")) {
    fit <- quick_cv(x[, 1:3], round(x[, 4] * 5), loss = loss)
    expect_identical(fit$architecture$loss, loss)
    expect_true(all(is.finite(fit$candidates$loss)))
  }
  fit <- quick_cv(x[, 1:3], x[, 4], loss = "quantile", quantile = 0.9)
  expect_identical(fit$members[[1]]$architecture$quantile, 0.9)
  # About nine in ten outcomes lie below the 90 % quantile.
  expect_gt(mean(x[, 4] < predict(fit, x[, 1:3])), 0.75)
})

test_that("data frames, formulas and recipes give what a matrix gives", {
  frame <- iris[1:4]
  by_frame <- quick_cv(frame, iris$Species)
  by_formula <- quick_cv(Species ~ ., data = iris)
  expect_identical(by_formula$candidates, by_frame$candidates)
  expect_identical(predict(by_formula, iris), predict(by_frame, iris))
  expect_identical(quick_cv(iris, Species ~ .)$candidates, by_formula$candidates)
  by_matrix <- quick_cv(x, iris$Species)
  expect_equal(by_matrix$candidates, by_frame$candidates)
  expect_identical(names(predict(by_formula, iris[1:2, ], type = "prob")),
    paste0(".pred_", levels(iris$Species)))
})

test_that("a recipe is read as by feedforward()", {
  skip_without_recipes()
  fit <- quick_cv(recipes::recipe(Species ~ ., iris), data = iris)
  expect_identical(fit$inputs$kind, "recipe")
  expect_identical(nrow(predict(fit, iris[1:3, ])), 3L)
})

test_that("factors are 0/1 inputs with each encoding", {
  data <- small_table(60)
  y <- data$a + (data$f == "v")
  candidates <- lapply(c(standard = "standard", robust = "robust", piecewise = "piecewise"),
    function(encoding) list(epochs = 5, hidden_units = 3, encoding = encoding))
  fit <- quick_cv(data, y, candidates = candidates)
  expect_identical(fit$candidates$candidate, names(candidates))
  expect_true(all(is.finite(fit$candidates$loss)))
  expect_identical(length(predict(fit, data, format = "matrix")), 60L)
  data$f[1] <- NA
  expect_says(predict(fit, data), "missing value")
})

test_that("images, bytes and sparse matrices are used as they are", {
  images <- withr::with_seed(1, array(sample(0:255, 60 * 16, TRUE), c(60, 4, 4)))
  y <- factor(images[, 2, 2] > 127)
  fit <- quick_cv(images, y)
  expect_identical(fit$inputs$kind, "array")
  expect_identical(length(predict(fit, images)), 60L)
  bytes <- images
  storage.mode(bytes) <- "integer"
  bytes <- structure(as.raw(bytes), dim = dim(images))
  expect_equal(quick_cv(bytes, y)$candidates, fit$candidates)
  expect_says(quick_cv(images, y, candidates = list(list(encoding = "robust"))), "encoding")
  skip_if_not_installed("Matrix")
  sparse <- Matrix::Matrix(matrix(images * (images > 200) / 255, 60), sparse = TRUE)
  fit <- quick_cv(sparse, y)
  expect_identical(unique(vapply(fit$members, `[[`, "", "encoding")), "none")
  expect_identical(length(predict(fit, sparse)), 60L)
  expect_output(print(fit), "none")
})

test_that("the same seed gives the same model, for any number of threads", {
  one <- quick_cv(x, iris$Species, threads = 1)
  two <- quick_cv(x, iris$Species, threads = 2)
  one$options$threads <- two$options$threads <- NULL
  one$settings <- lapply(one$settings, function(options) options[names(options) != "threads"])
  two$settings <- lapply(two$settings, function(options) options[names(options) != "threads"])
  expect_identical(one, two)
  other <- quick_cv(x, iris$Species, seed = 5)
  expect_false(identical(other$candidates$loss, one$candidates$loss))
  single <- quick_cv(x, iris$Species, precision = "single")
  expect_equal(single$candidates$loss, one$candidates$loss, tolerance = 0.05)
})

test_that("an average survives saveRDS()", {
  fit <- quick_cv(Species ~ ., data = iris)
  file <- withr::local_tempfile()
  saveRDS(fit, file)
  again <- readRDS(file)
  expect_identical(predict(again, iris, type = "prob"), predict(fit, iris, type = "prob"))
  expect_identical(utils::capture.output(print(again)), utils::capture.output(print(fit)))
})

test_that("wrong arguments are refused with one error, and draw no random numbers", {
  withr::local_seed(1)
  before <- .Random.seed
  refused <- function(text, ..., x = as.matrix(iris[1:4]), y = iris$Species) {
    expect_says(feedforward_cv(x, y, ...), text)
    expect_identical(.Random.seed, before)
  }
  refused("no argument `epochs`", epochs = 3)
  refused("`folds` must be", folds = 1)
  refused("`folds` must be", folds = 2.5)
  refused("only 150 rows", folds = 151)
  refused("`folds` must be", folds = 0)
  refused("`folds` must be", folds = NA)
  refused("`folds` must be", folds = "five")
  refused("`folds` must have 150 values", folds = c(1, 2))
  refused("one fold", folds = rep(1, 150))
  refused("`groups` must have 150 values", groups = 1:3)
  refused("`groups` has a missing value", groups = c(NA, 1:149))
  refused("`folds` is 5, but there are only 2 groups", groups = rep(1:2, 75))
  refused("`groups` cannot be used", groups = 1:150, folds = rep(1:3, 50))
  refused("`candidates` must be", candidates = 3)
  refused("`candidates` must be", candidates = list())
  refused("is one candidate, not a list", candidates = list(epochs = 5))
  refused("is one candidate, not a list", candidates = list(epochs = 5, optimizer = optimizer_sgd()))
  refused("is one candidate, not a list", candidates = quote(feedforward(epochs = 5)))
  refused("`candidates` must be", candidates = data.frame(epochs = 1))
  refused("`candidates[[2]]` must be", candidates = list(list(), list(3)))
  refused("`candidates[[1]]` cannot set `loss`", candidates = list(list(loss = "huber")))
  refused("`candidates[[1]]` cannot set `validation`", candidates = list(list(validation = 0.1)))
  refused("no argument `epoch`", candidates = list(list(epoch = 3)))
  refused("`penalty` must be", candidates = list(list(penalty = -1)))
  refused("`progress` must be", progress = 2)
  refused("`precision` must be", precision = "half")
  refused("`threads` must be", threads = 0)
  refused("`loss`", loss = "huber")
  refused("`quantile` is only used", quantile = 0.1)
  refused("`y` must have 150", y = 1:3)
  refused("missing value", x = replace(as.matrix(iris[1:4]), 3, NA))
  expect_says(feedforward_cv(), "`x` is missing")
  expect_says(feedforward_cv(x), "`y` is missing")
  expect_says(feedforward_cv(Species ~ .), "`data` is missing")
  expect_says(feedforward_cv("a"), "`x` must be")
})

test_that("missing values and new levels are accepted on request", {
  data <- small_table(60)
  y <- data$a + (data$f == "v")
  data$a[c(2, 50)] <- NA
  data$f[3] <- NA
  expect_says(quick_cv(data, y), "missing value")
  fit <- quick_cv(data, y, missing = "indicator", new_levels = "zero")
  expect_true(all(is.finite(predict(fit, data, format = "matrix"))))
  new <- data[1:2, ]
  new$s <- c("p", "unknown")
  expect_warning(value <- predict(fit, new), class = "feedforward_new_levels")
  expect_true(all(is.finite(value$.pred)))
  expect_identical(length(coef(fit)), length(fit$members))
})
