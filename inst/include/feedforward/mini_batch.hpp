// Training in mini-batches: epoch -> batch -> forward -> loss -> backward -> step. train.hpp runs
// it for all optimizers but L-BFGS. It must not know data or layers: trainer.hpp takes the steps,
// and training.hpp keeps the book.
#ifndef FEEDFORWARD_MINI_BATCH_HPP
#define FEEDFORWARD_MINI_BATCH_HPP

#include <cmath>
#include <cstddef>

#include "pace.hpp"
#include "training.hpp"

namespace feedforward {

// What changes from epoch to epoch, in the order in which it happens. All of it can be continued:
// the same epochs in one run or in several, with states in between, give the same bits.
template <class Real>
class MiniBatch {
 public:
  explicit MiniBatch(Training<Real>& training)
      : training_(training),
        state_(training.state),
        book_(training),
        trainer_(training.backend, training.network, training.objective, training.options,
                 training.peers),
        pace_(training.backend) {
    // Empty vectors if training starts here; the optimizer then starts from 0.
    std::vector<arma::Col<Real>> memory;
    for (const arma::vec& vector : state_.optimizer) memory.push_back(as_reals<Real>(vector));
    trainer_.optimizer().restore(state_.steps, std::move(memory));
  }

  // Until all epochs are used up or training ends for another reason.
  TrainingResult train() {
    TrainingResult result;
    // Training may have been over after the epoch that the state comes from.
    if (state_.epoch > 0) result = {after_epoch(), state_.epoch, training_.sampler.batches()};
    while (result.ending == Ending::all_epochs && state_.epoch < training_.options.epochs) {
      // To come back to if the epoch diverges.
      state_.parameters = as_doubles<Real>(training_.network.parameters());
      EpochRecord record = book_.open();
      result.epoch = record.epoch;
      training_.sampler.shuffle();
      result.ending = run_batches(record, result.batch);
      if (result.ending == Ending::all_epochs) result.ending = finish_epoch(record, result.batch);
    }
    return result;
  }

 private:
  // All batches of an epoch. Counts `batch` up from 1, so that the result says where an
  // early end was; all_epochs if there was none.
  Ending run_batches(EpochRecord& record, std::size_t& batch) {
    Sampler& sampler = training_.sampler;
    const std::size_t batches = sampler.batches();
    double sum_of_losses = 0;
    Sums epoch;
    for (batch = 1; batch <= batches; ++batch) {
      record.learn_rate = rate_of(batch);
      const Samples samples = sampler.samples(batch - 1);
      Sums sums;
      const bool finished = pace_.run(samples.total == sampler.size(0), [&] {
        return trainer_.step(samples, record.learn_rate, book_.stop(record, batch), sums);
      });
      if (!finished) return Ending::stopped;
      if (training_.options.stop_if_diverged && !std::isfinite(sums.loss)) return diverged();
      // The mean of means, as in the script: a smaller last batch counts as much as the others.
      sum_of_losses += sums.loss / static_cast<double>(samples.total);
      epoch.score += sums.score;
      epoch.weight += sums.weight;
    }
    batch = batches;
    record.loss = sum_of_losses / static_cast<double>(batches);
    record.metric = epoch.mean_score();
    // The last step can overflow after its loss was still finite.
    const bool finite = training_.network.parameters().is_finite();
    return training_.options.stop_if_diverged && !finite ? diverged() : Ending::all_epochs;
  }

  // The learning rate of a batch, by the schedule, which sees epochs with decimals.
  double rate_of(std::size_t batch) const {
    const TrainingOptions& options = training_.options;
    const double share = 1 / static_cast<double>(training_.sampler.batches());
    const double done =
        static_cast<double>(state_.epoch) + share * (static_cast<double>(batch) - 1);
    return options.learn_rate *
           options.schedule.factor(done, done + share, static_cast<double>(options.epochs));
  }

  // Goes back to the parameters from before this epoch, the last that are known to be finite.
  Ending diverged() {
    training_.network.parameters() = as_reals<Real>(state_.parameters);
    return Ending::diverged;
  }

  // After the last batch: judges the network, and tells the monitor.
  Ending finish_epoch(EpochRecord& record, std::size_t batch) {
    if (!book_.validate(record, batch)) return Ending::stopped;
    // Without validation data the loss is NaN, which is not lower.
    if (record.valid_loss < state_.best.loss) book_.keep_best(record, record.valid_loss);
    const bool goes_on = book_.close(record);
    Monitor& monitor = training_.monitor;
    if (monitor.wants_state(record.epoch)) monitor.keep(complete_state());
    return goes_on ? after_epoch() : Ending::stopped;
  }

  // Whether training goes on after this epoch, which is the same for an epoch read from a state.
  Ending after_epoch() const {
    return book_.waited_enough() ? Ending::no_improvement : Ending::all_epochs;
  }

  // The state after this epoch. Complete only if someone wants it: it copies several vectors as
  // long as the parameters.
  const TrainingState& complete_state() {
    state_.parameters = as_doubles<Real>(training_.network.parameters());
    state_.steps = trainer_.optimizer().steps();
    state_.order = training_.sampler.order();
    state_.optimizer.clear();
    for (const arma::Col<Real>& memory : trainer_.optimizer().memory()) {
      state_.optimizer.push_back(as_doubles<Real>(memory));
    }
    return state_;
  }

  Training<Real>& training_;
  TrainingState& state_;
  EpochBook<Real> book_;
  Trainer<Real> trainer_;
  Pace pace_;
};

}  // namespace feedforward

#endif
