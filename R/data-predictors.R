# Converts predictors to the one matrix that the C++ code reads. The read_*() functions do so for
# training data, and predictors_for() does the same for new data.
#
# Each read_*() returns list(x = a double, integer, logical or raw matrix or a dgCMatrix, inputs =
# what the model stores about the predictors, blueprint = the blueprint of hardhat for tables).

# Returns the predictors of a training call, and for tables and dense matrices the columns that are
# like the outcome. `y` is the outcome, or the formula or recipe that describes `x`. `arguments` are
# those of the call.
read_predictors <- function(kind, x, y, arguments) {
  predictors <- switch(kind,
    matrix = read_matrix(x),
    array = read_images(x, y, arguments$case_weights, arguments$class_weights),
    data = read_frame(x, allows_missing(arguments)),
    formula = read_formula(y, x, allows_missing(arguments)),
    recipe = read_recipe(y, x, allows_missing(arguments))
  )
  if (kind == "data" || (kind == "matrix" && is.matrix(x))) {
    predictors$like_outcome <- columns_like_outcome(x, y)
  }
  predictors
}

# Returns how the predictors in a data frame are read: with a pipe, a formula or recipe comes second,
# in place of the outcome.
kind_of_table <- function(y) {
  if (rlang::is_formula(y)) "formula" else if (inherits(y, "recipe")) "recipe" else "data"
}

# Whether data of this kind include the outcome, which a formula or recipe names.
includes_outcome <- function(kind) kind %in% c("formula", "recipe")

read_matrix <- function(x) {
  x <- check_predictor_matrix(x, "x", min_rows = 1L)
  check_names(names_of_columns(x), "x")
  list(x = x, inputs = new_inputs("matrix", names_of_columns(x)))
}

# Flattens images row by row and scales them to about 0..1. Only images that count decide the
# scale.
read_images <- function(x, y, case_weights, class_weights) {
  check_image_array(x, "x", min_rows = 1L)
  check_images_first(x, y)
  refuse_non_finite(x, "x", list())
  image <- dim(x)[-1L]
  # C++ divides bytes when it reads them.
  if (is.raw(x)) {
    return(list(x = flatten_images(x), inputs = new_inputs("array", image = image, divisor = 255)))
  }
  x <- without_uncounted_images(x, rows_likely_counted(y, case_weights, class_weights))
  values <- describe_values(x)
  divisor <- image_divisor(values, x)
  inform_image_divisor(divisor, values)
  inputs <- new_inputs("array", image = image, divisor = divisor)
  list(x = divide_images(x, divisor, values), inputs = inputs)
}

read_frame <- function(x, allow_missing = FALSE) {
  x <- check_frame(x, "x")
  check_columns(x, "x")
  x <- plain_columns(x)
  # The outcome is read elsewhere: hardhat does not support all types of outcomes.
  blueprint <- hardhat::default_xy_blueprint()
  molded <- with_hardhat(hardhat::mold(x, NULL, blueprint = blueprint), "x")
  read_molded(molded, "data", "x", x, allow_missing)
}

read_recipe <- function(recipe, data, allow_missing = FALSE) {
  check_that(is.list(recipe), recipe, "x", "a recipe")
  rlang::check_installed("recipes", "to use a recipe.")
  # The recipe decides what to do with factors and text.
  data <- plain_columns(check_frame(data, "data"), NULL)
  # Newer versions of recipes compare the data with the types in the recipe.
  if (is.data.frame(recipe$ptype)) recipe$ptype <- plain_columns(bare_frame(recipe$ptype), NULL)
  # The recipe also decides what to do with new levels.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  molded <- with_hardhat(hardhat::mold(recipe, data, blueprint = blueprint), "data")
  result <- read_molded(molded, "recipe", "data", data, allow_missing)
  weights <- molded$extras$roles$case_weights
  if (length(weights)) result$case_weights <- weights[[1L]]
  result
}

# Converts the result of hardhat::mold(data) to numbers.
read_molded <- function(molded, kind, arg, data, allow_missing = FALSE) {
  if (nrow(molded$predictors) == 0L) {
    stop_feedforward("The recipe keeps no rows of {.arg {arg}}.")
  }
  # The other columns were checked before hardhat read them.
  if (!is.matrix(molded$predictors) && kind == "recipe") check_columns(molded$predictors, arg)
  x <- with_core(as_predictors(molded$predictors))
  if (ncol_of(x) == 0L) stop_feedforward("{.arg {arg}} has no predictors.")
  known <- names(molded$blueprint$ptypes$predictors)
  if (!allow_missing) {
    refuse_non_finite(x, arg, list(), data[intersect(known, names(data))], remove_or_indicate)
  }
  outcomes <- check_complete_outcomes(molded$outcomes, arg, nrow(data))
  list(
    x = x, inputs = new_inputs(kind, given_names(x)), blueprint = molded$blueprint,
    of_levels = if (is.null(molded$of_levels)) levels_among_inputs(x) else molded$of_levels,
    outcomes = if (length(outcomes) == 1L) outcomes[[1L]] else outcomes
  )
}

new_inputs <- function(kind, names = NULL, image = NULL, divisor = NULL) {
  list(
    kind = kind, names = names, center = NULL, scale = NULL, image = image, divisor = divisor
  )
}

# Converts new data to the matrix that the network of a model reads. Images that are not `counted`
# may be on any scale.
predictors_for <- function(model, new_data, arg = "new_data", counted = NULL) {
  refuse_table_elsewhere(new_data, arg)
  switch(model$inputs$kind,
    matrix = encoded_matrix(model, new_data, arg),
    array = new_images(model, new_data, arg, counted),
    new_table(model, new_data, arg)
  )
}

encoded_matrix <- function(model, new_data, arg) {
  x <- new_matrix(model, new_data, arg)
  if (any(model$inputs$has_missing)) refuse_unknown_missing(x, model$inputs$has_missing, arg)
  attach_encoding(x, model$inputs$encoding)
}

# Matches columns by name if both sides have names, else by position.
new_matrix <- function(model, x, arg) {
  known <- plain_names(model)
  if (is.data.frame(x)) x <- plain_matrix(as.data.frame(x), known, arg)
  check_not_one_row(x, model, arg)
  x <- check_predictor_matrix(x, arg, min_rows = 0L)
  names <- given_names(x)
  if (!is.null(known) && any(names != "") && !identical(names, known)) {
    check_present(known, names, arg)
    return(columns_named(x, known))
  }
  inputs <- plain_count(model)
  check_that(ncol(x) == inputs, x, arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"),
    hint = if (nrow(x) == inputs) {
      sprintf("Did you mean `t(%s)`? Each observation must be a row.", arg)
    }
  )
}

# A data frame as new data for a model that was trained on a matrix.
plain_matrix <- function(data, known, arg) {
  if (!is.null(known)) {
    check_names(names(data), arg)
    check_present(known, names(data), arg)
    data <- data[known]
  }
  usable <- vapply(data, function(column) is_numbers(column) && is.null(dim(column)), TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    stop_column_type(arg, name, "numeric, as in training", data[[name]], hint = NULL)
  }
  as_number_matrix(data)
}

new_images <- function(model, x, arg, counted) {
  image <- model$inputs$image
  # One image, or images as rows.
  if (is.matrix(x) && all(dim(x) == image)) {
    x <- array(x, c(1L, image))
  } else if (is.matrix(x)) {
    x <- new_matrix(model, x, arg)
  }
  if (!is.matrix(x)) check_image_array(x, arg, min_rows = 0L, image)
  scale_images(x, model, arg, counted)
}

# Scales new images as in training.
scale_images <- function(x, model, arg, counted) {
  divisor <- model$inputs$divisor
  if (is.raw(x)) x <- numbers_of_raw_images(x, divisor, arg)
  if (is.raw(x) || length(x) == 0L) {
    return(if (is.matrix(x)) x else flatten_images(x))
  }
  refuse_non_finite(x, arg, model$inputs)
  x <- without_uncounted_images(x, counted)
  values <- describe_values(x)
  check_image_scale(values, divisor, arg)
  divide_images(x, divisor, values)
}

new_table <- function(model, data, arg) {
  if (is_number_matrix(data)) {
    data <- needed_columns(data, model$blueprint$ptypes, arg)
    if (takes_columns_as_they_are(model)) {
      x <- refuse_values_for(model, columns_named(data, plain_names(model)), arg)
      return(attach_encoding(x, model$inputs$encoding))
    }
    data <- as.data.frame(as.matrix(data))
  }
  read_new_table(model, data, arg)$x
}

# Returns list(x, outcomes), the predictors of new data and, if `with_outcome`, the outcomes. Both
# are computed at once, so each function of a formula runs once.
read_new_table <- function(model, data, arg, with_outcome = FALSE) {
  blueprint <- model$blueprint
  known <- blueprint$ptypes$predictors
  novel <- model$inputs$kind == "recipe"
  if (is.data.frame(data)) data <- unordered_columns(data, known)
  new <- list()
  if (isTRUE(model$inputs$new_levels == "zero") && is.data.frame(data)) {
    hidden <- hide_new_levels(data, blueprint, model$inputs$factors)
    data <- hidden$data
    new <- hidden$new
  }
  data <- check_new_frame(data, known, arg, novel)
  forged <- forge_table(data, blueprint, with_outcome, arg)
  x <- with_core(as_predictors(forged$predictors))
  if (length(new)) {
    x <- show_new_levels(x, new, model$inputs$factors)
    warn_new_levels(new, arg)
  }
  x <- with_missing_levels(x, model$inputs$has_missing)
  check_same_rows(x, data, arg)
  check_same_columns(x, model, arg)
  hint <- if (novel) "Use `recipes::step_novel()` for new levels, or a step that fills in values."
  refuse_values_for(model, x, arg, data[names(known)], hint)
  list(x = attach_encoding(x, model$inputs$encoding), outcomes = forged$outcomes)
}

# Applies a blueprint to new data and returns list(predictors, outcomes). The outcomes are included
# if `with_outcome`, or if a step of the recipe uses them.
forge_table <- function(data, blueprint, with_outcome, arg) {
  if (is.null(blueprint$recipe)) {
    return(with_hardhat(list(
      predictors = forge_columns(data, blueprint),
      outcomes = if (with_outcome) outcomes_by_formula(blueprint, data)
    ), arg))
  }
  present <- all(names(blueprint$ptypes$outcomes) %in% names(data))
  taken <- present && length(steps_on_outcome(blueprint, skipped = FALSE)) > 0L
  outcomes <- with_outcome || taken
  tryCatch(hardhat::forge(data, blueprint, outcomes = outcomes), error = function(cnd) {
    if (!present) refuse_steps_on_outcome(blueprint, arg)
    stop_unfit(cnd, arg)
  })
}

# The predictors of a data frame or formula.
forge_columns <- function(data, blueprint) {
  if (inherits(blueprint, "default_formula_blueprint")) {
    return(predictors_by_formula(blueprint, data))
  }
  predictors <- hardhat::forge(data, blueprint)$predictors
  if (is_of_columns(blueprint)) named_as_terms(predictors) else predictors
}

# Converts the predictors that hardhat returns to what C++ reads: the columns of a table where that
# saves a copy, else a matrix.
as_predictors <- function(data) {
  if (is.matrix(data) || is_columns(data)) {
    return(data)
  }
  is_text <- vapply(data, is.character, TRUE)
  data[is_text] <- lapply(data[is_text], factor)
  if (can_stay_columns(data)) new_columns(data) else as_number_matrix(data)
}

# Converts a data frame of numeric and logical columns to a matrix.
as_number_matrix <- function(data) {
  if (has_only_sparse_columns(data)) {
    return(sparse_columns_as_matrix(data))
  }
  if (length(data) && all(vapply(data, is_numbers, TRUE))) {
    x <- as.double(unlist(data, use.names = FALSE))
    # matrix() would make another copy.
    dim(x) <- c(nrow(data), length(data))
    colnames(x) <- names(data)
    return(x)
  }
  columns <- Map(function(column, name) matrix(column, dimnames = list(NULL, name)),
    as.list(data), names(data))
  # Without names, because cbind() has an argument `deparse.level`.
  do.call(cbind, c(list(matrix(0, nrow(data), 0L)), unname(columns)))
}

# Converts columns to the types that hardhat stores. Text among `columns` becomes factors, so that
# the model knows the levels of training. Ordered factors become unordered, so that formulas also
# make a 0/1 column for each level. Whole numbers become double: new data may have fractions.
plain_columns <- function(data, columns = names(data)) {
  chosen <- names(data) %in% columns
  is_text <- chosen & vapply(data, is.character, TRUE)
  data[is_text] <- lapply(data[is_text], factor)
  is_ordered <- chosen & vapply(data, is.ordered, TRUE)
  data[is_ordered] <- lapply(data[is_ordered], factor, ordered = FALSE)
  is_whole <- vapply(data, function(x) is.integer(x) && !is.object(x), TRUE)
  data[is_whole] <- lapply(data[is_whole], as_double_column)
  data
}

# Makes new ordered factors unordered if those of training are.
unordered_columns <- function(data, known) {
  ordered <- names(data)[vapply(as.list(data), is.ordered, TRUE)]
  for (name in intersect(names(known), ordered)) {
    if (is.factor(known[[name]]) && !is.ordered(known[[name]])) {
      class(data[[name]]) <- "factor"
    }
  }
  data
}

# The column names, or NULL unless all columns have one. cbind() gives some columns the name "".
names_of_columns <- function(x) {
  names <- given_names(x)
  if (all(nzchar(names))) names
}

given_names <- function(x) {
  names <- if (is_plain_sparse(x)) x@Dimnames[[2L]] else colnames(x)
  if (!is.null(names)) names[is.na(names)] <- ""
  names
}

names_of_rows <- function(x) if (is_plain_sparse(x)) x@Dimnames[[1L]] else rownames(x)

# ---- Checks ------------------------------------------------------------------------

# Refuses objects that feedforward() has no method for.
refuse_predictors <- function(x, arg) {
  refuse_table_elsewhere(x, arg)
  wanted <- "a data frame, a matrix (numeric, raw or sparse), an array of images, or a formula"
  hint <- NULL
  if (is.null(dim(x)) && is.numeric(x)) {
    hint <- sprintf("Use `matrix(%s, ncol = 1)` for one predictor.", arg)
  }
  if (rlang::is_string(x) && is_text(x) && grepl("~", x, fixed = TRUE)) {
    hint <- "Write the formula without quotes, or use `as.formula()`."
  }
  stop_input(arg, wanted, describe(x), hint = hint)
}

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
      i = "Write its name, such as {.code {example}}."
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

# Evaluates `code`, the other arguments. lm() looks for them in `data`, too, feedforward() does not.
with_column_hints <- function(code, data) {
  withCallingHandlers(code, error = function(cnd) {
    # The message of R in the language of the session.
    lacking <- sprintf(gettext("object '%s' not found", domain = "R"), names(data))
    found <- match(conditionMessage(cnd), lacking)
    if (!is.na(found)) {
      column <- names(data)[found]
      code <- column_in_code(column, "data")
      stop_feedforward("{.code {column}} is a column of {.arg data}, not a variable.",
        i = "Write {.code {code}}. Only the formula looks up names in {.arg data}."
      )
    }
  })
}

# Says where cross-validation has an argument of feedforward().
hint_for_setting <- function(name) {
  if (name %in% c("k", "v", "cv", "nfolds", "n_folds")) {
    return("Did you mean `folds`?")
  }
  elsewhere <- sub(" .*", "", arguments_elsewhere[name])
  if (!is.na(elsewhere) && !elsewhere %in% names(formals(feedforward_cv))) name <- elsewhere
  if (name %in% c("validation", "stop_iter")) {
    return("Networks are validated on the rows that `folds` holds out.")
  }
  own <- c("x", "...", "checkpoint", "checkpoint_every", "verbose")
  if (name %in% setdiff(names(formals(feedforward)), own)) {
    sprintf("Give it to each of the `candidates`: `list(list(%s = ...))`.", name)
  }
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

# Returns a matrix with at least `min_rows` rows that C++ can read, sparse matrices as dgCMatrix.
check_predictor_matrix <- function(x, arg, min_rows) {
  x <- as_plain_sparse(x)
  sparse <- is_plain_sparse(x)
  shape <- if (sparse) x@Dim else if (is_numbers(x) || is.raw(x)) dim(x)
  wanted <- "a numeric, raw or sparse matrix"
  if (min_rows > 0L) wanted <- paste(wanted, "with at least 1 row and 1 column")
  fits <- length(shape) == 2L && shape[1L] >= min_rows && shape[2L] >= 1L
  hint <- if (is.character(x)) "Use a data frame for text and factors."
  check_that(fits, x, arg, wanted, hint)
  if (sparse && !is_sound_sparse(x)) {
    stop_feedforward("{.arg {arg}} is an invalid sparse matrix: its slots contradict each other.",
      i = "Use {.code methods::validObject({arg})} to see the problem."
    )
  }
  x
}

# x[1, ] turns a matrix into a vector.
check_not_one_row <- function(x, model, arg) {
  inputs <- plain_count(model)
  one_row <- is.null(dim(x)) && is_numbers(x) && length(x) == inputs
  check_that(!one_row, x, arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"),
    hint = sprintf("Use `matrix(%s, nrow = 1)` for one observation.", arg)
  )
}

# Checks an array of images. `image` is their c(height, width), if known.
check_image_array <- function(x, arg, min_rows, image = NULL) {
  shape <- dim(x)
  fits <- (is_numbers(x) || is.raw(x)) && length(shape) == 3L && shape[1L] >= min_rows &&
    all(shape[-1L] > 0L) && (is.null(image) || all(shape[-1L] == image))
  wanted <- "a numeric or raw n x height x width array"
  if (!is.null(image)) wanted <- sprintf("%s of %d x %d images", wanted, image[1L], image[2L])
  check_that(fits, x, arg, wanted, hint = if (length(shape) > 3L) {
    sprintf("Use `array_reshape(%s, c(%d, -1))` to turn each image into a row.", arg, shape[1L])
  })
}

# Refuses NA, NaN and infinite values and names the row and column of the first. `original` is the
# table of the user, if `x` was made from one.
refuse_non_finite <- function(x, arg, inputs, original = NULL, hint = NULL) {
  same_rows <- is.null(original) || nrow(original) == nrow(x)
  if (is_columns(x)) {
    bad <- first_unusable(x)
    if (is.null(bad)) {
      return(invisible(x))
    }
    value <- bad$value
    # The names of terms have backticks, and those of logical columns a value.
    names <- if (length(original) == length(x$columns)) names(original) else x$names
    place <- paste0(row_in_words(bad$row, same_rows), ", ", column_or_number(names, bad$column))
  } else {
    values <- if (isS4(x)) x@x else x
    bad <- first_non_finite(values)
    if (bad == 0) {
      return(invisible(x))
    }
    value <- values[[bad]]
    place <- value_in_words(x, bad, inputs, if (same_rows) original, same_rows)
  }
  # Infinite values have no indicator.
  infinite <- !is.na(value) && identical(hint, remove_or_indicate)
  hint <- if (is.null(hint) || infinite) remove_or_fill_in else hint
  found <- describe_non_finite(value)
  stop_feedforward("{.arg {arg}} has {found} in {place}.", i = "{hint}")
}

# The same for predictors that nobody has looked at: tables and images were checked when they were
# read, and matrices are checked by C++ when it reads them.
refuse_unread_values <- function(x, arg, inputs) {
  # With indicators, the reader has looked at the values already.
  unread <- inputs$kind == "matrix" && !any(inputs$has_missing)
  if (unread) refuse_non_finite(x, arg, inputs, hint = hint_in_training(x))
}

# Missing values of sparse matrices have no indicator.
hint_in_training <- function(x) if (is_plain_sparse(x)) remove_or_fill_in else remove_or_indicate

remove_or_fill_in <- "Remove such rows, or replace such values."
remove_or_indicate <-
  "Remove such rows, replace such values, or use `missing = \"indicator\"`."

column_or_number <- function(names, j) {
  if (is.null(names)) sprintf("column %d", j) else sprintf("column `%s`", names[j])
}

# Returns where the k-th value of x is, in words.
value_in_words <- function(x, k, inputs, original, same_rows) {
  place <- place_of(x, k)
  if (length(place) == 3L) {
    return(pixel_in_words(place))
  }
  column <- place[2L]
  if (!is.null(inputs$image)) {
    # Images are flattened row by row.
    width <- inputs$image[2L]
    return(pixel_in_words(c(place[1L], (column - 1L) %/% width + 1L, (column - 1L) %% width + 1L)))
  }
  paste0(row_in_words(place[1L], same_rows), ", ", column_in_words(x, place, original))
}

pixel_in_words <- function(place) {
  sprintf("image %.0f, pixel %.0f, %.0f", place[1L], place[2L], place[3L])
}

# If a recipe removed rows, its rows are not the rows of the user's data.
row_in_words <- function(row, same_rows) {
  sprintf(if (same_rows) "row %d" else "row %d of the rows that the recipe keeps", row)
}

column_in_words <- function(x, place, original) {
  if (!is.null(original)) {
    missing <- vapply(original, function(column) is.na(column[place[1L]]), TRUE)
    if (any(missing)) {
      return(sprintf("column `%s`", names(original)[missing][1L]))
    }
  }
  column_or_number(colnames(x), place[2L])
}

# Refuses finite numbers whose sums are infinite.
refuse_huge <- function(moments, inputs) {
  column <- which(!is.finite(moments$mean) | !is.finite(moments$sd))[1L]
  name <- if (is.null(inputs$names)) column else sprintf("`%s`", inputs$names[column])
  stop_feedforward("Column {name} of {.arg x} has numbers whose squares are too large to sum.",
    i = "Divide the column by a constant, or take logarithms."
  )
}

# Warns of predictors that are the same in all rows. They do no harm, but are seldom intended.
warn_constant <- function(constant, names) {
  which <- which(constant)
  n <- length(which)
  if (n > 0L) {
    shown <- columns_shown(if (is.null(names)) which else names[which])
    warn_feedforward("{cli::qty(n)}Column{?s} {shown} {cli::qty(n)}{?is/are} constant.",
      i = "{cli::qty(n)}{?It/They} cannot improve predictions.",
      class = "feedforward_constant_predictor"
    )
  }
}

# Columns by name or number, for messages of cli. Only a few are shown.
columns_shown <- function(columns) {
  shown <- if (is.character(columns)) sprintf("`%s`", visible(columns)) else whole_text(columns)
  cli::cli_vec(shown, list("vec-trunc" = 5L))
}
