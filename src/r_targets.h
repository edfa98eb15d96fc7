// Targets from R: the outcome that networks learn, and the weights of observations.
#ifndef FEEDFORWARD_R_TARGETS_H
#define FEEDFORWARD_R_TARGETS_H

#include <RcppArmadillo.h>

#include <memory>
#include <utility>
#include <vector>

#include "core.h"
#include "r_convert.h"

inline std::size_t observations_in(SEXP y) {
  return TYPEOF(y) == INTSXP ? Rf_xlength(y) : Rf_nrows(y);
}

// Class codes 1 .. outputs are integers; all other targets are a double matrix.
template <class Real>
std::unique_ptr<feedforward::Targets<Real>> make_targets(feedforward::Backend& backend,
                                                         const Rcpp::List& data,
                                                         std::size_t outputs) {
  const SEXP y = data["y"];
  const std::vector<double> given = numbers_or_none(element_or_null(data, "weights"));
  if (!given.empty() && given.size() != observations_in(y)) Rcpp::stop("a weight for each row");
  std::vector<Real> weights(given.begin(), given.end());
  if (TYPEOF(y) == INTSXP) {
    std::vector<std::uint32_t> codes(INTEGER_RO(y), INTEGER_RO(y) + Rf_xlength(y));
    for (std::uint32_t& code : codes) --code;
    return std::make_unique<feedforward::ClassTargets<Real>>(std::move(codes), outputs,
                                                             std::move(weights));
  }
  return std::make_unique<feedforward::NumberTargets<Real>>(
      feedforward::dense_columns<Real>(backend, as_table<double>(REAL_RO(y), y)),
      std::move(weights));
}

#endif
