// The non-zeros of a sparse batch, sorted by input.
#ifndef FEEDFORWARD_KERNELS_SORT_HPP
#define FEEDFORWARD_KERNELS_SORT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../source.hpp"
#include "backend.hpp"
#include "sparse.hpp"

namespace feedforward {

template <class Real>
struct SparseEntry {
  Real value;
  std::uint32_t input, observation;
};

// The inputs that occur in a batch. The n-th of them is input[n], and its non-zeros are
// entries[start[n]] .. entries[start[n + 1] - 1], in the order of the observations.
template <class Real>
struct SortedInputs {
  std::size_t count;
  const std::uint32_t* input;          // (count), rising
  const std::size_t* start;            // (count + 1)
  const SparseEntry<Real>* entries;
};

// Copies the non-zeros that belong to some of the inputs; returns the end of the copy.
template <class Real>
SparseEntry<Real>* collect(const SparseBatch<Real>& A, Range inputs, SparseEntry<Real>* to) {
  const std::uint32_t* index = A.rows->index.data();
  for (std::size_t i = 0; i < A.size; ++i) {
    const std::uint32_t* end = index + A.rows->start[A.samples[i] + 1];
    const std::uint32_t* at = index + A.rows->start[A.samples[i]];
    if (inputs.begin > 0) at = std::lower_bound(at, end, inputs.begin);
    if (inputs.end < A.rows->inputs) end = std::lower_bound(at, end, inputs.end);
    const Real* value = A.rows->value.data() + (at - index);
    for (; at != end; ++at) *to++ = {*value++, *at, static_cast<std::uint32_t>(i)};
  }
  return to;
}

// One pass of a radix sort: stable, by some bits of the input. counts: (mask + 1).
template <class Real>
void distribute(const SparseEntry<Real>* from, std::size_t size, SparseEntry<Real>* to,
                unsigned shift, std::size_t mask, std::size_t* counts) {
  std::fill(counts, counts + mask + 1, 0);
  for (std::size_t k = 0; k < size; ++k) ++counts[(from[k].input >> shift) & mask];
  std::size_t begin = 0;
  for (std::size_t digit = 0; digit <= mask; ++digit) {
    const std::size_t count = counts[digit];
    counts[digit] = begin;
    begin += count;
  }
  for (std::size_t k = 0; k < size; ++k) to[counts[(from[k].input >> shift) & mask]++] = from[k];
}

template <class Real>
SortedInputs<Real> group(const SparseEntry<Real>* entries, std::size_t size, Scratch& scratch) {
  std::uint32_t* input = scratch.get<std::uint32_t>(Scratch::columns, size);
  std::size_t* start = scratch.get<std::size_t>(Scratch::order, size + 1);
  std::size_t count = 0;
  for (std::size_t k = 0; k < size; ++k) {
    if (k > 0 && entries[k].input == entries[k - 1].input) continue;
    input[count] = entries[k].input;
    start[count++] = k;
  }
  start[count] = size;
  return {count, input, start, entries};
}

// A radix sort: unlike counters for each input, its cost depends on the batch alone, and a
// million inputs are no burden. A thousand take a single pass.
template <class Real>
SortedInputs<Real> sort_by_input(const SparseBatch<Real>& A, Range inputs, Scratch& scratch) {
  const std::size_t most = nonzeros(A);
  SparseEntry<Real>* from = scratch.get<SparseEntry<Real>>(Scratch::entries, 2 * most);
  SparseEntry<Real>* to = from + most;
  const std::size_t size = static_cast<std::size_t>(collect(A, inputs, from) - from);

  unsigned bits = 0;
  while (inputs.end >> bits) ++bits;
  const unsigned passes = (bits + 10) / 11;
  const unsigned digit = passes > 0 ? (bits + passes - 1) / passes : 0;
  const std::size_t mask = (std::size_t{1} << digit) - 1;
  std::size_t* counts = scratch.get<std::size_t>(Scratch::counts, mask + 1);
  for (unsigned pass = 0; pass < passes; ++pass) {
    distribute(from, size, to, pass * digit, mask, counts);
    std::swap(from, to);
  }
  return group(from, size, scratch);
}

}  // namespace feedforward

#endif
