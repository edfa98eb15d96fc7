test_that("valid models of all kinds are returned unchanged", {
  for (outcome in c("classes", "numbers", "labels")) {
    for (inputs in c("matrix", "array", "data", "formula")) {
      fit <- example_model(outcome, inputs)
      expect_identical(check_model(fit, finite = TRUE), fit)
    }
  }
  expect_no_error(check_model(example_model(hidden = integer(), epochs = 0L, validation = FALSE)))
})

test_that("objects other than models, and newer layouts, are errors", {
  refused <- function(fit, text, class = "feedforward_error") {
    expect_refusal(check_model(fit, "fit"), text, class)
  }
  refused(NULL, c("`fit` must be a model made by `feedforward()`", "not NULL"))
  refused(list(a = 1), "a model made by `feedforward()`")
  refused(stats::lm(mpg ~ wt, mtcars), "not an object of class <lm>")
  for (class in c("model_fit", "workflow")) {
    refused(structure(list(), class = class), "Use `extract_fit_engine()` to get the model.")
  }
  script <- structure(list(), class = "two_layer_nn")
  refused(script, "Use `as_feedforward()` first.")
  expect_says(write_json(script, tempfile()), "Use `as_feedforward()` first.")
  fit <- example_model()
  fit$version <- 2L
  refused(fit, c("newer version", "Update feedforward"), "feedforward_version_error")
  for (version in list(NULL, "1", NA_integer_, 0L, 1.5, 1:2)) {
    fit["version"] <- list(version)
    refused(fit, c("This model has no valid version", "Use a model exactly as"))
  }
})

test_that("an invalid model is an error that says what is wrong", {
  refused <- function(change, text, fit = example_model()) {
    text <- c("is not a valid model", text)
    expect_refusal(check_model(change(fit), "fit"), text, "feedforward_error")
  }
  set <- function(...) {
    path <- list(...)
    function(fit) {
      value <- path[[length(path)]]
      keys <- unlist(path[-length(path)])
      if (length(keys) == 1L) fit[keys] <- list(value) else fit[[keys[1]]][keys[2]] <- list(value)
      fit
    }
  }
  refused(set("architecture", NULL), "no `architecture`")
  refused(set("architecture", "sizes", c(3, NA)), "sizes of at least 1")
  refused(set("architecture", "sizes", 3), "sizes of at least 1")
  refused(set("architecture", "activations", c("relu", "step")), "2 known activations")
  refused(set("architecture", "activations", "relu"), "2 known activations")
  refused(set("architecture", "activations", list("relu", "relu")), "2 known activations")
  refused(set("architecture", "loss", "hinge"), "an unknown loss")
  refused(set("architecture", "dropout", 1:3), "dropout that does not fit")
  refused(set("architecture", "dropout", c(0.1, NA)), "dropout that does not fit")
  refused(set("architecture", "dropout", c(0.1, 1)), "dropout that does not fit")
  refused(set("parameters", NULL),
    "no `parameters` list with exactly the elements W1, b1, W2, b2, W3, and b3")
  refused(set("parameters", "b2", NULL), "NULL as `parameters$b2`")
  refused(
    set("parameters", "W2", matrix(0, 3, 5)),
    "a 3 x 5 double matrix as `parameters$W2`, not 3 x 4 numbers"
  )
  refused(set("parameters", "W1", matrix("", 4, 3)), "as `parameters$W1`")
  refused(set("parameters", "b1", 1:5), "`parameters$b1`, not 4 numbers")
  refused(set("outcome", "kind", "ranks"), "`outcome$kind` other than")
  refused(set("outcome", "levels", c("a", "b")), "`outcome$levels`, not 3 distinct names")
  refused(set("outcome", "levels", c("a", "b", "a")), "not 3 distinct names")
  refused(set("outcome", "type", NULL), "`outcome$type` other than factor, ordered")
  refused(set("outcome", "type", "numeric"), "`outcome$type`")
  refused(set("architecture", "loss", "huber"), "the loss huber, which does not fit classes")
  refused(
    set("architecture", "loss", "cross_entropy"), "does not fit labels", example_model("labels")
  )
  refused(set("inputs", "divisor", 0), "`inputs$divisor`")
  refused(set("n", c(90, 10)), "`n` without")
  refused(set("outcome", "names", "a"), "`outcome$names`")
  refused(set("outcome", "scale", -1), "`outcome$scale`", example_model("numbers"))
  refused(set("outcome", "center", c(1, 2)), "`outcome$center`", example_model("numbers"))
  refused(set("inputs", "kind", NULL), "`inputs$kind` other than")
  refused(set("inputs", "names", "a"), "`inputs$names` that are not 3 names")
  refused(set("inputs", "scale", c(1, 0, 1)), "`inputs$scale`")
  refused(set("inputs", "scale", c(1, NaN, 1)), "`inputs$scale`")
  refused(set("inputs", "center", 1), "`inputs$center`")
  refused(set("inputs", "center", matrix(1:3, 1)), "`inputs$center`")
  refused(set("inputs", "scale", matrix(1:3, 1)), "`inputs$scale`")
  refused(set("inputs", "image", c(28, 28)), "`inputs$image`")
  refused(set("inputs", "kind", "data"), "`blueprint` that does not fit")
  refused(
    set("blueprint", NULL), "`blueprint` that does not fit", example_model(inputs = "formula")
  )
  refused(set("blueprint", list()), "that hardhat did not make", example_model(inputs = "formula"))
  formula <- example_model(inputs = "formula")
  refused(set("blueprint", "formula", ~size), "without its formula", formula)
  refused(set("blueprint", "formula", NULL), "without its formula", formula)
  refused(set("blueprint", "ptypes", 1), "without its predictors", formula)
  refused(set("history", "loss", matrix(1, 5, 1)), "columns that are not numeric")
  refused(set("history", NULL), "`history` that is not a data frame")
  refused(set("history", "loss", NULL), "`history` that is not a data frame")
  refused(function(fit) {
    fit$history$loss <- "a"
    fit
  }, "columns that are not numeric")
  refused(set("best_epoch", "last"), "`best_epoch`")
  refused(set("best_epoch", NULL), "`best_epoch`")
  refused(set("options", NULL), "`options`")
  refused(set("options", "optimizer", list(name = "sgd", learn_rate = 1:2)), "`options$optimizer`")
  refused(set("options", "stop_iter", list(5)), "`options$stop_iter`")
  refused(set("stopped", TRUE), "`stopped`")
})

test_that("weights that are not finite are an error with `finite = TRUE`", {
  fit <- example_model()
  fit$parameters$W2[2, 3] <- NaN
  expect_no_error(check_model(fit))
  expect_refusal(
    check_model(fit, "fit", finite = TRUE), "missing value (NaN) at `fit$parameters$W2[2, 3]`",
    "feedforward_error"
  )
})

test_that("predict() and coef() of a changed model give errors or results", {
  fit <- example_model()
  fit$architecture$activations <- as.list(fit$architecture$activations)
  expect_refusal(predict(fit, matrix(0, 1, fit$architecture$sizes[1L])), "known activations",
    "feedforward_error"
  )
  fit <- example_model("labels", "formula")
  fit$outcome$names <- NULL
  expect_identical(rownames(coef(fit)$output$weights), c("y1", "y2"))
})

test_that("predict() refuses a model whose parts do not fit together", {
  refused <- function(fit, text) {
    for (code in list(quote(predict(fit, x)), quote(write_model(fit, tempfile())))) {
      expect_refusal(eval(code), text, "feedforward_error")
    }
  }
  x <- as.matrix(iris[1:4])
  fit <- quick_fit(x, iris$Species, hidden_units = 6)
  changed <- function(part, name, value) {
    fit[[part]][name] <- list(value)
    fit
  }
  refused(changed("parameters", "W1", t(fit$parameters$W1)), "6 x 4 numbers")
  refused(changed("architecture", "activations", "foo"), "1 known activation")
  refused(changed("architecture", "loss", rep("cross_entropy", 2)), "unknown loss")
  refused(changed("inputs", "center", 1), "`inputs$center`")
  refused(changed("inputs", "scale", NULL), "`inputs$center` and `inputs$scale`")
  refused(changed("outcome", "type", NULL), "`outcome$type`")
  refused(changed("inputs", "kind", "array"), "no `inputs$image`")
  numbers <- quick_fit(x, x[, 1] + x[, 2])
  numbers$outcome["center"] <- list(NULL)
  refused(numbers, "only one of `outcome$center` and `outcome$scale`")
})

test_that("print() and continue_training() refuse invalid models, too", {
  fit <- quick_fit(as.matrix(iris[1:4]), iris$Species)
  changed <- function(name, value) replace(fit, name, list(value))
  refused <- function(fit, text) expect_refusal(print(fit), text, "feedforward_error")
  refused(changed("stopped", list(epoch = 1, batch = 1)), "`stopped`")
  refused(changed("history", cbind(fit$history, more = 1)), "`history`")
  refused(changed("options", list(class_weights = list(list()))), "`options$class_weights`")
  refused(changed("options", list(batch_size = "all")), "`options$batch_size`")
  refused(changed("options", list(precision = 1:2)), "`options$precision`")
})

test_that("C++ refuses data with another number of columns than the network", {
  network <- list(
    architecture = list(sizes = c(2, 3), activations = character(), loss = "cross_entropy"),
    parameters = list(W1 = matrix(0, 3, 2), b1 = numeric(3))
  )
  x <- matrix(0, 4, 5)
  pieces <- "a column for each input"
  expect_error(predict_layers_cpp(x, network, 4L, 1L, "response"), pieces)
  expect_error(forward_cpp(x, network, 4L, 1L), pieces)
  expect_error(backward_cpp(x, matrix(0, 4, 3), network), pieces)
  options <- training_options(options_of_script(3))
  expect_error(train_cpp(list(x = x, y = c(1:3, 1L)), network, options), pieces)
})
