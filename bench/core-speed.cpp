// How much faster do networks train with the wide vectors of a processor? Microseconds per batch of
// a sparse and a dense network, in both precisions and with all kinds of kernels that the processor
// has, on one thread. Medians of many short turns that the kinds take in rotation, and the ratio to
// the baseline. It needs neither R nor a BLAS, so it also runs where only the core does: `make
// core-windows` and `make core-arm` build and run it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "feedforward/feedforward.hpp"

using namespace feedforward;

// Nothing stops this training, and nobody hears of it.
class Silent : public Monitor {
 public:
  bool stop(std::size_t, std::size_t) override { return false; }
  void epoch_done(const EpochRecord&) override {}
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
      trainer_.step(samples_.data() + first, batch_size_, options_.learn_rate,
                    StopQuestion{monitor_, 1, 1}, sums);
    }
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    microseconds_.push_back(time.count() / static_cast<double>(batches));
  }

  double median() {
    std::sort(microseconds_.begin(), microseconds_.end());
    return microseconds_[microseconds_.size() / 2];
  }

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
  std::vector<double> microseconds_;
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
  const double baseline = learners[0]->median();
  for (std::size_t k = 0; k < learners.size(); ++k) {
    const double time = learners[k]->median();
    std::printf("%-28s %-7s %-9s %8.0f us per batch, %.2f times the baseline\n", title,
                sizeof(Real) == 8 ? "double" : "single", names[k], time, baseline / time);
  }
  std::fflush(stdout);
}

int main() {
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
