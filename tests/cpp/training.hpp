// What tests of training share: a monitor, permutations, data, and blocks of them.
#ifndef FEEDFORWARD_TESTS_TRAINING_HPP
#define FEEDFORWARD_TESTS_TRAINING_HPP

#include "feedforward/feedforward.hpp"

#include "helpers.hpp"

namespace tests {

// Counts stops, asks for one at a given call, keeps every record.
class KeepingMonitor : public Monitor {
 public:
  explicit KeepingMonitor(size_t stop_at = 0, size_t state_at = 0)
      : stop_at_(stop_at), state_at_(state_at) {}
  bool stop(size_t, size_t) override { return ++asked == stop_at_; }
  bool epoch_done(const EpochRecord& record) override {
    records.push_back(record);
    return record.epoch != last_epoch;
  }
  bool wants_state(size_t epoch) override { return epoch == state_at_; }
  void keep(const TrainingState& state) override { kept = state; }
  size_t asked = 0, last_epoch = 0;  // 0 for no last epoch
  std::vector<EpochRecord> records;
  TrainingState kept;

 private:
  size_t stop_at_, state_at_;
};

// A fixed permutation, another one at every call, from the given turn on.
inline Permutation rotations(size_t turn = 0) {
  return [turn](size_t n) mutable {
    std::vector<std::uint32_t> order(n);
    for (size_t i = 0; i < n; ++i) order[i] = static_cast<std::uint32_t>((i * 7 + turn) % n);
    ++turn;
    return order;
  };
}

inline std::vector<std::uint32_t> first(size_t n, std::uint32_t from = 0) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), from);
  return rows;
}

// One-hot targets that have nothing to do with the inputs.
template <class Real>
arma::Mat<Real> unlearnable(size_t n) {
  arma::Mat<Real> Y(3, n, arma::fill::zeros);
  for (size_t i = 0; i < n; ++i) Y(i * i % 7 % 3, i) = 1;
  return Y;
}

// Blocks of observations in memory, in their order or, for an epoch, in the opposite order.
template <class Real>
class MemoryBlocks : public BlockReader<Real> {
 public:
  MemoryBlocks(const arma::Mat<Real>& X, const arma::Mat<Real>& Y, std::vector<size_t> sizes)
      : X_(X), Y_(Y), sizes_(std::move(sizes)) {}

  size_t size() const override { return X_.n_cols; }
  void start(bool shuffled) override {
    shuffled_ = shuffled;
    done_ = 0;
  }
  bool next(Examples<Real>& block) override {
    if (++reads == interrupt_at) return false;
    const size_t k = shuffled_ ? sizes_.size() - 1 - done_ : done_;
    ++done_;
    const size_t begin = std::accumulate(sizes_.begin(), sizes_.begin() + k, size_t(0));
    block.source = std::make_unique<Dense<Real>>(X_.cols(begin, begin + sizes_[k] - 1));
    block.targets = std::make_unique<NumberTargets<Real>>(
        arma::Mat<Real>(Y_.cols(begin, begin + sizes_[k] - 1)), std::vector<Real>());
    return true;
  }

  size_t reads = 0, interrupt_at = 0;

 private:
  const arma::Mat<Real>&X_, &Y_;
  std::vector<size_t> sizes_;
  bool shuffled_ = false;
  size_t done_ = 0;
};

}  // namespace tests

#endif
