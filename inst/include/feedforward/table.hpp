// Matrices as R and Fortran keep them, observations in rows, column by column, and their
// way into the core, where an observation lies in one piece.
#ifndef FEEDFORWARD_TABLE_HPP
#define FEEDFORWARD_TABLE_HPP

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "kernels/backend.hpp"
#include "source.hpp"

namespace feedforward {

// Observation i's input j is values[j * stride + i] / divisor. The memory is the caller's
// and is only read.
template <class Value>
struct Table {
  const Value* values;
  std::size_t n, inputs;
  std::size_t stride;  // rows of the whole matrix
  double divisor;

  Value at(std::size_t i, std::size_t j) const { return values[j * stride + i]; }
  Table rows(Range range) const {
    return {values + range.begin, range.end - range.begin, inputs, stride, divisor};
  }
  template <class Real>
  Real scaled(Value value) const {
    if (divisor == 1) return static_cast<Real>(value);  // a division is slow
    return static_cast<Real>(static_cast<double>(value) / divisor);
  }

  // Asks memory for some rows of a column that will be read soon: a short piece of every
  // column is no stream that the processor would recognise by itself.
  void prefetch(Range rows, std::size_t j) const {
    if (j >= inputs) return;
    constexpr std::size_t line = 64 / sizeof(Value);
    const Value* column = values + j * stride;
    for (std::size_t i = rows.begin; i < rows.end; i += line) __builtin_prefetch(column + i);
  }
};

// The same for a matrix that stores its non-zeros only, column by column (CSC): those of
// input j are at start[j] .. start[j + 1], with their observations in rising order.
struct SparseTable {
  const int* start;        // (inputs + 1)
  const int* observation;  // (non-zeros)
  const double* values;    // (non-zeros)
  std::size_t n, inputs;
};

// Missing values of R's integers count as not finite.
inline bool is_finite(double value) { return std::isfinite(value); }
inline bool is_finite(int value) { return value != std::numeric_limits<int>::min(); }
inline bool is_finite(unsigned char) { return true; }

// Rows are worked on so many at a time that the columns they fill stay in the cache.
constexpr std::size_t rows_per_block = 32;

// How far ahead memory is asked for.
constexpr std::size_t columns_ahead = 8;

// Observations first .. first + m as columns (inputs, m).
template <class Real, class Value>
void copy_rows(const Table<Value>& table, std::size_t first, std::size_t m, Real* columns) {
  for (std::size_t begin = 0; begin < m; begin += rows_per_block) {
    const std::size_t end = std::min(begin + rows_per_block, m);
    for (std::size_t j = 0; j < table.inputs; ++j) {
      table.prefetch({first + begin, first + end}, j + columns_ahead);
      for (std::size_t i = begin; i < end; ++i) {
        columns[i * table.inputs + j] = table.template scaled<Real>(table.at(first + i, j));
      }
    }
  }
}

// A value that is NA, NaN or infinite stands somewhere in the data.
class NotFinite : public std::domain_error {
 public:
  NotFinite() : std::domain_error("a value is not finite") {}
};

// How many non-zeros each observation has, as the places where they would begin: (n + 1).
using Census = std::vector<std::size_t>;

// Looks at all values once; throws NotFinite.
template <class Value>
Census take_census(const Backend& backend, const Table<Value>& table) {
  Census census(table.n + 1, 0);
  std::atomic<bool> finite{true};
  const double cells = static_cast<double>(table.n) * static_cast<double>(table.inputs);
  backend.divide(cells, [&](std::size_t part, std::size_t parts) {
    const Range rows = share_of(table.n, rows_per_block, part, parts);
    std::size_t* count = census.data() + 1;
    bool all_finite = true;
    for (std::size_t j = 0; j < table.inputs; ++j) {
      for (std::size_t i = rows.begin; i < rows.end; ++i) {
        const Value value = table.at(i, j);
        count[i] += value != 0;
        all_finite &= is_finite(value);
      }
    }
    if (!all_finite) finite = false;
  });
  if (!finite) throw NotFinite();
  std::partial_sum(census.begin(), census.end(), census.begin());
  return census;
}

// Above this share of non-zeros, the dense kernels are faster.
constexpr double sparse_up_to = 0.4;

inline bool worth_sparse(const Census& census, std::size_t inputs) {
  const double cells = static_cast<double>(census.size() - 1) * static_cast<double>(inputs);
  return static_cast<double>(census.back()) <= sparse_up_to * cells;
}

// The non-zeros of a few observations, collected column by column. Every value is written
// behind those already kept and only the count decides whether it stays: where every fifth
// value is a non-zero, a branch would be guessed wrong too often.
template <class Real>
class NonzeroBuffer {
 public:
  NonzeroBuffer(std::size_t rows, std::size_t inputs)
      : width_(inputs + 1), index_(rows * width_), value_(rows * width_), count_(rows) {}

  template <class Value>
  void collect(const Table<Value>& table, Range rows) {
    std::fill(count_.begin(), count_.end(), 0);
    for (std::size_t j = 0; j < table.inputs; ++j) {
      table.prefetch(rows, j + columns_ahead);
      const Value* column = table.values + j * table.stride + rows.begin;
      for (std::size_t i = 0; i < rows.end - rows.begin; ++i) {
        const std::size_t place = i * width_ + count_[i];
        index_[place] = static_cast<std::uint32_t>(j);
        value_[place] = table.template scaled<Real>(column[i]);
        count_[i] += column[i] != 0;
      }
    }
  }

  void copy_row(std::size_t i, std::uint32_t* index, Real* value) const {
    std::copy_n(index_.data() + i * width_, count_[i], index);
    std::copy_n(value_.data() + i * width_, count_[i], value);
  }

 private:
  std::size_t width_;  // of a row: the last place is for what is written but not kept
  std::vector<std::uint32_t> index_;
  std::vector<Real> value_;
  std::vector<std::size_t> count_;
};

// The non-zeros of observations rows.begin .. rows.end go where sparse.start says.
template <class Real, class Value>
void copy_nonzeros(const Table<Value>& table, Range rows, SparseRows<Real>& sparse) {
  NonzeroBuffer<Real> buffer(std::min(rows_per_block, rows.end - rows.begin), table.inputs);
  for (std::size_t begin = rows.begin; begin < rows.end; begin += rows_per_block) {
    const std::size_t end = std::min(begin + rows_per_block, rows.end);
    buffer.collect(table, {begin, end});
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t start = sparse.start[i];
      buffer.copy_row(i - begin, sparse.index.data() + start, sparse.value.data() + start);
    }
  }
}

template <class Real, class Value>
Sparse<Real> sparse_source(const Backend& backend, const Table<Value>& table, Census census) {
  SparseRows<Real> rows;
  rows.inputs = table.inputs;
  rows.index.resize(census.back());
  rows.value.resize(census.back());
  rows.start = std::move(census);
  const double cells = static_cast<double>(table.n) * static_cast<double>(table.inputs);
  backend.divide(cells, [&](std::size_t part, std::size_t parts) {
    copy_nonzeros(table, share_of(table.n, rows_per_block, part, parts), rows);
  });
  return Sparse<Real>(std::move(rows));
}

// Throws NotFinite.
template <class Real>
Sparse<Real> sparse_source(const SparseTable& table) {
  SparseRows<Real> rows;
  rows.inputs = table.inputs;
  const std::size_t nonzeros = table.start[table.inputs];
  const auto finite = [](double value) { return is_finite(value); };
  if (!std::all_of(table.values, table.values + nonzeros, finite)) throw NotFinite();
  rows.index.resize(nonzeros);
  rows.value.resize(nonzeros);
  rows.start.assign(table.n + 1, 0);
  for (std::size_t k = 0; k < nonzeros; ++k) ++rows.start[table.observation[k] + 1];
  std::partial_sum(rows.start.begin(), rows.start.end(), rows.start.begin());
  std::vector<std::size_t> next(rows.start.begin(), rows.start.end() - 1);
  for (std::size_t j = 0; j < table.inputs; ++j) {
    for (int k = table.start[j]; k < table.start[j + 1]; ++k) {
      const std::size_t place = next[table.observation[k]]++;
      rows.index[place] = static_cast<std::uint32_t>(j);
      rows.value[place] = static_cast<Real>(table.values[k]);
    }
  }
  return Sparse<Real>(std::move(rows));
}

// All values as columns (inputs, n), of another type than the source's for bytes.
template <class Real, class Value>
arma::Mat<Real> dense_columns(const Backend& backend, const Table<Value>& table) {
  arma::Mat<Real> columns(table.inputs, table.n, arma::fill::none);
  backend.divide(static_cast<double>(columns.n_elem), [&](std::size_t part, std::size_t parts) {
    const Range rows = share_of(table.n, rows_per_block, part, parts);
    copy_rows(table, rows.begin, rows.end - rows.begin, columns.colptr(rows.begin));
  });
  return columns;
}

// Calls f with the source that trains fastest on the table; throws NotFinite.
template <class Real, class Value, class F>
auto with_source(const Backend& backend, const Table<Value>& table, F&& f) {
  Census census = take_census(backend, table);
  if (worth_sparse(census, table.inputs)) {
    return f(sparse_source<Real>(backend, table, std::move(census)));
  }
  if constexpr (std::is_same<Value, unsigned char>::value) {
    const Table<Value> bytes = {table.values, table.n, table.inputs, table.stride, 1};
    return f(Bytes<Real>(dense_columns<unsigned char>(backend, bytes), table.divisor));
  } else {
    return f(Dense<Real>(dense_columns<Real>(backend, table)));
  }
}

template <class Real, class F>
auto with_source(const Backend&, const SparseTable& table, F&& f) {
  return f(sparse_source<Real>(table));
}

}  // namespace feedforward

#endif
