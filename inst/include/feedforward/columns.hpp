// Tables of columns: numbers, and factors as the codes of their levels. A factor takes one code
// per observation, however many levels it has. Inputs of the network exist only for the
// observations of one batch.
#ifndef FEEDFORWARD_COLUMNS_HPP
#define FEEDFORWARD_COLUMNS_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "chunks.hpp"
#include "encoding.hpp"
#include "errors.hpp"
#include "moments.hpp"
#include "prepare.hpp"
#include "source.hpp"
#include "standardize.hpp"

namespace feedforward {

// One column in the memory of the caller, who owns it. Exactly one pointer is set.
struct Column {
  const double* numbers = nullptr;
  const int* whole = nullptr;  // numbers too, unless the encoding has levels: then codes from 1

  double number(std::size_t i) const {
    if (numbers) return numbers[i];
    // R's missing value of whole numbers.
    const bool missing = whole[i] == std::numeric_limits<int>::min();
    return missing ? std::numeric_limits<double>::quiet_NaN() : whole[i];
  }
};

// Columns of n observations and how to encode them.
struct ColumnTable {
  std::vector<Column> columns;
  std::shared_ptr<const Encoding> encoding;  // of as many columns
  std::size_t n, inputs;                     // inputs: encoding->inputs()
};

// The 0-based level of a code, or `levels` for code 0, which stands for a new level and encodes
// as zeros. Throws NotFinite for a missing value.
inline std::uint32_t checked_level(int code, std::size_t levels) {
  if (code == std::numeric_limits<int>::min()) throw NotFinite();
  if (code < 0 || static_cast<std::size_t>(code) > levels) {
    throw std::invalid_argument("a code is not between 0 and the number of levels");
  }
  return static_cast<std::uint32_t>(code == 0 ? levels : code - 1);
}

inline double checked_number(double x, const ColumnEncoding& encoding) {
  const bool allowed = std::isfinite(x) || (encoding.indicates_missing && std::isnan(x));
  if (!allowed) throw NotFinite();
  return x;
}

// The values of a table, observation after observation, as numbers and as 0-based levels. It is
// shared by all networks that learn from the table, each with an encoding of its own.
class ColumnStore {
 public:
  // Throws NotFinite.
  ColumnStore(Backend& backend, const ColumnTable& table) : n_(table.n) {
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      const bool codes = table.encoding->columns[j].levels > 0;
      place_.push_back(codes ? code_columns_++ : number_columns_++);
    }
    numbers_.resize(n_ * number_columns_);
    codes_.resize(n_ * code_columns_);
    const double values = static_cast<double>(n_) * static_cast<double>(place_.size());
    backend.divide(values, [&](std::size_t part, std::size_t parts) {
      for_each_scan(share_of(n_, rows_per_scan, part, parts), [&](Range rows) {
        for (std::size_t j = 0; j < place_.size(); ++j) fill(table, j, rows);
      });
    });
  }

  std::size_t size() const { return n_; }
  double number(std::size_t i, std::size_t j) const {
    return numbers_[i * number_columns_ + place_[j]];
  }
  std::uint32_t level(std::size_t i, std::size_t j) const {
    return codes_[i * code_columns_ + place_[j]];
  }

 private:
  void fill(const ColumnTable& table, std::size_t j, Range rows) {
    const Column& column = table.columns[j];
    const ColumnEncoding& encoding = table.encoding->columns[j];
    for (std::size_t i = rows.begin; i < rows.end; ++i) {
      if (encoding.levels > 0) {
        const std::uint32_t level = checked_level(column.whole[i], encoding.levels);
        codes_[i * code_columns_ + place_[j]] = level;
      } else {
        const double x = checked_number(column.number(i), encoding);
        numbers_[i * number_columns_ + place_[j]] = x;
      }
    }
  }

  std::size_t n_, number_columns_ = 0, code_columns_ = 0;
  std::vector<std::size_t> place_;    // of a table's column among the numbers or codes
  std::vector<double> numbers_;       // (number columns, n)
  std::vector<std::uint32_t> codes_;  // (code columns, n)
};

// The same interface for a table in the caller's memory, for passes that do not learn.
class ColumnView {
 public:
  explicit ColumnView(const ColumnTable& table) : table_(table) {}
  double number(std::size_t i, std::size_t j) const {
    return checked_number(table_.columns[j].number(i), table_.encoding->columns[j]);
  }
  std::uint32_t level(std::size_t i, std::size_t j) const {
    return checked_level(table_.columns[j].whole[i], table_.encoding->columns[j].levels);
  }

 private:
  const ColumnTable& table_;
};

// Encodes observations of a store or view into batches: all inputs, or only those that are not 0
// where these are few.
template <class Real>
class Encoder {
 public:
  explicit Encoder(std::shared_ptr<const Encoding> encoding)
      : encoding_(std::move(encoding)), inputs_(encoding_->inputs()) {
    const double nonzeros = static_cast<double>(encoding_->nonzeros());
    sparse_ = worth_sparse({1, nonzeros}, inputs_);
  }

  std::size_t inputs() const { return inputs_; }

  template <class Values>
  void encode(const Values& values, const std::uint32_t* samples, std::size_t m,
              Batch<Real>& batch) const {
    if (sparse_) {
      encode_sparse(values, samples, m, batch);
    } else {
      encode_dense(values, samples, m, dense_batch(batch, inputs_, m));
    }
  }

  // Throws TooLarge where an input of some observation does not fit into single precision.
  void check_range_of(const ColumnStore& store) const {
    if (sizeof(Real) == sizeof(double)) return;
    for (std::size_t i = 0; i < store.size(); ++i) {
      for_each_input(store, i, [](std::size_t, Real x) {
        if (!std::isfinite(x)) throw TooLarge();
      });
    }
  }

 private:
  // Calls put(input, value) for the inputs of observation i in rising order. Of levels, it names
  // only the one that is 1.
  template <class Values, class Put>
  void for_each_input(const Values& values, std::size_t i, Put&& put) const {
    std::size_t first = 0;
    for (std::size_t j = 0; j < encoding_->columns.size(); ++j) {
      const ColumnEncoding& column = encoding_->columns[j];
      if (column.levels > 0) {
        const std::size_t level = values.level(i, j);
        if (level < column.levels) put(first + level, Real(1));
      } else {
        encode_number<Real>(column, values.number(i, j),
                            [&](std::size_t k, Real x) { put(first + k, x); });
      }
      first += column.inputs();
    }
  }

  // to (inputs, m)
  template <class Values>
  void encode_dense(const Values& values, const std::uint32_t* samples, std::size_t m,
                    arma::Mat<Real>& to) const {
    to.zeros();
    for (std::size_t k = 0; k < m; ++k) {
      Real* inputs = to.colptr(k);
      for_each_input(values, samples[k], [=](std::size_t input, Real x) { inputs[input] = x; });
    }
  }

  template <class Values>
  void encode_sparse(const Values& values, const std::uint32_t* samples, std::size_t m,
                     Batch<Real>& batch) const {
    MadeRows<Real>& made = made_rows(batch);
    made.rows.inputs = inputs_;
    made.rows.start.assign(1, 0);
    made.rows.index.clear();
    made.rows.value.clear();
    for (std::size_t k = 0; k < m; ++k) {
      for_each_input(values, samples[k], [&](std::size_t input, Real x) {
        if (x == 0) return;
        made.rows.index.push_back(static_cast<std::uint32_t>(input));
        made.rows.value.push_back(x);
      });
      made.rows.start.push_back(made.rows.index.size());
    }
    use_made_rows(batch, m);
  }

  std::shared_ptr<const Encoding> encoding_;
  std::size_t inputs_;
  bool sparse_;
};

// A store for training, encoded batch by batch.
template <class Real>
class Encoded : public Source<Real> {
 public:
  // Throws TooLarge.
  Encoded(std::shared_ptr<const ColumnStore> store, std::shared_ptr<const Encoding> encoding)
      : store_(std::move(store)), encoder_(std::move(encoding)) {
    encoder_.check_range_of(*store_);
  }

  std::size_t inputs() const override { return encoder_.inputs(); }
  std::size_t size() const override { return store_->size(); }
  void gather(Backend&, const std::uint32_t* samples, std::size_t m,
              Batch<Real>& batch) const override {
    encoder_.encode(*store_, samples, m, batch);
  }

 private:
  std::shared_ptr<const ColumnStore> store_;
  Encoder<Real> encoder_;
};

// The encoding with the scaling of numbers given by input. Levels are used as they are.
inline std::shared_ptr<const Encoding> scaled_by(const ColumnTable& table,
                                                 const Standardization& by) {
  if (by.none()) return table.encoding;
  Encoding scaled = *table.encoding;
  std::size_t first = 0;
  for (ColumnEncoding& column : scaled.columns) {
    if (column.levels == 0) {
      column.center = by.shifts() ? by.center[first] : 0;
      column.factor = by.factor[first];
    }
    first += column.inputs();
  }
  return std::make_shared<const Encoding>(std::move(scaled));
}

// Throws NotFinite and TooLarge.
template <class Real>
std::unique_ptr<Source<Real>> make_source(Backend& backend, const ColumnTable& table,
                                          const Standardization& by) {
  return std::make_unique<Encoded<Real>>(std::make_shared<const ColumnStore>(backend, table),
                                         scaled_by(table, by));
}

// The rows of a table for prediction, encoded from the caller's memory.
template <class Real>
class ColumnReader : public Reader<Real> {
 public:
  explicit ColumnReader(const ColumnTable& table) : table_(table), encoder_(table.encoding) {}

  std::unique_ptr<Reader<Real>> copy() const override {
    return std::make_unique<ColumnReader>(table_);
  }
  std::size_t size() const override { return table_.n; }

  const Batch<Real>& read(Backend&, Range rows) override {
    samples_.resize(rows.end - rows.begin);
    std::iota(samples_.begin(), samples_.end(), static_cast<std::uint32_t>(rows.begin));
    encoder_.encode(ColumnView(table_), samples_.data(), samples_.size(), batch_);
    return batch_;
  }

 private:
  ColumnTable table_;
  Encoder<Real> encoder_;
  std::vector<std::uint32_t> samples_;
  Batch<Real> batch_;
};

template <class Real>
std::unique_ptr<Reader<Real>> make_reader(const ColumnTable& table) {
  return std::make_unique<ColumnReader<Real>>(table);
}

// The moments of numbers. Levels are not scaled: their mean counts as 0 and their deviation as 1.
inline Moments column_moments(const ColumnTable& table, const std::vector<double>& weights) {
  Moments moments;
  std::vector<double> values(table.n);
  for (std::size_t j = 0; j < table.columns.size(); ++j) {
    const std::size_t levels = table.encoding->columns[j].levels;
    if (levels > 0) {
      moments.mean.insert(moments.mean.end(), levels, 0);
      moments.sd.insert(moments.sd.end(), levels, 1);
      continue;
    }
    for (std::size_t i = 0; i < table.n; ++i) values[i] = table.columns[j].number(i);
    const Moments one =
        column_moments(Table<double>{values.data(), table.n, 1, table.n, 1}, weights);
    moments.mean.push_back(one.mean[0]);
    moments.sd.push_back(one.sd[0]);
  }
  return moments;
}

}  // namespace feedforward

#endif
