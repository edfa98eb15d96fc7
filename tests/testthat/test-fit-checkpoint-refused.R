test_that("a checkpoint that does not say which data it belongs to is refused", {
  data <- list(x = matrix(1:6 / 2, 3), y = 1:3)
  known <- fingerprint_of(data)
  expect_null(check_fingerprint(fingerprint_of(data), known, "matrix"))
  for (lie in list(NULL, "text", list(x = character(), y = known$y), list(x = 1, y = known$y))) {
    expect_refusal(check_fingerprint(known, lie, "matrix"), "does not say which data")
  }
  expect_refusal(
    check_fingerprint(fingerprint_of(list(x = data$x, y = 3:1)), known, "matrix"), "`y`", "feedforward_data_error"
  )
})
