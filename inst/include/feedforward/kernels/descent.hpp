// How optimizers and penalties move parameters: rules for one element, which dispatch.hpp's map()
// carries through whole vectors. optimizer.hpp and penalty.hpp choose a rule and its constants; a
// rule must not know which parameter it moves, nor which step it is.
//
// A rule takes what is given first and what it changes after that: the parameter (or gradient),
// then what the optimizer remembers of earlier steps.
#ifndef FEEDFORWARD_KERNELS_DESCENT_HPP
#define FEEDFORWARD_KERNELS_DESCENT_HPP

#include <cstdint>
#include <cstring>
#include <limits>

#include "dispatch.hpp"

namespace feedforward {

// `guess` minus half the bits of x is 1 / sqrt(x) within 4 % or so; each of `steps` doubles the
// number of right digits.
template <class Real>
struct RootConstants;

template <>
struct RootConstants<double> {
  static constexpr std::uint64_t guess = 0x5fe6eb50c7b537a9;
  static constexpr int steps = 4;
};

template <>
struct RootConstants<float> {
  static constexpr std::uint32_t guess = 0x5f375a86;
  static constexpr int steps = 3;
};

// sqrt(x) for x >= 0, within 2 ulp: vectors of the compiler know no square root. Newton's
// method for 1 / sqrt(x), which needs no division, from the guess that halves the exponent.
// What overflowed stays infinite, and NaN is NaN. 0 gives 0: the guess is large, but finite.
template <class V>
FEEDFORWARD_INLINE void square_root(V& x) {
  using Real = LaneOf<V>;
  using Constants = RootConstants<Real>;
  Vector<Bits<Real>, sizeof(V)> bits;
  std::memcpy(&bits, &x, sizeof(V));
  bits = Constants::guess - (bits >> 1);
  V root;
  std::memcpy(&root, &bits, sizeof(V));
  const V half = x * Real(0.5);
  unroll<Constants::steps>(
      [&](auto) FEEDFORWARD_INLINE_LAMBDA { root = root * (Real(1.5) - half * root * root); });
  const V infinity = V{} + std::numeric_limits<Real>::infinity();
  x = x < infinity ? x * root : x;
}

// Heavy-ball momentum: velocity = momentum * velocity + gradient.
template <class Real>
struct MomentumRule {
  Real rate, momentum;
  bool nesterov;  // steps from where the velocity will have led

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& velocity) const {
    velocity = velocity * momentum + g;
    p -= (nesterov ? velocity * momentum + g : velocity) * rate;
  }

  // Where nothing is remembered, each step is the first.
  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p) const {
    V velocity{};
    (*this)(g, p, velocity);
  }
};

// Steps measured against the typical size of each parameter's gradients.
template <class Real>
struct RmsPropRule {
  Real rate, gain, epsilon;  // gain: 1 - decay, which near 0 has more digits than decay

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& square) const {
    square += (g * g - square) * gain;
    V root = square;
    square_root(root);
    p -= g * rate / (root + epsilon);
  }
};

// Both: first and second moments, each corrected for its start at 0.
template <class Real>
struct AdamRule {
  Real rate, gain1, gain2, epsilon;  // gain: 1 - beta
  Real correction1, correction2;     // 1 / (1 - beta^steps)

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& g, V& p, V& mean, V& square) const {
    mean += (g - mean) * gain1;
    square += (g * g - square) * gain2;
    V root = square * correction2;
    square_root(root);
    p -= mean * (rate * correction1) / (root + epsilon);
  }
};

// The gradient g += the derivative of penalty (mixture |w| + (1 - mixture) w^2 / 2). At w = 0,
// where |w| has none, it adds 0: a weight that is 0 can stay there.
template <class Real>
struct PenaltyRule {
  Real l1, l2;

  template <class V>
  FEEDFORWARD_INLINE void operator()(const V& w, V& g) const {
    const V sign = w > 0 ? V{} + l1 : (w < 0 ? V{} - l1 : V{});
    g += w * l2 + sign;
  }
};

// w *= keep
template <class Real>
struct ShrinkRule {
  Real keep;

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& w) const {
    w *= keep;
  }
};

}  // namespace feedforward

#endif
