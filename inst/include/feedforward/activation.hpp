// Activations of hidden layers: one table entry each.
#ifndef FEEDFORWARD_ACTIVATION_HPP
#define FEEDFORWARD_ACTIVATION_HPP

#include <stdexcept>
#include <string>

#include "kernels/chain.hpp"
#include "product.hpp"

namespace feedforward {

// All activations here have a derivative that follows from their value, so a pass keeps
// A and never Z.
template <class Real>
struct Activation {
  const char* name;
  // Z (units, m) becomes A = f(Z)
  void (*apply)(const Backend& backend, arma::Mat<Real>& Z);
  // dA (units, m) becomes dZ = dA * f'(Z), with f'(Z) written in terms of A
  void (*chain)(const Backend& backend, const arma::Mat<Real>& A, arma::Mat<Real>& dA);
};

template <class Real>
const Activation<Real>& find_activation(const std::string& name) {
  using Mat = arma::Mat<Real>;
  static const Activation<Real> table[] = {
      {"sigmoid", [](const Backend& backend, Mat& Z) { sigmoid(backend, Z); },
       chain<SigmoidSlope, Real>},
      {"tanh", [](const Backend&, Mat& Z) { Z = arma::tanh(Z); }, chain<TanhSlope, Real>},
      {"relu", [](const Backend&, Mat& Z) { Z.clamp(0, arma::Datum<Real>::inf); },
       chain<ReluSlope, Real>},
      {"linear", [](const Backend&, Mat&) {}, [](const Backend&, const Mat&, Mat&) {}},
  };
  for (const Activation<Real>& entry : table) {
    if (name == entry.name) return entry;
  }
  throw std::invalid_argument("unknown activation: " + name);
}

}  // namespace feedforward

#endif
