// The last place where R's types appear as data: R matrices (observations in rows) to and
// from the core's tables and batches. Exports that take a matrix go through visit_table(). A table
// is a view of R's memory; R's object must be protected as long as it lives.
#ifndef FEEDFORWARD_R_CONVERT_H
#define FEEDFORWARD_R_CONVERT_H

#include <RcppArmadillo.h>

#include <algorithm>
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

// An element that a list may lack; NULL where it does.
inline SEXP element_or_null(const Rcpp::List& list, const char* name) {
  return list.containsElementNamed(name) ? SEXP(list[name]) : R_NilValue;
}

inline std::vector<double> numbers_or_none(SEXP x) {
  return Rf_isNull(x) ? std::vector<double>() : Rcpp::as<std::vector<double>>(x);
}

// How each column is encoded: levels (0 for numbers), and NULL or list(center, scale, clips,
// knots, missing) with an element per column, of which those of levels are not used.
inline std::shared_ptr<const feedforward::Encoding> as_encoding(const Rcpp::IntegerVector& levels,
                                                                SEXP encoding) {
  auto result = std::make_shared<feedforward::Encoding>();
  result->columns.resize(levels.size());
  for (R_xlen_t j = 0; j < levels.size(); ++j) {
    result->columns[j].levels = static_cast<std::size_t>(levels[j]);
  }
  if (Rf_isNull(encoding)) return result;
  const Rcpp::List list(encoding), knots = list["knots"];
  const Rcpp::NumericVector center = list["center"], scale = list["scale"];
  const Rcpp::LogicalVector missing = list["missing"];
  const R_xlen_t n = levels.size();
  if (knots.size() != n || center.size() != n || scale.size() != n || missing.size() != n) {
    Rcpp::stop("there must be an encoding for each column");
  }
  for (R_xlen_t j = 0; j < n; ++j) {
    feedforward::ColumnEncoding& column = result->columns[j];
    if (column.levels > 0) continue;
    column.center = center[j];
    column.factor = 1 / scale[j];
    column.clips = Rcpp::as<bool>(list["clips"]);
    column.knots = numbers_or_none(knots[j]);
    column.indicates_missing = missing[j];
  }
  return result;
}

// Makes R write out vectors that it has not written out yet (1:n), so that none needs memory of R
// later, when threads are there.
inline void write_out(SEXP data) {
  for (R_xlen_t k = 0; k < Rf_xlength(data); ++k) {
    const SEXP part = VECTOR_ELT(data, k);
    if (TYPEOF(part) == VECSXP) {
      write_out(part);
    } else if (Rf_isNumeric(part) || Rf_isFactor(part) || Rf_isLogical(part)) {
      as_column(part);
    }
  }
}

// A list(columns, levels, encoding) as R's new_columns() makes it. Columns with levels are factors.
inline feedforward::ColumnTable as_column_table(SEXP x) {
  const Rcpp::List list(x), columns = list["columns"];
  const Rcpp::IntegerVector levels = list["levels"];
  feedforward::ColumnTable table;
  table.n = columns.size() == 0 ? 0 : Rf_xlength(columns[0]);
  for (R_xlen_t j = 0; j < columns.size(); ++j) {
    const SEXP column = columns[j];
    if (levels[j] > 0 && TYPEOF(column) != INTSXP) Rcpp::stop("a factor must be a vector of codes");
    if (static_cast<std::size_t>(Rf_xlength(column)) != table.n)
      Rcpp::stop("all columns must have the same length");
    table.columns.push_back(as_column(column));
  }
  table.encoding = as_encoding(levels, element_or_null(list, "encoding"));
  table.inputs = table.encoding->inputs();
  return table;
}

// Whether all columns of a list as as_column_table() reads it are double and used as they are.
inline bool has_only_doubles(SEXP x) {
  const Rcpp::List list(x), columns = list["columns"];
  return Rf_isNull(element_or_null(list, "encoding")) && columns.size() > 0 &&
         std::all_of(columns.begin(), columns.end(),
                     [](SEXP column) { return TYPEOF(column) == REALSXP; });
}

// The columns of such a list as one table.
inline feedforward::Table<double> as_table_of_doubles(SEXP x) {
  const feedforward::ColumnTable table = as_column_table(x);
  std::vector<const double*> columns;
  for (const feedforward::Column& column : table.columns) columns.push_back(column.numbers);
  return feedforward::table_of_columns(std::move(columns), table.n);
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
      return has_only_doubles(x) ? f(as_table_of_doubles(x)) : f(as_column_table(x));
    default:
      Rcpp::stop("expected a numeric, raw or sparse matrix, got R type %s",
                 Rf_type2char(TYPEOF(x)));
  }
}

// Whether x describes rows of a file, for source_of_file() in r_row_file.h.
inline bool is_row_file(SEXP x) { return Rf_inherits(x, "feedforward_row_file"); }

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
void write_rows(const arma::Mat<Real>& columns, std::size_t first, double* values, std::size_t n) {
  values += first;
  for (std::size_t j = 0; j < columns.n_rows; ++j) {
    for (std::size_t i = 0; i < columns.n_cols; ++i) {
      values[j * n + i] = columns[i * columns.n_rows + j];
    }
  }
}

template <class Real>
void write_rows(const arma::Mat<Real>& columns, std::size_t first, Rcpp::NumericMatrix& x) {
  write_rows(columns, first, x.begin(), x.nrow());
}

#endif
