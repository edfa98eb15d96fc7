// Training in several processes, which here are threads that add up their numbers in memory.
#include "feedforward/feedforward.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "helpers.hpp"
#include "networks.hpp"
#include "training.hpp"

using namespace tests;

namespace {

// Where all ranks wait for each other.
class Meeting {
 public:
  explicit Meeting(size_t ranks) : ranks_(ranks) {}
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    const size_t round = round_;
    if (++here_ == ranks_) {
      here_ = 0;
      ++round_;
      all_here_.notify_all();
    } else {
      all_here_.wait(lock, [&] { return round_ != round; });
    }
  }

 private:
  const size_t ranks_;
  size_t here_ = 0, round_ = 0;
  std::mutex mutex_;
  std::condition_variable all_here_;
};

// What the ranks of one training share.
struct Table {
  explicit Table(size_t ranks) : meeting(ranks), figures(ranks), values(ranks) {}
  Meeting meeting;
  std::vector<double*> figures;
  std::vector<void*> values;
};

class ThreadPeers : public Peers {
 public:
  ThreadPeers(Table& table, size_t rank) : table_(table), rank_(rank) {}
  Part part() const override { return {rank_, table_.values.size()}; }
  void sum(double* figures, size_t count, double* values, size_t n) override {
    add(figures, count, values, n);
  }
  void sum(double* figures, size_t count, float* values, size_t n) override {
    add(figures, count, values, n);
  }
  void share(double* values, size_t n) override {
    table_.values[rank_] = values;
    table_.meeting.wait();
    const double* from = static_cast<double*>(table_.values[0]);
    if (rank_ > 0) std::copy_n(from, n, values);
    table_.meeting.wait();
  }
  size_t sums = 0;

 private:
  template <class Real>
  void add(double* figures, size_t count, Real* values, size_t n) {
    ++sums;
    table_.figures[rank_] = figures;
    table_.values[rank_] = values;
    table_.meeting.wait();
    std::vector<double> of_figures(count), of_values(n);
    for (size_t rank = 0; rank < table_.values.size(); ++rank) {
      const Real* theirs = static_cast<Real*>(table_.values[rank]);
      for (size_t k = 0; k < count; ++k) of_figures[k] += table_.figures[rank][k];
      for (size_t k = 0; k < n; ++k) of_values[k] += static_cast<double>(theirs[k]);
    }
    table_.meeting.wait();
    std::copy(of_figures.begin(), of_figures.end(), figures);
    for (size_t k = 0; k < n; ++k) values[k] = static_cast<Real>(of_values[k]);
  }

  Table& table_;
  size_t rank_;
};

// What is trained, and how.
struct Plan {
  TrainingOptions options;
  size_t batch_size = 7;
  bool weighted = false;
  bool validated = true;
  bool converges = true;       // what L-BFGS says after five evaluations
  std::vector<size_t> blocks;  // sizes of blocks to read; empty if all rows are in memory
  size_t stop_at = 0;          // the question to which rank `stops` answers with a stop
  size_t interrupt_at = 0;     // the block at which reading is interrupted there
  size_t last_epoch = 0;       // after which its monitor wants no more
  size_t stops = 0;

  Plan() { options.epochs = 3; }
};

struct Outcome {
  arma::vec parameters;
  TrainingResult result;
  TrainingState state;
  size_t sums = 0;
};

constexpr size_t observations = 45;

// Each rank reads its part of every block.
template <class Real>
class PartOfBlocks : public BlockReader<Real> {
 public:
  PartOfBlocks(const arma::Mat<Real>& X, const arma::Mat<Real>& Y, std::vector<size_t> sizes,
               Part part)
      : blocks_(X, Y, std::move(sizes)), part_(part) {}
  size_t size() const override { return blocks_.size(); }
  void start(bool shuffled) override { blocks_.start(shuffled); }
  bool next(Examples<Real>& block) override {
    Examples<Real> whole;
    if (++reads == interrupt_at || !blocks_.next(whole)) return false;
    const size_t n = whole.size();
    stretch_ = {part_.begin(n), part_.size(n), n};
    block = {};
    if (stretch_.size == 0) return true;
    std::vector<std::uint32_t> rows = first(stretch_.size, stretch_.first);
    Batch<Real> inputs;
    TargetBatch<Real> targets;
    whole.source->gather(one_thread(), rows.data(), rows.size(), inputs);
    whole.targets->gather(rows.data(), rows.size(), targets);
    block.source = std::make_unique<Dense<Real>>(std::get<arma::Mat<Real>>(inputs));
    block.targets = std::make_unique<NumberTargets<Real>>(targets.Y, std::vector<Real>());
    return true;
  }
  Stretch stretch(const Examples<Real>&) const override { return stretch_; }
  size_t reads = 0, interrupt_at = 0;

 private:
  MemoryBlocks<Real> blocks_;
  Part part_;
  Stretch stretch_;
};

// Goes downhill a few times, so that it asks for loss and gradient.
class Downhill : public Minimizer {
 public:
  explicit Downhill(bool converges) : converges_(converges) {}
  bool minimize(SmoothFunction& function, std::vector<double> x, const LbfgsOptions&) override {
    std::vector<double> slope(x.size());
    for (int k = 0; k < 5; ++k) {
      if (function.value(x.data()) < -1e200) return false;
      function.gradient(slope.data());
      for (size_t i = 0; i < x.size(); ++i) x[i] -= 0.5 * slope[i];
    }
    return converges_;
  }

 private:
  bool converges_;
};

// What one rank learns.
template <class Real>
Outcome train_rank(const Plan& plan, ThreadPeers* peers) {
  const Part part = part_of(peers);
  const bool is_stopped = part.rank == plan.stops;
  const arma::Mat<Real> X = random_matrix<Real>(4, observations, 9);
  const arma::Mat<Real> Y = unlearnable<Real>(observations);
  std::vector<Real> weights;
  for (size_t i = 0; plan.weighted && i < observations; ++i) weights.push_back(Real(1 + i % 3));
  const Dense<Real> source(X);
  const NumberTargets<Real> targets(Y, weights);
  Backend backend;
  Network<Real> network({{4, 6, 3}, {"tanh"}, "cross_entropy"});
  randomize_parameters(network, 0.5, 8);
  Objective<Real> objective(backend, network, source, targets);
  Objective<Real> judging(backend, network, source, targets);
  RowsInMemory held_out(first(5, 40), part);
  ShuffledRows rows(first(40), plan.batch_size, rotations(), part);
  PartOfBlocks<Real> reader(X, Y, plan.blocks, part), held_out_reader(X, Y, plan.blocks, part);
  std::unique_ptr<StreamSampler<Real>> stream;
  std::unique_ptr<StreamedBlocks<Real>> held_out_stream;
  if (!plan.blocks.empty()) {
    if (is_stopped) reader.interrupt_at = plan.interrupt_at;
    stream = std::make_unique<StreamSampler<Real>>(reader, objective, plan.batch_size, rotations());
    held_out_stream = std::make_unique<StreamedBlocks<Real>>(held_out_reader, judging);
  }
  KeepingMonitor monitor(is_stopped ? plan.stop_at : 0);
  if (is_stopped) monitor.last_epoch = plan.last_epoch;
  Downhill minimizer(plan.converges);
  Outcome outcome;
  Blocks* validation = stream ? static_cast<Blocks*>(held_out_stream.get()) : &held_out;
  Sampler* sampler = stream ? static_cast<Sampler*>(stream.get()) : &rows;
  Training<Real> training = {backend,      network, objective,     {},         *sampler,
                             plan.options, monitor, outcome.state, &minimizer, peers};
  if (plan.validated) training.validation = {&judging, validation};
  outcome.result = train(training);
  outcome.parameters = as_doubles<Real>(network.parameters());
  if (peers) outcome.sums = peers->sums;
  return outcome;
}

// What all ranks learn, each in a thread of its own.
template <class Real>
std::vector<Outcome> train_ranks(const Plan& plan, size_t ranks) {
  Table table(ranks);
  std::vector<Outcome> outcomes(ranks);
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadPeers peers(table, rank);
      outcomes[rank] = train_rank<Real>(plan, &peers);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

template <class Real>
double distance(const Outcome& one, const Outcome& other) {
  double most = arma::abs(one.parameters - other.parameters).max();
  REQUIRE(one.state.history.size() == other.state.history.size());
  for (size_t k = 0; k < one.state.history.size(); ++k) {
    const EpochRecord &x = one.state.history[k], &y = other.state.history[k];
    for (double EpochRecord::*figure : {&EpochRecord::loss, &EpochRecord::metric,
                                        &EpochRecord::valid_loss, &EpochRecord::valid_metric}) {
      if (std::isnan(x.*figure) && std::isnan(y.*figure)) continue;
      const double apart = std::abs(x.*figure - y.*figure);
      if (!(apart <= most)) most = apart;
    }
  }
  return most;
}

// Whether any number of ranks learns what one process learns, on all ranks the same bits, and the
// same bits again.
template <class Real>
void check_ranks(const Plan& plan) {
  const Outcome alone = train_rank<Real>(plan, nullptr);
  for (const size_t ranks : {1, 2, 3, 4}) {
    const std::vector<Outcome> outcomes = train_ranks<Real>(plan, ranks);
    const std::vector<Outcome> again = train_ranks<Real>(plan, ranks);
    CHECK(distance<Real>(outcomes[0], alone) < (sizeof(Real) == 4 ? 2e-6 : 1e-12));
    for (size_t rank = 0; rank < ranks; ++rank) {
      CHECK(identical<double>(outcomes[rank].parameters, outcomes[0].parameters));
      CHECK(identical<double>(again[rank].parameters, outcomes[0].parameters));
      CHECK(distance<Real>(outcomes[rank], outcomes[0]) == 0);
      CHECK(outcomes[rank].result.ending == alone.result.ending);
      CHECK(outcomes[rank].result.epoch == alone.result.epoch);
      CHECK(outcomes[rank].result.batch == alone.result.batch);
      CHECK(outcomes[rank].state.best.epoch == alone.state.best.epoch);
    }
  }
}

}  // namespace

TEST_BOTH_TYPES(optimizers_of_ranks, "ranks learn what one process learns", "[train][threads]") {
  for (const OptimizerOptions& optimizer :
       {OptimizerOptions(SgdOptions()), OptimizerOptions(SgdOptions{0.9, true}),
        OptimizerOptions(AdamOptions()), OptimizerOptions(LbfgsOptions())}) {
    for (const bool validated : {true, false}) {
      Plan plan;
      plan.options.optimizer = optimizer;
      plan.options.penalty = {1e-3, 0};
      plan.weighted = validated;
      plan.validated = validated;
      // Here, L-BFGS ends by itself.
      if (!validated) plan.options.epochs = 9;
      check_ranks<Real>(plan);
      plan.converges = false;
      if (!validated) check_ranks<Real>(plan);
    }
  }
}

TEST_BOTH_TYPES(clipping_ranks, "ranks clip the sum of their gradients", "[train][threads]") {
  Plan plan;
  plan.options.clip_norm = 0.05;
  plan.options.penalty = {1e-2, 0.5};
  check_ranks<Real>(plan);
}

TEST_BOTH_TYPES(idle_ranks, "ranks without rows in a batch take part", "[train][threads]") {
  Plan plan;
  plan.batch_size = 3;  // the last batch has a single row
  check_ranks<Real>(plan);
}

TEST_BOTH_TYPES(blocks_of_ranks, "ranks that read parts of blocks learn what one process learns",
                "[train][threads]") {
  for (const OptimizerOptions& optimizer :
       {OptimizerOptions(AdamOptions()), OptimizerOptions(LbfgsOptions())}) {
    Plan plan;
    plan.options.optimizer = optimizer;
    plan.batch_size = 3;
    // In a block of 3, one of 4 ranks has no row.
    plan.blocks = {3, 15, 12, 15};
    check_ranks<Real>(plan);
  }
}

TEST_CASE("without rows, a gradient is zero", "[train]") {
  const Dense<double> source(random_matrix<double>(4, 9, 1));
  const NumberTargets<double> numbers(targets<double>(3, 9), {});
  Backend backend;
  Network<double> network({{4, 6, 3}, {"tanh"}, "cross_entropy"});
  Objective<double> objective(backend, network, source, numbers);
  KeepingMonitor monitor;
  Sums sums;
  arma::vec gradient(network.parameter_count(), arma::fill::value(7));
  CHECK(objective.add_gradient(nullptr, 0, 1, 1, {monitor, 1, 1}, sums, gradient));
  CHECK(gradient.min() == 7);
  CHECK(objective.add_gradient(nullptr, 0, 1, 0, {monitor, 1, 1}, sums, gradient));
  CHECK(arma::abs(gradient).max() == 0);
  CHECK(sums.weight == 0);
}

TEST_CASE("a stop on any rank ends training on all, at the same batch", "[train][threads]") {
  for (const size_t ranks : {2, 3}) {
    for (const size_t stops : {size_t(0), ranks - 1}) {
      Plan in_batch;
      in_batch.stops = stops;
      in_batch.stop_at = 10;
      Plan in_validation = in_batch;
      in_validation.stop_at = 7;  // after 6 batches
      Plan after_epoch = in_batch;
      after_epoch.stop_at = 0;
      after_epoch.last_epoch = 2;
      Plan reading = in_batch;
      reading.stop_at = 0;
      reading.blocks = {24, 21};  // in an epoch, in the opposite order
      reading.interrupt_at = 4;
      for (const Plan& plan : {in_batch, in_validation, after_epoch, reading}) {
        for (const bool full_batch : {false, true}) {
          Plan tried = plan;
          if (full_batch) tried.options.optimizer = LbfgsOptions();
          if (full_batch) tried.stop_at = std::min<size_t>(plan.stop_at, 3);
          const std::vector<Outcome> outcomes = train_ranks<double>(tried, ranks);
          for (const Outcome& outcome : outcomes) {
            CHECK(outcome.result.ending == Ending::stopped);
            CHECK(outcome.result.epoch == outcomes[0].result.epoch);
            CHECK(outcome.result.batch == outcomes[0].result.batch);
            CHECK(outcome.sums == outcomes[0].sums);
            CHECK(identical<double>(outcome.parameters, outcomes[0].parameters));
          }
          CHECK(outcomes[0].result.epoch < 4);
        }
      }
    }
  }
}

TEST_CASE("ranks diverge and stop early together", "[train][threads]") {
  Plan plan;
  plan.options.epochs = 100;
  plan.options.learn_rate = std::numeric_limits<double>::infinity();
  check_ranks<double>(plan);
  plan.options.learn_rate = 1;
  plan.options.stop_iter = 3;
  check_ranks<double>(plan);
}
