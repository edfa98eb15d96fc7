// Optimizers: how a gradient becomes a step.
#ifndef FEEDFORWARD_OPTIMIZER_HPP
#define FEEDFORWARD_OPTIMIZER_HPP

#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "armadillo.hpp"
#include "kernels/descent.hpp"

namespace feedforward {

// An optimizer by its name, with its numbers by theirs.
struct OptimizerOptions {
  std::string name = "sgd";
  std::map<std::string, double> numbers = {{"momentum", 0}, {"nesterov", 0}};

  double number(const std::string& key) const {
    const auto found = numbers.find(key);
    if (found == numbers.end()) throw std::invalid_argument(name + " needs " + key);
    return found->second;
  }
};

template <class Real>
class Optimizer {
 public:
  // memories: how many vectors as long as the parameters it keeps
  explicit Optimizer(std::size_t memories) : memory_(memories) {}
  virtual ~Optimizer() = default;

  // Whether a step is no more than rate times the gradient, which backward() can take on its
  // way without storing the gradient at all.
  virtual bool plain() const { return false; }

  // parameters move against the gradient
  void step(const Backend& backend, const arma::Col<Real>& gradient, double rate,
            arma::Col<Real>& parameters) {
    for (arma::Col<Real>& memory : memory_) {
      if (memory.n_elem != parameters.n_elem) memory.zeros(parameters.n_elem);
    }
    ++steps_;
    move(backend, gradient, static_cast<Real>(rate), parameters);
  }

  // What it remembers, for a checkpoint to keep and to bring back.
  std::vector<arma::Col<Real>>& memory() { return memory_; }
  std::size_t& steps() { return steps_; }

 protected:
  template <class Rule>
  void descend(const Backend& backend, const Rule& rule, const arma::Col<Real>& gradient,
               arma::Col<Real>& parameters) {
    std::array<Real*, 2> memory = {};
    for (std::size_t k = 0; k < memory_.size(); ++k) memory[k] = memory_[k].memptr();
    feedforward::descend<Real>(backend, rule, parameters.memptr(), gradient.memptr(), memory,
                               parameters.n_elem);
  }

 private:
  virtual void move(const Backend& backend, const arma::Col<Real>& gradient, Real rate,
                    arma::Col<Real>& parameters) = 0;

  std::vector<arma::Col<Real>> memory_;
  std::size_t steps_ = 0;
};

// Gradient descent, with momentum if that is above 0.
template <class Real>
class Sgd : public Optimizer<Real> {
 public:
  explicit Sgd(const OptimizerOptions& options)
      : Optimizer<Real>(options.number("momentum") > 0 ? 1 : 0),
        momentum_(static_cast<Real>(options.number("momentum"))),
        nesterov_(options.number("nesterov") != 0) {}

  bool plain() const override { return momentum_ == 0; }

 private:
  void move(const Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    this->descend(backend, MomentumRule<Real>{rate, momentum_, nesterov_}, gradient, parameters);
  }

  Real momentum_;
  bool nesterov_;
};

template <class Real>
class RmsProp : public Optimizer<Real> {
 public:
  explicit RmsProp(const OptimizerOptions& options)
      : Optimizer<Real>(1),
        gain_(static_cast<Real>(1 - options.number("decay"))),
        epsilon_(static_cast<Real>(options.number("epsilon"))) {}

 private:
  void move(const Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    this->descend(backend, RmsPropRule<Real>{rate, gain_, epsilon_}, gradient, parameters);
  }

  Real gain_, epsilon_;
};

// Kingma and Ba (2014), doi:10.48550/arXiv.1412.6980
template <class Real>
class Adam : public Optimizer<Real> {
 public:
  explicit Adam(const OptimizerOptions& options)
      : Optimizer<Real>(2),
        beta1_(options.number("beta1")),
        beta2_(options.number("beta2")),
        epsilon_(options.number("epsilon")) {}

 private:
  void move(const Backend& backend, const arma::Col<Real>& gradient, Real rate,
            arma::Col<Real>& parameters) override {
    const auto steps = static_cast<double>(this->steps());
    const auto real = [](double x) { return static_cast<Real>(x); };
    const AdamRule<Real> rule = {rate,
                                 real(1 - beta1_),
                                 real(1 - beta2_),
                                 real(epsilon_),
                                 real(1 / (1 - std::pow(beta1_, steps))),
                                 real(1 / (1 - std::pow(beta2_, steps)))};
    this->descend(backend, rule, gradient, parameters);
  }

  double beta1_, beta2_, epsilon_;
};

template <class Real>
std::unique_ptr<Optimizer<Real>> make_optimizer(const OptimizerOptions& options) {
  using Pointer = std::unique_ptr<Optimizer<Real>>;
  if (options.name == "sgd") return Pointer(new Sgd<Real>(options));
  if (options.name == "rmsprop") return Pointer(new RmsProp<Real>(options));
  // adamw differs by its weight decay alone, which shrink_weights() does
  if (options.name == "adam" || options.name == "adamw") return Pointer(new Adam<Real>(options));
  throw std::invalid_argument("unknown optimizer: " + options.name);
}

}  // namespace feedforward

#endif
