// Inputs brought to a common scale while they are made ready for training.
#ifndef FEEDFORWARD_STANDARDIZE_HPP
#define FEEDFORWARD_STANDARDIZE_HPP

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "prepare.hpp"

namespace feedforward {

// An input x is used as (x - center) * factor. Both have one number per input, or none: then
// inputs are used as they are, or not shifted.
struct Standardization {
  std::vector<double> center, factor;
};

// Sparse inputs are only scaled: shifted, zeros would be none.
template <class Real>
void standardize(const Standardization& by, SparseRows<Real>& rows) {
  for (std::size_t k = 0; k < rows.index.size(); ++k) {
    rows.value[k] = static_cast<Real>(rows.value[k] * by.factor[rows.index[k]]);
  }
}

// columns (inputs, n)
inline void standardize(const Standardization& by, arma::mat& columns) {
  for (arma::uword i = 0; i < columns.n_cols; ++i) {
    double* x = columns.colptr(i);
    for (arma::uword j = 0; j < columns.n_rows; ++j) {
      x[j] = (by.center.empty() ? x[j] : x[j] - by.center[j]) * by.factor[j];
    }
  }
}

// Calls f with the source that trains fastest on the standardised table; throws NotFinite.
template <class Real, class Value, class F>
auto with_standardized(const Backend& backend, const Table<Value>& table, const Standardization& by,
                       F&& f) {
  if (by.factor.empty()) return with_source<Real>(backend, table, f);
  const Sample sample = take_sample(table);
  if (by.center.empty() && worth_sparse(sample, table.inputs)) {
    Sparse<Real> source = sparse_source<Real>(backend, table, sample);
    standardize(by, source.rows());
    return f(std::move(source));
  }
  // In double until they are small: single precision has no digits for what varies little
  // about a large mean.
  arma::mat columns;
  if (!fill_columns(backend, table, columns)) throw NotFinite();
  standardize(by, columns);
  if constexpr (std::is_same<Real, double>::value) {
    return f(Dense<Real>(std::move(columns)));
  } else {
    return f(Dense<Real>(arma::conv_to<arma::Mat<Real>>::from(columns)));
  }
}

template <class Real, class F>
auto with_standardized(const Backend&, const SparseTable& table, const Standardization& by, F&& f) {
  Sparse<Real> source = sparse_source<Real>(table);
  if (!by.factor.empty()) standardize(by, source.rows());
  return f(std::move(source));
}

}  // namespace feedforward

#endif
