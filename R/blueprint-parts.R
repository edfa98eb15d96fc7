# hardhat's blueprint of a data frame or formula as a plain list and back. A blueprint holds
# calls and functions, which no file may bring in; what is written is the columns, their types
# and the text of the formula, and hardhat makes the blueprint anew from these.

# A blueprint as a plain list, NULL as NULL. Refuses what would not come back the same.
blueprint_parts <- function(blueprint, call = rlang::caller_env()) {
  if (is.null(blueprint)) {
    return(NULL)
  }
  kind <- blueprint_kind(blueprint)
  if (is.na(kind)) stop_unwritable("with a recipe", call = call)
  parts <- list(
    kind = kind,
    settings = unclass(blueprint)[intersect(blueprint_settings, names(blueprint))],
    predictors = column_parts(blueprint$ptypes$predictors, call),
    outcomes = column_parts(blueprint$ptypes$outcomes, call),
    formula = if (kind != "data") formula_text(blueprint, call)
  )
  if (!same_blueprint(blueprint, tryCatch(new_blueprint(parts), error = identity))) {
    stop_unwritable("with a formula or columns that would not come back the same", call = call)
  }
  parts
}

blueprint_settings <- c("intercept", "allow_novel_levels", "composition", "indicators")

# "columns" is a formula whose right side only names columns.
blueprint_kind <- function(blueprint) {
  if (inherits(blueprint, "default_formula_blueprint")) {
    return("formula")
  }
  if (is_of_columns(blueprint)) {
    return("columns")
  }
  if (inherits(blueprint, "default_xy_blueprint")) "data" else NA_character_
}

stop_unwritable <- function(what, found = NULL, call) {
  stop_feedforward("A model made {what} cannot be written to a file of this kind.",
    x = if (!is.null(found)) "Found {found}.",
    i = "{.fn saveRDS} keeps any model.", call = call
  )
}

# The columns of a prototype: list(name, type, levels) each.
column_parts <- function(columns, call) {
  lapply(names(columns), function(name) {
    column <- columns[[name]]
    type <- column_type(column)
    if (is.na(type)) {
      stop_unwritable(sprintf("with a column like `%s`", name), describe(column), call)
    }
    list(name = name, type = type, levels = levels(column))
  })
}

column_type <- function(column) {
  if (is.factor(column)) {
    plain <- all(names(attributes(column)) %in% c("levels", "class"))
    return(if (!plain) NA_character_ else if (is.ordered(column)) "ordered" else "factor")
  }
  plain <- typeof(column) %in% vector_types && is.null(attributes(column))
  if (plain) typeof(column) else NA_character_
}

# ---- Reading ----------------------------------------------------------------------

# `names` are those of the network's inputs.
blueprint_from <- function(parts, names, origin) {
  if (is.null(parts)) {
    return(NULL)
  }
  if (!is_blueprint_parts(parts)) {
    stop_file(origin, "columns with a name and a type known", "others")
  }
  failed <- function(cnd) stop_file(origin, "columns that fit together", conditionMessage(cnd))
  molded <- tryCatch(mold_parts(parts), error = failed)
  made <- if (parts$kind != "data") colnames(as_number_matrix(molded$predictors))
  if (parts$kind != "data" && !identical(made, names)) {
    stop_file(origin, "columns that fit together", "a formula of others than its network")
  }
  molded$blueprint
}

is_blueprint_parts <- function(parts) {
  is.list(parts) && rlang::is_string(parts$kind) &&
    parts$kind %in% c("data", "formula", "columns") &&
    are_columns(parts$predictors) && length(parts$predictors) > 0L && are_columns(parts$outcomes) &&
    is_settings(parts$settings) && (parts$kind == "data" || rlang::is_string(parts$formula))
}

is_settings <- function(settings) {
  fits <- function(name) {
    value <- settings[[name]]
    switch(name,
      intercept = ,
      allow_novel_levels = rlang::is_bool(value),
      composition = ,
      indicators = rlang::is_string(value),
      FALSE
    )
  }
  is.list(settings) && all(vapply(names(settings), fits, TRUE))
}

are_columns <- function(columns) {
  is.list(columns) && all(vapply(columns, function(column) {
    is.list(column) && rlang::is_string(column$name) && rlang::is_string(column$type) &&
      column$type %in% c(vector_types, "factor", "ordered") &&
      has_its_levels(column$levels, column$type)
  }, TRUE))
}

has_its_levels <- function(levels, type) {
  if (type %in% vector_types) is.null(levels) else is.character(levels) && !anyDuplicated(levels)
}

new_blueprint <- function(parts) mold_parts(parts)$blueprint

# What hardhat makes of columns like these, with its blueprint.
mold_parts <- function(parts) {
  predictors <- example_columns(parts$predictors)
  outcomes <- example_columns(parts$outcomes)
  if (parts$kind == "data") {
    blueprint <- do.call(hardhat::default_xy_blueprint, parts$settings)
    if (!length(outcomes)) outcomes <- NULL
    return(hardhat::mold(predictors, outcomes, blueprint = blueprint))
  }
  data <- c(predictors, outcomes)
  data <- as.data.frame(data[!duplicated(names(data))], optional = TRUE)
  formula <- parse_formula(parts$formula, column_widths(data), parts$kind == "columns")
  mold <- if (parts$kind == "columns") mold_columns else mold_terms
  # The logarithm of an example, say, may be none.
  molded <- suppressWarnings(mold(formula, data))
  if (!same_settings(molded$blueprint, parts$settings)) stop("other settings than feedforward's")
  molded
}

same_settings <- function(blueprint, settings) {
  own <- unclass(blueprint)[intersect(blueprint_settings, names(blueprint))]
  identical(own[names(settings)], settings)
}

# A data frame of two rows with columns of these types. Not of none: model.matrix() counts the
# values of text.
example_columns <- function(columns) {
  values <- lapply(columns, function(column) {
    levels <- column$levels
    switch(column$type,
      double = c(1, 2),
      integer = 1:2,
      logical = c(FALSE, TRUE),
      character = c("a", "b"),
      factor = factor(rep(levels, length.out = 2L), levels),
      ordered = factor(rep(levels, length.out = 2L), levels, ordered = TRUE)
    )
  })
  names(values) <- vapply(columns, `[[`, "", "name")
  as.data.frame(values, optional = TRUE, stringsAsFactors = FALSE)
}

# Alike but for environments: mold() keeps those of its caller. Newer versions of hardhat note the
# levels of text, of which there is none.
same_blueprint <- function(a, b) {
  if (length(a$levels) == 0L) a$levels <- b$levels <- NULL
  identical(class(a), class(b)) && identical(a$ptypes, b$ptypes) &&
    isTRUE(all.equal(a, b, tolerance = 0, check.environment = FALSE))
}
