payload <- charToRaw(strrep("digits ", 1000))
payload_sha256 <- digest::digest(payload, "sha256", serialize = FALSE)

# A server on the loopback that serves the payload well and badly.
local_server <- function(env = parent.frame()) {
  skip_if_not_installed("webfakes")
  app <- webfakes::new_app()
  app$locals$payload <- payload
  app$get("/good", function(req, res) res$send(req$app$locals$payload))
  app$get("/html", function(req, res) res$send("<!DOCTYPE html><html>Please log in</html>"))
  app$get("/cut", function(req, res) {
    res$set_header("Content-Length", 7000)
    res$send(req$app$locals$payload[1:3000])
  })
  app$get("/stall", function(req, res) {
    if (is.null(res$locals$seen)) {
      res$locals$seen <- TRUE
      res$delay(3600)
    } else {
      res$send("late")
    }
  })
  local_app(app, env = env)
}

expect_only_files <- function(folder, files = character()) expect_identical(list_all(folder), files)

test_that("the right content is moved into place", {
  server <- local_server()
  folder <- temp_folder()
  file <- file.path(folder, "data.bin")
  expect_null(try_download(server$url("/good"), file, payload_sha256))
  expect_identical(readBin(file, "raw", 1e5), payload)
  expect_only_files(folder, "data.bin")
})

test_that("file:// addresses work, and an older file is replaced", {
  folder <- temp_folder(list(data.bin = as.raw(1)))
  source <- temp_folder(list(new.bin = payload))
  drive <- if (.Platform$OS.type == "windows") "/"
  url <- paste0("file://", drive, normalizePath(source, "/"), "/new.bin")
  file <- file.path(folder, "data.bin")
  expect_null(try_download(url, file, payload_sha256))
  expect_identical(readBin(file, "raw", 1e5), payload)
  expect_only_files(folder, "data.bin")
})

test_that("wrong content leaves no files", {
  server <- local_server()
  folder <- temp_folder(list(data.bin = as.raw(1)))
  file <- file.path(folder, "data.bin")
  failed <- function(path, sha256, text, ...) {
    reason <- try_download(server$url(path), file, sha256, ...)
    expect_match(reason, text)
    expect_only_files(folder, "data.bin")
    expect_identical(readBin(file, "raw", 10), as.raw(1))
  }
  wrong <- strrep("0", 64)
  failed("/good", wrong, "not the expected content")
  failed("/good", wrong, paste(payload_sha256, "instead of", wrong))
  failed("/html", payload_sha256, "web page")
  failed("/none", payload_sha256, "404")
  failed("/cut", payload_sha256, ".")
  failed("/stall", payload_sha256, "[Tt]imeout", timeout = 1)
})

test_that("a missing server, file or method is reported as the reason", {
  folder <- temp_folder()
  file <- file.path(folder, "data.bin")
  expect_match(try_download("http://127.0.0.1:1/data", file, payload_sha256), "127.0.0.1")
  expect_match(try_download("file:///no/such/file", file, payload_sha256), ".")
  expect_match(try_download("nonsense://data", file, payload_sha256), ".")
  expect_only_files(folder)
})

test_that("a downloader that fails quietly is noticed", {
  folder <- temp_folder()
  file <- file.path(folder, "data.bin")
  nothing <- function(url, part, ...) 0L
  expect_identical(try_download("u", file, payload_sha256, fetch = nothing), "nothing arrived")
  status <- function(url, part, ...) {
    writeBin(payload, part)
    1L
  }
  expect_identical(try_download("u", file, payload_sha256, fetch = status), "nothing arrived")
  expect_only_files(folder)
})

test_that("an interrupt is passed on and leaves no files", {
  folder <- temp_folder(list(data.bin = as.raw(1)))
  file <- file.path(folder, "data.bin")
  halfway <- function(url, part, ...) {
    writeBin(payload[1:100], part)
    expect_length(list_all(folder), 2)
    rlang::interrupt()
  }
  caught <- tryCatch(
    try_download("u", file, payload_sha256, fetch = halfway),
    interrupt = function(cnd) "interrupted"
  )
  expect_identical(caught, "interrupted")
  expect_only_files(folder, "data.bin")
  expect_identical(readBin(file, "raw", 10), as.raw(1))
})

test_that("the time limit is raised and then restored", {
  file <- file.path(temp_folder(), "data.bin")
  seen <- NULL
  look <- function(url, part, ...) {
    seen <<- getOption("timeout")
    stop("enough")
  }
  withr::local_options(timeout = 60)
  expect_identical(try_download("u", file, "", fetch = look), "enough")
  expect_equal(seen, 300)
  expect_equal(getOption("timeout"), 60)
  withr::local_options(timeout = 1000)
  try_download("u", file, "", fetch = look)
  expect_equal(seen, 1000)
  expect_equal(getOption("timeout"), 1000)
})

test_that("two downloads of the same file at once do no harm", {
  folder <- temp_folder()
  file <- file.path(folder, "data.bin")
  inner <- function(url, part, ...) {
    writeBin(payload, part)
    0L
  }
  outer <- function(url, part, ...) {
    writeBin(payload[1:10], part)
    expect_null(try_download("u", file, payload_sha256, fetch = inner))
    expect_identical(readBin(file, "raw", 1e5), payload)
    writeBin(payload, part)
    0L
  }
  expect_null(try_download("u", file, payload_sha256, fetch = outer))
  expect_identical(readBin(file, "raw", 1e5), payload)
  expect_only_files(folder, "data.bin")
})

test_that("a target that cannot be written is reported as the reason", {
  folder <- temp_folder()
  file <- file.path(folder, "taken")
  dir.create(file.path(file, "full"), recursive = TRUE)
  good <- function(url, part, ...) {
    writeBin(payload, part)
    0L
  }
  expect_match(try_download("u", file, payload_sha256, fetch = good), "cannot be written")
  expect_only_files(folder, "taken")
})

test_that("the checksum of a gz file is that of its content", {
  plain <- temp_file(payload)
  packed <- temp_file(gz_bytes(payload))
  expect_identical(sha256_content(plain, 7001), payload_sha256)
  expect_identical(sha256_content(packed, 7001), payload_sha256)
  expect_false(sha256_content(packed, 6999) == payload_sha256)
  longer <- temp_file(gz_bytes(c(payload, raw(1))))
  expect_false(sha256_content(longer, 7001) == payload_sha256)
  cut <- temp_file(gz_bytes(payload)[1:30])
  expect_false(sha256_content(cut, 7001) == payload_sha256)
})
