// Training, by whichever optimizer the options name: the entrance for whoever trains a network. It
// is compiled once per precision, whatever the data.
#ifndef FEEDFORWARD_TRAIN_HPP
#define FEEDFORWARD_TRAIN_HPP

#include "full_batch.hpp"
#include "mini_batch.hpp"

namespace feedforward {

// Trains on from the state, and updates it. With validation data, and by L-BFGS always, the network
// ends with the weights of the best epoch; otherwise with the weights of the last epoch, or, if
// training diverged, of the last one before that.
template <class Real>
TrainingResult train(Training<Real>& training) {
  const LbfgsOptions* lbfgs = std::get_if<LbfgsOptions>(&training.options.optimizer);
  TrainingResult result;
  if (lbfgs) {
    result = FullBatch<Real>(training).train(*lbfgs);
  } else {
    result = MiniBatch<Real>(training).train();
  }
  const BestEpoch& best = training.state.best;
  if (best.epoch > 0) training.network.parameters() = as_reals<Real>(best.parameters);
  return result;
}

}  // namespace feedforward

#endif
