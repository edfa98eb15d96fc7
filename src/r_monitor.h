// R's side of the monitor: interrupts, and R functions for progress, epochs and checkpoints. Made
// in r_train.cpp, called by the core on R's own thread between pieces of work. It must not know how
// training goes on; it only hears of it.
#ifndef FEEDFORWARD_R_MONITOR_H
#define FEEDFORWARD_R_MONITOR_H

#include <RcppArmadillo.h>
#include <feedforward/monitor.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "r_interrupt.h"
#include "r_state.h"
#include "r_unwind.h"

// Gives what training would return if it ended now, as R's list. Called by R's own thread alone, in
// the middle of an R function.
using SoFar = std::function<SEXP()>;

// A pointer that R may keep. It is null when this ends, also where R jumps away.
class Lent {
 public:
  explicit Lent(SoFar* so_far)
      : pointer_(unwinding([&] { return R_MakeExternalPtr(so_far, R_NilValue, R_NilValue); })) {}
  ~Lent() { R_ClearExternalPtr(pointer_); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  SEXP pointer() const { return pointer_; }

 private:
  const Rcpp::Shield<SEXP> pointer_;
};

class RMonitor : public feedforward::Monitor {
 public:
  // options: print_epoch, an R function of a record's numbers; on_epoch, one of these numbers and a
  // pointer to so_far, which is valid during the call; on_progress, one of the epochs done, with
  // decimals; on_state, one of the state of training, called after every state_every-th epoch and
  // the last. Each may be NULL. batches: per epoch
  RMonitor(const Rcpp::List& options, std::size_t batches, SoFar so_far)
      : print_epoch_(options["print_epoch"]),
        on_epoch_(options["on_epoch"]),
        on_progress_(options["on_progress"]),
        on_state_(options["on_state"]),
        state_every_(Rcpp::as<std::size_t>(options["state_every"])),
        epochs_(Rcpp::as<std::size_t>(options["epochs"])),
        batches_(static_cast<double>(batches)),
        so_far_(std::move(so_far)) {}

  // Progress at most ten times a second: a small batch takes less time than R needs for a call.
  bool stop(std::size_t epoch, std::size_t batch) override {
    if (!Rf_isNull(on_progress_) && Clock::now() - last_told_ > std::chrono::milliseconds(100)) {
      last_told_ = Clock::now();
      tell(on_progress_, epoch - 1 + (batch - 1.0) / batches_);
    }
    return interrupt_asked_();
  }

  // To be told of an interrupt that was noticed while R read data: training stops there.
  void remember_interrupt() { interrupt_asked_.remember(); }

  // Why training was stopped, if it was.
  const std::string& reason() const { return reason_; }

  bool epoch_done(const feedforward::EpochRecord& record) override {
    if (!Rf_isNull(print_epoch_)) {
      tell_of(record, [&](const auto&... numbers) { tell(print_epoch_, numbers...); });
    }
    return Rf_isNull(on_epoch_) || goes_on(record);
  }

  bool wants_state(std::size_t epoch) override {
    return !Rf_isNull(on_state_) && (epoch % state_every_ == 0 || epoch == epochs_);
  }

  void keep(const feedforward::TrainingState& state) override {
    const Rcpp::Shield<SEXP> list(list_or_null(state));
    tell(on_state_, SEXP(list));
  }

 private:
  using Clock = std::chrono::steady_clock;

  // The state, or NULL if R has no memory left for it: then there is no checkpoint, but training
  // goes on.
  static SEXP list_or_null(const feedforward::TrainingState& state) {
    SEXP list;
    return completes([&] { return r_state::as_list(state); }, list) ? list : R_NilValue;
  }

  // f() of the numbers of an epoch.
  template <class F>
  static void tell_of(const feedforward::EpochRecord& r, F f) {
    f(static_cast<double>(r.epoch), r.loss, r.metric, r.valid_loss, r.valid_metric, r.learn_rate,
      r.seconds);
  }

  // Calls the user's function, whose messages and warnings are to reach the user's handlers, unlike
  // those of functions that are called by tell(). So R may jump out of it, though not for an error
  // or an interrupt: the function catches these. An interrupt from before is answered first.
  bool goes_on(const feedforward::EpochRecord& record) {
    if (interrupt_asked_.now()) return false;
    const Lent so_far(&so_far_);
    SEXP value = R_NilValue;
    tell_of(record, [&](const auto&... numbers) {
      value = unwinding([&] {
        const Rcpp::Shield<SEXP> call(
            Rf_lcons(on_epoch_, Rcpp::pairlist(numbers..., so_far.pointer())));
        return Rf_eval(call, R_BaseEnv);
      });
    });
    if (Rf_isNull(value)) return true;
    reason_ = CHAR(STRING_ELT(value, 0));
    return false;
  }

  // The functions return NULL, or why training is to stop. What was learned is not lost by an
  // interrupt that comes just before or after they could catch it, nor by a lack of memory.
  template <class... Arguments>
  void tell(SEXP function, const Arguments&... arguments) {
    const auto evaluate = [&] {
      const Rcpp::Shield<SEXP> call(Rf_lcons(function, Rcpp::pairlist(arguments...)));
      return Rf_eval(call, R_BaseEnv);
    };
    SEXP value;
    const bool returned = completes(evaluate, value);
    if (returned && Rf_isNull(value)) return;
    if (returned) reason_ = Rcpp::as<std::string>(value);
    interrupt_asked_.remember();
  }

  // Functions or NULL, protected by R's call.
  SEXP print_epoch_, on_epoch_, on_progress_, on_state_;
  std::size_t state_every_, epochs_;
  double batches_;  // in an epoch
  SoFar so_far_;
  InterruptAsked interrupt_asked_;
  std::string reason_ = "interrupted";
  Clock::time_point last_told_ = Clock::now();
};

#endif
