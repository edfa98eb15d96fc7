// Z = W A + b for a batch of sparse observations.
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

// Some units (rows) of Z (all_units, m) = W (all_units, inputs) A (inputs, m) + b (all_units).
template <class Real>
struct SparseForwardJob {
  const Real* W;
  const Real* b;
  const SparseBatch<Real>& A;
  Real* Z;
  std::size_t all_units;
  Range units;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    for_each_tile<8, lanes<Real, bytes>>(
        units, [this](std::size_t u, auto vectors)
                   FEEDFORWARD_INLINE_LAMBDA { this->template run_tile<bytes, vectors>(u); });
  }

  // One tile of units of the whole batch. The sums of one observation stay in registers.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void run_tile(std::size_t u) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    constexpr std::size_t height = vectors * step;
    const std::size_t count = std::min(height, units.end - u);
    const std::size_t whole = whole_columns(u, height);
    Real padded[height] = {};
    std::copy(b + u, b + u + count, padded);
    Vector<Real, bytes> bias[vectors], sum[vectors];
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA { load(bias[v], padded + v * step); });
    for (std::size_t i = 0; i < A.size; ++i) {
      if (i + 1 < A.size) prefetch_row(*A.rows, A.samples[i + 1]);
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA { sum[v] = bias[v]; });
      const std::size_t end = A.rows->start[A.samples[i] + 1];
      for (std::size_t k = A.rows->start[A.samples[i]]; k < end; ++k) {
        const Real x = A.rows->value[k];
        const std::size_t j = A.rows->index[k];
        const Real* w = W + j * all_units + u;
        if (j >= whole) {
          std::copy(w, w + count, padded);
          w = padded;
        }
        unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
          Vector<Real, bytes> weights;
          load(weights, w + v * step);
          sum[v] += weights * x;
        });
      }
      store_tile<bytes>(Z + i * all_units + u, sum, count);
    }
  }

  // From which column on a tile read in full would reach over the end of W. Before that,
  // a tile cut off by the last unit reads into the next column, and nobody minds.
  std::size_t whole_columns(std::size_t u, std::size_t height) const {
    const std::size_t size = all_units * A.rows->inputs;
    if (u + height <= all_units) return A.rows->inputs;
    return u + height <= size ? (size - u - height) / all_units + 1 : 0;
  }

  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void store_tile(Real* z, const Vector<Real, bytes> (&sum)[vectors],
                                     std::size_t count) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
      if ((v + 1) * step <= count)
        store(z + v * step, sum[v]);
      else
        store_some(z + v * step, sum[v], count - v * step);
    });
  }
};

// Z (units, m) = W (units, inputs) A (inputs, m) + b (units). Threads own units.
template <class Real>
void sparse_forward(const Backend& backend, const Real* W, const Real* b,
                    const SparseBatch<Real>& A, Real* Z, std::size_t units) {
  const double work = static_cast<double>(nonzeros(A)) * static_cast<double>(units);
  backend.divide(work, [&](std::size_t part, std::size_t parts) {
    const Range mine = share_of(units, 64 / sizeof(Real), part, parts);
    dispatch(backend.isa(), SparseForwardJob<Real>{W, b, A, Z, units, mine});
  });
}

}  // namespace feedforward

#endif
