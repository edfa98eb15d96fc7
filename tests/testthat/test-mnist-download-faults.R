# Downloads from servers that misbehave: the reason is reported, and no files stay.

# Downloads the 6 bytes "digits" to an empty folder. Returns why that failed, or NULL.
refusal_from <- function(answer, timeout = 300, expected = charToRaw("digits")) {
  url <- local_raw_server(answer)
  folder <- temp_folder()
  hash <- digest::digest(expected, "sha256", serialize = FALSE)
  reason <- try_download(url, file.path(folder, "data"), hash, timeout = timeout)
  expect_identical(list_all(folder), if (is.null(reason)) "data" else character())
  if (!is.null(reason)) reason
}

# Answers with these bytes.
answering <- function(...) {
  bytes <- c(...)
  function(con) {
    read_request(con)
    writeBin(bytes, con)
  }
}

digits <- charToRaw("digits")
announcing <- function(size) response(sprintf("Content-Length: %d", size))

test_that("a correct answer of a server is accepted", {
  expect_null(refusal_from(answering(announcing(6), digits)))
})

test_that("a wrong content length is refused", {
  expect_match(refusal_from(answering(announcing(7), digits)), "6 != reported length 7")
  expect_match(refusal_from(answering(announcing(5), digits)), "not the expected content")
})

test_that("a silent server ends at the time limit", {
  # It hangs up only after an hour, which would be another reason.
  silent <- function(con) Sys.sleep(3600)
  halfway <- function(con) {
    answering(announcing(6), digits[1:3])(con)
    Sys.sleep(3600)
  }
  for (answer in list(silent, halfway)) {
    expect_match(refusal_from(answer, timeout = 1), "127.0.0.1.*[Tt]imeout")
  }
})

test_that("broken connections are reported as the reason", {
  # To hang up on what was sent, unread, resets the connection. Whether the bytes before that are
  # seen depends on who is faster.
  reset <- function(con) {
    writeBin(c(announcing(1e6), digits), con)
    Sys.sleep(0.2)
  }
  expect_match(refusal_from(reset), "reported length 1000000|127.0.0.1")
  expect_match(refusal_from(function(con) read_request(con)), "127.0.0.1")
  expect_match(refusal_from(answering(as.raw(rep(c(0:9, 255), 40)))), "127.0.0.1")
})

test_that("redirections can lead to other servers, but not to files", {
  expect_null(refusal_from({
    other <- local_raw_server(answering(announcing(6), digits))
    answering(response(paste("Location:", other), "Content-Length: 0", status = "302 Found"))
  }))
  file <- temp_file(digits)
  to_file <- paste0("Location: file://", normalizePath(file))
  reason <- refusal_from(answering(response(to_file, "Content-Length: 0", status = "302 Found")))
  expect_match(reason, "127.0.0.1")
})

test_that("unpacking stops at the expected size", {
  bomb <- gz_bytes(raw(2e7))
  server <- function(encoding) {
    answering(response(sprintf("Content-Length: %d", length(bomb)), encoding), bomb)
  }
  # R may unpack it on the way; the hash is not that of either.
  expect_match(refusal_from(server("Content-Encoding: gzip")), "not the expected content")
  packed <- temp_file(bomb)
  used <- gc(reset = TRUE)[2, 2]
  expect_false(sha256_content(packed, 7) == digest::digest(digits, "sha256", serialize = FALSE))
  expect_lt(gc()[2, 6] - used, 15)
})

test_that("the error of a download names addresses and reasons and leaves no files", {
  cache <- local_mnist_settings()
  url <- local_raw_server(answering(response("Content-Length: 15"), charToRaw("<html>Hi</html>")))
  sources <- tiny_sources(npz = url, mirrors = sub("data", "", url, fixed = TRUE))
  expect_refusal(
    cached_mnist("mnist.npz", cache, sources),
    c(paste0(url, ": a web page"), paste0(sources$mirrors, "train-images-idx3-ubyte.gz: a web")),
    "feedforward_download_error"
  )
  expect_identical(list_all(cache), character())
})

test_that("a full disk is reported as the reason, not wrong content", {
  skip_on_os(c("windows", "mac"))
  folder <- temp_folder()
  # All is said to have arrived, but the last bytes could not be written.
  lines <- run_with_small_files(c(
    "cut <- function(url, part, ...) {",
    "  suppressWarnings(writeBin(raw(40000), part))",
    "  0L",
    "}",
    sprintf("file <- file.path(%s, \"data\")", deparse(folder)),
    "cat(feedforward:::try_download(\"u\", file, \"0\", fetch = cut))"
  ))
  expect_match(lines, "cut off, because the disk is full", fixed = TRUE, all = FALSE)
  expect_identical(list_all(folder), character())
})

test_that("two processes that fill one cache at once both get the right data", {
  skip_if_not_installed("webfakes")
  skip_on_os("windows")
  skip_on_cran() # takes some seconds
  app <- webfakes::new_app()
  app$locals$bytes <- tiny_mnist_npz()
  go <- file.path(temp_folder(), "go")
  app$locals$go <- go
  # In two halves, the second once the file `go` is there, so that the downloads overlap.
  app$get("/mnist.npz", function(req, res) {
    bytes <- req$app$locals$bytes
    half <- length(bytes) %/% 2
    if (is.null(res$locals$begun)) {
      res$locals$begun <- TRUE
      res$set_header("Content-Length", length(bytes))
      res$write(bytes[seq_len(half)])
      res$delay(0.1)
    } else if (!file.exists(req$app$locals$go)) {
      res$delay(0.1)
    } else {
      res$send(bytes[-seq_len(half)])
    }
  })
  server <- local_app(app, opts = webfakes::server_opts(num_threads = 2))
  cache <- local_mnist_settings()
  sources <- tiny_sources(npz = server$url("/mnist.npz"))
  folder <- temp_folder()
  saveRDS(list(cache = cache, sources = sources), file.path(folder, "given"))
  done <- file.path(folder, 1:2)
  for (file in done) {
    start_fresh_r(c(
      sprintf("given <- readRDS(%s)", deparse(file.path(folder, "given"))),
      "place <- feedforward:::cached_mnist(\"mnist.npz\", given$cache, given$sources)",
      sprintf("saveRDS(feedforward:::read_mnist(place), %s)", deparse(paste0(file, "-part"))),
      sprintf("file.rename(%s, %s)", deparse(paste0(file, "-part")), deparse(file))
    ))
  }
  # Both are on their way at once.
  expect_true(wait_until(function() length(list_all(cache)) == 2))
  expect_match(list_all(cache), "^mnist[.]npz-.*[.]part$")
  file.create(go)
  expect_true(wait_for(done))
  for (file in done) expect_tiny(readRDS(file))
  expect_identical(list_all(cache), "mnist.npz")
  expect_tiny(read_mnist(file.path(cache, "mnist.npz")))
})
