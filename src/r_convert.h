// The last place where R's types appear as data: R matrices (observations in rows) to and
// from the core's sources, batches and networks.
#ifndef FEEDFORWARD_R_CONVERT_H
#define FEEDFORWARD_R_CONVERT_H

#include <RcppArmadillo.h>
#include <feedforward/feedforward.hpp>

#include <cstddef>
#include <vector>

template <class Value>
feedforward::Table<Value> as_table(const Value* values, SEXP x, double divisor = 1) {
  const std::size_t n = Rf_nrows(x), inputs = Rf_ncols(x);
  return {values, n, inputs, n, divisor};
}

// A Matrix::dgCMatrix, by its slots.
inline feedforward::SparseTable as_sparse_table(SEXP x) {
  const int* shape = INTEGER(R_do_slot(x, Rf_install("Dim")));
  return {INTEGER(R_do_slot(x, Rf_install("p"))), INTEGER(R_do_slot(x, Rf_install("i"))),
          REAL(R_do_slot(x, Rf_install("x"))), static_cast<std::size_t>(shape[0]),
          static_cast<std::size_t>(shape[1])};
}

// Calls f with the table that a matrix is: of double, of int (R's logical values are int
// too), of bytes that stand for byte / 255, or sparse.
template <class F>
auto visit_table(SEXP x, F f) {
  switch (TYPEOF(x)) {
    case REALSXP:
      return f(as_table<double>(REAL(x), x));
    case INTSXP:
      return f(as_table<int>(INTEGER(x), x));
    case LGLSXP:
      return f(as_table<int>(LOGICAL(x), x));
    case RAWSXP:
      return f(as_table<unsigned char>(RAW(x), x, 255));
    case S4SXP:
      return f(as_sparse_table(x));
    default:
      Rcpp::stop("expected a numeric, raw or sparse matrix, got R type %s",
                 Rf_type2char(TYPEOF(x)));
  }
}

// Columns (outputs, m) become rows first .. first + m of an R matrix.
template <class Real>
void write_rows(const arma::Mat<Real>& columns, std::size_t first, Rcpp::NumericMatrix& x) {
  const std::size_t n = x.nrow();
  double* values = x.begin() + first;
  for (std::size_t j = 0; j < columns.n_rows; ++j) {
    for (std::size_t i = 0; i < columns.n_cols; ++i) {
      values[j * n + i] = columns[i * columns.n_rows + j];
    }
  }
}

// Layers arrive from R as list(W1, b1, W2, b2) of double matrices and vectors.
inline feedforward::Architecture two_layer_architecture(const Rcpp::List& layers) {
  const SEXP W1 = layers["W1"], W2 = layers["W2"];
  feedforward::Architecture architecture;
  for (const int size : {Rf_ncols(W1), Rf_nrows(W1), Rf_nrows(W2)}) {
    architecture.sizes.push_back(size);
  }
  architecture.activations = {"sigmoid"};
  return architecture;
}

// The network that looks at R's own memory; `layers` must outlive it.
inline feedforward::Network<double> network_on(const Rcpp::List& layers) {
  return feedforward::Network<double>(
      two_layer_architecture(layers),
      {REAL(layers["W1"]), REAL(layers["b1"]), REAL(layers["W2"]), REAL(layers["b2"])});
}

// Copies the layers into a network that owns its parameters.
template <class Real>
void assign_layers(const Rcpp::List& layers, feedforward::Network<Real>& network) {
  Real* parameter = network.parameters().memptr();
  for (const char* name : {"W1", "b1", "W2", "b2"}) {
    const Rcpp::NumericVector values = layers[name];
    parameter = std::copy(values.begin(), values.end(), parameter);
  }
}

// A vector laid out as the parameters (they themselves, or their gradient) as R matrices:
// weights and biases of each layer in turn.
template <class Real>
Rcpp::List layer_matrices(const feedforward::Network<Real>& network, arma::Col<Real>& flat) {
  Rcpp::List matrices;
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    const arma::mat W = arma::conv_to<arma::mat>::from(network.weights(layer, flat));
    const arma::vec b = arma::conv_to<arma::vec>::from(network.bias(layer, flat));
    matrices.push_back(Rcpp::wrap(W));
    matrices.push_back(Rcpp::wrap(arma::mat(b)));
  }
  return matrices;
}

#endif
