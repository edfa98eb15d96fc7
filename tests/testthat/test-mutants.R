use_harness("mutants")

# Fails with a line for each mutant that failed.
expect_no_failure <- function(tried) {
  failed <- tried[!tried$outcome %in% c("right data", "refused"), ]
  expect_identical(paste(failed$number, failed$reader, failed$mutation, failed$outcome),
  character())
}

test_that("a few mutants of data files give the right data or an error", {
  readers <- data_readers()[c("idx", "npy")]
  tried <- do.call(rbind, lapply(1:60, try_mutant, seed = 5, readers = readers))
  expect_no_failure(tried)
  expect_setequal(tried$outcome, c("right data", "refused"))
})

test_that("500 mutants of all files and models give the right data or an error", {
  skip_on_cran() # takes some 20 s
  skip_when_sanitized() # which takes a hundred times as long and as much memory
  readers <- c(data_readers(), model_readers(), average_readers())
  kinds <- mutant_kinds(readers)
  folder <- withr::local_tempdir()
  withr::local_dir(folder)
  files <- list.files(tempdir(), recursive = TRUE, all.files = TRUE)
  withr::local_preserve_seed()
  tried <- do.call(rbind, lapply(1:500, try_mutant, seed = 1, readers = readers, kinds = kinds))
  expect_no_failure(tried)
  counts <- count_mutants(tried)
  # Every kind took its turn.
  expect_setequal(paste(counts$reader, counts$mutation), paste(kinds$reader, kinds$mutation))
  expect_true(all(counts$tried %in% (500 %/% nrow(kinds) + 0:1)))
  expect_identical(counts$right + counts$refused, counts$tried)
  # A damaged file with a checksum is refused. Without a checksum, it may give other data.
  by_reader <- rowsum(counts[c("right", "refused")], counts$reader)
  expect_true(all(by_reader$refused > 0))
  expect_true(all(by_reader[c("idx", "npy", "npz", "gz", "json", "formula"), "right"] > 0))
  expect_identical(by_reader["model", "right"] + by_reader["checkpoint", "right"], 0L)
  # Nothing came out of an archive, nothing was run.
  expect_identical(list_all(folder), character())
  expect_setequal(list.files(tempdir(), recursive = TRUE, all.files = TRUE), files)
})

test_that("the judge of mutants sees each kind of failure", {
  wrong <- list(
    original = raw(1), problem = same_as(1),
    mutations = list(data = identity, error = identity, warning = identity, slow = identity),
    read = function(mutant) 1
  )
  outcome_of <- function(read) outcome_of_mutant(replace(wrong, "read", list(read)), raw(1))
  expect_identical(outcome_of(function(mutant) 1), "right data")
  expect_identical(outcome_of(function(mutant) 2), "wrong data")
  expect_identical(outcome_of(function(mutant) stop("no")), "error: no")
  expect_identical(outcome_of(function(mutant) warning("hm")), "warning: hm")
  expect_identical(outcome_of(function(mutant) stop_feedforward("refused")), "refused")
  # No time is less than -1 seconds.
  slow <- try_mutant(1, 1, list(slow = replace(wrong, "read", list(identity))), most_seconds = -1)
  expect_match(slow$outcome, "after [0-9.]+ seconds")
  skip_on_cran()
  skip_when_sanitized()
  large <- replace(wrong, c("read", "mutations"), list(
    function(mutant) length(raw(5e8)) / 5e8, list(bomb = identity)
  ))
  expect_match(try_mutant(1, 1, list(large = large))$outcome, "with .* MB")
})

test_that("no memory is reserved for sizes that a file announces", {
  skip_on_cran() # large files for R to measure
  before <- memory_now("huge")
  false_size <- idx_bytes(8, c(65536, 30000), raw(100))
  expect_refusal(read_idx(temp_file(false_size)), "but can hold at most")
  # A file of this length could hold so many values, but does not.
  few <- gz_bytes(c(idx_bytes(8, 9e8, random_bytes(1e6))))
  expect_refusal(read_idx(temp_file(few)), "ends after 1000000 of 900000000 bytes")
  expect_lt(memory_now("huge", most = TRUE) - before, 100)
})
