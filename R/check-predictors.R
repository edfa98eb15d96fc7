# What is refused of predictors: their kinds, shapes, names and values. Tables: check-tables.R.

# What feedforward() has no method for.
refuse_predictors <- function(x, arg, call) {
  refuse_table_elsewhere(x, arg, call)
  wanted <- "a data frame, a matrix (numeric, raw or sparse), an array of images, or a formula"
  hint <- NULL
  if (is.null(dim(x)) && is.numeric(x)) {
    hint <- sprintf("One predictor is a matrix of one column: matrix(%s, ncol = 1).", arg)
  }
  if (rlang::is_string(x) && is_text(x) && grepl("~", x, fixed = TRUE)) {
    hint <- "A formula is written without quotes; as.formula() makes one of text."
  }
  stop_input(arg, wanted, describe(x), hint = hint, call = call)
}

# Arguments in `...`: all by their full names, none twice.
check_argument_names <- function(given, known, call) {
  names <- names(given)
  if (is.null(names)) names <- rep("", length(given))
  if (any(names == "")) {
    got <- sprintf("%s without a name", describe(given[[match("", names)]]))
    stop_input("...", "made of named arguments, such as `hidden_units = 16`", got, call = call)
  }
  unknown <- setdiff(names, known)
  if (length(unknown)) {
    stop_input("...", "made of arguments of feedforward()", sprintf("`%s`", unknown[1L]),
      hint = hint_for_argument(unknown[1L], known), call = call
    )
  }
  given
}

# Evaluates `code`, the arguments beside `data`. lm() looks among its columns for them, we do not.
with_columns_told <- function(code, data, call) {
  withCallingHandlers(code, error = function(cnd) {
    # As R says it, in the language of the session.
    lacking <- sprintf(gettext("object '%s' not found", domain = "R"), names(data))
    column <- names(data)[match(conditionMessage(cnd), lacking)]
    if (!is.na(column)) {
      stop_input("...", "made of values that R finds without `data`",
        sprintf("`%s`, which is a column of `data`", column),
        hint = sprintf("Columns are not looked up here: data$%s gives it.", column), call = call
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
check_predictor_matrix <- function(x, arg, min_rows, call) {
  x <- as_plain_sparse(x)
  sparse <- is_plain_sparse(x)
  shape <- if (sparse) x@Dim else if (is_numbers(x) || is.raw(x)) dim(x)
  if (length(shape) != 2L || shape[1L] < min_rows || shape[2L] < 1L) {
    wanted <- "a numeric, raw or sparse matrix"
    if (min_rows > 0L) wanted <- paste(wanted, "with at least 1 row and 1 column")
    hint <- if (is.character(x)) "A data frame may hold text and factors."
    stop_input(arg, wanted, describe(x), hint = hint, call = call)
  }
  if (sparse && !is_sound_sparse(x)) {
    stop_input(arg, "a valid sparse matrix", "one whose slots contradict each other", call = call)
  }
  x
}

# C++ reads as many columns as the network has inputs: the last look, however x was made and
# whatever a model says of itself.
check_columns_read <- function(x, model, arg, call) {
  inputs <- model$architecture$sizes[1L]
  if (!isTRUE(ncol_of(x) == inputs)) {
    stop_input(arg, sprintf("of %d predictors, as the network is", inputs), ncol_of(x), call = call)
  }
}

# x[1, ] of a matrix is no matrix any more.
check_not_one_row <- function(x, model, arg, call) {
  inputs <- model$architecture$sizes[1L]
  if (is.null(dim(x)) && is_numbers(x) && length(x) == inputs) {
    stop_input(arg, describe_wanted_matrix(NULL, inputs, 0L, "a matrix"), describe(x),
      hint = sprintf("One observation is a matrix of one row: matrix(%s, nrow = 1).", arg),
      call = call
    )
  }
}

# Names, if any, that can be shown, each once.
check_names <- function(names, arg, what = "column", call = rlang::caller_env()) {
  names <- as.character(names)
  if (!all(is_text(names))) {
    stop_input(arg, sprintf("given %s names that are text", what),
      sprintf("`%s`, which is none, or in another encoding", names[!is_text(names)][1L]),
      call = call
    )
  }
  twice <- names[duplicated(names)]
  if (length(twice)) {
    stop_input(arg, sprintf("without duplicated %s names", what),
      sprintf("`%s` more than once", twice[1L]),
      call = call
    )
  }
}

# Images, one per row of the array; `image` is their c(height, width), where it is known.
check_image_array <- function(x, arg, min_rows, image = NULL, call) {
  shape <- dim(x)
  fits <- (is_numbers(x) || is.raw(x)) && length(shape) == 3L && shape[1L] >= min_rows &&
    all(shape[-1L] > 0L) && (is.null(image) || all(shape[-1L] == image))
  if (!fits) {
    wanted <- "a numeric or raw array n x height x width"
    if (!is.null(image)) wanted <- sprintf("%s of %d x %d", wanted, image[1L], image[2L])
    hint <- if (length(shape) > 3L) {
      sprintf("array_reshape(%s, c(%d, -1)) makes each image a row.", arg, shape[1L])
    }
    stop_input(arg, wanted, describe(x), hint = hint, call = call)
  }
  x
}

# A few strings in quotes; of many, the first.
listed <- function(x, most = 10L, quote = "\"") {
  shown <- toString(encodeString(utils::head(x, most), quote = quote))
  if (length(x) > most) sprintf("%s and %d more", shown, length(x) - most) else shown
}

# The first value that is NA, NaN or infinite is named by its row and column. `original` is
# the table that the user gave, where `x` was made of one.
refuse_non_finite <- function(x, arg, inputs, original = NULL, hint = NULL, call) {
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
    hint = if (is.null(hint)) "Leave out such rows, or fill in what is missing." else hint,
    call = call
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
refuse_huge <- function(moments, inputs, call) {
  column <- which(!is.finite(moments$mean) | !is.finite(moments$sd))[1L]
  name <- if (is.null(inputs$names)) column else sprintf("`%s`", inputs$names[column])
  stop_input("x", "of numbers whose squares can be summed",
    sprintf("larger ones in column %s", name),
    hint = "Divide it, or take logarithms.", call = call
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
