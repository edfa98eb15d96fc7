# A formula as text and back. Only what is on a short list of operators and functions of
# numbers passes, in both directions: evaluating such a formula can do nothing but arithmetic.

# What a formula joins terms with.
term_operators <- c("+", "-", "*", "/", "^", ":", "%in%", "(")

formula_functions <- c(
  term_operators, "I", "log", "log1p", "log2", "log10", "exp",
  "expm1", "sqrt", "abs", "sin", "cos", "tan", "tanh", "round", "floor", "ceiling"
)

# The text of a blueprint's formula.
formula_text <- function(blueprint) {
  formula <- formula_of(blueprint)
  widths <- do.call(c, unname(lapply(blueprint$ptypes, column_widths)))
  problem <- formula_problem(formula, widths, is_of_columns(blueprint))
  if (!is.null(problem)) stop_unwritable("with this formula", problem)
  attributes(formula) <- NULL
  # 17 digits keep every number as it is.
  lines <- deparse(formula, width.cutoff = 500L, control = c("keepInteger", "digits17"))
  paste(lines, collapse = " ")
}

# A blueprint's formula as the user gave it: where it has terms, hardhat adds `+ 0`.
formula_of <- function(blueprint) {
  formula <- blueprint$formula
  if (is_of_columns(blueprint)) {
    return(formula)
  }
  right <- formula[[3L]]
  added <- is.call(right) && identical(right[[1L]], quote(`+`)) && identical(right[[3L]], 0)
  if (!isTRUE(blueprint$intercept) && added) formula[[3L]] <- right[[2L]]
  formula
}

# A formula of columns of these widths; an error where the text says more than formulas may.
parse_formula <- function(text, widths, any_name = FALSE) {
  if (nchar(text, "bytes") > 1e6) stop("the formula has ", too_long)
  parsed <- parse(text = text, keep.source = FALSE, encoding = "UTF-8")
  problem <- "no formula"
  if (length(parsed) == 1L) problem <- formula_problem(parsed[[1L]], widths, any_name)
  if (!is.null(problem)) stop("the formula has ", problem)
  structure(parsed[[1L]], class = "formula", .Environment = baseenv())
}

# How many columns each column becomes: a factor one per level.
column_widths <- function(data) {
  vapply(data, function(column) max(1, nlevels(column)), 1)
}

# What a formula has that no file may bring in, in words; NULL where there is nothing. `widths`
# are column_widths() of its data. With `any_name` there may be names of no columns: y ~ . - id does
# not keep id.
formula_problem <- function(formula, widths, any_name = FALSE) {
  problem <- call_problem(formula, if (!any_name) names(widths))
  if (!is.null(problem)) {
    return(problem)
  }
  # Terms are compared each with each, so that many take forever. Outcomes are terms, too.
  size <- pmax(formula_size(formula[[2L]], widths), formula_size(formula[[3L]], widths))
  if (size[["power"]] > 3) {
    return("a power above 3 of terms")
  }
  limits <- c(terms = 2e4 + length(widths), columns = 2e5 + sum(widths))
  # Numbers too large to be numbers are NaN.
  if (!isTRUE(all(size[names(limits)] <= limits))) {
    return(too_long)
  }
}

too_long <- "more terms than a file may have"

# Bounds for what one side of a formula comes to: its terms, their columns, the highest power
# of terms. What functions make of columns is one term, of about one column.
formula_size <- function(part, widths) {
  sizes <- list()
  # Sums are nested as deep as they are long.
  while (is.call(part) && length(part) == 3L && as.character(part[[1L]]) %in% c("+", "-")) {
    sizes <- c(list(term_size(part[[3L]], widths)), sizes)
    part <- part[[2L]]
  }
  sizes <- do.call(rbind, c(list(term_size(part, widths)), sizes))
  c(colSums(sizes[, 1:2, drop = FALSE]), power = max(sizes[, "power"]))
}

term_size <- function(part, widths) {
  if (is.name(part)) {
    used <- if (identical(part, quote(.))) widths else c(widths[as.character(part)])
    used[is.na(used)] <- 1
    return(c(terms = length(used), columns = sum(used), power = 1))
  }
  name <- if (is.call(part)) as.character(part[[1L]]) else ""
  if (name == "(" || (name %in% c("+", "-") && length(part) == 2L)) {
    return(formula_size(part[[2L]], widths))
  }
  if (!name %in% c("*", "/", ":", "%in%", "^") || length(part) != 3L) {
    return(c(terms = 1, columns = 1, power = 1))
  }
  left <- formula_size(part[[2L]], widths)
  if (name == "^") {
    return(power_size(left, part[[3L]]))
  }
  right <- formula_size(part[[3L]], widths)
  size <- left * right
  if (name %in% c("*", "/")) size <- left + right + left * right
  replace(size, "power", max(left[["power"]], right[["power"]]))
}

power_size <- function(size, exponent) {
  power <- if (is.numeric(exponent) && length(exponent) == 1L) exponent else Inf
  if (!isTRUE(power <= 3)) {
    return(replace(size, "power", Inf))
  }
  c(
    terms = sum(choose(size[["terms"]], seq_len(max(1, power)))),
    columns = (1 + size[["columns"]])^power, power = max(power, size[["power"]])
  )
}

# What of a formula is not on the list. A loop, since sums of many terms are nested as deep. Sums
# of 800 terms are too deep for hardhat, and each costs the time of all before it.
#
# `:` joins terms, but in a function, or in the outcome, it is R's own, which may make any number of
# numbers of a few characters.
call_problem <- function(formula, columns, most_parts = 8000L) {
  if (!is.call(formula) || !identical(formula[[1L]], quote(`~`)) || length(formula) != 3L) {
    return("no outcome ~ predictors")
  }
  left <- as.list(formula)[-1L]
  without_sequence <- left[1L]
  parts <- 0L
  while (length(left)) {
    parts <- parts + 1L
    if (parts > most_parts) {
      return(too_long)
    }
    part <- left[[1L]]
    left <- left[-1L]
    if (rlang::is_missing(part)) {
      return("an argument without a value")
    }
    if (is.call(part)) {
      if (!is.name(part[[1L]]) || !as.character(part[[1L]]) %in% formula_functions) {
        return(paste("the call", shorten(part[[1L]])))
      }
      if (length(part) + parts > most_parts) {
        return(too_long)
      }
      if (!as.character(part[[1L]]) %in% term_operators) {
        without_sequence <- c(without_sequence, list(part))
      }
      left <- c(as.list(part)[-1L], left)
    } else if (is.name(part)) {
      if (!is.null(columns) && !as.character(part) %in% c(columns, ".")) {
        return(sprintf("`%s`, which is no column", as.character(part)))
      }
    } else if (!is.numeric(part) || !is.null(attributes(part))) {
      return(paste("the value", shorten(part)))
    }
  }
  # At the end, since all.names() goes as deep as calls are nested, which is bounded now.
  if (any(vapply(without_sequence, has_sequence, TRUE))) {
    return("`:` in its outcome or in a function")
  }
}

has_sequence <- function(part) ":" %in% all.names(part, unique = TRUE)

shorten <- function(part) {
  substr(paste(deparse(part, nlines = 1L), collapse = " "), 1L, 80L)
}
