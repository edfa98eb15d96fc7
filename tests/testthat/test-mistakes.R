# Common mistakes of users, one call per mistake. Each call gives an error of class
# feedforward_error, or a warning or message of the package, that says what is wrong.

flowers <- iris
x <- as.matrix(iris[1:4])
y <- iris$Species
sparse <- if (requireNamespace("Matrix", quietly = TRUE)) Matrix::Matrix(x, sparse = TRUE)
fit <- same_seed(feedforward(Species ~ ., data = iris, hidden_units = 2, epochs = 1))
matrix_fit <- same_seed(feedforward(x, iris$Sepal.Length + 1, hidden_units = 2, epochs = 1))
quick <- function(...) feedforward(..., hidden_units = 2, epochs = 1)

mistakes <- rlang::exprs(
  # predictors
  quick(),
  quick(NULL, y),
  quick("iris", y),
  quick(1:150, y),
  quick(x[0, ], y[0]),
  quick(x[, 0], y),
  quick(list(x), y),
  quick(matrix("a", 150, 2), y),
  quick(replace(x, 7, NA), y),
  quick(replace(x, 7, Inf), y),
  quick(replace(x, 7, NaN), y, standardize = FALSE),
  quick(replace(sparse, 7, NA), y),
  quick(x * 1e306, y),
  quick(array(0, c(150, 2, 2, 3)), y),
  quick(array(1, c(150, 2, 2)) * NA, y),
  quick(cbind(x, constant = 1), y),
  quick(iris[0, 1:4], y[0]),
  quick(iris[, 0], y),
  quick(cbind(iris[1:4], iris[1]), y),
  quick(data.frame(x, when = Sys.Date()[rep(1, 150)]), y),
  quick(replace(iris, 1, list(structure(x[, 1], class = "integer64"))), y),
  quick(replace(iris, 1, list(scale(x[, 1]))), y),
  quick(data.frame(x, list = I(as.list(1:150))), y),
  quick(data.frame(x, f = factor(rep("a", 150))), y),
  quick(replace(iris[1:4], 2, NA_real_), y),
  # formulas
  quick(Species ~ .),
  quick(Species ~ ., iris$Species),
  quick(~Sepal.Length, iris),
  quick(Species ~ Sepal.Size, iris),
  quick(Sort ~ ., iris),
  quick(Species ~ 1, iris),
  quick(Species ~ offset(Sepal.Length), iris),
  quick(Species ~ ., rbind(iris, NA)),
  # outcomes
  quick(x),
  quick(x, NULL),
  quick(x, y[-1]),
  quick(x, replace(y, 3, NA)),
  quick(x, factor(rep("a", 150))),
  quick(x, as.list(y)),
  quick(x, replace(iris$Sepal.Length, 9, NA)),
  quick(x, replace(iris$Sepal.Length, 9, Inf)),
  quick(x, complex(150)),
  quick(x, Sys.Date() + 1:150),
  quick(x, matrix("a", 150, 2)),
  quick(x, rep(0:2, 50)),
  quick(x, to_categorical(rep(0:2, 50))),
  quick(x, y, loss = "squared_error"),
  quick(x, iris$Sepal.Length, loss = "cross_entropy"),
  quick(x, iris$Sepal.Length - 10, loss = "poisson"),
  quick(x, y, loss = "hinge"),
  # the network and its training
  feedforward(x, y, hidden_units = 0.5),
  feedforward(x, y, hidden_units = -3),
  feedforward(x, y, hidden_units = c(8, NA)),
  feedforward(x, y, hidden_units = c(8, 1e10)),
  feedforward(x, y, hidden_units = "many"),
  feedforward(x, y, activation = "swish"),
  feedforward(x, y, hidden_units = c(4, 4), activation = c("relu", "tanh", "elu")),
  feedforward(x, y, hidden_layers = 2),
  feedforward(x, y, 16),
  feedforward(x, y, epochs = -1),
  feedforward(x, y, epochs = NA),
  feedforward(x, y, batch_size = 0),
  feedforward(x, y, learn_rate = 0),
  feedforward(x, y, learn_rate = c(0.1, 0.01)),
  feedforward(x, y, optimizer = "adagrad"),
  feedforward(x, y, optimizer = optimizer_sgd),
  feedforward(x, y, optimizer = "lbfgs", dropout = 0.5),
  feedforward(x, y, rate_schedule = "linear"),
  feedforward(x, y, penalty = -1),
  feedforward(x, y, mixture = 2),
  feedforward(x, y, dropout = 1),
  feedforward(x, y, clip_norm = 0),
  feedforward(x, y, validation = 2),
  feedforward(x, y, validation = list(x)),
  feedforward(x, y, validation = list(x, y[-1])),
  feedforward(x[1, , drop = FALSE], 1, validation = 0.5),
  feedforward(x, y, stop_iter = 5),
  feedforward(x, y, standardize = NA),
  feedforward(x, y, init = "zeros"),
  feedforward(x, y, threads = 0),
  feedforward(x, y, precision = "half"),
  feedforward(x, y, checkpoint = 3),
  feedforward(x, y, verbose = "yes"),
  feedforward(x * 1e8, y,
    standardize = FALSE, optimizer = optimizer_sgd(1e8), activation = "linear"
  ),
  # weights
  quick(x, y, case_weights = rep(0, 150)),
  quick(x, y, case_weights = rep(1, 149)),
  quick(x, y, case_weights = rep(-1, 150)),
  quick(x, y, case_weights = "none"),
  quick(x, y, class_weights = c(setosa = -1)),
  quick(x, y, class_weights = c(tulip = 2)),
  quick(x, y, class_weights = 1:3),
  quick(x, iris$Sepal.Length, class_weights = "balanced"),
  # predictions
  predict(fit),
  predict(fit, iris[-1]),
  predict(fit, replace(iris, 1, "a")),
  predict(fit, replace(iris, 2, NA_real_)),
  predict(fit, x[, 1:2]),
  predict(fit, iris, type = "numeric"),
  predict(fit, iris, type = "probability"),
  predict(fit, iris, "prob", "data.table"),
  predict(fit, iris, newdata = iris),
  predict(matrix_fit, x[, 1:3]),
  predict(matrix_fit, unname(x)[, 1:3]),
  predict(matrix_fit, replace(x, 5, NA)),
  predict(matrix_fit, x, type = "prob"),
  predict(replace(fit, "parameters", list(NULL)), iris),
  confusion_matrix(matrix_fit, x, iris$Sepal.Length)
)

# Prints each call with its message. Returns the calls without a message of the package.
show_mistakes <- function(calls) {
  classes <- c("feedforward_error", "feedforward_constant_predictor", "rlang_message")
  helpful <- vapply(calls, function(call) {
    result <- tryCatch(eval(call), condition = identity)
    is_helpful <- inherits(result, classes)
    text <- if (is_helpful) conditionMessage(result) else "nothing"
    cat(deparse(call, width.cutoff = 200L)[1L], "\n", text, "\n\n", sep = "")
    is_helpful
  }, TRUE)
  invisible(calls[!helpful])
}

test_that("every common mistake gives a helpful message", {
  skip_if_not_installed("Matrix")
  withr::local_options(rlib_message_verbosity = "verbose")
  withr::local_seed(1)
  expect_gte(length(mistakes), 100L)
  expect_snapshot(unhelpful <- show_mistakes(mistakes))
  expect_identical(unname(unhelpful), list())
})
