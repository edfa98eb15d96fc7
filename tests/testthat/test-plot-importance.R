importance_of <- function(columns = c("a", "b", "c"), importance = rev(seq_along(columns)) / 10,
                          margin = 0.05) {
  structure(
    tibble::tibble(
      column = columns, importance = importance, std_error = margin / 2,
      lower = importance - margin, upper = importance + margin
    ),
    class = c("feedforward_importance", "tbl_df", "tbl", "data.frame"),
    metric = "rmse", baseline = 1, repeats = 10L, n = 50L
  )
}

test_that("a dot and an interval are drawn for each column, the most important on top", {
  x <- importance_of()
  calls <- drawn_calls(plot(x), c("points", "segments", "text"))
  of <- function(name) Filter(function(call) call$name == name, calls)
  points <- of("points")[[1L]]$args
  expect_length(points[[1L]], 3L)
  expect_true(all(diff(points[[2L]]) < 0) && all(diff(points[[1L]]) < 0))
  expect_true(any(vapply(of("text"), function(call) "a" %in% call$args[[3L]], TRUE)))
  labels <- unlist(lapply(of("text"), function(call) call$args[[3L]]))
  expect_true("Increase in RMSE if permuted" %in% labels)
  bars <- Filter(function(call) identical(call$args$lwd, 2), of("segments"))[[1L]]$args
  expect_equal((bars[[1L]] + bars[[3L]]) / 2, points[[1L]])
})

test_that("columns whose interval reaches 0 are gray", {
  x <- importance_of(importance = c(0.5, 0.05, -0.1))
  points <- drawn_calls(plot(x), "points")[[1L]]$args
  expect_identical(points$col == used_color, c(TRUE, FALSE, FALSE))
  x <- importance_of(importance = c(0.5, 0.05, -0.1), margin = NA_real_)
  points <- drawn_calls(plot(x), "points")[[1L]]$args
  expect_identical(points$col == used_color, c(TRUE, TRUE, FALSE))
})

test_that("only the first columns are drawn, fewer on a small page", {
  x <- importance_of(paste0("column ", 1:300))
  count <- function(...) length(drawn_calls(plot(x, ...), "points", c(480, 480))[[1L]]$args[[1L]])
  expect_identical(count(), 20L)
  expect_identical(count(n = 3), 3L)
  expect_lt(count(n = 300), 60L)
  small <- drawn_calls(plot(x), "points", c(200, 150))[[1L]]$args[[1L]]
  expect_lt(length(small), 20L)
  text <- drawn_calls(plot(x), "text")
  labels <- unlist(lapply(text, function(call) call$args[[3L]]))
  expect_true("the first 20 of 300" %in% labels)
})

test_that("long names and other devices keep the page as it was", {
  x <- importance_of(c(strrep("a long name ", 9L), "b\033[31m", "c"))
  for (size in list(c(7, 5), c(2, 2), c(12, 3), c(1, 1))) {
    value <- drawn(plot(x, main = "Title"), size[1L], size[2L])
    expect_identical(value$value, x)
    expect_false(value$visible)
  }
  zero <- importance_of(importance = c(0, 0, 0), margin = 0)
  expect_identical(drawn(plot(zero))$value, zero)
})

test_that("bad arguments are refused", {
  x <- importance_of()
  expect_says(drawn(plot(x, n = 0)), "at least 1")
  expect_says(drawn(plot(x, main = 1)), "main")
  expect_says(drawn(plot(x, nonsense = 1)), "nonsense")
  x$importance <- NULL
  expect_says(drawn(plot(x)), "permutation_importance")
})
