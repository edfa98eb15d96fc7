// Inputs brought to a common scale while they are read.
#ifndef FEEDFORWARD_STANDARDIZE_HPP
#define FEEDFORWARD_STANDARDIZE_HPP

#include <cstddef>
#include <vector>

namespace feedforward {

// An input x is used as (x - center) * factor. Both have one number per input, or none: then
// inputs are not shifted, or used as they are.
struct Standardization {
  std::vector<double> center, factor;

  bool none() const { return factor.empty(); }
  bool shifts() const { return !center.empty(); }

  // Input j's x, in double until it is small: single precision has no digits for what varies
  // little about a large mean.
  double operator()(double x, std::size_t j) const {
    return (shifts() ? x - center[j] : x) * factor[j];
  }
};

// The values of a table, divided and standardised, as numbers of type Real.
template <class Real>
class StandardScale {
 public:
  StandardScale(const Standardization& by, double divisor) : by_(by), divisor_(divisor) {}

  template <class Value>
  Real operator()(Value value, std::size_t j) const {
    return static_cast<Real>(by_(static_cast<double>(value) / divisor_, j));
  }

 private:
  const Standardization& by_;
  double divisor_;
};

}  // namespace feedforward

#endif
