#' Watch the training curves grow
#'
#' Makes a function for the argument `on_epoch` of [feedforward()], [continue_training()],
#' [resume_training()], and [train_nn()]. It draws the training history while the network trains, as
#' `plot()` draws it for the result. See [plot.feedforward()] for what the lines mean.
#'
#' A picture is drawn at most four times a second, so short epochs are hardly slowed down. When
#' training ends, for whatever reason, the picture is drawn once more, so the last one shows the
#' last epoch.
#'
#' Without `file`, the plot appears in the current graphics device, such as RStudio's pane. If there
#' is none, a window is opened. A script without a display draws to `Rplots.pdf`, with a page for
#' each picture. Use `file` there, and in R Markdown.
#'
#' @param file The path of a PNG file to draw to, 960 x 540 pixels, usually ending in `.png`. Each
#'   picture replaces the one before as a whole, so a browser or viewer never sees half of it.
#'   The extension of another format, such as `.pdf`, is an error. `NULL` (the default) draws to the
#'   current graphics device.
#' @param every The number of epochs between two pictures, a whole number of at least 1. With larger
#'   values, slow devices take less time.
#'
#' @returns A function of one argument, the list that `on_epoch` gets. It never returns `FALSE`. You
#'   can also call it inside your own `on_epoch`. Then nothing is drawn after training, so the last
#'   epochs might be missing from the picture.
#'
#' @section Errors:
#' An error of class `feedforward_error` for invalid arguments. It also has the class
#' `feedforward_file_error` if the file cannot be written. If a picture cannot be drawn during
#' training, training stops as after any error in `on_epoch`: you get the model as trained so far,
#' with a warning.
#'
#' @seealso "Watching training" in [feedforward()].
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ .,
#'   data = iris, hidden_units = 8, epochs = 40, validation = 0.2,
#'   on_epoch = live_plot()
#' )
#' @export
live_plot <- function(file = NULL, every = 1) {
  every <- check_count(every, "every")
  if (!is.null(file)) check_picture_file(file)
  last_drawn <- -Inf
  pending <- FALSE
  draw <- function(model) {
    # A picture that cannot be drawn is not tried again at the end.
    pending <<- FALSE
    draw_live(model, file)
    last_drawn <<- seconds_now()
  }
  watch <- function(record) {
    check_record(if (!missing(record)) record)
    pending <<- TRUE
    due <- record$epoch %% every == 0 && seconds_now() - last_drawn >= 0.25
    if (due) draw(record$model())
    NULL
  }
  structure(watch, at_end = function(model) if (pending) draw(model))
}

check_record <- function(record) {
  known <- is.list(record) && is_one_number(record$epoch) && is.function(record$model)
  check_that(known, record, "record", "the list that `on_epoch` gets",
    hint = "Use it like `feedforward(..., on_epoch = live_plot())`."
  )
}

check_picture_file <- function(file) {
  file <- check_string(file, "file")
  check_png_name(file)
  problem <- writing_problem(end_of_links(file))
  if (!is.null(problem)) stop_writing(file, problem)
  if (!capabilities("png")) {
    stop_feedforward("This R cannot draw PNG files.", i = "Leave out {.arg file}.")
  }
}

# Names without an ending are fine, and so are endings that are no format, as in `run.2`.
check_png_name <- function(file) {
  others <- c("jpg", "jpeg", "pdf", "svg", "gif", "bmp", "tif", "tiff", "webp", "eps", "ps", "html")
  ending <- tolower(tools::file_ext(file))
  if (ending %in% others) {
    stop_feedforward("{.arg file} ends in {.code .{ending}}, but pictures are PNG files.",
      i = "Use a name that ends in {.code .png}."
    )
  }
}

# Draws the history of a model to the current device, or to a PNG file.
draw_live <- function(model, file) {
  if (!is.null(file)) {
    return(draw_png(model, file))
  }
  # Shows the picture when it is complete, which avoids flicker.
  grDevices::dev.hold()
  on.exit(grDevices::dev.flush())
  plot(model)
}

# Leaves the user's devices as they are.
draw_png <- function(model, file) {
  part <- tempfile(fileext = ".png")
  on.exit(unlink(part))
  current <- grDevices::dev.cur()
  grDevices::png(part, width = 8, height = 4.5, units = "in", res = 120)
  tryCatch(plot(model), finally = {
    grDevices::dev.off()
    if (current > 1L) grDevices::dev.set(current)
  })
  write_whole(file, readBin(part, raw(), file.size(part)))
}
