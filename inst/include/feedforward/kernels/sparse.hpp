// Z = W A + b for a batch of sparse observations: the forward pass of a first layer. Called by
// product.hpp. Each observation adds up the columns of W at its non-zeros, a tile of units at a
// time, so zeros cost nothing and W is read along its columns.
#ifndef FEEDFORWARD_KERNELS_SPARSE_HPP
#define FEEDFORWARD_KERNELS_SPARSE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../source.hpp"
#include "backend.hpp"
#include "dispatch.hpp"
#include "sort.hpp"

namespace feedforward {

// Calls f(first unit, number of vectors as a constant) for tiles that cover the units, each
// of at most so many vectors: 4 or 8.
template <std::size_t most, std::size_t step, class F>
FEEDFORWARD_INLINE void for_each_tile(Range units, F&& f) {
  std::size_t u = units.begin;
  const auto tiles_of = [&](auto vectors) FEEDFORWARD_INLINE_LAMBDA {
    // The last vector may be cut off by the end of the units.
    for (; u + (vectors - 1) * step < units.end; u += vectors * step) f(u, vectors);
  };
  if constexpr (most == 8) tiles_of(std::integral_constant<std::size_t, 8>{});
  tiles_of(std::integral_constant<std::size_t, 4>{});
  tiles_of(std::integral_constant<std::size_t, 2>{});
  tiles_of(std::integral_constant<std::size_t, 1>{});
}

// A tile of units: `count` of them from unit u on. Those weights of input j lie at
// weights + j * stride; from input `whole` on, as many as a full tile has would reach over
// the end of the memory.
template <class Real>
struct UnitTile {
  std::size_t u, count;  // count may be less than a full tile has, at the last unit
  const Real* weights;
  std::size_t stride, whole;
};

// Some units (rows) of Z (all_units, m) = W (all_units, inputs) A (inputs, m) + b (all_units). Each
// element is b plus the products in the order of the inputs, in blocks or not.
template <class Real>
struct SparseForwardJob {
  const Real* W;
  const Real* b;
  const SparseBatch<Real>& A;
  Real* Z;
  std::size_t all_units;
  Range units;
  Scratch& scratch;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    for_each_tile<8, lanes<Real, bytes>>(
        units, [this](std::size_t u, auto vectors)
                   FEEDFORWARD_INLINE_LAMBDA { this->template run_tile<bytes, vectors>(u); });
  }

  // One tile of units of the whole batch, block by block of the inputs: the weights of a block
  // are copied side by side and stay in the L1 cache while all observations pass.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void run_tile(std::size_t u) const {
    constexpr std::size_t height = vectors * lanes<Real, bytes>;
    // How many inputs a block has. Leaves some of 32 KB of L1 for the non-zeros that stream
    // through.
    constexpr std::size_t width = (28 << 10) / sizeof(Real) / height;
    const UnitTile<Real> tile = {u, std::min(height, units.end - u), W + u, all_units,
                                 whole_columns(u, height)};
    const std::size_t inputs = A.rows->inputs;
    Range* left = rows_to_read();
    // A narrow tile has too few weights to be worth the copy.
    if (vectors < 4 || !worth_blocks(width))
      return run_block<bytes, vectors>(tile, {0, inputs}, left);
    Real* block = scratch.get<Real>(Scratch::vectors, width * height);
    for (std::size_t j = 0; j < inputs; j += width) {
      const Range some = {j, std::min(j + width, inputs)};
      pack<bytes, vectors>(tile, some, block);
      run_block<bytes, vectors>({u, tile.count, block - j * height, height, inputs}, some, left);
    }
  }

  // The part of each observation that is still to be read: indices rise, so a block takes the
  // non-zeros from where the block before has stopped.
  Range* rows_to_read() const {
    Range* left = scratch.get<Range>(Scratch::columns, A.size);
    for (std::size_t i = 0; i < A.size; ++i)
      left[i] = {A.rows->start[A.samples[i]], A.rows->start[A.samples[i] + 1]};
    return left;
  }

  // A block is a detour for its weights and for the sums of every observation. It pays if each
  // weight is used several times, and if each observation has some non-zeros in each block.
  bool worth_blocks(std::size_t width) const {
    const std::size_t size = nonzeros(A), inputs = A.rows->inputs;
    return size >= 8 * inputs && size * width >= 4 * inputs * A.size;
  }

  // Copies the weights of some inputs into `block` (height, inputs).
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void pack(const UnitTile<Real>& tile, Range inputs, Real* block) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Real padded[vectors * step] = {};
    for (std::size_t j = inputs.begin; j < inputs.end; ++j, block += vectors * step) {
      const Real* w = weights_of(tile, j, padded);
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
        Vector<Real, bytes> weights;
        load(weights, w + v * step);
        store(block + v * step, weights);
      });
    }
  }

  // From which column on a tile read in full would reach over the end of W. Before that,
  // a tile cut off by the last unit reads into the next column; those lanes are never stored.
  std::size_t whole_columns(std::size_t u, std::size_t height) const {
    const std::size_t size = all_units * A.rows->inputs;
    if (u + height <= all_units) return A.rows->inputs;
    return u + height <= size ? (size - u - height) / all_units + 1 : 0;
  }

  // The tile's weights of input j, where a full tile may be read: where they lie, or copied.
  static FEEDFORWARD_INLINE const Real* weights_of(const UnitTile<Real>& tile, std::size_t j,
                                                   Real* padded) {
    const Real* w = tile.weights + j * tile.stride;
    return j < tile.whole ? w : std::copy(w, w + tile.count, padded) - tile.count;
  }

  // Some inputs of all observations. The sums of one observation stay in registers; between
  // blocks they wait in memory that no other thread writes to.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void run_block(const UnitTile<Real>& tile, Range inputs, Range* left) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    constexpr std::size_t height = vectors * step;
    const bool first = inputs.begin == 0, last = inputs.end == A.rows->inputs;
    Real* sums = scratch.get<Real>(Scratch::scalars, first && last ? 0 : A.size * height);
    Real bias[height] = {}, padded[height] = {};
    std::copy(b + tile.u, b + tile.u + tile.count, bias);
    Vector<Real, bytes> sum[vectors];
    for (std::size_t i = 0; i < A.size; ++i) {
      if (i + 1 < A.size) prefetch_next(A.samples[i + 1], left[i + 1], first);
      // The first block starts from the bias, the others from where the one before has stopped.
      const Real* z = first ? bias : sums + i * height;
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA { load(sum[v], z + v * step); });
      add_row<bytes>(tile, inputs.end, left[i], padded, sum);
      last ? store_tile<bytes>(Z + i * all_units + tile.u, sum, tile.count)
           : store_tile<bytes>(sums + i * height, sum, height);
    }
  }

  // The whole next observation, or only where it goes on: the rest of it was fetched before.
  FEEDFORWARD_INLINE void prefetch_next(std::size_t sample, Range left, bool first) const {
    if (first) return prefetch_row(*A.rows, sample);
    __builtin_prefetch(A.rows->index.data() + left.begin);
    __builtin_prefetch(A.rows->value.data() + left.begin);
  }

  // The non-zeros of one observation up to input `end`.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void add_row(const UnitTile<Real>& tile, std::size_t end, Range& left,
                                  Real* padded, Vector<Real, bytes> (&sum)[vectors]) const {
    const std::uint32_t* index = A.rows->index.data();
    const Real* value = A.rows->value.data();
    std::size_t k = left.begin;
    for (; k < left.end && index[k] < end; ++k) {
      const Real x = value[k];
      const Real* w = weights_of(tile, index[k], padded);
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
        Vector<Real, bytes> weights;
        load(weights, w + v * lanes<Real, bytes>);
        sum[v] += weights * x;
      });
    }
    left.begin = k;
  }

  // The first `count` of a tile's units.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void store_tile(Real* z, const Vector<Real, bytes> (&sum)[vectors],
                                     std::size_t count) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
      store(z + v * step, sum[v], std::min(step, count - v * step));
    });
  }
};

// Z (units, m) = W (units, inputs) A (inputs, m) + b (units). Threads own units, so that a thread's
// weights stay in its cache from batch to batch.
template <class Real>
void sparse_forward(Backend& backend, const Real* W, const Real* b, const SparseBatch<Real>& A,
                    Real* Z, std::size_t units) {
  const double work = static_cast<double>(nonzeros(A)) * static_cast<double>(units);
  backend.divide_range(work, units, per_line<Real>, [&](Range mine, std::size_t thread) {
    dispatch(backend.isa(),
             SparseForwardJob<Real>{W, b, A, Z, units, mine, backend.scratch(thread)});
  });
}

}  // namespace feedforward

#endif
