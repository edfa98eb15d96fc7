// The order of observations in an epoch and its cut into batches. Training on mini-batches and on
// all data take their samples from here; it must not know what an observation is, nor where random
// numbers come from. Of rows in memory, ShuffledRows; of rows read block by block, see stream.hpp.
#ifndef FEEDFORWARD_SAMPLER_HPP
#define FEEDFORWARD_SAMPLER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace feedforward {

// Gives a new permutation of 0 .. n - 1 at every call. R's side draws it as sample() does.
using Permutation = std::function<std::vector<std::uint32_t>(std::size_t n)>;

// Some observations of a source, counted from 0 there: those that this process passes through.
struct Samples {
  const std::uint32_t* rows = nullptr;
  std::size_t size = 0;
  std::size_t total = 0;  // with those of all other processes; 0 where reading was interrupted

  explicit operator bool() const { return total > 0; }
};

// What one of several processes takes of some things: a stretch of them, of nearly the same length
// as those of the others.
struct Part {
  std::size_t rank = 0, ranks = 1;

  std::size_t begin(std::size_t n) const { return n * rank / ranks; }
  std::size_t size(std::size_t n) const { return n * (rank + 1) / ranks - begin(n); }

  Samples of(const std::uint32_t* rows, std::size_t n) const {
    return {rows + begin(n), size(n), n};
  }
};

// Observations to be passed through, all of them or as many at a time as are in memory.
class Blocks {
 public:
  virtual ~Blocks() = default;
  // Calls f for each block, in the same order every time, until f returns false. False if it did,
  // or if reading was interrupted.
  virtual bool for_each_block(const std::function<bool(Samples)>& f) = 0;
};

// Rows that are all in memory: one block, or the part of it that this process takes.
class RowsInMemory : public Blocks {
 public:
  explicit RowsInMemory(std::vector<std::uint32_t> rows, Part part = {})
      : part_(part), rows_(std::move(rows)) {}

  bool for_each_block(const std::function<bool(Samples)>& f) override {
    return f(part_.of(rows_.data(), rows_.size()));
  }

 private:
  Part part_;
  std::vector<std::uint32_t> rows_;
};

// Observations to learn from, in batches or, for optimizers that want all of them, in blocks.
class Sampler : public Blocks {
 public:
  // To be called before each epoch, also the first.
  virtual void shuffle() = 0;

  virtual std::size_t observations() const = 0;  // of an epoch

  // How many batches an epoch has, and how many observations each: the last has what is left.
  virtual std::size_t batches() const = 0;
  virtual std::size_t size(std::size_t batch) const = 0;

  // The observations of one batch, counted from 0. Asked for in this order. They stay where they
  // are until the next call. With other processes, what this one takes of them, perhaps none.
  virtual Samples samples(std::size_t batch) = 0;

  // What shuffle() permutes next, for checkpoints; empty if every epoch starts from the same order.
  virtual std::vector<std::uint32_t> order() const = 0;
};

// The cut of n observations into batches of the same size, but for the last.
class Batches {
 public:
  // At least one observation, in batches of at least one; else throws std::invalid_argument.
  Batches(std::size_t n, std::size_t size) : n_(n), size_(std::min(size, n)) {
    if (size_ == 0) throw std::invalid_argument("there is nothing to sample");
  }

  std::size_t count() const { return (n_ + size_ - 1) / size_; }
  std::size_t first(std::size_t batch) const { return batch * size_; }
  std::size_t size(std::size_t batch) const { return std::min(size_, n_ - first(batch)); }

 private:
  std::size_t n_, size_;
};

// Each epoch permutes the order of the epoch before, not the original order, as a script
// does that shuffles its data in place.
class ShuffledRows : public Sampler {
 public:
  // order: the observations to take part, in the order from which the first epoch starts.
  // With several processes, all must draw the same permutations.
  ShuffledRows(std::vector<std::uint32_t> order, std::size_t batch_size, Permutation permutation,
               Part part = {})
      : batches_(order.size(), batch_size),
        permutation_(std::move(permutation)),
        part_(part),
        order_(std::move(order)) {}

  void shuffle() override {
    const std::vector<std::uint32_t> permutation = permutation_(order_.size());
    std::vector<std::uint32_t> next(order_.size());
    for (std::size_t i = 0; i < next.size(); ++i) next[i] = order_[permutation[i]];
    order_ = std::move(next);
  }
  std::size_t observations() const override { return order_.size(); }
  std::size_t batches() const override { return batches_.count(); }
  std::size_t size(std::size_t batch) const override { return batches_.size(batch); }
  Samples samples(std::size_t batch) override {
    return part_.of(order_.data() + batches_.first(batch), batches_.size(batch));
  }
  std::vector<std::uint32_t> order() const override { return order_; }
  bool for_each_block(const std::function<bool(Samples)>& f) override {
    return f(part_.of(order_.data(), order_.size()));
  }

 private:
  Batches batches_;
  Permutation permutation_;
  Part part_;
  std::vector<std::uint32_t> order_;  // (observations), the current epoch's
};

}  // namespace feedforward

#endif
