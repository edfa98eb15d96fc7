test_that("the state of training is restored to the last bit", {
  withr::local_seed(4)
  state <- list(
    epoch = 3, parameters = c(1 / 3, -0, 5e-324, .Machine$double.xmax, exp(rnorm(4))), steps = 12,
    order = sample.int(9L), optimizer = lapply(1:12, function(k) rnorm(k)),
    best = list(epoch = 0, loss = Inf, parameters = numeric()),
    history = list(loss = c(1, NaN, 0.1), valid_loss = c(NA_real_, NaN, Inf))
  )
  path <- withr::local_tempfile()
  seed <- c(10403L, NA, -.Machine$integer.max, 0L)
  write_tensors(path, c(state_tensors(state), list(random_seed = seed)))
  tensors <- read_tensors(path)$tensors
  expect_identical(state_from(tensors, list())[names(state)], state)
  expect_identical(tensors$random_seed, seed)
  expect_identical(1 / state_from(tensors, list())$parameters[2], -Inf)
})

test_that("a hash depends on numbers and their places, not on their type", {
  skip_if_not_installed("Matrix")
  x <- matrix(c(0, 1, 2, 3, 250, 7), 3)
  integers <- x
  storage.mode(integers) <- "integer"
  bytes <- matrix(as.raw(x), 3)
  expect_identical(hash_numbers(integers), hash_numbers(x))
  expect_identical(hash_numbers(bytes), hash_numbers(x))
  expect_false(hash_numbers(x[3:1, ]) == hash_numbers(x))
  sparse <- as_plain_sparse(Matrix::Matrix(diag(3), sparse = TRUE))
  other <- sparse
  other@i <- c(0L, 2L, 1L)
  expect_false(hash_numbers(other) == hash_numbers(sparse))
  expect_type(hash_numbers(numeric()), "character")
  # More than one block; the last place counts.
  long <- numeric(2^20 + 1)
  changed <- replace(long, length(long), 1)
  expect_false(hash_numbers(long) == hash_numbers(changed))
})

test_that("an unusable folder is an error before training", {
  case <- training_case()
  train <- function(folder) feedforward(case$x, case$y, epochs = 1, checkpoint = folder)
  file <- withr::local_tempfile(lines = "a file")
  expect_refusal(train(file), c("`checkpoint`", "cannot be created"), "feedforward_error")
  expect_refusal(train(file.path(file, "below")), "cannot be created", "feedforward_error")
  expect_refusal(train(""), "`checkpoint`", "feedforward_error")
  nested <- file.path(withr::local_tempdir(), "new", "folder")
  train(nested)
  expect_identical(list_all(nested), "checkpoint.safetensors")
})

test_that("L-BFGS has no checkpoints", {
  case <- training_case()
  expect_refusal(
    feedforward(case$x, case$y, optimizer = "lbfgs", checkpoint = withr::local_tempdir()),
    "`checkpoint` must be NULL", "feedforward_error"
  )
})

# Returns a write_tensors() that fails after the first checkpoint.
full_after_first <- function() {
  first <- TRUE
  original <- write_tensors
  function(...) {
    if (!first) stop("No space left on device")
    first <<- FALSE
    original(...)
  }
}

test_that("a checkpoint that cannot be written does not end training", {
  case <- training_case()
  train <- function(...) {
    set.seed(1)
    feedforward(case$x, case$y, epochs = 4, hidden_units = 3, ...)
  }
  expected <- train()
  folder <- withr::local_tempdir()
  # Handlers outside of the C++ code do not see messages from within.
  shown <- utils::capture.output(type = "message", {
    warned <- expect_warning(
      with_replaced("write_tensors", full_after_first(), {
        fit <- train(checkpoint = folder)
      }),
      class = "feedforward_checkpoint_failed"
    )
  })
  expect_match(shown, "No space left on device", all = FALSE)
  expect_match(message_of(warned), "3 checkpoints could not be written", fixed = TRUE)
  expect_match(message_of(warned), "No space left on device", fixed = TRUE)
  expect_identical(fit$parameters, expected$parameters)
  # The checkpoint of the first epoch is complete.
  resumed <- resume_training(folder, case$x, case$y)
  expect_identical(resumed$parameters, expected$parameters)
})

test_that("a full disk leaves the older checkpoint and no other files", {
  skip_on_os(c("windows", "mac"))
  case <- training_case()
  folder <- withr::local_tempdir()
  saveRDS(case, file.path(folder, "case.rds"))
  lines <- run_with_small_files(c(
    sprintf("folder <- %s", deparse(folder)),
    "case <- readRDS(file.path(folder, \"case.rds\"))",
    "train <- function(units, ...) feedforward::feedforward(case$x, case$y, hidden_units = units,",
    "  epochs = 3, checkpoint = file.path(folder, \"kept\"), ...)",
    "set.seed(1)",
    "small <- train(3)",
    # Too large for the limit of this process.
    "large <- tryCatch(train(3000), warning = function(w) class(w)[1])",
    "again <- feedforward::resume_training(file.path(folder, \"kept\"), case$x, case$y)",
    "cat(large, identical(again$parameters, small$parameters))"
  ))
  expect_identical(utils::tail(lines, 1), "feedforward_checkpoint_failed TRUE")
  expect_identical(list_all(file.path(folder, "kept")), "checkpoint.safetensors")
})

test_that("files of killed processes are removed, and no other files", {
  case <- training_case()
  folder <- withr::local_tempdir()
  left <- file.path(folder, c("checkpoint.safetensors-12ab.part", ".checkpoint", "other-1.part"))
  train <- function() feedforward(case$x, case$y, epochs = 2, checkpoint = folder)
  for (code in list(train, function() resume_training(folder, case$x, case$y))) {
    file.create(left)
    code()
    expect_setequal(list_all(folder), c("checkpoint.safetensors", basename(left[-1])))
  }
})

test_that("a process killed at any time leaves a complete checkpoint", {
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  skip_on_covr() # the counts of a process that is killed are cut off
  case <- training_case()
  folder <- withr::local_tempdir()
  kept <- file.path(folder, "kept")
  train <- function(...) {
    set.seed(6)
    feedforward(case$x, case$y, hidden_units = 300, epochs = 400, dropout = 0.2, ...)
  }
  fit <- train()
  saveRDS(case, file.path(folder, "case.rds"))
  code <- c(
    sprintf("folder <- %s", deparse(folder)), "library(feedforward)",
    "case <- readRDS(file.path(folder, \"case.rds\"))",
    paste("train <-", paste(deparse(train), collapse = "\n")),
    "train(checkpoint = file.path(folder, \"kept\"), threads = 1)"
  )
  # On a busy machine the signal may come after the last epoch: that kill does not count.
  early <- 0L
  for (seconds in c(0.3, 0.5, rep(0, 20))) {
    child <- start_fresh_r(code)
    wait_for(checkpoint_path(kept))
    Sys.sleep(seconds)
    tools::pskill(child, tools::SIGKILL)
    epoch <- read_checkpoint(kept)$state$epoch
    expect_identical(resume_training(kept, case$x, case$y)$parameters, fit$parameters)
    unlink(kept, recursive = TRUE)
    early <- early + (epoch >= 1 && epoch < 400)
    if (early == 2L) break
  }
  expect_identical(early, 2L)
})
