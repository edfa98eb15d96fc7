// Exports of the script's elementary functions, and what R asks about data before it trains: scans
// for NA, NaN and Inf, whether layers fit, how many cores there are. Small calls, so each has a
// backend of one thread.

#include <R_ext/Utils.h>

#include <algorithm>
#include <thread>

#include <feedforward/kernels/finite.hpp>

#include "r_backend.h"
#include "r_convert.h"
#include "r_unwind.h"

// Keeps dim, dimnames and names of z.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector sigmoid_cpp(Rcpp::NumericVector z) {
  Rcpp::NumericVector a = duplicate_of(z);
  arma::mat view(a.begin(), a.size(), 1, false, true);
  RBackend backend(1);
  feedforward::sigmoid(backend.get(), view);
  return a;
}

// Over the columns of each row of Z (n x classes). The core has observations in columns, so Z is
// turned there and back.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix softmax_cpp(Rcpp::NumericMatrix Z) {
  RBackend backend(1);
  arma::mat columns =
      feedforward::dense_columns<double>(backend.get(), as_table<double>(Z.begin(), Z));
  feedforward::softmax(backend.get(), columns);
  Rcpp::NumericMatrix A = duplicate_of(Z);
  write_rows(columns, 0, A);
  return A;
}

// The mean over the rows of both matrices (n x classes). The core sums their columns one after the
// other, which is as good as rows: each element's loss stands alone.
// [[Rcpp::export(rng = false)]]
double cross_entropy_cpp(Rcpp::NumericMatrix y_true, Rcpp::NumericMatrix y_pred) {
  const arma::mat Y(y_true.begin(), y_true.nrow(), y_true.ncol(), false, true);
  const arma::mat P(y_pred.begin(), y_pred.nrow(), y_pred.ncol(), false, true);
  return feedforward::Loss<double>("cross_entropy", 0.5).total(Y, P, nullptr) / Y.n_rows;
}

// The loss of that name of predictions A for targets Y (outputs, m), summed over the observations,
// each times its weight (m); none for 1 each.
// [[Rcpp::export(rng = false)]]
double total_loss_cpp(Rcpp::NumericMatrix Y, Rcpp::NumericMatrix A, Rcpp::NumericVector weights,
                      std::string loss, double quantile) {
  const arma::mat targets(Y.begin(), Y.nrow(), Y.ncol(), false, true);
  const arma::mat predictions(A.begin(), A.nrow(), A.ncol(), false, true);
  const double* each = weights.size() > 0 ? weights.begin() : nullptr;
  return feedforward::Loss<double>(loss, quantile).total(targets, predictions, each);
}

// The first element (counted from 1) that is NA, NaN or infinite; 0 if there is none. A double,
// because long vectors have more elements than an int can count. Doubles are first looked at all at
// once, which is faster than to search.
// [[Rcpp::export(rng = false)]]
double first_non_finite(SEXP x) {
  const auto first = [n = Rf_xlength(x)](const auto* values) {
    const auto* bad = std::find_if_not(values, values + n,
                                       [](auto value) { return feedforward::is_finite(value); });
    return bad == values + n ? 0.0 : static_cast<double>(bad - values + 1);
  };
  switch (TYPEOF(x)) {
    case REALSXP:
      if (feedforward::all_finite(RBackend::isa(), REAL_RO(x), Rf_xlength(x))) return 0.0;
      return first(REAL_RO(x));
    case INTSXP:
      return first(INTEGER_RO(x));
    case LGLSXP:
      return first(LOGICAL(x));
    default:
      return 0.0;
  }
}

// Whether four objects are the layers of a network as C++ reads them: double, finite, and
// of shapes that fit. One fast look for the good case; if it fails, R code finds out what is wrong.
// [[Rcpp::export(rng = false)]]
bool layers_fit(SEXP W1, SEXP b1, SEXP W2, SEXP b2) {
  for (const SEXP layer : {W1, b1, W2, b2}) {
    if (TYPEOF(layer) != REALSXP || Rf_isObject(layer)) return false;
    if (!feedforward::all_finite(RBackend::isa(), REAL_RO(layer), Rf_xlength(layer))) return false;
  }
  const auto fits = [](SEXP b, SEXP W) {
    return Rf_xlength(b) == Rf_nrows(W) && (!Rf_isMatrix(b) || Rf_ncols(b) == 1) &&
           (Rf_isMatrix(b) || Rf_isNull(Rf_getAttrib(b, R_DimSymbol)));
  };
  return Rf_isMatrix(W1) && Rf_isMatrix(W2) && Rf_ncols(W2) == Rf_nrows(W1) && fits(b1, W1) &&
         fits(b2, W2);
}

// What max.col() gives: the column of each row's maximum, near-ties broken at random. R's own code,
// so that it draws the same random numbers, without the copy that max.col() makes.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector row_maxima(Rcpp::NumericMatrix x) {
  int rows = x.nrow(), columns = x.ncol(), at_random = 1;
  Rcpp::IntegerVector column(rows);
  unwinding([&] { R_max_col(x.begin(), &rows, &columns, column.begin(), &at_random); });
  return column;
}

// Cores that this process can use; 1 if the system does not know.
// [[Rcpp::export(rng = false)]]
int core_count() { return std::max(1u, std::thread::hardware_concurrency()); }

// Whether the slots of a dgCMatrix fit together, so that no index leads out of it. A user
// may have changed them one by one.
// [[Rcpp::export(rng = false)]]
bool is_valid_sparse(Rcpp::IntegerVector p, Rcpp::IntegerVector i, Rcpp::NumericVector x,
                     Rcpp::IntegerVector shape) {
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0) return false;
  if (p.size() != static_cast<R_xlen_t>(shape[1]) + 1 || p[0] != 0) return false;
  if (!std::is_sorted(p.begin(), p.end())) return false;
  if (p[p.size() - 1] > i.size() || i.size() != x.size()) return false;
  const int n = shape[0];
  return std::all_of(i.begin(), i.end(), [n](int row) { return row >= 0 && row < n; });
}

// The name of the vector instructions that kernels use.
// [[Rcpp::export(rng = false)]]
std::string instructions_in_use() {
  const feedforward::Isa isa = RBackend::isa();
  if (isa == feedforward::Isa::avx512) return "avx512";
  return isa == feedforward::Isa::avx2 ? "avx2" : "baseline";
}
