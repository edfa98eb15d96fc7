// Training on all observations at once, by an optimizer such as L-BFGS that searches along
// lines and asks for the loss wherever it likes. train.hpp runs it where the options say so; the
// optimizer itself is handed in as a Minimizer. It must not know how the minimizer searches.
#ifndef FEEDFORWARD_FULL_BATCH_HPP
#define FEEDFORWARD_FULL_BATCH_HPP

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "training.hpp"

namespace feedforward {

// The penalized loss as a function of the parameters. An epoch is one evaluation, for which
// all data are passed through once. The optimizer decides where it goes next; which parameters
// were the best, and when to end, is decided here. The optimizer counts in double, a network of
// float rounds what it is given.
template <class Real>
class FullBatch : private SmoothFunction {
 public:
  explicit FullBatch(Training<Real>& training)
      : training_(training), state_(training.state), book_(training) {}

  // Until the optimizer has converged or all epochs are used up. L-BFGS keeps its memory to itself,
  // so a run that goes on from a state starts its search anew from there.
  TrainingResult train(const LbfgsOptions& options) {
    const bool converged = part_of(training_.peers).rank == 0 ? search(options) : follow();
    if (over_) return result_;
    return {converged ? Ending::converged : Ending::no_improvement, state_.epoch, 1};
  }

 private:
  // Lower than any loss, so that with no gradient the optimizer takes it for the minimum;
  // higher than any that is a number, so that it turns back.
  static constexpr double end_value = -1e300, too_high = 1e300;

  // What rank 0 tells the others beside a point.
  enum Message : int { evaluate_there, has_converged, found_no_better };

  // Runs the optimizer. Whether it converged.
  bool search(const LbfgsOptions& options) {
    const arma::Col<Real>& start = training_.network.parameters();
    const bool converged =
        training_.minimizer->minimize(*this, {start.begin(), start.end()}, options);
    if (exception_) std::rethrow_exception(exception_);
    if (!over_ && training_.peers) {
      std::vector<double> point(training_.network.parameter_count());
      tell(converged ? has_converged : found_no_better, point);
    }
    return converged;
  }

  // On all ranks but 0: evaluates wherever the optimizer of rank 0 goes, since two optimizers might
  // differ in their last digits. What ends training ends it on all ranks.
  bool follow() {
    std::vector<double> point(training_.network.parameter_count());
    while (!over_) {
      const Message message = tell(evaluate_there, point);
      if (message != evaluate_there) return message == has_converged;
      evaluate(point.data());
    }
    return false;
  }

  // The message and the point of rank 0, on all ranks.
  Message tell(Message message, std::vector<double>& point) {
    double code = message;
    training_.peers->share(&code, 1);
    training_.peers->share(point.data(), point.size());
    return static_cast<Message>(static_cast<int>(code));
  }

  // Nothing may be thrown through the optimizer, which may be C: an exception waits until it has
  // ended.
  double value(const double* x) noexcept override {
    if (over_) return end_value;
    try {
      if (training_.peers) {
        std::vector<double> point(x, x + training_.network.parameter_count());
        tell(evaluate_there, point);
      }
      return evaluate(x);
    } catch (...) {
      exception_ = std::current_exception();
      return end(Ending::stopped);
    }
  }

  // Zeros make the optimizer end.
  void gradient(double* g) const noexcept override {
    for (arma::uword k = 0; k < training_.network.parameter_count(); ++k) {
      g[k] = over_ ? 0.0 : gradient_[k];
    }
  }

  // Remembers how training ends, and makes the optimizer stop at the value that is returned.
  double end(Ending ending) {
    over_ = true;
    result_ = {ending, evaluations_, 1};
    return end_value;
  }

  // One epoch at x (parameters): loss, gradient, validation. What the optimizer may see of it.
  double evaluate(const double* x) {
    // No more is asked for than the user allowed, also in the middle of a line search.
    if (evaluations_ == training_.options.epochs) return end(Ending::all_epochs);
    ++evaluations_;
    EpochRecord record = book_.open();
    record.learn_rate = std::numeric_limits<double>::quiet_NaN();
    Network<Real>& network = training_.network;
    std::copy_n(x, network.parameter_count(), network.parameters().begin());
    const double share = 1 / static_cast<double>(training_.sampler.observations());
    Sums sums;
    gradient_.set_size(network.parameter_count());
    double keep = 0;  // the first block replaces the gradient from before
    const auto add = [&](Samples samples) {
      return training_.objective.add_gradient(samples.rows, samples.size, share,
                                              std::exchange(keep, 1), book_.stop(record, 1), sums,
                                              gradient_);
    };
    const bool finished = training_.sampler.for_each_block(add);
    if (!sum_over_peers(training_.peers, finished, sums, gradient_.memptr(), gradient_.n_elem)) {
      return end(Ending::stopped);
    }
    add_penalty(training_.backend, network, training_.options.penalty, gradient_);
    record.loss = sums.loss * share;
    record.metric = sums.mean_score();
    const double value = record.loss + penalty_of(network, training_.options.penalty);
    if (!book_.validate(record, 1)) return end(Ending::stopped);
    return finish_epoch(record, value);
  }

  // An epoch whose loss is not finite does not count: the optimizer turns back from it. At the
  // first it cannot turn back, so training has diverged.
  double finish_epoch(EpochRecord& record, double value) {
    const bool first = state_.best.epoch == 0;
    if (!std::isfinite(value)) {
      gradient_.zeros();
      return first ? end(Ending::diverged) : too_high;
    }
    // The first epoch is kept in any case, so there always is a best one.
    const double watched = training_.validation ? record.valid_loss : value;
    if (first || watched < state_.best.loss) book_.keep_best(record, watched);
    if (!book_.close(record)) return end(Ending::stopped);
    return book_.waited_enough() ? end(Ending::no_improvement) : value;
  }

  Training<Real>& training_;
  TrainingState& state_;
  EpochBook<Real> book_;
  arma::Col<Real> gradient_;     // (parameters), at the last x
  std::size_t evaluations_ = 0;  // including any whose loss was not finite
  bool over_ = false;
  TrainingResult result_;
  std::exception_ptr exception_;
};

}  // namespace feedforward

#endif
