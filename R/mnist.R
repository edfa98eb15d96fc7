#' The MNIST handwritten digits
#'
#' 60000 images to train on and 10000 to test with, 28 x 28 pixels each, in the same
#' form as `dataset_mnist()` of the keras package, without Python.
#'
#' @details
#' The data come from the first of these places:
#'
#' 1. the file or folder that `path` names, if it is more than a file name;
#' 2. the file or folder that `options(feedforward.mnist = )` names, else the
#'    environment variable `FEEDFORWARD_MNIST`: an `mnist.npz` as used by Keras, or a
#'    folder with the four IDX files `train-images-idx3-ubyte`,
#'    `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
#'    `t10k-labels-idx1-ubyte`, each as it is or with `.gz` behind its name. They are
#'    taken as they are, so any data set in this form will do, such as Fashion-MNIST and KMNIST;
#' 3. the cache, `tools::R_user_dir("feedforward", "cache")`: the file `path` or the
#'    four IDX files, if their SHA-256 checksums are those of MNIST;
#' 4. a download of 11 MB into the cache, from the site of Keras or else from mirrors
#'    of the IDX files. What arrives is checked by its SHA-256 before it is kept. In
#'    an interactive session you are asked before the cache is first made. The
#'    download may take 300 seconds, or `getOption("timeout")` if that is longer.
#'
#' @section Names of the files:
#' In a folder that you name, upper and lower case are the same, a dot or an underscore may stand
#' for any of the hyphens (`train-images.idx3-ubyte`), `test` may stand for `t10k`, and a file may
#' lie in a folder of its own name, as in archives from Kaggle.
#'
#' The files of EMNIST have the name of a split in front:
#' `emnist-digits-train-images-idx3-ubyte.gz`. Where the folder has several splits, put the name
#' behind it: `dataset_mnist("folder/emnist-digits")`. The splits `digits` and `mnist` can be read.
#' The others have labels beyond 9 and are refused: [read_idx()] reads their files one by one. The
#' images of EMNIST lie on their side, with rows and columns exchanged; `aperm(x, c(1, 3, 2))` puts
#' them upright.
#'
#' @section The cache:
#' To free the space, remove the cache: `unlink(tools::R_user_dir("feedforward",
#' "cache"), recursive = TRUE)`.
#'
#' @param path The name of the file in the cache. The default is the name that keras
#'   uses. With a slash in it (or a backslash, on Windows) it is the path of an
#'   existing `.npz` file, or of a folder with the four IDX files, if need be with the first letters
#'   of their names behind it (see below).
#'
#' @param download `FALSE` never downloads: an error where the data are not at hand. The
#'   default of `TRUE` downloads, where needed, once.
#'
#' @return A list with `train` and `test`, each a list with
#'   - `x`: the images, an integer array of shape n x 28 x 28 with the grey levels 0
#'     (paper) to 255 (ink); `x[i, r, c]` is row r from the top and column c from the
#'     left of image i;
#'   - `y`: the digits 0 to 9 that the images show, an integer 1-d array of length n.
#'
#'   n is 60000 for `train` and 10000 for `test`.
#'
#' @section Errors:
#' Always a `feedforward_error`. More closely, a `feedforward_download_error` when the
#' data are neither at hand nor to be had: it names the addresses, the cache and how
#' to place the files there by hand. A `feedforward_file_error` when a file or folder
#' that you named is missing, incomplete, damaged, or not of the form above.
#'
#' @references LeCun, Y., Bottou, L., Bengio, Y., Haffner, P. (1998). Gradient-based
#'   learning applied to document recognition. *Proceedings of the IEEE*, 86(11),
#'   2278-2324. \doi{10.1109/5.726791}
#'
#' @seealso [array_reshape()] and [to_categorical()] for the next steps, [read_idx()]
#'   and [read_npz()] for other data.
#'
#' @examples
#' # A folder with the same four files in miniature: two blank images of a 7 and a 1
#' folder <- tempfile()
#' dir.create(folder)
#' for (part in c("train", "t10k")) {
#'   images <- as.raw(c(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, rep(0, 2 * 784)))
#'   labels <- as.raw(c(0, 0, 8, 1, 0, 0, 0, 2, 7, 1))
#'   writeBin(images, file.path(folder, paste0(part, "-images-idx3-ubyte")))
#'   writeBin(labels, file.path(folder, paste0(part, "-labels-idx1-ubyte")))
#' }
#' str(dataset_mnist(folder))
#' unlink(folder, recursive = TRUE)
#' @export
dataset_mnist <- function(path = "mnist.npz", download = TRUE) {
  path <- check_string(path, "path")
  check_flag(download, "download")
  place <- named_place(path)
  if (is.null(place)) {
    cache <- tools::R_user_dir("feedforward", "cache")
    place <- cached_mnist(path, cache, download = download)
  }
  read_mnist(place)
}

# The place that the user named, NULL if none: an explicit path goes before settings.
named_place <- function(path) {
  if (grepl(if (.Platform$OS.type == "windows") "[/\\\\]" else "/", path)) {
    return(check_place(path, "path"))
  }
  if (path %in% c(".", "..", "~")) {
    stop_input("path", "a file name, or a path with a slash", describe(path))
  }
  option <- getOption("feedforward.mnist")
  if (!is.null(option)) {
    return(check_place(option, "options(feedforward.mnist)"))
  }
  variable <- Sys.getenv("FEEDFORWARD_MNIST")
  if (nzchar(variable)) check_place(variable, "FEEDFORWARD_MNIST")
}

check_place <- function(place, arg) {
  place <- check_string(place, arg)
  if (!file.exists(place) && !nrow(found_idx_files(place))) {
    stop_input(arg, "an existing .npz file, or a folder with the four IDX files of MNIST",
      sprintf("\"%s\", where there is nothing", place),
      class = "feedforward_file_error"
    )
  }
  place
}

# ---- The cache --------------------------------------------------------------------

# Where the data can be had, and how to know that they are right. The IDX files are
# known by the content of their .gz, since every mirror may compress anew.
mnist_sources <- function() {
  list(
    npz = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    npz_sha256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    mirrors = c(
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/"
    ),
    idx_sha256 = c(
      x_train = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      y_train = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      x_test = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      y_test = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
    idx_bytes = c(x_train = 47040016, y_train = 60008, x_test = 7840016, y_test = 10008)
  )
}

# A place with the verified data: the file `name` in the cache or the cache itself,
# when it holds the IDX files. `...` goes to try_download().
cached_mnist <- function(name, cache, sources = mnist_sources(), ask = ask_user(),
                         download = TRUE, ...) {
  file <- file.path(cache, name)
  for (goal in c(name, paste0(mnist_files, ".gz"))) {
    remove_parts(file.path(cache, goal), seconds = download_timeout())
  }
  if (is_good_npz(file, sources)) {
    return(file)
  }
  if (all(is_good_idx(cache, sources))) {
    return(cache)
  }
  if (!download) {
    stop_no_mnist("`download` is FALSE.", file, sources)
  }
  if (file.exists(file)) {
    cli::cli_inform(
      c("!" = "{.file {visible(file)}} is damaged or not the MNIST file: downloading it again.")
    )
  }
  make_cache(file, sources, ask)
  download_mnist(file, cache, sources, ...)
}

is_good_npz <- function(file, sources) {
  file.exists(file) && !dir.exists(file) && identical(sha256_file(file), sources$npz_sha256)
}

# For each IDX file, whether it is there and right.
is_good_idx <- function(cache, sources) {
  files <- find_idx_files(cache)
  vapply(names(files), function(part) {
    !is.na(files[[part]]) &&
      sha256_content(files[[part]], sources$idx_bytes[[part]] + 1) == sources$idx_sha256[[part]]
  }, TRUE)
}

ask_user <- function() {
  if (interactive()) utils::askYesNo else function(question) TRUE
}

# The cache is not the user's folder of choice, so the first write to it needs leave.
make_cache <- function(file, sources, ask) {
  cache <- dirname(file)
  if (dir.exists(cache)) {
    return(invisible())
  }
  if (!isTRUE(ask(sprintf("Download MNIST (11 MB) and keep it in %s?", cache)))) {
    stop_no_mnist("The download was declined.", file, sources)
  }
  dir.create(cache, recursive = TRUE, showWarnings = FALSE)
  if (!dir.exists(cache)) {
    stop_no_mnist("The folder cannot be made.", file, sources)
  }
}

download_mnist <- function(file, cache, sources, ...) {
  failure <- try_download(sources$npz, file, sources$npz_sha256, ...)
  if (is.null(failure)) {
    return(file)
  }
  failures <- paste0(sources$npz, ": ", failure)
  for (mirror in sources$mirrors) {
    failure <- download_idx(mirror, cache, sources, ...)
    if (is.null(failure)) {
      return(cache)
    }
    failures <- c(failures, failure)
  }
  stop_no_mnist(failures, file, sources)
}

# The IDX files that are not yet there; the first failure ends it.
download_idx <- function(mirror, cache, sources, ...) {
  good <- is_good_idx(cache, sources)
  for (part in names(mnist_files)[!good]) {
    name <- paste0(mnist_files[[part]], ".gz")
    hash <- function(file) sha256_content(file, sources$idx_bytes[[part]] + 1)
    failure <- try_download(paste0(mirror, name), file.path(cache, name),
      sources$idx_sha256[[part]],
      hash = hash, ...
    )
    if (!is.null(failure)) {
      return(paste0(mirror, name, ": ", failure))
    }
    # A damaged plain file would hide the good compressed one.
    unlink(file.path(cache, mnist_files[[part]]))
  }
  NULL
}

stop_no_mnist <- function(failures, file, sources) {
  cache <- dirname(file)
  name <- basename(file)
  reasons <- sprintf("{failures[%d]}", seq_along(failures))
  stop_feedforward("MNIST is not in the cache {.file {visible(cache)}} and was not downloaded.",
    rlang::set_names(reasons, rep("x", length(reasons))),
    i = "By hand: put {.url {sources$npz}} into that folder as {.file {name}}, or the files
         {.file {mnist_files}} (with .gz) from {.url {sources$mirrors}}.",
    i = "Or name a folder that has them: {.code options(feedforward.mnist = )} or the environment
         variable {.envvar FEEDFORWARD_MNIST}.",
    class = "feedforward_download_error"
  )
}

# ---- Files of MNIST and its kin ----------------------------------------------------

# The files of MNIST, and of data sets in the same form: reading them, and finding them under the
# names that archives give them.

read_mnist <- function(place) {
  npz <- file.exists(place) && !dir.exists(place)
  read <- if (npz) read_mnist_npz else read_mnist_folder
  parts <- read(place)
  origin <- list(file = place, format = "MNIST")
  list(
    train = mnist_pair(parts$x_train, parts$y_train, "training", origin),
    test = mnist_pair(parts$x_test, parts$y_test, "test", origin)
  )
}

read_mnist_npz <- function(file) {
  origin <- file_origin(file, "MNIST")
  wanted <- c("x_train", "y_train", "x_test", "y_test")
  absent <- setdiff(wanted, array_names(zip_members(origin)$name))
  if (length(absent)) {
    stop_file(
      origin, "the arrays x_train, y_train, x_test and y_test",
      paste("an archive without", toString(absent))
    )
  }
  read_npz(file, wanted)
}

mnist_files <- c(
  x_train = "train-images-idx3-ubyte", y_train = "train-labels-idx1-ubyte",
  x_test = "t10k-images-idx3-ubyte", y_test = "t10k-labels-idx1-ubyte"
)

read_mnist_folder <- function(folder) {
  lapply(named_idx_files(folder), function(file) read_idx(file))
}

# The paths of the four files in the cache, plain before compressed, NA where there is none.
find_idx_files <- function(folder) {
  vapply(mnist_files, function(name) {
    either <- file.path(folder, paste0(name, c("", ".gz")))
    either[file.exists(either) & !dir.exists(either)][1L]
  }, "")
}

# Images and labels that belong together, in the promised form.
mnist_pair <- function(x, y, part, origin) {
  images <- is.integer(x) && length(dim(x)) == 3L && all(dim(x)[-1L] == 28L)
  if (!images || !are_grey_levels(x)) {
    wanted <- sprintf("%s images of shape n x 28 x 28 with whole numbers from 0 to 255", part)
    stop_file(origin, wanted, describe(x))
  }
  labels <- is.numeric(y) && identical(dim(y), nrow(x))
  if (!labels || !in_range(y, 9) || any(y != round(y))) {
    wanted <- sprintf("%d %s labels, digits from 0 to 9", nrow(x), part)
    beyond <- labels && length(y) && !anyNA(y)
    found <- if (beyond) sprintf("labels from %s to %s", number_text(min(y)), number_text(max(y)))
    stop_file(origin, wanted, if (beyond) found else describe(y))
  }
  list(x = x, y = array(as.integer(y), length(y)))
}

# NA is the lowest integer of all.
are_grey_levels <- function(x) {
  range <- if (length(x)) summarize_values_cpp(x) else c(0, 0)
  range[1L] >= 0 && range[2L] <= 255
}

in_range <- function(x, most) !anyNA(x) && (!length(x) || (min(x) >= 0 && max(x) <= most))

# ---- Their names ------------------------------------------------------------------

# Their paths in a folder, named as in `mnist_files`.
named_idx_files <- function(place) {
  found <- found_idx_files(place)
  parts <- split(found, found$set)
  complete <- vapply(parts, function(set) all(names(mnist_files) %in% set$part), TRUE)
  sets <- names(parts)[complete]
  # Plain names need no other in front.
  wanted <- if (dir.exists(place)) "" else tolower(basename(place))
  if (wanted %in% sets) sets <- wanted
  if (length(sets) > 1L) stop_many_sets(place, sets)
  if (!length(sets)) stop_no_idx_files(place, found)
  set <- found[found$set == sets, ]
  lapply(rlang::set_names(names(mnist_files)), function(part) set$path[match(part, set$part)])
}

# One row for each file that has such a name: `part` as in `mnist_files`, the `set` it belongs to
# (what stands before the name), its `path`. `place` is a folder, or one with the start of names
# behind it. What is preferred comes first: plain before compressed, then MNIST's own names.
found_idx_files <- function(place) {
  folder <- if (dir.exists(place)) place else dirname(place)
  paths <- list_with_own_folders(folder)
  names <- tolower(basename(paths))
  pattern <- "^(|.*[-._])(train|t10k|test)[-._](images|labels)[-._](idx3|idx1)[-._]ubyte([.]gz|)$"
  piece <- function(k) sub(pattern, paste0("\\", k), names)
  images <- piece(3L) == "images"
  fits <- grepl(pattern, names) & images == (piece(4L) == "idx3")
  if (!dir.exists(place)) fits <- fits & startsWith(names, tolower(basename(place)))
  found <- data.frame(
    part = paste0(ifelse(images, "x_", "y_"), ifelse(piece(2L) == "train", "train", "test")),
    set = sub("[-._]$", "", piece(1L)), path = paths
  )
  own <- sub("[.]gz$", "", names) %in% mnist_files
  first <- order(nchar(piece(5L)), !own, names)
  found[first[fits[first]], ]
}

# The files of a folder, and those that lie in a folder of their own name.
list_with_own_folders <- function(folder) {
  paths <- list.files(folder, full.names = TRUE)
  folders <- dir.exists(paths)
  inner <- lapply(paths[folders], function(path) {
    files <- list.files(path, full.names = TRUE)
    files[plain_name(files) == plain_name(path)]
  })
  inner <- as.character(unlist(inner))
  c(paths[!folders], inner[!dir.exists(inner)])
}

plain_name <- function(path) gsub("[-._]", "-", sub("[.]gz$", "", tolower(basename(path))))

stop_many_sets <- function(place, sets) {
  folder <- if (dir.exists(place)) place else dirname(place)
  choices <- sprintf("\"%s\"", file.path(folder, sets))
  stop_feedforward("The folder {.file {visible(folder)}} has the files of several data sets.",
    x = "There are {.val {sets}}.",
    i = "Name one of them: {.code {choices}}.",
    class = "feedforward_file_error"
  )
}

stop_no_idx_files <- function(place, found) {
  folder <- if (dir.exists(place)) place else dirname(place)
  absent <- mnist_files[!names(mnist_files) %in% found$part]
  there <- listed(visible(list.files(folder)), quote = "")
  # Each is there, but not for one and the same data set.
  if (!length(absent)) absent <- mnist_files
  stop_feedforward("The folder {.file {visible(folder)}} lacks files of MNIST.",
    x = "Missing, with or without .gz: {.file {visible(absent)}}.",
    x = if (nzchar(there)) "The folder has {there}." else "The folder is empty.",
    i = "Names such as train-images.idx3-ubyte, or with one more name in front of all four, will do,
         too.",
    class = "feedforward_file_error"
  )
}

# ---- Downloads ---------------------------------------------------------------------

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
    read_content(list(file = file, format = "gzip"), most),
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
