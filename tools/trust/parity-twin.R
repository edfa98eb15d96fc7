# Trains a case of parity-cases.R, and writes down for parity.py all that its twin in PyTorch needs
# to know: data, first weights, options as the user gave them, and what R's generator drew.

# The case with `twin`, what PyTorch is told; `first`, the weights before training; and `found`,
# what both are compared by.
train <- function(case) {
  arguments <- case$arguments
  fit_for <- function(epochs) {
    set.seed(3)
    arguments$epochs <- epochs
    do.call(feedforward, c(case$data[c("x", "y")], arguments))
  }
  first <- fit_for(0)
  drawn <- draw_again(case, first$architecture)
  fit <- fit_for(arguments$epochs)
  start <- if (case$start_at_end) fit else first
  case$twin <- c(
    data_of(case, fit), options_of(case, fit), drawn,
    list(parameters = lapply(unname(start$parameters), I))
  )
  case$first <- flat(first$parameters)
  case$found <- results_of(fit, case)
  case
}

results_of <- function(fit, case) {
  numbers <- fit$outcome$kind == "numbers"
  predictions <- predict(fit, case$data$new_x, type = if (numbers) "numeric" else "prob")
  # The last try of L-BFGS need not be its best one.
  kept <- if (fit$options$optimizer$name == "lbfgs") fit$best_epoch else seq_along(fit$history$loss)
  history <- fit$history[kept, ]
  there_is <- function(numbers) numbers[!is.na(numbers)]
  list(
    weights = flat(fit$parameters), losses = there_is(c(history$loss, history$valid_loss)),
    rates = there_is(history$learn_rate), predictions = flat(list(predictions))
  )
}

# Row by row, as Python does.
flat <- function(matrices) {
  unlist(lapply(matrices, function(m) if (is.matrix(m)) as.vector(t(m)) else m), use.names = FALSE)
}

# What training draws after the first weights: for each epoch a permutation of the order before it,
# then for each batch and hidden layer which units to keep.
draw_again <- function(case, architecture) {
  n <- NROW(case$data$y)
  if (!is.null(case$copies)) {
    all_at_once <- seq_len(sum(case$copies)) - 1L
    return(list(order = rep(list(all_at_once), case$arguments$epochs), masks = NULL))
  }
  size <- min(case$arguments$batch_size, n)
  sizes <- diff(unique(c(seq(0, n, by = size), n)))
  order <- seq_len(n)
  drawn <- list(order = list(), masks = NULL)
  if (case$arguments$optimizer$name == "lbfgs") {
    return(drawn)
  }
  for (epoch in seq_len(case$arguments$epochs)) {
    order <- order[sample(n)]
    drawn$order[[epoch]] <- order - 1L
    if (any(architecture$dropout > 0)) drawn$masks[[epoch]] <- draw_masks(architecture, sizes)
  }
  drawn
}

# A matrix for each hidden layer, 1 for units that are kept, with the rows in the epoch's order.
draw_masks <- function(architecture, sizes) {
  layers <- seq_along(architecture$dropout)
  batches <- lapply(sizes, function(size) {
    lapply(layers, function(k) {
      draw_mask(architecture$sizes[k + 1L], size, architecture$dropout[k])
    })
  })
  lapply(layers, function(k) do.call(rbind, lapply(batches, `[[`, k)))
}

# Each random number gives two of 16 bits.
draw_mask <- function(units, rows, share) {
  if (share == 0) {
    return(matrix(1, rows, units))
  }
  bits <- floor(stats::runif(ceiling(units * rows / 2)) * 2^32)
  numbers <- rbind(bits %/% 2^16, bits %% 2^16)[seq_len(units * rows)]
  matrix(as.numeric(numbers >= share * 2^16), rows, byrow = TRUE)
}

# Raw values stand for byte / 255.
plain_inputs <- function(x) {
  if (is.raw(x)) array(as.integer(x) / 255, dim(x)) else as.matrix(x) + 0
}

# Classes count from 0.
plain_outcome <- function(y) if (is.factor(y)) I(as.integer(y) - 1L) else as.matrix(y) + 0

# The scale of the outcome is told: which one it is depends on the loss, and other tests look at
# it. That of the inputs is for the twin to find.
data_of <- function(case, fit) {
  data <- case$data
  rows <- seq_len(NROW(data$y))
  if (!is.null(case$copies)) rows <- rep(rows, case$copies)
  y <- plain_outcome(data$y)
  given <- case$arguments$validation
  held_out <- if (is.list(given)) list(plain_inputs(given[[1L]]), plain_outcome(given[[2L]]))
  scale <- fit$outcome[c("center", "scale")]
  list(
    x = plain_inputs(data$x)[rows, , drop = FALSE],
    y = if (is.matrix(y)) y[rows, , drop = FALSE] else y[rows],
    new_x = plain_inputs(data$new_x),
    validation = held_out,
    outcome_center = I(if (is.null(scale$center)) 0 else scale$center),
    outcome_scale = I(if (is.null(scale$scale)) 1 else scale$scale)
  )
}

options_of <- function(case, fit) {
  arguments <- case$arguments
  kept <- c("loss", "penalty", "mixture", "standardize", "precision")
  limit <- arguments$clip_norm
  c(arguments[kept], list(
    activations = I(fit$architecture$activations),
    dropout = I(fit$architecture$dropout),
    optimizer = unclass(arguments$optimizer),
    schedule = unclass(arguments$rate_schedule),
    clip_norm = if (is.finite(limit)) limit,
    # The twin has a row for each copy, and copies are trained on all at once.
    batch_size = if (is.null(case$copies)) arguments$batch_size else sum(case$copies),
    case_weights = if (is.null(case$copies)) arguments$case_weights,
    class_weights = weights_of_classes(arguments$class_weights, case$data$y)
  ))
}

weights_of_classes <- function(given, y) {
  if (identical(given, "balanced")) {
    counts <- as.vector(table(y))
    given <- length(y) / (length(counts) * counts)
  }
  given
}

# Returns the case once for each of its numbers, which is 1% smaller in the twin.
wrong_twins <- function(case) {
  if (!case$wrong_twins) {
    return(list())
  }
  options <- case$twin[c("optimizer", "schedule", "penalty", "mixture", "clip_norm")]
  numbers <- rapply(options, function(x) x, classes = c("numeric", "integer", "logical"))
  places <- strsplit(names(numbers[numbers != 0]), ".", fixed = TRUE)
  lapply(places, function(place) {
    case$label <- paste(case$arguments$optimizer$name, paste(place, collapse = " "))
    case$twin[[place]] <- almost(case$twin[[place]])
    case
  })
}

almost <- function(x) {
  if (is.logical(x)) !x else if (is.integer(x)) x - 1L else 0.99 * x
}

# Returns the results of parity.py for each twin.
train_twins <- function(twins, python) {
  files <- tempfile(c("cases", "results"))
  on.exit(unlink(files))
  writeLines(paste0("[", paste(vapply(twins, as_json, ""), collapse = ",\n"), "]"), files[1L])
  if (system2(python, c("tools/trust/parity.py", shQuote(files))) != 0) stop("parity.py failed")
  jsonlite::fromJSON(files[2L], simplifyVector = FALSE)
}

# With 17 digits, which jsonlite does not write. A vector of one is a number, unless it is I().
as_json <- function(x) {
  if (is.null(x)) {
    return("null")
  }
  if (is.list(x) && !is.null(names(x))) {
    parts <- sprintf("\"%s\": %s", names(x), vapply(x, as_json, ""))
    return(paste0("{", paste(parts, collapse = ", "), "}"))
  }
  parts <- if (is.list(x)) {
    vapply(x, as_json, "")
  } else if (is.matrix(x)) {
    apply(x, 1L, function(row) as_json(I(row)))
  } else if (is.character(x)) {
    sprintf("\"%s\"", x)
  } else {
    sprintf("%.17g", as.numeric(x))
  }
  single <- is.atomic(x) && length(x) == 1L && !inherits(x, "AsIs") && !is.matrix(x)
  if (single) parts else paste0("[", paste(parts, collapse = ", "), "]")
}
