model_file <- function(env = parent.frame()) {
  withr::local_tempfile(fileext = ".safetensors", .local_envir = env)
}

# Written and read.
reread <- function(fit) {
  path <- model_file()
  write_model(fit, path)
  read_model(path)
}

test_that("every kind of model is restored identically", {
  for (outcome in c("classes", "numbers", "labels")) {
    for (inputs in c("matrix", "array", "data", "formula")) {
      fit <- example_model(outcome, inputs)
      expect_identical(reread(fit), fit)
    }
  }
})

test_that("untrained, linear, interrupted and unscaled models are restored identically", {
  expect_identical(reread(example_model(epochs = 0L)), example_model(epochs = 0L))
  linear <- example_model("numbers", hidden = integer(), validation = FALSE)
  expect_identical(reread(linear), linear)
  fit <- example_model()
  fit$stopped <- list(epoch = 3, batch = 7, reason = "interrupted \u2013 \"here\"")
  fit$inputs[c("names", "center", "scale")] <- list(NULL)
  fit$options$class_weights <- c(setosa = 1 / 3, virginica = 2)
  fit$options$init <- structure(list(name = "normal", sd = 0.01), class = "feedforward_init")
  fit$outcome$levels[1] <- "g\u00fcn \\ \"t\n"
  fit$parameters$b1[1:3] <- c(-0, 4.9e-324, .Machine$double.xmax)
  expect_identical(reread(fit), fit)
  expect_identical(1 / reread(fit)$parameters$b1[1], -Inf)
})

test_that("columns of every supported type are restored, others are refused", {
  data <- data.frame(
    d = c(1.5, 2, 3), i = 1:3, l = c(TRUE, FALSE, TRUE),
    f = factor(c("u", "v", "u"), c("v", "u", "w")),
    o = factor(c("lo", "hi", "lo"), c("lo", "hi"), ordered = TRUE), `a b` = 3:1, check.names = FALSE
  )
  with_blueprint <- function(blueprint, kind) {
    fit <- example_model(inputs = kind)
    fit$blueprint <- blueprint
    fit
  }
  fit <- with_blueprint(hardhat::mold(data, NULL)$blueprint, "data")
  expect_identical(reread(fit), fit)
  expect_identical(reread(fit)$blueprint$ptypes, fit$blueprint$ptypes)
  data$c <- c("x", "y", "z")
  fit <- with_blueprint(hardhat::mold(data, NULL)$blueprint, "data")
  expect_identical(reread(fit), fit)
  data$day <- Sys.Date()
  fit <- with_blueprint(hardhat::mold(data, NULL)$blueprint, "data")
  text <- c("the column `day`", "It has the class Date", "saveRDS")
  expect_refusal(write_model(fit, model_file()), text, "feedforward_error")
})

test_that("formulas of numbers are restored, other formulas and recipes are refused", {
  data <- transform(example_data(), d = factor(c("p", "q", "q", "p")))
  with_formula <- function(formula) suppressWarnings(quick_fit(formula, data, epochs = 0))
  same <- function(formula) {
    fit <- with_formula(formula)
    expect_identical(reread(fit), fit, ignore_formula_env = TRUE)
  }
  same(y ~ .)
  same(y ~ . - z)
  same(y ~ size * sort + I((size + 0.1)^2))
  same(y ~ sort:d + log(z, base = 2) + sqrt(abs(size)))
  same(log(z) + count ~ size + sort)
  same(y ~ I(size / 3) + sort %in% d)
  refused <- function(formula, text) {
    expect_refusal(
      write_model(with_formula(formula), model_file()), c(text, "saveRDS"), "feedforward_error"
    )
  }
  refused(y ~ poly(size, 2), "a call to `poly()`")
  refused(y ~ base::log(size), "a call to `base::log()`")
  refused(y ~ ifelse(size > 2, 1, 0), "a call to `ifelse()`")
  fit <- example_model(inputs = "formula")
  class(fit$blueprint) <- c("default_recipe_blueprint", "recipe_blueprint", "hardhat_blueprint")
  expect_refusal(
    write_model(fit, model_file()), c("made with a recipe", "saveRDS"), "feedforward_error"
  )
})

test_that("a path before the model is refused with a hint", {
  path <- model_file()
  text <- c("`fit` must be a model", "The model comes first: `write_model(fit, path)`.")
  expect_refusal(write_model(path, example_model()), text, "feedforward_error")
  expect_false(file.exists(path))
})

test_that("a refused model leaves the older file unchanged", {
  path <- model_file()
  fit <- example_model()
  expect_identical(withVisible(write_model(fit, path)), list(value = path, visible = FALSE))
  broken <- fit
  broken$parameters$W1 <- NULL
  expect_error(write_model(broken, path), class = "feedforward_error")
  broken <- fit
  broken$options$more <- mean
  expect_refusal(write_model(broken, path), "options$more", "feedforward_error")
  expect_identical(read_model(path), fit)
  expect_error(write_model(1, path), class = "feedforward_error")
  expect_error(write_model(fit, 1), class = "feedforward_error")
})

test_that("a model file is little larger than its numbers", {
  fit <- example_model(hidden = 1000L)
  path <- model_file()
  write_model(fit, path)
  expect_lt(file.size(path), 8 * sum(lengths(fit$parameters)) + 4000)
})

test_that("on a full disk, the older model stays and no other file is left", {
  skip_on_os(c("windows", "mac"))
  folder <- withr::local_tempdir()
  path <- file.path(folder, "kept", "model.safetensors")
  lines <- run_with_small_files(c(
    sprintf("path <- %s", deparse(path)),
    "dir.create(dirname(path))",
    "model <- function(units) {",
    "  set.seed(1)",
    "  feedforward::feedforward(Species ~ ., iris, hidden_units = units, epochs = 1)",
    "}",
    "feedforward::write_model(model(3), path)",
    # Too large for the limit of this process.
    "refused <- tryCatch(feedforward::write_model(model(3000), path), error = identity)",
    "cat(class(refused)[1], grepl(\"problem writing|full\", conditionMessage(refused)),",
    "  grepl(basename(path), conditionMessage(refused), fixed = TRUE),",
    "  identical(feedforward::read_model(path)$parameters, model(3)$parameters))"
  ))
  expect_identical(utils::tail(lines, 1), "feedforward_file_error TRUE TRUE TRUE")
  expect_identical(list_all(dirname(path)), basename(path))
})

test_that("paths that cannot be written to are refused by name", {
  file <- withr::local_tempfile(lines = "a file")
  fit <- example_model()
  for (path in file.path(c(file, file.path(tempdir(), "no-such-folder")), "model.safetensors")) {
    cnd <- expect_refusal(write_model(fit, path), c("cannot be written", "there is no folder"))
    # The path may be broken where the console ends.
    expect_match(gsub("\\s", "", conditionMessage(cnd)), gsub("\\s", "", path), fixed = TRUE)
  }
  expect_identical(readLines(file), "a file")
})
