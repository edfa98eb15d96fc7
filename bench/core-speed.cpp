// How much faster do networks train with the wide vectors of a processor? Microseconds per batch of
// a sparse and a dense network, in both precisions and with every kind of kernel that the processor
// can run, on one thread: medians of many short turns that the kinds take in rotation, and the
// ratio to the baseline. Beside them the multiplications per second, and how many the machine can
// do at best, measured in between: with operands in registers, and loaded from the first-level
// cache (on a busy machine, loads are slower).
//
// It needs neither R nor a BLAS, so it also runs where only the core does: `make -C tests/cpp
// speed`, and for Windows, under Wine, `make -C tests/cpp windows-speed`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "feedforward/feedforward.hpp"
#include "peak.hpp"

using namespace feedforward;

// Nothing stops this training, and nobody hears of it.
class Silent : public Monitor {
 public:
  bool stop(std::size_t, std::size_t) override { return false; }
  bool epoch_done(const EpochRecord&) override { return true; }
};

// Observations of which about `percent` of the values are not 0, in runs as in images, and a class
// for each. A table as R has it, column after column.
struct Data {
  std::size_t n, inputs, classes;
  std::vector<double> values;
  std::vector<std::uint32_t> codes;

  Data(std::size_t observations, std::size_t columns, std::size_t labels, int percent)
      : n(observations), inputs(columns), classes(labels), values(n * inputs), codes(n) {
    std::mt19937 bits(1);
    for (std::size_t i = 0; i < n; ++i) {
      codes[i] = static_cast<std::uint32_t>(bits() % classes);
      for (std::size_t j = 0; j < inputs; j += 4) {
        const bool zeros = bits() % 100 >= static_cast<unsigned>(percent);
        for (std::size_t k = j; k < std::min(j + 4, inputs) && !zeros; ++k)
          values[k * n + i] = (static_cast<double>(bits() % 255) + 1) / 255;
      }
    }
  }
};

// A network that learns with one kind of kernels.
template <class Real>
class Learner {
 public:
  Learner(Isa isa, const Data& data, const Architecture& architecture, std::size_t batch_size)
      : backend_(1, isa),
        source_(make_source<Real>(backend_, table_of(data), Standardization())),
        targets_(data.codes, data.classes, {}),
        network_(architecture),
        objective_(backend_, network_, *source_, targets_),
        trainer_(backend_, network_, objective_, options_),
        samples_(data.n),
        batch_size_(batch_size) {
    std::mt19937 bits(2);
    std::normal_distribution<Real> normal(0, Real(0.05));
    for (Real& parameter : network_.parameters()) parameter = normal(bits);
    std::iota(samples_.begin(), samples_.end(), 0u);
    std::shuffle(samples_.begin(), samples_.end(), bits);
  }

  // Notes how long a batch takes, over `batches` of them.
  void take_turn(std::size_t batches) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t b = 0; b < batches; ++b) {
      Sums sums;
      const std::size_t first = (next_++ * batch_size_) % (samples_.size() - batch_size_ + 1);
      trainer_.step({samples_.data() + first, batch_size_, batch_size_}, options_.learn_rate,
                    StopQuestion{monitor_, 1, 1}, sums);
    }
    microseconds.push_back(1e6 * seconds_since(start) / static_cast<double>(batches));
    registers.push_back(peak<Real>(backend_.isa(), false));
    loads.push_back(peak<Real>(backend_.isa(), true));
  }

  // Of one batch: the products forward, of the gradients, and of the errors passed down. `share`
  // is that of the inputs that are not 0.
  double multiplications(double share) const {
    double sum = 0;
    for (std::size_t layer = 0; layer < network_.layers(); ++layer) {
      const auto weights = static_cast<double>(network_.inputs(layer) * network_.units(layer));
      sum += weights * (layer == 0 ? 2 * share : 3);
    }
    return sum * static_cast<double>(batch_size_);
  }

  Isa isa() const { return backend_.isa(); }

  // One value per turn: the time of a batch, and the two peaks in 1e9 per second.
  std::vector<double> microseconds, registers, loads;

 private:
  static Table<double> table_of(const Data& data) {
    return {data.values.data(), data.n, data.inputs, data.n, 1};
  }

  Backend backend_;
  TrainingOptions options_;
  std::unique_ptr<Source<Real>> source_;
  ClassTargets<Real> targets_;
  Network<Real> network_;
  Objective<Real> objective_;
  Trainer<Real> trainer_;
  std::vector<std::uint32_t> samples_;
  std::size_t batch_size_, next_ = 0;
  Silent monitor_;
};

template <class Real>
void compare(const char* title, const Data& data, const Architecture& architecture,
             std::size_t batch_size) {
  constexpr int turns = 15;
  constexpr std::size_t batches = 10;
  std::vector<std::unique_ptr<Learner<Real>>> learners;
  const char* const names[] = {"baseline", "avx2", "avx512"};
  for (Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (supports(isa))
      learners.push_back(std::make_unique<Learner<Real>>(isa, data, architecture, batch_size));
  }
  for (int turn = 0; turn < turns; ++turn)
    for (auto& learner : learners) learner->take_turn(batches);
  std::size_t nonzeros = 0;
  for (const double value : data.values) nonzeros += value != 0;
  const double share = static_cast<double>(nonzeros) / static_cast<double>(data.values.size());
  const double baseline = quantile(learners[0]->microseconds, 0.5);
  for (const auto& learner : learners) {
    const double time = quantile(learner->microseconds, 0.5);
    const double done = learner->multiplications(share) / time / 1e3;
    std::printf("%-21s %-7s %-9s %6.0f us %6.2f x %8.1f %9.1f %8.1f\n", title,
                sizeof(Real) == 8 ? "double" : "single", names[static_cast<int>(learner->isa())],
                time, baseline / time, done, quantile(learner->registers, 0.5),
                quantile(learner->loads, 0.5));
  }
  std::fflush(stdout);
}

int main() {
  std::printf("%-39s %9s %8s %8s %9s %8s\n", "", "per batch", "baseline", "1e9/s", "registers",
              "loads");
  Architecture digits;
  digits.sizes = {784, 128, 10};
  digits.activations = {"sigmoid"};
  const Data images(6400, 784, 10, 19);
  compare<double>("sparse, 784-128-10", images, digits, 128);
  compare<float>("sparse, 784-128-10", images, digits, 128);
  Architecture deep;
  deep.sizes = {256, 256, 128, 5};
  deep.activations = {"relu", "relu"};
  const Data numbers(6400, 256, 5, 100);
  compare<double>("dense, 256-256-128-5", numbers, deep, 128);
  compare<float>("dense, 256-256-128-5", numbers, deep, 128);
  return 0;
}
