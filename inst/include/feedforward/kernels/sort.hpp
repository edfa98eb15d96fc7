// The non-zeros of a sparse batch, sorted by input: the order in which sparse_gradient.hpp needs
// them. Within an input they stay in the order of the observations, so sums do not depend on the
// kind of sort. It must not know what is summed.
#ifndef FEEDFORWARD_KERNELS_SORT_HPP
#define FEEDFORWARD_KERNELS_SORT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../source.hpp"
#include "backend.hpp"
#include "vector.hpp"

namespace feedforward {

// How many non-zeros a batch has.
template <class Real>
std::size_t nonzeros(const SparseBatch<Real>& A) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < A.size; ++i)
    count += A.rows->start[A.samples[i] + 1] - A.rows->start[A.samples[i]];
  return count;
}

// Observations come in random order, so the processor cannot guess the next one.
template <class Real>
FEEDFORWARD_INLINE void prefetch_row(const SparseRows<Real>& rows, std::size_t sample) {
  const std::size_t begin = rows.start[sample], size = rows.start[sample + 1] - begin;
  prefetch(rows.index.data() + begin, size);
  prefetch(rows.value.data() + begin, size);
}

// A non-zero, of which observation of the batch (0 .. m - 1) and which input.
template <class Real>
struct SparseEntry {
  Real value;
  std::uint32_t input, observation;
};

// A non-zero of an input that is known.
template <class Real>
struct Occurrence {
  Real value;
  std::uint32_t observation;
};

// The non-zeros of one input: entries[begin] .. entries[end - 1].
struct InputGroup {
  std::size_t input, begin, end;
};

// The inputs that occur in a batch, and their non-zeros in the order of the observations. Both lie
// in the scratch memory of the thread that sorted, until it asks for the same slots again.
template <class Real>
struct SortedInputs {
  std::size_t count;
  const InputGroup* groups;  // (count), of rising inputs
  const Occurrence<Real>* entries;
};

// Calls f(entry) for each non-zero of the batch.
template <class Real, class F>
FEEDFORWARD_INLINE void for_each_nonzero(const SparseBatch<Real>& A, F&& f) {
  for (std::size_t i = 0; i < A.size; ++i) {
    const std::size_t end = A.rows->start[A.samples[i] + 1];
    for (std::size_t k = A.rows->start[A.samples[i]]; k < end; ++k)
      f(SparseEntry<Real>{A.rows->value[k], A.rows->index[k], static_cast<std::uint32_t>(i)});
  }
}

// One pass of a radix sort, stable: by some bits of the input. counts (mask + 1) is scratch.
template <class Real>
struct Digit {
  unsigned shift;
  std::uint32_t mask;
  std::uint32_t* counts;

  // each(f) calls f for all entries, in the same order both times; to receives them sorted.
  template <class Each>
  FEEDFORWARD_INLINE void distribute(Each&& each, SparseEntry<Real>* to) const {
    std::fill(counts, counts + mask + 1, 0);
    each([this](const SparseEntry<Real>& e)
             FEEDFORWARD_INLINE_LAMBDA { ++counts[(e.input >> shift) & mask]; });
    std::uint32_t size = 0;
    for (std::uint32_t* count = counts; count <= counts + mask; ++count) {
      const std::uint32_t begin = size;
      size += *count;
      *count = begin;
    }
    each([this, to](const SparseEntry<Real>& e)
             FEEDFORWARD_INLINE_LAMBDA { to[counts[(e.input >> shift) & mask]++] = e; });
  }
};

// Where one input ends and the next begins.
template <class Real>
SortedInputs<Real> group(const SparseEntry<Real>* sorted, std::size_t size,
                         Occurrence<Real>* entries, Scratch& scratch) {
  InputGroup* groups = scratch.get<InputGroup>(Scratch::columns, size + 1);
  std::size_t count = 0, begin = 0;
  for (std::size_t k = 0; k < size; ++k) {
    entries[k] = {sorted[k].value, sorted[k].observation};
    // Written each time, and left alone after the last: a branch would often be mispredicted.
    groups[count] = {sorted[k].input, begin, k + 1};
    const bool last = k + 1 == size || sorted[k].input != sorted[k + 1].input;
    count += last;
    begin = last ? k + 1 : begin;
  }
  return {count, groups, entries};
}

// A radix sort: its cost depends on the batch alone, and a million inputs are no burden. Digits
// have at most 11 bits, so that their 2048 counts stay in the L1 cache; all digits are equally
// wide.
template <class Real>
SortedInputs<Real> radix_sort(const SparseBatch<Real>& A, Scratch& scratch) {
  const std::size_t size = nonzeros(A);
  SparseEntry<Real>* from = scratch.get<SparseEntry<Real>>(Scratch::entries, 2 * size);
  SparseEntry<Real>* to = from + size;

  // Indices are below `inputs`, so this many bits tell them apart.
  unsigned bits = 1;
  while (A.rows->inputs >> bits) ++bits;
  const unsigned passes = (bits + 10) / 11;
  const unsigned width = (bits + passes - 1) / passes;
  Digit<Real> digit = {0, (std::uint32_t{1} << width) - 1, nullptr};
  digit.counts = scratch.get<std::uint32_t>(Scratch::counts, digit.mask + 1);

  digit.distribute([&](auto&& f) FEEDFORWARD_INLINE_LAMBDA { for_each_nonzero(A, f); }, from);
  for (digit.shift = width; digit.shift < bits; digit.shift += width) {
    digit.distribute(
        [=](auto&& f) FEEDFORWARD_INLINE_LAMBDA { std::for_each(from, from + size, f); }, to);
    std::swap(from, to);
  }
  // The half that the last pass has left holds the result: no more memory is needed.
  return group(from, size, reinterpret_cast<Occurrence<Real>*>(to), scratch);
}

// A bucket for each input, with room for all observations: each non-zero is moved only
// once, and nothing needs to be counted before.
template <class Real>
SortedInputs<Real> bucket_sort(const SparseBatch<Real>& A, Scratch& scratch) {
  // Buckets a power of two apart would compete for the same few places of the cache.
  const std::size_t room = A.size + per_line<Occurrence<Real>>, inputs = A.rows->inputs;
  Occurrence<Real>* entries = scratch.get<Occurrence<Real>>(Scratch::entries, inputs * room);
  std::size_t* ends = scratch.get<std::size_t>(Scratch::counts, inputs);
  for (std::size_t j = 0; j < inputs; ++j) ends[j] = j * room;
  for_each_nonzero(A, [=](const SparseEntry<Real>& e) FEEDFORWARD_INLINE_LAMBDA {
    entries[ends[e.input]++] = {e.value, e.observation};
  });
  InputGroup* groups = scratch.get<InputGroup>(Scratch::columns, inputs + 1);
  std::size_t count = 0;
  for (std::size_t j = 0; j < inputs; ++j) {
    // Written for every input, and kept if it has occurred: no branch to be guessed wrong.
    groups[count] = {j, j * room, ends[j]};
    count += groups[count].begin != ends[j];
  }
  return {count, groups, entries};
}

// Whether at least a sixteenth of the values are non-zeros: then buckets do not take too much
// memory for what they hold.
template <class Real>
bool fills_buckets(const SparseBatch<Real>& A) {
  return A.rows->inputs * A.size <= 16 * nonzeros(A);
}

// The sort that is faster for this batch.
template <class Real>
SortedInputs<Real> sort_by_input(const SparseBatch<Real>& A, Scratch& scratch) {
  return fills_buckets(A) ? bucket_sort(A, scratch) : radix_sort(A, scratch);
}

}  // namespace feedforward

#endif
