// Data that R reads block by block while the core trains. R's functions say in which order; see
// R/stream-plan.R. Called by the core on R's own thread, while the other threads wait.
#ifndef FEEDFORWARD_R_BLOCKS_H
#define FEEDFORWARD_R_BLOCKS_H

#include <RcppArmadillo.h>
#include <feedforward/stream.hpp>

#include <functional>
#include <utility>

#include "r_convert.h"
#include "r_monitor.h"
#include "r_network.h"
#include "r_unwind.h"

// The number of rows in all blocks. It can be more than R's integers hold.
inline std::size_t rows_of_stream(const Rcpp::List& stream) {
  return static_cast<std::size_t>(Rcpp::as<double>(stream["n"]));
}

template <class Real>
class RBlockReader : public feedforward::BlockReader<Real> {
 public:
  using Examples = feedforward::Examples<Real>;
  using Read = std::function<Examples(const Rcpp::List&, Examples)>;

  // stream: list(n, start, read), with R functions: start(shuffled) begins a pass, and read() gives
  // the next block as list(x, y, weights, stretch), or NULL if it was interrupted. read: makes
  // examples of such a list, and of the memory of those before.
  RBlockReader(const Rcpp::List& stream, const feedforward::NetworkView<Real>& network,
               RMonitor& monitor, Read read)
      : size_(rows_of_stream(stream)),
        start_(stream["start"]),
        read_(stream["read"]),
        network_(network),
        monitor_(monitor),
        make_(std::move(read)) {}

  std::size_t size() const override { return size_; }

  void start(bool shuffled) override {
    unwinding([&] {
      const Rcpp::Shield<SEXP> flag(Rf_ScalarLogical(shuffled));
      const Rcpp::Shield<SEXP> call(Rf_lang2(start_, flag));
      return Rf_eval(call, R_BaseEnv);
    });
  }

  bool next(Examples& block) override {
    const Rcpp::Shield<SEXP> given(unwinding([&] {
      const Rcpp::Shield<SEXP> call(Rf_lang1(read_));
      return Rf_eval(call, R_BaseEnv);
    }));
    if (Rf_isNull(given)) {
      monitor_.remember_interrupt();
      return false;
    }
    unwinding([&] { write_out(given); });
    const Rcpp::List list(given);
    require_columns(list["x"], network_);
    block = make_(list, std::move(block));
    const Rcpp::NumericVector stretch = list["stretch"];
    stretch_ = {static_cast<std::size_t>(stretch[0]), static_cast<std::size_t>(stretch[1]),
                static_cast<std::size_t>(stretch[2])};
    return true;
  }

  feedforward::Stretch stretch(const Examples&) const override { return stretch_; }

 private:
  const std::size_t size_;
  // Functions, protected by R's call.
  SEXP start_, read_;
  const feedforward::NetworkView<Real>& network_;
  RMonitor& monitor_;
  Read make_;
  feedforward::Stretch stretch_;
};

#endif
