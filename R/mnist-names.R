# The names under which the four files of MNIST, and of data sets in the same form, are found.

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
# behind it. What is preferred comes first: plain before compressed, MNIST's own names before others.
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
