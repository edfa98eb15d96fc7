# Printing of confusion tables: all of a small table, and the most important numbers of a large one.

#' @describeIn confusion_table Prints the table, then the accuracy: the share of observations on the
#'   diagonal. For many classes, it prints the accuracy, the mean recall, the pairs of classes that
#'   were confused most often, and the classes with the lowest `f1`.
#' @param x A result of `confusion_table()`.
#' @param n The maximum number of classes for which the whole table is printed, a whole number of at
#'   least 1. `Inf` prints every table in full. The default, `NULL`, prints up to 20 classes, or
#'   fewer if long names make the table longer than 48 lines.
#' @param ... For `print()`, arguments of [print.table()]. For `plot()`, graphical parameters of
#'   [graphics::par()], such as `family`, which apply to this plot only. Otherwise must be empty.
#' @export
print.feedforward_confusion_table <- function(x, n = NULL, ...) {
  check_that(is.numeric(unclass(x)), x, "x", "a table of counts")
  n <- check_most_classes(n)
  is_counts <- is_count_table(x)
  full <- with_dots_of("print.table()", ...length(), full_table(x, n, ...))
  if (!is.null(full)) {
    writeLines(full)
    if (is_counts) cat("\n", accuracy_in_words(x), "\n", sep = "")
  } else {
    writeLines(if (is_counts) digest_of_counts(x, "summary(x)") else digest_of_shares(x))
  }
  invisible(x)
}

#' @describeIn confusion_matrix Prints the table, the accuracy, and the results for each class. For
#'   many classes, it prints the accuracy, the mean recall, the pairs of classes that were confused
#'   most often, and the classes with the lowest `f1`. `x$table` and `x$classes` contain everything.
#' @param x A result of `confusion_matrix()`.
#' @param digits The number of digits after the decimal point, a whole number from 1 to 15.
#' @inheritParams confusion_table
#' @export
print.feedforward_confusion <- function(x, digits = 3, n = NULL, ...) {
  digits <- check_count(digits, "digits", max = 15L)
  n <- check_most_classes(n)
  check_confusion(x)
  full <- full_table(x$table, n)
  if (is.null(full)) {
    writeLines(digest_of_counts(x$table, "x$classes", digits))
    return(invisible(x))
  }
  writeLines(c(full, "", accuracy_in_words(x$table), ""))
  writeLines(printed(print(with_digits(x$classes, digits), row.names = FALSE)))
  invisible(x)
}

check_most_classes <- function(n) {
  if (is.null(n) || identical(n, Inf)) n else check_count(n, "n")
}

# Returns the lines of the whole table, or NULL if they are too many.
full_table <- function(x, n, ...) {
  classes <- max(dim(x), 0L)
  if (classes > (if (is.null(n)) 20L else n)) {
    return(NULL)
  }
  lines <- printed(print(structure(x, class = "table"), ...))
  if (is.null(n) && classes > 1L && length(lines) > 48L) NULL else lines
}

# Returns what `code` prints, whatever options(max.print = ) is.
printed <- function(code) {
  old <- options(max.print = .Machine$integer.max)
  on.exit(options(old))
  utils::capture.output(code)
}

accuracy_in_words <- function(x) {
  hits <- sum(diag(x))
  sprintf("Accuracy: %.4f (%.0f of %.0f)", hits / sum(x), hits, sum(x))
}

with_digits <- function(classes, digits) {
  numbers <- intersect(c("precision", "recall", "f1"), names(classes))
  classes[numbers] <- lapply(classes[numbers], formatC, digits = digits, format = "f")
  classes
}

# Returns at most 24 lines for any number of classes, none wider than the console. `all` is the code
# that gives the numbers of every class.
digest_of_counts <- function(x, all, digits = 3L) {
  classes <- summary(x)
  occur <- sum(classes$n > 0)
  verb <- if (occur == 1L) "occurs" else "occur"
  figures <- sprintf("%d classes%s. Mean recall of the classes: %s", nrow(x),
    if (occur < nrow(x)) sprintf(", of which %d %s", occur, verb) else "",
    formatC(mean(classes$recall, na.rm = TRUE), digits = digits, format = "f")
  )
  c(
    wrapped(c(accuracy_in_words(x), figures)),
    confused_pairs(x, classes$n, digits), worst_classes(x, classes, digits), "",
    sprintf("`%s` shows all classes.", all), print_all
  )
}

# Returns the lines for a large table that does not hold counts.
digest_of_shares <- function(x) {
  c(
    wrapped(sprintf("A table of %s.", paste(dim(x), collapse = " x "))), "",
    print_all
  )
}

print_all <- "`print(x, n = Inf)` prints everything."

wrapped <- function(text) strwrap(text, getOption("width"), exdent = 2L)

# Returns the most frequent errors, as lines. If two are equally frequent, the error of the rarer
# actual class comes first.
confused_pairs <- function(x, n, digits, shown = 5L) {
  counts <- matrix(x, nrow(x))
  diag(counts) <- 0L
  pairs <- which(counts > 0, arr.ind = TRUE)
  if (nrow(pairs) == 0L) {
    return(NULL)
  }
  count <- counts[pairs]
  share <- count / n[pairs[, 2L]]
  top <- utils::head(order(-count, -share), shown)
  columns <- list(
    actual = colnames(x)[pairs[top, 2L]], predicted = rownames(x)[pairs[top, 1L]],
    n = format(count[top]), share = formatC(share[top], digits = digits, format = "f")
  )
  names(columns)[4L] <- if (getOption("width") < 80L) "of actual" else "share of actual"
  c("", heading("Most often confused", length(top), length(count)),
    fitted_columns(columns, c("actual", "predicted")))
}

# Returns the classes with the lowest f1, as lines. Computed as 2 * hits / (actual + predicted), f1
# also ranks classes that were never predicted. Of equal classes, the more frequent one comes first.
worst_classes <- function(x, classes, digits, shown = 5L) {
  score <- 2 * diag(x) / (rowSums(x) + colSums(x))
  flawed <- which(classes$n > 0 & score < 1)
  if (length(flawed) == 0L) {
    return(NULL)
  }
  top <- utils::head(flawed[order(score[flawed], -classes$n[flawed])], shown)
  columns <- as.list(with_digits(classes[top, ], digits))
  columns$n <- format(columns$n)
  c("", heading("Lowest f1", length(top), nrow(classes)), fitted_columns(columns, "class"))
}

heading <- function(what, shown, all) {
  paste0(what, if (shown < all) sprintf(" (%d of %d)", shown, all), ":")
}

# Returns columns that fit the console. Names of classes are shortened; if they would become too
# short, the column of precisions is dropped.
fitted_columns <- function(columns, names) {
  room <- function(columns) {
    others <- columns[setdiff(base::names(columns), names)]
    width <- vapply(base::names(others), function(name) max(nchar(c(name, others[[name]]))), 1)
    # format_columns() begins lines with two spaces, and puts two between columns.
    (getOption("width") - sum(width + 2L) - 2L * length(names)) %/% length(names)
  }
  if (room(columns) < 12L) columns$precision <- NULL
  least <- max(nchar(names))
  columns[names] <- lapply(columns[names], function(text) {
    cut_middle(encodeString(text), max(room(columns), least))
  })
  format_columns(columns, left = names)
}

# Shortens text to `width` columns by cutting its middle: long names often differ at their ends.
cut_middle <- function(text, width) {
  long <- which(nchar(text, "width") > width)
  text[long] <- vapply(text[long], function(one) {
    letters <- strsplit(one, "")[[1L]]
    size <- nchar(letters, "width")
    tail <- rev(cumsum(rev(size))) <= (width - 3L) %/% 2L
    head <- cumsum(size) <= width - 3L - sum(size[tail])
    paste0(c(letters[head], "...", letters[tail]), collapse = "")
  }, "", USE.NAMES = FALSE)
  text
}
