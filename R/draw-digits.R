# A page to draw on, whose network answers.

#' Draw digits for a network to read
#'
#' Writes a web page with a square to draw in and opens it. While you draw with a mouse, a pen, or a
#' finger, the network in the page reads the drawing as you go. The page shows the small image that
#' the network sees, how its hidden units light up, and the probability of each class. Point at a
#' unit of the first hidden layer to see its weights as an image. Blue is positive and vermilion is
#' negative, as in [plot_weights()].
#'
#' The page is one file that needs nothing else: no R, no server, and no network connection. You can
#' send it to others, open it on a phone, or put it on a website.
#'
#' @section Models:
#' The model must read square images with one value for each pixel and predict classes. Its classes
#' can have any names. There are two kinds:
#' - A model trained on an array of images, n x height x width.
#' - A model trained on a matrix without column names, whose number of columns is a square number,
#'   such as 784. This includes a network from [train_nn()]: use [as_feedforward()] first. The
#'   model does not know in which order the pixels are. They must be row by row (`byrow = TRUE`), as
#'   [array_reshape()] returns them, or column by column (`byrow = FALSE`), as `matrix(x, n)`
#'   returns them for an array of n images.
#'
#' @section How drawings become images:
#' Drawings are prepared in the same way as the digits of MNIST. The longer side of the drawing is
#' scaled to 20 of 28 pixels, and its center of mass is moved to the middle of the image. Images of
#' other sizes are scaled in proportion. So it does not matter how large you draw, or where. Edges
#' are smooth. The pen is always 2.5 of 28 pixels wide, about the same as in MNIST.
#'
#' A network recognizes drawings only if its training images are similar. If a model reads its test
#' images well but not your drawings, compare the input that the page shows with the training
#' images, which [plot_digits()] draws.
#'
#' @param fit A model made by [feedforward()]; see the section below. The default, `NULL`, trains a
#'   small network on [synthetic_digits()], which takes about three seconds. It is the same network
#'   each time, and the state of R's random numbers does not change.
#' @param path The path of the page, usually ending in `.html`. An existing file is replaced, as a
#'   whole or not at all. The default is a temporary file, which R deletes when the session ends.
#' @param open `TRUE` opens the page: in the viewer of RStudio or Positron if the file is
#'   temporary, and otherwise in the browser. `FALSE` only writes it. The default opens it in
#'   interactive sessions. If nothing can open it, a message shows the path.
#' @param range Two different numbers: the value of a blank pixel and of a fully inked one, on the
#'   scale of the training data. The default, `NULL`, means `c(0, d)` for images, where d is
#'   what the model divides them by, such as 255, and `c(0, 1)` for a matrix and for images
#'   that are not divided. Use `c(1, 0)` for dark ink on white paper, `c(-1, 1)` for images from -1
#'   to 1, and `c(0, 255)` for a matrix of numbers from 0 to 255. A `raw` matrix keeps the default.
#'   A missing `range` for such numbers is an error, but not if the model was trained with
#'   `standardize = FALSE`: it does not know their scale, and the page reads drawings badly.
#' @param byrow `TRUE` (the default) if the columns of a matrix are the pixels row by row, `FALSE`
#'   if they are column by column. For images, it has no effect.
#' @param precision The precision of the weights in the page. With `"single"` (the default), a
#'   network with 784 inputs and 128 hidden units takes 0.7 MB, and probabilities are accurate to
#'   about 6 digits. With `"double"`, it takes 1.2 MB, and probabilities differ from those of
#'   `predict()` by less than 1e-12.
#'
#' @returns `path`, invisibly.
#'
#' @section Errors:
#' - A `feedforward_error` if `fit` is not a model, does not predict classes, or reads anything
#'   but square images, and if `range` does not suit the model.
#' - A `feedforward_file_error` (also a `feedforward_error`) if the file cannot be written.
#'
#' @references LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning
#'   applied to document recognition. *Proceedings of the IEEE*, 86(11), 2278-2324.
#'   \doi{10.1109/5.726791} (how the digits of MNIST were scaled and centered).
#' @seealso [plot_weights()] for the weights of a network as a plot, [write_json()] for a network in
#'   a web page of your own.
#' @examples
#' set.seed(1)
#' digits <- synthetic_digits(n_train = 300, n_test = 0)$train
#' fit <- feedforward(digits$x, factor(digits$y), hidden_units = 16, epochs = 10)
#' path <- draw_digits(fit)
#' file.size(path)
#' @export
draw_digits <- function(fit = NULL, path = tempfile(fileext = ".html"), open = interactive(),
                        range = NULL, byrow = TRUE, precision = c("single", "double")) {
  if (!is.null(fit)) check_model_to_export(fit, path, "draw_digits")
  path <- check_string(path, "path")
  check_flag(open, "open")
  check_flag(byrow, "byrow")
  precision <- check_choice(precision, "precision", c("single", "double"))
  if (is.null(fit)) fit <- digits_model()
  parts <- network_parts(fit, "draw_digits")
  side <- check_drawable(parts, fit)
  range <- check_pixel_range(range, fit)
  data <- object_json(c(
    side = side, paper = double_json(range[1L]), ink = double_json(range[2L]),
    by_row = vector_json(byrow || !is.null(parts$image)),
    network = network_json(fit, precision, "draw_digits")
  ))
  write_whole(path, charToRaw(enc2utf8(drawing_page(data))))
  if (open) show_page(path)
  invisible(path)
}

# Returns the text of the page. JSON text may contain `<` only in strings, and a browser would take
# it for the end of the data.
drawing_page <- function(data) {
  file <- system.file("www", "draw-digits.html", package = "feedforward", mustWork = TRUE)
  template <- readLines(file, encoding = "UTF-8")
  at <- match(TRUE, grepl("{{data}}", template, fixed = TRUE))
  data <- gsub("<", "\\u003c", data, fixed = TRUE)
  around <- strsplit(template[at], "{{data}}", fixed = TRUE)[[1L]]
  template[at] <- paste(around, collapse = data)
  paste0(paste(template, collapse = "\n"), "\n")
}

# The viewer of RStudio and Positron shows temporary files only. The file is there even if nothing
# can open it.
show_page <- function(path) {
  path <- normalizePath(path, "/")
  viewer <- getOption("viewer")
  is_temporary <- startsWith(path, paste0(normalizePath(tempdir(), "/"), "/"))
  failed <- function(cnd) {
    inform_feedforward("The page could not be opened.",
      i = sprintf("Open this file in a browser: %s", visible(path))
    )
  }
  tryCatch(error = failed, {
    if (is.function(viewer) && is_temporary) viewer(path) else utils::browseURL(file_address(path))
  })
}

file_address <- function(path) {
  address <- utils::URLencode(path, repeated = TRUE)
  address <- gsub("?", "%3F", gsub("#", "%23", address, fixed = TRUE), fixed = TRUE)
  paste0("file://", if (!startsWith(address, "/")) "/", address)
}

# ---- Models that the page can show -----------------------------------------------------------

# Returns the height of the square images that the network reads, or refuses the model.
check_drawable <- function(parts, fit) {
  kind <- parts$outcome$kind
  if (kind != "classes") {
    found <- if (kind == "numbers") "numeric" else "several labels"
    stop_feedforward("{.arg fit} must predict classes, but its outcome is {found}.",
      i = "Train on a factor of classes, such as `factor(y)`."
    )
  }
  if (!fit$inputs$kind %in% c("matrix", "array")) {
    stop_drawable("a table", "Train on images (n x height x width), or on a matrix of pixels.")
  }
  if (!is.null(plain_names(fit))) {
    stop_drawable("a matrix with column names",
      "If the columns are pixels, train on `unname(x)`.")
  }
  size <- parts$image
  if (is.null(size)) size <- rep(sqrt(length(parts$columns)), 2L)
  if (size[1L] != size[2L] || size[1L] != round(size[1L])) {
    found <- if (is.null(parts$image)) {
      sprintf("a matrix with %s, not a square number", counted(length(parts$columns), "column"))
    } else {
      sprintf("images of %d x %d pixels", size[1L], size[2L])
    }
    stop_drawable(found, "Pad the images to squares, and train on these.")
  }
  as.integer(size[1L])
}

stop_drawable <- function(found, hint) {
  stop_feedforward("{.arg fit} must read square images, but it was trained on {found}.",
    i = "{hint}"
  )
}

# Returns the values of paper and ink, both on the scale of the training data.
check_pixel_range <- function(range, fit) {
  if (is.null(range)) {
    range <- c(0, or_default(fit$inputs$divisor, 1))
    check_default_range(range, fit)
    return(range)
  }
  fits <- is.numeric(range) && !is.object(range) && length(range) == 2L &&
    all(is.finite(range)) && range[1L] != range[2L]
  as.double(check_that(fits, range, "range",
    "two different finite numbers, the values of paper and ink"
  ))
}

# If predictors are standardized, the means or medians of the training data are known.
check_default_range <- function(range, fit) {
  means <- as.double(unlist(c(fit$inputs$center, fit$inputs$encoding$center)))
  odd <- which(abs(means) > 1)
  if (length(odd)) {
    mean <- number_text(means[odd[1L]], 3)
    kind <- if (identical(fit$inputs$encoding$name, "robust")) "median" else "mean"
    pixel <- odd[1L]
    stop_feedforward("{.arg range} is missing, and the pixels are not between 0 and 1.",
      x = "Pixel {pixel} has a {kind} of {mean} in the training data.",
      i = "Supply the values of paper and ink, such as {.code range = c(0, 255)}."
    )
  }
}

# ---- The model of the package ------------------------------------------------------------------

# Trains a network on synthetic digits, the same each time. With the penalty, pixels that are always
# blank have no weight, and the images of the weights become clear.
digits_model <- function() {
  old <- globalenv()[[".Random.seed"]]
  on.exit(set_seed_state(old))
  set.seed(1, "Mersenne-Twister", "Inversion", "Rejection")
  digits <- simulate_digits(4000L)
  feedforward(digits$x, factor(digits$y), hidden_units = 64L, epochs = 10L, penalty = 0.001,
    progress = FALSE
  )
}
