// The last place where R's types appear as data: R matrices (observations in rows) to and
// from the core's tables and batches. Exports that take a matrix go through visit_table(). A table
// is a view of R's memory; R's object must be protected as long as it lives.
#ifndef FEEDFORWARD_R_CONVERT_H
#define FEEDFORWARD_R_CONVERT_H

#include <RcppArmadillo.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "core.h"

// An R matrix of these values; each stands for value / divisor.
template <class Value>
feedforward::Table<Value> as_table(const Value* values, SEXP x, double divisor = 1) {
  const std::size_t n = Rf_nrows(x), inputs = Rf_ncols(x);
  return {values, n, inputs, n, divisor};
}

// A Matrix::dgCMatrix, by its slots.
inline feedforward::SparseTable as_sparse_table(SEXP x) {
  const int* shape = INTEGER_RO(R_do_slot(x, Rf_install("Dim")));
  return {INTEGER_RO(R_do_slot(x, Rf_install("p"))), INTEGER_RO(R_do_slot(x, Rf_install("i"))),
          REAL_RO(R_do_slot(x, Rf_install("x"))), static_cast<std::size_t>(shape[0]),
          static_cast<std::size_t>(shape[1])};
}

// A vector of double, int or logical values.
inline feedforward::Column as_column(SEXP x) {
  feedforward::Column column;
  switch (TYPEOF(x)) {
    case REALSXP:
      column.numbers = REAL_RO(x);
      return column;
    case INTSXP:
      column.whole = INTEGER_RO(x);
      return column;
    case LGLSXP:
      column.whole = LOGICAL_RO(x);
      return column;
    default:
      Rcpp::stop("expected a numeric column, got R type %s", Rf_type2char(TYPEOF(x)));
  }
}

// A list(columns, levels, ...) as R's new_columns() makes it. Columns with levels are factors.
inline feedforward::ColumnTable as_column_table(SEXP x) {
  const Rcpp::List list(x), columns = list["columns"];
  const Rcpp::IntegerVector levels = list["levels"];
  feedforward::ColumnTable table;
  auto encoding = std::make_shared<feedforward::Encoding>();
  table.n = columns.size() == 0 ? 0 : Rf_xlength(columns[0]);
  for (R_xlen_t j = 0; j < columns.size(); ++j) {
    const SEXP column = columns[j];
    if (levels[j] > 0 && TYPEOF(column) != INTSXP) Rcpp::stop("expected codes of levels");
    if (static_cast<std::size_t>(Rf_xlength(column)) != table.n) Rcpp::stop("columns of one length");
    table.columns.push_back(as_column(column));
    feedforward::ColumnEncoding one;
    one.levels = static_cast<std::size_t>(levels[j]);
    encoding->columns.push_back(std::move(one));
  }
  table.inputs = encoding->inputs();
  table.encoding = std::move(encoding);
  return table;
}

// Calls f with the table that x is: a matrix of double, of int (R's logical values are int
// too), of bytes that stand for byte / 255, a sparse matrix, or a list of columns.
template <class F>
auto visit_table(SEXP x, F f) {
  switch (TYPEOF(x)) {
    case REALSXP:
      return f(as_table<double>(REAL_RO(x), x));
    case INTSXP:
      return f(as_table<int>(INTEGER_RO(x), x));
    case LGLSXP:
      return f(as_table<int>(LOGICAL_RO(x), x));
    case RAWSXP:
      return f(as_table<unsigned char>(RAW_RO(x), x, 255));
    case S4SXP:
      return f(as_sparse_table(x));
    case VECSXP:
      return f(as_column_table(x));
    default:
      Rcpp::stop("expected a numeric, raw or sparse matrix, got R type %s",
                 Rf_type2char(TYPEOF(x)));
  }
}

// An element of a list; NULL if the list has none of that name.
inline SEXP element_or_null(const Rcpp::List& list, const char* name) {
  return list.containsElementNamed(name) ? SEXP(list[name]) : R_NilValue;
}

// A numeric vector of R; empty for NULL.
inline std::vector<double> numbers_or_none(SEXP x) {
  return Rf_isNull(x) ? std::vector<double>() : Rcpp::as<std::vector<double>>(x);
}

// R's 1-based rows as 0-based ones; all n rows in their order if R gives none.
inline std::vector<std::uint32_t> as_rows(SEXP rows, std::size_t n) {
  std::vector<std::uint32_t> result(Rf_isNull(rows) ? n : Rf_xlength(rows));
  std::iota(result.begin(), result.end(), 0u);
  for (std::uint32_t& row : result) {
    if (!Rf_isNull(rows)) row = static_cast<std::uint32_t>(INTEGER_RO(rows)[row] - 1);
  }
  return result;
}

// Columns (outputs, m) become rows first .. first + m of an R matrix (n x outputs). Threads can
// write at once, as each has rows of its own.
template <class Real>
void write_rows(const arma::Mat<Real>& columns, std::size_t first, Rcpp::NumericMatrix& x) {
  const std::size_t n = x.nrow();
  double* values = x.begin() + first;
  for (std::size_t j = 0; j < columns.n_rows; ++j) {
    for (std::size_t i = 0; i < columns.n_cols; ++i) {
      values[j * n + i] = columns[i * columns.n_rows + j];
    }
  }
}

#endif
