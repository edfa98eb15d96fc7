# Installs R packages that DESCRIPTION names, where they are missing or too old. Takes the names of
# its fields, and of single packages:
#   Rscript tools/install-deps.R Imports LinkingTo testthat
# "ecosystem" stands for the suggested packages that DESCRIPTION lists in Config/Needs/ecosystem,
# and "Suggests" for all others: those of the ecosystem need newer packages than the oldest that
# this package works with.
# With --newest, also installs packages that are older than on CRAN. With --stand-in, GauPro is
# replaced by an empty package: tune wants it installed, it takes 20 minutes to compile, and only
# tune_bayes() uses it. This is for the libraries of tests, never for your own.

main <- function(wanted) {
  needs <- read_needs(setdiff(wanted, c("--newest", "--stand-in")))
  if ("--newest" %in% wanted) needs$version <- newest_versions(needs)
  missing <- unmet(needs)
  if (length(missing) == 0L) {
    return(invisible())
  }
  target <- writable_library()
  message("Installing ", toString(missing), " into ", target)
  choose_repository()
  prepare_fs(missing)
  if ("--stand-in" %in% wanted && "tune" %in% missing) install_stand_in("GauPro", target)
  install.packages(missing, lib = target, Ncpus = parallel_packages())
  report_unmet(needs)
}

# One row per package: its name, the least version wanted ("0" where any will do), and whether the
# package can do without. What comes with R is left out.
read_needs <- function(wanted) {
  fields <- c("Imports", "LinkingTo", "Suggests")
  needs <- do.call(rbind, lapply(fields, read_field))
  needs$field[needs$package %in% read_field("Config/Needs/ecosystem")$package] <- "ecosystem"
  unknown <- setdiff(wanted, c(fields, "ecosystem", needs$package))
  if (length(unknown) > 0L) {
    stop("DESCRIPTION does not name ", toString(unknown), call. = FALSE)
  }
  needs <- needs[needs$field %in% wanted | needs$package %in% wanted, ]
  with_r <- rownames(utils::installed.packages(.Library, priority = "base"))
  unique(needs[!needs$package %in% with_r, c("package", "version", "optional")])
}

read_field <- function(field) {
  entries <- trimws(strsplit(read.dcf("DESCRIPTION", field), ",")[[1L]])
  least <- grepl(">=", entries, fixed = TRUE)
  data.frame(
    package = sub("[[:space:]]*\\(.*", "", entries),
    version = ifelse(least, sub(".*>= *([0-9.-]+).*", "\\1", entries), "0"),
    optional = !field %in% c("Imports", "LinkingTo"), field = field
  )
}

# Raises an error if CRAN cannot be reached, because the newest versions are unknown then.
newest_versions <- function(needs) {
  choose_repository()
  available <- utils::available.packages()
  unknown <- setdiff(needs$package, rownames(available))
  if (length(unknown) > 0L) {
    stop("CRAN does not answer, or does not have ", toString(unknown), call. = FALSE)
  }
  unname(available[needs$package, "Version"])
}

# The names of packages that are missing or too old.
unmet <- function(needs) {
  met <- mapply(function(package, version) {
    nzchar(system.file(package = package)) && utils::packageVersion(package) >= version
  }, needs$package, needs$version)
  unique(needs$package[!met])
}

report_unmet <- function(needs) {
  required <- unmet(needs[!needs$optional, ])
  if (length(required) > 0L) {
    stop("could not install ", toString(required), call. = FALSE)
  }
  optional <- unmet(needs[needs$optional, ])
  if (length(optional) > 0L) {
    message("Could not install ", toString(optional), "; tests that need them can't run")
  }
}

writable_library <- function() {
  writable <- .libPaths()[file.access(.libPaths(), mode = 2L) == 0L]
  if (length(writable) > 0L) {
    return(writable[1L])
  }
  own <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1L]][1L])
  dir.create(own, recursive = TRUE, showWarnings = FALSE)
  .libPaths(c(own, .libPaths()))
  own
}

# Without a repository, R would ask for one. A script cannot answer.
choose_repository <- function() {
  if ("@CRAN@" %in% getOption("repos")) {
    utils::chooseCRANmirror(ind = 1L, local.only = TRUE)
  }
}

# Installs an empty package with the version that CRAN has.
install_stand_in <- function(package, target) {
  if (nzchar(system.file(package = package))) {
    return(invisible())
  }
  folder <- file.path(tempdir(), package)
  dir.create(folder)
  version <- utils::available.packages()[package, "Version"]
  writeLines(c(
    paste("Package:", package), paste("Version:", version), "Title: A Stand-In for Tests",
    "Description: Has no functions.", "License: MIT", "Author: The feedforward authors",
    "Maintainer: The feedforward authors <feedforward@example.org>"
  ), file.path(folder, "DESCRIPTION"))
  file.create(file.path(folder, "NAMESPACE"))
  utils::install.packages(folder, lib = target, repos = NULL, type = "source")
}

# On Linux, fs looks for the library libuv. Where that is missing, it compiles a copy that comes
# with it, but only if it is told to, and only with cmake.
prepare_fs <- function(missing) {
  if (Sys.info()[["sysname"]] != "Linux" || has_libuv()) {
    return(invisible())
  }
  if (nzchar(Sys.which("cmake"))) {
    Sys.setenv(USE_BUNDLED_LIBUV = "1")
  } else if ("testthat" %in% missing) {
    message(
      "testthat needs the package fs, which needs cmake or the headers of libuv.\n",
      "If it can't be installed, try this first: apt-get install cmake"
    )
  }
}

has_libuv <- function() {
  suppressWarnings(system2("pkg-config", c("--exists", "libuv"), stderr = FALSE)) == 0L
}

# As many at once as there are processors, since most of them compile one file after the other.
parallel_packages <- function() max(2L, min(8L, parallel::detectCores(), na.rm = TRUE))

main(commandArgs(trailingOnly = TRUE))
