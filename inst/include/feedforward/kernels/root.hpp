// Square roots of whole vectors. Every processor has an instruction for them, but the vectors of
// GCC do not know it: so this is the one kernel that names instructions. The width of the vector
// alone decides which, as dispatch.hpp only calls what the processor has.
#ifndef FEEDFORWARD_KERNELS_ROOT_HPP
#define FEEDFORWARD_KERNELS_ROOT_HPP

#include <cmath>
#include <cstddef>
#include <type_traits>

#include "vector.hpp"

// Clang 17 and newer has square roots of vectors of any width. Older Clang does not take wide
// vectors as operands of assembly where it compiles for any processor: on x86 it takes the roots
// one by one.
#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
#define FEEDFORWARD_HAS_VECTOR_ROOT 1
#endif
#endif
#ifndef FEEDFORWARD_HAS_VECTOR_ROOT
#define FEEDFORWARD_HAS_VECTOR_ROOT 0
#endif

namespace feedforward {

// x = sqrt(x), rounded correctly, as IEEE 754 demands: 0 stays 0, infinity stays infinite, and
// numbers below 0 become NaN.
template <class V>
FEEDFORWARD_INLINE void square_root(V& x) {
  using Real = LaneOf<V>;
  constexpr bool is_double = std::is_same<Real, double>::value;
  static_assert(is_double || std::is_same<Real, float>::value, "only real numbers have roots");
#if FEEDFORWARD_HAS_VECTOR_ROOT
  x = __builtin_elementwise_sqrt(x);
#elif defined(__x86_64__) && !defined(__clang__)
  if constexpr (sizeof(V) == 16 && is_double) {
    __asm__("sqrtpd {%1, %0|%0, %1}" : "=x"(x) : "x"(x));
  } else if constexpr (sizeof(V) == 16) {
    __asm__("sqrtps {%1, %0|%0, %1}" : "=x"(x) : "x"(x));
  } else if constexpr (is_double) {
    __asm__("vsqrtpd {%1, %0|%0, %1}" : "=v"(x) : "v"(x));
  } else {
    __asm__("vsqrtps {%1, %0|%0, %1}" : "=v"(x) : "v"(x));
  }
#elif defined(__aarch64__)
  static_assert(sizeof(V) == 16, "vectors of NEON have 16 bytes");
  if constexpr (is_double) {
    __asm__("fsqrt %0.2d, %1.2d" : "=w"(x) : "w"(x));
  } else {
    __asm__("fsqrt %0.4s, %1.4s" : "=w"(x) : "w"(x));
  }
#else
  Real lane[lanes<Real, sizeof(V)>];
  store(lane, x);
  for (Real& root : lane) root = std::sqrt(root);
  load(x, lane);
#endif
}

}  // namespace feedforward

#endif
