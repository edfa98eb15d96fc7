# Compares networks of this package with networks of PyTorch. Trained from the same first weights on
# the same batches, they must have the same weights, losses, learning rates and predictions.
# parity-cases.R defines the cases, parity-twin.R describes them for PyTorch, and parity.py trains
# these twins.
#
# To prove that the comparison notices errors, some cases also have twins with one number that is
# 1% off. Each of them must differ.
#
# make parity ARGS="each" prints a line for each case, not for each group. PYTHON names a Python
# that has PyTorch; on Debian, `apt-get install python3-torch` brings one.

suppressPackageStartupMessages(library(feedforward))
source("tools/trust/record.R")

cases <- new.env()
sys.source("tools/trust/parity-cases.R", cases)
twins <- new.env()
sys.source("tools/trust/parity-twin.R", twins)

main <- function(each) {
  python <- find_python()
  cat("testing", find.package("feedforward"), "against PyTorch", python$version, "\n")
  all <- lapply(cases$all_cases(), twins$train)
  wrong <- unlist(lapply(all, twins$wrong_twins), recursive = FALSE)
  found <- twins$train_twins(lapply(c(all, wrong), `[[`, "twin"), python$path)
  right <- seq_along(all)
  judged <- do.call(rbind, Map(judge, all, found[right]))
  print_table(judged, if (each) "label" else c("group", "bound"))
  judged_wrong <- do.call(rbind, Map(judge, wrong, found[-right]))
  report_wrong(judged_wrong)
  agree <- sum(judged$agrees)
  noticed <- sum(is_noticed(judged_wrong))
  cat(sprintf(
    "%d cases: %d agree, %d differ; %d wrong twins: %d noticed\n",
    length(all), agree, length(all) - agree, length(wrong), noticed
  ))
  record_figures("parity", c(
    list(networks = length(all), agree = agree), largest_differences(judged),
    list("wrong twins" = length(wrong), noticed = noticed)
  ), paste0("PyTorch ", python$version, "."))
  quit(status = as.integer(agree < length(all) || noticed < length(wrong)))
}

# How far apart two may be that do the same. Sums in another order differ in the last of 16 digits,
# and each of the 40 steps or more adds to it. Rules that divide by the size of the gradient make
# much of it where the gradient is almost 0: up to 1e8 times as much, for an epsilon of 1e-8. Single
# precision has 7 digits. At a minimum the loss is flat: where it is right to 16 digits, the weights
# are to 8.
bound_of <- function(arguments) {
  adapts <- arguments$optimizer$name != "sgd"
  if (arguments$optimizer$name == "lbfgs") {
    return(1e-6)
  }
  if (arguments$precision == "single") {
    return(1e-4)
  }
  if (adapts) 1e-9 else 1e-10
}

# A row of the table: the largest difference of each kind. Weights that stayed where they were
# would prove nothing.
judge <- function(case, twin) {
  kinds <- c("weights", "losses", "rates", "predictions")
  apart <- vapply(kinds, function(kind) difference(case$found[[kind]], twin[[kind]]), 0)
  bound <- bound_of(case$arguments)
  moved <- max(abs(case$found$weights - case$first))
  note <- if (moved < 10 * bound) "nothing learned" else ""
  if (!is.null(twin$error)) note <- twin$error
  data.frame(
    group = case$group, label = case$label, t(apart), bound = bound, note = note,
    agrees = note == "" && all(apart <= bound)
  )
}

# Returns Inf if the lengths differ or a number is missing.
difference <- function(a, b) {
  b <- unlist(b)
  if (length(a) != length(b)) {
    return(Inf)
  }
  apart <- max(0, abs(a - b))
  if (is.na(apart)) Inf else apart
}

print_table <- function(judged, by) {
  cat("cases weights  losses   rates predict.  bound verdict  case\n")
  keys <- do.call(paste, judged[by])
  for (part in split(judged, factor(keys, unique(keys)))) {
    most <- vapply(part[c("weights", "losses", "rates", "predictions")], max, 0)
    cat(sprintf(
      "%5d %s %7.0e %-7s  %s\n", nrow(part), paste(sprintf("%7.1e", most), collapse = " "),
      part$bound[1L], if (all(part$agrees)) "agree" else "DIFFER", part[[by[1L]]][1L]
    ))
  }
  for (k in which(!judged$agrees)) {
    cat(sprintf("DIFFERS: %s: %s. %s\n", judged$group[k], judged$label[k], judged$note[k]))
  }
}

# The largest difference of the weights for each bound, as text with two digits.
largest_differences <- function(judged) {
  largest <- tapply(judged$weights, judged$bound, max)
  stats::setNames(
    as.list(sprintf("%.1e", largest)),
    sprintf("at most between weights where %s is allowed", names(largest))
  )
}

# A twin that failed to train has noticed nothing.
is_noticed <- function(judged) judged$note == "" & !judged$agrees

report_wrong <- function(judged) {
  largest <- do.call(pmax, judged[c("weights", "losses", "rates", "predictions")])
  nearest <- which.min(largest / judged$bound)
  cat(sprintf(
    "wrong twins: the one least apart (%s) by %.1e, where %.0e is allowed\n",
    judged$label[nearest], largest[nearest], judged$bound[nearest]
  ))
  missed <- judged[!is_noticed(judged), ]
  cat(sprintf("NOT NOTICED: %s. %s\n", missed$label, missed$note), sep = "")
}

# The path and the version of PyTorch of the first Python that has it.
find_python <- function() {
  named <- Sys.getenv("PYTHON")
  paths <- if (nzchar(named)) named else c("python3", "/usr/bin/python3")
  ask <- c("-c", shQuote("import torch; print(torch.__version__)"))
  for (path in paths) {
    version <- suppressWarnings(tryCatch(
      system2(path, ask, stdout = TRUE, stderr = FALSE),
      error = function(e) structure("", status = 127L)
    ))
    if (is.null(attr(version, "status"))) {
      return(list(path = path, version = version))
    }
  }
  message(
    "PyTorch is needed, and not found by ", paste(paths, collapse = " or "), ".\n",
    "On Debian and Ubuntu: apt-get install python3-torch\n",
    "Elsewhere name a Python that has it: make parity PYTHON=/path/to/python3"
  )
  quit(status = 2L)
}

main(each = "each" %in% commandArgs(trailingOnly = TRUE))
