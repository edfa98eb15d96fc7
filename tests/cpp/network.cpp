// Whole networks: passes, losses, activations, training; against finite differences and
// against the same work done in another way.
#include "feedforward/feedforward.hpp"

#include "helpers.hpp"

using namespace tests;

namespace {

struct Case {
  Architecture architecture;
  double scale;  // of the random parameters
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const char* activation : {"sigmoid", "tanh", "relu", "linear"})
    for (const char* loss : {"cross_entropy", "squared_error"})
      result.push_back({{{5, 7, 6, 3}, {activation, activation}, loss}, 0.7});
  result.push_back({{{4, 3}, {}, "cross_entropy"}, 0.7});  // no hidden layer
  result.push_back({{{1, 1, 1}, {"sigmoid"}, "squared_error"}, 0.7});
  return result;
}

template <class Real>
void randomize_parameters(Network<Real>& network, double scale, unsigned seed) {
  arma::Mat<Real> values = random_matrix<Real>(network.parameter_count(), 1, seed);
  network.parameters() = arma::Col<Real>(values) * static_cast<Real>(scale);
}

// One-hot targets (outputs, m).
template <class Real>
arma::Mat<Real> targets(size_t outputs, size_t m) {
  arma::Mat<Real> Y(outputs, m, arma::fill::zeros);
  for (size_t i = 0; i < m; ++i) Y((3 * i + 1) % outputs, i) = 1;
  return Y;
}

template <class Real>
double total_loss(const Network<Real>& network, const arma::Mat<Real>& X,
                  const arma::Mat<Real>& Y) {
  Pass<Real> pass;
  forward(Backend(), network, X, pass);
  return network.loss().total(Y, pass.predictions());
}

// Counts stops; asks for one at a given call.
class CountingMonitor : public Monitor {
 public:
  explicit CountingMonitor(size_t stop_at = 0) : stop_at_(stop_at) {}
  bool stop(size_t, size_t) override { return ++asked == stop_at_; }
  void epoch_done(size_t epoch, double loss) override { losses.resize(epoch, loss); }
  size_t asked = 0;
  std::vector<double> losses;

 private:
  size_t stop_at_;
};

// A fixed permutation, another one at every call.
Sampler::Permutation rotations() {
  return [turn = size_t(0)](size_t n) mutable {
    std::vector<std::uint32_t> order(n);
    for (size_t i = 0; i < n; ++i) order[i] = static_cast<std::uint32_t>((i * 7 + turn) % n);
    ++turn;
    return order;
  };
}

}  // namespace

TEST_CASE("gradients agree with finite differences for every activation and loss", "[network]") {
  for (const Case& c : cases()) {
    Network<double> network(c.architecture);
    randomize_parameters(network, c.scale, 1);
    const arma::mat X = random_matrix<double>(network.inputs(0), 9, 2);
    const arma::mat Y = targets<double>(network.outputs(), 9);
    Pass<double> pass;
    forward(Backend(), network, X, pass);
    arma::vec gradient(network.parameter_count());
    gradient.fill(arma::datum::nan);  // keep = 0 must not read it
    backward(Backend(), network, X, Y, 1.0, 0.0, pass, gradient);
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
    INFO(c.architecture.loss << ", " << c.architecture.sizes.size() << " layers");
    CHECK(worst < 1e-7);
  }
}

TEST_BOTH_TYPES(descent_in_place, "a step in place equals the gradient subtracted", "[network]") {
  for (const Case& c : cases()) {
    Network<Real> stored(c.architecture), stepped(c.architecture);
    randomize_parameters(stored, c.scale, 3);
    stepped.parameters() = stored.parameters();
    const arma::Mat<Real> X = random_matrix<Real>(stored.inputs(0), 11, 4);
    const arma::Mat<Real> Y = targets<Real>(stored.outputs(), 11);
    Pass<Real> pass;
    arma::Col<Real> gradient(stored.parameter_count());
    forward(Backend(), stored, X, pass);
    backward(Backend(), stored, X, Y, Real(0.1), Real(0), pass, gradient);
    stored.parameters() -= gradient;
    forward(Backend(), stepped, X, pass);
    backward(Backend(), stepped, X, Y, Real(-0.1), Real(1), pass, stepped.parameters());
    const arma::mat expected = arma::conv_to<arma::mat>::from(stored.parameters());
    CHECK(difference<Real>(stepped.parameters(), expected, 11) < 10 * tolerance<Real>);
  }
}

TEST_CASE("unknown activations and losses are refused", "[network]") {
  CHECK_THROWS_AS(find_activation<double>("swish"), std::invalid_argument);
  CHECK_THROWS_AS(find_loss<float>("hinge"), std::invalid_argument);
}

TEST_CASE("a network may look at weights that lie elsewhere", "[network]") {
  const Architecture architecture = {{4, 6, 3}, {"tanh"}, "cross_entropy"};
  Network<double> owner(architecture);
  randomize_parameters(owner, 1, 5);
  const Network<double> viewer(architecture, {owner.weights(0).memptr(), owner.bias(0).memptr(),
                                              owner.weights(1).memptr(), owner.bias(1).memptr()});
  const arma::mat X = random_matrix<double>(4, 5, 6);
  Pass<double> a, b;
  forward(Backend(), owner, X, a);
  forward(Backend(), viewer, X, b);
  CHECK(identical(a.predictions(), b.predictions()));
}

TEST_BOTH_TYPES(sources_agree, "dense, sparse and byte sources train alike", "[train]") {
  const size_t n = 90, inputs = 23;
  arma::Mat<unsigned char> bytes(inputs, n);
  std::mt19937 bits(7);
  for (unsigned char& byte : bytes) byte = bits() % 3 ? 0 : static_cast<unsigned char>(bits());
  const arma::Mat<Real> X = arma::conv_to<arma::Mat<Real>>::from(bytes) / Real(255);
  SparseRows<Real> rows;
  rows.inputs = inputs;
  rows.start.push_back(0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < inputs; ++j) {
      if (X(j, i) == 0) continue;
      rows.index.push_back(static_cast<std::uint32_t>(j));
      rows.value.push_back(X(j, i));
    }
    rows.start.push_back(rows.index.size());
  }
  const Dense<Real> Y(targets<Real>(3, n));
  const Architecture architecture = {{inputs, 9, 3}, {"sigmoid"}, "cross_entropy"};
  const auto trained = [&](const auto& source) {
    Network<Real> network(architecture);
    randomize_parameters(network, 0.5, 8);
    Sampler sampler(n, 16, rotations());
    CountingMonitor monitor;
    train(Backend(), network, source, Y, sampler, {0.5, 3}, monitor);
    return arma::mat(arma::conv_to<arma::vec>::from(network.parameters()));
  };
  const arma::mat dense = trained(Dense<Real>(X));
  CHECK(arma::abs(trained(Sparse<Real>(rows)) - dense).max() < 100 * tolerance<Real>);
  CHECK(arma::abs(trained(Bytes<Real>(bytes, 255)) - dense).max() < 100 * tolerance<Real>);
}

TEST_CASE("a stop ends training where it was asked for, before the step", "[train]") {
  const size_t n = 10;
  const Dense<double> X(random_matrix<double>(3, n, 9)), Y(targets<double>(2, n));
  Network<double> network(Architecture{{3, 4, 2}, {"sigmoid"}, "cross_entropy"});
  randomize_parameters(network, 1, 10);
  const arma::vec start = network.parameters();
  CountingMonitor at_once(1);
  Sampler sampler(n, 4, rotations());
  TrainingResult result = train(Backend(), network, X, Y, sampler, {0.1, 5}, at_once);
  CHECK(result.stopped);
  CHECK(result.epoch == 1);
  CHECK(result.batch == 1);
  CHECK(identical<double>(network.parameters(), start));

  CountingMonitor later(5);  // three batches an epoch
  result = train(Backend(), network, X, Y, sampler, {0.1, 5}, later);
  CHECK(result.epoch == 2);
  CHECK(result.batch == 2);
  CHECK(result.loss.size() == 1);
  CHECK(later.losses == result.loss);
}

TEST_CASE("the sampler permutes the order of the epoch before", "[train]") {
  Sampler sampler(5, 2, [](size_t) { return std::vector<std::uint32_t>{1, 2, 3, 4, 0}; });
  CHECK(sampler.batches() == 3);
  sampler.shuffle();
  sampler.shuffle();
  CHECK(sampler.samples(0)[0] == 2);
  CHECK(sampler.samples(2)[0] == 1);
  CHECK(sampler.size(2) == 1);
  Sampler large(3, 100, rotations());
  CHECK(large.batches() == 1);
  CHECK(large.size(0) == 3);
}
