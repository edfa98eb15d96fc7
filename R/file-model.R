#' Write a model to a file and read it again
#'
#' `write_model()` writes all of a model into one file of the format safetensors: numbers to
#' their last bit, the rest as text. `read_model()` makes the same model of it. Unlike
#' [readRDS()], reading runs nothing that the file says, so files from others are safe to
#' read; unlike those of [saveRDS()], they can be read from Python and other languages, too.
#'
#' The new file is written beside `path` and takes its name when it is complete: an
#' interrupt or a full disk leaves an older file as it was. Only a process that is killed meanwhile
#' leaves an incomplete file beside it, of the same name with `-*.part` behind, which may be
#' deleted.
#'
#' @param fit A model made by [feedforward()] from a matrix, an image array, a data frame or a
#'   formula. The columns of data frames may be double, integer, logical, character, factor or
#'   ordered. A formula may have names, numbers, `~ + - * / ^ : %in% ( ) .` and these functions:
#'   `I`, `log`, `log1p`, `log2`, `log10`, `exp`, `expm1`, `sqrt`, `abs`, `sin`, `cos`, `tan`,
#'   `tanh`, `round`, `floor`, `ceiling`, but no `:` within a function; powers of several terms, as
#'   in `(a + b)^2`, up to 3; all in all at most 8000 names, numbers and calls, and 200000 columns.
#'   For other models, and those made with a recipe, there is [saveRDS()], which also keeps the
#'   environments that the steps of a recipe were written in, and what is in them.
#' @param path The file, one string; `.safetensors` is the usual ending. A file that exists is
#'   replaced, and its permissions are kept; a new one gets those that R gives to new files. Where
#'   `path` is a symbolic link, the file that it leads to is written. Devices, pipes and
#'   read-only files are not replaced.
#'
#' @returns `write_model()`: `path`, invisibly. `read_model()`: the model, identical to the one
#'   written.
#'
#' @section The file:
#' `W1`, `b1`, `W2`, ... are tensors of type F64, weights being units x inputs, on the scale
#' of standardised inputs; `inputs.center` and `inputs.scale` are what inputs are
#' standardised with. The rest is JSON in the header's `__metadata__`, beside the SHA-256 of the
#' whole file.
#'
#' No row of the data is in it. But names of columns, all levels of factors and of text columns, and
#' the means (or medians) and scales of predictors and outcome are: where a column holds
#' names of persons, so does the file.
#'
#' @section Errors:
#' A `feedforward_error` where `fit` is no model, or one that can only be saved by [saveRDS()].
#' A `feedforward_file_error` (a `feedforward_error`, too) where the file cannot be written, does
#' not exist or is no whole model: cut off, with a flipped bit, made by another program, or with
#' a formula that says more than the above. A `feedforward_version_error` where a newer version
#' of the package wrote it.
#'
#' @references The format is that of the safetensors library of Hugging Face.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward(Species ~ ., data = iris, hidden_units = 4, epochs = 5)
#' path <- tempfile(fileext = ".safetensors")
#' write_model(fit, path)
#' identical(predict(read_model(path), iris), predict(fit, iris))
#' unlink(path)
#' @export
write_model <- function(fit, path) {
  check_given(missing(fit), "fit")
  check_model(fit, "fit")
  check_given(missing(path), "path")
  path <- check_string(path, "path")
  parts <- model_to_tensors(fit)
  write_tensors(path, parts$tensors, parts$metadata)
}

#' @rdname write_model
#' @export
read_model <- function(path) {
  check_given(missing(path), "path")
  parts <- read_tensors(path)
  model_from_tensors(parts, safetensors_origin(path))
}

# A model as list(tensors, metadata) for write_tensors(): the long numbers as tensors, all
# else in metadata$model, in its place.
model_to_tensors <- function(fit) {
  model <- unclass(fit)
  tensors <- lapply(model$parameters, bare)
  history <- as.list(model$history)
  names(history) <- paste0("history.", names(history))
  scaling <- model$inputs[intersect(c("center", "scale"), names(model$inputs))]
  scaling <- scaling[!vapply(scaling, is.null, TRUE)]
  names(scaling) <- if (length(scaling)) paste0("inputs.", names(scaling))
  # In place of what became a tensor: what a tensor cannot keep.
  model$parameters <- lapply(model$parameters, name_parts)
  model$history <- names(model$history)
  model$inputs[sub("inputs.", "", names(scaling), fixed = TRUE)] <- lapply(scaling, name_parts)
  model["blueprint"] <- list(blueprint_parts(model$blueprint))
  list(
    tensors = c(tensors, lapply(scaling, bare), history),
    metadata = list(model = lapply(model, identity))
  )
}

# An array without names.
bare <- function(x) {
  if (is.null(dim(x))) unname(x) else unname(array(x, dim(x)))
}

# The names of an array or vector as a plain list.
name_parts <- function(x) {
  if (!is.null(dim(x))) list(dim = dimnames(x)) else list(names = names(x))
}

# ---- Reading -----------------------------------------------------------------------

# A model from what write_tensors() was given by model_to_tensors(). The file may say anything, so
# each part is looked at before it is used, and all of the model at the end.

# `parts` is list(tensors, metadata) from read_tensors(); tensors and metadata of other names may
# be there. `origin` is the file, to blame.
model_from_tensors <- function(parts, origin) {
  model <- parts$metadata$model
  if (!is.list(model) || is.null(names(model))) {
    stop_file(origin, "a model", "a file without one")
  }
  check_model_version(model$version)
  model$parameters <- named_tensors(model$parameters, parts$tensors, "", origin)
  if (!is.list(model$inputs)) stop_file(origin, "a model", "no description of its inputs")
  for (name in c("center", "scale")) {
    if (is.list(model$inputs[[name]])) {
      model$inputs[name] <- named_tensors(model$inputs[name], parts$tensors, "inputs.", origin)
    }
  }
  model$history <- history_from(model$history, parts$tensors, origin)
  model["blueprint"] <- list(blueprint_from(model$blueprint, model$inputs$names, origin))
  check_read_model(structure(model, class = "feedforward"), origin)
}

# The tensors for which `described` has names, with these.
named_tensors <- function(described, tensors, prefix, origin) {
  keys <- paste0(prefix, names(described))
  if (!is.list(described) || length(described) == 0L || !all(keys %in% names(tensors))) {
    stop_file(origin, "the numbers of a model", "a file without some of them")
  }
  restored <- Map(function(x, parts) restore_names(x, parts, origin), tensors[keys], described)
  rlang::set_names(restored, names(described))
}

restore_names <- function(x, parts, origin) {
  tryCatch(
    {
      if (!is.null(parts$dim)) dimnames(x) <- parts$dim
      if (!is.null(parts$names)) names(x) <- parts$names
      x
    },
    error = function(cnd) stop_file(origin, "names that fit their numbers", conditionMessage(cnd))
  )
}

history_from <- function(columns, tensors, origin) {
  keys <- paste0("history.", columns)
  fits <- is.character(columns) && length(columns) > 0L && all(keys %in% names(tensors))
  columns_of <- if (fits) tensors[keys]
  if (!fits || length(unique(lengths(columns_of))) != 1L) {
    stop_file(origin, "a history of training", "a file without a whole one")
  }
  as.data.frame(rlang::set_names(columns_of, columns), optional = TRUE)
}

# What is wrong with a model from a file is wrong with the file.
check_read_model <- function(model, origin) {
  problem <- model_problem(model)
  if (!is.null(problem)) {
    stop_file(origin, "a model whose parts fit together", paste("one with", problem))
  }
  model
}

# ---- Blueprints --------------------------------------------------------------------

# hardhat's blueprint of a data frame or formula as a plain list and back. A blueprint holds
# calls and functions, which no file may bring in; what is written is the columns, their types
# and the text of the formula, and hardhat makes the blueprint anew from these.

# A blueprint as a plain list, NULL as NULL. Refuses what would not come back the same.
blueprint_parts <- function(blueprint) {
  if (is.null(blueprint)) {
    return(NULL)
  }
  kind <- blueprint_kind(blueprint)
  if (is.na(kind)) stop_unwritable("with a recipe")
  parts <- list(
    kind = kind,
    settings = unclass(blueprint)[intersect(blueprint_settings, names(blueprint))],
    predictors = column_parts(blueprint$ptypes$predictors),
    outcomes = column_parts(blueprint$ptypes$outcomes),
    formula = if (kind != "data") formula_text(blueprint)
  )
  if (!same_blueprint(blueprint, tryCatch(new_blueprint(parts), error = identity))) {
    stop_unwritable("with a formula or columns that would not come back the same")
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

stop_unwritable <- function(what, found = NULL) {
  stop_feedforward("A model made {what} cannot be written to a file of this kind.",
    x = if (!is.null(found)) "Found {found}.",
    i = "{.fn saveRDS} keeps any model."
  )
}

# The columns of a prototype: list(name, type, levels) each.
column_parts <- function(columns) {
  lapply(names(columns), function(name) {
    column <- columns[[name]]
    type <- column_type(column)
    if (is.na(type)) {
      stop_unwritable(sprintf("with a column like `%s`", name), describe(column))
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
