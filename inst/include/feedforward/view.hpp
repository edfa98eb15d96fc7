// Someone else's matrices, only to be read. Armadillo's own views need memory that may be
// written to, which the weights of an R model are not. product.hpp takes weights in this form.
#ifndef FEEDFORWARD_VIEW_HPP
#define FEEDFORWARD_VIEW_HPP

#include <cstddef>

#include "armadillo.hpp"

namespace feedforward {

// Column after column, as Armadillo has them; a vector has one column. Two words and a pointer, to
// be passed by value; the memory must outlive it.
template <class Real>
struct ConstMatrix {
  ConstMatrix(const Real* memory, std::size_t rows, std::size_t columns)
      : data(memory), n_rows(rows), n_cols(columns) {}
  ConstMatrix(const arma::Mat<Real>& X) : ConstMatrix(X.memptr(), X.n_rows, X.n_cols) {}

  std::size_t size() const { return n_rows * n_cols; }
  const Real* begin() const { return data; }
  const Real* end() const { return data + size(); }

  const Real* data;
  std::size_t n_rows, n_cols;
};

// The same as an argument of a function template, where a matrix of Armadillo may be given too:
// the compiler learns Real from the other arguments, and then converts.
template <class T>
struct NotDeduced {
  using type = T;
};
template <class Real>
using MatrixView = typename NotDeduced<ConstMatrix<Real>>::type;

}  // namespace feedforward

#endif
