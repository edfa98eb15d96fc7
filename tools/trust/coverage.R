# Counts the lines that the tests run: lines of R by covr, lines of the C++ core by gcov, from
# the R tests (on the processor's best vector instructions and on the narrowest) and from the
# core's own tests together. Names every line that none of them ran; the exit status is not 0
# where fewer than 95% of the lines of either language were run, or a test failed.
#
# Left out: the generated glue (RcppExports), templates that nothing instantiates (gcov
# does not see them) and what a forked process ran (it ends without writing its counts).

source("tools/trust/record.R")

least_percent <- 95

# Optimized a little: the kernels, all templates, would take minutes without.
flags <- "-g -O1 --coverage"

# The tests in which the instructions matter.
engine_tests <- "fit|inputs|predict|script|statistics|threads|train"

main <- function() {
  if (!requireNamespace("covr", quietly = TRUE)) {
    stop("the package covr is not installed: install.packages(\"covr\")", call. = FALSE)
  }
  Sys.unsetenv(c("FEEDFORWARD_MNIST", "FEEDFORWARD_SCRIPT", "FEEDFORWARD_ISA"))
  Sys.setenv(MAKEFLAGS = "-j2", NOT_CRAN = "true")
  sources <- copy_sources(file.path(tempfile("coverage"), "feedforward"))
  r <- cover_r_tests(sources)
  run_core_tests(sources)
  percent <- c(R = report("R", r$lines, sources), C = report("C++", read_gcov(sources), sources))
  record_figures("coverage", c(
    "% of the lines of R" = percent[["R"]], "% of the lines of C++" = percent[["C"]],
    "failed tests" = r$failed
  ))
  quit(status = as.integer(r$failed > 0L || any(percent < least_percent)))
}

copy_sources <- function(folder) {
  dir.create(folder, recursive = TRUE)
  parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "configure", "R", "src", "inst", "man", "tests")
  if (!all(file.copy(parts, folder, recursive = TRUE))) {
    stop("could not copy the sources", call. = FALSE)
  }
  made <- list.files(folder, "[.](o|so|dll)$", recursive = TRUE, full.names = TRUE)
  unlink(c(made, Sys.glob(file.path(folder, "tests/cpp/build*"))), recursive = TRUE)
  normalizePath(folder)
}

# Leaves gcov's counts beside the objects in src/. list(lines = a data frame of file, line and
# count, failed = the number of failed tests).
cover_r_tests <- function(sources) {
  failures <- file.path(dirname(sources), "failures")
  file.create(failures)
  options(covr.flags = c(CXX17FLAGS = flags, LDFLAGS = "--coverage"))
  coverage <- covr::package_coverage(
    sources,
    type = "none", clean = FALSE, quiet = FALSE,
    code = c(
      test_code(sources, "", NULL, failures), test_code(sources, "baseline", engine_tests, failures)
    )
  )
  failed <- readLines(failures)
  cat(sprintf("failed: %s\n", failed), sep = "")
  lines <- covr::tally_coverage(coverage, by = "line")
  lines <- lines[grepl("^R/", lines$filename) & basename(lines$filename) != "RcppExports.R", ]
  lines <- data.frame(file = lines$filename, line = lines$line, count = lines$value)
  list(lines = lines, failed = length(failed))
}

# R code that runs tests on the instructions named and notes those that fail.
test_code <- function(sources, instructions, filter, failures) {
  deparse(bquote({
    Sys.setenv(FEEDFORWARD_ISA = .(instructions))
    results <- as.data.frame(testthat::test_dir(
      .(file.path(sources, "tests", "testthat")),
      package = "feedforward", load_package = "installed", filter = .(filter),
      reporter = "summary", stop_on_failure = FALSE
    ))
    failed <- results[results$failed > 0L | results$error, ]
    cat(sprintf("%s: %s\n", failed$file, failed$test),
      file = .(failures), sep = "", append = TRUE
    )
  }))
}

run_core_tests <- function(sources) {
  status <- system2("make", c(
    "-C", shQuote(file.path(sources, "tests", "cpp")), "BUILD=build-coverage",
    shQuote(paste0("CXXFLAGS=", flags))
  ))
  if (status != 0L) {
    stop("the tests of the core failed", call. = FALSE)
  }
}

# One row per line of C++ that has code: run at least once in any instance of its template, in
# any object.
read_gcov <- function(sources) {
  counts <- list.files(sources, "[.]gcda$", recursive = TRUE, full.names = TRUE)
  lines <- do.call(rbind, lapply(counts, read_counts, sources = sources))
  lines <- lines[!grepl("RcppExports|^tests/", lines$file), ]
  stats::aggregate(count ~ file + line, lines, max)
}

# --relative-only leaves out Armadillo and the standard library.
read_counts <- function(file, sources) {
  json <- system2("gcov", c(
    "--json-format", "--stdout", "--relative-only", "-o", shQuote(dirname(file)), shQuote(file)
  ), stdout = TRUE)
  unit <- jsonlite::fromJSON(json, simplifyVector = FALSE)
  folder <- unit$current_working_directory
  do.call(rbind, lapply(unit$files, function(source) {
    path <- normalizePath(file.path(folder, source$file))
    data.frame(
      file = rep(sub(paste0(sources, "/"), "", path, fixed = TRUE), length(source$lines)),
      line = vapply(source$lines, function(line) as.integer(line$line_number), 0L),
      count = vapply(source$lines, function(line) as.numeric(line$count), 0)
    )
  }))
}

# Prints the lines that no test runs. Returns the percentage of the others.
report <- function(language, lines, sources) {
  missed <- lines[lines$count == 0, ]
  missed <- missed[order(missed$file, missed$line), ]
  percent <- 100 * (1 - nrow(missed) / nrow(lines))
  for (file in unique(missed$file)) {
    numbers <- missed$line[missed$file == file]
    text <- trimws(readLines(file.path(sources, file))[numbers])
    cat(sprintf("%s:%d: %s\n", file, numbers, text), sep = "")
  }
  cat(sprintf("%s: %.2f%% of %d lines\n", language, percent, nrow(lines)))
  percent
}

if (sys.nframe() == 0L) main()
