// Exports for columns of tables, which R only hands on.

#include <Rcpp.h>

#include <algorithm>

#include "r_unwind.h"

// Which elements of a list are vectors of double without attributes, such as most columns of
// tables. They need no conversion.
// [[Rcpp::export(rng = false)]]
Rcpp::LogicalVector are_plain_doubles(Rcpp::List columns) {
  Rcpp::LogicalVector result(columns.size());
  std::transform(columns.begin(), columns.end(), result.begin(), [](SEXP column) {
    return TYPEOF(column) == REALSXP && ATTRIB(column) == R_NilValue;
  });
  return result;
}

// One vector of the values first[k] to last[k] of the k-th part, counted from 1; last[k] can be one
// less for none. All are double.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector bind_doubles(Rcpp::List parts, Rcpp::NumericVector first,
                                 Rcpp::NumericVector last) {
  R_xlen_t size = 0;
  for (R_xlen_t k = 0; k < parts.size(); ++k) {
    if (first[k] < 1 || last[k] < first[k] - 1 || last[k] > Rf_xlength(parts[k])) {
      Rcpp::stop("rows outside of a part");
    }
    size += static_cast<R_xlen_t>(last[k] - first[k]) + 1;
  }
  Rcpp::NumericVector joined(Rcpp::no_init(size));
  double* to = joined.begin();
  for (R_xlen_t k = 0; k < parts.size(); ++k) {
    // R may have to make the values first, which can fail.
    const double* values = nullptr;
    unwinding([&] { values = REAL_RO(parts[k]); });
    to = std::copy(values + static_cast<R_xlen_t>(first[k]) - 1,
                   values + static_cast<R_xlen_t>(last[k]), to);
  }
  return joined;
}
