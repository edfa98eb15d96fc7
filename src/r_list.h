// R's lists, made by R's own functions alone: when R jumps away because memory is used up, it
// forgets what it protects itself, but would keep what an object of Rcpp protects for ever. To be
// used under unwinding(), as R can jump out of every function here.
#ifndef FEEDFORWARD_R_LIST_H
#define FEEDFORWARD_R_LIST_H

#include <Rcpp.h>

#include <algorithm>

// A list of `size` elements, which are added in their order.
class NamedList {
 public:
  explicit NamedList(R_xlen_t size)
      : list_(Rf_allocVector(VECSXP, size)), names_(Rf_allocVector(STRSXP, size)) {}

  // The value is stored before anything else is made, so it needs no protection.
  NamedList& add(const char* name, SEXP value) {
    SET_VECTOR_ELT(list_, next_, value);
    SET_STRING_ELT(names_, next_++, Rf_mkChar(name));
    return *this;
  }
  NamedList& add(const char* name, double value) { return add(name, Rf_ScalarReal(value)); }

  // To be called when all elements are there.
  SEXP list() const {
    Rf_setAttrib(list_, R_NamesSymbol, names_);
    return list_;
  }

 private:
  const Rcpp::Shield<SEXP> list_, names_;
  R_xlen_t next_ = 0;
};

// A double vector of R from numbers of any type. The caller protects it.
template <class Values>
SEXP new_numbers(const Values& values) {
  const SEXP result = Rf_allocVector(REALSXP, values.size());
  std::copy(values.begin(), values.end(), REAL(result));
  return result;
}

#endif
