# Node.js, where tests run what the package exports for other programs.

# Runs a script with packages of Node.js and returns what it prints. Skips the test where Node.js or
# a package is missing: `make node` installs them.
run_node <- function(script, packages, args = character()) {
  skip_without_node(packages)
  file <- withr::local_tempfile(fileext = ".cjs", lines = script)
  withr::local_envvar(NODE_PATH = node_packages())
  # Warnings of Node.js are no results.
  errors <- withr::local_tempfile()
  printed <- suppressWarnings(
    system2("node", shQuote(c(file, args)), stdout = TRUE, stderr = errors)
  )
  if (!is.null(attr(printed, "status"))) {
    stop("the script failed in Node.js:\n", paste(readLines(errors), collapse = "\n"))
  }
  printed
}

skip_without_node <- function(packages) {
  skip_on_cran()
  skip_if(!nzchar(Sys.which("node")), "Node.js is not installed")
  for (package in packages) {
    found <- file.exists(file.path(node_packages(), package, "package.json"))
    skip_if(!found, sprintf("the package %s of Node.js is not installed", package))
  }
}

node_packages <- function() Sys.getenv("FEEDFORWARD_NODE")
