// Permutation importance against the plain way: a table with a column permuted, predicted anew.
#include "feedforward/importance.hpp"

#include <chrono>
#include <thread>

#include "helpers.hpp"
#include "networks.hpp"

using namespace tests;

namespace {

// n observations of two columns of numbers around a factor, with 0 for some of the numbers.
struct Observations {
  std::vector<double> a, b, y;
  std::vector<int> codes;

  explicit Observations(size_t n) {
    std::mt19937 bits(3);
    for (size_t i = 0; i < n; ++i) {
      a.push_back(static_cast<double>(bits() % 3) * 0.5);
      b.push_back(static_cast<double>(bits() % 1000) / 500 - 1);
      codes.push_back(static_cast<int>(bits() % 5));  // code 0 is a new level
      y.push_back(a[i] + b[i] * codes[i]);
    }
  }

  // A number that is spread over intervals, a factor of four levels, and a scaled number.
  ColumnTable columns() const {
    auto encoding = std::make_shared<Encoding>();
    encoding->columns.resize(3);
    encoding->columns[0].knots = {0, 0.4, 1};
    encoding->columns[1].levels = 4;
    encoding->columns[2].center = 0.1;
    encoding->columns[2].factor = 3;
    Column first, second, third;
    first.numbers = a.data();
    second.whole = codes.data();
    third.numbers = b.data();
    return {{first, second, third}, encoding, a.size(), encoding->inputs()};
  }

  Table<double> numbers() const { return table_of_columns<double>({a.data(), b.data()}, a.size()); }

  void permute(size_t column, const std::vector<int>& order) {
    const Observations before = *this;
    for (size_t i = 0; i < order.size(); ++i) {
      const size_t from = static_cast<size_t>(order[i]) - 1;
      if (column == 0) a[i] = before.a[from];
      if (column == 1) codes[i] = before.codes[from];
      if (column == 2) b[i] = before.b[from];
    }
  }
};

double squares(const arma::mat& Y, const arma::mat& A, const double* weights) {
  return sum_over(Y, A, weights, SquaredError());
}

std::vector<std::vector<int>> orders_of(size_t n, size_t count) {
  std::mt19937 bits(8);
  std::vector<std::vector<int>> orders(count, std::vector<int>(n));
  for (auto& order : orders) {
    std::iota(order.begin(), order.end(), 1);
    std::shuffle(order.begin(), order.end(), bits);
  }
  return orders;
}

Architecture architecture(size_t inputs) {
  Architecture result;
  result.sizes = {inputs, 7, 3, 1};
  result.activations = {"tanh", "relu"};
  result.loss = "squared_error";
  return result;
}

void set_weights(Network<double>& network, unsigned seed) {
  std::mt19937 bits(seed);
  for (double& parameter : network.parameters()) {
    parameter = static_cast<double>(bits() % 2000) / 1000 - 1;
  }
}

template <class MadeTable>
PermutationTask<double> task_of(const MadeTable& table, const Observations& data,
                                const std::vector<const Network<double>*>& networks,
                                const std::vector<std::vector<int>>& orders,
                                const std::vector<double>& weights) {
  PermutationTask<double> task;
  for (const Network<double>* network : networks) {
    task.networks.push_back({*network, 1.0 / static_cast<double>(networks.size()),
                             make_reader<double>(table), make_exchange<double>(table)});
  }
  arma::mat Y(1, data.y.size());
  std::copy(data.y.begin(), data.y.end(), Y.begin());
  task.targets = std::make_unique<NumberTargets<double>>(Y, weights);
  task.judge = squares;
  for (const auto& order : orders) task.permutations.push_back(order.data());
  return task;
}

template <class MadeTable>
PermutationScores scores_of(const MadeTable& table, const Observations& data,
                            const std::vector<const Network<double>*>& networks,
                            const std::vector<std::vector<int>>& orders,
                            const std::vector<double>& weights, size_t threads = 1) {
  Backend backend(threads);
  return permutation_scores(backend, task_of(table, data, networks, orders, weights),
                            [] { return false; });
}

}  // namespace

TEST_CASE("the scores are those of a table that was permuted", "[importance]") {
  for (const size_t n : {1, 5, 128, 1000}) {
    const Observations data(n);
    const auto orders = orders_of(n, 3);
    const std::vector<double> weights(n, n == 5 ? 0.5 : 1);
    const ColumnTable table = data.columns();
    Network<double> one(architecture(table.inputs)), other(architecture(table.inputs));
    set_weights(one, 1);
    set_weights(other, 2);
    for (const auto& networks : {std::vector<const Network<double>*>{&one}, {&one, &other}}) {
      const PermutationScores scores = scores_of(table, data, networks, orders, weights);
      REQUIRE(scores.changes.n_rows == 3);
      REQUIRE(scores.changes.n_cols == 3);
      for (size_t column = 0; column < 3; ++column) {
        for (size_t k = 0; k < orders.size(); ++k) {
          Observations permuted = data;
          permuted.permute(column, orders[k]);
          permuted.y = data.y;
          const auto plain = scores_of(permuted.columns(), permuted, networks, {}, weights);
          const double change = plain.baseline - scores.baseline;
          CHECK(std::abs(scores.changes(column, k) - change) < 1e-10 * (1 + plain.baseline));
        }
      }
    }
  }
}

TEST_CASE("dense and sparse tables have the same scores", "[importance]") {
  const size_t n = 700;
  const Observations data(n);
  const auto orders = orders_of(n, 2);
  Network<double> network(architecture(2));
  set_weights(network, 4);
  std::vector<int> start = {0}, row;
  std::vector<double> value;
  for (const auto* column : {&data.a, &data.b}) {
    for (size_t i = 0; i < n; ++i) {
      if ((*column)[i] == 0) continue;
      row.push_back(static_cast<int>(i));
      value.push_back((*column)[i]);
    }
    start.push_back(static_cast<int>(row.size()));
  }
  const SparseTable sparse = {start.data(), row.data(), value.data(), n, 2};
  const auto dense_scores = scores_of(data.numbers(), data, {&network}, orders, {});
  const auto sparse_scores = scores_of(sparse, data, {&network}, orders, {});
  CHECK(arma::abs(dense_scores.changes - sparse_scores.changes).max() < 1e-9);
  CHECK(arma::abs(dense_scores.changes).min() > 0);
}

TEST_CASE("scores do not depend on the number of threads", "[importance]") {
  const size_t n = 5000;
  const Observations data(n);
  const auto orders = orders_of(n, 2);
  const ColumnTable table = data.columns();
  Network<double> network(architecture(table.inputs));
  set_weights(network, 5);
  const auto one = scores_of(table, data, {&network}, orders, {});
  for (const size_t threads : {2, 3, 40}) {
    const auto several = scores_of(table, data, {&network}, orders, {}, threads);
    CHECK(several.baseline == one.baseline);
    CHECK(arma::all(arma::vectorise(several.changes == one.changes)));
  }
}

TEST_CASE("work ends when it is asked to, and errors reach the caller", "[importance]") {
  const size_t n = 5000;
  Observations data(n);
  const auto orders = orders_of(n, 2);
  Network<double> network(architecture(data.columns().inputs));
  set_weights(network, 6);
  Backend backend(2);
  const ColumnTable table = data.columns();
  const auto task = task_of(table, data, {&network}, orders, {});
  int asked = 0;
  permutation_scores(backend, task, [&] { return ++asked == 2; });
  CHECK(asked == 2);
  const auto fails = []() -> bool { throw std::runtime_error("stop"); };
  CHECK_THROWS_AS(permutation_scores(backend, task, fails), std::runtime_error);
  data.b[4000] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(permutation_scores(backend, task, [] { return false; }), NotFinite);
}

TEST_CASE("work can be stopped while only other threads have something left", "[importance]") {
  const size_t n = 5000;
  const Observations data(n);
  const auto orders = orders_of(n, 2);
  Network<double> network(architecture(data.columns().inputs));
  set_weights(network, 7);
  const ColumnTable table = data.columns();
  auto task = task_of(table, data, {&network}, orders, {});
  const auto caller = std::this_thread::get_id();
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<bool> started{false}, released{false};
  // The other thread is not done with its first segment before the caller has been asked again.
  task.judge = [&](const arma::mat& Y, const arma::mat& A, const double* weights) {
    const bool is_caller = std::this_thread::get_id() == caller;
    if (!is_caller) started = true;
    const std::atomic<bool>& awaited = is_caller ? started : released;
    while (!awaited && std::chrono::steady_clock::now() < late) std::this_thread::yield();
    return squares(Y, A, weights);
  };
  // For all segments together, 192 questions are asked.
  int asked = 0;
  Backend backend(2);
  permutation_scores(backend, task, [&] { return released = ++asked == 300; });
  CHECK(asked == 300);
}
