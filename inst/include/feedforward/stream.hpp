// Observations that do not fit into memory: an epoch reads them block by block, in an order that
// the reader decides, and shuffles the rows of each block. The objective looks at one block at a
// time. It must not know where blocks come from: R's side reads them. Of several processes, each
// reads only its part of every block.
#ifndef FEEDFORWARD_STREAM_HPP
#define FEEDFORWARD_STREAM_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "objective.hpp"
#include "sampler.hpp"

namespace feedforward {

// Which observations of a block were read: `size` from `first` on, of `total`. They can be none.
struct Stretch {
  std::size_t first = 0, size = 0, total = 0;
};

// Where blocks come from. All of a pass together have size() observations.
template <class Real>
class BlockReader {
 public:
  virtual ~BlockReader() = default;
  virtual std::size_t size() const = 0;
  // Begins a pass over all blocks: for an epoch in random order, else in the order of the data.
  virtual void start(bool shuffled) = 0;
  // Replaces `block` by the next one. Within a pass for an epoch, all blocks but the last have a
  // multiple of the batch size. False if reading was interrupted. May throw; then training is over.
  virtual bool next(Examples<Real>& block) = 0;
  // What next() has read of the block: all of its observations, or with other processes, a part.
  // Then all must go through the same blocks, in the same order.
  virtual Stretch stretch(const Examples<Real>& block) const {
    return {0, block.size(), block.size()};
  }
};

// Passes over the blocks of a reader, each block before the eyes of an objective.
template <class Real>
class Stream {
 public:
  // Both belong to the caller.
  Stream(BlockReader<Real>& reader, Objective<Real>& objective)
      : reader_(reader), objective_(objective) {}

  std::size_t size() const { return reader_.size(); }
  void start(bool shuffled) { reader_.start(shuffled); }

  // What was read of the next block; `total` is 0 if reading was interrupted.
  Stretch next() {
    if (!reader_.next(block_)) return {};
    objective_.look_at(block_);
    return reader_.stretch(block_);
  }

  // Puts the rows of the block that are read here into another order, if the source can do so.
  // False if not, or if there are none.
  bool arrange(const std::vector<std::uint32_t>& order) {
    return !order.empty() && block_.arrange(objective_.backend(), order);
  }

  // A pass in the order of the data. `rows` is the caller's memory.
  bool for_each_block(const std::function<bool(Samples)>& f, std::vector<std::uint32_t>& rows) {
    start(false);
    Stretch block;
    for (std::size_t done = 0; done < size(); done += block.total) {
      block = next();
      if (block.total == 0) return false;
      rows.resize(block.size);
      std::iota(rows.begin(), rows.end(), 0u);
      arrange(rows);
      if (!f({rows.data(), rows.size(), block.total})) return false;
    }
    return true;
  }

 private:
  BlockReader<Real>& reader_;
  Objective<Real>& objective_;
  Examples<Real> block_;
};

// For validation: all blocks, in order.
template <class Real>
class StreamedBlocks : public Blocks {
 public:
  StreamedBlocks(BlockReader<Real>& reader, Objective<Real>& objective)
      : stream_(reader, objective) {}

  bool for_each_block(const std::function<bool(Samples)>& f) override {
    return stream_.for_each_block(f, rows_);
  }

 private:
  Stream<Real> stream_;
  std::vector<std::uint32_t> rows_;
};

// For training: batches of rows in random order within their block.
template <class Real>
class StreamSampler : public Sampler {
 public:
  StreamSampler(BlockReader<Real>& reader, Objective<Real>& objective, std::size_t batch_size,
                Permutation permutation)
      : stream_(reader, objective),
        batches_(reader.size(), batch_size),
        permutation_(std::move(permutation)) {}

  void shuffle() override {
    stream_.start(true);
    first_batch_ = 0;
    begins_ = {0};
  }
  std::size_t observations() const override { return stream_.size(); }
  std::size_t batches() const override { return batches_.count(); }
  std::size_t size(std::size_t batch) const override { return batches_.size(batch); }

  Samples samples(std::size_t batch) override {
    if (batch == first_batch_ + begins_.size() - 1 && !read_block(batch)) return {};
    const std::size_t begin = begins_[batch - first_batch_];
    const std::size_t end = begins_[batch - first_batch_ + 1];
    return {rows_.data() + begin, end - begin, batches_.size(batch)};
  }

  // Every epoch starts from the order of the data.
  std::vector<std::uint32_t> order() const override { return {}; }

  bool for_each_block(const std::function<bool(Samples)>& f) override {
    return stream_.for_each_block(f, all_rows_);
  }

 private:
  // Reads the block that begins with this batch, and draws the order of its rows. False if reading
  // was interrupted.
  bool read_block(std::size_t batch) {
    const Stretch block = stream_.next();
    if (block.total == 0) return false;
    first_batch_ = batch;
    begins_ = {0};
    rows_.clear();
    const std::vector<std::uint32_t> order = permutation_(block.total);
    for (std::size_t at = 0; at < order.size(); ++batch) {
      for (const std::size_t end = at + batches_.size(batch); at < end; ++at) {
        const std::size_t row = order[at] - block.first;  // huge for those before
        if (row < block.size) rows_.push_back(static_cast<std::uint32_t>(row));
      }
      begins_.push_back(rows_.size());
    }
    if (stream_.arrange(rows_)) std::iota(rows_.begin(), rows_.end(), 0u);
    return true;
  }

  Stream<Real> stream_;
  Batches batches_;
  Permutation permutation_;
  std::size_t first_batch_ = 0;      // of the current block, counted over the epoch
  std::vector<std::uint32_t> rows_;  // of the current block: those that were read here, in batches
  std::vector<std::size_t> begins_;  // where each of these batches begins, and the last one ends
  std::vector<std::uint32_t> all_rows_;  // the caller's, of a pass in order
};

}  // namespace feedforward

#endif
