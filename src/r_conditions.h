// What the core throws, as conditions of R. Their classes are read in one place of R,
// with_core(), which knows the words for the user. To add one: a class in errors.hpp, a catch here,
// and the words there.
#ifndef FEEDFORWARD_R_CONDITIONS_H
#define FEEDFORWARD_R_CONDITIONS_H

#include <RcppArmadillo.h>
#include <feedforward/errors.hpp>

#include <new>
#include <stdexcept>

#include "r_list.h"
#include "r_minimize.h"
#include "r_unwind.h"

// Ends in an R error of this class; `part` of the data has the fault. R jumps out of it, so it owns
// nothing.
[[noreturn]] inline void stop_in_r(const char* name, const char* part) {
  unwinding([&]() -> SEXP {
    const Rcpp::Shield<SEXP> condition(NamedList(3)
                                           .add("message", Rf_mkString(name))
                                           .add("call", R_NilValue)
                                           .add("part", Rf_mkString(part))
                                           .list());
    const Rcpp::Shield<SEXP> classes(Rf_allocVector(STRSXP, 3));
    SET_STRING_ELT(classes, 0, Rf_mkChar(name));
    SET_STRING_ELT(classes, 1, Rf_mkChar("error"));
    SET_STRING_ELT(classes, 2, Rf_mkChar("condition"));
    Rf_setAttrib(condition, R_ClassSymbol, classes);
    const Rcpp::Shield<SEXP> call(Rf_lang2(Rf_install("stop"), condition));
    return Rf_eval(call, R_BaseEnv);
  });
  // Never reached. The compiler cannot know that stop() does not return.
  throw std::logic_error("stop() returned");
}

// f(), an R object. All exports that run the core go through it. stop_in_r() comes last, when f()'s
// objects and the exception are gone.
template <class F>
SEXP with_conditions(F f) {
  // Literals, because R jumps out of this function and would not free a std::string.
  const char *name, *part = "";
  try {
    return f();
  } catch (const feedforward::NotFinite& error) {
    name = "feedforward_core_not_finite";
    part = error.part;
  } catch (const feedforward::TooLarge& error) {
    name = "feedforward_core_too_large";
    part = error.part;
  } catch (const feedforward::FileError&) {
    name = "feedforward_core_file_error";
  } catch (const MinimizerBusy&) {
    name = "feedforward_core_minimizer_busy";
  } catch (const std::bad_alloc&) {
    name = "feedforward_core_no_memory";
  } catch (const std::length_error&) {  // a vector of more elements than there can be
    name = "feedforward_core_no_memory";
  }
  stop_in_r(name, part);
}

#endif
