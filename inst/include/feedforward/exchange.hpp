// What becomes of the inputs of observations if one column of a table takes the values of other
// observations. The table stays as it is: only the differences are computed, and only of the
// column's own inputs. It must not know why values are exchanged.
//
// To add a kind of table: derive from Exchange, and overload make_exchange().
#ifndef FEEDFORWARD_EXCHANGE_HPP
#define FEEDFORWARD_EXCHANGE_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "encoding.hpp"
#include "source.hpp"
#include "table.hpp"

namespace feedforward {

// One column of a table at a time. Each thread has its own, as look_at() may need memory.
template <class Real>
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual std::unique_ptr<Exchange> copy() const = 0;
  virtual std::size_t columns() const = 0;
  // How many values look_at() touches, about.
  virtual std::size_t cost_of_look() const = 0;
  // Chooses the column that the functions below are about.
  virtual void look_at(std::size_t column) = 0;
  // Appends those of the observations first .. first + m - 1 to `changed` whose value differs from
  // the value of their partner. partners (m), counted from 1 as in R.
  virtual void find_changed(std::size_t first, std::size_t m, const int* partners,
                            std::vector<std::uint32_t>& changed) const = 0;
  // Makes row i of `changes` the inputs of the partner of observation which[i] less its own, of
  // those that the column becomes. partners (n).
  virtual void find_changes(const std::uint32_t* which, std::size_t m, const int* partners,
                            SparseRows<Real>& changes) const = 0;
};

// What all kinds of tables share. `Values` has the members columns(), cost_of_look(),
// look_at(column), and
// - same(i, k): whether observations i and k have the same value,
// - change(i, k, put): calls put(input, difference) for inputs that change from i to k.
template <class Real, class Values>
class ExchangeOf : public Exchange<Real> {
 public:
  explicit ExchangeOf(Values values) : values_(std::move(values)) {}

  std::unique_ptr<Exchange<Real>> copy() const override {
    return std::make_unique<ExchangeOf>(*this);
  }
  std::size_t columns() const override { return values_.columns(); }
  std::size_t cost_of_look() const override { return values_.cost_of_look(); }
  void look_at(std::size_t column) override { values_.look_at(column); }

  void find_changed(std::size_t first, std::size_t m, const int* partners,
                    std::vector<std::uint32_t>& changed) const override {
    const std::size_t before = changed.size();
    changed.resize(before + m);
    std::uint32_t* to = changed.data() + before;
    std::size_t count = 0;
    // Without a branch, because whether a value changes cannot be predicted.
    for (std::size_t i = 0; i < m; ++i) {
      const std::size_t partner = static_cast<std::size_t>(partners[i]) - 1;
      to[count] = static_cast<std::uint32_t>(first + i);
      count += !values_.same(first + i, partner);
    }
    changed.resize(before + count);
  }

  void find_changes(const std::uint32_t* which, std::size_t m, const int* partners,
                    SparseRows<Real>& changes) const override {
    changes.start.assign(1, 0);
    changes.index.clear();
    changes.value.clear();
    for (std::size_t i = 0; i < m; ++i) {
      const std::size_t partner = static_cast<std::size_t>(partners[which[i]]) - 1;
      values_.change(which[i], partner, [&](std::size_t input, Real difference) {
        changes.index.push_back(static_cast<std::uint32_t>(input));
        changes.value.push_back(difference);
      });
      changes.start.push_back(changes.index.size());
    }
  }

 private:
  Values values_;
};

// A column of a matrix, or of a data frame of numbers, is one input.
template <class Real, class Value>
class TableValues {
 public:
  explicit TableValues(const Table<Value>& table) : table_(table), scale_(table.divisor) {}

  std::size_t columns() const { return table_.inputs; }
  std::size_t cost_of_look() const { return 1; }
  void look_at(std::size_t column) {
    column_ = column;
    values_ = table_.column(column);
  }
  bool same(std::size_t i, std::size_t k) const { return values_[i] == values_[k]; }
  template <class Put>
  void change(std::size_t i, std::size_t k, Put&& put) const {
    put(column_, scale_(values_[k], column_) - scale_(values_[i], column_));
  }

 private:
  Table<Value> table_;
  Scale<Real, Value> scale_;
  std::size_t column_ = 0;
  const Value* values_ = nullptr;
};

// A sparse column is written out for as long as it is looked at: to find single values in it would
// take longer.
template <class Real>
class SparseTableValues {
 public:
  explicit SparseTableValues(const SparseTable& table) : table_(table), values_(table.n, 0) {}

  std::size_t columns() const { return table_.inputs; }
  // The old column is cleared, and the new one is written.
  std::size_t cost_of_look() const {
    return 2 * static_cast<std::size_t>(table_.start[table_.inputs]) / table_.inputs;
  }
  void look_at(std::size_t column) {
    table_.for_each_stored(column_, [this](std::size_t i, double) { values_[i] = 0; });
    table_.for_each_stored(column, [this](std::size_t i, double x) { values_[i] = x; });
    column_ = column;
  }
  bool same(std::size_t i, std::size_t k) const { return values_[i] == values_[k]; }
  template <class Put>
  void change(std::size_t i, std::size_t k, Put&& put) const {
    put(column_, static_cast<Real>(values_[k]) - static_cast<Real>(values_[i]));
  }

 private:
  SparseTable table_;
  std::vector<double> values_;  // (n)
  std::size_t column_ = 0;
};

// A column of numbers and levels is as many inputs as its encoding says.
template <class Real>
class ColumnTableValues {
 public:
  explicit ColumnTableValues(const ColumnTable& table) : table_(table) {
    for (const ColumnEncoding& column : table.encoding->columns) {
      first_input_.push_back(inputs_);
      inputs_ += column.inputs();
    }
  }

  std::size_t columns() const { return table_.columns.size(); }
  std::size_t cost_of_look() const { return 1; }
  void look_at(std::size_t column) {
    column_ = &table_.columns[column];
    encoding_ = &table_.encoding->columns[column];
    first_ = first_input_[column];
    before_.resize(encoding_->inputs());
  }
  bool same(std::size_t i, std::size_t k) const {
    if (column_->whole) return column_->whole[i] == column_->whole[k];
    const double a = column_->numbers[i], b = column_->numbers[k];
    return a == b || (std::isnan(a) && std::isnan(b));
  }
  template <class Put>
  void change(std::size_t i, std::size_t k, Put&& put) const {
    encoding_->levels > 0 ? change_level(i, k, put) : change_number(i, k, put);
  }

 private:
  // A new level has no input.
  template <class Put>
  void change_level(std::size_t i, std::size_t k, Put&& put) const {
    const std::size_t levels = encoding_->levels;
    const std::size_t from = checked_level(column_->whole[i], levels);
    const std::size_t to = checked_level(column_->whole[k], levels);
    if (from < levels) put(first_ + from, Real(-1));
    if (to < levels) put(first_ + to, Real(1));
  }

  template <class Put>
  void change_number(std::size_t i, std::size_t k, Put&& put) const {
    const double from = checked_number(column_->number(i), *encoding_);
    const double to = checked_number(column_->number(k), *encoding_);
    encode_number<Real>(*encoding_, from, [&](std::size_t input, Real x) { before_[input] = x; });
    encode_number<Real>(*encoding_, to, [&](std::size_t input, Real x) {
      if (x != before_[input]) put(first_ + input, x - before_[input]);
    });
  }

  ColumnTable table_;
  std::vector<std::size_t> first_input_;  // (columns)
  std::size_t inputs_ = 0;
  const Column* column_ = nullptr;
  const ColumnEncoding* encoding_ = nullptr;
  std::size_t first_ = 0;
  mutable std::vector<Real> before_;  // (inputs of the column)
};

// The table's memory must outlive it.
template <class Real, class Value>
std::unique_ptr<Exchange<Real>> make_exchange(const Table<Value>& table) {
  using Values = TableValues<Real, Value>;
  return std::make_unique<ExchangeOf<Real, Values>>(Values(table));
}

template <class Real>
std::unique_ptr<Exchange<Real>> make_exchange(const SparseTable& table) {
  using Values = SparseTableValues<Real>;
  return std::make_unique<ExchangeOf<Real, Values>>(Values(table));
}

template <class Real>
std::unique_ptr<Exchange<Real>> make_exchange(const ColumnTable& table) {
  using Values = ColumnTableValues<Real>;
  return std::make_unique<ExchangeOf<Real, Values>>(Values(table));
}

}  // namespace feedforward

#endif
