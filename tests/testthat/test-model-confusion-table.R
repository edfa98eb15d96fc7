test_that("counts equal table() if both sides have all classes", {
  set.seed(22)
  actual <- sample(0:9, 300, replace = TRUE)
  predicted <- ifelse(runif(300) < 0.8, actual, sample(0:9, 300, replace = TRUE))
  confusion <- confusion_table(predicted, actual)
  expect_s3_class(confusion, c("feedforward_confusion_table", "table"), exact = TRUE)
  expected <- table(Predicted = predicted, Actual = actual)
  expect_identical(structure(confusion, class = "table"), expected)
  # As keras gives labels: arrays of one dimension.
  expect_identical(confusion_table(array(predicted), array(actual)), confusion)
})

test_that("a class on only one side has a row and a column", {
  confusion <- confusion_table(c(1, 1, 3), c(1, 2, 2))
  classes <- c("1", "2", "3")
  expect_identical(dimnames(confusion), list(Predicted = classes, Actual = classes))
  expect_identical(as.vector(confusion), c(1L, 0L, 0L, 1L, 0L, 1L, 0L, 0L, 0L))
})

test_that("types mix; levels keep their order, numbers are in numeric order", {
  expect_identical(rownames(confusion_table(c(10, 9), c(2, 10))), c("2", "9", "10"))
  expect_identical(rownames(confusion_table(c("b", "a"), c("c", "a"))), c("a", "b", "c"))
  sizes <- factor(c("small", "large"), levels = c("small", "large", "huge"))
  expect_identical(rownames(confusion_table(sizes, sizes)), c("small", "large", "huge"))
  expect_identical(rownames(confusion_table(c("tiny", "small"), sizes)), c(levels(sizes), "tiny"))
  expect_identical(sum(diag(confusion_table(factor(c(3, 7)), c(3L, 7L)))), 2L)
  expect_identical(rownames(confusion_table(c(TRUE, FALSE), c(TRUE, TRUE))), c("FALSE", "TRUE"))
})

test_that("print() shows the table as it is, then the accuracy", {
  confusion <- confusion_table(c(0, 1, 1, 0), c(0, 1, 0, 0))
  printed <- capture.output(value <- withVisible(print(confusion)))
  plain <- capture.output(print(table(Predicted = c(0, 1, 1, 0), Actual = c(0, 1, 0, 0))))
  expect_identical(printed, c(plain, "", "Accuracy: 0.7500 (3 of 4)"))
  expect_identical(value$value, confusion)
  expect_false(value$visible)
})

test_that("a part of the table is a plain table", {
  confusion <- confusion_table(c(0, 1, 2), c(0, 1, 2))
  expect_s3_class(confusion[1:2, ], "table", exact = TRUE)
  expect_identical(confusion["1", "1"], 1L)
})

test_that("summary() gives the rates of each class, NA if there is none", {
  confusion <- confusion_table(c("a", "a", "b", "b", "d"), c("a", "b", "b", "b", "c"))
  expect_equal(summary(confusion), data.frame(
    class = c("a", "b", "c", "d"),
    n = c(1L, 3L, 1L, 0L),
    precision = c(1 / 2, 1, NA, 0),
    recall = c(1, 2 / 3, 0, NA),
    f1 = c(2 / 3, 4 / 5, NA, NA)
  ))
})

test_that("arguments other than classes are errors", {
  refused <- function(code, message) expect_error(code, message, class = "feedforward_error")
  refused(confusion_table(1:3, 1:2),
    "`actual` must have 3 elements, one per element of `predicted`, not 2")
  refused(confusion_table(c(1, NA), 1:2), "`predicted` has a missing value at `predicted\\[2\\]`")
  refused(confusion_table(1:2, factor(c("a", NA))), "`actual` has a missing value at")
  refused(confusion_table(NULL, 1), "`predicted` must be a vector or factor.*NULL")
  refused(confusion_table(list(1), 1), "`predicted` must be a vector or factor")
  refused(confusion_table(matrix(1:4, 2), 1:4), "2 x 2")
  refused(confusion_table(integer(), integer()), "at least one")
  refused(plot(confusion_table(1, 1), main = 2), "`main` must be a non-empty string")
})

test_that("equal numbers are one class, whatever their type and size", {
  confusion <- confusion_table(c(1e5, 2, 1e15), c(100000L, 2L, 7L))
  expect_identical(rownames(confusion), c("2", "7", "100000", "1e+15"))
  expect_identical(confusion["100000", "100000"], 1L)
})

test_that("shares made of a table print without an accuracy", {
  confusion <- confusion_table(c(0, 1, 1), c(0, 1, 0))
  expect_false(any(grepl("Accuracy", capture.output(print(prop.table(confusion))))))
})

test_that("classes without anything in common give a warning", {
  expect_warning(
    confusion_table(c(0, 1), factor(c("cat", "dog"))), "levels(actual)[predicted + 1]",
    fixed = TRUE, class = "feedforward_warning"
  )
})

test_that("the summary of shares has the same rates as the counts, and shares as n", {
  table <- confusion_table(factor(c("a", "b", "a"), c("a", "b", "c")),
    factor(c("a", "b", "b"), c("a", "b", "c"))
  )
  rates <- c("precision", "recall", "f1")
  overall <- summary(prop.table(table))
  expect_equal(overall[rates], summary(table)[rates])
  expect_equal(overall$n, c(1, 2, 0) / 3)
  # Each column of shares has the sum 1, but class c never occurs.
  expect_identical(summary(prop.table(table, 2))$n, c(1, 1, 0))
  expect_identical(summary(prop.table(table, 2))$recall, c(1, 0.5, NA))
  expect_identical(summary(table)$n, c(1L, 2L, 0L))
})

test_that("a transposed table is refused, since its rows are actual classes", {
  table <- confusion_table(c("a", "a", "b"), c("a", "b", "b"))
  hint <- c("must have predicted classes in its rows", "t(")
  expect_refusal(summary(t(table)), hint, "feedforward_error")
  expect_refusal(plot(t(table)), hint, "feedforward_error")
})
