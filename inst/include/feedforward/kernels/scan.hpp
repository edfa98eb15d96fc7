// Reads some rows of a column-major matrix, a few columns at a time: which of the rows have
// a non-zero there, and whether all values are finite. table.hpp turns such matrices into rows
// with it. It must not know what becomes of the values: those go to a sink.
#ifndef FEEDFORWARD_KERNELS_SCAN_HPP
#define FEEDFORWARD_KERNELS_SCAN_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "dispatch.hpp"

namespace feedforward {

// A scan takes up to so many rows: a longer piece of every column would not stay in the
// first cache until it is used, a shorter one would waste what memory hands out at once.
constexpr std::size_t rows_per_scan = 128;

// Columns of a step. Where the non-zeros come in runs, wider steps skip fewer zeros and
// narrower ones ask more often. Eight doubles are a cache line of the row that is written.
constexpr std::size_t columns_per_step = 8;

// How far ahead memory is asked for, in columns: one step, which takes about as long as memory.
constexpr std::size_t columns_ahead = 8;

// Missing values of R's integers, the lowest number there is, count as not finite. The core needs
// no other knowledge of R for it.
inline bool is_finite(double value) { return std::isfinite(value); }
inline bool is_finite(int value) { return value != std::numeric_limits<int>::min(); }
inline bool is_finite(unsigned char) { return true; }

// Marks the lanes in which a value, given by its bits, is not finite. x - x is 0 for a finite x
// and NaN otherwise, and NaN alone differs from itself.
template <class Value, class V>
FEEDFORWARD_INLINE void add_not_finite(const V& bits, V& found) {
  if constexpr (std::is_same<Value, double>::value) {
    const auto x = (Vector<double, sizeof(V)>)bits;
    const auto zero = x - x;  // or NaN
    found |= (V)(zero != zero);
  } else if constexpr (std::is_same<Value, int>::value) {
    found |= (V)(bits == Bits<int>{1} << 31);
  }
}

// Where the columns of a matrix are: at a fixed distance from each other, or each at a place of its
// own, as the columns of R's data frames are.
template <class Value>
struct ColumnPlaces {
  const Value* values;  // column j is at values + j * stride, unless there is `each`
  std::size_t stride;
  const Value* const* each = nullptr;  // column j is at each[j] + row
  std::size_t row = 0;

  FEEDFORWARD_INLINE const Value* operator[](std::size_t j) const {
    return each ? each[j] + row : values + j * stride;
  }
};

// Calls sink(j, columns, rows_with) for columns j .. j + columns_per_step, or fewer at the
// end: rows_with[i] is not 0 if row i may have a non-zero there. May, because -0.0 has bits that
// are not 0; the sink looks at the values anyway. One pass does both, asking and checking, as
// memory is the limit.
template <class Value, class Sink>
struct ScanJob {
  ColumnPlaces<Value> columns;  // of the first row
  std::size_t rows, inputs;
  Sink& sink;
  bool* finite;  // the answer

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    Vector<Bits<Value>, bytes> not_finite_lanes = {};
    Bits<Value> rest = 0, rows_with[rows_per_scan];
    for (std::size_t ahead = 0; ahead < columns_ahead; ++ahead) prefetch(ahead);
    for (std::size_t j = 0; j < inputs; j += columns_per_step) {
      const Value* column[columns_per_step];
      for (std::size_t k = 0; k < columns_per_step; ++k) {
        prefetch(j + columns_ahead + k);
        column[k] = columns[std::min(j + k, inputs - 1)];  // at the end, the last again
      }
      scan<bytes>(column, rows_with, not_finite_lanes, rest);
      sink(j, std::min(columns_per_step, inputs - j), rows_with);
    }
    const auto either = [](Bits<Value> a, Bits<Value> b)
                            FEEDFORWARD_INLINE_LAMBDA { return static_cast<Bits<Value>>(a | b); };
    *finite = either(rest, reduce<Bits<Value>>(not_finite_lanes, either)) == 0;
  }

  // One step of the columns, all rows.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void scan(const Value* const (&column)[columns_per_step],
                               Bits<Value>* rows_with, Vector<Bits<Value>, bytes>& found,
                               Bits<Value>& rest) const {
    constexpr std::size_t step = lanes<Value, bytes>;
    std::size_t i = 0;
    for (; i + step <= rows; i += step) {
      Vector<Bits<Value>, bytes> any = {}, bits;
      unroll<columns_per_step>([&](auto k) FEEDFORWARD_INLINE_LAMBDA {
        load(bits, column[k] + i);
        any |= bits;
        add_not_finite<Value>(bits, found);
      });
      store(rows_with + i, any);
    }
    // One by one: a prediction often reads one row, and eight detours for it would take longer.
    for (; i < rows; ++i) {
      rows_with[i] = 0;
      for (const Value* values_of : column) {
        rows_with[i] |= values_of[i] != 0;
        rest |= !is_finite(values_of[i]);
      }
    }
  }

  // A short piece of every column is no stream that the processor would recognize by itself.
  FEEDFORWARD_INLINE void prefetch(std::size_t j) const {
    if (j < inputs) feedforward::prefetch(columns[j], rows);
  }
};

// False if a value is not finite. At most rows_per_scan rows.
template <class Value, class Sink>
bool scan_rows(Isa isa, const ColumnPlaces<Value>& columns, std::size_t rows, std::size_t inputs,
               Sink&& sink) {
  bool finite = true;
  dispatch(isa,
           ScanJob<Value, std::remove_reference_t<Sink>>{columns, rows, inputs, sink, &finite});
  return finite;
}

}  // namespace feedforward

#endif
