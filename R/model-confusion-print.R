# What tables of right and wrong predictions print: in full where there are few classes, else the
# figures that matter, on one screen.

#' @describeIn confusion_table Prints the table, then the accuracy: the share of the observations on
#'   the diagonal. Of many classes, it prints the accuracy, the mean recall of the classes, the
#'   pairs that were confused most often and the classes with the lowest `f1`.
#' @param x A table that `confusion_table()` returned.
#' @param n A table of at most `n` classes is printed in full, a larger one in summary. A whole
#'   number of at least 1, or `Inf` to print every table in full. The default, `NULL`, stands for
#'   20, and for fewer where the names are so long that the table would take more than 48 lines.
#' @param ... For `print()`, arguments of [print.table()]; for `plot()`, graphical parameters for
#'   [graphics::par()], such as `family`, in force while drawing; else it must be empty.
#' @export
print.feedforward_confusion_table <- function(x, n = NULL, ...) {
  if (!is.numeric(unclass(x))) stop_input("x", "a table of counts", describe(x))
  n <- check_most_classes(n)
  is_counts <- is.integer(x) && has_classes_as_made(x)
  full <- with_dots_of("print.table()", ...length(), full_table(x, n, ...))
  if (!is.null(full)) {
    writeLines(full)
    # What was derived from a table, such as shares, is no count to take an accuracy of.
    if (is_counts) cat("\n", accuracy_in_words(x), "\n", sep = "")
  } else {
    writeLines(if (is_counts) digest_of_counts(x, "summary(x)") else digest_of_shares(x))
  }
  invisible(x)
}

#' @describeIn confusion_matrix Prints the table, the accuracy, and the shares of each class with
#'   `digits` digits after the point. Of many classes, it prints the accuracy, the mean recall, the
#'   pairs that were confused most often and the classes with the lowest `f1`; `x$table` and
#'   `x$classes` hold all of them.
#' @param x What `confusion_matrix()` returned.
#' @param digits A whole number from 1 to 15.
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

# The lines of the whole table, NULL if that is too much.
full_table <- function(x, n, ...) {
  classes <- max(dim(x), 0L)
  if (classes > (if (is.null(n)) 20L else n)) {
    return(NULL)
  }
  lines <- printed(print(structure(x, class = "table"), ...))
  if (is.null(n) && classes > 1L && length(lines) > 48L) NULL else lines
}

# What `code` prints, however long.
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

# At most 24 lines, none wider than the console, for any number of classes; `all` is the code that
# gives the figures of each.
digest_of_counts <- function(x, all, digits = 3L) {
  classes <- summary(x)
  occur <- sum(classes$n > 0)
  figures <- sprintf("%d classes%s. Mean recall of the classes: %s", nrow(x),
    if (occur < nrow(x)) sprintf(", of which %d occur", occur) else "",
    formatC(mean(classes$recall, na.rm = TRUE), digits = digits, format = "f")
  )
  c(
    wrapped(c(accuracy_in_words(x), figures)),
    confused_pairs(x, classes$n, digits), worst_classes(x, classes, digits), "",
    sprintf("`%s` has all classes.", all), print_all
  )
}

# Of shares, or of counts that are no longer whole.
digest_of_shares <- function(x) {
  c(
    wrapped(sprintf("A table of %s.", paste(dim(x), collapse = " x "))), "",
    print_all
  )
}

print_all <- "`print(x, n = Inf)` prints everything."

wrapped <- function(text) strwrap(text, getOption("width"), exdent = 2L)

# The errors that were made most often, as lines; of equally frequent ones, those of rare classes
# come first.
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
    n = format(count[top]), "of actual" = formatC(share[top], digits = digits, format = "f")
  )
  c("", heading("Most often confused", length(top), length(count)),
    fitted_columns(columns, c("actual", "predicted")))
}

# The classes with the lowest f1, as lines. It is 2 * hits / (n + predicted as it), which also
# ranks classes that were never predicted; of equal ones, frequent classes come first.
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

# Columns that fit the console: `names` are shortened, and where little room is left for them, the
# precision makes way.
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

# Text of at most `width` columns. What differs between long names is often at their ends: so the
# middle is left out.
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
