# The model that feedforward_cv() returns: an average of networks. It is a plain list, like every
# model, and predicts like one.

# Turns the results of training into a model. `folder` has the checkpoint, or is NULL.
average_members <- function(members, trained, average, folder) {
  done <- !vapply(trained, is.null, TRUE)
  if (!any(done)) {
    stop_feedforward("Training was interrupted before any network was finished.",
      i = if (!is.null(folder)) resume_hint, class = "feedforward_interrupted"
    )
  }
  model <- average_of(members, trained, average)
  if (!all(done)) warn_members_left_out(sum(done), length(done), !is.null(folder))
  model
}

average_of <- function(members, trained, average) {
  done <- !vapply(trained, is.null, TRUE)
  results <- compare_candidates(members, trained, average)
  kept <- done & results$candidates$weight[vapply(members, `[[`, 1L, "candidate")] > 0
  new_average(members[kept], trained[kept], results, average)
}

# Returns the average of the networks that are done, or NULL if there are none.
average_so_far <- function(members, trained, average) {
  if (all(vapply(trained, is.null, TRUE))) {
    return(NULL)
  }
  tryCatch(average_of(members, trained, average), feedforward_diverged = function(cnd) NULL)
}

# Returns list(candidates, predictions): the data frame of candidates with their losses and weights,
# and the weighted predictions out of fold, n x outputs, on the scale of the targets.
compare_candidates <- function(members, trained, average) {
  of <- vapply(members, `[[`, 1L, "candidate")
  targets <- targets_as_matrix(average$encoded)
  each <- lapply(seq_along(average$candidates), function(k) {
    out_of_fold(members[of == k], trained[of == k], targets, average)
  })
  loss <- vapply(each, `[[`, 1, "loss")
  # After an interrupt, no candidate may be complete.
  if (!any(is.finite(loss))) loss <- vapply(each, `[[`, 1, "loss_of_done")
  if (!any(is.finite(loss))) stop_all_diverged(length(loss))
  weight <- candidate_weights(loss)
  predictions <- weighted_predictions(each, weight)
  if (all(is.na(predictions[, 1L]))) {
    # After an interrupt, no row may have predictions of all candidates.
    weight <- as.double(seq_along(loss) == which.min(loss))
    predictions <- weighted_predictions(each, weight)
  }
  candidates <- data.frame(
    candidate = names(average$candidates), loss = loss,
    loss_se = vapply(each, `[[`, 1, "loss_se"), weight = weight,
    epochs = vapply(each, `[[`, 1, "epochs")
  )
  used <- weight > 0
  weighted <- function(name) {
    Reduce(`+`, Map(function(one, weight) one$bias[[name]] * weight, each[used], weight[used]))
  }
  bias <- list(loss = weighted("loss"), score = weighted("score"))
  list(
    candidates = candidates, predictions = predictions,
    errors = fold_errors(predictions, targets, average, bias),
    flattered = fold_errors(predictions, targets, average, lapply(bias, `*`, 0))
  )
}

weighted_predictions <- function(each, weight) {
  Reduce(`+`, Map(function(one, weight) {
    if (weight > 0) one$predictions * weight else 0
  }, each, weight))
}

# Each network keeps the epoch that is best for the rows it is judged on, which flatters it. Returns
# by how much: for each fold, the loss and the score at the epoch that is best for the other folds,
# less those at its own best epoch. From Tibshirani and Tibshirani (2009), see ?feedforward_cv.
selection_bias <- function(members, trained, folds) {
  none <- list(loss = numeric(folds), score = numeric(folds))
  if (length(trained) < 2L) {
    return(none)
  }
  losses <- curves_of(trained, "losses")
  scores <- curves_of(trained, "scores")
  for (k in seq_along(trained)) {
    others <- which.min(rowMeans(losses[, -k, drop = FALSE]))
    own <- trained[[k]]$best_epoch
    f <- members[[k]]$fold
    # Networks of 0 epochs have no curves.
    if (length(others)) none$loss[f] <- losses[others, k] - losses[own, k]
    if (length(others)) none$score[f] <- scores[others, k] - scores[own, k]
  }
  none
}

# Returns by what to multiply errors out of fold to correct them for the selection of epochs: 1 or
# more.
inflation_of <- function(results) {
  mean_square <- function(errors) sum(errors$weight * errors$metric^2)
  ratio <- mean_square(results$errors) / mean_square(results$flattered)
  if (is.finite(ratio)) sqrt(max(1, ratio)) else 1
}

# Returns a matrix with a row per epoch and a column per network. A network that stopped early keeps
# its last value.
curves_of <- function(trained, name) {
  curves <- lapply(trained, `[[`, name)
  longest <- max(lengths(curves))
  padded <- lapply(curves, function(curve) {
    c(curve, rep(curve[length(curve)], longest - length(curve)))
  })
  matrix(unlist(padded), longest, length(curves))
}

# Returns a data frame with a row for each fold: its number of rows, their share of all weights, and
# the loss and the metric of the weighted predictions, corrected for the `bias` of selection_bias().
fold_errors <- function(predictions, targets, average, bias) {
  weights <- if (is.null(average$weights)) rep(1, nrow(targets)) else average$weights
  known <- !is.na(predictions[, 1L])
  rows <- lapply(seq_len(max(average$fold)), function(f) which(average$fold == f & known))
  rows <- rows[lengths(rows) > 0L]
  sums <- vapply(rows, function(i) sum(weights[i]), 1)
  data.frame(
    fold = vapply(rows, function(i) average$fold[i[1L]], 1L), n = lengths(rows),
    weight = sums / sum(sums),
    loss = vapply(rows, function(i) {
      mean_loss_on(i, targets, predictions, average) + bias$loss[average$fold[i[1L]]]
    }, 1),
    metric = vapply(rows, function(i) {
      score <- score_rows(targets[i, , drop = FALSE], predictions[i, , drop = FALSE], average)
      mean <- sum(weights[i] * score) / sum(weights[i]) + bias$score[average$fold[i[1L]]]
      metric_in_units(max(mean, 0), average$encoded$outcome)
    }, 1)
  )
}

# Returns the accuracy or the mean squared error of each row, as in the history of a network.
score_rows <- function(targets, predictions, average) {
  switch(average$encoded$outcome$kind,
    classes = max.col(targets, "first") == max.col(predictions, "first"),
    labels = rowMeans((targets >= 0.5) == (predictions >= 0.5)),
    numbers = rowMeans((targets - predictions)^2)
  )
}

# Returns the predictions of one candidate for the rows that each of its networks did not learn
# from, with their mean loss and its standard error over folds.
out_of_fold <- function(members, trained, targets, average) {
  predictions <- matrix(NA_real_, nrow(targets), ncol(targets))
  left_out <- vapply(trained, is.null, TRUE)
  diverged <- vapply(trained, function(one) identical(one$ending, "diverged"), TRUE)
  failed <- left_out | diverged
  for (k in which(!failed)) predictions[members[[k]]$held_out, ] <- trained[[k]]$predictions
  bias <- selection_bias(members[!failed], trained[!failed], max(average$fold))
  losses <- vapply(members[!failed], function(member) {
    mean_loss_on(member$held_out, targets, predictions, average)
  }, 1)
  rows <- which(!is.na(predictions[, 1L]))
  loss <- if (length(rows)) mean_loss_on(rows, targets, predictions, average) else Inf
  list(
    predictions = predictions, bias = bias, loss = if (any(failed)) Inf else loss,
    loss_of_done = if (any(diverged)) Inf else loss,
    loss_se = stats::sd(losses) / sqrt(length(losses)),
    epochs = mean(vapply(trained[!failed], `[[`, 1, "best_epoch"))
  )
}

mean_loss_on <- function(rows, targets, predictions, average) {
  weights <- if (is.null(average$weights)) rep(1, nrow(targets)) else average$weights
  quantile <- average$options$quantile
  total <- total_loss_cpp(
    t(targets[rows, , drop = FALSE]), t(predictions[rows, , drop = FALSE]), weights[rows],
    average$encoded$loss, if (is.null(quantile)) 0.5 else quantile
  )
  mean <- total / sum(weights[rows])
  if (is.finite(mean)) mean else Inf
}

# One row per observation: 0/1 for classes.
targets_as_matrix <- function(encoded) {
  targets <- encoded$targets
  if (is.matrix(targets)) targets else one_hot(targets, length(encoded$outcome$levels))
}

# Weights candidates by exp(-20 r), where r is how far their loss is above the best, relative to the
# best. A candidate that is 5 % worse weighs about a third. Candidates below 1 % are left out.
candidate_weights <- function(loss) {
  best <- min(loss)
  excess <- if (best > 0) loss / best - 1 else as.double(loss > best)
  weight <- ifelse(is.finite(loss), exp(-20 * excess), 0)
  weight <- weight / sum(weight)
  weight[weight < 0.01] <- 0
  weight / sum(weight)
}

# Returns the members of a model, with weights that add up to 1. The networks of a candidate share
# its weight alike.
kept_members <- function(members, trained, results, average) {
  of <- vapply(members, `[[`, 1L, "candidate")
  weight <- results$candidates$weight[of] / tabulate(of)[of]
  Map(function(member, result, weight) {
    list(
      candidate = results$candidates$candidate[member$candidate], fold = member$fold,
      weight = weight, architecture = member$network$architecture,
      parameters = stats::setNames(result$parameters, names(member$network$parameters)),
      encoding = names(average$sources$encodings)[member$encoding],
      best_epoch = result$best_epoch
    )
  }, members, trained, weight / sum(weight))
}

new_average <- function(members, trained, results, average) {
  encoded <- average$encoded
  predictors <- average$predictors
  kept <- kept_members(members, trained, results, average)
  used <- unique(vapply(kept, `[[`, "", "encoding"))
  outputs <- output_count(encoded$outcome)
  structure(
    list(
      version = model_version,
      architecture = list(
        sizes = c(ncol_of(predictors$x), outputs), activations = character(),
        loss = encoded$loss, dropout = double()
      ),
      outcome = encoded$outcome, inputs = predictors$inputs, blueprint = predictors$blueprint,
      members = kept, encodings = average$sources$encodings[used],
      candidates = results$candidates, settings = lapply(average$candidates, kept_options),
      fold_errors = results$errors, inflation = inflation_of(results),
      out_of_fold = out_of_fold_frame(results, average),
      options = kept_options(average$options), weighted = !is.null(average$options$case_weights),
      n = c(training = NROW(encoded$targets), validation = 0L)
    ),
    class = c("feedforward_cv", "feedforward")
  )
}

# One row per row of the data that was held out: its number, its fold, the outcome and the
# prediction, in the user's units.
out_of_fold_frame <- function(results, average) {
  encoded <- average$encoded
  outcome <- encoded$outcome
  predictions <- results$predictions
  rows <- which(!is.na(predictions[, 1L]))
  number <- if (is.null(encoded$counted)) rows else which(encoded$counted)[rows]
  values <- predictions[rows, , drop = FALSE]
  truth <- targets_as_matrix(encoded)[rows, , drop = FALSE]
  if (outcome$kind == "numbers") {
    values <- unscale_targets(values, outcome)
    truth <- unscale_targets(truth, outcome)
  }
  frame <- data.frame(row = number, fold = average$fold[rows])
  if (outcome$kind == "classes") {
    frame$truth <- factor(outcome$levels[encoded$targets[rows]], outcome$levels)
  } else {
    frame$truth <- if (is.null(outcome$names)) as.vector(truth) else named_columns(truth, outcome)
  }
  type <- if (outcome$kind == "numbers") "numeric" else "prob"
  predicted <- if (is.null(output_names(outcome))) as.vector(values) else values
  cbind(frame, as.data.frame(spruce(predicted, type, outcome)))
}

named_columns <- function(values, outcome) {
  colnames(values) <- outcome$names
  values
}

# Returns the weighted mean of what the networks of an average predict, n x outputs, on the scale of
# the targets.
average_output <- function(model, x, threads, members = model$members) {
  encoded <- encoded_for_members(model, x)
  total <- 0
  for (member in members) {
    x <- encoded[[member$encoding]]
    values <- network_output(member_parts(model, member), x, "response", threads)
    total <- total + member$weight * values
  }
  total
}

# Returns the predictors in each encoding, by the name that members have for it.
encoded_for_members <- function(model, x) {
  encoded <- lapply(model$encodings, function(encoding) attach_encoding(x, encoding))
  if (length(encoded) == 0L) list(none = x) else encoded
}

# Returns the networks that a model averages, or its only one, as list(x, architecture, parameters,
# weight) for C++.
networks_of <- function(model, x) {
  if (!is_average(model)) {
    return(list(c(network_for_core(model, x), weight = 1)))
  }
  encoded <- encoded_for_members(model, x)
  lapply(model$members, function(member) {
    network <- network_for_core(member_parts(model, member), encoded[[member$encoding]])
    c(network, weight = member$weight)
  })
}

#' Extract one network from an average
#'
#' [feedforward_cv()] averages several networks. `network_of()` returns one of them as a stand-alone
#' model that you can look at or train further.
#'
#' @param fit A model made by [feedforward_cv()].
#' @param k The number of the network, a whole number from 1 to `length(fit$members)`. The networks
#'   are in the order of the candidates, and within a candidate in the order of the folds.
#'   `fit$members[[k]]` names its `candidate` and `fold`.
#'
#' @returns A model of class `feedforward` with the options of its candidate. Its history is empty,
#'   so `plot()` has nothing to draw.
#'
#' @section Errors:
#' An error of class `feedforward_error` if `fit` is not a valid model made by [feedforward_cv()],
#' or has no network `k`.
#'
#' @examples
#' set.seed(1)
#' fit <- feedforward_cv(mpg ~ wt + hp, data = mtcars, candidates = list(list(epochs = 20)))
#' network_of(fit, 1)
#' predict(network_of(fit, 1), mtcars[1:2, ])
#' @export
network_of <- function(fit, k) {
  check_given(missing(fit), "fit")
  if (!is_average(fit)) stop_input("fit", "a model made by `feedforward_cv()`", describe(fit))
  check_model(fit, "fit", average = TRUE)
  k <- check_count(k, "k", max = length(fit$members))
  member_network(fit, fit$members[[k]])
}

# Returns a member as a model of its own.
member_network <- function(model, member) {
  parts <- member_parts(model, member)
  new_feedforward(
    architecture = parts$architecture, outcome = parts$outcome, inputs = parts$inputs,
    blueprint = parts$blueprint, options = as.list(model$settings[[member$candidate]]),
    weighted = isTRUE(model$weighted), parameters = parts$parameters
  )
}

# Returns the parts of a member that predictions and checks need.
member_parts <- function(model, member) {
  inputs <- model$inputs
  encoding <- model$encodings[[member$encoding]]
  if (!is.null(encoding)) {
    inputs$encoding <- encoding
    inputs["names"] <- list(encoding$inputs)
  }
  list(
    architecture = member$architecture, outcome = model$outcome, inputs = inputs,
    blueprint = model$blueprint, parameters = member$parameters
  )
}

# An average has no last hidden layer, and no logits that all its networks share.
check_average_type <- function(type) {
  if (type %in% c("link", "hidden")) {
    stop_feedforward("An average of networks has no predictions of type {.val {type}}.",
      i = "Use a single network: {.code predict(network_of(fit, 1), new_data, type = \"{type}\")}."
    )
  }
}

is_average <- function(model) inherits(model, "feedforward_cv")

stop_all_diverged <- function(count) {
  stop_feedforward(
    "Training diverged in at least one fold of {cli::qty(count)}{?the/each} candidate.",
    i = "Use a smaller {.arg learn_rate} in {.arg candidates}, or {.code clip_norm = 1}.",
    class = "feedforward_diverged"
  )
}

warn_members_left_out <- function(done, all, kept) {
  warn_feedforward("Training was interrupted after {done} of {all} networks.",
    i = "The model averages only finished networks.", i = if (kept) resume_hint,
    class = "feedforward_interrupted"
  )
}

resume_hint <- "Use `resume_training()` to train the others."
