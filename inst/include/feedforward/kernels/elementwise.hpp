// What happens to each element, or each column, of a batch.
#ifndef FEEDFORWARD_KERNELS_ELEMENTWISE_HPP
#define FEEDFORWARD_KERNELS_ELEMENTWISE_HPP

#include <algorithm>
#include <cstddef>
#include <limits>

#include "../armadillo.hpp"
#include "backend.hpp"
#include "dispatch.hpp"
#include "exponential.hpp"

namespace feedforward {

// About how many multiplications one exp() costs: how Backend::divide counts work.
constexpr double work_of_exp = 16;

template <class Real>
struct Exponential {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    exponential<Real, bytes>(x);
  }
};

// 1 / (1 + exp(-z)) loses nothing on either side: exp(-z) becomes 0 or infinite, and the
// quotient 1 or 0.
template <class Real>
struct Sigmoid {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    x = -x;
    exponential<Real, bytes>(x);
    x = Real(1) / (x + Real(1));
  }
};

// x[i] becomes Function(x[i]) for n elements.
template <class Real, class Function>
struct ElementwiseJob {
  Real* x;
  std::size_t n;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> v;
    std::size_t i = 0;
    for (; i + step <= n; i += step) {
      load(v, x + i);
      Function().template operator()<bytes>(v);
      store(x + i, v);
    }
    if (i == n) return;
    load_some(v, x + i, n - i);
    Function().template operator()<bytes>(v);
    store_some(x + i, v, n - i);
  }
};

template <class Real, class Function>
void transform(Backend& backend, Real* x, std::size_t n) {
  constexpr std::size_t line = 64 / sizeof(Real);
  backend.divide(work_of_exp * static_cast<double>(n), [&](std::size_t part, std::size_t parts) {
    const Range mine = share_of(n, line, part, parts);
    dispatch(backend.isa(), ElementwiseJob<Real, Function>{x + mine.begin, mine.end - mine.begin});
  });
}

// Softmax of so many columns of z (units, columns), in place.
template <class Real>
struct SoftmaxJob {
  Real* z;
  std::size_t units, columns;

  // Some columns at a time, that stay in the cache: their exponentials are taken together, so
  // that vectors are full where a column alone would not fill them.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t together = 1024;
    const std::size_t most = std::max<std::size_t>(together / std::max<std::size_t>(units, 1), 1);
    for (std::size_t first = 0; first < columns; first += most) {
      const std::size_t count = std::min(most, columns - first);
      Real* x = z + first * units;
      for (std::size_t i = 0; i < count; ++i) shift<bytes>(x + i * units);
      ElementwiseJob<Real, Exponential<Real>>{x, count * units}.template run<bytes>();
      for (std::size_t i = 0; i < count; ++i) scale<bytes>(x + i * units);
    }
  }

  // x -= max(x)
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void shift(Real* x) const {
    const Real most = largest<bytes>(x);
    for_each_vector<bytes>(x, [=](auto& v) FEEDFORWARD_INLINE_LAMBDA { v -= most; });
  }

  // x /= sum(x)
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void scale(Real* x) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> sum{}, v;
    std::size_t i = 0;
    for (; i + step <= units; i += step) {
      load(v, x + i);
      sum += v;
    }
    Real total = i == 0 ? Real(0) : sum_of_lanes<Real>(sum);
    for (; i < units; ++i) total += x[i];
    const Real factor = Real(1) / total;
    for_each_vector<bytes>(x, [=](auto& v) FEEDFORWARD_INLINE_LAMBDA { v *= factor; });
  }

  // Calls f for each vector of a column, and for what is left number by number.
  template <std::size_t bytes, class F>
  FEEDFORWARD_INLINE void for_each_vector(Real* x, F&& f) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> v;
    std::size_t i = 0;
    for (; i + step <= units; i += step) {
      load(v, x + i);
      f(v);
      store(x + i, v);
    }
    for (; i < units; ++i) f(x[i]);
  }

  // Without the shift by the largest, exp() would overflow.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE Real largest(const Real* x) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    const Real lowest = -std::numeric_limits<Real>::infinity();
    Vector<Real, bytes> most, v;
    fill(most, lowest);
    std::size_t i = 0;
    for (; i + step <= units; i += step) {
      load(v, x + i);
      most = most > v ? most : v;
    }
    Real result = lowest;
    if (i > 0)
      result = reduce<Real>(most,
                            [](Real a, Real b) FEEDFORWARD_INLINE_LAMBDA { return a > b ? a : b; });
    for (; i < units; ++i) result = result > x[i] ? result : x[i];
    return result;
  }
};

// x (n) becomes exp(x).
template <class Real>
void exponential(Backend& backend, Real* x, std::size_t n) {
  transform<Real, Exponential<Real>>(backend, x, n);
}

// Z (units, m) becomes 1 / (1 + exp(-Z)).
template <class Real>
void sigmoid(Backend& backend, arma::Mat<Real>& Z) {
  transform<Real, Sigmoid<Real>>(backend, Z.memptr(), Z.n_elem);
}

// Each column of Z (units, m) becomes exp(z) / sum(exp(z)).
template <class Real>
void softmax(Backend& backend, arma::Mat<Real>& Z) {
  const double work = work_of_exp * static_cast<double>(Z.n_elem);
  backend.divide(work, [&](std::size_t part, std::size_t parts) {
    const Range mine = share_of(Z.n_cols, 1, part, parts);
    if (mine.begin == mine.end) return;
    dispatch(backend.isa(),
             SoftmaxJob<Real>{Z.colptr(mine.begin), Z.n_rows, mine.end - mine.begin});
  });
}

}  // namespace feedforward

#endif
