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
