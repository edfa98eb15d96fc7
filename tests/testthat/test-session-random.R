# A refused call leaves nothing behind and does not change the state of R's generator.

expect_no_side_effects <- function(code, folder) {
  set.seed(1)
  before <- .Random.seed
  expect_error(code, class = "feedforward_error")
  expect_identical(.Random.seed, before)
  expect_false(dir.exists(folder))
}

test_that("refused training draws nothing and creates no folder", {
  withr::local_preserve_seed()
  x <- as.matrix(iris[1:4])
  y <- iris$Species
  holed <- replace(x, 7, NA)
  folder <- file.path(withr::local_tempdir(), "checkpoint")
  refused <- function(code) expect_no_side_effects(code, folder)
  refused(feedforward(holed, y, standardize = FALSE, checkpoint = folder))
  refused(feedforward(holed, y, validation = 0.2, checkpoint = folder))
  refused(feedforward(x, y, checkpoint = file.path(withr::local_tempfile(lines = ""), "folder")))
  refused(feedforward(x, y, validation = 0.5, case_weights = c(1, rep(0, 149))))
  refused(feedforward(x, y, validation = list(holed, y)))
  refused(feedforward(x, y, optimizer = optimizer_lbfgs(memory = 2^30), validation = 0.1))
  refused(feedforward(mpg ~ jitter(wt), mtcars, class_weights = "balanced"))
  fit <- feedforward(x, y, epochs = 1)
  refused(continue_training(fit, holed, y, validation = 0.2, checkpoint = folder))
  refused(continue_training(fit, x, y, validation = 0.5, case_weights = c(1, rep(0, 149))))
})

test_that("a call that is refused after its recipe has drawn restores the state", {
  skip_without_recipes()
  withr::local_preserve_seed()
  recipe <- recipes::step_sample(recipes::recipe(Species ~ ., iris), size = 0.5)
  folder <- withr::local_tempfile()
  expect_no_side_effects(feedforward(recipe, iris, case_weights = 1:3), folder)
  none <- recipes::step_filter(recipes::recipe(Species ~ ., iris), Sepal.Length > 100)
  cnd <- expect_error(feedforward(none, iris), class = "feedforward_error")
  expect_match(conditionMessage(cnd), "keeps no rows")
})

test_that("before the first draw of a session, a refused call creates no state", {
  out <- run_in_fresh_r(c(
    "refused <- tryCatch(",
    "  feedforward::feedforward(matrix(c(1, NA), 2), 1:2, standardize = FALSE, validation = 0.5),",
    "  feedforward_error = function(cnd) \"refused\"",
    ")",
    "cat(refused, exists(\".Random.seed\"))"
  ))
  expect_identical(utils::tail(out, 1), "refused FALSE")
})

test_that("training that diverged draws random numbers", {
  withr::local_preserve_seed()
  set.seed(1)
  before <- .Random.seed
  expect_error(
    feedforward(mpg ~ ., mtcars, optimizer = "sgd", learn_rate = 1e9),
    class = "feedforward_diverged"
  )
  expect_false(identical(.Random.seed, before))
})

test_that("a file cannot set a user-supplied generator", {
  withr::local_preserve_seed()
  origin <- list(file = "checkpoint", format = "checkpoint", call = NULL)
  for (kinds in c(10303L, 10405L, 20403L)) {
    text <- "invalid state of the random number generator"
    expect_refusal(restore_random_seed(c(kinds, 1:626), origin), text)
  }
  expect_true(is.finite(rnorm(1)))
})
