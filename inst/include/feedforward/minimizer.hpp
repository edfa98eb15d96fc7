// What the core asks of an optimiser for smooth functions, such as one that R brings along.
// Knows neither networks nor matrices.
#ifndef FEEDFORWARD_MINIMIZER_HPP
#define FEEDFORWARD_MINIMIZER_HPP

#include <vector>

namespace feedforward {

// A function of many numbers, with its gradient.
class SmoothFunction {
 public:
  virtual ~SmoothFunction() = default;
  // Never throws, because many an optimiser is written in C.
  virtual double value(const double* x) noexcept = 0;
  // The gradient at the x of the last value.
  virtual void gradient(double* g) const noexcept = 0;
};

// How L-BFGS searches.
struct LbfgsOptions {
  int memory = 10;          // past steps from which it guesses the curvature; more of them make
                            // steps better, and cost two vectors of parameters each
  double tolerance = 1e-8;  // ends when the loss changes by less, relative to it; larger values
                            // end earlier
};

class Minimizer {
 public:
  virtual ~Minimizer() = default;
  // Searches from x on. Whether it converged.
  virtual bool minimize(SmoothFunction& function, std::vector<double> x,
                        const LbfgsOptions& options) = 0;
};

}  // namespace feedforward

#endif
