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

# Runs R code in a process whose files can have at most 64 blocks (32 KB) and returns its output.
# Writing more gives an error, as on a full disk. The counts of tools/trust/coverage.R would be cut
# off, too, so they go to another folder.
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
  # The other process does not find the functions of the helpers.
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
    "  con <- socketAccept(socket, blocking = TRUE, open = \"r+b\", timeout = 600)",
    "  answer(con)",
    "  close(con)",
    "}"
  ))
  withr::defer(tools::pskill(server, tools::SIGKILL), envir = env)
  wait_for(file.path(folder, "port"))
  sprintf("http://127.0.0.1:%s/data", readLines(file.path(folder, "port")))
}

# A server of webfakes. It gives R three seconds to start, too few on a busy machine: then once
# more.
local_app <- function(app, ..., env = parent.frame()) {
  withr::local_envvar(R_WEBFAKES_PROCESS_TIMEOUT = "600000")
  server <- webfakes::local_app_process(app, ..., .local_envir = env)
  wait_until(function() {
    utils::capture.output(try(server$start(), silent = TRUE))
    server$get_state() == "live"
  })
  server
}

# Waits until `is_there()`, and says whether that came true. The limit is only for what never comes:
# on a busy machine, everything may take long.
wait_until <- function(is_there, seconds = 300) {
  deadline <- Sys.time() + seconds
  while (!(there <- isTRUE(is_there())) && Sys.time() < deadline) Sys.sleep(0.01)
  there
}

wait_for <- function(files) wait_until(function() all(file.exists(files)))

# A thread that was ended may still be listed for a moment, on a busy machine for a long one. So
# threads are counted before the first training, and afterwards one waits until there are no more.
# cli starts a thread of its own when it is loaded.
count_threads <- function() {
  loadNamespace("cli")
  length(list.files("/proc/self/task"))
}
threads_are_back <- function(before) wait_until(function() count_threads() <= before)

# Interrupts this process as soon as training has written to the file. On a busy machine, a signal
# at a given time would be too early.
interrupt_once_there <- function(file) {
  wait <- "while [ ! -s %s ]; do sleep 0.1; done; kill -INT %d"
  wait <- sprintf(wait, shQuote(file), Sys.getpid())
  system2("sh", c("-c", shQuote(wait)), wait = FALSE)
}

# Lines of R code that define these functions in another process.
lines_defining <- function(..., env = parent.frame()) {
  unlist(lapply(c(...), function(name) {
    lines <- deparse(get(name, env))
    c(paste(name, "<-", lines[1L]), lines[-1L])
  }))
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
