# Writes tools/trust/FIGURES.md from the result files of the long tests. With --check, it changes
# nothing, and fails if the page is out of date or if a link in TRUST.md leads nowhere.

page <- "tools/trust/FIGURES.md"

main <- function(check = FALSE) {
  files <- sort(Sys.glob("tools/trust/results/*.json"), method = "radix")
  lines <- page_of(lapply(files, jsonlite::fromJSON, simplifyVector = FALSE))
  if (!check) {
    writeLines(enc2utf8(lines), page, useBytes = TRUE)
    return(invisible())
  }
  problems <- c(
    if (!identical(readLines(page, encoding = "UTF-8"), lines)) {
      paste(page, "is out of date. Run `make trust-figures`.")
    },
    sprintf("TRUST.md links to %s, which does not exist.", broken_links("TRUST.md"))
  )
  cat(problems, sep = "\n")
  quit(status = as.integer(length(problems) > 0L))
}

# One table for each machine, so that its description appears once.
page_of <- function(results) {
  machines <- vapply(results, `[[`, "", "machine")
  tables <- lapply(unique(machines), function(machine) {
    c(
      paste0("## ", machine), "", "| test | figures | commit | date |", "|---|---|---|---|",
      vapply(results[machines == machine], table_row, ""), ""
    )
  })
  c(
    "# Figures of the long tests", "",
    "`make trust-figures` writes this page from the files in `results/`, which the long tests",
    "write. Do not edit it. Figures are those of the commit in the table. `make core`, `make test`",
    "and `make check` run on every change, so most of their tests are not listed here.",
    "", unlist(tables)
  )
}

table_row <- function(result) {
  values <- vapply(result$figures, format_value, "")
  text <- paste(paste(values, names(result$figures)), collapse = "; ")
  text <- gsub(" %", "%", text, fixed = TRUE)
  if (!is.null(result$note)) text <- paste0(text, ". ", result$note)
  sprintf("| %s | %s | %s | %s |", result$test, text, result$commit, result$date)
}

# Large numbers get commas, small ones at most four digits.
format_value <- function(x) {
  if (!is.numeric(x)) {
    return(x)
  }
  if (x == round(x)) format(x, big.mark = ",", scientific = FALSE) else format(x, digits = 4L)
}

# Returns the targets of links that are not files here.
broken_links <- function(file) {
  text <- paste(readLines(file), collapse = "\n")
  links <- regmatches(text, gregexpr("\\]\\([^)#]+", text))[[1L]]
  targets <- sub("^\\]\\(", "", links)
  targets <- targets[!grepl("^https?:", targets)]
  unique(targets[!file.exists(targets)])
}

main(check = "--check" %in% commandArgs(trailingOnly = TRUE))
