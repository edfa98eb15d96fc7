# The generic feedforward_cv() and its methods. Each method reads the user's data as feedforward()
# does and passes them on to fit_cv().

#' Fit networks by cross-validation and average them
#'
#' @export
feedforward_cv <- function(x, ..., folds = NULL, groups = NULL, candidates = NULL, loss = NULL,
                           quantile = NULL, class_weights = NULL, case_weights = NULL,
                           missing = "error", new_levels = "error",
                           threads = NULL, precision = "double", progress = interactive()) {
  check_given(nargs() == 0L, "x")
  UseMethod("feedforward_cv")
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.default <- function(x, y, ...) {
  check_given(missing(x), "x")
  refuse_predictors(x, "x")
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.data.frame <- function(x, y, ...) {
  check_given(missing(y), "y")
  if (rlang::is_formula(y)) {
    return(cv_formula(y, x, ...))
  }
  if (inherits(y, "recipe")) {
    return(cv_recipe(y, x, ...))
  }
  call <- cv_arguments(...)
  predictors <- read_frame(x, allows_missing(call$shared))
  predictors$like_outcome <- columns_like_outcome(x, y)
  fit_cv(predictors, y, call)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.matrix <- function(x, y, ...) {
  check_given(missing(y), "y")
  predictors <- read_matrix(x, "x")
  if (is.matrix(x)) predictors$like_outcome <- columns_like_outcome(x, y)
  fit_cv(predictors, y, cv_arguments(...))
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.Matrix <- feedforward_cv.matrix

#' @rdname feedforward_cv
#' @export
feedforward_cv.array <- function(x, y, ...) {
  check_given(missing(y), "y")
  call <- cv_arguments(...)
  predictors <- read_images(x, y, call$shared$case_weights, call$shared$class_weights)
  fit_cv(predictors, y, call)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.formula <- function(formula, data, ...) {
  check_given(missing(data), "data")
  cv_formula(formula, data, ...)
}

#' @rdname feedforward_cv
#' @export
feedforward_cv.recipe <- function(x, data, ...) {
  check_given(missing(data), "data")
  cv_recipe(x, data, ...)
}

cv_formula <- function(.formula, .data, ...) {
  call <- with_column_hints(cv_arguments(...), .data)
  with_seed_kept({
    predictors <- read_formula(.formula, .data, allows_missing(call$shared))
    fit_cv(predictors, predictors$outcomes, call)
  })
}

cv_recipe <- function(.recipe, .data, ...) {
  call <- with_column_hints(cv_arguments(...), .data)
  with_seed_kept({
    predictors <- read_recipe(.recipe, .data, allows_missing(call$shared))
    call$shared["case_weights"] <- list(
      weights_beside(call$shared$case_weights, predictors$case_weights, ...names())
    )
    fit_cv(predictors, predictors$outcomes, call)
  })
}

# Returns list(shared, folds, groups, candidates, progress): the arguments that all networks share,
# and the arguments of cross-validation.
cv_arguments <- function(...) {
  known <- formals(feedforward_cv)[-(1:2)]
  given <- check_argument_names(list(...), names(known), "feedforward_cv")
  complete <- rlang::new_function(known, quote(mget(names(formals()))))
  arguments <- do.call(complete, given, quote = TRUE)
  own <- c("folds", "groups", "candidates", "progress")
  arguments$progress <- check_flag(arguments$progress, "progress")
  c(list(shared = arguments[setdiff(names(arguments), own)]), arguments[own])
}
