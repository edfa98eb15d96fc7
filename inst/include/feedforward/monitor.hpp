// What training tells the outside, and how the outside stops it.
#ifndef FEEDFORWARD_MONITOR_HPP
#define FEEDFORWARD_MONITOR_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "armadillo.hpp"

namespace feedforward {

// What is known of an epoch when it is over.
struct EpochRecord {
  std::size_t epoch = 0;
  double loss = 0;    // the mean of its batches' mean losses, each before its step
  double metric = 0;  // over its batches likewise: share of right classes, or squared error
  double valid_loss = std::numeric_limits<double>::quiet_NaN();    // afterwards, if there is
  double valid_metric = std::numeric_limits<double>::quiet_NaN();  // validation data
  double learn_rate = 0;                                           // of its last batch
  double seconds = 0;
};

// The epoch whose weights did best on the validation data.
struct BestEpoch {
  std::size_t epoch = 0;
  double loss = std::numeric_limits<double>::infinity();
  arma::vec parameters;
};

// All that training needs to go on after an epoch as if it had never stopped, apart from the
// random number generator. Numbers are double whatever it computes in.
struct TrainingState {
  std::size_t epoch = 0;
  arma::vec parameters;
  std::vector<arma::vec> optimizer;
  std::size_t steps = 0;
  std::vector<std::uint32_t> order;
  BestEpoch best;
  std::vector<EpochRecord> history;
};

class Monitor {
 public:
  virtual ~Monitor() = default;
  // Asked before every piece of work: true stops training there.
  virtual bool stop(std::size_t epoch, std::size_t batch) = 0;
  // Told after every epoch.
  virtual void epoch_done(const EpochRecord& record) = 0;
  // Whether it wants to keep the state after this epoch, and the state.
  virtual bool wants_state(std::size_t) { return false; }
  virtual void keep(const TrainingState&) {}
};

// The question whether training is to stop, as asked in one batch of one epoch.
struct StopQuestion {
  Monitor& monitor;
  std::size_t epoch, batch;  // counted from 1
  bool operator()() const { return monitor.stop(epoch, batch); }
};

}  // namespace feedforward

#endif
