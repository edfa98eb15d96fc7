test_that("an optimizer is a list of its name and its numbers", {
  expect_identical(
    unclass(optimizer_sgd(0.5, momentum = 0.9, nesterov = TRUE)),
    list(name = "sgd", learn_rate = 0.5, momentum = 0.9, nesterov = TRUE)
  )
  for (name in optimizer_names) {
    optimizer <- do.call(paste0("optimizer_", name), list())
    expect_s3_class(optimizer, "feedforward_optimizer", exact = TRUE)
    expect_identical(optimizer$name, name)
  }
})

test_that("optimizers print in one line", {
  expect_snapshot({
    optimizer_sgd()
    optimizer_sgd(0.05, momentum = 0.9, nesterov = TRUE)
    optimizer_rmsprop()
    optimizer_adam()
    optimizer_adamw(weight_decay = 0.1)
    optimizer_lbfgs()
  })
  expect_invisible(print(optimizer_adam()))
})

test_that("numbers out of range are refused by name", {
  refusals <- list(
    quote(optimizer_sgd(learn_rate = 0)),
    quote(optimizer_sgd(learn_rate = NA_real_)),
    quote(optimizer_sgd(learn_rate = "fast")),
    quote(optimizer_sgd(momentum = 1)),
    quote(optimizer_sgd(momentum = -0.1)),
    quote(optimizer_sgd(nesterov = TRUE)),
    quote(optimizer_sgd(nesterov = NA)),
    quote(optimizer_rmsprop(decay = 1)),
    quote(optimizer_rmsprop(epsilon = 0)),
    quote(optimizer_adam(beta1 = 1)),
    quote(optimizer_adam(beta2 = c(0.9, 0.99))),
    quote(optimizer_adam(epsilon = Inf)),
    quote(optimizer_adamw(weight_decay = -1)),
    quote(optimizer_lbfgs(memory = 0)),
    quote(optimizer_lbfgs(memory = 2.5)),
    quote(optimizer_lbfgs(tolerance = -1))
  )
  expect_snapshot(show_refusals(refusals))
})
