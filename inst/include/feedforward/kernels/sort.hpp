// The non-zeros of a sparse batch, sorted by input.
#ifndef FEEDFORWARD_KERNELS_SORT_HPP
#define FEEDFORWARD_KERNELS_SORT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../source.hpp"
#include "backend.hpp"
#include "vector.hpp"

namespace feedforward {

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
  constexpr std::size_t line = 64;
  const std::size_t begin = rows.start[sample], end = rows.start[sample + 1];
  for (std::size_t k = begin; k < end; k += line / sizeof(std::uint32_t))
    __builtin_prefetch(rows.index.data() + k);
  for (std::size_t k = begin; k < end; k += line / sizeof(Real))
    __builtin_prefetch(rows.value.data() + k);
}

template <class Real>
struct SparseEntry {
  Real value;
  std::uint32_t input, observation;
};

// The inputs that occur in a batch. The n-th of them is input[n], and its
// non-zeros are entries[start[n]] .. entries[start[n + 1] - 1], in the order of the observations.
template <class Real>
struct SortedInputs {
  std::size_t count;
  const std::uint32_t* input;  // (count), rising
  const std::uint32_t* start;  // (count + 1)
  const SparseEntry<Real>* entries;
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
  // Returns how many there are.
  template <class Each>
  FEEDFORWARD_INLINE std::size_t distribute(Each&& each, SparseEntry<Real>* to) const {
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
    return size;
  }
};

// Where one input ends and the next begins.
template <class Real>
SortedInputs<Real> group(const SparseEntry<Real>* entries, std::size_t size, Scratch& scratch) {
  std::uint32_t* input = scratch.get<std::uint32_t>(Scratch::columns, size + 1);
  std::uint32_t* start = scratch.get<std::uint32_t>(Scratch::starts, size + 1);
  std::size_t count = 0;
  start[0] = 0;
  for (std::size_t k = 0; k < size; ++k) {
    // Written each time, and left alone after the last: a branch would often be mispredicted.
    input[count] = entries[k].input;
    start[count + 1] = static_cast<std::uint32_t>(k + 1);
    count += k + 1 == size || entries[k].input != entries[k + 1].input;
  }
  return {count, input, start, entries};
}

// The same after a single pass, which left in counts where each input ends.
template <class Real>
SortedInputs<Real> group_counted(const SparseEntry<Real>* entries, const Digit<Real>& digit,
                                 Scratch& scratch) {
  std::uint32_t* input = scratch.get<std::uint32_t>(Scratch::columns, digit.mask + 2);
  std::uint32_t* start = scratch.get<std::uint32_t>(Scratch::starts, digit.mask + 2);
  std::size_t count = 0;
  start[0] = 0;
  for (std::uint32_t j = 0; j <= digit.mask; ++j) {
    input[count] = j;
    start[count + 1] = digit.counts[j];
    count += start[count] != start[count + 1];
  }
  return {count, input, start, entries};
}

// A radix sort: unlike counters for each input, its cost depends on the batch alone, and a
// million inputs are no burden. A thousand take a single pass.
template <class Real>
SortedInputs<Real> sort_by_input(const SparseBatch<Real>& A, Scratch& scratch) {
  const std::size_t most = nonzeros(A);
  SparseEntry<Real>* from = scratch.get<SparseEntry<Real>>(Scratch::entries, 2 * most);
  SparseEntry<Real>* to = from + most;

  unsigned bits = 1;
  while (A.rows->inputs >> bits) ++bits;
  const unsigned passes = (bits + 10) / 11;
  const unsigned width = (bits + passes - 1) / passes;
  Digit<Real> digit = {0, (std::uint32_t{1} << width) - 1, nullptr};
  digit.counts = scratch.get<std::uint32_t>(Scratch::counts, digit.mask + 1);

  const std::size_t size =
      digit.distribute([&](auto&& f) FEEDFORWARD_INLINE_LAMBDA { for_each_nonzero(A, f); }, from);
  if (passes == 1) return group_counted(from, digit, scratch);
  for (digit.shift = width; digit.shift < bits; digit.shift += width) {
    digit.distribute(
        [=](auto&& f) FEEDFORWARD_INLINE_LAMBDA { std::for_each(from, from + size, f); }, to);
    std::swap(from, to);
  }
  return group(from, size, scratch);
}

}  // namespace feedforward

#endif
