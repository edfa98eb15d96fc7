// R's jumps out of C, made exceptions of C++.
#ifndef FEEDFORWARD_R_UNWIND_H
#define FEEDFORWARD_R_UNWIND_H

#include <Rcpp.h>

#include <exception>

// f(), whose value is an R object. R may jump out of it: memory may be used up, .Random.seed be
// of the wrong length. Over our frames that jump would leave threads behind that wait for
// ever, and all the memory of a training. So it goes on as an exception, and Rcpp takes it up
// again when all but f()'s own objects are cleared away: f() has none but what r_list.h makes.
// Exceptions of f() do not cross R's frames.
template <class F>
SEXP unwinding(F f) {
  std::exception_ptr thrown;
  const SEXP value = Rcpp::unwindProtect([&]() -> SEXP {
    try {
      return f();
    } catch (...) {
      thrown = std::current_exception();
      return R_NilValue;
    }
  });
  if (thrown) std::rethrow_exception(thrown);
  return value;
}

// For results, which may be larger than the memory that is left.
inline SEXP new_matrix(int rows, int columns) {
  return unwinding([=] { return Rf_allocMatrix(REALSXP, rows, columns); });
}

// With dim, dimnames and names.
inline SEXP duplicate_of(SEXP x) {
  return unwinding([=] { return Rf_duplicate(x); });
}

#endif
