# Downloads that either leave the whole, right file at its goal or leave no trace.

# Fetches `url` to `file`, if its content has the given SHA-256. NULL when that worked,
# else a line that says why not. The bytes arrive in a file of their own beside the
# goal and take its name only when they are right, in one step. So an interrupted
# download leaves nothing, an older good file stays until the new one is complete, and
# two processes cannot get in each other's way. `hash` tells what of the file is
# hashed, `fetch` has the arguments of utils::download.file().
try_download <- function(url, file, sha256, timeout = download_timeout(),
                         hash = sha256_file, fetch = utils::download.file) {
  part <- part_beside(file)
  on.exit(unlink(part))
  failure <- fetch_to(part, url, timeout, fetch)
  if (!is.null(failure)) {
    return(failure)
  }
  found <- hash(part)
  if (!identical(found, sha256)) {
    return(sprintf("%s (SHA-256 %s instead of %s)", describe_wrong(part), found, sha256))
  }
  if (!suppressWarnings(file.rename(part, file))) {
    return(sprintf("it arrived, but %s could not be written", file))
  }
  NULL
}

# R's limit for a whole download is 60 seconds, too short for MNIST on a slow line;
# a longer limit that the user has set stays.
download_timeout <- function() max(300, getOption("timeout"))

fetch_to <- function(part, url, timeout, fetch) {
  old <- options(timeout = timeout)
  on.exit(options(old))
  reasons <- character()
  note <- function(cnd) reasons <<- c(reasons, conditionMessage(cnd))
  # The reason, such as "404 Not Found", comes as a warning before a vague error.
  status <- tryCatch(
    withCallingHandlers(
      fetch(url, part, mode = "wb", quiet = !interactive()),
      warning = function(cnd) {
        note(cnd)
        invokeRestart("muffleWarning")
      }
    ),
    error = function(cnd) {
      note(cnd)
      1L
    }
  )
  if (identical(as.integer(status), 0L) && file.exists(part)) {
    return(NULL)
  }
  if (length(reasons)) paste(reasons, collapse = "; ") else "nothing arrived"
}

# What a file is that is not the right one. The last bytes that a full disk did not take are
# missed nowhere else.
describe_wrong <- function(part) {
  if (looks_like_html(part)) {
    return("a web page, not the file")
  }
  if (is_full(part)) "cut off, for the disk is full" else "not the expected content"
}

sha256_file <- function(file) digest::digest(file = file, algo = "sha256")

# The SHA-256 of what is inside a gz file, of which at most `most` bytes are read.
# Mirrors compress the same file differently; what counts is the content. A file that could not be
# read later, since its checksums are false, counts as empty.
sha256_content <- function(file, most) {
  bytes <- tryCatch(
    read_content(list(file = file, format = "gzip", call = NULL), most),
    feedforward_file_error = function(cnd) raw()
  )
  digest::digest(bytes, algo = "sha256", serialize = FALSE)
}

read_content <- function(origin, most) {
  con <- open_binary(origin)
  on.exit(close(con))
  content <- read_bytes(con, most, origin)
  if (length(content) < most && is_gzip(origin)) check_gzip_sums(content, origin)
  content
}

looks_like_html <- function(file) {
  start <- readBin(file, "raw", 200L)
  text <- rawToChar(start[start != 0])
  grepl("^\\s*<(!doctype|html|\\?xml)", text, ignore.case = TRUE, useBytes = TRUE)
}
