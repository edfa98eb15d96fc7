// Mean and standard deviation of each column of a table, from which R decides how inputs are
// standardized. It must not know standardize.hpp, which applies what R has decided.
#ifndef FEEDFORWARD_MOMENTS_HPP
#define FEEDFORWARD_MOMENTS_HPP

#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "table.hpp"

namespace feedforward {

struct Moments {
  std::vector<double> mean, sd;  // (inputs), in units of value / divisor
};

// weights (n): how often each row counts, which may be 0; at least one must be positive. The sd
// divides by the sum of the weights, so a row of weight 2 is the same as two rows. The deviations
// are taken from the mean in a second pass, without the cancellation of sum(x^2) - n mean^2, and
// sums are in double and in the order of the observations, so they do not depend on threads.
template <class AnyTable>
Moments column_moments(const AnyTable& table, const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  Moments moments;
  for (std::size_t j = 0; j < table.inputs; ++j) {
    double sum = 0, stored = 0, squares = 0;
    table.for_each_stored(j, [&](std::size_t i, double value) {
      sum += weights[i] * value;
      stored += weights[i];
    });
    const double mean = sum / total;
    table.for_each_stored(j, [&](std::size_t i, double value) {
      squares += weights[i] * (value - mean) * (value - mean);
    });
    // Zeros that are not stored count too. A dense table stores them all: then `stored` was summed
    // in the same order as `total`, and the difference is exactly 0.
    squares += (total - stored) * mean * mean;
    moments.mean.push_back(mean / table.divisor);
    moments.sd.push_back(std::sqrt(squares / total) / table.divisor);
  }
  return moments;
}

}  // namespace feedforward

#endif
