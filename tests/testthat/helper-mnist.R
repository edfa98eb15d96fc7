# MNIST in miniature, and places to have it from.

# No test may use the real cache, or folders that the user has set.
local_mnist_settings <- function(option = NULL, variable = NA, env = parent.frame()) {
  cache <- withr::local_tempdir(.local_envir = env)
  withr::local_options(feedforward.mnist = option, .local_envir = env)
  withr::local_envvar(FEEDFORWARD_MNIST = variable, R_USER_CACHE_DIR = cache, .local_envir = env)
  tools::R_user_dir("feedforward", "cache")
}

sha256 <- function(bytes) digest::digest(bytes, "sha256", serialize = FALSE)

folder_url <- function(folder) {
  paste0("file://", if (.Platform$OS.type == "windows") "/", normalizePath(folder, "/"), "/")
}

# Sources of the tiny MNIST in a folder; nothing listens at `nowhere`.
nowhere <- "http://127.0.0.1:1/"
tiny_sources <- function(npz = paste0(nowhere, "mnist.npz"),
                         mirrors = paste0(nowhere, c("a/", "b/"))) {
  files <- tiny_mnist()[mnist_files]
  list(
    npz = npz, npz_sha256 = sha256(tiny_mnist_npz()), mirrors = mirrors,
    idx_sha256 = setNames(vapply(files, sha256, ""), names(mnist_files)),
    idx_bytes = setNames(lengths(files), names(mnist_files))
  )
}

gz_folder <- function(files, env = parent.frame()) {
  packed <- lapply(files, gz_bytes)
  temp_folder(setNames(packed, paste0(names(files), ".gz")), env)
}

expect_tiny <- function(mnist) {
  expect_named(mnist, c("train", "test"))
  for (part in mnist) expect_named(part, c("x", "y"))
  expect_identical(mnist$train$y, array(c(5L, 0L, 4L), 3))
  expect_identical(mnist$test$y, array(c(7L, 2L), 2))
  expect_identical(dim(mnist$train$x), c(3L, 28L, 28L))
  expect_identical(dim(mnist$test$x), c(2L, 28L, 28L))
  expect_type(mnist$train$x, "integer")
  expect_identical(mnist$train$x[2, 3, 5], as.integer((28 * 28 + 2 * 28 + 5) * 7) %% 256L)
}
