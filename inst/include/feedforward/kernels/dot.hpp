// Dot products of columns: for results too small or too few to fill vectors of rows. product.hpp
// chooses between this and the dense product.
#ifndef FEEDFORWARD_KERNELS_DOT_HPP
#define FEEDFORWARD_KERNELS_DOT_HPP

#include <cstddef>

#include "backend.hpp"
#include "dense_tile.hpp"
#include "dispatch.hpp"

namespace feedforward {

// C (rows, columns) = X' Y + bias, with X (depth, rows), Y (depth, columns) and, if there
// is one, bias (columns). X and Y are column-major without gaps; vectors run along the depth, so
// each result is the sum of its lanes.
template <class Real>
struct DotJob {
  Range rows;
  std::size_t columns, depth;
  const Real* X;
  const Real* Y;
  Strided<Real> C;
  const Real* bias;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    for (std::size_t j = 0; j < columns; ++j) {
      std::size_t i = rows.begin;
      for (; i + 4 <= rows.end; i += 4) run_rows<bytes, 4>(i, j);
      for (; i < rows.end; ++i) run_rows<bytes, 1>(i, j);
    }
  }

  // Several sums at a time: one alone would wait for each of its additions. Each is summed in the
  // same order, alone or beside others.
  template <std::size_t bytes, std::size_t count>
  FEEDFORWARD_INLINE void run_rows(std::size_t i, std::size_t j) const {
    const Real* x = X + i * depth;
    const Real* y = Y + j * depth;
    Vector<Real, bytes> sum[count] = {}, a, b;
    const auto add = [&](std::size_t k, auto some) FEEDFORWARD_INLINE_LAMBDA {
      load(b, y + k, some);
      unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
        load(a, x + n * depth + k, some);
        sum[n] += a * b;
      });
    };
    for_each_vector<lanes<Real, bytes>>(depth, add);
    const Real offset = bias ? bias[j] : Real(0);
    unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
      *C.at(i + n, j) = sum_of_lanes<Real>(sum[n]) + offset;
    });
  }
};

// The same in parts on the backend's threads, which own rows.
template <class Real>
void dot_products(Backend& backend, Shape shape, const Real* X, const Real* Y, Strided<Real> C,
                  const Real* bias) {
  backend.divide_range(shape.work(), shape.rows, 4, [&](Range rows, std::size_t) {
    dispatch(backend.isa(), DotJob<Real>{rows, shape.columns, shape.depth, X, Y, C, bias});
  });
}

}  // namespace feedforward

#endif
