use_harness("export")

cases <- if (identical(Sys.getenv("NOT_CRAN"), "true")) export_cases()

jobs_for <- function(dialect) {
  lapply(cases, function(case) {
    case$query <- as_sql(case$fit, case$table, id = "key", dialect = dialect, type = case$type)
    case[c("table", "data", "query")]
  })
}

expect_same_in <- function(run, dialect) {
  results <- run(jobs_for(dialect))
  expect_identical(names(results), names(cases))
  for (name in names(cases)) {
    expect_same_predictions(results[[name]], cases[[name]], sprintf("%s in %s", name, dialect))
  }
}

test_that("queries of SQLite return the predictions", {
  skip_on_cran()
  expect_same_in(run_sqlite, "sqlite")
})

test_that("queries of DuckDB return the predictions", {
  skip_on_cran()
  expect_same_in(run_duckdb, "duckdb")
})

test_that("queries of PostgreSQL return the predictions", {
  skip_on_cran()
  expect_same_in(run_postgres, "postgres")
})

test_that("a database can store numbers and levels as whole numbers", {
  skip_on_cran()
  data <- cases_data()
  data$a <- round(data$a)
  stored <- data
  data$f <- factor(data$whole)
  case <- export_case(small_fit(y ~ a + f + count, data = data), data)[[1L]]
  stored$f <- stored$whole
  stored$a <- as.integer(stored$a)
  stored$key <- case$data$key
  runs <- list(sqlite = run_sqlite, duckdb = run_duckdb, postgres = run_postgres)
  for (dialect in names(runs)) {
    query <- as_sql(case$fit, "data", id = "key", dialect = dialect)
    result <- runs[[dialect]](list(one = list(table = "data", data = stored, query = query)))[[1L]]
    expect_same_predictions(result, case, dialect)
  }
})

test_that("only 0 and 1 are logical values in SQLite, also where missing values are allowed", {
  skip_if_not_installed("RSQLite")
  data <- data.frame(l = rep(c(TRUE, FALSE, FALSE, NA), 10), a = 1:40 / 10)
  stored <- data.frame(key = 1:6, l = c(1, 0, 2, 0.5, -1, NA), a = 1)
  in_sqlite <- function(fit, stored) {
    query <- as_sql(fit, "data", id = "key", dialect = "sqlite")
    run_sqlite(list(list(table = "data", data = stored, query = query)))[[1L]]$.pred
  }
  for (missing in c("error", "indicator")) {
    rows <- if (missing == "error") which(!is.na(data$l)) else 1:40
    fit <- quick_fit(data[rows, ], rows / 40, missing = missing)
    known <- if (missing == "error") 1:2 else c(1:2, 6L)
    predicted <- predict(fit, transform(stored, l = as.logical(l))[known, ])$.pred
    found <- in_sqlite(fit, stored)
    expect_equal(found[known], predicted)
    expect_true(all(is.na(found[-known])))
    # Text that looks like a logical value.
    expect_true(all(is.na(in_sqlite(fit, transform(stored, l = "1")))))
  }
})

test_that("text among numbers gives NULL in SQLite, also where missing values are allowed", {
  skip_on_cran()
  data <- cases_data()
  for (missing in c("error", "indicator")) {
    fit <- small_fit(y ~ a + yes, data = data, missing = missing)
    query <- as_sql(fit, "data", id = "key", dialect = "sqlite")
    stored <- data.frame(key = 1:4, a = c("0.5", "abc", "", "7"), yes = TRUE)
    as_text <- run_sqlite(list(list(table = "data", data = stored, query = query)))[[1L]]
    expect_true(all(is.na(as_text$.pred)))
    stored$a <- c(0.5, 1, 2, 7)
    as_number <- run_sqlite(list(list(table = "data", data = stored, query = query)))[[1L]]
    expect_equal(as_number$.pred, predict(fit, stored)$.pred, tolerance = 1e-12)
  }
  stored$yes <- "TRUE"
  as_text <- run_sqlite(list(list(table = "data", data = stored, query = query)))[[1L]]
  expect_false(identical(as_text$.pred, as_number$.pred))
})

test_that("large numbers do not overflow on the way", {
  skip_on_cran()
  data <- cases_data()
  large <- data.frame(key = 1:4, a = c(1e20, 1e100, -1e200, 1e299))
  runs <- list(sqlite = run_sqlite, duckdb = run_duckdb, postgres = run_postgres)
  fits <- lapply(c("gelu", "mish"), function(activation) {
    small_fit(y ~ a, data = data, activation = activation)
  })
  for (dialect in names(runs)) {
    results <- runs[[dialect]](lapply(fits, function(fit) {
      list(table = "data", data = large, query = as_sql(fit, "data", id = "key", dialect = dialect))
    }))
    for (k in 1:2) {
      got <- as.double(results[[k]]$.pred)[match(large$key, results[[k]]$key)]
      expect_equal(got, predict(fits[[k]], large)$.pred, tolerance = 1e-12, label = dialect)
    }
  }
})

test_that("the tests notice other predictions", {
  skip_on_cran()
  skip_if_not_installed("RSQLite")
  for (name in c("relu", "kinds", "several", "labels", "missing_piecewise")) {
    case <- cases[[name]]
    other <- case
    last <- length(other$fit$parameters)
    other$fit$parameters[[last]][1L] <- other$fit$parameters[[last]][1L] + 1e-9
    job <- jobs_for("sqlite")[[name]]
    job$query <- as_sql(other$fit, case$table, id = "key", dialect = "sqlite")
    result <- run_sqlite(list(job))[[1L]]
    expect_true(fails(expect_same_predictions(result, case, name)), label = name)
  }
})

test_that("a query reads well", {
  expect_snapshot(cat(as_sql(plain_model(), "flowers", id = "key", dialect = "postgres")))
})

test_that("numbers are the same after they are read", {
  x <- c(0.1, 1 / 3, 3, -2, 1e-5, 1e22, 123456789012345678, .Machine$double.xmax, 5e-324, 2^-1022)
  for (language in sql_dialects) {
    text <- language$number(x)
    kept <- if (identical(language$number, postgres_number)) abs(x) > 1e-150 else TRUE
    expect_identical(as.double(text)[kept], x[kept])
    expect_false(any(grepl("^[0-9-]+$", text)))
  }
})

test_that("a database that lacks a column says so", {
  skip_on_cran()
  skip_if_not_installed("RSQLite")
  job <- jobs_for("sqlite")$numbers
  job$data$a <- NULL
  expect_error(run_sqlite(list(job)), "no such column")
})

test_that("a query has an id, a table in a schema, and the types asked for", {
  fit <- plain_model()
  expect_match(as_sql(fit, c("db", "main", "x")), "FROM \"db\".\"main\".\"x\" AS t", fixed = TRUE)
  expect_match(as_sql(fit, "x", id = c("k", "k2")), "id1 AS \"k\", id2 AS \"k2\"", fixed = TRUE)
  expect_no_match(as_sql(fit, "x"), "id1")
  expect_identical(as_sql(fit, "x"), as_sql(fit, "x", type = c("class", "prob")))
  expect_no_match(as_sql(fit, "x", type = "link"), "exp(", fixed = TRUE)
  expect_identical(as_sql(fit, "x"), as_sql(fit, "x", dialect = "duckdb"))
})

expect_refused <- function(code, text) expect_refusal(code, text, class = "feedforward_error")

test_that("models that no query can express are refused", {
  data <- cases_data()
  refused <- function(fit, pattern, ...) expect_refused(as_sql(fit, "data", ...), pattern)
  refused(small_fit(y ~ log(abs(a)) + f, data = data), "computes terms, such as `log(abs(a))`")
  refused(small_fit(y ~ a:whole, data = data), "such as `a:whole`")
  if (recipes_work()) {
    refused(small_fit(recipes::recipe(y ~ a, data), data = data), "made with a recipe")
  }
  average <- suppressMessages(
    feedforward_cv(y ~ a, data = data, candidates = list(list(epochs = 2)), folds = 2)
  )
  refused(average, "network_of")
  expect_match(as_sql(network_of(average, 1), "data"), "^WITH")
  refused(small_fit(unname(as.matrix(data["a"])), data$y), "the names of all predictors")
  refused(small_fit(array(runif(80), c(10, 2, 4)), 1:10 / 10), "a model for images")
  refused(3, "must be a model made by")
  tiny <- data.frame(a = data$a * 1e-200, b = data$whole)
  refused(small_fit(tiny, data$y), "in the column `a` are too small", dialect = "postgres")
  refused(small_fit(tiny, data$y, encoding = "piecewise"), "too small", dialect = "postgres")
  expect_match(as_sql(small_fit(tiny, data$y), "data"), "^WITH")
  refused(small_fit(data["a"], data$y * 1e-200), "outcomes are too small", dialect = "postgres")
  names(data)[1:2] <- c("Size", "size")
  both <- small_fit(data[1:2], data$y)
  refused(both, "two predictors named `size`", dialect = "sqlite")
  expect_match(as_sql(both, "data", dialect = "postgres"), "t.\"Size\"", fixed = TRUE)
})

test_that("classes that differ in case only are refused where they would be the same column", {
  data <- cases_data()
  levels(data$class)[1:2] <- c("Low", "low")
  fit <- small_fit(class ~ a, data = data)
  for (dialect in c("duckdb", "sqlite")) {
    expect_refused(as_sql(fit, "x", dialect = dialect),
      c("the columns `.pred_Low` and `.pred_low`", paste("To", dialect), "type = \"class\""))
    expect_match(as_sql(fit, "x", dialect = dialect, type = "class"), "'Low'")
  }
  expect_match(as_sql(fit, "x", dialect = "postgres"), "\".pred_low\"", fixed = TRUE)
  labels <- cbind(A = data$y > 0, a = data$a > 0)
  expect_refused(as_sql(small_fit(data["whole"], labels), "x"), "`.pred_class_A` and `.pred_class_a`")
})

test_that("arguments that fit no query are refused", {
  fit <- plain_model()
  expect_refused(as_sql(fit), "`table` is missing")
  expect_refused(as_sql(fit, ""), "`table` must be the name")
  expect_refused(as_sql(fit, letters), "`table` must be the name")
  expect_refused(as_sql(fit, "x", id = 1), "`id` must be names")
  expect_refused(as_sql(fit, "x", id = c("k", "K")), "two columns named `K`")
  expect_refused(as_sql(fit, "x", id = ".pred_class"), "two columns named `.pred_class`")
  expect_refused(as_sql(fit, "x", dialect = "oracle"), "`dialect` must be one of")
  expect_refused(as_sql(fit, "x", dialect = "SQLite"), "Did you mean \"sqlite\"?")
  expect_refused(as_sql(fit, "x", type = "numeric"), "`type` must be")
  expect_refused(as_sql(fit, "x", type = c("class", "class")), "one or more of \"class\"")
  expect_refused(as_sql(fit, "x", type = c("class", "hidden")), "separate query for \"hidden\"")
  expect_refused(as_sql(fit, "x\xff"), "invalid encoding")
})

test_that("networks beyond the limits of a database are refused", {
  data <- cases_data()
  wide <- small_fit(y ~ a, data = data, hidden_units = 2000L, epochs = 1L)
  expect_refused(as_sql(wide, "x", dialect = "postgres"), c("postgres allows 1,664", "needs 2,000"))
  expect_refused(as_sql(wide, "x", "key", dialect = "sqlite"), c("sqlite allows 2,000", "needs 2,001"))
  expect_match(as_sql(wide, "x", dialect = "sqlite"), "h1_2000")
  levels(data$class)[2L] <- strrep("v", 60L)
  long <- small_fit(class ~ a, data = data, epochs = 1L)
  expect_refused(as_sql(long, "x", dialect = "postgres"), "more than 63 bytes")
  expect_match(as_sql(long, "x", dialect = "postgres", type = "class"), "^WITH")
  expect_match(as_sql(long, "x"), "^WITH")
})
