test_that("blocks have all rows once, in the order of the ranges, and whole batches", {
  withr::local_seed(1)
  for (case in 1:50) {
    sizes <- sample(9, sample(6, 1), TRUE)
    ends <- cumsum(sizes)
    order <- sample(length(sizes))
    ranges <- list(first = (ends - sizes + 1)[order], last = ends[order])
    block_rows <- sample(12, 1)
    blocks <- plan_blocks(ranges, block_rows)
    rows_of_ranges <- function(x) unlist(Map(seq, x$first, x$last))
    expect_equal(unlist(lapply(blocks, rows_of_ranges)), rows_of_ranges(ranges))
    counts <- vapply(blocks, rows_in, 1)
    expect_true(all(counts[-length(counts)] == block_rows))
    expect_lte(counts[length(counts)], block_rows)
    expect_true(all(vapply(blocks, function(block) all(block$first <= block$last), TRUE)))
  }
})

test_that("blocks hold whole batches, at least one", {
  expect_equal(block_rows_for(1000, 32), 992)
  expect_equal(block_rows_for(10, 32), 32)
})

test_that("validation chunks are a share of them, and never all", {
  chunks <- list(first = c(1, 11, 21), last = c(10, 20, 25))
  withr::local_seed(1)
  expect_equal(draw_validation_chunks(chunks, 0), integer())
  expect_length(suppressWarnings(draw_validation_chunks(chunks, 0.01)), 1L)
  expect_length(draw_validation_chunks(chunks, 0.99), 2L)
  # Chunks of unequal sizes miss the share by at most half of one of them.
  last <- cumsum(c(500, rep(10, 50)))
  chunks <- list(first = c(1, last[-51] + 1), last = last)
  shares <- replicate(20, rows_in(some_chunks(chunks, draw_validation_chunks(chunks, 0.4))) / 1000)
  expect_true(all(abs(shares - 0.4) <= 0.25))
  single <- list(first = 1, last = 10)
  expect_error(draw_validation_chunks(single, 0.5), "single chunk", class = "feedforward_error")
})

test_that("ranks read all rows of a block between them, each its own", {
  withr::local_seed(2)
  for (case in 1:30) {
    sizes <- sample(9, sample(4, 1), TRUE)
    ends <- cumsum(sizes)
    order <- sample(length(sizes))
    block <- list(first = (ends - sizes + 1)[order], last = ends[order])
    rows_of <- function(x) unlist(Map(seq, x$first, x$last))
    ranks <- sample(4, 1)
    parts <- lapply(seq_len(ranks) - 1, function(rank) {
      part_of_block(block, list(rank = rank, ranks = ranks))
    })
    stretches <- vapply(parts, function(part) part$stretch, double(3L))
    expect_equal(stretches[1L, ], cumsum(stretches[2L, ]) - stretches[2L, ])
    expect_equal(sum(stretches[2L, ]), sum(sizes))
    expect_true(all(stretches[3L, ] == sum(sizes)))
    read <- lapply(parts, function(part) rows_of(part$ranges))
    expect_true(all(lengths(read) >= 1))
    expect_equal(unlist(Map(utils::head, read, stretches[2L, ])), rows_of(block))
  }
  expect_identical(part_of_block(block)$ranges, block)
})

test_that("a chunk that leads away from the share is not held out", {
  chunks <- list(first = c(1, 2991), last = c(2990, 3000))
  for (seed in 1:4) {
    expect_equal(withr::with_seed(seed, draw_validation_chunks(chunks, 0.1)), 2L)
  }
  # One chunk stays for training, and one is held out.
  expect_length(draw_validation_chunks(chunks, 0.9999), 1L)
  expect_length(draw_validation_chunks(chunks, 1e-9), 1L)
})

test_that("a share that whole chunks cannot make up is told of", {
  sizes <- c(2990, 10)
  expect_warning(warn_if_far_off(share_of_rows(sizes, 2L), 0.1),
    "0.0033 of the rows instead of 0.1", class = "feedforward_validation_share")
  expect_warning(warn_if_far_off(share_of_rows(c(10, 10, 10), 1L), 0.01), "0.33 .* of 0.01")
  expect_no_warning(warn_if_far_off(share_of_rows(c(10, 10, 10), 1L), 0.3))
})
