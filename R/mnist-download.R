# Downloads that leave either the complete, correct file or no trace.

# Downloads `url` to `file` if its content has the given SHA-256. Returns NULL, or one line with the
# reason of a failure. The bytes go to a temporary file beside the goal, which is renamed in one
# step when its checksum is right. So an interrupted download leaves nothing behind, an existing
# file stays until the new one is complete, and two processes do not disturb each other. `hash`
# computes the checksum of a file. `fetch` has the arguments of utils::download.file().
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
    return(sprintf("%s cannot be written", file))
  }
  NULL
}

# R's limit for a whole download is 60 seconds, too short for MNIST on a slow line. A longer limit
# of the user is kept.
download_timeout <- function() max(300, getOption("timeout"))

fetch_to <- function(part, url, timeout, fetch) {
  old <- options(timeout = timeout)
  on.exit(options(old))
  reasons <- character()
  note <- function(cnd) reasons <<- c(reasons, conditionMessage(cnd))
  # R gives the reason, such as "404 Not Found", as a warning before a vague error.
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

# Describes a file with the wrong checksum. It is the only place where the missing last bytes on a
# full disk are noticed.
describe_wrong <- function(part) {
  if (looks_like_html(part)) {
    return("a web page, not the file")
  }
  if (is_full(part)) "cut off, because the disk is full" else "not the expected content"
}

sha256_file <- function(file) digest::digest(file = file, algo = "sha256")

# The SHA-256 of the decompressed content of a gz file, of which at most `most` bytes are read. A
# file that read_idx() would refuse, such as one with a wrong checksum, counts as empty.
sha256_content <- function(file, most) {
  bytes <- tryCatch(
    read_content(list(file = file, format = "gzip file"), most),
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

looks_like_html <- function(file) is_html(readBin(file, "raw", 200L))
