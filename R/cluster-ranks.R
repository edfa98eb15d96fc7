# What the ranks of a cluster tell each other during a call. They meet twice before training. First,
# they continue the random numbers of rank 0. Then, when the data are read, they compare what they
# are going to train. So all of them get an error if one of them has failed, or differs.

# Evaluates `code`, which reads data and trains. All ranks call it together.
with_cluster <- function(cluster, code) {
  cluster <- check_cluster(cluster)
  if (is_alone(cluster)) {
    return(code)
  }
  join_ranks()
  # For jumps that are not errors. Where there was an error, the others have been told.
  on.exit(report_failure("It has left training."))
  value <- withCallingHandlers(code,
    error = function(cnd) report_failure(conditionMessage(cnd)),
    message = function(cnd) if (cluster$rank > 0L) invokeRestart("muffleMessage"),
    warning = function(cnd) {
      # A script might want to end where training was interrupted.
      shown <- cluster$rank == 0L || inherits(cnd, "feedforward_interrupted")
      if (!shown) invokeRestart("muffleWarning")
    }
  )
  meeting$phase <- "apart"
  value
}

# All ranks go on from the random numbers of rank 0, so they draw the same.
join_ranks <- function() {
  check_own_generator("cluster")
  greet()
  seed <- mpi_share_cpp(writeBin(random_seed(), raw()))
  set_seed_state(readBin(seed, "integer", length(seed) / 4))
  meeting$phase <- "joined"
}

# Waits for all ranks, and refuses if one of them has ended or is another version.
greet <- function() {
  if (meeting$phase != "apart") {
    stop_feedforward("A cluster cannot train two networks at once.",
      i = "Leave out {.arg cluster} in {.arg on_epoch}."
    )
  }
  own <- paste("feedforward", utils::packageVersion("feedforward"))
  greetings <- mpi_gather_cpp(own)
  other <- match(TRUE, greetings != own)
  if (is.na(other)) {
    return(invisible())
  }
  if (greetings[other] == leaving) {
    stop_feedforward("Rank {other - 1L} has ended, so training cannot start.",
      i = "Call the same functions with {.arg cluster} on all ranks."
    )
  }
  stop_feedforward("Rank {other - 1L} has {greetings[other]}, but this rank has {own}.",
    i = "Install the same version on all machines."
  )
}

# Tells the other ranks that this one cannot go on, so that they end, too.
report_failure <- function(text) {
  phase <- meeting$phase
  meeting$phase <- "apart"
  if (phase == "joined") mpi_gather_cpp(as_lines(c(failure = text)))
  if (phase == "training") end_all_ranks(text)
}

# Compares the ranks when each is ready to train. Returns the vector instructions that all have.
begin_training <- function(cluster, model, data, options) {
  if (is_alone(cluster)) {
    return(NULL)
  }
  about <- c(describe_training(model, data, options), instructions = instructions_in_use())
  texts <- mpi_gather_cpp(as_lines(about))
  meeting$phase <- "apart"
  ranks <- lapply(texts, from_lines)
  check_no_failure(ranks)
  check_same_training(ranks)
  meeting$phase <- "training"
  found <- vapply(ranks, function(rank) rank[["instructions"]], "")
  kinds <- c("baseline", "avx2", "avx512")
  kinds[min(match(found, kinds))]
}

# Ends training on all ranks. The reason why it ended early comes from the first rank that knows it.
finish_training <- function(cluster, trained) {
  if (is_alone(cluster)) {
    return(trained)
  }
  reasons <- mpi_gather_cpp(or_default(trained$stopped$reason, ""))
  meeting$phase <- "apart"
  known <- setdiff(reasons, c("", "interrupted"))
  if (length(known)) trained$stopped$reason <- known[1L]
  trained
}

# Only rank 0 shows what it does, and writes files.
options_of_rank <- function(options) {
  if (is_alone(options$cluster) || options$cluster$rank == 0L) {
    return(options)
  }
  options[c("verbose", "progress")] <- FALSE
  options[c("checkpoint", "on_epoch")] <- list(NULL)
  options
}

# Reads the checkpoint of rank 0 on all ranks, which might not see its folder.
read_checkpoint_of_rank_0 <- function(folder, cluster) {
  if (is_alone(check_cluster(cluster))) {
    return(read_checkpoint(folder))
  }
  folder <- check_string(folder, "folder")
  greet()
  if (cluster$rank == 0L) {
    mpi_share_cpp(bytes_or_none(checkpoint_path(folder)))
    return(read_checkpoint(folder))
  }
  copy <- tempfile("checkpoint")
  on.exit(unlink(copy, recursive = TRUE))
  dir.create(copy)
  bytes <- mpi_share_cpp(raw())
  if (length(bytes)) writeBin(bytes, checkpoint_path(copy))
  read_checkpoint(copy)
}

# Returns the bytes of a file, or none if it cannot be read: then the one who reads it gets the
# error.
bytes_or_none <- function(path) {
  size <- file.size(path)
  if (is.na(size)) {
    return(raw())
  }
  tryCatch(readBin(path, raw(), size), error = function(cnd) raw())
}

# ---- Comparing ranks ----------------------------------------------------------------

# Returns what must be the same on all ranks, as named strings. Names and values enter a message, as
# in "Rank 1 differs from rank 0 in the number of rows: 3 instead of 4.".
describe_training <- function(model, data, options) {
  options <- kept_options(options)
  options <- options[!names(options) %in% c(arguments_of_call, "validation")]
  names(options) <- sprintf("the argument `%s`", names(options))
  c(
    "the number of rows" = whole_text(if (is.null(data$stream)) NROW(data$y) else data$stream$n),
    describe_columns(model),
    "the number of inputs" = whole_text(model$architecture$sizes[1L]),
    describe_outcome(model$outcome), vapply(options, in_words, ""),
    "the initial weights" = hash_numbers(unlist(model$parameters), 4L), hashes_of(data)
  )
}

# The columns of predictors with their types, or only their names for a matrix.
describe_columns <- function(model) {
  columns <- model$blueprint$ptypes$predictors
  about <- if (is.null(columns)) {
    sprintf("`%s`", model$inputs$names)
  } else {
    types <- vapply(columns, function(column) {
      of_levels <- if (is.factor(column)) paste(" with levels", toString(levels(column)))
      paste0(class(column)[1L], of_levels)
    }, "")
    sprintf("`%s` (%s)", names(columns), types)
  }
  rlang::set_names(about, sprintf("predictor %d", seq_along(about)))
}

describe_outcome <- function(outcome) {
  c("the type of the outcome" = outcome$kind,
    "the levels or columns of the outcome" = toString(c(outcome$levels, outcome$names)))
}

# Values that were computed on different processors can differ in their last digits, hence single
# precision. A hash is no use to a reader, so messages leave it out.
hashes_of <- function(data) {
  if (!is.null(data$stream)) {
    found <- c(data$recognized$fingerprint, data$recognized$roles$reading)
    return(c("the values or the reading of the source" = toString(found)))
  }
  hashes <- c(fingerprint_of(data, 4L), lapply(data_tensors(data), hash_numbers, 4L))
  rlang::set_names(unlist(hashes), sprintf("the values of `%s`", names(hashes)))
}

in_words <- function(x) {
  if (is.list(x)) describe_setting(x) else if (is.null(x)) "NULL" else toString(unclass(x))
}

# Strings with names, as one text with a line for each.
as_lines <- function(x) {
  paste(encodeString(enc2utf8(names(x))), encodeString(enc2utf8(x)), sep = "\t", collapse = "\n")
}

from_lines <- function(text) {
  parts <- strsplit(strsplit(text, "\n", fixed = TRUE)[[1L]], "\t", fixed = TRUE)
  values <- vapply(parts, function(part) if (length(part) > 1L) part[2L] else "", "")
  rlang::set_names(values, vapply(parts, `[`, "", 1L))
}

check_no_failure <- function(ranks) {
  failures <- lapply(ranks, function(rank) rank["failure"])
  failed <- match(FALSE, is.na(unlist(failures)))
  if (!is.na(failed)) {
    text <- gsub("\\n", " ", ranks[[failed]][["failure"]], fixed = TRUE)
    stop_feedforward("Rank {failed - 1L} cannot train.", x = "{text}")
  }
}

check_same_training <- function(ranks) {
  for (k in seq_along(ranks)[-1L]) {
    pair <- ranks[c(1L, k)]
    # In the order of the one with more columns.
    known <- unlist(lapply(pair[order(-lengths(pair))], names))
    for (name in setdiff(known, "instructions")) {
      values <- unname(c(pair[[1L]][name], pair[[2L]][name]))
      if (!identical(values[1L], values[2L])) stop_different(k - 1L, name, values[2L], values[1L])
    }
  }
}

# NA where a rank has nothing of that name, such as a column.
stop_different <- function(rank, what, theirs, ours) {
  text <- function(x) if (is.na(x)) "nothing" else readable(x, 60L)
  shown <- sprintf(": %s instead of %s", text(theirs), text(ours))
  if (grepl("^the (values|initial)", what)) shown <- ""
  stop_feedforward("Rank {rank} differs from rank 0 in {what}{shown}.",
    i = "Use the same data and arguments on all ranks."
  )
}
