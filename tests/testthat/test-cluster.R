# What works without MPI. With MPI, tests/mpi tests training on several ranks.

refused <- function(code, text) expect_refusal(code, text, class = "feedforward_error")

# A cluster as cluster_mpi() makes it, without its processes.
local_cluster <- function(rank = 0L, ranks = 4L, here = 2L, cores = 12L, env = parent.frame()) {
  old <- meeting$place
  withr::defer(meeting$place <- old, envir = env)
  meeting$place <- list(rank = rank, ranks = ranks, here = here, cores = cores)
  structure(meeting$place, class = "feedforward_cluster")
}

test_that("without MPI, the error says how to install it", {
  skip_if(mpi_available_cpp())
  cnd <- expect_error(cluster_mpi(), class = "feedforward_error")
  expect_match(conditionMessage(cnd), "has no MPI")
  expect_match(conditionMessage(cnd), "--with-mpi", fixed = TRUE)
})

test_that("only a cluster of this session is accepted", {
  x <- iris[1:4]
  refused(
    feedforward(x, iris$Species, cluster = "mpi"),
    "`cluster` must be NULL or the result of `cluster_mpi()`, not the string \"mpi\""
  )
  refused(
    feedforward(x, iris$Species, cluster = cluster_mpi),
    "Did you forget the parentheses? Use `cluster_mpi()`"
  )
  cluster <- local_cluster()
  expect_identical(check_cluster(cluster), cluster)
  changed <- cluster
  changed$ranks <- 5L
  refused(check_cluster(changed), "was changed, or is from another session")
  fit <- feedforward(x, iris$Species, epochs = 1, hidden_units = 2, checkpoint = tempfile())
  refused(continue_training(fit, x, iris$Species, cluster = 1), "`cluster` must be NULL")
  refused(
    resume_training(fit$options$checkpoint, x, iris$Species, cluster = 1), "`cluster` must be NULL"
  )
  refused(
    feedforward_cv(x, iris$Species, candidates = list(list(cluster = cluster))),
    "cannot set `cluster`"
  )
  refused(feedforward_cv(x, iris$Species, cluster = cluster), "has no argument `cluster`")
})

test_that("a cluster of one rank trains as one process, and the model does not keep it", {
  cluster <- local_cluster(ranks = 1L)
  train <- function(...) {
    set.seed(1)
    feedforward(iris[1:4], iris$Species, hidden_units = 3, epochs = 2, threads = 1, ...)
  }
  fit <- train(cluster = cluster)
  expect_identical(fit$parameters, train()$parameters)
  expect_false("cluster" %in% names(fit$options))
})

test_that("ranks share the cores of their machine, unless told otherwise", {
  withr::local_envvar("_R_CHECK_LIMIT_CORES_" = NA, OMP_NUM_THREADS = NA, OMP_THREAD_LIMIT = NA)
  withr::local_options(feedforward.threads = NULL)
  expect_identical(thread_count(NULL, local_cluster()), min(6L, core_count()))
  expect_identical(thread_count(NULL, local_cluster(here = 20L)), 1L)
  expect_identical(thread_count(5L, local_cluster()), 5L)
  withr::local_envvar(OMP_NUM_THREADS = "1")
  expect_identical(thread_count(NULL, local_cluster()), 1L)
})

test_that("a cluster is printed", {
  expect_output(print(local_cluster(2L)), "MPI cluster of 4 ranks: this is rank 2", fixed = TRUE)
})

test_that("only rank 0 shows what it does, and writes files", {
  options <- list(verbose = TRUE, progress = TRUE, checkpoint = "a", on_epoch = print, epochs = 3)
  expect_identical(options_of_rank(c(options, list(cluster = local_cluster())))$verbose, TRUE)
  of_other <- options_of_rank(c(options, list(cluster = local_cluster(1L))))
  expect_false(of_other$verbose || of_other$progress)
  expect_true(is.null(of_other$checkpoint) && is.null(of_other$on_epoch))
  expect_identical(of_other$epochs, 3)
})
