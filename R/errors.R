# Errors, and the words in them. Every error of the package is raised by one of two functions here,
# has the class "feedforward_error" and names the function that the user called.

# Refuses an argument: "`arg` must be {wanted}, not {got}." The hint, if there is one, says what to
# do. `class` adds a more specific class. For a problem that this sentence does not fit, write one
# of your own with stop_feedforward().
stop_input <- function(arg, wanted, got, hint = NULL, class = NULL) {
  # Names of columns and levels are among the words, which may be those of a file.
  wanted <- visible(wanted)
  got <- visible(got)
  hint <- if (!is.null(hint)) visible(hint)
  stop_feedforward(
    "{.arg {arg}} must be {wanted}, not {got}.",
    i = if (!is.null(hint)) "{hint}",
    class = class
  )
}

# Every other error of the package (files, downloads): a message and its details,
# in the mark-up of cli; values are interpolated in the caller's frame.
stop_feedforward <- function(message, ..., class = NULL, envir = parent.frame()) {
  cli::cli_abort(
    c(message, ...),
    class = c(class, "feedforward_error"), call = user_call(), .envir = envir
  )
}

# The frame of the function that the user called: the first of this package. Errors name it.
user_call <- function() {
  namespace <- topenv()
  for (k in seq_len(sys.nframe())) {
    if (identical(environment(sys.function(k)), namespace)) {
      return(sys.frame(k))
    }
  }
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

# Whether strings can be shown and translated: not those of an invalid encoding, or of none.
is_text <- function(x) validEnc(x) & Encoding(x) != "bytes"

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

# Evaluates `code`, which hands the user's `...` on to `source`, a function of R: what that fails
# at is refused, where any are `given`. So is what it warns of as a parameter or a number; other
# warnings are of devices. R quotes the name of the argument, in any language.
with_dots_of <- function(source, given, code) {
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
      hint = readable(text)
    )
  }
  tryCatch(withCallingHandlers(code, warning = function(cnd) {
    if (grepl("parameter|coercion", conditionMessage(cnd))) refuse(cnd)
  }), error = refuse)
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

# ---- Errors of the core ------------------------------------------------------------

# Runs `code`, which may call the core, and puts what the core throws (src/r_conditions.h) into the
# user's words. `arg` is what the user calls the predictors; `refuse_value` raises the error that
# says which value is not finite. Other errors are left as they are.
with_core <- function(code, arg = "x", refuse_value = function() NULL) {
  tryCatch(code,
    feedforward_core_not_finite = function(cnd) {
      refuse_value()
      rlang::cnd_signal(cnd)
    },
    feedforward_core_too_large = function(cnd) {
      if (cnd$part == "validation") arg <- "validation$x"
      stop_input(arg, "of numbers up to 3.4e38, with `precision = \"single\"`", "a larger one",
        hint = "With `precision = \"double\"`, or divided by a constant, it can be used."
      )
    },
    error = function(cnd) {
      if (!lacks_memory(cnd)) rlang::cnd_signal(cnd)
      stop_feedforward("There is not enough memory for this network and these data.",
        i = "Fewer hidden units, inputs or rows need less; in training, so does
             `precision = \"single\"`."
      )
    }
  )
}

# R has no class for its own errors of this kind, and may say them in another language: then they
# stay what they are.
lacks_memory <- function(cnd) {
  inherits(cnd, c("feedforward_core_no_memory", "std::bad_alloc", "std::length_error")) ||
    grepl("cannot allocate|memory exhausted|memory limit", conditionMessage(cnd))
}

# `report` as a function that never jumps away from training: its value is NULL, or why
# training is to stop.
catching <- function(report) {
  force(report)
  function(...) {
    tryCatch(
      {
        report(...)
        NULL
      },
      interrupt = function(condition) "it was interrupted",
      error = function(condition) paste("reporting failed:", conditionMessage(condition))
    )
  }
}
