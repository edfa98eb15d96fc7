// Mini-batch training: epoch -> batch -> forward -> loss -> backward -> step.
#ifndef FEEDFORWARD_TRAIN_HPP
#define FEEDFORWARD_TRAIN_HPP

#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "monitor.hpp"
#include "sampler.hpp"
#include "trainer.hpp"

namespace feedforward {

enum class Ending { all_epochs, stopped, no_improvement, diverged, converged };

// How training came to an end, and in which batch (counted from 1).
struct TrainingResult {
  Ending ending = Ending::all_epochs;
  std::size_t epoch = 0;
  std::size_t batch = 0;
};

// The loss and score of a network on data it does not learn from; false if `stop` said so.
// Empty where there is no such data.
using Validation = std::function<bool(const std::function<bool()>& stop, Sums& sums)>;

// Asks for them and notes them; false if `stop` said so.
inline bool validate(const Validation& validation, const std::function<bool()>& stop,
                     EpochRecord& record) {
  if (!validation) return true;
  Sums sums;
  if (!validation(stop, sums)) return false;
  record.valid_loss = sums.mean_loss();
  record.valid_metric = sums.mean_score();
  return true;
}

// Whether the best epoch on the validation data is so long ago that training is over.
inline bool waited_enough(const Validation& validation, const TrainingState& state,
                          const TrainingOptions& options) {
  const double waited = static_cast<double>(state.epoch - state.best.epoch);
  return validation && waited >= options.stop_iter;
}

template <class Real>
arma::vec as_doubles(const arma::Col<Real>& values) {
  return arma::conv_to<arma::vec>::from(values);
}

template <class Real>
arma::Col<Real> as_reals(const arma::vec& values) {
  return arma::conv_to<arma::Col<Real>>::from(values);
}

// One training run: what changes from epoch to epoch, in the order in which it happens.
template <class Real, class Inputs>
class Run {
 public:
  Run(const Backend& backend, Network<Real>& network, Objective<Real, Inputs>& objective,
      Validation validation, Sampler& sampler, const TrainingOptions& options, Monitor& monitor,
      TrainingState& state)
      : network_(network),
        trainer_(backend, network, objective, options),
        validation_(std::move(validation)),
        sampler_(sampler),
        options_(options),
        monitor_(monitor),
        state_(state) {
    trainer_.optimizer().steps() = state.steps;
    for (std::size_t k = 0; k < state.optimizer.size(); ++k) {
      trainer_.optimizer().memory()[k] = as_reals<Real>(state.optimizer[k]);
    }
  }

  TrainingResult train() {
    TrainingResult result;
    // The state may be that after which training was over.
    if (state_.epoch > 0) result = {after_epoch(), state_.epoch, sampler_.batches()};
    while (result.ending == Ending::all_epochs && state_.epoch < options_.epochs) {
      state_.parameters = as_doubles<Real>(network_.parameters());
      result.epoch = state_.epoch + 1;
      EpochRecord record;
      record.epoch = result.epoch;
      const auto began = std::chrono::steady_clock::now();
      sampler_.shuffle();
      result.ending = run_batches(record, result.batch);
      if (result.ending == Ending::all_epochs) result.ending = compare(record, result.batch);
      if (result.ending != Ending::all_epochs) break;
      record.seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      result.ending = finish_epoch(record);
    }
    return result;
  }

 private:
  // batch: the one that training has come to
  Ending run_batches(EpochRecord& record, std::size_t& batch) {
    const std::size_t batches = sampler_.batches();
    const double share = 1 / static_cast<double>(batches);
    double sum_of_losses = 0;
    Sums epoch;
    for (batch = 1; batch <= batches; ++batch) {
      const double done = static_cast<double>(state_.epoch) + share * (batch - 1.0);
      const double epochs = static_cast<double>(options_.epochs);
      record.learn_rate =
          options_.learn_rate * options_.schedule.factor(done, done + share, epochs);
      const std::size_t m = sampler_.size(batch - 1);
      const auto stop = [&] { return monitor_.stop(record.epoch, batch); };
      Sums sums;
      if (!trainer_.step(sampler_.samples(batch - 1), m, record.learn_rate, stop, sums)) {
        return Ending::stopped;
      }
      if (options_.stop_if_diverged && !std::isfinite(sums.loss)) return diverged();
      sum_of_losses += sums.loss / static_cast<double>(m);
      epoch.score += sums.score;
      epoch.weight += sums.weight;
    }
    batch = batches;
    record.loss = sum_of_losses / static_cast<double>(batches);
    record.metric = epoch.mean_score();
    const bool finite = network_.parameters().is_finite();
    return options_.stop_if_diverged && !finite ? diverged() : Ending::all_epochs;
  }

  // What the network was before this epoch is the last that is known to be sane.
  Ending diverged() {
    network_.parameters() = as_reals<Real>(state_.parameters);
    return Ending::diverged;
  }

  // With the best epoch so far; without validation data, no loss is the lower one.
  Ending compare(EpochRecord& record, std::size_t batch) {
    const auto stop = [&] { return monitor_.stop(record.epoch, batch); };
    if (!validate(validation_, stop, record)) return Ending::stopped;
    if (record.valid_loss < state_.best.loss) {
      state_.best = {record.epoch, record.valid_loss, as_doubles<Real>(network_.parameters())};
    }
    return Ending::all_epochs;
  }

  Ending finish_epoch(const EpochRecord& record) {
    state_.epoch = record.epoch;
    state_.history.push_back(record);
    monitor_.epoch_done(record);
    if (monitor_.wants_state(record.epoch)) monitor_.keep(complete_state());
    return after_epoch();
  }

  Ending after_epoch() const {
    return waited_enough(validation_, state_, options_) ? Ending::no_improvement
                                                        : Ending::all_epochs;
  }

  const TrainingState& complete_state() {
    state_.parameters = as_doubles<Real>(network_.parameters());
    state_.steps = trainer_.optimizer().steps();
    state_.order = sampler_.order();
    state_.optimizer.clear();
    for (const arma::Col<Real>& memory : trainer_.optimizer().memory()) {
      state_.optimizer.push_back(as_doubles<Real>(memory));
    }
    return state_;
  }

  Network<Real>& network_;
  Trainer<Real, Inputs> trainer_;
  Validation validation_;
  Sampler& sampler_;
  const TrainingOptions& options_;
  Monitor& monitor_;
  TrainingState& state_;
};

// Trains from where the state stands, which is brought forward. With validation data, the
// network ends with the weights of the best epoch; without, diverging training ends with those
// of the last epoch before.
template <class Real, class Inputs>
TrainingResult train(const Backend& backend, Network<Real>& network,
                     Objective<Real, Inputs>& objective, const Validation& validation,
                     Sampler& sampler, const TrainingOptions& options, Monitor& monitor,
                     TrainingState& state) {
  Run<Real, Inputs> run(backend, network, objective, validation, sampler, options, monitor, state);
  const TrainingResult result = run.train();
  if (state.best.epoch > 0) network.parameters() = as_reals<Real>(state.best.parameters);
  return result;
}

}  // namespace feedforward

#endif
