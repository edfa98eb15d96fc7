// Activations of hidden layers: one table entry each. A network finds its activations here by
// name, once; R checks by the same table that it knows them all. The mathematics is in
// kernels/activations.hpp.
#ifndef FEEDFORWARD_ACTIVATION_HPP
#define FEEDFORWARD_ACTIVATION_HPP

#include <string>
#include <vector>

#include "kernels/activations.hpp"
#include "product.hpp"
#include "registry.hpp"

namespace feedforward {

// An activation as the table has it. Pointers to functions, because they are called once per
// batch; what runs per element is compiled into them.
template <class Real>
struct Activation {
  const char* name;
  // Most derivatives follow from the value, so that a pass keeps A alone; for the others it
  // keeps Z too.
  bool needs_logits;
  // Z (units, m) becomes A = f(Z)
  void (*apply)(Backend& backend, arma::Mat<Real>& Z);
  // dA (units, m) becomes dZ = dA * f'(Z), from Z where it is needed and from A otherwise
  void (*chain)(Backend& backend, const arma::Mat<Real>& values, arma::Mat<Real>& dA);
};

// All of them, in the order in which they are listed to users.
template <class Real>
const std::vector<Activation<Real>>& activations() {
  using Mat = arma::Mat<Real>;
  static const std::vector<Activation<Real>> table = {
      {"sigmoid", false, apply<Sigmoid, Real>, chain<SigmoidSlope, Real>},
      {"tanh", false, apply<Tanh, Real>, chain<TanhSlope, Real>},
      {"relu", false, apply<Relu, Real>, chain<ReluSlope, Real>},
      {"leaky_relu", false, apply<LeakyRelu, Real>, chain<LeakyReluSlope, Real>},
      {"elu", false, apply<Elu, Real>, chain<EluSlope, Real>},
      {"selu", false, apply<Selu, Real>, chain<SeluSlope, Real>},
      {"gelu", true, apply_each<Gelu, Real>, chain_each<GeluSlope, Real>},
      {"silu", true, apply<Silu, Real>, chain<SiluSlope, Real>},
      {"mish", true, apply<Mish, Real>, chain<MishSlope, Real>},
      {"softplus", false, apply_each<Softplus, Real>, chain<SoftplusSlope, Real>},
      {"linear", false, [](Backend&, Mat&) {}, [](Backend&, const Mat&, Mat&) {}},
  };
  return table;
}

// The activation of this name. Throws std::invalid_argument if there is none.
template <class Real>
const Activation<Real>& find_activation(const std::string& name) {
  return find_named(activations<Real>(), name, "activation");
}

}  // namespace feedforward

#endif
