// Where observations come from. A source is prepared once, in the order of the
// observations in memory, and then hands out batches: gather(batch).
#ifndef FEEDFORWARD_SOURCE_HPP
#define FEEDFORWARD_SOURCE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

// All values, one observation after the other: a column each.
template <class Real>
class Dense {
 public:
  using Batch = arma::Mat<Real>;  // (inputs, m)

  explicit Dense(arma::Mat<Real> columns) : columns_(std::move(columns)) {}

  std::size_t inputs() const { return columns_.n_rows; }
  std::size_t size() const { return columns_.n_cols; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch& batch) const {
    batch.set_size(inputs(), m);
    for (std::size_t i = 0; i < m; ++i) {
      std::copy_n(columns_.colptr(samples[i]), inputs(), batch.colptr(i));
    }
  }

 private:
  arma::Mat<Real> columns_;  // (inputs, n)
};

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

// Only the non-zeros: less memory and less work where most values are 0.
template <class Real>
class Sparse {
 public:
  using Batch = SparseBatch<Real>;

  explicit Sparse(SparseRows<Real> rows) : rows_(std::move(rows)) {}

  std::size_t inputs() const { return rows_.inputs; }
  std::size_t size() const { return rows_.start.size() - 1; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch& batch) const {
    batch = {&rows_, samples, m};
  }

 private:
  SparseRows<Real> rows_;
};

// Bytes, an eighth of the memory of doubles; value / divisor is computed batch by batch.
template <class Real>
class Bytes {
 public:
  using Batch = arma::Mat<Real>;  // (inputs, m)

  Bytes(arma::Mat<unsigned char> columns, double divisor) : columns_(std::move(columns)) {
    for (std::size_t byte = 0; byte < values_.size(); ++byte) {
      values_[byte] = static_cast<Real>(static_cast<double>(byte) / divisor);
    }
  }

  std::size_t inputs() const { return columns_.n_rows; }
  std::size_t size() const { return columns_.n_cols; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch& batch) const {
    batch.set_size(inputs(), m);
    for (std::size_t i = 0; i < m; ++i) {
      const unsigned char* bytes = columns_.colptr(samples[i]);
      std::transform(bytes, bytes + inputs(), batch.colptr(i),
                     [this](unsigned char byte) { return values_[byte]; });
    }
  }

 private:
  arma::Mat<unsigned char> columns_;  // (inputs, n)
  std::array<Real, 256> values_;      // what each byte stands for
};

}  // namespace feedforward

#endif
