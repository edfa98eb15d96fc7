# Refusals, words and ends of training that no other file reaches.

x <- as.matrix(iris[1:4])

test_that("the error for a row that is no longer a matrix says how to restore it", {
  fit <- quick_fit(x, iris$Species)
  expect_says(predict(fit, x[1, ]), "matrix(new_data, nrow = 1)")
})

test_that("missing outcomes of tables are found by row and column", {
  classes <- iris
  classes$Species[3] <- NA
  expect_says(quick_fit(Species ~ ., classes), "a missing value (NA) in row 3, column `Species`")
  numbers <- replace(mtcars, "mpg", replace(mtcars$mpg, 5, Inf))
  expect_says(quick_fit(mpg ~ ., numbers), "an infinite value (Inf) in row 5, column `mpg`")
})

test_that("outcomes that do not fit loss or model are refused", {
  y <- cbind(x[, 1], x[, 2])
  expect_says(quick_fit(x, y, loss = "cross_entropy"), "Use a factor for classes.")
  withr::local_options(rlib_message_verbosity = "quiet")
  one_hot <- to_categorical(rep(0:2, 50))
  expect_says(
    quick_fit(x, one_hot, validation = list(x, replace(one_hot, 1, 0))),
    "`validation$y`", "a matrix with 3 columns and exactly one 1 in each row"
  )
})

test_that("of many names, only the first are shown", {
  letters_seen <- data.frame(l = rep(letters[1:12], 3), y = 1:36 / 5)
  fit <- quick_fit(y ~ l, letters_seen)
  wide <- quick_fit(matrix(runif(60), 3, dimnames = list(NULL, paste0("pixel", 1:20))), 1:3)
  expect_says(predict(wide, matrix(0, 1, 1, dimnames = list(NULL, "pixel3"))), "and 9 more")
  expect_says(predict(fit, data.frame(l = "z")), "\"i\", \"j\", and 2 more", "new level \"z\"")
})

test_that("one share of units left out, or one for each layer", {
  expect_says(
    feedforward(x, iris$Species, hidden_units = c(4, 3), dropout = c(0.1, 0.2, 0.3)),
    "`dropout`", "a number, or 2 numbers, one for each layer"
  )
})

test_that("a folder in which no file can be written is refused before training", {
  skip_if_not(dir.exists("/proc/self"))
  expect_says(
    quick_fit(x, iris$Species, checkpoint = "/proc"),
    "`checkpoint`", "a folder that cannot be written to"
  )
})

test_that("resuming with a formula asks for the data of training", {
  folder <- withr::local_tempdir()
  set <- iris[c(1, 51, 101), ]
  same_seed(quick_fit(Species ~ ., iris, checkpoint = folder, validation = set))
  resume <- function(...) resume_training(folder, ...)
  expect_says(resume(data = iris, y = 1, validation = set), "`y`", "`data` contains the outcome")
  expect_says(resume(data = iris[-1, ], validation = set), "`data` must have the size 150 x 4")
  expect_says(resume(data = iris, validation = set[-1, ]), "`validation` must have the size 3 x 4")
})

test_that("a recipe that leaves no predictors is refused", {
  skip_without_recipes()
  recipe <- recipes::step_rm(recipes::recipe(mpg ~ wt, mtcars), wt)
  expect_says(quick_fit(recipe, mtcars), "`data` has no predictors")
})

test_that("the error for a number without limits mentions no range", {
  expect_says(check_number("a", "z"), "`z` must be a finite number, not the string")
})

test_that("the name glorot gives the same weights as init_glorot()", {
  named <- same_seed(quick_fit(x, iris$Species, init = "glorot", epochs = 0))
  made <- same_seed(quick_fit(x, iris$Species, init = init_glorot(), epochs = 0))
  expect_identical(named$parameters, made$parameters)
})

test_that("models of several numbers and of counts are described", {
  several <- quick_fit(x[, 1:2], x[, 3:4])
  expect_output(print(several), "for 2 numeric outcomes: Petal.Length, Petal.Width")
  counts <- quick_fit(x[, 1:2], round(x[, 3]), loss = "poisson")
  expect_identical(utils::tail(summary(counts)$layers$activation, 1), "exp")
  nn <- train_nn(x, to_categorical(rep(0:2, 50)), init_nn(4, 2, 3), epochs = 1, verbose = FALSE)
  expect_output(expect_identical(summary(nn), nn), "4 inputs|4")
})

test_that("the progress bar changes nothing", {
  withr::local_options(cli.progress_show_after = 0, cli.progress_clear = TRUE)
  shown <- suppressMessages(same_seed(quick_fit(x, iris$Species, progress = TRUE)))
  expect_identical(learned(shown), learned(same_seed(quick_fit(x, iris$Species))))
})

test_that("L-BFGS stops early, too, and keeps its best epoch", {
  y <- withr::with_seed(1, rnorm(150))
  fit <- same_seed(feedforward(x, y,
    hidden_units = 30, optimizer = "lbfgs", validation = 0.5, stop_iter = 3, epochs = 500
  ))
  expect_identical(fit$stopped$reason, "no improvement")
  expect_identical(nrow(fit$history), as.integer(fit$best_epoch) + 3L)
  expect_identical(fit$best_epoch, as.double(which.min(fit$history$valid_loss)))
})

test_that("square images need no size, and a formula names its outputs", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  fit <- quick_fit(unname(x), iris$Species)
  expect_identical(plot_weights(fit), plot_weights(fit, image = c(2, 2)))
  fit <- quick_fit(mpg ~ wt, mtcars)
  expect_identical(output_labels(fit), "mpg")
})

test_that("with as many classes as rows, some class is held out", {
  expect_length(draw_validation_rows(4, 0.25, 1:4), 1L)
})
