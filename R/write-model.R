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
  model_from_tensors(parts, safetensors_origin(path, environment()))
}

# A model as list(tensors, metadata) for write_tensors(): the long numbers as tensors, all
# else in metadata$model, in its place.
model_to_tensors <- function(fit, call = rlang::caller_env()) {
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
  model["blueprint"] <- list(blueprint_parts(model$blueprint, call))
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
