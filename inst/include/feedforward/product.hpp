// THE SEAM: every product of matrices in a network, forward and backward, dense and sparse.
//
// W and dW are (units, inputs), A is (inputs, m), Z and dZ are (units, m): one column per
// observation. No two arguments may overlap. Results do not depend on the number of threads: each
// element is summed by one thread, in an order that follows from the shapes.
//
// network.hpp calls these functions; they choose among the kernels by the shapes at hand. To bring
// in another library (a BLAS, an accelerator), this is the file to change.
#ifndef FEEDFORWARD_PRODUCT_HPP
#define FEEDFORWARD_PRODUCT_HPP

#include <cstddef>
#include <cstdint>

#include "armadillo.hpp"
#include "kernels/backend.hpp"
#include "kernels/changes.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/dense.hpp"
#include "kernels/dot.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/sparse.hpp"
#include "kernels/sparse_gradient.hpp"
#include "source.hpp"
#include "view.hpp"

namespace feedforward {

// A column-major matrix as it is, and transposed without moving anything.
template <class Real>
Strided<const Real> as_is(MatrixView<Real> X) {
  return {X.data, 1, X.n_rows};
}

template <class Real>
Strided<const Real> transposed(MatrixView<Real> X) {
  return {X.data, X.n_rows, 1};
}

// The same for results, which are written to.
template <class Real>
Strided<Real> as_is(arma::Mat<Real>& X) {
  return {X.memptr(), 1, X.n_rows};
}
template <class Real>
Strided<Real> transposed(arma::Mat<Real>& X) {
  return {X.memptr(), X.n_rows, 1};
}

// Whether so few rows would leave more than half of a vector empty, as in a network with one
// output. Then vectors are filled along another dimension.
template <class Real>
bool too_few(std::size_t rows, Backend& backend) {
  return 2 * rows * sizeof(Real) <= vector_bytes(backend.isa());
}

// W' (inputs, units) in scratch memory. A single unit lies there already: its row is contiguous.
template <class Real>
const Real* transposed_copy(Backend& backend, const ConstMatrix<Real>& W) {
  if (W.n_rows == 1) return W.data;
  Real* copy = backend.scratch(0).template get<Real>(Scratch::vectors, W.size());
  for (std::size_t u = 0; u < W.n_rows; ++u)
    for (std::size_t j = 0; j < W.n_cols; ++j) copy[u * W.n_cols + j] = W.data[j * W.n_rows + u];
  return copy;
}

// Z = W A + b, with b (units) added to each column.
template <class Real>
void affine(Backend& backend, MatrixView<Real> W, MatrixView<Real> b, const arma::Mat<Real>& A,
            arma::Mat<Real>& Z) {
  Z.set_size(W.n_rows, A.n_cols);
  if (too_few<Real>(W.n_rows, backend)) {
    // Z' = A' W' + b': each element is a dot product of two contiguous columns.
    const Shape shape = {A.n_cols, W.n_rows, W.n_cols};
    return dot_products<Real>(backend, shape, A.memptr(), transposed_copy(backend, W),
                              transposed(Z), b.data);
  }
  const Shape shape = {W.n_rows, A.n_cols, W.n_cols};
  multiply<Real>(backend, shape, as_is<Real>(W), as_is<Real>(A), as_is(Z), {1, 0, b.data});
}

// The same for sparse A.
template <class Real>
void affine(Backend& backend, MatrixView<Real> W, MatrixView<Real> b, const SparseBatch<Real>& A,
            arma::Mat<Real>& Z) {
  Z.set_size(W.n_rows, A.size);
  sparse_forward(backend, W.data, b.data, A, Z.memptr(), W.n_rows);
}

// The same for a batch of either kind: the only place where forward passes ask which it is.
template <class Real>
void affine(Backend& backend, MatrixView<Real> W, MatrixView<Real> b, const Batch<Real>& A,
            arma::Mat<Real>& Z) {
  std::visit([&](const auto& batch) { affine(backend, W, b, batch, Z); }, A);
}

// Z[:, i] = before[:, rows[i]] + W d_i: the result of affine() for observations whose inputs have
// changed by d_i, row i of `changes`, from the one before. By one thread.
template <class Real>
void change_affine(Backend& backend, MatrixView<Real> W, const arma::Mat<Real>& before,
                   const std::uint32_t* rows, const SparseRows<Real>& changes, arma::Mat<Real>& Z) {
  const std::size_t m = changes.start.size() - 1;
  Z.set_size(W.n_rows, m);
  dispatch(backend.isa(),
           ChangesJob<Real>{W.data, before.memptr(), rows, &changes, Z.memptr(), W.n_rows, m});
}

// dW = keep dW + scale dZ A'. With keep = 0 the old dW is not read; with keep = 1 and
// scale = -rate / m this is a step of gradient descent.
template <class Real>
void add_gradient(Backend& backend, Real scale, const arma::Mat<Real>& dZ, const arma::Mat<Real>& A,
                  Real keep, arma::Mat<Real>& dW) {
  if (too_few<Real>(dZ.n_rows, backend)) {
    // dW' = keep dW' + scale A dZ', so that vectors are filled with inputs.
    const Shape shape = {A.n_rows, dZ.n_rows, A.n_cols};
    return multiply<Real>(backend, shape, as_is<Real>(A), transposed<Real>(dZ), transposed(dW),
                          {scale, keep, nullptr});
  }
  const Shape shape = {dZ.n_rows, A.n_rows, A.n_cols};
  multiply<Real>(backend, shape, as_is<Real>(dZ), transposed<Real>(A), as_is(dW),
                 {scale, keep, nullptr});
}

// The same for sparse A. With keep = 1 only the columns that occur in the batch are touched.
template <class Real>
void add_gradient(Backend& backend, Real scale, const arma::Mat<Real>& dZ,
                  const SparseBatch<Real>& A, Real keep, arma::Mat<Real>& dW) {
  sparse_gradient(backend, scale, dZ.memptr(), A, keep, dW.memptr(), dZ.n_rows);
}

template <class Real>
void add_gradient(Backend& backend, Real scale, const arma::Mat<Real>& dZ, const Batch<Real>& A,
                  Real keep, arma::Mat<Real>& dW) {
  std::visit([&](const auto& batch) { add_gradient(backend, scale, dZ, batch, keep, dW); }, A);
}

// dA (inputs, m) = W' dZ: the derivative by what the layer below gave. Always dense, as the layer
// below is never the data.
template <class Real>
void backpropagate(Backend& backend, MatrixView<Real> W, const arma::Mat<Real>& dZ,
                   arma::Mat<Real>& dA) {
  dA.set_size(W.n_cols, dZ.n_cols);
  const Shape shape = {W.n_cols, dZ.n_cols, W.n_rows};
  constexpr std::size_t few = 4;
  if (dZ.n_cols < few && !too_few<Real>(W.n_rows, backend)) {
    // W is used too rarely to be worth a copy in the order the other way needs.
    return dot_products<Real>(backend, shape, W.data, dZ.memptr(), as_is(dA), nullptr);
  }
  multiply<Real>(backend, shape, transposed<Real>(W), as_is<Real>(dZ), as_is(dA), {1, 0, nullptr});
}

}  // namespace feedforward

#endif
