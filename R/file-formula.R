# A formula as text and back. Both directions allow only a short list of operators and numeric
# functions, so that evaluating such a formula is nothing but arithmetic.

# Operators that combine the terms of a formula.
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
  # 17 digits identify every number.
  lines <- deparse(formula, width.cutoff = 500L, control = c("keepInteger", "digits17"))
  paste(lines, collapse = " ")
}

# A blueprint's formula as the user gave it. hardhat adds `+ 0` to formulas with terms.
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

# Parses the text of a formula for columns of these widths. Text that is not allowed is an error.
parse_formula <- function(text, widths, any_name = FALSE) {
  if (nchar(text, "bytes") > 1e6) stop("the formula has ", too_long)
  parsed <- parse(text = text, keep.source = FALSE, encoding = "UTF-8")
  if (length(parsed) != 1L) stop("the text is not a single formula")
  problem <- formula_problem(parsed[[1L]], widths, any_name)
  if (!is.null(problem)) stop("the formula has ", problem)
  structure(parsed[[1L]], class = "formula", .Environment = baseenv())
}

# The number of network inputs for each column: a factor has one per level.
column_widths <- function(data) {
  vapply(data, function(column) max(1, nlevels(column)), 1)
}

# The part of a formula that is not allowed in a file, in words, or NULL. `widths` are the
# column_widths() of its data. With `any_name`, names of other columns are allowed: the data of
# y ~ . - id do not keep id.
formula_problem <- function(formula, widths, any_name = FALSE) {
  problem <- call_problem(formula, if (!any_name) names(widths))
  if (!is.null(problem)) {
    return(problem)
  }
  # R compares each term with each, which is slow for many terms. Outcomes are terms, too.
  size <- pmax(formula_size(formula[[2L]], widths), formula_size(formula[[3L]], widths))
  if (size[["power"]] > 3) {
    return("terms with a power above 3")
  }
  limits <- c(terms = 2e4 + length(widths), columns = 2e5 + sum(widths))
  # Sizes that overflow are NaN.
  if (!isTRUE(all(size[names(limits)] <= limits))) {
    return(too_long)
  }
}

too_long <- "more terms than a file can have"

# Upper bounds for one side of a formula: its number of terms, their columns, and the highest power
# of terms. A function call counts as one term with one column.
formula_size <- function(part, widths) {
  sizes <- list()
  # A long sum is a deeply nested call.
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

# The first call, name, or value in a formula that is not allowed, in words, or NULL. A loop instead
# of recursion, since long sums are deeply nested. hardhat cannot process sums of 800 terms.
#
# `:` between terms is an interaction. Inside a function or in the outcome it is R's sequence
# operator, which can make a huge vector from a few characters.
call_problem <- function(formula, columns, most_parts = 8000L) {
  if (!is.call(formula) || !identical(formula[[1L]], quote(`~`)) || length(formula) != 3L) {
    return("a form other than `outcome ~ predictors`")
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
        return(sprintf("a call to `%s()`", shorten(part[[1L]])))
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
        return(sprintf("`%s`, which is not a column", as.character(part)))
      }
    } else if (!is.numeric(part) || !is.null(attributes(part))) {
      return(paste("the value", shorten(part)))
    }
  }
  # all.names() is recursive, so this check comes after the limit on the number of parts.
  if (any(vapply(without_sequence, has_sequence, TRUE))) {
    return("`:` in its outcome or in a function")
  }
}

has_sequence <- function(part) ":" %in% all.names(part, unique = TRUE)

shorten <- function(part) {
  substr(paste(deparse(part, nlines = 1L), collapse = " "), 1L, 80L)
}
