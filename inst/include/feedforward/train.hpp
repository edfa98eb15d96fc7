// Training, by whichever optimizer the options name.
#ifndef FEEDFORWARD_TRAIN_HPP
#define FEEDFORWARD_TRAIN_HPP

#include "full_batch.hpp"
#include "mini_batch.hpp"

namespace feedforward {

// Trains from where the state stands, which is brought forward. The network ends with the
// weights of the best epoch: with validation data, and by L-BFGS always. Else diverging training
// ends with those of the last epoch before.
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
