# The script that comes with the package, with few images: what it prints in plain R and with the
# functions of the package.
run_script <- function(in_plain_r) {
  workspace <- new.env(parent = globalenv())
  workspace$in_plain_r <- in_plain_r
  set.seed(1)
  workspace$digits <- synthetic_digits(n_train = 300, n_test = 50)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  script <- system.file("script", "two-layer.R", package = "feedforward", mustWork = TRUE)
  capture.output(source(script, local = workspace))
}

test_that("the script prints the same in plain R and with the package", {
  in_plain_r <- run_script(TRUE)
  expect_length(grep("^Epoch: [0-9]+  Loss: [0-9.]+ $", in_plain_r), 20L)
  expect_identical(run_script(FALSE), in_plain_r)
})
