// Losses, each paired with the link that turns logits into predictions such that the
// gradient of the summed loss by the logits is A - Y.
#ifndef FEEDFORWARD_LOSS_HPP
#define FEEDFORWARD_LOSS_HPP

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "product.hpp"

namespace feedforward {

template <class Real>
struct Loss {
  const char* name;
  // logits Z (outputs, m) become predictions A
  void (*link)(const Backend& backend, arma::Mat<Real>& Z);
  // sum over the observations of the loss of predictions A against targets Y (outputs, m)
  double (*total)(const arma::Mat<Real>& Y, const arma::Mat<Real>& A);
};

// Predictions are kept this far from 0 and 1 in the logarithm, so that one confident
// mistake costs at most -log(1e-8) = 18.4.
constexpr double probability_floor = 1e-8;

// -sum(y * log(p)) over all elements; in double also for float predictions
template <class Real>
double total_cross_entropy(const arma::Mat<Real>& Y, const arma::Mat<Real>& P) {
  double total = 0;
  for (arma::uword i = 0; i < Y.n_elem; ++i) {
    if (Y[i] == 0) continue;  // one-hot targets need one logarithm per observation
    const double p = std::min(std::max<double>(P[i], probability_floor), 1 - probability_floor);
    total -= Y[i] * std::log(p);
  }
  return total;
}

// 1/2 sum((a - y)^2)
template <class Real>
double total_squared_error(const arma::Mat<Real>& Y, const arma::Mat<Real>& A) {
  double total = 0;
  for (arma::uword i = 0; i < Y.n_elem; ++i) {
    const double error = static_cast<double>(A[i]) - Y[i];
    total += error * error;
  }
  return total / 2;
}

template <class Real>
const Loss<Real>& find_loss(const std::string& name) {
  using Mat = arma::Mat<Real>;
  static const Loss<Real> table[] = {
      {"cross_entropy", [](const Backend& backend, Mat& Z) { softmax(backend, Z); },
       total_cross_entropy<Real>},
      {"squared_error", [](const Backend&, Mat&) {}, total_squared_error<Real>},
  };
  for (const Loss<Real>& entry : table) {
    if (name == entry.name) return entry;
  }
  throw std::invalid_argument("unknown loss: " + name);
}

}  // namespace feedforward

#endif
