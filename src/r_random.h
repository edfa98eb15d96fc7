// Every random number of the core, drawn from R's generator, so that set.seed() decides all of
// them. The sampler and the dropout of a training run get these functions. No R code runs for it,
// so no interrupt can come in between.
#ifndef FEEDFORWARD_R_RANDOM_H
#define FEEDFORWARD_R_RANDOM_H

#include <R_ext/Random.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "r_unwind.h"

// Calls draw() with the generator at hand. draw() must not own anything: R may jump out of it, and
// then .Random.seed stays as it was before the call, as with R's own functions.
template <class Draw>
void with_generator(Draw draw) {
  unwinding([&] {
    GetRNGstate();
    draw();
    PutRNGstate();
  });
}

// The user's own generators can give what R's never do, such as 1: an index from it would lead out
// of the vector.
inline double below(double drawn, double limit) { return std::min(drawn, limit - 1); }

// What sample(n) - 1 would give in R, with the same draws: every setting of RNGkind() gives
// the stream a script would get. Like R's, it draws without replacement by moving the last of those
// left into the gap.
inline std::vector<std::uint32_t> r_permutation(std::size_t n) {
  std::vector<std::uint32_t> left(n), permutation(n);
  std::iota(left.begin(), left.end(), 0u);
  with_generator([&] {
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t drawn = static_cast<std::size_t>(below(R_unif_index(n - i), n - i));
      permutation[i] = left[drawn];
      left[drawn] = left[n - i - 1];
    }
  });
  return permutation;
}

// For a generator of the core.
inline std::uint32_t r_seed() {
  double drawn = 0;
  with_generator([&] { drawn = below(unif_rand() * 4294967296.0, 4294967296.0); });
  return static_cast<std::uint32_t>(drawn);
}

// Numbers from 0 .. 65535, two from each of runif(): its first 32 bits are random, or 30 with
// Knuth's generators.
inline void r_numbers(std::uint16_t* numbers, std::size_t n) {
  with_generator([=] {
    for (std::size_t k = 0; k < n; k += 2) {
      const auto bits = static_cast<std::uint32_t>(below(unif_rand() * 4294967296.0, 4294967296.0));
      numbers[k] = static_cast<std::uint16_t>(bits >> 16);
      if (k + 1 < n) numbers[k + 1] = static_cast<std::uint16_t>(bits & 0xffff);
    }
  });
}

#endif
