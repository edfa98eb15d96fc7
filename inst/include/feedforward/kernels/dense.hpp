// The product of two dense matrices, in whatever orientation they lie in memory. Called by
// product.hpp alone. The plan is that of Goto and van de Geijn (2008), doi:10.1145/1356052.1356053:
// blocks that stay in a cache, panels copied so that they are read in a row, and a tile in
// registers.
//
// It must not know networks: rows may be units, inputs or observations.
#ifndef FEEDFORWARD_KERNELS_DENSE_HPP
#define FEEDFORWARD_KERNELS_DENSE_HPP

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "backend.hpp"
#include "dense_tile.hpp"
#include "dispatch.hpp"

namespace feedforward {

// C (rows, columns) = keep C + scale X Y + bias, with X (rows, depth), Y (depth, columns)
// and, if there is one, bias (rows). With keep = 0 the old C is not read.
template <class Real>
struct DenseProduct : Shape {
  Strided<const Real> X;
  Strided<const Real> Y;
  Strided<Real> C;
  Update<Real> update;
};

// A block of a product: what is multiplied while it is in the cache. Its parts of X and
// Y are read where they lie, or copied into panels first (pack_x, pack_y).
template <class Real>
struct DenseBlock {
  Range rows, columns, depth;
  bool pack_x, pack_y;
  Update<Real> update;
};

// The part of a product that one thread computes. The order in which an element of C is
// summed depends on the depth alone, so not on how the product was divided.
template <class Real>
struct DenseJob {
  const DenseProduct<Real>& product;
  Range rows, columns;  // of C, this thread's
  Scratch& scratch;     // for the panels of X and of Y

  // A block of X (256 KB) stays in the L2 cache, a group of columns of Y in L1. Larger
  // ones would leave the caches, smaller ones add to C more often.
  static constexpr std::size_t depth_block = 256;
  static constexpr std::size_t row_block = 1024 / sizeof(Real);
  static constexpr std::size_t column_block = 512;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    const DenseProduct<Real>& p = product;
    DenseBlock<Real> block;
    // A copy pays only if it is read often. X is read once per group of columns, Y once per tile of
    // rows; vectors along the rows need X to be contiguous there.
    block.pack_x = p.X.row != 1 || (p.columns >= 32 && crowded(p.X.column, p.rows * p.depth));
    block.pack_y = p.rows >= 64 && crowded(std::max(p.Y.row, p.Y.column), p.depth * p.columns);
    for (std::size_t j = columns.begin; j < columns.end; j += column_block) {
      block.columns = {j, std::min(j + column_block, columns.end)};
      for (std::size_t k = 0; k == 0 || k < p.depth; k += depth_block) {
        block.depth = {k, std::min(k + depth_block, p.depth)};
        block.update = p.update;
        // Later blocks of the depth add to what the first one left.
        if (k > 0) block.update = {p.update.scale, Real(1), nullptr};
        for (std::size_t i = rows.begin; i < rows.end; i += row_block) {
          block.rows = {i, std::min(i + row_block, rows.end)};
          run_block<bytes>(block);
        }
      }
    }
  }

  // Whether a matrix must be copied to be read fast. Columns a multiple of a large power
  // of two apart compete for the same few places of a cache, and columns of a large matrix for
  // the processor's table of addresses.
  static bool crowded(std::size_t stride, std::size_t size) {
    const std::size_t large = std::size_t{1} << 20;
    return size * sizeof(Real) > large || stride * sizeof(Real) % 2048 == 0;
  }

  // Groups of as many columns as a tile has, and smaller ones for the rest: each width is a kernel
  // of its own, because registers cannot be counted at run time.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run_block(const DenseBlock<Real>& block) const {
    constexpr std::size_t most = tile_columns<bytes>;
    pack_x<bytes>(block);
    std::size_t j = block.columns.begin;
    for (; j + most <= block.columns.end; j += most) run_group<bytes, most>(block, j);
    for (; j + 4 <= block.columns.end; j += 4) run_group<bytes, 4>(block, j);
    for (; j + 2 <= block.columns.end; j += 2) run_group<bytes, 2>(block, j);
    if (j < block.columns.end) run_group<bytes, 1>(block, j);
  }

  // `count` columns from column j on, all rows of the block.
  template <std::size_t bytes, std::size_t count>
  FEEDFORWARD_INLINE void run_group(const DenseBlock<Real>& block, std::size_t j) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    const Strided<const Real> Y =
        block.pack_y ? packed_y<count>(block, j) : product.Y.from(block.depth.begin, j);
    const Real* y[count];
    unroll<count>([&](auto n) FEEDFORWARD_INLINE_LAMBDA { y[n] = Y.at(0, n); });
    std::size_t i = block.rows.begin;
    for (; i + step < block.rows.end; i += 2 * step) run_tile<bytes, 2>(block, i, j, y, Y.row);
    if (i < block.rows.end) run_tile<bytes, 1>(block, i, j, y, Y.row);
  }

  // One tile of C, at (i, j), for the depth of the block.
  template <std::size_t bytes, std::size_t vectors, std::size_t count>
  FEEDFORWARD_INLINE void run_tile(const DenseBlock<Real>& block, std::size_t i, std::size_t j,
                                   const Real* const (&y)[count], std::size_t y_step) const {
    constexpr std::size_t height = vectors * lanes<Real, bytes>;
    const std::size_t depth = block.depth.end - block.depth.begin;
    Panel<Real> X = {product.X.at(i, block.depth.begin), product.X.column};
    if (is_packed(block, i, height)) X = {packed_x(block, i), height};
    // In registers from the first depth to the last; C is touched once per block.
    Vector<Real, bytes> sum[count][vectors] = {};
    multiply_tile(sum, X, y, y_step, depth);
    Update<Real> update = block.update;
    if (update.bias) update.bias += i;
    finish_tile(sum, update, product.C.from(i, j), std::min(height, product.rows - i));
  }

  // A panel that would reach over the last row of X is always a copy, padded with zeros.
  bool is_packed(const DenseBlock<Real>& block, std::size_t i, std::size_t height) const {
    return block.pack_x || i + height > product.rows;
  }

  // Where the panel of X lies that begins with row i: (rows, depth), one depth after the other.
  Real* packed_x(const DenseBlock<Real>& block, std::size_t i) const {
    Real* panels = scratch.get<Real>(Scratch::vectors, 2 * row_block * depth_block);
    return panels + (i - block.rows.begin) * (block.depth.end - block.depth.begin);
  }

  // Panels of 2 vectors of rows, and one of 1 vector for the rest.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void pack_x(const DenseBlock<Real>& block) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    for (std::size_t i = block.rows.begin; i < block.rows.end; i += 2 * step) {
      if (i + step < block.rows.end) {
        if (is_packed(block, i, 2 * step)) pack_panel<2 * step>(block, i);
      } else {
        if (is_packed(block, i, step)) pack_panel<step>(block, i);
      }
    }
  }

  // One depth after the other, with zeros beyond the last row of X.
  template <std::size_t height>
  FEEDFORWARD_INLINE void pack_panel(const DenseBlock<Real>& block, std::size_t i) const {
    const std::size_t depth = block.depth.end - block.depth.begin;
    const std::size_t rows_left = std::min(height, product.rows - i);
    const Strided<const Real> X = product.X.from(i, block.depth.begin);
    Real* panel = packed_x(block, i);
    if (rows_left < height) std::fill(panel, panel + height * depth, Real(0));
    if (X.row != 1) return pack_transposed<height>(X, rows_left, depth, panel);
    for (std::size_t k = 0; k < depth; ++k) {
      if (rows_left == height)
        std::memcpy(panel + k * height, X.at(0, k), height * sizeof(Real));
      else
        std::copy(X.at(0, k), X.at(rows_left, k), panel + k * height);
    }
  }

  // Neighbors in X are far apart in the panel. So only as many at a time as one cache line
  // holds, and the same ones of all rows, until their lines of the panel are full.
  template <std::size_t height>
  FEEDFORWARD_INLINE void pack_transposed(Strided<const Real> X, std::size_t rows_left,
                                          std::size_t depth, Real* panel) const {
    constexpr std::size_t line = per_line<Real>;
    std::size_t k = 0;
    for (; k + line <= depth; k += line)
      for (std::size_t r = 0; r < rows_left; ++r) {
        const Real* from = X.at(r, k);
        Real* to = panel + k * height + r;
        unroll<line>([&](auto n)
                         FEEDFORWARD_INLINE_LAMBDA { to[n * height] = from[n * X.column]; });
      }
    for (; k < depth; ++k)
      for (std::size_t r = 0; r < rows_left; ++r) panel[k * height + r] = *X.at(r, k);
  }

  // Columns j .. j + count of Y, (depth, count) row by row, so that a tile reads them in a row. The
  // first block of rows packs the columns for all.
  template <std::size_t count>
  Strided<const Real> packed_y(const DenseBlock<Real>& block, std::size_t j) const {
    const std::size_t depth = block.depth.end - block.depth.begin;
    Real* panel = scratch.get<Real>(Scratch::scalars, column_block * depth_block) +
                  (j - block.columns.begin) * depth;
    if (block.rows.begin == rows.begin)
      for (std::size_t k = 0; k < depth; ++k)
        for (std::size_t n = 0; n < count; ++n)
          panel[k * count + n] = *product.Y.at(block.depth.begin + k, j + n);
    return {panel, count, 1};
  }
};

// Threads own rows, in whole vectors; only if there are too few rows, columns. Each packs what it
// needs into its own scratch memory: a common copy would need a barrier.
template <class Real>
void multiply(Backend& backend, Shape shape, Strided<const Real> X, Strided<const Real> Y,
              Strided<Real> C, const Update<Real>& update) {
  constexpr std::size_t row_step = per_line<Real>;
  const DenseProduct<Real> p = {shape, X, Y, C, update};
  backend.divide(shape.work(), [&](std::size_t part, std::size_t parts) {
    Range rows = {0, p.rows}, columns = {0, p.columns};
    if (p.rows > row_step * (parts - 1))
      rows = share_of(p.rows, row_step, part, parts);
    else
      columns = share_of(p.columns, 8, part, parts);
    dispatch(backend.isa(), DenseJob<Real>{p, rows, columns, backend.scratch(part)});
  });
}

}  // namespace feedforward

#endif
