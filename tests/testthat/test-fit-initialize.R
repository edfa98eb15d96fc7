test_that("weights are drawn layer by layer in a fixed order", {
  architecture <- list(sizes = c(3L, 4L, 2L), activations = "relu")
  drawn <- same_seed(draw_parameters(architecture, NULL))
  expected <- same_seed(list(
    W1 = matrix(rnorm(12, 0, sqrt(2 / 3)), 4), b1 = numeric(4),
    W2 = matrix(runif(8, -1, 1) * sqrt(6 / 6), 2), b2 = numeric(2)
  ))
  expect_equal(drawn, expected)
  script <- same_seed(init_nn(3, 4, 2))
  expect_identical(same_seed(draw_parameters(architecture, init_normal()))$W2, script$W2)
  tanh <- list(sizes = c(3L, 4L, 2L), activations = "tanh")
  expect_identical(
    same_seed(draw_parameters(tanh, NULL)), same_seed(draw_parameters(tanh, init_glorot()))
  )
})

test_that("the spread of the first weights follows the publications", {
  set.seed(1)
  wide <- list(sizes = c(200L, 300L), activations = character())
  expect_equal(sd(draw_parameters(wide, init_glorot())$W1), sqrt(2 / 500), tolerance = 0.02)
  expect_equal(sd(draw_parameters(wide, init_he())$W1), sqrt(2 / 200), tolerance = 0.02)
  expect_equal(sd(draw_parameters(wide, init_normal(3))$W1), 3, tolerance = 0.02)
})

test_that("`init` is a name, an object or NULL, and everything else is refused", {
  expect_null(check_init(NULL))
  expect_identical(check_init("he"), init_he())
  expect_identical(check_init("normal"), init_normal(0.01))
  expect_identical(check_init(init_normal(2)), init_normal(2))
  expect_says(check_init("hee"), "`init`", "\"glorot\", \"he\", \"lecun\", or \"normal\"")
  expect_says(check_init(init_he), "forget the parentheses")
  expect_says(check_init(3), "the number 3")
  expect_says(init_normal(-1), "`sd`")
  expect_output(print(init_normal(0.5)), "normal (sd 0.5)", fixed = TRUE)
})
