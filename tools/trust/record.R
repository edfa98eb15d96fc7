# Records the figures of a long test in tools/trust/results/NAME.json, with its commit, date and
# machine. tools/trust/figures.R writes FIGURES.md from these files.
#
# R scripts source() this file. Other tests run it, with figures as LABEL=VALUE:
#   Rscript tools/trust/record.R sanitize-address assertions=2303 cases=70 reports=0

# `figures` is a named vector or list, as in c(mutants = 20000, failed = 0). A name reads well after
# its value. `note` is a sentence about the run, if needed.
record_figures <- function(name, figures, note = NULL) {
  folder <- "tools/trust/results"
  dir.create(folder, showWarnings = FALSE)
  result <- c(
    list(
      test = name, commit = current_commit(), date = format(Sys.Date()),
      machine = describe_machine(), figures = as.list(figures)
    ),
    if (!is.null(note)) list(note = note)
  )
  json <- jsonlite::toJSON(result, auto_unbox = TRUE, pretty = TRUE, digits = NA)
  file <- file.path(folder, paste0(name, ".json"))
  writeLines(enc2utf8(as.character(json)), file, useBytes = TRUE)
  cat("Figures are in ", file, ". `make trust-figures` updates the page.\n", sep = "")
}

# Returns the commit that is checked out. It says so if the package has changed since.
current_commit <- function() {
  git <- function(...) suppressWarnings(system2("git", c(...), stdout = TRUE, stderr = FALSE))
  commit <- git("rev-parse", "--short=7", "HEAD")
  if (length(commit) != 1L) {
    return("unknown")
  }
  changes <- git("status", "--porcelain", "--", "DESCRIPTION", "R", "src", "inst", "tests")
  if (length(changes)) paste(commit, "with changes") else commit
}

describe_machine <- function() {
  cpu <- readLines("/proc/cpuinfo")
  name <- sub(".*: *", "", grep("^model name", cpu, value = TRUE)[1L])
  wide <- c("AVX-512" = "avx512f", AVX2 = "avx2", AVX = " avx ", "no AVX" = "")
  vectors <- names(wide)[vapply(wide, function(flag) any(grepl(flag, cpu)), TRUE)][1L]
  compiler <- system2("g++", "-dumpfullversion", stdout = TRUE)
  sprintf(
    "%d cores of %s with %s; R %s, g++ %s, %s", parallel::detectCores(), name, vectors,
    getRversion(), compiler, utils::sessionInfo()$running
  )
}

record_from_command_line <- function(arguments) {
  pairs <- strsplit(arguments[-1L], "=", fixed = TRUE)
  values <- vapply(pairs, `[`, "", 2L)
  figures <- stats::setNames(lapply(values, utils::type.convert, as.is = TRUE),
    vapply(pairs, `[`, "", 1L))
  record_figures(arguments[1L], figures)
}

if (sys.nframe() == 0L) record_from_command_line(commandArgs(trailingOnly = TRUE))
