test_that("values are described in words", {
  expect_identical(describe(NULL), "NULL")
  expect_identical(describe(0.5), "the number 0.5")
  expect_identical(describe(NA), "NA")
  expect_identical(describe("a"), "the string \"a\"")
  expect_identical(describe(TRUE), "TRUE")
  expect_identical(describe(1:3), "an integer vector of length 3")
  expect_identical(describe(list(1, 2)), "a list of length 2")
  expect_identical(describe(mean), "a function")
  expect_identical(describe(matrix(0, 2, 3)), "a 2 x 3 double matrix")
  expect_identical(describe(array("a", c(2, 3, 4))), "a 2 x 3 x 4 character array")
  expect_identical(describe(array(1L, 3)), "a 1-d integer array of length 3")
  expect_identical(describe(iris), "a data frame with 150 rows and 5 columns")
  expect_identical(describe(factor("a")), "a factor of length 1")
})

test_that("articles and plurals fit their numbers", {
  expect_identical(describe(data.frame(a = 1)), "a data frame with 1 row and 1 column")
  expect_identical(describe(matrix(0, 8, 3)), "an 8 x 3 double matrix")
  expect_identical(describe(matrix(0L, 100000, 1)), "a 100000 x 1 integer matrix")
  starts <- c(1, 8, 10, 11, 18, 80, 89, 110, 118, 181, 800, 1100, 1800, 8000, 11000, 18000, 110000)
  an <- c(8, 11, 18, 80, 89, 800, 8000, 11000, 18000)
  articles <- sub(" .*", "", vapply(paste(starts, "x 2"), with_article, ""))
  expect_identical(unname(articles), ifelse(starts %in% an, "an", "a"))
  expect_identical(counted(1, "row"), "1 row")
  expect_identical(counted(0, "row"), "0 rows")
  expect_identical(counted(1e5, "row"), "100000 rows")
})

test_that("a list in words has a serial comma", {
  expect_identical(joined("a", "or"), "a")
  expect_identical(joined(c("a", "b"), "or"), "a or b")
  expect_identical(joined(c("a", "b", "c"), "and"), "a, b, and c")
})

test_that("an error names the argument, the problem and the user's call", {
  # The text alone: how a condition is shown differs between versions of testthat.
  show_error <- function(code) {
    error <- tryCatch(code, feedforward_error = identity)
    cat("Error in ", deparse(conditionCall(error)[[1]]), "()\n", conditionMessage(error), "\n",
      sep = ""
    )
  }
  expect_snapshot({
    show_error(train_nn(matrix(0, 5, 3), matrix(0, 5, 2), init_nn(4, 3, 2)))
    show_error(predict_nn(matrix(NA_real_, 2, 4), init_nn(4, 3, 2)))
    show_error(init_nn(4, 0.5, 2))
    show_error(forward(matrix(0, 5, 4), matrix(0, 3, 4)))
    show_error(sigmoid("1"))
  })
})

test_that("text with a class is text, and text with an invalid encoding is refused", {
  path <- structure("folder/file", class = c("fs_path", "character"))
  expect_identical(check_string(path, "path"), "folder/file")
  bytes <- `Encoding<-`("caf\xe9", "bytes")
  expect_says(check_string(bytes, "path"), "`path` has an invalid encoding")
  expect_says(check_string(factor("a"), "path"), "`path`", "factor")
  number <- structure(16, class = "measured")
  expect_says(check_count(number, "batch_size"), "as.numeric(batch_size)")
})

test_that("names cannot steer the terminal", {
  x <- as.matrix(iris[1:4])
  colnames(x)[2] <- paste0("a\033]0;owned\007b\rc", "\u009b", "d")
  fit <- quick_fit(x, iris$Species)
  path <- withr::local_tempfile()
  write_model(fit, path)
  for (new in list(x[, -2], as.data.frame(x[, -2]), replace(x, 151, NA))) {
    cnd <- expect_error(predict(read_model(path), new), class = "feedforward_error")
    controls <- "[\001-\011\013-\037\177]|\\x{9b}"
    expect_no_match(cli::ansi_strip(conditionMessage(cnd)), controls, perl = TRUE)
    expect_match(conditionMessage(cnd), "owned", fixed = TRUE)
  }
  expect_identical(visible(c("a\\b", "a\nb", "\u00fc")), c("a\\b", "a\\nb", "\u00fc"))
})

test_that("numbers in messages do not depend on print options", {
  x <- as.matrix(iris[1:4])
  y <- iris$Sepal.Length + 1
  fit <- quick_fit(x, y)
  message_from <- function(code) {
    cnd <- tryCatch(code, error = identity, warning = identity)
    gsub("\\s+", " ", conditionMessage(cnd))
  }
  messages <- function() {
    c(
      message_from(feedforward(x, y, learn_rate = 1e10, optimizer = "sgd", epochs = 3)),
      message_from(quick_fit(x, iris$Species, penalty = -0.25)),
      message_from(quick_fit(x, iris$Species, epochs = 0.5)),
      message_from(quick_fit(x, iris$Species, mixture = 1.5)),
      message_from(quick_fit(x, iris$Species, dropout = 2)),
      message_from(quick_fit(x, iris$Species, optimizer = "lbfgs", dropout = 0.5)),
      message_from(quick_fit(x, replace(y, 9, Inf))), message_from(sigmoid("a")),
      message_from(forward(replace(x, 5, NaN), init_nn(4, 2, 3))),
      message_from(predict(fit, replace(x, 5, NA))),
      message_from(optimizer_adam(beta1 = 1.5)), message_from(quick_fit(x, y, loss = 3)),
      message_from(read_idx(tempfile())) |> sub(pattern = "'.*?'", replacement = ""),
      format(fit), summary(fit)$settings[c("Optimizer", "Batch size")],
      stopped_in_words(list(epoch = 3, batch = 100000, reason = "interrupted")),
      message_from(warn_interrupted(list(epoch = 3, batch = 100000, reason = "interrupted")))
    )
  }
  expected <- withr::with_seed(1, messages())
  withr::local_options(scipen = -10, OutDec = ",")
  expect_identical(withr::with_seed(1, messages()), expected)
  expect_match(expected[1L], "at epoch [0-9]+, batch [0-9]+\\.")
  withr::local_options(scipen = 0, OutDec = ".")
  # By default R would write 1e+05.
  expect_says(quick_fit(cbind(seq_len(1e5)), replace(numeric(1e5), 1e5, NA)), "in row 100000.")
})
