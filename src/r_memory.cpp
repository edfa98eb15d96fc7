// Exports about R's memory.

#include <Rcpp.h>

#include "r_unwind.h"

// A raw vector of so many bytes that have no values. Most systems give them no memory until
// somebody touches them.
// [[Rcpp::export(rng = false)]]
SEXP untouched_bytes(double size) {
  return unwinding([=] { return Rf_allocVector(RAWSXP, static_cast<R_xlen_t>(size)); });
}
