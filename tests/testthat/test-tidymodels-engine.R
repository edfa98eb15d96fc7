# The engines of parsnip::mlp().

test_that("the engines are registered once, however often the package is loaded", {
  skip_without("parsnip")
  engines <- function() parsnip::show_engines("mlp")$engine
  before <- engines()
  expect_equal(sum(before == "feedforward"), 2L)
  expect_equal(sum(before == "feedforward_two_layer"), 2L)
  arguments <- parsnip::get_from_env("mlp_args")
  feedforward:::register_engines()
  expect_identical(engines(), before)
  expect_identical(parsnip::get_from_env("mlp_args"), arguments)
})

test_that("the engines are registered when parsnip is loaded later", {
  skip_without("parsnip")
  skip_on_cran() # processes take time to start
  for (first in c("feedforward", "parsnip")) {
    second <- setdiff(c("feedforward", "parsnip"), first)
    printed <- run_in_fresh_r(sprintf(
      "library(%s); library(%s); cat(sum(show_engines(\"mlp\")$engine == \"feedforward\"))",
      first, second
    ))
    expect_identical(printed[length(printed)], "2")
  }
})

test_that("a classification is the same as by feedforward()", {
  skip_without("parsnip")
  data <- two_class_data()
  set.seed(3)
  fit <- parsnip::fit(small_spec("classification"), class ~ ., data)
  set.seed(3)
  own <- small_network(data[1:2], data$class)
  expect_identical(fit$fit$parameters, own$parameters)
  expect_identical(predict(fit, data), predict(own, data))
  expect_identical(predict(fit, data, type = "prob"), predict(own, data, type = "prob"))
  expect_identical(as.vector(predict(fit, data, type = "raw")),
    as.vector(predict(own, as.data.frame(data), type = "link", format = "matrix")))
  expect_identical(predict(fit, data[5, ]), predict(own, data[5, ]))
})

test_that("a regression is the same as by feedforward()", {
  skip_without("parsnip")
  set.seed(4)
  fit <- parsnip::fit_xy(small_spec("regression"), mtcars[2:4], mtcars$mpg)
  set.seed(4)
  own <- small_network(mtcars[2:4], mtcars$mpg)
  expect_identical(predict(fit, mtcars), predict(own, mtcars))
  # Numbers that look like classes are meant as numbers.
  rlang::reset_message_verbosity("feedforward_classes")
  counts <- rep(0:4, 20)
  x <- data.frame(a = sin(seq_along(counts)))
  expect_silent(parsnip::fit_xy(small_spec("regression"), x, counts))
})

test_that("several outcomes have a column each", {
  skip_without("parsnip")
  set.seed(5)
  fit <- parsnip::fit_xy(small_spec("regression"), mtcars[2:4], as.matrix(mtcars[c("mpg", "qsec")]))
  expect_named(predict(fit, mtcars[1:3, ]), c(".pred_mpg", ".pred_qsec"))
})

test_that("main and engine arguments arrive", {
  skip_without("parsnip")
  spec <- parsnip::mlp(
    mode = "classification", hidden_units = c(5, 3), penalty = 0.02, dropout = 0.1, epochs = 4,
    activation = "tanh", learn_rate = 0.003
  ) |> parsnip::set_engine("feedforward", batch_size = 16, optimizer = "sgd", validation = 0.2)
  set.seed(1)
  options <- parsnip::fit(spec, Species ~ ., iris)$fit$options
  expect_equal(options$hidden_units, c(5, 3))
  expect_equal(options$penalty, 0.02)
  expect_equal(options$epochs, 4)
  expect_equal(options$batch_size, 16)
  expect_equal(options$validation, 0.2)
  expect_equal(options$optimizer$name, "sgd")
  expect_equal(options$optimizer$learn_rate, 0.003)
  wrong <- parsnip::set_engine(spec, "feedforward", batch_sise = 16)
  expect_error(parsnip::fit(wrong, Species ~ ., iris), "batch_size", class = "feedforward_error")
})

test_that("on_epoch can be an engine argument", {
  skip_without("parsnip")
  epochs <- numeric()
  stops <- function(record) {
    epochs <<- c(epochs, record$epoch)
    record$epoch < 3
  }
  fit <- parsnip::fit(small_spec("classification", on_epoch = stops), Species ~ ., iris)
  expect_identical(epochs, c(1, 2, 3))
  expect_identical(fit$fit$stopped$reason, "on_epoch returned FALSE")
})

test_that("the second engine has two layers", {
  skip_without("parsnip")
  spec <- small_spec("classification", hidden_units_2 = 3, activation_2 = "tanh",
    engine = "feedforward_two_layer")
  set.seed(2)
  fit <- parsnip::fit(spec, Species ~ ., iris)$fit
  set.seed(2)
  own <- small_network(iris[1:4], iris$Species, hidden_units = c(6, 3),
    activation = c("relu", "tanh"))
  expect_identical(fit$parameters, own$parameters)
  expect_error(feedforward_two_layer(iris[1:4], iris$Species, hidden_units_2 = 0),
    "hidden_units_2", class = "feedforward_error")
})

test_that("case weights are used", {
  skip_without("parsnip", "workflows")
  data <- two_class_data()
  weights <- hardhat::importance_weights(rep(1:3, 40))
  set.seed(6)
  fit <- parsnip::fit(small_spec("classification"), class ~ a + b, data, case_weights = weights)
  set.seed(6)
  own <- small_network(data[1:2], data$class, case_weights = weights)
  expect_identical(fit$fit$parameters, own$parameters)
  data$w <- weights
  set.seed(6)
  flow <- workflows::workflow() |>
    workflows::add_formula(class ~ a + b) |>
    workflows::add_case_weights(w) |>
    workflows::add_model(small_spec("classification"))
  fitted <- workflows::extract_fit_engine(parsnip::fit(flow, data))
  expect_identical(fitted$parameters, own$parameters)
})

test_that("a rate with the exposure as case weights takes the place of an offset", {
  skip_without("parsnip", "workflows")
  data <- two_class_data()
  data$exposure <- seq(0.5, 3, length.out = nrow(data))
  data$count <- rep(0:3, 30)
  spec <- small_spec("regression", loss = "poisson")
  set.seed(7)
  fit <- parsnip::fit(spec, count / exposure ~ a + b, data,
    case_weights = hardhat::importance_weights(data$exposure)
  )
  set.seed(7)
  own <- small_network(data[1:2], data$count / data$exposure,
    loss = "poisson", case_weights = data$exposure
  )
  expect_identical(fit$fit$parameters, own$parameters)
  with_offset <- workflows::workflow(count ~ a + offset(exposure), spec)
  expect_error(parsnip::fit(with_offset, data), "offset")
})

test_that("an offset in the formula of fit() is an error for both engines", {
  skip_without("parsnip")
  data <- data.frame(n = c(2, 1, 4, 3), a = 1:4, e = c(1, 2, 1, 3))
  for (engine in c("feedforward", "feedforward_two_layer")) {
    spec <- parsnip::mlp("regression", engine, epochs = 1)
    cnd <- expect_error(parsnip::fit(spec, n ~ a + offset(log(e)), data),
      class = "feedforward_error")
    expect_match(conditionMessage(cnd), "`x` has the column `offset(log(e))`", fixed = TRUE)
    expect_match(conditionMessage(cnd), "use the rate `count / exposure`", fixed = TRUE)
  }
})

test_that("sparse matrices and sparse tibbles stay sparse", {
  skip_without("parsnip", "Matrix", "sparsevctrs")
  withr::local_seed(7)
  x <- Matrix::rsparsematrix(80, 30, 0.1, dimnames = list(NULL, paste0("v", 1:30)))
  y <- factor(ifelse(as.vector(x[, 1] + x[, 2]) > 0, "up", "down"))
  set.seed(8)
  own <- small_network(x, y)
  for (data in list(x, sparsevctrs::coerce_to_sparse_tibble(x))) {
    set.seed(8)
    fit <- parsnip::fit_xy(small_spec("classification"), data, y)
    expect_equal(lapply(fit$fit$parameters, unname), lapply(own$parameters, unname))
    expect_equal(predict(fit, data, type = "prob")$.pred_up, unname(predict(own, x, "prob")[, "up"]))
  }
  expect_true(all(parsnip::get_encoding("mlp")$allow_sparse_x[
    grepl("^feedforward", parsnip::get_encoding("mlp")$engine)]))
})

test_that("all values that dials draws can be used", {
  skip_without("parsnip", "dials", "tune")
  spec <- parsnip::mlp(
    mode = "classification", hidden_units = tune::tune(), penalty = tune::tune(),
    dropout = tune::tune(), epochs = tune::tune(), activation = tune::tune(),
    learn_rate = tune::tune()
  ) |> parsnip::set_engine("feedforward")
  parameters <- hardhat::extract_parameter_set_dials(spec)
  expect_setequal(parameters$id,
    c("hidden_units", "penalty", "dropout", "epochs", "activation", "learn_rate"))
  set.seed(9)
  grid <- dials::grid_space_filling(parameters, size = 8)
  expect_true(all(grid$activation %in% names(feedforward:::activations)))
  expect_true(all(grid$learn_rate >= 1e-4 & grid$learn_rate <= 0.1))
  grid$epochs <- 2L
  for (k in seq_len(nrow(grid))) {
    final <- tune::finalize_model(spec, grid[k, ])
    expect_s3_class(parsnip::fit(final, Species ~ ., iris)$fit, "feedforward")
  }
})

# The metrics of a small grid, fitted with workers that `plan` has set up.
tuned_metrics <- function() {
  data <- two_class_data()
  set.seed(10)
  folds <- rsample::vfold_cv(data, 3)
  spec <- parsnip::mlp("classification", hidden_units = tune::tune(), epochs = 5) |>
    parsnip::set_engine("feedforward")
  set.seed(12)
  tuned <- tune::tune_grid(spec, class ~ ., folds, grid = data.frame(hidden_units = c(2, 5)))
  tune::collect_metrics(tuned, summarize = FALSE)
}

test_that("tuning gives the same in one process, on future, and on mirai", {
  skip_without("parsnip", "tune", "rsample", "yardstick")
  skip_on_cran() # processes take time to start
  alone <- tuned_metrics()
  expect_true(all(is.finite(alone$.estimate)))
  expect_gt(length(unique(alone$.estimate)), 6L)
  skip_without("future")
  future::plan("multisession", workers = 2L)
  withr::defer(future::plan("sequential"))
  expect_identical(tuned_metrics(), alone)
  future::plan("sequential")
  skip_without("mirai")
  # Tests do not install it, since it takes minutes to compile.
  daemons <- getExportedValue("mirai", "daemons")
  daemons(2)
  withr::defer(daemons(0))
  expect_identical(tuned_metrics(), alone)
})

test_that("resampling and a last fit work with a recipe", {
  skip_without("parsnip", "tune", "rsample", "yardstick", "recipes", "workflows")
  data <- two_class_data()
  set.seed(13)
  split <- rsample::initial_split(data)
  recipe <- recipes::recipe(class ~ ., data) |>
    recipes::step_novel(b) |>
    recipes::step_normalize(a)
  # By default, workflows turn new levels into NA before the recipe sees them.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  flow <- workflows::workflow(spec = small_spec("classification")) |>
    workflows::add_recipe(recipe, blueprint = blueprint)
  set.seed(14)
  resampled <- tune::fit_resamples(flow, rsample::vfold_cv(rsample::training(split), 3))
  expect_equal(nrow(tune::collect_notes(resampled)), 0L)
  set.seed(15)
  last <- tune::last_fit(flow, split)
  metrics <- tune::collect_metrics(last)
  expect_gt(metrics$.estimate[metrics$.metric == "roc_auc"], 0.8)
  new <- transform(data[1:3, ], b = factor(c("x", "y", "never seen")))
  predicted <- predict(tune::extract_workflow(last), new, type = "prob")
  expect_false(anyNA(predicted))
})

test_that("a saved workflow predicts in a new session without library(feedforward)", {
  skip_without("parsnip", "workflows")
  skip_on_cran() # processes take time to start
  set.seed(16)
  flow <- parsnip::fit(workflows::workflow(class ~ ., small_spec("classification")),
    two_class_data())
  folder <- withr::local_tempdir()
  saveRDS(list(flow = flow, data = two_class_data()), file.path(folder, "flow.rds"))
  printed <- run_in_fresh_r(sprintf(paste(
    "library(workflows)", "read <- readRDS(%s)",
    "cat(format(predict(read$flow, read$data, type = \"prob\")$.pred_yes, digits = 17))",
    sep = "\n"
  ), deparse(file.path(folder, "flow.rds"))))
  expected <- predict(flow, two_class_data(), type = "prob")$.pred_yes
  read <- scan(text = printed[length(printed)], quiet = TRUE)
  expect_equal(read, expected, tolerance = 1e-15)
  expect_lt(file.size(file.path(folder, "flow.rds")), 60000)
})
