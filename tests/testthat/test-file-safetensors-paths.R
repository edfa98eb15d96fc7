# Devices, pipes, links and permissions.

# A pipe in a folder of its own.
local_pipe <- function(env = parent.frame()) {
  skip_on_os("windows")
  pipe <- file.path(withr::local_tempdir(.local_envir = env), "pipe")
  skip_if(system2("mkfifo", pipe) != 0L, "no mkfifo")
  pipe
}

test_that("the kinds of paths are distinguished", {
  folder <- withr::local_tempdir()
  # In a C locale there are no such names.
  file <- file.path(folder, if (l10n_info()[["UTF-8"]]) "f\u00fcnf" else "five")
  expect_identical(file_kind(file), "none")
  writeLines("a", file)
  expect_identical(file_kind(file), "file")
  expect_identical(file_kind(folder), "folder")
  expect_identical(file_kind(local_pipe()), "other")
})

test_that("a pipe is refused without waiting and not replaced", {
  pipe <- local_pipe()
  for (read in list(read_model, read_idx, read_npy, read_npz)) {
    expect_refusal(read(pipe), "is a device or a pipe")
  }
  expect_refusal(write_model(example_model(), pipe), "it is a device or a pipe")
  expect_identical(file_kind(pipe), "other")
  expect_refusal(write_model(example_model(), "/dev/null"), "it is a device or a pipe")
  expect_identical(file_kind("/dev/null"), "other")
})

test_that("a link stays a link, and its target is written", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  dir.create("models")
  file.symlink("models/first", "current")
  # The link leads nowhere yet.
  for (fit in list(example_model(), example_model(hidden = 2L))) {
    write_model(fit, "current")
    expect_identical(Sys.readlink("current"), "models/first")
    expect_identical(read_model("models/first"), fit)
  }
  expect_identical(list_all(file.path(folder, "models")), "first")
  file.symlink("/dev/null", "device")
  expect_refusal(write_model(example_model(), "device"), "it is a device")
  # Links in a circle lead nowhere; that must not take forever.
  file.symlink(c("b", "a"), c("a", "b"))
  expect_identical(file_kind("a"), "none")
  expect_refusal(read_model("a"), "does not exist")
})

test_that("a file keeps its permissions, and a read-only file its content", {
  skip_on_os("windows")
  path <- withr::local_tempfile()
  fit <- example_model()
  write_model(fit, path)
  Sys.chmod(path, "0600")
  write_model(fit, path)
  expect_identical(format(file.mode(path)), "600")
  Sys.chmod(path, "0444")
  skip_if(file.access(path, 2L) == 0L, "this user may write anything")
  expect_refusal(write_model(example_model(hidden = 2L), path), "read-only")
  expect_identical(read_model(path), fit)
})
