// The innermost loop of a dense product: a tile of the result held in registers. dense.hpp cuts a
// product into such tiles. It must not know how large the whole product is.
#ifndef FEEDFORWARD_KERNELS_DENSE_TILE_HPP
#define FEEDFORWARD_KERNELS_DENSE_TILE_HPP

#include <algorithm>
#include <cstddef>

#include "vector.hpp"

namespace feedforward {

// A matrix: neighbors in a column lie `row` elements apart, neighbors in a row `column` apart.
// The transposed matrix has the two exchanged.
template <class T>
struct Strided {
  T* data;
  std::size_t row, column;
  T* at(std::size_t i, std::size_t j) const { return data + i * row + j * column; }
  // What begins at row i and column j.
  Strided from(std::size_t i, std::size_t j) const { return {at(i, j), row, column}; }
};

// The result of a product has rows and columns; each of its elements sums `depth` products.
struct Shape {
  std::size_t rows, columns, depth;

  // How many multiplications it takes: how Backend::divide counts work.
  double work() const {
    return static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(depth);
  }
};

// Some rows of X, contiguous, for rising depth: step elements from one depth to the next.
template <class Real>
struct Panel {
  const Real* data;
  std::size_t step;
};

// How many columns a tile of two vectors of rows has: as many accumulators as the registers
// hold beside a column of X, and enough to hide the latency of a multiplication. AVX-512 has 32
// registers, the others 16; the baseline has no fused multiply-add, so it needs one more for the
// product.
template <std::size_t bytes>
constexpr std::size_t tile_columns = bytes == 64   ? 8
                                     : bytes == 32 ? 6
                                                   : 4;

// sum (vectors of rows, columns) += X (rows, depth) Y (depth, columns), where y[n] points
// to column n of Y, with y_step from one depth to the next. For each depth, a few loads of X and Y
// feed vectors * columns multiplications: that ratio is what makes a tile fast.
template <class V, class Real, std::size_t vectors, std::size_t columns>
FEEDFORWARD_INLINE void multiply_tile(V (&sum)[columns][vectors], Panel<Real> X,
                                      const Real* const (&y)[columns], std::size_t y_step,
                                      std::size_t depth) {
  for (std::size_t k = 0; k < depth; ++k) {
    V x[vectors];
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
      load(x[v], X.data + k * X.step + v * (sizeof(V) / sizeof(Real)));
    });
    unroll<columns>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
      const Real factor = y[n][k * y_step];
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA { sum[n][v] += x[v] * factor; });
    });
  }
}

// What becomes of the sums: C = keep C + scale sum + bias, with bias (rows) or a null pointer.
// keep 0 overwrites C without reading it, so C may be fresh memory, even NaN.
template <class Real>
struct Update {
  Real scale, keep;
  const Real* bias;
};

// C (rows, columns) takes up the sums. A tile that is cut off by the edge of C, or whose rows
// are not contiguous in C, takes a detour over a buffer; the arithmetic is the same.
template <class V, class Real, std::size_t vectors, std::size_t columns>
FEEDFORWARD_INLINE void finish_tile(const V (&sum)[columns][vectors], const Update<Real>& update,
                                    Strided<Real> C, std::size_t rows) {
  constexpr std::size_t step = sizeof(V) / sizeof(Real);
  constexpr std::size_t height = step * vectors;
  const bool direct = C.row == 1 && rows == height;
  Real buffer[height];
  V bias[vectors] = {};
  if (update.bias) {
    const Real* from = rows == height ? update.bias : buffer;
    if (rows < height) {
      std::fill(buffer, buffer + height, Real(0));
      std::copy(update.bias, update.bias + rows, buffer);
    }
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA { load(bias[v], from + v * step); });
  }
  unroll<columns>([&](auto n) FEEDFORWARD_INLINE_LAMBDA {
    Real* c = C.at(0, n);
    Real* rows_of_c = direct ? c : buffer;
    if (!direct && update.keep != Real(0))
      for (std::size_t i = 0; i < height; ++i) buffer[i] = i < rows ? c[i * C.row] : Real(0);
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
      V result = sum[n][v] * update.scale + bias[v];
      if (update.keep != Real(0)) {
        V old;
        load(old, rows_of_c + v * step);
        result += old * update.keep;
      }
      store(rows_of_c + v * step, result);
    });
    if (!direct)
      for (std::size_t i = 0; i < rows; ++i) c[i * C.row] = buffer[i];
  });
}

}  // namespace feedforward

#endif
