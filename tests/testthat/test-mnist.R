test_that("all forms of the data, given in all ways, give the same result", {
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

test_that("`path` comes before the option, and the option before the variable", {
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
  expect_refusal(dataset_mnist(none), c("`path`", "no-such-place", "does not exist"))
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

test_that("the error for an incomplete folder names the missing files", {
  local_mnist_settings()
  folder <- temp_folder(tiny_mnist()[c(1, 4)])
  cnd <- expect_refusal(
    dataset_mnist(folder),
    c(basename(folder), "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte")
  )
  missing <- sub("The folder has.*", "", message_of(cnd))
  expect_no_match(missing, "train-images", fixed = TRUE)
})

test_that("the error for an incomplete archive names the missing arrays", {
  local_mnist_settings()
  npz <- zip_bytes(list(x_train.npy = npy_bytes("|u1", 1, as.raw(1))))
  expect_refusal(
    dataset_mnist(temp_file(npz)),
    c("is not a valid MNIST data set", "has no y_train, x_test, or y_test")
  )
})

test_that("data of another shape or type are refused", {
  local_mnist_settings()
  refused <- function(name, bytes, text) {
    files <- tiny_mnist()
    name <- paste0(name, "-ubyte")
    files[[name]] <- bytes
    expect_refusal(dataset_mnist(temp_folder(files)), c("is not a valid MNIST data set", text))
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
  origin <- list(file = "f", format = "MNIST data set")
  pair <- mnist_pair(array(0L, c(2, 28, 28)), array(c(3, 9), 2), "test", origin)
  expect_identical(pair$y, array(c(3L, 9L), 2))
})

test_that("a folder in the working directory needs a slash, and the error says so", {
  cache <- local_mnist_settings()
  withr::local_dir(temp_folder())
  dir.create("kaggle")
  for (name in names(tiny_mnist())) writeBin(tiny_mnist()[[name]], file.path("kaggle", name))
  expect_refusal(dataset_mnist("kaggle"), c("`path`", "dataset_mnist(\"./kaggle\")"))
  expect_false(dir.exists(cache))
  expect_tiny(dataset_mnist("./kaggle"))
  # A file of this name could also be a file for the cache.
  file.rename("kaggle", "other")
  writeBin(tiny_mnist_npz(), "kaggle")
  text <- c("was not downloaded", "dataset_mnist(\"./kaggle\")")
  expect_refusal(dataset_mnist("kaggle", download = FALSE), text, "feedforward_download_error")
  expect_tiny(dataset_mnist("./kaggle"))
})

test_that("the errors for browser copies and for files of QMNIST explain them", {
  local_mnist_settings()
  files <- tiny_mnist()
  names(files) <- paste0(names(files), " (1).gz")
  expect_refusal(dataset_mnist(temp_folder(files)), "Remove \" (1)\" from the file names")
  # The real names of the files of QMNIST.
  part <- rep(c("train", "test"), 2)
  type <- rep(c("images-idx3-ubyte", "labels-idx2-int"), each = 2)
  names(files) <- paste("qmnist", part, type, sep = "-")
  expect_refusal(dataset_mnist(temp_folder(files)), "read_idx(file)[, 1]")
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

test_that("the real IDX files have the checksums of the sources", {
  folder <- Sys.getenv("FEEDFORWARD_MNIST")
  skip_if(!dir.exists(folder), "FEEDFORWARD_MNIST is not a folder")
  expect_true(all(is_good_idx(folder, mnist_sources())))
})

test_that("files are found under the names that archives give them", {
  local_mnist_settings()
  files <- tiny_mnist()
  renamed <- function(change) stats::setNames(files, change(names(files)))
  named <- list(
    dots = renamed(function(x) sub("-idx", ".idx", x)),
    upper = renamed(toupper),
    underscores = renamed(function(x) gsub("-", "_", x)),
    emnist = renamed(function(x) paste0("emnist-digits-", sub("t10k", "test", x))),
    # Another program's leftovers do not matter.
    others = c(renamed(identity), list("train-images.txt" = raw(1), "emnist-mapping.txt" = raw(1)))
  )
  for (name in names(named)) expect_tiny(dataset_mnist(temp_folder(named[[name]])))
  packed <- gz_folder(named$dots)
  expect_tiny(dataset_mnist(packed))
  for (file in list.files(packed, full.names = TRUE)) file.rename(file, sub("gz$", "GZ", file))
  expect_tiny(dataset_mnist(packed))
  # Each in a folder of its own name, beside plain ones or alone.
  nested <- withr::local_tempdir()
  for (name in names(files)) {
    dir.create(file.path(nested, name))
    writeBin(files[[name]], file.path(nested, name, name))
  }
  expect_tiny(dataset_mnist(nested))
  file.rename(file.path(nested, names(files)[1]), file.path(nested, "train-images.idx3-ubyte"))
  file.rename(file.path(nested, "train-images.idx3-ubyte", names(files)[1]),
    file.path(nested, "train-images.idx3-ubyte", "train-images.idx3-ubyte"))
  expect_tiny(dataset_mnist(nested))
})

test_that("a folder with several data sets is an error that asks for one", {
  local_mnist_settings()
  files <- tiny_mnist()
  named <- function(set) stats::setNames(files, paste0(set, "-", sub("t10k", "test", names(files))))
  folder <- temp_folder(c(named("emnist-digits"), named("emnist-mnist")))
  text <- c("several data sets", "emnist-digits", "emnist-mnist")
  cnd <- expect_refusal(dataset_mnist(folder), text)
  expect_match(gsub("\\s", "", conditionMessage(cnd)), "/emnist-mnist\"", fixed = TRUE)
  expect_tiny(dataset_mnist(file.path(folder, "emnist-digits")))
  withr::with_envvar(c(FEEDFORWARD_MNIST = file.path(folder, "emnist-mnist")),
    expect_tiny(dataset_mnist()))
  expect_refusal(dataset_mnist(file.path(folder, "emnist-letters")), "does not exist")
  # The files of MNIST itself have plain names.
  for (name in names(files)) writeBin(files[[name]], file.path(folder, name))
  expect_tiny(dataset_mnist(folder))
  # One file of one set, three of the other.
  mixed <- temp_folder(c(named("a")[1], named("b")[-1]))
  expect_refusal(dataset_mnist(mixed), c("has no complete data set", "a-train-images"))
})

test_that("unknown file names give an error with the expected names", {
  local_mnist_settings()
  folder <- temp_folder(list("train-img.gz" = raw(1), "train-labels-idx1-ubyte" = raw(1)))
  cnd <- expect_refusal(dataset_mnist(folder), c("lacks", "train-images-idx3-ubyte",
    "The folder has train-img.gz and train-labels-idx1-ubyte", "train-images.idx3-ubyte"))
  expect_no_match(message_of(cnd), "lacks.*train-labels.*The folder has")
  expect_refusal(dataset_mnist(temp_folder()), "The folder is empty")
})

test_that("labels other than digits are an error that names them", {
  local_mnist_settings()
  files <- tiny_mnist()
  files[[2]] <- idx_bytes(8, 3, as.raw(c(1, 26, 4)))
  expect_refusal(dataset_mnist(temp_folder(files)), c("labels from 1 to 26", "digits from 0 to 9"))
})
