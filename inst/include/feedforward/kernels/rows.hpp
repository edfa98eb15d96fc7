// Rows of numbers of any type become columns of Real, each number scaled: how files of
// numbers are read. It must not know files.
#ifndef FEEDFORWARD_KERNELS_ROWS_HPP
#define FEEDFORWARD_KERNELS_ROWS_HPP

#include <cstddef>
#include <cstring>

#include "dispatch.hpp"

namespace feedforward {

// A row of `n` values becomes n numbers (value - center) * factor. Computed in double and rounded
// once, as Standardization does it. `from` can have any address.
template <class Real, class Value>
struct RowJob {
  const unsigned char* from;
  std::size_t n;
  const double *center, *factor;  // (n)
  Real* to;                       // (n)

  // As many values at a time as doubles fit into a vector, and what is left one by one.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<double, bytes>;
    using Doubles = Vector<double, bytes>;
    using Values = Vector<Value, step * sizeof(Value)>;
    using Reals = Vector<Real, step * sizeof(Real)>;
    std::size_t j = 0;
    for (; j + step <= n; j += step) {
      Values values;
      std::memcpy(&values, from + j * sizeof(Value), sizeof(values));
      Doubles x = __builtin_convertvector(values, Doubles);
      Doubles shift, scale;
      load(shift, center + j);
      load(scale, factor + j);
      x = (x - shift) * scale;
      store(to + j, __builtin_convertvector(x, Reals));
    }
    for (; j < n; ++j) {
      Value value;
      std::memcpy(&value, from + j * sizeof(Value), sizeof(value));
      const double x = static_cast<double>(value);
      to[j] = static_cast<Real>((x - center[j]) * factor[j]);
    }
  }
};

}  // namespace feedforward

#endif
