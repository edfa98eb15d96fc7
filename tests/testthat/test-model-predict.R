x <- as.matrix(iris[1:4])

test_that("classes are predicted as tibbles in the style of the tidymodels, or plain", {
  fit <- quick_fit(x, iris$Species)
  prob <- predict(fit, x, type = "prob")
  expect_identical(dimnames(prob), list(NULL, levels(iris$Species)))
  expect_equal(rowSums(prob), rep(1, 150))
  class <- predict(fit, x)
  expect_identical(levels(class), levels(iris$Species))
  expect_identical(as.integer(class), max.col(prob, "first"))
  tibble <- predict(fit, x, type = "prob", format = "tibble")
  expect_s3_class(tibble, "tbl_df")
  expect_identical(names(tibble), paste0(".pred_", levels(iris$Species)))
  expect_identical(tibble$.pred_setosa, prob[, 1])
  expect_identical(predict(fit, x, format = "tibble")$.pred_class, class)
  expect_identical(predict(fit, iris)$.pred_class, class)
  expect_identical(predict(fit, iris, format = "matrix"), class)
  link <- predict(fit, x, type = "link")
  expect_equal(unname(exp(link) / rowSums(exp(link))), unname(prob))
  expect_identical(names(predict(fit, iris, type = "link"))[1], ".link_setosa")
  expect_identical(names(predict(fit, iris, type = "hidden")), paste0(".hidden_", 1:4))
})

test_that("one number is predicted as a vector, several as a matrix", {
  fit <- quick_fit(x[, 1:3], x[, 4])
  expect_type(predict(fit, x), "double")
  expect_null(dim(predict(fit, x)))
  expect_identical(predict(fit, x, type = "link"), predict(fit, x))
  expect_identical(names(predict(fit, iris)), ".pred")
  expect_identical(names(predict(fit, iris, type = "link")), ".link")
  several <- quick_fit(x[, 1:2], x[, 3:4])
  expect_identical(colnames(predict(several, x)), colnames(x)[3:4])
  expect_identical(names(predict(several, iris)), paste0(".pred_", colnames(x)[3:4]))
  counts <- quick_fit(x[, 1:3], round(x[, 4] * 5), loss = "poisson")
  expect_equal(predict(counts, x), exp(predict(counts, x, type = "link")))
})

test_that("each label is predicted by itself", {
  y <- cbind(long = x[, 3] > 4, wide = x[, 2] > 3)
  fit <- quick_fit(x, y)
  prob <- predict(fit, x, type = "prob")
  expect_identical(colnames(prob), c("long", "wide"))
  expect_equal(prob, 1 / (1 + exp(-predict(fit, x, type = "link"))))
  expect_identical(predict(fit, x), prob >= 0.5)
  expect_identical(names(predict(fit, iris)), c(".pred_class_long", ".pred_class_wide"))
  expect_type(predict(fit, iris)$.pred_class_long, "logical")
  expect_identical(names(predict(fit, iris, type = "prob")), c(".pred_long", ".pred_wide"))
  expect_identical(predict(quick_fit(x, y + 0), x) %in% c(0, 1), rep(TRUE, 300))
})

test_that("predictions equal a few lines of R", {
  fit <- quick_fit(x, iris$Species, hidden_units = c(6, 5), activation = c("tanh", "sigmoid"))
  z <- scale(x, fit$inputs$center, fit$inputs$scale)
  p <- fit$parameters
  layer <- function(a, W, b) sweep(a %*% t(W), 2, b, `+`)
  a1 <- tanh(layer(z, p$W1, p$b1))
  a2 <- 1 / (1 + exp(-layer(a1, p$W2, p$b2)))
  expect_equal(predict(fit, x, type = "hidden"), unname(a2), ignore_attr = TRUE)
  expect_equal(predict(fit, x, type = "link"), layer(a2, p$W3, p$b3), ignore_attr = TRUE)
})

test_that("rows keep their names and order, and data can have no rows", {
  fit <- quick_fit(x, iris$Species)
  named <- x[3:1, ]
  rownames(named) <- c("c", "b", "a")
  prob <- predict(fit, named, type = "prob")
  expect_identical(rownames(prob), c("c", "b", "a"))
  expect_identical(dim(predict(fit, x[0, ], type = "prob")), c(0L, 3L))
  expect_identical(nrow(predict(fit, iris[0, ])), 0L)
  expect_length(predict(fit, x[0, , drop = FALSE]), 0)
  many <- x[rep(1:150, 20), ]
  all <- predict(fit, many, type = "prob")
  expect_equal(all[c(1, 1700, 3000), ], predict(fit, many[c(1, 1700, 3000), ], type = "prob"),
    tolerance = 1e-14)
})

test_that("predictions are identical for any number of threads", {
  fit <- quick_fit(x, iris$Species)
  many <- x[rep(1:150, 20), ]
  withr::local_options(feedforward.threads = 1)
  one <- predict(fit, many, type = "prob")
  withr::local_options(feedforward.threads = 2)
  expect_identical(predict(fit, many, type = "prob"), one)
})

test_that("invalid arguments are errors", {
  fit <- quick_fit(x, iris$Species)
  numbers <- quick_fit(x, x[, 1] + x[, 2])
  expect_says(predict(fit), "`new_data` is missing")
  expect_says(predict(fit, x, type = "numeric"), "one of \"class\", \"prob\"", "for classification")
  expect_says(predict(numbers, x, type = "prob"), "one of \"numeric\"", "for regression")
  expect_says(predict(fit, x, type = c("prob", "class")), "`type`")
  expect_says(predict(fit, x, format = "list"), "`format`")
  expect_says(predict(fit, x, newdata = x), "are the same argument", "`new_data` and `newdata`")
  expect_says(predict(fit, x, "prob", "matrix", 3), "Unexpected unnamed argument")
  flat <- quick_fit(x, x[, 1] + x[, 2], hidden_units = 0)
  expect_says(predict(flat, x, type = "hidden"), "hidden layers")
  broken <- fit
  broken$parameters$W1 <- broken$parameters$W1[, 1:2]
  expect_says(predict(broken, x), "parameters$W1")
  newer <- fit
  newer$version <- 99L
  expect_says(predict(newer, x), "newer version")
  whole <- fit
  whole$parameters$W1[] <- 1L
  storage.mode(whole$parameters$W1) <- "integer"
  expect_identical(dim(predict(whole, x, type = "prob")), c(150L, 3L))
})

test_that("calls for intervals say that there are none", {
  fit <- quick_fit(x[, 1:3], x[, 4])
  expect_says(predict(fit, x, interval = "confidence"), "no intervals", "loss = \"quantile\"")
  expect_says(predict(fit, x, se.fit = TRUE), "no intervals or standard errors")
  expect_says(predict(fit, x, type = "conf_int"), "no intervals")
  expect_says(predict(fit, x, intervals = TRUE), "Unknown argument `intervals`")
})

test_that("a model works in a fresh process", {
  fit <- quick_fit(Species ~ ., iris)
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(fit, file)
  out <- run_in_fresh_r(c(
    "library(feedforward)", sprintf("fit <- readRDS('%s')", file),
    "cat(format(predict(fit, iris[1:2, ], type = 'prob')$.pred_setosa, digits = 17))"
  ))
  expected <- format(predict(fit, iris[1:2, ], type = "prob")$.pred_setosa, digits = 17)
  expect_identical(utils::tail(out, 1), paste(expected, collapse = " "))
})

test_that("rows whose predictions overflow are named in a warning", {
  x <- as.matrix(iris[1:4])
  fit <- quick_fit(x, iris$Species)
  fit$parameters$W1[] <- 10
  huge <- x[1, , drop = FALSE] * 0 + 1e308
  warned <- function(code, rows) {
    expect_warning(value <- code, rows, class = "feedforward_not_finite")
    value
  }
  expect_identical(warned(predict(fit, huge), "row 1"), factor(NA, levels(iris$Species)))
  expect_identical(nrow(warned(predict(fit, as.data.frame(huge)), "row 1")), 1L)
  expect_true(all(is.na(warned(predict(fit, huge, "prob"), "row 1"))))
  some <- warned(predict(fit, rbind(x[1:3, ], huge, huge)), "rows 4 and 5")
  expect_identical(some[1:3], predict(fit, x[1:3, ]))
  expect_identical(is.na(some), c(FALSE, FALSE, FALSE, TRUE, TRUE))
  line <- quick_fit(matrix(1:17), 1:17 * 1e307, hidden_units = 0)
  line$parameters$W1[] <- 1
  expect_identical(is.finite(warned(predict(line, matrix(c(5, 1e4))), "row 2")), c(TRUE, FALSE))
  fit$parameters$W2[1] <- NA
  expect_says(predict(fit, x), "`object$parameters$W2`", "NA")
})

test_that("new data can also be given as `newdata`", {
  fit <- quick_fit(Species ~ ., iris)
  expect_identical(predict(fit, newdata = iris), predict(fit, iris))
  expect_identical(predict(fit, type = "prob", newdata = iris), predict(fit, iris, "prob"))
  expect_identical(fitted(fit, newdata = iris), fitted(fit, iris))
  expect_identical(residuals(fit, newdata = iris), residuals(fit, iris))
  expect_identical(confusion_matrix(fit, newdata = iris), confusion_matrix(fit, iris))
  two <- train_nn(x, to_categorical(iris$Species), init_nn(4, 2, 3), epochs = 1, verbose = FALSE)
  # Classes that are almost equally probable are drawn, as in the script.
  expect_identical(same_seed(predict(two, new_data = x)), same_seed(predict(two, x)))
  twice <- c("are the same argument", "`new_data` and `newdata`")
  expect_says(predict(fit, iris, newdata = iris), twice)
  expect_says(fitted(fit, iris, newdata = iris), twice)
  expect_says(residuals(fit, iris, newdata = iris), twice)
  expect_says(confusion_matrix(fit, iris, newdata = iris), twice)
  expect_says(predict(two, x, new_data = x), twice)
  expect_says(predict(fit), "`new_data` is missing")
})
