// Optimizers against their formulas, schedules, penalties; and inputs brought to one scale.
#include "feedforward/feedforward.hpp"

#include "helpers.hpp"
#include "networks.hpp"

using namespace tests;

namespace {

OptimizerOptions adam(double beta2 = 0.999) { return AdamOptions{0.9, beta2, 1e-8}; }

// One step of an optimizer on given numbers.
template <class Real>
arma::Col<Real> stepped(const OptimizerOptions& options, size_t steps, const arma::Col<Real>& g,
                        double rate) {
  Optimizer<Real> optimizer(options);
  arma::Col<Real> p(g.n_elem, arma::fill::ones);
  for (size_t k = 0; k < steps; ++k) optimizer.step(two_threads(), g, rate, p);
  return p;
}

}  // namespace

TEST_BOTH_TYPES(optimizers, "optimizers follow their formulas", "[train]") {
  const arma::Col<Real> g = random_matrix<Real>(37, 1, 3);
  const arma::vec d = as_doubles<Real>(g), one = arma::ones(37);
  const double small = 20 * tolerance<Real>, rate = 0.01;
  const auto differ = [&](const OptimizerOptions& options, size_t steps, const arma::vec& wanted) {
    return arma::abs(as_doubles<Real>(stepped<Real>(options, steps, g, rate)) - wanted).max();
  };
  CHECK(differ(SgdOptions{}, 2, one - 2 * rate * d) < small);
  // velocities g, then 1.9 g
  CHECK(differ(SgdOptions{0.9}, 2, one - rate * 2.9 * d) < small);
  CHECK(differ(SgdOptions{0.9, true}, 1, one - rate * 1.9 * d) < small);
  const arma::vec root = arma::sqrt(0.1 * d % d);
  CHECK(differ(RmsPropOptions{0.9, 1e-3}, 1, one - rate * d / (root + 1e-3)) < small);
  // Constant gradients: corrected moments are the gradient and its square.
  CHECK(differ(adam(), 3, one - 3 * rate * d / (arma::abs(d) + 1e-8)) < small);
  CHECK_THROWS_AS(Optimizer<Real>(LbfgsOptions()), std::invalid_argument);
}

struct Root {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    square_root(x);
  }
};

TEST_BOTH_TYPES(roots, "square roots are rounded correctly, with every instruction set",
                "[train]") {
  using Limits = std::numeric_limits<Real>;
  std::vector<Real> values = {0, -0.0, Limits::denorm_min(), Limits::min(), Limits::max()};
  for (Real x = Real(1e-30); x < Real(1e30); x *= Real(1.37)) values.push_back(x);
  for (Isa isa : available()) {
    Backend backend(1, isa);
    std::vector<Real> roots = values;
    map(backend, work_of_element, Root(), roots.size(), roots.data());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Real root = std::sqrt(values[i]);
      wrong += roots[i] != root || std::signbit(roots[i]) != std::signbit(root);
    }
    INFO("isa " << static_cast<int>(isa));
    CHECK(wrong == 0);
    std::vector<Real> others = {Limits::infinity(), Limits::quiet_NaN(), -1};
    map(backend, work_of_element, Root(), others.size(), others.data());
    CHECK(others[0] == Limits::infinity());
    CHECK((std::isnan(others[1]) && std::isnan(others[2])));
  }
}

TEST_CASE("schedules change the rate as they say", "[train]") {
  CHECK(Schedule().factor(3, 3.1, 10) == 1);
  CHECK((Schedule{StepDecay{0.5, 2}}.factor(5.9, 6, 10) == 0.25));
  CHECK(Schedule{ExponentialDecay{0.1}}.factor(2, 2.1, 10) == Approx(std::exp(-0.2)));
  CHECK(Schedule{InverseTimeDecay{0.5}}.factor(2, 2.1, 10) == 0.5);
  const Schedule cosine = {CosineDecay{0.2}};
  CHECK(cosine.factor(0, 0.1, 10) == 1);
  CHECK(cosine.factor(5, 5.1, 10) == Approx(0.6));
  CHECK(cosine.factor(10, 10.1, 10) == Approx(0.2));
  CHECK(cosine.factor(20, 20.1, 10) == Approx(0.2));
  const Schedule warm = {Constant(), 2};
  CHECK(warm.factor(0, 0.5, 10) == 0.25);
  CHECK(warm.factor(2, 2.5, 10) == 1);
}

TEST_CASE("names and numbers become options", "[train]") {
  using Map = std::map<std::string, double>;
  const Map numbers = {{"beta1", 0.8}, {"beta2", 0.99}, {"epsilon", 1e-7}, {"weight_decay", 0.1}};
  const auto adam = std::get<AdamOptions>(find_optimizer("adam", numbers));
  CHECK(adam.beta1 == 0.8);
  CHECK(adam.beta2 == 0.99);
  CHECK(adam.epsilon == 1e-7);
  CHECK(adam.weight_decay == 0);
  CHECK(std::get<AdamOptions>(find_optimizer("adamw", numbers)).weight_decay == 0.1);
  const auto sgd = find_optimizer("sgd", Map{{"momentum", 0.9}, {"nesterov", 1}});
  CHECK(std::get<SgdOptions>(sgd).nesterov);
  const auto lbfgs = find_optimizer("lbfgs", Map{{"memory", 7}, {"tolerance", 0.1}});
  CHECK(std::get<LbfgsOptions>(lbfgs).memory == 7);
  const Schedule step = find_schedule("step", Map{{"factor", 0.5}, {"every", 2}, {"warm_up", 3}});
  CHECK(step.warm_up == 3);
  CHECK(std::get<StepDecay>(step.decay).every == 2);
  CHECK_THROWS_AS(find_optimizer("adagrad", Map()), std::invalid_argument);
  CHECK_THROWS_AS(find_optimizer("adam", Map{{"beta1", 0.9}}), std::invalid_argument);
  CHECK_THROWS_AS(find_schedule("zigzag", Map()), std::invalid_argument);
  CHECK_THROWS_AS(find_schedule("step", Map{{"factor", 0.5}}), std::invalid_argument);
  const std::vector<std::string> names = {"none", "step", "exponential", "inverse_time", "cosine"};
  CHECK(names_of(schedules()) == names);
}

TEST_CASE("an optimizer is brought back no more than it can remember", "[train]") {
  Optimizer<double> plain(SgdOptions{});
  CHECK_THROWS_AS(plain.restore(1, {arma::vec{1, 2}}), std::invalid_argument);
  Optimizer<double> adam(AdamOptions{});
  adam.restore(5, {arma::vec{1, 2}, arma::vec{3, 4}});
  CHECK(adam.steps() == 5);
  CHECK(adam.memory()[1][0] == 3);
}

TEST_CASE("in single precision, moments survive a beta near 1", "[train]") {
  const arma::fvec g = random_matrix<float>(37, 1, 3);
  const arma::fvec p = stepped<float>(adam(1 - 1e-8), 3, g, 0.01);
  const arma::fvec expected = arma::ones<arma::fvec>(37) - 0.03f * arma::sign(g);
  CHECK(arma::abs(p - expected).max() < 1e-5);
}

TEST_CASE("a penalty, a clip and a decay change the gradient as they say", "[train]") {
  Network<double> network(Architecture{{2, 2}, {}, "squared_error"});
  network.parameters() = {1, -2, 0, 4, 5, 6};  // four weights, two biases
  arma::vec gradient(6, arma::fill::zeros);
  add_penalty(one_thread(), network, {0.1, 0.25}, gradient);
  const arma::vec wanted = {0.025 + 0.075, -0.025 - 0.15, 0, 0.025 + 0.3, 0, 0};
  CHECK(arma::abs(gradient - wanted).max() < 1e-15);
  CHECK(penalty_of(network, {0.1, 0.25}) == Approx(0.1 * (0.25 * 7 + 0.375 * 21)));
  gradient = {3, 0, 0, 4, 0, 0};
  clip_norm(10, gradient);
  CHECK(gradient[0] == 3);
  clip_norm(1, gradient);
  CHECK(gradient[0] == Approx(0.6));
  shrink_weights(one_thread(), network, 0.5, network.parameters());
  CHECK(network.parameters()[3] == 2);
  CHECK(network.parameters()[5] == 6);
}

TEST_CASE("moments count zeros and weights", "[train]") {
  const std::vector<double> values = {1, 0, 3, 0, 0, 10}, weights = {1, 2, 1};
  const Moments dense = column_moments(Table<double>{values.data(), 3, 2, 3, 1}, weights);
  CHECK(dense.mean[0] == 1);
  CHECK(dense.sd[0] == Approx(std::sqrt(6.0 / 4)));
  const std::vector<int> start = {0, 2, 3}, observation = {0, 2, 2};
  const std::vector<double> stored = {1, 3, 10};
  const Moments sparse =
      column_moments(SparseTable{start.data(), observation.data(), stored.data(), 3, 2}, weights);
  for (size_t j = 0; j < 2; ++j) {
    CHECK(sparse.mean[j] == Approx(dense.mean[j]));
    CHECK(sparse.sd[j] == Approx(dense.sd[j]));
  }
}

TEST_BOTH_TYPES(standardized, "however inputs are kept, they are standardized alike", "[train]") {
  // Large means, of which single precision would keep no digits.
  const std::vector<double> values = {1e9 + 1, 0, 1e9 + 3, 5, 0, 7};
  const std::vector<int> start = {0, 2, 4}, observation = {0, 2, 0, 2};
  const std::vector<double> stored = {1e9 + 1, 1e9 + 3, 5, 7};
  const Table<double> dense = {values.data(), 3, 2, 3, 1};
  const SparseTable sparse = {start.data(), observation.data(), stored.data(), 3, 2};
  const auto read = [](const auto& table, const Standardization& by) {
    const auto source = make_source<Real>(one_thread(), table, by);
    const std::uint32_t samples[] = {0, 1, 2};
    Batch<Real> batch;
    source->gather(one_thread(), samples, 3, batch);
    if (const arma::Mat<Real>* dense = std::get_if<arma::Mat<Real>>(&batch)) return *dense;
    const SparseRows<Real>& rows = *std::get<SparseBatch<Real>>(batch).rows;
    arma::Mat<Real> X(2, 3, arma::fill::zeros);
    for (size_t i = 0; i < 3; ++i)
      for (size_t k = rows.start[i]; k < rows.start[i + 1]; ++k)
        X(rows.index[k], i) = rows.value[k];
    return X;
  };
  const Standardization both = {{1e9, 4}, {0.5, 2}}, scaled = {{}, {1e-9, 2}};
  const arma::Mat<Real> expected = {{Real(0.5), Real(-5e8), Real(1.5)}, {2, -8, 6}};
  CHECK(identical(read(dense, both), expected));
  CHECK(identical(read(sparse, both), expected));
  CHECK(identical(read(dense, scaled), read(sparse, scaled)));
  CHECK(read(sparse, scaled)(1, 2) == 14);
}

TEST_CASE("what single precision cannot hold is refused", "[train]") {
  const std::vector<double> values = {1, 1e39, 3}, weights = {1, 1, 1};
  const std::vector<int> start = {0, 3}, observation = {0, 1, 2};
  const Table<double> dense = {values.data(), 3, 1, 3, 1};
  const SparseTable sparse = {start.data(), observation.data(), values.data(), 3, 1};
  CHECK_THROWS_AS(make_source<float>(one_thread(), dense, {}), TooLarge);
  CHECK_THROWS_AS(make_source<float>(one_thread(), sparse, {}), TooLarge);
  CHECK(make_source<double>(one_thread(), dense, {})->size() == 3);
  const Standardization small = {{}, {1e-39}};
  CHECK(make_source<float>(one_thread(), dense, small)->size() == 3);
  CHECK(make_source<float>(one_thread(), sparse, small)->size() == 3);
}
