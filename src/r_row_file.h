// Rows of files that the core reads without R. R describes them in R/stream-read.R.
#ifndef FEEDFORWARD_R_ROW_FILE_H
#define FEEDFORWARD_R_ROW_FILE_H

#include <RcppArmadillo.h>
#include <feedforward/row_file.hpp>

#include <memory>
#include <string>
#include <vector>

// x: list(path, offset, type, inputs, first, last), where `type` names the values as NumPy does,
// and first and last are the ranges of rows, counted from 1. before: a source that is no longer
// needed, or a null pointer.
template <class Real>
std::unique_ptr<feedforward::Source<Real>> source_of_file(const Rcpp::List& x,
                                                          const feedforward::Standardization& by,
                                                          feedforward::Source<Real>* before) {
  const feedforward::RowFile file = {Rcpp::as<std::string>(x["path"]),
                                     static_cast<std::uint64_t>(Rcpp::as<double>(x["offset"])),
                                     Rcpp::as<std::size_t>(x["inputs"])};
  const Rcpp::NumericVector first = x["first"], last = x["last"];
  std::vector<feedforward::Range> ranges;
  for (R_xlen_t k = 0; k < first.size(); ++k) {
    ranges.push_back({static_cast<std::size_t>(first[k]) - 1, static_cast<std::size_t>(last[k])});
  }
  const auto dense = dynamic_cast<feedforward::Dense<Real>*>(before);
  arma::Mat<Real> memory;
  if (dense) memory = dense->take_columns();
  const std::string type = Rcpp::as<std::string>(x["type"]);
  const auto rows = [&](auto value) -> std::unique_ptr<feedforward::Source<Real>> {
    return std::make_unique<feedforward::FileRows<Real, decltype(value)>>(file, ranges, by,
                                                                          std::move(memory));
  };
  if (type == "f8") return rows(double());
  if (type == "f4") return rows(float());
  if (type == "u1") return rows(static_cast<unsigned char>(0));
  Rcpp::stop("the core cannot read files of type %s", type);
}

#endif
