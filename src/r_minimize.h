// R's own L-BFGS, for training on all observations at once. Apart from Armadillo: both declare the
// functions of BLAS, and differently, so this header must not include it.
#ifndef FEEDFORWARD_R_MINIMIZE_H
#define FEEDFORWARD_R_MINIMIZE_H

#include <feedforward/minimizer.hpp>

#include <stdexcept>

// L-BFGS was started by R code that another L-BFGS calls.
struct MinimizerBusy : std::logic_error {
  MinimizerBusy() : std::logic_error("L-BFGS is already running") {}
};

// Byrd et al. (1995), doi:10.1137/0916069, without bounds. One at a time: others throw
// MinimizerBusy.
class RMinimizer : public feedforward::Minimizer {
 public:
  bool minimize(feedforward::SmoothFunction& function, std::vector<double> x,
                const feedforward::LbfgsOptions& options) override;
};

#endif
