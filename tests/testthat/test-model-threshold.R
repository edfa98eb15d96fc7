# The probability at which predict() predicts a class or label.

two_classes <- function(y) {
  withr::local_seed(1)
  feedforward(mtcars[c("wt", "hp")], y, hidden_units = 3, epochs = 20)
}

test_that("a threshold decides between two classes, in the type of the outcome", {
  manual <- mtcars$am == 1
  outcomes <- list(
    factor(manual, labels = c("no", "yes")), ifelse(manual, "yes", "no"), manual,
    factor(manual, labels = c("no", "yes"), ordered = TRUE)
  )
  for (y in outcomes) {
    fit <- two_classes(y)
    levels <- fit$outcome$levels
    p <- predict(fit, mtcars, type = "prob", format = "matrix")[, 2]
    for (least in c(0, 0.2, median(p), 0.9, 1)) {
      predicted <- predict(fit, mtcars, type = "class", format = "matrix", threshold = least)
      expect_identical(class(predicted), class(y))
      expect_identical(as.character(predicted), levels[1 + (p >= least)])
      named <- setNames(1 - least, levels[1])
      other <- predict(fit, mtcars, type = "class", format = "matrix", threshold = named)
      expect_identical(as.character(other), levels[2 - (1 - p >= 1 - least)])
    }
    expect_identical(predict(fit, mtcars[3, ], threshold = p[3])$.pred_class[1] == levels[2], TRUE)
  }
})

test_that("a threshold decides about labels", {
  labels <- data.frame(manual = mtcars$am, fast = as.numeric(mtcars$qsec < 17))
  fit <- two_classes(labels)
  p <- predict(fit, mtcars, type = "prob", format = "matrix")
  predicted <- predict(fit, mtcars, threshold = 0.3)
  expect_identical(predicted$.pred_class_fast, as.double(p[, "fast"] >= 0.3))
})

test_that("a threshold agrees with confusion_matrix(), also for averages", {
  y <- factor(mtcars$am, labels = c("no", "yes"))
  fit <- feedforward_cv(mtcars[c("wt", "hp")], y, candidates = list(list(epochs = 5)))
  predicted <- predict(fit, mtcars, threshold = c(yes = 0.4))$.pred_class
  expect_identical(confusion_matrix(fit, mtcars, y, threshold = c(yes = 0.4))$table,
    confusion_table(predicted, y))
})

test_that("a row whose prediction is not finite has no class", {
  for (y in list(factor(mtcars$am), factor(mtcars$am, ordered = TRUE))) {
    fit <- two_classes(y)
    fit$parameters$W1[] <- 1e300
    huge <- data.frame(wt = c(3, 1e300), hp = c(100, -1e300))
    predicted <- suppressWarnings(predict(fit, huge[2, ], threshold = 0.3)$.pred_class)
    expect_identical(class(predicted), class(y))
    expect_identical(is.na(predicted), TRUE)
  }
})

test_that("a threshold that does not fit is refused", {
  fit <- two_classes(factor(mtcars$am))
  expect_says(predict(fit, mtcars, type = "prob", threshold = 0.3), "type = \"class\"")
  expect_says(predict(fit, mtcars, threshold = 2), "`threshold`", "from 0 to 1")
  expect_says(predict(fit, mtcars, threshold = c(maybe = 0.2)), "maybe")
  labels <- two_classes(data.frame(a = mtcars$am, b = mtcars$vs))
  expect_says(predict(labels, mtcars, threshold = c(a = 0.3)), "without a name")
  three <- feedforward(iris[1:4], iris$Species, epochs = 2)
  expect_says(predict(three, iris, threshold = 0.3), "two classes")
  numbers <- two_classes(mtcars$mpg)
  words <- "`threshold` is only used for classes and labels, not for numbers."
  expect_says(predict(numbers, mtcars, threshold = 0.3), words)
  expect_says(augment(numbers, mtcars, threshold = 0.3), words)
})
