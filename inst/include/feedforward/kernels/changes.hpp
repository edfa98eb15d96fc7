// The product of a first layer after a few of its inputs have changed: the old result plus the
// change, which costs as much as these inputs alone. product.hpp offers it; it must not know why
// inputs change.
#ifndef FEEDFORWARD_KERNELS_CHANGES_HPP
#define FEEDFORWARD_KERNELS_CHANGES_HPP

#include <cstddef>
#include <cstdint>

#include "../source.hpp"
#include "dispatch.hpp"

namespace feedforward {

// to[:, i] = from[:, rows[i]] + W d_i, where d_i is row i of `changes`. W (units, inputs),
// from (units, n), to (units, m).
template <class Real>
struct ChangesJob {
  const Real* W;
  const Real* from;
  const std::uint32_t* rows;  // (m)
  const SparseRows<Real>* changes;
  Real* to;
  std::size_t units, m;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    // Copies, because for all the compiler knows the job itself might lie where results go.
    const std::size_t count = m, height = units;
    const Real* const weights = W;
    const std::size_t* const start = changes->start.data();
    const std::uint32_t* const index = changes->index.data();
    const Real* const value = changes->value.data();
    for (std::size_t i = 0; i < count; ++i) {
      const Real* before = from + rows[i] * height;
      Real* after = to + i * height;
      const std::size_t first = start[i], end = start[i + 1];
      for_each_vector<lanes<Real, bytes>>(height,
                                          [&](std::size_t u, auto some) FEEDFORWARD_INLINE_LAMBDA {
                                            Vector<Real, bytes> z, w;
                                            load(z, before + u, some);
                                            for (std::size_t k = first; k < end; ++k) {
                                              load(w, weights + index[k] * height + u, some);
                                              z += w * value[k];
                                            }
                                            store(after + u, z, some);
                                          });
    }
  }
};

}  // namespace feedforward

#endif
