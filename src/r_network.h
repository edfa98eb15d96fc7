// Networks between R's lists and the core.
#ifndef FEEDFORWARD_R_NETWORK_H
#define FEEDFORWARD_R_NETWORK_H

#include <RcppArmadillo.h>
#include <feedforward/network.hpp>

#include <string>
#include <vector>

// A network arrives from R as list(architecture, parameters), where the architecture is
// list(sizes, activations, loss, ...) and the parameters are list(W1, b1, W2, b2, ...) of
// double matrices (units x inputs) and vectors (units).
inline feedforward::Architecture architecture_of(const Rcpp::List& network) {
  const Rcpp::List architecture = network["architecture"];
  feedforward::Architecture result;
  result.sizes = Rcpp::as<std::vector<std::size_t>>(architecture["sizes"]);
  result.activations = Rcpp::as<std::vector<std::string>>(architecture["activations"]);
  result.loss = Rcpp::as<std::string>(architecture["loss"]);
  return result;
}

// The network that looks at R's own memory; the list must outlive it.
inline feedforward::Network<double> network_on(const Rcpp::List& network) {
  const Rcpp::List parameters = network["parameters"];
  std::vector<const double*> memory;
  for (R_xlen_t k = 0; k < parameters.size(); ++k) memory.push_back(REAL(parameters[k]));
  return feedforward::Network<double>(architecture_of(network), std::move(memory));
}

// Copies the parameters into a network that owns them.
template <class Real>
void assign_parameters(const Rcpp::List& list, feedforward::Network<Real>& network) {
  const Rcpp::List parameters = list["parameters"];
  Real* parameter = network.parameters().memptr();
  for (R_xlen_t k = 0; k < parameters.size(); ++k) {
    const Rcpp::NumericVector values = parameters[k];
    parameter = std::copy(values.begin(), values.end(), parameter);
  }
}

// A vector laid out as the parameters (they themselves, or their gradient) as R's list.
template <class Real>
Rcpp::List layer_list(const feedforward::Network<Real>& network, arma::Col<Real>& flat) {
  Rcpp::List layers(2 * network.layers());
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const arma::mat W = arma::conv_to<arma::mat>::from(network.weights(layer, flat));
    const arma::Col<Real> b = network.bias(layer, flat);
    layers[2 * layer] = Rcpp::wrap(W);
    layers[2 * layer + 1] = Rcpp::NumericVector(b.begin(), b.end());
  }
  return layers;
}

#endif
