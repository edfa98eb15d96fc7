# Models for the orbital package, which predicts in databases by way of dplyr.

#' Predict inside a database by way of dplyr
#'
#' A method for `orbital::orbital()`, which turns models into expressions that dplyr and dbplyr
#' translate for many databases. It also works for a parsnip model or a workflow that was fitted
#' with this package, and then translates the steps of the recipe, too. Call it as
#' `orbital::orbital()`.
#'
#' @param x A model made by [feedforward()], as for [as_sql()].
#' @param ... Ignored.
#' @param prefix The start of the names of the prediction columns, a string.
#' @param type For classes and labels, `"class"` (the default) or `"prob"`, or both. For numbers,
#'   `"numeric"`.
#' @param mode,lvl,separate_trees,.from_parsnip Set or used by orbital.
#'
#' @returns An object of class `orbital_class`: R expressions, named after the columns that they
#'   create. Names of intermediate columns start with `ff_`: for example, `ff_h1_2` is the second
#'   unit of the first hidden layer. Use it with `predict()`, `orbital::orbital_inline()`, or
#'   `orbital::orbital_sql()`.
#'
#' @details
#' Predictions for missing values and new levels are missing, unless the model accepts them: see
#' `missing` and `new_levels` in [feedforward()]. Infinite values are not detected.
#'
#' For DuckDB, SQLite, and PostgreSQL, prefer [as_sql()]. Its queries are faster: with dplyr, some
#' databases compute the values of a layer again for each unit of the next one. They are also more
#' exact, since dbplyr writes numbers with 15 digits.
#'
#' @section Errors:
#' An error of class `feedforward_error` for the models that [as_sql()] refuses.
#'
#' @seealso [as_sql()].
#' @examplesIf requireNamespace("orbital", quietly = TRUE)
#' set.seed(1)
#' fit <- feedforward(mpg ~ wt + hp, data = mtcars, hidden_units = 2, epochs = 20)
#' predict(orbital::orbital(fit), mtcars[1:3, ])
#' @exportS3Method orbital::orbital
orbital.feedforward <- function(x, ..., mode = NULL, type = NULL, # nolint: object_name_linter.
                                lvl = NULL, prefix = ".pred", separate_trees = FALSE,
                                .from_parsnip = FALSE) {
  parts <- export_parts(x, "orbital", "x")
  check_sql_columns(parts, "postgres", "orbital")
  prefix <- check_string(prefix, "prefix")
  types <- check_orbital_types(type, parts$outcome, .from_parsnip)
  program <- export_program(parts, types, r_language(), prefix)
  values <- unlist(lapply(program$steps, `[[`, "values"))
  check_free_names(names(values), parts)
  results <- program$results
  # orbital gives these their names itself.
  if (.from_parsnip && parts$outcome$kind == "classes") {
    shares <- paste0("orbital_tmp_prob_name", seq_along(parts$outcome$levels))
    own <- list(class = "orbital_tmp_class_name", prob = shares)
    names(results) <- unlist(own[types])
  }
  expressions <- c(values, results)
  if (.from_parsnip) {
    return(expressions)
  }
  structure(expressions, class = "orbital_class", pred_names = names(results))
}

# orbital asks for the type "class" of regressions, too.
check_orbital_types <- function(type, outcome, from_parsnip) {
  known <- if (outcome$kind == "numbers") "numeric" else c("class", "prob")
  if (is.null(type) || (from_parsnip && outcome$kind == "numbers")) {
    return(known[1L])
  }
  check_several_types(type, known)
}

# ---- R as the language ---------------------------------------------------------------

# Expressions that R computes, and that dbplyr translates.

r_case <- function(conditions, values, otherwise = NULL) {
  if (length(conditions) == 0L) {
    return(otherwise)
  }
  cases <- paste(conditions, "~", values)
  if (length(otherwise)) cases <- c(cases, paste("TRUE ~", otherwise))
  sprintf("dplyr::case_when(%s)", toString(cases))
}

r_number <- function(x) {
  text <- sql_number(x)
  sub("[.]0$", "", text)
}

# Quotes text and names.
r_quoted <- function(text, quote) {
  text <- gsub("\\", "\\\\", enc2utf8(text), fixed = TRUE)
  text <- gsub(quote, paste0("\\", quote), text, fixed = TRUE)
  paste0(quote, gsub("\n", "\\n", text, fixed = TRUE), quote)
}

r_limited <- function(x, low, high) {
  r_case(c(paste(x, "<", low), if (length(high)) paste(x, ">", high)), c(low, high), x)
}

r_language <- function() {
  c(limited_exp(r_limited), list(
    prefix = "ff_", new_line = " ", number = r_number, bias = r_number,
    text = function(text) r_quoted(text, "\""), truth = function(x) ifelse(x, "TRUE", "FALSE"),
    column = function(name) r_quoted(name, "`"), logical = identity,
    from_number = function(x, missing) x,
    from_logical = function(x, missing) r_case(paste(x, "==", c("TRUE", "FALSE")), c("1", "0")),
    equal = function(x, value) paste(x, "==", value),
    is_missing = function(x, yes) paste0(if (yes) "" else "!", "is.na(", x, ")"),
    # orbital leaves all checks to the user.
    is_finite = function(x) NULL, case = r_case,
    choose = function(x, keys, values) r_case(paste(x, "==", keys), values),
    largest = function(values) sprintf("pmax(%s, na.rm = TRUE)", toString(values))
  ))
}

# A column with the name of an intermediate value would be overwritten before it is read.
check_free_names <- function(names, parts) {
  taken <- intersect(names_of_export(parts$columns), names)
  if (length(taken)) {
    name <- taken[1L]
    stop_feedforward("{.fn orbital} needs the column name {.code {name}} for itself.",
      i = "Rename the column, and train again."
    )
  }
}
