without_limits <- function(code) {
  withr::with_envvar(
    c("_R_CHECK_LIMIT_CORES_" = NA, OMP_THREAD_LIMIT = NA, OMP_NUM_THREADS = NA),
    withr::with_options(list(feedforward.threads = NULL), code)
  )
}

test_that("the argument, the option and the environment decide in this order", {
  without_limits({
    cores <- core_count()
    expect_identical(thread_count(8), 8L)
    expect_identical(thread_count(), min(2L, cores))
    withr::local_envvar(OMP_NUM_THREADS = "1,4")
    expect_identical(thread_count(), 1L)
    withr::local_options(feedforward.threads = 2)
    expect_identical(thread_count(), min(2L, cores))
    withr::local_envvar(OMP_THREAD_LIMIT = "3")
    expect_identical(thread_count(8), 3L)
    withr::local_envvar(OMP_THREAD_LIMIT = NA, "_R_CHECK_LIMIT_CORES_" = "TRUE")
    expect_identical(thread_count(8), 2L)
    withr::local_envvar("_R_CHECK_LIMIT_CORES_" = "false")
    expect_identical(thread_count(8), 8L)
  })
})

test_that("invalid environment variables are ignored, and invalid options are errors", {
  without_limits({
    withr::local_envvar(OMP_NUM_THREADS = "many", OMP_THREAD_LIMIT = "-1")
    expect_identical(thread_count(), min(2L, core_count()))
    withr::local_options(feedforward.threads = "all")
    expect_error(thread_count(), "feedforward.threads", class = "feedforward_error")
  })
  expect_error(thread_count(0), "`threads`", class = "feedforward_error")
})

# Large enough that the work is divided.
threaded_case <- function() {
  set.seed(1)
  random_case(n = 700, inputs = 150, hidden = 130, outputs = 12)
}

test_that("results are identical for any number of threads", {
  skip_on_cran() # more than two threads
  case <- threaded_case()
  sparse_X <- case$X * (abs(case$X) > 1.3)
  for (X in list(case$X, sparse_X)) {
    for (precision in c("double", "single")) {
      fits <- lapply(c(1, 2, 3, 8), function(threads) {
        set.seed(2)
        without_limits(train_nn(X, case$Y, case$nn, epochs = 2, threads = threads,
          precision = precision, verbose = FALSE))
      })
      for (fit in fits[-1]) expect_identical(fit, fits[[1]])
    }
    passes <- lapply(c(1, 2, 3, 8), function(threads) {
      without_limits(withr::with_options(
        list(feedforward.threads = threads),
        list(forward(X, case$nn), predict_nn(X, case$nn), backward(X, case$Y, case$nn))
      ))
    })
    for (pass in passes[-1]) expect_identical(pass, passes[[1]])
  }
})

test_that("two threads give the same result as one", {
  case <- threaded_case()
  fits <- lapply(1:2, function(threads) {
    set.seed(2)
    train_nn(case$X, case$Y, case$nn, epochs = 1, threads = threads, verbose = FALSE)
  })
  expect_identical(fits[[1]], fits[[2]])
})

test_that("a forked process trains after its parent, with the same result", {
  skip_on_os("windows")
  skip_on_cran() # two processes of two threads
  case <- threaded_case()
  train <- function(...) {
    set.seed(3)
    train_nn(case$X, case$Y, case$nn, epochs = 2, threads = 2, verbose = FALSE)
  }
  expected <- train()
  for (fit in parallel::mclapply(1:2, train, mc.cores = 2)) expect_identical(fit, expected)
})

test_that("a worker process fits the same model, with any number of threads", {
  skip_on_cran() # more processes and threads
  fit <- function(threads) {
    set.seed(7)
    model <- feedforward::feedforward(Species ~ .,
      data = iris, hidden_units = c(8, 4), epochs = 4, dropout = 0.2, validation = 0.2,
      threads = threads
    )
    model$history$seconds <- NULL
    model[c("parameters", "history", "best_epoch", "n")]
  }
  environment(fit) <- globalenv()
  here <- without_limits(fit(1))
  expect_identical(without_limits(fit(4)), here)
  cluster <- parallel::makePSOCKcluster(2)
  withr::defer(parallel::stopCluster(cluster))
  libraries <- .libPaths()
  parallel::clusterCall(cluster, .libPaths, libraries)
  expect_identical(parallel::clusterApply(cluster, c(1, 4), fit), list(here, here))
  # Forked ones in a session of their own, which is asked for them when it ends.
  skip_on_os("windows")
  file <- withr::local_tempfile()
  saveRDS(list(fit = fit, here = here), file)
  lines <- run_in_fresh_r(c(
    sprintf("expected <- readRDS(%s)", deparse(file)),
    "found <- parallel::mclapply(c(1, 4), expected$fit, mc.cores = 2)",
    "cat(identical(found, rep(list(expected$here), 2)))"
  ))
  expect_identical(utils::tail(lines, 1), "TRUE")
})
