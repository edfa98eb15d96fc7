#' How often each class was taken for which
#'
#' Counts the pairs of predicted and actual class. The table is square: every
#' class that occurs on either side has a row and a column, also one that was
#' never predicted, so the diagonal always holds the hits.
#'
#' @param predicted,actual Classes, one per observation: a factor, or a numeric,
#'   character or logical vector, without `NA`, both of the same length (at least
#'   1). The types may differ; `"7"`, `7L` and the factor level "7" are the same
#'   class. Classes are in the order of the levels for factors; else numbers in
#'   numeric order, anything else in alphabetical order.
#' @return An integer matrix of counts, classes x classes, of class
#'   `c("confusion_table", "table")`: rows are `Predicted`, columns `Actual`. Where
#'   the same classes occur on both sides it equals
#'   `table(Predicted = predicted, Actual = actual)` but for its class.
#' @section Errors:
#' A `feedforward_error` when an argument is not a vector of classes, is
#' empty, has `NA`, or when the lengths differ.
#' Where no class occurs on both sides, a warning of class `feedforward_warning`.
#' @seealso [plot_digits()] to look at the errors themselves.
#' @examples
#' actual <- c(0, 0, 1, 1, 2, 2)
#' predicted <- c(0, 1, 1, 1, 2, 0)
#' confusion <- confusion_table(predicted, actual)
#' confusion
#' summary(confusion)
#' plot(confusion)
#' @export
confusion_table <- function(predicted, actual) {
  check_labels(predicted, "predicted")
  check_labels(actual, "actual", length(predicted), "element of `predicted`")
  if (!any(class_names(predicted) %in% class_names(actual))) warn_of_no_common_class(actual)
  classes <- all_classes(predicted, actual)
  counts <- table(
    Predicted = factor(class_names(predicted), classes),
    Actual = factor(class_names(actual), classes)
  )
  structure(counts, class = c("confusion_table", "table"))
}

# Predictions count classes from 0, a factor has names for them.
warn_of_no_common_class <- function(actual) {
  cli::cli_warn(
    c("{.arg predicted} and {.arg actual} have no class in common.",
      i = if (is.factor(actual)) "Name predicted classes by {.code levels(actual)[predicted + 1]}."
    ),
    class = "feedforward_warning", call = rlang::caller_env()
  )
}

# Numbers by all their digits: as.character() would make 1e5 and 100000L differ.
class_names <- function(labels) {
  if (is.numeric(labels)) sprintf("%.15g", labels) else as.character(labels)
}

# The classes of all arguments: levels first, in their order, then the others sorted.
all_classes <- function(...) {
  labels <- list(...)
  is_factor <- vapply(labels, is.factor, TRUE)
  given <- unlist(lapply(labels[is_factor], levels))
  loose <- unique(unlist(lapply(labels[!is_factor], class_names)))
  number <- suppressWarnings(as.numeric(loose))
  union(given, if (anyNA(number)) sort(loose) else loose[order(number)])
}

#' @describeIn confusion_table Prints the table, then the accuracy: the share of
#'   the observations on the diagonal.
#' @param x,object A `confusion_table`.
#' @param ... For `print()`, arguments of [print.table()]; for `plot()`, graphical
#'   parameters for [graphics::par()], such as `family`, in force while drawing;
#'   else it must be empty.
#' @export
print.confusion_table <- function(x, ...) {
  if (!is.numeric(unclass(x))) stop_input("x", "a table of counts", describe(x))
  plain <- structure(x, class = "table")
  with_dots_of("print.table()", ...length(), print(plain, ...), rlang::current_env())
  # What was derived from a table, such as shares, is no count to take an accuracy of.
  if (!is.integer(x) || !is_square(x)) {
    return(invisible(x))
  }
  hits <- sum(diag(x))
  cat(sprintf("\nAccuracy: %.4f (%.0f of %.0f)\n", hits / sum(x), hits, sum(x)))
  invisible(x)
}

is_square <- function(x) length(dim(x)) == 2L && nrow(x) == ncol(x)

# Counts or shares of the same classes in rows and columns.
check_counts <- function(x, arg = "x", call = rlang::caller_env()) {
  counts <- unclass(x)
  # Shares of a class that never occurs are NaN.
  known <- is.numeric(counts) && is_square(counts) && length(counts) > 0L &&
    all(is.finite(counts) & counts >= 0 | is.nan(counts)) && !is.null(colnames(counts)) &&
    identical(rownames(counts), colnames(counts))
  if (!known) stop_input(arg, "what confusion_table() returns", describe(x), call = call)
}

#' @describeIn confusion_table A data frame with one row per class: `class`; `n`,
#'   the observations that are of it; `precision`, the share of those predicted as
#'   the class that are of it; `recall`, the share of those of the class that were
#'   predicted as it; `f1`, the harmonic mean of the two, 0 where both are. `NA`
#'   where a share would divide by 0, and for an `f1` of such a share.
#' @export
summary.confusion_table <- function(object, ...) {
  check_empty_dots(...)
  check_counts(object, "object")
  hits <- unname(diag(object))
  as_predicted <- unname(rowSums(object))
  n <- unname(colSums(object))
  share <- function(part, whole) ifelse(whole > 0, part / whole, NA_real_)
  precision <- share(hits, as_predicted)
  recall <- share(hits, n)
  f1 <- ifelse(is.na(precision + recall), NA_real_, share(2 * hits, as_predicted + n))
  data.frame(class = colnames(object), n = as.integer(n), precision, recall, f1)
}

#' @describeIn confusion_table A heat map: a row per predicted and a column per
#'   actual class, counts in the cells. Hits are framed, bold and blue, the darker
#'   the larger the share of their class; errors are orange, the darker the larger
#'   their share of the actual class, on a scale of their own that ends at the
#'   worst error. Cells of 0 are white, and from 6 classes on empty. Returns `x`
#'   invisibly.
#' @param main The title of the heat map, one string; `NULL` for the accuracy.
#' @export
plot.confusion_table <- function(x, main = NULL, ...) {
  check_counts(x)
  if (is.null(main)) {
    main <- sprintf("Accuracy %.4f", sum(diag(x)) / sum(x))
  }
  main <- check_title(main, "main")
  old <- page_par(...)
  on.exit(graphics::par(old))
  page <- blank_page(main)
  draw_cells(x, draw_class_names(colnames(x), page))
  invisible(x)
}

# Class names left of the rows and above the columns, on a page of page[1] x
# page[2] inches. Returns the edges of the cells: k + 1 of `x`, and of `y` downwards.
draw_class_names <- function(classes, page) {
  k <- length(classes)
  # A strip on the left and one on top for the names, each with its heading.
  line <- min(0.25, 0.06 * page[2L])
  names_width <- min(max(graphics::strwidth(classes)), 0.22 * page[1L])
  x <- seq(1.6 * line + names_width, page[1L] - 0.4 * line, length.out = k + 1L)
  y <- seq(page[2L] - 2 * line, 0.4 * line, length.out = k + 1L)
  heading <- fit_text(c("Predicted", "Actual"), page[1L] / 2, 0.6 * line)
  graphics::text(mean(range(x)), page[2L] - line / 2, "Actual", cex = heading, font = 2L)
  graphics::text(line / 2, mean(range(y)), "Predicted", cex = heading, font = 2L, srt = 90)
  cex <- min(
    fit_text(classes, 0.94 * (x[2L] - x[1L]), 0.6 * line, largest = 1),
    fit_text(classes, names_width, 0.8 * (y[1L] - y[2L]), largest = 1)
  )
  graphics::text(middles(x), page[2L] - 1.8 * line, classes, cex = cex, adj = c(0.5, 0))
  graphics::text(x[1L] - 0.3 * line, middles(y), classes, cex = cex, adj = c(1, 0.5))
  list(x = x, y = y)
}

middles <- function(edges) (edges[-1L] + edges[-length(edges)]) / 2

# The cells between the edges: shaded by their share of the actual class.
draw_cells <- function(counts, edges) {
  k <- nrow(counts)
  counts <- matrix(counts, k)
  hit <- row(counts) == col(counts)
  share <- counts / rep(pmax(colSums(counts), 1), each = k)
  fill <- cell_colors(share, hit)
  left <- edges$x[col(counts)]
  right <- edges$x[col(counts) + 1L]
  top <- edges$y[row(counts)]
  bottom <- edges$y[row(counts) + 1L]
  graphics::rect(left, bottom, right, top, col = fill, border = "grey80")
  graphics::rect(left[hit], bottom[hit], right[hit], top[hit], border = "black", lwd = 2)
  text <- format_counts(counts)
  cex <- fit_text(text, 0.8 * (right[1L] - left[1L]), 0.5 * (top[1L] - bottom[1L]), font = 2L)
  graphics::text((left + right) / 2, (top + bottom) / 2, text,
    cex = cex, font = 1L + hit, col = ifelse(hit & share > 0.45, "white", "black")
  )
}

# Errors orange up to the worst one, hits blue; what never was has no colour.
cell_colors <- function(share, hit) {
  worst <- max(share[!hit], .Machine$double.xmin)
  fill <- shade(share / worst, "#FFFFFF", "#F59B42")
  met <- which(hit & share > 0)
  fill[met] <- shade(share[met], "#DCE9F5", "#08306B")
  fill
}

# What stands in the cells. A large table is easier to read without its many zeros.
format_counts <- function(counts, small = 5L) {
  shown <- !is.na(counts) & (counts > 0 | nrow(counts) <= small)
  ifelse(shown, counts, "")
}

# Colours between `from` (share 0) and `to` (share 1).
shade <- function(share, from, to) {
  rgb <- grDevices::colorRamp(c(from, to))(pmin(pmax(share, 0), 1))
  grDevices::rgb(rgb, maxColorValue = 255)
}
