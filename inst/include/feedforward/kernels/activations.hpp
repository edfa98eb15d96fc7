// Activations of hidden layers and their derivatives: functions of a whole vector of elements, or
// of one element where only the standard library has the mathematics. activation.hpp has the table
// of their names; a function must not know in which layer it stands.
//
// To add one: a struct with the function, a struct with the slope, and a line in activation.hpp.
#ifndef FEEDFORWARD_KERNELS_ACTIVATIONS_HPP
#define FEEDFORWARD_KERNELS_ACTIVATIONS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "../armadillo.hpp"
#include "dispatch.hpp"
#include "elementwise.hpp"

namespace feedforward {

// What negative inputs keep of themselves in leaky_relu.
// The default of PyTorch.
constexpr double leak = 0.01;

// (1 - e) / (1 + e) with e = exp(-2 |x|) cannot overflow. Near 0, where 1 - e would lose
// digits, a short series.
struct Tanh {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    using Real = LaneOf<V>;
    const V size = x < 0 ? -x : x;
    V e = size * Real(-2);
    exponential(e);
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

// Comparisons are chosen so that NaN stays NaN: diverging training must not look sane.
struct Relu {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    x = x < 0 ? V{} : x;
  }
};

struct LeakyRelu {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    x = x < 0 ? x * LaneOf<V>(leak) : x;
  }
};

// x, or exp(x) - 1 for negative inputs (doi:10.48550/arXiv.1511.07289).
struct Elu {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    // exp(x) - 1 = 2 t / (1 - t) with t = tanh(x / 2), which keeps its digits near 0.
    V t = x * LaneOf<V>(0.5);
    Tanh()(t);
    x = x < 0 ? 2 * t / (1 - t) : x;
  }
};

// These two constants keep the mean at 0 and the variance at 1 from layer to layer
// (doi:10.48550/arXiv.1706.02515).
constexpr double selu_scale = 1.0507009873554804934193349852946;
constexpr double selu_alpha = 1.6732632423543772848170429916717;

struct Selu {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    using Real = LaneOf<V>;
    V negative = x;
    Elu()(negative);
    x = x < 0 ? negative * Real(selu_scale * selu_alpha) : x * Real(selu_scale);
  }
};

// x / (1 + exp(-x)), also called swish (doi:10.48550/arXiv.1702.03118).
struct Silu {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    V s = x;
    Sigmoid()(s);
    x *= s;
  }
};

// tanh(log(1 + exp(z))) and its distance from 1, by e = exp(-|z|), which cannot overflow.
template <class V>
struct MishFactor {
  V t, distance, sigmoid;

  FEEDFORWARD_INLINE explicit MishFactor(const V& z) {
    V e = z < 0 ? z : -z;
    exponential(e);
    const V n = z < 0 ? e * (e + 2) : 1 + 2 * e;
    const V rest = z < 0 ? V{} + 2 : 2 * e * e;
    t = n / (n + rest);
    distance = rest / (n + rest);
    sigmoid = (z < 0 ? e : V{} + 1) / (1 + e);
  }
};

// x tanh(log(1 + exp(x))) (doi:10.48550/arXiv.1908.08681).
struct Mish {
  template <class V>
  FEEDFORWARD_INLINE void operator()(V& x) const {
    x *= MishFactor<V>(x).t;
  }
};

// Slopes: d, the derivative of the loss by A = f(Z), becomes its derivative by Z, d f'(Z). Most
// f'(Z) can be written in terms of A, which the pass keeps anyway; the others say that they take Z.
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

// At 0, where there is no derivative, the slope is 0, as for negative inputs.
struct ReluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d = a > 0 ? d : V{};
  }
};

// At 0 it is the slope of negative inputs, as for relu.
struct LeakyReluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& a, V& d) const {
    d = a > 0 ? d : d * LaneOf<V>(leak);
  }
};

// For negative inputs exp(z), which is a + 1.
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
    exponential(e);
    d *= 1 - e;
  }
};

// From the logits z.
struct SiluSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& z, V& d) const {
    V s = z;
    Sigmoid()(s);
    d *= s * (1 + z * (1 - s));
  }
};

// From the logits z.
struct MishSlope {
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& z, V& d) const {
    const MishFactor<V> f(z);
    d *= f.t + z * f.sigmoid * f.distance * (1 + f.t);
  }
};

// The functions below are computed one by one, by the standard library: vectors know neither
// log1p() nor erfc(). They are compiled for the baseline, so results are the same with any
// instructions.
//
// log(1 + exp(x)); exp() gets no positive argument, so it cannot overflow.
struct Softplus {
  template <class Real>
  Real operator()(Real x) const {
    return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x)));
  }
};

// The share of the normal distribution below x. erfc() keeps its digits for x far below 0, where
// 1 + erf() would have none.
template <class Real>
Real normal_share(Real x) {
  constexpr Real sqrt_half = Real(0.70710678118654752440);
  return std::erfc(-x * sqrt_half) / 2;
}

// x times the share of the normal distribution below it (doi:10.48550/arXiv.1606.08415).
struct Gelu {
  template <class Real>
  Real operator()(Real x) const {
    return x * normal_share(x);
  }
};

// From the logits z.
struct GeluSlope {
  template <class Real>
  Real operator()(Real z) const {
    constexpr Real per_sqrt_two_pi = Real(0.39894228040143267794);
    return normal_share(z) + z * std::exp(-z * z / 2) * per_sqrt_two_pi;
  }
};

// dA (units, m) becomes dZ = dA Slope(values), with values (units, m) A or Z.
template <class Slope, class Real>
void chain(Backend& backend, const arma::Mat<Real>& values, arma::Mat<Real>& dA) {
  map(backend, work_of_element, Slope(), dA.n_elem, values.memptr(), dA.memptr());
}

// Calls f(k) for k = 0 .. n - 1, in parts on the backend's threads.
template <class F>
void for_each_element(Backend& backend, std::size_t n, F&& f) {
  backend.divide_range(4 * work_of_exp * static_cast<double>(n), n, cache_line,
                       [&](Range mine, std::size_t) {
                         for (std::size_t k = mine.begin; k < mine.end; ++k) f(k);
                       });
}

// The same as apply() and chain(), for functions of one element.
template <class Function, class Real>
void apply_each(Backend& backend, arma::Mat<Real>& Z) {
  for_each_element(backend, Z.n_elem, [&](std::size_t k) { Z[k] = Function()(Z[k]); });
}

template <class Slope, class Real>
void chain_each(Backend& backend, const arma::Mat<Real>& Z, arma::Mat<Real>& dA) {
  for_each_element(backend, Z.n_elem, [&](std::size_t k) { dA[k] *= Slope()(Z[k]); });
}

}  // namespace feedforward

#endif
