// What the core asks of an optimizer for smooth functions, such as the one that R brings along:
// full_batch.hpp is the function, R's side the optimizer. Neither knows the other, and this file
// must know neither networks nor matrices, as R's header of it declares its own BLAS.
#ifndef FEEDFORWARD_MINIMIZER_HPP
#define FEEDFORWARD_MINIMIZER_HPP

#include <vector>

namespace feedforward {

// A function of n numbers, with its gradient. n is what the search starts with.
class SmoothFunction {
 public:
  virtual ~SmoothFunction() = default;
  // Never throws, because optimizers are often written in C.
  virtual double value(const double* x) noexcept = 0;
  // The gradient (n) at the x of the last value. Most optimizers ask for both, so one pass over the
  // data gives both.
  virtual void gradient(double* g) const noexcept = 0;
};

// How L-BFGS searches.
struct LbfgsOptions {
  // Past steps from which it guesses the curvature, at least 1. More of them make steps better, and
  // cost two vectors of the parameters' length each.
  int memory = 10;

  // It ends when the loss changes by less than this share of it, at least 0. Larger values end
  // earlier.
  double tolerance = 1e-8;
};

// Someone else's implementation of L-BFGS.
class Minimizer {
 public:
  virtual ~Minimizer() = default;
  // Searches from x on, until it converges or value() returns something that it takes for the end.
  // Whether it converged. Where it ended is not returned: the function has seen every x.
  virtual bool minimize(SmoothFunction& function, std::vector<double> x,
                        const LbfgsOptions& options) = 0;
};

}  // namespace feedforward

#endif
