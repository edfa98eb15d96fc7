// Vectors of the compiler (GCC and Clang), not of one processor: the same source becomes
// SSE2, AVX2, AVX-512 or NEON, by the width asked for and the function it is inlined into.
//
// Everything here takes vectors by reference and is always inlined. A vector passed by
// value would need a calling convention that the baseline does not have.
#ifndef FEEDFORWARD_KERNELS_VECTOR_HPP
#define FEEDFORWARD_KERNELS_VECTOR_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#define FEEDFORWARD_INLINE inline __attribute__((always_inline))
#define FEEDFORWARD_INLINE_LAMBDA __attribute__((always_inline))

namespace feedforward {

template <class Real, std::size_t bytes>
struct VectorOf {
  typedef Real type __attribute__((vector_size(bytes)));
};

template <class Real, std::size_t bytes>
using Vector = typename VectorOf<Real, bytes>::type;

template <class Real, std::size_t bytes>
constexpr std::size_t lanes = bytes / sizeof(Real);

// Calls f with the constants 0 .. count - 1. An ordinary loop would not do: accumulators
// stay in registers only if every index is a constant, and -O2 does not unroll.
template <class F, std::size_t... i>
FEEDFORWARD_INLINE void unroll(F&& f, std::index_sequence<i...>) {
  (f(std::integral_constant<std::size_t, i>{}), ...);
}

template <std::size_t count, class F>
FEEDFORWARD_INLINE void unroll(F&& f) {
  unroll(f, std::make_index_sequence<count>{});
}

// memcpy of a constant size is one unaligned move.
template <class V, class Real>
FEEDFORWARD_INLINE void load(V& v, const Real* from) {
  std::memcpy(&v, from, sizeof(V));
}

template <class V, class Real>
FEEDFORWARD_INLINE void store(Real* to, const V& v) {
  std::memcpy(to, &v, sizeof(V));
}

// The first count lanes; the others become zero.
template <class V, class Real>
FEEDFORWARD_INLINE void load_some(V& v, const Real* from, std::size_t count) {
  Real buffer[sizeof(V) / sizeof(Real)] = {};
  for (std::size_t i = 0; i < count; ++i) buffer[i] = from[i];
  load(v, buffer);
}

template <class V, class Real>
FEEDFORWARD_INLINE void store_some(Real* to, const V& v, std::size_t count) {
  Real buffer[sizeof(V) / sizeof(Real)];
  store(buffer, v);
  for (std::size_t i = 0; i < count; ++i) to[i] = buffer[i];
}

template <class V, class Real>
FEEDFORWARD_INLINE void fill(V& v, Real value) {
  v = V{} + value;
}

// Combines the lanes pairwise, halves at a time. The order is fixed.
template <class Real, class V, class Combine>
FEEDFORWARD_INLINE Real reduce(const V& v, Combine&& combine) {
  constexpr std::size_t count = sizeof(V) / sizeof(Real);
  Real lane[count];
  store(lane, v);
  for (std::size_t half = count / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lane[i] = combine(lane[i], lane[i + half]);
  return lane[0];
}

template <class Real, class V>
FEEDFORWARD_INLINE Real sum_of_lanes(const V& v) {
  return reduce<Real>(v, [](Real a, Real b) FEEDFORWARD_INLINE_LAMBDA { return a + b; });
}

}  // namespace feedforward

#endif
