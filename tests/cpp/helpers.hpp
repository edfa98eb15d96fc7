// What the tests share: random data, exact memory, and the plain twins of the kernels.
#ifndef FEEDFORWARD_TESTS_HELPERS_HPP
#define FEEDFORWARD_TESTS_HELPERS_HPP

#include <catch.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "feedforward/product.hpp"

// A test case for float and for double, as a function template over Real.
#define TEST_BOTH_TYPES(function, name, tags)               \
  template <class Real>                                     \
  void function();                                          \
  TEST_CASE(name " (float)", tags) { function<float>(); }   \
  TEST_CASE(name " (double)", tags) { function<double>(); } \
  template <class Real>                                     \
  void function()

namespace tests {

using namespace feedforward;
using std::size_t;

// Backends for tests that have no need for one of their own.
inline Backend& one_thread() {
  static Backend backend;
  return backend;
}
inline Backend& two_threads() {
  static Backend backend(2);
  return backend;
}

template <class Real>
constexpr double tolerance = sizeof(Real) == 8 ? 1e-13 : 1e-5;

// A matrix in memory of exactly its size, aligned no better than Real must be, so that the
// sanitizer sees every step over the edge.
template <class Real>
struct Exact {
  std::unique_ptr<Real[]> memory;
  arma::Mat<Real> mat;

  Exact(size_t rows, size_t columns)
      : memory(new Real[rows * columns + 1]), mat(memory.get() + 1, rows, columns, false, true) {}
};

template <class Real>
void randomize(arma::Mat<Real>& X, unsigned seed) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (Real& x : X) x = static_cast<Real>(uniform(bits));
}

template <class Real>
arma::Mat<Real> random_matrix(size_t rows, size_t columns, unsigned seed) {
  arma::Mat<Real> X(rows, columns);
  randomize(X, seed);
  return X;
}

inline std::vector<Isa> available() {
  std::vector<Isa> result;
  for (Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (supports(isa)) result.push_back(isa);
  return result;
}

// The largest difference, relative to the value or to what a sum of so many random terms
// typically passes through on its way.
template <class Real>
double difference(const arma::Mat<Real>& X, const arma::mat& expected, size_t terms) {
  if (X.n_rows != expected.n_rows || X.n_cols != expected.n_cols) return 1e9;
  double most = 0;
  for (size_t k = 0; k < X.n_elem; ++k) {
    const double error =
        std::abs(static_cast<double>(X[k]) - expected[k]) /
        std::max({1.0, std::sqrt(static_cast<double>(terms)), std::abs(expected[k])});
    if (!(error <= most)) most = error;
  }
  return most;
}

template <class Real>
bool identical(const arma::Mat<Real>& X, const arma::Mat<Real>& Y) {
  return X.n_rows == Y.n_rows && X.n_cols == Y.n_cols &&
         std::memcmp(X.memptr(), Y.memptr(), X.n_elem * sizeof(Real)) == 0;
}

// X Y, written out, with the elements of X and Y given by functions of row and column.
template <class X, class Y>
arma::mat plain_product(size_t rows, size_t depth, size_t columns, X x, Y y) {
  arma::mat Z(rows, columns, arma::fill::zeros);
  for (size_t j = 0; j < columns; ++j)
    for (size_t k = 0; k < depth; ++k)
      for (size_t i = 0; i < rows; ++i)
        Z(i, j) += static_cast<double>(x(i, k)) * static_cast<double>(y(k, j));
  return Z;
}

template <class Real>
arma::mat plain_affine(const arma::Mat<Real>& W, const arma::Col<Real>& b,
                       const arma::Mat<Real>& A) {
  arma::mat Z = plain_product(
      W.n_rows, W.n_cols, A.n_cols, [&](size_t i, size_t k) { return W(i, k); },
      [&](size_t k, size_t j) { return A(k, j); });
  for (size_t j = 0; j < Z.n_cols; ++j)
    for (size_t i = 0; i < Z.n_rows; ++i) Z(i, j) += static_cast<double>(b[i]);
  return Z;
}

template <class Real>
arma::mat plain_gradient(Real scale, const arma::Mat<Real>& dZ, const arma::Mat<Real>& A, Real keep,
                         const arma::Mat<Real>& dW) {
  arma::mat result = plain_product(
      dZ.n_rows, dZ.n_cols, A.n_rows, [&](size_t i, size_t k) { return dZ(i, k); },
      [&](size_t k, size_t j) { return A(j, k); });
  result *= static_cast<double>(scale);
  if (keep != Real(0))
    for (size_t k = 0; k < dW.n_elem; ++k)
      result[k] += static_cast<double>(keep) * static_cast<double>(dW[k]);
  return result;
}

template <class Real>
arma::mat plain_backpropagate(const arma::Mat<Real>& W, const arma::Mat<Real>& dZ) {
  return plain_product(
      W.n_cols, W.n_rows, dZ.n_cols, [&](size_t i, size_t k) { return W(k, i); },
      [&](size_t k, size_t j) { return dZ(k, j); });
}

// Observations with about so many non-zeros in a hundred, some of them none at all, and the
// batch that names every one of them in reverse order.
template <class Real>
struct RandomSparse {
  SparseRows<Real> rows;
  std::vector<std::uint32_t> samples;
  arma::Mat<Real> dense;  // (inputs, m), what the batch means

  RandomSparse(size_t inputs, size_t m, int percent, unsigned seed) : dense(inputs, m) {
    std::mt19937 bits(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    dense.zeros();
    rows.inputs = inputs;
    rows.start.push_back(0);
    for (size_t i = 0; i < m; ++i) {
      const bool empty = bits() % 5 == 0;
      for (size_t j = 0; j < inputs; ++j) {
        if (empty || static_cast<int>(bits() % 100) >= percent) continue;
        rows.index.push_back(static_cast<std::uint32_t>(j));
        rows.value.push_back(static_cast<Real>(uniform(bits)));
        dense(j, m - 1 - i) = rows.value.back();
      }
      rows.start.push_back(rows.index.size());
      samples.insert(samples.begin(), static_cast<std::uint32_t>(i));
    }
  }

  SparseBatch<Real> batch() const { return {&rows, samples.data(), samples.size()}; }
};

}  // namespace tests

#endif
