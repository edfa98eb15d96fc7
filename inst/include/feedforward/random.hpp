// Random numbers for networks that train side by side. R's generator gives one stream, from R's
// thread alone, so each network gets a generator of its own, seeded from R's.
#ifndef FEEDFORWARD_RANDOM_HPP
#define FEEDFORWARD_RANDOM_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace feedforward {

// The distributions of the standard library differ between its makers. These do not.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : engine_(seed) {}

  // A number from 0 .. limit - 1, all equally likely: numbers from the last, incomplete round of
  // `limit` are drawn again.
  std::uint32_t below(std::uint32_t limit) {
    const std::uint64_t range = std::uint64_t{1} << 32;
    const std::uint64_t complete = range - range % limit;
    std::uint64_t drawn;
    do {
      drawn = engine_() & (range - 1);
    } while (drawn >= complete);
    return static_cast<std::uint32_t>(drawn % limit);
  }

  // A permutation of 0 .. n - 1, by Fisher and Yates.
  std::vector<std::uint32_t> permutation(std::size_t n) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    for (std::size_t i = n; i > 1; --i) {
      std::swap(order[i - 1], order[below(static_cast<std::uint32_t>(i))]);
    }
    return order;
  }

  // n numbers from 0 .. 65535.
  void fill(std::uint16_t* numbers, std::size_t n) {
    for (std::size_t k = 0; k < n; k += 4) {
      const std::uint64_t bits = engine_();
      for (std::size_t j = 0; j < std::min<std::size_t>(4, n - k); ++j) {
        numbers[k + j] = static_cast<std::uint16_t>(bits >> (16 * j));
      }
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace feedforward

#endif
