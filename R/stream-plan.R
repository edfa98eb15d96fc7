# The order in which training reads a source: chunks in random order, cut into the blocks that are
# in memory at once. A block consists of ranges of rows, list(first, last), both of one element per
# range.

# Returns the first and last row of each chunk of a source. `counts` are the numbers of rows in the
# chunks, if not all rows count.
chunks_of <- function(source, counts = chunk_sizes(source)) {
  last <- cumsum(counts)
  list(first = last - counts + 1, last = last)
}

some_chunks <- function(chunks, which) lapply(chunks, `[`, which)

rows_in <- function(ranges) sum(ranges$last - ranges$first + 1)

# Returns the numbers of the chunks to validate on, drawn at random, with about this share of the
# rows; none for a share of 0.
draw_validation_chunks <- function(chunks, share) {
  if (share == 0) {
    return(integer())
  }
  sizes <- chunks$last - chunks$first + 1
  filled <- which(sizes > 0)
  n <- length(filled)
  if (n < 2L) {
    clause <- if (n < length(sizes)) " with rows of a weight above 0" else ""
    stop_feedforward(
      "{.arg validation} cannot hold out {number_text(share)} of a single chunk{clause}.",
      i = "Use a smaller {.arg chunk_rows} in {.fn data_source}, or another source to validate on."
    )
  }
  wanted <- share * sum(sizes)
  drawn <- filled[sample.int(n)]
  held_out <- integer()
  lacking <- wanted
  for (k in drawn) {
    # A chunk that leads away from the share stays for training, as does at least one.
    if (abs(lacking - sizes[k]) < abs(lacking) && length(held_out) < n - 1L) {
      held_out <- c(held_out, k)
      lacking <- lacking - sizes[k]
    }
  }
  if (!length(held_out)) held_out <- drawn[which.min(sizes[drawn])]
  sort(held_out)
}

# `counts` are the numbers of rows of all chunks.
share_of_rows <- function(counts, held_out) sum(counts[held_out]) / max(1, sum(counts))

is_far_off <- function(found, share) found > 2 * share || found < share / 2

warn_if_far_off <- function(found, share) {
  if (is_far_off(found, share)) {
    warn_feedforward(
      "{.arg validation} holds out {number_text(signif(found, 2))} of the rows instead of
       {number_text(share)}, since only whole chunks can be held out.",
      i = "Use smaller chunks or files, or another source to validate on.",
      class = "feedforward_validation_share"
    )
  }
}

# Cuts ranges, in their order, into blocks of `block_rows` rows, but for the last. Returns a list of
# ranges for each block.
plan_blocks <- function(ranges, block_rows) {
  ends <- cumsum(ranges$last - ranges$first + 1)
  total <- ends[length(ends)]
  begins <- c(0, ends[-length(ends)])
  # Counted in the order of reading, a piece begins with a range or with a block.
  pieces <- sort(unique(c(begins, seq(0, total - 1, by = block_rows))))
  range <- findInterval(pieces, begins)
  first <- ranges$first[range] + (pieces - begins[range])
  last <- first + diff(c(pieces, total)) - 1
  block <- pieces %/% block_rows
  unname(Map(function(first, last) list(first = first, last = last), split(first, block),
    split(last, block)))
}

# Returns list(ranges, stretch): what this process reads of a block, and the first row of it (from
# 0), its number of rows, and that of the whole block. A process that has none of them reads one row
# in vain.
part_of_block <- function(block, cluster = NULL) {
  total <- rows_in(block)
  rank <- if (is.null(cluster)) 0 else cluster$rank
  ranks <- if (is.null(cluster)) 1 else cluster$ranks
  begin <- floor(total * rank / ranks)
  end <- floor(total * (rank + 1) / ranks)
  list(
    ranges = if (ranks == 1) block else rows_of_block(block, begin, max(end, begin + 1)),
    stretch = c(begin, end - begin, total)
  )
}

# Returns the ranges of the rows of a block from `begin` to before `end`, counted from 0.
rows_of_block <- function(block, begin, end) {
  before <- cumsum(block$last - block$first + 1) - (block$last - block$first + 1)
  first <- block$first + pmax(begin - before, 0)
  last <- pmin(block$last, block$first + end - before - 1)
  some_chunks(list(first = first, last = last), first <= last)
}

# Returns the number of rows in a block: as many whole batches as the buffer holds.
block_rows_for <- function(buffer_rows, batch_size) {
  max(1, buffer_rows %/% batch_size) * batch_size
}
