# A reader can copy the code of a vignette line by line: the visible chunks need nothing of the
# hidden ones.

# Returns the R code of the chunks that a reader sees, of those that are run.
visible_code <- function(file) {
  lines <- readLines(file, encoding = "UTF-8")
  starts <- grep("^```\\{r", lines)
  ends <- vapply(starts, function(start) start + match("```", lines[-seq_len(start)]), 1)
  hidden <- grepl("(include|echo) *= *FALSE", lines[starts])
  rows <- unlist(Map(seq, starts[hidden], ends[hidden]))
  source <- withr::local_tempfile(fileext = ".Rmd", lines = lines[setdiff(seq_along(lines), rows)])
  code <- withr::local_tempfile(fileext = ".R")
  knitr::purl(source, code, documentation = 0L, quiet = TRUE)
  readLines(code, encoding = "UTF-8")
}

packages_of <- function(code) {
  calls <- regmatches(code, regexpr("(?<=^library\\()[A-Za-z0-9.]+", code, perl = TRUE))
  prefixes <- unlist(regmatches(code, gregexpr("[A-Za-z0-9.]+(?=::)", code, perl = TRUE)))
  unique(c(calls, prefixes))
}

vignette_files <- function() {
  list.files(test_path("..", "..", "vignettes"), "[.]Rmd$", full.names = TRUE)
}

test_that("the vignettes are found where the sources are", {
  skip_if_not(dir.exists(test_path("..", "..", "vignettes")), "the sources are not here")
  expected <- c(
    "choosing", "deploy", "feedforward", "large-data", "migration", "mnist", "tidymodels"
  )
  expect_identical(basename(vignette_files()), paste0(expected, ".Rmd"))
})

for (file in vignette_files()) {
  test_that(paste("the visible code of", basename(file), "runs in a new session"), {
    skip_on_cran()
    skip_if_not_installed("knitr")
    code <- visible_code(file)
    expect_gt(length(code), 10L)
    skip_without(packages_of(code))
    output <- run_in_fresh_r(c("options(feedforward.threads = 1)", code))
    expect_null(attr(output, "status"), info = paste(utils::tail(output, 10L), collapse = "\n"))
  })
}

test_that("hidden chunks are left out, and failures are seen", {
  skip_if_not_installed("knitr")
  file <- withr::local_tempfile(fileext = ".Rmd", lines = c(
    "```{r, include = FALSE}", "a <- 1", "```", "text", "```{r}", "library(stats)", "a + 1", "```"
  ))
  code <- visible_code(file)
  expect_identical(code[nzchar(code)], c("library(stats)", "a + 1"))
  expect_identical(packages_of(c("library(stats)", "utils::head(x)")), c("stats", "utils"))
  expect_identical(attr(run_in_fresh_r(code), "status"), 1L)
})
