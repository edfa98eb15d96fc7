# Installs the packages that the given fields of DESCRIPTION name and that are
# missing or too old: Rscript tools/install-deps.R Imports LinkingTo Suggests

main <- function(fields) {
  needs <- read_needs(fields)
  missing <- needs$package[!is_met(needs)]
  if (length(missing) == 0L) {
    return(invisible())
  }
  target <- writable_library()
  message("Installing ", toString(missing), " into ", target)
  choose_repository()
  install.packages(missing, lib = target, Ncpus = 2L)
  missing <- needs$package[!is_met(needs)]
  if (length(missing) > 0L) {
    stop("could not install ", toString(missing), call. = FALSE)
  }
}

# One row per package: its name and the least version wanted, "0" where any will do.
read_needs <- function(fields) {
  text <- read.dcf("DESCRIPTION", fields = fields)
  entries <- trimws(unlist(strsplit(text[!is.na(text)], ",")))
  version <- sub(".*>= *([0-9.-]+).*", "\\1", entries)
  version[version == entries] <- "0"
  unique(data.frame(package = sub("[[:space:]]*\\(.*", "", entries), version = version))
}

is_met <- function(needs) {
  mapply(function(package, version) {
    nzchar(system.file(package = package)) && utils::packageVersion(package) >= version
  }, needs$package, needs$version)
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

# An R that has not been told where to install from asks; a script cannot answer.
choose_repository <- function() {
  if ("@CRAN@" %in% getOption("repos")) {
    utils::chooseCRANmirror(ind = 1L, local.only = TRUE)
  }
}

main(commandArgs(trailingOnly = TRUE))
