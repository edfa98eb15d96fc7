// Training on all observations at once, by an optimiser such as L-BFGS that searches along
// lines and asks for the loss wherever it likes.
#ifndef FEEDFORWARD_FULL_BATCH_HPP
#define FEEDFORWARD_FULL_BATCH_HPP

#include <cmath>
#include <exception>
#include <limits>
#include <vector>

#include "training.hpp"

namespace feedforward {

// The penalised loss as a function of the parameters. An epoch is one evaluation, for which
// all data are passed through once. The optimiser decides where it goes next; which parameters
// were the best, and when to end, is decided here.
template <class Real>
class FullBatch : private SmoothFunction {
 public:
  explicit FullBatch(Training<Real>& training)
      : training_(training), state_(training.state), book_(training) {}

  // Until the optimiser has converged or all epochs are used up.
  TrainingResult train(const LbfgsOptions& options) {
    const arma::Col<Real>& start = training_.network.parameters();
    const bool converged =
        training_.minimizer->minimize(*this, {start.begin(), start.end()}, options);
    if (exception_) std::rethrow_exception(exception_);
    if (over_) return result_;
    return {converged ? Ending::converged : Ending::no_improvement, state_.epoch, 1};
  }

 private:
  // Lower than any loss, so that with no gradient the optimiser takes it for the minimum;
  // higher than any that is a number, so that it turns back.
  static constexpr double end_value = -1e300, too_high = 1e300;

  // Nothing may be thrown through the optimiser: an exception waits until it has ended.
  double value(const double* x) noexcept override {
    if (over_) return end_value;
    try {
      return evaluate(x);
    } catch (...) {
      exception_ = std::current_exception();
      return end(Ending::stopped);
    }
  }

  // Zeros make the optimiser end.
  void gradient(double* g) const noexcept override {
    for (arma::uword k = 0; k < training_.network.parameter_count(); ++k) {
      g[k] = over_ ? 0.0 : gradient_[k];
    }
  }

  double end(Ending ending) {
    over_ = true;
    result_ = {ending, evaluations_, 1};
    return end_value;
  }

  double evaluate(const double* x) {
    if (evaluations_ == training_.options.epochs) return end(Ending::all_epochs);
    ++evaluations_;
    EpochRecord record = book_.open();
    record.learn_rate = std::numeric_limits<double>::quiet_NaN();
    Network<Real>& network = training_.network;
    for (arma::uword k = 0; k < network.parameter_count(); ++k) {
      network.parameters()[k] = static_cast<Real>(x[k]);
    }
    const std::vector<std::uint32_t>& rows = training_.sampler.order();
    const double share = 1 / static_cast<double>(rows.size());
    Sums sums;
    gradient_.set_size(network.parameter_count());
    if (!training_.objective.add_gradient(rows.data(), rows.size(), share, 0, book_.stop(record, 1),
                                          sums, gradient_)) {
      return end(Ending::stopped);
    }
    add_penalty(training_.backend, network, training_.options.penalty, gradient_);
    record.loss = sums.loss * share;
    record.metric = sums.mean_score();
    const double value = record.loss + penalty_of(network, training_.options.penalty);
    if (!book_.validate(record, 1)) return end(Ending::stopped);
    return finish_epoch(record, value);
  }

  // An epoch whose loss is no number does not count, unless it is the first.
  double finish_epoch(EpochRecord& record, double value) {
    const bool first = state_.best.epoch == 0;
    if (!std::isfinite(value)) {
      gradient_.zeros();
      return first ? end(Ending::diverged) : too_high;
    }
    const double watched = training_.validation ? record.valid_loss : value;
    if (first || watched < state_.best.loss) book_.keep_best(record, watched);
    book_.close(record);
    return book_.waited_enough() ? end(Ending::no_improvement) : value;
  }

  Training<Real>& training_;
  TrainingState& state_;
  EpochBook<Real> book_;
  arma::Col<Real> gradient_;
  std::size_t evaluations_ = 0;  // those included whose loss was no number
  bool over_ = false;
  TrainingResult result_;
  std::exception_ptr exception_;
};

}  // namespace feedforward

#endif
