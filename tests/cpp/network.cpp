// Whole networks: passes, losses, activations; against finite differences and against the
// same work done in another way.
#include "feedforward/feedforward.hpp"

#include "helpers.hpp"
#include "networks.hpp"

using namespace tests;

namespace {

struct Case {
  Architecture architecture;
  double scale;  // of the random parameters
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const std::string& activation : names_of(activations<double>()))
    for (const std::string& loss : names_of(losses<double>()))
      result.push_back({{{5, 7, 6, 3}, {activation, activation}, loss, 0.8}, 0.7});
  result.push_back({{{4, 3}, {}, "cross_entropy"}, 0.7});  // no hidden layer
  result.push_back({{{1, 1, 1}, {"sigmoid"}, "squared_error"}, 0.7});
  return result;
}

template <class Real>
double total_loss(const Network<Real>& network, const arma::Mat<Real>& X,
                  const TargetBatch<Real>& Y) {
  Pass<Real> pass;
  forward(one_thread(), network, X, pass);
  return network.loss().total(Y.Y, pass.predictions(), Y.weights_or_null());
}

}  // namespace

TEST_CASE("gradients agree with finite differences for every activation and loss", "[network]") {
  for (const Case& c : cases())
    for (const bool weighted : {false, true}) {
      Network<double> network(c.architecture);
      randomize_parameters(network, c.scale, 1);
      const arma::mat X = random_matrix<double>(network.inputs(0), 9, 2);
      TargetBatch<double> Y = {targets<double>(network.outputs(), 9), {}};
      if (weighted) Y.weights = {0.5, 2, 0, 1, 1, 3, 0.1, 1, 7};
      Pass<double> pass;
      forward(one_thread(), network, X, pass);
      arma::vec gradient(network.parameter_count());
      gradient.fill(arma::datum::nan);  // keep = 0 must not read it
      backward(one_thread(), network, X, Y, 1.0, 0.0, pass, gradient);
      double worst = 0;
      for (size_t k = 0; k < gradient.n_elem; ++k) {
        const double h = 1e-6, kept = network.parameters()[k];
        network.parameters()[k] = kept + h;
        const double above = total_loss(network, X, Y);
        network.parameters()[k] = kept - h;
        const double below = total_loss(network, X, Y);
        network.parameters()[k] = kept;
        worst = std::max(worst, std::abs((above - below) / (2 * h) - gradient[k]));
      }
      INFO(c.architecture.loss << ", " << c.architecture.sizes.size() << " layers, weighted "
                               << weighted);
      if (!c.architecture.activations.empty()) INFO(c.architecture.activations[0]);
      CHECK(worst < 1e-7);
    }
}

TEST_CASE("at 0 activations with a kink have the slope of negative inputs", "[network]") {
  for (const auto& [activation, slope] : {std::pair<const char*, double>{"relu", 0.0},
                                          {"leaky_relu", 0.01},
                                          {"selu", selu_scale * selu_alpha}}) {
    Network<double> network({{1, 1, 1}, {activation}, "squared_error"});
    network.parameters() = arma::vec{0, 0, 1, 0};  // W1, b1, W2, b2: all is 0 but W2
    const arma::mat X(1, 1, arma::fill::ones);
    const TargetBatch<double> Y = {arma::mat(1, 1, arma::fill::ones), {}};
    Pass<double> pass;
    arma::vec gradient(network.parameter_count());
    forward(one_thread(), network, X, pass);
    backward(one_thread(), network, X, Y, 1.0, 0.0, pass, gradient);
    // The bias of the output has the derivative of the loss, which goes back through W2 = 1.
    CHECK(gradient[3] != 0);
    CHECK(gradient[1] == Approx(slope * gradient[3]));
  }
}

TEST_BOTH_TYPES(descent_in_place, "a step in place equals the gradient subtracted", "[network]") {
  for (const Case& c : cases()) {
    Network<Real> stored(c.architecture), stepped(c.architecture);
    randomize_parameters(stored, c.scale, 3);
    stepped.parameters() = stored.parameters();
    const arma::Mat<Real> X = random_matrix<Real>(stored.inputs(0), 11, 4);
    const TargetBatch<Real> Y = {targets<Real>(stored.outputs(), 11), {}};
    Pass<Real> pass;
    arma::Col<Real> gradient(stored.parameter_count());
    forward(one_thread(), stored, X, pass);
    backward(one_thread(), stored, X, Y, Real(0.1), Real(0), pass, gradient);
    stored.parameters() -= gradient;
    forward(one_thread(), stepped, X, pass);
    backward(one_thread(), stepped, X, Y, Real(-0.1), Real(1), pass, stepped.parameters());
    const arma::mat expected = arma::conv_to<arma::mat>::from(stored.parameters());
    CHECK(difference<Real>(stepped.parameters(), expected, 11) < 10 * tolerance<Real>);
  }
}

TEST_CASE("unknown activations and losses are refused", "[network]") {
  CHECK_THROWS_AS(find_activation<double>("swish"), std::invalid_argument);
  CHECK_THROWS_AS(Loss<float>("hinge", 0.5), std::invalid_argument);
}

TEST_CASE("a network may look at weights that lie elsewhere", "[network]") {
  const Architecture architecture = {{4, 6, 3}, {"tanh"}, "cross_entropy"};
  Network<double> owner(architecture);
  randomize_parameters(owner, 1, 5);
  const NetworkView<double> viewer(architecture, {owner.weights(0).data, owner.bias(0).data,
                                                  owner.weights(1).data, owner.bias(1).data});
  const arma::mat X = random_matrix<double>(4, 5, 6);
  Pass<double> a, b;
  forward(one_thread(), owner, X, a);
  forward(one_thread(), viewer, X, b);
  CHECK(identical(a.predictions(), b.predictions()));
}
