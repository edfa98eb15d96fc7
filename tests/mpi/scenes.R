# What the ranks do in the tests of run.R: mpirun starts this script with the name of a scene and a
# folder. Each rank leaves its results in the folder, in <scene>-<ranks>-<rank>.rds.

library(feedforward)
arguments <- commandArgs(TRUE)
scene <- arguments[1L]
folder <- arguments[2L]
cluster <- cluster_mpi()
rank <- cluster$rank

file_of <- function(name) file.path(folder, name)
keep <- function(result) {
  saveRDS(result, file_of(sprintf("%s-%d-%d.rds", scene, cluster$ranks, rank)))
}

# The same data on all ranks.
set.seed(11)
n <- 400L
x <- matrix(stats::rnorm(n * 6), n, dimnames = list(NULL, letters[1:6]))
y <- factor(ifelse(x[, 1] + x[, 2]^2 > stats::rnorm(n), "yes", "no"))
number <- x[, 1] - x[, 3] * x[, 2] + stats::rnorm(n)
table <- data.frame(x, group = factor(sample(letters[1:5], n, TRUE)), y = number)
weights <- stats::runif(n)

# Read in blocks of 100 rows. `seen` are the rows that this rank has read.
seen <- double()
source <- data_source(function(first, last) {
  seen <<- c(seen, last - first + 1)
  table[first:last, ]
}, n = n, columns = table, chunk_rows = 30, buffer_rows = 110)
rest <- data_source(function(first, last) table[first:last, ], n = 50, columns = table,
  chunk_rows = 7, buffer_rows = 20
)
# Many rows have a weight of 0, among them a whole chunk.
with_weights <- cbind(table, w = weights * (seq_len(n) %% 4L > 0L & !seq_len(n) %in% 31:60))
weighted <- data_source(function(first, last) with_weights[first:last, ], n = n,
  columns = with_weights, chunk_rows = 30, buffer_rows = 110
)

# Random numbers that differ: those of rank 0 count.
set.seed(100 + rank)

train <- function(..., hidden_units = c(12, 5), epochs = 3, batch_size = 50) {
  feedforward(...,
    hidden_units = hidden_units, epochs = epochs, batch_size = batch_size, cluster = cluster
  )
}

# What must be the same on all ranks.
result_of <- function(fit) {
  fit$options[c("threads", "checkpoint")] <- NULL
  fit$history$seconds <- NULL
  fit[c("parameters", "history", "best_epoch", "stopped", "n", "options")]
}
message_of <- function(code) {
  tryCatch({
    code
    "no error"
  }, error = conditionMessage)
}

scenes <- list(
  share = function() {
    train(source, "y")
    sum(seen)
  },
  agree = function() {
    images <- array(as.raw(seq_len(n * 16L) %% 251L), c(n, 4, 4))
    fits <- list(
      adam = train(x, y), sgd = train(x, y, optimizer = "sgd", validation = 0.2),
      momentum = train(x, y,
        optimizer = optimizer_sgd(momentum = 0.9), clip_norm = 0.1, penalty = 0.01
      ),
      lbfgs = train(x, number, optimizer = "lbfgs", epochs = 12),
      lbfgs_validated = train(x, number, optimizer = "lbfgs", epochs = 12, validation = 0.2),
      formula = train(y ~ ., data = table, validation = 0.25, stop_iter = 1),
      weighted = train(x, y, case_weights = weights, class_weights = "balanced"),
      given_set = train(x, y, validation = list(x[1:50, ], y[1:50])),
      few_rows = train(x, y, batch_size = 3, epochs = 1),
      sparse = train(Matrix::Matrix(x * (x > 1), sparse = TRUE), y), images = train(images, y),
      source = train(source, "y", validation = 0.2), source_set = train(source, "y",
        validation = rest, batch_size = 7),
      source_weighted = train(weighted, "y", case_weights = "w", validation = 0.2),
      source_lbfgs = train(source, "y", optimizer = "lbfgs", epochs = 12),
      small_source = train(rest, "y")
    )
    more <- continue_training(fits$adam, x, y, epochs = 2, cluster = cluster)
    list(
      double = lapply(c(fits, more = list(more)), result_of),
      single = result_of(train(x, y, precision = "single")), random = stats::runif(3)
    )
  },
  dropout = function() result_of(train(x, y, dropout = c(0.5, 0.2))),
  stop = function() {
    asked <- 0L
    fit <- train(x, y, epochs = 50, on_epoch = function(record) {
      asked <<- asked + 1L
      record$epoch < 4
    })
    list(fit = result_of(fit), asked = asked)
  },
  resume = function() {
    fit <- NULL
    path <- file_of("checkpoint")
    # The folder of another rank does not count.
    if (rank > 0L) path <- file_of("no such folder")
    if (cluster$ranks == 3L) {
      train(x, y, epochs = 6, checkpoint = path, on_epoch = function(record) record$epoch < 3)
    } else {
      fit <- result_of(resume_training(path, x, y, cluster = cluster))
    }
    fit
  },
  whole = function() result_of(train(x, y, epochs = 6)),
  dropped = function() {
    path <- file_of("dropped")
    whole <- train(x, y, epochs = 6, dropout = 0.3)
    set.seed(100)
    train(x, y,
      epochs = 6, dropout = 0.3, checkpoint = path, on_epoch = function(record) record$epoch < 3
    )
    again <- resume_training(path, x, y, cluster = cluster)
    list(whole = result_of(whole)$parameters, again = result_of(again)$parameters)
  },
  differ = function() {
    last <- cluster$ranks - 1L
    other <- rank == last
    named <- table
    if (other) names(named)[2L] <- "z"
    leveled <- table
    if (other) levels(leveled$group)[5L] <- "new"
    typed <- table
    if (other) typed$a <- factor(typed$a > 0)
    valued <- x
    if (other) valued[7, 3] <- 0
    c(
      rows = message_of(train(x[seq_len(n - other), ], y[seq_len(n - other)])),
      name = message_of(train(y ~ ., data = named)),
      level = message_of(train(y ~ ., data = leveled)),
      type = message_of(train(y ~ ., data = typed)), value = message_of(train(valued, y)),
      classes = message_of(train(x, if (other) factor(y, c("no", "yes", "maybe")) else y)),
      argument = message_of(train(x, y, penalty = if (other) 0.5 else 0.1)),
      reading = message_of(train(if (other) replace(x, 5, Inf) * NA_integer_ else x, y)),
      outcome = message_of(train(x, if (other) replace(y, 3, NA) else y)),
      # After all of these, training works.
      fine = message_of(train(x, y))
    )
  },
  # Each of the following ends before keep().
  error = function() {
    if (rank == 1L) stop("the file of rank 1 is missing")
    train(x, y)
  },
  quit = function() {
    if (rank == 1L) quit(status = 0)
    train(x, y)
  },
  # A missing value is only found when training begins.
  missing = function() train(replace(x, 9, NA), y),
  killed = function() {
    writeLines(as.character(Sys.getpid()), file_of(paste0("pid-", rank)))
    train(x, y, epochs = 1e6, on_epoch = function(record) {
      if (record$epoch == 1L) file.create(file_of("trains"))
    })
  },
  interrupted = function() {
    writeLines(as.character(Sys.getpid()), file_of(paste0("pid-", rank)))
    class <- ""
    fit <- withCallingHandlers(
      train(x, y, epochs = 1e6, on_epoch = function(record) {
        if (record$epoch == 1L) file.create(file_of("trains"))
        NULL
      }),
      warning = function(w) {
        class <<- class(w)
        invokeRestart("muffleWarning")
      }
    )
    fit$history <- NULL
    list(fit = fit[c("parameters", "stopped")], class = class)
  },
  quiet = function() {
    constant <- cbind(x, constant = 1)
    train(constant, y, verbose = TRUE)
    NULL
  },
  within = function() {
    said <- ""
    fit <- train(x, y, on_epoch = function(record) said <<- message_of(train(x, y)))
    list(said = said, epochs = nrow(fit$history))
  },
  sums = function() {
    sizes <- c(1L, 7L, 600L, 100003L, 9e6L)
    lapply(c(single = TRUE, double = FALSE), function(single) {
      vapply(sizes, function(size) {
        values <- sin(seq_len(size)) * (rank + 1)
        sum <- feedforward:::mpi_sum_cpp(values, single, 1L)$sum
        expected <- sin(seq_len(size)) * sum(seq_len(cluster$ranks))
        c(max(abs(sum - expected)), sum(sum * seq_len(size) %% 7))
      }, c(0, 0))
    })
  }
)

keep(scenes[[scene]]())
