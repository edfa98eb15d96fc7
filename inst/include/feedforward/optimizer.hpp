// Optimizers: how a gradient becomes a step. trainer.hpp makes one per training run; the
// arithmetic of one element is in kernels/descent.hpp, the options in options.hpp. It must not
// know layers: parameters, gradient and memory are flat vectors of the same length.
//
// To add one: its options and a line of the table in options.hpp, and here how many vectors it
// remembers and the rule of its steps.
#ifndef FEEDFORWARD_OPTIMIZER_HPP
#define FEEDFORWARD_OPTIMIZER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "armadillo.hpp"
#include "kernels/descent.hpp"
#include "options.hpp"

namespace feedforward {

// How many vectors as long as the parameters an optimizer of these options remembers. L-BFGS has
// a memory of its own (minimizer.hpp).
inline std::size_t memories(const SgdOptions& options) { return options.momentum > 0 ? 1 : 0; }
inline std::size_t memories(const RmsPropOptions&) { return 1; }
inline std::size_t memories(const AdamOptions&) { return 2; }
inline std::size_t memories(const LbfgsOptions&) {
  throw std::invalid_argument("L-BFGS takes no step for a batch");
}

// The rule of the steps-th step, counted from 1. Differences from 1 are taken in double: single
// precision has no digits for a beta near 1.
template <class Real>
AdamRule<Real> adam_rule(const AdamOptions& options, Real rate, double steps) {
  const auto real = [](double x) { return static_cast<Real>(x); };
  const auto correction = [=](double beta) { return real(1 / (1 - std::pow(beta, steps))); };
  return {rate,
          real(1 - options.beta1),
          real(1 - options.beta2),
          real(options.epsilon),
          correction(options.beta1),
          correction(options.beta2)};
}

template <class Real>
class Optimizer {
 public:
  // Throws std::invalid_argument for L-BFGS, which does not go batch by batch.
  explicit Optimizer(const OptimizerOptions& options)
      : options_(options),
        memory_(std::visit([](const auto& given) { return memories(given); }, options)) {}

  // Whether a step is no more than rate times the gradient, which backward() can take on its
  // way without storing the gradient at all.
  bool plain() const {
    const auto* sgd = std::get_if<SgdOptions>(&options_);
    return sgd && static_cast<Real>(sgd->momentum) == 0;
  }

  // What each weight loses in a step besides, as a share of it and times the rate.
  double weight_decay() const {
    const auto* adam = std::get_if<AdamOptions>(&options_);
    return adam ? adam->weight_decay : 0;
  }

  // Moves the parameters against the gradient, both (n). Elements do not depend on each other, so
  // results do not depend on the number of threads.
  void step(Backend& backend, const arma::Col<Real>& gradient, double rate,
            arma::Col<Real>& parameters) {
    for (arma::Col<Real>& memory : memory_) {
      if (memory.n_elem != parameters.n_elem) memory.zeros(parameters.n_elem);
    }
    ++steps_;
    const Real by = static_cast<Real>(rate);
    const auto move = [&](const auto& rule, auto... memory) {
      map(backend, work_of_element, rule, parameters.n_elem, gradient.memptr(), parameters.memptr(),
          memory_[memory].memptr()...);
    };
    if (const auto* sgd = std::get_if<SgdOptions>(&options_)) {
      const MomentumRule<Real> rule = {by, static_cast<Real>(sgd->momentum), sgd->nesterov};
      memory_.empty() ? move(rule) : move(rule, 0);
    } else if (const auto* rmsprop = std::get_if<RmsPropOptions>(&options_)) {
      move(RmsPropRule<Real>{by, static_cast<Real>(1 - rmsprop->decay),
                             static_cast<Real>(rmsprop->epsilon)},
           0);
    } else if (const auto* adam = std::get_if<AdamOptions>(&options_)) {
      move(adam_rule<Real>(*adam, by, static_cast<double>(steps_)), 0, 1);
    }
  }

  // What it remembers, for a checkpoint to keep and to bring back.
  const std::vector<arma::Col<Real>>& memory() const { return memory_; }
  std::size_t steps() const { return steps_; }
  void restore(std::size_t steps, std::vector<arma::Col<Real>> memory) {
    if (memory.size() > memory_.size()) throw std::invalid_argument("more than is remembered");
    steps_ = steps;
    std::move(memory.begin(), memory.end(), memory_.begin());
  }

 private:
  OptimizerOptions options_;
  std::vector<arma::Col<Real>> memory_;  // each is empty, or as long as the parameters
  std::size_t steps_ = 0;                // taken so far
};

}  // namespace feedforward

#endif
