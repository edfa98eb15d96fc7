// The order of observations in an epoch and its cut into batches. Training on mini-batches and on
// all data take their samples from here; it must not know what an observation is, nor where random
// numbers come from.
#ifndef FEEDFORWARD_SAMPLER_HPP
#define FEEDFORWARD_SAMPLER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

namespace feedforward {

// Each epoch permutes the order of the epoch before, not the original order, as a script
// does that shuffles its data in place.
class Sampler {
 public:
  // Gives a new permutation of 0 .. n - 1 at every call. R's side draws it as sample() does.
  using Permutation = std::function<std::vector<std::uint32_t>(std::size_t n)>;

  // order: the observations to take part, in the order from which the first epoch starts. At
  // least one, in batches of at least one; else throws std::invalid_argument.
  Sampler(std::vector<std::uint32_t> order, std::size_t batch_size, Permutation permutation)
      : batch_size_(std::min(batch_size, order.size())),
        permutation_(std::move(permutation)),
        order_(std::move(order)) {
    if (batch_size_ == 0) throw std::invalid_argument("there is nothing to sample");
  }

  const std::vector<std::uint32_t>& order() const { return order_; }

  // How many batches an epoch has.
  std::size_t batches() const { return (order_.size() + batch_size_ - 1) / batch_size_; }

  // To be called before each epoch, also the first: the order given is where it starts from.
  void shuffle() {
    const std::vector<std::uint32_t> permutation = permutation_(order_.size());
    std::vector<std::uint32_t> next(order_.size());
    for (std::size_t i = 0; i < next.size(); ++i) next[i] = order_[permutation[i]];
    order_ = std::move(next);
  }

  // The observations of one batch, counted from 0. They stay where they are until shuffle(). The
  // last batch has what is left.
  const std::uint32_t* samples(std::size_t batch) const {
    return order_.data() + batch * batch_size_;
  }
  std::size_t size(std::size_t batch) const {
    return std::min(batch_size_, order_.size() - batch * batch_size_);
  }

 private:
  std::size_t batch_size_;
  Permutation permutation_;
  std::vector<std::uint32_t> order_;  // (observations), the current epoch's
};

}  // namespace feedforward

#endif
