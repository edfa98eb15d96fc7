// Where observations come from. A source is prepared once, in the order of the
// observations in memory, and then hands out batches: gather(batch).
#ifndef FEEDFORWARD_SOURCE_HPP
#define FEEDFORWARD_SOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

// The non-zeros of n observations, one observation after the other (CSR).
// Observation i owns index[start[i] .. start[i + 1]) and the values beside them;
// indices of one observation rise.
template <class Real>
struct SparseRows {
  std::size_t inputs = 0;
  std::vector<std::size_t> start;    // (n + 1)
  std::vector<std::uint32_t> index;  // (non-zeros), 0-based input
  std::vector<Real> value;           // (non-zeros)
};

// A batch of m observations of a SparseRows: nothing is copied, only named.
template <class Real>
struct SparseBatch {
  const SparseRows<Real>* rows;
  const std::uint32_t* samples;  // (m), which observations
  std::size_t size;              // m
};

}  // namespace feedforward

#endif
