#' Write a model to a file and read it back
#'
#' `write_model()` writes a whole model to one file in the safetensors format. Every number is exact
#' to the last bit. `read_model()` reads the same model back. Unlike [readRDS()], it never runs code
#' from the file, so you can safely read files from others. Python and other languages can read the
#' file, too.
#'
#' The new file is written next to `path` and renamed when it is complete. An interrupt or a full
#' disk leaves an existing file intact. A killed process can leave an incomplete file with `-*.part`
#' added to its name. You can delete it.
#'
#' @param fit A model made by [feedforward()] or [feedforward_cv()] from a matrix, an image array, a
#'   data frame, or a formula. The columns of a data frame must be double, integer, logical,
#'   character, factor, or ordered. A formula can contain:
#'   - names, numbers, and `~ + - * / ^ : %in% ( ) .`
#'   - the functions `I`, `log`, `log1p`, `log2`, `log10`, `exp`, `expm1`, `sqrt`, `abs`, `sin`,
#'     `cos`, `tan`, `tanh`, `round`, `floor`, and `ceiling`, without `:` inside
#'   - powers of several terms, such as `(a + b)^2`, up to 3
#'   - at most 8000 names, numbers, and calls, and 200000 columns.
#'
#'   Use [saveRDS()] for other models and for models made with a recipe. It also saves the
#'   environments in which the steps of a recipe were written, with all objects in them.
#' @param path The path of the file, usually ending in `.safetensors`. An existing file is replaced
#'   and its permissions are kept. If `path` is a symbolic link, its target is written. Devices,
#'   pipes, and read-only files are not replaced.
#'
#' @returns `write_model()` returns `path` invisibly. `read_model()` returns the model, identical to
#'   the one written.
#'
#' @section The file:
#' `W1`, `b1`, `W2`, ... are tensors of type F64. Weights have one row per unit and one column per
#' input, on the scale of standardized inputs. `inputs.center` and `inputs.scale` standardize the
#' inputs. The rest is JSON in the header's `__metadata__`, with the SHA-256 of the whole file.
#'
#' For a model made by [feedforward_cv()], the weights of its first network are `members.1.W1`,
#' `members.1.b1`, and so on, and the parts of `out_of_fold` are tensors, too.
#'
#' A file with a model made by [feedforward()] contains no rows of the data. A file with a model
#' made by [feedforward_cv()] contains the outcome of each row that was held out, with its
#' prediction, but no predictors. Both contain the column names, all levels of factor and text
#' columns, and the means (or medians) and scales of the predictors and the outcome. With
#' `encoding = "piecewise"`, as in some default candidates of [feedforward_cv()], they also contain
#' up to nine quantiles of each numeric predictor, from its smallest to its largest value. If a
#' column holds the names of people, the file holds them, too.
#'
#' @section Errors:
#' - A `feedforward_error` if `fit` is not a model, or can only be saved with [saveRDS()].
#' - A `feedforward_file_error` (also a `feedforward_error`) if the file cannot be written, does not
#'   exist, or is not an intact model file. A file is refused if it is cut off, has a flipped bit,
#'   comes from another program, or has a formula beyond the limits above.
#' - A `feedforward_version_error` if a newer version of the package wrote the file.
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
  check_not_swapped(fit, if (!missing(path)) path, "write_model")
  check_model(fit, "fit", average = TRUE)
  if (is_average(fit)) check_average(fit, "fit")
  check_given(missing(path), "path")
  path <- check_string(path, "path")
  parts <- model_to_tensors(fit)
  write_tensors(path, parts$tensors, parts$metadata)
}

# `fn` is the name of the function that the user called.
check_not_swapped <- function(fit, path, fn) {
  swapped <- is.character(fit) && inherits(path, "feedforward")
  check_that(!swapped, fit, "fit", "a model made by `feedforward()`",
    hint = sprintf("The model comes first: `%s(fit, path)`.", fn)
  )
}

#' @rdname write_model
#' @export
read_model <- function(path) {
  check_given(missing(path), "path")
  parts <- read_tensors(path)
  model <- model_from_tensors(parts, safetensors_origin(path))
  # The model of such a checkpoint would read raw columns as if they were computed ones.
  kind <- parts$metadata$checkpoint$kind
  if (rlang::is_string(kind) && kind != model$inputs$kind) {
    stop_feedforward("A checkpoint of a model made with this {kind} cannot be read as a model.",
      i = "Use {.fn resume_training}, which takes the {kind} again.",
      class = "feedforward_file_error"
    )
  }
  model
}

# A model as list(tensors, metadata) for write_tensors(): long vectors as tensors, everything else
# in its place in metadata$model.
model_to_tensors <- function(fit) {
  if (is_average(fit)) {
    return(average_to_tensors(fit))
  }
  model <- unclass(fit)
  tensors <- lapply(model$parameters, bare)
  history <- as.list(model$history)
  names(history) <- paste0("history.", names(history))
  scaling <- model$inputs[intersect(c("center", "scale"), names(model$inputs))]
  scaling <- scaling[!vapply(scaling, is.null, TRUE)]
  names(scaling) <- if (length(scaling)) paste0("inputs.", names(scaling))
  # Names stay in the metadata, since tensors have none.
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

# The model of a file. `parts` is list(tensors, metadata) from read_tensors(), with or without other
# tensors and metadata. Errors name the file `origin`. The file can say anything, so each part is
# checked before it is used, and the whole model at the end.
model_from_tensors <- function(parts, origin) {
  if ("average" %in% names(parts$metadata)) {
    return(average_from_tensors(parts, origin))
  }
  if (is_cv_checkpoint(parts$metadata$checkpoint)) {
    stop_file(origin, "is a checkpoint without a finished network",
      "Use `resume_training()` to continue training."
    )
  }
  model <- parts$metadata$model
  if (!is.list(model) || is.null(names(model))) {
    stop_file(origin, "has no model")
  }
  check_model_version(model$version)
  model$parameters <- named_tensors(model$parameters, parts$tensors, "", origin)
  if (!is.list(model$inputs)) stop_file(origin, "does not describe the model's inputs")
  for (name in c("center", "scale")) {
    if (is.list(model$inputs[[name]])) {
      model$inputs[name] <- named_tensors(model$inputs[name], parts$tensors, "inputs.", origin)
    }
  }
  model$history <- history_from(model$history, parts$tensors, origin)
  model["blueprint"] <- list(blueprint_from(model$blueprint, model$inputs, origin))
  model <- structure(model, class = "feedforward")
  problem <- model_problem(model)
  if (!is.null(problem)) stop_file(origin, paste("holds a model with", problem))
  model
}

# The tensors that `described` lists, with the names that it gives to their rows and columns.
named_tensors <- function(described, tensors, prefix, origin) {
  keys <- paste0(prefix, names(described))
  if (!is.list(described) || length(described) == 0L || !all(keys %in% names(tensors))) {
    stop_file(origin, "lacks some of the model's parameters")
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
    error = function(cnd) {
      stop_file(origin, paste("has names that do not fit a tensor:", conditionMessage(cnd)))
    }
  )
}

history_from <- function(columns, tensors, origin) {
  keys <- paste0("history.", columns)
  fits <- is.character(columns) && length(columns) > 0L && all(keys %in% names(tensors))
  columns_of <- if (fits) tensors[keys]
  if (!fits || length(unique(lengths(columns_of))) != 1L) {
    stop_file(origin, "has no complete training history")
  }
  as.data.frame(rlang::set_names(columns_of, columns), optional = TRUE)
}

# ---- Blueprints --------------------------------------------------------------------

# hardhat's blueprint of a data frame or formula as a plain list and back. A blueprint holds calls
# and functions, which a file must not bring in. So the file has only the columns, their types and
# the text of the formula, and hardhat makes a new blueprint from them.

# A blueprint as a plain list, or NULL for NULL. Refuses a blueprint that would change on the way.
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
  if (!same_blueprint(blueprint, tryCatch(mold_parts(parts)$blueprint, error = identity))) {
    stop_unwritable("with a formula or columns that would change in the file")
  }
  parts
}

blueprint_settings <- c("intercept", "allow_novel_levels", "composition", "indicators")

# "columns" is a formula whose right side has only names of columns. NA for a recipe.
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
  stop_feedforward("{.fn write_model} cannot write a model made {what}.",
    x = if (!is.null(found)) "It has {found}.",
    i = "Use {.fn saveRDS}, which saves any model."
  )
}

# The columns of a prototype. Each becomes list(name, type, levels).
column_parts <- function(columns) {
  lapply(names(columns), function(name) {
    column <- columns[[name]]
    type <- column_type(column)
    if (is.na(type)) {
      stop_unwritable(sprintf("with the column `%s`", name), paste("the class", class(column)[1L]))
    }
    list(name = name, type = type, levels = levels(column))
  })
}

column_type <- function(column) {
  if (is.factor(column)) {
    plain <- all(names(attributes(column)) %in% c("levels", "class"))
    return(if (!plain) NA_character_ else if (is.ordered(column)) "ordered" else "factor")
  }
  if (is_plain_vector(column)) typeof(column) else NA_character_
}

is_plain_vector <- function(x) typeof(x) %in% vector_types && is.null(attributes(x))

# ---- Reading ----------------------------------------------------------------------

# The blueprint that blueprint_parts() described, for a model with these `inputs`.
blueprint_from <- function(parts, inputs, origin) {
  if (is.null(parts)) {
    return(NULL)
  }
  if (!is_blueprint_parts(parts)) {
    stop_file(origin, "describes columns without a valid name and type")
  }
  failed <- function(cnd) {
    stop_file(origin, paste("has columns that do not fit together:", conditionMessage(cnd)))
  }
  molded <- tryCatch(mold_parts(parts), error = failed)
  made <- with_missing_levels(as_predictors(molded$predictors), inputs$has_missing)
  if (parts$kind != "data" && !identical(colnames(made), plain_names(list(inputs = inputs)))) {
    stop_file(origin, "has a formula that does not fit the inputs of its network")
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

# The result of hardhat::mold() for two example rows with these columns.
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
  # Functions such as log() can warn about the example values.
  molded <- suppressWarnings(mold(formula, data))
  if (!same_settings(molded$blueprint, parts$settings)) stop("their settings are wrong")
  molded
}

same_settings <- function(blueprint, settings) {
  own <- unclass(blueprint)[intersect(blueprint_settings, names(blueprint))]
  identical(own[names(settings)], settings)
}

# A data frame of two rows with columns of these types. It needs rows, since model.matrix() counts
# the values of text.
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

# Whether two blueprints are equal except for environments, since mold() keeps the environment of
# its caller. Newer versions of hardhat also keep the (empty) list of levels of text columns.
same_blueprint <- function(a, b) {
  if (length(a$levels) == 0L) a$levels <- b$levels <- NULL
  identical(class(a), class(b)) && identical(a$ptypes, b$ptypes) &&
    isTRUE(all.equal(a, b, tolerance = 0, check.environment = FALSE))
}
