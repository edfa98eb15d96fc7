// Where observations come from. A source is prepared once, in the order of the
// observations in memory, and then hands out batches.
#ifndef FEEDFORWARD_SOURCE_HPP
#define FEEDFORWARD_SOURCE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
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

// m observations as the products take them: all values as columns (inputs, m), or the
// non-zeros alone. Only the products of the first layer look inside, once per batch, so all
// that is above them is compiled once for every kind of data.
template <class Real>
using Batch = std::variant<arma::Mat<Real>, SparseBatch<Real>>;

// The batch as an empty matrix (inputs, m). A batch that was one already keeps its memory.
template <class Real>
arma::Mat<Real>& dense_batch(Batch<Real>& batch, std::size_t inputs, std::size_t m) {
  arma::Mat<Real>* columns = std::get_if<arma::Mat<Real>>(&batch);
  if (!columns) columns = &batch.template emplace<arma::Mat<Real>>();
  columns->set_size(inputs, m);
  return *columns;
}

template <class Real>
std::size_t observations(const arma::Mat<Real>& X) {
  return X.n_cols;
}
template <class Real>
std::size_t observations(const SparseBatch<Real>& X) {
  return X.size;
}
template <class Real>
std::size_t observations(const Batch<Real>& X) {
  return std::visit([](const auto& batch) { return observations(batch); }, X);
}

// All observations that a network can be trained or judged on.
template <class Real>
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t inputs() const = 0;
  virtual std::size_t size() const = 0;
  // Makes the batch hold the observations samples[0 .. m). A sparse batch keeps a pointer to
  // `samples`, which must outlive it.
  virtual void gather(const std::uint32_t* samples, std::size_t m, Batch<Real>& batch) const = 0;
};

// Some columns of a matrix, side by side in another one.
template <class Real>
void gather_columns(const arma::Mat<Real>& from, const std::uint32_t* samples, std::size_t m,
                    arma::Mat<Real>& to) {
  to.set_size(from.n_rows, m);
  for (std::size_t i = 0; i < m; ++i) {
    std::copy_n(from.colptr(samples[i]), from.n_rows, to.colptr(i));
  }
}

// All values, one observation after the other: a column each.
template <class Real>
class Dense : public Source<Real> {
 public:
  explicit Dense(arma::Mat<Real> columns) : columns_(std::move(columns)) {}

  std::size_t inputs() const override { return columns_.n_rows; }
  std::size_t size() const override { return columns_.n_cols; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch<Real>& batch) const override {
    gather_columns(columns_, samples, m, dense_batch(batch, inputs(), m));
  }

 private:
  arma::Mat<Real> columns_;  // (inputs, n)
};

// Only the non-zeros: less memory and less work where most values are 0.
template <class Real>
class Sparse : public Source<Real> {
 public:
  explicit Sparse(SparseRows<Real> rows) : rows_(std::move(rows)) {}

  std::size_t inputs() const override { return rows_.inputs; }
  std::size_t size() const override { return rows_.start.size() - 1; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch<Real>& batch) const override {
    batch = SparseBatch<Real>{&rows_, samples, m};
  }

 private:
  SparseRows<Real> rows_;
};

// What each byte stands for: byte / divisor. There are only 256 of them, so the division is
// done once for each and not for every value.
template <class Real>
class ByteValues {
 public:
  explicit ByteValues(double divisor) {
    for (std::size_t byte = 0; byte < values_.size(); ++byte) {
      values_[byte] = static_cast<Real>(static_cast<double>(byte) / divisor);
    }
  }
  Real operator()(unsigned char byte) const { return values_[byte]; }

 private:
  std::array<Real, 256> values_;
};

// Bytes, an eighth of the memory of doubles, become numbers batch by batch.
template <class Real>
class Bytes : public Source<Real> {
 public:
  Bytes(arma::Mat<unsigned char> columns, double divisor)
      : columns_(std::move(columns)), values_(divisor) {}

  std::size_t inputs() const override { return columns_.n_rows; }
  std::size_t size() const override { return columns_.n_cols; }

  void gather(const std::uint32_t* samples, std::size_t m, Batch<Real>& batch) const override {
    arma::Mat<Real>& to = dense_batch(batch, inputs(), m);
    for (std::size_t i = 0; i < m; ++i) {
      const unsigned char* bytes = columns_.colptr(samples[i]);
      std::transform(bytes, bytes + inputs(), to.colptr(i),
                     [this](unsigned char byte) { return values_(byte); });
    }
  }

 private:
  arma::Mat<unsigned char> columns_;  // (inputs, n)
  ByteValues<Real> values_;
};

}  // namespace feedforward

#endif
