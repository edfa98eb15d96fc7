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
  const double *center, *factor;  // (n); null pointers for 0 and for 1
  Real* to;                       // (n)

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    const auto as_it_is = [](auto&, std::size_t) FEEDFORWARD_INLINE_LAMBDA {};
    const auto scaled = [this](auto& x, std::size_t j) FEEDFORWARD_INLINE_LAMBDA {
      auto by = x;
      std::memcpy(&by, factor + j, sizeof(by));
      x *= by;
    };
    const auto shifted = [&](auto& x, std::size_t j) FEEDFORWARD_INLINE_LAMBDA {
      auto by = x;
      std::memcpy(&by, center + j, sizeof(by));
      x -= by;
      scaled(x, j);
    };
    if (!factor)
      convert<bytes>(as_it_is);
    else if (!center)
      convert<bytes>(scaled);
    else
      convert<bytes>(shifted);
  }

  // As many values at a time as doubles fit into a vector, and what is left one by one.
  template <std::size_t bytes, class Scale>
  FEEDFORWARD_INLINE void convert(Scale&& scale) const {
    constexpr std::size_t step = lanes<double, bytes>;
    using Doubles = Vector<double, bytes>;
    using Values = Vector<Value, step * sizeof(Value)>;
    using Reals = Vector<Real, step * sizeof(Real)>;
    std::size_t j = 0;
    for (; j + step <= n; j += step) {
      Values values;
      std::memcpy(&values, from + j * sizeof(Value), sizeof(values));
      Doubles x = __builtin_convertvector(values, Doubles);
      scale(x, j);
      const Reals reals = __builtin_convertvector(x, Reals);
      std::memcpy(to + j, &reals, sizeof(reals));
    }
    for (; j < n; ++j) {
      Value value;
      std::memcpy(&value, from + j * sizeof(Value), sizeof(value));
      double x = static_cast<double>(value);
      scale(x, j);
      to[j] = static_cast<Real>(x);
    }
  }
};

}  // namespace feedforward

#endif
