// Matrices as R and Fortran keep them, observations in rows, column by column, and how some
// rows are read from them into the core, where an observation lies in one piece.
#ifndef FEEDFORWARD_TABLE_HPP
#define FEEDFORWARD_TABLE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "kernels/backend.hpp"
#include "kernels/finite.hpp"
#include "kernels/scan.hpp"
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
};

// The same for a matrix that stores its non-zeros only, column by column (CSC): those of
// input j are at start[j] .. start[j + 1], with their observations in rising order.
struct SparseTable {
  const int* start;        // (inputs + 1)
  const int* observation;  // (non-zeros)
  const double* values;    // (non-zeros)
  std::size_t n, inputs;
};

// Throws TooLarge. All values were finite before they became numbers of type Real.
template <class Real>
void check_range(const Real* values, std::size_t n) {
  const auto finite = [](Real value) { return is_finite(value); };
  if (sizeof(Real) < sizeof(double) && !std::all_of(values, values + n, finite)) throw TooLarge();
}

// Values as numbers of type Real, whichever input they belong to.
template <class Real, class Value>
class Scale {
 public:
  explicit Scale(double divisor) : divisor_(divisor) {}
  Real operator()(Value value, std::size_t) const {
    if (divisor_ == 1) return static_cast<Real>(value);  // a division is slow
    return static_cast<Real>(static_cast<double>(value) / divisor_);
  }

 private:
  double divisor_;
};

template <class Real>
class Scale<Real, unsigned char> {
 public:
  explicit Scale(double divisor) : values_(divisor) {}
  Real operator()(unsigned char value, std::size_t) const { return values_(value); }

 private:
  ByteValues<Real> values_;
};

// Calls f(rows) for all rows of a table, as many at a time as a scan takes.
template <class F>
void for_each_scan(Range rows, F&& f) {
  for (std::size_t begin = rows.begin; begin < rows.end; begin += rows_per_scan) {
    f(Range{begin, std::min(begin + rows_per_scan, rows.end)});
  }
}

// All observations as columns (inputs, n), each value as scale(value, input) says. False if a
// value is not finite.
template <class Real, class Value, class Scaling>
bool copy_rows(Isa isa, const Table<Value>& table, const Scaling& scale, Real* columns) {
  bool finite = true;
  for_each_scan({0, table.n}, [&](Range rows) {
    const Value* values = table.values + rows.begin;
    const std::size_t m = rows.end - rows.begin;
    Real* first = columns + rows.begin * table.inputs;
    finite &= scan_rows(isa, values, m, table.inputs, table.stride,
                        [&](std::size_t j, std::size_t width, const auto*) {
                          const Value* from = values + j * table.stride;
                          for (std::size_t i = 0; i < m; ++i) {
                            Real* to = first + i * table.inputs + j;
                            for (std::size_t k = 0; k < width; ++k) {
                              to[k] = scale(from[k * table.stride + i], j + k);
                            }
                          }
                        });
  });
  return finite;
}

template <class Real, class Value>
bool copy_rows(Isa isa, const Table<Value>& table, Real* columns) {
  return copy_rows(isa, table, Scale<Real, Value>(table.divisor), columns);
}

// What a few rows tell about the rest.
struct Sample {
  double rows = 0, nonzeros = 0;
};

template <class Value>
void count_rows(const Table<Value>& table, Range rows, Sample& sample) {
  std::size_t nonzeros = 0;
  for (std::size_t j = 0; j < table.inputs; ++j)
    for (std::size_t i = rows.begin; i < rows.end; ++i) nonzeros += table.at(i, j) != 0;
  sample.rows += static_cast<double>(rows.end - rows.begin);
  sample.nonzeros += static_cast<double>(nonzeros);
}

// Rows from eight places of a large table, the same however it is divided among threads.
template <class Value>
Sample take_sample(const Table<Value>& table) {
  constexpr std::size_t places = 8, rows_per_place = 32;
  Sample sample;
  if (table.n <= places * rows_per_place) {
    count_rows(table, {0, table.n}, sample);
    return sample;
  }
  for (std::size_t place = 0; place < places; ++place) {
    const std::size_t first = place * (table.n - rows_per_place) / (places - 1);
    count_rows(table, {first, first + rows_per_place}, sample);
  }
  return sample;
}

// Above this share of non-zeros, the dense kernels are faster.
constexpr double sparse_up_to = 0.4;

inline bool worth_sparse(const Sample& sample, std::size_t inputs) {
  return sample.nonzeros <= sparse_up_to * sample.rows * static_cast<double>(inputs);
}

// Makes rows of non-zeros from up to rows_per_scan observations at a time.
template <class Real, class Value, class Scaling = Scale<Real, Value>>
class NonzeroBuffer {
 public:
  explicit NonzeroBuffer(Scaling scale) : scale_(std::move(scale)) {}

  // False if a value is not finite.
  bool collect(Isa isa, const Table<Value>& table) {
    inputs_ = table.inputs;
    count_.assign(table.n, 0);
    if (index_.size() < table.n * inputs_) {
      index_.resize(table.n * inputs_);
      value_.resize(table.n * inputs_);
    }
    return scan_rows(isa, table.values, table.n, inputs_, table.stride,
                     [&](std::size_t j, std::size_t width, const auto* rows_with) {
                       if (width == columns_per_step)
                         keep<columns_per_step>(table, j, rows_with);
                       else
                         for (std::size_t k = 0; k < width; ++k) keep<1>(table, j + k, rows_with);
                     });
  }

  void append_to(SparseRows<Real>& rows) const {
    for (std::size_t i = 0; i < count_.size(); ++i) {
      const auto index = index_.begin() + i * inputs_;
      const auto value = value_.begin() + i * inputs_;
      rows.index.insert(rows.index.end(), index, index + count_[i]);
      rows.value.insert(rows.value.end(), value, value + count_[i]);
      rows.start.push_back(rows.index.size());
    }
  }

 private:
  // The non-zeros of columns j .. j + width. Rows that have none are left out first: asked
  // one by one, they would be guessed wrong too often.
  template <std::size_t width, class Bits>
  void keep(const Table<Value>& table, std::size_t j, const Bits* rows_with) {
    std::uint32_t row[rows_per_scan];
    std::size_t rows = 0;
    for (std::size_t i = 0; i < table.n; ++i) {
      row[rows] = static_cast<std::uint32_t>(i);
      rows += rows_with[i] != 0;
    }
    for (std::size_t r = 0; r < rows; ++r) keep_row<width>(table, j, row[r]);
  }

  // Every value is written behind those already kept and only the count decides whether it
  // stays: a branch would be guessed wrong here too.
  template <std::size_t width>
  FEEDFORWARD_INLINE void keep_row(const Table<Value>& table, std::size_t j, std::size_t i) {
    std::uint32_t* index = index_.data() + i * inputs_ + count_[i];
    Real* value = value_.data() + i * inputs_ + count_[i];
    const Value* from = table.values + j * table.stride + i;
    std::size_t kept = 0;
    unroll<width>([&](auto k) FEEDFORWARD_INLINE_LAMBDA {
      const Value x = from[k * table.stride];
      index[kept] = static_cast<std::uint32_t>(j + k);
      value[kept] = scale_(x, j + k);
      kept += x != 0;
    });
    count_[i] += kept;
  }

  Scaling scale_;
  std::size_t inputs_ = 0;
  std::vector<std::uint32_t> index_;  // (rows, inputs), of which each row uses a part
  std::vector<Real> value_;           // the same
  std::vector<std::size_t> count_;    // (rows)
};

}  // namespace feedforward

#endif
