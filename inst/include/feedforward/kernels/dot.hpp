// Dot products of columns: for results too small or too few to fill vectors of rows.
#ifndef FEEDFORWARD_KERNELS_DOT_HPP
#define FEEDFORWARD_KERNELS_DOT_HPP

#include <cstddef>

#include "backend.hpp"
#include "dense_tile.hpp"
#include "dispatch.hpp"

namespace feedforward {

// C (rows, columns) = X' Y + bias, with X (depth, rows), Y (depth, columns) and, if there
// is one, bias (columns).
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

  // Several sums at a time: one alone would wait for each of its additions.
  template <std::size_t bytes, std::size_t count>
  FEEDFORWARD_INLINE void run_rows(std::size_t i, std::size_t j) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    const Real* x = X + i * depth;
    const Real* y = Y + j * depth;
    Vector<Real, bytes> sum[count] = {}, a, b;
    std::size_t k = 0;
    for (; k + step <= depth; k += step) {
      load(b, y + k);
      unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
        load(a, x + n * depth + k);
        sum[n] += a * b;
      });
    }
    if (k < depth) {
      load_some(b, y + k, depth - k);
      unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
        load_some(a, x + n * depth + k, depth - k);
        sum[n] += a * b;
      });
    }
    const Real offset = bias ? bias[j] : Real(0);
    unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
      *C.at(i + n, j) = sum_of_lanes<Real>(sum[n]) + offset;
    });
  }
};

template <class Real>
void dot_products(Backend& backend, const DotJob<Real>& all) {
  const double work = static_cast<double>(all.rows.end) * static_cast<double>(all.columns) *
                      static_cast<double>(all.depth);
  backend.divide(work, [&](std::size_t part, std::size_t parts) {
    DotJob<Real> mine = all;
    mine.rows = share_of(all.rows.end, 4, part, parts);
    dispatch(backend.isa(), mine);
  });
}

}  // namespace feedforward

#endif
