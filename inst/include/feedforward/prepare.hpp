// Sources made of whole tables, for training. make_source() at the end is the entrance: it chooses
// the form in which training is fastest, and the functions above it read the table into that
// form, in parallel. Passes that do not learn read a few rows at a time instead, by chunks.hpp.
// It must not know networks.
#ifndef FEEDFORWARD_PREPARE_HPP
#define FEEDFORWARD_PREPARE_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "huge_pages.hpp"
#include "kernels/backend.hpp"
#include "source.hpp"
#include "standardize.hpp"
#include "table.hpp"

namespace feedforward {

// All values as columns (inputs, n), each as scale(value, input) says. False if one is not
// finite. Threads own rows of the table, in whole scans, so each writes a piece of its own.
template <class Real, class Value, class Scaling>
bool fill_columns(Backend& backend, const Table<Value>& table, const Scaling& scale,
                  arma::Mat<Real>& columns) {
  columns.set_size(table.inputs, table.n);
  prefer_huge_pages(columns.memptr(), columns.n_elem);
  std::atomic<bool> finite{true};
  const double work = static_cast<double>(columns.n_elem);
  backend.divide_range(work, table.n, rows_per_scan, [&](Range rows, std::size_t) {
    Real* first = columns.memptr() + rows.begin * table.inputs;
    if (!copy_rows(backend.isa(), table.rows(rows), scale, first)) finite = false;
  });
  return finite;
}

// The table as columns (inputs, n), whether finite or not: for targets and for the functions of
// the script, which R has checked.
template <class Real, class Value>
arma::Mat<Real> dense_columns(Backend& backend, const Table<Value>& table) {
  arma::Mat<Real> columns;
  fill_columns(backend, table, Scale<Real, Value>(table.divisor), columns);
  return columns;
}

// Lets threads that work side by side do something in the order of their work. Turns are counted
// from 0, and the turns of one thread must rise, or all would wait for ever.
class Turns {
 public:
  // Calls f when all earlier turns are over; not if one of them failed. The wait is short, because
  // threads start together and have equal work, so it spins first.
  template <class F>
  void take(std::size_t turn, F&& f) {
    for (std::size_t waited = 0; turn_.load() != turn; ++waited) {
      if (failed_) return;
      if (waited < 1000)
        pause_briefly();
      else
        std::this_thread::yield();
    }
    f();
    turn_.store(turn + 1);
  }

  // To be called by a thread that will not take its turn; the others then give up theirs.
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  std::atomic<std::size_t> turn_{0};
  std::atomic<bool> failed_{false};
};

// No rows yet, and memory for as many as the table has: for an eighth more non-zeros than
// the sample lets expect, because what is never touched costs nothing. A table that has even more
// makes the vectors grow, which copies them.
template <class Real, class Value>
SparseRows<Real> expected_rows(const Table<Value>& table, const Sample& sample) {
  const double cells = static_cast<double>(table.n) * static_cast<double>(table.inputs);
  const double share = table.n > 0 ? sample.nonzeros / sample.rows : 0;
  const double expected = std::min(cells, 1.125 * share * static_cast<double>(table.n));
  SparseRows<Real> rows;
  rows.inputs = table.inputs;
  rows.index.reserve(static_cast<std::size_t>(expected));
  rows.value.reserve(static_cast<std::size_t>(expected));
  prefer_huge_pages(rows.index.data(), rows.index.capacity());
  prefer_huge_pages(rows.value.data(), rows.value.capacity());
  rows.start.reserve(table.n + 1);
  rows.start.push_back(0);
  return rows;
}

// The table is read once. Threads take scans in turn, and append in that order what each
// has collected on its own: so the rows are the same for any number of threads, and no thread
// holds more than one scan. Throws NotFinite and TooLarge.
template <class Real, class Value, class Scaling>
Sparse<Real> sparse_source(Backend& backend, const Table<Value>& table, const Sample& sample,
                           const Scaling& scale) {
  SparseRows<Real> rows = expected_rows<Real>(table, sample);
  Turns turns;
  const std::size_t scans = (table.n + rows_per_scan - 1) / rows_per_scan;
  const double cells = static_cast<double>(table.n) * static_cast<double>(table.inputs);
  backend.divide(cells, [&](std::size_t part, std::size_t parts) {
    try {
      // One per thread and call; it grows to a scan of this table.
      NonzeroBuffer<Real, Value, Scaling> buffer(scale);
      for (std::size_t scan = part; scan < scans && !turns.failed(); scan += parts) {
        const std::size_t first = scan * rows_per_scan;
        const Range range = {first, std::min(first + rows_per_scan, table.n)};
        if (!buffer.collect(backend.isa(), table.rows(range))) throw NotFinite();
        turns.take(scan, [&] { buffer.append_to(rows); });
      }
    } catch (...) {
      turns.fail();
      throw;
    }
  });
  check_range(rows.value.data(), rows.value.size());
  return Sparse<Real>(std::move(rows));
}

// From columns to rows, by a counting sort: the rows' lengths are counted, summed to where each
// begins, and every value is put at the next place of its row. Inputs are read in rising order,
// so they rise within each row. `by` may scale, but not shift. Throws NotFinite and TooLarge.
template <class Real>
Sparse<Real> sparse_source(const SparseTable& table, const Standardization& by = {}) {
  SparseRows<Real> rows;
  rows.inputs = table.inputs;
  const std::size_t nonzeros = table.start[table.inputs];
  const auto finite = [](double value) { return is_finite(value); };
  if (!std::all_of(table.values, table.values + nonzeros, finite)) throw NotFinite();
  rows.index.resize(nonzeros);
  rows.value.resize(nonzeros);
  rows.start.assign(table.n + 1, 0);
  for (std::size_t k = 0; k < nonzeros; ++k) ++rows.start[table.observation[k] + 1];
  std::partial_sum(rows.start.begin(), rows.start.end(), rows.start.begin());
  // Where the next non-zero of each observation goes.
  std::vector<std::size_t> next(rows.start.begin(), rows.start.end() - 1);
  for (std::size_t j = 0; j < table.inputs; ++j) {
    for (int k = table.start[j]; k < table.start[j + 1]; ++k) {
      const std::size_t place = next[table.observation[k]]++;
      rows.index[place] = static_cast<std::uint32_t>(j);
      const double value = table.values[k];
      rows.value[place] = static_cast<Real>(by.none() ? value : by(value, j));
    }
  }
  check_range(rows.value.data(), rows.value.size());
  return Sparse<Real>(std::move(rows));
}

// All values of a dense table. Throws NotFinite and TooLarge.
template <class Real, class Value, class Scaling>
Dense<Real> dense_source(Backend& backend, const Table<Value>& table, const Scaling& scale) {
  arma::Mat<Real> columns;
  if (!fill_columns(backend, table, scale, columns)) throw NotFinite();
  check_range(columns.memptr(), columns.n_elem);
  return Dense<Real>(std::move(columns));
}

// Once shifted, zeros are no longer zeros, so all values are kept. Throws NotFinite and TooLarge.
template <class Real>
Dense<Real> dense_source(const SparseTable& table, const Standardization& by) {
  arma::Mat<Real> columns(table.inputs, table.n);
  for (std::size_t j = 0; j < table.inputs; ++j) {
    columns.row(j).fill(static_cast<Real>(by(0, j)));
    for (int k = table.start[j]; k < table.start[j + 1]; ++k) {
      if (!is_finite(table.values[k])) throw NotFinite();
      columns(j, table.observation[k]) = static_cast<Real>(by(table.values[k], j));
    }
  }
  check_range(columns.memptr(), columns.n_elem);
  return Dense<Real>(std::move(columns));
}

// Moves a source to the heap, so that sources of different classes can be returned alike.
template <class Source>
std::unique_ptr<Source> as_source(Source source) {
  return std::make_unique<Source>(std::move(source));
}

// The source that trains fastest on the standardized table: sparse if most values are 0 and stay
// so, bytes if they may stay bytes, else dense. The choice follows from the table alone, so a
// model can be trained again to the same bits. Throws NotFinite and TooLarge.
template <class Real, class Value>
std::unique_ptr<Source<Real>> make_source(Backend& backend, const Table<Value>& table,
                                          const Standardization& by) {
  const Sample sample = take_sample(table);
  // Shifting turns zeros into other numbers.
  const bool sparse = !by.shifts() && worth_sparse(sample, table.inputs);
  const auto made = [&](const auto& scale) -> std::unique_ptr<Source<Real>> {
    if (sparse) return as_source(sparse_source<Real>(backend, table, sample, scale));
    return as_source(dense_source<Real>(backend, table, scale));
  };
  if (!by.none()) return made(StandardScale<Real>(by, table.divisor));
  if constexpr (std::is_same<Value, unsigned char>::value) {
    if (!sparse) {
      // Copied as they are, in the core's order; Bytes divides them batch by batch.
      Table<Value> bytes = table;
      bytes.divisor = 1;
      return as_source(Bytes<Real>(dense_columns<unsigned char>(backend, bytes), table.divisor));
    }
  }
  return made(Scale<Real, Value>(table.divisor));
}

// A table that R keeps sparse stays so even where the dense kernels were faster: as columns it
// might not fit into memory.
template <class Real>
std::unique_ptr<Source<Real>> make_source(Backend&, const SparseTable& table,
                                          const Standardization& by) {
  if (by.shifts()) return as_source(dense_source<Real>(table, by));
  return as_source(sparse_source<Real>(table, by));
}

}  // namespace feedforward

#endif
