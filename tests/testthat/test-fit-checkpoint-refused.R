test_that("a checkpoint must tell which data it is of", {
  data <- list(x = matrix(1:6 / 2, 3), y = 1:3)
  told <- fingerprint_of(data)
  expect_null(check_fingerprint(data, told, "matrix"))
  for (lie in list(NULL, "text", list(x = character(), y = told$y), list(x = 1, y = told$y))) {
    expect_refusal(check_fingerprint(data, lie, "matrix"), "does not tell which data")
  }
  expect_refusal(
    check_fingerprint(list(x = data$x, y = 3:1), told, "matrix"), "`y`", "feedforward_data_error"
  )
})
