// Rows of files that the core maps into memory: R's description of them as a source of the core. R
// makes it in R/stream-read.R.
#ifndef FEEDFORWARD_R_MAPPED_H
#define FEEDFORWARD_R_MAPPED_H

#include <RcppArmadillo.h>
#include <feedforward/mapped.hpp>

#include <memory>
#include <string>
#include <vector>

// x: list(path, offset, type, inputs, first, last), where `type` names the values as numpy does,
// and first and last are the ranges of rows, counted from 1.
template <class Real>
std::unique_ptr<feedforward::Source<Real>> mapped_source(const Rcpp::List& x,
                                                         const feedforward::Standardization& by) {
  using feedforward::MappedRows;
  const feedforward::RowFile file = {Rcpp::as<std::string>(x["path"]),
                                     static_cast<std::uint64_t>(Rcpp::as<double>(x["offset"])),
                                     Rcpp::as<std::size_t>(x["inputs"])};
  const Rcpp::NumericVector first = x["first"], last = x["last"];
  std::vector<feedforward::Range> ranges;
  for (R_xlen_t k = 0; k < first.size(); ++k) {
    ranges.push_back({static_cast<std::size_t>(first[k]) - 1, static_cast<std::size_t>(last[k])});
  }
  const std::string type = Rcpp::as<std::string>(x["type"]);
  if (type == "f8") return std::make_unique<MappedRows<Real, double>>(file, ranges, by);
  if (type == "f4") return std::make_unique<MappedRows<Real, float>>(file, ranges, by);
  if (type == "u1") return std::make_unique<MappedRows<Real, unsigned char>>(file, ranges, by);
  Rcpp::stop("files of type %s cannot be mapped", type);
}

#endif
