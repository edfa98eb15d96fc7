# Full and read-only disks: models, checkpoints and the cache of MNIST on a file system of 1 MB in
# memory, with a sample of amounts of room left on it, from none to enough. Each write must either
# do all of its work or end in a feedforward_error (for a checkpoint: a warning, and training goes
# on) that names the file and the reason; an older file stays as it was; no incomplete file stays,
# under any name.
#
# Mounting needs root, and Linux; elsewhere this fails, since nothing is tested.

suppressPackageStartupMessages(library(feedforward))
source("tools/trust/record.R")

disk <- tempfile("disk")
problems <- 0L
figures <- numeric()

main <- function() {
  dir.create(disk)
  if (!mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk)) {
    cat("nothing was tested: a file system cannot be mounted here (it needs root, on Linux)\n")
    quit(status = 1L)
  }
  tryCatch(
    {
      test_models()
      test_checkpoints()
      test_cache()
      test_read_only()
    },
    finally = system2("umount", shQuote(disk))
  )
  cat(sprintf("%d problems\n", problems))
  record_figures("full-disk", c(figures, problems = problems))
  quit(status = as.integer(problems > 0L))
}

mount <- function(...) {
  Sys.info()[["sysname"]] == "Linux" &&
    suppressWarnings(system2("mount", shQuote(c(...)), stdout = FALSE, stderr = FALSE)) == 0L
}

expect <- function(what, ok) {
  if (!isTRUE(ok)) {
    problems <<- problems + 1L
    cat("PROBLEM:", what, "\n")
  }
}

# ---- The disk -----------------------------------------------------------------------

files_on_disk <- function() list.files(disk, recursive = TRUE, all.files = TRUE)

clear <- function() unlink(file.path(disk, list.files(disk, all.files = TRUE, no.. = TRUE)), TRUE)

# Fills the disk until this many bytes are left, rounded to pages of 4 KB.
leave <- function(bytes) {
  filler <- file.path(disk, "filler")
  unlink(filler)
  writeBin(raw(free_bytes() - bytes), filler)
}

free_bytes <- function() {
  1024 * as.numeric(strsplit(system2("df", c("-k", shQuote(disk)), TRUE)[2], " +")[[1]][4])
}

# "done", or the text of the error without line breaks.
outcome_of <- function(code) {
  tryCatch(
    {
      code
      "done"
    },
    feedforward_error = function(cnd) gsub("\\s+", " ", conditionMessage(cnd)),
    condition = function(cnd) paste("not a feedforward_error:", conditionMessage(cnd))
  )
}

# cli may break a line within the path.
names_file_and_reason <- function(text, file, reason) {
  squeeze <- function(x) gsub("\\s", "", x)
  grepl(squeeze(file), squeeze(text), fixed = TRUE) && grepl(reason, text)
}

full <- "[Ff]ull|[Nn]o space|problem writing"

# ---- Writing ------------------------------------------------------------------------

model_of <- function(units, ...) {
  set.seed(1)
  feedforward(iris[1:4], iris$Species, hidden_units = units, ...)
}

test_models <- function() {
  path <- file.path(disk, "model.safetensors")
  old <- model_of(10, epochs = 1)
  new <- model_of(5000, epochs = 1)
  outcomes <- vapply(c(seq(0, 16, 1) * 4096, seq(80, 480, 16) * 1024), function(room) {
    clear()
    write_model(old, path)
    leave(room)
    outcome <- outcome_of(write_model(new, path))
    expect("a model is written or not", identical(read_model(path), if (outcome == "done") {
      new
    } else {
      old
    }))
    expect(paste("a model's error:", outcome),
      outcome == "done" || names_file_and_reason(outcome, path, full))
    expect("a model leaves no litter", setequal(files_on_disk(), c("filler", basename(path))))
    outcome
  }, "")
  count("models", outcomes)
}

count <- function(what, outcomes) {
  done <- sum(outcomes == "done")
  refused <- length(outcomes) - done
  cat(sprintf("%s: %d written, %d refused\n", what, done, refused))
  figures <<- c(figures, stats::setNames(c(done, refused), paste(what, c("written", "refused"))))
  expect(paste(what, "of both kinds"), done > 0 && done < length(outcomes))
}

# Room for the first checkpoint, but not for a second one beside it.
test_checkpoints <- function() {
  folder <- file.path(disk, "checkpoints")
  train <- function(...) model_of(1000, epochs = 5, dropout = 0.2, ...)
  expected <- train()
  clear()
  outcomes <- vapply(seq(0, 900, 60) * 1024, function(room) {
    clear()
    leave(room)
    warned <- "done"
    fit <- withCallingHandlers(suppressMessages(train(checkpoint = folder)),
      feedforward_checkpoint_failed = function(cnd) {
        warned <<- gsub("\\s+", " ", conditionMessage(cnd))
        invokeRestart("muffleWarning")
      }
    )
    expect("training goes on", identical(fit$parameters, expected$parameters))
    expect(paste("a checkpoint's warning:", warned),
      warned == "done" || names_file_and_reason(warned, folder, full))
    kept <- "checkpoints/checkpoint.safetensors"
    expect("checkpoints leave no litter", all(files_on_disk() %in% c("filler", kept)))
    if (kept %in% files_on_disk()) {
      unlink(file.path(disk, "filler"))
      resumed <- resume_training(folder, iris[1:4], iris$Species)
      expect("an older checkpoint goes on", identical(resumed$parameters, expected$parameters))
    }
    warned
  }, "")
  count("checkpoints", outcomes)
}

test_cache <- function() {
  set.seed(1)
  # The content does not matter, only its hash.
  content <- as.raw(sample(0:255, 3e5, TRUE))
  server <- serve(content)
  on.exit(stop_server(server))
  sources <- feedforward:::mnist_sources()
  sources$npz <- server$url
  sources$npz_sha256 <- digest::digest(content, algo = "sha256", serialize = FALSE)
  sources$mirrors <- character()
  cache <- file.path(disk, "cache")
  outcomes <- vapply(c(seq(0, 400, 20), 292:297) * 1024, function(room) {
    clear()
    leave(room)
    outcome <- outcome_of(feedforward:::cached_mnist("mnist.npz", cache, sources))
    named <- names_file_and_reason(outcome, cache, "Failed writing|disk is full")
    expect(paste("the cache's error:", outcome),
      outcome == "done" || (named && grepl(server$url, outcome, fixed = TRUE)))
    kept <- if (outcome == "done") "cache/mnist.npz"
    expect("the cache has no litter", setequal(files_on_disk(), c("filler", kept)))
    outcome
  }, "")
  count("downloads", outcomes)
}

# A server on this computer that gives the same answer to all: list(url, process).
serve <- function(content) {
  port <- 0L
  while (port == 0L) {
    port <- sample(20000:50000, 1L)
    socket <- tryCatch(serverSocket(port), error = function(cnd) port <<- 0L)
  }
  process <- parallel::mcparallel(repeat {
    con <- socketAccept(socket, blocking = TRUE, open = "r+b", timeout = 600)
    while (nzchar(readLines(con, 1L))) NULL
    head <- "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    # A client whose disk is full hangs up.
    try(writeBin(c(charToRaw(sprintf(head, length(content))), content), con), silent = TRUE)
    close(con)
  })
  close(socket)
  list(url = sprintf("http://127.0.0.1:%d/mnist.npz", port), process = process)
}

stop_server <- function(server) {
  tools::pskill(server$process$pid, tools::SIGKILL)
  suppressWarnings(parallel::mccollect(server$process))
}

test_read_only <- function() {
  clear()
  path <- file.path(disk, "model.safetensors")
  fit <- model_of(3, epochs = 1)
  write_model(fit, path)
  expect("mounting read-only", mount("-o", "remount,ro", disk))
  reason <- "[Rr]ead-only"
  expect("a model on a read-only disk", names_file_and_reason(
    outcome_of(write_model(model_of(4, epochs = 1), path)), path, reason
  ))
  expect("a model stays on a read-only disk", identical(read_model(path), fit))
  refused <- outcome_of(model_of(3, epochs = 1, checkpoint = disk))
  expect(paste("a checkpoint on a read-only disk:", refused),
    names_file_and_reason(refused, disk, "cannot be written to"))
  Sys.setenv(R_USER_CACHE_DIR = file.path(disk, "cache"), FEEDFORWARD_MNIST = "")
  refused <- outcome_of(dataset_mnist())
  expect(paste("a cache on a read-only disk:", refused),
    names_file_and_reason(refused, file.path(disk, "cache"), "cannot be created"))
  expect("nothing else on a read-only disk", identical(files_on_disk(), basename(path)))
  cat("read-only: 3 refused\n")
  figures <<- c(figures, "writes to read-only folders refused" = 3)
}

main()
