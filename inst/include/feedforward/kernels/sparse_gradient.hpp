// dW = keep dW + scale dZ A' for a batch of sparse observations: the gradient of a first layer.
// Called by product.hpp. Only the columns of dW that occur in the batch are touched, each once.
#ifndef FEEDFORWARD_KERNELS_SPARSE_GRADIENT_HPP
#define FEEDFORWARD_KERNELS_SPARSE_GRADIENT_HPP

#include <algorithm>
#include <cstddef>

#include "sort.hpp"
#include "sparse.hpp"

namespace feedforward {

// Some units (rows) of dW (all_units, inputs) += scale dZ (all_units, m) A', which concerns
// only the columns that occur in the batch.
template <class Real>
struct SparseGradientJob {
  Real scale;
  const Real* dZ;
  SortedInputs<Real> sorted;  // the non-zeros of the batch
  Real* dW;
  std::size_t all_units, observations;
  Range units;
  Scratch& scratch;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    // A tile of dZ of observations_at_once then just fits into the L1 cache.
    constexpr std::size_t most = bytes == 64 ? 4 : 8;
    for_each_tile<most, lanes<Real, bytes>>(
        units, [this](std::size_t u, auto vectors) FEEDFORWARD_INLINE_LAMBDA {
          this->template run_tile<bytes, vectors>(u, pack_tile(u, vectors * lanes<Real, bytes>));
        });
  }

  // Copied side by side, a tile of dZ fits into the L1 cache, where it is read once for
  // every non-zero. Beyond the last unit it is padded with zeros.
  const Real* pack_tile(std::size_t u, std::size_t height) const {
    const std::size_t count = std::min(height, units.end - u);
    Real* tile = scratch.get<Real>(Scratch::vectors, observations * height);
    for (std::size_t i = 0; i < observations; ++i) {
      const Real* from = dZ + i * all_units + u;
      Real* to = std::copy(from, from + count, tile + i * height);
      std::fill(to, tile + (i + 1) * height, Real(0));
    }
    return tile;
  }

  // One tile of units of each input: summed in registers over the observations that have
  // it, and added to dW at once.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void run_tile(std::size_t u, const Real* tile) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    const std::size_t count = std::min(vectors * step, units.end - u);
    for (std::size_t n = 0; n < sorted.count; ++n) {
      // In the order of the observations, whatever the sort and the number of threads.
      Vector<Real, bytes> sum[vectors] = {};
      const InputGroup& group = sorted.groups[n];
      if (n + 1 < sorted.count) prefetch_group<bytes, vectors>(sorted.groups[n + 1], u);
      for (std::size_t k = group.begin; k < group.end; ++k) {
        const Real* dz = tile + sorted.entries[k].observation * (vectors * step);
        const Real x = sorted.entries[k].value;
        unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
          Vector<Real, bytes> z;
          load(z, dz + v * step);
          sum[v] += z * x;
        });
      }
      Real* w = dW + group.input * all_units + u;
      unroll<vectors>([&](auto v) FEEDFORWARD_INLINE_LAMBDA {
        update<bytes>(w + v * step, sum[v], std::min(step, count - v * step));
      });
    }
  }

  // The next entries lie in another bucket, and the next column of dW is one of many: no
  // pattern that the processor would recognize by itself.
  template <std::size_t bytes, std::size_t vectors>
  FEEDFORWARD_INLINE void prefetch_group(const InputGroup& group, std::size_t u) const {
    prefetch(sorted.entries + group.begin, group.end - group.begin);
    const Real* w = dW + group.input * all_units + u;
    unroll<(vectors * bytes + cache_line - 1) / cache_line>(
        [&](auto n) FEEDFORWARD_INLINE_LAMBDA { __builtin_prefetch(w + n * per_line<Real>); });
  }

  // w (count) += scale sum, at the first `count` lanes.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void update(Real* w, const Vector<Real, bytes>& sum, std::size_t count) const {
    Vector<Real, bytes> old;
    load(old, w, count);
    store(w, old + sum * scale, count);
  }
};

// Some units (rows) of dW (all_units, inputs) times keep, which may be 0: then what dW held is not
// read, as it may be NaN. In a step of plain gradient descent keep is 1, and nothing is done.
template <class Real>
void scale_units(Real keep, Real* dW, std::size_t all_units, std::size_t inputs, Range units) {
  if (keep == Real(1)) return;
  for (std::size_t j = 0; j < inputs; ++j)
    for (Real* w = dW + j * all_units + units.begin; w != dW + j * all_units + units.end; ++w)
      *w = keep == Real(0) ? Real(0) : keep * *w;
}

// How many observations are summed before they are added to dW: as many as the L1 cache
// holds, but all of them where few have the same input, for then dW is the larger burden.
template <class Real>
std::size_t observations_at_once(const SparseBatch<Real>& A) {
  constexpr std::size_t in_cache = 128;
  return fills_buckets(A) ? in_cache : A.size;
}

// dW (units, inputs) = keep dW + scale dZ (units, m) A' with A (inputs, m). Threads own
// units. Each sorts the whole batch for itself: that takes less time than to fetch the
// sorted halves of two threads from each other's caches.
template <class Real>
void sparse_gradient(Backend& backend, Real scale, const Real* dZ, const SparseBatch<Real>& A,
                     Real keep, Real* dW, std::size_t units) {
  const double work = static_cast<double>(nonzeros(A)) * static_cast<double>(units);
  const std::size_t step = observations_at_once(A);
  backend.divide_range(work, units, per_line<Real>, [&](Range mine, std::size_t thread) {
    Scratch& scratch = backend.scratch(thread);
    scale_units(keep, dW, units, A.rows->inputs, mine);
    for (std::size_t i = 0; i < A.size; i += step) {
      const SparseBatch<Real> some = {A.rows, A.samples + i, std::min(step, A.size - i)};
      dispatch(backend.isa(),
               SparseGradientJob<Real>{scale, dZ + i * units, sort_by_input(some, scratch), dW,
                                       units, some.size, mine, scratch});
    }
  });
}

}  // namespace feedforward

#endif
