test_that("old partial files of killed processes are removed, recent ones are kept", {
  folder <- temp_folder()
  files <- paste0(
    c("data.bin", "data.bin-1a", "data.bin-2b", "other.bin-1a", "data.bin"),
    rep(c("", ".part"), c(1, 4))
  )
  file.create(file.path(folder, files))
  Sys.setFileTime(file.path(folder, files), Sys.time() - 10000)
  Sys.setFileTime(file.path(folder, "data.bin-2b.part"), Sys.time())
  file <- file.path(folder, "data.bin")
  remove_parts(file, seconds = 5000)
  expect_setequal(list_all(folder), files[-2])
  remove_parts(file)
  expect_setequal(list_all(folder), files[-(2:3)])
  remove_parts(file.path(folder, "no", "folder"))
  expect_match(basename(part_beside(file)), "^data[.]bin-.*[.]part$")
  expect_identical(normalizePath(dirname(part_beside(file))), normalizePath(folder))
})

test_that("a folder with free space is not reported as a full disk", {
  folder <- temp_folder()
  expect_false(is_full(file.path(folder, "goal")))
  expect_true(is_full(file.path(folder, "none", "goal")))
  expect_identical(list_all(folder), character())
})

test_that("a process at its file size limit sees a full disk", {
  skip_on_os(c("windows", "mac"))
  lines <- run_with_small_files("cat(feedforward:::is_full(tempfile()))")
  expect_identical(utils::tail(lines, 1), "TRUE")
})

test_that("a name with a wildcard removes no other file", {
  folder <- temp_folder()
  files <- file.path(folder, c("data.bin-*.part", "data.bin-young.part"))
  skip_if_not(all(file.create(files)), "no such names here")
  Sys.setFileTime(files[1], Sys.time() - 100)
  remove_parts(file.path(folder, "data.bin"), seconds = 60)
  expect_identical(list_all(folder), basename(files[2]))
})
