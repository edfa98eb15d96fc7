// Networks between R's lists and the core, for the exports that predict and that train. R has
// checked the lists; here their memory is read in place where that is possible.
#ifndef FEEDFORWARD_R_NETWORK_H
#define FEEDFORWARD_R_NETWORK_H

#include <RcppArmadillo.h>
#include <feedforward/network.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "r_convert.h"
#include "r_list.h"
#include "r_unwind.h"

// A network arrives from R as list(architecture, parameters), where the architecture is
// list(sizes, activations, loss, ...) and the parameters are list(W1, b1, W2, b2, ...) of
// double matrices (units x inputs) and vectors (units). `quantile` is there for the loss of that
// name alone.
inline feedforward::Architecture architecture_of(const Rcpp::List& network) {
  const Rcpp::List architecture = network["architecture"];
  feedforward::Architecture result;
  result.sizes = Rcpp::as<std::vector<std::size_t>>(architecture["sizes"]);
  result.activations = Rcpp::as<std::vector<std::string>>(architecture["activations"]);
  result.loss = Rcpp::as<std::string>(architecture["loss"]);
  if (architecture.containsElementNamed("quantile")) {
    result.quantile = Rcpp::as<double>(architecture["quantile"]);
  }
  return result;
}

// The dropout of each hidden layer, or nothing.
inline std::vector<double> dropout_of(const Rcpp::List& network) {
  const Rcpp::List architecture = network["architecture"];
  return numbers_or_none(element_or_null(architecture, "dropout"));
}

// The network that looks at R's own memory; the list must outlive it.
inline feedforward::NetworkView<double> network_on(const Rcpp::List& network) {
  const Rcpp::List parameters = network["parameters"];
  std::vector<const double*> memory;
  for (R_xlen_t k = 0; k < parameters.size(); ++k) memory.push_back(REAL_RO(parameters[k]));
  return feedforward::NetworkView<double>(architecture_of(network), std::move(memory));
}

// R has seen to it that x has a column for each input: without, memory beyond x would be read.
template <class Real>
void require_columns(SEXP x, const feedforward::NetworkView<Real>& network) {
  std::size_t columns = 0;
  unwinding([&] {
    columns = is_row_file(x) ? Rcpp::as<std::size_t>(Rcpp::List(x)["inputs"])
                             : visit_table(x, [](const auto& table) { return table.inputs; });
  });
  if (columns != network.inputs(0)) Rcpp::stop("a column for each input of the network");
}

// Copies the parameters into a network that owns them, rounded if it computes in float. Both have W
// before b, layer by layer and column by column.
template <class Real>
void assign_parameters(const Rcpp::List& list, feedforward::Network<Real>& network) {
  const Rcpp::List parameters = list["parameters"];
  Real* parameter = network.parameters().memptr();
  for (R_xlen_t k = 0; k < parameters.size(); ++k) {
    const Rcpp::NumericVector values = parameters[k];
    parameter = std::copy(values.begin(), values.end(), parameter);
  }
}

// A vector laid out as the parameters (they themselves, or their gradient) as list(W1, b1, ...),
// without names. R jumps out of it, so it is called under unwinding().
template <class Real>
SEXP layer_list(const feedforward::NetworkView<Real>& network, arma::Col<Real>& flat) {
  const Rcpp::Shield<SEXP> layers(Rf_allocVector(VECSXP, 2 * network.layers()));
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const int units = static_cast<int>(network.units(layer));
    const SEXP W = Rf_allocMatrix(REALSXP, units, static_cast<int>(network.inputs(layer)));
    SET_VECTOR_ELT(layers, 2 * layer, W);
    const arma::Mat<Real> from = network.weights(layer, flat);
    std::copy(from.begin(), from.end(), REAL(W));
    SET_VECTOR_ELT(layers, 2 * layer + 1, new_numbers(network.bias(layer, flat)));
  }
  return layers;
}

#endif
