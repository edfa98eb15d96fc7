// One step of training: from a batch to new parameters.
#ifndef FEEDFORWARD_TRAINER_HPP
#define FEEDFORWARD_TRAINER_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "objective.hpp"
#include "optimizer.hpp"
#include "penalty.hpp"

namespace feedforward {

// Steps a network along the gradient of its loss, batch by batch.
template <class Real>
class Trainer {
 public:
  Trainer(Backend& backend, Network<Real>& network, Objective<Real>& objective,
          const TrainingOptions& options)
      : backend_(backend),
        network_(network),
        objective_(objective),
        options_(options),
        optimizer_(make_optimizer<Real>(options.optimizer)) {}

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
    shrink_weights(backend_, network_, rate * optimizer_->weight_decay(), parameters);
    optimizer_->step(backend_, gradient_, rate, parameters);
    return true;
  }

  Optimizer<Real>& optimizer() { return *optimizer_; }

 private:
  bool moves_in_place() const {
    return optimizer_->plain() && options_.penalty.penalty == 0 && std::isinf(options_.clip_norm);
  }

  Backend& backend_;
  Network<Real>& network_;
  Objective<Real>& objective_;
  const TrainingOptions& options_;
  std::unique_ptr<Optimizer<Real>> optimizer_;
  arma::Col<Real> gradient_;
};

}  // namespace feedforward

#endif
