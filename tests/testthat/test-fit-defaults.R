# The settings that are chosen for arguments that are NULL.

test_that("tables get tuned settings by their number of rows", {
  small <- quick_fit(small_table()["a"], small_table()$b, epochs = NULL)
  expect_identical(small$options$optimizer, optimizer_adam(learn_rate = 0.02, beta2 = 0.95))
  expect_identical(small$options$penalty, 0.01)
  expect_identical(nrow(small$history), 200L)
  expect_identical(tuned_settings(2000)$penalty, 10 / 2000)
  expect_identical(tuned_settings(2000)$epochs, 50L)
  expect_identical(tuned_settings(50000)[c("epochs", "batch_size")],
    list(epochs = 30L, batch_size = 128L))
})

test_that("given arguments are kept, and the others still tuned", {
  fit <- quick_fit(small_table()["a"], small_table()$b, learn_rate = 0.1, penalty = 0)
  expect_identical(fit$options$optimizer, optimizer_adam(learn_rate = 0.1, beta2 = 0.95))
  expect_identical(fit$options$penalty, 0)
})

test_that("a chosen optimizer means plain defaults", {
  fit <- quick_fit(small_table()["a"], small_table()$b, optimizer = "adam", epochs = NULL)
  expect_identical(fit$options$optimizer, optimizer_adam())
  expect_identical(fit$options$penalty, 0)
  expect_identical(nrow(fit$history), 100L)
})

test_that("bytes, sparse matrices and images have plain defaults", {
  bytes <- matrix(as.raw(1:40), 10)
  images <- array(as.raw(1:40), c(10, 2, 2))
  for (x in list(bytes, images)) {
    fit <- quick_fit(x, 1:10 / 3, epochs = NULL)
    expect_identical(fit$options$optimizer, optimizer_adam())
    expect_identical(fit$options$penalty, 0)
    expect_identical(nrow(fit$history), 100L)
  }
})
