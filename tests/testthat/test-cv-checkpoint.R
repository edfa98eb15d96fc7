# Cross-validation that is killed or interrupted, and resumed.

x <- as.matrix(iris[1:4])
folder_for <- function(env = parent.frame()) withr::local_tempdir(.local_envir = env)

# Trains with checkpoints, cuts the last one down to the results of some networks, as if training
# was killed then, and resumes. The result must be the same to the last bit.
expect_resumes <- function(train, resume, kept = c(1, 4, 5)) {
  expect_same <- function(fit) {
    expect_identical(untimed(fit), untimed(expected), ignore_formula_env = TRUE)
  }
  folder <- folder_for()
  withr::local_seed(7)
  expected <- train(NULL)
  after <- .Random.seed
  set.seed(7)
  expect_same(train(folder))
  expect_identical(.Random.seed, after)
  cut_checkpoint(folder, kept)
  set.seed(99)
  expect_same(resume(folder))
  expect_identical(.Random.seed, after)
  # The folder now has the last checkpoint.
  expect_same(resume(folder))
}

# Newer versions of recipes keep how long their steps took.
untimed <- function(fit) {
  if (!is.null(fit$blueprint$recipe)) fit$blueprint$recipe["fit_times"] <- NULL
  fit
}

cv <- function(..., candidates = small_candidates(), folds = 3) {
  feedforward_cv(..., candidates = candidates, folds = folds)
}

test_that("resumed training is identical for every kind of predictors and outcome", {
  expect_resumes(
    function(folder) cv(x, iris$Species, checkpoint = folder),
    function(folder) resume_training(folder, x, iris$Species)
  )
  expect_resumes(
    function(folder) cv(iris[-1], iris$Sepal.Length, new_levels = "zero", checkpoint = folder),
    function(folder) resume_training(folder, iris[-1], iris$Sepal.Length)
  )
  expect_resumes(
    function(folder) cv(x[, 1:2], x[, 3:4], loss = "absolute_error", checkpoint = folder),
    function(folder) resume_training(folder, x[, 1:2], x[, 3:4])
  )
  sparse <- Matrix::Matrix(x, sparse = TRUE)
  labels <- cbind(long = x[, 1] > 5, wide = x[, 2] > 3)
  expect_resumes(
    function(folder) cv(sparse, labels, precision = "single", checkpoint = folder),
    function(folder) resume_training(folder, sparse, labels)
  )
  images <- array(x / 10, c(150, 2, 2))
  expect_resumes(
    function(folder) cv(images, iris$Species, checkpoint = folder),
    function(folder) resume_training(folder, images, iris$Species)
  )
})

test_that("resumed training is identical for formulas and recipes", {
  expect_resumes(
    function(folder) cv(Species ~ ., data = iris, checkpoint = folder),
    function(folder) resume_training(folder, data = iris)
  )
  expect_resumes(
    function(folder) {
      cv(Sepal.Length ~ log(Petal.Width) * Species, data = iris, checkpoint = folder)
    },
    function(folder) resume_training(folder, iris)
  )
  # A file cannot contain this formula.
  expect_resumes(
    function(folder) cv(mpg ~ poly(wt, 2), data = mtcars, checkpoint = folder),
    function(folder) resume_training(folder, mpg ~ poly(wt, 2), data = mtcars)
  )
  skip_without_recipes()
  recipe <- recipes::step_normalize(recipes::recipe(Species ~ ., iris), "Sepal.Width")
  expect_resumes(
    function(folder) cv(recipe, iris, checkpoint = folder),
    function(folder) resume_training(folder, recipe, data = iris)
  )
})

test_that("resumed training is identical with weights, groups and any folds", {
  same <- function(..., kept = c(1, 4, 5)) {
    expect_resumes(
      function(folder) cv(Sepal.Length ~ ., data = iris, ..., checkpoint = folder),
      function(folder) resume_training(folder, data = iris), kept
    )
  }
  same(case_weights = rep(0:2, 50))
  same(case_weights = hardhat::frequency_weights(rep(0:2, 50)))
  same(groups = paste("person", rep(1:30, 5)))
  same(folds = rep(c("u", "v", "w"), 50))
  same(folds = 0.3, kept = 1)
  same(kept = numeric())
  same(kept = 1:6)
  same(loss = "quantile", quantile = 0.9)
  expect_resumes(
    function(folder) {
      cv(Species ~ ., data = iris, class_weights = c(setosa = 2, virginica = 0), checkpoint = folder)
    },
    function(folder) resume_training(folder, data = iris)
  )
  air <- airquality[!is.na(airquality$Ozone), ]
  expect_resumes(
    function(folder) {
      feedforward_cv(Ozone ~ ., data = air, missing = "indicator", folds = 2, checkpoint = folder)
    },
    function(folder) resume_training(folder, data = air), kept = c(1, 12, 19)
  )
})

test_that("resumed training is identical for L-BFGS and unusual candidates", {
  candidates <- list(
    smooth = list(optimizer = "lbfgs", hidden_units = 3, epochs = 20),
    drawn = list(init = init_normal(0.1), epochs = 2), none = list(epochs = 0),
    other = list(optimizer = optimizer_sgd(momentum = 0.9), epochs = 3, clip_norm = 1,
      rate_schedule = schedule_cosine(), dropout = 0.2),
    diverges = list(learn_rate = 1e200, epochs = 2)
  )
  expect_resumes(
    function(folder) cv(x[, 1:3], x[, 4], candidates = candidates, checkpoint = folder),
    function(folder) resume_training(folder, x[, 1:3], x[, 4]), kept = c(2, 4, 10, 13)
  )
})

test_that("the number of threads may change, and only the option with it", {
  folder <- folder_for()
  withr::local_seed(7)
  expected <- cv(x, iris$Species, threads = 2, checkpoint = folder)
  cut_checkpoint(folder, 2)
  fit <- resume_training(folder, x, iris$Species, threads = 1, progress = TRUE)
  expect_identical(fit$options$threads, 1L)
  timeless <- function(fit) {
    fit$options$threads <- NULL
    fit$settings <- lapply(fit$settings, replace, "threads", NULL)
    fit
  }
  expect_identical(timeless(fit), timeless(expected))
})

# ---- Killed and interrupted ----------------------------------------------------------

done_in <- function(folder) {
  parts <- tryCatch(read_tensors(checkpoint_path(folder)), error = function(cnd) NULL)
  length(parts$metadata$checkpoint$results)
}

# They learn for long enough that some networks are done while others are not.
slow_candidates <- function(epochs = 400) {
  lapply(c(64, 48), function(units) {
    list(hidden_units = units, epochs = epochs, learn_rate = 1e-5)
  })
}

test_that("a process killed while it trains leaves a checkpoint to resume", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  skip_on_covr() # the counts of a process that is killed are cut off
  folder <- folder_for()
  kept <- file.path(folder, "kept")
  code <- c(
    "library(feedforward)",
    paste("candidates <-", paste(deparse(slow_candidates(5000)), collapse = "\n")),
    "set.seed(3)",
    sprintf("feedforward_cv(Species ~ ., iris, candidates = candidates, checkpoint = %s)",
      deparse(kept))
  )
  withr::local_seed(3)
  expected <- feedforward_cv(Species ~ ., iris, candidates = slow_candidates(5000))
  # On a busy machine the signal may come after the last network: that kill does not count.
  early <- FALSE
  for (time in 1:20) {
    child <- start_fresh_r(code)
    wait_until(function() done_in(kept) > 0)
    tools::pskill(child, tools::SIGKILL)
    done <- done_in(kept)
    expect_s3_class(read_model(checkpoint_path(kept)), "feedforward_cv")
    expect_identical(resume_training(kept, data = iris), expected)
    unlink(kept, recursive = TRUE)
    if (early <- done < 10) break
  }
  expect_true(early)
})

test_that("interrupted training can be resumed, and the warning says so", {
  folder <- folder_for()
  train <- function(...) quick_cv(x, iris$Species, candidates = slow_candidates(), ..., threads = 1)
  expected <- train()
  # The user interrupts while the first checkpoint with a network is written.
  writes <- 0
  original <- write_tensors
  interrupting <- function(...) {
    writes <<- writes + 1
    if (writes == 2) rlang::interrupt()
    original(...)
  }
  with_replaced("share_of_writing", Inf, with_replaced("write_tensors", interrupting, {
    warned <- expect_warning(
      fit <- train(checkpoint = folder), class = "feedforward_interrupted"
    )
  }))
  expect_match(message_of(warned), "Use `resume_training()` to train the others.", fixed = TRUE)
  # The last checkpoint is written after the interrupt.
  expect_identical(writes, 3)
  expect_identical(done_in(folder), length(fit$members))
  expect_identical(read_model(checkpoint_path(folder)), fit)
  expect_identical(resume_training(folder, x, iris$Species, threads = 1), expected)
})

test_that("without a finished network, the error says how to continue", {
  folder <- folder_for()
  none <- function(data, members, options) vector("list", length(members))
  with_replaced("train_members_cpp", none, {
    cnd <- expect_error(quick_cv(x, iris$Species, checkpoint = folder),
      class = "feedforward_interrupted")
  })
  expect_match(message_of(cnd), "resume_training()", fixed = TRUE)
  expect_refusal(
    read_model(checkpoint_path(folder)), c("without a finished network", "resume_training()")
  )
  expect_identical(resume_training(folder, x, iris$Species), quick_cv(x, iris$Species))
})

test_that("networks without a common row do not make an average", {
  train <- train_members_cpp
  # Of each candidate, another fold is done.
  some <- function(...) replace(train(...), c(2, 3, 4, 6), list(NULL))
  with_replaced("train_members_cpp", some, expect_warning(
    fit <- quick_cv(x, iris$Species), class = "feedforward_interrupted"
  ))
  expect_identical(sort(fit$candidates$weight), c(0, 1))
  expect_output(print(fit), "average of 1 feed-forward network")
})

test_that("a checkpoint that cannot be written does not end training", {
  folder <- folder_for()
  first <- TRUE
  original <- write_tensors
  full_after_first <- function(...) {
    if (!first) stop("No space left on device")
    first <<- FALSE
    original(...)
  }
  utils::capture.output(type = "message", with_replaced("write_tensors", full_after_first, {
    expect_warning(fit <- quick_cv(x, iris$Species, checkpoint = folder),
      class = "feedforward_checkpoint_failed")
  }))
  expect_identical(fit, quick_cv(x, iris$Species))
  expect_identical(resume_training(folder, x, iris$Species), fit)
})

# ---- What is refused -----------------------------------------------------------------

test_that("an unusable folder or generator is an error before training", {
  file <- withr::local_tempfile(lines = "a file")
  withr::local_seed(1)
  before <- .Random.seed
  expect_refusal(cv(x, iris$Species, checkpoint = file.path(file, "below")), "cannot be created",
    "feedforward_error")
  expect_refusal(cv(x, iris$Species, checkpoint = 1), "`checkpoint`", "feedforward_error")
  expect_identical(.Random.seed, before)
  expect_refusal(
    cv(x, iris$Species, candidates = list(list(checkpoint = "folder"))), "cannot set `checkpoint`",
    "feedforward_error"
  )
})

test_that("other data and arguments are refused", {
  folder <- folder_for()
  fit <- quick_cv(x, iris$Species, checkpoint = folder)
  withr::local_seed(1)
  before <- .Random.seed
  other <- function(x, y, text) {
    expect_refusal(resume_training(folder, x, y), text, "feedforward_data_error")
  }
  other(x + 1, iris$Species, "`x` has different values")
  other(x[1:100, ], droplevels(iris$Species[1:100]), "`x` must have the size")
  other(x, rev(iris$Species), "`y` has different values")
  other(x, factor(iris$Species, labels = c("a", "b", "c")), "`y$names` has different values")
  other(unname(x), iris$Species, "`x$names` must have the size")
  refused <- function(..., text) {
    expect_refusal(resume_training(folder, ...), text, "feedforward_error")
  }
  refused(x, text = "`y` is missing")
  refused(data = iris, text = "`data` must be left out")
  refused(x, iris$Species, validation = list(x, iris$Species), text = "`validation` must be left")
  refused(x, iris$Species, verbose = TRUE, text = "`verbose` must be left out")
  refused(x, iris$Species, folds = 2, text = "`...` must be empty")
  refused(x, iris$Species, threads = 0, text = "`threads`")
  refused(x, iris$Species, progress = 1, text = "`progress`")
  expect_identical(.Random.seed, before)
  expect_refusal(continue_training(fit, x, iris$Species), "average of networks",
    "feedforward_error")
  quick_cv(Species ~ ., data = iris, checkpoint = folder)
  expect_refusal(resume_training(folder, data = iris[c(2:1, 3:5)][150:1, ]), "`data` has different",
    "feedforward_data_error")
  refused(x, iris$Species, text = "`data`")
  refused(Species ~ Sepal.Width, data = iris, text = "own formula")
  refused(data = iris[-1], text = "`data`")
})

test_that("damaged and lying checkpoints are refused", {
  folder <- folder_for()
  quick_cv(x, iris$Species, case_weights = rep(1:2, 75), checkpoint = folder)
  cut_checkpoint(folder, 1:3)
  intact <- read_tensors(checkpoint_path(folder))
  refused <- function(change, text, class = "feedforward_file_error") {
    parts <- change(intact)
    write_tensors(checkpoint_path(folder), parts$tensors, parts$metadata)
    expect_refusal(resume_training(folder, x, iris$Species), text, class)
  }
  tensor <- function(name, value) {
    function(parts) {
      parts$tensors[[name]] <- value
      parts
    }
  }
  about <- function(name, value) {
    function(parts) {
      parts$metadata$checkpoint[name] <- list(value)
      parts
    }
  }
  refused(tensor("random_seed", NULL), "lacks part of the training state")
  refused(tensor("random_seed", c(1, 2)), "random number generator")
  folds <- list(NULL, 1:3, rep(1, 150), rep(1L, 150), rep(4L, 150), rep(c(1L, NA), 75),
    rep(c(1L, 3L), 75), rep(0L, 150), -intact$tensors$data.fold)
  for (fold in folds) refused(tensor("data.fold", fold), "folds that do not fit")
  refused(tensor("data.case_weights", rep(-1, 150)), "case weights")
  refused(tensor("data.case_weights", c(1, 2)), "`case_weights`", "feedforward_error")
  unfit <- "a network that does not fit its candidate"
  for (name in c("1", "2", "losses", "scores", "predictions")) {
    refused(tensor(paste0("results.1.", name), NULL), unfit)
    refused(tensor(paste0("results.1.", name), matrix(0, 2, 2)), unfit)
  }
  result <- intact$metadata$checkpoint$results[[1]]
  lies <- list(member = 0, member = 7, member = 1.5, best_epoch = 16, best_epoch = 0,
    best_epoch = "1", ending = "stopped", ending = NULL)
  for (k in seq_along(lies)) {
    refused(about("results", list(replace(result, names(lies)[k], lies[k]))), unfit)
  }
  refused(about("results", "all"), unfit)
  refused(about("names", c("a", "a")), "no candidates")
  refused(about("candidates", list()), "no candidates")
  refused(about("candidates", list(1, 2)), "no options")
  refused(about("shared", NULL), "no options")
  refused(about("fingerprint", NULL), "does not say which data")
  refused(about("version", 3L), "newer version", "feedforward_version_error")
  refused(about("kind", "formula"), "the formula of the interrupted", "feedforward_error")
  writeBin(as.raw(1:50), checkpoint_path(folder))
  expect_refusal(resume_training(folder, x, iris$Species), "is not a valid")
  # Packages that know no cross-validation.
  expect_error(check_checkpoint_version(cv_checkpoint_version), "newer version")
})

test_that("a formula in a checkpoint is never run", {
  folder <- folder_for()
  quick_cv(Species ~ ., data = iris, checkpoint = folder)
  intact <- read_tensors(checkpoint_path(folder))
  flag <- tempfile()
  run <- sprintf("file.create(\"%s\")", flag)
  for (text in c(sprintf("Species ~ I(%s)", run), sprintf("%s ~ Sepal.Width", run), run, "y ~ ((")) {
    intact$metadata$checkpoint$formula <- text
    write_tensors(checkpoint_path(folder), intact$tensors, intact$metadata)
    expect_refusal(resume_training(folder, data = iris), "has an invalid formula")
  }
  intact$metadata$checkpoint$formula <- 5
  write_tensors(checkpoint_path(folder), intact$tensors, intact$metadata)
  expect_refusal(resume_training(folder, data = iris), "no valid formula")
  expect_false(file.exists(flag))
})
