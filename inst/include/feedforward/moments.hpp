// Mean and standard deviation of each column of a table.
#ifndef FEEDFORWARD_MOMENTS_HPP
#define FEEDFORWARD_MOMENTS_HPP

#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "table.hpp"

namespace feedforward {

struct Moments {
  std::vector<double> mean, sd;  // (inputs)
};

// weights (n): how often each row counts, which may be 0. The deviations are taken from the
// mean in a second pass, without the cancellation of sum(x^2) - n mean^2.
template <class Value>
Moments column_moments(const Table<Value>& table, const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  Moments moments;
  for (std::size_t j = 0; j < table.inputs; ++j) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < table.n; ++i) sum += weights[i] * table.at(i, j);
    const double mean = sum / total;
    for (std::size_t i = 0; i < table.n; ++i) {
      const double deviation = table.at(i, j) - mean;
      squares += weights[i] * deviation * deviation;
    }
    moments.mean.push_back(mean / table.divisor);
    moments.sd.push_back(std::sqrt(squares / total) / table.divisor);
  }
  return moments;
}

// The zeros that are not stored count too.
inline Moments column_moments(const SparseTable& table, const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  Moments moments;
  for (std::size_t j = 0; j < table.inputs; ++j) {
    double sum = 0, squares = 0, stored = 0;
    for (int k = table.start[j]; k < table.start[j + 1]; ++k) {
      sum += weights[table.observation[k]] * table.values[k];
      stored += weights[table.observation[k]];
    }
    const double mean = sum / total;
    for (int k = table.start[j]; k < table.start[j + 1]; ++k) {
      const double deviation = table.values[k] - mean;
      squares += weights[table.observation[k]] * deviation * deviation;
    }
    squares += (total - stored) * mean * mean;
    moments.mean.push_back(mean);
    moments.sd.push_back(std::sqrt(squares / total));
  }
  return moments;
}

}  // namespace feedforward

#endif
