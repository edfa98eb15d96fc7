fit_cars <- function(...) {
  withr::with_seed(1, feedforward(cars["speed"], cars$dist, epochs = 2, ...))
}

all_chunks <- function(next_chunk) {
  parts <- list()
  while (!is.null(part <- next_chunk())) parts <- c(parts, list(part))
  parts
}

test_that("predictions come chunk by chunk", {
  fit <- fit_cars()
  parts <- all_chunks(predict(fit, source_of(cars, 20, 40)))
  expect_equal(vapply(parts, nrow, 1L), c(20L, 20L, 10L))
  expect_equal(do.call(rbind, parts), predict(fit, cars))
  expect_output(print(predict(fit, source_of(cars, 20, 40))), "NULL at the end")
})

test_that("all types, models, and columns that are not needed work", {
  data <- mixed_rows(200)
  data$extra <- NA_real_
  source <- source_of(data, 60, 200)
  fit <- withr::with_seed(1, feedforward(class ~ a + f, data = data, epochs = 1))
  prob <- do.call(rbind, all_chunks(predict(fit, source, type = "prob")))
  expect_equal(prob, predict(fit, data, type = "prob"))
  flag <- withr::with_seed(1, feedforward(data[c("a", "b")], data$flag, epochs = 1))
  low <- do.call(rbind, all_chunks(predict(flag, source, type = "class", threshold = 0.2)))
  expect_equal(low, predict(flag, data, type = "class", threshold = 0.2))
  expect_error(predict(fit, source_of(data["a"], 60, 200)), "no column `f`",
    class = "feedforward_error")
  expect_error(predict(fit, source, type = "numeric"), "`type` must be",
    class = "feedforward_error")
})

test_that("predictions are written to a table, beside the columns to keep", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  fit <- fit_cars()
  source <- source_of(cars, 20, 40)
  expect_equal(write_predictions(fit, source, con, table = "p", keep = "speed"), 50)
  expected <- data.frame(speed = cars$speed, .pred = predict(fit, cars)$.pred)
  expect_equal(DBI::dbReadTable(con, "p", check.names = FALSE), expected)
  expect_error(write_predictions(fit, source, con, table = "p"), "already has a table",
    class = "feedforward_error")
  expect_equal(nrow(DBI::dbReadTable(con, "p")), 50)
  expect_error(write_predictions(fit, source, con), "`table`", class = "feedforward_error")
})

test_that("predictions are written to Parquet files", {
  skip_if_not_installed("nanoparquet")
  folder <- file.path(withr::local_tempdir(), "predictions")
  fit <- fit_cars()
  write_predictions(fit, source_of(cars, 20, 40), folder)
  files <- list.files(folder, full.names = TRUE)
  expect_equal(basename(files), sprintf("part-%06d.parquet", 1:3))
  written <- do.call(rbind, lapply(files, nanoparquet::read_parquet))
  expect_equal(written$.pred, predict(fit, cars)$.pred)
  expect_error(write_predictions(fit, source_of(cars, 20, 40), folder), "exists already",
    class = "feedforward_error")
})

test_that("nothing is left where rows cannot be read or predicted", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  source <- source_of(cars, 20, 40, read = function(first, last) {
    if (first > 20) stop("gone")
    cars[first:last, ]
  })
  expect_error(write_predictions(fit_cars(), source, con, table = "p"),
    "Chunk 2 [(]rows 21 to 40[)]", class = "feedforward_source_error")
  expect_equal(DBI::dbListTables(con), character())
  fit <- fit_cars()
  expect_error(write_predictions(fit, source_of(cars, 20, 40), 3), "`to` must be",
    class = "feedforward_error")
  expect_error(write_predictions(fit, cars, con, table = "p"), "`source` must be",
    class = "feedforward_error")
  expect_error(write_predictions(fit, source_of(cars, 20, 40), con, table = "p", keep = "sped"),
    "`keep` names the column `sped`", class = "feedforward_error")
})
