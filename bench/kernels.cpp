// How fast are the kernels? Seconds per epoch of a 784-128-10 network (60000 observations,
// batches of 128, 19 % non-zeros), against OpenBLAS doing its matrix products only, and
// microseconds per batch of a small tabular network, 20-256-1.
//
//   g++ -std=c++17 -O2 -I inst/include -I <armadillo> bench/kernels.cpp -o kernels -pthread -ldl
//   OPENBLAS_NUM_THREADS=1 ./kernels [path of libopenblas.so]
//
// The machine may be shared, so all variants take many short turns, and the fastest counts.
#define ARMA_DONT_USE_WRAPPER
#define ARMA_DONT_USE_BLAS
#define ARMA_DONT_USE_LAPACK
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "feedforward/product.hpp"

using namespace feedforward;

constexpr std::size_t inputs = 784, hidden = 128, classes = 10, batch_size = 128;
constexpr std::size_t batches = 60000 / batch_size;
constexpr std::size_t batches_per_turn = 20;
constexpr int turns = 40;

double seconds(const std::function<void()>& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Images of which pixels near the middle are non-zero most often, as in handwriting.
template <class Real>
SparseRows<Real> random_images(std::size_t n) {
  std::mt19937 bits(1);
  std::uniform_real_distribution<Real> uniform(0, 1);
  std::vector<Real> chance(inputs);
  for (std::size_t j = 0; j < inputs; ++j) {
    const double x = static_cast<double>(j % 28) - 13.5, y = static_cast<double>(j / 28) - 13.5;
    chance[j] = static_cast<Real>(0.65 * std::exp(-(x * x + y * y) / 75));
  }
  SparseRows<Real> rows;
  rows.inputs = inputs;
  rows.start.push_back(0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < inputs; ++j)
      if (uniform(bits) < chance[j]) {
        rows.index.push_back(static_cast<std::uint32_t>(j));
        rows.value.push_back(uniform(bits));
      }
    rows.start.push_back(rows.index.size());
  }
  return rows;
}

// One network with one hidden layer and what a batch leaves behind.
template <class Real>
struct Network {
  arma::Mat<Real> W1, W2, Z1, Z2, dZ1;
  arma::Col<Real> b1, b2;

  Network(std::size_t in, std::size_t units, std::size_t out)
      : W1(in ? units : 0, in, arma::fill::randu),
        W2(out, units, arma::fill::randu),
        b1(units, arma::fill::zeros),
        b2(out, arma::fill::zeros) {
    W1 = (W1 - Real(0.5)) * Real(0.1);
    W2 = (W2 - Real(0.5)) * Real(0.1);
  }

  // All that grows with the network: products and activations. The subtraction of the
  // labels is left out.
  template <class Source>
  void train(Backend& backend, const Source& A) {
    affine(backend, W1, b1, A, Z1);
    sigmoid(backend, Z1);
    affine(backend, W2, b2, Z1, Z2);
    softmax(backend, Z2);
    backpropagate(backend, W2, Z2, dZ1);
    add_gradient(backend, Real(-1e-6), Z2, Z1, Real(1), W2);
    add_gradient(backend, Real(-1e-6), dZ1, A, Real(1), W1);
  }
};

using Dgemm = void (*)(int, int, int, int, int, int, double, const double*, int, const double*, int,
                       double, double*, int);
using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int,
                       float, float*, int);
struct Blas {
  Dgemm dgemm = nullptr;
  Sgemm sgemm = nullptr;
  explicit Blas(const char* path) {
    void* library = path ? dlopen(path, RTLD_NOW) : nullptr;
    if (!library) return;
    dgemm = reinterpret_cast<Dgemm>(dlsym(library, "cblas_dgemm"));
    sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  }
  Dgemm gemm(double) const { return dgemm; }
  Sgemm gemm(float) const { return sgemm; }
};

// The five products of a batch, with BLAS. 102: column-major, 111: as is, 112: transposed.
template <class Real>
void blas_products(const Blas& blas, Network<Real>& n, const arma::Mat<Real>& A) {
  const int m = static_cast<int>(A.n_cols), in = static_cast<int>(A.n_rows);
  const int units = static_cast<int>(n.W1.n_rows), out = static_cast<int>(n.W2.n_rows);
  n.Z1.set_size(n.W1.n_rows, A.n_cols);
  n.dZ1.set_size(n.W1.n_rows, A.n_cols);
  n.Z2.set_size(n.W2.n_rows, A.n_cols);
  const auto gemm = blas.gemm(Real());
  gemm(102, 111, 111, units, m, in, 1, n.W1.memptr(), units, A.memptr(), in, 0, n.Z1.memptr(),
       units);
  gemm(102, 111, 111, out, m, units, 1, n.W2.memptr(), out, n.Z1.memptr(), units, 0, n.Z2.memptr(),
       out);
  gemm(102, 112, 111, units, m, out, 1, n.W2.memptr(), out, n.Z2.memptr(), out, 0, n.dZ1.memptr(),
       units);
  gemm(102, 111, 112, out, units, m, Real(-1e-9), n.Z2.memptr(), out, n.Z1.memptr(), units, 1,
       n.W2.memptr(), out);
  gemm(102, 111, 112, units, in, m, Real(-1e-9), n.dZ1.memptr(), units, A.memptr(), in, 1,
       n.W1.memptr(), units);
}

struct Variant {
  std::string name;
  std::function<void()> run;
  double best = std::numeric_limits<double>::infinity();
};

void take_turns(std::vector<Variant>& variants, double per, const char* unit) {
  for (int turn = 0; turn < turns; ++turn)
    for (Variant& v : variants) v.best = std::min(v.best, seconds(v.run));
  for (const Variant& v : variants)
    std::printf("  %-28s %8.3f %s  %5.2f x the first\n", v.name.c_str(), v.best * per, unit,
                variants[0].best / v.best);
}

std::vector<Isa> available() {
  std::vector<Isa> result;
  for (Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (supports(isa)) result.push_back(isa);
  return result;
}

const char* name_of(Isa isa) {
  return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "baseline";
}

template <class Real>
void bench_images(const Blas& blas) {
  const SparseRows<Real> rows = random_images<Real>(60000);
  std::vector<std::uint32_t> order(60000);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  arma::Mat<Real> dense(inputs, 60000, arma::fill::zeros);
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t k = rows.start[i]; k < rows.start[i + 1]; ++k)
      dense(rows.index[k], i) = rows.value[k];
  const auto dense_batch = [&](std::size_t i) {
    return arma::Mat<Real>(dense.colptr(i * batch_size), inputs, batch_size, false, true);
  };

  // Each variant walks through the epoch, so that its batches are never in the cache.
  std::size_t at = 0;
  const auto next_batches = [&] {
    std::vector<std::size_t> next(batches_per_turn);
    for (std::size_t& i : next) i = at++ % batches;
    return next;
  };
  Network<Real> net(inputs, hidden, classes);
  std::vector<Variant> variants;
  if (blas.gemm(Real()))
    variants.push_back({"dense OpenBLAS, products only", [&] {
                          for (std::size_t i : next_batches())
                            blas_products(blas, net, dense_batch(i));
                        }});
  std::vector<Backend> backends;
  for (Isa isa : available())
    for (std::size_t threads : {1, 2}) backends.emplace_back(threads, isa);
  for (Backend& b : backends) {
    const std::string name =
        std::string(name_of(b.isa())) + ", threads " + std::to_string(b.threads());
    variants.push_back({"dense " + name, [&] {
                          for (std::size_t i : next_batches()) net.train(b, dense_batch(i));
                        }});
    variants.push_back(
        {"sparse " + name, [&] {
           for (std::size_t i : next_batches())
             net.train(b, SparseBatch<Real>{&rows, &order[i * batch_size], batch_size});
         }});
  }
  take_turns(variants, 60000.0 / batch_size / batches_per_turn, "s/epoch");
}

template <class Real>
void bench_table(const Blas& blas) {
  constexpr int repeats = 200;
  Network<Real> net(20, 256, 1);
  const arma::Mat<Real> A(20, 32, arma::fill::randu);
  std::vector<Variant> variants;
  if (blas.gemm(Real()))
    variants.push_back({"OpenBLAS, products only", [&] {
                          for (int i = 0; i < repeats; ++i) blas_products(blas, net, A);
                        }});
  std::vector<Backend> backends;
  for (Isa isa : available())
    for (std::size_t threads : {1, 2}) backends.emplace_back(threads, isa);
  for (Backend& b : backends)
    variants.push_back(
        {std::string(name_of(b.isa())) + ", threads " + std::to_string(b.threads()), [&] {
           for (int i = 0; i < repeats; ++i) net.train(b, A);
         }});
  take_turns(variants, 1e6 / repeats, "us/batch");
}

// One product of a large network at a time, in GFLOP/s.
template <class Real>
void bench_large(const Blas& blas, std::size_t units, std::size_t in, std::size_t m) {
  const arma::Mat<Real> W(units, in, arma::fill::randu), A(in, m, arma::fill::randu);
  arma::Mat<Real> Z(units, m, arma::fill::randu), dW(units, in, arma::fill::zeros), dA(in, m);
  const arma::Col<Real> b(units, arma::fill::zeros);
  const double gflop =
      2e-9 * static_cast<double>(units) * static_cast<double>(in) * static_cast<double>(m);
  std::printf(" %zu units, %zu inputs, batch %zu: GFLOP/s of affine, gradient, backpropagate\n",
              units, in, m);
  const int u = static_cast<int>(units), n = static_cast<int>(in), c = static_cast<int>(m);
  const auto gemm = blas.gemm(Real());
  const auto report = [&](const std::string& name, const std::vector<std::function<void()>>& all) {
    std::printf("  %-22s", name.c_str());
    for (const auto& f : all) {
      double best = std::numeric_limits<double>::infinity();
      const int times = 1 + static_cast<int>(0.3 / gflop / 5);
      for (int turn = 0; turn < turns / 4; ++turn)
        best = std::min(best, seconds([&] {
                                for (int i = 0; i < times; ++i) f();
                              }) / times);
      std::printf(" %7.1f", gflop / best);
    }
    std::printf("\n");
  };
  if (gemm)
    report(
        "OpenBLAS",
        {[&] { gemm(102, 111, 111, u, c, n, 1, W.memptr(), u, A.memptr(), n, 0, Z.memptr(), u); },
         [&] { gemm(102, 111, 112, u, n, c, 1, Z.memptr(), u, A.memptr(), n, 1, dW.memptr(), u); },
         [&] {
           gemm(102, 112, 111, n, c, u, 1, W.memptr(), u, Z.memptr(), u, 0, dA.memptr(), n);
         }});
  for (Isa isa : available()) {
    Backend backend(1, isa);
    report(name_of(isa), {[&] { affine(backend, W, b, A, Z); },
                          [&] { add_gradient(backend, Real(1e-9), Z, A, Real(1), dW); },
                          [&] { backpropagate(backend, W, Z, dA); }});
  }
}

template <class Real>
void bench(const char* type, const Blas& blas, const std::string& only) {
  std::printf("%s, images 784-128-10\n", type);
  if (only.empty() || only == "images") bench_images<Real>(blas);
  std::printf("%s, table 20-256-1, batch 32\n", type);
  if (only.empty() || only == "table") bench_table<Real>(blas);
  if (!only.empty() && only != "large") return;
  std::printf("%s, single products\n", type);
  bench_large<Real>(blas, 128, 784, 128);
  bench_large<Real>(blas, 10, 128, 128);
  bench_large<Real>(blas, 256, 20, 32);
  bench_large<Real>(blas, 512, 512, 64);
  bench_large<Real>(blas, 1024, 1024, 1024);
  bench_large<Real>(blas, 1000, 1000, 1000);
}

int main(int count, char** arguments) {
  const Blas blas(count > 1 ? arguments[1] : nullptr);
  const std::string only = count > 2 ? arguments[2] : "";
  bench<double>("double", blas, only);
  bench<float>("float", blas, only);
}
