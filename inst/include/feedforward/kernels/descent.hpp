// How optimizers move parameters: element by element along a gradient, with what they
// remember of earlier ones.
#ifndef FEEDFORWARD_KERNELS_DESCENT_HPP
#define FEEDFORWARD_KERNELS_DESCENT_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "backend.hpp"
#include "dispatch.hpp"

namespace feedforward {

template <class Real>
struct RootConstants;

template <>
struct RootConstants<double> {
  using Bits = std::uint64_t;
  static constexpr Bits guess = 0x5fe6eb50c7b537a9;
  static constexpr int steps = 4;
};

template <>
struct RootConstants<float> {
  using Bits = std::uint32_t;
  static constexpr Bits guess = 0x5f375a86;
  static constexpr int steps = 3;
};

// sqrt(x) for x >= 0, within 2 ulp: vectors of the compiler know no square root. Newton's
// method for 1 / sqrt(x), which needs no division, from the guess that halves the exponent.
// What overflowed stays infinite, and NaN is NaN.
template <class V, class Real>
FEEDFORWARD_INLINE void square_root(V& x) {
  using Constants = RootConstants<Real>;
  Vector<typename Constants::Bits, sizeof(V)> bits;
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
  FEEDFORWARD_INLINE void operator()(V& p, const V& g, V& velocity, V&) const {
    velocity = velocity * momentum + g;
    p -= (nesterov ? velocity * momentum + g : velocity) * rate;
  }
};

// Steps measured against the typical size of each parameter's gradients.
template <class Real>
struct RmsPropRule {
  Real rate, gain, epsilon;  // gain: 1 - decay, which near 0 has more digits than decay

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& p, const V& g, V& square, V&) const {
    square += (g * g - square) * gain;
    V root = square;
    square_root<V, Real>(root);
    p -= g * rate / (root + epsilon);
  }
};

// Both: first and second moments, each corrected for its start at 0.
template <class Real>
struct AdamRule {
  Real rate, gain1, gain2, epsilon;  // gain: 1 - beta
  Real correction1, correction2;     // 1 / (1 - beta^steps)

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& p, const V& g, V& mean, V& square) const {
    mean += (g - mean) * gain1;
    square += (g * g - square) * gain2;
    V root = square * correction2;
    square_root<V, Real>(root);
    p -= mean * (rate * correction1) / (root + epsilon);
  }
};

// g += the derivative of penalty (mixture |w| + (1 - mixture) w^2 / 2), with w in place of p
template <class Real>
struct PenaltyRule {
  Real l1, l2;

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& g, const V& w, V&, V&) const {
    const V sign = w > 0 ? V{} + l1 : (w < 0 ? V{} - l1 : V{});
    g += w * l2 + sign;
  }
};

// w *= keep
template <class Real>
struct ShrinkRule {
  Real keep;

  template <class V>
  FEEDFORWARD_INLINE void operator()(V& w, const V&, V&, V&) const {
    w *= keep;
  }
};

// values[k] are moved by rule(values, given, memory1, memory2) for n elements. A memory that
// the rule does not use is a null pointer.
template <class Real, class Rule>
struct DescentJob {
  Rule rule;
  Real* values;
  const Real* given;
  std::array<Real*, 2> memory;
  std::size_t n;

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void run() const {
    constexpr std::size_t step = lanes<Real, bytes>;
    std::size_t k = 0;
    for (; k + step <= n; k += step) move<bytes>(k, step);
    if (k < n) move<bytes>(k, n - k);
  }

  template <std::size_t bytes>
  FEEDFORWARD_INLINE void move(std::size_t k, std::size_t count) const {
    Vector<Real, bytes> v, g, first{}, second{};
    read(v, values + k, count);
    read(g, given + k, count);
    if (memory[0]) read(first, memory[0] + k, count);
    if (memory[1]) read(second, memory[1] + k, count);
    rule(v, g, first, second);
    write(values + k, v, count);
    if (memory[0]) write(memory[0] + k, first, count);
    if (memory[1]) write(memory[1] + k, second, count);
  }

  template <class V>
  FEEDFORWARD_INLINE void read(V& v, const Real* from, std::size_t count) const {
    count == sizeof(V) / sizeof(Real) ? load(v, from) : load_some(v, from, count);
  }
  template <class V>
  FEEDFORWARD_INLINE void write(Real* to, const V& v, std::size_t count) const {
    count == sizeof(V) / sizeof(Real) ? store(to, v) : store_some(to, v, count);
  }
};

// All n values, in parts on the backend's threads. memory: null pointers where the rule
// remembers nothing.
template <class Real, class Rule>
void descend(Backend& backend, const Rule& rule, Real* values, const Real* given,
             std::array<Real*, 2> memory, std::size_t n) {
  constexpr std::size_t line = 64 / sizeof(Real);
  constexpr double work_of_element = 4;
  backend.divide(work_of_element * static_cast<double>(n), [&](std::size_t part,
                                                               std::size_t parts) {
    const Range mine = share_of(n, line, part, parts);
    std::array<Real*, 2> own = memory;
    for (Real*& slot : own) slot = slot ? slot + mine.begin : nullptr;
    dispatch(backend.isa(), DescentJob<Real, Rule>{rule, values + mine.begin, given + mine.begin,
                                                   own, mine.end - mine.begin});
  });
}

}  // namespace feedforward

#endif
