// Whether the user asked R to stop.
#ifndef FEEDFORWARD_R_INTERRUPT_H
#define FEEDFORWARD_R_INTERRUPT_H

#include <Rcpp.h>

#include <chrono>

// Called often, asks R seldom: asking costs more than a small batch.
class InterruptAsked {
 public:
  bool operator()() {
    const Clock::time_point now = Clock::now();
    if (now - last_asked_ >= std::chrono::milliseconds(20)) {
      last_asked_ = now;
      asked_ = asked_ || pending();
    }
    return asked_;
  }

  void remember() { asked_ = true; }

 private:
  using Clock = std::chrono::steady_clock;

  // R jumps out of R_CheckUserInterrupt; under R_ToplevelExec the jump ends here.
  static bool pending() {
    return !R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr);
  }

  Clock::time_point last_asked_ = Clock::now();
  bool asked_ = false;
};

#endif
