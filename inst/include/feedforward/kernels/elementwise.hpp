// The links of losses: exp, sigmoid and softmax of a batch of logits, in place. The losses
// choose among them; activations.hpp has the functions of hidden layers. It must not know losses.
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

// The link of counts: predictions are never negative. For large logits they are infinite, and
// training then counts as diverged.
struct Exponential {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    exponential(x);
  }
};

// 1 / (1 + exp(-z)) loses nothing on either side: exp(-z) becomes 0 or infinite, and the
// quotient 1 or 0.
struct Sigmoid {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    using Real = LaneOf<V>;
    x = -x;
    exponential(x);
    x = Real(1) / (x + Real(1));
  }
};

// Softmax of so many columns of z (units, columns), in place.
template <class Real>
struct SoftmaxJob {
  Real* z;
  std::size_t units, columns;

  // Some columns at a time, that stay in the cache: their exponentials are taken together, so
  // that vectors are full where a column alone would not fill them.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t together = 1024;  // numbers: 4 or 8 KB, a part of the L1 cache
    const std::size_t most = std::max<std::size_t>(together / std::max<std::size_t>(units, 1), 1);
    for (std::size_t first = 0; first < columns; first += most) {
      const std::size_t count = std::min(most, columns - first);
      Real* x = z + first * units;
      for (std::size_t i = 0; i < count; ++i) shift<bytes>(x + i * units);
      MapJob<Exponential, Real*>{{}, count * units, {x}}.template run<bytes>();
      for (std::size_t i = 0; i < count; ++i) scale<bytes>(x + i * units);
    }
  }

  // x -= max(x), without which exp() would overflow. The quotients are the same.
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void shift(Real* x) const {
    const Real most =
        fold<bytes>(x, -std::numeric_limits<Real>::infinity(),
                    [](auto& a, const auto& b) FEEDFORWARD_INLINE_LAMBDA { a = a > b ? a : b; });
    change<bytes>(x, [=](auto& v) FEEDFORWARD_INLINE_LAMBDA { v -= most; });
  }

  // x /= sum(x), which is at least 1: the largest is exp(0).
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void scale(Real* x) const {
    const Real total =
        fold<bytes>(x, Real(0), [](auto& a, const auto& b) FEEDFORWARD_INLINE_LAMBDA { a += b; });
    const Real factor = Real(1) / total;  // one division per column
    change<bytes>(x, [=](auto& v) FEEDFORWARD_INLINE_LAMBDA { v *= factor; });
  }

  // A column combined into one number: whole vectors lane by lane, then their lanes, then what is
  // left one by one. Columns are short, so that a detour for the rest would cost more.
  template <std::size_t bytes, class Combine>
  FEEDFORWARD_INLINE Real fold(const Real* x, Real start, Combine&& combine) const {
    constexpr std::size_t step = lanes<Real, bytes>;
    Vector<Real, bytes> all, v;
    fill(all, start);
    std::size_t i = 0;
    for (; i + step <= units; i += step) {
      load(v, x + i);
      combine(all, v);
    }
    Real result = start;
    if (i > 0)
      result = reduce<Real>(all, [&](Real a, Real b) FEEDFORWARD_INLINE_LAMBDA {
        combine(a, b);
        return a;
      });
    for (; i < units; ++i) combine(result, x[i]);
    return result;
  }

  // Calls f for each vector of a column, and for what is left number by number.
  template <std::size_t bytes, class F>
  FEEDFORWARD_INLINE void change(Real* x, F&& f) const {
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
};

// Z (units, m) becomes Function(Z), a vector at a time.
template <class Function, class Real>
void apply(Backend& backend, arma::Mat<Real>& Z) {
  map(backend, work_of_exp, Function(), Z.n_elem, Z.memptr());
}

// Z (units, m) becomes 1 / (1 + exp(-Z)).
template <class Real>
void sigmoid(Backend& backend, arma::Mat<Real>& Z) {
  apply<Sigmoid>(backend, Z);
}

// Each column of Z (units, m) becomes exp(z) / sum(exp(z)). Threads own observations here: a
// column must be summed as a whole, and predictions are few beside the weights.
template <class Real>
void softmax(Backend& backend, arma::Mat<Real>& Z) {
  const double work = work_of_exp * static_cast<double>(Z.n_elem);
  backend.divide_range(work, Z.n_cols, 1, [&](Range mine, std::size_t) {
    dispatch(backend.isa(), SoftmaxJob<Real>{Z.colptr(mine.begin), Z.n_rows, mine.size()});
  });
}

}  // namespace feedforward

#endif
