// Losses, each with the link that turns logits into predictions, and the score that people
// read beside it. objective.hpp and network.hpp call them by the class Loss at the end; a loss must
// not know the network that made the predictions.
//
// Sums are in double also for float, in the order of the observations and by one thread: outputs
// are few beside the weights, and sums of threads would depend on their number.
//
// To add one: its formula and slope, and a line in the table.
#ifndef FEEDFORWARD_LOSS_HPP
#define FEEDFORWARD_LOSS_HPP

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "product.hpp"
#include "registry.hpp"

namespace feedforward {

// A loss as the table has it. Y and A are targets and predictions (outputs, m). Sums run over the
// observations, each times its weight; weights (m) may be a null pointer, which stands for 1
// each. `quantile` is for the loss of that name; the others ignore it. The functions are called
// once per batch, so pointers cost nothing.
template <class Real>
struct LossEntry {
  const char* name;
  // logits Z (outputs, m) become predictions A
  void (*link)(Backend& backend, arma::Mat<Real>& Z);
  // the summed loss
  double (*total)(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights,
                  double quantile);
  // dZ: the derivative of each observation's loss by its logits, without weights
  void (*gradient)(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, double quantile,
                   arma::Mat<Real>& dZ);
  // Summed over the observations: how many are right, or the mean squared error of each. What
  // people read beside the loss, and never what is minimized.
  double (*score)(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights);
};

// Predictions are kept this far from 0 and 1 in the logarithm, so that one confident
// mistake costs at most -log(1e-8) = 18.4.
// As in the script, with the same number.
constexpr double probability_floor = 1e-8;

// From this error on, Huber's loss grows linearly. In units of the outcome, which R scales to sd 1.
constexpr double huber_delta = 1;

// The sum of f(y, a) over the outputs of each observation, in double also for float, times
// its weight, over all observations.
template <class Real, class F>
double sum_over(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights, F f) {
  double total = 0;
  for (arma::uword i = 0; i < Y.n_cols; ++i) {
    double sum = 0;
    for (arma::uword u = 0; u < Y.n_rows; ++u) {
      const arma::uword k = i * Y.n_rows + u;
      sum += f(static_cast<double>(Y[k]), static_cast<double>(A[k]));
    }
    total += weights ? weights[i] * sum : sum;
  }
  return total;
}

// -y log(p), with p kept away from 0 and 1
inline double surprise(double y, double p) {
  if (y == 0) return 0;  // one-hot targets need one logarithm per observation
  p = std::min(std::max(p, probability_floor), 1 - probability_floor);
  return -y * std::log(p);
}

// Measures: the loss of one output, in double, and for those without a paired link its slope by the
// prediction.

// y is 1 for the right class and 0 for all others, so one term is left.
struct CrossEntropy {
  double operator()(double y, double p) const { return surprise(y, p); }
};

// Each output is a label of its own, right or not.
struct BinaryCrossEntropy {
  double operator()(double y, double p) const { return surprise(y, p) + surprise(1 - y, 1 - p); }
};

struct SquaredError {
  double operator()(double y, double a) const { return (a - y) * (a - y); }
  double slope(double y, double a) const { return 2 * (a - y); }
};

// The slope is 0 where the prediction is exact.
struct AbsoluteError {
  double operator()(double y, double a) const { return std::abs(a - y); }
  double slope(double y, double a) const { return (a > y) - (a < y); }
};

// Squares for small errors, so that it is smooth; absolute values for large ones, so that a few odd
// outcomes do no harm (doi:10.1214/aoms/1177703732).
struct Huber {
  double operator()(double y, double a) const {
    const double size = std::abs(a - y);
    return size <= huber_delta ? size * size / 2 : huber_delta * (size - huber_delta / 2);
  }
  double slope(double y, double a) const {
    return std::min(std::max(a - y, -huber_delta), huber_delta);
  }
};

// Errors below the prediction cost 1 - quantile each, those above it cost quantile, so that the
// best constant is this quantile of the targets (doi:10.2307/1913643).
struct Pinball {
  double quantile;

  double operator()(double y, double a) const {
    return y > a ? quantile * (y - a) : (1 - quantile) * (a - y);
  }
  double slope(double y, double a) const { return y > a ? -quantile : (y < a ? 1 - quantile : 0); }
};

// Half the deviance: 0 for a perfect prediction. With the link exp, its derivative by the
// logits is a - y.
struct Poisson {
  double operator()(double y, double a) const {
    return (y > 0 ? y * std::log(y / a) : 0) - (y - a);
  }
};

// The measure itself; only one of them has a constant of its own.
template <class Measure>
Measure measure(double) {
  return {};
}

template <>
inline Pinball measure<Pinball>(double quantile) {
  return {quantile};
}

// LossEntry::total of a measure.
template <class Measure, class Real>
double total(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights,
             double quantile) {
  return sum_over(Y, A, weights, measure<Measure>(quantile));
}

// Where loss and link belong together, the derivative by the logits is just the error. It stays
// exact where the loss itself is cut off at the floor.
template <class Real>
void paired_gradient(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, double,
                     arma::Mat<Real>& dZ) {
  dZ = A - Y;
}

// Without a link, logits are predictions.
template <class Measure, class Real>
void gradient(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, double quantile,
              arma::Mat<Real>& dZ) {
  const Measure loss = measure<Measure>(quantile);
  for (arma::uword k = 0; k < Y.n_elem; ++k) {
    dZ[k] = static_cast<Real>(loss.slope(Y[k], A[k]));
  }
}

// How many observations have their largest prediction where their largest target is. Of equal
// predictions the first counts.
template <class Real>
double right_classes(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights) {
  double right = 0;
  for (arma::uword i = 0; i < Y.n_cols; ++i) {
    const Real *y = Y.colptr(i), *a = A.colptr(i);
    const bool same =
        std::max_element(y, y + Y.n_rows) - y == std::max_element(a, a + Y.n_rows) - a;
    if (same) right += weights ? weights[i] : 1;
  }
  return right;
}

// The share of each observation's labels that are right.
template <class Real>
double right_labels(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights) {
  const auto same = [](double y, double p) { return (y >= 0.5) == (p >= 0.5); };
  return sum_over(Y, A, weights, same) / static_cast<double>(Y.n_rows);
}

// The mean squared error of each observation's outputs: also the score of losses that are not
// squared, so that they can be compared.
template <class Real>
double squared_errors(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights) {
  return sum_over(Y, A, weights, SquaredError()) / static_cast<double>(Y.n_rows);
}

// Predictions are the logits.
template <class Real>
void no_link(Backend&, arma::Mat<Real>&) {}

// All of them. Users see them in the order of R/registry.R.
template <class Real>
const std::vector<LossEntry<Real>>& losses() {
  static const std::vector<LossEntry<Real>> table = {
      {"cross_entropy", softmax<Real>, total<CrossEntropy, Real>, paired_gradient<Real>,
       right_classes<Real>},
      {"binary_cross_entropy", sigmoid<Real>, total<BinaryCrossEntropy, Real>,
       paired_gradient<Real>, right_labels<Real>},
      {"squared_error", no_link<Real>, total<SquaredError, Real>, gradient<SquaredError, Real>,
       squared_errors<Real>},
      {"absolute_error", no_link<Real>, total<AbsoluteError, Real>, gradient<AbsoluteError, Real>,
       squared_errors<Real>},
      {"huber", no_link<Real>, total<Huber, Real>, gradient<Huber, Real>, squared_errors<Real>},
      {"quantile", no_link<Real>, total<Pinball, Real>, gradient<Pinball, Real>,
       squared_errors<Real>},
      {"poisson", apply<Exponential, Real>, total<Poisson, Real>, paired_gradient<Real>,
       squared_errors<Real>},
  };
  return table;
}

// A loss by its name, with its constant: what a network holds. Throws std::invalid_argument for an
// unknown name.
template <class Real>
class Loss {
 public:
  // quantile: between 0 and 1, which one the loss "quantile" aims at; all others ignore it
  Loss(const std::string& name, double quantile)
      : entry_(&find_named(losses<Real>(), name, "loss")), quantile_(quantile) {}

  void link(Backend& backend, arma::Mat<Real>& Z) const { entry_->link(backend, Z); }
  double total(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights) const {
    return entry_->total(Y, A, weights, quantile_);
  }
  void gradient(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, arma::Mat<Real>& dZ) const {
    entry_->gradient(Y, A, quantile_, dZ);
  }
  double score(const arma::Mat<Real>& Y, const arma::Mat<Real>& A, const Real* weights) const {
    return entry_->score(Y, A, weights);
  }

 private:
  const LossEntry<Real>* entry_;
  double quantile_;
};

}  // namespace feedforward

#endif
