# The arguments of feedforward() and feedforward_cv(): completed with their defaults, and refused if
# no argument has this name.

# Returns all arguments of the function `.fn` as a list, with its defaults for those not in `...`.
arguments_of <- function(.fn, ...) {
  known <- formals(.fn)[-(1:2)]
  given <- check_argument_names(list(...), names(known), .fn)
  # Default values may use other arguments, so a function evaluates them.
  complete <- rlang::new_function(known, quote(mget(names(formals()))))
  do.call(complete, given, quote = TRUE)
}

training_arguments <- function(...) arguments_of("feedforward", ...)

# feedforward(x = y ~ ., data) dispatches on the formula, whose method has no `x`.
check_formula_given <- function(missing, fn) {
  if (missing) {
    stop_feedforward("The formula was given as {.arg x}.",
      i = "Use {.code {fn}(y ~ ., data = data)}."
    )
  }
}

# Checks that all arguments in `...` have a full and known name.
check_argument_names <- function(given, known, fn) {
  names <- names(given)
  if (is.null(names)) names <- rep("", length(given))
  if (any(names == "")) {
    found <- describe(given[[match("", names)]])
    example <- if (fn == "feedforward_cv") "folds = 10" else "hidden_units = 16"
    stop_feedforward("An argument has no name: {found}.",
      i = "Write its name, as in {.code {example}}."
    )
  }
  unknown <- setdiff(names, known)
  if (length(unknown)) {
    name <- unknown[1L]
    hint <- if (fn == "feedforward_cv") hint_for_setting(name)
    if (is.null(hint)) hint <- hint_for_argument(name, known)
    stop_feedforward("{.fn {fn}} has no argument {.arg {name}}.",
      i = "{hint}"
    )
  }
  given
}

hint_for_argument <- function(unknown, known) {
  if (unknown %in% names(done_before)) {
    return(done_before[[unknown]])
  }
  near <- c(
    known[startsWith(known, unknown)], arguments_elsewhere[unknown], nearest_name(unknown, known)
  )
  near <- near[!is.na(near)]
  if (length(near)) sprintf("Did you mean `%s`?", near[[1L]])
}

# Says where cross-validation has an argument of feedforward().
hint_for_setting <- function(name) {
  if (name %in% c("k", "v", "cv", "nfolds", "n_folds")) {
    return("Did you mean `folds`?")
  }
  elsewhere <- sub(" .*", "", arguments_elsewhere[name])
  if (name == "on_epoch" || identical(unname(elsewhere), "on_epoch")) {
    return("Use `feedforward()` to watch the training of a single network.")
  }
  if (!is.na(elsewhere) && !elsewhere %in% names(formals(feedforward_cv))) name <- elsewhere
  if (name == "validation") {
    return("Networks are validated on the rows that `folds` holds out.")
  }
  own <- c("x", "...", "checkpoint", "checkpoint_every", "verbose", "cluster")
  if (name %in% setdiff(names(formals(feedforward)), own)) {
    sprintf("Set it in each of the `candidates`: `list(list(%s = ...))`.", name)
  }
}

# Evaluates `code`, the other arguments. lm() looks for them in `data`, too, feedforward() does not.
# For a source as `data`, it is the name of the outcome.
with_column_hints <- function(code, data) {
  names <- names(if (is_source(data)) data$columns else data)
  withCallingHandlers(code, error = function(cnd) {
    # The message of R in the language of the session.
    lacking <- sprintf(gettext("object '%s' not found", domain = "R"), names)
    found <- match(conditionMessage(cnd), lacking)
    if (!is.na(found)) {
      column <- names[found]
      if (is_source(data)) {
        quoted <- listed(column)
        stop_feedforward("{.code {column}} is a column of the source, not a variable.",
          i = "Write its name in quotes: {.code {quoted}}."
        )
      }
      code <- column_in_code(column, "data")
      stop_feedforward("{.code {column}} is a column of {.arg data}, not a variable.",
        i = "Write {.code {code}}. Only the formula looks up names in {.arg data}."
      )
    }
  })
}
