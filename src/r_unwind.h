// R's jumps out of C, made exceptions of C++. Every call of R's API that can fail goes through
// here: each file of this folder uses it. It must not know the core.
#ifndef FEEDFORWARD_R_UNWIND_H
#define FEEDFORWARD_R_UNWIND_H

#include <Rcpp.h>

#include <exception>
#include <type_traits>

// f(), whose value is an R object. R may jump out of it: memory may be used up, .Random.seed be
// of the wrong length. Over our frames that jump would leave threads behind that wait for
// ever, and all the memory of a training. So it goes on as an exception, and Rcpp takes it up
// again when all but f()'s own objects are cleared away: f() has none but what r_list.h makes.
// Exceptions of f() do not cross R's frames. An f() that returns nothing gives NULL. Only R's own
// thread may call it, and while no other thread runs f()'s data.
template <class F>
SEXP unwinding(F f) {
  std::exception_ptr thrown;
  const SEXP value = Rcpp::unwindProtect([&]() -> SEXP {
    try {
      if constexpr (std::is_void<decltype(f())>::value) {
        f();
        return R_NilValue;
      } else {
        return f();
      }
    } catch (...) {
      thrown = std::current_exception();
      return R_NilValue;
    }
  });
  if (thrown) std::rethrow_exception(thrown);
  return value;
}

// Whether f() comes to its end, its R object then being `value`; not where R jumps out of it: at an
// interrupt, at an error, or where memory is used up. Errors are caught as such first, or else R
// would tell them, and do what options(error = ) says.
template <class F>
bool completes(F f, SEXP& value) {
  bool failed = false;
  const auto body = [](void* data) -> SEXP { return (*static_cast<F*>(data))(); };
  const auto at_error = [](SEXP, void* data) -> SEXP {
    *static_cast<bool*>(data) = true;
    return R_NilValue;
  };
  auto attempt = [&] { value = R_tryCatchError(body, &f, at_error, &failed); };
  const auto start = [](void* data) { (*static_cast<decltype(attempt)*>(data))(); };
  return R_ToplevelExec(start, &attempt) && !failed;
}

// A matrix of doubles for results, which may be larger than the memory that is left. Its values are
// not set.
inline SEXP new_matrix(int rows, int columns) {
  return unwinding([=] { return Rf_allocMatrix(REALSXP, rows, columns); });
}

// A copy with dim, dimnames and names, to be changed in place.
inline SEXP duplicate_of(SEXP x) {
  return unwinding([=] { return Rf_duplicate(x); });
}

#endif
