# How accurate are packages on tables, without tuning? Trains each with its defaults on splits of
# public data sets, which lie in the folder FEEDFORWARD_ACCURACY: development.rds, split.R and
# references.csv (methods of other languages, on the same splits).
source("bench/measure.R")
library(feedforward)

folder <- Sys.getenv("FEEDFORWARD_ACCURACY")
sets <- readRDS(file.path(folder, "development.rds"))
source(file.path(folder, "split.R"))

# The names of methods of other languages and packages in the file.
labels <- c(
  avnnet5 = "nnet, 5 networks averaged", hgb = "gradient boosting (scikit-learn)",
  sklmlp = "network (scikit-learn)", ranger = "random forest (ranger)",
  linear = "lm() or multinom()"
)

# One method: predictions for the test rows, as numbers or as a matrix of probabilities.
predict_with <- function(fit, x, y) {
  if (is.factor(y)) as.matrix(predict(fit, x, type = "prob")) else predict(fit, x)$.pred
}
methods <- list(
  "feedforward()" = function(x, y, test) {
    predict_with(feedforward(x, y, progress = FALSE), test, y)
  },
  "feedforward(encoding = \"piecewise\")" = function(x, y, test) {
    predict_with(feedforward(x, y, encoding = "piecewise", progress = FALSE), test, y)
  },
  "feedforward_cv()" = function(x, y, test) {
    predict_with(feedforward_cv(x, y, progress = FALSE), test, y)
  }
)
if (requireNamespace("nnet", quietly = TRUE)) {
  methods[["nnet, 5 units"]] <- function(x, y, test) nnet_with_defaults(x, y, test)
}

# The network of nnet with the settings of caret's grid: 5 units and a decay of 0.1.
nnet_with_defaults <- function(x, y, test) {
  design <- function(data) stats::model.matrix(~ . - 1, data)
  inputs <- scale(design(x))
  inputs[, attr(inputs, "scaled:scale") == 0] <- 0
  fit <- nnet::nnet(inputs, if (is.factor(y)) nnet::class.ind(y) else y,
    size = 5, decay = 0.1, linout = !is.factor(y), softmax = nlevels(y) > 2, maxit = 200,
    MaxNWts = 1e5, trace = FALSE
  )
  new <- scale(design(test), attr(inputs, "scaled:center"), attr(inputs, "scaled:scale"))
  new[!is.finite(new)] <- 0
  drop(stats::predict(fit, new))
}

measure <- function(method, set, split) {
  rows <- split_rows(set, split)
  set.seed(split)
  part <- function(rows) set$x[rows, , drop = FALSE]
  seconds <- system.time(suppressWarnings(suppressMessages({
    predicted <- methods[[method]](part(rows$train), set$y[rows$train], part(rows$test))
  })))[["elapsed"]]
  data.frame(
    set = set$name, cfg = method, cls = is.factor(set$y), n = length(rows$train),
    t(score(predicted, set$y[rows$test])), seconds = seconds
  )
}

measured <- do.call(rbind, lapply(names(methods), function(method) {
  do.call(rbind, lapply(sets, function(set) {
    do.call(rbind, lapply(splits_of(set), measure, method = method, set = set))
  }))
}))
names(measured)[names(measured) == "error"] <- "err"
names(measured)[names(measured) == "log_loss"] <- "ll"

# Mean over the splits of each set, with the other methods from the file.
others <- utils::read.csv(file.path(folder, "references.csv"))
others <- others[others$cfg %in% names(labels), ]
others$cfg <- labels[others$cfg]
columns <- c("set", "cfg", "cls", "n", "err", "ll", "ece")
all <- rbind(measured[columns], others[columns])
means <- stats::aggregate(all[c("err", "ll", "ece")], all[c("set", "cfg", "cls")], mean,
  na.action = stats::na.pass
)
sizes <- stats::aggregate(measured["n"], measured["set"], min)

# Percent above the best method of each set: the geometric mean over sets.
above_best <- function(column, sets, offset = 0) {
  wide <- tapply(means[[column]] + offset * means$cls, list(means$set, means$cfg), mean)
  wide <- wide[rownames(wide) %in% sets, , drop = FALSE]
  ratio <- wide / apply(wide, 1, min)
  100 * (exp(colMeans(log(ratio))) - 1)
}
classes <- unique(means$set[means$cls])
result <- data.frame(
  all = above_best("err", means$set, 0.005), classification = above_best("err", classes, 0.005),
  regression = above_best("err", setdiff(means$set, classes)),
  "below 1000 rows" = above_best("err", sizes$set[sizes$n < 1000], 0.005),
  "1000 rows and more" = above_best("err", sizes$set[sizes$n >= 1000], 0.005),
  "log loss" = above_best("ll", classes), check.names = FALSE
)
calibration <- means[means$cls, ]
result$ECE <- tapply(calibration$ece, calibration$cfg, mean)[rownames(result)]
seconds <- tapply(measured$seconds, measured$cfg, mean)
result$"seconds per fit" <- signif(seconds[rownames(result)], 3)
result <- result[order(result$all), ]
save_result(list(table = data.frame(method = rownames(result), result, check.names = FALSE)))
