# Averages of networks in files.

write_and_read <- function(fit) {
  path <- withr::local_tempfile(fileext = ".safetensors")
  write_model(fit, path)
  read_model(path)
}

expect_kept <- function(fit) expect_identical(write_and_read(fit), fit)

x <- as.matrix(iris[1:4])

test_that("averages of every outcome are restored identically", {
  numbers <- quick_cv(x[, 1:3], x[, 4])
  expect_kept(numbers)
  expect_kept(quick_cv(x, iris$Species))
  expect_kept(quick_cv(unname(x), x[, 1] > 5.5))
  expect_kept(quick_cv(x, as.character(iris$Species)))
  expect_kept(quick_cv(x, factor(iris$Species, ordered = TRUE)))
  expect_kept(quick_cv(x[, 1:2], x[, 3:4]))
  expect_kept(quick_cv(x[, 1:2], unname(x[, 3:4])))
  expect_kept(quick_cv(x, cbind(long = x[, 1] > 5, wide = x[, 2] > 3)))
  expect_kept(quick_cv(x, cbind(long = x[, 1] > 5, wide = x[, 2] > 3) + 0))
  expect_kept(quick_cv(x[, 1:3], x[, 4], loss = "quantile", quantile = 0.9))
  again <- write_and_read(numbers)
  for (type in c("numeric", "pred_int")) {
    expect_identical(predict(again, x[, 1:3], type = type), predict(numbers, x[, 1:3], type = type))
  }
})

test_that("averages of every kind of predictors are restored identically", {
  expect_kept(quick_cv(Matrix::Matrix(x, sparse = TRUE), iris$Species))
  expect_kept(quick_cv(matrix(as.raw(round(10 * x)), 150), iris$Species))
  expect_kept(quick_cv(array(x, c(150, 2, 2)), iris$Species))
  expect_kept(quick_cv(iris[c(1, 5)], iris$Sepal.Width, new_levels = "zero"))
  expect_kept(quick_cv(Species ~ ., data = iris))
  fit <- quick_cv(Sepal.Length ~ log(Petal.Width) * Species, data = iris)
  expect_identical(write_and_read(fit), fit, ignore_formula_env = TRUE)
  candidates <- lapply(c("standard", "robust", "piecewise"), function(name) {
    list(hidden_units = 2, epochs = 3, encoding = name)
  })
  candidates <- c(candidates, list(list(epochs = 3, standardize = FALSE, init = init_normal(0.1))))
  air <- airquality[!is.na(airquality$Ozone), ]
  expect_kept(quick_cv(Ozone ~ ., data = air, missing = "indicator", candidates = candidates))
  expect_kept(feedforward_cv(mpg ~ wt + hp, data = mtcars, folds = 2))
})

test_that("averages are restored with given folds, a share held out, weights and gaps", {
  expect_kept(quick_cv(Species ~ ., data = iris, folds = rep(c("u", "v", "w"), 50)))
  expect_kept(quick_cv(Species ~ ., data = iris, folds = 0.3))
  expect_kept(quick_cv(Species ~ ., data = iris, case_weights = rep(0:2, 50)))
  expect_kept(quick_cv(Species ~ ., data = iris, class_weights = "balanced"))
  candidates <- c(list("a \"name\" \u00fc" = list(learn_rate = 1e200, epochs = 2)),
    small_candidates())
  diverged <- quick_cv(x[, 1:3], x[, 4], candidates = candidates)
  expect_identical(diverged$candidates$loss[1], Inf)
  expect_kept(diverged)
})

test_that("an average that an interrupt left is restored identically", {
  train <- train_members_cpp
  # The second candidate, and one network of it, as if they were not done.
  interrupted <- function(...) replace(train(...), 5:6, list(NULL))
  with_replaced("train_members_cpp", interrupted, expect_warning(
    fit <- quick_cv(x, iris$Species), class = "feedforward_interrupted"
  ))
  expect_length(fit$members, 3L)
  expect_kept(fit)
})

test_that("averages with a recipe or an unknown formula are refused", {
  skip_without_recipes()
  path <- withr::local_tempfile()
  recipe <- recipes::step_normalize(recipes::recipe(Species ~ ., iris), "Sepal.Width")
  fit <- quick_cv(recipe, iris)
  expect_refusal(write_model(fit, path), c("with a recipe", "saveRDS"), "feedforward_error")
  fit <- quick_cv(mpg ~ poly(wt, 2), data = mtcars)
  expect_refusal(write_model(fit, path), c("poly()", "saveRDS"), "feedforward_error")
  expect_refusal(write_model(within_member(fit, "weight", NULL), path), "without a weight",
    "feedforward_error")
  fit$out_of_fold$row <- NULL
  expect_refusal(write_model(fit, path), "`out_of_fold`", "feedforward_error")
  expect_false(file.exists(path))
})

# ---- Reading what others wrote -----------------------------------------------------

expect_refused_parts <- function(change, text, fit = classes) {
  path <- withr::local_tempfile()
  parts <- change(model_to_tensors(fit))
  write_tensors(path, parts$tensors, parts$metadata)
  expect_refusal(read_model(path), text)
}
set_part <- function(name, value) {
  function(parts) {
    parts$metadata$average[name] <- list(value)
    parts
  }
}
set_tensor <- function(name, value) {
  function(parts) {
    parts$tensors[[name]] <- value
    parts
  }
}
classes <- quick_cv(x, iris$Species, folds = 2)

test_that("files whose parts do not fit together are refused", {
  parts <- model_to_tensors(classes)$metadata$average
  expect_refused_parts(function(parts) replace(parts, "metadata", list(list(average = 1))), "no model")
  expect_refused_parts(set_part("inputs", NULL), "does not describe the model's inputs")
  expect_refused_parts(set_part("outcome", "classes"), "no complete out-of-fold predictions")
  expect_refused_parts(set_part("blueprint", "text"), "columns without a valid name and type")
  expect_refused_parts(set_part("options", 1), "`options` that are not a list")
  for (value in list(NULL, "all", list(1))) {
    expect_refused_parts(set_part("members", value), "does not describe the networks")
  }
  expect_refused_parts(set_part("members", list()), "no `members`")
  expect_refused_parts(set_tensor("members.1.W1", NULL), "lacks some of the model's parameters")
  expect_refused_parts(set_tensor("members.1.W2", matrix(0, 2, 6)), "in `members[[1]]`")
  for (value in list(NULL, 1, list(none = 1))) {
    expect_refused_parts(set_part("encodings", value), "`encodings`")
  }
  wrong <- parts$encodings
  wrong[[1]]$knots <- wrong[[1]]$knots[-1]
  expect_refused_parts(set_part("encodings", wrong), "invalid `encodings`")
})

test_that("candidates and errors of folds that lie are refused", {
  parts <- model_to_tensors(classes)$metadata$average
  for (name in c("candidates", "fold_errors")) {
    lies <- list(
      NULL, 1, list(), list(1, 2), c(parts[[name]], list(more = 1:9)),
      replace(parts[[name]], "loss", list(list(1, 2))), replace(parts[[name]], "loss", list(NULL))
    )
    for (lie in lies) expect_refused_parts(set_part(name, lie), "has no complete table")
    expect_refused_parts(set_part(name, parts[[name]][-2]), "that are not a data frame with exactly the columns")
  }
  change <- function(part, name, value) set_part(part, replace(parts[[part]], name, list(value)))
  expect_refused_parts(change("candidates", "weight", c(-1, 2)), "`candidates` without a weight")
  expect_refused_parts(change("candidates", "weight", c(0, 0)), "`candidates` without a weight")
  expect_refused_parts(change("candidates", "loss", c(Inf, Inf)), "`candidates` without a weight")
  expect_refused_parts(change("candidates", "candidate", c("a", "b")), "without a known candidate")
  expect_refused_parts(change("fold_errors", "weight", c(-1, 2)), "`fold_errors`")
  expect_refused_parts(change("fold_errors", "fold", 3:4), "`out_of_fold`")
  expect_refused_parts(set_part("settings", list()), "settings of each candidate")
  expect_refused_parts(set_part("settings", list(1, 2)), "invalid `settings`")
  expect_refused_parts(set_part("inflation", 0.5), "no `inflation` of at least 1")
  expect_refused_parts(set_part("n", NULL), "an `n` without")
})

test_that("results out of fold that lie are refused", {
  held_out <- function(name, value) set_tensor(paste0("out_of_fold.", name), value)
  incomplete <- "no complete out-of-fold predictions"
  for (name in c("row", "fold", "truth", "predictions")) {
    expect_refused_parts(held_out(name, NULL), incomplete)
    expect_refused_parts(held_out(name, 1:3), incomplete)
    expect_refused_parts(held_out(name, array(0, c(150, 1, 1))), incomplete)
  }
  expect_refused_parts(set_part("out_of_fold", NULL), incomplete)
  expect_refused_parts(set_part("out_of_fold", list(columns = c("a", "b"))), incomplete)
  twice <- list(columns = c("row", "row", "row"), truth = NULL)
  expect_refused_parts(set_part("out_of_fold", twice), "`out_of_fold`")
  for (codes in list(rep(0L, 150), rep(4L, 150), rep(NA_integer_, 150), rep(1, 150))) {
    expect_refused_parts(held_out("truth", codes), "not classes of the model")
  }
  expect_refused_parts(held_out("fold", rep(1:3, 50)), "`out_of_fold`")
  labels <- quick_cv(x, cbind(long = x[, 1] > 5, wide = x[, 2] > 3), folds = 2)
  expect_refused_parts(held_out("truth", matrix(2, 150, 2)), "`out_of_fold`", labels)
  expect_refused_parts(held_out("truth", matrix(0, 150, 3)), "do not fit a tensor", labels)
})

test_that("an encoding that does not fit its network is an error of predict()", {
  parts <- model_to_tensors(classes)
  encoding <- parts$metadata$average$encodings[[1]]
  encoding$knots[[1]] <- c(1, 2, 3)
  parts$metadata$average$encodings[[1]] <- encoding
  path <- withr::local_tempfile()
  write_tensors(path, parts$tensors, parts$metadata)
  expect_refusal(predict(read_model(path), x), "does not fit its predictors", "feedforward_error")
})

test_that("readers that know no averages are told to update", {
  parts <- model_to_tensors(classes)
  parts$metadata$average <- NULL
  path <- withr::local_tempfile()
  write_tensors(path, parts$tensors, parts$metadata)
  expect_error(read_model(path), "newer version", class = "feedforward_version_error")
})

test_that("a checkpoint without its recipe is not read as a model", {
  skip_without_recipes()
  recipe <- recipes::step_log(recipes::recipe(mpg ~ wt + hp, mtcars), hp)
  folder <- withr::local_tempdir()
  for (train in list(quick_cv, quick_fit)) {
    train(recipe, mtcars, checkpoint = folder)
    expect_says(read_model(checkpoint_path(folder)), "made with this recipe", "resume_training()")
  }
})
