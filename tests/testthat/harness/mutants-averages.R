# Averages of networks with false entries, in files and as lists: more readers of mutants-models.R.

average_readers <- function() {
  averages <- example_averages()
  list(
    "sealed average" = list(
      original = averages, mutations = lapply(average_lies, sealing),
      read = reading_file(read_model),
      problem = function(value, ...) average_fault(value)
    ),
    "average list" = list(
      original = averages, mutations = lapply(list_lies[c("part", "code")], with_own_blueprint),
      read = function(x) check_average(x, "x"),
      problem = function(value, mutant, ...) {
        if (!identical(value, mutant)) "another model" else average_fault(value, exact = FALSE)
      }
    ),
    "sealed average checkpoint" = average_checkpoint_reader()
  )
}

average_checkpoint_reader <- function() {
  folder <- tempfile("checkpoint-")
  path <- checkpoint_path(folder)
  data <- iris[seq(1L, 150L, by = 4L), ]
  candidates <- list(
    net = list(hidden_units = 2, epochs = 2, encoding = "piecewise"), list(epochs = 2)
  )
  quick_cv(Species ~ ., data, case_weights = rep(1:2, 19), candidates = candidates, folds = 2,
    checkpoint = folder)
  # As if the last network was not done.
  parts <- without_result(read_tensors(path), 4L)
  unlink(folder, recursive = TRUE)
  list(
    original = parts, mutations = lapply(average_checkpoint_lies, sealing),
    read = function(bytes) {
      dir.create(folder)
      on.exit(unlink(folder, recursive = TRUE))
      writeBin(bytes, path)
      resume_training(folder, data = data, threads = 1)
    },
    problem = function(value, ...) average_fault(value)
  )
}

average_checkpoint_lies <- list(
  state = function(parts) with_false_tensor(parts, "^(results|data|random)"),
  absent = function(parts) sealed_checkpoint_lies$absent(parts),
  metadata = function(parts) sealed_checkpoint_lies$metadata(parts),
  checkpoint = function(parts) sealed_checkpoint_lies$checkpoint(parts),
  candidates = function(parts) {
    part <- one_of(c("candidates", "shared", "results", "fingerprint"))
    parts$metadata$checkpoint[[part]] <- change_list(parts$metadata$checkpoint[[part]])
    parts
  },
  formula = function(parts) {
    parts$metadata$checkpoint$formula <- one_of(hostile_formulas)(NULL)
    parts
  }
)

# A blueprint is checked only in a file, which has none of its functions.
with_own_blueprint <- function(lie) {
  function(averages) {
    average <- one_of(averages)
    lied <- lie(list(replace(average, "blueprint", list(NULL))))
    if (is.list(lied) && "blueprint" %in% names(lied)) lied["blueprint"] <- list(average$blueprint)
    lied
  }
}

example_averages <- function() {
  candidates <- list(
    piecewise = list(hidden_units = 2, epochs = 2, encoding = "piecewise"),
    linear = list(hidden_units = 0, epochs = 2)
  )
  train <- function(x, y, ..., candidates = list(list(hidden_units = 2, epochs = 2))) {
    quick_cv(x, y, ..., candidates = candidates, folds = 2)
  }
  rows <- seq(1L, 150L, by = 4L)
  flowers <- iris[rows, ]
  numbers <- as.matrix(flowers[1:4])
  list(
    train(Species ~ Sepal.Length + Petal.Width, flowers, candidates = candidates),
    train(flowers[c(1:3, 5)], flowers$Petal.Width, candidates = candidates),
    train(numbers[, 1:2], numbers[, 3:4]),
    train(Matrix::Matrix(numbers, sparse = TRUE), numbers > 3)
  )
}

average_lies <- list(
  average = function(averages) {
    parts <- random_parts(averages)
    parts$metadata$average <- change_list(parts$metadata$average)
    parts
  },
  results = function(averages) {
    parts <- random_parts(averages)
    results <- c("candidates", "settings", "fold_errors", "out_of_fold", "encodings", "members")
    part <- one_of(results)
    parts$metadata$average[part] <- list(change_list(parts$metadata$average[[part]]))
    parts
  },
  tensors = function(averages) sealed_lies$tensors(averages),
  "held out" = function(averages) {
    parts <- random_parts(averages)
    own <- which(startsWith(names(parts$tensors), "out_of_fold."))
    k <- one_of(own)
    x <- parts$tensors[[k]]
    parts$tensors[[k]] <- one_of(list(
      x[-1L], x + 1L, x * 1e300, as.integer(x) * 2L, replace(x, 1L, NA), rev(x), matrix(x), t(x)
    ))
    parts
  },
  absent = function(averages) sealed_lies$absent(averages),
  swapped = function(averages) sealed_lies$swapped(averages)
)

# What is wrong with an average that was taken for one, see model_fault(). With `exact`, a file must
# keep it as it is.
average_fault <- function(model, exact = TRUE) {
  rows <- iris[c(1, 80, 150), ]
  x <- switch(model$inputs$kind, matrix = as.matrix(rows[1:4]), rows)
  if (model$inputs$kind == "matrix") x <- x[, seq_len(min(4, model$architecture$sizes[1L]))]
  uses <- list(
    print = function() utils::capture.output(print(model), print(summary(model)), format(model)),
    plot = function() {
      grDevices::pdf(NULL)
      on.exit(grDevices::dev.off())
      plot(model)
      plot(model, what = "calibration")
    },
    coef = function() coef(model),
    fitted = function() c(fitted(model), residuals(model)),
    confusion = function() utils::capture.output(print(confusion_matrix(model))),
    predict = function() {
      for (type in list(NULL, "prob", "numeric", "pred_int")) {
        tryCatch(
          {
            predicted <- predict(model, x, type = type, format = "matrix")
            if (NROW(predicted) != 3L) stop("predictions for other rows")
          },
          feedforward_error = function(cnd) NULL
        )
      }
    },
    network = function() {
      network <- network_of(model, length(model$members))
      utils::capture.output(print(network), print(summary(network)))
    },
    write = function() {
      path <- tempfile()
      on.exit(unlink(path))
      write_model(model, path)
      known <- function(model) unclass(model)[setdiff(sort(names(model)), null_parts(model))]
      again <- read_model(path)
      if (exact && !identical(known(again), known(model))) stop("another model was read")
    }
  )
  fault_of(uses)
}
