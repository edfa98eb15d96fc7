# No test may see or touch the real cache, or places named by who runs the tests.
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

test_that("every form of the data, named in every way, gives the same", {
  local_mnist_settings()
  plain <- temp_folder(tiny_mnist())
  packed <- gz_folder(tiny_mnist())
  npz <- temp_file(tiny_mnist_npz(), fileext = ".npz")
  for (place in c(plain, packed, npz)) {
    expect_tiny(dataset_mnist(place))
    withr::with_options(list(feedforward.mnist = place), expect_tiny(dataset_mnist()))
    withr::with_envvar(c(FEEDFORWARD_MNIST = place), expect_tiny(dataset_mnist()))
  }
})

test_that("a path goes before the option, the option before the variable", {
  good <- temp_folder(tiny_mnist())
  bad <- temp_folder()
  local_mnist_settings(option = bad, variable = bad)
  expect_tiny(dataset_mnist(good))
  local_mnist_settings(option = good, variable = bad)
  expect_tiny(dataset_mnist())
})

test_that("settings and paths that lead nowhere are errors, not downloads", {
  none <- file.path(tempdir(), "no-such-place")
  local_mnist_settings()
  expect_refusal(dataset_mnist(none), c("`path`", "no-such-place", "nothing"))
  expect_refusal(dataset_mnist(file.path("data", "mnist.npz")), "`path`")
  local_mnist_settings(option = none)
  expect_refusal(dataset_mnist(), c("options(feedforward.mnist)", "no-such-place"))
  local_mnist_settings(option = 1)
  expect_refusal(dataset_mnist(), "options(feedforward.mnist)", "feedforward_error")
  local_mnist_settings(variable = none)
  expect_refusal(dataset_mnist(), c("FEEDFORWARD_MNIST", "no-such-place"))
  for (path in list("", NA, 1, c("a", "b"), "..", ".")) {
    expect_refusal(dataset_mnist(path), "`path`", "feedforward_error")
  }
})

test_that("a folder that lacks files says which", {
  local_mnist_settings()
  folder <- temp_folder(tiny_mnist()[c(1, 4)])
  cnd <- expect_refusal(
    dataset_mnist(folder),
    c(basename(folder), "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte")
  )
  expect_no_match(message_of(cnd), "train-images", fixed = TRUE)
})

test_that("an archive that lacks arrays says which", {
  local_mnist_settings()
  npz <- zip_bytes(list(x_train.npy = npy_bytes("|u1", 1, as.raw(1))))
  expect_refusal(
    dataset_mnist(temp_file(npz)),
    c("cannot be read as MNIST", "without y_train, x_test, y_test")
  )
})

test_that("data of another form are refused", {
  local_mnist_settings()
  refused <- function(name, bytes, text) {
    files <- tiny_mnist()
    name <- paste0(name, "-ubyte")
    files[[name]] <- bytes
    expect_refusal(dataset_mnist(temp_folder(files)), c("cannot be read as MNIST", text))
  }
  lower <- idx_bytes(8, c(3, 27, 28), raw(3 * 27 * 28))
  refused("train-images-idx3", lower, c("training images", "3 x 27 x 28"))
  refused("t10k-images-idx3", idx_bytes(8, 784, raw(784)), c("test images", "784"))
  refused("t10k-images-idx3", idx_bytes(9, c(2, 28, 28), as.raw(rep(0xff, 2 * 784))), "0 to 255")
  refused("train-labels-idx1", idx_bytes(8, 4, raw(4)), "3 training labels")
  refused("t10k-labels-idx1", idx_bytes(8, 2, as.raw(c(1, 10))), c("2 test labels", "0 to 9"))
  broken <- raw_of(c(1, 2.5), size = 4, endian = "big")
  refused("t10k-labels-idx1", idx_bytes(13, 2, broken), "0 to 9")
  files <- tiny_mnist()
  files[[2]] <- raw(3)
  expect_refusal(dataset_mnist(temp_folder(files)), "train-labels-idx1-ubyte")
})

test_that("labels saved as 64-bit numbers become integers", {
  origin <- list(file = "f", format = "MNIST")
  pair <- mnist_pair(array(0L, c(2, 28, 28)), array(c(3, 9), 2), "test", origin)
  expect_identical(pair$y, array(c(3L, 9L), 2))
})

# ---- The cache --------------------------------------------------------------------

test_that("a download fills the cache, the cache saves the next", {
  cache <- local_mnist_settings()
  source <- temp_folder(list(mnist.npz = tiny_mnist_npz()))
  sources <- tiny_sources(npz = paste0(folder_url(source), "mnist.npz"))
  place <- cached_mnist("mnist.npz", cache, sources)
  expect_identical(place, file.path(cache, "mnist.npz"))
  expect_identical(list_all(cache), "mnist.npz")
  expect_tiny(read_mnist(place, NULL))
  expect_identical(cached_mnist("mnist.npz", cache, tiny_sources()), place)
})

test_that("the mirrors come next, whatever one of them lacks", {
  cache <- local_mnist_settings()
  first <- gz_folder(tiny_mnist()[1])
  second <- gz_folder(tiny_mnist()[-1])
  sources <- tiny_sources(mirrors = c(folder_url(first), folder_url(second)))
  expect_identical(cached_mnist("mnist.npz", cache, sources), cache)
  expect_setequal(list_all(cache), paste0(names(tiny_mnist()), ".gz"))
  expect_tiny(read_mnist(cache, NULL))
  expect_identical(cached_mnist("mnist.npz", cache, tiny_sources()), cache)
})

test_that("a mirror with wrong content is no source", {
  cache <- local_mnist_settings()
  files <- tiny_mnist()
  files[[3]][100] <- as.raw(0)
  sources <- tiny_sources(mirrors = folder_url(gz_folder(files)))
  expect_refusal(
    cached_mnist("mnist.npz", cache, sources),
    c("t10k-images-idx3-ubyte.gz: not the expected content", "SHA-256"),
    "feedforward_download_error"
  )
  expect_false("t10k-images-idx3-ubyte.gz" %in% list_all(cache))
})

test_that("files placed in the cache by hand are found", {
  cache <- local_mnist_settings()
  dir.create(cache, recursive = TRUE)
  for (name in names(tiny_mnist())) writeBin(tiny_mnist()[[name]], file.path(cache, name))
  expect_identical(cached_mnist("mnist.npz", cache, tiny_sources()), cache)
  writeBin(tiny_mnist_npz(), file.path(cache, "other.npz"))
  expect_identical(cached_mnist("other.npz", cache, tiny_sources()), file.path(cache, "other.npz"))
})

test_that("a damaged cache is downloaded again, or an error, never data", {
  cache <- local_mnist_settings()
  dir.create(cache, recursive = TRUE)
  file <- file.path(cache, "mnist.npz")
  bad <- tiny_mnist_npz()
  bad[200] <- xor(bad[200], as.raw(1))
  writeBin(bad, file)
  expect_message(
    expect_refusal(
      cached_mnist("mnist.npz", cache, tiny_sources()),
      "was not downloaded", "feedforward_download_error"
    ),
    "damaged"
  )
  expect_identical(list_all(cache), "mnist.npz")
  source <- temp_folder(list(mnist.npz = tiny_mnist_npz()))
  sources <- tiny_sources(npz = paste0(folder_url(source), "mnist.npz"))
  expect_message(place <- cached_mnist("mnist.npz", cache, sources), "downloading it again")
  expect_identical(place, file)
  expect_tiny(read_mnist(file, NULL))
})

test_that("a damaged plain IDX file in the cache gives way to a good one", {
  cache <- local_mnist_settings()
  dir.create(cache, recursive = TRUE)
  for (name in names(tiny_mnist())) writeBin(tiny_mnist()[[name]], file.path(cache, name))
  writeBin(as.raw(1:9), file.path(cache, "t10k-labels-idx1-ubyte"))
  expect_refusal(
    cached_mnist("mnist.npz", cache, tiny_sources()), "mnist.npz", "feedforward_download_error"
  )
  expect_setequal(list_all(cache), names(tiny_mnist()))
  sources <- tiny_sources(mirrors = folder_url(gz_folder(tiny_mnist())))
  expect_identical(cached_mnist("mnist.npz", cache, sources), cache)
  expect_setequal(list_all(cache), c(names(tiny_mnist())[1:3], "t10k-labels-idx1-ubyte.gz"))
  expect_tiny(read_mnist(cache, NULL))
})

test_that("without a network the error says what to do", {
  cache <- local_mnist_settings()
  cnd <- expect_refusal(
    cached_mnist("mnist.npz", cache, tiny_sources()),
    c(
      "http://127.0.0.1:1/mnist.npz", "http://127.0.0.1:1/a/", "http://127.0.0.1:1/b/", "By hand",
      "train-images-idx3-ubyte", "FEEDFORWARD_MNIST", "options(feedforward.mnist = )"
    ),
    "feedforward_download_error"
  )
  # The path may be broken where the console ends, so compare without spaces.
  expect_match(gsub("\\s", "", conditionMessage(cnd)), gsub("\\s", "", cache), fixed = TRUE)
  expect_identical(list_all(cache), character())
})

test_that("an interrupt during the download leaves nothing", {
  cache <- local_mnist_settings()
  halfway <- function(url, part, ...) {
    writeBin(as.raw(1:10), part)
    rlang::interrupt()
  }
  caught <- tryCatch(
    cached_mnist("mnist.npz", cache, tiny_sources(), fetch = halfway),
    interrupt = function(cnd) "interrupted"
  )
  expect_identical(caught, "interrupted")
  expect_identical(list_all(cache), character())
})

test_that("the first write to the cache asks, and only the first", {
  cache <- local_mnist_settings()
  source <- temp_folder(list(mnist.npz = tiny_mnist_npz()))
  sources <- tiny_sources(npz = paste0(folder_url(source), "mnist.npz"))
  for (answer in c(FALSE, NA)) {
    expect_refusal(
      cached_mnist("mnist.npz", cache, sources, ask = function(question) answer),
      c("declined", "By hand"), "feedforward_download_error"
    )
    expect_false(dir.exists(cache))
  }
  asked <- NULL
  yes <- function(question) {
    asked <<- c(asked, question)
    TRUE
  }
  place <- cached_mnist("mnist.npz", cache, sources, ask = yes)
  expect_match(asked, cache, fixed = TRUE)
  unlink(place)
  cached_mnist("mnist.npz", cache, sources, ask = yes)
  expect_length(asked, 1)
  if (!interactive()) expect_true(ask_user()("Nobody is there to ask"))
})

test_that("a cache that cannot be made is an error", {
  local_mnist_settings()
  cache <- file.path(temp_file(as.raw(1)), "cache")
  expect_refusal(
    cached_mnist("mnist.npz", cache, tiny_sources()), "cannot be made", "feedforward_download_error"
  )
})

test_that("the sources of the package are complete", {
  sources <- mnist_sources()
  expect_match(c(sources$npz, sources$mirrors), "^https://")
  expect_match(c(sources$npz_sha256, sources$idx_sha256), "^[0-9a-f]{64}$")
  expect_named(sources$idx_sha256, names(mnist_files))
  expect_named(sources$idx_bytes, names(mnist_files))
})

# ---- The real data ----------------------------------------------------------------

test_that("the real MNIST has its known content", {
  skip_if(Sys.getenv("FEEDFORWARD_MNIST") == "", "FEEDFORWARD_MNIST is not set")
  withr::local_options(feedforward.mnist = NULL)
  mnist <- dataset_mnist()
  expect_identical(dim(mnist$train$x), c(60000L, 28L, 28L))
  expect_identical(dim(mnist$test$x), c(10000L, 28L, 28L))
  expect_identical(range(mnist$train$x), c(0L, 255L))
  expect_identical(range(mnist$test$x), c(0L, 255L))
  expect_identical(dim(mnist$train$y), 60000L)
  expect_identical(as.vector(mnist$train$y[1:5]), c(5L, 0L, 4L, 1L, 9L))
  expect_identical(as.vector(mnist$test$y[1:5]), c(7L, 2L, 1L, 0L, 4L))
  expect_identical(
    tabulate(mnist$test$y + 1L),
    c(980L, 1135L, 1032L, 1010L, 982L, 892L, 958L, 1028L, 974L, 1009L)
  )
  expect_equal(sum(as.double(mnist$train$x)), 1567298545)
  expect_equal(sum(as.double(mnist$test$x)), 264923200)
  # A row of an image runs from left to right: row 8 of the first 5 is its upper bar.
  expect_identical(mnist$train$x[1, 8, 8:11], c(49L, 238L, 253L, 253L))
  flat <- array_reshape(mnist$train$x, c(60000, 784))
  expect_identical(flat[1, (8 - 1) * 28 + 8:11], c(49L, 238L, 253L, 253L))
})

test_that("the real IDX files are those of the sources", {
  folder <- Sys.getenv("FEEDFORWARD_MNIST")
  skip_if(!dir.exists(folder), "FEEDFORWARD_MNIST is not a folder")
  expect_true(all(is_good_idx(folder, mnist_sources())))
})

test_that("without leave to download, data that are not at hand are an error", {
  withr::local_envvar(FEEDFORWARD_MNIST = NA, R_USER_CACHE_DIR = withr::local_tempdir())
  withr::local_options(feedforward.mnist = NULL)
  error <- expect_error(dataset_mnist(download = FALSE), class = "feedforward_download_error")
  expect_match(conditionMessage(error), "`download` is FALSE", fixed = TRUE)
  expect_false(dir.exists(tools::R_user_dir("feedforward", "cache")))
  expect_error(dataset_mnist(download = NA), "`download`", class = "feedforward_error")
})
