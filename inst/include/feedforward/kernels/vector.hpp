// Vectors of the compiler (GCC and Clang), not of one processor: the same source becomes
// SSE2, AVX2, AVX-512 or NEON, by the width asked for and the function it is inlined into.
// All kernels are written with it; it must not name an instruction set. Only root.hpp does.
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

#include "../isa.hpp"

#define FEEDFORWARD_INLINE inline __attribute__((always_inline))
#define FEEDFORWARD_INLINE_LAMBDA __attribute__((always_inline))

namespace feedforward {

// A struct, because an alias template cannot carry the attribute.
template <class Real, std::size_t bytes>
struct VectorOf {
  typedef Real type __attribute__((vector_size(bytes)));
};

template <class Real, std::size_t bytes>
using Vector = typename VectorOf<Real, bytes>::type;

// How many numbers a vector holds.
template <class Real, std::size_t bytes>
constexpr std::size_t lanes = bytes / sizeof(Real);

// The number of which a vector is made, where only the vector's own type is known.
template <class V>
using LaneOf = std::remove_reference_t<decltype(std::declval<V&>()[0])>;

// What a value looks like as a number without sign; 0 means 0, but -0.0 does not look so.
template <class Value>
using Bits = std::conditional_t<sizeof(Value) == 8, std::uint64_t,
                                std::conditional_t<sizeof(Value) == 4, std::uint32_t, Value>>;

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

// memcpy of a constant size is one unaligned move. Nothing here needs aligned memory; it is only
// faster, because a vector of 64 bytes then lies in one cache line.
template <class V, class Real>
FEEDFORWARD_INLINE void load(V& v, const Real* from) {
  std::memcpy(&v, from, sizeof(V));
}

template <class V, class Real>
FEEDFORWARD_INLINE void store(Real* to, const V& v) {
  std::memcpy(to, &v, sizeof(V));
}

// The first count lanes; the others become zero. Where count is known to be a whole vector
// this is one move, as above: what is left at the end of an array takes the detour, which never
// touches memory beyond the array.
template <class V, class Real>
FEEDFORWARD_INLINE void load(V& v, const Real* from, std::size_t count) {
  constexpr std::size_t all = sizeof(V) / sizeof(Real);
  if (count == all) return load(v, from);
  Real buffer[all] = {};
  for (std::size_t i = 0; i < count; ++i) buffer[i] = from[i];
  load(v, buffer);
}

template <class V, class Real>
FEEDFORWARD_INLINE void store(Real* to, const V& v, std::size_t count) {
  constexpr std::size_t all = sizeof(V) / sizeof(Real);
  if (count == all) return store(to, v);
  Real buffer[all];
  store(buffer, v);
  for (std::size_t i = 0; i < count; ++i) to[i] = buffer[i];
}

// Calls f(i, count) for 0 .. n in pieces of `step`: whole vectors, whose count is a constant, and
// then the rest. f is compiled twice, so the whole vectors carry no trace of the rest.
template <std::size_t step, class F>
FEEDFORWARD_INLINE void for_each_vector(std::size_t n, F&& f) {
  std::size_t i = 0;
  for (; i + step <= n; i += step) f(i, std::integral_constant<std::size_t, step>{});
  if (i < n) f(i, n - i);
}

// Asks for memory that will soon be read, a cache line at a time.
template <class T>
FEEDFORWARD_INLINE void prefetch(const T* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += per_line<T>) __builtin_prefetch(from + i);
}

// The same number in all lanes.
template <class V, class Real>
FEEDFORWARD_INLINE void fill(V& v, Real value) {
  v = V{} + value;
}

// Combines the lanes pairwise, halves at a time. The order is fixed for a width of vectors, so
// results differ between instruction sets but not between runs.
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
