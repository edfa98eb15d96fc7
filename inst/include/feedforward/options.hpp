// How to train, as plain numbers.
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

// Steps along the gradient.
struct SgdOptions {
  double momentum = 0;    // share of the last step that the next one keeps, below 1. Larger values
                          // run faster along a valley, and further beyond its end
  bool nesterov = false;  // looks at where the momentum leads before it corrects, and overshoots
                          // less. Without momentum it has no effect
};

// Steps measured against the typical size of each parameter's gradients.
struct RmsPropOptions {
  double decay = 0.9;     // share of the mean squared gradient that stays after a batch, below 1.
                          // Larger values average over more batches
  double epsilon = 1e-8;  // added to what is divided by. Larger values make steps more like those
                          // along the plain gradient
};

// RMSProp with momentum, both corrected for their start at 0; with a weight decay, AdamW.
// Kingma and Ba (2014), doi:10.48550/arXiv.1412.6980
struct AdamOptions {
  double beta1 = 0.9;       // share of the mean gradient that stays after a batch: the momentum
  double beta2 = 0.999;     // the same for the mean squared gradient
  double epsilon = 1e-8;    // as for RMSProp
  double weight_decay = 0;  // what each weight loses in a step, as a share of it and times the
                            // learning rate. Larger values give smaller weights; biases keep theirs
};

using OptimizerOptions = std::variant<SgdOptions, RmsPropOptions, AdamOptions, LbfgsOptions>;

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

inline OptimizerOptions find_optimizer(const std::string& name, const Numbers& number) {
  return find_named(optimizers(), name, "optimizer").read(number);
}

// penalty (mixture sum|w| + (1 - mixture) / 2 sum(w^2)) over the weights, added to the loss;
// biases are free.
struct Penalty {
  double penalty = 0;  // 0 for none. Larger values give smaller weights and smoother predictions
  double mixture = 0;  // 0: squares alone, which make weights small; 1: absolute values alone,
                       // which make some of them 0. Without a penalty it has no effect
};

struct TrainingOptions {
  // Passes over the data. More of them fit the data better, and at some point new data worse.
  // For L-BFGS, evaluations of the loss.
  std::size_t epochs = 20;

  // Size of a step. Larger values learn faster until the loss swings or diverges. L-BFGS finds
  // its own.
  double learn_rate = 0.1;

  // How a gradient becomes a step.
  OptimizerOptions optimizer;

  // How the learning rate changes. L-BFGS has none.
  Schedule schedule;

  Penalty penalty;

  // A gradient longer than this is cut to this length, so that one odd batch does no harm. Smaller
  // values slow training down. L-BFGS ignores it.
  double clip_norm = std::numeric_limits<double>::infinity();

  // After so many epochs in a row that were not the best on the validation data, training is
  // over. Larger values wait longer. Without validation data it has no effect.
  double stop_iter = std::numeric_limits<double>::infinity();

  // Whether training ends at a loss that is no finite number. A loop written by hand would go
  // on. L-BFGS always ends.
  bool stop_if_diverged = true;
};

}  // namespace feedforward

#endif
