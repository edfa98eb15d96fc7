// Whether numbers are neither NaN nor infinite, at the speed of memory. R's side checks whole
// matrices with it before anything else happens to them, and the core what it rounds to single
// precision.
#ifndef FEEDFORWARD_KERNELS_FINITE_HPP
#define FEEDFORWARD_KERNELS_FINITE_HPP

#include <cstddef>

#include "dispatch.hpp"

namespace feedforward {

template <class Real>
struct FiniteJob {
  const Real* x;
  std::size_t n;
  bool* finite;

  // x - x is 0 for a number and NaN otherwise, and NaN stays in a sum. Four sums at a time, because
  // one would wait for each of its additions; without branches, because all is read anyway.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>, ways = 4;
    Vector<Real, bytes> sum[ways] = {}, v;
    std::size_t i = 0;
    for (; i + ways * step <= n; i += ways * step) {
      unroll<ways>([&](auto way) FEEDFORWARD_INLINE_LAMBDA {
        load(v, x + i + way * step);
        sum[way] += v - v;
      });
    }
    Real total = 0;
    unroll<ways>([&](auto way)
                     FEEDFORWARD_INLINE_LAMBDA { total += sum_of_lanes<Real>(sum[way]); });
    for (; i < n; ++i) total += x[i] - x[i];
    *finite = total == 0;
  }
};

// By one thread: memory is the limit, and R's thread has no team yet.
template <class Real>
bool all_finite(Isa isa, const Real* x, std::size_t n) {
  bool finite = false;
  dispatch(isa, FiniteJob<Real>{x, n, &finite});
  return finite;
}

}  // namespace feedforward

#endif
