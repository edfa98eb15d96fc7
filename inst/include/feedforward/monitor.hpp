// What training tells the outside, and how the outside stops it. The core declares a monitor and
// R's side implements it: progress, interrupts, history and checkpoints. The core must not know
// what a monitor does, and calls it by the calling thread alone.
#ifndef FEEDFORWARD_MONITOR_HPP
#define FEEDFORWARD_MONITOR_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

// The figures of an epoch, complete when it is over. Losses are without penalty.
struct EpochRecord {
  std::size_t epoch = 0;  // counted from 1
  // The mean of its batches' mean losses, each before its step: what a loop written by hand would
  // print. It is a little higher than the loss after the epoch.
  double loss = 0;
  // Over its batches likewise: share of right classes or labels, or mean squared error.
  double metric = 0;
  // The same of the validation data, after the epoch; NaN if there are none.
  double valid_loss = std::numeric_limits<double>::quiet_NaN();
  double valid_metric = std::numeric_limits<double>::quiet_NaN();
  double learn_rate = 0;  // of its last batch; NaN for L-BFGS, which has none
  double seconds = 0;     // wall clock, validation included
};

// The epoch whose weights did best: on the validation data, or for L-BFGS without such data, on the
// penalized loss.
struct BestEpoch {
  std::size_t epoch = 0;                                  // 0 if there is none
  double loss = std::numeric_limits<double>::infinity();  // what later epochs have to beat
  arma::vec parameters;                                   // (parameters) after that epoch
};

// All that training needs to go on after an epoch as if it had never stopped, apart from the
// random number generator. Numbers are double whatever it computes in.
struct TrainingState {
  std::size_t epoch = 0;             // epochs done so far
  arma::vec parameters;              // (parameters) after the last of them
  std::vector<arma::vec> optimizer;  // what the optimizer remembers; L-BFGS starts anew
  std::size_t steps = 0;             // steps that the optimizer has taken
  std::vector<std::uint32_t> order;  // of the observations, which the next epoch permutes
  BestEpoch best;                    // so far
  std::vector<EpochRecord> history;  // (epoch)
};

// May throw: then training ends at once, and the exception reaches whoever called train().
class Monitor {
 public:
  virtual ~Monitor() = default;
  // Asked before every piece of work: true stops training there.
  virtual bool stop(std::size_t epoch, std::size_t batch) = 0;
  // Called after every epoch, also after one of L-BFGS. False stops training, with the epoch done.
  virtual bool epoch_done(const EpochRecord& record) = 0;
  // Whether keep() is to be called after this epoch. Asked first, because the state is a copy of
  // all parameters. Only mini-batches ask.
  virtual bool wants_state(std::size_t) { return false; }
  // Gets the state, which changes in the next epoch: to keep it is to copy it.
  virtual void keep(const TrainingState&) {}
};

// The question whether training is to stop, as asked in one batch of one epoch. An objective asks
// it before each slice, without knowing epochs.
struct StopQuestion {
  Monitor& monitor;
  std::size_t epoch, batch;  // counted from 1
  bool operator()() const { return monitor.stop(epoch, batch); }
};

}  // namespace feedforward

#endif
