// Where observations come from. A source is made once per training run, by prepare.hpp, and
// then hands out batches to the objective. It must not know networks, or who asks and why.
//
// To add a kind of data: derive from Source, gather into one of the alternatives of Batch, and
// choose the new class in make_source() of prepare.hpp.
#ifndef FEEDFORWARD_SOURCE_HPP
#define FEEDFORWARD_SOURCE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "armadillo.hpp"
#include "kernels/backend.hpp"

namespace feedforward {

// The non-zeros of n observations, one observation after the other (CSR).
// Observation i owns index[start[i] .. start[i + 1]) and the values beside them;
// indices of one observation rise.
template <class Real>
struct SparseRows {
  std::size_t inputs = 0;
  std::vector<std::size_t> start;  // (n + 1); 64 bits, because large data have > 2^32 non-zeros
  // (non-zeros), 0-based input. 32 bits: the kernels are bound by memory, and 2^32 inputs are
  // more than a matrix of R can have.
  std::vector<std::uint32_t> index;
  std::vector<Real> value;  // (non-zeros)
};

// Rows that exist for one batch only, and all of which are its observations.
template <class Real>
struct MadeRows {
  SparseRows<Real> rows;
  std::vector<std::uint32_t> samples;  // 0, 1, ...
};

// A batch of m observations of a SparseRows: nothing is copied, only named. It must not
// outlive the rows or the samples.
template <class Real>
struct SparseBatch {
  const SparseRows<Real>* rows;
  const std::uint32_t* samples;                    // (m), which observations
  std::size_t size;                                // m
  std::shared_ptr<MadeRows<Real>> made = nullptr;  // owns the rows, where the batch made them
};

// m observations as the products take them: all values as columns (inputs, m), or the
// non-zeros alone. Only the products of the first layer look inside, once per batch, so all
// that is above them is compiled once for every kind of data.
template <class Real>
using Batch = std::variant<arma::Mat<Real>, SparseBatch<Real>>;

// The batch as a matrix (inputs, m) whose values are still to be written. If the batch was a
// matrix of its own already, it keeps its memory: a training run allocates once, not once per
// batch.
template <class Real>
arma::Mat<Real>& dense_batch(Batch<Real>& batch, std::size_t inputs, std::size_t m) {
  arma::Mat<Real>* columns = std::get_if<arma::Mat<Real>>(&batch);
  if (!columns || columns->mem_state != 0) columns = &batch.template emplace<arma::Mat<Real>>();
  columns->set_size(inputs, m);
  return *columns;
}

// The memory for rows made for this batch. A batch of made rows keeps its memory.
template <class Real>
MadeRows<Real>& made_rows(Batch<Real>& batch) {
  SparseBatch<Real>* sparse = std::get_if<SparseBatch<Real>>(&batch);
  if (!sparse || !sparse->made) {
    sparse = &batch.template emplace<SparseBatch<Real>>();
    sparse->made = std::make_shared<MadeRows<Real>>();
  }
  return *sparse->made;
}

// Makes the batch name all m rows that were made for it.
template <class Real>
void use_made_rows(Batch<Real>& batch, std::size_t m) {
  SparseBatch<Real>& sparse = std::get<SparseBatch<Real>>(batch);
  sparse.made->samples.resize(m);
  std::iota(sparse.made->samples.begin(), sparse.made->samples.end(), 0u);
  sparse.rows = &sparse.made->rows;
  sparse.samples = sparse.made->samples.data();
  sparse.size = m;
}

// How many observations a batch has, whatever its form: the passes size their memory by it.
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

// All observations that a network can be trained or judged on. Virtual, because it is asked
// once per batch: what runs per value is inside the classes below.
template <class Real>
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t inputs() const = 0;
  virtual std::size_t size() const = 0;  // n, the number of observations
  // Makes the batch hold the observations samples[0 .. m), in that order. A sparse batch keeps
  // a pointer to `samples`, which must outlive it, and the source must outlive all batches. Const
  // and without shared memory, so training and validation may use one source, each with a batch of
  // its own.
  virtual void gather(Backend& backend, const std::uint32_t* samples, std::size_t m,
                      Batch<Real>& batch) const = 0;
  // Observation order[i] becomes observation i, if that takes no longer than leaving them as they
  // are, because they are still to be read: then this reads them. False if they stay as they are.
  virtual bool arrange(Backend&, const std::vector<std::uint32_t>&) { return false; }
};

// Calls copy(i) for each of m observations with so many values, on all threads. To come by a value
// that is not in a cache takes as long as a dozen multiplications.
template <class Copy>
void gather_in_parts(Backend& backend, std::size_t m, std::size_t values, Copy&& copy) {
  const double work = 12 * static_cast<double>(m) * static_cast<double>(values);
  backend.divide_range(work, m, 1, [&](Range mine, std::size_t) {
    for (std::size_t i = mine.begin; i < mine.end; ++i) copy(i);
  });
}

// Asks for a column that is needed soon: the processor alone only finds memory that follows what it
// has just read. Into the second cache, which takes more requests at a time than the first.
template <class T>
void prefetch_column(const T* values, std::size_t n) {
  for (std::size_t i = 0; i < n; i += per_line<T>) __builtin_prefetch(values + i, 0, 2);
}

// All values, one observation after the other: a column each.
template <class Real>
class Dense : public Source<Real> {
 public:
  explicit Dense(arma::Mat<Real> columns) : columns_(std::move(columns)) {}

  std::size_t inputs() const override { return columns_.n_rows; }
  std::size_t size() const override { return columns_.n_cols; }

  // Gives its memory to another source, and is of no use afterwards.
  arma::Mat<Real> take_columns() { return std::move(columns_); }

  // Observations that lie side by side are used where they are. A copy makes the others contiguous,
  // as the dense kernels need them. It costs one read of what the products are about to read
  // anyway.
  void gather(Backend& backend, const std::uint32_t* samples, std::size_t m,
              Batch<Real>& batch) const override {
    if (are_side_by_side(samples, m)) {
      Real* first = const_cast<Real*>(columns_.colptr(samples[0]));  // nobody writes to a batch
      batch.template emplace<arma::Mat<Real>>(first, inputs(), m, false, true);
      return;
    }
    arma::Mat<Real>& to = dense_batch(batch, inputs(), m);
    gather_in_parts(backend, m, inputs(), [&](std::size_t i) {
      if (i + 1 < m) prefetch_column(columns_.colptr(samples[i + 1]), inputs());
      std::copy_n(columns_.colptr(samples[i]), inputs(), to.colptr(i));
    });
  }

 protected:
  arma::Mat<Real> columns_;  // (inputs, n)

 private:
  static bool are_side_by_side(const std::uint32_t* samples, std::size_t m) {
    std::size_t i = 1;
    while (i < m && samples[i] == samples[i - 1] + 1) ++i;
    return i == m;
  }
};

// Only the non-zeros: less memory and less work where most values are 0.
template <class Real>
class Sparse : public Source<Real> {
 public:
  explicit Sparse(SparseRows<Real> rows) : rows_(std::move(rows)) {}

  std::size_t inputs() const override { return rows_.inputs; }
  std::size_t size() const override { return rows_.start.size() - 1; }

  void gather(Backend&, const std::uint32_t* samples, std::size_t m,
              Batch<Real>& batch) const override {
    batch = SparseBatch<Real>{&rows_, samples, m};
  }

 private:
  SparseRows<Real> rows_;
};

// What each byte stands for: byte / divisor. There are only 256 of them, so the division is
// done once for each and not for every value. Divided in double and rounded once, so the
// values are the same as those of a matrix that R divided itself.
template <class Real>
class ByteValues {
 public:
  explicit ByteValues(double divisor) {
    for (std::size_t byte = 0; byte < values_.size(); ++byte) {
      values_[byte] = static_cast<Real>(static_cast<double>(byte) / divisor);
    }
  }
  // The second argument is the input, as scalings of table.hpp have it.
  Real operator()(unsigned char byte, std::size_t = 0) const { return values_[byte]; }

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

  void gather(Backend& backend, const std::uint32_t* samples, std::size_t m,
              Batch<Real>& batch) const override {
    arma::Mat<Real>& to = dense_batch(batch, inputs(), m);
    gather_in_parts(backend, m, inputs(), [&](std::size_t i) {
      const unsigned char* bytes = columns_.colptr(samples[i]);
      std::transform(bytes, bytes + inputs(), to.colptr(i),
                     [this](unsigned char byte) { return values_(byte); });
    });
  }

 private:
  arma::Mat<unsigned char> columns_;  // (inputs, n)
  ByteValues<Real> values_;
};

}  // namespace feedforward

#endif
