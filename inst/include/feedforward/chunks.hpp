// Observations in their own order, some rows at a time: for passes that do not learn, such as
// predictions. Unlike a source, a reader keeps nothing but the rows at hand, so data need no second
// copy in memory. It must not know what is done with the rows.
#ifndef FEEDFORWARD_CHUNKS_HPP
#define FEEDFORWARD_CHUNKS_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "prepare.hpp"
#include "table.hpp"

namespace feedforward {

// Enough rows to keep the kernels busy, few enough to stay in the cache. Results do not depend
// on it, as each observation is computed on its own.
constexpr std::size_t rows_per_chunk = 128;

// Reads observations in their own order. Each thread has a reader of its own, because the
// memory of a batch is used again.
template <class Real>
class Reader {
 public:
  virtual ~Reader() = default;
  // Another reader of the same observations, for another thread.
  virtual std::unique_ptr<Reader> copy() const = 0;
  virtual std::size_t size() const = 0;
  // The observations of `rows`, at most rows_per_chunk of them. The batch belongs to the reader and
  // lasts until the next call. Throws NotFinite.
  virtual const Batch<Real>& read(Backend& backend, Range rows) = 0;
};

// Rows of a table as batches, all dense or all sparse, whichever is less work. Decided once, from
// a sample of the whole table: the two add up in different orders, and a row's prediction must not
// depend on the rows beside it.
template <class Real, class Value>
class ChunkReader : public Reader<Real> {
 public:
  explicit ChunkReader(const Table<Value>& table)
      : table_(table),
        sparse_(worth_sparse(take_sample(table), table.inputs)),
        buffer_(Scale<Real, Value>(table.divisor)) {}

  std::unique_ptr<Reader<Real>> copy() const override {
    return std::make_unique<ChunkReader>(*this);
  }
  std::size_t size() const override { return table_.n; }

  const Batch<Real>& read(Backend& backend, Range rows) override {
    const Table<Value> part = table_.rows(rows);
    if (sparse_) {
      read_sparse(backend, part);
      batch_ = SparseBatch<Real>{&rows_, samples_.data(), part.n};
    } else {
      arma::Mat<Real>& columns = dense_batch(batch_, part.inputs, part.n);
      if (!copy_rows(backend.isa(), part, columns.memptr())) throw NotFinite();
    }
    return batch_;
  }

 private:
  // Rows of non-zeros, made anew for each chunk in memory that stays.
  void read_sparse(Backend& backend, const Table<Value>& part) {
    rows_.inputs = part.inputs;
    rows_.start.assign(1, 0);
    rows_.index.clear();
    rows_.value.clear();
    for_each_scan({0, part.n}, [&](Range rows) {
      if (!buffer_.collect(backend.isa(), part.rows(rows))) throw NotFinite();
      buffer_.append_to(rows_);
    });
    samples_.resize(part.n);
    std::iota(samples_.begin(), samples_.end(), 0u);
  }

  Table<Value> table_;
  bool sparse_;
  NonzeroBuffer<Real, Value> buffer_;
  SparseRows<Real> rows_;
  std::vector<std::uint32_t> samples_;  // 0 .. rows - 1: the batch has them all
  Batch<Real> batch_;
};

// The same for a sparse table. Its columns must be turned into rows first, of all observations at
// once; the readers of all threads share them.
template <class Real>
class SparseChunkReader : public Reader<Real> {
 public:
  explicit SparseChunkReader(const SparseTable& table)
      : source_(std::make_shared<Sparse<Real>>(sparse_source<Real>(table))) {}

  std::unique_ptr<Reader<Real>> copy() const override {
    return std::make_unique<SparseChunkReader>(*this);
  }
  std::size_t size() const override { return source_->size(); }

  const Batch<Real>& read(Backend& backend, Range rows) override {
    samples_.resize(rows.end - rows.begin);
    std::iota(samples_.begin(), samples_.end(), static_cast<std::uint32_t>(rows.begin));
    source_->gather(backend, samples_.data(), samples_.size(), batch_);
    return batch_;
  }

 private:
  std::shared_ptr<const Sparse<Real>> source_;
  std::vector<std::uint32_t> samples_;
  Batch<Real> batch_;
};

// The reader of a table, of whichever kind; the table's memory must outlive it.
template <class Real, class Value>
std::unique_ptr<Reader<Real>> make_reader(const Table<Value>& table) {
  return std::make_unique<ChunkReader<Real, Value>>(table);
}

template <class Real>
std::unique_ptr<Reader<Real>> make_reader(const SparseTable& table) {
  return std::make_unique<SparseChunkReader<Real>>(table);
}

// Calls f(own, thread, first, batch) for all observations in chunks, each thread on its own
// part of them: `own` is a backend of one thread, `first` the batch's first observation.
// `stop` is asked between chunks, by the calling thread only, because it may run R code; true ends
// the work, and then the result is false. What one thread throws ends the work of all.
//
// Threads do not share products here: rows do not depend on each other, so each thread takes
// whole chunks through all layers, without a barrier in between.
template <class Real, class F>
bool for_each_chunk(Backend& backend, const Reader<Real>& prototype,
                    const std::function<bool()>& stop, F f) {
  std::atomic<bool> stopped{false};
  backend.team().run([&](std::size_t thread) {
    try {
      Backend own(1, backend.isa());
      const std::unique_ptr<Reader<Real>> reader = prototype.copy();
      const Range mine = share_of(reader->size(), rows_per_chunk, thread, backend.threads());
      for (std::size_t first = mine.begin; first < mine.end; first += rows_per_chunk) {
        if (thread == 0 && stop()) stopped = true;
        if (stopped) return;
        const Range rows = {first, std::min(first + rows_per_chunk, mine.end)};
        f(own, thread, first, reader->read(own, rows));
      }
    } catch (...) {
      stopped = true;
      throw;
    }
  });
  return !stopped;
}

}  // namespace feedforward

#endif
