# Lints all R code of the package and of its tools; the rules are in .lintr.

main <- function() {
  found <- c(
    lintr::lint_package(),
    unlist(lapply(Filter(dir.exists, c("tools", "bench")), lintr::lint_dir), recursive = FALSE)
  )
  found <- Filter(function(lint) {
    !is_mathematics(lint) && !is_interpolated(lint) && !is_sourced(lint) && !is_seed(lint)
  }, found)
  for (lint in found) {
    cat(sprintf(
      "%s:%d:%d: %s [%s]\n",
      lint$filename, lint$line_number, lint$column_number, lint$message, lint$linter
    ))
  }
  twice <- defined_twice(list.files("R", full.names = TRUE))
  if (length(twice)) cat(sprintf("R: `%s` is defined twice\n", twice), sep = "")
  quit(status = as.integer(length(found) + length(twice) > 0L))
}

# The names that several files, or one of them several times, assign at top level: the last wins.
defined_twice <- function(files) {
  calls <- unlist(lapply(files, function(file) as.list(parse(file))))
  assigned <- Filter(function(call) is.call(call) && identical(call[[1L]], as.name("<-")), calls)
  names <- vapply(assigned, function(call) paste(deparse(call[[2L]]), collapse = ""), "")
  unique(names[duplicated(names)])
}

# The names of the formulas, W1, dZ2, expZ, stay as they are written in them.
is_mathematics <- function(lint) {
  name <- substr(lint$line, lint$ranges[[1L]][1L], lint$ranges[[1L]][2L])
  lint$linter == "object_name_linter" && grepl("^(d|exp)?[A-Z][0-9]?$", name)
}

# R itself makes it.
is_seed <- function(lint) grepl(".Random.seed", lint$message, fixed = TRUE)

# Scripts outside the package call what they source().
is_sourced <- function(lint) {
  grepl("^no visible global function", lint$message) && grepl("^(trust/)?[^/]+$", lint$filename)
}

# A variable may be used by a message of cli alone: "{name}".
is_interpolated <- function(lint) {
  pattern <- "^local variable .(\\w+). assigned but may not be used"
  if (!grepl(pattern, lint$message)) {
    return(FALSE)
  }
  name <- sub(paste0(pattern, ".*"), "\\1", lint$message)
  any(grepl(sprintf("[{][^}]*\\b%s\\b", name), readLines(lint$filename)))
}

main()
