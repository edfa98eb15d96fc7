test_that("arguments are checked before the data", {
  expect_says(quick_fit(Ozone ~ ., airquality, na.action = na.omit), "na.omit()", "`na.action`")
  for (x in list(matrix("a"), array("a", c(1, 1, 1)), data.frame(a = 1i))) {
    expect_says(quick_fit(x, 1, epoch = 2), "no argument `epoch`")
  }
})

test_that("defaults come from the arguments of feedforward() and can depend on each other", {
  defaults <- training_arguments()
  expect_identical(names(defaults), names(formals(feedforward))[-(1:2)])
  expect_identical(defaults$hidden_units, 64L)
  expect_identical(training_arguments(verbose = TRUE)$progress, FALSE)
  weights <- quote(a + b)
  expect_identical(training_arguments(class_weights = weights)$class_weights, weights)
})

test_that("argument names of other packages give a hint", {
  x <- as.matrix(iris[1:4])
  hints <- c(hidden_layers = "`hidden_units`", max_epochs = "`epochs`", iter = "`epochs`",
    trace = "`verbose`", seed = "Use `set.seed()` before the call.", subset = "Choose the rows",
    schedule = "`rate_schedule`", grad_norm_clip = "`clip_norm`",
    hidden_units_2 = "`hidden_units = c(64, 16)`", offset = "use the rate `count / exposure`",
    na.action = "na.omit()"
  )
  for (name in names(hints)) {
    given <- rlang::set_names(list(1), name)
    expect_says(do.call(feedforward, c(list(x, iris$Species), given)), hints[[name]])
  }
  values <- list(
    list(activation = "swish", "silu"), list(init = "xavier", "glorot"),
    list(init = "kaiming", "he"), list(precision = "float32", "single"),
    list(precision = "float64", "double"), list(optimizer = "L-BFGS-B", "lbfgs"),
    list(optimizer = "bfgs", "lbfgs")
  )
  for (value in values) {
    hint <- sprintf("Did you mean \"%s\"?", value[[2L]])
    expect_says(do.call(feedforward, c(list(x, iris$Species), value[1L])), hint)
  }
  expect_says(feedforward(x, iris$Species, dropout = c(0.1, 0.2)), "`dropout` must be a number")
  expect_says(feedforward(x, rep(0:1, 75), loss = "binary_cross_entropy"), "use `factor(y)`")
})

test_that("an error says that columns of `data` are not looked up in other arguments", {
  cnd <- expect_says(feedforward(Species ~ ., iris, case_weights = Sepal.Width),
    "column of `data`", "data$Sepal.Width"
  )
  expect_identical(conditionCall(cnd)[[1L]], quote(feedforward))
  expect_error(feedforward(Species ~ ., iris, case_weights = not_there), "'not_there' not found")
})

test_that("unknown arguments are refused with the nearest name", {
  x <- as.matrix(iris[1:4])
  expect_says(feedforward(x, iris$Species, epoch = 3), "`epoch`", "Did you mean `epochs`?")
  expect_says(feedforward(x, iris$Species, hidden = 3), "Did you mean `hidden_units`?")
  expect_says(feedforward(x, iris$Species, learning_rate = 3), "Did you mean `learn_rate`?")
  expect_says(feedforward(x, iris$Species, 16), "An argument has no name: the number 16")
  expect_says(feedforward(x, iris$Species, call = 3), "`call`")
  fit <- quick_fit(x, iris$Species)
  expect_says(continue_training(fit, x, iris$Species, call = 1), "`call`")
  expect_says(feedforward(x), "`y` is missing")
  expect_says(feedforward(Species ~ .), "`data` is missing")
  expect_says(feedforward(1:10, 1:10), "matrix(x, ncol = 1)")
  expect_says(feedforward("a", 1), "a data frame, a matrix")
  expect_says(feedforward(NULL, 1), "not NULL")
})

test_that("a formula given as `x` is refused", {
  words <- "The formula was given as `x`"
  expect_says(feedforward(x = Species ~ ., data = iris), words, "feedforward(y ~ .")
  expect_says(feedforward_cv(x = Species ~ ., data = iris), words, "feedforward_cv(y ~ .")
})
