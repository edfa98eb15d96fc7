# What is refused of what a user passes: one function per kind of argument, those for
# networks in check-network.R, those for data in check-data.R. Each either returns its
# value, cleaned, or raises one `feedforward_error` that says which argument, what was
# wanted, what was got.

# The one way to refuse an argument. `wanted` completes "must be ...", `got`
# completes "Got ..."; `hint`, where given, says what to do; `class` adds a more specific
# class before "feedforward_error".
stop_input <- function(arg, wanted, got, hint = NULL, class = NULL, call = rlang::caller_env()) {
  # Names of columns and levels are among the words, which may be those of a file.
  wanted <- visible(wanted)
  got <- visible(got)
  hint <- if (!is.null(hint)) visible(hint)
  stop_feedforward(
    "{.arg {arg}} must be {wanted}.",
    x = "Got {got}.",
    i = if (!is.null(hint)) "{hint}",
    class = class, call = call
  )
}

# An argument without default was left out.
check_given <- function(missing, arg, hint = NULL, call = rlang::caller_env()) {
  if (missing) stop_input(arg, "given", "nothing", hint = hint, call = call)
}

# Every other error of the package (files, downloads): a message and its details,
# in the mark-up of cli; values are interpolated in the caller's frame.
stop_feedforward <- function(message, ..., class = NULL, call = rlang::caller_env(),
                             envir = parent.frame()) {
  cli::cli_abort(
    c(message, ...),
    class = c(class, "feedforward_error"), call = call, .envir = envir
  )
}

# What a value is, in words: "a 5 x 3 character matrix", "NULL", "the number 0.5".
describe <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (is.data.frame(x)) {
    return(sprintf("a data frame of %d rows and %d columns", nrow(x), ncol(x)))
  }
  if (is.function(x)) {
    return("a function")
  }
  if (is.atomic(x) && length(x) == 1L && is.null(dim(x)) && !is.object(x)) {
    return(describe_scalar(x))
  }
  describe_container(x)
}

describe_scalar <- function(x) {
  if (is.character(x) && !is.na(x)) {
    return(sprintf("the string \"%s\"", readable(x)))
  }
  if (is.numeric(x) && !is.na(x)) {
    return(paste("the number", number_text(x)))
  }
  number_text(x)
}

# Text that fits a message: without control characters and bytes that are no text, not too long.
readable <- function(x, most = 200L) {
  shown <- encodeString(x)
  if (nchar(shown) > most) paste0(substr(shown, 1L, most), "...") else shown
}

# Text with control characters, and bytes that are no text, as escapes: they would steer a terminal.
visible <- function(text) {
  text <- as.character(text)
  odd <- !is_text(text) | grepl("[[:cntrl:]]", text)
  text[odd] <- encodeString(text[odd])
  text
}

describe_container <- function(x) {
  kind <- if (is.object(x)) class(x)[1L] else typeof(x)
  shape <- dim(x)
  if (is.null(shape)) {
    return(sprintf("%s %s of length %.0f", article(kind), kind, length(x)))
  }
  if (length(shape) == 1L) {
    return(sprintf("a 1-d %s array of length %d", kind, shape))
  }
  form <- if (length(shape) == 2L) "matrix" else "array"
  kind <- setdiff(kind, form)
  paste(c("a", paste(shape, collapse = " x "), kind, form), collapse = " ")
}

# "an array", "a units".
article <- function(word) {
  if (grepl("^([aeio]|u(?!ni))", word, ignore.case = TRUE, perl = TRUE)) "an" else "a"
}

# TRUE or FALSE.
check_flag <- function(x, arg, call = rlang::caller_env()) {
  if (!is.logical(x) || length(x) != 1L || is.object(x) || is.na(x)) {
    stop_input(arg, "TRUE or FALSE", describe(x), call = call)
  }
  isTRUE(x)
}

# One string, returned as a plain one: packages have classes for paths and text. `NA` and the
# empty string are none. No system takes paths of more bytes.
check_string <- function(x, arg, call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  plain <- if (is.character(x)) as.vector(unclass(x))
  if (length(plain) != 1L || is.na(plain) || !nzchar(plain, keepNA = TRUE)) {
    stop_input(arg, "one non-empty string", describe(x), call = call)
  }
  if (!is_text(plain) || nchar(plain, "bytes") > most_bytes) {
    wanted <- sprintf("one non-empty string of at most %d bytes, all of them text", most_bytes)
    stop_input(arg, wanted, describe(plain), call = call)
  }
  plain
}

most_bytes <- 4095L

# Whether strings can be shown and translated: not those of an invalid encoding, or of none.
is_text <- function(x) validEnc(x) & Encoding(x) != "bytes"

# A title: NULL for none, else a string; devices cannot draw control characters but line ends.
check_title <- function(x, arg, call = rlang::caller_env()) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- check_string(x, arg, call = call)
  if (grepl("[\001-\011\013-\037]", x)) {
    stop_input(arg, "a string without control characters", describe(x), call = call)
  }
  x
}

# One number as R itself has them: those of classes may mean anything.
is_one_number <- function(x) {
  is.numeric(x) && !is.object(x) && length(x) == 1L && !is.na(x)
}

# One whole number from `min` to `max`, returned as an integer.
check_count <- function(x, arg, min = 1L, max = .Machine$integer.max,
                        call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  whole <- is_one_number(x) && is.finite(x) && x == round(x)
  if (!whole || x < min || x > max) {
    too_large <- whole && x > max
    range <- if (too_large) sprintf("at most %d", max) else sprintf("at least %d", min)
    stop_input(arg, paste("one whole number of", range), describe(x), hint = hint_for_class(x, arg),
      call = call
    )
  }
  as.integer(x)
}

# One finite number within [min, max], or above `min` when `open`.
check_number <- function(x, arg, min = -Inf, max = Inf, open = FALSE,
                         call = rlang::caller_env()) {
  inside <- is_one_number(x) && is.finite(x) && x <= max &&
    (if (open) x > min else x >= min)
  if (!inside) {
    wanted <- paste("one finite number", describe_range(min, max, open))
    stop_input(arg, trimws(wanted), describe(x), hint = hint_for_class(x, arg), call = call)
  }
  as.double(x)
}

# What a number of a class means, only its class can say, and that of bit64 only while that
# package is loaded: else as.numeric() gives other numbers in silence. `code` is how the user
# calls x.
hint_for_class <- function(x, code) {
  if (!is.object(x) || !is.numeric(unclass(x))) {
    return(NULL)
  }
  number <- sprintf("as.numeric(%s) makes plain numbers of it.", code)
  if (inherits(x, "integer64")) paste("With library(bit64),", number) else number
}

describe_range <- function(min, max, open) {
  if (is.finite(max)) {
    form <- if (open) "above %s, at most %s" else "from %s to %s"
    return(sprintf(form, number_text(min), number_text(max)))
  }
  if (is.finite(min)) paste(if (open) "above" else "of at least", number_text(min)) else ""
}

# One of a few strings; the first of `choices` stands for a value left at its default.
check_choice <- function(x, arg, choices, call = rlang::caller_env()) {
  if (identical(x, choices)) {
    return(choices[1L])
  }
  if (!is.character(x) || length(x) != 1L || !x %in% choices) {
    wanted <- paste("one of", paste(encodeString(choices, quote = "\""), collapse = ", "))
    stop_input(arg, wanted, describe(x), call = call)
  }
  x
}

# Evaluates `code`, which hands the user's `...` on to `source`, a function of R: what that fails
# at is refused, where any are `given`. So is what it warns of as a parameter or a number; other
# warnings are of devices. R quotes the name of the argument, in any language.
with_dots_of <- function(source, given, code, call) {
  if (given == 0L) {
    return(code)
  }
  refuse <- function(cnd) {
    # Refused already, with the warning below.
    if (inherits(cnd, "feedforward_error")) rlang::cnd_signal(cnd)
    text <- conditionMessage(cnd)
    quoted <- "^[^\"\u201c]*[\"\u201c]([[:alnum:]._]+)[\"\u201d].*$"
    got <- if (grepl(quoted, text)) sub(quoted, "`\\1`", text) else "others"
    stop_input("...", sprintf("made of arguments that %s takes", source), got,
      hint = readable(text), call = call
    )
  }
  tryCatch(withCallingHandlers(code, warning = function(cnd) {
    if (grepl("parameter|coercion", conditionMessage(cnd))) refuse(cnd)
  }), error = refuse)
}

# Numbers of any shape; NA, NaN and Inf may be among them.
check_numeric <- function(x, arg, call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  if (!is_numbers(x)) {
    stop_input(arg, "a numeric vector, matrix or array", describe(x), call = call)
  }
  x
}

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.object(x)

# A numeric matrix. `rows` and `cols`, where given, must match; unless `finite` is
# FALSE, NA, NaN and Inf are refused; `hint` is evaluated only for an error.
check_matrix <- function(x, arg, rows = NULL, cols = NULL, min_rows = 0L, finite = TRUE,
                         hint = NULL, call = rlang::caller_env()) {
  check_given(missing(x), arg, call = call)
  fits <- is.matrix(x) && is_numbers(x) && nrow(x) >= min_rows &&
    (is.null(rows) || nrow(x) == rows) && (is.null(cols) || ncol(x) == cols)
  if (!fits) {
    wanted <- describe_wanted_matrix(rows, cols, min_rows)
    stop_input(arg, wanted, describe(x), hint = hint, call = call)
  }
  if (finite) check_finite(x, arg, call = call) else x
}

describe_wanted_matrix <- function(rows, cols, min_rows, kind = "a numeric matrix") {
  if (!is.null(rows) && !is.null(cols)) {
    return(sprintf("a %d x %d numeric matrix", rows, cols))
  }
  parts <- c(
    if (!is.null(rows)) sprintf("%d row%s", rows, plural(rows)),
    if (is.null(rows) && min_rows > 0L) sprintf("at least %d row%s", min_rows, plural(min_rows)),
    if (!is.null(cols)) sprintf("%d column%s", cols, plural(cols))
  )
  paste(c(kind, if (length(parts)) paste("with", paste(parts, collapse = " and "))),
    collapse = " "
  )
}

# Numbers for a message, whatever options(scipen = ) and options(OutDec = ) are.
number_text <- function(x, digits = NULL) {
  format(x, digits = digits, scientific = 0L, decimal.mark = ".", trim = TRUE)
}

# The same for whole numbers, with all their digits: paste() would write 1e+05.
whole_text <- function(x) sprintf("%.0f", x)

# A count for people, whatever options(OutDec = ) is.
thousands <- function(n) {
  format(n, big.mark = ",", decimal.mark = ".", scientific = FALSE, trim = TRUE)
}

plural <- function(n) if (n == 1L) "" else "s"

# No NA, NaN, Inf anywhere; the error names the first place.
check_finite <- function(x, arg, call = rlang::caller_env()) {
  values <- if (isS4(x)) x@x else x
  bad <- first_non_finite(values)
  if (bad > 0) {
    place <- toString(whole_text(place_of(x, bad)))
    got <- sprintf("%s in %s[%s]", number_text(values[[bad]]), arg, place)
    stop_input(arg, "finite (no NA, NaN or Inf)", got, call = call)
  }
  x
}

# Row and column of the k-th value of a matrix (the k-th non-zero of a dgCMatrix); k itself
# for a vector.
place_of <- function(x, k) {
  if (isS4(x)) {
    return(c(x@i[k] + 1L, findInterval(k - 1L, x@p)))
  }
  if (is.null(dim(x))) k else arrayInd(k, dim(x))
}
