# A model from what write_tensors() was given by model_to_tensors(). The file may say anything, so
# each part is looked at before it is used, and all of the model at the end.

# `parts` is list(tensors, metadata) from read_tensors(); tensors and metadata of other names may
# be there. `origin` is the file, to blame.
model_from_tensors <- function(parts, origin) {
  model <- parts$metadata$model
  if (!is.list(model) || is.null(names(model))) {
    stop_file(origin, "a model", "a file without one")
  }
  check_model_version(model$version, origin$call)
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
