# Calls functions with unsuitable arguments and judges the results. The calls are in
# hostile-calls.R.

hostile_values <- function() {
  values <- list(
    null = NULL, na = NA, na_integer = NA_integer_, na_text = NA_character_, nan = NaN, inf = Inf,
    minus_one = -1, zero = 0, half = 0.5, huge = 1e300, most = .Machine$integer.max, yes = TRUE,
    no_text = character(), no_number = numeric(), empty_text = "", text = "no such thing",
    two_texts = c("a", "b"), not_utf8 = "\xff\xfe", markup = "{stop('run')} {.arg \033[31m",
    long_text = strrep("long ", 2e4), list = list(), list_of_null = list(NULL),
    function_ = function(x) x, environment = globalenv(), call = quote(f(x)), symbol = quote(x),
    expression = expression(x), formula = global_formula("y ~ x"), complex = 1i, raw = as.raw(2),
    factor = factor(c("u", "v")), date = as.Date("2020-02-29"),
    time = as.POSIXlt("2020-02-29", "UTC"),
    span = as.difftime(2, units = "mins"), stream = stdin(),
    bytes = `Encoding<-`("caf\xe9", "bytes"),
    pair = c(5, 5), with_gap = c(1, NA), long = seq_len(1e6), matrix = matrix(0.5, 2, 7),
    no_rows = matrix(0, 0, 4), text_matrix = matrix("a", 2, 2), list_matrix = matrix(list(), 0, 2),
    array = array(0.5, c(2, 3, 4)), four_ways = array(0.5, c(1, 2, 3, 4)),
    list_column = data.frame(a = 1:3, b = I(list(1, 2, 3))),
    no_columns = data.frame(row.names = 1:3), s4 = methods::getClass("numeric"),
    s4_number = hostile_number()(2)
  )
  if (requireNamespace("Matrix", quietly = TRUE)) c(values, sparse_values()) else values
}

# Makes numbers of a formal class, as other packages have them.
hostile_number <- function() {
  methods::setClass("hostile_number", contains = "numeric", where = environment())
}

sparse_values <- function() {
  list(
    zeros_kept = Matrix::sparseMatrix(i = c(1, 2), j = c(1, 4), x = c(0, 2), dims = c(2, 4)),
    sparse_no_rows = Matrix::sparseMatrix(i = integer(), j = integer(), x = numeric(),
      dims = c(0, 4))
  )
}

# One that is the same after it was copied byte by byte.
global_formula <- function(text) stats::as.formula(text, globalenv())

# Objects that only claim the class of `real`: other values, and `real` without one of its parts.
impostors <- function(real) {
  class <- class(real)
  others <- list(
    nothing = list(), number = 1, text = "a", function_ = function(x) x, table = data.frame(a = 1),
    nested = list(list())
  )
  parts <- if (is.list(real)) {
    rlang::set_names(lapply(seq_along(real), function(k) unclass(real)[-k]),
      paste("without", names(real)))
  }
  emptied <- if (is.list(real)) {
    rlang::set_names(lapply(seq_along(real), function(k) replace(unclass(real), k, list(NULL))),
      paste("empty", names(real)))
  }
  lapply(c(others, parts, emptied), structure, class = class)
}

# Calls `f` with `args`. Returns list(kind, value); `kind` is "taken", "refused" or a
# failure. The time limit is for calls that would never end; others take less than a second.
call_hostile <- function(f, args) {
  frame <- list2env(args, parent = globalenv())
  call <- as.call(c(f, lapply(rlang::set_names(as.list(names(args)), names(args)), as.name)))
  strange <- character()
  note <- function(cnd) {
    known <- inherits(cnd, c(
      "feedforward_warning", "feedforward_constant_predictor", "feedforward_interrupted",
      "feedforward_worse_than_constant"
    ))
    if (!known) strange <<- c(strange, paste("warned:", conditionMessage(cnd)))
    rlang::cnd_muffle(cnd)
  }
  value <- tryCatch(
    {
      setTimeLimit(cpu = 120, transient = TRUE)
      withCallingHandlers(eval(call, frame), warning = note, message = rlang::cnd_muffle)
    },
    error = identity
  )
  setTimeLimit()
  kind <- if (inherits(value, "feedforward_error")) {
    "refused"
  } else if (inherits(value, "error")) {
    paste0("failed: ", conditionMessage(value))
  } else {
    "taken"
  }
  if (length(strange)) kind <- paste(kind, strange[1L])
  list(kind = kind, value = value)
}

# Tries the values of `chosen` (names of hostile values) in place of each argument of each call.
# Returns list(made = number of calls, problems = descriptions of failures).
try_hostile <- function(calls, values, chosen = names(values)) {
  problems <- character()
  made <- 0L
  values <- values[chosen]
  untouched <- deep_copy(values)
  for (name in names(calls)) {
    case <- calls[[name]]
    pristine <- deep_copy(case$args)
    report <- function(arg, with, what) {
      problems <<- c(problems, sprintf("%s(%s = <%s>): %s", name, arg, with, what))
    }
    for (arg in names(case$args)) {
      given <- if (identical(arg, case$made_of)) impostors(case$args[[arg]]) else values
      for (with in names(given)) {
        if (is_unbounded(arg, with)) next
        args <- case$args
        args[arg] <- list(given[[with]])
        try_one(case, args, arg, with, report)
        if (!identical(case$args, pristine)) report(arg, with, "changed its input")
        made <- made + 1L
      }
      if (!identical(arg, case$made_of) && !is_unbounded(arg, "nothing")) {
        try_one(case, case$args[names(case$args) != arg], arg, "nothing", report)
        made <- made + 1L
      }
    }
    if (!identical(values, untouched)) report("...", "any", "changed its input")
  }
  list(made = made, problems = problems)
}

# Sensible calls that merely take long: two thousand million epochs, and 6000 images.
is_unbounded <- function(arg, with) {
  paste(arg, with) %in% c("epochs most", "n_train nothing")
}

# Returns a copy of the values that shares no memory with `x`, except for references.
deep_copy <- function(x) {
  plain <- !vapply(x, is.environment, TRUE) & !vapply(x, is.function, TRUE) & names(x) != "s4"
  x[plain] <- unserialize(serialize(x[plain], NULL))
  x
}

# For each argument, the other arguments that the error may name: a valid value can fail to fit the
# values of these. Arguments that `...` passes on to a function of R have no name.
misfits <- list(
  x = c("y", "formula", "data", "dim", "actual", "W1", "..."), formula = c("x", "y", "data"),
  data = "...", X = "Y", W1 = c("X", "W2"), y_true = "y_pred", predicted = "actual",
  # A formula as `y` takes `x` for its data.
  y = "data", new_data = c("y", "truth"), object = "new_data", hidden_units = "dropout",
  validation = "stop_iter", download = "path", what = "main",
  cex = "...", main = "...", xlab = "...", ylab = "..."
)

# Makes one call and reports everything that it did wrong.
try_one <- function(case, args, arg, with, report) {
  before <- hostile_surroundings()
  tried <- call_hostile(case$f, args)
  if (!tried$kind %in% c("taken", "refused")) report(arg, with, tried$kind)
  free <- with == "nothing" || identical(arg, case$made_of)
  expected <- if (with %in% case$takes[[arg]]) "taken" else "refused"
  # A rate of 1e300 may well diverge, which is an error of its own.
  diverged <- inherits(tried$value, "feedforward_diverged")
  if (!free && tried$kind != expected && !diverged) report(arg, with, paste("was", tried$kind))
  if (tried$kind == "taken" && with != "nothing" && !isTRUE(case$fits(tried$value, args))) {
    report(arg, with, "returned a value that does not fit")
  }
  named <- if (tried$kind == "refused") tried$value$arg
  known <- c(arg, misfits[[arg]], if (identical(arg, case$made_of)) names(case$args[[arg]]))
  if (length(named) && !any(sub("[[$].*", "", named) %in% known)) {
    report(arg, with, paste("blamed", toString(named)))
  }
  if (tried$kind == "refused" && !length(named) && !diverged && !is_nameless(tried$value)) {
    report(arg, with, "blamed nothing")
  }
  after <- hostile_surroundings()
  kept <- if (tried$kind == "refused" && !diverged) names(before) else c("options", "par")
  for (what in kept) {
    if (!identical(before[[what]], after[[what]])) report(arg, with, paste("changed", what))
  }
  unlink(list.files(all.files = TRUE, no.. = TRUE), recursive = TRUE)
}

# Errors that concern no argument: a model without a version, and data that are not available.
is_nameless <- function(cnd) {
  inherits(cnd, c("feedforward_version_error", "feedforward_download_error")) ||
    grepl("This model has no valid version", conditionMessage(cnd), fixed = TRUE)
}

# The state that a call must not change.
hostile_surroundings <- function() {
  page <- graphics::par(no.readonly = TRUE)
  drawn <- c("usr", "xaxp", "yaxp", "fig", "plt", "pin", "mfg", "xlog", "ylog", "new")
  list(
    options = options()[names(options()) != "rlang_trace_top_env"], seed = .Random.seed,
    files = list.files(all.files = TRUE, no.. = TRUE), par = page[!names(page) %in% drawn]
  )
}

# Replaces stop_feedforward() and does not format the text, which would take most of the time. Keeps
# the name of the argument for the test.
light_stop <- function(message, ..., class = NULL, envir = parent.frame()) {
  details <- list(...)
  stop(structure(
    list(
      message = paste(c(message, details), collapse = " "), call = NULL,
      arg = arguments_in(message, envir)
    ),
    class = c(class, "feedforward_error", "error", "condition")
  ))
}

# The arguments that a message names in cli's markup: {.arg x}, or {.arg {arg}} with a variable.
arguments_in <- function(message, envir) {
  marked <- "\\{\\.arg [^{}]+\\}|\\{\\.arg \\{[^{}]+\\}\\}"
  found <- regmatches(message, gregexpr(marked, message))[[1L]]
  inside <- gsub("^\\{\\.arg |\\}$", "", found)
  variable <- startsWith(inside, "{")
  inside[variable] <- vapply(gsub("[{}]", "", inside[variable]), function(code) {
    as.character(eval(str2lang(code), envir))[1L]
  }, "")
  inside
}
