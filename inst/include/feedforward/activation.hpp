// Activations of hidden layers: one table entry each.
#ifndef FEEDFORWARD_ACTIVATION_HPP
#define FEEDFORWARD_ACTIVATION_HPP

#include <string>
#include <vector>

#include "kernels/activations.hpp"
#include "product.hpp"
#include "registry.hpp"

namespace feedforward {

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

template <class Real, template <class> class Function>
void apply(Backend& backend, arma::Mat<Real>& Z) {
  transform<Real, Function<Real>>(backend, Z.memptr(), Z.n_elem);
}

template <class Real>
const std::vector<Activation<Real>>& activations() {
  using Mat = arma::Mat<Real>;
  static const std::vector<Activation<Real>> table = {
      {"sigmoid", false, apply<Real, Sigmoid>, chain<SigmoidSlope, Real>},
      {"tanh", false, apply<Real, Tanh>, chain<TanhSlope, Real>},
      {"relu", false, apply<Real, Relu>, chain<ReluSlope, Real>},
      {"leaky_relu", false, apply<Real, LeakyRelu>, chain<LeakyReluSlope, Real>},
      {"elu", false, apply<Real, Elu>, chain<EluSlope, Real>},
      {"selu", false, apply<Real, Selu>, chain<SeluSlope, Real>},
      {"gelu", true, apply_each<Gelu, Real>, chain_each<GeluSlope, Real>},
      {"silu", true, apply<Real, Silu>, chain<SiluSlope, Real>},
      {"mish", true, apply<Real, Mish>, chain<MishSlope, Real>},
      {"softplus", false, apply_each<Softplus, Real>, chain<SoftplusSlope, Real>},
      {"linear", false, [](Backend&, Mat&) {}, [](Backend&, const Mat&, Mat&) {}},
  };
  return table;
}

template <class Real>
const Activation<Real>& find_activation(const std::string& name) {
  return find_named(activations<Real>(), name, "activation");
}

}  // namespace feedforward

#endif
