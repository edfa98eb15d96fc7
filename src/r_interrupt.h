// Whether the user asked R to stop, for work that can end in between: training keeps what it has,
// everything else is given up. To be asked by R's own thread alone.
#ifndef FEEDFORWARD_R_INTERRUPT_H
#define FEEDFORWARD_R_INTERRUPT_H

#include <Rcpp.h>

#include <chrono>

#include "r_unwind.h"

// What is called often asks R seldom: asking costs more than a small batch.
// Every 20 milliseconds: often enough that nobody waits.
class Seldom {
 public:
  bool is_due() {
    const Clock::time_point now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(20)) return false;
    last_ = now;
    return true;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

// R jumps out of it if it was interrupted, or if a time limit is over (setTimeLimit()).
inline SEXP ask_r() {
  R_CheckUserInterrupt();
  return R_NilValue;
}

// For work whose results so far are worth keeping: true when it is to stop.
class InterruptAsked {
 public:
  bool operator()() { return seldom_.is_due() ? now() : asked_; }

  // Asks R in any case.
  bool now() {
    asked_ = asked_ || pending();
    return asked_;
  }

  // For an interrupt that was noticed elsewhere.
  void remember() { asked_ = true; }

 private:
  // Takes the interrupt away from R: it is answered by a result, not by a jump.
  static bool pending() {
    SEXP nothing;
    return !completes(ask_r, nothing);
  }

  Seldom seldom_;
  bool asked_ = false;
};

// For all other work: an interrupt, or a time limit of R, goes on as itself.
class InterruptThrown {
 public:
  bool operator()() {
    if (seldom_.is_due()) unwinding(ask_r);
    return false;
  }

 private:
  Seldom seldom_;
};

#endif
