// Inputs brought to a common scale while they are read. R decides the scale and keeps it in the
// model, where predict() multiplies it into the first layer; so only training comes here. It must
// not know how tables lie in memory.
#ifndef FEEDFORWARD_STANDARDIZE_HPP
#define FEEDFORWARD_STANDARDIZE_HPP

#include <cstddef>
#include <vector>

namespace feedforward {

// An input x is used as (x - center) * factor. A factor and not a divisor, because multiplying
// is faster and is done for every value.
struct Standardization {
  // (inputs), subtracted first; empty if inputs are not shifted, so that zeros stay zeros and
  // sparse data stay sparse.
  std::vector<double> center;
  // (inputs), multiplied with; empty if inputs are used as they are. Then `center` is
  // ignored.
  std::vector<double> factor;

  bool none() const { return factor.empty(); }
  bool shifts() const { return !center.empty(); }

  // The scaled value of input j, in double: single precision has no digits for what varies little
  // about a large mean, so it is rounded only afterwards.
  double operator()(double x, std::size_t j) const {
    return (shifts() ? x - center[j] : x) * factor[j];
  }
};

// The values of a table, divided and standardized, as numbers of type Real. A scaling as
// table.hpp wants it; the standardization must outlive it.
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
