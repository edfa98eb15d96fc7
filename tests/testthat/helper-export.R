# Databases that run the queries of as_sql(): SQLite in R, DuckDB in Node.js, and PostgreSQL as a
# server of its own.

# Each of these takes a list of jobs, list(table, data, query), and returns the results as data
# frames. It skips the test where the database is missing.

run_sqlite <- function(jobs) {
  skip_on_cran()
  skip_if_not_installed("RSQLite")
  lapply(jobs, function(job) {
    con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
    on.exit(DBI::dbDisconnect(con))
    for (statement in setup_in_sql(job, "sqlite")) DBI::dbExecute(con, statement)
    DBI::dbGetQuery(con, job$query)
  })
}

run_duckdb <- function(jobs) {
  given <- lapply(jobs, function(job) {
    list(setup = I(setup_in_sql(job, "duckdb")), query = job$query)
  })
  file <- withr::local_tempfile()
  writeLines(jsonlite::toJSON(unname(given), auto_unbox = TRUE), file, useBytes = TRUE)
  printed <- run_node(duckdb_script, "@duckdb/node-api", file)
  results <- jsonlite::fromJSON(paste(printed, collapse = "\n"), simplifyVector = FALSE)
  rlang::set_names(lapply(results, function(result) {
    frame_of_json(result$names, result$columns)
  }), names(jobs))
}

duckdb_script <- "
const { DuckDBInstance } = require('@duckdb/node-api');
const jobs = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));
(async () => {
  const results = [];
  for (const job of jobs) {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    for (const statement of job.setup) await connection.run(statement);
    const result = await connection.runAndReadAll(job.query);
    results.push({ names: result.columnNames(), columns: result.getColumnsJson() });
    connection.closeSync();
    instance.closeSync();
  }
  console.log(JSON.stringify(results));
})();
"

run_postgres <- function(jobs) {
  server <- postgres_server()
  lapply(jobs, function(job) {
    query <- sprintf("SELECT coalesce(json_agg(q), '[]') FROM (%s) AS q;", job$query)
    drop <- sprintf("DROP SCHEMA IF EXISTS shop CASCADE; DROP TABLE IF EXISTS %s;",
      name_in_sql(job$table))
    rows <- psql(server, c(drop, setup_in_sql(job, "postgres"), query))
    rows <- jsonlite::fromJSON(paste(rows, collapse = "\n"), simplifyVector = FALSE)
    names <- names(rows[[1L]])
    frame_of_json(names, lapply(seq_along(names), function(j) lapply(rows, `[[`, j)))
  })
}

frame_of_json <- function(names, columns) {
  columns <- lapply(columns, function(column) {
    column[vapply(column, is.null, TRUE)] <- NA
    unlist(column)
  })
  tibble::new_tibble(rlang::set_names(columns, names), nrow = length(columns[[1L]]))
}

# ---- Tables -------------------------------------------------------------------------

# Returns the statements that make a table of a data frame.
setup_in_sql <- function(job, dialect) {
  table <- name_in_sql(job$table)
  data <- as.list(job$data)
  types <- vapply(data, type_in_sql, "", dialect)
  columns <- paste(name_in_sql(names(data), NULL), types, collapse = ", ")
  values <- lapply(data, values_in_sql, dialect)
  rows <- sprintf("(%s)", Reduce(function(a, b) paste(a, b, sep = ", "), values))
  blocks <- split(rows, (seq_along(rows) - 1L) %/% 100L)
  c(
    if (length(job$table) > 1L) {
      make <- if (dialect == "sqlite") "ATTACH ':memory:' AS %s;" else "CREATE SCHEMA %s;"
      sprintf(make, name_in_sql(job$table[1L]))
    },
    sprintf("CREATE TABLE %s (%s);", table, columns),
    vapply(blocks, function(block) {
      sprintf("INSERT INTO %s VALUES %s;", table, paste(block, collapse = ", "))
    }, "", USE.NAMES = FALSE)
  )
}

name_in_sql <- function(name, collapse = ".") {
  paste0("\"", gsub("\"", "\"\"", name, fixed = TRUE), "\"", collapse = collapse)
}

type_in_sql <- function(column, dialect) {
  if (is.double(column)) {
    return(switch(dialect, duckdb = "DOUBLE", sqlite = "REAL", postgres = "double precision"))
  }
  switch(class(column)[1L], integer = "INTEGER", logical = "BOOLEAN", "TEXT")
}

values_in_sql <- function(column, dialect) {
  if (is.factor(column)) column <- as.character(column)
  text <- switch(typeof(column),
    double = sprintf("CAST('%.17g' AS %s)", column, type_in_sql(column, dialect)),
    integer = sprintf("%d", column),
    logical = if (dialect == "sqlite") as.character(+column) else as.character(column),
    paste0("'", gsub("'", "''", enc2utf8(column), fixed = TRUE), "'")
  )
  if (is.double(column) && dialect == "sqlite") {
    text <- sprintf("%.17g", column)
    text[is.infinite(column)] <- ifelse(column[is.infinite(column)] > 0, "9e999", "-9e999")
  }
  # A database can have NaN, which R calls missing, too.
  text[is.na(column) & !(is.nan(column) & dialect != "sqlite")] <- "NULL"
  text
}

# ---- PostgreSQL ---------------------------------------------------------------------

# Returns list(folder, bin) of a server that all tests of a session share. It listens on a socket in
# its own folder only, and ends with the tests.
postgres_server <- function() {
  skip_on_cran()
  if (is.null(postgres$server)) postgres$server <- start_postgres()
  skip_if(is.character(postgres$server), postgres$server)
  postgres$server
}

postgres <- new.env()

# Whether tests that loop over databases can use PostgreSQL, too.
has_postgres <- function() {
  requireNamespace("RPostgres", quietly = TRUE) &&
    tryCatch(is.list(postgres_server()), skip = function(cnd) FALSE)
}

start_postgres <- function() {
  found <- Sys.which("initdb")
  folders <- c(
    if (nzchar(found)) dirname(normalizePath(found)),
    sort(Sys.glob("/usr/lib/postgresql/*/bin"), decreasing = TRUE)
  )
  complete <- vapply(folders, function(folder) {
    all(file.exists(file.path(folder, c("initdb", "pg_ctl", "psql"))))
  }, TRUE)
  if (!any(complete)) {
    return("PostgreSQL is not installed")
  }
  bin <- folders[complete][1L]
  # A path of a socket has at most 107 bytes, and the server does not run as root.
  server <- list(folder = tempfile("ffpg", "/tmp"), bin = bin, as_root = is_root())
  dir.create(server$folder, mode = "0700")
  withr::defer(stop_postgres(server), teardown_env())
  if (server$as_root) system2("chown", c("postgres", server$folder))
  data <- file.path(server$folder, "data")
  options <- sprintf("-k %s -c listen_addresses='' -c fsync=off -c autovacuum=off", server$folder)
  made <- pg(server, "initdb", c("-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
    "--locale=C", "-N"))
  started <- made == 0 && pg(server, "pg_ctl", c("start", "-w", "-D", data, "-o", shQuote(options),
    "-l", file.path(server$folder, "log"))) == 0
  if (started) server else "PostgreSQL does not start"
}

is_root <- function() identical(unname(Sys.info()["effective_user"]), "root")

# Runs a program of PostgreSQL as the user it wants.
pg <- function(server, program, args) {
  command <- paste(c("cd /tmp &&", file.path(server$bin, program), args), collapse = " ")
  if (server$as_root) {
    return(system2("runuser", c("-u", "postgres", "--", "sh", "-c", shQuote(command)),
      stdout = FALSE, stderr = FALSE))
  }
  system2("sh", c("-c", shQuote(command)), stdout = FALSE, stderr = FALSE)
}

stop_postgres <- function(server) {
  pg(server, "pg_ctl", c("stop", "-m", "immediate", "-D", file.path(server$folder, "data")))
  unlink(server$folder, recursive = TRUE)
}

psql <- function(server, statements) {
  file <- withr::local_tempfile()
  writeLines(enc2utf8(statements), file, useBytes = TRUE)
  errors <- withr::local_tempfile()
  withr::local_envvar(PGCLIENTENCODING = "UTF8", PGOPTIONS = "-c client_min_messages=warning")
  printed <- suppressWarnings(system2(file.path(server$bin, "psql"), c(
    "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", server$folder, "-U", "postgres",
    "-f", file, "postgres"
  ), stdout = TRUE, stderr = errors))
  if (!is.null(attr(printed, "status"))) {
    stop("PostgreSQL failed:\n", paste(readLines(errors), collapse = "\n"))
  }
  Encoding(printed) <- "UTF-8"
  printed
}

# ---- Comparisons --------------------------------------------------------------------

# How far `values` are from `expected`, relative to numbers above 1.
distance <- function(values, expected) {
  if (length(values) != length(expected) || any(is.na(values) != is.na(expected))) {
    return(Inf)
  }
  max(0, abs(values - expected) / pmax(1, abs(expected)), na.rm = TRUE)
}

# Expects the rows of `result`, found by their key, to be the predictions. Rows for which predict()
# stops are NULL.
expect_same_predictions <- function(result, case, what) {
  data <- case$data[case$keep, , drop = FALSE]
  types <- if (is.null(case$type)) default_export_types(case$fit) else case$type
  expected <- lapply(types, function(type) {
    suppressWarnings(predict(case$fit, data, type = type, format = "tibble"))
  })
  expected <- do.call(cbind, lapply(expected, as.data.frame, optional = TRUE))
  expect_named(result, c("key", names(expected)), label = what)
  expect_setequal(result$key, case$data$key)
  result <- as.list(result)
  kept <- match(data$key, result$key)
  for (name in names(expected)) {
    label <- sprintf("%s of %s", name, what)
    values <- result[[name]]
    expect_true(all(is.na(values[-kept])), label = label)
    if (is.numeric(expected[[name]])) {
      gap <- distance(as.double(values[kept]), as.vector(expected[[name]]))
      expect_lt(gap, 1e-12, label = label)
    } else if (is.logical(expected[[name]])) {
      expect_equal(as.logical(values[kept]), expected[[name]], label = label)
    } else {
      expect_equal(as.character(values[kept]), as.character(expected[[name]]), label = label)
    }
  }
}

default_export_types <- function(fit) {
  if (fit$outcome$kind == "numbers") "numeric" else c("class", "prob")
}

# Whether an expectation in `code` fails.
fails <- function(code) {
  failed <- FALSE
  withCallingHandlers(code, expectation = function(cnd) {
    failed <<- failed || inherits(cnd, "expectation_failure")
    invokeRestart("continue_test")
  })
  failed
}
