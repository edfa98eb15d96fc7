// Observations in their own order, some rows at a time: for passes that do not learn.
#ifndef FEEDFORWARD_CHUNKS_HPP
#define FEEDFORWARD_CHUNKS_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

#include "prepare.hpp"
#include "table.hpp"

namespace feedforward {

// Enough rows to keep the kernels busy, few enough to stay in the cache.
constexpr std::size_t rows_per_chunk = 128;

// Rows of a table as batches, all dense or all sparse, whichever is less work. Each thread
// has its own reader, because the memory of a batch is used again.
template <class Real, class Value>
class ChunkReader {
 public:
  explicit ChunkReader(const Table<Value>& table)
      : table_(table),
        sparse_(worth_sparse(take_sample(table), table.inputs)),
        buffer_(Scale<Real, Value>(table.divisor)) {}

  std::size_t size() const { return table_.n; }

  // Calls f(batch) with the observations of `rows`; throws NotFinite.
  template <class F>
  void read(const Backend& backend, Range rows, F&& f) {
    const Table<Value> part = table_.rows(rows);
    if (sparse_) {
      read_sparse(backend, part);
      f(SparseBatch<Real>{&rows_, samples_.data(), part.n});
    } else {
      dense_.set_size(part.inputs, part.n);
      if (!copy_rows(backend.isa(), part, dense_.memptr())) throw NotFinite();
      f(dense_);
    }
  }

 private:
  void read_sparse(const Backend& backend, const Table<Value>& part) {
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
  arma::Mat<Real> dense_;
  NonzeroBuffer<Real, Value> buffer_;
  SparseRows<Real> rows_;
  std::vector<std::uint32_t> samples_;
};

// The same for a sparse table, which must be in rows first.
template <class Real>
class SparseChunkReader {
 public:
  explicit SparseChunkReader(const Sparse<Real>& source) : source_(source) {}

  std::size_t size() const { return source_.size(); }

  template <class F>
  void read(const Backend&, Range rows, F&& f) {
    samples_.resize(rows.end - rows.begin);
    std::iota(samples_.begin(), samples_.end(), static_cast<std::uint32_t>(rows.begin));
    source_.gather(samples_.data(), samples_.size(), batch_);
    f(batch_);
  }

 private:
  const Sparse<Real>& source_;
  SparseBatch<Real> batch_;
  std::vector<std::uint32_t> samples_;
};

// Calls f(own, thread, first, batch) for all observations in chunks, each thread on its own
// part of them: `own` is a backend of one thread, `first` the batch's first observation.
// `stop` is asked between chunks, by the calling thread only; true ends the work: then the
// result is false. What one thread throws ends the work of all.
template <class Reader, class F>
bool for_each_chunk(const Backend& backend, const Reader& prototype,
                    const std::function<bool()>& stop, F f) {
  std::atomic<bool> stopped{false};
  backend.team().run([&](std::size_t thread) {
    try {
      const Backend own(1, backend.isa());
      Reader reader(prototype);
      const Range mine = share_of(reader.size(), rows_per_chunk, thread, backend.threads());
      for (std::size_t first = mine.begin; first < mine.end; first += rows_per_chunk) {
        if (thread == 0 && stop()) stopped = true;
        if (stopped) return;
        const Range rows = {first, std::min(first + rows_per_chunk, mine.end)};
        reader.read(own, rows, [&](const auto& batch) { f(own, thread, first, batch); });
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
