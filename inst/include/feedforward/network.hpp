// A stack of dense layers over one flat parameter vector, its forward and backward pass. The
// objective runs both while a network learns, R's side the forward pass to predict. It must not
// know optimizers, penalties or epochs.
//
// Layers are counted from 0, the first one above the inputs. For layer l: Z = W A_below + b,
// A = f(Z), all (units, m) with one column per observation. Backwards dZ = dA f'(Z), dW = dZ
// A_below', db = the sums of dZ over the observations, and dA_below = W' dZ.
#ifndef FEEDFORWARD_NETWORK_HPP
#define FEEDFORWARD_NETWORK_HPP

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "activation.hpp"
#include "aligned.hpp"
#include "dropout.hpp"
#include "loss.hpp"
#include "product.hpp"
#include "targets.hpp"

namespace feedforward {

// What a network is made of: layer sizes, the activation of each hidden layer, the loss. Checked by
// R; unknown names throw std::invalid_argument.
struct Architecture {
  std::vector<std::size_t> sizes;        // inputs, hidden units ..., outputs; at least two
  std::vector<std::string> activations;  // one per hidden layer
  std::string loss = "cross_entropy";    // brings its own link for the outputs
  // Which quantile the loss "quantile" aims at, above 0 and below 1. Larger values predict higher.
  // Ignored by all other losses.
  double quantile = 0.5;
};

// The layers of a network as the passes see them: shapes, functions, and where W (units, inputs)
// and b (units) of each layer lie, column-major. The numbers belong to someone else, who must
// outlive the view; they are never changed through it. So a model is used in R's own memory,
// without a copy, and several threads can predict with one view.
template <class Real>
class NetworkView {
 public:
  // weights_and_biases: W and b of each layer in turn
  NetworkView(const Architecture& architecture, std::vector<const Real*> weights_and_biases)
      : sizes_(architecture.sizes),
        loss_(architecture.loss, architecture.quantile),
        memory_(std::move(weights_and_biases)) {
    for (const std::string& name : architecture.activations) {
      activations_.push_back(&find_activation<Real>(name));
    }
    offset_.push_back(0);
    for (std::size_t layer = 0; layer < layers(); ++layer) {
      offset_.push_back(offset_.back() + (inputs(layer) + 1) * units(layer));
    }
  }

  // Layers with weights, so without the inputs.
  std::size_t layers() const { return sizes_.size() - 1; }
  std::size_t inputs(std::size_t layer) const { return sizes_[layer]; }
  std::size_t units(std::size_t layer) const { return sizes_[layer + 1]; }
  std::size_t outputs() const { return sizes_.back(); }
  std::size_t parameter_count() const { return offset_.back(); }
  // Of a hidden layer; the last layer has the link of the loss instead.
  const Activation<Real>& activation(std::size_t layer) const { return *activations_[layer]; }
  const Loss<Real>& loss() const { return loss_; }

  ConstMatrix<Real> weights(std::size_t layer) const {
    return {memory_[2 * layer], units(layer), inputs(layer)};
  }
  ConstMatrix<Real> bias(std::size_t layer) const {
    return {memory_[2 * layer + 1], units(layer), 1};
  }

  // Views into `flat`, any vector that holds all parameters or something for each of them, such
  // as the gradient: layer by layer, W before b.
  arma::Mat<Real> weights(std::size_t layer, arma::Col<Real>& flat) const {
    return arma::Mat<Real>(flat.memptr() + offset_[layer], units(layer), inputs(layer), false,
                           true);
  }
  arma::Col<Real> bias(std::size_t layer, arma::Col<Real>& flat) const {
    return arma::Col<Real>(flat.memptr() + bias_offset(layer), units(layer), false, true);
  }

 protected:
  // From now on the parameters are read from one vector (parameter_count), laid out as above.
  void look_at(const Real* flat) {
    memory_.clear();
    for (std::size_t layer = 0; layer < layers(); ++layer) {
      memory_.push_back(flat + offset_[layer]);
      memory_.push_back(flat + bias_offset(layer));
    }
  }

 private:
  std::size_t bias_offset(std::size_t layer) const {
    return offset_[layer] + inputs(layer) * units(layer);
  }

  std::vector<std::size_t> sizes_;                    // (layers + 1)
  std::vector<const Activation<Real>*> activations_;  // (layers - 1)
  Loss<Real> loss_;
  std::vector<std::size_t> offset_;  // (layers + 1), where each layer begins in a flat vector
  std::vector<const Real*> memory_;  // (2 layers), W and b of each layer in turn
};

// A network that owns its parameters, which start at 0. They are one vector, so that an
// optimizer, a penalty, a checkpoint or a sum over machines need not know layers. It begins on a
// cache line, so where a layer's units fill whole lines, so do the units of each thread.
template <class Real>
class Network : public NetworkView<Real> {
 public:
  explicit Network(const Architecture& architecture)
      : NetworkView<Real>(architecture, {}),
        parameters_(memory_.set_size(this->parameter_count(), 1).memptr(), this->parameter_count(),
                    false, true) {
    parameters_.zeros();
    this->look_at(parameters_.memptr());
  }

  // Not copied or moved: views of it would go on to see the old memory.
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  arma::Col<Real>& parameters() { return parameters_; }
  const arma::Col<Real>& parameters() const { return parameters_; }

 private:
  AlignedMatrix<Real> memory_;  // first, as the view of it is made from it
  arma::Col<Real> parameters_;  // the view
};

// What one batch leaves behind in a layer, kept from batch to batch so that memory is taken
// once. The backward pass needs it, and dZ is its own.
template <class Real>
struct LayerPass {
  AlignedMatrix<Real> A;        // (units, m)
  AlignedMatrix<Real> Z;        // (units, m), if the activation needs it
  AlignedMatrix<Real> mask;     // (units, m), if units are left out
  AlignedMatrix<Real> dropped;  // (units, m), A with units left out
  AlignedMatrix<Real> dZ;       // (units, m)
  bool masked = false;

  // What the next layer sees.
  const arma::Mat<Real>& output() const { return masked ? dropped.mat() : A.mat(); }
};

// A pass through all layers. Whoever runs one owns it; no two threads may share it.
template <class Real>
struct Pass {
  std::vector<LayerPass<Real>> layers;

  const arma::Mat<Real>& predictions() const { return layers.back().A.mat(); }
};

// Z (units, m) of one layer, its logits, from A, what the layer below gave (inputs, m). In the
// first layer A can be sparse.
template <class Real, class Input>
void logits(Backend& backend, const NetworkView<Real>& network, std::size_t layer, const Input& A,
            arma::Mat<Real>& Z) {
  affine(backend, network.weights(layer), network.bias(layer), A, Z);
}

// Z (units, m), logits, becomes activations, or predictions in the last layer.
template <class Real>
void activate(Backend& backend, const NetworkView<Real>& network, std::size_t layer,
              arma::Mat<Real>& Z) {
  const bool last = layer + 1 == network.layers();
  last ? network.loss().link(backend, Z) : network.activation(layer).apply(backend, Z);
}

// Leaves units of a hidden layer out, if its dropout says so. A stays whole beside it, because the
// derivative of the activation follows from A.
template <class Real>
void drop_units(Dropout<Real>* dropout, std::size_t layer, LayerPass<Real>& pass) {
  pass.masked = dropout && dropout->acts_on(layer);
  if (!pass.masked) return;
  const arma::Mat<Real>& A = pass.A.mat();
  dropout->fill(layer, pass.mask.set_size(A.n_rows, A.n_cols));
  pass.dropped.set_size(A.n_rows, A.n_cols) = A % pass.mask.mat();
}

// X (inputs, m) through all layers, into pass. Dropout, a null pointer unless the network
// learns, leaves units out. An observation's predictions do not depend on the others in X, except
// that products of one observation may be summed in another order.
template <class Real, class Input>
void forward(Backend& backend, const NetworkView<Real>& network, const Input& X, Pass<Real>& pass,
             Dropout<Real>* dropout = nullptr) {
  pass.layers.resize(network.layers());
  for (std::size_t layer = 0; layer < network.layers(); ++layer) {
    LayerPass<Real>& here = pass.layers[layer];
    arma::Mat<Real>& A = here.A.set_size(network.units(layer), observations(X));
    layer == 0 ? logits(backend, network, layer, X, A)
               : logits(backend, network, layer, pass.layers[layer - 1].output(), A);
    const bool hidden = layer + 1 < network.layers();
    if (hidden && network.activation(layer).needs_logits) here.Z.set_size(A.n_rows, A.n_cols) = A;
    activate(backend, network, layer, A);
    if (hidden) drop_units(dropout, layer, here);
  }
}

// The error dZ of a hidden layer from the error of the layer above: dA = W' dZ_above through the
// units that were not left out, and through the activation.
template <class Real>
void chain_layer(Backend& backend, const NetworkView<Real>& network, std::size_t layer,
                 const arma::Mat<Real>& dZ_above, LayerPass<Real>& pass) {
  const Activation<Real>& activation = network.activation(layer);
  const arma::Mat<Real>& A = pass.A.mat();
  arma::Mat<Real>& dZ = pass.dZ.set_size(A.n_rows, A.n_cols);
  backpropagate(backend, network.weights(layer + 1), dZ_above, dZ);
  if (pass.masked) dZ %= pass.mask.mat();
  activation.chain(backend, activation.needs_logits ? pass.Z.mat() : A, dZ);
}

// target = keep * target + scale * (gradient of the summed, weighted loss), for a pass whose
// forward half is done. The target may be the network's own parameters: then this is a step
// of gradient descent in place, which is why a layer's error is passed down before its
// weights move.
//
// In this order for each layer from the last: error below, dW, db. A sum over machines would have
// its place in the caller, between the gradient and the penalty.
template <class Real, class Input>
void backward(Backend& backend, const NetworkView<Real>& network, const Input& X,
              const TargetBatch<Real>& targets, Real scale, Real keep, Pass<Real>& pass,
              arma::Col<Real>& target) {
  const arma::Mat<Real>& Y = targets.Y;
  arma::Mat<Real>& error = pass.layers.back().dZ.set_size(Y.n_rows, Y.n_cols);
  network.loss().gradient(Y, pass.predictions(), error);
  for (std::size_t i = 0; i < targets.weights.size(); ++i) error.col(i) *= targets.weights[i];
  for (std::size_t layer = network.layers(); layer-- > 0;) {
    const arma::Mat<Real>& dZ = pass.layers[layer].dZ.mat();
    arma::Mat<Real> dW = network.weights(layer, target);
    arma::Col<Real> db = network.bias(layer, target);
    if (layer == 0) {
      add_gradient(backend, scale, dZ, X, keep, dW);
    } else {
      chain_layer(backend, network, layer - 1, dZ, pass.layers[layer - 1]);
      add_gradient(backend, scale, dZ, pass.layers[layer - 1].output(), keep, dW);
    }
    add_bias_gradient(backend, scale, dZ, keep, db);
  }
}

}  // namespace feedforward

#endif
