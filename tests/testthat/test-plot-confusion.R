test_that("plot() draws few and many classes on any device and restores par()", {
  draws <- function(confusion, ..., width = 7, height = 7) {
    grDevices::pdf(NULL, width = width, height = height)
    on.exit(grDevices::dev.off())
    before <- graphics::par(c("mar", "family", "cex"))
    value <- withVisible(plot(confusion, ...))
    expect_identical(value$value, confusion)
    expect_false(value$visible)
    expect_identical(graphics::par(c("mar", "family", "cex")), before)
  }
  digits <- confusion_table(rep(0:9, 20), rep(0:9, each = 20))
  draws(digits, main = "Digits", family = "serif")
  draws(digits, width = 0.6, height = 0.6)
  draws(confusion_table(c("setosa", "virginica"), c("setosa", "versicolor")), width = 3)
  # All right; a class that never occurs; one class alone.
  draws(confusion_table(1:3, 1:3))
  draws(confusion_table(factor("a", c("a", "b")), "a"))
  draws(confusion_table("a", "a"))
})

test_that("shares are drawn in the colors of their counts, without an accuracy", {
  classes <- c("a", "b", "c")
  confusion <- confusion_table(factor(rep(c("a", "b", "a", "b"), c(80, 10, 5, 5)), classes),
    factor(rep(c("a", "b"), c(90, 10)), classes)
  )
  expected <- matrix(c(80 / 90, 10 / 90, 0, 0.5, 0.5, 0, 0, 0, 0), 3)
  # prop.table(confusion, 2) has NaN for class c, which never occurs.
  for (table in list(confusion, prop.table(confusion), prop.table(confusion, 2))) {
    expect_equal(share_of_actual(table), expected)
  }
  texts <- function(table) {
    unlist(lapply(drawn_calls(plot(table), "text"), function(call) call$args[[3]]))
  }
  expect_true("Accuracy 0.8500" %in% texts(confusion))
  shares <- texts(prop.table(confusion, 2))
  expect_true(all(c("0.89", "0.11", "0.50") %in% shares))
  expect_false(any(grepl("Accuracy|NaN", shares)))
})

test_that("cells of 0 are white, and have a number in small tables only", {
  share <- matrix(c(1, 0, 1, 0), 2)
  expect_identical(cell_colors(share, diag(2) == 1), c("#08306B", "#FFFFFF", "#E66100", "#FFFFFF"))
  expect_identical(format_counts(diag(2)), diag(2))
  expect_identical(sum(format_counts(diag(6)) == ""), 30L)
  expect_identical(as.vector(format_counts(matrix(NaN, 1, 1))), "")
})

test_that("the same share has the same color, whatever else is in the table", {
  # 4 errors of 47, alone, and beside 219 of 995.
  alone <- cell_colors(matrix(c(43 / 47, 4 / 47), 1), matrix(c(TRUE, FALSE), 1))
  beside <- cell_colors(matrix(c(4 / 47, 219 / 995), 1), matrix(FALSE, 1, 2))
  expect_identical(alone[2], beside[1])
  expect_false(beside[1] == beside[2])
  # 1 percent is a tenth of the way to the color of 100 percent, and not white.
  expect_identical(cell_colors(matrix(0.01), matrix(FALSE)), shade(0.1, "#FFFFFF", "#E66100"))
})

# A table of k classes: each was right 100 times, and taken 100 times for the next one.
neighbors <- function(k, names = sprintf("c%d", seq_len(k))) {
  actual <- rep(seq_len(k), 200)
  predicted <- c(rep(seq_len(k), 100), rep(seq_len(k) %% k + 1L, 100))
  confusion_table(factor(names[predicted], names), factor(names[actual], names))
}

test_that("plots of many classes leave out numbers, grid and most names", {
  for (k in c(40, 100, 1000)) {
    drawn <- drawn_calls(plot(neighbors(k)), c("rect", "text", "segments", "rasterImage"))
    names <- vapply(drawn, `[[`, "", "name")
    rects <- sum(vapply(drawn[names == "rect"], function(call) length(call$args[[1]]), 1L))
    expect_lte(rects, 50)
    texts <- unlist(lapply(drawn[names == "text"], function(call) call$args[[3]]))
    # No counts, all of which are 100; a few names on each side.
    expect_false("100" %in% texts)
    expect_lte(sum(grepl("^c[0-9]+$", texts)), 100)
    expect_gte(sum(grepl("^c[0-9]+$", texts)), 10)
  }
  few <- drawn_calls(plot(neighbors(10)), "text")
  texts <- unlist(lapply(few, function(call) call$args[[3]]))
  expect_true(all(c("100", paste0("c", 1:10)) %in% texts))
})

test_that("names of classes do not overlap each other", {
  skip_on_cran()
  long <- function(k) paste("a rather long name of a class, number", seq_len(k))
  for (size in c(300, 480) / 72) {
    for (k in c(2, 3, 10, 40, 300)) {
      grDevices::pdf(NULL, width = size, height = size)
      graphics::par(mar = numeric(4))
      for (names in list(long(k), as.character(seq_len(k)))) {
        edges <- matrix_edges(names, open_page())
        apart <- diff(edges$at)[1] * abs(c(diff(edges$x), diff(edges$y))) / k
        high <- max(graphics::strheight(edges$labels, cex = edges$cex))
        wide <- max(graphics::strwidth(edges$labels, cex = edges$cex))
        expect_gte(apart[1], if (edges$upright) high else wide)
        expect_gte(apart[2], high)
        # At least half of each side is the matrix.
        expect_gte(min(abs(c(diff(edges$x), diff(edges$y)))), size / 2)
      }
      grDevices::dev.off()
    }
  }
})

test_that("a few long names are written in full, in several lines", {
  names <- paste("a very long name of class", c("one", "two", "three", "four"), "indeed")
  for (size in list(c(480, 480), c(1600, 900))) {
    drawn <- drawn_calls(plot(neighbors(4, names)), "text", size)
    texts <- unlist(lapply(drawn, function(call) call$args[[3]]))
    # Once beside its row, once above its column.
    expect_identical(sum(gsub("\n", " ", texts) %in% names), 8L)
  }
  expect_identical(break_lines(c("one two three", "four"), 2L), c("one two\nthree", "four"))
  expect_identical(break_lines("indivisible", 2L), "indivisible")
})

test_that("long names leave the letters of the key as they are", {
  key_size <- function(names) {
    drawn <- drawn_calls(plot(neighbors(4, names)), "text")
    is_key <- vapply(drawn, function(call) "errors" %in% call$args[[3]], TRUE)
    drawn[is_key][[1]]$args$cex
  }
  expect_identical(key_size(paste("a very long name of a class", 1:4)), key_size(letters[1:4]))
})

test_that("merged cells show the largest error and the smallest hit", {
  share <- diag(c(0.9, 0.5, 1, 0.8))
  share[4, 1] <- 0.1
  share[1, 2] <- 0.5
  share[3, 2] <- 0.02
  # Classes 1 and 2 on one side, 3 and 4 on the other; the error within a block is not drawn.
  expect_identical(merge_cells(share, 2), matrix(c(0.5, 0.1, 0, 0.8), 2))
  expect_identical(merge_cells(share, 4), share)
  expect_identical(dim(merge_cells(diag(1000), 209)), c(209L, 209L))
})

test_that("every second, fifth or tenth class is named", {
  expect_identical(label_step(10, 20), 1)
  expect_identical(label_step(40, 35), 2)
  expect_identical(label_step(1000, 24), 50)
  expect_identical(label_step(3, 0), 5)
})
