// What a BLAS needs for the matrix products alone of one epoch of a two-layer network:
// forward, both gradients, and the error passed down one layer.
// Usage: products n inputs hidden outputs batch double|single repetitions
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" {
enum { ColMajor = 102, NoTrans = 111, Trans = 112 };
void cblas_dgemm(int, int, int, int, int, int, double, const double*, int, const double*, int,
                 double, double*, int);
void cblas_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float,
                 float*, int);
}

inline void gemm(int ta, int tb, int m, int n, int k, const double* a, int lda, const double* b,
                 int ldb, double* c, int ldc) {
  cblas_dgemm(ColMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
}
inline void gemm(int ta, int tb, int m, int n, int k, const float* a, int lda, const float* b,
                 int ldb, float* c, int ldc) {
  cblas_sgemm(ColMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
}

template <class Real>
double epoch(int n, int inputs, int hidden, int outputs, int batch) {
  static std::vector<Real> X(static_cast<std::size_t>(n) * inputs, Real(0.5));
  std::vector<Real> W1(hidden * inputs, Real(0.01)), W2(outputs * hidden, Real(0.01));
  std::vector<Real> A1(hidden * batch), A2(outputs * batch, Real(0.1)), dA1(hidden * batch);
  std::vector<Real> dW1(W1.size()), dW2(W2.size());
  const auto start = std::chrono::steady_clock::now();
  for (int first = 0; first < n; first += batch) {
    const int m = first + batch < n ? batch : n - first;
    const Real* x = X.data() + static_cast<std::size_t>(first) * inputs;
    gemm(NoTrans, NoTrans, hidden, m, inputs, W1.data(), hidden, x, inputs, A1.data(), hidden);
    gemm(NoTrans, NoTrans, outputs, m, hidden, W2.data(), outputs, A1.data(), hidden, A2.data(),
         outputs);
    gemm(Trans, NoTrans, hidden, m, outputs, W2.data(), outputs, A2.data(), outputs, dA1.data(),
         hidden);
    gemm(NoTrans, Trans, outputs, hidden, m, A2.data(), outputs, A1.data(), hidden, dW2.data(),
         outputs);
    gemm(NoTrans, Trans, hidden, inputs, m, dA1.data(), hidden, x, inputs, dW1.data(), hidden);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int main(int, char** argv) {
  int shape[5];
  for (int i = 0; i < 5; ++i) shape[i] = std::atoi(argv[i + 1]);
  const bool single = std::string(argv[6]) == "single";
  for (int i = 0; i < std::atoi(argv[7]); ++i) {
    std::printf("%g\n", single ? epoch<float>(shape[0], shape[1], shape[2], shape[3], shape[4])
                               : epoch<double>(shape[0], shape[1], shape[2], shape[3], shape[4]));
  }
}
