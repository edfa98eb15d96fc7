# vetiver: models on a server.

flower_fit <- function(...) {
  withr::local_seed(1)
  feedforward(..., hidden_units = 4, epochs = 10)
}

test_that("a model is described, and its prototype is that of its data", {
  skip_without("vetiver")
  fit <- flower_fit(Species ~ ., data = iris)
  v <- vetiver::vetiver_model(fit, "flowers")
  expect_identical(v$description, format(fit))
  expect_identical(v$metadata$required_pkgs, "feedforward")
  expect_identical(names(v$prototype), names(iris)[1:4])
  x <- as.matrix(iris[1:4])
  from_matrix <- flower_fit(x, iris$Species)
  expect_identical(names(vetiver::vetiver_model(from_matrix, "m")$prototype), colnames(x))
  unnamed <- flower_fit(unname(x), iris$Species)
  expect_error(vetiver::vetiver_model(unnamed, "m"), "prototype_data", class = "feedforward_error")
  given <- vetiver::vetiver_model(unnamed, "m", prototype_data = iris[1:4])
  expect_identical(names(given$prototype), names(iris)[1:4])
})

test_that("a pinned model predicts as before", {
  skip_without("vetiver", "pins")
  fit <- flower_fit(Species ~ ., data = iris)
  board <- pins::board_temp()
  suppressMessages(vetiver::vetiver_pin_write(board, vetiver::vetiver_model(fit, "flowers")))
  read <- vetiver::vetiver_pin_read(board, "flowers")
  expect_identical(predict(read$model, iris, type = "prob"), predict(fit, iris, type = "prob"))
})

# A process of R takes a while to start.
wait_for_server <- function(port) {
  for (attempt in 1:600) {
    answer <- suppressWarnings(try(socketConnection(port = port, timeout = 1), silent = TRUE))
    if (!inherits(answer, "try-error")) {
      return(close(answer))
    }
    Sys.sleep(0.1)
  }
  stop("the server does not answer")
}

test_that("a server answers over HTTP", {
  skip_without("vetiver", "plumber", "httr")
  skip_on_cran() # processes take time to start
  mixed <- transform(iris, dark = factor(rep(c("yes", "no"), 75)))
  fit <- flower_fit(Species ~ ., data = mixed)
  folder <- withr::local_tempdir()
  saveRDS(vetiver::vetiver_model(fit, "flowers"), file.path(folder, "model.rds"))
  port <- 20000L + Sys.getpid() %% 20000L
  # As in the files of vetiver_write_plumber(), nothing loads this package.
  server <- start_fresh_r(sprintf(paste(
    "library(vetiver)", "library(plumber)",
    "pr() |> vetiver_api(readRDS(%s), type = \"prob\") |> pr_run(port = %d, quiet = TRUE)",
    sep = "\n"
  ), deparse(file.path(folder, "model.rds")), port))
  withr::defer(tools::pskill(server))
  address <- sprintf("http://127.0.0.1:%d", port)
  wait_for_server(port)
  new <- mixed[c(1, 60, 120), -5]
  answer <- predict(vetiver::vetiver_endpoint(paste0(address, "/predict")), new)
  # JSON keeps four decimals in plumber.
  expect_equal(as.data.frame(answer), as.data.frame(predict(fit, new, type = "prob")), tolerance = 1e-3)
})

test_that("bundle and butcher have nothing to do", {
  skip_without("bundle", "butcher")
  fit <- flower_fit(Species ~ ., data = iris)
  expect_identical(suppressWarnings(butcher::butcher(fit))$parameters, fit$parameters)
  expect_identical(predict(butcher::butcher(fit), iris), predict(fit, iris))
  expect_identical(predict(bundle::unbundle(bundle::bundle(fit)), iris), predict(fit, iris))
})
