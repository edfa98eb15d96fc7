test_that("a formula, a data frame and a matrix with the same numbers give the same model", {
  skip_if_not_installed("Matrix")
  x <- as.matrix(iris[1:4])
  by_matrix <- same_seed(quick_fit(x, iris$Species))
  by_frame <- same_seed(quick_fit(iris[1:4], iris$Species))
  by_formula <- same_seed(quick_fit(Species ~ ., data = iris))
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  by_sparse <- same_seed(quick_fit(sparse, iris$Species, standardize = TRUE))
  expect_identical(by_matrix$inputs$kind, "matrix")
  expect_identical(by_frame$inputs$kind, "data")
  expect_identical(by_formula$inputs$kind, "formula")
  expect_equal(by_frame$parameters, by_matrix$parameters, tolerance = 1e-12)
  expect_equal(by_formula$parameters, by_matrix$parameters, tolerance = 1e-12)
  # Sparse input is not centered, so it learns something else, but of the same shape.
  expect_null(by_sparse$inputs$center)
  expect_equal(by_sparse$inputs$scale, by_matrix$inputs$scale, tolerance = 1e-12)
  expect_identical(dim(by_sparse$parameters$W1), dim(by_matrix$parameters$W1))
})

test_that("sparse and dense matrices give the same model without centering", {
  skip_if_not_installed("Matrix")
  set.seed(1)
  x <- matrix(rpois(200, 0.4), 20)
  y <- rep(c("a", "b"), 10)
  dense <- same_seed(quick_fit(x, y, standardize = FALSE, optimizer = "adam"))
  sparse <- same_seed(quick_fit(as(x, "CsparseMatrix"), y, standardize = FALSE, optimizer = "adam"))
  by_rows <- as(as(x, "CsparseMatrix"), "RsparseMatrix")
  by_rows <- same_seed(quick_fit(by_rows, y, standardize = FALSE, optimizer = "adam"))
  expect_equal(sparse$parameters, dense$parameters, tolerance = 1e-10)
  expect_identical(learned(by_rows)[1:3], learned(sparse)[1:3])
})

test_that("images as bytes, rows or arrays give the same model", {
  digits <- synthetic_digits(n_train = 40, n_test = 5)
  x <- digits$train$x
  y <- factor(digits$train$y)
  as_rows <- array_reshape(x, c(40, 784))
  by_array <- same_seed(quick_fit(x, y, optimizer = "adam"))
  by_raw <- same_seed(quick_fit(`storage.mode<-`(as_rows, "raw"), y, optimizer = "adam"))
  by_numbers <- same_seed(quick_fit(as_rows / 255, y, standardize = FALSE, optimizer = "adam"))
  by_small_array <- same_seed(quick_fit(x / 255, y, optimizer = "adam"))
  expect_identical(by_array$inputs$image, c(28L, 28L))
  expect_identical(by_array$inputs$divisor, 255)
  expect_identical(by_small_array$inputs$divisor, 1)
  expect_identical(by_array$parameters, by_raw$parameters)
  expect_identical(by_array$parameters, by_numbers$parameters)
  expect_identical(by_array$parameters, by_small_array$parameters)
  # New images in every form.
  new <- digits$test$x
  p <- predict(by_array, new, type = "prob")
  expect_identical(predict(by_array, `storage.mode<-`(new, "raw"), type = "prob"), p)
  expect_identical(predict(by_array, array_reshape(new, c(5, 784)), type = "prob"), p)
  one <- predict(by_array, new[2, , ], type = "prob")
  expect_equal(one, p[2, , drop = FALSE], tolerance = 1e-14)
  small <- array(0, c(2, 9, 9))
  expect_says(predict(by_array, small), "n x height x width array of 28 x 28 images", "2 x 9 x 9")
  # Scaled by measure, bytes and their numbers are still the same.
  withr::local_options(cli.width = 1000)
  constant <- "Columns 1, .* are constant"
  standardized <- function(x) {
    same_seed(quick_fit(x, y, standardize = TRUE, optimizer = "adam"))
  }
  expect_warning(scaled <- standardized(x), constant)
  expect_warning(by_numbers <- standardized(as_rows / 255), constant)
  expect_equal(scaled$inputs$scale, by_numbers$inputs$scale)
  expect_equal(scaled$parameters, by_numbers$parameters)
})

test_that("a recipe is prepared and baked, and its case weights are used", {
  skip_without_recipes()
  data <- cbind(small_table(), y = rep(c("no", "yes"), each = 20))
  recipe <- recipes::step_normalize(recipes::recipe(y ~ ., data), recipes::all_numeric_predictors())
  fit <- same_seed(quick_fit(recipe, data, validation = data[1:6, ]))
  expect_identical(fit$inputs$kind, "recipe")
  expect_identical(fit$inputs$names[1:5], c("a", "b", "fu", "fv", "fw"))
  expect_identical(nrow(predict(fit, data[1:3, names(data) != "y"])), 3L)
  expect_identical(levels(predict(fit, data)$.pred_class), c("no", "yes"))
  expect_identical(fit$n[["validation"]], 6L)
  data$w <- hardhat::frequency_weights(rep(1:2, 20))
  weighted <- same_seed(quick_fit(recipes::recipe(y ~ ., data), data))
  plain <- same_seed(quick_fit(data[1:5], data$y, case_weights = data$w))
  expect_identical(weighted$inputs[c("center", "scale")], plain$inputs[c("center", "scale")])
  expect_equal(weighted$parameters, plain$parameters, ignore_attr = TRUE, tolerance = 1e-12)
  unweighted <- same_seed(quick_fit(recipes::recipe(y ~ ., data[names(data) != "w"]), data))
  expect_gt(max(abs(weighted$parameters$W1 - unweighted$parameters$W1)), 1e-3)
})

test_that("the recipe decides what happens with new levels", {
  skip_without_recipes()
  data <- cbind(small_table(), y = rep(c("no", "yes"), each = 20))
  new <- data
  new$f <- factor(rep("x", 40))
  plain <- recipes::recipe(y ~ ., data)
  fit <- quick_fit(plain, data)
  expect_says(predict(fit, new), "(NA) in row 1, column `f`", "recipe", "step_novel")
  fit$inputs$names[3] <- "other"
  expect_says(predict(fit, data), "into different columns", "`fu` and `other`")
  prepared <- expect_no_warning(quick_fit(recipes::step_novel(plain, f), data))
  expect_identical(prepared$inputs$names[6], "fnew")
  expect_identical(nrow(predict(prepared, new)), 40L)
  expect_says(quick_fit(plain, data[names(data) != "f"]), "`data`")
})

test_that("a formula's outcome is named by its column", {
  d <- data.frame(a = 1:40 / 40, day = Sys.Date() + 1:40, los = 1:40, died = factor(rep(0:1, 20)))
  expect_says(feedforward(day ~ a, d), "`data$day` must be", "not an object of class <Date> with length 40")
  expect_says(feedforward(los + died ~ a, d), "`data[c(\"los\", \"died\")]` must be")
  expect_says(feedforward(los ~ a, d, loss = "cross_entropy"), "factor(data$los)")
  expect_says(feedforward(`my day` ~ a, cbind(d, "my day" = d$day)), "`data[[\"my day\"]]` must be")
})

test_that("I() in an outcome changes nothing", {
  d <- data.frame(a = 1:40 / 40, los = 1:40)
  fit <- quick_fit(I(los > 5) ~ a, d)
  expect_identical(fit$outcome$levels, c("FALSE", "TRUE"))
  expect_identical(confusion_matrix(fit, d)$classes$n, c(5L, 35L))
  expect_identical(quick_fit(I(los / 2) ~ a, d)$outcome$kind, "numbers")
  expect_identical(quick_fit(as.matrix(d["a"]), I(d$los))$outcome$kind, "numbers")
})

test_that("errors show the call of the user", {
  cnd <- expect_says(feedforward(as.matrix(iris[1:4]), iris$Species, epochs = -1), "`epochs`")
  expect_match(format(cnd$call), "feedforward")
  cnd <- expect_says(feedforward(Species ~ nope, iris), "`nope`")
  expect_match(format(cnd$call)[1], "feedforward")
})

test_that("the caller's data and random numbers stay as they are", {
  data <- small_table()
  y <- rep(c(0.5, 2), 20)
  kept <- list(serialize(data, NULL), y + 0)
  quick_fit(data, y, validation = 0.2)
  expect_identical(list(serialize(data, NULL), y), kept)
  fit <- quick_fit(data, y)
  set.seed(3)
  before <- .Random.seed
  predict(fit, data)
  predict(quick_fit(data, rep(c("a", "b"), 20), epochs = 0), data)
  set.seed(3)
  expect_identical(.Random.seed, before)
  predict(fit, data, type = "hidden")
  expect_identical(.Random.seed, before)
})

test_that("a formula can be stored in a variable", {
  by_name <- same_seed(quick_fit(Species ~ ., data = iris))
  expect_identical(
    learned(same_seed(feedforward(
      formula = Species ~ ., data = iris, epochs = 3, hidden_units = 4
    ))),
    learned(by_name)
  )
})

test_that("few rows are trained in small batches", {
  expect_identical(batch_size_for(NULL, 60L, NULL), 6L)
  expect_identical(batch_size_for(NULL, 10L, NULL), 4L)
  expect_identical(batch_size_for(NULL, 1e5, 1:200), 20L)
  expect_identical(batch_size_for(NULL, 1e5, NULL), 32L)
  expect_identical(batch_size_for(7L, 60L, NULL), 7L)
  # With the defaults, a linear model of few rows comes near to that of lm().
  fit <- same_seed(feedforward(len ~ dose, data = ToothGrowth, hidden_units = 0))
  error <- sqrt(mean((predict(fit, ToothGrowth)$.pred - ToothGrowth$len)^2))
  expect_lt(error, 1.05 * sqrt(mean(stats::residuals(stats::lm(len ~ dose, ToothGrowth))^2)))
})

test_that("names of values in other packages give a hint", {
  x <- as.matrix(iris[2:4])
  expect_says(quick_fit(x, iris[[1]], loss = "mse"), "`loss`", "\"squared_error\"?")
  expect_says(quick_fit(x, iris[[1]], loss = "mae"), "\"absolute_error\"?")
  numbers <- quick_fit(x, iris[[1]])
  classes <- quick_fit(x, iris$Species)
  expect_says(predict(numbers, x, type = "response"), "`type`", "Did you mean \"numeric\"?")
  expect_says(predict(classes, x, type = "response"), "`type`", "Did you mean \"prob\"?")
})

test_that("a network too large for R is refused before it is created", {
  most <- .Machine$integer.max
  expect_says(quick_fit(as.matrix(iris[1:4]), iris$Species, hidden_units = most), "`hidden_units`")
  expect_says(init_nn(most, 2, 2), "`input_dim`")
  expect_says(to_categorical(0:2, num_classes = most), "`num_classes`")
  expect_says(synthetic_digits(most), "`n_train`")
})

test_that("refused weights draw no random numbers", {
  withr::local_seed(3)
  before <- .Random.seed
  expect_says(quick_fit(as.matrix(iris[1:4]), iris$Species, validation = 0.2, class_weights = "a"),
    "`class_weights`")
  expect_identical(.Random.seed, before)
})

test_that("the data can come first, and the formula or recipe second", {
  expected <- learned(same_seed(quick_fit(Species ~ ., iris)))
  expect_identical(learned(same_seed(iris |> quick_fit(Species ~ .))), expected)
  expect_identical(learned(same_seed(tibble::as_tibble(iris) |> quick_fit(Species ~ .))), expected)
  text <- "`data` has no column `Sort`, which the formula uses"
  cnd <- expect_says(feedforward(iris, Sort ~ .), text)
  expect_identical(as.character(conditionCall(cnd)[[1L]]), "feedforward")
  expect_says(feedforward(iris, Species ~ ., epoch = 3), "Did you mean `epochs`?")
  expect_says(feedforward(iris, Species ~ ., case_weights = Sepal.Width), "data$Sepal.Width")
  fit <- quick_fit(iris[1:4], iris$Species)
  expect_identical(update(fit, iris, Species ~ Sepal.Width)$inputs$names, "Sepal.Width")
  expect_says(feedforward(as.matrix(mtcars), mpg ~ .), "Use a formula with a data frame")
  skip_without_recipes()
  recipe <- recipes::recipe(Species ~ ., iris)
  expect_identical(learned(same_seed(iris |> quick_fit(recipe))),
    learned(same_seed(quick_fit(recipe, iris))))
})

test_that("unsupported kinds of outcomes give a hint about supported ones", {
  x <- data.frame(a = 1:4)
  survival <- structure(cbind(time = 1:4, status = 1), class = "Surv", type = "right")
  cnd <- expect_says(quick_fit(x, survival), "survival times")
  expect_no_match(conditionMessage(cnd), "as.numeric")
  expect_says(quick_fit(x, as.raw(1:4)), "as.integer(y)")
  expect_says(quick_fit(x, 1:4 + 1i), "Re(y)")
  expect_says(quick_fit(x, list(1, 2, 3, 4)), "unlist(y)")
})

test_that("names of losses in other packages give a hint", {
  for (name in c("logloss", "log-loss", "Log_Loss", "xent", "nll", "NLLLoss", "mlogloss",
    "CrossEntropyLoss", "negative log-likelihood", "categorical_crossentropy")) {
    expect_says(quick_fit(iris[1:4], iris$Species, loss = name), "Did you mean \"cross_entropy\"?")
  }
  meant <- c(BCEWithLogitsLoss = "binary_cross_entropy", MSELoss = "squared_error",
    SmoothL1Loss = "huber", L1Loss = "absolute_error", rmse = "squared_error",
    PoissonNLLLoss = "poisson", "mean-squared-error" = "squared_error")
  for (name in names(meant)) {
    expect_says(quick_fit(mtcars["wt"], mtcars$mpg, loss = name), sprintf("\"%s\"?", meant[[name]]))
  }
})
