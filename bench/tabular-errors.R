# Test errors on data sets of R and its packages: feedforward(), nnet and the network of
# scikit-learn on the same splits, tuned by the same grid on the same validation rows, and again
# with the defaults of each. Needs nnet, MASS, kernlab, mlbench and ggplot2, and in
# BENCH_PYTHON (default: python3) a Python with scikit-learn.
source("bench/measure.R")
library(feedforward)

# All minimize: mean loss + penalty / 2 * sum of squared weights.
grid <- expand.grid(units = c(5, 20), penalty = c(1e-4, 1e-3, 1e-2, 1e-1))
passes <- 200 # over the data, at most: the default of scikit-learn
largest_training <- 3000
largest_test <- 10000

data_sets <- function() {
  from <- function(package, name) {
    get(utils::data(list = name, package = package, envir = environment()))
  }
  pima <- rbind(from("MASS", "Pima.tr"), from("MASS", "Pima.te"))
  diamonds <- as.data.frame(from("ggplot2", "diamonds"))
  diamonds$price <- log(diamonds$price)
  for (name in c("cut", "color", "clarity")) diamonds[[name]] <- as.integer(diamonds[[name]])
  list(
    iris = list(iris, "Species", splits = 10), Pima = list(pima, "type", splits = 10),
    Glass = list(from("mlbench", "Glass"), "Type", splits = 10),
    Sonar = list(from("mlbench", "Sonar"), "Class", splits = 10),
    Ionosphere = list(from("mlbench", "Ionosphere")[-2], "Class", splits = 10),
    Vehicle = list(from("mlbench", "Vehicle"), "Class", splits = 10),
    Vowel = list(from("mlbench", "Vowel"), "Class", splits = 5),
    spam = list(from("kernlab", "spam"), "type", splits = 2),
    Satellite = list(from("mlbench", "Satellite"), "classes", splits = 2),
    LetterRecognition = list(from("mlbench", "LetterRecognition"), "lettr", splits = 2),
    Boston = list(from("MASS", "Boston"), "medv", splits = 10),
    quakes = list(datasets::quakes, "mag", splits = 10),
    "diamonds, log price" = list(diamonds, "price", splits = 2)
  )
}

# One split: two thirds for training, a quarter of them to tune on. `x` holds standardized
# columns and `y` class codes from 0 or standardized numbers, the same for all three.
split_data <- function(set, seed) {
  set.seed(seed)
  data <- set[[1]]
  rows <- sample(nrow(data))
  train <- utils::head(rows, min(largest_training, round(nrow(data) * 2 / 3)))
  test <- utils::head(setdiff(rows, train), largest_test)
  inner <- utils::head(train, round(length(train) * 3 / 4))
  x <- stats::model.matrix(stats::reformulate(".", set[[2]]), data)[, -1]
  x <- scale(x, colMeans(x[train, ]), pmax(apply(x[train, ], 2, stats::sd), 1e-8))
  colnames(x) <- make.unique(colnames(x))
  y <- data[[set[[2]]]]
  unit <- 1
  if (is.factor(y)) {
    y <- as.integer(droplevels(y)) - 1L
  } else {
    unit <- stats::sd(y[train])
    y <- (y - mean(y[train])) / unit
  }
  list(
    x = x, y = y, classes = is.factor(data[[set[[2]]]]), unit = unit, seed = seed,
    rows = list(train = train, test = test, inner = inner, tune = setdiff(train, inner)),
    data = data, outcome = set[[2]]
  )
}

# The learners: each predicts class codes or numbers for `new` from a fit on `x`, `y`.
learners <- list(
  feedforward = function(x, y, new, units, penalty) {
    classes <- is.integer(y)
    fit <- feedforward(x, if (classes) factor(y) else y,
      hidden_units = units, penalty = penalty, epochs = passes, optimizer = "adam",
      learn_rate = 0.01, rate_schedule = "cosine", threads = 1, progress = FALSE
    )
    predicted <- predict(fit, new)
    if (classes) as.integer(as.character(predicted)) else predicted
  },
  nnet = function(x, y, new, units, penalty) {
    fit_nnet(x, y, new, size = units, decay = penalty * nrow(x) / 2, maxit = passes)
  }
)

fit_nnet <- function(x, y, new, ...) {
  if (!is.integer(y)) {
    fit <- nnet::nnet(x, y, ..., linout = TRUE, MaxNWts = 1e5, trace = FALSE)
    return(stats::predict(fit, new)[, 1])
  }
  codes <- sort(unique(y))
  indicators <- outer(y, codes, "==") + 0
  fit <- nnet::nnet(x, indicators, ..., softmax = TRUE, MaxNWts = 1e5, trace = FALSE)
  codes[max.col(stats::predict(fit, new), "first")]
}

error_of <- function(predicted, y, split) {
  if (split$classes) mean(predicted != y) else sqrt(mean((predicted - y)^2)) * split$unit
}

# Test error and seconds of one learner on one split.
run_learner <- function(name, split) {
  attempt <- function(fit, from, to, ...) {
    set.seed(split$seed)
    rows <- split$rows
    predicted <- fit(split$x[rows[[from]], ], split$y[rows[[from]]], split$x[rows[[to]], ], ...)
    error_of(predicted, split$y[rows[[to]]], split)
  }
  started <- proc.time()[["elapsed"]]
  tuning <- mapply(
    function(...) attempt(learners[[name]], "inner", "tune", ...), grid$units, grid$penalty
  )
  best <- which.min(tuning)
  error <- attempt(learners[[name]], "train", "test", grid$units[best], grid$penalty[best])
  seconds <- proc.time()[["elapsed"]] - started
  data.frame(
    learner = name, error = error, seconds = seconds, units = grid$units[best],
    penalty = grid$penalty[best]
  )
}

# The same by tabular-sklearn.py, which reads the split from a folder.
run_sklearn <- function(splits) {
  folder <- tempfile("splits-")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  for (k in seq_along(splits)) {
    split <- splits[[k]]
    part <- rep("unused", nrow(split$x))
    for (name in c("test", "inner", "tune")) part[split$rows[[name]]] <- name
    # Training rows in the order in which the others see them.
    order <- c(split$rows$train, split$rows$test)
    table <- data.frame(part = part, y = split$y, split$x)[order, ]
    utils::write.csv(table, file.path(folder, sprintf("%04d.csv", k)), row.names = FALSE)
  }
  settings <- data.frame(
    seed = vapply(splits, `[[`, 0, "seed"), classes = vapply(splits, `[[`, NA, "classes"),
    unit = vapply(splits, `[[`, 0, "unit")
  )
  utils::write.csv(settings, file.path(folder, "splits.csv"), row.names = FALSE)
  utils::write.csv(grid, file.path(folder, "grid.csv"), row.names = FALSE)
  python <- Sys.getenv("BENCH_PYTHON", "python3")
  if (system2(python, c("bench/tabular-sklearn.py", folder)) != 0) stop("tabular-sklearn.py failed")
  cbind(learner = "scikit-learn", utils::read.csv(file.path(folder, "results.csv")))
}

run_all <- function(sets) {
  keys <- do.call(rbind, lapply(names(sets), function(name) {
    data.frame(set = name, split = seq_len(sets[[name]]$splits))
  }))
  splits <- Map(function(name, split) split_data(sets[[name]], split), keys$set, keys$split)
  own <- lapply(names(learners), function(name) {
    cbind(keys, do.call(rbind, lapply(splits, function(split) run_learner(name, split))))
  })
  do.call(rbind, c(own, list(cbind(keys, run_sklearn(unname(splits))))))
}

# Mean and standard error over the splits, in percent for classes.
mean_and_error <- function(x, unit) {
  digits <- if (unit == 100) 2 else 4
  sprintf("%.*f (%.*f)", digits, unit * mean(x), digits, unit * stats::sd(x) / sqrt(length(x)))
}

# A row of the table of errors: those of each learner, and how far feedforward's are from those
# of the better of the other two on the same splits.
describe_set <- function(name, results, column, set) {
  errors <- split(results[[column]], results$learner)
  others <- errors[names(errors) != "feedforward"]
  best <- others[[which.min(vapply(others, mean, 0))]]
  unit <- if (is.factor(set[[1]][[set[[2]]]])) 100 else 1
  shown <- lapply(errors[c("feedforward", "nnet", "scikit-learn")], mean_and_error, unit)
  data.frame(
    "data set" = paste0(name, if (unit == 1) ", RMSE" else ", %"), shown,
    "against the better" = mean_and_error(errors$feedforward - best, unit), check.names = FALSE
  )
}

error_table <- function(results, column, sets) {
  do.call(rbind, lapply(names(sets), function(name) {
    describe_set(name, results[results$set == name, ], column, sets[[name]])
  }))
}

# Seconds per split for all fits of the grid and the last one.
time_table <- function(results, sets) {
  seconds <- tapply(results$seconds, list(results$set, results$learner), mean)
  order <- match(c("feedforward", "nnet", "scikit-learn"), colnames(seconds))
  data.frame("data set" = names(sets), seconds[names(sets), order], check.names = FALSE)
}

sets <- data_sets()
results <- run_all(sets)
save_result(list(
  tuned = error_table(results, "error", sets),
  seconds = time_table(results, sets), grid = grid
))
