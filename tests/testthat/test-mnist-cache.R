# Where dataset_mnist() keeps what it has downloaded.

test_that("a download fills the cache, which makes the next download unnecessary", {
  cache <- local_mnist_settings()
  source <- temp_folder(list(mnist.npz = tiny_mnist_npz()))
  sources <- tiny_sources(npz = paste0(folder_url(source), "mnist.npz"))
  place <- cached_mnist("mnist.npz", cache, sources)
  expect_identical(place, file.path(cache, "mnist.npz"))
  expect_identical(list_all(cache), "mnist.npz")
  expect_tiny(read_mnist(place))
  expect_identical(cached_mnist("mnist.npz", cache, tiny_sources()), place)
})

test_that("the next mirror is tried if one lacks a file", {
  cache <- local_mnist_settings()
  first <- gz_folder(tiny_mnist()[1])
  second <- gz_folder(tiny_mnist()[-1])
  sources <- tiny_sources(mirrors = c(folder_url(first), folder_url(second)))
  expect_identical(cached_mnist("mnist.npz", cache, sources), cache)
  expect_setequal(list_all(cache), paste0(names(tiny_mnist()), ".gz"))
  expect_tiny(read_mnist(cache))
  expect_identical(cached_mnist("mnist.npz", cache, tiny_sources()), cache)
})

test_that("a mirror with wrong content is skipped", {
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

test_that("a damaged cache is downloaded again or an error, but never used", {
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
  expect_message(place <- cached_mnist("mnist.npz", cache, sources), "Downloading it again")
  expect_identical(place, file)
  expect_tiny(read_mnist(file))
})

test_that("a damaged plain IDX file in the cache is replaced by a good one", {
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
  expect_tiny(read_mnist(cache))
})

test_that("without a network the error says what to do", {
  cache <- local_mnist_settings()
  cnd <- expect_refusal(
    cached_mnist("mnist.npz", cache, tiny_sources()),
    c(
      "http://127.0.0.1:1/mnist.npz", "http://127.0.0.1:1/a/", "http://127.0.0.1:1/b/", "by hand",
      "train-images-idx3-ubyte", "FEEDFORWARD_MNIST", "options(feedforward.mnist = )"
    ),
    "feedforward_download_error"
  )
  # The path may be broken where the console ends, so compare without spaces.
  expect_match(gsub("\\s", "", conditionMessage(cnd)), gsub("\\s", "", cache), fixed = TRUE)
  expect_identical(list_all(cache), character())
})

test_that("an interrupt during the download leaves no files", {
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

test_that("partial files of a killed download are removed once they are old", {
  cache <- local_mnist_settings()
  dir.create(cache, recursive = TRUE)
  files <- c("mnist.npz-1a.part", "train-images-idx3-ubyte.gz-2b.part", "mnist.npz-3c.part")
  file.create(file.path(cache, files))
  Sys.setFileTime(file.path(cache, files), Sys.time() - c(2, 2, 0.1) * download_timeout())
  writeBin(tiny_mnist_npz(), file.path(cache, "mnist.npz"))
  cached_mnist("mnist.npz", cache, tiny_sources())
  expect_setequal(list_all(cache), c("mnist.npz", files[3]))
})

test_that("only the first write to the cache asks for permission", {
  cache <- local_mnist_settings()
  source <- temp_folder(list(mnist.npz = tiny_mnist_npz()))
  sources <- tiny_sources(npz = paste0(folder_url(source), "mnist.npz"))
  for (answer in c(FALSE, NA)) {
    expect_refusal(
      cached_mnist("mnist.npz", cache, sources, ask = function(question) answer),
      c("declined", "by hand"), "feedforward_download_error"
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

test_that("a cache that cannot be created is an error", {
  local_mnist_settings()
  cache <- file.path(temp_file(as.raw(1)), "cache")
  expect_refusal(
    cached_mnist("mnist.npz", cache, tiny_sources()), "cannot be created",
    "feedforward_download_error"
  )
})

test_that("the sources of the package are complete", {
  sources <- mnist_sources()
  expect_match(c(sources$npz, sources$mirrors), "^https://")
  expect_match(c(sources$npz_sha256, sources$idx_sha256), "^[0-9a-f]{64}$")
  expect_named(sources$idx_sha256, names(mnist_files))
  expect_named(sources$idx_bytes, names(mnist_files))
})

test_that("without permission to download, missing data are an error", {
  withr::local_envvar(FEEDFORWARD_MNIST = NA, R_USER_CACHE_DIR = withr::local_tempdir())
  withr::local_options(feedforward.mnist = NULL)
  error <- expect_error(dataset_mnist(download = FALSE), class = "feedforward_download_error")
  expect_match(conditionMessage(error), "`download` is FALSE", fixed = TRUE)
  expect_false(dir.exists(tools::R_user_dir("feedforward", "cache")))
  expect_error(dataset_mnist(download = NA), "`download`", class = "feedforward_error")
})
