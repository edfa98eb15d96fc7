# testthat is only suggested: without it there is nothing to run, which is said.
if (requireNamespace("testthat", quietly = TRUE)) {
  library(testthat)
  library(feedforward)
  test_check("feedforward")
} else {
  message("The tests were not run: the package testthat is not installed.")
}
