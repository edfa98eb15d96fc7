// The backend for one call from R: it and its threads end with the call, so that a fork of R never
// finds any. All exports that compute make one.
#ifndef FEEDFORWARD_R_BACKEND_H
#define FEEDFORWARD_R_BACKEND_H

#include <RcppArmadillo.h>
#include <feedforward/product.hpp>

#include <memory>
#include <system_error>

#ifndef _WIN32
#include <csignal>
#endif

// While one of these lives, threads that are started inherit a mask that leaves all signals
// to R's own thread: R's handlers are not made to run on another.
class SignalsBlocked {
 public:
#ifdef _WIN32
  SignalsBlocked() {}
#else
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
#endif
};

// Made after all that R's memory is needed for: R's jumps would leave its threads behind.
class RBackend {
 public:
  // threads: at most so many, at least 1. If the system cannot start them all, half of them do:
  // results do not depend on their number. If it cannot start even one, the caller works alone.
  explicit RBackend(std::size_t threads, feedforward::Isa instructions = isa()) {
    std::unique_ptr<SignalsBlocked> blocked;
    if (threads > 1) blocked = std::make_unique<SignalsBlocked>();
    while (!backend_) {
      try {
        backend_ = std::make_unique<feedforward::Backend>(threads, instructions);
      } catch (const std::system_error&) {
        threads /= 2;
      }
    }
  }
  feedforward::Backend& get() { return *backend_; }

  // The processor's best instructions, or those named by the environment variable
  // FEEDFORWARD_ISA (baseline, avx2, avx512), by which tests run every path.
  static feedforward::Isa isa() {
    const char* wanted = std::getenv("FEEDFORWARD_ISA");
    return isa(wanted ? wanted : "");
  }

  // Those of this name, or the best, if the processor lacks them.
  static feedforward::Isa isa(const std::string& name) {
    using feedforward::Isa;
    if (name == "baseline") return Isa::baseline;
    if (name == "avx2" && feedforward::supports(Isa::avx2)) return Isa::avx2;
    return feedforward::best_isa();
  }

 private:
  std::unique_ptr<feedforward::Backend> backend_;
};

#endif
