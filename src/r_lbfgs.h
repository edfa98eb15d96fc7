// L-BFGS on all observations at once, by R's own optimiser.
#ifndef FEEDFORWARD_R_LBFGS_H
#define FEEDFORWARD_R_LBFGS_H

#include <feedforward/train.hpp>

#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <vector>

#include "r_minimize.h"

namespace r_lbfgs {

using feedforward::Ending;
using feedforward::TrainingResult;

// What the optimiser asks for: the loss at given parameters and its gradient. An epoch is one
// evaluation, for which all data are passed through once.
template <class Real, class Inputs>
class Problem {
 public:
  Problem(feedforward::Network<Real>& network, feedforward::Objective<Real, Inputs>& objective,
          const feedforward::Validation& validation, const std::vector<std::uint32_t>& rows,
          const feedforward::TrainingOptions& options, const feedforward::Backend& backend,
          feedforward::Monitor& monitor, feedforward::TrainingState& state)
      : network_(network),
        objective_(objective),
        validation_(validation),
        rows_(rows),
        options_(options),
        backend_(backend),
        monitor_(monitor),
        state_(state) {}

  // The penalised loss at x. Nothing may be thrown through the optimiser, which is C: an
  // exception waits until it has ended.
  double loss_at(const double* x) {
    if (over_) return end_value;
    try {
      return evaluate(x);
    } catch (...) {
      exception_ = std::current_exception();
      return end();
    }
  }

  // The gradient where the loss was asked for last; zeros make the optimiser end.
  void gradient(int n, double* g) const {
    for (int k = 0; k < n; ++k) g[k] = over_ ? 0.0 : gradient_[k];
  }

  // To be called when the optimiser is done.
  TrainingResult finish(bool converged) {
    if (exception_) std::rethrow_exception(exception_);
    if (state_.best.epoch > 0) {
      network_.parameters() = feedforward::as_reals<Real>(state_.best.parameters);
    }
    if (!over_) result_ = {converged ? Ending::converged : Ending::no_improvement, state_.epoch, 1};
    return result_;
  }

 private:
  // Lower than any loss, so that with no gradient the optimiser takes it for the minimum;
  // higher than any that is a number, so that it turns back.
  static constexpr double end_value = -1e300, too_high = 1e300;

  double end(Ending ending = Ending::stopped) {
    over_ = true;
    result_ = {ending, evaluations_, 1};
    return end_value;
  }

  double evaluate(const double* x) {
    if (evaluations_ == options_.epochs) return end(Ending::all_epochs);
    ++evaluations_;
    const auto began = std::chrono::steady_clock::now();
    feedforward::EpochRecord record;
    record.epoch = state_.epoch + 1;
    record.learn_rate = std::numeric_limits<double>::quiet_NaN();
    for (arma::uword k = 0; k < network_.parameter_count(); ++k) {
      network_.parameters()[k] = static_cast<Real>(x[k]);
    }
    const auto stop = [&] { return monitor_.stop(record.epoch, 1); };
    const double share = 1 / static_cast<double>(rows_.size());
    feedforward::Sums sums;
    gradient_.set_size(network_.parameter_count());
    if (!objective_.add_gradient(rows_.data(), rows_.size(), share, 0, stop, sums, gradient_)) {
      return end();
    }
    feedforward::add_penalty(backend_, network_, options_.penalty, gradient_);
    record.loss = sums.loss * share;
    record.metric = sums.mean_score();
    const double value = record.loss + feedforward::penalty_of(network_, options_.penalty);
    if (!feedforward::validate(validation_, stop, record)) return end();
    record.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return note(record, value);
  }

  // Keeps the record, and the parameters if they are the best so far.
  double note(const feedforward::EpochRecord& record, double value) {
    if (!std::isfinite(value)) {
      gradient_.zeros();
      return state_.best.epoch == 0 ? end(Ending::diverged) : too_high;
    }
    const double watched = validation_ ? record.valid_loss : value;
    if (state_.best.epoch == 0 || watched < state_.best.loss) {
      state_.best = {record.epoch, watched, feedforward::as_doubles<Real>(network_.parameters())};
    }
    state_.epoch = record.epoch;
    state_.history.push_back(record);
    monitor_.epoch_done(record);
    if (feedforward::waited_enough(validation_, state_, options_)) {
      return end(Ending::no_improvement);
    }
    return value;
  }

  feedforward::Network<Real>& network_;
  feedforward::Objective<Real, Inputs>& objective_;
  const feedforward::Validation& validation_;
  const std::vector<std::uint32_t>& rows_;
  const feedforward::TrainingOptions& options_;
  const feedforward::Backend& backend_;
  feedforward::Monitor& monitor_;
  feedforward::TrainingState& state_;
  arma::Col<Real> gradient_;
  std::size_t evaluations_ = 0;  // those included whose loss was no number
  bool over_ = false;
  TrainingResult result_;
  std::exception_ptr exception_;
};

// Trains from the network's parameters, until the loss changes by less than the tolerance
// (relative) or all epochs are used up. The network ends with the best parameters seen.
template <class Real, class Inputs>
TrainingResult train(feedforward::Network<Real>& network,
                     feedforward::Objective<Real, Inputs>& objective,
                     const feedforward::Validation& validation,
                     const std::vector<std::uint32_t>& rows,
                     const feedforward::TrainingOptions& options,
                     const feedforward::Backend& backend, feedforward::Monitor& monitor,
                     feedforward::TrainingState& state) {
  using P = Problem<Real, Inputs>;
  P problem(network, objective, validation, rows, options, backend, monitor, state);
  Minimization minimization;
  minimization.x.assign(network.parameters().begin(), network.parameters().end());
  minimization.value = [](int, double* x, void* p) { return static_cast<P*>(p)->loss_at(x); };
  minimization.gradient = [](int n, double*, double* g, void* p) {
    static_cast<P*>(p)->gradient(n, g);
  };
  minimization.problem = &problem;
  minimization.memory = static_cast<int>(options.optimizer.number("memory"));
  minimization.tolerance = options.optimizer.number("tolerance");
  minimization.run();
  return problem.finish(minimization.failed == 0);
}

}  // namespace r_lbfgs

#endif
