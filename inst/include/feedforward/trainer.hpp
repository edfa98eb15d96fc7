// One step of training: from a batch to new parameters.
#ifndef FEEDFORWARD_TRAINER_HPP
#define FEEDFORWARD_TRAINER_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "objective.hpp"
#include "optimizer.hpp"
#include "penalty.hpp"
#include "schedule.hpp"

namespace feedforward {

struct TrainingOptions {
  std::size_t epochs = 20;     // passes over the data
  double learn_rate = 0.1;     // step per batch; larger learns faster until it diverges
  OptimizerOptions optimizer;  // how a gradient becomes a step
  Schedule schedule;           // how the learning rate changes
  Penalty penalty;             // how much weights are held near 0
  double clip_norm = std::numeric_limits<double>::infinity();  // the longest gradient
  double stop_iter = std::numeric_limits<double>::infinity();  // so many epochs in a row
                                                               // that were not the best: stop
  bool stop_if_diverged = true;  // at a loss that is not finite; otherwise go on with it
};

// Steps a network along the gradient of its loss, batch by batch.
template <class Real>
class Trainer {
 public:
  Trainer(const Backend& backend, Network<Real>& network, Objective<Real>& objective,
          const TrainingOptions& options)
      : backend_(backend),
        network_(network),
        objective_(objective),
        options_(options),
        optimizer_(make_optimizer<Real>(options.optimizer)) {
    if (options.optimizer.name == "adamw") decay_ = options.optimizer.number("weight_decay");
  }

  // One step on m observations; adds to sums. False if `stop` asked for an end: then nothing
  // moved.
  bool step(const std::uint32_t* samples, std::size_t m, double rate, const StopQuestion& stop,
            Sums& sums) {
    arma::Col<Real>& parameters = network_.parameters();
    const double share = 1 / static_cast<double>(m);
    if (moves_in_place() && m <= objective_.slice_size()) {
      return objective_.add_gradient(samples, m, -rate * share, 1, stop, sums, parameters);
    }
    gradient_.set_size(parameters.n_elem);
    if (!objective_.add_gradient(samples, m, share, 0, stop, sums, gradient_)) return false;
    add_penalty(backend_, network_, options_.penalty, gradient_);
    clip_norm(options_.clip_norm, gradient_);
    shrink_weights(backend_, network_, rate * decay_, parameters);
    optimizer_->step(backend_, gradient_, rate, parameters);
    return true;
  }

  Optimizer<Real>& optimizer() { return *optimizer_; }

 private:
  bool moves_in_place() const {
    return optimizer_->plain() && options_.penalty.penalty == 0 && std::isinf(options_.clip_norm);
  }

  const Backend& backend_;
  Network<Real>& network_;
  Objective<Real>& objective_;
  const TrainingOptions& options_;
  std::unique_ptr<Optimizer<Real>> optimizer_;
  double decay_ = 0;
  arma::Col<Real> gradient_;
};

}  // namespace feedforward

#endif
