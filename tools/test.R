# Runs the tests against the installed package. The last line is always
# "N passed, N failed, N skipped"; the exit status is not 0 if any failed.

# Slow tests that do not depend on the kernels, or try all of them. They are skipped if
# FEEDFORWARD_ISA names kernels.
without_kernels <- paste0(
  "mutants|hostile|golden|interrupts|sizes|mnist|file-|nothing-is-run|plot|export|tidymodels|",
  "vignettes|deploy|explain|formula|tables-check|mistakes|print|rare|cv-|checkpoint|digits|",
  "arguments|options|outcome-check|confusion|registry|boundary"
)

# Slow tests that do not depend on the versions of other packages. They are skipped if
# FEEDFORWARD_TESTS is "packages".
without_packages <- paste0(
  "mutants|hostile|golden|interrupts|sizes|mnist|file-(idx|npz|safetensors)|statistics|acceptance|",
  "export-(parts|protobuf|sql|onnx|json)|digits|script|memory|optimizers|",
  "plot-(confusion|cv|network)|fit-(checkpoint|watch)"
)

# R draws there if a test opens no device.
stray_plots <- "tests/testthat/Rplots.pdf"

main <- function() {
  Sys.setenv(NOT_CRAN = "true")
  unlink(stray_plots)
  outcomes <- test_files(test_names())
  passed <- sum(vapply(outcomes, `[[`, 0, "passed"))
  failed <- sum(vapply(outcomes, `[[`, 0, "failed"))
  skips <- as.character(unlist(lapply(outcomes, `[[`, "skips")))
  for (reason in unique(skips)) cat(sprintf("%d skipped: %s\n", sum(skips == reason), reason))
  unexcused <- is_unexcused(skips)
  if (any(unexcused)) cat("MNIST is available, so no test may be skipped for lack of it.\n")
  plotted <- file.exists(stray_plots)
  if (plotted) cat("A test draws without a device of its own, and left", stray_plots, "\n")
  failed <- failed + sum(unexcused) + plotted
  cat(sprintf("%d passed, %d failed, %d skipped\n", passed, failed, sum(!unexcused)))
  quit(status = as.integer(failed > 0L))
}

test_names <- function() {
  names <- sub("^test-(.*)[.]R$", "\\1", list.files("tests/testthat", "^test-.*[.]R$"))
  skipped <- c(
    if (nzchar(Sys.getenv("FEEDFORWARD_ISA"))) without_kernels,
    if (identical(Sys.getenv("FEEDFORWARD_TESTS"), "packages")) without_packages
  )
  for (pattern in skipped) names <- grep(pattern, names, value = TRUE, invert = TRUE)
  names
}

# Two processes take one file after the other. Where one of them dies, nothing is known of the rest,
# and that counts as a failure.
test_files <- function(names) {
  workers <- parallel::makePSOCKcluster(2L, outfile = "")
  on.exit(parallel::stopCluster(workers))
  parallel::clusterExport(workers, c("skip_reasons", "test_one_file"), environment())
  tryCatch(
    parallel::clusterApplyLB(workers, names, test_one_file),
    error = function(cnd) {
      cat("The tests broke off:", conditionMessage(cnd), "\n")
      list(list(passed = 0, failed = 1, skips = character()))
    }
  )
}

# Printed at once, so that the lines of two files do not mix.
test_one_file <- function(name) {
  printed <- utils::capture.output(results <- testthat::test_dir(
    "tests/testthat",
    package = "feedforward", load_package = "installed", filter = paste0("^", name, "$"),
    reporter = testthat::SummaryReporter$new(show_praise = FALSE), stop_on_failure = FALSE
  ))
  cat(printed, sep = "\n")
  counts <- as.data.frame(results)
  list(
    passed = sum(counts$passed), failed = sum(counts$failed, counts$error),
    skips = skip_reasons(results)
  )
}

skip_reasons <- function(results) {
  expectations <- unlist(lapply(results, `[[`, "results"), recursive = FALSE)
  skips <- Filter(function(e) inherits(e, "expectation_skip"), expectations)
  vapply(skips, conditionMessage, character(1L))
}

# If the data are available, no test may be skipped for lack of them.
is_unexcused <- function(skips) {
  nzchar(Sys.getenv("FEEDFORWARD_MNIST")) & grepl("MNIST", skips, ignore.case = TRUE)
}

main()
