# The files of MNIST, and of data sets in the same form: reading them, and finding them under the
# names that archives give them.

read_mnist <- function(place, call) {
  npz <- file.exists(place) && !dir.exists(place)
  read <- if (npz) read_mnist_npz else read_mnist_folder
  parts <- read(place, call)
  origin <- list(file = place, format = "MNIST", call = call)
  list(
    train = mnist_pair(parts$x_train, parts$y_train, "training", origin),
    test = mnist_pair(parts$x_test, parts$y_test, "test", origin)
  )
}

read_mnist_npz <- function(file, call) {
  origin <- file_origin(file, "MNIST", call)
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

read_mnist_folder <- function(folder, call) {
  lapply(named_idx_files(folder, call), function(file) read_idx(file))
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
named_idx_files <- function(place, call) {
  found <- found_idx_files(place)
  parts <- split(found, found$set)
  complete <- vapply(parts, function(set) all(names(mnist_files) %in% set$part), TRUE)
  sets <- names(parts)[complete]
  # Plain names need no other in front.
  wanted <- if (dir.exists(place)) "" else tolower(basename(place))
  if (wanted %in% sets) sets <- wanted
  if (length(sets) > 1L) stop_many_sets(place, sets, call)
  if (!length(sets)) stop_no_idx_files(place, found, call)
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

stop_many_sets <- function(place, sets, call) {
  folder <- if (dir.exists(place)) place else dirname(place)
  choices <- sprintf("\"%s\"", file.path(folder, sets))
  stop_feedforward("The folder {.file {folder}} has the files of several data sets.",
    x = "There are {.val {sets}}.",
    i = "Name one of them: {.code {choices}}.",
    class = "feedforward_file_error", call = call
  )
}

stop_no_idx_files <- function(place, found, call) {
  folder <- if (dir.exists(place)) place else dirname(place)
  absent <- mnist_files[!names(mnist_files) %in% found$part]
  there <- listed(visible(list.files(folder)), quote = "")
  # Each is there, but not for one and the same data set.
  if (!length(absent)) absent <- mnist_files
  stop_feedforward("The folder {.file {folder}} lacks files of MNIST.",
    x = "Missing, with or without .gz: {.file {absent}}.",
    x = if (nzchar(there)) "The folder has {there}." else "The folder is empty.",
    i = "Names such as train-images.idx3-ubyte, or with one more name in front of all four, will do,
         too.",
    class = "feedforward_file_error", call = call
  )
}
