# What is refused of predictors: their kinds, shapes, names and values.

# What feedforward() has no method for.
refuse_predictors <- function(x, arg, call) {
  wanted <- "a data frame, a matrix (numeric, raw or sparse), an array of images, or a formula"
  hint <- NULL
  if (is.null(dim(x)) && is.numeric(x)) {
    hint <- sprintf("One predictor is a matrix of one column: matrix(%s, ncol = 1).", arg)
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

# What other packages call the arguments.
arguments_elsewhere <- c(
  size = "hidden_units", units = "hidden_units", hidden = "hidden_units",
  neurons = "hidden_units", hidden_layer_sizes = "hidden_units",
  maxit = "epochs", max_iter = "epochs", iterations = "epochs",
  decay = "penalty", weight_decay = "penalty", alpha = "penalty", l2 = "penalty",
  lr = "learn_rate", learning_rate = "learn_rate", learning_rate_init = "learn_rate",
  validation_split = "validation", validation_data = "validation",
  weights = "case_weights", sample_weight = "case_weights",
  patience = "stop_iter", early_stopping = "stop_iter", linout = "loss", solver = "optimizer",
  scale = "standardize", normalize = "standardize", momentum = "optimizer = optimizer_sgd()",
  nesterov = "optimizer = optimizer_sgd()", seed = "set.seed() before the call"
)

hint_for_argument <- function(unknown, known) {
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
  if (sparse && !is_valid_sparse(x@p, x@i, x@x, x@Dim)) {
    stop_input(arg, "a valid sparse matrix", "one whose slots contradict each other", call = call)
  }
  x
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

check_distinct <- function(names, arg, what = "column", call = rlang::caller_env()) {
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

# A data frame, as a plain one: those of other packages index in ways of their own.
check_frame <- function(data, arg, min_rows = 1L, call) {
  if (!is.data.frame(data)) stop_input(arg, "a data frame", describe(data), call = call)
  if (nrow(data) < min_rows || ncol(data) < 1L) {
    stop_input(arg, "a data frame with at least 1 row and 1 column", describe(data), call = call)
  }
  check_distinct(names(data), arg, call = call)
  if (identical(class(data), "data.frame")) data else as.data.frame(data)
}

# Columns of a data frame that can become numbers: numeric, logical, factor or text.
check_columns <- function(data, arg, call) {
  for (name in names(data)) {
    column <- data[[name]]
    if (!is_usable_column(column)) {
      stop_input(arg, "made of numeric, logical, factor and text columns",
        sprintf("%s in column `%s`", describe(column), name),
        hint = hint_for_column(column, name, arg), call = call
      )
    }
  }
}

is_usable_column <- function(x) {
  is.factor(x) || ((is_numbers(x) || is.character(x)) && is.null(dim(x)) && !is.object(x))
}

hint_for_column <- function(column, name, arg) {
  if (inherits(column, "hardhat_case_weights")) {
    return("Take weights out of the data and give them as `case_weights`.")
  }
  if (inherits(column, c("Date", "POSIXct"))) {
    return(sprintf("as.numeric(%s$%s) makes numbers of it.", arg, name))
  }
}

# What formula() of hardhat would refuse in words of its own, or take in silence.
check_formula_data <- function(formula, data, call) {
  if (length(formula) != 3L) {
    stop_input("formula", "an outcome and predictors, such as `y ~ .`",
      sprintf("`%s`", deparse(formula)[1L]),
      call = call
    )
  }
  absent <- setdiff(all.vars(formula), c(names(data), "."))
  if (length(absent)) refuse_absent(absent, "data", "the formula", call)
  for (name in intersect(names(data), predictors_of(formula, data))) {
    if (is.factor(data[[name]]) && nlevels(data[[name]]) < 2L) {
      stop_input("data", "without factors of one level", sprintf("such a factor in `%s`", name),
        hint = "It says nothing about the outcome: leave it out.", call = call
      )
    }
  }
}

refuse_absent <- function(absent, arg, source, call) {
  stop_input(arg, sprintf("a table with all columns of %s", source),
    sprintf("one without %s", toString(sprintf("`%s`", absent))),
    call = call
  )
}

# New data for a model: all its columns, of its types, without levels it has never seen.
# `known` is a data frame of no rows: what the columns were when the model was made. With
# `novel`, others may decide about new levels.
check_new_frame <- function(data, known, arg, novel = FALSE, call) {
  data <- check_frame(data, arg, min_rows = 0L, call = call)
  absent <- setdiff(names(known), names(data))
  if (length(absent)) refuse_absent(absent, arg, "the data the model was made of", call)
  for (name in names(known)) {
    check_new_column(data[[name]], known[[name]], name, arg, novel, call)
  }
  data
}

check_new_column <- function(column, known, name, arg, novel = FALSE, call) {
  discrete <- function(x) is.factor(x) || is.character(x)
  if (discrete(column) != discrete(known) && !all(is.na(column))) {
    wanted <- if (discrete(known)) "a factor" else describe_type(known)
    stop_input(arg, sprintf("a table with %s in column `%s`, as in training", wanted, name),
      describe(column),
      call = call
    )
  }
  if (!is.factor(known) || novel) {
    return()
  }
  new <- setdiff(as.character(unique(column)), c(levels(known), NA))
  if (length(new)) {
    stop_input(arg, sprintf(
      "a table with levels of training in column `%s`: %s", name, listed(levels(known))
    ), sprintf("the new level %s", listed(new)), call = call)
  }
}

# A recipe may make other columns of new levels, where no step takes care of them.
check_same_columns <- function(x, known, arg, call) {
  if (identical(colnames(x), known)) {
    return()
  }
  differing <- c(setdiff(colnames(x), known), setdiff(known, colnames(x)))
  stop_input(arg, "a table of which the recipe makes the columns of training",
    sprintf("one that differs in %s", toString(sprintf("`%s`", differing))),
    hint = "recipes::step_novel() takes care of new levels.", call = call
  )
}

describe_type <- function(x) if (is.logical(x)) "logical values" else "numbers"

# A few strings in quotes; of many, the first.
listed <- function(x, most = 10L) {
  shown <- toString(encodeString(utils::head(x, most), quote = "\""))
  if (length(x) > most) paste0(shown, ", ...") else shown
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
  column <- column_in_words(x, place, inputs, original)
  stop_input(arg, "finite (no NA, NaN or Inf)",
    sprintf("%s in row %d, %s", format(values[[bad]]), place[1L], column),
    hint = if (is.null(hint)) "Leave out such rows, or fill in what is missing." else hint,
    call = call
  )
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

# Runs hardhat's code; its errors become ours.
with_hardhat <- function(code, arg, call) {
  tryCatch(code, error = function(cnd) {
    stop_input(arg, "a table that fits the model", "one that does not",
      hint = cnd_text(cnd), call = call
    )
  })
}

cnd_text <- function(cnd) {
  text <- cli::ansi_strip(conditionMessage(cnd))
  if (inherits(cnd, "rlang_error")) text <- cli::ansi_strip(rlang::cnd_message(cnd))
  gsub("[[:space:]]+", " ", text)
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
