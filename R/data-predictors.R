# Predictors: what the user has -> one matrix that the bridge reads. read_*() do it for
# training and find out how; predictors_for() does the same again for new data.
#
# Each gives list(x = matrix (double, integer, logical, raw or dgCMatrix), inputs = what the
# model keeps about them, blueprint = hardhat's, where there is a table).

read_matrix <- function(x, arg) {
  x <- check_predictor_matrix(x, arg, min_rows = 1L)
  check_names(names_of_columns(x), arg)
  list(x = x, inputs = new_inputs("matrix", names_of_columns(x)))
}

# Images, line by line, on a scale of about 0..1.
read_images <- function(x, case_weights = NULL) {
  check_image_array(x, "x", min_rows = 1L)
  refuse_non_finite(x, "x", list())
  x <- without_weightless_images(x, case_weights)
  image <- dim(x)[-1L]
  # Bytes are divided where they are read.
  if (is.raw(x)) {
    return(list(x = flatten_images(x), inputs = new_inputs("array", image = image, divisor = 255)))
  }
  values <- describe_values(x)
  divisor <- image_divisor(values, x)
  inform_image_divisor(divisor, values)
  inputs <- new_inputs("array", image = image, divisor = divisor)
  list(x = divide_images(x, divisor, values), inputs = inputs)
}

read_frame <- function(x) {
  x <- check_frame(x, "x")
  check_columns(x, "x")
  x <- plain_columns(x)
  # The outcome goes its own way: hardhat has no place for all its kinds.
  blueprint <- hardhat::default_xy_blueprint()
  molded <- with_hardhat(hardhat::mold(x, NULL, blueprint = blueprint), "x")
  read_molded(molded, "data", "x", x)
}

read_recipe <- function(recipe, data) {
  if (!is.list(recipe)) stop_input("x", "a recipe", describe(recipe))
  rlang::check_installed("recipes", "to use a recipe.")
  # Factors and text are the recipe's to deal with.
  data <- plain_columns(check_frame(data, "data"), NULL)
  # Newer versions of recipes want the types that the recipe was made with.
  if (is.data.frame(recipe$ptype)) recipe$ptype <- plain_columns(bare_frame(recipe$ptype), NULL)
  # What becomes of new levels, the recipe decides, too.
  blueprint <- hardhat::default_recipe_blueprint(allow_novel_levels = TRUE)
  molded <- with_hardhat(hardhat::mold(recipe, data, blueprint = blueprint), "data")
  result <- read_molded(molded, "recipe", "data", data)
  weights <- molded$extras$roles$case_weights
  if (length(weights)) result$case_weights <- weights[[1L]]
  result
}

# What hardhat::mold() gave, as numbers; `data` is what it was given.
read_molded <- function(molded, kind, arg, data) {
  if (nrow(molded$predictors) == 0L) {
    stop_input(arg, "a table of which the recipe keeps some rows", "one of which it keeps none")
  }
  if (!is.matrix(molded$predictors)) {
    check_columns(molded$predictors, arg)
    check_dense_size(molded$predictors, arg)
  }
  x <- with_core(as_number_matrix(molded$predictors))
  if (ncol_of(x) == 0L) stop_input(arg, "a table with predictors", "none")
  known <- names(molded$blueprint$ptypes$predictors)
  refuse_non_finite(x, arg, list(), data[names(data) %in% known])
  outcomes <- check_complete_outcomes(molded$outcomes, arg, nrow(data))
  list(
    x = x, inputs = new_inputs(kind, given_names(x)), blueprint = molded$blueprint,
    outcomes = if (length(outcomes) == 1L) outcomes[[1L]] else outcomes
  )
}

new_inputs <- function(kind, names = NULL, image = NULL, divisor = NULL) {
  list(
    kind = kind, names = names, center = NULL, scale = NULL, image = image, divisor = divisor
  )
}

# New data for a model as the matrix that its network reads.
predictors_for <- function(model, new_data, arg = "new_data") {
  refuse_table_elsewhere(new_data, arg)
  switch(model$inputs$kind,
    matrix = new_matrix(model, new_data, arg),
    array = new_images(model, new_data, arg),
    new_table(model, new_data, arg)
  )
}

# Columns go by name where both sides have names, else by position.
new_matrix <- function(model, x, arg) {
  known <- model$inputs$names
  if (is.data.frame(x)) x <- plain_matrix(as.data.frame(x), known, arg)
  check_not_one_row(x, model, arg)
  x <- check_predictor_matrix(x, arg, min_rows = 0L)
  names <- given_names(x)
  if (!is.null(known) && any(names != "") && !identical(names, known)) {
    absent <- setdiff(known, names)
    if (length(absent)) refuse_absent(absent, arg, "the data the model was made of")
    return(columns_named(x, known))
  }
  inputs <- model$architecture$sizes[1L]
  if (ncol(x) != inputs) {
    hint <- if (nrow(x) == inputs) sprintf("Observations go in rows: did you mean t(%s)?", arg)
    stop_input(arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"), describe(x),
      hint = hint
    )
  }
  x
}

# A data frame for a model that was made of a matrix: its numbers, by name.
plain_matrix <- function(data, known, arg) {
  if (!is.null(known)) {
    check_names(names(data), arg)
    absent <- setdiff(known, names(data))
    if (length(absent)) refuse_absent(absent, arg, "the data the model was made of")
    data <- data[known]
  }
  usable <- vapply(data, function(column) is_numbers(column) && is.null(dim(column)), TRUE)
  if (!all(usable)) {
    name <- names(data)[!usable][1L]
    stop_input(arg, "made of numeric columns, as in training",
      sprintf("%s in column `%s`", describe(data[[name]]), name)
    )
  }
  as_number_matrix(data)
}

new_images <- function(model, x, arg) {
  image <- model$inputs$image
  # One image, or images that were made rows before.
  if (is.matrix(x) && all(dim(x) == image)) {
    x <- array(x, c(1L, image))
  } else if (is.matrix(x)) {
    x <- new_matrix(model, x, arg)
  }
  if (!is.matrix(x)) check_image_array(x, arg, min_rows = 0L, image)
  scale_images(x, model, arg)
}

# Images on the scale of the network.
scale_images <- function(x, model, arg) {
  divisor <- model$inputs$divisor
  if (is.raw(x)) check_raw_images(divisor, arg)
  if (is.raw(x) || length(x) == 0L) {
    return(if (is.matrix(x)) x else flatten_images(x))
  }
  refuse_non_finite(x, arg, model$inputs)
  values <- describe_values(x)
  check_image_scale(values, divisor, arg)
  divide_images(x, divisor, values)
}

new_table <- function(model, data, arg) {
  if (is_number_matrix(data)) {
    data <- needed_columns(data, model$blueprint$ptypes, arg)
    if (takes_columns_as_they_are(model)) {
      return(model_columns(data, model$inputs$names, arg))
    }
    data <- as.data.frame(as.matrix(data))
  }
  read_new_table(model, data, arg)$x
}

# list(x, outcomes): the predictors of new data, and with `with_outcome` the outcome among them.
# hardhat makes both at once, so that each function of a formula runs once.
read_new_table <- function(model, data, arg, with_outcome = FALSE) {
  blueprint <- model$blueprint
  known <- blueprint$ptypes$predictors
  novel <- model$inputs$kind == "recipe"
  if (is.data.frame(data)) data <- unordered_columns(data, known)
  data <- check_new_frame(data, known, arg, novel)
  forged <- forge_table(data, blueprint, with_outcome, arg)
  x <- with_core(as_number_matrix(forged$predictors))
  check_same_rows(x, data, arg)
  check_same_columns(x, model, arg)
  hint <- if (novel) "The recipe left it so. recipes::step_novel() takes care of new levels."
  refuse_non_finite(x, arg, list(), data[names(known)], hint)
  list(x = x, outcomes = forged$outcomes)
}

# What the blueprint makes of new data: list(predictors, outcomes). The outcome comes along where it
# is asked for, or where a step of a recipe takes it.
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
  predictors <- with_usual_contrasts(hardhat::forge(data, blueprint)$predictors)
  if (is_of_columns(blueprint)) named_as_terms(predictors) else predictors
}

# A data frame, or a matrix made of one, as numbers: a factor gives a column per level.
as_number_matrix <- function(data) {
  if (is.matrix(data)) {
    return(data)
  }
  if (has_only_sparse_columns(data)) {
    return(sparse_columns_as_matrix(data))
  }
  if (length(data) && all(vapply(data, is_numbers, TRUE))) {
    x <- as.double(unlist(data, use.names = FALSE))
    # matrix() would copy them once more.
    dim(x) <- c(nrow(data), length(data))
    colnames(x) <- names(data)
    return(x)
  }
  columns <- Map(function(column, name) {
    if (is.factor(column) || is.character(column)) {
      return(indicators(column, name))
    }
    matrix(column, dimnames = list(NULL, name))
  }, as.list(data), names(data))
  # Without names: cbind() would take a column `deparse.level` for its own argument.
  do.call(cbind, c(list(matrix(0, nrow(data), 0L)), unname(columns)))
}

# 0/1 columns, one per level, named as model.matrix() would.
indicators <- function(x, name) {
  x <- as.factor(x)
  columns <- outer(as.integer(x), seq_len(nlevels(x)), `==`) + 0
  colnames(columns) <- paste0(name, levels(x))
  columns
}

# Columns as hardhat is to remember them. Text among `columns` becomes factors, so that the levels
# are those of training, and ordered factors become plain ones, which have a 0/1 column for each
# level in formulas, too. Whole numbers become double everywhere: new ones may have fractions.
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

# New ordered factors where `known` are plain ones.
unordered_columns <- function(data, known) {
  ordered <- names(data)[vapply(as.list(data), is.ordered, TRUE)]
  for (name in intersect(names(known), ordered)) {
    if (is.factor(known[[name]]) && !is.ordered(known[[name]])) {
      class(data[[name]]) <- "factor"
    }
  }
  data
}

# Names for all columns, or NULL: cbind() names columns "" where only others have names.
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

# ---- What is refused ---------------------------------------------------------------

# What feedforward() has no method for.
refuse_predictors <- function(x, arg) {
  refuse_table_elsewhere(x, arg)
  wanted <- "a data frame, a matrix (numeric, raw or sparse), an array of images, or a formula"
  hint <- NULL
  if (is.null(dim(x)) && is.numeric(x)) {
    hint <- sprintf("One predictor is a matrix of one column: matrix(%s, ncol = 1).", arg)
  }
  if (rlang::is_string(x) && is_text(x) && grepl("~", x, fixed = TRUE)) {
    hint <- "A formula is written without quotes; as.formula() makes one of text."
  }
  stop_input(arg, wanted, describe(x), hint = hint)
}

# Arguments in `...`: all by their full names, none twice.
check_argument_names <- function(given, known) {
  names <- names(given)
  if (is.null(names)) names <- rep("", length(given))
  if (any(names == "")) {
    got <- sprintf("%s without a name", describe(given[[match("", names)]]))
    stop_input("...", "made of named arguments, such as `hidden_units = 16`", got)
  }
  unknown <- setdiff(names, known)
  if (length(unknown)) {
    stop_input("...", "made of arguments of feedforward()", sprintf("`%s`", unknown[1L]),
      hint = hint_for_argument(unknown[1L], known)
    )
  }
  given
}

# Evaluates `code`, the arguments beside `data`. lm() looks among its columns for them, we do not.
with_column_hints <- function(code, data) {
  withCallingHandlers(code, error = function(cnd) {
    # As R says it, in the language of the session.
    lacking <- sprintf(gettext("object '%s' not found", domain = "R"), names(data))
    column <- names(data)[match(conditionMessage(cnd), lacking)]
    if (!is.na(column)) {
      stop_input("...", "made of values that R finds without `data`",
        sprintf("`%s`, which is a column of `data`", column),
        hint = sprintf("Columns are not looked up here: data$%s gives it.", column)
      )
    }
  })
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

# A matrix of at least `min_rows` rows that the bridge can read; sparse ones column-compressed.
check_predictor_matrix <- function(x, arg, min_rows) {
  x <- as_plain_sparse(x)
  sparse <- is_plain_sparse(x)
  shape <- if (sparse) x@Dim else if (is_numbers(x) || is.raw(x)) dim(x)
  if (length(shape) != 2L || shape[1L] < min_rows || shape[2L] < 1L) {
    wanted <- "a numeric, raw or sparse matrix"
    if (min_rows > 0L) wanted <- paste(wanted, "with at least 1 row and 1 column")
    hint <- if (is.character(x)) "A data frame may hold text and factors."
    stop_input(arg, wanted, describe(x), hint = hint)
  }
  if (sparse && !is_sound_sparse(x)) {
    stop_input(arg, "a valid sparse matrix", "one whose slots contradict each other")
  }
  x
}

# C++ reads as many columns as the network has inputs: the last look, however x was made and
# whatever a model says of itself.
check_columns_read <- function(x, model, arg) {
  inputs <- model$architecture$sizes[1L]
  if (!isTRUE(ncol_of(x) == inputs)) {
    stop_input(arg, sprintf("of %d predictors, as the network is", inputs), ncol_of(x))
  }
}

# x[1, ] of a matrix is no matrix any more.
check_not_one_row <- function(x, model, arg) {
  inputs <- model$architecture$sizes[1L]
  if (is.null(dim(x)) && is_numbers(x) && length(x) == inputs) {
    stop_input(arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"), describe(x),
      hint = sprintf("One observation is a matrix of one row: matrix(%s, nrow = 1).", arg)
    )
  }
}

# Images, one per row of the array; `image` is their c(height, width), where it is known.
check_image_array <- function(x, arg, min_rows, image = NULL) {
  shape <- dim(x)
  fits <- (is_numbers(x) || is.raw(x)) && length(shape) == 3L && shape[1L] >= min_rows &&
    all(shape[-1L] > 0L) && (is.null(image) || all(shape[-1L] == image))
  if (!fits) {
    wanted <- "a numeric or raw array n x height x width"
    if (!is.null(image)) wanted <- sprintf("%s of %d x %d", wanted, image[1L], image[2L])
    hint <- if (length(shape) > 3L) {
      sprintf("array_reshape(%s, c(%d, -1)) makes each image a row.", arg, shape[1L])
    }
    stop_input(arg, wanted, describe(x), hint = hint)
  }
  x
}

# The first value that is NA, NaN or infinite is named by its row and column. `original` is
# the table that the user gave, where `x` was made of one.
refuse_non_finite <- function(x, arg, inputs, original = NULL, hint = NULL) {
  values <- if (isS4(x)) x@x else x
  bad <- first_non_finite(values)
  if (bad == 0) {
    return(invisible())
  }
  place <- place_of(x, bad)
  same_rows <- is.null(original) || nrow(original) == nrow(x)
  column <- column_in_words(x, place, inputs, if (same_rows) original)
  row <- row_in_words(place[1L], same_rows)
  stop_input(arg, "finite (no NA, NaN or Inf)",
    sprintf("%s in %s, %s", number_text(values[[bad]]), row, column),
    hint = if (is.null(hint)) "Leave out such rows, or fill in what is missing." else hint
  )
}

# Steps of a recipe may have dropped rows: then its rows are not those of the user's data.
row_in_words <- function(row, same_rows) {
  sprintf(if (same_rows) "row %d" else "row %d of those that the recipe keeps", row)
}

column_in_words <- function(x, place, inputs, original) {
  if (!is.null(original)) {
    missing <- vapply(original, function(column) is.na(column[place[1L]]), TRUE)
    if (any(missing)) {
      return(sprintf("column `%s`", names(original)[missing][1L]))
    }
  }
  name <- colnames(x)[place[2L]]
  if (!is.null(name)) {
    return(sprintf("column `%s`", name))
  }
  if (!is.null(inputs$image)) {
    width <- inputs$image[2L]
    return(sprintf("pixel %d, %d", (place[2L] - 1L) %/% width + 1L, (place[2L] - 1L) %% width + 1L))
  }
  sprintf("column %d", place[2L])
}

# Finite numbers whose sums are not.
refuse_huge <- function(moments, inputs) {
  column <- which(!is.finite(moments$mean) | !is.finite(moments$sd))[1L]
  name <- if (is.null(inputs$names)) column else sprintf("`%s`", inputs$names[column])
  stop_input("x", "of numbers whose squares can be summed",
    sprintf("larger ones in column %s", name),
    hint = "Divide it, or take logarithms."
  )
}

# Predictors that are the same in all rows do no harm, but are seldom meant. A few are named.
warn_constant <- function(constant, names) {
  which <- which(constant)
  n <- length(which)
  if (n > 0L) {
    shown <- if (is.null(names)) paste("column", which) else names[which]
    shown <- cli::cli_vec(shown, list("vec-trunc" = 5L))
    cli::cli_warn(
      c("{cli::qty(n)}Predictor{?s} {.val {shown}} {cli::qty(n)}{?is/are} the same in all rows.",
        i = "{cli::qty(n)}{?It/They} cannot help to predict."
      ),
      class = "feedforward_constant_predictor", call = NULL
    )
  }
}
