// Distorted images.
#include "feedforward/warp.hpp"

#include <limits>
#include <vector>

#include "helpers.hpp"

using namespace tests;

namespace {

constexpr ImageSize size = {2, 3};
using Pixels = std::vector<double>;
const Pixels image = {1, 2, 3, 4, 5, 6};

Pixels distorted(const Distortion& by, const Pixels& from = image) {
  Pixels scratch(6), result(6);
  distort(from.data(), size, by, scratch.data(), result.data());
  return result;
}

}  // namespace

TEST_CASE("distortions of an image move, turn, and scale it", "[warp]") {
  CHECK((distorted({}) == image));
  CHECK((distorted({0, 0, 1}) == Pixels{1, 1, 2, 4, 4, 5}));
  CHECK((distorted({0, -1, 0}) == Pixels{4, 5, 6, 4, 5, 6}));
  CHECK((distorted({0, 0, 0.5}) == Pixels{1, 1.5, 2.5, 4, 4.5, 5.5}));
  // Enlarged without end, all pixels show the middle.
  CHECK((distorted({0, 0, 0, 1e300}) == Pixels(6, 3.5)));
  const Pixels half_turn = distorted({3.141592653589793, 0, 0});
  for (size_t k = 0; k < 6; ++k) CHECK(std::abs(half_turn[k] - image[5 - k]) < 1e-12);
}

TEST_CASE("strokes get thicker and thinner by their neighbors", "[warp]") {
  CHECK((distorted({0, 0, 0, 1, 1}) == Pixels{4, 5, 6, 5, 6, 6}));
  CHECK((distorted({0, 0, 0, 1, -1}) == Pixels{1, 1, 2, 1, 2, 3}));
  CHECK(distorted({0, 0, 0, 1, 0.5})[0] == 2.5);
}

TEST_CASE("shifts of any size leave an edge, and no coordinate is undefined", "[warp]") {
  const double huge = std::numeric_limits<double>::max();
  CHECK((distorted({0, huge, -huge}) == Pixels(6, 3)));
  CHECK((distorted({0.785, huge, huge, 0.5}) == distorted({0.785, 100, 100, 0.5})));
  CHECK((distorted({std::nan(""), 0, 0}) == Pixels(6, 1)));
}

TEST_CASE("pixels of any size have means between them", "[warp]") {
  const double huge = std::numeric_limits<double>::max();
  const Pixels extreme = {huge, -huge, huge, huge, -huge, huge};
  CHECK((distorted({0, 0, 0.5}, extreme) == Pixels{huge, 0, 0, huge, 0, 0}));
  CHECK((distorted({0, 0, 0, 1, 0.5}, extreme) == Pixels{huge, 0, huge, huge, 0, huge}));
}
