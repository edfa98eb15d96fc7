// How to train, as plain numbers: what users choose, and the table of optimizers by name. R's side
// fills these structs from lists; the files that train read them. They must not hold anything that
// belongs to one run.
#ifndef FEEDFORWARD_OPTIONS_HPP
#define FEEDFORWARD_OPTIONS_HPP

#include <cstddef>
#include <limits>
#include <string>
#include <variant>

#include "minimizer.hpp"
#include "registry.hpp"
#include "schedule.hpp"

namespace feedforward {

// Steps along the gradient: Heavy-ball or Nesterov momentum, or none.
struct SgdOptions {
  // Share of the last step that the next one keeps, from 0 to below 1. Larger values run faster
  // along a valley, and further beyond its end. 0 needs no memory, and steps in place.
  double momentum = 0;

  // Whether the gradient is looked at where the momentum leads, which overshoots less. Ignored
  // without momentum.
  bool nesterov = false;
};

// Steps measured against the typical size of each parameter's gradients, so that parameters with
// small gradients move as far as those with large ones. Keeps one vector of the parameters' length.
struct RmsPropOptions {
  // Share of the mean squared gradient that stays after a batch, from 0 to below 1. Larger values
  // average over more batches, about 1 / (1 - decay) of them.
  double decay = 0.9;

  // Added to the divisor, above 0, in units of the gradient. Larger values make steps
  // smaller, and more like those along the plain gradient.
  double epsilon = 1e-8;
};

// RMSProp with momentum, both corrected for their start at 0; with a weight decay, AdamW. Keeps two
// vectors of the parameters' length. Kingma and Ba (2014), doi:10.48550/arXiv.1412.6980
struct AdamOptions {
  // Share of the mean gradient that stays after a batch, from 0 to below 1. It acts as the
  // momentum: larger values smooth over more batches and react later.
  double beta1 = 0.9;

  // The same for the mean squared gradient. Larger values let one large gradient make steps small
  // for longer.
  double beta2 = 0.999;

  // As for RMSProp.
  double epsilon = 1e-8;

  // What each weight loses in a step, as a share of it and times the learning rate; at least 0.
  // Larger values give smaller weights. Unlike a penalty it does not pass through the averages
  // above. Biases lose nothing.
  double weight_decay = 0;
};

using OptimizerOptions = std::variant<SgdOptions, RmsPropOptions, AdamOptions, LbfgsOptions>;

// The optimizers by name. "adam" and "adamw" are the same but for the weight decay, which "adam"
// never has.
inline const auto& optimizers() {
  static const NamedOptions<OptimizerOptions> table[] = {
      {"sgd",
       [](const Numbers& number) -> OptimizerOptions {
         return SgdOptions{number("momentum"), number("nesterov") != 0};
       }},
      {"rmsprop",
       [](const Numbers& number) -> OptimizerOptions {
         return RmsPropOptions{number("decay"), number("epsilon")};
       }},
      {"adam",
       [](const Numbers& number) -> OptimizerOptions {
         return AdamOptions{number("beta1"), number("beta2"), number("epsilon")};
       }},
      {"adamw",
       [](const Numbers& number) -> OptimizerOptions {
         return AdamOptions{number("beta1"), number("beta2"), number("epsilon"),
                            number("weight_decay")};
       }},
      {"lbfgs",
       [](const Numbers& number) -> OptimizerOptions {
         return LbfgsOptions{static_cast<int>(number("memory")), number("tolerance")};
       }},
  };
  return table;
}

// The options of the optimizer of this name, with these numbers. Throws std::invalid_argument if
// there is no such name, or a number is missing.
inline OptimizerOptions find_optimizer(const std::string& name, const Numbers& number) {
  return find_named(optimizers(), name, "optimizer").read(number);
}

// Adds penalty (mixture sum|w| + (1 - mixture) / 2 sum(w^2)) over the weights to the mean loss;
// biases are free. As in glmnet.
struct Penalty {
  // At least 0; 0 for none. Larger values give smaller weights and smoother predictions.
  double penalty = 0;

  // From 0 to 1. 0: squares alone, which make weights small; 1: absolute values alone, which make
  // some of them 0, or nearly. Ignored without a penalty.
  double mixture = 0;
};

// How a training run goes. R checks every value before it comes here, and the core relies on it.
struct TrainingOptions {
  // Passes over the data, at least 1. More of them fit the data better, and at some point new data
  // worse. For L-BFGS, evaluations of the loss: several for each step.
  std::size_t epochs = 20;

  // Size of a step, above 0. Larger values learn faster until the loss swings or diverges. What is
  // a good value depends on the optimizer: 0.1 suits plain SGD, 0.001 Adam. L-BFGS ignores it.
  double learn_rate = 0.1;

  // How a gradient becomes a step. LbfgsOptions choose training on all observations at once.
  OptimizerOptions optimizer;

  // How the learning rate changes from batch to batch. L-BFGS ignores it.
  Schedule schedule;

  // What keeps weights small. All optimizers respect it; validation data are judged without it.
  Penalty penalty;

  // A gradient longer than this (its Euclidean norm, penalty included) is cut to this length, so
  // that one odd batch does no harm. Above 0; infinite for no limit. Smaller values slow training
  // down. L-BFGS ignores it.
  double clip_norm = std::numeric_limits<double>::infinity();

  // After so many epochs in a row that were not the best on the validation data, training is
  // over. At least 1; infinite to use up all epochs. Larger values wait longer, and get over
  // plateaus. Ignored without validation data.
  double stop_iter = std::numeric_limits<double>::infinity();

  // Whether training ends at a loss that is not finite. A loop written by hand would go on, and
  // the functions of the script do as it does. L-BFGS ignores it: it turns back from such a loss,
  // unless it started there.
  bool stop_if_diverged = true;
};

}  // namespace feedforward

#endif
