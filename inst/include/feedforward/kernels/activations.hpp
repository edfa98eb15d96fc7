// Activations and their derivatives, for a vector of elements or for one.
#ifndef FEEDFORWARD_KERNELS_ACTIVATIONS_HPP
#define FEEDFORWARD_KERNELS_ACTIVATIONS_HPP

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "chain.hpp"
#include "elementwise.hpp"

namespace feedforward {

// What negative inputs keep of themselves in leaky_relu.
constexpr double leak = 0.01;

template <class V>
using LaneOf = std::remove_reference_t<decltype(std::declval<V&>()[0])>;

// (1 - e) / (1 + e) with e = exp(-2 |x|) cannot overflow. Near 0, where 1 - e would lose
// digits, a short series.
template <class Real>
struct Tanh {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    using V = Vector<Real, bytes>;
    const V size = x < 0 ? -x : x;
    V e = size * Real(-2);
    exponential<Real, bytes>(e);
    const V far = (1 - e) / (1 + e);
    const V square = x * x;
    V series = V{} + Real(21844.0 / 6081075);
    for (const double term : {-1382.0 / 155925, 62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3})
      series = series * square + Real(term);
    const V near = x + x * square * series;
    const V signed_far = x < 0 ? -far : far;
    x = size < Real(0.1) ? near : signed_far;
  }
};

// Comparisons are chosen so that NaN stays NaN.
template <class Real>
struct Relu {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    x = x < 0 ? Vector<Real, bytes>{} : x;
  }
};

template <class Real>
struct LeakyRelu {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    x = x < 0 ? x * Real(leak) : x;
  }
};

template <class Real>
struct Elu {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    // exp(x) - 1 = 2 t / (1 - t) with t = tanh(x / 2), which keeps its digits near 0.
    Vector<Real, bytes> t = x * Real(0.5);
    Tanh<Real>().template operator()<bytes>(t);
    x = x < 0 ? 2 * t / (1 - t) : x;
  }
};

// These two constants keep the mean at 0 and the variance at 1 from layer to layer
// (doi:10.48550/arXiv.1706.02515).
constexpr double selu_scale = 1.0507009873554804934193349852946;
constexpr double selu_alpha = 1.6732632423543772848170429916717;

template <class Real>
struct Selu {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    Vector<Real, bytes> negative = x;
    Elu<Real>().template operator()<bytes>(negative);
    x = x < 0 ? negative * Real(selu_scale * selu_alpha) : x * Real(selu_scale);
  }
};

template <class Real>
struct Silu {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    Vector<Real, bytes> s = x;
    Sigmoid<Real>().template operator()<bytes>(s);
    x *= s;
  }
};

// tanh(log(1 + exp(z))) and its distance from 1, by e = exp(-|z|), which cannot overflow.
template <class V>
struct MishFactor {
  V t, distance, sigmoid;

  FEEDFORWARD_INLINE explicit MishFactor(const V& z) {
    using Real = LaneOf<V>;
    V e = z < 0 ? z : -z;
    exponential<Real, sizeof(V)>(e);
    const V n = z < 0 ? e * (e + 2) : 1 + 2 * e;
    const V rest = z < 0 ? V{} + 2 : 2 * e * e;
    t = n / (n + rest);
    distance = rest / (n + rest);
    sigmoid = (z < 0 ? e : V{} + 1) / (1 + e);
  }
};

template <class Real>
struct Mish {
  template <std::size_t bytes>
  FEEDFORWARD_INLINE void operator()(Vector<Real, bytes>& x) const {
    x *= MishFactor<Vector<Real, bytes>>(x).t;
  }
};

// At 0, where there is no derivative, that of negative inputs, as for relu.
struct LeakyReluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d = a > 0 ? d : d * LaneOf<V>(leak);
  }
};

struct EluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d = a < 0 ? d * (a + 1) : d;
  }
};

// At 0 it is the slope of negative inputs, as for relu.
struct SeluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    using Real = LaneOf<V>;
    d *= a > 0 ? V{} + Real(selu_scale) : a + Real(selu_scale * selu_alpha);
  }
};

// a = log(1 + exp(z)), so that the slope 1 / (1 + exp(-z)) is 1 - exp(-a).
struct SoftplusSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    V e = -a;
    exponential<LaneOf<V>, sizeof(V)>(e);
    d *= 1 - e;
  }
};

// Of the logits z.
struct SiluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& z, V& d) const {
    V s = z;
    Sigmoid<LaneOf<V>>().template operator()<sizeof(V)>(s);
    d *= s * (1 + z * (1 - s));
  }
};

// Of the logits z.
struct MishSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& z, V& d) const {
    const MishFactor<V> f(z);
    d *= f.t + z * f.sigmoid * f.distance * (1 + f.t);
  }
};

// Those below are computed one by one, by the standard library.
struct Softplus {
  template <class Real>
  Real operator()(Real x) const {
    return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x)));
  }
};

// The share of the normal distribution below x.
template <class Real>
Real normal_share(Real x) {
  constexpr Real sqrt_half = Real(0.70710678118654752440);
  return std::erfc(-x * sqrt_half) / 2;
}

struct Gelu {
  template <class Real>
  Real operator()(Real x) const {
    return x * normal_share(x);
  }
};

// Of the logits z.
struct GeluSlope {
  template <class Real>
  Real operator()(Real z) const {
    constexpr Real per_sqrt_two_pi = Real(0.39894228040143267794);
    return normal_share(z) + z * std::exp(-z * z / 2) * per_sqrt_two_pi;
  }
};

// Calls f(k) for k = 0 .. n - 1, in parts on the backend's threads.
template <class F>
void for_each_element(Backend& backend, std::size_t n, F&& f) {
  backend.divide(4 * work_of_exp * static_cast<double>(n),
                 [&](std::size_t part, std::size_t parts) {
                   const Range mine = share_of(n, 64, part, parts);
                   for (std::size_t k = mine.begin; k < mine.end; ++k) f(k);
                 });
}

// Z (units, m) becomes Function(Z).
template <class Function, class Real>
void apply_each(Backend& backend, arma::Mat<Real>& Z) {
  for_each_element(backend, Z.n_elem, [&](std::size_t k) { Z[k] = Function()(Z[k]); });
}

// dA (units, m) becomes dA * Slope(Z).
template <class Slope, class Real>
void chain_each(Backend& backend, const arma::Mat<Real>& Z, arma::Mat<Real>& dA) {
  for_each_element(backend, Z.n_elem, [&](std::size_t k) { dA[k] *= Slope()(Z[k]); });
}

}  // namespace feedforward

#endif
