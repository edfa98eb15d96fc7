# Runs the tests against the installed package. The last line is always
# "N passed, N failed, N skipped"; the exit status is not 0 if any failed.

# What takes time and does not depend on the kernels, or tries all of them, is not tested again with
# those that FEEDFORWARD_ISA names.
without_kernels <- paste0(
  "mutants|hostile|download|golden|interrupts|sizes|datasets|mnist-cache|read-|plain-json|",
  "safetensors|nothing-is-run|plot"
)

main <- function() {
  Sys.setenv(NOT_CRAN = "true")
  results <- testthat::test_dir(
    "tests/testthat",
    package = "feedforward", load_package = "installed",
    reporter = "summary", stop_on_failure = FALSE,
    filter = if (nzchar(Sys.getenv("FEEDFORWARD_ISA"))) without_kernels, invert = TRUE
  )
  skips <- skip_reasons(results)
  unexcused <- is_unexcused(skips)
  for (reason in unique(skips[unexcused])) {
    cat("Skipped although MNIST is at hand:", reason, "\n")
  }
  counts <- as.data.frame(results)
  failed <- sum(counts$failed, counts$error, unexcused)
  cat(sprintf(
    "%d passed, %d failed, %d skipped\n",
    sum(counts$passed), failed, length(skips) - sum(unexcused)
  ))
  quit(status = as.integer(failed > 0L))
}

skip_reasons <- function(results) {
  expectations <- unlist(lapply(results, `[[`, "results"), recursive = FALSE)
  skips <- Filter(function(e) inherits(e, "expectation_skip"), expectations)
  vapply(skips, conditionMessage, character(1L))
}

# Where the data are, no test may be skipped for want of them.
is_unexcused <- function(skips) {
  nzchar(Sys.getenv("FEEDFORWARD_MNIST")) & grepl("MNIST", skips, ignore.case = TRUE)
}

main()
