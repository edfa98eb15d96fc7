# R CMD check of one tarball under the conditions of other machines:
#   plain      as `make check`, and with limits on processor time per second of the clock
#   c-locale   LC_ALL=C, and OMP_THREAD_LIMIT=1
#   declared   nothing can be loaded but the hard dependencies, the packages that build the
#              vignettes, and for the tests testthat; not even R's recommended packages
#   alone      no packages but the hard dependencies and R's own library, with its recommended
#              packages (Matrix among them). The examples are run; the tests and vignettes are not,
#              since testthat and knitr are missing. Not --as-cran, which asks CRAN about
#              packages that are missing
# Prints the slow examples, how long each check took, and every line of it that is not OK; the
# exit status is not 0 where one of them is not expected.

source("tools/trust/record.R")
check <- new.env()
sys.source("tools/check.R", check)

# Seconds that CRAN gives an example, and a whole check.
longest_example <- 5
longest_check <- 600

# Filled while the variants run.
seconds_of <- numeric()

# By CRAN's rule: with two threads, no second of the clock may use more of the processor.
most_cpu_per_second <- c(
  "_R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_" = "2.5",
  "_R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_" = "2.5",
  "_R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_" = "2.5"
)

# As the notes in tools/check.R, each expected only in the variants that name it.
known_notes <- list(
  installed_before = list(
    check = "compiled code",
    lines = "^Note: information on .o files is not available$",
    reason = "the first check compiled the package"
  ),
  no_locale = list(
    check = "R files for syntax errors",
    status = "WARNING",
    lines = c(
      "^Warning in Sys.setlocale\\(.*en_US.UTF-8",
      "^OS reports request to set locale to .en_US.UTF-8"
    ),
    reason = "the machine has no locale en_US.UTF-8"
  ),
  nothing_suggested = list(
    check = "package dependencies",
    lines = c(
      "^Packages suggested but not available for checking:$",
      "^'[A-Za-z.]+'(, '[A-Za-z.]+')*$"
    ),
    reason = "they are missing on purpose"
  )
)

main <- function() {
  sources <- getwd()
  check$prepare()
  cores <- parallel::detectCores()
  if (cores < 3L) {
    cat("No ratio of processor time can be above 2.5 with", cores, "cores: take a larger machine\n")
  }
  tarball <- normalizePath(check$build_package("build/check-variants"))
  fine <- c(
    variant("plain", tarball, most_cpu_per_second, "--as-cran"),
    report_examples("plain/feedforward.Rcheck")
  )
  reused <- reuse("plain/feedforward.Rcheck")
  installed <- c("--as-cran", reused)
  dependencies <- library_of_dependencies("plain/feedforward.Rcheck")
  fine <- c(
    fine,
    variant(
      "c-locale", tarball, c(LC_ALL = "C", OMP_THREAD_LIMIT = "1"), installed,
      c("installed_before", "no_locale")
    ),
    variant("declared", tarball, c(
      "_R_CHECK_DEPENDS_ONLY_" = "true", "_R_CHECK_NO_RECOMMENDED_" = "true"
    ), installed, "installed_before"),
    variant("alone", tarball, c(
      "_R_CHECK_FORCE_SUGGESTS_" = "false", R_LIBS = dependencies,
      R_LIBS_SITE = "none", R_LIBS_USER = "none", R_ENVIRON = "none"
    ), c(reused, "--ignore-vignettes"), c("installed_before", "nothing_suggested"))
  )
  setwd(sources)
  record_figures("check-variants", c(
    stats::setNames(seconds_of, paste("s for", names(seconds_of))), "variants failed" = sum(!fine)
  ))
  quit(status = as.integer(!all(fine)))
}

# Checks in a folder of this name. TRUE where nothing was found but what tools/check.R expects and
# the known notes of these names.
variant <- function(name, tarball, settings, options, notes = character()) {
  cat("\n== ", name, "\n", sep = "")
  dir.create(name)
  before <- setwd(name)
  on.exit(setwd(before))
  seconds <- system.time(
    finished <- with_environment(settings, check$run_check(tarball, options))
  )[["elapsed"]]
  seconds_of[[name]] <<- round(seconds)
  problems <- check$find_problems("feedforward.Rcheck/00check.log")
  expected <- check$report(problems, c(check$expected_notes, known_notes[notes]))
  cat(sprintf("== %s: %.0f s (at most %d)\n", name, seconds, longest_check))
  expected && finished && seconds <= longest_check
}

with_environment <- function(settings, code) {
  before <- Sys.getenv(names(settings), unset = NA, names = TRUE)
  on.exit({
    new <- is.na(before)
    Sys.unsetenv(names(before)[new])
    if (!all(new)) do.call(Sys.setenv, as.list(before[!new]))
  })
  do.call(Sys.setenv, as.list(settings))
  code
}

# Options by which a check takes the package as another one installed it.
reuse <- function(folder) {
  folder <- normalizePath(folder)
  c(
    shQuote(paste0("--install=check:", file.path(folder, "00install.out"))),
    shQuote(paste0("--library=", folder))
  )
}

# A folder with links to what the package checked cannot do without. R's own packages are always
# there.
library_of_dependencies <- function(check) {
  description <- file.path(check, "feedforward", "DESCRIPTION")
  needs <- read.dcf(description, fields = c("Imports", "LinkingTo"))
  needs <- unlist(strsplit(needs, "[,[:space:]]+"))
  packages <- utils::installed.packages()
  needs <- c(needs, unlist(tools::package_dependencies(needs, packages, recursive = TRUE)))
  own <- rownames(packages)[packages[, "Priority"] %in% "base"]
  folder <- "dependencies"
  dir.create(folder)
  found <- find.package(setdiff(needs, own))
  file.symlink(found, file.path(folder, basename(found)))
  normalizePath(folder)
}

# TRUE where all examples are quick enough.
report_examples <- function(folder) {
  examples <- utils::read.delim(file.path(folder, "feedforward-Ex.timings"))
  slow <- examples[examples$elapsed > 1, ]
  cat(sprintf("example %s: %.1f s\n", slow$name, slow$elapsed), sep = "")
  cat(sprintf("%d examples, %.1f s\n", nrow(examples), sum(examples$elapsed)))
  # What R CMD check timed, as "[processor/clock]".
  log <- readLines(file.path(folder, "00check.log"))
  cat(grep("\\[[0-9]+[sm]", log, value = TRUE), sep = "\n")
  all(examples$elapsed <= longest_example)
}

main()
