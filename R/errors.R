# Errors and their wording. Every error of the package is raised through stop_feedforward(), has the
# class "feedforward_error" and names the function that the user called. An error is one sentence
# that states the problem, and one that says what to do.

# Refuses an argument: "`arg` must be {wanted}, not {got}." The hint, if there is one, says what to
# do. For a problem that this sentence does not fit, write one of your own with stop_feedforward().
stop_input <- function(arg, wanted, got, hint = NULL) {
  stop_feedforward("{.arg {arg}} must be {wanted}, not {got}.", i = "{hint}")
}

# Raises an error with a message and details in cli's markup. Variables of the caller's frame are
# interpolated. A detail that is one variable, such as "{hint}", is left out if that is NULL.
# `parent` is the error that caused this one.
stop_feedforward <- function(message, ..., class = NULL, parent = NULL, envir = parent.frame()) {
  text <- c(message, ...)
  values <- quoted_values(text, envir)
  absent <- names(values)[vapply(values, is.null, TRUE)]
  cli::cli_abort(text[!text %in% sprintf("{%s}", absent)],
    class = c(class, "feedforward_error"), call = user_call(), parent = parent, .frame = envir,
    .envir = list2env(values, parent = envir)
  )
}

# Warnings and messages do not name the function that was called. `about` is for handlers.
warn_feedforward <- function(message, ..., class, parent = NULL, about = NULL,
                             envir = parent.frame()) {
  cli::cli_warn(c(message, ...), class = class, call = NULL, parent = parent, about = about,
    .envir = envir)
}

inform_feedforward <- function(message, ...) {
  rlang::inform(c(message, ...), class = "feedforward_message")
}

# Returns the variables that a message quotes as `{name}`. Their text may come from a file, such as
# names of columns and levels, and is made visible().
quoted_values <- function(text, envir) {
  quoted <- unlist(regmatches(text, gregexpr("(?<=[{])[a-z_]+(?=[}])", text, perl = TRUE)))
  values <- mget(unique(quoted), envir, inherits = TRUE)
  lapply(values, function(value) if (is.character(value)) visible(value) else value)
}

# Returns the frame of the function that the user called: the outermost one of this package.
user_call <- function() {
  namespace <- topenv()
  for (k in seq_len(sys.nframe())) {
    if (identical(environment(sys.function(k)), namespace)) {
      return(sys.frame(k))
    }
  }
}

# Describes a value in words: "a 5 x 3 character matrix", "NULL", "the number 0.5".
describe <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (is.data.frame(x)) {
    return(sprintf("a data frame with %s and %s", counted(nrow(x), "row"),
      counted(ncol(x), "column")))
  }
  if (is.function(x)) {
    return("a function")
  }
  if (is_source(x)) {
    return("a data source")
  }
  if (rlang::is_formula(x)) {
    return("a formula")
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

# Makes text safe for a message: escapes control characters and invalid bytes, and cuts long text.
readable <- function(x, most = 200L) {
  shown <- encodeString(x)
  if (nchar(shown) > most) paste0(substr(shown, 1L, most), "...") else shown
}

# Escapes control characters and invalid bytes, which could control a terminal.
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
    return(describe_vector(x, kind))
  }
  if (length(shape) == 1L) {
    return(sprintf("a 1-d %s array of length %d", kind, shape))
  }
  form <- if (length(shape) == 2L) "matrix" else "array"
  kind <- setdiff(kind, form)
  with_article(paste(c(paste(whole_text(shape), collapse = " x "), kind, form), collapse = " "))
}

# The length of other objects with a class says little, or is the length of their list.
describe_vector <- function(x, kind) {
  if (is.object(x) && !is.factor(x)) {
    size <- if (is.atomic(x) || inherits(x, "AsIs")) sprintf(" with length %.0f", length(x)) else ""
    return(sprintf("an object of class <%s>%s", kind, size))
  }
  if (is.ordered(x)) kind <- "ordered factor"
  if (is.atomic(x) && !is.object(x)) kind <- paste(kind, "vector")
  sprintf("%s of length %.0f", with_article(kind), length(x))
}

# Returns words with their article, such as "an array", "an 8 x 3 matrix", or "a unit".
with_article <- function(words) {
  vowel <- "^`?([aeio]|u(?!ni)|8|1[18]([0-9]{3})*(?![0-9]))"
  paste(if (grepl(vowel, words, ignore.case = TRUE, perl = TRUE)) "an" else "a", words)
}

# Whether strings have a valid encoding, so that they can be shown and translated.
is_text <- function(x) validEnc(x) & Encoding(x) != "bytes"

# Suggests how to turn an object that stores numbers into plain ones. Only its class knows what
# they mean. For integer64, as.numeric() silently gives wrong numbers unless bit64 is loaded.
# `code` is how the user refers to x.
hint_for_class <- function(x, code) {
  if (!is.object(x) || !is.numeric(unclass(x))) {
    return(NULL)
  }
  # The codes of a factor are not the numbers in its labels.
  if (is.factor(x)) code <- sprintf("as.character(%s)", code)
  number <- sprintf("`as.numeric(%s)` to convert it to plain numbers.", code)
  if (inherits(x, "integer64")) paste("Load bit64 and use", number) else paste("Use", number)
}

# Suggests to call a function that was given instead of its result. `code` is the call, if known.
hint_for_maker <- function(x, code = NULL) {
  use <- if (!is.null(code)) sprintf(" Use `%s`.", code)
  if (is.function(x)) paste0("Did you forget the parentheses?", use)
}

# Evaluates `code`, which passes the user's `...` on to `source`, a function of R. If arguments are
# `given` and R refuses them, by an error or by a warning about a parameter, the user gets our
# error with R's text. In every language R quotes the name of the argument.
with_dots_of <- function(source, given, code) {
  if (given == 0L) {
    return(code)
  }
  refuse <- function(cnd) {
    # The warning handler below has raised it.
    if (inherits(cnd, "feedforward_error")) rlang::cnd_signal(cnd)
    text <- conditionMessage(cnd)
    quoted <- "^[^\"\u201c]*[\"\u201c]([[:alnum:]._]+)[\"\u201d].*$"
    name <- if (grepl(quoted, text)) sub(quoted, "`\\1`", text) else "what you pass"
    text <- readable(text)
    stop_feedforward("{source} does not accept {name} in {.arg ...}.", x = "{text}")
  }
  tryCatch(withCallingHandlers(code, warning = function(cnd) {
    if (grepl("parameter|coercion", conditionMessage(cnd))) refuse(cnd)
  }), error = refuse)
}

# Formats numbers for a message. options(scipen = , OutDec = ) have no effect.
number_text <- function(x, digits = NULL) {
  format(x, digits = digits, scientific = 0L, decimal.mark = ".", trim = TRUE)
}

# Formats whole numbers with all their digits, where paste() would write 1e+05.
whole_text <- function(x) sprintf("%.0f", x)

# Formats a count with commas. options(OutDec = ) has no effect.
thousands <- function(n) {
  format(n, big.mark = ",", decimal.mark = ".", scientific = FALSE, trim = TRUE)
}

plural <- function(n) if (n == 1L) "" else "s"

# Returns a number of things, such as "1 row" or "10 rows".
counted <- function(n, thing) sprintf("%.0f %s%s", n, thing, plural(n))

# Returns strings as a list in words, such as "a, b, and c". `word` stands before the last one.
joined <- function(x, word) {
  last <- length(x)
  if (last < 2L) {
    return(toString(x))
  }
  paste0(toString(x[-last]), if (last > 2L) ",", " ", word, " ", x[last])
}

# ---- Errors of the core ------------------------------------------------------------

# Runs `code`, which may call the core, and translates the conditions that the core throws
# (src/r_conditions.h) into the user's terms. `arg` is the user's name for the predictors.
# `refuse_value` raises the error that says which value is not finite. Other errors pass through.
with_core <- function(code, arg = "x", refuse_value = function() NULL) {
  # One handler, because R takes longer to set up several.
  tryCatch(code, error = function(cnd) {
    if (inherits(cnd, "feedforward_core_not_finite")) {
      refuse_value()
    } else if (inherits(cnd, "feedforward_core_too_large")) {
      if (cnd$part == "validation") arg <- "validation$x"
      stop_feedforward("{.arg {arg}} has numbers above 3.4e38, too large for single precision.",
        i = "Use {.code precision = \"double\"}, or divide the numbers by a constant."
      )
    } else if (inherits(cnd, "feedforward_core_file_error")) {
      stop_changed_file(arg)
    } else if (inherits(cnd, "feedforward_core_minimizer_busy")) {
      stop_feedforward("L-BFGS cannot run inside another training by L-BFGS.",
        i = "Use another optimizer in {.arg on_epoch}, such as {.val adam}."
      )
    } else if (lacks_memory(cnd)) {
      stop_feedforward("There is not enough memory for this network and these data.",
        i = "Use fewer hidden units, inputs, or rows. For training,
             {.code precision = \"single\"} needs half the memory."
      )
    }
    rlang::cnd_signal(cnd)
  })
}

stop_changed_file <- function(arg) {
  stop_feedforward("A file of {.arg {arg}} is gone, or its size has changed.",
    i = "Files must not change while a network is trained on them.",
    class = "feedforward_source_error"
  )
}

# R's own memory errors have no class. In another language they are not recognized here.
lacks_memory <- function(cnd) {
  inherits(cnd, c("feedforward_core_no_memory", "std::bad_alloc", "std::length_error")) ||
    grepl("cannot allocate|memory exhausted|memory limit", conditionMessage(cnd))
}

# Wraps `report` so that it never jumps out of training. Returns NULL, or the reason to stop.
catching <- function(report) {
  force(report)
  function(...) {
    tryCatch(
      {
        report(...)
        NULL
      },
      interrupt = function(condition) "interrupted",
      error = function(condition) paste("progress could not be shown:", conditionMessage(condition))
    )
  }
}
