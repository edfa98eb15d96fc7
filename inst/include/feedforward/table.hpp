// Matrices as R and Fortran keep them, observations in rows, column by column, and how some
// rows are read from them into the core, where an observation lies in one piece. prepare.hpp
// makes sources of whole tables with it, chunks.hpp reads a few rows at a time. It must not know
// what the numbers are for.
//
// Reading is a transposition. Both of its sides are long, so it goes by scans (kernels/scan.hpp)
// of as many rows as the first cache holds.
#ifndef FEEDFORWARD_TABLE_HPP
#define FEEDFORWARD_TABLE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "kernels/backend.hpp"
#include "kernels/finite.hpp"
#include "kernels/scan.hpp"
#include "source.hpp"

namespace feedforward {

// Observation i's input j is column(j)[i] / divisor. The memory is the caller's, usually R's, and
// is only read; it must outlive the table, which is cheap to copy. Values are
// double, int (R's integers and logicals) or unsigned char.
template <class Value>
struct Table {
  const Value* values;  // of a matrix, column-major; a null pointer if there is `each`
  std::size_t n, inputs;
  std::size_t stride;  // rows of the whole matrix, which are more than n where this is a part
  double divisor;      // 255 for bytes that are gray levels, else 1
  // Otherwise the columns of a data frame, and the first row of this part of it.
  std::shared_ptr<const std::vector<const Value*>> each = nullptr;
  std::size_t first_row = 0;

  ColumnPlaces<Value> columns() const {
    return {values, stride, each ? each->data() : nullptr, first_row};
  }
  const Value* column(std::size_t j) const { return columns()[j]; }

  // Calls f(observation, value) for input j, undivided and in the order of the observations.
  template <class F>
  void for_each_stored(std::size_t j, F&& f) const {
    const Value* from = column(j);
    for (std::size_t i = 0; i < n; ++i) f(i, static_cast<double>(from[i]));
  }

  // The same table with these observations alone.
  Table rows(Range range) const {
    Table part = *this;
    part.n = range.end - range.begin;
    if (each)
      part.first_row += range.begin;
    else
      part.values += range.begin;
    return part;
  }
};

// The table of n observations whose inputs are these columns.
template <class Value>
Table<Value> table_of_columns(std::vector<const Value*> columns, std::size_t n) {
  const std::size_t inputs = columns.size();
  auto each = std::make_shared<const std::vector<const Value*>>(std::move(columns));
  return {nullptr, n, inputs, n, 1, std::move(each)};
}

// The same for a matrix that stores its non-zeros only, column by column (CSC): input j has the
// values start[j] .. start[j + 1], with their observations in rising order. The indices are int
// because Matrix::dgCMatrix has them so. Whoever makes one has checked that no index leads out
// of the table.
struct SparseTable {
  const int* start;        // (inputs + 1)
  const int* observation;  // (non-zeros)
  const double* values;    // (non-zeros)
  std::size_t n, inputs;
  static constexpr double divisor = 1;

  // Calls f(observation, value) for the values of input j that are stored; all others are 0.
  template <class F>
  void for_each_stored(std::size_t j, F&& f) const {
    for (int k = start[j]; k < start[j + 1]; ++k) {
      f(static_cast<std::size_t>(observation[k]), values[k]);
    }
  }
};

// Throws TooLarge if one of n values is infinite. All were finite before they became numbers of
// type Real, so one that is not has overflowed; double can hold whatever came.
template <class Real>
void check_range(const Real* values, std::size_t n, Isa isa = best_isa()) {
  if (sizeof(Real) < sizeof(double) && !all_finite(isa, values, n)) throw TooLarge();
}

// Values as numbers of type Real, whichever input they belong to. A scaling is a function of a
// value and its input; readers take it as a template argument, because it runs for every value.
template <class Real>
class Quotient {
 public:
  explicit Quotient(double divisor) : divisor_(divisor) {}
  template <class Value>
  Real operator()(Value value, std::size_t) const {
    if (divisor_ == 1) return static_cast<Real>(value);  // a division is slow
    return static_cast<Real>(static_cast<double>(value) / divisor_);
  }

 private:
  double divisor_;
};

// Bytes are looked up in the table of all 256.
template <class Real, class Value>
using Scale =
    std::conditional_t<std::is_same<Value, unsigned char>::value, ByteValues<Real>, Quotient<Real>>;

// Calls f(rows) for all rows of a table, as many at a time as a scan takes.
template <class F>
void for_each_scan(Range rows, F&& f) {
  for (std::size_t begin = rows.begin; begin < rows.end; begin += rows_per_scan) {
    f(Range{begin, std::min(begin + rows_per_scan, rows.end)});
  }
}

// All observations as columns (inputs, n), each value as scale(value, input) says. False if a
// value is not finite; the columns then hold what was read so far and more. A scan writes
// columns_per_step neighbors of each column at a time: a whole line of the cache in double.
template <class Real, class Value, class Scaling>
bool copy_rows(Isa isa, const Table<Value>& table, const Scaling& scale, Real* columns) {
  bool finite = true;
  for_each_scan({0, table.n}, [&](Range rows) {
    const ColumnPlaces<Value> part = table.rows(rows).columns();
    const std::size_t m = rows.end - rows.begin;
    Real* first = columns + rows.begin * table.inputs;
    finite &=
        scan_rows(isa, part, m, table.inputs, [&](std::size_t j, std::size_t width, const auto*) {
          const Value* from[columns_per_step];
          for (std::size_t k = 0; k < width; ++k) from[k] = part[j + k];
          for (std::size_t i = 0; i < m; ++i) {
            Real* to = first + i * table.inputs + j;
            for (std::size_t k = 0; k < width; ++k) {
              to[k] = scale(from[k][i], j + k);
            }
          }
        });
  });
  return finite;
}

// The same, with the table's own divisor alone.
template <class Real, class Value>
bool copy_rows(Isa isa, const Table<Value>& table, Real* columns) {
  return copy_rows(isa, table, Scale<Real, Value>(table.divisor), columns);
}

// How many non-zeros a few rows have, from which the form of the source is chosen and its memory
// is guessed. Nothing breaks if the rest of the table is different: it only takes longer.
struct Sample {
  double rows = 0, nonzeros = 0;
};

// Rows from eight places of a large table, the same however it is divided among threads. Eight,
// because data are often sorted by class, and the classes may differ in their zeros; 32 rows at
// each, because a shorter piece of a column costs as much to fetch from memory.
template <class Value>
Sample take_sample(const Table<Value>& table) {
  constexpr std::size_t rows_per_place = 32;
  const std::size_t places = table.n <= 8 * rows_per_place ? 1 : 8;
  const std::size_t rows = places == 1 ? table.n : rows_per_place;
  std::size_t nonzeros = 0;
  for (std::size_t place = 0; place < places; ++place) {
    const std::size_t first = places == 1 ? 0 : place * (table.n - rows) / (places - 1);
    for (std::size_t j = 0; j < table.inputs; ++j) {
      const Value* column = table.column(j);
      for (std::size_t i = first; i < first + rows; ++i) nonzeros += column[i] != 0;
    }
  }
  return {static_cast<double>(places * rows), static_cast<double>(nonzeros)};
}

// Above this share of non-zeros, the dense kernels are faster. The sparse kernels do less work per
// observation, but can use a register tile only once.
constexpr double sparse_up_to = 0.4;

// Whether the sparse kernels are faster on the table of which this is a sample.
inline bool worth_sparse(const Sample& sample, std::size_t inputs) {
  return sample.nonzeros <= sparse_up_to * sample.rows * static_cast<double>(inputs);
}

// Makes rows of non-zeros from up to rows_per_scan observations at a time. Each thread has its own
// and collects on its own; only what is appended to the common rows must wait for its turn.
template <class Real, class Value, class Scaling = Scale<Real, Value>>
class NonzeroBuffer {
 public:
  explicit NonzeroBuffer(Scaling scale) : scale_(std::move(scale)) {}

  // Replaces what it holds by the non-zeros of `table`, which has at most rows_per_scan rows. False
  // if a value is not finite.
  bool collect(Isa isa, const Table<Value>& table) {
    inputs_ = table.inputs;
    count_.assign(table.n, 0);
    if (index_.size() < table.n * inputs_) {
      index_.resize(table.n * inputs_);
      value_.resize(table.n * inputs_);
    }
    columns_ = table.columns();
    return scan_rows(isa, columns_, table.n, inputs_,
                     [&](std::size_t j, std::size_t width, const auto* rows_with) {
                       if (width == columns_per_step)
                         keep<columns_per_step>(table.n, j, rows_with);
                       else
                         for (std::size_t k = 0; k < width; ++k) keep<1>(table.n, j + k, rows_with);
                     });
  }

  // Adds the rows collected last behind those already there.
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
  // Keeps the non-zeros of columns j .. j + width. Rows without any are left out first, in a loop
  // without branches: asked one by one, the processor would guess them wrong too often.
  template <std::size_t width, class Bits>
  void keep(std::size_t n, std::size_t j, const Bits* rows_with) {
    std::uint32_t row[rows_per_scan];
    std::size_t rows = 0;
    for (std::size_t i = 0; i < n; ++i) {
      row[rows] = static_cast<std::uint32_t>(i);
      rows += rows_with[i] != 0;
    }
    const Value* from[width];
    for (std::size_t k = 0; k < width; ++k) from[k] = columns_[j + k];
    for (std::size_t r = 0; r < rows; ++r) keep_row<width>(from, j, row[r]);
  }

  // Every value is written behind those already kept and only the count decides whether it
  // stays: a branch would be guessed wrong here too.
  template <std::size_t width>
  FEEDFORWARD_INLINE void keep_row(const Value* const (&from)[width], std::size_t j,
                                   std::size_t i) {
    std::uint32_t* index = index_.data() + i * inputs_ + count_[i];
    Real* value = value_.data() + i * inputs_ + count_[i];
    std::size_t kept = 0;
    unroll<width>([&](auto k) FEEDFORWARD_INLINE_LAMBDA {
      const Value x = from[k][i];
      index[kept] = static_cast<std::uint32_t>(j + k);
      value[kept] = scale_(x, j + k);
      kept += x != 0;
    });
    count_[i] += kept;
  }

  Scaling scale_;
  ColumnPlaces<Value> columns_ = {};
  std::size_t inputs_ = 0;
  std::vector<std::uint32_t> index_;  // (rows, inputs), of which each row uses a part
  std::vector<Real> value_;           // the same
  std::vector<std::size_t> count_;    // (rows)
};

}  // namespace feedforward

#endif
