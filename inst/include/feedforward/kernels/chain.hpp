// The derivatives of activations, and the sums over a batch that are gradients of biases.
#ifndef FEEDFORWARD_KERNELS_CHAIN_HPP
#define FEEDFORWARD_KERNELS_CHAIN_HPP

#include <algorithm>
#include <cstddef>

#include "../armadillo.hpp"
#include "backend.hpp"
#include "dispatch.hpp"

namespace feedforward {

// dA becomes dZ = dA f'(Z), with f'(Z) written in terms of A = f(Z).
struct SigmoidSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d *= a * (1 - a);
  }
};

struct TanhSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d *= 1 - a * a;
  }
};

struct ReluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d = a > 0 ? d : V{};
  }
};

// d[i] becomes d[i] Slope(a[i]) for n elements.
template <class Real, class Slope>
struct ChainJob {
  const Real* a;
  Real* d;
  std::size_t n;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> slope, delta;
    std::size_t i = 0;
    for (; i + step <= n; i += step) {
      load(slope, a + i);
      load(delta, d + i);
      Slope()(slope, delta);
      store(d + i, delta);
    }
    if (i == n) return;
    load_some(slope, a + i, n - i);
    load_some(delta, d + i, n - i);
    Slope()(slope, delta);
    store_some(d + i, delta, n - i);
  }
};

// A, dA (units, m)
template <class Slope, class Real>
void chain(Backend& backend, const arma::Mat<Real>& A, arma::Mat<Real>& dA) {
  constexpr std::size_t line = 64 / sizeof(Real);
  constexpr double work_of_element = 4;
  backend.divide(work_of_element * static_cast<double>(A.n_elem), [&](std::size_t part,
                                                                      std::size_t parts) {
    const Range mine = share_of(A.n_elem, line, part, parts);
    dispatch(backend.isa(), ChainJob<Real, Slope>{A.memptr() + mine.begin, dA.memptr() + mine.begin,
                                                  mine.end - mine.begin});
  });
}

// Some units of db (all_units) = keep db + scale (sum of the columns of dZ (all_units, m)).
template <class Real>
struct ColumnSumJob {
  Real scale, keep;
  const Real* dZ;
  std::size_t all_units, observations;
  Range units;
  Real* db;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    for (std::size_t u = units.begin; u < units.end; u += step) {
      const std::size_t count = std::min(step, units.end - u);
      Vector<Real, bytes> sum{}, z;
      for (std::size_t i = 0; i < observations; ++i) {
        const Real* column = dZ + i * all_units + u;
        count == step ? load(z, column) : load_some(z, column, count);
        sum += z;
      }
      Real total[step];
      store(total, sum);
      for (std::size_t k = 0; k < count; ++k)
        db[u + k] = (keep == 0 ? 0 : keep * db[u + k]) + scale * total[k];
    }
  }
};

// db (units) = keep db + scale (sum of the columns of dZ (units, m)). With keep = 0 the old
// db is not read.
template <class Real>
void add_bias_gradient(Backend& backend, Real scale, const arma::Mat<Real>& dZ, Real keep,
                       arma::Col<Real>& db) {
  constexpr std::size_t line = 64 / sizeof(Real);
  backend.divide(static_cast<double>(dZ.n_elem), [&](std::size_t part, std::size_t parts) {
    const Range mine = share_of(dZ.n_rows, line, part, parts);
    dispatch(backend.isa(),
             ColumnSumJob<Real>{scale, keep, dZ.memptr(), dZ.n_rows, dZ.n_cols, mine, db.memptr()});
  });
}

}  // namespace feedforward

#endif
