// Training: the loop, validation, dropout, states.
#include "feedforward/feedforward.hpp"

#include "helpers.hpp"
#include "networks.hpp"
#include "training.hpp"

using namespace tests;

namespace {

// Data and a network to learn it, and how.
template <class Real>
struct Task {
  size_t n = 30;
  Architecture architecture = {{4, 6, 3}, {"tanh"}, "cross_entropy"};
  Dense<Real> X{random_matrix<Real>(4, 30, 9)};
  NumberTargets<Real> Y{unlearnable<Real>(30), {}};
  TrainingOptions options;
  mutable Backend backend;

  Task() {
    options.epochs = 6;
    options.learn_rate = 0.05;
  }
};

struct Trained {
  arma::vec parameters;
  TrainingResult result;
  TrainingState state;
};

// Trains on the first 24 observations and validates on the other 6, from `state` on.
template <class Real>
Trained run(const Task<Real>& task, KeepingMonitor& monitor, TrainingState state = {},
            bool validated = false, Minimizer* minimizer = nullptr) {
  Network<Real> network(task.architecture);
  randomize_parameters(network, 0.5, 8);
  if (state.epoch > 0) network.parameters() = as_reals<Real>(state.parameters);
  Objective<Real> objective(task.backend, network, task.X, task.Y);
  RowsInMemory held_out(first(6, 24));
  Validation<Real> validation;
  if (validated) validation = {&objective, &held_out};
  ShuffledRows sampler(state.epoch > 0 ? state.order : first(24), 5, rotations(state.epoch));
  Training<Real> training = {task.backend, network, objective, validation, sampler,
                             task.options, monitor, state,     minimizer};
  const TrainingResult result = train(training);
  return {as_doubles<Real>(network.parameters()), result, state};
}

}  // namespace

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
  std::vector<std::uint32_t> codes(n);
  for (size_t i = 0; i < n; ++i) codes[i] = (3 * i + 1) % 3;
  const NumberTargets<Real> numbers(targets<Real>(3, n), {});
  const ClassTargets<Real> classes(codes, 3, {});
  const Architecture architecture = {{inputs, 9, 3}, {"sigmoid"}, "cross_entropy"};
  const auto trained = [&](const Source<Real>& source, const Targets<Real>& Y) {
    Backend backend;
    Network<Real> network(architecture);
    randomize_parameters(network, 0.5, 8);
    Objective<Real> objective(backend, network, source, Y);
    ShuffledRows sampler(first(n), 16, rotations());
    KeepingMonitor monitor;
    TrainingOptions options;
    options.epochs = 3;
    options.learn_rate = 0.5;
    TrainingState state;
    Training<Real> training = {backend, network, objective, {},     sampler,
                               options, monitor, state,     nullptr};
    train(training);
    return arma::mat(arma::conv_to<arma::vec>::from(network.parameters()));
  };
  const arma::mat dense = trained(Dense<Real>(X), numbers);
  CHECK(identical<double>(trained(Dense<Real>(X), classes), dense));
  CHECK(arma::abs(trained(Sparse<Real>(rows), numbers) - dense).max() < 100 * tolerance<Real>);
  CHECK(arma::abs(trained(Bytes<Real>(bytes, 255), numbers) - dense).max() < 100 * tolerance<Real>);
}

TEST_CASE("a stop ends training where it was asked for, before the step", "[train]") {
  const Task<double> task;
  KeepingMonitor at_once(1);
  const Trained unmoved = run(task, at_once);
  CHECK(unmoved.result.ending == Ending::stopped);
  CHECK(unmoved.result.epoch == 1);
  CHECK(unmoved.result.batch == 1);
  CHECK(unmoved.state.history.empty());
  Network<double> start(task.architecture);
  randomize_parameters(start, 0.5, 8);
  CHECK(identical<double>(unmoved.parameters, start.parameters()));

  KeepingMonitor later(7);  // five batches an epoch
  const Trained moved = run(task, later);
  CHECK(moved.result.epoch == 2);
  CHECK(moved.result.batch == 2);
  CHECK(moved.state.history.size() == 1);
  CHECK(later.records.size() == 1);
}

TEST_CASE("the sampler permutes the order of the epoch before", "[train]") {
  ShuffledRows sampler(first(5), 2, [](size_t) {
    return std::vector<std::uint32_t>{1, 2, 3, 4, 0};
  });
  CHECK(sampler.batches() == 3);
  sampler.shuffle();
  sampler.shuffle();
  CHECK(sampler.samples(0).rows[0] == 2);
  CHECK(sampler.samples(2).rows[0] == 1);
  CHECK(sampler.size(2) == 1);
  ShuffledRows large(first(3), 100, rotations());
  CHECK(large.batches() == 1);
  CHECK(large.size(0) == 3);
}

namespace {

// Keeps the rows in their order.
std::vector<std::uint32_t> unchanged(size_t n) { return first(n); }

// What training gives on blocks of these sizes, and what it does on the same observations in
// memory, in the order in which the blocks give them.
template <class Real>
arma::vec streamed(const std::vector<size_t>& sizes, OptimizerOptions optimizer, bool in_memory) {
  const arma::Mat<Real> X = random_matrix<Real>(4, 30, 9), Y = unlearnable<Real>(30);
  const Architecture architecture = {{4, 6, 3}, {"tanh"}, "cross_entropy"};
  Backend backend;
  Network<Real> network(architecture);
  randomize_parameters(network, 0.5, 8);
  Objective<Real> objective(backend, network), judging(backend, network);
  MemoryBlocks<Real> reader(X, Y, sizes), held_out_reader(X, Y, sizes);
  StreamSampler<Real> stream(reader, objective, 5, unchanged);
  StreamedBlocks<Real> held_out_stream(held_out_reader, judging);
  Examples<Real> all = {std::make_unique<Dense<Real>>(X),
                        std::make_unique<NumberTargets<Real>>(Y, std::vector<Real>())};
  std::vector<std::uint32_t> order;
  for (size_t k = sizes.size(), end = 30; k > 0; --k, end -= sizes[k]) {
    for (size_t i = end - sizes[k - 1]; i < end; ++i) order.push_back(i);
  }
  ShuffledRows rows(order, 5, unchanged);
  RowsInMemory held_out_rows(first(30));
  if (in_memory) {
    objective.look_at(all);
    judging.look_at(all);
  }
  TrainingOptions options;
  options.epochs = 3;
  options.optimizer = optimizer;
  KeepingMonitor monitor;
  TrainingState state;
  Validation<Real> validation = {&judging, &held_out_stream};
  if (in_memory) validation.rows = &held_out_rows;
  Sampler* sampler = &stream;
  if (in_memory) sampler = &rows;
  Training<Real> training = {backend, network, objective, validation, *sampler,
                             options, monitor, state,     nullptr};
  train(training);
  arma::vec result = as_doubles<Real>(network.parameters());
  for (const EpochRecord& record : state.history) {
    result = arma::join_cols(result, arma::vec{record.loss, record.valid_loss});
  }
  return result;
}

}  // namespace

TEST_BOTH_TYPES(streams, "training on blocks is that on the rows in the order of the blocks",
                "[train]") {
  for (const OptimizerOptions& optimizer :
       {OptimizerOptions(SgdOptions()), OptimizerOptions(AdamOptions())}) {
    for (const std::vector<size_t>& sizes :
         {std::vector<size_t>{30}, std::vector<size_t>{10, 5, 15}}) {
      const arma::vec in_memory = streamed<Real>(sizes, optimizer, true);
      const arma::vec on_blocks = streamed<Real>(sizes, optimizer, false);
      // Sums over validation blocks may differ in their last digits.
      CHECK(arma::abs(on_blocks - in_memory).max() < (sizeof(Real) == 4 ? 1e-6 : 1e-14));
    }
  }
}

TEST_CASE("training on blocks stops where reading is interrupted", "[train]") {
  const arma::mat X = random_matrix<double>(4, 30, 9), Y = unlearnable<double>(30);
  Backend backend;
  Network<double> network({{4, 6, 3}, {"tanh"}, "cross_entropy"});
  randomize_parameters(network, 0.5, 8);
  Objective<double> objective(backend, network);
  MemoryBlocks<double> reader(X, Y, {10, 20});
  reader.interrupt_at = 4;  // the second block of the second epoch
  StreamSampler<double> sampler(reader, objective, 5, unchanged);
  TrainingOptions options;
  options.epochs = 3;
  KeepingMonitor monitor;
  TrainingState state;
  Training<double> training = {backend, network, objective, {},     sampler,
                               options, monitor, state,     nullptr};
  const TrainingResult result = train(training);
  CHECK(result.ending == Ending::stopped);
  CHECK(result.epoch == 2);
  CHECK(result.batch == 5);
  CHECK(state.history.size() == 1);
}

TEST_BOTH_TYPES(resuming, "training resumed from a state ends bit-identical", "[train]") {
  for (const OptimizerOptions& optimizer :
       {OptimizerOptions(SgdOptions()), OptimizerOptions(SgdOptions{0.9, true}),
        OptimizerOptions(AdamOptions())}) {
    Task<Real> task;
    task.options.optimizer = optimizer;
    task.options.schedule = Schedule{CosineDecay{0}, 1};
    KeepingMonitor whole(0, 4), rest;
    const Trained uninterrupted = run(task, whole, {}, true);
    const Trained resumed = run(task, rest, whole.kept, true);
    CHECK(rest.records.size() == 2);
    CHECK(identical<double>(resumed.parameters, uninterrupted.parameters));
    CHECK(resumed.state.history.size() == 6);
    CHECK(resumed.state.best.epoch == uninterrupted.state.best.epoch);
  }
}

TEST_CASE("threads do not change what an optimizer learns", "[train][threads]") {
  Task<float> task;
  task.options.optimizer = AdamOptions();
  task.options.penalty = {1e-3, 0.5};
  task.options.clip_norm = 0.1;
  KeepingMonitor monitor;
  const Trained alone = run(task, monitor);
  for (const size_t threads : {2, 3, 8}) {
    task.backend = Backend(threads);
    CHECK(identical<double>(run(task, monitor).parameters, alone.parameters));
  }
}

TEST_CASE("validation picks the best epoch and stops in time", "[train]") {
  Task<double> task;
  task.options.epochs = 200;
  task.options.learn_rate = 1;
  task.options.stop_iter = 3;
  KeepingMonitor monitor;
  const Trained trained = run(task, monitor, {}, true);
  CHECK(trained.result.ending == Ending::no_improvement);
  CHECK(trained.result.epoch == trained.state.best.epoch + 3);
  const auto best =
      std::min_element(monitor.records.begin(), monitor.records.end(),
                       [](const auto& a, const auto& b) { return a.valid_loss < b.valid_loss; });
  CHECK(best->epoch == trained.state.best.epoch);
  CHECK(identical<double>(trained.parameters, trained.state.best.parameters));
}

TEST_CASE("diverging training ends with the last finite parameters", "[train]") {
  Task<double> task;
  task.architecture.loss = "squared_error";
  task.architecture.activations = {"linear"};
  task.options.learn_rate = 1e3;
  task.options.epochs = 1000;
  KeepingMonitor monitor;
  const Trained trained = run(task, monitor);
  CHECK(trained.result.ending == Ending::diverged);
  CHECK(trained.parameters.is_finite());
  task.options.stop_if_diverged = false;
  CHECK(run(task, monitor).result.ending == Ending::all_epochs);
}

// Walks down the gradient in steps of one size, and tells what it was given.
class Walker : public Minimizer {
 public:
  explicit Walker(int steps) : steps_(steps) {}
  bool minimize(SmoothFunction& f, std::vector<double> x, const LbfgsOptions& options) override {
    given = options;
    std::vector<double> g(x.size());
    for (int step = 0; step < steps_; ++step) {
      values.push_back(f.value(x.data()));
      f.gradient(g.data());
      for (size_t k = 0; k < x.size(); ++k) x[k] -= 0.5 * g[k];
    }
    return true;
  }
  std::vector<double> values;
  LbfgsOptions given;

 private:
  int steps_;
};

TEST_BOTH_TYPES(full_batch, "full batches share the book with mini-batches", "[train]") {
  Task<Real> task;
  task.options.optimizer = LbfgsOptions{7, 1e-3};
  KeepingMonitor monitor;
  Walker four(4);
  const Trained converged = run(task, monitor, {}, false, &four);
  CHECK(converged.result.ending == Ending::converged);
  CHECK(four.given.memory == 7);
  CHECK(four.given.tolerance == 1e-3);
  CHECK(converged.state.history.size() == 4);
  // The losses fall, so the last epoch is the best, and its weights stay.
  CHECK(converged.state.best.epoch == 4);
  CHECK(converged.state.best.loss == four.values.back());
  CHECK(identical<double>(converged.parameters, converged.state.best.parameters));

  Walker many(50);  // six epochs are allowed
  CHECK(run(task, monitor, {}, false, &many).result.ending == Ending::all_epochs);
  CHECK(many.values[6] < many.values[5]);  // a value that ends the search

  task.options.epochs = 200;
  task.options.stop_iter = 3;
  task.options.learn_rate = 1;
  Walker watched(200);
  const Trained stopped = run(task, monitor, {}, true, &watched);
  CHECK(stopped.result.ending == Ending::no_improvement);
  CHECK(stopped.result.epoch == stopped.state.best.epoch + 3);
}

TEST_CASE("a full batch may be stopped, and hands exceptions on", "[train]") {
  Task<double> task;
  task.options.optimizer = LbfgsOptions{7, 1e-3};
  KeepingMonitor third(3);
  Walker walker(5);
  const Trained stopped = run(task, third, {}, false, &walker);
  CHECK(stopped.result.ending == Ending::stopped);
  CHECK(stopped.result.epoch == 3);
  CHECK(stopped.state.history.size() == 2);

  class Failing : public KeepingMonitor {
    bool epoch_done(const EpochRecord&) override { throw std::runtime_error("full disk"); }
  } failing;
  CHECK_THROWS_AS(run(task, failing, {}, false, &walker), std::runtime_error);
}

TEST_BOTH_TYPES(end_after_epoch, "the monitor can end training after an epoch", "[train]") {
  Task<Real> task;
  KeepingMonitor monitor(0, 2), walked;
  monitor.last_epoch = walked.last_epoch = 2;
  const Trained stopped = run(task, monitor);
  CHECK(stopped.result.ending == Ending::stopped);
  CHECK(stopped.result.epoch == 2);
  CHECK(stopped.state.history.size() == 2);
  // The state of this epoch is still kept.
  CHECK(monitor.kept.epoch == 2);
  CHECK(identical<double>(monitor.kept.parameters, stopped.parameters));

  task.options.optimizer = LbfgsOptions{7, 1e-3};
  Walker walker(5);
  const Trained full = run(task, walked, {}, false, &walker);
  CHECK(full.result.ending == Ending::stopped);
  CHECK(full.state.history.size() == 2);
}

TEST_BOTH_TYPES(dropout, "dropout leaves out its share, in both passes", "[train]") {
  std::mt19937 bits(1);
  const auto draw = [&](std::uint16_t* numbers, size_t n) {
    for (size_t k = 0; k < n; ++k) numbers[k] = static_cast<std::uint16_t>(bits());
  };
  Dropout<Real> dropout({0.25, 0}, draw);
  CHECK(dropout.acts_on(0));
  CHECK_FALSE(dropout.acts_on(1));
  CHECK_FALSE(dropout.acts_on(2));
  arma::Mat<Real> mask(100, 200);
  dropout.fill(0, mask);
  const double out = arma::accu(mask == 0) / 20000.0;
  CHECK(std::abs(out - 0.25) < 0.01);
  CHECK(std::abs(mask.max() - Real(4.0 / 3)) < 1e-6);

  // No gradient flows into the weights of units that were left out.
  Network<Real> network(Architecture{{3, 20, 8, 2}, {"tanh", "relu"}, "cross_entropy"});
  randomize_parameters(network, 0.7, 1);
  const arma::Mat<Real> X = random_matrix<Real>(3, 1, 2);
  Pass<Real> pass;
  forward(one_thread(), network, X, pass, &dropout);
  arma::Col<Real> gradient(network.parameter_count());
  backward(one_thread(), network, X, {targets<Real>(2, 1), {}}, Real(1), Real(0), pass, gradient);
  const arma::Mat<Real> dW = network.weights(0, gradient);
  for (size_t u = 0; u < 20; ++u) {
    CHECK((pass.layers[0].mask.mat()(u, 0) == 0) == (arma::abs(dW.row(u)).max() == 0));
  }
  forward(one_thread(), network, X, pass);
  CHECK_FALSE(pass.layers[0].masked);
}
