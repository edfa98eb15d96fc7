// Optimizers: how a gradient becomes a step.
#ifndef FEEDFORWARD_OPTIMIZER_HPP
#define FEEDFORWARD_OPTIMIZER_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "armadillo.hpp"
#include "kernels/descent.hpp"
#include "options.hpp"

namespace feedforward {

template <class Real>
class Optimizer {
 public:
  // memories: how many vectors as long as the parameters it keeps
  explicit Optimizer(std::size_t memories) : memory_(memories) {}
  virtual ~Optimizer() = default;

  // Whether a step is no more than rate times the gradient, which backward() can take on its
  // way without storing the gradient at all.
  virtual bool plain() const { return false; }

  // What each weight loses in a step besides, as a share of it and times the rate.
  virtual double weight_decay() const { return 0; }

  // parameters move against the gradient
  void step(Backend& backend, const arma::Col<Real>& gradient, double rate,
            arma::Col<Real>& parameters) {
    for (arma::Col<Real>& memory : memory_) {
      if (memory.n_elem != parameters.n_elem) memory.zeros(parameters.n_elem);
    }
    ++steps_;
    move(backend, gradient, static_cast<Real>(rate), parameters);
  }

  // What it remembers, for a checkpoint to keep and to bring back.
  const std::vector<arma::Col<Real>>& memory() const { return memory_; }
  std::size_t steps() const { return steps_; }
  void restore(std::size_t steps, std::vector<arma::Col<Real>> memory) {
    if (memory.size() > memory_.size()) throw std::invalid_argument("more than is remembered");
    steps_ = steps;
    std::move(memory.begin(), memory.end(), memory_.begin());
  }

 protected:
  template <class Rule>
  void descend(Backend& backend, const Rule& rule, const arma::Col<Real>& gradient,
               arma::Col<Real>& parameters) {
    std::array<Real*, 2> memory = {};
    for (std::size_t k = 0; k < memory_.size(); ++k) memory[k] = memory_[k].memptr();
    feedforward::descend<Real>(backend, rule, parameters.memptr(), gradient.memptr(), memory,
                               parameters.n_elem);
  }

 private:
  virtual void move(Backend& backend, const arma::Col<Real>& gradient, Real rate,
                    arma::Col<Real>& parameters) = 0;

  std::vector<arma::Col<Real>> memory_;  // each is empty, or as long as the parameters
  std::size_t steps_ = 0;                // taken so far
};

template <class Real>
class Sgd : public Optimizer<Real> {
 public:
  explicit Sgd(const SgdOptions& options)
      : Optimizer<Real>(options.momentum > 0 ? 1 : 0), options_(options) {}

  bool plain() const override { return static_cast<Real>(options_.momentum) == 0; }

 private:
  void move(Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    const MomentumRule<Real> rule = {rate, static_cast<Real>(options_.momentum), options_.nesterov};
    this->descend(backend, rule, gradient, parameters);
  }

  SgdOptions options_;
};

template <class Real>
class RmsProp : public Optimizer<Real> {
 public:
  explicit RmsProp(const RmsPropOptions& options) : Optimizer<Real>(1), options_(options) {}

 private:
  void move(Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    const RmsPropRule<Real> rule = {rate, static_cast<Real>(1 - options_.decay),
                                    static_cast<Real>(options_.epsilon)};
    this->descend(backend, rule, gradient, parameters);
  }

  RmsPropOptions options_;
};

// Differences from 1 are taken in double: single precision has no digits for a beta near 1.
template <class Real>
class Adam : public Optimizer<Real> {
 public:
  explicit Adam(const AdamOptions& options) : Optimizer<Real>(2), options_(options) {}

  double weight_decay() const override { return options_.weight_decay; }

 private:
  void move(Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    const auto steps = static_cast<double>(this->steps());
    const auto real = [](double x) { return static_cast<Real>(x); };
    const AdamRule<Real> rule = {rate,
                                 real(1 - options_.beta1),
                                 real(1 - options_.beta2),
                                 real(options_.epsilon),
                                 real(1 / (1 - std::pow(options_.beta1, steps))),
                                 real(1 / (1 - std::pow(options_.beta2, steps)))};
    this->descend(backend, rule, gradient, parameters);
  }

  AdamOptions options_;
};

// Which class belongs to which options.
template <class Real>
struct OptimizerMaker {
  using Pointer = std::unique_ptr<Optimizer<Real>>;
  Pointer operator()(const SgdOptions& o) const { return std::make_unique<Sgd<Real>>(o); }
  Pointer operator()(const RmsPropOptions& o) const { return std::make_unique<RmsProp<Real>>(o); }
  Pointer operator()(const AdamOptions& o) const { return std::make_unique<Adam<Real>>(o); }
  Pointer operator()(const LbfgsOptions&) const {
    throw std::invalid_argument("L-BFGS takes no step for a batch");
  }
};

template <class Real>
std::unique_ptr<Optimizer<Real>> make_optimizer(const OptimizerOptions& options) {
  return std::visit(OptimizerMaker<Real>(), options);
}

}  // namespace feedforward

#endif
