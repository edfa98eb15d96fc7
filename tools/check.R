# Builds the package and runs R CMD check --as-cran on the tarball, as CRAN would:
# without the data and the settings of this machine. Every error, warning and
# note fails, except the notes below, which concern the machine.

# Packages that need newer packages than the oldest that this package works with.
ecosystem <- strsplit(read.dcf("DESCRIPTION", "Config/Needs/ecosystem"), "[, \n]+")[[1L]]

# All lines of such a note match one of `lines`.
expected_notes <- list(
  list(
    check = "CRAN incoming feasibility",
    lines = c("^Maintainer: ", "^New submission$"),
    reason = "the package is not on CRAN yet"
  ),
  list(
    check = "for future file timestamps",
    lines = "^unable to verify current time$",
    reason = "no time server answered"
  ),
  list(
    check = "package dependencies",
    lines = c(
      "^Packages? suggested but not available for checking:",
      sprintf("^(.(%s).,? *)+$", paste(ecosystem, collapse = "|"))
    ),
    reason = "optional packages that need newer packages than the oldest"
  ),
  list(
    check = "HTML version of manual",
    lines = "^Skipping checking (HTML validation|math rendering): ",
    reason = "HTML Tidy or V8, which this check needs, is not installed"
  ),
  list(
    check = "top-level files", status = "WARNING",
    lines = c(
      "^A complete check needs the .checkbashisms. script[.]$",
      "^See section .Configure and cleanup", "^manual[.]$"
    ),
    reason = "the Debian package devscripts, whose checkbashisms reads configure, is not installed"
  )
)

main <- function() {
  prepare()
  finished <- run_check(build_package("build/check"))
  expected <- report(find_problems("feedforward.Rcheck/00check.log"))
  quit(status = as.integer(!finished || !expected))
}

prepare <- function() {
  Sys.unsetenv(c("FEEDFORWARD_MNIST", "FEEDFORWARD_SCRIPT", "NOT_CRAN"))
  Sys.setenv(
    # Optional packages are optional.
    "_R_CHECK_FORCE_SUGGESTS_" = "false",
    # Flags that Debian's R was built with, and so compiles every package with.
    "_R_CHECK_COMPILATION_FLAGS_KNOWN_" = "-Wformat -Werror=format-security -Wdate-time",
    R_MAKEVARS_USER = makevars_without_symbols(),
    MAKEFLAGS = "-j2"
  )
  if (!all(ecosystem %in% rownames(utils::installed.packages()))) {
    Sys.setenv(R_CRAN_WEB = paste0("file://", without_orphans()))
  }
}

# Where a suggested package is missing, the check asks CRAN's web page whether it has a maintainer,
# and ends if it cannot. Returns a folder that answers instead: no package lacks one.
without_orphans <- function() {
  folder <- file.path(tempdir(), "cran")
  dir.create(file.path(folder, "web", "packages"), recursive = TRUE)
  none <- data.frame(Package = character(), Maintainer = character())
  saveRDS(none, file.path(folder, "web", "packages", "packages.rds"))
  folder
}

# Debugging symbols are many times as large as the code: without them the check of
# the installed size measures the package.
makevars_without_symbols <- function() {
  file <- tempfile("Makevars")
  writeLines("CXX17FLAGS += -g0", file)
  file
}

# Builds in an empty folder and goes there; the name of the tarball.
build_package <- function(folder) {
  sources <- getwd()
  unlink(folder, recursive = TRUE)
  dir.create(folder, recursive = TRUE)
  setwd(folder)
  if (r_cmd("build", shQuote(sources)) != 0L) {
    stop("R CMD build failed", call. = FALSE)
  }
  Sys.glob("feedforward_*.tar.gz")
}

# FALSE where the check ended with an error.
run_check <- function(tarball, options = "--as-cran") {
  if (!nzchar(Sys.which("pdflatex"))) {
    message("LaTeX is not installed: the PDF manual is not checked")
    options <- c(options, "--no-manual")
  }
  r_cmd("check", options, tarball) == 0L
}

r_cmd <- function(...) {
  system2(file.path(R.home("bin"), "R"), c("CMD", ...))
}

find_problems <- function(log) {
  details <- as.data.frame(tools::check_packages_in_dir_details(logs = log, drop_ok = FALSE))
  details[details$Status %in% c("ERROR", "WARNING", "NOTE"), ]
}

# TRUE where nothing but expected notes was found.
report <- function(problems, expected = expected_notes) {
  rows <- seq_len(nrow(problems))
  reasons <- vapply(rows, function(i) excuse(problems[i, ], expected), character(1L))
  fine <- nzchar(reasons)
  labels <- ifelse(fine, sprintf("expected, %s", reasons), "not expected")
  cat(sprintf("%s in \"%s\": %s\n", problems$Status, problems$Check, labels), sep = "")
  cat("Unexpected problems in R CMD check:", sum(!fine), "\n")
  all(fine)
}

# Returns why this problem is expected, or "".
excuse <- function(problem, expected) {
  lines <- strsplit(problem$Output, "\n", fixed = TRUE)[[1L]]
  lines <- trimws(lines[nzchar(trimws(lines))])
  for (note in expected) {
    known <- grepl(paste(note$lines, collapse = "|"), lines)
    status <- if (is.null(note$status)) "NOTE" else note$status
    if (problem$Status == status && problem$Check == note$check && all(known)) {
      return(note$reason)
    }
  }
  ""
}

# tools/trust/check-variants.R takes the functions alone.
if (sys.nframe() == 0L) main()
