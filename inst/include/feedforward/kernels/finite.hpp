// Whether numbers are neither NaN nor infinite, at the speed of memory. R's side checks whole
// matrices with it before anything else happens to them.
#ifndef FEEDFORWARD_KERNELS_FINITE_HPP
#define FEEDFORWARD_KERNELS_FINITE_HPP

#include <cstddef>

#include "dispatch.hpp"

namespace feedforward {

struct FiniteJob {
  const double* x;
  std::size_t n;
  bool* finite;

  // x - x is 0 for a number and NaN otherwise, and NaN stays in a sum. Four sums at a time, because
  // one would wait for each of its additions; without branches, because all is read anyway.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<double, bytes>, ways = 4;
    Vector<double, bytes> sum[ways] = {}, v;
    std::size_t i = 0;
    for (; i + ways * step <= n; i += ways * step) {
      unroll<ways>([&](auto way) FEEDFORWARD_INLINE_LAMBDA {
        load(v, x + i + way * step);
        sum[way] += v - v;
      });
    }
    double total = 0;
    unroll<ways>([&](auto way)
                     FEEDFORWARD_INLINE_LAMBDA { total += sum_of_lanes<double>(sum[way]); });
    for (; i < n; ++i) total += x[i] - x[i];
    *finite = total == 0;
  }
};

// By one thread: memory is the limit, and R's thread has no team yet.
inline bool all_finite(Isa isa, const double* x, std::size_t n) {
  bool finite = false;
  dispatch(isa, FiniteJob{x, n, &finite});
  return finite;
}

}  // namespace feedforward

#endif
