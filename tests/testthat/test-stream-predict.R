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

test_that("the key of a database source can be kept", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  rows <- data.frame(id = 101:150, cars, note = "none")
  DBI::dbWriteTable(con, "cars", rows)
  source <- data_source(con, "cars", key = "id", chunk_rows = 20, buffer_rows = 40)
  expect_named(source$columns, c("speed", "dist", "note"))
  fit <- fit_cars()
  write_predictions(fit, source, con, table = "p", keep = c("note", "id"))
  expected <- data.frame(note = "none", id = 101:150, .pred = predict(fit, cars)$.pred)
  expect_equal(DBI::dbReadTable(con, "p", check.names = FALSE), expected)
  without <- data_source(con, "cars", chunk_rows = 20, buffer_rows = 40)
  expect_error(write_predictions(fit, without, con, table = "q", keep = "idd"), "Did you mean `id`",
    class = "feedforward_error")
})

test_that("what is wrong with the arguments is found before a row is read", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  data <- data.frame(cars, .PRED = 1)
  unread <- source_of(data, 20, 40, read = function(...) rlang::abort("read", "was_read"))
  fit <- fit_cars()
  fails <- function(pattern, ..., source = unread, to = con) {
    expect_error(write_predictions(fit, source, to, ...), pattern, class = "feedforward_error")
  }
  fails("keep.*`.PRED`, as the predictions are called", table = "p", keep = ".PRED")
  fails("`type` must be", table = "p", type = "prob")
  fails("no intervals", table = "p", level = 0.9)
  fails("`to` must be", to = 3)
  fails("`source` has no column `speed`", table = "p",
    source = source_of(data["dist"], 20, 40, read = unread$read))
  DBI::dbWriteTable(con, "cars", cars)
  fails("already has a table", table = "cars")
  in_order <- data_source(con, query = "SELECT * FROM cars", chunk_rows = 20, buffer_rows = 40)
  fails("reads its rows in order from", table = "p", source = in_order)
  other <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  expect_equal(write_predictions(fit, in_order, other, table = "p"), 50)
  DBI::dbDisconnect(other)
  fails("closed connection", table = "p", to = other)
})

test_that("a folder that looks like a file is refused", {
  skip_if_not_installed("nanoparquet")
  folder <- withr::local_tempdir()
  for (name in c("o.csv", "o.parquet", "o.CSV")) {
    expect_error(write_predictions(fit_cars(), source_of(cars, 20, 40), file.path(folder, name)),
      "a folder of\\s+Parquet", class = "feedforward_error")
  }
  failing <- source_of(cars, 20, 40, read = function(first, last) {
    if (first > 20) stop("gone")
    cars[first:last, ]
  })
  expect_error(write_predictions(fit_cars(), failing, file.path(folder, "v1.2")), "Chunk 2",
    class = "feedforward_source_error")
  expect_equal(list.files(folder), character())
})

test_that("a table that is only half written is removed", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  here <- environment()
  setClass("half_connection", contains = "SQLiteConnection", where = here)
  withr::defer(removeClass("half_connection", where = here))
  half <- methods::as(con, "half_connection")
  signature <- c("half_connection", "character", "data.frame")
  setMethod(DBI::dbWriteTable, signature, function(conn, name, value, ...) {
    DBI::dbExecute(con, "CREATE TABLE p (x)")
    stop("disk full")
  }, where = here)
  withr::defer(removeMethod(DBI::dbWriteTable, signature, where = here), priority = "first")
  expect_error(write_predictions(fit_cars(), source_of(cars, 20, 40), half, table = "p"),
    "cannot be written", class = "feedforward_error")
  expect_equal(DBI::dbListTables(con), character())
})

test_that("a class is text in a database", {
  skip_if_not_installed("RSQLite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  writer <- prediction_writer(con, "p", source_of(iris, 20, 40))
  writer$write(iris[c(1, 51), ], 1L)
  expect_equal(DBI::dbReadTable(con, "p")$Species, c("setosa", "versicolor"))
})

test_that("missing values are predicted if the model accepts them", {
  data <- cars
  data$speed[c(3, 33)] <- NA
  fit <- withr::with_seed(1, feedforward_cv(data["speed"], data$dist,
    missing = "indicator", candidates = list(list(epochs = 2))
  ))
  parts <- all_chunks(predict(fit, source_of(data, 20, 40)))
  expect_equal(do.call(rbind, parts), predict(fit, data))
})

test_that("messages about a value call the source by its argument, with advice that fits", {
  predicted <- function(fit, data) {
    next_predictions <- predict(fit, source_of(data, 20, 40))
    next_predictions()
    next_predictions()
  }
  refused <- function(code, text) {
    expect_error(code, text, class = "feedforward_source_error")
  }
  data <- mixed_rows(50)
  data$a[30] <- NA
  good <- mixed_rows(50)
  fit <- withr::with_seed(1, feedforward(good[c("a", "b")], good$number, epochs = 1))
  refused(predicted(fit, data),
    "Chunk 2 .* of `new_data` has .* in row 30, column `a`.*missing and infinite values")
  fit <- withr::with_seed(1, feedforward(data[c("a", "b")], data$number, epochs = 1,
    missing = "indicator"))
  expect_equal(nrow(predicted(fit, data)), 20L)
  data$b[22] <- NA
  refused(predicted(fit, data), "in row 22, column `b`.*The training data had none in this column")
})

test_that("formulas and recipes may use missing values, and make numbers of no rows", {
  data <- mixed_rows(50)[c("number", "a", "b")]
  fit_to <- function(x, ...) withr::with_seed(1, feedforward(x, data = data, epochs = 1, ...))
  expect_same <- function(fit, new) {
    parts <- all_chunks(predict(fit, source_of(new, 20, 40)))
    expect_equal(do.call(rbind, parts), predict(fit, new))
  }
  data$b[7] <- NA
  new <- data
  new$b[22] <- NA
  expect_same(fit_to(number ~ I(a + b) + a, missing = "indicator"), new)
  skip_if_not(recipes_work())
  recipe <- recipes::recipe(number ~ ., data)
  expect_same(fit_to(recipes::step_impute_mean(recipe, a, b)), new)
  data$b[7] <- new$b[7] <- 0
  expect_same(fit_to(number ~ pmin(b, 1) + a), transform(data, b = replace(b, 30, Inf)))
  fit <- fit_to(number ~ ifelse(b > 0, b, 0) + a)
  expect_same(fit, data)
  expect_equal(nrow(predict(fit, data[0, ])), 0L)
  next_predictions <- predict(fit, source_of(new, 20, 40))
  next_predictions()
  error <- tryCatch(next_predictions(), error = identity)
  expect_match(conditionMessage(error), "counted from row 21 of the source")
  expect_match(conditionMessage(error$parent), "row 2, column `b`")
})

test_that("a chunk that could not be read is tried again", {
  fit <- fit_cars()
  fails <- TRUE
  source <- data_source(function(first, last) {
    if (first == 21 && fails) {
      fails <<- FALSE
      stop("timeout")
    }
    cars[first:last, ]
  }, n = 50, columns = cars, chunk_rows = 20, buffer_rows = 40)
  next_predictions <- predict(fit, source)
  parts <- list(next_predictions())
  expect_error(next_predictions(), "Chunk 2", class = "feedforward_source_error")
  expect_equal(do.call(rbind, c(parts, all_chunks(next_predictions))), predict(fit, cars))
})

test_that("ids that R cannot store exactly are not kept", {
  fit <- fit_cars()
  keep <- function(id) {
    data <- cbind(cars, id = id)
    write_predictions(fit, source_of(data, 20, 40), file.path(withr::local_tempdir(), "p"),
      keep = "id")
  }
  skip_if_not_installed("nanoparquet")
  expect_error(keep(replace(1:50, 33, 2^60)), "Chunk 2 .*in row 33, column `id` that is too large",
    class = "feedforward_source_error")
  for (id in list(2^53 - 1, 1e300, -0.5, c(1e17, 1:49 / 2))) expect_equal(keep(id), 50)
})

test_that("new levels are warned of once for each column", {
  data <- data.frame(a = c("u", "v"), b = c("u", "v", "w"), y = 1:60)
  fit <- withr::with_seed(1, feedforward(data[c("a", "b")], data$y,
    new_levels = "zero", epochs = 1
  ))
  new <- data
  new$a[c(2, 33, 60)] <- c("x", "y", "x")
  new$b[50] <- "x"
  warnings <- list()
  parts <- withCallingHandlers(all_chunks(predict(fit, source_of(new, 20, 40))),
    feedforward_new_levels = function(cnd) {
      warnings <<- c(warnings, conditionMessage(cnd))
      rlang::cnd_muffle(cnd)
    }
  )
  expect_equal(do.call(rbind, parts), suppressWarnings(predict(fit, new)))
  expect_length(warnings, 2)
  expect_match(warnings[[1]], "Chunk 1 .* new level \"x\" in column `a`")
  expect_match(warnings[[2]], "Chunk 3 .* new level \"x\" in column `b`")
})

test_that("columns that are not needed are not checked", {
  data <- data.frame(cars, other = "a")
  source <- source_of(data, 20, 40, read = function(first, last) cars[first:last, ])
  fit <- fit_cars()
  expect_equal(do.call(rbind, all_chunks(predict(fit, source))), predict(fit, cars))
})

test_that("a source is refused where data must be in memory", {
  source <- source_of(cars, 20, 40)
  expect_error(as.data.frame(source), "needs data in memory", class = "feedforward_error")
  expect_error(feedforward(dist ~ speed, data = source), "without a formula",
    class = "feedforward_error")
})
