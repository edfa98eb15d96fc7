# A table of k classes, n observations each; `errors` of each are taken for the next class.
table_of <- function(k, n = 10, errors = 1, names = paste0("class ", seq_len(k))) {
  actual <- rep(seq_len(k), each = n)
  predicted <- ifelse(rep(seq_len(n), k) <= errors, actual %% k + 1L, actual)
  confusion_table(factor(names[predicted], names), factor(names[actual], names))
}

long_names <- function(k) {
  paste("a rather long name of a class, of all the same kind, number", seq_len(k))
}

test_that("tables of many classes print on one screen, whatever the names and the width", {
  with_many <- function(k, width, names) {
    withr::local_options(width = width)
    lines <- capture.output(print(table_of(k, names = names)))
    expect_lte(length(lines), 24)
    expect_lte(max(nchar(lines, "width")), width)
    expect_match(lines[1], "Accuracy: 0.9000", fixed = TRUE)
  }
  for (k in c(21, 40, 1000)) {
    for (width in c(40, 80, 200)) {
      with_many(k, width, as.character(seq_len(k)))
      with_many(k, width, long_names(k))
      with_many(k, width, paste(strrep("\u5b57", 30), seq_len(k)))
    }
  }
  # Few classes whose names make the table long.
  with_many(12, 80, long_names(12))
  with_many(12, 40, long_names(12))
})

test_that("for many classes, the most confused pairs and the worst classes are shown", {
  set.seed(3)
  k <- 30
  actual <- sample(k, 3000, replace = TRUE)
  predicted <- ifelse(runif(3000) < 0.3, sample(k, 3000, replace = TRUE), actual)
  # Class 7 is never predicted, 12 often taken for 13, and 31 never occurs.
  predicted[actual == 7] <- 8
  predicted[actual == 12][1:60] <- 13
  predicted[predicted == 7] <- 9
  levels <- seq_len(31)
  confusion <- confusion_table(factor(predicted, levels), factor(actual, levels))
  lines <- capture.output(print(confusion))

  counts <- as.data.frame(table(predicted, actual), stringsAsFactors = FALSE)
  errors <- counts[counts$predicted != counts$actual & counts$Freq > 0, ]
  # With equal counts, errors of rare classes come first.
  errors$share <- errors$Freq / tabulate(actual)[as.integer(errors$actual)]
  worst <- errors[order(-errors$Freq, -errors$share), ][1:5, ]
  start <- grep("Most often confused", lines)
  expect_match(lines[start], sprintf("(5 of %d)", nrow(errors)), fixed = TRUE)
  shown <- utils::read.table(text = lines[start + 2:6])
  expect_identical(shown[[1]], as.integer(worst$actual))
  expect_identical(shown[[2]], as.integer(worst$predicted))
  expect_identical(shown[[3]], worst$Freq)
  expect_identical(shown[[4]], round(worst$share, 3))

  f1 <- vapply(1:30, function(class) {
    2 * sum(predicted == class & actual == class) / (sum(predicted == class) + sum(actual == class))
  }, 0)
  start <- grep("Lowest f1", lines)
  shown <- utils::read.table(text = lines[start + 2:6])
  expect_identical(shown[[1]], order(f1, -tabulate(actual))[1:5])
  expect_identical(shown[[1]][1], 7L)

  recall <- vapply(1:30, function(class) mean(predicted[actual == class] == class), 0)
  expect_match(lines[2], sprintf("Mean recall of the classes: %.3f", mean(recall)), fixed = TRUE)
  expect_match(lines[2], "31 classes, of which 30 occur\\.")

  one <- capture.output(print(confusion_table(factor(1, 1:31), factor(1, 1:31))))
  expect_match(one[2], "31 classes, of which 1 occurs\\.")
})

test_that("n is the most classes that are printed in full", {
  many <- table_of(30)
  plain <- capture.output(print(structure(many, class = "table")))
  full <- capture.output(print(many, n = Inf))
  expect_identical(full, c(plain, "", "Accuracy: 0.9000 (270 of 300)"))
  expect_identical(capture.output(print(many, n = 30)), full)
  expect_lte(length(capture.output(print(table_of(8), n = 7))), 24)
  withr::local_options(max.print = 50)
  expect_identical(capture.output(print(many, n = Inf)), full)
  expect_error(print(many, n = 0), class = "feedforward_error")
  expect_error(print(many, n = "all"), class = "feedforward_error")
})

test_that("the result of confusion_matrix() prints like its table, with its own digits", {
  fit <- example_model()
  table <- table_of(40)
  confusion <- structure(list(
    table = table, accuracy = 0.9, classes = summary(table)
  ), class = "feedforward_confusion")
  lines <- capture.output(value <- withVisible(print(confusion, digits = 2)))
  expect_identical(value, list(value = confusion, visible = FALSE))
  expect_lte(length(lines), 24)
  expect_match(lines, "`x$classes` shows all classes", fixed = TRUE, all = FALSE)
  expect_match(lines, "recall of the classes: 0.90$", all = FALSE)
  full <- capture.output(print(confusion, n = Inf))
  expect_match(full, "class 40 +10 +0.900 +0.900 +0.900", all = FALSE)
})

test_that("many classes print without errors, as shares, and with strange names", {
  lines <- capture.output(print(table_of(50, errors = 0)))
  expect_match(lines[1], "Accuracy: 1.0000")
  expect_false(any(grepl("confused|f1", lines)))
  shares <- capture.output(print(prop.table(table_of(50))))
  expect_lte(length(shares), 24)
  expect_false(any(grepl("Accuracy", shares)))
  strange <- paste0("\033[2J", seq_len(25))
  expect_false(any(grepl("\033", capture.output(print(table_of(25, names = strange))))))
})

test_that("the printed digest of a large table reads well", {
  digits <- table_of(25, errors = 2)
  expect_snapshot(print(digits))
  withr::local_options(width = 40)
  long <- table_of(100, names = long_names(100))
  expect_snapshot(print(long))
})

test_that("long names are cut in the middle", {
  expect_identical(cut_middle(c("short", "number 123456"), 9), c("short", "num...456"))
  expect_identical(nchar(cut_middle(strrep("\u5b57", 20), 12), "width"), 11L)
})

test_that("a transposed table, or a part of a table, has no accuracy", {
  classes <- sprintf("c%02d", 1:30)
  x <- confusion_table(factor(classes, classes), factor(classes[c(2:30, 1)], classes))
  for (table in list(t(x), x[1:3, 4:6], t(x[1:3, 1:3]))) {
    expect_false(any(grepl("Accuracy", utils::capture.output(print(table)))))
  }
  expect_true(any(grepl("Accuracy", utils::capture.output(print(x)))))
})
