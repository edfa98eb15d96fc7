// What every way of training shares: the things it works with, and the book that it keeps.
// mini_batch.hpp and full_batch.hpp build on it. It must not know how a step is taken.
#ifndef FEEDFORWARD_TRAINING_HPP
#define FEEDFORWARD_TRAINING_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "minimizer.hpp"
#include "monitor.hpp"
#include "objective.hpp"
#include "sampler.hpp"
#include "trainer.hpp"

namespace feedforward {

// All epochs were used up; the monitor asked for an end; no better epoch came for too long, or
// L-BFGS found no lower loss; a loss was not finite; L-BFGS found its minimum.
enum class Ending { all_epochs, stopped, no_improvement, diverged, converged };

// How training came to an end, and in which batch (counted from 1).
struct TrainingResult {
  Ending ending = Ending::all_epochs;
  std::size_t epoch = 0;
  std::size_t batch = 0;
};

// Observations that the network does not learn from, but is judged by after every epoch.
template <class Real>
struct Validation {
  Objective<Real>* objective = nullptr;  // a null pointer if there are none
  Blocks* rows = nullptr;                // which of the objective's observations

  explicit operator bool() const { return objective != nullptr; }
};

// One training run. All of it belongs to the caller, and must outlive the run.
template <class Real>
struct Training {
  Backend& backend;
  Network<Real>& network;       // starts from its parameters and ends with the best
  Objective<Real>& objective;   // the loss on the training data
  Validation<Real> validation;  // decides which epoch was the best
  Sampler& sampler;             // which observations, in which order
  const TrainingOptions& options;
  Monitor& monitor;      // hears of every epoch, and can ask for an end
  TrainingState& state;  // the epochs done so far; training goes on from there
  Minimizer* minimizer;  // for L-BFGS alone, else it can be a null pointer
  // The other processes that train the same network, from the same parameters and by the same
  // options; a null pointer if there are none. Sampler and validation give this one its part.
  Peers* peers = nullptr;
};

// Between the numbers of a network and its state. From float to double and back nothing is
// lost, so training that goes on from a state gives the same bits.
template <class Real>
arma::vec as_doubles(const arma::Col<Real>& values) {
  return arma::conv_to<arma::vec>::from(values);
}

template <class Real>
arma::Col<Real> as_reals(const arma::vec& values) {
  return arma::conv_to<arma::Col<Real>>::from(values);
}

// The book of a training run: which epoch it is, how good the network is on the validation
// data, which epoch was the best so far and whether that is too long ago. Per epoch: open(), then
// validate(), keep_best() if the caller finds it the best, and close().
template <class Real>
class EpochBook {
 public:
  explicit EpochBook(Training<Real>& training) : training_(training) {}

  // The record of the next epoch, whose clock starts.
  EpochRecord open() {
    began_ = Clock::now();
    EpochRecord record;
    record.epoch = training_.state.epoch + 1;
    return record;
  }

  // What to ask before each piece of work of this batch.
  StopQuestion stop(const EpochRecord& record, std::size_t batch) const {
    return {training_.monitor, record.epoch, batch};
  }

  // Notes the loss and the score on the validation data, if there are any. False if the monitor
  // wants training to stop: then the epoch counts for nothing.
  bool validate(EpochRecord& record, std::size_t batch) {
    const Validation<Real>& validation = training_.validation;
    if (!validation) return true;
    Sums sums;
    const auto evaluate = [&](Samples rows) {
      return validation.objective->evaluate(rows.rows, rows.size, stop(record, batch), sums);
    };
    const bool finished = validation.rows->for_each_block(evaluate);
    if (!sum_over_peers<Real>(training_.peers, finished, sums, nullptr, 0)) return false;
    record.valid_loss = sums.mean_loss();
    record.valid_metric = sums.mean_score();
    return true;
  }

  // Keeps the network as the best so far. `loss` is what later epochs have to beat.
  void keep_best(const EpochRecord& record, double loss) {
    training_.state.best = {record.epoch, loss, as_doubles<Real>(training_.network.parameters())};
  }

  // Ends the epoch: it enters the history, and the monitor hears of it. False if the monitor, here
  // or in another process, wants training to stop here.
  bool close(EpochRecord& record) {
    record.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    training_.state.epoch = record.epoch;
    training_.state.history.push_back(record);
    return all_go_on(training_.peers, training_.monitor.epoch_done(record));
  }

  // Whether the best epoch on the validation data is so long ago that training is over.
  bool waited_enough() const {
    const TrainingState& state = training_.state;
    const double waited = static_cast<double>(state.epoch - state.best.epoch);
    return training_.validation && waited >= training_.options.stop_iter;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Training<Real>& training_;
  Clock::time_point began_;
};

}  // namespace feedforward

#endif
