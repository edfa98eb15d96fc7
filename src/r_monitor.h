// R's side of the monitor: interrupts, and two R functions to tell how far training is.
#ifndef FEEDFORWARD_R_MONITOR_H
#define FEEDFORWARD_R_MONITOR_H

#include <Rcpp.h>
#include <feedforward/monitor.hpp>

#include <chrono>
#include <string>

#include "r_interrupt.h"

class RMonitor : public feedforward::Monitor {
 public:
  // on_epoch: an R function of (epoch, loss), or NULL; on_progress: one of the epochs done,
  // with decimals, or NULL; batches: per epoch
  RMonitor(SEXP on_epoch, SEXP on_progress, std::size_t batches)
      : on_epoch_(on_epoch), on_progress_(on_progress), batches_(batches) {}

  bool stop(std::size_t epoch, std::size_t batch) override {
    if (!Rf_isNull(on_progress_) && Clock::now() - last_told_ > std::chrono::milliseconds(100)) {
      last_told_ = Clock::now();
      tell(on_progress_, epoch - 1 + (batch - 1.0) / batches_);
    }
    return interrupt_asked_();
  }

  // Why training was stopped.
  const std::string& reason() const { return reason_; }

  void epoch_done(std::size_t epoch, double loss) override {
    if (!Rf_isNull(on_epoch_)) tell(on_epoch_, static_cast<double>(epoch), loss);
  }

 private:
  using Clock = std::chrono::steady_clock;

  // The functions return NULL, or why training is to stop. An interrupt that comes just
  // before or after they could catch it makes R jump away: under R_ToplevelExec the jump
  // ends here, and what was learned is not lost.
  template <class... Numbers>
  void tell(SEXP function, Numbers... numbers) {
    struct Evaluation {
      SEXP call, value;
    };
    const Rcpp::Shield<SEXP> call(Rf_lang2(function, R_NilValue));
    SETCDR(call, Rcpp::pairlist(numbers...));
    Evaluation evaluation = {call, R_NilValue};
    const auto evaluate = [](void* data) {
      Evaluation* evaluation = static_cast<Evaluation*>(data);
      evaluation->value = Rf_eval(evaluation->call, R_BaseEnv);
    };
    const bool returned = R_ToplevelExec(evaluate, &evaluation);
    if (returned && Rf_isNull(evaluation.value)) return;
    if (returned) reason_ = Rcpp::as<std::string>(evaluation.value);
    interrupt_asked_.remember();
  }

  SEXP on_epoch_, on_progress_;
  double batches_;
  InterruptAsked interrupt_asked_;
  std::string reason_ = "it was interrupted";
  Clock::time_point last_told_ = Clock::now();
};

#endif
