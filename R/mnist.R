#' The MNIST handwritten digits
#'
#' 60000 training images and 10000 test images of 28 x 28 pixels, in the same form as
#' `dataset_mnist()` from the keras package. It needs no Python.
#'
#' @details
#' The data come from the first of these places that applies:
#'
#' 1. The file or folder `path`, if it contains a slash.
#' 2. The file or folder given by `options(feedforward.mnist = )`, or by the environment variable
#'    `FEEDFORWARD_MNIST`. It is an `mnist.npz` as used by Keras, or a folder with four IDX files:
#'    `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, and
#'    `t10k-labels-idx1-ubyte`, plain or with `.gz` added to the name. No checksum is required, so
#'    you can use other data sets of this form, such as Fashion-MNIST and KMNIST.
#' 3. The cache, `tools::R_user_dir("feedforward", "cache")`. It holds the file `path` or the four
#'    IDX files. Their SHA-256 checksums must match the MNIST checksums.
#' 4. A download of 11 MB into the cache, from the Keras site or from mirrors of the IDX files. The
#'    SHA-256 of each file is checked before it is kept. In an interactive session you are asked
#'    before the cache is created. The time limit is 300 seconds, or `getOption("timeout")` if that
#'    is longer.
#'
#' @section File names:
#' In a folder that you name, the case of file names does not matter. A dot or an underscore can
#' replace any hyphen (`train-images.idx3-ubyte`), and `test` can replace `t10k`. A file can also be
#' in a folder with its own name, as in archives from Kaggle.
#'
#' The names of EMNIST files start with the name of a split, such as
#' `emnist-digits-train-images-idx3-ubyte.gz`. If the folder has several splits, add the split to
#' the path: `dataset_mnist("folder/emnist-digits")`. The splits `digits` and `mnist` can be read.
#' The other splits have labels above 9 and are refused. Read their files with [read_idx()]. EMNIST
#' images have their rows and columns exchanged. Use `aperm(x, c(1, 3, 2))` to turn them upright.
#'
#' QMNIST has labels in another form, `qmnist-train-labels-idx2-int.gz`, and cannot be read as a
#' whole. Use [read_idx()] for its files. Its labels have eight columns, of which the first is the
#' digit.
#'
#' @section The cache:
#' To free the space, remove the cache: `unlink(tools::R_user_dir("feedforward",
#' "cache"), recursive = TRUE)`.
#'
#' @param path The name of the file in the cache. The default is the name that keras uses. If `path`
#'   contains a slash (or a backslash, on Windows), it is the path of an existing `.npz` file, or of
#'   a folder with the four IDX files. For a folder in the working directory, write `"./folder"`.
#'
#' @param download Whether to download the data if they are not available. `FALSE` raises an error
#'   instead.
#'
#' @return A list with `train` and `test`, each a list with
#'   - `x`: the images, an integer array of shape n x 28 x 28 with gray levels from 0 (paper) to 255
#'     (ink). `x[i, r, c]` is row r from the top and column c from the left of image i.
#'   - `y`: the digits 0 to 9 in the images, an integer 1-d array of length n.
#'
#'   n is 60000 for `train` and 10000 for `test`.
#'
#' @section Errors:
#' A `feedforward_download_error` (also a `feedforward_error`) if the data are not available and
#' cannot be downloaded. It says how to put the files into the cache by hand. A
#' `feedforward_file_error` (also a `feedforward_error`) if a file or folder that you named is
#' missing, incomplete, damaged, or in the wrong format.
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
    if (dir.exists(path) && !file.exists(file.path(cache, path))) stop_plain_folder(path)
    place <- cached_mnist(path, cache, download = download)
  }
  read_mnist(place)
}

# The place that the user named, or NULL. A path goes before settings.
named_place <- function(path) {
  if (grepl(if (.Platform$OS.type == "windows") "[/\\\\]" else "/", path)) {
    return(check_place(path, "path"))
  }
  check_that(!path %in% c(".", "..", "~"), path, "path", "a file name, or a path with a slash")
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
    wanted <- "an existing .npz file, or a folder with the four IDX files of MNIST"
    stop_feedforward("{.arg {arg}} must be {wanted}. {.file {place}} does not exist.",
      class = "feedforward_file_error"
    )
  }
  place
}

# A name without a slash is a name in the cache, but this one looks like a folder of the user.
stop_plain_folder <- function(path) {
  stop_feedforward("{.arg path} is the name of a file in the cache unless it contains a slash.",
    i = in_working_directory(path), class = "feedforward_file_error"
  )
}

# A hint in the mark-up of cli, for a caller that has `path`.
in_working_directory <- function(path) {
  kind <- if (dir.exists(path)) "folder" else if (file.exists(path)) "file"
  if (!is.null(kind)) {
    paste("There is a", kind, "{.file {path}} in the working directory. To read it, use",
      "{.code dataset_mnist(\"./{path}\")}."
    )
  }
}

# ---- The cache --------------------------------------------------------------------

# The addresses of the data and the checksums. The checksums of the IDX files are for their
# decompressed content, since mirrors compress them differently.
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

# A place with the verified data: the file `name` in the cache, or the cache itself if it holds the
# IDX files. `...` is passed to try_download().
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
      c("!" = "{.file {visible(file)}} is damaged or not the MNIST file. Downloading it again.")
    )
  }
  make_cache(file, sources, ask)
  download_mnist(file, cache, sources, ...)
}

is_good_npz <- function(file, sources) {
  file.exists(file) && !dir.exists(file) && identical(sha256_file(file), sources$npz_sha256)
}

# For each IDX file, whether it exists with the right content.
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

# The user did not choose the cache folder, so creating it needs permission.
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
    stop_no_mnist("The folder cannot be created.", file, sources)
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

# Downloads the IDX files that are missing. Returns the first failure, or NULL.
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
  name <- path <- basename(file)
  reasons <- sprintf("{failures[%d]}", seq_along(failures))
  stop_feedforward("MNIST is not in the cache {.file {cache}} and was not downloaded.",
    rlang::set_names(reasons, rep("x", length(reasons))),
    i = in_working_directory(path),
    i = "Download {.url {sources$npz}} by hand and put it into the cache as
         {.file {name}}.",
    i = "If you have the files, set {.code options(feedforward.mnist = )} or the environment
         variable {.envvar FEEDFORWARD_MNIST} to their folder.",
    class = "feedforward_download_error"
  )
}

# ---- Files of MNIST and its kin ----------------------------------------------------

# Reads MNIST and other data sets of its form, and finds their files under the names that archives
# give them.

read_mnist <- function(place) {
  npz <- file.exists(place) && !dir.exists(place)
  parts <- if (npz) read_mnist_npz(place) else lapply(named_idx_files(place), read_idx)
  origin <- list(file = place, format = "MNIST data set")
  list(
    train = mnist_pair(parts$x_train, parts$y_train, "training", origin),
    test = mnist_pair(parts$x_test, parts$y_test, "test", origin)
  )
}

read_mnist_npz <- function(file) {
  origin <- file_origin(file, "MNIST data set")
  wanted <- c("x_train", "y_train", "x_test", "y_test")
  absent <- setdiff(wanted, array_names(zip_members(origin)$name))
  if (length(absent)) {
    stop_file(origin, paste("has no", joined(absent, "or")),
      "An archive of MNIST has the arrays x_train, y_train, x_test, and y_test."
    )
  }
  read_npz(file, wanted)
}

mnist_files <- c(
  x_train = "train-images-idx3-ubyte", y_train = "train-labels-idx1-ubyte",
  x_test = "t10k-images-idx3-ubyte", y_test = "t10k-labels-idx1-ubyte"
)

# The paths of the four files in the cache. A plain file is preferred. NA if a file is missing.
find_idx_files <- function(folder) {
  vapply(mnist_files, function(name) {
    either <- file.path(folder, paste0(name, c("", ".gz")))
    either[file.exists(either) & !dir.exists(either)][1L]
  }, "")
}

# A list of images and labels. Refuses arrays of another form.
mnist_pair <- function(x, y, part, origin) {
  images <- is.integer(x) && length(dim(x)) == 3L && all(dim(x)[-1L] == 28L)
  if (!images || !are_gray_levels(x)) {
    found <- sprintf("%s as its %s images", describe(x), part)
    if (images) found <- paste(part, "images with values outside 0 to 255")
    stop_file(origin, paste("has", found),
      "Images must be an array of shape n x 28 x 28 with whole numbers from 0 to 255."
    )
  }
  labels <- is.numeric(y) && identical(dim(y), nrow(x))
  if (!labels || !in_range(y, 9) || any(y != round(y))) {
    found <- sprintf("%s as its %s labels", describe(y), part)
    if (labels && length(y) && !anyNA(y)) {
      range <- vapply(range(y), number_text, "")
      found <- sprintf("%s labels from %s to %s", part, range[1L], range[2L])
    }
    stop_file(origin, paste("has", found),
      sprintf("The %d %s labels must be digits from 0 to 9.", nrow(x), part)
    )
  }
  list(x = x, y = array(as.integer(y), length(y)))
}

# The range is that of integers in C++, where NA is the lowest number.
are_gray_levels <- function(x) {
  range <- if (length(x)) summarize_values_cpp(x) else c(0, 0)
  range[1L] >= 0 && range[2L] <= 255
}

in_range <- function(x, most) !anyNA(x) && (!length(x) || (min(x) >= 0 && max(x) <= most))

# ---- Their names ------------------------------------------------------------------

# The paths of the four files in a folder, named like `mnist_files`.
named_idx_files <- function(place) {
  found <- found_idx_files(place)
  parts <- split(found, found$set)
  complete <- vapply(parts, function(set) all(names(mnist_files) %in% set$part), TRUE)
  sets <- names(parts)[complete]
  # Without a prefix in the path, files without a prefix are preferred.
  wanted <- if (dir.exists(place)) "" else tolower(basename(place))
  if (wanted %in% sets) sets <- wanted
  if (length(sets) > 1L) stop_many_sets(place, sets)
  if (!length(sets)) stop_no_idx_files(place, found)
  set <- found[found$set == sets, ]
  lapply(rlang::set_names(names(mnist_files)), function(part) set$path[match(part, set$part)])
}

# One row for each file with such a name: its `part` as in `mnist_files`, its `set` (the prefix of
# the name) and its `path`. `place` is a folder, with or without the start of file names added.
# Preferred files come first: plain before compressed, then the original names.
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

# The files in a folder, and files in a subfolder with the name of the file.
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
  stop_feedforward("The folder {.file {folder}} has several data sets: {.val {sets}}.",
    i = "Set {.arg path} to one of them: {.or {.code {choices}}}.",
    class = "feedforward_file_error"
  )
}

stop_no_idx_files <- function(place, found) {
  folder <- if (dir.exists(place)) place else dirname(place)
  absent <- mnist_files[!names(mnist_files) %in% found$part]
  there <- listed(visible(list.files(folder)), quote = "")
  # Each file exists, but for different data sets.
  lack <- "has no complete data set"
  if (length(absent)) lack <- "lacks {.file {absent}}"
  stop_feedforward(paste("The folder {.file {folder}}", paste0(lack, ".")),
    x = if (nzchar(there)) "The folder has {there}." else "The folder is empty.",
    i = hint_for_names(list.files(folder)), class = "feedforward_file_error"
  )
}

# How to make the files of a folder readable.
hint_for_names <- function(names) {
  copy <- regmatches(names, regexpr(" ?\\([0-9]+\\)", names))
  if (length(copy)) {
    return(sprintf("Remove \"%s\" from the file names. Browsers add it to copies.", copy[1L]))
  }
  if (any(grepl("labels[-._]idx2[-._]int", names))) {
    return("The first of the 8 columns of QMNIST labels is the digit: {.code read_idx(file)[, 1]}.")
  }
  paste(
    "Names such as {.file train-images.idx3-ubyte} are allowed, too. All names can end in",
    "{.file .gz} or start with a common prefix."
  )
}
