// What keeps weights small, and steps.
#ifndef FEEDFORWARD_PENALTY_HPP
#define FEEDFORWARD_PENALTY_HPP

#include <cmath>
#include <cstddef>

#include "network.hpp"
#include "options.hpp"

namespace feedforward {

// gradient += derivative of the penalty
template <class Real>
void add_penalty(Backend& backend, const NetworkView<Real>& network, const Penalty& penalty,
                 arma::Col<Real>& gradient) {
  if (penalty.penalty == 0) return;
  const PenaltyRule<Real> rule = {static_cast<Real>(penalty.penalty * penalty.mixture),
                                  static_cast<Real>(penalty.penalty * (1 - penalty.mixture))};
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const ConstMatrix<Real> W = network.weights(layer);
    arma::Mat<Real> dW = network.weights(layer, gradient);
    descend<Real>(backend, rule, dW.memptr(), W.data, {}, W.size());
  }
}

// The penalty itself.
template <class Real>
double penalty_of(const NetworkView<Real>& network, const Penalty& penalty) {
  double total = 0;
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const ConstMatrix<Real> W = network.weights(layer);
    for (const double w : W) {
      total += penalty.mixture * std::abs(w) + (1 - penalty.mixture) / 2 * w * w;
    }
  }
  return penalty.penalty * total;
}

// Weights times 1 - share, apart from the gradient: the decay of AdamW.
// Loshchilov and Hutter (2017), doi:10.48550/arXiv.1711.05101
template <class Real>
void shrink_weights(Backend& backend, const NetworkView<Real>& network, double share,
                    arma::Col<Real>& parameters) {
  if (share == 0) return;
  const ShrinkRule<Real> rule = {static_cast<Real>(1 - share)};
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    arma::Mat<Real> W = network.weights(layer, parameters);
    descend<Real>(backend, rule, W.memptr(), W.memptr(), {}, W.n_elem);
  }
}

// A gradient longer than `longest` keeps its direction only.
template <class Real>
void clip_norm(double longest, arma::Col<Real>& gradient) {
  if (std::isinf(longest)) return;
  double squares = 0;
  for (const double g : gradient) squares += g * g;
  const double norm = std::sqrt(squares);
  if (norm > longest) gradient *= static_cast<Real>(longest / norm);
}

}  // namespace feedforward

#endif
