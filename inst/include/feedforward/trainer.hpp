// One step of training: from a batch to new parameters. mini_batch.hpp takes it for every batch; it
// must not know epochs, nor who watches.
#ifndef FEEDFORWARD_TRAINER_HPP
#define FEEDFORWARD_TRAINER_HPP

#include <cmath>
#include <cstddef>

#include "objective.hpp"
#include "optimizer.hpp"
#include "peers.hpp"
#include "penalty.hpp"
#include "sampler.hpp"

namespace feedforward {

// Steps a network along the gradient of its loss, batch by batch.
template <class Real>
class Trainer {
 public:
  // peers: a null pointer if no other process trains the same network
  Trainer(Backend& backend, Network<Real>& network, Objective<Real>& objective,
          const TrainingOptions& options, Peers* peers = nullptr)
      : backend_(backend),
        network_(network),
        objective_(objective),
        options_(options),
        peers_(peers),
        optimizer_(options.optimizer) {}

  // One step on some observations; adds their loss before the step to sums. False if `stop` asked
  // for an end, here or in another process, or if reading was interrupted: then nothing moved. The
  // gradient is that of the mean loss of the batch, to which the penalty is added; only then is it
  // clipped, and only then do weights decay. All processes take the same step.
  bool step(Samples samples, double rate, const StopQuestion& stop, Sums& sums) {
    arma::Col<Real>& parameters = network_.parameters();
    const std::size_t m = samples.size;
    const double share = 1 / static_cast<double>(samples.total);
    if (samples && moves_in_place() && m <= objective_.slice_size()) {
      return objective_.add_gradient(samples.rows, m, -rate * share, 1, stop, sums, parameters);
    }
    gradient_.set_size(parameters.n_elem);
    const bool finished =
        samples && objective_.add_gradient(samples.rows, m, share, 0, stop, sums, gradient_);
    if (!sum_over_peers(peers_, finished, sums, gradient_.memptr(), gradient_.n_elem)) return false;
    add_penalty(backend_, network_, options_.penalty, gradient_);
    clip_norm(options_.clip_norm, gradient_);
    shrink_weights(backend_, network_, rate * optimizer_.weight_decay(), parameters);
    optimizer_.step(backend_, gradient_, rate, parameters);
    return true;
  }

  // For checkpoints: what it remembers belongs to the state of training.
  Optimizer<Real>& optimizer() { return optimizer_; }

 private:
  // Whether the step is the gradient times a number, so that backward() can add it to the
  // parameters at once: a pass over the parameters less. A batch of several slices cannot, as the
  // second slice would see parameters that have moved.
  bool moves_in_place() const {
    return !peers_ && optimizer_.plain() && options_.penalty.penalty == 0 &&
           std::isinf(options_.clip_norm);
  }

  Backend& backend_;
  Network<Real>& network_;
  Objective<Real>& objective_;
  const TrainingOptions& options_;
  Peers* peers_;
  Optimizer<Real> optimizer_;
  arma::Col<Real> gradient_;  // (parameters), where steps are not taken in place
};

}  // namespace feedforward

#endif
