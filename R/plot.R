#' Plot how training went
#'
#' The loss, and beside it the metric, over the epochs: training as a blue line, validation as a
#' dashed vermilion one. Where there was validation, a dotted line marks the epoch whose
#' weights the model has.
#'
#' A validation loss that rises again while the training loss still falls means that the network
#' has begun to learn the training data by heart; two lines that still fall ask for more
#' epochs; lines that leap ask for a lower learning rate.
#'
#' @param x A model made by [feedforward()], trained for at least one whole epoch.
#' @param what What to draw: `"loss"`, `"metric"` (the accuracy, or the root mean squared error
#'   for numbers), or both, each in a panel. One alone is a plain plot that can be part of a page
#'   of `par(mfrow)`. `NULL` for both, or the loss alone where the model has no metric.
#' @param log `"y"` for logarithmic losses, which shows late epochs in detail; `""` (the default)
#'   not. The metric is never logarithmic.
#' @param main A title for each panel, as many strings as `what` has; `NULL` for none.
#' @param ... Graphical parameters of [plot.default()], such as `ylim` or `cex`.
#'
#' @returns `x`, invisibly. Parameters set by [graphics::par()] are as before.
#'
#' @section Errors:
#' A `feedforward_error` where the model was trained for no whole epoch or was changed into none,
#' and where an argument is not of its kind.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 8, epochs = 40, validation = 0.2)
#' plot(fit)
#' plot(fit, what = "loss", log = "y")
#' @export
plot.feedforward <- function(x, what = NULL, log = "", main = NULL, ...) {
  check_model(x, "x")
  if (is.null(what)) what <- c("loss", if (any(is.finite(x$history$metric))) "metric")
  check_panels(what, log, main)
  if (nrow(x$history) == 0L) {
    got <- if (is.null(x$stopped)) "one of 0 epochs" else "one stopped in its first epoch"
    stop_input("x", "a model trained for at least one whole epoch", got)
  }
  old <- graphics::par(c("mar", "mgp", "las", if (length(what) > 1L) "mfrow"))
  on.exit(graphics::par(old))
  if (length(what) > 1L) {
    wide <- diff(graphics::par("fin")) < 0
    graphics::par(mfrow = if (wide) c(1L, 2L) else c(2L, 1L))
  }
  graphics::par(mar = c(3.5, 4, if (is.null(main)) 1 else 2.5, 1), mgp = c(2.4, 0.6, 0), las = 1L)
  call <- rlang::current_env()
  for (i in seq_along(what)) draw_history(x, what[i], log, main[i], ..., .call = call)
  invisible(x)
}

check_panels <- function(what, log, main, call = rlang::caller_env()) {
  panels <- c("loss", "metric")
  if (!is.character(what) || !length(what) %in% 1:2 || !all(what %in% panels)) {
    stop_input("what", "\"loss\", \"metric\" or both", describe(what), call = call)
  }
  check_choice(log, "log", c("", "y"), call = call)
  if (!is.null(main) && (!is.character(main) || length(main) != length(what) || anyNA(main))) {
    wanted <- sprintf("%d string%s or NULL", length(what), plural(length(what)))
    stop_input("main", wanted, describe(main), call = call)
  }
  for (title in main[nzchar(main)]) check_title(title, "main", call = call)
}

# Blue and vermilion of the palette of Okabe and Ito: told apart by the colour-blind, too.
# Lines differ in their dashes as well, for print in grey.
training_look <- list(col = "#0072B2", lty = 1L)
validation_look <- list(col = "#D55E00", lty = 2L)

# One panel: `what` over the epochs.
draw_history <- function(fit, what, log, main, ..., .call) {
  history <- fit$history
  training <- history[[what]]
  validation <- history[[paste0("valid_", what)]]
  validated <- any(is.finite(validation))
  values <- c(training, validation)
  # A loss of 0 has no place on a logarithmic axis.
  values <- values[is.finite(values) & (values > 0 | log != "y" | what != "loss")]
  label <- if (what == "loss") loss_name(fit) else metric_name(fit)
  look <- list(
    type = "n", main = main, xlab = "Epoch", ylab = capitalise(label),
    log = if (what == "loss") log else "", ylim = if (length(values)) range(values) else 1:2,
    # Ticks at whole epochs only.
    lab = c(min(5, max(1, nrow(history) - 1)), 5, 7)
  )
  with_dots_of("plot.default()", ...length(), call = .call, {
    look <- utils::modifyList(look, list(...))
    open_panel(history$epoch, look)
  })
  if (validated) mark_best(fit, validation)
  draw_line(history$epoch, training, training_look)
  if (!validated) {
    return()
  }
  draw_line(history$epoch, validation, validation_look)
  corner <- emptiest_corner(history$epoch, c(training, validation), look$log)
  graphics::legend(corner, c("training", "validation"),
    col = c(training_look$col, validation_look$col),
    lty = c(training_look$lty, validation_look$lty), lwd = 2, bty = "n"
  )
}

# Where a legend of a third of the width and a fifth of the height hides the fewest points; of
# equal corners, the first.
emptiest_corner <- function(epochs, values, log) {
  place <- function(x) {
    ends <- range(x[is.finite(x)])
    (x - ends[1L]) / max(diff(ends), 1e-300)
  }
  x <- rep(place(epochs), length.out = length(values))
  y <- place(if (log == "y") log(pmax(values, 0)) else values)
  x <- x[is.finite(y)]
  y <- y[is.finite(y)]
  hidden <- c(
    topright = sum(x > 2 / 3 & y > 0.8), bottomright = sum(x > 2 / 3 & y < 0.2),
    bottomleft = sum(x < 1 / 3 & y < 0.2), topleft = sum(x < 1 / 3 & y > 0.8)
  )
  names(which.min(hidden))
}

# An empty plot whose margin holds the numbers on the left, however long, and the label beside.
open_panel <- function(epochs, look) {
  ticks <- if (look$log == "y") "1e-00" else format(pretty(look$ylim))
  wide <- 0.55 * max(nchar(ticks))
  graphics::par(mar = replace(graphics::par("mar"), 2L, 2.3 + wide))
  label <- look$ylab
  look$ylab <- ""
  do.call(plot, c(list(range(epochs), look$ylim), look))
  graphics::title(ylab = label, line = 1 + wide)
}

# A line through a single epoch would draw nothing.
draw_line <- function(x, y, look) {
  if (length(x) == 1L) {
    graphics::points(x, y, col = look$col, pch = 19L)
  } else {
    graphics::lines(x, y, col = look$col, lty = look$lty, lwd = 2)
  }
}

# The epoch whose weights the model has.
mark_best <- function(fit, values) {
  best <- match(fit$best_epoch, fit$history$epoch)
  if (is.na(best)) {
    return()
  }
  graphics::abline(v = fit$best_epoch, col = "grey60", lty = 3L)
  graphics::points(fit$best_epoch, values[best], pch = 19L, col = validation_look$col)
  late <- fit$best_epoch > mean(range(fit$history$epoch))
  graphics::mtext(paste("best:", fit$best_epoch), side = 3L, at = fit$best_epoch, cex = 0.8,
    col = "grey40", adj = if (late) 1 else 0)
}

loss_name <- function(fit) paste0("loss (", gsub("_", " ", fit$architecture$loss), ")")

capitalise <- function(text) {
  if (text == "rmse") {
    return("RMSE")
  }
  paste0(toupper(substr(text, 1L, 1L)), substring(text, 2L))
}
