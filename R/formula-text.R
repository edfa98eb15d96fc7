# A formula as text and back. Only what is on a short list of operators and functions of
# numbers passes, in both directions: evaluating such a formula can do nothing but arithmetic.

formula_functions <- c(
  "+", "-", "*", "/", "^", ":", "%in%", "(", "I", "log", "log1p", "log2", "log10", "exp",
  "expm1", "sqrt", "abs", "sin", "cos", "tan", "tanh", "round", "floor", "ceiling"
)

# The text of a blueprint's formula.
formula_text <- function(blueprint, call) {
  formula <- formula_of(blueprint)
  columns <- unlist(lapply(blueprint$ptypes, names))
  problem <- formula_problem(formula, columns)
  if (!is.null(problem)) stop_unwritable("with this formula", problem, call)
  attributes(formula) <- NULL
  # 17 digits keep every number as it is.
  lines <- deparse(formula, width.cutoff = 500L, control = c("keepInteger", "digits17"))
  paste(lines, collapse = " ")
}

# A blueprint's formula as the user gave it: hardhat adds `+ 0`.
formula_of <- function(blueprint) {
  formula <- blueprint$formula
  right <- formula[[3L]]
  added <- is.call(right) && identical(right[[1L]], quote(`+`)) && identical(right[[3L]], 0)
  if (!blueprint$intercept && added) formula[[3L]] <- right[[2L]]
  formula
}

# A formula of these columns; an error where the text says more than formulas may.
parse_formula <- function(text, columns) {
  parsed <- parse(text = text, keep.source = FALSE, encoding = "UTF-8")
  problem <- if (length(parsed) == 1L) formula_problem(parsed[[1L]], columns) else "no formula"
  if (!is.null(problem)) stop("the formula has ", problem)
  structure(parsed[[1L]], class = "formula", .Environment = baseenv())
}

# What of a formula is not on the list, in words; NULL where all is. A loop, since sums of many
# terms are nested as deep.
formula_problem <- function(formula, columns) {
  if (!is.call(formula) || !identical(formula[[1L]], quote(`~`)) || length(formula) != 3L) {
    return("no outcome ~ predictors")
  }
  left <- as.list(formula)[-1L]
  while (length(left)) {
    part <- left[[1L]]
    left <- left[-1L]
    if (rlang::is_missing(part)) {
      return("an argument without a value")
    }
    if (is.call(part)) {
      if (!is.name(part[[1L]]) || !as.character(part[[1L]]) %in% formula_functions) {
        return(paste("the call", shorten(part[[1L]])))
      }
      left <- c(as.list(part)[-1L], left)
    } else if (is.name(part)) {
      if (!as.character(part) %in% c(columns, ".")) {
        return(sprintf("`%s`, which is no column", as.character(part)))
      }
    } else if (!is.numeric(part) || !is.null(attributes(part))) {
      return(paste("the value", shorten(part)))
    }
  }
}

shorten <- function(part) {
  substr(paste(deparse(part, nlines = 1L), collapse = " "), 1L, 80L)
}
