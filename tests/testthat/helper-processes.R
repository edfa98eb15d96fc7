# Other processes: R, and servers that misbehave.

# Starts R code in a process of its own, not a child of this one: gives its number.
start_fresh_r <- function(code, env = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".R", lines = code, .local_envir = env)
  libraries <- paste(.libPaths(), collapse = ":")
  command <- sprintf(
    "R_TESTS= R_LIBS=%s %s --vanilla %s >/dev/null 2>&1 & echo $!", shQuote(libraries),
    shQuote(file.path(R.home("bin"), "Rscript")), shQuote(file)
  )
  as.integer(system(command, intern = TRUE))
}

# Runs R code in a process whose files may have at most 64 blocks (32 KB): its last lines. Writing
# more gives an error there, as on a full disk, not a signal. Under tools/trust/coverage.R, its counts
# would be cut off, too, and spoil those of others: they go elsewhere.
run_with_small_files <- function(code, env = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".R", lines = code, .local_envir = env)
  libraries <- paste(.libPaths(), collapse = ":")
  command <- sprintf(
    "trap '' XFSZ; ulimit -f 64; R_TESTS= R_LIBS=%s %s --vanilla %s 2>/dev/null",
    shQuote(libraries), shQuote(file.path(R.home("bin"), "Rscript")), shQuote(file)
  )
  withr::local_envvar(GCOV_PREFIX = tempdir(), COVERAGE_DIR = tempdir())
  suppressWarnings(system2("sh", c("-c", shQuote(command)), stdout = TRUE))
}

# A server on this computer, in a process of its own: calls answer(con) for each connection, then
# hangs up. Gives its address. Forks would not do: webfakes takes the place of what R does when one
# ends.
local_raw_server <- function(answer, env = parent.frame()) {
  skip_on_os("windows")
  skip_on_cran() # processes take time to start
  folder <- withr::local_tempdir(.local_envir = env)
  # What testthat adds to the namespace of the package is not found there.
  given <- list(answer = answer, read_request = read_request, response = response)
  saveRDS(given, file.path(folder, "given.rds"))
  server <- start_fresh_r(env = env, c(
    sprintf("setwd(%s)", deparse(folder)),
    "list2env(readRDS(\"given.rds\"), globalenv())",
    "port <- 0L",
    "while (port == 0L) {",
    "  port <- sample(20000:50000, 1L)",
    "  socket <- tryCatch(serverSocket(port), error = function(cnd) port <<- 0L)",
    "}",
    "writeLines(as.character(port), \"writing\")",
    "file.rename(\"writing\", \"port\")",
    "repeat {",
    "  con <- socketAccept(socket, blocking = TRUE, open = \"r+b\", timeout = 60)",
    "  answer(con)",
    "  close(con)",
    "}"
  ))
  withr::defer(tools::pskill(server, tools::SIGKILL), envir = env)
  wait_for(file.path(folder, "port"))
  sprintf("http://127.0.0.1:%s/data", readLines(file.path(folder, "port")))
}

wait_for <- function(files, seconds = 60) {
  deadline <- Sys.time() + seconds
  while (!all(file.exists(files)) && Sys.time() < deadline) Sys.sleep(0.01)
}

read_request <- function(con) while (length(line <- readLines(con, 1L)) && nzchar(line)) NULL

response <- function(..., status = "200 OK") {
  lines <- c(paste("HTTP/1.1", status), ..., "Connection: close", "", "")
  charToRaw(paste(lines, collapse = "\r\n"))
}

# Where the package was compiled under sanitizers (tools/trust/sanitize-r.sh).
skip_when_sanitized <- function() {
  skip_if(nzchar(Sys.getenv("ASAN_OPTIONS")), "the package is sanitized")
}
