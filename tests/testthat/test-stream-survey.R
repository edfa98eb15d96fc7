survey_of <- function(data, outcome = "class", case_weights = NULL, chunk_rows = 70,
                      held_out = integer(), ...) {
  source <- source_of(data, chunk_rows, chunk_rows)
  roles <- source_roles(source, outcome, case_weights)
  survey_source(source, roles, training_arguments(progress = FALSE, ...), held_out)
}

test_that("a survey measures all rows that count", {
  data <- mixed_rows()
  survey <- survey_of(data, case_weights = "w", class_weights = c(low = 0))
  rest <- data[data$w > 0 & data$class != "low", ]
  expect_equal(survey$n, nrow(rest))
  for (name in c("a", "b", "whole", "number")) {
    summary <- survey$columns[[name]]
    expect_equal(summary$mean, mean(rest[[name]]), tolerance = 1e-13)
    expect_equal(summary$squares, sum((rest[[name]] - mean(rest[[name]]))^2), tolerance = 1e-12)
  }
  expect_equal(survey$columns$yes$mean, mean(rest$yes))
  expect_equal(survey$columns$f$counts, c(table(rest$f)), ignore_attr = TRUE)
  expect_equal(survey$columns$t$counts[order(names(survey$columns$t$counts))], c(table(rest$t)))
  expect_equal(survey$case_weights[c("middle", "high")],
    tapply(rest$w, rest$class, sum)[c("middle", "high")], ignore_attr = TRUE)
})

test_that("chunks that are held out only show their levels", {
  data <- mixed_rows()
  data$t[1:70] <- "violet"
  survey <- survey_of(data, held_out = 1L)
  expect_equal(survey$n, 530)
  expect_equal(survey$columns$a$mean, mean(data$a[-(1:70)]))
  expect_equal(survey$columns$t$counts[["violet"]], 0)
  expect_true("violet" %in% levels(survey$sample$t))
})

test_that("the sample has a row for all that matters", {
  withr::local_seed(2)
  n <- 30000
  data <- data.frame(
    flat = c(rep(0, n - 1), 1), gap = replace(rnorm(n), 12345, NA),
    f = factor(c(rep("often", n - 1), "once")), y = c(rep(c("a", "b"), (n - 2) / 2), "b", "rare")
  )
  survey <- survey_of(data, "y", chunk_rows = 5000, missing = "indicator")
  expect_lt(nrow(survey$sample), 21000)
  expect_gt(nrow(survey$sample), 15000)
  expect_setequal(survey$sample$flat, c(0, 1))
  expect_true(anyNA(survey$sample$gap))
  expect_true("once" %in% survey$sample$f)
  expect_true("rare" %in% survey$sample$y)
  expect_equal(survey$columns$gap$n, n - 1)
})

test_that("means and deviations far from 0 keep their digits", {
  data <- data.frame(a = 1e9 + (1:1000) / 7, y = rep(c("a", "b"), 500))
  summary <- survey_of(data, "y")$columns$a
  expect_equal(summary$mean - 1e9, mean((1:1000) / 7), tolerance = 1e-7)
  expect_equal(sqrt(summary$squares / 1000), sd((1:1000) / 7) * sqrt(999 / 1000), tolerance = 1e-7)
})

test_that("the share between chunks is 0 for shuffled outcomes, and 1 for sorted ones", {
  withr::local_seed(3)
  y <- rep(c("a", "b", "c"), each = 400)
  data <- data.frame(x = rnorm(1200), y = y, z = sort(rnorm(1200)))
  sorted <- survey_of(data, "y", chunk_rows = 100)$columns
  expect_equal(share_between_chunks(sorted$y), 1)
  expect_gt(share_between_chunks(sorted$z), 0.95)
  shuffled <- survey_of(data[sample(1200), ], "y", chunk_rows = 100)$columns
  expect_lt(share_between_chunks(shuffled$y), 0.05)
  expect_lt(share_between_chunks(shuffled$z), 0.05)
})

test_that("missing and infinite values are errors that name chunk, row, and column", {
  bad <- mixed_rows()
  bad$a[205] <- NA
  expect_error(survey_of(bad),
    "Chunk 3 [(]rows 141 to 210[)] of the source has a missing value [(]NA[)] in row 205, .*`a`",
    class = "feedforward_source_error"
  )
  bad$a[205] <- Inf
  expect_error(survey_of(bad, missing = "indicator"), "row 205", class = "feedforward_error")
  bad$a[205] <- 1
  bad$class[300] <- NA
  expect_error(survey_of(bad, missing = "indicator"), "row 300, .*`class`",
    class = "feedforward_error")
  bad$class[300] <- "low"
  bad$w[7] <- NA
  expect_error(survey_of(bad, case_weights = "w"), "row 7, .*`w`", class = "feedforward_error")
})

test_that("missing text is an error that names chunk, row, and column", {
  bad <- mixed_rows()
  bad$t[205] <- NA
  expect_error(survey_of(bad), "Chunk 3 .* in row 205, .*`t`", class = "feedforward_source_error")
  expect_no_error(survey_of(bad, missing = "indicator"))
  bad$t[205] <- "red"
  bad$text[9] <- NA
  expect_error(survey_of(bad, "text", missing = "indicator"), "Chunk 1 .* in row 9, .*`text`",
    class = "feedforward_source_error")
})

test_that("a text column that identifies rows is an early error", {
  reads <- 0
  read <- function(first, last) {
    reads <<- reads + 1
    rows <- first:last
    data.frame(x = 0, id = sprintf("id %.0f", rows), y = rows %% 2)
  }
  source <- data_source(read, n = 1e6, columns = read(1, 2), chunk_rows = 3e4, buffer_rows = 3e4)
  reads <- 0
  expect_error(feedforward(source, "y"), "`id` .* more than 100,000 different values",
    class = "feedforward_error")
  expect_equal(reads, 4)
  # Levels that are announced need no search.
  data <- mixed_rows()
  levels(data$f) <- c(levels(data$f), sprintf("level %d", seq_len(1e5)))
  expect_no_error(survey_of(data, chunk_rows = 300))
})

test_that("numbers whose squares are too large or too small to sum", {
  huge <- data.frame(a = c(-1, 1) * 1e200, z = rep(0:1, each = 100), y = rep(c("a", "b"), 100))
  expect_error(feedforward(source_of(huge, 50, 100), "y", epochs = 1),
    "`a` of `x` has numbers whose squares are too large", class = "feedforward_error")
  tiny <- transform(huge, a = a * 1e-200, b = z * 1e-300)
  # The weights of a single epoch may predict worse than a constant.
  fit <- suppressWarnings(feedforward(source_of(tiny[c("a", "b")], 50, 100), "b", epochs = 1))
  expect_equal(fit$outcome$scale / 1e-300, 0.5)
})

test_that("chunks of one row are not taken for sorted rows", {
  data <- data.frame(a = 1:20, y = withr::with_seed(1, rnorm(20)))
  expect_no_warning(feedforward(source_of(data, 1, 1), "y",
    epochs = 1, hidden_units = 2, threads = 1
  ), class = "feedforward_sorted_source")
  expect_true(is_by_chance(1, 20, 20))
  expect_true(is_by_chance(0.5, 1, 20))
  expect_false(is_by_chance(0.9, 5, 1000))
})
