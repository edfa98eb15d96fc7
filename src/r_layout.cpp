// Exports that put arrays from one order of memory into the other, and look through their values:
// for IDX, npy and npz files and for images. The core's layout.hpp does the work; here it meets R's
// types and R's interrupts.

#include <Rcpp.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <feedforward/huge_pages.hpp>
#include <feedforward/layout.hpp>

#include "r_interrupt.h"
#include "r_unwind.h"

namespace {

// Where the values of a vector lie. R may have to make them first, which can fail.
template <class Value>
const Value* values_of(SEXP x) {
  const void* values = nullptr;
  unwinding([&] {
    values = TYPEOF(x) == RAWSXP    ? static_cast<const void*>(RAW_RO(x))
             : TYPEOF(x) == REALSXP ? static_cast<const void*>(REAL_RO(x))
             : TYPEOF(x) == LGLSXP  ? static_cast<const void*>(LOGICAL_RO(x))
                                    : static_cast<const void*>(INTEGER_RO(x));
  });
  return static_cast<const Value*>(values);
}

// What rearrange_cpp() is asked for. Its R objects are protected by the call.
struct Task {
  SEXP x, dim;
  feedforward::Layout layout;
  double divisor;
};

// A new vector of this type with converted values in column-major order. `data` gives its memory.
template <class From, class To, class Convert>
SEXP rearranged(const Task& task, SEXPTYPE type, To* (*data)(SEXP), Convert convert) {
  const From* from = values_of<From>(task.x);
  const R_xlen_t n = Rf_xlength(task.x);
  const Rcpp::Shield<SEXP> result(unwinding([=] { return Rf_allocVector(type, n); }));
  To* to = data(result);
  feedforward::prefer_huge_pages(to, n);
  // An interrupt is thrown: half an array is of no use.
  InterruptThrown interrupted;
  feedforward::to_column_major(from, to, task.layout, convert, [&] { interrupted(); });
  // Here, because R would copy all values for it.
  unwinding([&] { Rf_dimgets(result, task.dim); });
  return result;
}

// A value of 0 to 255 as a byte. R has checked that there are no others; one would become 0, where
// a plain cast might do anything.
template <class Value>
unsigned char as_byte(Value value) {
  return value >= 0 && value <= 255 ? static_cast<unsigned char>(value) : 0;
}

// By `as`, for values that may be kept, packed or divided.
template <class From>
SEXP rearranged_numbers(const Task& task, SEXPTYPE type, From* (*data)(SEXP),
                        const std::string& as) {
  if (as == "same") return rearranged<From>(task, type, data, [](From value) { return value; });
  if (as == "bytes") return rearranged<From>(task, RAWSXP, RAW, as_byte<From>);
  if (as != "quotients") Rcpp::stop("cannot turn these values into %s", as);
  return rearranged<From>(task, REALSXP, REAL, [divisor = task.divisor](From value) {
    return static_cast<double>(value) / divisor;
  });
}

inline bool is_whole(double value) { return value == std::trunc(value); }
inline bool is_whole(int) { return true; }

// Lowest, highest and whether all are whole; without branches that depend on the values, so the
// compiler can use vectors. n is at least 1.
template <class Value>
Rcpp::NumericVector summary_of(const Value* values, R_xlen_t n) {
  Value low = values[0], high = values[0];
  for (R_xlen_t k = 0; k < n; ++k) {
    low = std::min(low, values[k]);
    high = std::max(high, values[k]);
  }
  const bool whole = std::all_of(values, values + n, [](Value value) { return is_whole(value); });
  return {static_cast<double>(low), static_cast<double>(high), static_cast<double>(whole)};
}

}  // namespace

// x (logical, integer, double or raw) with the order of the dimensions `shape` turned round: as a
// row-major array of that shape it becomes a column-major one, whose dimensions are told as `dim`.
// Runs of `block` values stay together. `as` is the type of the result: "same"; "bytes", of numbers
// from 0 to 255; "integers", of bytes; "quotients", doubles divided by `divisor`.
// [[Rcpp::export(rng = false)]]
SEXP rearrange_cpp(SEXP x, Rcpp::NumericVector shape, double block, SEXP dim,
                   std::string as = "same", double divisor = 1) {
  if (!(block >= 0)) Rcpp::stop("a block of %.0f values", block);
  const Task task{x, dim, {{shape.begin(), shape.end()}, static_cast<std::size_t>(block)}, divisor};
  if (task.layout.size() != static_cast<std::size_t>(Rf_xlength(x))) {
    Rcpp::stop("expected %.0f values, got %.0f", static_cast<double>(task.layout.size()),
               static_cast<double>(Rf_xlength(x)));
  }
  switch (TYPEOF(x)) {
    case LGLSXP:
      return rearranged_numbers<int>(task, LGLSXP, LOGICAL, as);
    case INTSXP:
      return rearranged_numbers<int>(task, INTSXP, INTEGER, as);
    case REALSXP:
      return rearranged_numbers<double>(task, REALSXP, REAL, as);
    case RAWSXP:
      if (as == "integers") {
        return rearranged<Rbyte>(task, INTSXP, INTEGER, [](Rbyte byte) { return int{byte}; });
      }
      return rearranged_numbers<Rbyte>(task, RAWSXP, RAW, as);
    default:
      Rcpp::stop("cannot rearrange values of R type %s", Rf_type2char(TYPEOF(x)));
  }
}

// The lowest and the highest of at least one value, none of them NA, and 1 where all are whole
// numbers, else 0.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector summarize_values_cpp(SEXP x) {
  const R_xlen_t n = Rf_xlength(x);
  if (n > 0 && TYPEOF(x) == REALSXP) return summary_of(values_of<double>(x), n);
  if (n > 0 && TYPEOF(x) == RAWSXP) return summary_of(values_of<unsigned char>(x), n);
  if (n > 0 && (TYPEOF(x) == INTSXP || TYPEOF(x) == LGLSXP)) {
    return summary_of(values_of<int>(x), n);
  }
  Rcpp::stop("expected numbers, got %.0f of R type %s", static_cast<double>(n),
             Rf_type2char(TYPEOF(x)));
}
