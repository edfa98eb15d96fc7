# Sources in databases: SQLite in memory, and PostgreSQL as a server of the tests.

local_sqlite <- function(..., env = parent.frame()) {
  skip_if_not_installed("RSQLite")
  con <- DBI::dbConnect(RSQLite::SQLite(), ...)
  withr::defer(if (DBI::dbIsValid(con)) DBI::dbDisconnect(con), envir = env)
  con
}

local_postgres <- function(env = parent.frame()) {
  skip_if_not_installed("RPostgres")
  withr::local_timezone("UTC", .local_envir = env)
  server <- postgres_server()
  con <- DBI::dbConnect(RPostgres::Postgres(), host = server$folder, user = "postgres",
    dbname = "postgres")
  DBI::dbExecute(con, "SET client_min_messages = warning")
  withr::defer(if (DBI::dbIsValid(con)) DBI::dbDisconnect(con), envir = env)
  con
}

# Keys are negative and have gaps, and the rows are not stored in their order.
trips <- data.frame(
  id = c(-7, 3:8, 100, 2000, -1), x = c(0.1, NA, 1e300, -5, 1:6), k = c(NA, 1:9),
  text = c("it's", "a \"b\"", "two\nlines", "\u00e9\u4e2d", NA, "", "{x}", "NA", "z", "-"),
  late = c(rep(NA, 8), "p", "q"), none = NA_real_
)

with_table <- function(con, data = trips, name = "odd `name\"") {
  DBI::dbWriteTable(con, name, data, overwrite = TRUE)
  name
}

by_id <- function(data) {
  data <- data[order(data$id), setdiff(names(data), "id"), drop = FALSE]
  rownames(data) <- NULL
  data
}

expect_rows <- function(source, data) {
  expect_equal(read_all(source), data)
  n <- nrow(data)
  for (rows in list(c(1, n), c(2, n - 1), c(2, 2), c(1, 2), c(n, n))) {
    part <- data[rows[1L]:rows[2L], , drop = FALSE]
    expect_equal(read_rows(source, rows[1L], rows[2L]), part, ignore_attr = "row.names")
  }
}

test_that("a table with a key is read in ranges of it, in any order", {
  for (con in list(local_sqlite(), if (has_postgres()) local_postgres())) {
    if (is.null(con)) next
    name <- with_table(con)
    for (chunk_rows in c(1, 3, 5, 10, 1000)) {
      source <- data_source(con, table = name, key = "id", chunk_rows = chunk_rows)
      expect_false(source$in_order)
      expect_identical(source$starts, seq(1, 10, by = chunk_rows))
      expect_rows(source, by_id(trips))
    }
    expect_output(print(source), "All rows are read at once by the key `id`.", fixed = TRUE)
    source <- data_source(con, query = paste(
      "SELECT id, k, 2 * x AS y FROM", DBI::dbQuoteIdentifier(con, name), "WHERE k > 2 -- some"
    ), key = "id", chunk_rows = 3)
    some <- trips[which(trips$k > 2), ]
    expect_rows(source, by_id(data.frame(id = some$id, k = some$k, y = 2 * some$x)))
  }
})

test_that("text can be a key, in the order of the database", {
  for (con in list(local_sqlite(), if (has_postgres()) local_postgres())) {
    if (is.null(con)) next
    data <- data.frame(name = c("b'b", "B", "a", "\u00e9", "Z z", ""), x = 1:6)
    source <- data_source(con, table = with_table(con, data), key = "name", chunk_rows = 2)
    expect_setequal(read_all(source)$x, 1:6)
    first <- read_rows(source, 1, 2)
    expect_identical(read_all(source)[1:2, , drop = FALSE], first)
  }
})

test_that("without a key, rows come in order, and again from the start", {
  for (con in list(local_sqlite(), if (has_postgres()) local_postgres())) {
    if (is.null(con)) next
    name <- DBI::dbQuoteIdentifier(con, with_table(con))
    source <- data_source(con, query = sprintf("SELECT x, text FROM %s ORDER BY id", name),
      chunk_rows = 3)
    expect_true(source$in_order)
    expect_identical(source$label, "the query")
    expect_silent(expect_rows(source, by_id(trips)[c("x", "text")]))
    read_rows(source, 1, 3)
    read_rows(source, 4, 6)
    expect_identical(read_rows(source, 1, 3)$x, by_id(trips)$x[1:3])
    # The end of a pass leaves the connection free.
    read_all(source)
    expect_silent(DBI::dbGetQuery(con, "SELECT 1"))
  }
})

test_that("types of PostgreSQL arrive", {
  con <- local_postgres()
  DBI::dbExecute(con, "DROP TABLE IF EXISTS kinds")
  DBI::dbExecute(con, "CREATE TABLE kinds (id bigint, big bigint, small smallint, yes boolean,
    r real, n numeric, c char(2), never boolean)")
  DBI::dbExecute(con, "INSERT INTO kinds VALUES (1, 9007199254740992, 1, true, 0.5, 1.25, 'ab',
    NULL), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, -3, 3, false, -1, 7, 'c ', NULL)")
  source <- data_source(con, table = DBI::Id(schema = "public", table = "kinds"), key = "id",
    chunk_rows = 2)
  expect_equal(read_all(source), data.frame(
    big = c(2^53, NA, -3), small = c(1, NA, 3), yes = c(TRUE, NA, FALSE), r = c(0.5, NA, -1),
    n = c(1.25, NA, 7), c = c("ab", NA, "c "), never = NA
  ))
  DBI::dbExecute(con, "ALTER TABLE kinds ADD COLUMN day date DEFAULT '2020-02-29'")
  expect_error(data_source(con, table = "kinds", key = "id"),
    "Column `day` of the table `kinds` must be numeric", class = "feedforward_error")
})

test_that("SQLite numbers the rows of a table itself", {
  con <- local_sqlite()
  name <- with_table(con)
  source <- data_source(con, table = name, chunk_rows = 3)
  expect_false(source$in_order)
  expect_rows(source, trips)
  # Gaps in the numbers.
  DBI::dbExecute(con, sprintf("DELETE FROM %s WHERE k IN (1, 2, 5)",
    DBI::dbQuoteIdentifier(con, name)))
  left <- trips[!trips$k %in% c(1, 2, 5), ]
  rownames(left) <- NULL
  expect_rows(data_source(con, table = name, chunk_rows = 3), left)
})

test_that("SQLite's hidden key is found only where there is one", {
  con <- local_sqlite()
  DBI::dbExecute(con, "CREATE TABLE named (rowid REAL, _rowid_ TEXT)")
  DBI::dbExecute(con, "INSERT INTO named VALUES (0.5, 'a'), (0.5, 'b'), (NULL, 'c')")
  source <- data_source(con, table = "named", chunk_rows = 2)
  expect_false(source$in_order)
  expect_identical(read_all(source)$`_rowid_`, c("a", "b", "c"))
  DBI::dbExecute(con, "ALTER TABLE named ADD COLUMN oid REAL DEFAULT 1")
  expect_true(data_source(con, table = "named", chunk_rows = 2)$in_order)
  DBI::dbExecute(con, "CREATE TABLE bare (k TEXT PRIMARY KEY, x REAL) WITHOUT ROWID")
  DBI::dbExecute(con, "INSERT INTO bare VALUES ('a', 1), ('b', 2), ('c', 3)")
  source <- data_source(con, table = "bare", chunk_rows = 2)
  expect_true(source$in_order)
  expect_rows(source, data.frame(k = c("a", "b", "c"), x = c(1, 2, 3)))
  DBI::dbExecute(con, "CREATE VIEW seen AS SELECT x FROM bare")
  source <- data_source(con, table = "seen", chunk_rows = 2)
  expect_true(source$in_order)
  expect_rows(source, data.frame(x = c(1, 2, 3)))
})

test_that("values that SQLite stores with another type are an error", {
  con <- local_sqlite()
  DBI::dbExecute(con, "CREATE TABLE mixed (v)")
  DBI::dbExecute(con, "INSERT INTO mixed VALUES (1), (2), (3), ('four'), (5), ('six')")
  source <- data_source(con, table = "mixed", chunk_rows = 2)
  expect_error(read_rows(source, 3, 4), "Chunk 2 \\(rows 3 to 4\\) of the table `mixed` cannot",
    class = "feedforward_source_error")
  source <- data_source(con, table = "mixed", chunk_rows = 3)
  expect_identical(read_rows(source, 1, 3)$v, c(1, 2, 3))
  expect_error(read_rows(source, 4, 6), class = "feedforward_source_error")
  # A fraction after whole numbers stays one.
  DBI::dbExecute(con, "UPDATE mixed SET v = 2.5 WHERE v IN (2, 'four', 'six')")
  expect_identical(read_all(data_source(con, table = "mixed", chunk_rows = 3))$v,
    c(1, 2.5, 3, 2.5, 5, 2.5))
  DBI::dbExecute(con, "CREATE TABLE blobs (v BLOB)")
  DBI::dbExecute(con, "INSERT INTO blobs VALUES (x'00ff')")
  expect_error(data_source(con, table = "blobs"), "Column `v` of the table `blobs` must be numeric",
    class = "feedforward_error")
})

test_that("lazy tables of dplyr are read by their query", {
  skip_if_not_installed("dbplyr")
  con <- local_sqlite()
  table <- dplyr::tbl(con, with_table(con, name = "trips"))
  some <- dplyr::select(dplyr::filter(table, k > 2), id, x)
  source <- data_source(some, key = "id", chunk_rows = 2)
  expect_rows(source, by_id(trips[which(trips$k > 2), c("id", "x")]))
  expect_true(data_source(some)$in_order)
})

test_that("rows that are deleted, added, or changed between reads are noticed", {
  con <- local_sqlite()
  name <- with_table(con, name = "trips")
  source <- data_source(con, table = name, key = "id", chunk_rows = 5, levels = list(k = 1:9))
  DBI::dbExecute(con, "INSERT INTO trips (id, x, k) VALUES (5000, 1, 1)")
  expect_equal(nrow(read_rows(source, 6, 10)), 5)
  DBI::dbExecute(con, "UPDATE trips SET k = 10 WHERE id = 4")
  expect_error(read_rows(source, 1, 5),
    "Chunk 1 (rows 1 to 5) of the table `trips` has the unknown level \"10\" in row 4, column `k`.",
    fixed = TRUE, class = "feedforward_source_error")
  DBI::dbExecute(con, "DELETE FROM trips WHERE id = 4")
  expect_error(read_rows(source, 1, 5), "should have 5 rows, but 4 were read.",
    class = "feedforward_source_error")
  expect_error(read_rows(source, 1, 3), "cannot be read", class = "feedforward_source_error")
  DBI::dbExecute(con, "DROP TABLE trips")
  expect_error(read_rows(source, 6, 10), "Chunk 2 \\(rows 6 to 10\\) of the table `trips` cannot",
    class = "feedforward_source_error")
})

test_that("a result that ends early, or that another query ended, is an error", {
  con <- local_sqlite()
  with_table(con, name = "trips")
  source <- data_source(con, query = "SELECT x FROM trips", chunk_rows = 3)
  DBI::dbExecute(con, "DELETE FROM trips WHERE k > 4")
  expect_error(read_all(source), "Chunk 2 \\(rows 4 to 6\\) of the query should have 3 rows, but 2",
    class = "feedforward_source_error")
  expect_error(read_rows(source, 7, 9), "cannot be read.*The data end too early",
    class = "feedforward_source_error")
  with_table(con, name = "trips")
  read_rows(source, 1, 3)
  suppressWarnings(DBI::dbGetQuery(con, "SELECT 1"))
  expect_error(read_rows(source, 4, 6), "Other queries on the same connection end it",
    class = "feedforward_source_error")
  # Reading again from the first row starts anew.
  expect_identical(read_all(source)$x, trips$x)
})

test_that("a closed connection is an error", {
  con <- local_sqlite()
  with_table(con, name = "trips")
  source <- data_source(con, table = "trips", chunk_rows = 3)
  DBI::dbDisconnect(con)
  expect_error(read_rows(source, 4, 6),
    "Chunk 2 \\(rows 4 to 6\\) of the table `trips` cannot.*is closed.*Open it again",
    class = "feedforward_source_error")
  expect_error(data_source(con, table = "trips"), "`x` is a closed connection",
    class = "feedforward_error")
})

test_that("wrong arguments are refused", {
  con <- local_sqlite()
  data <- transform(trips, half = id + 0.5, twice = rep(1:5, 2), large = 2^53 + 2 * (0:9))
  with_table(con, data, name = "trips")
  refused <- function(text, ...) {
    error <- tryCatch(data_source(con, ...), error = identity)
    expect_s3_class(error, "feedforward_error")
    expect_match(gsub("\\s+", " ", conditionMessage(error)), text)
  }
  refused("Use either `table` or `query`")
  refused("Use either `table` or `query`", table = "trips", query = "SELECT 1")
  refused("`table` must be a non-empty string", table = 1)
  refused("`query` must be a non-empty string", query = NA)
  refused("cannot read the table `trip`.*no such table", table = "trip")
  refused("cannot read the query.*syntax error", query = "SELECT FROM")
  refused("`key` must be a non-empty string", table = "trips", key = 1)
  refused("`key` is `ID`, but the table `trips` has no.*Did you mean `id`", table = "trips",
    key = "ID")
  refused("The key `k` of the table `trips` has missing values", table = "trips", key = "k")
  refused("The key `twice` of the table `trips` has repeated values", table = "trips",
    key = "twice")
  refused("The key `half` of the table `trips` must have whole numbers or text", table = "trips",
    key = "half")
  refused("The key `large` of the table", table = "trips", key = "large")
  refused("More than one column of the query has the name `id`",
    query = "SELECT a.id, b.id, a.x FROM trips a JOIN trips b ON a.id = b.id")
  refused("There are no rows in the query", query = "SELECT * FROM trips WHERE id = 99")
  refused("`levels` names the column `id`", table = "trips", key = "id", levels = list(id = 1))
  refused("must fit into the buffer", table = "trips", chunk_rows = 20, buffer_rows = 10)
  refused("Unknown argument `tables`", tables = "trips")
  expect_error(data_source(structure(list(), class = "DBIConnection")), "`x` must be a connection",
    class = "feedforward_error")
  skip_if_not_installed("dbplyr")
  expect_error(data_source(structure(list(), class = "tbl_sql")), "cannot be turned into a query",
    class = "feedforward_error")
  expect_error(data_source(dplyr::tbl(con, "trips"), table = "trips"), "Unknown argument `table`",
    class = "feedforward_error")
})

test_that("an error of writing leaves no transaction open", {
  file <- withr::local_tempfile(fileext = ".sqlite")
  con <- local_sqlite(file)
  other <- local_sqlite(file)
  DBI::dbWriteTable(con, "rides", cars)
  fit <- feedforward(dist ~ speed, cars, epochs = 1, hidden_units = 2)
  source <- data_source(function(first, last) cars[first:last, ], n = 50, columns = cars)
  reading <- DBI::dbSendQuery(other, "SELECT * FROM rides")
  DBI::dbFetch(reading, 1)
  expect_error(write_predictions(fit, source, con, table = "p"), "cannot be written",
    class = "feedforward_error")
  expect_true(DBI::dbBegin(con))
  DBI::dbRollback(con)
  DBI::dbClearResult(reading)
  # A transaction of the user stays as it was.
  DBI::dbBegin(con)
  write_predictions(fit, source, con, table = DBI::Id(table = "p"))
  expect_equal(DBI::dbGetQuery(con, "SELECT count(*) AS n FROM p")$n, 50)
  DBI::dbRollback(con)
  expect_false(DBI::dbExistsTable(con, "p"))
})

test_that("reading in order leaves no query open", {
  file <- withr::local_tempfile(fileext = ".sqlite")
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), file))
  other <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), file))
  DBI::dbWriteTable(con, "cars", cars)
  source <- data_source(con, query = "SELECT * FROM cars ORDER BY speed", chunk_rows = 10,
    buffer_rows = 20)
  write <- function() DBI::dbWriteTable(other, "more", cars, overwrite = TRUE)
  head(source, 2)
  expect_no_error(write())
  withr::with_seed(1, feedforward(source, "dist", epochs = 1, validation = 0.2))
  expect_no_error(write())
  fit <- feedforward(cars["speed"], cars$dist, epochs = 1)
  broken <- data_source(con, query = "SELECT speed, dist FROM cars", chunk_rows = 10,
    buffer_rows = 20)
  skip_if_not_installed("nanoparquet")
  folder <- withr::local_tempdir()
  write_predictions(fit, broken, file.path(folder, "a"))
  expect_no_error(write())
})

test_that("tables, queries, and what needs a source are told apart", {
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  DBI::dbWriteTable(con, "cars", cars)
  refused <- function(code, text) expect_error(code, text, class = "feedforward_error")
  refused(data_source(con, query = "cars"), "For a table, use `table`")
  refused(data_source(con, table = " select * from cars"), "For a statement, use `query`")
  refused(feedforward(con, outcome = "dist"), "`data_source\\(x, table = \"flights\"\\)`")
  refused(feedforward("cars.csv", outcome = "dist"), "path of a file.*`data_source\\(x\\)`")
  fit <- feedforward(cars["speed"], cars$dist, epochs = 1)
  refused(predict(fit, con), "`new_data` is a database connection")
  refused(write_predictions(fit, con, "x"), "Use `data_source\\(source, table = \"flights\"\\)`")
  expect_equal(dim(data_source(con, query = "SELECT*FROM(cars)")), c(50, 2))
  skip_if_not_installed("dbplyr")
  refused(feedforward(dplyr::tbl(con, "cars"), outcome = "dist"),
    "If it does not fit into memory, use `data_source\\(x\\)`")
})

test_that("what a database cannot do is an error of ours", {
  con <- withr::local_db_connection(DBI::dbConnect(RSQLite::SQLite(), ":memory:"))
  fit <- feedforward(cars["speed"], cars$dist, epochs = 1)
  rows <- data_source(function(first, last) cars[first:last, ], n = 50, columns = cars)
  expect_error(write_predictions(fit, rows, con, table = DBI::Id(schema = "none", table = "p")),
    "cannot be written", class = "feedforward_error")
  # As in a session without the package of the database, which does not know the class.
  expect_error(send_query(list(con = 1)), "is closed", class = "feedforward_error")
})

test_that("the key is no outcome", {
  con <- local_sqlite()
  DBI::dbWriteTable(con, "rides", cbind(id = 1:50, cars))
  source <- data_source(con, table = "rides", key = "id")
  expect_error(feedforward(source, "id"), "names the key of the source",
    class = "feedforward_error")
})
