// A stack of dense layers over one flat parameter vector, its forward and backward pass.
#ifndef FEEDFORWARD_NETWORK_HPP
#define FEEDFORWARD_NETWORK_HPP

#include <cstddef>
#include <string>
#include <vector>

#include "activation.hpp"
#include "loss.hpp"
#include "product.hpp"

namespace feedforward {

// What a network is made of: layer sizes, the activation of each hidden layer, the loss.
struct Architecture {
  std::vector<std::size_t> sizes;        // inputs, hidden units ..., outputs
  std::vector<std::string> activations;  // one per hidden layer
  std::string loss = "cross_entropy";
};

// Parameters lie layer by layer, W (units, inputs) before b (units). A network that is
// trained owns them in one vector, so that an optimizer, a penalty or a checkpoint sees one
// vector; one that only predicts may look at weights kept elsewhere.
template <class Real>
class Network {
 public:
  // Owns its parameters; they start at 0.
  explicit Network(const Architecture& architecture) : Network(architecture, {}) {
    parameters_.zeros(offset_.back());
    for (std::size_t layer = 0; layer < layers(); ++layer) {
      memory_.push_back(parameters_.memptr() + offset_[layer]);
      memory_.push_back(memory_.back() + inputs(layer) * units(layer));
    }
  }

  // Looks at W and b of each layer in turn, which must outlive it, and never changes them.
  Network(const Architecture& architecture, std::vector<const Real*> weights_and_biases)
      : sizes_(architecture.sizes),
        loss_(&find_loss<Real>(architecture.loss)),
        memory_(std::move(weights_and_biases)) {
    for (const std::string& name : architecture.activations) {
      activations_.push_back(&find_activation<Real>(name));
    }
    offset_.push_back(0);
    for (std::size_t layer = 0; layer < layers(); ++layer) {
      offset_.push_back(offset_.back() + (inputs(layer) + 1) * units(layer));
    }
  }

  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  std::size_t layers() const { return sizes_.size() - 1; }
  std::size_t inputs(std::size_t layer) const { return sizes_[layer]; }
  std::size_t units(std::size_t layer) const { return sizes_[layer + 1]; }
  std::size_t outputs() const { return sizes_.back(); }
  std::size_t parameter_count() const { return offset_.back(); }
  const Activation<Real>& activation(std::size_t layer) const { return *activations_[layer]; }
  const Loss<Real>& loss() const { return *loss_; }

  // All parameters of a network that owns them.
  arma::Col<Real>& parameters() { return parameters_; }

  // Armadillo has no view of constant memory, hence the casts; the views are constant.
  const arma::Mat<Real> weights(std::size_t layer) const {
    return arma::Mat<Real>(const_cast<Real*>(memory_[2 * layer]), units(layer), inputs(layer),
                           false, true);
  }
  const arma::Col<Real> bias(std::size_t layer) const {
    return arma::Col<Real>(const_cast<Real*>(memory_[2 * layer + 1]), units(layer), false, true);
  }

  // Views into `flat`, any vector laid out as the parameters: they themselves, the gradient.
  arma::Mat<Real> weights(std::size_t layer, arma::Col<Real>& flat) const {
    return arma::Mat<Real>(flat.memptr() + offset_[layer], units(layer), inputs(layer), false,
                           true);
  }
  arma::Col<Real> bias(std::size_t layer, arma::Col<Real>& flat) const {
    Real* start = flat.memptr() + offset_[layer] + inputs(layer) * units(layer);
    return arma::Col<Real>(start, units(layer), false, true);
  }

 private:
  std::vector<std::size_t> sizes_;
  std::vector<const Activation<Real>*> activations_;
  const Loss<Real>* loss_;
  std::vector<std::size_t> offset_;  // (layers + 1), where each layer's parameters begin
  arma::Col<Real> parameters_;       // empty in a network that only looks
  std::vector<const Real*> memory_;  // W and b of each layer in turn
};

// What one batch leaves behind, kept from batch to batch so that memory is taken once.
template <class Real>
struct Pass {
  std::vector<arma::Mat<Real>> A;   // per layer, (units, m); the last holds the predictions
  std::vector<arma::Mat<Real>> dZ;  // per layer, (units, m)
};

// Z (units, m) of one layer: its logits
template <class Real, class Input>
void logits(const Backend& backend, const Network<Real>& network, std::size_t layer, const Input& A,
            arma::Mat<Real>& Z) {
  affine(backend, network.weights(layer), network.bias(layer), A, Z);
}

// Logits become activations, or predictions in the last layer.
template <class Real>
void activate(const Backend& backend, const Network<Real>& network, std::size_t layer,
              arma::Mat<Real>& Z) {
  const bool last = layer + 1 == network.layers();
  last ? network.loss().link(backend, Z) : network.activation(layer).apply(backend, Z);
}

// X (inputs, m) through all layers, into pass.A
template <class Real, class Input>
void forward(const Backend& backend, const Network<Real>& network, const Input& X,
             Pass<Real>& pass) {
  pass.A.resize(network.layers());
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    arma::Mat<Real>& A = pass.A[layer];
    layer == 0 ? logits(backend, network, layer, X, A)
               : logits(backend, network, layer, pass.A[layer - 1], A);
    activate(backend, network, layer, A);
  }
}

// target = keep * target + scale * (gradient of the summed loss), for a pass whose forward
// half is done. The target may be the network's own parameters: then this is a step of
// gradient descent in place, which is why a layer's error is passed down before its
// weights move.
template <class Real, class Input>
void backward(const Backend& backend, const Network<Real>& network, const Input& X,
              const arma::Mat<Real>& Y, Real scale, Real keep, Pass<Real>& pass,
              arma::Col<Real>& target) {
  pass.dZ.resize(network.layers());
  pass.dZ.back() = pass.A.back() - Y;
  for (std::size_t layer = network.layers(); layer-- > 0;) {
    const arma::Mat<Real>& dZ = pass.dZ[layer];
    arma::Mat<Real> dW = network.weights(layer, target);
    arma::Col<Real> db = network.bias(layer, target);
    if (layer == 0) {
      add_gradient(backend, scale, dZ, X, keep, dW);
    } else {
      backpropagate(backend, network.weights(layer), dZ, pass.dZ[layer - 1]);
      network.activation(layer - 1).chain(backend, pass.A[layer - 1], pass.dZ[layer - 1]);
      add_gradient(backend, scale, dZ, pass.A[layer - 1], keep, dW);
    }
    add_bias_gradient(backend, scale, dZ, keep, db);
  }
}

}  // namespace feedforward

#endif
