# Evaluates code that draws, on a device of this size, and checks that it leaves the settings of
# the page as they were. Gives its value and whether it is visible.
drawn <- function(code, width = 7, height = 5) {
  grDevices::pdf(NULL, width = width, height = height)
  on.exit(grDevices::dev.off())
  before <- graphics::par(c("mar", "bg", "cex"))
  value <- withVisible(force(code))
  expect_identical(graphics::par(c("mar", "bg", "cex")), before)
  value
}

# What `code` calls of some functions of graphics, on a page of `size` pixels of a screen: a list of
# list(name, args).
drawn_calls <- function(code, functions, size = c(480, 480)) {
  grDevices::pdf(NULL, width = size[1L] / 72, height = size[2L] / 72)
  on.exit(grDevices::dev.off())
  calls <- list()
  watch <- function(name) {
    original <- getExportedValue("graphics", name)
    function(...) {
      calls <<- c(calls, list(list(name = name, args = list(...))))
      original(...)
    }
  }
  with_exports("graphics", sapply(functions, watch, simplify = FALSE), code)
  calls
}

# Evaluates code while functions of another package are others.
with_exports <- function(package, functions, code) {
  namespace <- asNamespace(package)
  put <- function(functions) {
    for (name in names(functions)) {
      unlock <- get("unlockBinding", baseenv())
      unlock(name, namespace)
      assign(name, functions[[name]], namespace)
      lockBinding(name, namespace)
    }
  }
  before <- mget(names(functions), namespace)
  on.exit(put(before))
  put(functions)
  force(code)
}
