// Products of dense matrices, those of the package and those of a BLAS, in turn on one thread. Each
// line has the shape, the precision, and in 1e9 multiply-adds per second: the package at the median
// and at its fastest tenth, the BLAS at both, and what the core can do at best with operands in
// registers, measured in between.
//
//   OPENBLAS_NUM_THREADS=1 dense-products <libblas.so.3 of OpenBLAS>
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "feedforward/product.hpp"
#include "peak.hpp"

using namespace feedforward;

template <class Real>
using Gemm = void (*)(const char*, const char*, const int*, const int*, const int*, const Real*,
                      const Real*, const int*, const Real*, const int*, const Real*, Real*,
                      const int*);

template <class Real>
arma::Mat<Real> random_matrix(std::size_t rows, std::size_t columns) {
  std::mt19937 bits(1);
  std::normal_distribution<Real> normal;
  arma::Mat<Real> X(rows, columns);
  for (Real& x : X) x = normal(bits);
  return X;
}

// C (rows, columns) = A (rows, depth) B (depth, columns)
template <class Real>
void compare(Shape shape, Gemm<Real> gemm) {
  Backend backend(1);
  const auto A = random_matrix<Real>(shape.rows, shape.depth);
  const auto B = random_matrix<Real>(shape.depth, shape.columns);
  arma::Mat<Real> C(shape.rows, shape.columns);
  const int m = static_cast<int>(shape.rows), n = static_cast<int>(shape.columns);
  const int k = static_cast<int>(shape.depth);
  const Real one = 1, zero = 0;
  const auto ours = [&] {
    multiply<Real>(backend, shape, as_is<Real>(A), as_is<Real>(B), as_is(C), {1, 0, nullptr});
  };
  const auto theirs = [&] {
    gemm("N", "N", &m, &n, &k, &one, A.memptr(), &m, B.memptr(), &k, &zero, C.memptr(), &m);
  };
  std::vector<double> own, blas, registers;
  const auto time = [](const auto& product, std::vector<double>& seconds) {
    const auto start = std::chrono::steady_clock::now();
    product();
    seconds.push_back(seconds_since(start));
  };
  for (int turn = 0; turn < 60; ++turn) {
    time(ours, own);
    time(theirs, blas);
    registers.push_back(peak<Real>(backend.isa(), false));
  }
  const double work = static_cast<double>(m) * n * k / 1e9;
  std::printf("%d x %d x %d,%s,%g,%g,%g,%g,%g\n", m, k, n, sizeof(Real) == 8 ? "double" : "single",
              work / quantile(own, 0.5), work / quantile(own, 0.1), work / quantile(blas, 0.5),
              work / quantile(blas, 0.1), quantile(registers, 0.5));
}

int main(int count, char** arguments) {
  void* library = count > 1 ? dlopen(arguments[1], RTLD_NOW) : nullptr;
  if (!library) {
    std::fprintf(stderr, "Give the path of a BLAS library.\n");
    return 1;
  }
  const auto dgemm = reinterpret_cast<Gemm<double>>(dlsym(library, "dgemm_"));
  const auto sgemm = reinterpret_cast<Gemm<float>>(dlsym(library, "sgemm_"));
  for (const Shape shape : {Shape{512, 512, 784}, Shape{256, 512, 1024}, Shape{128, 128, 784}}) {
    compare<double>(shape, dgemm);
    compare<float>(shape, sgemm);
  }
  return 0;
}
