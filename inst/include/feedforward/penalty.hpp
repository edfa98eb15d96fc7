// What keeps weights small, and steps. trainer.hpp and full_batch.hpp add it to what the
// objective gives; the objective itself must not know it, so that the loss that is reported and
// the loss on validation data have no penalty in them.
#ifndef FEEDFORWARD_PENALTY_HPP
#define FEEDFORWARD_PENALTY_HPP

#include <cmath>
#include <cstddef>

#include "network.hpp"
#include "options.hpp"

namespace feedforward {

// gradient (parameters) += derivative of the penalty. Biases are left alone.
template <class Real>
void add_penalty(Backend& backend, const NetworkView<Real>& network, const Penalty& penalty,
                 arma::Col<Real>& gradient) {
  if (penalty.penalty == 0) return;
  const PenaltyRule<Real> rule = {static_cast<Real>(penalty.penalty * penalty.mixture),
                                  static_cast<Real>(penalty.penalty * (1 - penalty.mixture))};
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const ConstMatrix<Real> W = network.weights(layer);
    arma::Mat<Real> dW = network.weights(layer, gradient);
    map(backend, work_of_element, rule, W.size(), W.data, dW.memptr());
  }
}

// The penalty itself, in double also for float: it is added to a loss that is.
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

// Weights times 1 - share, apart from the gradient, so that what Adam divides by has no part in
// it: the decay of AdamW.
// Loshchilov and Hutter (2017), doi:10.48550/arXiv.1711.05101
template <class Real>
void shrink_weights(Backend& backend, const NetworkView<Real>& network, double share,
                    arma::Col<Real>& parameters) {
  if (share == 0) return;
  const ShrinkRule<Real> rule = {static_cast<Real>(1 - share)};
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    arma::Mat<Real> W = network.weights(layer, parameters);
    map(backend, work_of_element, rule, W.n_elem, W.memptr());
  }
}

// A gradient longer than `longest` keeps its direction only. The length is over all parameters,
// biases too, and summed in double by one thread, so that it does not depend on their number.
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
