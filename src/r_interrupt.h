// Whether the user asked R to stop.
#ifndef FEEDFORWARD_R_INTERRUPT_H
#define FEEDFORWARD_R_INTERRUPT_H

#include <Rcpp.h>

#include <chrono>

#include "r_unwind.h"

// What is called often asks R seldom: asking costs more than a small batch.
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

// For work whose results so far are worth keeping: true when it is to stop.
class InterruptAsked {
 public:
  bool operator()() {
    if (seldom_.is_due()) asked_ = asked_ || pending();
    return asked_;
  }

  void remember() { asked_ = true; }

 private:
  // R jumps out of R_CheckUserInterrupt; under R_ToplevelExec the jump ends here.
  static bool pending() {
    return !R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr);
  }

  Seldom seldom_;
  bool asked_ = false;
};

// For all other work: an interrupt, or a time limit of R, goes on as itself.
class InterruptThrown {
 public:
  bool operator()() {
    const auto ask = [] {
      R_CheckUserInterrupt();
      return R_NilValue;
    };
    if (seldom_.is_due()) unwinding(ask);
    return false;
  }

 private:
  Seldom seldom_;
};

#endif
