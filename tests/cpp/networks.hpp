// What tests of networks and of training share.
#ifndef FEEDFORWARD_TESTS_NETWORKS_HPP
#define FEEDFORWARD_TESTS_NETWORKS_HPP

#include "feedforward/feedforward.hpp"

#include "helpers.hpp"

namespace tests {

template <class Real>
void randomize_parameters(Network<Real>& network, double scale, unsigned seed) {
  arma::Mat<Real> values = random_matrix<Real>(network.parameter_count(), 1, seed);
  network.parameters() = arma::Col<Real>(values) * static_cast<Real>(scale);
}

// One-hot targets (outputs, m).
template <class Real>
arma::Mat<Real> targets(size_t outputs, size_t m) {
  arma::Mat<Real> Y(outputs, m, arma::fill::zeros);
  for (size_t i = 0; i < m; ++i) Y((3 * i + 1) % outputs, i) = 1;
  return Y;
}

}  // namespace tests

#endif
