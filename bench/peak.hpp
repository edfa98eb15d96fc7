// How many multiply-adds a core can do at best. The speed of a benchmark means little without it,
// as other programs and the clock of the processor change it from minute to minute.
#ifndef BENCH_PEAK_HPP
#define BENCH_PEAK_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "feedforward/feedforward.hpp"

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Which value is at this share of the sorted ones.
inline double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

namespace feedforward {

// Multiply-adds in ten registers, of factors in registers or, with `from` (size), loaded.
template <class Real>
struct PeakJob {
  static constexpr std::size_t registers = 10, size = 2000;
  std::size_t rounds;
  const Real* from;  // a null pointer for no loads
  Real* result;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> sum[registers] = {}, x, total{};
    fill(x, Real(0.999));
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t k = 0; k + registers * step <= size; k += registers * step)
        unroll<registers>([&](auto i) FEEDFORWARD_INLINE_LAMBDA {
          Vector<Real, bytes> factor = x;
          if (from) {
            load(factor, from + k + i * step);
            sum[i] += factor * x;
          } else {
            sum[i] = sum[i] * factor + x;
          }
        });
    unroll<registers>([&](auto i) FEEDFORWARD_INLINE_LAMBDA { total += sum[i]; });
    *result = sum_of_lanes<Real>(total);
  }
};

// 1e9 multiply-adds per second at best, with operands in registers or loaded.
template <class Real>
double peak(Isa isa, bool loads) {
  alignas(cache_line) static Real numbers[PeakJob<Real>::size] = {};
  [[maybe_unused]] static volatile Real keep;  // or the compiler would leave the work out
  constexpr std::size_t rounds = 2000;
  Real result;
  const auto start = std::chrono::steady_clock::now();
  dispatch(isa, PeakJob<Real>{rounds, loads ? numbers : nullptr, &result});
  const double time = seconds_since(start);
  keep = result;
  const std::size_t step = PeakJob<Real>::registers * vector_bytes(isa) / sizeof(Real);
  const std::size_t done = rounds * (PeakJob<Real>::size / step) * step;
  return static_cast<double>(done) / time / 1e9;
}

}  // namespace feedforward

#endif
