# How the table comes about, and how to renew it: harness/golden.R.

use_harness("golden")

golden <- function() utils::read.csv(test_path("golden.csv"), colClasses = "character")

expect_golden <- function(threads) {
  table <- golden()
  for (k in seq_len(nrow(table))) {
    case <- golden_cases(as.integer(table$seed[k]))[[table$case[k]]]
    hash <- golden_hash(golden_numbers(case, threads), case$digits)
    expect_identical(hash, table$sha256[k], info = paste(table$case[k], threads, "threads"))
  }
}

test_that("training results never change on any kind of kernels", {
  skip_if_not_installed("Matrix")
  skip_on_cran() # other systems may compute the last digits of log() in other ways
  expect_setequal(golden()$case, names(golden_cases(1)))
  for (kernels in available_kernels()) {
    withr::local_envvar(FEEDFORWARD_ISA = kernels)
    expect_golden(threads = 1)
  }
})

test_that("training results never change on any number of threads", {
  skip_if_not_installed("Matrix")
  skip_on_cran()
  for (kernels in available_kernels()) {
    withr::local_envvar(FEEDFORWARD_ISA = kernels)
    for (threads in 2:3) expect_golden(threads)
  }
})

# Only L-BFGS, which is R's own, calls a BLAS; Debian keeps each kind in a folder of its name.
test_that("training results never change, whatever BLAS R uses", {
  skip_if_not_installed("Matrix")
  skip_on_cran()
  skip_when_sanitized() # other libraries are loaded first then
  libraries <- Sys.glob(file.path("/usr/lib/*", c("blas", "openblas*", "blis*"), "libblas.so.3"))
  skip_if(length(libraries) == 0L, "no other BLAS is known")
  code <- c(
    "library(feedforward)",
    "functions <- new.env(parent = asNamespace(\"feedforward\"))",
    sprintf("sys.source(%s, functions)", deparse(normalizePath(test_path("harness", "golden.R")))),
    sprintf("table <- read.csv(%s)", deparse(normalizePath(test_path("golden.csv")))),
    "seed <- table$seed[table$case == \"linear_lbfgs\"]",
    "case <- functions$golden_cases(seed)$linear_lbfgs",
    "cat(extSoftVersion()[[\"BLAS\"]], \"\\n\")",
    "cat(functions$golden_hash(functions$golden_numbers(case, 1), case$digits))"
  )
  for (library in libraries) {
    output <- run_in_fresh_r(code, env = c(LD_PRELOAD = library))
    expect_match(output[1L], basename(dirname(library)), fixed = TRUE)
    expect_identical(output[2L], golden()$sha256[golden()$case == "linear_lbfgs"])
  }
})
