// Observations that do not fit into memory: an epoch reads them block by block, in an order that
// the reader decides, and shuffles the rows of each block. The objective looks at one block at a
// time. It must not know where blocks come from: R's side reads them.
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

  // How many observations the next block has; 0 if reading was interrupted.
  std::size_t next() {
    if (!reader_.next(block_)) return 0;
    objective_.look_at(block_);
    return block_.size();
  }

  // A pass in the order of the data. `rows` is the caller's memory.
  bool for_each_block(const std::function<bool(Samples)>& f, std::vector<std::uint32_t>& rows) {
    start(false);
    for (std::size_t done = 0; done < size(); done += rows.size()) {
      rows.resize(next());
      if (rows.empty()) return false;
      std::iota(rows.begin(), rows.end(), 0u);
      if (!f({rows.data(), rows.size()})) return false;
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
    first_ = 0;
    rows_.clear();
  }
  std::size_t observations() const override { return stream_.size(); }
  std::size_t batches() const override { return batches_.count(); }
  std::size_t size(std::size_t batch) const override { return batches_.size(batch); }

  Samples samples(std::size_t batch) override {
    if (batches_.first(batch) == first_ + rows_.size()) {
      first_ = batches_.first(batch);
      rows_ = permutation_(stream_.next());
      if (rows_.empty()) return {};
    }
    return {rows_.data() + (batches_.first(batch) - first_), batches_.size(batch)};
  }

  // Every epoch starts from the order of the data.
  std::vector<std::uint32_t> order() const override { return {}; }

  bool for_each_block(const std::function<bool(Samples)>& f) override {
    return stream_.for_each_block(f, rows_);
  }

 private:
  Stream<Real> stream_;
  Batches batches_;
  Permutation permutation_;
  std::size_t first_ = 0;            // where the current block begins, counted over the epoch
  std::vector<std::uint32_t> rows_;  // of the current block, in random order
};

}  // namespace feedforward

#endif
