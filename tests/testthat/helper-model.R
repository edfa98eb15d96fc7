# Models made by hand, as feedforward() makes them, of any kind of inputs and outcome.
example_model <- function(outcome = "classes", inputs = "matrix", hidden = c(4L, 3L),
                          epochs = 5L, validation = TRUE) {
  withr::local_seed(11)
  size <- c(matrix = 3L, array = 6L, data = 3L, formula = 3L)[[inputs]]
  outputs <- c(classes = 3L, numbers = 1L, labels = 2L)[[outcome]]
  input <- example_inputs(inputs, size, outcome)
  outcome <- example_outcome(outcome)
  sizes <- c(size, as.integer(hidden), outputs)
  structure(list(
    version = 1L,
    architecture = list(
      sizes = sizes, activations = rep("relu", length(hidden)), loss = outcome$loss,
      dropout = rep(0, length(hidden))
    ),
    parameters = example_parameters(sizes, input$inputs$names, c(outcome$levels, outcome$names)),
    outcome = outcome[names(outcome) != "loss"],
    inputs = input$inputs, blueprint = input$blueprint,
    options = example_options(hidden),
    history = example_history(epochs, validation), best_epoch = max(epochs - 1L, 0L),
    stopped = NULL, n = c(training = 90L, validation = if (validation) 10L else 0L)
  ), class = "feedforward")
}

example_parameters <- function(sizes, from, to) {
  parameters <- list()
  for (k in seq_len(length(sizes) - 1L)) {
    W <- matrix(stats::rnorm(sizes[k] * sizes[k + 1L]) / 3, sizes[k + 1L])
    if (k == 1L && !is.null(from)) colnames(W) <- from
    if (k == length(sizes) - 1L && !is.null(to)) rownames(W) <- to
    parameters[[paste0("W", k)]] <- W
    parameters[[paste0("b", k)]] <- stats::rnorm(sizes[k + 1L]) / 3
  }
  parameters
}

example_outcome <- function(kind) {
  switch(kind,
    classes = list(
      kind = "classes", levels = c("setosa", "versicolor", "virginica"), type = "factor",
      names = NULL, center = NULL, scale = NULL, loss = "cross_entropy"
    ),
    numbers = list(
      kind = "numbers", levels = NULL, type = "numeric", names = NULL, center = 1 / 3, scale = 2.5,
      loss = "squared_error"
    ),
    labels = list(
      kind = "labels", levels = NULL, type = "numeric", names = c("warm", "wet"), center = NULL,
      scale = NULL, loss = "binary_cross_entropy"
    )
  )
}

example_data <- function() {
  data.frame(
    size = c(1, 2, 4, 3), count = 4:1, sort = factor(c("a", "b", "a", "b")),
    y = factor(c("setosa", "versicolor", "virginica", "setosa")), z = c(0.5, 1, 2, 4)
  )
}

example_inputs <- function(kind, size, outcome) {
  scaled <- list(center = seq_len(size) / 3, scale = seq_len(size) / 7)
  data <- example_data()
  if (kind %in% c("matrix", "array")) {
    names <- if (kind == "matrix") c("Sepal.Length", "Sepal.Width", "Petal.Length")
    image <- if (kind == "array") 2:3
    inputs <- list(kind = kind, names = names, center = scaled$center, scale = scaled$scale,
      image = image, divisor = NULL)
    return(list(inputs = inputs, blueprint = NULL))
  }
  molded <- if (kind == "data") {
    hardhat::mold(data[c("size", "count", "z")], NULL)
  } else {
    blueprint <- hardhat::default_formula_blueprint(
      intercept = FALSE, indicators = "one_hot", composition = "matrix"
    )
    hardhat::mold(y ~ size + log(z) + I(size^2), data, blueprint = blueprint)
  }
  inputs <- list(kind = kind, names = colnames(molded$predictors), center = scaled$center,
    scale = scaled$scale, image = NULL, divisor = NULL)
  list(inputs = inputs, blueprint = molded$blueprint)
}

example_options <- function(hidden) {
  list(
    hidden_units = as.integer(hidden), activation = rep("relu", length(hidden)), loss = NULL,
    optimizer = structure(
      list(name = "adam", learn_rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8),
      class = "feedforward_optimizer"
    ),
    learn_rate = NULL, epochs = 5L, batch_size = 32L,
    rate_schedule = structure(list(name = "none", warm_up = 0), class = "feedforward_schedule"),
    penalty = 1e-4, mixture = 0, dropout = rep(0, length(hidden)), clip_norm = Inf,
    validation = 0.1, stop_iter = Inf, standardize = TRUE, precision = "double"
  )
}

example_history <- function(epochs, validation = TRUE) {
  t <- seq_len(epochs)
  absent <- rep(NA_real_, epochs)
  data.frame(
    epoch = t, loss = exp(-t / 3), metric = 1 - exp(-t / 2),
    valid_loss = if (validation) exp(-t / 3) + t^2 / 300 else absent,
    valid_metric = if (validation) 0.9 - exp(-t / 2) else absent,
    learn_rate = rep(0.001, epochs), seconds = t / 10
  )
}
