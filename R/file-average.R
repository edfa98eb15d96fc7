# Averages of networks in files of write_model(). Weights and results out of fold are tensors, and
# everything else has its place in metadata$average.

# A reader that knows no averages reads this as the version of a model and says that it is newer.
average_layout <- 2L

# Returns an average as list(tensors, metadata) for write_tensors().
average_to_tensors <- function(fit) {
  average <- unclass(fit)
  average$members <- lapply(fit$members, function(member) {
    member$parameters <- lapply(member$parameters, name_parts)
    member
  })
  # Their names are those of the candidates.
  average$settings <- unname(average$settings)
  frames <- c("candidates", "fold_errors")
  average[frames] <- lapply(average[frames], as.list)
  held_out <- fit$out_of_fold
  predicted <- predicted_columns(held_out)
  average$out_of_fold <- list(columns = predicted, truth = name_parts(unclass(held_out$truth)))
  average["blueprint"] <- list(blueprint_parts(average$blueprint))
  held_out <- list(
    row = held_out$row, fold = held_out$fold, truth = bare(as_codes(held_out$truth)),
    predictions = bare(as.matrix(held_out[predicted]))
  )
  list(
    tensors = c(weights_of_members(fit$members), prefix_names(held_out, "out_of_fold.")),
    metadata = list(model = list(version = average_layout), average = average)
  )
}

as_codes <- function(x) if (is.factor(x)) as.integer(x) else x

weights_of_members <- function(members) {
  unlist(lapply(seq_along(members), function(k) {
    prefix_names(lapply(members[[k]]$parameters, bare), sprintf("members.%d.", k))
  }), recursive = FALSE)
}

# ---- Reading -----------------------------------------------------------------------

# Returns the average of a file, as model_from_tensors() returns other models.
average_from_tensors <- function(parts, origin) {
  average <- parts$metadata$average
  if (!is.list(average)) stop_file(origin, "has no model")
  check_model_version(average$version)
  if (!is.list(average$inputs)) stop_file(origin, "does not describe the model's inputs")
  average$members <- members_from(average$members, parts$tensors, origin)
  average$candidates <- frame_from(average$candidates, "candidates", origin)
  average$fold_errors <- frame_from(average$fold_errors, "fold errors", origin)
  if (!is.list(average$settings) || length(average$settings) != nrow(average$candidates)) {
    stop_file(origin, "does not have the settings of each candidate")
  }
  names(average$settings) <- average$candidates$candidate
  average$out_of_fold <- out_of_fold_from(average, parts$tensors, origin)
  average["blueprint"] <- list(blueprint_from(average$blueprint, average$inputs, origin))
  average <- structure(average, class = c("feedforward_cv", "feedforward"))
  problem <- model_problem(average, c(checks_of_average(), checks_of_results()))
  if (!is.null(problem)) stop_file(origin, paste("holds a model with", problem))
  average
}

members_from <- function(members, tensors, origin) {
  if (!is.list(members) || !all(vapply(members, is.list, TRUE))) {
    stop_file(origin, "does not describe the networks of an average")
  }
  lapply(seq_along(members), function(k) {
    member <- members[[k]]
    prefix <- sprintf("members.%d.", k)
    member$parameters <- named_tensors(member$parameters, tensors, prefix, origin)
    member
  })
}

# Returns a data frame of the columns in the metadata.
frame_from <- function(columns, what, origin) {
  fits <- is.list(columns) && length(columns) > 0L && !is.null(names(columns)) &&
    all(vapply(columns, is_plain_vector, TRUE)) && length(unique(lengths(columns))) == 1L
  if (!fits) stop_file(origin, sprintf("has no complete table of %s", what))
  as_frame(columns)
}

as_frame <- function(columns) {
  structure(columns, class = "data.frame", row.names = .set_row_names(NROW(columns[[1L]])))
}

out_of_fold_from <- function(average, tensors, origin) {
  names <- average$out_of_fold
  parts <- with_prefix(tensors, "out_of_fold.")
  predictions <- parts$predictions
  is_column <- function(x) is.null(dim(x)) && length(x) == NROW(parts$truth)
  fits <- is.list(names) && is_column(parts$row) && is_column(parts$fold) &&
    length(dim(parts$truth)) %in% c(0L, 2L) && is.matrix(predictions) &&
    nrow(predictions) == NROW(parts$truth) && is.character(names$columns) &&
    length(names$columns) == ncol(predictions) && is.list(average$outcome)
  if (!fits) stop_file(origin, "has no complete out-of-fold predictions")
  truth <- restore_names(parts$truth, names$truth, origin)
  if (identical(average$outcome$kind, "classes")) {
    truth <- classes_from(truth, average$outcome$levels, origin)
  }
  columns <- lapply(seq_len(ncol(predictions)), function(k) predictions[, k])
  names(columns) <- names$columns
  as_frame(c(list(row = parts$row, fold = parts$fold, truth = truth), columns))
}

classes_from <- function(codes, levels, origin) {
  fits <- is.integer(codes) && is.null(dim(codes)) && is.character(levels) &&
    !anyDuplicated(levels) && all(codes %in% seq_along(levels))
  if (!fits) stop_file(origin, "has outcomes that are not classes of the model")
  structure(codes, levels = levels, class = "factor")
}
